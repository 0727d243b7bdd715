/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_identity.c - the same medium, another one, an unknown one */
#include "medium/identity.h"

#include <errno.h>
#include <stdio.h>

#include "core/check.h"
#include "core/str.h"
#include "fixity/digest.h"
#include "medium/reader_source.h"
#include "tests/support/failing_drive.h"
#include "tests/support/support.h"

#define SECTOR 512u
#define SECTORS ((size_t)4000)
#define BYTES (SECTORS * SECTOR)

static struct mun_failing_drive *drive;
static struct mun_device medium;
static uint8_t image[BYTES]; /* what was read of it before */
static struct mun_readmap map;

static void must(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

static int setup(void **state)
{
	struct mun_err e;

	(void)state;
	drive = mun_failing_drive_new(SECTORS, SECTOR);
	mun_failing_bytes(drive, 0, image, BYTES);
	medium = (struct mun_device){
		.facts = { .is_device = true,
			   .kind = MUN_DEVICE_DISK,
			   .bytes = BYTES,
			   .sector_bytes = SECTOR,
			   .name = "sdz",
			   .vendor = "ACME",
			   .model = "Spinner 9000",
			   .serial = "Z1" },
		.reader = &drive->reader,
		.fd = -1,
	};
	must(mun_reader_source(medium.reader, &medium.source, &e), &e);
	must(mun_readmap_init(&map, BYTES, &e), &e);
	must(mun_readmap_mark(&map, 0, BYTES, MUN_READ_GOOD, &e), &e);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_source_close(medium.source);
	mun_reader_close(&drive->reader);
	mun_readmap_clear(&map);
	return 0;
}

/* ---- taking ---- */

static void the_marks_of_a_disk(void **state)
{
	struct mun_identity x;
	struct mun_digests d = { 0 };
	char hex[MUN_DIGEST_HEX];
	struct mun_err e;

	(void)state;
	must(mun_identity_take(&medium, NULL, &x, &e), &e);
	assert_int_equal(x.bytes, BYTES);
	assert_int_equal(x.sector_bytes, SECTOR);
	assert_false(x.removable);
	assert_string_equal(x.drive, "ACME\nSpinner 9000\nZ1");
	assert_string_equal(x.volume, "");
	assert_string_equal(x.toc, "");
	must(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), image,
			       MUN_IDENTITY_HEAD, &d, &e),
	     &e);
	mun_digest_hex(&d.of[MUN_SHA256], hex);
	assert_string_equal(x.head, hex);
	/* No sector but those of the head was asked for. */
	for (size_t i = MUN_IDENTITY_HEAD / SECTOR; i < SECTORS; i++)
		assert_int_equal(drive->sectors[i].reads, 0);
}

static void a_head_that_cannot_be_read_is_none(void **state)
{
	struct mun_identity x;
	struct mun_err e;

	(void)state;
	mun_failing_set(drive, 127, 1, MUN_FAILING_BAD, 0);
	must(mun_identity_take(&medium, "LABEL", &x, &e), &e);
	assert_string_equal(x.head, "");
	assert_string_equal(x.volume, "LABEL");
	/* One failing read, and not one for each sector. */
	assert_int_equal(drive->failed, 1);
}

static void a_drive_that_is_gone_has_no_identity(void **state)
{
	struct mun_identity x;
	struct mun_err e;

	(void)state;
	drive->gone = true;
	assert_int_equal(mun_identity_take(&medium, NULL, &x, &e), MUN_EIO);
}

/* FAT: the label in the boot sector at 43, "FAT12   " at 54 (Microsoft's FAT
 * specification, boot sector). */
static void the_head_tells_the_volume(void **state)
{
	static uint8_t head[MUN_IDENTITY_HEAD];
	static const uint8_t bpb[] = {
		0xeb, 0x3c, 0x90, 'M', 'S', 'D',  'O',  'S', '5',  '.',  '0',
		0,    2,    1,    1,   0,   2,    0xe0, 0,   0x40, 0x0b, 0xf0,
		9,    0,    18,   0,   2,   0,    0,    0,   0,    0,    0,
		0,    0,    0,    0,   0,   0x29, 1,    2,   3,    4,    'O',
		'L',  'D',  ' ',  'D', 'I', 'S',  'K',  ' ', ' ',  ' ',  'F',
		'A',  'T',  '1',  '2', ' ', ' ',  ' ',
	};
	struct mun_identity x = { 0 };
	struct mun_err e;

	(void)state;
	memcpy(head, bpb, sizeof(bpb));
	head[510] = 0x55;
	head[511] = 0xaa;
	memcpy(head + 512, "\xf0\xff\xff", 3);
	memcpy(head + 512 * 10, "\xf0\xff\xff", 3);
	must(mun_identity_of_head(head, sizeof(head), 1474560, &x, &e), &e);
	assert_string_equal(x.volume, "OLD DISK");
}

