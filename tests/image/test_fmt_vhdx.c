/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_vhdx.c - VHDX: read, replayed, damaged, written */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/mutate.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

#include <stdio.h>

/*
 * Blocks of 1 MiB, of which there are 4,096 to a bitmap: five, the last half a
 * block long.
 *	1M log  2M metadata  3M table  4M block 1  5M block 4  6M bitmap
 */
#define MIB ((size_t)1 << 20)
#define LOG MIB
#define META (2 * MIB)
#define BAT (3 * MIB)
#define BLOCK_1 (4 * MIB)
#define BLOCK_4 (5 * MIB)
#define BITMAP (6 * MIB)
#define BYTES (7 * MIB)
#define DISK (4 * MIB + MIB / 2)
#define HEAD_1 ((size_t)64 << 10)
#define HEAD_2 ((size_t)128 << 10)
#define REGIONS ((size_t)192 << 10)
#define ITEMS (META + ((size_t)64 << 10))
#define LOCATOR (ITEMS + 256)
#define LOCATOR_BYTES 512u

static uint8_t want[DISK];

/* Bit by bit, as the polynomial has it. */
static uint32_t crc32c(const uint8_t *p, size_t len)
{
	uint32_t c = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		c ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0x82f63b78u : 0);
	}
	return ~c;
}

static void sum(uint8_t *p, size_t len)
{
	mun_put_le32(p + 4, 0);
	mun_put_le32(p + 4, crc32c(p, len));
}

static void fix(uint8_t *image, size_t bytes)
{
	if (bytes < REGIONS + 2 * ((size_t)64 << 10))
		return;
	sum(image + HEAD_1, 4096);
	sum(image + HEAD_2, 4096);
	sum(image + REGIONS, (size_t)64 << 10);
	memcpy(image + REGIONS + ((size_t)64 << 10), image + REGIONS,
	       (size_t)64 << 10);
	/* An entry of the log, where there is one. */
	if (bytes >= LOG + 2 * 4096 && memcmp(image + LOG, "loge", 4) == 0)
		sum(image + LOG, 2 * 4096);
}

static void make_item(uint8_t *p, unsigned int i, const char *guid, size_t off,
		      uint32_t len)
{
	uint8_t *row = p + META + 32 + 32 * (size_t)i;

	memcpy(row, guid, 16);
	mun_put_le32(row + 16, (uint32_t)(off - META));
	mun_put_le32(row + 20, len);
	mun_put_le32(row + 24, 4);
	mun_put_le16(p + META + 10, (uint16_t)(i + 1));
}

static void make_metadata(uint8_t *p, bool parent)
{
	memcpy(p + META, "metadata", 8);
	make_item(p, 0,
		  "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44"
		  "\xe7\x6b",
		  ITEMS, 8);
	make_item(p, 1,
		  "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b"
		  "\xf4\xb8",
		  ITEMS + 16, 8);
	make_item(p, 2,
		  "\x1d\xbf\x41\x81\x6f\xa9\x09\x47\xba\x47\xf2\x33\xa8\xfa"
		  "\xab\x5f",
		  ITEMS + 32, 4);
	make_item(p, 3,
		  "\xc7\x48\xa3\xcd\x5d\x44\x71\x44\x9c\xc9\xe9\x88\x52\x51"
		  "\xc5\x56",
		  ITEMS + 36, 4);
	make_item(p, 4,
		  "\xab\x12\xca\xbe\xe6\xb2\x23\x45\x93\xef\xc3\x09\xe0\x00"
		  "\xc7\x46",
		  ITEMS + 48, 16);
	if (parent)
		make_item(p, 5,
			  "\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8"
			  "\x48\x34\xab\x0c",
			  LOCATOR, LOCATOR_BYTES);
	mun_put_le32(p + ITEMS, (uint32_t)MIB);
	mun_put_le32(p + ITEMS + 4, parent ? 2 : 0);
	mun_put_le64(p + ITEMS + 16, DISK);
	mun_put_le32(p + ITEMS + 32, 512);
	mun_put_le32(p + ITEMS + 36, 4096);
	memset(p + ITEMS + 48, 0x5a, 16);
}

