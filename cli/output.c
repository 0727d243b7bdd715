/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output.c - stderr: messages and progress; stdout: results, closed well */
#include "cli/cli.h"

#include "core/clock.h"
#include "core/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_MS 250

/* The terminal is one; so is this. */
static struct {
	pthread_mutex_t lock;
	bool tty;
	bool drawn; /* a progress line stands on the terminal */
	bool verbose;
	int64_t last_ms;
	int64_t start_ms;
	uint64_t start_done;
	const char *phase;
} term = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void clear_line(void)
{
	if (term.drawn)
		(void)fputs("\r\033[K", stderr);
	term.drawn = false;
}

static void sink(void *ctx, enum mun_log_level level, const char *text)
{
	(void)ctx;
	if (level == MUN_LOG_DEBUG && !term.verbose)
		return;
	pthread_mutex_lock(&term.lock);
	clear_line();
	(void)fprintf(stderr, "muniment: %s%s\n",
		      level == MUN_LOG_WARN ? "warning: " : "", text);
	pthread_mutex_unlock(&term.lock);
}

static void eta_text(const struct mun_progress *p, uint64_t rate, char *out,
		     size_t size)
{
	uint64_t s;

	out[0] = '\0';
	if (!rate || p->total <= p->done)
		return;
	s = (p->total - p->done) / rate;
	(void)snprintf(out, size,
		       ", %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " left",
		       s / 3600, s / 60 % 60, s % 60);
}

static void draw(const struct mun_progress *p, int64_t now)
{
	uint64_t ms = (uint64_t)(now - term.start_ms);
	uint64_t got =
		p->done > term.start_done ? p->done - term.start_done : 0;
	uint64_t rate = ms ? got * 1000 / ms : 0;
	char done[16];
	char total[16];
	char speed[16];
	char eta[48];

	mun_human_bytes(p->done, done);
	mun_human_bytes(p->total, total);
	mun_human_bytes(rate, speed);
	eta_text(p, rate, eta, sizeof(eta));
	(void)fprintf(stderr, "\r\033[K%s: %s of %s", p->phase, done,
		      p->total ? total : "?");
	if (p->total)
		(void)fprintf(stderr, " (%u %%)",
			      (unsigned int)((double)p->done * 100.0 /
					     (double)p->total));
	(void)fprintf(stderr, ", %s/s%s", speed, eta);
	if (p->bad) {
		char bad[16];

		mun_human_bytes(p->bad, bad);
		(void)fprintf(stderr, ", %s bad", bad);
	}
	term.drawn = true;
}

static void progress(void *ctx, const struct mun_progress *p)
{
	int64_t now = mun_clock_monotonic_ms();

	(void)ctx;
	pthread_mutex_lock(&term.lock);
	if (term.phase != p->phase || p->done < term.start_done) {
		term.phase = p->phase;
		term.start_ms = now;
		term.start_done = p->done;
	}
	if (now - term.last_ms >= REDRAW_MS) {
		term.last_ms = now;
		draw(p, now);
	}
	pthread_mutex_unlock(&term.lock);
}

void mun_cli_terminal_start(struct mun_cli *c)
{
	term.tty = isatty(STDERR_FILENO) == 1;
	term.verbose = c->verbose;
	term.last_ms = mun_clock_monotonic_ms();
	mun_log_set_sink(sink, NULL);
	/* In a pipe nobody watches: quiet. */
	if (term.tty)
		c->progress.fn = progress;
}

void mun_cli_terminal_stop(void)
{
	pthread_mutex_lock(&term.lock);
	clear_line();
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
