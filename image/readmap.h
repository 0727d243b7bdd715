/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/readmap.h - which bytes of a medium were read, and how well
 *
 * Reads and writes the mapfile of GNU ddrescue (its manual, "Mapfile
 * structure"), so any rescue can be inspected and continued with ddrescue.
 */
#ifndef MUN_IMAGE_READMAP_H
#define MUN_IMAGE_READMAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "core/str.h"

/* The mapfile's own characters. */
enum mun_read_state {
	MUN_READ_NOT_TRIED = '?',
	MUN_READ_NOT_TRIMMED = '*',
	MUN_READ_NOT_SCRAPED = '/',
	MUN_READ_BAD = '-',
	MUN_READ_GOOD = '+',
};

struct mun_read_run {
	uint64_t off; /* bytes */
	uint64_t bytes;
	enum mun_read_state state;
};

/* Runs without gaps from byte 0 to size; neighbours differ in state. */
struct mun_readmap {
	uint64_t size; /* bytes */
	size_t nruns;
	struct mun_read_run *runs;
	size_t room;
};

/* All of @size bytes not tried. @out is zeroed first. 0 or MUN_ENOMEM. */
MUN_CHECK int mun_readmap_init(struct mun_readmap *m, uint64_t size,
			       struct mun_err *e);
void mun_readmap_clear(struct mun_readmap *m);

/* Set a range; splits and joins runs.  0, MUN_EINVAL outside, MUN_ENOMEM. */
MUN_CHECK int mun_readmap_mark(struct mun_readmap *m, uint64_t off,
			       uint64_t bytes, enum mun_read_state state,
			       struct mun_err *e);

/* The state of byte @off < size. */
enum mun_read_state mun_readmap_at(const struct mun_readmap *m, uint64_t off);

/* How many bytes are in @state. */
uint64_t mun_readmap_bytes(const struct mun_readmap *m,
			   enum mun_read_state state);

/* First run that holds or follows byte @off and is not good, or NULL. */
const struct mun_read_run *mun_readmap_next_bad(const struct mun_readmap *m,
						uint64_t off);

/**
 * mun_readmap_write() - append the mapfile text
 * @comment: lines (without '#') for the head, e.g. program and command; NULL
 */
MUN_CHECK int mun_readmap_write(const struct mun_readmap *m,
				const char *comment, struct mun_str *out,
				struct mun_err *e);

/* Parse a mapfile.  0, MUN_ECORRUPT (line and reason: gaps, overlaps, unknown
 * state, not ascending), MUN_ENOMEM. */
MUN_CHECK int mun_readmap_parse(const char *text, size_t len,
				struct mun_readmap *out, struct mun_err *e);

/**
 * mun_readmap_source() - @parent, with the map's bad runs as unreadable extents
 *
 * Bytes are passed on unchanged; next_extent tells MUN_EXTENT_UNREADABLE.
 * @m must outlive the source; @parent is closed with it.
 */
MUN_CHECK int mun_readmap_source(struct mun_source *parent,
				 const struct mun_readmap *m,
				 struct mun_source **out, struct mun_err *e);

#endif
