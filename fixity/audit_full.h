/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit_full.h - a file of an audit with its digests; for this folder */
#ifndef MUN_FIXITY_AUDIT_FULL_H
#define MUN_FIXITY_AUDIT_FULL_H

#include "fixity/audit_queue.h"

/**
 * mun_audit_full() - all pieces of a file that was begun, and its digests
 *
 * Reads the file once, in order.  A place that cannot be read, or another size
 * than was recorded, leaves the digests unknown: such a file is already known
 * to be damaged, and its pieces are verified all the same.
 * Return: 0 with nothing left to do of @c; MUN_ECANCELLED where the run is to
 * end; what ends the whole audit.
 */
MUN_CHECK int mun_audit_full(struct mun_audit_queue *q,
			     struct mun_audit_check *c, struct mun_err *e);

#endif
