/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove_run.c - the package's run script, kept within bounds */
#include "emulate-export/prove_int.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/utf8.h"

#define OUTPUT_MAX 4096u /* bytes kept of each output, for an error */
#define CONSOLE_MAX ((size_t)256 << 10) /* of which the last half is kept */
#define GUEST_FILES ((uint64_t)1 << 30) /* bytes beyond its media */
#define ENV_MAX 40u

/*
 * The kernel ends what we cannot any more, had we been killed: processor time
 * (of all threads), the size of a file.  A limit that is lower already stays.
 */
#define LIMITS \
	"ulimit -c 0 2>/dev/null; ulimit -t %u 2>/dev/null; " \
	"ulimit -f %llu 2>/dev/null; " MUN_PROVE_MORTAL

int mun_prove_path(const struct mun_prove_run *r, const char *name, char **out,
		   struct mun_err *e)
{
	return mun_path_join(r->scratch, name, out, e);
}

const char *mun_prove_console(const struct mun_prove_run *r, char *out,
			      size_t size)
{
	*out = '\0';
	if (r->console.text && !r->console.failed)
		mun_text_lines(r->console.text, r->console.len, out, size);
	return out;
}

/* ---- environment ---- */

/* Texts that end with a NULL; the last that had no memory is told at the end.
 */
struct list {
	size_t n;
	char *texts[ENV_MAX + 1];
	bool failed;
};

static void list_add(struct list *l, const char *name, const char *value,
		     const char *rest)
{
	struct mun_str s = { 0 };

	mun_str_addf(&s, "%s=%s%s", name, value, rest);
	if (s.failed || l->n == ENV_MAX) {
		l->failed = true;
		mun_str_free(&s);
		return;
	}
	l->texts[l->n++] = s.text;
}

static void list_clear(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->texts[i]);
}

/* What the user has set for the kit: another program, firmware. */
static void keep_ours(struct list *l, const char *names)
{
	while (names && *names) {
		size_t len = strcspn(names, " ");
		char name[64];
		const char *value;

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, names);
		/* Nothing here sets it, in this thread or in another. */
		value = getenv(name); /* NOLINT(concurrency-mt-unsafe) */
		if (value)
			list_add(l, name, value, "");
		names += len + (names[len] == ' ');
	}
}

/* Nothing that we know of our user or of the store's keys goes on to a program
 * that runs what somebody else has written. */
static int make_env(const struct mun_prove_run *r, const char *const *more,
		    struct list *l, struct mun_err *e)
{
	const char *s = r->scratch;

	keep_ours(l, "PATH");
	keep_ours(l, r->prover->variable);
	keep_ours(l, r->prover->keeps);
	list_add(l, "HOME", s, "/home");
	list_add(l, "XDG_CONFIG_HOME", s, "/home/.config");
	list_add(l, "XDG_DATA_HOME", s, "/home/.local/share");
	list_add(l, "XDG_CACHE_HOME", s, "/home/.cache");
	list_add(l, "XDG_RUNTIME_DIR", s, "/home");
	list_add(l, "TMPDIR", s, "/tmp");
	list_add(l, "MUNIMENT_SESSION", s, "/session");
	list_add(l, "LANG", "C.UTF-8", "");
	list_add(l, "SDL_AUDIODRIVER", "dummy", "");
	list_add(l, "ALSOFT_DRIVERS", "null", "");
	list_add(l, "LIBGL_ALWAYS_SOFTWARE", "1", "");
	list_add(l, "SDL_VIDEODRIVER", *r->display ? "x11" : "dummy", "");
	if (*r->display) {
		list_add(l, "DISPLAY", r->display, "");
		list_add(l, "XAUTHORITY", s, "/cookie");
	}
	for (; more && *more; more++) {
		const char *is = strchr(*more, '=');
		char name[64];

		(void)snprintf(name, sizeof(name), "%.*s", (int)(is - *more),
			       *more);
		list_add(l, name, is + 1, "");
	}
	return l->failed ? mun_fail_nomem(e, "environment") : 0;
}

/* ---- the command ---- */

static unsigned int seconds_of(const struct mun_prove_run *r)
{
	return r->q->seconds ? r->q->seconds : MUN_PROVE_SECONDS;
}

static int limits(const struct mun_prove_run *r, char **out, struct mun_err *e)
{
	uint64_t bytes = GUEST_FILES;

	for (size_t i = 0; i < r->q->plan->n; i++)
		bytes += r->q->plan->media[i].bytes;
	return mun_fmt(out, e, LIMITS, 8 * seconds_of(r) + 60,
		       (unsigned long long)(bytes / 512));
}

/* For people: our folder is nothing that they would know again. */
static void tell_command(const struct mun_prove_run *r, const char *const *args)
{
	struct mun_str s = { 0 };

	mun_str_add(&s, "data/run");
	for (; *args; args++) {
		const char *at = strstr(*args, r->scratch);

		mun_str_add_char(&s, ' ');
		if (!at) {
			mun_str_add(&s, *args);
			continue;
		}
		mun_str_add_bytes(&s, *args, (size_t)(at - *args));
		mun_str_addf(&s, "SCRATCH%s", at + strlen(r->scratch));
	}
	if (s.text && !s.failed)
		(void)mun_utf8_line(s.text, r->out->command,
				    sizeof(r->out->command));
	mun_str_free(&s);
}

