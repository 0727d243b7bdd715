/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_acorn.c - disks of Acorn: DFS, and ADFS with old and new map
 *
 * DFS (The Advanced Disc User Guide), sectors of 256: 0 title (8), then names
 *	of 7 and a directory; 256 title (4), 260 count of writes, 261 files * 8,
 *	262 bits 4-5 boot option, bits 0-1 and 263: sectors, 264 per file 8
 *	bytes, of which 6 bits 0-1 and 7: where it begins
 * ADFS old map (RISC OS Programmer's Reference Manual, "FileCore"), sectors 0
 *	and 1 of 256: 247 and 502 the name's characters in turn, 252 sectors of
 *	the disc (24 bits), 507 ID, 509 boot option; 255 and 511 sums
 * directory	1 "Hugo" or "Nick"; at 200h of 1280 bytes, or at 400h of 2048
 * new map	a disc record at 4, or at DC0h in a boot block that adds up: 0
 *	log2 of the sector, 1 sectors, 2 heads, 4 bits of an ID, 7 boot option, 9
 *	zones, 12 root, 16 bytes of the disc, 20 ID, 22 name of 10
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

#define SECTOR 256u
#define DFS_FILES 31u
#define ADFS_ENTRIES 47u
#define ADFS_ENTRY 26u
#define RECORD 60u

/* What SHIFT and BREAK do with $.!BOOT. */
static const char *const options[4] = { "none", "*LOAD", "*RUN", "*EXEC" };

static void tell_option(struct mun_contents_volume *v, unsigned int option,
			bool file)
{
	if (option && file)
		mun_fs_boots(v, MUN_BOOTS_YES, "boot option %u (%s), !BOOT",
			     option, options[option & 3]);
	else if (option)
		mun_fs_boots(v, MUN_BOOTS_CODE,
			     "boot option %u (%s), no !BOOT seen", option,
			     options[option & 3]);
	else
		mun_fs_boots(v, MUN_BOOTS_NO, "no boot option%s",
			     file ? ", !BOOT" : "");
}

/* ---- DFS ---- */

static unsigned int dfs_sectors(const uint8_t *c)
{
	return (c[262] & 3u) << 8 | c[263];
}

static bool is_dfs_title(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] && (p[i] < ' ' || p[i] > '~'))
			return false;
	return true;
}

static bool is_dfs(const uint8_t *c, uint64_t size)
{
	unsigned int sectors = dfs_sectors(c);
	unsigned int files = c[261] / 8u;

	if ((sectors != 400 && sectors != 800) || c[261] % 8 ||
	    files > DFS_FILES || c[262] & 0xcc || size < 2 * (uint64_t)SECTOR ||
	    size % SECTOR || size > (uint64_t)2 * sectors * SECTOR ||
	    !is_dfs_title(c, 8) || !is_dfs_title(c + SECTOR, 4))
		return false;
	for (size_t i = 1; i <= files; i++) {
		const uint8_t *where = c + SECTOR + 8 * i;
		unsigned int start = (where[6] & 3u) << 8 | where[7];

		if (start < 2 || start >= sectors ||
		    !mun_fs_printable(c + 8 * i, 8) || c[8 * i] == ' ')
			return false;
	}
	/* Without a file only its numbers speak for it. */
	return files || size == (uint64_t)sectors * SECTOR;
}

static bool dfs_has_boot(const uint8_t *c)
{
	for (size_t i = 1; i <= c[261] / 8u; i++) {
		const uint8_t *f = c + 8 * i;

		if (memcmp(f, "!BOOT  ", 7) == 0 && (f[7] & 0x7f) == '$')
			return true;
	}
	return false;
}

static int find_dfs(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	struct mun_contents_volume *v;
	uint8_t cat[2 * SECTOR];
	uint8_t title[12];
	int rc;

	if (p->part || p->medium == MUN_MEDIUM_OPTICAL)
		return 0;
	rc = mun_peek(p->src, cat, sizeof(cat), 0, e);
	if (rc || !is_dfs(cat, p->src->size))
		return rc;
	v = mun_fs_add(c, p, "acorn-dfs", "Acorn DFS", SECTOR);
	if (!v)
		return 0;
	memcpy(title, cat, 8);
	memcpy(title + 8, cat + SECTOR, 4);
	mun_charset_label(title, sizeof(title), MUN_CHARSET_ASCII, v->label,
			  sizeof(v->label));
	/* Images of it commonly end after the last file. */
	v->bytes = (uint64_t)dfs_sectors(cat) * SECTOR;
	tell_option(v, cat[262] >> 4 & 3u, dfs_has_boot(cat));
	return 0;
}

const struct mun_fs_finder mun_fs_acorn_dfs = {
	.name = "acorn-dfs",
	.find = find_dfs,
};

/* ---- ADFS ---- */

/* The bytes before the last, from the end, with the carry of each added to the
 * next one. */
static uint8_t adfs_sum(const uint8_t *p, size_t len, unsigned int start)
{
	unsigned int sum = start;

	for (size_t i = len - 1; i-- > 0;)
		sum = (sum & 0xff) + (sum >> 8) + p[i];
	return (uint8_t)sum;
}

static bool is_directory(const uint8_t *d, size_t len)
{
	const uint8_t *tail = d + len - 6; /* sequence, name, sum */

	return (memcmp(d + 1, "Hugo", 4) == 0 ||
		memcmp(d + 1, "Nick", 4) == 0) &&
	       memcmp(d, tail, 5) == 0;
}