static uint8_t *make_vhdx(bool parent)
{
	static const char creator[] = "a test";
	uint8_t *p = calloc(1, BYTES);
	uint8_t *r = p + REGIONS;

	assert_non_null(p);
	memcpy(p, "vhdxfile", 8);
	for (size_t i = 0; i < sizeof(creator); i++)
		p[8 + 2 * i] = (uint8_t)creator[i];
	for (unsigned int i = 0; i < 2; i++) {
		uint8_t *h = p + (i ? HEAD_2 : HEAD_1);

		memcpy(h, "head", 4);
		mun_put_le64(h + 8, 7 + i);
		memset(h + 32, 0x31, 16);
		mun_put_le16(h + 66, 1);
		mun_put_le32(h + 68, (uint32_t)MIB);
		mun_put_le64(h + 72, LOG);
	}
	memcpy(r, "regi", 4);
	mun_put_le32(r + 8, 2);
	memcpy(r + 16,
	       "\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b"
	       "\xfd\x4a\x08",
	       16);
	mun_put_le64(r + 32, BAT);
	mun_put_le32(r + 40, (uint32_t)MIB);
	mun_put_le32(r + 44, 1);
	memcpy(r + 48,
	       "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05"
	       "\x0f\x88\x6e",
	       16);
	mun_put_le64(r + 64, META);
	mun_put_le32(r + 72, (uint32_t)MIB);
	mun_put_le32(r + 76, 1);
	make_metadata(p, parent);
	/* Blocks: 0 missing, 1 here, 2 zeros, 3 unmapped, 4 here. */
	mun_put_le64(p + BAT + 8, BLOCK_1 | 6);
	mun_put_le64(p + BAT + 16, 2);
	mun_put_le64(p + BAT + 24, 3);
	mun_put_le64(p + BAT + 32, BLOCK_4 | 6);
	mun_test_pattern(p + BLOCK_1, MIB, 1);
	mun_test_pattern(p + BLOCK_4, MIB, 4);
	memset(want, 0, DISK);
	memcpy(want + MIB, p + BLOCK_1, MIB);
	memcpy(want + 4 * MIB, p + BLOCK_4, MIB / 2);
	fix(p, BYTES);
	return p;
}

static void a_dynamic_disk_is_decoded(void **state)
{
	uint8_t *p = make_vhdx(false);
	struct vdisk v = vdisk_open(p, BYTES, NULL, NULL);
	char *x = vdisk_extents(v.img);

	(void)state;
	assert_string_equal(v.img->format->name, "vhdx");
	assert_string_equal(v.img->variant,
			    "dynamic, physical sectors of 4096 bytes");
	assert_string_equal(v.img->note, "");
	assert_int_equal(v.img->sector_bytes, 512);
	vdisk_is(v.img, want, DISK);
	assert_string_equal(x, "hole 0+1048576 data 1048576+1048576 "
			       "zero 2097152+1048576 hole 3145728+1048576 "
			       "data 4194304+524288");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "creator"),
			    "a test");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "UUID"),
			    "5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a");
	assert_int_equal(vdisk_check(v.img, "header 1"), MUN_FACT_GOOD);
	assert_int_equal(vdisk_check(v.img, "header 2"), MUN_FACT_GOOD);
	assert_int_equal(vdisk_check(v.img, "region table"), MUN_FACT_GOOD);
	vdisk_close(&v);
	free(x);
	free(p);
}

/* Of two whole headers the higher number counts, of one whole one that. */
static void the_current_header_is_taken(void **state)
{
	uint8_t *p = make_vhdx(false);
	struct vdisk v;
	char text[1024];

	(void)state;
	/* The old one says that changes wait in an empty log. */
	memset(p + HEAD_1 + 48, 0x99, 16);
	fix(p, BYTES);
	v = vdisk_open(p, BYTES, NULL, NULL);
	vdisk_close(&v);
	p[HEAD_2 + 100] ^= 1;
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, NULL, text),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "replay the log"));
	memset(p + HEAD_1 + 48, 0, 16);
	sum(p + HEAD_1, 4096);
	v = vdisk_open(p, BYTES, NULL, NULL);
	assert_string_equal(v.img->note, "one of the two headers is damaged");
	assert_int_equal(vdisk_check(v.img, "header 1"), MUN_FACT_GOOD);
	assert_int_equal(vdisk_check(v.img, "header 2"), MUN_FACT_BAD);
	vdisk_is(v.img, want, DISK);
	vdisk_close(&v);
	p[HEAD_1 + 100] ^= 1;
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, NULL, text),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "neither of the two headers"));
	free(p);
}

