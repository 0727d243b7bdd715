/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/flux_text.h - what gw prints, read line by line
 *
 * Foreign text: only its track lines ("T12.1: ..."), its range of tracks
 * ("Reading c=0-81:h=0-1 revs=3"), its failures ("Command Failed: ...", after
 * which it exits with 0, and "** FATAL ERROR:" with the reason in the next
 * line) and the lines of gw info are understood.
 */
#ifndef MUN_MEDIUM_FLUX_TEXT_H
#define MUN_MEDIUM_FLUX_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define MUN_FLUX_CYLINDERS_MAX 128u
#define MUN_FLUX_HEADS 2u

struct mun_flux_text {
	/* Found */
	char version[64]; /* "1.23" */
	char model[64];
	char firmware[32];
	char serial[64];
	bool no_device; /* "Device: Not found" */
	bool failed; /* it said so itself */
	char why[160]; /* what it said then; else its last line; clean */
	bool seen[MUN_FLUX_CYLINDERS_MAX][MUN_FLUX_HEADS];
	unsigned int tracks; /* seen */
	unsigned int total; /* of the range that it announced; 0: not known */
	unsigned int cylinders; /* highest number seen, + 1 */
	unsigned int heads;
	int cylinder; /* of the last track line; -1 before one */
	int head;
	/* The line that is not whole yet. */
	char line[512];
	size_t len;
	bool reason_next; /* the next line says why */
};

/* Nothing has been printed yet. */
void mun_flux_text_begin(struct mun_flux_text *t);

/* The next bytes of its output; lines may be split anywhere. */
void mun_flux_text_feed(struct mun_flux_text *t, const char *data, size_t len);

/* Its end: a last line without a newline counts. */
void mun_flux_text_end(struct mun_flux_text *t);

#endif