static bool adfs_has_boot(const uint8_t *d)
{
	for (size_t i = 0; i < ADFS_ENTRIES; i++) {
		const uint8_t *f = d + 5 + ADFS_ENTRY * i;
		const char *name = "!BOOT";
		size_t k = 0;

		if (!f[0])
			return false;
		while (name[k] &&
		       ((f[k] & 0x7f) == name[k] || (f[k] & 0x5f) == name[k]))
			k++;
		if (!name[k] && ((f[k] & 0x7f) <= ' '))
			return true;
	}
	return false;
}

static uint32_t le24(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

/* Two halves of the name: its characters in turn. */
static void old_label(const uint8_t *m, struct mun_contents_volume *v)
{
	uint8_t name[10];

	for (size_t i = 0; i < 5; i++) {
		name[2 * i] = m[247 + i] & 0x7f;
		name[2 * i + 1] = m[502 + i] & 0x7f;
	}
	for (size_t i = 0; i < sizeof(name); i++)
		if (name[i] < ' ')
			name[i] = 0;
	mun_charset_label(name, sizeof(name), MUN_CHARSET_ASCII, v->label,
			  sizeof(v->label));
}

static int find_old(const struct mun_fs_place *p, struct mun_contents *c,
		    bool *found, struct mun_err *e)
{
	struct mun_contents_volume *v;
	uint8_t b[1024 + 2048];
	const uint8_t *dir = NULL;
	bool d_format = false;
	int rc = mun_peek(p->src, b, sizeof(b), 0, e);

	if (rc)
		return rc;
	if (is_directory(b + 512, 1280))
		dir = b + 512;
	d_format = !dir && is_directory(b + 1024, 2048);
	if (d_format)
		dir = b + 1024;
	if (!dir || le24(b + 252) < 7 || b[509] > 3)
		return 0;
	*found = true;
	v = mun_fs_add(c, p, "adfs",
		       d_format ? "Acorn ADFS, D format"
				: "Acorn ADFS, old map",
		       d_format ? 1024 : SECTOR);
	if (!v)
		return 0;
	old_label(b, v);
	mun_fs_size(v, p, (uint64_t)le24(b + 252) * SECTOR);
	mun_contents_text(v->serial, sizeof(v->serial), "%04X",
			  mun_le16(b + 507));
	if (adfs_sum(b, SECTOR, 255) != b[255] ||
	    adfs_sum(b + SECTOR, SECTOR, 255) != b[511])
		v->damaged = true;
	mun_contents_add_mark(c, v, d_format ? "adfs-riscos" : "adfs-8bit",
			      "%s", v->title);
	tell_option(v, b[509], adfs_has_boot(dir));
	return 0;
}

static bool is_record(const uint8_t *r, uint64_t size)
{
	uint64_t bytes = mun_le32(r + 16) | (uint64_t)mun_le32(r + 36) << 32;

	return r[0] >= 8 && r[0] <= 12 && r[1] >= 1 && r[2] >= 1 &&
	       r[4] >= r[0] + 3 && r[4] <= 21 && r[7] <= 3 && r[9] >= 1 &&
	       bytes >= 25600 && bytes % (1u << r[0]) == 0 &&
	       bytes < UINT64_C(1) << 48 && size >= 2048 && mun_le32(r + 12);
}

static void add_new(const struct mun_fs_place *p, const uint8_t *r,
		    bool seen_boot, struct mun_contents *c)
{
	uint64_t bytes = mun_le32(r + 16) | (uint64_t)mun_le32(r + 36) << 32;
	struct mun_contents_volume *v =
		mun_fs_add(c, p, "adfs", "Acorn ADFS, new map", 1u << r[0]);

	if (!v)
		return;
	mun_charset_label(r + 22, 10, MUN_CHARSET_ACORN, v->label,
			  sizeof(v->label));
	mun_fs_size(v, p, bytes);
	mun_contents_text(v->serial, sizeof(v->serial), "%04X",
			  mun_le16(r + 20));
	mun_contents_add_mark(c, v, "adfs-riscos", "%s", v->title);
	tell_option(v, r[7], seen_boot);
}

/* Of one zone the root follows its two maps; of several it is in the middle,
 * and only what the record says is told. */
static int find_new(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	uint8_t zone[4 + RECORD];
	uint8_t boot[512];
	uint8_t dir[2048];
	const uint8_t *r = zone + 4;
	int rc = mun_peek(p->src, zone, sizeof(zone), 0, e);

	if (!rc)
		rc = mun_peek(p->src, boot, sizeof(boot), 0xc00, e);
	if (rc)
		return rc;
	if (!mun_fs_all(boot, sizeof(boot), 0) &&
	    adfs_sum(boot, sizeof(boot), 0) == boot[511] &&
	    is_record(boot + 0x1c0, p->src->size)) {
		add_new(p, boot + 0x1c0, false, c);
		return 0;
	}
	/* Without that sum: one zone, and its root where it must be. */
	if (!is_record(r, p->src->size) || r[9] != 1 ||
	    mun_le32(r + 16) > 2 * p->src->size)
		return 0;
	rc = mun_peek(p->src, dir, sizeof(dir), (uint64_t)2 << r[0], e);
	if (!rc && is_directory(dir, sizeof(dir)))
		add_new(p, r, adfs_has_boot(dir), c);
	return rc;
}

static int find_adfs(const struct mun_fs_place *p, struct mun_contents *c,
		     struct mun_err *e)
{
	bool found = false;
	int rc;

	if (p->medium == MUN_MEDIUM_OPTICAL)
		return 0;
	rc = find_old(p, c, &found, e);
	return rc || found ? rc : find_new(p, c, e);
}

const struct mun_fs_finder mun_fs_adfs = {
	.name = "adfs",
	.find = find_adfs,
};
