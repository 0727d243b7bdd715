/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/storelock.h - one audit at a time on each store
 *
 * The file SPOOL/audit-STORE.lock is held with flock(2) and says whose it is:
 * {"pid", "host", "boot_id", "started", "heartbeat"}, renewed every 30 seconds
 * by a thread of its own.  It stays when it is released, with nothing in it.
 */
#ifndef MUN_AUDIT_STORELOCK_H
#define MUN_AUDIT_STORELOCK_H

#include <stdbool.h>

#include "core/err.h"

/* Seconds between heartbeats, and after which another host's owner is dead. */
#define MUN_STORE_LOCK_BEAT 30
#define MUN_STORE_LOCK_DEAD 300

struct mun_store_lock;

/**
 * mun_store_lock_take() - from now on no other audit looks at @store
 * @spool: folder of the lock file, which must exist
 * @store: name of the store, [a-z0-9-]
 * @out:   the caller's: give it to mun_store_lock_release()
 *
 * An owner who died without giving the lock back is said through mun_log(),
 * with when it was last seen, and the lock taken over.  An owner on another
 * host, which flock(2) does not see on every network file system, counts as
 * alive until its heartbeat is MUN_STORE_LOCK_DEAD seconds old.
 * Return: 0; MUN_EBUSY (the text names the owner and since when); MUN_EINVAL
 * (the name); MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_store_lock_take(const char *spool, const char *store,
				  struct mun_store_lock **out,
				  struct mun_err *e);

/**
 * mun_store_lock_beat() - say that we live, now
 *
 * The lock's thread does it by itself; call it to know whether the lock is
 * still ours.
 * Return: 0; MUN_EBUSY: another host has taken it over, stop; MUN_EIO.
 */
MUN_CHECK int mun_store_lock_beat(struct mun_store_lock *l, struct mun_err *e);

/* Empties the file and gives the lock back.  NULL is fine. */
void mun_store_lock_release(struct mun_store_lock *l);
MUN_DEFINE_FREEP(store_lock, mun_store_lock_release);

#endif