static void the_copy_of_the_region_table_is_taken(void **state)
{
	uint8_t *p = make_vhdx(false);
	struct vdisk v;
	char text[1024];

	(void)state;
	p[REGIONS + 1000] ^= 1;
	v = vdisk_open(p, BYTES, NULL, NULL);
	assert_int_equal(vdisk_check(v.img, "region table"), MUN_FACT_BAD);
	assert_int_equal(vdisk_check(v.img, "region table, copy"),
			 MUN_FACT_GOOD);
	vdisk_is(v.img, want, DISK);
	vdisk_close(&v);
	p[REGIONS + 65536 + 1000] ^= 1;
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, NULL, text),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "neither the region table nor its copy"));
	free(p);
}

/* An entry of @sectors sectors at sector @at of the log. */
static uint8_t *begin_entry(uint8_t *p, size_t at, uint32_t sectors,
			    uint64_t sequence, uint32_t tail)
{
	uint8_t *x = p + LOG + at * 4096;

	memset(x, 0, (size_t)sectors * 4096);
	memcpy(x, "loge", 4);
	mun_put_le32(x + 8, sectors * 4096);
	mun_put_le32(x + 12, tail * 4096);
	mun_put_le64(x + 16, sequence);
	memset(x + 32, 0x77, 16);
	mun_put_le64(x + 48, BYTES);
	mun_put_le64(x + 56, BYTES);
	return x;
}

/* A descriptor of data and its sector, both the next ones of the entry. */
static void add_data(uint8_t *x, uint64_t off, const uint8_t *data)
{
	uint32_t n = mun_le32(x + 24);
	uint8_t *d = x + 64 + 32 * (size_t)n;
	uint8_t *s = x + 4096 * (size_t)(n + 1);

	memcpy(d, "desc", 4);
	memcpy(d + 4, data + 4092, 4);
	memcpy(d + 8, data, 8);
	mun_put_le64(d + 16, off);
	memcpy(d + 24, x + 16, 8);
	memcpy(s, data, 4096);
	memcpy(s, "data", 4);
	memcpy(s + 4, x + 20, 4);
	memcpy(s + 4092, x + 16, 4);
	mun_put_le32(x + 24, n + 1);
}

static void add_zeros(uint8_t *x, uint64_t off, uint64_t bytes)
{
	uint32_t n = mun_le32(x + 24);
	uint8_t *d = x + 64 + 32 * (size_t)n;

	memcpy(d, "zero", 4);
	mun_put_le64(d + 8, bytes);
	mun_put_le64(d + 16, off);
	memcpy(d + 24, x + 16, 8);
	mun_put_le32(x + 24, n + 1);
}

static void end_entry(uint8_t *x)
{
	sum(x, mun_le32(x + 8));
}

static void want_log(uint8_t *p)
{
	memset(p + HEAD_2 + 48, 0x77, 16);
	sum(p + HEAD_2, 4096);
}

static void changes_of_the_log_are_seen_and_the_file_stays(void **state)
{
	uint8_t *p = make_vhdx(false);
	uint8_t *was = malloc(BYTES);
	uint8_t page[4096], table[4096];
	struct vdisk v;
	uint8_t *x;

	(void)state;
	/* An old entry, which the last one's tail leaves out. */
	x = begin_entry(p, 3, 1, 11, 3);
	add_zeros(x, BLOCK_4, 4096);
	end_entry(x);
	/* A page of block 1, changed twice: the later one counts. */
	mun_test_pattern(page, sizeof(page), 77);
	x = begin_entry(p, 4, 2, 12, 4);
	add_data(x, BLOCK_1 + 8192, page);
	end_entry(x);
	x = begin_entry(p, 6, 1, 13, 4);
	add_zeros(x, BLOCK_1 + 4096, 3 * 4096);
	end_entry(x);
	mun_test_pattern(page, sizeof(page), 78);
	x = begin_entry(p, 7, 2, 14, 4);
	add_data(x, BLOCK_1 + 8192, page);
	end_entry(x);
	/* And the table: block 0 is in the file now. */
	memcpy(table, p + BAT, sizeof(table));
	mun_put_le64(table, BITMAP | 6);
	x = begin_entry(p, 9, 2, 15, 4);
	add_data(x, BAT, table);
	end_entry(x);
	mun_test_pattern(p + BITMAP, MIB, 5);
	want_log(p);
	memcpy(was, p, BYTES);
	memcpy(want, p + BITMAP, MIB);
	memset(want + MIB + 4096, 0, (size_t)3 * 4096);
	memcpy(want + MIB + 8192, page, 4096);
	v = vdisk_open(p, BYTES, NULL, NULL);
	assert_non_null(strstr(v.img->note, "its log (4 changes) was replayed "
					    "in memory"));
	assert_int_equal(vdisk_check(v.img, "log"), MUN_FACT_GOOD);
	vdisk_is(v.img, want, DISK);
	assert_memory_equal(p, was, BYTES);
	vdisk_close(&v);
	free(was);
	free(p);
}

