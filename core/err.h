/* SPDX-License-Identifier: Apache-2.0 */
/* core/err.h - errors by value: a code for the program, a chain for the person */
#ifndef MUN_CORE_ERR_H
#define MUN_CORE_ERR_H

#include <stddef.h>

#include "core/attr.h"

enum mun_code {
	MUN_OK = 0,
	MUN_EINVAL = -1, /* what a person gave us cannot be meant */
	MUN_ENOMEM = -2,
	MUN_EIO = -3, /* the system said no: see sys */
	MUN_ENOENT = -4,
	MUN_EEXIST = -5,
	MUN_ECORRUPT = -6, /* foreign or stored data breaks its format */
	MUN_EUNSUPPORTED = -7,
	MUN_ECANCELLED = -8, /* SIGINT, SIGTERM */
	MUN_EBUSY = -9, /* mounted, locked, in use by another process */
	MUN_EUNAVAILABLE = -10, /* the store is away: nothing is known of it */
	MUN_EFIXITY = -11, /* bytes are not those that were recorded */
};

#define MUN_ERR_LINES 8
#define MUN_ERR_TEXT 256

/* Lives on the caller's stack, is never allocated, and copies with "=". */
struct mun_err {
	int code; /* enum mun_code; 0 while nothing has failed */
	int sys; /* errno where it happened, or 0 */
	unsigned int depth; /* lines in use; the innermost is lines[0] */
	struct mun_err_line {
		const char *file;
		int line;
		char text[MUN_ERR_TEXT];
	} lines[MUN_ERR_LINES];
};

/*
 * A failure never passes for a success, whatever is in a mun_err.  Inline, so
 * that compilers and analysers know too that what follows mun_fail() is the
 * failing path.
 */
static inline int mun_err_negative(int code)
{
	return code < 0 ? code : MUN_EINVAL;
}

/* Record a first failure; evaluates to the code. */
#define mun_fail(e, code, ...) \
	mun_err_negative( \
		mun_err_set((e), (code), 0, __FILE__, __LINE__, __VA_ARGS__))

/* Record a failure of the system (@err is an errno); evaluates to the code. */
#define mun_fail_sys(e, err, ...) \
	mun_err_negative(mun_err_set((e), mun_code_of_errno(err), (err), \
				     __FILE__, __LINE__, __VA_ARGS__))

#define mun_fail_nomem(e, what) mun_fail((e), MUN_ENOMEM, "%s", (what))

/* Add what the caller was doing; evaluates to the code that is in @e. */
#define mun_ctx(e, ...) \
	mun_err_negative(mun_err_add((e), __FILE__, __LINE__, __VA_ARGS__))

/**
 * mun_err_set() - start a chain: forget what @e held, record this
 *
 * Text is cut at MUN_ERR_TEXT bytes.  Use through mun_fail*().
 * Return: @code.
 */
int mun_err_set(struct mun_err *e, int code, int sys, const char *file,
		int line, const char *fmt, ...) MUN_PRINTF(6, 7);

/* Add an outer line to the chain; a full chain keeps its innermost lines. */
int mun_err_add(struct mun_err *e, const char *file, int line, const char *fmt,
		...) MUN_PRINTF(4, 5);

/* ENOENT and ENOTDIR are MUN_ENOENT, EEXIST MUN_EEXIST, ENOMEM MUN_ENOMEM,
 * EBUSY MUN_EBUSY, ECANCELED MUN_ECANCELLED; all else is MUN_EIO. */
int mun_code_of_errno(int err);

/* As it is when nothing has failed. */
void mun_err_clear(struct mun_err *e);

/**
 * mun_err_text() - the chain as one line for people, outermost first
 * @buf:     filled with "outer: inner: strerror", always terminated; control
 *           bytes are shown escaped, so that it stays one line
 * @places:  add "[file:line]" to each part (-v)
 *
 * Return: @buf.
 */
char *mun_err_text(const struct mun_err *e, char *buf, size_t size, int places);

#endif
