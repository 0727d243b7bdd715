/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote_int.h - the parent's side of image/remote.h; for remote*.c only */
#ifndef MUN_IMAGE_REMOTE_INT_H
#define MUN_IMAGE_REMOTE_INT_H

#include <pthread.h>

#include "core/sandbox_serve.h"
#include "image/remote_wire.h"

/* Of one view: extents that were told together. */
struct mun_remote_known {
	size_t n;
	struct mun_extent x[MUN_REMOTE_EXTENTS];
};

struct mun_remote {
	struct mun_image_driver driver; /* the format's, with our calls */
	struct mun_sandboxed *child; /* NULL: it is not needed any more */
	unsigned int workers;
	struct mun_remote_shared *shared[MUN_SANDBOX_WORKERS];
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t freed;
	bool busy[MUN_SANDBOX_WORKERS];
	struct mun_source **beside; /* opened for the child */
	size_t nbeside;
	struct mun_remote_known known[MUN_VIEWS];
	/* Not changed once it is open. */
	struct mun_companions *folders[2]; /* borrowed: the image's, parent's */
	struct mun_source *served; /* borrowed: the image's; or NULL */
	bool stays; /* the child */
	struct mun_source *own_parent; /* NULL, or closed with it; */
	struct mun_companions *own_parent_folder;
};

/**
 * mun_remote_take() - a worker for this thread; waits for one
 *
 * Give it back with mun_remote_give().
 */
unsigned int mun_remote_take(struct mun_remote *r);
void mun_remote_give(struct mun_remote *r, unsigned int worker);

/* Up to @most more for this thread, as many as wait for work; how many. */
size_t mun_remote_take_idle(struct mun_remote *r, unsigned int *workers,
			    size_t most);

/**
 * mun_remote_ask() - put @m to @worker and wait; read files for it meanwhile
 * @m:         becomes the answer
 * @most_ms:   CPU and time that it may take
 *
 * Return: 0; what the child answered, with its error chain; MUN_ECORRUPT where
 * it died or makes no sense, and so for ever after; MUN_ECANCELLED.
 */
MUN_CHECK int mun_remote_ask(struct mun_remote *r, unsigned int worker,
			     struct mun_remote_msg *m, uint64_t most_ms,
			     struct mun_err *e);

/**
 * mun_remote_ask_all() - put @m[i] to @workers[i], all at once
 * @n: at most MUN_SANDBOX_WORKERS
 *
 * Return: 0; the first error in order; else as mun_remote_ask().
 */
MUN_CHECK int mun_remote_ask_all(struct mun_remote *r,
				 const unsigned int *workers,
				 struct mun_remote_msg *m, size_t n,
				 uint64_t most_ms, struct mun_err *e);

/* Put @op, and fetch the tables that are the answer: @out is the caller's. */
MUN_CHECK int mun_remote_ask_tables(struct mun_remote *r, unsigned int worker,
				    enum mun_remote_op op, uint64_t most_ms,
				    uint8_t **out, size_t *len_out,
				    struct mun_err *e);

/* The remote that @img is, or NULL where it is none. */
struct mun_remote *mun_remote_of(struct mun_image *img);

/* The child sent what no child of ours sends: end it.  MUN_ECORRUPT. */
MUN_CHECK int mun_remote_nonsense(struct mun_remote *r, struct mun_err *e);

/* Time for one answer: 60000; a test has less patience. */
extern uint64_t mun_remote_most_ms;

#endif
