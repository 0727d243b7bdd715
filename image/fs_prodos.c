/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_prodos.c - volumes of ProDOS and GS/OS
 *
 * Beneath Apple ProDOS; ProDOS 8 Technical Reference, B; little endian:
 * directory, from block 2: 0 previous, 2 next, then 13 entries of 39, the first
 *	of which is the header (39 bitmap, 41 blocks): 0 kind and length of the
 *	name, 1 name, 16 type, 17 key block
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
#define ENTRY 39u
#define PER_BLOCK 13u
#define DIR_MOST 64u /* blocks */
#define TYPE_FOLDER 0x0fu
#define TYPE_SYSTEM 0xffu

static bool is_prodos(const uint8_t *b)
{
	uint8_t len = b[4] & 15u;

	if (b[0] || b[1] || b[4] >> 4 != TYPE_FOLDER || b[35] != ENTRY ||
	    b[36] != PER_BLOCK || !len || mun_le16(b + 41) < 6)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint8_t ch = b[5 + i];
		bool letter =
			(ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');

		if (!letter && (!i || (ch != '.' && (ch < '0' || ch > '9'))))
			return false;
	}
	return true;
}

struct prodos {
	bool kernel; /* PRODOS */
	bool gsos; /* SYSTEM/START.GS.OS */
	char first[16]; /* name of the first *.SYSTEM */
	uint32_t system_folder; /* key block of the folder SYSTEM */
};

static bool entry_is(const uint8_t *entry, const char *name)
{
	size_t len = strlen(name);

	return (entry[0] & 15u) == len && memcmp(entry + 1, name, len) == 0;
}

static void see_entry(const uint8_t *entry, bool root, struct prodos *f)
{
	size_t len = entry[0] & 15u;

	if (!root) {
		if (entry_is(entry, "START.GS.OS"))
			f->gsos = true;
		return;
	}
	if (entry[16] == TYPE_SYSTEM && entry_is(entry, "PRODOS"))
		f->kernel = true;
	if (entry[16] == TYPE_SYSTEM && len > 7 && !f->first[0] &&
	    memcmp(entry + 1 + len - 7, ".SYSTEM", 7) == 0)
		memcpy(f->first, entry + 1, len);
	if (entry[16] == TYPE_FOLDER && entry_is(entry, "SYSTEM"))
		f->system_folder = mun_le16(entry + 17);
}

/* The entries of the folder at @block; the first one is its own header. */
static int see_folder(const struct mun_apple2_disk *a, uint32_t block,
		      bool root, struct prodos *f, struct mun_err *e)
{
	for (unsigned int n = 0; block && n < DIR_MOST; n++) {
		uint8_t b[BLOCK];
		int rc = mun_apple2_block(a, block, b, e);

		if (rc)
			return rc;
		for (size_t i = n == 0; i < PER_BLOCK; i++)
			if (b[4 + ENTRY * i] >> 4)
				see_entry(b + 4 + ENTRY * i, root, f);
		block = mun_le16(b + 2);
	}
	return 0;
}

static void tell_prodos(const uint8_t *boot, const struct prodos *f,
			struct mun_contents *c, struct mun_contents_volume *v)
{
	bool code = boot[0] == 1 && !mun_fs_all(boot + 1, BLOCK - 1, 0);
	const char *runs = f->gsos ? "GS/OS" : f->first;

	if (f->kernel)
		mun_contents_add_mark(c, v, "apple2-prodos", "PRODOS%s%s",
				      *runs ? ", " : "", runs);
	if (f->gsos)
		mun_contents_add_mark(c, v, "apple2-gsos",
				      "SYSTEM/START.GS.OS");
	if (code && f->kernel && *runs)
		mun_fs_boots(v, MUN_BOOTS_YES, "boot block, PRODOS, %s", runs);
	else if (code)
		mun_fs_boots(v, MUN_BOOTS_CODE, "boot block, %s",
			     f->kernel ? "PRODOS without a *.SYSTEM file"
				       : "no PRODOS file");
	else
		mun_fs_boots(v, MUN_BOOTS_NO, "no boot block");
}

static int add_prodos(const struct mun_apple2_disk *a,
		      const struct mun_fs_place *p, const uint8_t *key,
		      struct mun_contents *c, struct mun_err *e)
{
	struct mun_contents_volume *v =
		mun_fs_add(c, p, "prodos", "ProDOS", BLOCK);
	struct prodos f = { .kernel = false };
	uint8_t boot[BLOCK];
	int rc;

	if (!v)
		return 0;
	mun_charset_label(key + 5, key[4] & 15u, MUN_CHARSET_ASCII, v->label,
			  sizeof(v->label));
	mun_fs_size(v, p, (uint64_t)mun_le16(key + 41) * BLOCK);
	rc = mun_apple2_block(a, 0, boot, e);
	if (!rc)
		rc = see_folder(a, 2, true, &f, e);
	if (!rc && f.system_folder)
		rc = see_folder(a, f.system_folder, false, &f, e);
	if (!rc)
		tell_prodos(boot, &f, c, v);
	return rc;
}

/* In blocks; and where a disk of 140K has not its directory there, in the
 * sectors of DOS. */
static int find_prodos(const struct mun_fs_place *p, struct mun_contents *c,
		       struct mun_err *e)
{
	static const enum mun_apple2_order orders[] = { MUN_APPLE2_PRODOS,
							MUN_APPLE2_DOS };
	bool small = p->src->size == MUN_APPLE2_140K;

	for (size_t i = 0; i < MUN_COUNT(orders); i++) {
		const struct mun_apple2_disk a = { .src = p->src,
						   .order = orders[i] };
		uint8_t key[BLOCK];
		int rc;

		if (orders[i] == MUN_APPLE2_DOS && !small)
			break;
		rc = mun_apple2_block(&a, 2, key, e);
		if (rc)
			return rc;
		if (is_prodos(key))
			return add_prodos(&a, p, key, c, e);
	}
	return 0;
}

const struct mun_fs_finder mun_fs_prodos = {
	.name = "prodos",
	.find = find_prodos,
};
