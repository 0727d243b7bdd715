/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/audit.h - re-verify stored files through their hash trees
 *
 * An audit needs a feed: the next object that is due, a way to open its files,
 * and somewhere to report the outcome.  It knows neither SQL nor storage
 * (docs/architecture.md, "the one knot").  Pieces of 1 MiB are verified in
 * parallel, within a file and across files and objects; which pieces of a file
 * are done is kept in a small file, so an interrupted audit goes on mid-file.
 */
#ifndef MUN_FIXITY_AUDIT_H
#define MUN_FIXITY_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "core/source.h"
#include "core/uuid.h"
#include "fixity/digest.h"
#include "fixity/tree.h"

/* Outcomes are data, not errors (docs/audit.md). */
enum mun_outcome {
	MUN_OUTCOME_INTACT,
	MUN_OUTCOME_MISMATCH, /* read, and not the bytes that were recorded */
	MUN_OUTCOME_MISSING, /* the store is there, the file is not */
	MUN_OUTCOME_UNREADABLE, /* the system could not read it: see sys */
	MUN_OUTCOME_UNAVAILABLE, /* the store is away: nothing is known */
	MUN_OUTCOME_NOT_RUN, /* interrupted, or stopped before its turn */
	MUN_OUTCOME_N
};

/* "intact", "mismatch", "missing", "unreadable", "store_unavailable",
 * "not_run": in the catalog and in JSON. */
const char *mun_outcome_name(enum mun_outcome o);

/* The one that an object with both files has: the worse of the two. */
enum mun_outcome mun_outcome_worse(enum mun_outcome a, enum mun_outcome b);

/* What was found at one place: a run of neighbouring bad pieces of a file. */
struct mun_finding {
	size_t file; /* index in the item */
	enum mun_outcome outcome;
	uint64_t off; /* bytes */
	uint64_t bytes; /* 0: about the record or a digest of the whole */
	int sys; /* errno, for unreadable */
	/* Hex: the hash of the first bad piece, the root, or a digest, which
	 * the text then names. */
	char expected[MUN_DIGEST_HEX];
	char actual[MUN_DIGEST_HEX]; /* "" where nothing was read */
	char text[128]; /* for people: "file is 512 bytes shorter", ... */
};

struct mun_audit_file {
	char *path; /* logical path in the object */
	struct mun_tree tree; /* what it must be; pieces may be NULL where
			       * npieces is at most 1 */
	/* Read once in order, and every digest with a length is verified
	 * too.  Such a file does not go on mid-file. */
	bool full;
	struct mun_digests digests;
	enum mun_outcome outcome; /* filled by the audit */
};

/* One object (on one store).  Made by the feed, given back by report(). */
struct mun_audit_item {
	char object[MUN_UUID_LEN];
	const char *store; /* its name, for reports */
	size_t nfiles;
	struct mun_audit_file *files;
	void *feed_data; /* the feed's own */

	/* Filled by the audit before report() */
	enum mun_outcome outcome; /* the worst of its files */
	int64_t started_ms;
	int64_t ended_ms;
	uint64_t bytes_read; /* in this run */
	uint64_t bytes_resumed; /* verified by an earlier, interrupted run */
	size_t nfindings;
	struct mun_finding *findings; /* freed by the audit after report() */
};

struct mun_audit_feed {
	void *ctx;
	/* The next due object, oldest-checked first; *@out = NULL at the end.
	 * Called by one thread at a time. */
	int (*next)(void *ctx, struct mun_audit_item **out, struct mun_err *e);
	/* Open file @file to be read by several threads.  MUN_ENOENT means
	 * missing, MUN_EUNAVAILABLE that the store is away, any other error
	 * unreadable.  May be called by several threads at once. */
	int (*open)(void *ctx, const struct mun_audit_item *item, size_t file,
		    struct mun_source **out, struct mun_err *e);
	/* Take the outcome (durably) and the item back.  One thread at a time.
	 * An item with outcome NOT_RUN was begun and not ended. */
	int (*report)(void *ctx, struct mun_audit_item *item,
		      struct mun_err *e);
};

struct mun_audit_opts {
	unsigned int threads; /* 0: one for each processor, and 8 at least */
	const char *progress_dir; /* for the files "which pieces are done", or
				   * NULL: an interrupted file begins anew */
	uint64_t total_bytes; /* for progress; 0: unknown */
	const struct mun_progress_to *progress; /* may be NULL */
	uint64_t rate; /* bytes a second, all threads together; 0: as fast as
			* it goes.  Time that was not used is saved up for a
			* second at most. */
	bool idle_io; /* the workers read only when nobody else does
		       * (ioprio_set(2), class idle), where the system can */
	/* Asked between pieces, one thread at a time, quickly: true ends the
	 * run as a cancelled one ends, with notes for the next.  May be NULL.
	 * The end of a window, a time limit. */
	bool (*stop)(void *ctx);
	void *stop_ctx;
};

struct mun_audit_summary {
	uint64_t objects; /* reported, without those not run */
	uint64_t files;
	uint64_t bytes; /* verified now or by the run that was resumed */
	uint64_t outcomes[MUN_OUTCOME_N]; /* files by outcome */
	bool interrupted; /* not all was done */
	bool stopped; /* and it was opts.stop that wanted it so */
};

/**
 * mun_audit_run() - verify all that @feed gives
 *
 * Damage is in @out and in what was reported, not in the return value.
 * mun_cancelled() and @opts->stop end it after the pieces at hand: what was
 * begun is reported as not run, @out->interrupted is set, and 0 is returned.
 * Memory: threads * 1 MiB and the piece layers of the items at hand.
 *
 * Return: 0; the feed's error from next() or report(); MUN_ENOMEM; MUN_EIO
 * when threads or the progress file cannot be made.
 */
MUN_CHECK int mun_audit_run(const struct mun_audit_feed *feed,
			    const struct mun_audit_opts *opts,
			    struct mun_audit_summary *out, struct mun_err *e);

/**
 * mun_verify_tree() - compare all of one source with @tree, in parallel
 *
 * The read-back of an ingest and of an export: the first difference ends it.
 * Return: 0, MUN_EFIXITY (offset and both hashes in the text), the source's
 * error, MUN_ECANCELLED.
 */
MUN_CHECK int mun_verify_tree(struct mun_source *src,
			      const struct mun_tree *tree, unsigned int threads,
			      const char *phase,
			      const struct mun_progress_to *progress,
			      struct mun_err *e);

#endif