/* The ring: entries go on at its beginning, one lies over its end. */
static void the_log_is_a_ring(void **state)
{
	uint8_t *p = make_vhdx(false);
	uint8_t page[4096];
	struct vdisk v;
	uint8_t *x;

	(void)state;
	x = begin_entry(p, 254, 1, 21, 254);
	add_zeros(x, BLOCK_1, 4096);
	end_entry(x);
	/* Made flat where there is room, then its halves put in place. */
	mun_test_pattern(page, sizeof(page), 79);
	x = begin_entry(p, 100, 2, 22, 254);
	add_data(x, BLOCK_1 + 4096, page);
	end_entry(x);
	memcpy(p + LOG + (size_t)255 * 4096, x, 4096);
	memcpy(p + LOG, x + 4096, 4096);
	memset(x, 0, (size_t)2 * 4096);
	x = begin_entry(p, 1, 1, 23, 254);
	add_zeros(x, BLOCK_1 + 8192, 4096);
	end_entry(x);
	/* A sequence of lower numbers is older, however long. */
	for (size_t i = 0; i < 5; i++) {
		x = begin_entry(p, 50 + i, 1, 10 + i, 50);
		add_zeros(x, BLOCK_4, 4096);
		end_entry(x);
	}
	want_log(p);
	memset(want + MIB, 0, 4096);
	memcpy(want + MIB + 4096, page, 4096);
	memset(want + MIB + 8192, 0, 4096);
	v = vdisk_open(p, BYTES, NULL, NULL);
	vdisk_is(v.img, want, DISK);
	vdisk_close(&v);
	free(p);
}

/* A ring that is full, as it is after long work: the newest entries have gone
 * round, and at the ring's beginning stands the middle of their sequence. */
static void a_full_log_is_replayed(void **state)
{
	uint8_t *p = make_vhdx(false);
	struct vdisk v;

	(void)state;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t at = (i + 100) % 256;
		uint8_t *x = begin_entry(p, at, 1, 1000 + i, 100);

		add_zeros(x, BLOCK_1 + (uint64_t)i * 4096, 4096);
		end_entry(x);
	}
	want_log(p);
	memset(want + MIB, 0, MIB);
	v = vdisk_open(p, BYTES, NULL, NULL);
	assert_non_null(strstr(v.img->note, "(256 changes)"));
	vdisk_is(v.img, want, DISK);
	vdisk_close(&v);
	free(p);
}

static void make_log(uint8_t *p)
{
	uint8_t page[4096];
	uint8_t *x = begin_entry(p, 0, 2, 5, 0);

	mun_test_pattern(page, sizeof(page), 80);
	add_data(x, BLOCK_1, page);
	end_entry(x);
	want_log(p);
}

