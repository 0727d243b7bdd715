/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove_version.c - which program it is that a kit starts */
#include "emulate-export/prove_int.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/utf8.h"

#define ANSWER_MS 20000

static bool can_run(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

bool mun_prove_find(const char *program)
{
	const char *path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe) */

	if (strchr(program, '/'))
		return can_run(program);
	while (path && *path) {
		size_t len = strcspn(path, ":");
		char full[4096];

		(void)snprintf(full, sizeof(full), "%.*s/%s", (int)len, path,
			       program);
		if (can_run(full))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

/* As the run script chooses it: what the user names, else the first that is
 * there. */
static bool choose(const struct mun_prover *p, char *out, size_t size)
{
	const char *name = p->programs;
	/* Nothing here sets it, in this thread or in another. */
	const char *named = getenv(p->variable); /* NOLINT */

	if (named && *named) {
		(void)snprintf(out, size, "%s", named);
		return mun_prove_find(out);
	}
	while (*name) {
		size_t len = strcspn(name, " ");

		(void)snprintf(out, size, "%.*s", (int)len, name);
		if (mun_prove_find(out))
			return true;
		name += len + (name[len] == ' ');
	}
	return false;
}

/* From the first number that begins a word, to what begins a sentence: "7.2.11
 * (Debian 1:7.2+dfsg-7+deb12u13)". */
static void take_version(const char *said, char *out, size_t size)
{
	const char *p = said;
	char line[256];
	size_t len;

	while (*p &&
	       !(isdigit((unsigned char)*p) &&
		 (p == said || p[-1] == ' ' || p[-1] == 'v' || p[-1] == '\n')))
		p++;
	len = strcspn(p, ",\r\n");
	for (size_t i = 0; i + 2 < len; i++) {
		if (!strncmp(p + i, " - ", 3))
			len = i;
	}
	(void)snprintf(line, sizeof(line), "%.*s", (int)len, p);
	(void)mun_utf8_line(line, out, size);
}

int mun_prove_version(struct mun_prove_run *r, struct mun_err *e)
{
	char program[4096];
	mun_autofree char *home = NULL;
	static const char mortal[] = MUN_PROVE_MORTAL;
	const char *argv[] = { "/bin/sh",          "-c", mortal, "sh", program,
			       r->prover->version, NULL };
	const char *env[] = { NULL, "SDL_VIDEODRIVER=dummy",
			      "SDL_AUDIODRIVER=dummy", "LANG=C.UTF-8", NULL };
	struct mun_spawn q = { .argv = argv,
			       .env = env,
			       .max_output = 4096,
			       .timeout_ms = ANSWER_MS,
			       .whole_group = true };
	struct mun_spawned got;
	int rc;

	if (!choose(r->prover, program, sizeof(program)))
		return 0;
	rc = mun_fmt(&home, e, "HOME=%s/home", r->scratch);
	if (rc)
		return rc;
	env[0] = home;
	rc = mun_spawn_run(&q, &got, e);
	if (!rc && !got.timed_out)
		take_version(got.output, r->out->version,
			     sizeof(r->out->version));
	mun_spawned_clear(&got);
	/* Who cannot say it may still run. */
	return rc == MUN_ECANCELLED ? rc : 0;
}
