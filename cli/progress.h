/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/progress.h - how far it is, as a line, as a strip, as a JSON object
 *
 * Nothing here prints: cli/output.c decides when what goes where.
 */
#ifndef MUN_CLI_PROGRESS_H
#define MUN_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/jsonw.h"
#include "core/log.h"
#include "core/str.h"

/* Below this many columns the medium has no strip. */
#define MUN_STRIP_MIN 40u

/* Seconds until the end at @rate bytes a second; false where nobody knows. */
bool mun_progress_left(const struct mun_progress *p, uint64_t rate,
		       uint64_t *seconds);

/**
 * mun_progress_line() - one line for people, at most @width columns
 * @rate: bytes a second; of a medium that says its own, that one is taken
 *
 * What does not fit is left out, the least wanted first; appended to @out.
 */
void mun_progress_line(const struct mun_progress *p, uint64_t rate,
		       unsigned int width, struct mun_str *out);

/**
 * mun_progress_strip() - the medium from its first to its last byte
 * @strip: as in struct mun_progress_medium
 * @width: columns, with the brackets; at least 3
 *
 * Where there are fewer columns than characters, each column is the worst of
 * its part.  Appended to @out.
 */
void mun_progress_strip(const char *strip, unsigned int width, bool colour,
			struct mun_str *out);

/* The members of one object: docs/cli.md, "Progress as JSON". */
void mun_progress_json(struct mun_jsonw *w, const struct mun_progress *p,
		       uint64_t rate);

#endif
