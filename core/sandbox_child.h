/* SPDX-License-Identifier: Apache-2.0 */
/* core/sandbox_child.h - what parent and child of a sandbox agree on */
#ifndef MUN_CORE_SANDBOX_CHILD_H
#define MUN_CORE_SANDBOX_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/sandbox.h"
#include "core/str.h"

#define MUN_SANDBOX_FILE 48

/* Exit status of a child that could not lock itself in, and so did nothing. */
#define MUN_SANDBOX_NO_WALLS 70

/* An error with no pointer in it: the parent follows none of the child's. */
struct mun_sandbox_head {
	int32_t rc;
	int32_t sys;
	uint32_t depth;
	uint32_t unused;
	uint64_t answer_len; /* bytes that follow this */
	struct mun_sandbox_line {
		int32_t line;
		char file[MUN_SANDBOX_FILE];
		char text[MUN_ERR_TEXT];
	} lines[MUN_ERR_LINES];
};

struct mun_sandbox_walls {
	const int *fds; /* all that may be written to */
	size_t nfds;
	pid_t parent; /* the process ends with it */
	bool threads; /* there are some: they are locked in too */
};

/* Lock this process in; false: not all walls stand, and it must end. */
bool mun_sandbox_lock_in(const struct mun_sandbox_limits *lim,
			 const struct mun_sandbox_walls *w);

/* An error for the way, and back from it: nothing in @h is believed. */
void mun_sandbox_pack(struct mun_sandbox_head *h, int rc, size_t answer_len,
		      const struct mun_err *e);
int mun_sandbox_unpack(struct mun_sandbox_head *h, struct mun_err *e);

/* What a wait status says of a child that ended before its time. */
int mun_sandbox_judge(int status, struct mun_err *e);

/* @lim, with what is 0 filled in. */
struct mun_sandbox_limits
mun_sandbox_defaults(const struct mun_sandbox_limits *lim);

/**
 * mun_sandbox_child() - lock this process in, run @fn, answer, end
 * @to_parent: where head and answer are written
 * @parent:    its pid; the child ends with it
 */
noreturn void mun_sandbox_child(int (*fn)(void *ctx, struct mun_str *answer,
					  struct mun_err *e),
				void *ctx, const struct mun_sandbox_limits *lim,
				int to_parent, pid_t parent);

#endif
