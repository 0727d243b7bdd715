/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_par2.c - PAR2 files
 *
 * Everything in them is under an MD5, so hardly a mutated byte would get past
 * the first check: the packets are made intact again first, ids included,
 * unless the input begins with '!'.
 */
#include "core/bytes.h"
#include "core/check.h"
#include "fixity/par2_int.h"

#include <string.h>

/* Packet at @p if one begins there and ends before @left bytes, else NULL. */
static uint8_t *packet(uint8_t *p, size_t left, size_t *len)
{
	uint64_t length;

	if (left < MUN_PAR2_HEADER ||
	    memcmp(p, mun_par2_magic, sizeof(mun_par2_magic)) != 0)
		return NULL;
	length = mun_le64(p + 8);
	if (length < MUN_PAR2_HEADER || length > left)
		return NULL;
	*len = (size_t)length;
	return p;
}

typedef void visit_fn(uint8_t *p, size_t len, uint8_t *ids);

static void each_packet(uint8_t *data, size_t size, visit_fn *visit,
			uint8_t *ids)
{
	for (size_t i = 0; i < size; i++) {
		size_t len;
		uint8_t *p = packet(data + i, size - i, &len);

		if (p)
			visit(p, len, ids);
	}
}

static void md5(const uint8_t *data, size_t len, uint8_t *out)
{
	struct mun_err e;

	if (mun_par2_md5(data, len, out, &e))
		abort();
}

/* ids: that of the set, then that of the file. */
static void find_file_id(uint8_t *p, size_t len, uint8_t *ids)
{
	size_t end = len;

	if (memcmp(p + 48, mun_par2_file_desc, MUN_PAR2_ID) != 0 || len <= 120)
		return;
	while (end > 120 && !p[end - 1])
		end--;
	md5(p + 96, end - 96, ids + MUN_PAR2_ID);
}

static void put_file_id(uint8_t *p, size_t len, uint8_t *ids)
{
	if (!memcmp(p + 48, mun_par2_main, MUN_PAR2_ID)) {
		if (len >= 76 + MUN_PAR2_ID)
			memcpy(p + 76, ids + MUN_PAR2_ID, MUN_PAR2_ID);
		md5(p + 64, len - 64, ids);
	} else if (len >= 64 + MUN_PAR2_ID &&
		   (!memcmp(p + 48, mun_par2_file_desc, MUN_PAR2_ID) ||
		    !memcmp(p + 48, mun_par2_slice_sums, MUN_PAR2_ID))) {
		memcpy(p + 64, ids + MUN_PAR2_ID, MUN_PAR2_ID);
	}
}

static void seal(uint8_t *p, size_t len, uint8_t *ids)
{
	memcpy(p + 32, ids, MUN_PAR2_ID);
	md5(p + 32, len - 32, p + 16);
}

static void make_intact(uint8_t *data, size_t size)
{
	uint8_t ids[2 * MUN_PAR2_ID] = { 0 };

	each_packet(data, size, find_file_id, ids);
	each_packet(data, size, put_file_id, ids);
	each_packet(data, size, seal, ids);
}

/* Nothing is handed over outside of the file, nor outside of the damage. */
static int put(void *ctx, uint64_t off, const void *data, size_t len,
	       struct mun_err *e)
{
	const struct mun_par2_plan *plan = ctx;

	(void)data;
	(void)e;
	if (!len || off > plan->bytes || len > plan->bytes - off)
		abort();
	return 0;
}

static void use(const struct mun_par2_set *set)
{
	static const uint8_t zeros[4096];
	const struct mun_par2_info *info = mun_par2_set_info(set);
	const struct mun_par2_options opts = { .memory = MUN_PAR2_MEMORY_MIN,
					       .threads = 1 };
	const size_t len =
		(size_t)MUN_MIN(info->plan.bytes, (uint64_t)sizeof(zeros));
	struct mun_par2_plan plan = info->plan;
	struct mun_par2_damage damage;
	struct mun_source *src;
	struct mun_err e;
	uint32_t n = 0;
	int rc;

	if (strlen(info->name) != info->name_len || !info->plan.blocks ||
	    mun_par2_blocks(info->plan.bytes, info->plan.slice_bytes) !=
		    info->plan.blocks)
		abort();
	if (mun_source_from_memory(zeros, len, &src, &e))
		return;
	rc = mun_par2_repair(set, src, NULL, 0, &opts, put, &plan, &damage, &e);
	for (uint32_t i = 0; damage.slices && i < info->plan.blocks; i++)
		n += damage.slices[i] != 0;
	if (n != damage.blocks || (!rc && damage.lacking))
		abort();
	mun_par2_damage_clear(&damage);
	mun_source_close(src);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mun_par2_options opts = { .threads = 1 };
	uint8_t *copy = malloc(size ? size : 1);
	struct mun_par2_set *set = NULL;
	struct mun_source *src;
	struct mun_err e;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (size && copy[0] != '!')
		make_intact(copy, size);
	if (!mun_source_from_memory(copy, size, &src, &e)) {
		if (!mun_par2_load(&src, 1, &opts, &set, &e))
			use(set);
		mun_par2_set_free(set);
		mun_source_close(src);
	}
	free(copy);
	return 0;
}
