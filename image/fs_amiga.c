/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_amiga.c - volumes of AmigaDOS: OFS, FFS and their variants
 *
 * Commodore-Amiga, "The AmigaDOS Manual", 3rd edition, "Data Structures"; big
 * endian, in blocks of @b bytes (512 on floppies):
 * boot block, 1024 bytes: 0 "DOS" and the variant, 4 checksum, 8 root block,
 *	12 code.  The longs, added with the carry, give FFFFFFFF.
 * root, in the middle of the blocks: 0 type (2), 12 slots (b/4 - 56), 20
 *	checksum, 24 slots of the directory; from the end of the block: -80 name,
 *	a length and its characters; -4 second type (1).
 * entry: 0 type (2); from the end: -184 name of LNFS, -80 name, -16 next of the
 *	same slot, -12 parent, -4 second type (2: directory).
 * The longs of such a block, added without the carry, give 0.
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

#define BOOT_BYTES 1024u
#define BLOCK_MOST 4096u
#define NAME_MOST 30u
#define CHAIN_MOST 128u /* entries of one slot */
#define FLOPPY_MOST ((uint64_t)3520 * 512)

static const char *const variants[8][2] = {
	{ "amiga-ofs", "Amiga OFS" },
	{ "amiga-ffs", "Amiga FFS" },
	{ "amiga-ofs-intl", "Amiga OFS, international" },
	{ "amiga-ffs-intl", "Amiga FFS, international" },
	{ "amiga-ofs-dc", "Amiga OFS, directory cache" },
	{ "amiga-ffs-dc", "Amiga FFS, directory cache" },
	{ "amiga-ofs-lnfs", "Amiga OFS, long names" },
	{ "amiga-ffs-lnfs", "Amiga FFS, long names" },
};

struct amiga {
	const struct mun_fs_place *p;
	uint8_t boot[BOOT_BYTES];
	uint8_t variant;
	uint32_t block; /* bytes */
	uint64_t blocks;
	uint64_t root; /* block */
	uint8_t buf[BLOCK_MOST]; /* the block that was read last */
	bool sum_good; /* ... and adds up */
};

static bool boot_adds_up(const uint8_t *boot)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < BOOT_BYTES; i += 4)
		if (ckd_add(&sum, sum, mun_be32(boot + i)))
			sum++;
	return sum == UINT32_MAX;
}

static int read_block(struct amiga *a, uint64_t block, struct mun_err *e)
{
	uint32_t sum = 0;
	int rc = mun_peek(a->p->src, a->buf, a->block, block * a->block, e);

	for (size_t i = 0; !rc && i < a->block; i += 4)
		sum += mun_be32(a->buf + i);
	a->sum_good = sum == 0;
	return rc;
}

static const uint8_t *from_end(const struct amiga *a, size_t back)
{
	return a->buf + a->block - back;
}

static bool is_root(const struct amiga *a)
{
	return mun_be32(a->buf) == 2 &&
	       mun_be32(a->buf + 12) == a->block / 4 - 56 &&
	       mun_be32(from_end(a, 4)) == 1 && *from_end(a, 80) <= NAME_MOST;
}

/*
 * Two blocks are reserved, and the root is in the middle of the rest.  The boot
 * block may say where, but few writers fill that in.
 */
static int find_root(struct amiga *a, bool *found, struct mun_err *e)
{
	*found = false;
	for (uint32_t b = 512; b <= BLOCK_MOST; b *= 2) {
		uint64_t blocks = a->p->src->size / b;
		uint64_t tries[] = { (blocks + 1) / 2, blocks / 2,
				     mun_be32(a->boot + 8) };

		a->block = b;
		a->blocks = blocks;
		for (size_t i = 0; i < MUN_COUNT(tries); i++) {
			int rc;

			if (tries[i] < 2 || tries[i] >= blocks)
				continue;
			a->root = tries[i];
			rc = read_block(a, a->root, e);
			*found = !rc && is_root(a);
			if (rc || *found)
				return rc;
		}
	}
	return 0;
}

/* ---- names ---- */

