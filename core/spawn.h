/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/spawn.h - run a program: bytes in, bytes out, and an end to it
 *
 * The program is the leader of a process group of its own, with default signal
 * handling and none blocked, and inherits no descriptor but 0, 1 and 2.
 */
#ifndef MUN_CORE_SPAWN_H
#define MUN_CORE_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct mun_spawn {
	/* Program and arguments, NULL at the end; without a '/' the program is
	 * looked for in PATH.  No shell sees them. */
	const char *const *argv;
	const char *shell; /* instead: a command for /bin/sh -c */
	const char *const *env; /* "NAME=value" added or replaced; or NULL */
	const void *input; /* its standard input */
	size_t input_len;
	size_t max_output; /* bytes kept of each output, the rest is read and
			    * dropped */
	unsigned int timeout_ms; /* 0: none */
	unsigned int silence_ms; /* without any output; 0: none */
	/* Each piece of an output as it comes, besides what is kept; @from: 1
	 * or 2.  An error ends the program and is what is returned.  May be
	 * NULL. */
	int (*heard)(void *ctx, int from, const char *data, size_t len,
		     struct mun_err *e);
	/* At least five times a second while it runs.  Other than 0 ends the
	 * program: below 0 is an error and what is returned, above 0 is
	 * "enough" and no error.  May be NULL. */
	int (*tick)(void *ctx, struct mun_err *e);
	void *ctx;
	bool whole_group; /* what it leaves behind when it exits is ended */
};

struct mun_spawned {
	int status; /* of exit(3), 0 to 255; -1: did not exit by itself */
	int signal; /* that ended it, or 0 */
	bool timed_out; /* so it was ended, with its process group */
	bool stopped; /* likewise, because tick() had enough */
	bool cut; /* one of the outputs was longer than asked for */
	char *output; /* NUL behind the last byte; never NULL */
	size_t output_len;
	char *errors; /* its standard error, likewise */
	size_t errors_len;
};

/**
 * mun_spawn_run() - start @q, wait for its end
 * @out: free with mun_spawned_clear(), whatever is returned
 *
 * A time-out or mun_cancel() ends the whole process group: SIGTERM, a second
 * later SIGKILL.  Children that a program leaves behind when it exits live on
 * unless @q->whole_group, and what they print is lost.
 * Return: 0 where it ran, however it ended; MUN_ENOENT (no such program);
 * MUN_EIO, also where SIGCHLD is ignored, so that nobody knows how it ended;
 * MUN_ENOMEM; MUN_ECANCELLED; what heard() or tick() returned.
 */
MUN_CHECK int mun_spawn_run(const struct mun_spawn *q, struct mun_spawned *out,
			    struct mun_err *e);

/* 0 where it exited with 0; else MUN_EIO with how it ended and the first line
 * of its errors.  @what names it in the text. */
MUN_CHECK int mun_spawned_check(const struct mun_spawned *r, const char *what,
				struct mun_err *e);

/* Frees what @r holds, not @r. */
void mun_spawned_clear(struct mun_spawned *r);

#endif
