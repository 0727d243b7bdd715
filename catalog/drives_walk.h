/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/drives_walk.h - the readings of one object after the other */
#ifndef MUN_CATALOG_DRIVES_WALK_H
#define MUN_CATALOG_DRIVES_WALK_H

#include "catalog/drives.h"
#include "core/uuid.h"

/* One reading of an object; numbers as in struct mun_rec_reading, and 0 where
 * they are not known. */
struct mun_drive_reading {
	size_t drive; /* of struct mun_drives */
	char started[MUN_TIME_LEN];
	char stopped[16];
	bool known;
	uint64_t bytes, unreadable, doubtful, untried, read_bytes, reads,
		failed_reads, slow_reads, corrected, reopened;
};

struct mun_drive_object {
	int64_t no;
	char id[MUN_UUID_LEN];
	char label[256]; /* cut, where it is longer */
	bool partial; /* as the object says */
	uint64_t unreadable; /* likewise */
	size_t n;
	struct mun_drive_reading *readings; /* oldest first */
};

/* What one drive made of an object, all its readings together. */
struct mun_drive_share {
	const struct mun_drive_reading *last;
	unsigned int readings;
	bool known; /* all of them */
	enum mun_drive_outcome outcome;
	uint64_t unreadable; /* after the last */
	uint64_t read_bytes, reads, failed_reads, slow_reads, corrected,
		reopened;
	enum mun_drive_others others;
	size_t other; /* MUN_OTHERS_BETTER: the drive that did */
};

/* @o NULL: it begins, perhaps once more, after what was told before turned out
 * to be of another moment. */
typedef int mun_drive_object_fn(void *ctx, const struct mun_drive_object *o,
				struct mun_err *e);

/* Empty; and all objects that drives read, in one snapshot: @d gets the drives
 * with their names and days. */
MUN_CHECK int mun_drives_new(struct mun_drives **out, struct mun_err *e);
MUN_CHECK int mun_drives_walk(struct mun_catalog *c, struct mun_drives *d,
			      mun_drive_object_fn *fn, void *ctx,
			      struct mun_err *e);

/* The share of @drive; false where it did not read the object. */
bool mun_drive_share(const struct mun_drive_object *o, size_t drive,
		     struct mun_drive_share *out);

#endif
