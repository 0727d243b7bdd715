/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/sandbox.h - run a parser of foreign bytes in a child that can do nothing
 *
 * The child may read the descriptors it already has, compute, and write its
 * answer into a pipe.  seccomp(2) kills it for anything else; memory, CPU time
 * and the size of the answer are bounded.  A parser that is taken over or
 * crashes harms nobody.  Call it while no other thread of ours runs.
 */
#ifndef MUN_CORE_SANDBOX_H
#define MUN_CORE_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define MUN_SANDBOX_NO_CPU_LIMIT UINT32_MAX

struct mun_sandbox_limits {
	uint64_t memory_bytes; /* on top of what the process has; 0: 256 MiB */
	unsigned int cpu_seconds; /* 0: 60; or MUN_SANDBOX_NO_CPU_LIMIT */
	size_t answer_bytes; /* most that is read from the child; 0: 16 MiB */
};

/**
 * mun_sandbox_run() - run @fn(@ctx, answer) in a child and bring its answer back
 * @answer: what @fn appended to its own mun_str; add to it, then free it
 *
 * Return: what @fn returned, with its error chain; or MUN_ECORRUPT where the
 * child was killed (crash, forbidden system call, memory or time used up: the
 * text says which); MUN_EIO where no child could be made.
 */
MUN_CHECK int mun_sandbox_run(int (*fn)(void *ctx, struct mun_str *answer,
					struct mun_err *e),
			      void *ctx, const struct mun_sandbox_limits *lim,
			      struct mun_str *answer, struct mun_err *e);

#endif
