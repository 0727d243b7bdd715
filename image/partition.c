/* SPDX-License-Identifier: Apache-2.0 */
/* image/partition.c - whichever partition tables there are */
#include "image/partition.h"

#include "core/check.h"

#include <string.h>

typedef int read_fn(struct mun_source *src, struct mun_table *out,
		    struct mun_err *e);

/*
 * In the order in which they are asked.  Each excludes those after it, but for
 * Apple's map: that lies beside the table of a PC on a hybrid disc.
 */
static const struct {
	enum mun_table_kind kind;
	const char *name;
	read_fn *read;
	bool beside;
} kinds[] = {
	{ MUN_TABLE_GPT, "gpt", mun_gpt_read, false },
	{ MUN_TABLE_MBR, "mbr", mun_mbr_read, false },
	{ MUN_TABLE_APM, "apm", mun_apm_read, true },
	{ MUN_TABLE_RDB, "rdb", mun_rdb_read, false },
	{ MUN_TABLE_SUN, "sun", mun_sun_read, false },
	{ MUN_TABLE_BSD, "bsd", mun_bsd_read, false },
	/* Has no magic at all. */
	{ MUN_TABLE_AHDI, "ahdi", mun_ahdi_read, false },
};

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

/* An MBR that only says that there is a GPT. */
static bool protects_gpt(const struct mun_table *t)
{
	for (size_t i = 0; t->kind == MUN_TABLE_MBR && i < t->n; i++)
		if (t->part[i].mbr_type == 0xee)
			return true;
	return false;
}

int mun_table_read_all(struct mun_source *src, struct mun_table *out,
		       size_t most, size_t *n_out, struct mun_err *e)
{
	bool broken = false;

	*n_out = 0;
	for (size_t i = 0; i < MUN_COUNT(kinds) && *n_out < most; i++) {
		struct mun_table *t = &out[*n_out];
		int rc;

		if (*n_out && !kinds[i].beside)
			continue;
		memset(t, 0, sizeof(*t));
		rc = kinds[i].read(src, t, e);
		if (rc && rc != MUN_ECORRUPT)
			return rc;
		if (t->kind != MUN_TABLE_NONE) {
			t->damaged |= rc || (broken && protects_gpt(t));
			(*n_out)++;
		}
		broken |= rc != 0;
	}
	return broken && !*n_out ? MUN_ECORRUPT : 0;
}

const char *mun_table_name(enum mun_table_kind kind)
{
	for (size_t i = 0; i < MUN_COUNT(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	return "";
}