static void a_log_that_is_not_whole_is_refused(void **state)
{
	static const struct {
		size_t off; /* in the entry, or the header from 8192 on */
		uint8_t flip;
		bool summed;
		int code;
		const char *text;
	} cases[] = {
		{ 200, 1, false, MUN_ECORRUPT, "no whole sequence" },
		{ 16, 1, true, MUN_ECORRUPT, "no whole sequence" },
		{ 32, 1, true, MUN_ECORRUPT, "no whole sequence" },
		{ 64, 1, true, MUN_ECORRUPT, "no whole sequence" },
		{ 12, 1, true, MUN_ECORRUPT, "no whole sequence" },
		{ 13, 0x20, true, MUN_ECORRUPT, "no whole sequence" },
		{ 24, 0x80, true, MUN_ECORRUPT, "no whole sequence" },
		{ 4096, 1, true, MUN_ECORRUPT, "no whole sequence" },
		{ 8191, 1, true, MUN_ECORRUPT, "no whole sequence" },
		{ 50, 0x80, true, MUN_ECORRUPT, "the file ends at" },
		{ 63, 0x80, true, MUN_ECORRUPT, "a file size of" },
		{ 80, 1, true, MUN_ECORRUPT, "a change of 4096 bytes" },
		{ 87, 0x80, true, MUN_ECORRUPT, "a change of 4096 bytes" },
		{ 8192 + 64, 1, true, MUN_EUNSUPPORTED,
		  "version 1 of the log" },
		{ 8192 + 68, 1, true, MUN_ECORRUPT, "a log of 1048577" },
		{ 8192 + 71, 1, true, MUN_ECORRUPT, "a log of 17825792" },
		{ 8192 + 73, 1, true, MUN_ECORRUPT, "at byte 1048832" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *p = make_vhdx(false);
		size_t off = cases[i].off;
		char text[1024];

		make_log(p);
		p[off < 8192 ? LOG + off : HEAD_2 + off - 8192] ^=
			cases[i].flip;
		if (cases[i].summed)
			fix(p, BYTES);
		if (vdisk_open_fails(p, BYTES, NULL, NULL, text) !=
			    cases[i].code ||
		    !strstr(text, cases[i].text))
			fail_msg("case %zu: '%s', not '%s'", i, text,
				 cases[i].text);
		free(p);
	}
}

static void put_text(uint8_t *locator, unsigned int row, unsigned int field,
		     size_t off, const char *text)
{
	uint8_t *r = locator + 20 + 12 * (size_t)row;

	mun_put_le32(r + 4 * (size_t)field, (uint32_t)off);
	mun_put_le16(r + 8 + 2 * (size_t)field, (uint16_t)(2 * strlen(text)));
	for (size_t i = 0; text[i]; i++)
		locator[off + 2 * i] = (uint8_t)text[i];
}

static void name_parent(uint8_t *p, const char *linkage)
{
	uint8_t *l = p + LOCATOR;

	memset(l, 0, LOCATOR_BYTES);
	memcpy(l,
	       "\xb7\xef\x4a\xb0\x9e\xd1\x81\x4a\xb7\x89\x25\xb8\xe9\x44"
	       "\x59\x13",
	       16);
	mun_put_le16(l + 18, 2);
	put_text(l, 0, 0, 64, "parent_linkage");
	put_text(l, 0, 1, 128, linkage);
	put_text(l, 1, 0, 256, "relative_path");
	put_text(l, 1, 1, 320, "..\\old\\base.vhdx");
}

#define OF_BASE "{31313131-3131-3131-3131-313131313131}"

/* Block 1 is partly here: sectors 0 to 10 and 16. */
static uint8_t *make_difference(void)
{
	uint8_t *p = make_vhdx(true);

	name_parent(p, OF_BASE);
	mun_put_le64(p + BAT + 8, BLOCK_1 | 7);
	mun_put_le64(p + BAT + 8 * 4096, BITMAP | 6);
	/* Bit 0 of block 1: sector 2048 of the chunk. */
	memcpy(p + BITMAP + 256, "\xff\x07\x01", 3);
	return p;
}

static void a_difference_is_read_with_its_parent(void **state)
{
	uint8_t *base = make_vhdx(false);
	uint8_t *p = make_difference();
	struct vdisk b, v;
	char *x;

	(void)state;
	/* The base: blocks 0, 1 and 2 are one and the same. */
	mun_put_le64(base + BAT, BLOCK_1 | 6);
	mun_put_le64(base + BAT + 16, BLOCK_1 | 6);
	mun_test_pattern(base + BLOCK_1, MIB, 50);
	memcpy(want, base + BLOCK_1, MIB);
	memcpy(want + MIB + 11 * 512, base + BLOCK_1 + 11 * 512, 5 * 512);
	memcpy(want + MIB + 17 * 512, base + BLOCK_1 + 17 * 512,
	       MIB - 17 * 512);
	b = vdisk_open(base, BYTES, NULL, NULL);
	v = vdisk_open(p, BYTES, NULL, b.img);
	assert_string_equal(v.img->variant,
			    "differencing, physical sectors of 4096 bytes");
	vdisk_is(v.img, want, DISK);
	x = vdisk_extents(v.img);
	assert_string_equal(x, "data 0+2097152 zero 2097152+1048576 "
			       "hole 3145728+1048576 data 4194304+524288");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_PARENT, "relative_path"),
			    "..\\\\old\\\\base.vhdx");
	vdisk_close(&v);
	vdisk_close(&b);
	free(x);
	free(p);
	free(base);
}

