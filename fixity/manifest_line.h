/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest_line.h - one line of a manifest, for fixity/manifest_read.c */
#ifndef MUN_FIXITY_MANIFEST_LINE_H
#define MUN_FIXITY_MANIFEST_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"
#include "fixity/digest.h"
#include "fixity/manifest_read.h"

#define MUN_DEEP_COLUMNS 16 /* of hashdeep, that are understood at all */

/* What the lines of one manifest are read by. */
struct mun_manifest_dialect {
	enum mun_manifest_form form;
	bool has_alg; /* plain lines are of @alg */
	enum mun_digest_alg alg;
	/* hashdeep: digests between size and name; MUN_DIGEST_N: one that we
	 * do not compute */
	size_t ncolumns; /* 0: no header was seen */
	unsigned int columns[MUN_DEEP_COLUMNS];
};

struct mun_manifest_line {
	const char *name; /* in the line, as it stands there */
	size_t name_len;
	bool is_escaped; /* by coreutils' backslashes */
	bool has_bytes;
	uint64_t bytes;
	unsigned int algs;
	struct mun_digests digests;
};

/* Why a line is none, where that takes more than a constant. */
#define MUN_MANIFEST_WHY 96

/**
 * mun_manifest_line_parse() - take a line without its end apart
 * @p, @n: not blank, no comment
 * @why:   set where it is no line of a manifest
 *
 * Return: is it one?
 */
bool mun_manifest_line_parse(const struct mun_manifest_dialect *d,
			     const char *p, size_t n,
			     struct mun_manifest_line *out,
			     char why[static MUN_MANIFEST_WHY]);

/* Append the name with its escapes undone; false for one that is none. */
bool mun_manifest_line_name(const struct mun_manifest_dialect *d,
			    const struct mun_manifest_line *line,
			    struct mun_str *out);

/* The second line of a hashdeep header, after "%%%% ".  False: not one. */
bool mun_manifest_deep_columns(struct mun_manifest_dialect *d, const char *p,
			       size_t n);

#endif
