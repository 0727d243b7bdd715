/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/support/support.h - what all tests share: scratch folders, faults, data
 *
 * Everything here ends the test through cmocka where it cannot do its work, so
 * nothing has to be checked.
 */
#ifndef MUN_TESTS_SUPPORT_H
#define MUN_TESTS_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/source.h"

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* What ctest takes for "skipped"; print why before returning it. */
#define MUN_TEST_SKIPPED 77

/* A fresh folder below $TMPDIR or /tmp, absolute.  Give it back with
 * mun_test_dir_remove(), which removes all in it and frees the name. */
char *mun_test_dir(void);
void mun_test_dir_remove(char *dir);

/* "@dir/@name"; free(). */
char *mun_test_path(const char *dir, const char *name);

/* Make or overwrite the file @path. */
void mun_test_write(const char *path, const void *data, size_t len);

/* The whole file, a NUL after it; free().  NULL where there is none.  @len_out
 * may be NULL. */
char *mun_test_read(const char *path, size_t *len_out);

/* Does @path hold exactly the text @want? */
bool mun_test_has_text(const char *path, const char *want);

/* Names in the folder, without "." and "..". */
unsigned int mun_test_count_entries(const char *dir);

/* Pseudo-random bytes: the same for the same @seed, for ever (splitmix64,
 * little-endian). */
void mun_test_pattern(void *buf, size_t len, uint64_t seed);

/* The root of our sources. */
const char *mun_test_source_dir(void);

/* Real disk images ($MUNIMENT_CORPUS, else ../shared/corpus beside the
 * sources) and official schemas and fixtures ($MUNIMENT_STANDARDS, else
 * ../shared/standards); NULL where there are none: then skip. */
const char *mun_test_corpus(void);
const char *mun_test_standards(void);

/* Is this the long form of the test, which leaves nothing out ($MUNIMENT_LONG is
 * set, and not to 0)?  "./check --long" runs it of every test. */
bool mun_test_long(void);

/* Of a sweep each @n-th step; in the long form every one: 1. */
int mun_test_step(int n);

/*
 * Faults: replace mun_sys by one that fails on demand.
 *
 *	mun_fault_install(MUN_CALL_MUTATING, EIO);
 *	for (int n = 0;; n++) {
 *		mun_fault_arm(n);
 *		rc = the_thing(&e);
 *		if (!mun_fault_fired())
 *			break;
 *		... rc is an error, nothing is half done ...
 *	}
 *	mun_fault_restore();
 *
 * Threads may make the calls.  A close that fails has closed all the same, as
 * on Linux; any other call that fails has done nothing.
 */
enum mun_call {
	MUN_CALL_OPEN,
	MUN_CALL_READ,
	MUN_CALL_PREAD,
	MUN_CALL_WRITE,
	MUN_CALL_PWRITE,
	MUN_CALL_FTRUNCATE,
	MUN_CALL_FSYNC,
	MUN_CALL_FDATASYNC,
	MUN_CALL_CLOSE,
	MUN_CALL_RENAME,
	MUN_CALL_RENAME_NEW,
	MUN_CALL_LINK,
	MUN_CALL_UNLINK,
	MUN_CALL_RMDIR,
	MUN_CALL_MKDIR,
	MUN_CALL_FSTAT,
	MUN_CALL_FICLONE,
	MUN_CALL_N,
};

#define MUN_CALL_BIT(call) (1u << (call))
#define MUN_CALL_ALL ((1u << MUN_CALL_N) - 1)
/* All but those that look or remove: what a write must survive.  (ficlone is
 * left out, as its failure only means that bytes are copied.) */
#define MUN_CALL_MUTATING \
	(MUN_CALL_BIT(MUN_CALL_OPEN) | MUN_CALL_BIT(MUN_CALL_WRITE) | \
	 MUN_CALL_BIT(MUN_CALL_PWRITE) | MUN_CALL_BIT(MUN_CALL_FTRUNCATE) | \
	 MUN_CALL_BIT(MUN_CALL_FSYNC) | MUN_CALL_BIT(MUN_CALL_FDATASYNC) | \
	 MUN_CALL_BIT(MUN_CALL_CLOSE) | MUN_CALL_BIT(MUN_CALL_RENAME) | \
	 MUN_CALL_BIT(MUN_CALL_RENAME_NEW) | MUN_CALL_BIT(MUN_CALL_LINK) | \
	 MUN_CALL_BIT(MUN_CALL_MKDIR))

/* From now on calls of the set @calls (MUN_CALL_BIT()s) can fail with @err.
 * Not armed yet; all counters and modes are reset. */
void mun_fault_install(unsigned int calls, int err);

/* The next @successes calls of the set succeed, the one after fails, and all
 * after that succeed.  Counters start again.  Negative: none fails. */
void mun_fault_arm(int successes);

/* Has the failure happened, and in which call? */
bool mun_fault_fired(void);
enum mun_call mun_fault_call(void);
const char *mun_fault_call_name(void); /* "fsync"; "none" before it fired */

/* No write or pwrite (read or pread) handles more than @bytes; 0: no limit. */
void mun_fault_short_writes(size_t bytes);
void mun_fault_short_reads(size_t bytes);

/* Every second read, pread, write and pwrite fails with EINTR. */
void mun_fault_eintr(bool on);

/*
 * A sweep over all calls takes as long as the thing itself, as many times as it
 * makes calls.  Where that is too long, a sample of them stands for all:
 *
 *	mun_fault_arm(-1);
 *	... the thing, undisturbed ...
 *	mun_fault_sample(4);
 *	for (int n = 0;; n = mun_fault_next(n)) {
 *		mun_fault_arm(n);
 *		... as above ...
 *
 * That is the first, the last and every @step-th call, and the first and the
 * last of each kind of call; in the long form every one.  After those that were
 * made undisturbed every @step-th comes, so that the sweep ends where none fails.
 */
void mun_fault_sample(int step);

/* The next call of the sample after @n. */
int mun_fault_next(int n);

/* How often @call was made since mun_fault_install() or _arm(). */
unsigned int mun_fault_count(enum mun_call call);

/* The real system calls again. */
void mun_fault_restore(void);

/**
 * mun_fault_source() - @parent, with a range that cannot be read
 * @parent: closed with it
 * @err:    the errno of each read that touches [@off, @off + @bytes)
 *
 * Reads elsewhere pass, with their data unchanged; so do extents.  As many
 * threads as @parent allows.
 */
struct mun_source *mun_fault_source(struct mun_source *parent, uint64_t off,
				    uint64_t bytes, int err);

#endif