static void a_loop_device_says_only_where_its_file_lies(void **state)
{
	struct mun_identity x;
	struct mun_err e;

	(void)state;
	(void)snprintf(medium.facts.name, sizeof(medium.facts.name), "loop7");
	must(mun_identity_of_device(&medium, &x, &e), &e);
	assert_string_equal(x.drive, "");
}

static void a_floppy_comes_out_of_its_drive(void **state)
{
	struct mun_identity x;
	struct mun_err e;

	(void)state;
	medium.facts.kind = MUN_DEVICE_FLOPPY;
	must(mun_identity_of_device(&medium, &x, &e), &e);
	assert_true(x.removable);
}

/* ---- comparing ---- */

static const struct mun_identity base = {
	.bytes = 1474560,
	.sector_bytes = 512,
	.drive = "ACME\nSpinner\nZ1",
	.volume = "DISK A",
	.toc = "aa",
	.head = "bb",
};

/* NULL and 0: as it was. */
struct change {
	const char *name;
	unsigned int n; /* marks that differ */
	const char *said;
	uint64_t bytes;
	uint32_t sector_bytes;
	bool no_sector_bytes;
	bool removable;
	const char *drive, *volume, *toc, *head;
};

static const struct change changes[] = {
	{ .name = "the same", .said = "" },
	{ .name = "size",
	  .n = 1,
	  .said = "1474560 bytes then, 737280 bytes now",
	  .bytes = 737280 },
	{ .name = "sectors",
	  .n = 1,
	  .said = "sectors of 512 bytes then, of 2048 now",
	  .sector_bytes = 2048 },
	{ .name = "sectors not known", .no_sector_bytes = true },
	{ .name = "serial",
	  .n = 1,
	  .said = "serial number Z1 then, Z2 now",
	  .drive = "ACME\nSpinner\nZ2" },
	{ .name = "a bridge that tells less of the same disk",
	  .drive = "USB\nBridge\nZ1" },
	{ .name = "no serial", .drive = "ACME\nSpinner\n" },
	{ .name = "model",
	  .n = 1,
	  .said = "model Spinner then, Other now",
	  .drive = "ACME\nOther\n" },
	{ .name = "no drive", .drive = "" },
	{ .name = "another drive of a medium that comes out",
	  .drive = "B\nC\nD",
	  .removable = true },
	{ .name = "volume",
	  .n = 1,
	  .said = "volume DISK A then, DISK B now",
	  .volume = "DISK B" },
	{ .name = "no volume", .volume = "" },
	{ .name = "toc", .n = 1, .said = "table of contents", .toc = "ab" },
	{ .name = "head", .n = 1, .said = "first sectors", .head = "cc" },
	{ .name = "no head", .head = "" },
	{ .name = "all",
	  .n = 3,
	  .said = "; ",
	  .bytes = 1,
	  .head = "x",
	  .volume = "Y" },
};

static void put(char *to, size_t room, const char *text)
{
	if (text)
		(void)snprintf(to, room, "%s", text);
}

static struct mun_identity changed(const struct change *c)
{
	struct mun_identity x = base;

	if (c->bytes)
		x.bytes = c->bytes;
	if (c->sector_bytes || c->no_sector_bytes)
		x.sector_bytes = c->sector_bytes;
	x.removable = c->removable;
	put(x.drive, sizeof(x.drive), c->drive);
	put(x.volume, sizeof(x.volume), c->volume);
	put(x.toc, sizeof(x.toc), c->toc);
	put(x.head, sizeof(x.head), c->head);
	return x;
}

static void what_differs_is_counted_and_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(changes); i++) {
		const struct change *c = &changes[i];
		const struct mun_identity now = changed(c);
		struct mun_str s = { 0 };
		unsigned int n = mun_identity_differs(&base, &now, &s);

		if (n != c->n || (n && !strstr(s.text, c->said)) ||
		    (!n && s.len))
			fail_msg("%s: %u, '%s'", c->name, n,
				 s.text ? s.text : "");
		mun_str_free(&s);
		s = (struct mun_str){ 0 };
		assert_int_equal(mun_identity_differs(&now, &base, &s), n);
		mun_str_free(&s);
	}
}

