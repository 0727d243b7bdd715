/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output.c - stderr: messages and progress; stdout: results, closed well */
#include "cli/cli.h"

#include "cli/progress.h"
#include "core/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_MS 100
#define JSON_MS 500
#define COLUMNS 80 /* where the terminal does not say */

/* The terminal is one; so is this. */
static struct {
	pthread_mutex_t lock;
	bool colour;
	bool json; /* lines of JSON instead */
	bool verbose;
	unsigned int drawn; /* lines of progress that stand on the terminal */
	int64_t last_ms;
	int64_t start_ms; /* of the phase */
	uint64_t start_done;
	char phase[64]; /* with the pass of a medium */
	char *source; /* escaped; or NULL */
} term = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The cursor stands in the last line of what was drawn. */
static void add_clear(struct mun_str *s)
{
	if (!term.drawn)
		return;
	for (unsigned int i = 1; i < term.drawn; i++)
		mun_str_add(s, "\r\033[K\033[A");
	mun_str_add(s, "\r\033[K");
	term.drawn = 0;
}

/* In one write, so that another process's line is not torn. */
static void put(struct mun_str *s)
{
	if (s->text && !s->failed)
		(void)fwrite(s->text, 1, s->len, stderr);
	mun_str_free(s);
}

static void begin_event(struct mun_jsonw *w, const char *event)
{
	char now[MUN_TIME_LEN];

	mun_time_text(mun_now_ms(), now);
	mun_jsonw_init(w, NULL, false);
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "event", event);
	mun_jsonw_text(w, "time", now);
	if (term.source)
		mun_jsonw_text(w, "source", term.source);
	else
		mun_jsonw_null(w, "source");
}

static void end_event(struct mun_jsonw *w)
{
	struct mun_err ignored;

	mun_jsonw_end_object(w);
	/* What cannot be told for want of memory is not told. */
	if (mun_jsonw_finish(w, &ignored))
		w->out.failed = true;
	put(&w->out);
}

static void put_message(enum mun_log_level level, const char *text)
{
	static const char *const words[] = {
		[MUN_LOG_DEBUG] = "debug",
		[MUN_LOG_INFO] = "info",
		[MUN_LOG_WARN] = "warning",
		[MUN_LOG_ERROR] = "error",
	};
	struct mun_str s = { 0 };
	struct mun_jsonw w;

	if (term.json) {
		begin_event(&w, "message");
		mun_jsonw_text(&w, "level", words[level]);
		mun_jsonw_text(&w, "text", text);
		end_event(&w);
		return;
	}
	add_clear(&s);
	mun_str_addf(&s, "muniment: %s%s\n",
		     level == MUN_LOG_WARN ? "warning: " : "", text);
	put(&s);
}

static void sink(void *ctx, enum mun_log_level level, const char *text)
{
	(void)ctx;
	if (level == MUN_LOG_DEBUG && !term.verbose)
		return;
	pthread_mutex_lock(&term.lock);
	put_message(level, text);
	pthread_mutex_unlock(&term.lock);
}

/* The last column stays free: a cursor behind it may be in the next line. */
static unsigned int columns(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return COLUMNS - 1;
	return size.ws_col - 1u;
}

static void draw(const struct mun_progress *p, uint64_t rate)
{
	unsigned int width = columns();
	struct mun_str s = { 0 };

	add_clear(&s);
	mun_progress_line(p, rate, width, &s);
	term.drawn = 1;
	if (p->medium && p->medium->strip[0] && width + 1 >= MUN_STRIP_MIN) {
		mun_str_add_char(&s, '\n');
		mun_progress_strip(p->medium->strip, width, term.colour, &s);
		term.drawn = 2;
	}
	put(&s);
}

static void tell(const struct mun_progress *p, uint64_t rate)
{
	struct mun_jsonw w;

	if (!term.json) {
		draw(p, rate);
		return;
	}
	begin_event(&w, "progress");
	mun_progress_json(&w, p, rate);
	end_event(&w);
}

