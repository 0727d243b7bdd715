/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/audit_feed.h - an audit feed made of arrays, for tests */
#ifndef MUN_TESTS_FIXITY_AUDIT_FEED_H
#define MUN_TESTS_FIXITY_AUDIT_FEED_H

#include <stdatomic.h>
#include <stdbool.h>

#include "fixity/audit.h"

#define MIB MUN_TREE_PIECE

#define FEED_OBJECTS 300
#define FEED_FILES 6

/* A stored file, and what goes wrong with it. */
struct file {
	char path[32];
	uint8_t *data;
	size_t size; /* as it is now; the tree has what it was */
	struct mun_tree tree; /* as recorded */
	int open_code, open_sys; /* open() fails so, if not 0 */
	uint64_t bad_off, bad_bytes; /* reads that touch these fail ... */
	int bad_errno; /* ... by the system, */
	int bad_code; /* ... or so */
	bool full; /* its digests, too, which are those of feed_record() */
	struct mun_digests digests;
	enum mun_outcome outcome; /* reported */
	struct feed *feed;
};

struct object {
	size_t nfiles;
	struct file files[FEED_FILES];
	unsigned int taken; /* by next() */
	unsigned int reports;
	/* as reported */
	enum mun_outcome outcome;
	uint64_t bytes_read, bytes_resumed;
	int64_t started_ms, ended_ms;
};

struct feed {
	size_t nobjects;
	struct object objects[FEED_OBJECTS];
	size_t next; /* object to give */
	int fail_next_at, fail_report_at; /* which call; -1: none */
	int next_calls, report_calls;
	unsigned int threads;
	const char *progress_dir;
	uint64_t cancel_at; /* bytes; 0: never */
	void (*on_progress)(struct feed *f);
	void (*on_report)(struct feed *f);
	void (*on_read)(struct feed *f); /* any thread */
	uint64_t rate;
	bool idle_io;
	bool (*stop)(void *feed);
	atomic_bool busy; /* in next() or report() */
	atomic_uint overlaps; /* calls while it was */
	atomic_ullong bytes_read; /* by all sources */
	useconds_t pause_us; /* in each read */
	struct mun_progress last_progress;
	size_t nfindings;
	struct mun_finding *findings; /* reported, in that order */
};

struct feed *feed_new(void);
void feed_free(struct feed *f);

/* A new object with one file of @bytes pseudo-random bytes; lent.  There is
 * room for 2 MiB more behind the data of a file of a MiB and more. */
struct file *feed_add(struct feed *f, size_t bytes);
struct file *feed_add_to(struct feed *f, size_t object, size_t bytes);

/* Record the tree of the data as they are now. */
void feed_record(struct file *file);

/* Audit all objects; counters, reports and findings begin anew. */
int feed_try(struct feed *f, struct mun_audit_summary *sum, struct mun_err *e);

/* As feed_try(), which must not fail. */
struct mun_audit_summary feed_audit(struct feed *f);

/* Finding @i must be this one. */
void feed_expect(const struct feed *f, size_t i, enum mun_outcome outcome,
		 uint64_t off, uint64_t bytes);

#endif
