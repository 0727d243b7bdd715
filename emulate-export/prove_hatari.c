/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/prove_hatari.c - prove a start in Hatari
 *
 * It copies the console of the ST to its standard output, so that text that is
 * expected can be found there.
 */
#include "emulate-export/prove_int.h"

#include <stdlib.h>

#include "core/clock.h"

#define LOOK_MS 500

static int tick(struct mun_prove_run *r, struct mun_err *e)
{
	int64_t *due = r->own;
	int64_t now = mun_clock_monotonic_ms();

	if (now < *due)
		return 0;
	*due = now + LOOK_MS;
	return mun_screen_look(r, NULL, e);
}

static int start(struct mun_prove_run *r, struct mun_err *e)
{
	/* Device 2 is the console (CON:). */
	static const char *const args[] = {
		"--sound", "off", "--fast-forward", "on", "--conout", "2", NULL
	};
	const char *ours = getenv("TOS"); /* NOLINT(concurrency-mt-unsafe) */
	const char *rom = getenv("HATARI_TOS"); /* NOLINT */
	const char *env[] = { NULL, NULL };
	struct mun_prove_start s = { .args = args, .env = env, .tick = tick };
	mun_autofree char *tos = NULL;
	int rc = 0;

	if ((!ours || !*ours) && rom && *rom)
		rc = mun_fmt(&tos, e, "TOS=%s", rom);
	env[0] = tos;
	return rc ? rc : mun_prove_start(r, &s, e);
}

static int run(struct mun_prove_run *r, struct mun_err *e)
{
	int64_t due = 0;
	int rc;

	r->own = &due;
	rc = mun_screen_run(r, start, e);
	r->own = NULL;
	return rc;
}

const struct mun_prover mun_prover_hatari = {
	.target = "hatari",
	.title = "Hatari",
	.variable = "HATARI",
	.programs = "hatari",
	.version = "--version",
	.keeps = "TOS",
	.run = run,
};
