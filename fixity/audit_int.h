/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/audit_int.h - one file of an audit; for this folder only
 *
 * A check is begun by one worker, its pieces are verified by any of them, and
 * the worker that verified the last one finishes it.  audit.c holds its lock
 * where a function says "locked".
 */
#ifndef MUN_FIXITY_AUDIT_INT_H
#define MUN_FIXITY_AUDIT_INT_H

#include "fixity/audit.h"

/* Files of fewer pieces are verified again sooner than noted. */
#define MUN_AUDIT_PROGRESS_PIECES 8u

/* What an interrupted audit verified counts for so long. */
#define MUN_AUDIT_PROGRESS_DAYS 30

struct mun_audit_progress; /* which pieces of a file are done */

/**
 * mun_audit_progress_open() - take up the file's notes, or begin them
 *
 * Notes of another file, of other content, older than
 * MUN_AUDIT_PROGRESS_DAYS, cut or damaged are thrown away.
 * Return: 0, MUN_EINVAL for an object that is no UUID, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_audit_progress_open(const char *dir,
				      const struct mun_audit_item *item,
				      size_t file, const struct mun_tree *tree,
				      struct mun_audit_progress **out,
				      struct mun_err *e);

/* Was the piece verified by an earlier run? */
bool mun_audit_progress_has(const struct mun_audit_progress *p, uint64_t piece);

/* The piece was verified.  Any thread; where it cannot be noted the audit goes
 * on and says so in the log. */
void mun_audit_progress_note(struct mun_audit_progress *p, uint64_t piece);

/* Close the file; the notes stay on disk, and @p knows where. */
void mun_audit_progress_close(struct mun_audit_progress *p);

/* Remove the file.  0 or MUN_EIO. */
MUN_CHECK int mun_audit_progress_remove(struct mun_audit_progress *p,
					struct mun_err *e);
void mun_audit_progress_free(struct mun_audit_progress *p); /* NULL is fine */

/* A piece that is not what it must be. */
struct mun_audit_bad {
	uint64_t piece;
	enum mun_outcome outcome;
	int sys;
	bool was_read; /* actual is set */
	uint8_t actual[MUN_TREE_HASH];
	char text[sizeof(((struct mun_finding *)0)->text)];
};

struct mun_audit_check {
	struct mun_audit_check *next; /* audit.c's */
	struct mun_audit_item *item;
	size_t file;
	struct mun_tree tree; /* borrows the item's layer; pieces NULL: the
			       * layer cannot be used */
	struct mun_source *src; /* NULL: could not be opened */
	enum mun_outcome outcome; /* so far */
	uint64_t next_piece; /* to hand out */
	uint64_t end_piece; /* after the last that the file has */
	unsigned int busy; /* pieces handed out */
	/* Without a layer: the hashes found, for the root.  Each worker fills
	 * its own piece; read when all are done. */
	uint8_t (*found)[MUN_TREE_HASH];
	struct mun_audit_progress *progress; /* or NULL */
	uint64_t told; /* bytes, as progress */
	uint64_t told_bad;
	size_t nbad;
	size_t bad_room;
	struct mun_audit_bad *bad;
	size_t nfindings;
	size_t findings_room;
	struct mun_finding *findings;
};

/**
 * mun_audit_check_begin() - open the file and see what there is to verify
 *
 * Missing, unreadable, too short: all that is an outcome and in the findings.
 * Return: 0, or what ends the whole audit: MUN_ENOMEM, MUN_ECANCELLED, no
 * descriptors left, no progress file.
 */
MUN_CHECK int mun_audit_check_begin(struct mun_audit_check *c,
				    const struct mun_audit_feed *feed,
				    const char *progress_dir,
				    struct mun_err *e);

/* Locked: step over pieces that an earlier run verified; returns their
 * bytes. */
uint64_t mun_audit_check_skip(struct mun_audit_check *c);

/**
 * mun_audit_check_piece() - verify one piece that was handed out
 * @bad: its outcome; intact is one too
 *
 * Return: 0, or what ends the whole audit.
 */
MUN_CHECK int mun_audit_check_piece(struct mun_audit_check *c, uint64_t piece,
				    void *buf, struct mun_audit_bad *bad,
				    struct mun_err *e);

/* As mun_audit_check_piece(), of bytes that were read already. */
MUN_CHECK int mun_audit_check_bytes(struct mun_audit_check *c, uint64_t piece,
				    const void *data, struct mun_audit_bad *bad,
				    struct mun_err *e);

/* A digest of the whole file is another.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_audit_check_digest(struct mun_audit_check *c,
				     enum mun_digest_alg alg,
				     const struct mun_digest *expected,
				     const struct mun_digest *actual,
				     struct mun_err *e);

/* Locked: keep a piece that is not intact; where the store went away no more
 * are handed out.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_audit_check_keep(struct mun_audit_check *c,
				   const struct mun_audit_bad *bad,
				   struct mun_err *e);

/* All pieces are done: make outcome and findings, close the source. */
MUN_CHECK int mun_audit_check_finish(struct mun_audit_check *c,
				     struct mun_err *e);
void mun_audit_check_free(struct mun_audit_check *c); /* NULL is fine */

#endif