/* Has another phase, or pass over the medium, begun? */
static bool is_new_phase(const struct mun_progress *p)
{
	char phase[sizeof(term.phase)];
	bool is_new;

	(void)snprintf(phase, sizeof(phase), "%s\n%s", p->phase,
		       p->medium ? p->medium->pass : "");
	is_new = strcmp(phase, term.phase) != 0 || p->done < term.start_done;
	memcpy(term.phase, phase, sizeof(phase));
	return is_new;
}

static void progress(void *ctx, const struct mun_progress *p)
{
	int64_t now = mun_clock_monotonic_ms();
	int64_t every = term.json ? JSON_MS : REDRAW_MS;
	uint64_t ms;
	bool is_new;

	(void)ctx;
	pthread_mutex_lock(&term.lock);
	is_new = is_new_phase(p);
	if (is_new) {
		term.start_ms = now;
		term.start_done = p->done;
	}
	if (now - term.last_ms >= every || (is_new && term.json)) {
		ms = (uint64_t)(now - term.start_ms);
		term.last_ms = now;
		tell(p, ms ? (p->done - term.start_done) * 1000 / ms : 0);
	}
	pthread_mutex_unlock(&term.lock);
}

static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return !(no && no[0]) && kind && strcmp(kind, "dumb") != 0;
}

void mun_cli_terminal_start(struct mun_cli *c)
{
	bool tty = isatty(STDERR_FILENO) == 1;

	term.verbose = c->verbose;
	term.json = mun_cli_flag(c, "json-progress");
	term.colour = tty && wants_colour();
	term.last_ms = mun_clock_monotonic_ms();
	mun_log_set_sink(sink, NULL);
	/* In a pipe nobody watches: quiet. */
	if (tty || term.json)
		c->progress.fn = progress;
}

void mun_cli_progress_source(const char *source)
{
	struct mun_str s = { 0 };

	mun_escape(&s, source, strlen(source));
	pthread_mutex_lock(&term.lock);
	free(term.source);
	term.source = s.text;
	term.phase[0] = '\0';
	pthread_mutex_unlock(&term.lock);
}

void mun_cli_terminal_stop(void)
{
	struct mun_str s = { 0 };

	pthread_mutex_lock(&term.lock);
	add_clear(&s);
	put(&s);
	free(term.source);
	term.source = NULL;
	pthread_mutex_unlock(&term.lock);
	mun_log_set_sink(NULL, NULL);
}

int mun_cli_error(const struct mun_cli *c, const struct mun_err *e)
{
	char text[4096];

	mun_log(MUN_LOG_ERROR, "%s",
		mun_err_text(e, text, sizeof(text), c->verbose));
	return MUN_EXIT_FAILED;
}

int mun_cli_close_stdout(int status)
{
	bool failed = ferror(stdout) != 0;
	int why = 0;

	if (fflush(stdout))
		why = errno;
	/* The descriptor may be a full disk, which only close() tells. */
	if (fclose(stdout) && !why)
		why = errno;
	if (!failed && !why)
		return status;
	(void)fprintf(stderr, "muniment: the output could not be written%s%s\n",
		      why ? ": " : "", why ? strerror(why) : "");
	return MUN_EXIT_FAILED;
}

void mun_cli_json_begin(struct mun_jsonw *w)
{
	mun_jsonw_init(w, stdout, true);
	mun_jsonw_object(w, NULL);
}

int mun_cli_json_end(const struct mun_cli *c, struct mun_jsonw *w, int status)
{
	struct mun_err e;

	mun_jsonw_end_object(w);
	if (!mun_jsonw_finish(w, &e))
		return status;
	/* An output that fails is told once, when it is closed. */
	return ferror(stdout) ? MUN_EXIT_FAILED : mun_cli_error(c, &e);
}
