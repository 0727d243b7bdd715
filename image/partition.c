/* SPDX-License-Identifier: Apache-2.0 */
/* image/partition.c - whichever partition table there is */
#include "image/partition.h"

#include <string.h>

struct mun_partition *mun_table_add(struct mun_table *t)
{
	if (t->n == MUN_PARTITIONS_MAX) {
		t->more = true;
		return NULL;
	}
	return &t->part[t->n++];
}

int mun_table_read(struct mun_source *src, struct mun_table *out,
		   struct mun_err *e)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = mun_gpt_read(src, out, e);
	if (rc || out->kind != MUN_TABLE_NONE)
		return rc;
	return mun_mbr_read(src, out, e);
}
