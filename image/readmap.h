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
	/* Ours, in memory only: read, a check failed, the data kept.  Mapfiles
	 * have '-' for it, and a comment that ddrescue passes over. */
	MUN_READ_DOUBTFUL = '!',
};
#define MUN_READ_STATES 6u

struct mun_read_run {
	uint64_t off; /* bytes */
	uint64_t bytes;
	enum mun_read_state state;
};

/* The mapfile's status line: where the program was that wrote it. */
struct mun_read_status {
	uint64_t pos; /* bytes */
	char phase; /* its letter; 0: nothing is known */
	unsigned int pass; /* of the phase, from 1 */
};

struct mun_readmap_block;

/* Runs without gaps from byte 0 to size; neighbours differ in state. */
struct mun_readmap {
	uint64_t size; /* bytes */
	size_t nruns;
	struct mun_read_status status; /* free to be set */
	/* Private: the runs, in blocks; a mark moves those of one block. */
	uint64_t bytes[MUN_READ_STATES];
	struct mun_readmap_block *blocks;
	size_t nblocks;
	size_t room;
};

/* All of @size bytes not tried. @out is zeroed first. 0 or MUN_ENOMEM. */
MUN_CHECK int mun_readmap_init(struct mun_readmap *m, uint64_t size,
			       struct mun_err *e);
void mun_readmap_clear(struct mun_readmap *m);

/* Another map with the same runs and status; @out as of init. */
MUN_CHECK int mun_readmap_copy(const struct mun_readmap *m,
			       struct mun_readmap *out, struct mun_err *e);

/* Set a range; splits and joins runs.  0; MUN_EINVAL outside, or MUN_ENOMEM,
 * and nothing is changed then.  Time grows with the runs that it replaces, and
 * hardly with those of the map. */
MUN_CHECK int mun_readmap_mark(struct mun_readmap *m, uint64_t off,
			       uint64_t bytes, enum mun_read_state state,
			       struct mun_err *e);

/* The state of byte @off < size. */
enum mun_read_state mun_readmap_at(const struct mun_readmap *m, uint64_t off);

/* The run that holds byte @off, or NULL from size on.  It is the map's, and
 * good until the next mark. */
const struct mun_read_run *mun_readmap_run(const struct mun_readmap *m,
					   uint64_t off);

/* Every run, in ascending order; the map must not be marked meanwhile. */
/* NOLINTBEGIN(bugprone-macro-parentheses): @run is declared by it */
#define MUN_READMAP_EACH(run, m) \
	for (const struct mun_read_run *run = mun_readmap_run((m), 0); run; \
	     run = mun_readmap_run((m), run->off + run->bytes))
/* NOLINTEND(bugprone-macro-parentheses) */

/* How many bytes are in @state. */
uint64_t mun_readmap_bytes(const struct mun_readmap *m,
			   enum mun_read_state state);

/* First run that holds or follows byte @off and is not good, or NULL; a
 * doubtful one is not good. */
const struct mun_read_run *mun_readmap_next_bad(const struct mun_readmap *m,
						uint64_t off);

/* First run in @state that holds or follows byte @off, or NULL. */
const struct mun_read_run *mun_readmap_next_in(const struct mun_readmap *m,
					       uint64_t off,
					       enum mun_read_state state);

/* Last run in @state that begins before byte @end, or NULL. */
const struct mun_read_run *mun_readmap_prev_in(const struct mun_readmap *m,
					       uint64_t end,
					       enum mun_read_state state);

/**
 * mun_readmap_write() - append the mapfile text
 * @comment: lines (without '#') for the head, e.g. program and command; NULL
 *
 * The status line is that of @m, or, if its phase is 0, tells the first phase
 * that has work left.  A doubtful run is a line "# doubtful: POS SIZE" in the
 * head, and '-' among the blocks: ddrescue and ddrescuelog take the file, and
 * take what is doubtful for bad.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_readmap_write(const struct mun_readmap *m,
				const char *comment, struct mun_str *out,
				struct mun_err *e);

/**
 * mun_readmap_parse() - read a mapfile of ours or of GNU ddrescue
 *
 * The blocks have the last word: of a line "# doubtful:" (before the status
 * line, whole, after the one before it) what is '-' there becomes doubtful;
 * what is not, and a line that is not such a one, is a comment as any other.
 * Return: 0, MUN_ECORRUPT (line and reason: gaps, overlaps, unknown state, not
 * ascending), MUN_ENOMEM.
 */
MUN_CHECK int mun_readmap_parse(const char *text, size_t len,
				struct mun_readmap *out, struct mun_err *e);

/**
 * mun_readmap_source() - @parent, with the map's bad runs as unreadable extents
 *
 * Bytes are passed on unchanged; next_extent tells MUN_EXTENT_DOUBTFUL of what
 * is doubtful, and MUN_EXTENT_UNREADABLE of what is not good otherwise.
 * @m must outlive the source; @parent is closed with it.
 */
MUN_CHECK int mun_readmap_source(struct mun_source *parent,
				 const struct mun_readmap *m,
				 struct mun_source **out, struct mun_err *e);

#endif