/* ---- proving ---- */

static int prove(struct mun_err *e)
{
	struct mun_source *src;
	int rc;

	must(mun_source_from_memory(image, BYTES, &src, e), e);
	rc = mun_identity_prove(&medium, src, &map, e);
	mun_source_close(src);
	return rc;
}

static void the_same_bytes_prove_it(void **state)
{
	struct mun_err e;

	(void)state;
	must(prove(&e), &e);
	assert_int_equal(drive->reads, 16);
	assert_int_equal(drive->outside, 0);
}

static void other_bytes_anywhere_are_seen(void **state)
{
	char text[512];
	struct mun_err e;

	(void)state;
	/* A sixteenth of it, whichever. */
	for (size_t i = 0; i < 16; i++) {
		size_t at = i * BYTES / 16 / SECTOR * SECTOR;

		for (size_t k = 0; k < BYTES / 16; k += SECTOR)
			image[at + k] ^= 1;
		assert_int_equal(prove(&e), MUN_EINVAL);
		mun_err_text(&e, text, sizeof(text), 0);
		assert_non_null(strstr(text, "sector "));
		mun_failing_bytes(drive, 0, image, BYTES);
	}
}

static void only_what_is_good_is_asked_for(void **state)
{
	struct mun_err e;

	(void)state;
	must(mun_readmap_mark(&map, 0, 3000 * SECTOR, MUN_READ_BAD, &e), &e);
	must(mun_readmap_mark(&map, 3500 * SECTOR, 500 * SECTOR,
			      MUN_READ_DOUBTFUL, &e),
	     &e);
	must(prove(&e), &e);
	for (size_t i = 0; i < SECTORS; i++)
		if (i < 3000 || i >= 3500)
			assert_int_equal(drive->sectors[i].reads, 0);
	assert_int_equal(drive->reads, 16);
}

static void nothing_read_yet_proves_nothing_and_is_no_error(void **state)
{
	struct mun_err e;

	(void)state;
	must(mun_readmap_mark(&map, 0, BYTES, MUN_READ_NOT_TRIED, &e), &e);
	must(prove(&e), &e);
	assert_int_equal(drive->reads, 0);
}

static void some_that_fail_now_prove_nothing(void **state)
{
	struct mun_err e;

	(void)state;
	mun_failing_set(drive, 0, SECTORS / 2, MUN_FAILING_BAD, 0);
	must(prove(&e), &e);
	mun_failing_set(drive, 0, SECTORS, MUN_FAILING_BAD, 0);
	assert_int_equal(prove(&e), MUN_EINVAL);
}

static void a_drive_that_is_gone_is_told(void **state)
{
	struct mun_err e;

	(void)state;
	drive->gone = true;
	assert_int_equal(prove(&e), MUN_EIO);
}

/* Empty sectors are alike on all media: others are looked for. */
static void empty_sectors_are_passed_over(void **state)
{
	struct mun_err e;
	size_t told = 0;

	(void)state;
	/* The image is empty but for one sector, which the medium has not. */
	memset(image, 0, BYTES);
	image[1234 * SECTOR] = 1;
	must(mun_readmap_mark(&map, 0, 1000 * SECTOR, MUN_READ_BAD, &e), &e);
	must(mun_readmap_mark(&map, 1300 * SECTOR, BYTES - 1300 * SECTOR,
			      MUN_READ_BAD, &e),
	     &e);
	assert_int_equal(prove(&e), MUN_EINVAL);
	for (size_t i = 0; i < SECTORS; i++)
		told += drive->sectors[i].reads;
	assert_int_equal(drive->sectors[1234].reads, 1);
	assert_int_equal(told, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_marks_of_a_disk),
		TEST(a_head_that_cannot_be_read_is_none),
		TEST(a_drive_that_is_gone_has_no_identity),
		TEST(the_head_tells_the_volume),
		TEST(a_loop_device_says_only_where_its_file_lies),
		TEST(a_floppy_comes_out_of_its_drive),
		TEST(what_differs_is_counted_and_said),
		TEST(the_same_bytes_prove_it),
		TEST(other_bytes_anywhere_are_seen),
		TEST(only_what_is_good_is_asked_for),
		TEST(nothing_read_yet_proves_nothing_and_is_no_error),
		TEST(some_that_fail_now_prove_nothing),
		TEST(a_drive_that_is_gone_is_told),
		TEST(empty_sectors_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
