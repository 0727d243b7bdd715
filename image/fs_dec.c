/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_dec.c - volumes of DEC: RT-11, and Files-11 of RSX-11 and VMS
 *
 * Little endian; block 1 of 512 bytes is the home block:
 * RT-11 (Volume and File Formats Manual): 468 first block of the directory,
 *	472 volume ID, 484 owner, 496 "DECRT11A    "
 *	directory segment of two blocks: 0 segments, 2 next, 4 highest in use, 6
 *	extra bytes an entry, 8 first block; entries of 14: 0 status (high byte:
 *	4 permanent, 8 end), 2 name in Radix-50 (6 + 3), 8 blocks
 * ODS-1 (Files-11 On-Disk Structure): 12 level, 472 volume name, 496
 *	"DECFILE11A  ", 510 sum of the words before it
 * ODS-2, ODS-5 (VMS File System Internals): 12 level, 472 volume name, 496
 *	"DECFILE11B  ", 510 sum
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

#define BLOCK 512u
#define SEGMENT 1024u
#define SEGMENTS_MOST 31u
#define STATUS_PERMANENT 0x0400u
#define STATUS_END 0x0800u

static uint16_t sum_of(const uint8_t *p, size_t len)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += mun_le16(p + i);
	return (uint16_t)sum;
}

/* ---- RT-11 ---- */

/* 40 characters to the power of three in a word. */
static void radix50(uint16_t word, char out[static 3])
{
	static const char set[] = " ABCDEFGHIJKLMNOPQRSTUVWXYZ$.%0123456789";

	out[0] = set[word / 1600 % 40];
	out[1] = set[word / 40 % 40];
	out[2] = set[word % 40];
}

struct rt11 {
	bool sound; /* a directory is there */
	char monitor[7]; /* "RT11SJ"; "" if there is none */
};

static void see_file(const uint8_t *entry, struct rt11 *r)
{
	char name[9];

	for (size_t i = 0; i < 3; i++)
		radix50(mun_le16(entry + 2 + 2 * i), name + 3 * i);
	if (r->monitor[0] || memcmp(name, "RT11", 4) != 0 ||
	    memcmp(name + 6, "SYS", 3) != 0)
		return;
	memcpy(r->monitor, name, 6);
}

static void see_segment(const uint8_t *s, struct rt11 *r)
{
	size_t entry = 14u + mun_le16(s + 6);

	for (size_t i = 10; i + entry <= SEGMENT; i += entry) {
		uint16_t status = mun_le16(s + i);

		if (status & STATUS_END) {
			r->sound = true;
			return;
		}
		if (status & STATUS_PERMANENT)
			see_file(s + i, r);
	}
}

static int see_directory(struct mun_source *src, uint32_t first, struct rt11 *r,
			 struct mun_err *e)
{
	uint32_t next = 1;

	for (unsigned int n = 0; next && n < SEGMENTS_MOST; n++) {
		uint8_t s[SEGMENT];
		int rc =
			mun_peek(src, s, sizeof(s),
				 (first + (uint64_t)(next - 1) * 2) * BLOCK, e);

		if (rc)
			return rc;
		if (mun_le16(s) < 1 || mun_le16(s) > SEGMENTS_MOST ||
		    mun_le16(s + 6) > 128 || mun_le16(s + 6) & 1)
			return 0;
		see_segment(s, r);
		next = mun_le16(s + 2);
		if (next > SEGMENTS_MOST)
			return 0;
	}
	return 0;
}

/* A volume that does not boot says so. */
static void tell_rt11(const uint8_t *boot, const struct rt11 *r,
		      struct mun_contents *c, struct mun_contents_volume *v)
{
	bool says_no = memmem(boot, BLOCK, "BOOT-U-No boot", 14) != NULL;
	bool code = mun_le16(boot) == 0240 && !says_no;

	if (says_no)
		mun_fs_boots(v, MUN_BOOTS_DATA,
			     "boot block says that there is no boot");
	else if (code && r->monitor[0])
		mun_fs_boots(v, MUN_BOOTS_YES, "boot block, %s.SYS",
			     r->monitor);
	else if (code)
		mun_fs_boots(v, MUN_BOOTS_CODE, "boot block, no monitor");
	else
		mun_fs_boots(v, MUN_BOOTS_NO, "no boot block");
	if (r->monitor[0])
		mun_contents_add_mark(c, v, "rt11-system", "%s.SYS",
				      r->monitor);
}

static int add_rt11(const struct mun_fs_place *p, const uint8_t *home,
		    struct mun_contents *c, struct mun_err *e)
{
	struct mun_contents_volume *v =
		mun_fs_add(c, p, "rt11", "RT-11 (DEC)", BLOCK);
	struct rt11 r = { .sound = false };
	uint8_t boot[BLOCK];
	int rc;

	if (!v)
		return 0;
	mun_charset_label(home + 472, 12, MUN_CHARSET_ASCII, v->label,
			  sizeof(v->label));
	rc = mun_peek(p->src, boot, sizeof(boot), 0, e);
	if (!rc)
		rc = see_directory(p->src, mun_le16(home + 468), &r, e);
	if (rc)
		return rc;
	v->damaged = !r.sound;
	tell_rt11(boot, &r, c, v);
	return 0;
}

/* ---- Files-11 ---- */

static void add_files11(const struct mun_fs_place *p, const uint8_t *home,
			struct mun_contents *c)
{
	bool one = home[505] == 'A';
	bool five = home[13] == 5;
	const char *title = one    ? "Files-11 ODS-1 (DEC)"
			    : five ? "Files-11 ODS-5 (DEC)"
				   : "Files-11 ODS-2 (DEC)";
	struct mun_contents_volume *v =
		mun_fs_add(c, p, one ? "ods1" : "ods2", title, BLOCK);

	if (!v)
		return;
	mun_charset_label(home + 472, 12, MUN_CHARSET_ASCII, v->label,
			  sizeof(v->label));
	if (!one && mun_le16(home + 14))
		v->block_bytes = mun_le16(home + 14) * BLOCK;
	v->damaged = sum_of(home, 510) != mun_le16(home + 510);
}

static int find_dec(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	uint8_t home[BLOCK];
	int rc = mun_peek(p->src, home, sizeof(home), BLOCK, e);

	if (rc)
		return rc;
	if (memcmp(home + 496, "DECRT11A", 8) == 0 &&
	    mun_le16(home + 468) >= 6 && mun_le16(home + 468) < 1000)
		return add_rt11(p, home, c, e);
	if (memcmp(home + 496, "DECFILE11A", 10) == 0 ||
	    memcmp(home + 496, "DECFILE11B", 10) == 0)
		add_files11(p, home, c);
	return 0;
}

const struct mun_fs_finder mun_fs_dec = {
	.name = "dec",
	.find = find_dec,
};