struct running {
	struct mun_prove_run *r;
	const struct mun_prove_start *s;
	bool enough; /* for who looks; nothing is decided */
};

/* Who floods us only loses what is old. */
void mun_prove_hear(struct mun_prove_run *r, const char *data, size_t len)
{
	struct mun_str *c = &r->console;

	mun_str_add_bytes(c, data, len);
	if (c->failed)
		return;
	if (c->len > CONSOLE_MAX) {
		memmove(c->text, c->text + (c->len - CONSOLE_MAX / 2),
			CONSOLE_MAX / 2 + 1);
		c->len = CONSOLE_MAX / 2;
	}
}

static int heard(void *ctx, int from, const char *data, size_t len,
		 struct mun_err *e)
{
	(void)e;
	if (from == 1)
		mun_prove_hear(((struct running *)ctx)->r, data, len);
	return 0;
}

static int tick(void *ctx, struct mun_err *e)
{
	struct running *k = ctx;
	struct mun_prove_run *r = k->r;
	int64_t now = mun_clock_monotonic_ms();
	struct mun_progress p = {
		.phase = "proving",
		.done = (uint64_t)(now - r->watch.begin_ms) / 1000,
		.total = seconds_of(r),
		.unit = "seconds",
	};
	int rc = k->s->tick ? k->s->tick(r, e) : 0;

	if (rc < 0)
		return rc;
	if (r->q->progress && r->q->progress->fn)
		r->q->progress->fn(r->q->progress->ctx, &p);
	k->enough = rc > 0;
	return rc > 0 || r->watch.decided || now >= r->until_ms;
}

/* ---- how it ended ---- */

/* The first line of what it complained of, without whose it is. */
static void complaint(const struct mun_spawned *got, char *out, size_t size)
{
	/* Some say everything on their standard output. */
	const char *text = *got->errors ? got->errors : got->output;

	if (!strncmp(text, "run: ", 5))
		text += 5;
	mun_text_first(text, out, size);
}

static void conclude(struct mun_prove_run *r, const struct mun_prove_start *s,
		     const struct mun_spawned *got)
{
	unsigned int after =
		(unsigned int)((mun_clock_monotonic_ms() - r->watch.begin_ms) /
			       1000);
	char why[200] = "";

	if (r->watch.decided)
		return;
	if (got->stopped) {
		mun_watch_over(&r->watch);
		return;
	}
	complaint(got, why, sizeof(why));
	if (got->status == 66 || got->status == 126 || got->status == 127)
		mun_watch_decide(&r->watch, MUN_PROOF_NOT_PROVED, "%s",
				 *why ? why : "it could not be started");
	else if (got->signal)
		mun_watch_decide(&r->watch, MUN_PROOF_FAILED,
				 "%s was ended by signal %d after %u s%s%s",
				 r->prover->title, got->signal, after,
				 *why ? ": " : "", why);
	else if (!s->ends || got->status)
		mun_watch_decide(&r->watch, MUN_PROOF_FAILED,
				 "%s ended by itself after %u s (status %d)"
				 "%s%s",
				 r->prover->title, after, got->status,
				 *why ? ": " : "", why);
}

static int run(struct mun_prove_run *r, const struct mun_prove_start *s,
	       const char *const *argv, struct mun_err *e)
{
	struct running k = { r, s, false };
	const struct mun_spawn q = { .argv = argv,
				     .max_output = OUTPUT_MAX,
				     .heard = heard,
				     .tick = tick,
				     .ctx = &k,
				     .whole_group = true };
	struct mun_spawned got;
	int rc = mun_spawn_run(&q, &got, e);

	if (!rc && !k.enough)
		conclude(r, s, &got);
	mun_spawned_clear(&got);
	return rc;
}

int mun_prove_start(struct mun_prove_run *r, const struct mun_prove_start *s,
		    struct mun_err *e)
{
	const char *head[] = { "/bin/sh", "-c", NULL, "sh", "env", "-i" };
	const char *argv[MUN_PROVE_ARGS + ENV_MAX + MUN_COUNT(head) + 2];
	mun_autofree char *script = NULL;
	mun_autofree char *program = NULL;
	struct list env = { 0 };
	size_t n = 0;
	int rc = limits(r, &script, e);

	if (!rc)
		rc = mun_path_join(r->data, "run", &program, e);
	if (!rc)
		rc = make_env(r, s->env, &env, e);
	if (!rc) {
		tell_command(r, s->args);
		head[2] = script;
		for (size_t i = 0; i < MUN_COUNT(head); i++)
			argv[n++] = head[i];
		for (size_t i = 0; i < env.n; i++)
			argv[n++] = env.texts[i];
		argv[n++] = program;
		for (size_t i = 0; s->args[i] && i < MUN_PROVE_ARGS; i++)
			argv[n++] = s->args[i];
		argv[n] = NULL;
		rc = run(r, s, argv, e);
	}
	list_clear(&env);
	return rc;
}
