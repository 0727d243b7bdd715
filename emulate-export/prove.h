/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/prove.h - start a package headless and see whether it runs
 *
 * A boot is proved by a criterion: a screen that is no longer changing and not
 * blank, a text on the serial line or screen, or a picture to compare with.  An
 * emulator that is missing, or one that cannot run without a person, proves
 * nothing: the package is made all the same and says "not proved".
 */
#ifndef MUN_EXPORT_PROVE_H
#define MUN_EXPORT_PROVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "emulate-export/target.h"

enum mun_proof_result {
	MUN_PROOF_NOT_ASKED, /* no --prove */
	MUN_PROOF_NOT_PROVED, /* it could not be tried: @text says why */
	MUN_PROOF_FAILED, /* tried, and the criterion was not met */
	MUN_PROOF_PROVED,
};

struct mun_proof {
	enum mun_proof_result result;
	char text[256]; /* for people: what was seen, or why not */
	char criterion[96]; /* "screen still for 3 s and not blank" */
	char program[64]; /* "QEMU", "" where none was started */
	char version[64]; /* "7.2.11 (Debian 1:7.2+dfsg-7+deb12u13)" */
	char command[512]; /* as it was started, for people */
	char screenshot
		[64]; /* file in the folder asked for: "screen.png"; "" */
	char screen_text[2048]; /* of a text screen or serial line; or "" */
	int64_t started_ms, ended_ms;
};

struct mun_proof_request {
	const struct mun_target *target;
	const struct mun_target_set *set;
	const struct mun_plan *plan;
	const char *data; /* the package's data/ folder; nothing in it is
			   * written */
	const char *scratch; /* empty folder for what is made on the way, and
			      * for the screenshot */
	const char *expect_text; /* criterion by the user, or NULL */
	const char *expect_picture; /* path of a PNG, or NULL */
	unsigned int seconds; /* at most; 0: 120 */
	const struct mun_progress_to *progress; /* may be NULL */
};

/**
 * mun_prove() - try it
 *
 * Return: 0 whatever came of it (@out->result); MUN_ECANCELLED; MUN_EIO where
 * our own files could not be written.
 */
MUN_CHECK int mun_prove(const struct mun_proof_request *q,
			struct mun_proof *out, struct mun_err *e);

const char *mun_proof_name(enum mun_proof_result r); /* "proved" ... */

#endif
