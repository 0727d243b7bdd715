/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_pascal.c - volumes of UCSD Pascal, of the Apple II and of others
 *
 * Apple II Pascal 1.3 Manual, "The Directory"; in the byte order of the machine:
 * blocks 2 to 5 (or to 9), entries of 26; the first: 2 block after it, 6 name,
 * 14 blocks, 16 files; others: 0 first block, 2 block after it, 6 name.
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/apple2.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

#define BLOCK MUN_APPLE2_BLOCK

static uint16_t word(const uint8_t *p, bool big)
{
	return big ? mun_be16(p) : mun_le16(p);
}

static bool is_pascal_name(const uint8_t *p, size_t most)
{
	if (p[0] < 1 || p[0] > most)
		return false;
	for (size_t i = 1; i <= p[0]; i++)
		if (p[i] <= ' ' || p[i] > '~' || p[i] == ':')
			return false;
	return true;
}

/* Files follow each other without a gap that goes back. */
static bool is_pascal(const uint8_t *d, bool big, uint64_t blocks)
{
	uint16_t end = word(d + 2, big);
	uint16_t files = word(d + 16, big);
	uint16_t last = end;

	if (d[0] || d[1] || (end != 6 && end != 10) || word(d + 4, big) ||
	    !is_pascal_name(d + 6, 7) || word(d + 14, big) < end ||
	    word(d + 14, big) > blocks || files > 77)
		return false;
	for (size_t i = 1; i <= files; i++) {
		const uint8_t *f = d + 26 * i;

		if (word(f, big) < last || word(f + 2, big) <= word(f, big) ||
		    word(f + 2, big) > word(d + 14, big) ||
		    !is_pascal_name(f + 6, 15))
			return false;
		last = word(f + 2, big);
	}
	return true;
}

static bool pascal_has(const uint8_t *d, bool big, const char *name)
{
	uint16_t files = word(d + 16, big);
	size_t len = strlen(name);

	for (size_t i = 1; i <= files; i++)
		if (d[26 * i + 6] == len &&
		    memcmp(d + 26 * i + 7, name, len) == 0)
			return true;
	return false;
}

static void add_pascal(const struct mun_apple2_disk *a,
		       const struct mun_fs_place *p, const uint8_t *d, bool big,
		       struct mun_contents *c)
{
	bool apple = a->src->size == MUN_APPLE2_140K ||
		     pascal_has(d, big, "SYSTEM.APPLE");
	struct mun_contents_volume *v =
		mun_fs_add(c, p, apple ? "apple-pascal" : "ucsd-pascal",
			   apple ? "Apple Pascal" : "UCSD Pascal", BLOCK);
	bool has_system = pascal_has(d, big, "SYSTEM.PASCAL");

	if (!v)
		return;
	mun_charset_label(d + 7, d[6], MUN_CHARSET_ASCII, v->label,
			  sizeof(v->label));
	v->off += a->first;
	v->bytes = (uint64_t)word(d + 14, big) * BLOCK;
	v->damaged = v->bytes > a->src->size - a->first;
	if (pascal_has(d, big, "SYSTEM.APPLE") && has_system)
		mun_fs_boots(v, MUN_BOOTS_YES, "SYSTEM.APPLE, SYSTEM.PASCAL");
	else if (has_system)
		mun_fs_boots(v, MUN_BOOTS_CODE, "SYSTEM.PASCAL");
	else
		mun_fs_boots(v, MUN_BOOTS_NO, "no SYSTEM.PASCAL");
}

static int look_pascal(const struct mun_apple2_disk *a,
		       const struct mun_fs_place *p, struct mun_contents *c,
		       bool *found, struct mun_err *e)
{
	uint64_t blocks = (a->src->size - a->first) / BLOCK;
	uint8_t d[4 * BLOCK];

	for (uint32_t b = 0; b < 4; b++) {
		int rc = mun_apple2_block(a, 2 + b, d + (size_t)b * BLOCK, e);

		if (rc)
			return rc;
	}
	for (unsigned int big = 0; big < 2 && !*found; big++) {
		*found = is_pascal(d, big, blocks);
		if (*found)
			add_pascal(a, p, d, big, c);
	}
	return 0;
}

/* Of 8-inch disks the first track, often of single density, is not counted. */
static int find_pascal(const struct mun_fs_place *p, struct mun_contents *c,
		       struct mun_err *e)
{
	const struct mun_apple2_disk tries[] = {
		{ .src = p->src, .order = MUN_APPLE2_PRODOS },
		{ .src = p->src, .order = MUN_APPLE2_DOS },
		{ .src = p->src, .first = 26 * 128 },
		{ .src = p->src, .first = 26 * 256 },
	};
	bool found = false;
	int rc = 0;

	for (size_t i = 0; !rc && !found && i < MUN_COUNT(tries); i++) {
		bool dos = tries[i].order == MUN_APPLE2_DOS;

		if (p->src->size < 16384 ||
		    (dos && p->src->size != MUN_APPLE2_140K))
			continue;
		rc = look_pascal(&tries[i], p, c, &found, e);
	}
	return rc;
}

const struct mun_fs_finder mun_fs_pascal = {
	.name = "pascal",
	.find = find_pascal,
};