static uint8_t upper(uint8_t c, bool latin1)
{
	bool ascii = c >= 'a' && c <= 'z';
	bool high = latin1 && c >= 0xe0 && c != 0xf7 && c != 0xff;

	return ascii || high ? c & 0xdfu : c;
}

static bool international(const struct amiga *a)
{
	return a->variant >= 2;
}

static uint32_t slot_of(const struct amiga *a, const char *name)
{
	uint32_t hash = (uint32_t)strlen(name);

	for (const char *s = name; *s; s++)
		hash = (hash * 13 + upper((uint8_t)*s, international(a))) &
		       0x7ff;
	return hash % (a->block / 4 - 56);
}

static bool is_named(const struct amiga *a, size_t back, const char *name)
{
	const uint8_t *field = from_end(a, back);
	size_t len = strlen(name);

	if (*field != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (upper(field[1 + i], international(a)) !=
		    upper((uint8_t)name[i], international(a)))
			return false;
	return true;
}

/* The block of @name in the directory whose block is in @a->buf; 0: none.  It
 * is in @a->buf then. */
static int find_name(struct amiga *a, const char *name, uint64_t *out,
		     struct mun_err *e)
{
	uint64_t next = mun_be32(a->buf + 24 + (size_t)4 * slot_of(a, name));

	*out = 0;
	for (unsigned int n = 0; next && n < CHAIN_MOST; n++) {
		int rc;

		if (next >= a->blocks)
			return 0;
		rc = read_block(a, next, e);
		if (rc || mun_be32(a->buf) != 2)
			return rc;
		if (is_named(a, 80, name) ||
		    (a->variant >= 6 && is_named(a, 184, name))) {
			*out = next;
			return 0;
		}
		next = mun_be32(from_end(a, 16));
	}
	return 0;
}

static int find_startup(struct amiga *a, bool *out, struct mun_err *e)
{
	uint64_t at = 0;
	int rc;

	*out = false;
	rc = read_block(a, a->root, e);
	if (!rc)
		rc = find_name(a, "S", &at, e);
	if (rc || !at || mun_be32(from_end(a, 4)) != 2)
		return rc;
	rc = find_name(a, "Startup-Sequence", &at, e);
	*out = !rc && at;
	return rc;
}

/* ---- how it boots ---- */

/* A floppy runs its boot block, a disk what its driver mounts. */
static void tell_boots(const struct amiga *a, struct mun_contents *c,
		       struct mun_contents_volume *v, bool startup)
{
	bool sum = boot_adds_up(a->boot);
	bool code = !mun_fs_all(a->boot + 12, BOOT_BYTES - 12, 0);
	bool floppy = !a->p->part && a->p->src->size <= FLOPPY_MOST;
	const char *with = startup ? ", S/Startup-Sequence" : "";

	if (sum && code)
		mun_contents_add_mark(c, v, "amiga-boot",
				      "boot block with code, its checksum is "
				      "right");
	if (startup)
		mun_contents_add_mark(c, v, "amiga-startup",
				      "S/Startup-Sequence");
	if (sum && code)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "boot block with code and checksum%s", with);
	else if (!floppy && startup)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "S/Startup-Sequence, mounted by the driver of the "
			     "disk");
	else if (code)
		mun_fs_boots(v, MUN_BOOTS_NO,
			     "boot block whose checksum is wrong, which no "
			     "Amiga runs%s",
			     with);
	else
		mun_fs_boots(v, MUN_BOOTS_NO, "no code in the boot block%s",
			     with);
}

/* Code, but no root: it loads what it is made for, track by track. */
static void tell_own(const struct amiga *a, struct mun_contents *c)
{
	if (!boot_adds_up(a->boot) ||
	    mun_fs_all(a->boot + 12, BOOT_BYTES - 12, 0))
		return;
	mun_contents_add_mark(c, NULL, "amiga-boot",
			      "boot block with code and checksum, no file "
			      "system");
	if (a->p->part || c->boots == MUN_BOOTS_YES)
		return;
	c->boots = MUN_BOOTS_YES;
	mun_contents_text(c->boot_text, sizeof(c->boot_text),
			  "Amiga boot block with code and checksum, no file "
			  "system");
}

