/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/sandbox_serve.h - a sandboxed child that stays and answers
 *
 * As core/sandbox.h, but with several threads, each with its own socket to the
 * parent (SOCK_SEQPACKET: a read gives one message).  The threads are there
 * before the walls are: no further one can be made.
 */
#ifndef MUN_CORE_SANDBOX_SERVE_H
#define MUN_CORE_SANDBOX_SERVE_H

#include <stdint.h>

#include "core/err.h"
#include "core/sandbox.h"

#define MUN_SANDBOX_WORKERS 16u

struct mun_sandboxed;

/* In the child, in the thread of @worker: answer what comes from @fd until it
 * ends.  The process ends with the first that returns. */
typedef void mun_sandbox_work_fn(void *ctx, unsigned int worker, int fd);

/**
 * mun_sandbox_serve() - start a child with @workers threads
 * @workers: 1 to MUN_SANDBOX_WORKERS
 * @out:     the caller's: mun_sandboxed_end()
 *
 * Call while no other thread of ours runs; the child ends with the thread that
 * calls.  Shared memory must have been made before.
 * Return: 0, MUN_EIO, MUN_ENOMEM.  That the walls could not be set up shows
 * when the child is first asked for something.
 */
MUN_CHECK int mun_sandbox_serve(mun_sandbox_work_fn *work, void *ctx,
				unsigned int workers,
				const struct mun_sandbox_limits *lim,
				struct mun_sandboxed **out, struct mun_err *e);

/* The parent's end of a worker's socket; a read gives up after 200 ms. */
int mun_sandboxed_fd(const struct mun_sandboxed *s, unsigned int worker);

/* CPU time that the child has used, in ms; 0 where that is not known. */
uint64_t mun_sandboxed_cpu_ms(const struct mun_sandboxed *s);

/**
 * mun_sandboxed_reap() - a socket has ended: wait for the child, say how it died
 * @why: kill it, and say this; NULL: it has ended by itself
 *
 * Any number of threads; all get the same.
 * Return: MUN_ECORRUPT, or MUN_EIO for a child that could not lock itself in.
 */
int mun_sandboxed_reap(struct mun_sandboxed *s, const char *why,
		       struct mun_err *e);

/* Ends the child.  NULL is fine. */
void mun_sandboxed_end(struct mun_sandboxed *s);
MUN_DEFINE_FREEP(sandboxed, mun_sandboxed_end);

#endif
