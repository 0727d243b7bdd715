/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/flux.h - a floppy read as flux by an external program
 *
 * Greaseweazle's "gw" is spawned where it is installed; what it makes is kept
 * as it is, with its log.  A source is written "gw:" or "gw:DRIVE" (a, b, 0, 1,
 * 2, 3).
 */
#ifndef MUN_MEDIUM_FLUX_H
#define MUN_MEDIUM_FLUX_H

#include <stdbool.h>

#include "core/err.h"
#include "core/log.h"

struct mun_flux_request {
	const char *program; /* NULL: "gw" of $PATH */
	const char *drive; /* "" : the program's own default */
	unsigned int revolutions; /* 0: 3 */
	unsigned int retries; /* of its own; 0: none */
	const char *out_path; /* NAME.scp, made; must not be there */
	const char *log_path; /* all that it printed */
	unsigned int silence_ms; /* after which it is ended; 0: 2 minutes */
	const struct mun_progress_to *progress; /* may be NULL */
};

struct mun_flux_result {
	char version[64]; /* "1.23", of the host software; "" unknown */
	char model[64]; /* "Greaseweazle V4", "" unknown; */
	char firmware[32]; /* "1.5" */
	char serial[64];
	unsigned int cylinders; /* read */
	unsigned int heads;
	unsigned int revolutions; /* asked for */
};

/* Is it "gw:..."?  @drive: what follows the colon. */
bool mun_flux_is_source(const char *source, const char **drive);

/* Is it one of gw's drives, or ""? */
bool mun_flux_drive_is(const char *drive);

/**
 * mun_flux_read() - one disk, all tracks
 *
 * Its end alone proves nothing: a command that the device refused ends with 0.
 * So what it said is read, and the file that it made is looked at.
 * Return: 0; MUN_ENOENT (the program is not installed: says how to get it);
 * MUN_EIO (it failed: its last line; no device; no flux image came of it);
 * MUN_EINVAL (a drive that is none); MUN_ECANCELLED.  After an error the files
 * that it made stay.
 */
MUN_CHECK int mun_flux_read(const struct mun_flux_request *q,
			    struct mun_flux_result *out, struct mun_err *e);

#endif