static int add_volume(struct amiga *a, struct mun_contents *c,
		      struct mun_err *e)
{
	struct mun_contents_volume *v =
		mun_fs_add(c, a->p, variants[a->variant][0],
			   variants[a->variant][1], a->block);
	bool startup;
	int rc;

	if (!v)
		return 0;
	/* find_root() left the root in the buffer. */
	mun_charset_label(from_end(a, 79), *from_end(a, 80), MUN_CHARSET_LATIN1,
			  v->label, sizeof(v->label));
	mun_fs_size(v, a->p, a->blocks * a->block);
	if (!a->sum_good)
		v->damaged = true;
	rc = find_startup(a, &startup, e);
	tell_boots(a, c, v, !rc && startup);
	return rc;
}

static int find_amiga(const struct mun_fs_place *p, struct mun_contents *c,
		      struct mun_err *e)
{
	struct amiga a = { .p = p };
	bool root;
	int rc;

	if (p->medium == MUN_MEDIUM_OPTICAL)
		return 0;
	rc = mun_peek(p->src, a.boot, sizeof(a.boot), 0, e);
	if (rc || memcmp(a.boot, "DOS", 3) != 0 || a.boot[3] > 7)
		return rc;
	a.variant = a.boot[3];
	rc = find_root(&a, &root, e);
	if (rc)
		return rc;
	if (root)
		return add_volume(&a, c, e);
	tell_own(&a, c);
	return 0;
}

const struct mun_fs_finder mun_fs_amiga = {
	.name = "amiga",
	.find = find_amiga,
};

/* ---- PFS and SFS, which are named ---- */

/*
 * Professional File System: block 0 and 2 begin with its name and a version;
 * in block 2 from byte 20 the name of the volume, a length and 31 characters;
 * at 84 its sectors.
 */
static int find_pfs(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	uint8_t b[4];
	uint8_t root[88];
	struct mun_contents_volume *v;
	bool pfs;
	bool muaf;
	int rc = mun_peek(p->src, b, sizeof(b), 0, e);

	if (!rc)
		rc = mun_peek(p->src, root, sizeof(root), 1024, e);
	if (rc)
		return rc;
	pfs = (!memcmp(b, "PFS", 3) || !memcmp(b, "PDS", 3)) && b[3] >= 1 &&
	      b[3] <= 3;
	muaf = (!memcmp(b, "AFS", 3) && b[3] == 1) || !memcmp(b, "muAF", 4) ||
	       !memcmp(b, "muPF", 4);
	if ((!pfs && !muaf) || memcmp(root, b, 3) != 0 || root[20] > 31)
		return 0;
	v = mun_fs_add(c, p, "amiga-pfs", "Amiga Professional File System", 0);
	if (!v)
		return 0;
	mun_charset_label(root + 21, root[20], MUN_CHARSET_LATIN1, v->label,
			  sizeof(v->label));
	mun_fs_size(v, p, (uint64_t)mun_be32(root + 84) * 512);
	return 0;
}

const struct mun_fs_finder mun_fs_amiga_pfs = {
	.name = "amiga-pfs",
	.find = find_pfs,
};

/*
 * Smart File System: 0 "SFS\0" or "SFS\2", 8 own block (0), 12 version (3), 48
 * blocks, 52 bytes a block.
 */
static int find_sfs(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	uint8_t b[64];
	struct mun_contents_volume *v;
	uint32_t block;
	int rc = mun_peek(p->src, b, sizeof(b), 0, e);

	if (rc)
		return rc;
	block = mun_be32(b + 52);
	if (memcmp(b, "SFS", 3) != 0 || (b[3] != 0 && b[3] != 2) ||
	    mun_be32(b + 8) != 0 || mun_be16(b + 12) < 3 ||
	    mun_be16(b + 12) > 4 || block < 512 || block > 32768 ||
	    block & (block - 1))
		return 0;
	v = mun_fs_add(c, p, "amiga-sfs", "Amiga Smart File System", block);
	if (v)
		mun_fs_size(v, p, (uint64_t)mun_be32(b + 48) * block);
	return 0;
}

const struct mun_fs_finder mun_fs_amiga_sfs = {
	.name = "amiga-sfs",
	.find = find_sfs,
};