static void a_difference_wants_the_right_parent(void **state)
{
	uint8_t *base = make_vhdx(false);
	uint8_t *p = make_difference();
	struct vdisk b = vdisk_open(base, BYTES, NULL, NULL);
	struct vdisk r, v;
	char text[1024];

	(void)state;
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, NULL, text),
			 MUN_ENOENT);
	assert_non_null(strstr(text, "'base.vhdx'"));
	assert_non_null(strstr(text, "--parent"));
	name_parent(p, "{31313131-3131-3131-3131-31313131313F}");
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, b.img, text),
			 MUN_EINVAL);
	assert_non_null(strstr(text, OF_BASE));
	assert_non_null(strstr(text, "31313131313f}"));
	r = vdisk_open(base, BYTES, "raw", NULL);
	v = vdisk_open(p, BYTES, NULL, r.img);
	assert_non_null(strstr(v.img->note, "cannot be checked"));
	vdisk_close(&v);
	vdisk_close(&r);
	vdisk_close(&b);
	free(p);
	free(base);
}

static void wrong_fields_are_refused(void **state)
{
	static const struct {
		size_t off;
		uint32_t value;
		int code;
		const char *text;
	} cases[] = {
		{ REGIONS + 8, 2048, MUN_ECORRUPT, "2048 regions" },
		{ REGIONS + 8, 1, MUN_ECORRUPT, "no region for" },
		{ REGIONS + 16, 1, MUN_EUNSUPPORTED, "region 00000001-f623" },
		{ REGIONS + 36, 1, MUN_ECORRUPT, "beyond the end" },
		{ REGIONS + 40, 16, MUN_ECORRUPT, "table of 2 blocks" },
		{ REGIONS + 64, 0, MUN_ECORRUPT, "no region for" },
		{ REGIONS + 72, 4096, MUN_ECORRUPT, "metadata of 4096" },
		{ META, 1, MUN_ECORRUPT, "no metadata table" },
		{ META + 8, 0x08000000, MUN_ECORRUPT, "no metadata table" },
		{ META + 8, 0x00010000, MUN_ECORRUPT, "do not tell the size" },
		{ META + 32 + 128, 1, MUN_EUNSUPPORTED, "00000001-b2e6-4523" },
		{ META + 32 + 16, 100, MUN_ECORRUPT, "8 bytes at byte 100" },
		{ META + 32 + 20, 4, MUN_ECORRUPT, "has 4 bytes" },
		{ ITEMS, 3 << 20, MUN_ECORRUPT, "blocks of 3145728" },
		{ ITEMS, 1 << 19, MUN_ECORRUPT, "blocks of 524288" },
		{ ITEMS + 20, 0x8000, MUN_ECORRUPT, "a disk of" },
		{ ITEMS + 32, 520, MUN_ECORRUPT, "sectors of 520" },
		{ ITEMS + 4, 2, MUN_ECORRUPT, "without a parent locator" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *p = make_vhdx(false);
		char text[1024];

		mun_put_le32(p + cases[i].off, cases[i].value);
		fix(p, BYTES);
		if (vdisk_open_fails(p, BYTES, NULL, NULL, text) !=
			    cases[i].code ||
		    !strstr(text, cases[i].text))
			fail_msg("case %zu: '%s', not '%s'", i, text,
				 cases[i].text);
		free(p);
	}
}

static void a_block_that_cannot_be_is_an_error(void **state)
{
	static const struct {
		uint64_t entry;
		const char *text;
	} cases[] = {
		{ 6, "lies nowhere" },
		{ 4, "is of state 4" },
		{ BLOCK_1 | 7, "is of state 7" },
		{ BYTES | 6, "the file ends at" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *p = make_vhdx(false);
		uint8_t buf[512];
		char text[1024];
		struct mun_err e;
		struct vdisk v;

		mun_put_le64(p + BAT + 8, cases[i].entry);
		v = vdisk_open(p, BYTES, NULL, NULL);
		assert_int_equal(mun_image_pread(v.img, MUN_VIEW_CONTENT, buf,
						 512, MIB, &e),
				 MUN_ECORRUPT);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		if (!strstr(text, cases[i].text))
			fail_msg("'%s', not '%s'", text, cases[i].text);
		vdisk_close(&v);
		free(p);
	}
}

static const struct mutate_field fields[] = {
	{ "sequence", HEAD_2 + 8, 8, false },
	{ "log version", HEAD_2 + 64, 2, false },
	{ "version", HEAD_2 + 66, 2, false },
	{ "log length", HEAD_2 + 68, 4, false },
	{ "log offset", HEAD_2 + 72, 8, false },
	{ "regions", REGIONS + 8, 4, false },
	{ "table", REGIONS + 32, 8, false },
	{ "table's length", REGIONS + 40, 4, false },
	{ "metadata", REGIONS + 64, 8, false },
	{ "metadata's length", REGIONS + 72, 4, false },
	{ "items", META + 10, 2, false },
	{ "item's offset", META + 48, 4, false },
	{ "item's length", META + 52, 4, false },
	{ "block size", ITEMS, 4, false },
	{ "flags", ITEMS + 4, 4, false },
	{ "disk size", ITEMS + 16, 8, false },
	{ "sector size", ITEMS + 32, 4, false },
	{ "entry 0", BAT, 8, false },
	{ "entry 1", BAT + 8, 8, false },
};

static const struct mutate_field log_fields[] = {
	{ "entry's length", LOG + 8, 4, false },
	{ "tail", LOG + 12, 4, false },
	{ "sequence", LOG + 16, 8, false },
	{ "descriptors", LOG + 24, 4, false },
	{ "flushed", LOG + 48, 8, false },
	{ "last", LOG + 56, 8, false },
	{ "offset", LOG + 80, 8, false },
	{ "descriptor's sequence", LOG + 88, 8, false },
};

static const struct mutate_field parent_fields[] = {
	{ "pairs", LOCATOR + 18, 2, false },
	{ "key", LOCATOR + 20, 4, false },
	{ "value", LOCATOR + 24, 4, false },
	{ "key's length", LOCATOR + 28, 2, false },
	{ "value's length", LOCATOR + 30, 2, false },
	{ "locator", META + 32 + 160 + 16, 4, false },
	{ "locator's length", META + 32 + 160 + 20, 4, false },
	{ "partial entry", BAT + 8, 8, false },
	{ "bitmap entry", BAT + 8 * 4096, 8, false },
};

static void nothing_wrong_with_it_does_harm(void **state)
{
	static const size_t bounds[] = { 0,      8,       520,     HEAD_1,
					 HEAD_2, REGIONS, LOG,     META,
					 ITEMS,  BAT,     BLOCK_1, BLOCK_4,
					 BITMAP };
	uint8_t *p = make_vhdx(false);
	uint8_t *base = make_vhdx(false);
	uint8_t *d = make_difference();
	struct vdisk b = vdisk_open(base, BYTES, NULL, NULL);
	struct mutate_set s = {
		.format = "vhdx",
		.image = p,
		.bytes = BYTES,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.fix = fix,
	};

	(void)state;
	mutate_all(&s);
	make_log(p);
	s.fields = log_fields;
	s.nfields = MUN_COUNT(log_fields);
	s.nbounds = 0;
	mutate_all(&s);
	s.image = d;
	s.parent = b.img;
	s.fields = parent_fields;
	s.nfields = MUN_COUNT(parent_fields);
	mutate_all(&s);
	vdisk_close(&b);
	free(p);
	free(d);
	free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dynamic_disk_is_decoded),
		cmocka_unit_test(the_current_header_is_taken),
		cmocka_unit_test(the_copy_of_the_region_table_is_taken),
		cmocka_unit_test(
			changes_of_the_log_are_seen_and_the_file_stays),
		cmocka_unit_test(the_log_is_a_ring),
		cmocka_unit_test(a_full_log_is_replayed),
		cmocka_unit_test(a_log_that_is_not_whole_is_refused),
		cmocka_unit_test(a_difference_is_read_with_its_parent),
		cmocka_unit_test(a_difference_wants_the_right_parent),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(a_block_that_cannot_be_is_an_error),
		cmocka_unit_test(nothing_wrong_with_it_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
