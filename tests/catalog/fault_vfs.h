/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/catalog/fault_vfs.h - an SQLite file layer whose writes fail on demand
 *
 * It stands before the real one and becomes the default: files that are opened
 * after fault_vfs_install() go through it.
 */
#ifndef MUN_TESTS_FAULT_VFS_H
#define MUN_TESTS_FAULT_VFS_H

#include <stdbool.h>

enum fault_mode {
	FAULT_ONCE, /* one call fails, later ones succeed */
	FAULT_FOR_GOOD, /* and all after it: the disk is gone */
	FAULT_KILL, /* the process ends there: _exit(9) */
};

void fault_vfs_install(void);

/* After @successes writes, syncs, truncations and openings the next one fails
 * with the SQLite code @rc.  Negative: none fails. */
void fault_vfs_arm(int successes, int rc, enum fault_mode how);
bool fault_vfs_fired(void);
const char *fault_vfs_call(void); /* "write", "sync", ... */

#endif
