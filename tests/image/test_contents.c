/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_contents.c - tables of every kind, one in another and side by
 * side, the volumes in them, sessions of a disc, and the way from the sandbox
 */
#include "image/contents.h"

#include "core/check.h"
#include "image/contents_int.h"
#include "image/disc.h"
#include "image/partition.h"
#include "image/remote.h"
#include "tests/image/make.h"
#include "tests/image/make_contents.h"
#include "tests/image/make_disc.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>

static uint8_t *disk;
static struct mun_contents *seen;

static int set_up(void **state)
{
	(void)state;
	disk = calloc(1, 2 * MADE_BYTES);
	seen = calloc(1, sizeof(*seen));
	return disk && seen ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(disk);
	free(seen);
	return 0;
}

static void look_as(enum mun_medium medium, size_t bytes)
{
	mun_auto(source) *src = NULL;
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(disk, bytes, &src, &e), 0);
	assert_int_equal(mun_contents_of_bytes(src, medium, seen, &e), 0);
}

static void look_at_disk(void)
{
	look_as(MUN_MEDIUM_DISK, MADE_BYTES);
}

static void part_is(size_t i, unsigned int number, uint64_t sector,
		    uint64_t sectors, const char *type, const char *name,
		    bool active)
{
	const struct mun_contents_part *p = &seen->parts[i];

	assert_true(i < seen->nparts);
	assert_int_equal(p->number, number);
	assert_int_equal(p->off, sector * 512);
	assert_int_equal(p->bytes, sectors * 512);
	assert_string_equal(p->type, type);
	assert_string_equal(p->name, name);
	assert_int_equal(p->active, active);
}

/* ---- tables ---- */

static void an_apple_map_is_read_without_its_free_room(void **state)
{
	(void)state;
	made_apm(disk);
	look_at_disk();
	assert_string_equal(seen->table, "apm");
	assert_false(seen->table_damaged);
	assert_int_equal(seen->nparts, 2);
	part_is(0, 1, 1, 63, "Apple_partition_map", "Apple", false);
	part_is(1, 2, 64, 3000, "Apple_HFS", "MacOS", true);
	/* An entry that is none. */
	disk[1536] = 0;
	look_at_disk();
	assert_int_equal(seen->nparts, 2);
	assert_true(seen->table_damaged);
}

static void an_amiga_table_is_read_and_its_sums_are_checked(void **state)
{
	(void)state;
	made_rdb(disk);
	look_at_disk();
	assert_string_equal(seen->table, "rdb");
	assert_false(seen->table_damaged);
	assert_int_equal(seen->nparts, 2);
	part_is(0, 1, 64, 1600, "DOS\\3", "DH0", true);
	part_is(1, 2, 1664, 1600, "PFS\\1", "DH1", false);
	disk[3 * 512 + 40] ^= 1;
	look_at_disk();
	assert_int_equal(seen->nparts, 2);
	assert_true(seen->table_damaged);
}

static void a_list_that_goes_round_ends(void **state)
{
	(void)state;
	made_rdb(disk);
	/* The second leads to itself. */
	memcpy(disk + 4 * 512 + 16, "\0\0\0\4", 4);
	look_at_disk();
	assert_true(seen->table_damaged && seen->more);
	assert_int_equal(seen->nparts, MUN_CONTENTS_PARTS);
	/* And to the first. */
	memcpy(disk + 4 * 512 + 16, "\0\0\0\3", 4);
	look_at_disk();
	assert_int_equal(seen->nparts, 2);
	assert_true(seen->table_damaged);
}

static void an_atari_table_is_read_with_its_chain(void **state)
{
	(void)state;
	made_ahdi(disk);
	look_at_disk();
	assert_string_equal(seen->table, "ahdi");
	assert_false(seen->table_damaged);
	assert_int_equal(seen->nparts, 3);
	part_is(0, 1, 2, 900, "GEM", "", true);
	part_is(1, 5, 1001, 500, "BGM", "", false);
	part_is(2, 6, 1602, 300, "GEM", "", false);
	/* A chain that leads back. */
	memset(disk + (size_t)1000 * 512 + 0x1c6 + 12 + 4, 0, 3);
	disk[(size_t)1000 * 512 + 0x1c6 + 12 + 7] = 0;
	look_at_disk();
	assert_int_equal(seen->nparts, 2);
}

static void an_atari_partition_has_sixteen_bits(void **state)
{
	static const struct make_fat f = {
		.sector_bytes = 8192,
		.cluster_sectors = 2,
		.reserved = 1,
		.fats = 2,
		.root_entries = 256,
		.sectors = 56,
		.media = 0xf8,
		.fat16_sectors = 1,
		.root_label = "BIG        ",
	};
	uint8_t *part = disk + (size_t)2 * 512;

	(void)state;
	made_ahdi(disk);
	make_fat(part, &f);
	memset(part, 0, 2);
	part[510] = part[511] = 0;
	look_at_disk();
	assert_int_equal(seen->nvolumes, 1);
	assert_string_equal(seen->volumes[0].fs, "fat16");
	assert_string_equal(seen->volumes[0].title, "FAT16 (Atari ST)");
	assert_string_equal(seen->volumes[0].label, "BIG");
	assert_int_equal(seen->volumes[0].block_bytes, 16384);
	assert_int_equal(seen->volumes[0].part, 1);
}

static void icd_has_eight_more(void **state)
{
	(void)state;
	made_icd(disk);
	look_at_disk();
	assert_string_equal(seen->table, "ahdi");
	assert_int_equal(seen->nparts, 6);
	part_is(4, 5, 2002, 500, "GEM", "", false);
	part_is(5, 6, 2502, 500, "BGM", "", false);
}

static void a_root_sector_that_is_executable_boots_an_atari(void **state)
{
	unsigned int sum = 0;

	(void)state;
	made_ahdi(disk);
	for (size_t i = 0; i < 510; i += 2)
		sum += (unsigned int)(disk[i] << 8 | disk[i + 1]);
	sum = 0x1234 - sum;
	disk[510] = (uint8_t)(sum >> 8);
	disk[511] = (uint8_t)sum;
	look_at_disk();
	assert_non_null(mun_contents_mark(seen, NULL, "atari-boot"));
}

static void a_bsd_label_is_read_wherever_it_is(void **state)
{
	static const size_t at[] = { 512, 64, 128 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(at); i++) {
		memset(disk, 0, MADE_BYTES);
		made_bsd(disk, at[i]);
		look_at_disk();
		assert_string_equal(seen->table, "bsd");
		assert_false(seen->table_damaged);
		/* c is all of the disk, and not one of its parts. */
		assert_int_equal(seen->nparts, 2);
		part_is(0, 1, 100, 1000, "4.2BSD", "a", false);
		part_is(1, 2, 1100, 500, "swap", "b", false);
	}
	disk[at[2] + 136] ^= 1;
	look_at_disk();
	assert_true(seen->table_damaged);
}

static void a_sun_label_is_read_if_it_sums_up(void **state)
{
	(void)state;
	made_sun(disk);
	look_at_disk();
	assert_string_equal(seen->table, "sun");
	assert_int_equal(seen->nparts, 2);
	part_is(0, 1, 0, 1000, "root", "a", true);
	part_is(1, 2, 1000, 500, "swap", "b", false);
	disk[510] ^= 1;
	look_at_disk();
	assert_string_equal(seen->table, "");
}

static void a_gpt_tells_types_and_names(void **state)
{
	(void)state;
	make_gpt(disk, MADE_BYTES, 2);
	look_at_disk();
	assert_string_equal(seen->table, "gpt");
	assert_int_equal(seen->nparts, 2);
	assert_int_equal(strlen(seen->parts[0].type), 36);
}

/* ---- tables in tables, and side by side ---- */

static void bsd_counts_from_the_disk_or_from_its_partition(void **state)
{
	(void)state;
	make_mbr_entry(disk, 0, 0x80, 0xa5, 63, 3900);
	/* a begins at 100, which is in the partition: from the disk. */
	made_bsd(disk, (size_t)64 * 512);
	look_at_disk();
	assert_string_equal(seen->table, "mbr");
	assert_int_equal(seen->nparts, 3);
	part_is(0, 1, 63, 3900, "0xa5", "", true);
	part_is(1, 1, 100, 1000, "4.2BSD", "a", false);
	/* 100 is before this one: from the partition. */
	memset(disk, 0, MADE_BYTES);
	make_mbr_entry(disk, 0, 0x80, 0xa5, 200, 3800);
	made_bsd(disk, (size_t)201 * 512);
	look_at_disk();
	part_is(1, 1, 300, 1000, "4.2BSD", "a", false);
	/* OpenBSD's never are. */
	make_mbr_entry(disk, 0, 0x80, 0xa6, 200, 3800);
	look_at_disk();
	part_is(1, 1, 100, 1000, "4.2BSD", "a", false);
}

static void solaris_and_minix_have_tables_in_theirs(void **state)
{
	(void)state;
	make_mbr_entry(disk, 0, 0x80, 0x82, 100, 1500);
	made_solaris(disk, (size_t)100 * 512);
	make_mbr_entry(disk, 1, 0, 0x81, 2000, 1000);
	make_mbr_entry(disk + (size_t)2000 * 512, 0, 0, 0x81, 2001, 100);
	make_mbr_entry(disk + (size_t)2000 * 512, 1, 0, 0x81, 9, 90);
	look_at_disk();
	assert_int_equal(seen->nparts, 4);
	part_is(2, 1, 110, 100, "root", "a", true);
	/* What lies outside its partition is none of Minix. */
	part_is(3, 1, 2001, 100, "0x81", "", false);
	/* Linux swap, of the same type, has no label. */
	memset(disk + (size_t)101 * 512, 0, 512);
	look_at_disk();
	assert_int_equal(seen->nparts, 3);
}

static void a_hybrid_disc_is_all_that_it_is(void **state)
{
	(void)state;
	made_iso(disk);
	made_apm(disk);
	make_mbr_entry(disk, 0, 0x80, 0x17, 0, 2400);
	look_as(MUN_MEDIUM_OPTICAL, 1228800);
	assert_string_equal(seen->table, "mbr");
	/* Of the PC, and the two of the Mac. */
	assert_int_equal(seen->nparts, 3);
	assert_string_equal(seen->parts[2].type, "Apple_HFS");
	/* The partition that is all of the disc does not hold it again. */
	assert_int_equal(seen->nvolumes, 1);
	assert_int_equal(seen->volumes[0].part, 0);
	assert_string_equal(seen->volumes[0].puid, "fmt/1741");
	assert_non_null(
		mun_contents_mark(seen, &seen->volumes[0], "hfs-hybrid"));
}

/* ---- volumes in partitions ---- */

static void put_system(uint8_t *at)
{
	static const char *const names[] = { "KERNEL  SYS", NULL };

	made_fat(at, names);
	made_boot(at, 62, "KERNEL  SYS");
}

static void a_pc_starts_the_active_partition(void **state)
{
	(void)state;
	make_mbr_entry(disk, 0, 0x80, 0x01, 63, 2880);
	put_system(disk + (size_t)63 * 512);
	look_at_disk();
	assert_int_equal(seen->nvolumes, 1);
	assert_int_equal(seen->volumes[0].part, 1);
	assert_int_equal(seen->volumes[0].off, 63 * 512);
	assert_int_equal(seen->volumes[0].boots, MUN_BOOTS_YES);
	/* No code in the boot record. */
	assert_int_equal(seen->boots, MUN_BOOTS_CODE);
	assert_non_null(strstr(seen->boot_text, "no code in the MBR"));
	assert_null(mun_contents_mark(seen, NULL, "mbr-code"));
	memcpy(disk,
	       "\xfa\x33\xc0\x8e\xd0\xbc\x00\x7c\x8b\xf4\x50\x07\x50\x1f"
	       "\xfb\xfc\xbf\x00\x06\xb9\x00\x01",
	       22);
	look_at_disk();
	assert_int_equal(seen->boots, MUN_BOOTS_YES);
	assert_non_null(mun_contents_mark(seen, NULL, "mbr-code"));
	make_mbr_entry(disk, 0, 0x00, 0x01, 63, 2880);
	look_at_disk();
	assert_int_equal(seen->boots, MUN_BOOTS_CODE);
	assert_non_null(strstr(seen->boot_text, "not active"));
	/* A loader of its own needs no active partition. */
	memcpy(disk + 300, "GRUB", 4);
	look_at_disk();
	assert_int_equal(seen->boots, MUN_BOOTS_YES);
}

static void a_gpt_without_code_is_for_efi(void **state)
{
	(void)state;
	make_gpt(disk, MADE_BYTES, 1);
	put_system(disk + (size_t)64 * 512);
	look_at_disk();
	assert_int_equal(seen->nvolumes, 1);
	assert_int_equal(seen->boots, MUN_BOOTS_CODE);
	assert_non_null(strstr(seen->boot_text, "for EFI"));
	/* A loader in the MBR before it starts one that has a system. */
	made_boot(disk, 0, "GRUB");
	memset(disk + (size_t)64 * 512, 0, 4096);
	made_ext2(disk + (size_t)64 * 512);
	look_at_disk();
	assert_non_null(mun_contents_mark(seen, NULL, "mbr-code"));
	assert_string_equal(seen->volumes[0].fs, "ext2");
	assert_non_null(strstr(seen->boot_text, "GRUB"));
}

static void a_first_sector_with_code_may_start_by_itself(void **state)
{
	(void)state;
	made_boot(disk, 0, "a game");
	look_as(MUN_MEDIUM_FLOPPY, 368640);
	assert_int_equal(seen->nvolumes, 0);
	assert_int_equal(seen->boots, MUN_BOOTS_CODE);
	/* Without 55 AA it may be anything. */
	disk[511] = 0;
	look_as(MUN_MEDIUM_FLOPPY, 368640);
	assert_int_equal(seen->boots, MUN_BOOTS_NO);
	/* GRUB, whose rest is there, or not. */
	made_boot(disk, 0x60, "GRUB ");
	memset(disk + 0x44, 0, 4);
	memcpy(disk + 0x5c, "\1\0\0\0\0\0\0\0", 8);
	look_as(MUN_MEDIUM_FLOPPY, 368640);
	assert_int_equal(seen->boots, MUN_BOOTS_CODE);
	disk[700] = 1;
	look_as(MUN_MEDIUM_FLOPPY, 368640);
	assert_int_equal(seen->boots, MUN_BOOTS_YES);
	assert_non_null(strstr(seen->boot_text, "GRUB"));
}

static void a_floppy_whose_code_looks_like_a_table_has_none(void **state)
{
	(void)state;
	put_system(disk);
	make_mbr_entry(disk, 0, 0x80, 0x06, 5, 100);
	look_as(MUN_MEDIUM_FLOPPY, 1474560);
	assert_string_equal(seen->table, "");
	assert_int_equal(seen->nparts, 0);
	assert_int_equal(seen->nvolumes, 1);
	assert_int_equal(seen->volumes[0].part, 0);
}

static void a_partition_outside_is_said_and_not_read(void **state)
{
	(void)state;
	make_mbr_entry(disk, 0, 0, 0x06, 63, 100);
	make_mbr_entry(disk, 1, 0, 0x06, 0x7fffffff, 0x7fffffff);
	look_at_disk();
	assert_int_equal(seen->nparts, 2);
	assert_true(seen->table_damaged);
	assert_int_equal(seen->nvolumes, 0);
}

static void more_than_there_is_room_for_is_said(void **state)
{
	const struct mun_fs_place p = { .medium = MUN_MEDIUM_DISK };

	(void)state;
	for (size_t i = 0; i < MUN_CONTENTS_VOLUMES; i++)
		assert_non_null(mun_contents_add_volume(seen, &p));
	assert_false(seen->more);
	assert_null(mun_contents_add_volume(seen, &p));
	assert_true(seen->more);
	for (size_t i = 0; i < 2 * MUN_CONTENTS_MARKS; i++) {
		char word[16];

		(void)snprintf(word, sizeof(word), "word-%zu", i / 2);
		mun_contents_add_mark(seen, NULL, word, "%zu\033\n%200s", i,
				      "\xc3\xa9");
	}
	/* Once per word, as clean text, that ends between characters. */
	assert_int_equal(seen->nmarks, MUN_CONTENTS_MARKS);
	assert_string_equal(seen->marks[1].word, "word-1");
	assert_memory_equal(seen->marks[1].text, "2\\x1b\\x0a  ", 11);
	assert_true(strlen(seen->marks[1].text) <= 127);
}

/* ---- discs ---- */

/* A session of 700 sectors with a volume whose root is at sector 25 of it. */
static void put_session(uint8_t *bin, uint32_t first, const char *label,
			const char *file)
{
	mun_autofree uint8_t *iso = calloc(1, MADE_BYTES);
	uint8_t *root = iso + (size_t)25 * 2048;
	uint8_t *pvd = iso + (size_t)16 * 2048;

	assert_non_null(iso);
	make_iso(iso, first + 600, label);
	put_le32(pvd + 158, first + 25);
	put_le32(pvd + 166, 2048);
	pvd[156] = 34;
	root[0] = (uint8_t)(33 + strlen(file) + 1);
	put_le32(root + 2, first + 100);
	put_le32(root + 10, 5);
	root[32] = (uint8_t)strlen(file);
	memcpy(root + 33, file, strlen(file));
	memcpy(bin + (size_t)first * 2048, iso, (size_t)600 * 2048);
}

static void the_last_session_is_looked_at_by_its_addresses(void **state)
{
	struct mun_track tracks[] = {
		{ .session = 1,
		  .number = 1,
		  .sectors = 600,
		  .sector_bytes = 2048 },
		{ .session = 2,
		  .number = 2,
		  .start = 700,
		  .sectors = 600,
		  .sector_bytes = 2048 },
	};
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	mun_auto(source) *src = NULL;
	struct mun_image img = { .medium = MUN_MEDIUM_OPTICAL };
	struct mun_disc *d = NULL;
	struct mun_err e;

	(void)state;
	put_session(disk, 0, "FIRST", "PSX.EXE;1");
	put_session(disk, 700, "SECOND", "AUTORUN.INF;1");
	assert_int_equal(mun_source_from_memory(disk, 2 * MADE_BYTES, &src, &e),
			 0);
	assert_int_equal(mun_disc_new(&d, &e), 0);
	for (unsigned int i = 0; i < 2; i++) {
		const struct mun_disc_run run = {
			.src = src,
			.off = (uint64_t)tracks[i].start * 2048,
			.sectors = 600,
			.stride = 2048,
			.main_bytes = 2048,
			.track = i,
		};

		assert_int_equal(mun_disc_add_track(&img, &tracks[i], &e), 0);
		assert_int_equal(mun_disc_add_run(d, &run, &e), 0);
	}
	assert_int_equal(mun_disc_done(&img, d, &e), 0);
	assert_int_equal(mun_contents_read(&img, c, &e), 0);
	assert_int_equal(c->nvolumes, 1);
	assert_string_equal(c->volumes[0].label, "SECOND");
	assert_int_equal(c->volumes[0].off, 700 * 2048);
	assert_non_null(mun_contents_mark(c, NULL, "autorun"));
	assert_null(mun_contents_mark(c, NULL, "playstation"));
	free(img.tracks);
	mun_disc_free(img.disc);
}

static void audio_and_data_tracks_are_told(void **state)
{
	static const char sheet[] = "FILE \"x.bin\" BINARY\n"
				    "TRACK 01 MODE1/2048\nINDEX 01 00:00:00\n"
				    "TRACK 02 AUDIO\nINDEX 01 00:08:00\n";
	static const char audio[] = "FILE \"x.bin\" BINARY\n"
				    "TRACK 01 AUDIO\nINDEX 01 00:00:00\n";
	struct box box;
	struct opened o;
	struct mun_err e;

	(void)state;
	made_iso(disk);
	box_init(&box);
	box_add(&box, "x.bin", disk, (size_t)600 * 2048 + (size_t)300 * 2352);
	o = box_open_text(&box, "cue", "x.cue", sheet);
	assert_int_equal(mun_contents_read(o.img, seen, &e), 0);
	assert_non_null(mun_contents_mark(seen, NULL, "cd-mixed"));
	assert_int_equal(seen->nvolumes, 1);
	assert_string_equal(seen->volumes[0].label, "GAME");
	box_close(&o);
	box_init(&box);
	box_add(&box, "x.bin", disk, (size_t)300 * 2352);
	o = box_open_text(&box, "cue", "x.cue", audio);
	assert_int_equal(mun_contents_read(o.img, seen, &e), 0);
	assert_non_null(mun_contents_mark(seen, NULL, "cd-audio"));
	assert_int_equal(seen->nvolumes, 0);
	box_close(&o);
}

/* ---- the sandbox ---- */

/* The same answer, whoever looks: this process, a child of its own, the child
 * that decodes, and one that this process reads for. */
static void the_sandbox_makes_no_difference(void **state)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "disk.img");
	const char *preload = getenv("LD_PRELOAD");
	struct mun_err e;

	(void)state;
	/* Valgrind itself makes calls that are forbidden there. */
	if (preload && strstr(preload, "valgrind")) {
		free(path);
		mun_test_dir_remove(dir);
		skip();
	}
	make_mbr_entry(disk, 0, 0x80, 0x01, 63, 2880);
	put_system(disk + (size_t)63 * 512);
	mun_test_write(path, disk, MADE_BYTES);
	for (int i = 0; i < 4; i++) {
		mun_auto(source) *src = NULL;
		mun_auto(image) *img = NULL;
		struct mun_remote_request q = {
			.threads = 1,
			.served = i == 2,
			.stays = i == 3,
		};

		assert_int_equal(mun_source_open_file(path, &src, &e), 0);
		q.src = src;
		if (i == 0)
			assert_int_equal(
				mun_image_open(src, NULL, NULL, &img, &e), 0);
		else
			assert_int_equal(mun_remote_open(&q, &img, &e), 0);
		if (i == 0)
			assert_int_equal(mun_contents_read(img, seen, &e), 0);
		assert_int_equal(mun_contents_of(img, c, &e), 0);
		assert_int_equal(c->nvolumes, 1);
		assert_memory_equal(c, seen, sizeof(*c));
	}
	free(path);
	mun_test_dir_remove(dir);
}

static void a_kept_image_holds_nothing_that_we_know(void **state)
{
	mun_auto(source) *src = NULL;
	struct mun_image img = { .preserved_only = "flux" };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_source_from_memory(disk, 512, &src, &e), 0);
	img.src = src;
	seen->nparts = 7;
	assert_int_equal(mun_contents_read(&img, seen, &e), 0);
	assert_int_equal(seen->nparts, 0);
}

static void bad_table(struct mun_contents *c)
{
	memset(c->table, 'x', sizeof(c->table));
}

static void bad_text(struct mun_contents *c)
{
	memcpy(c->boot_text, "\033[2J", 5);
}

static void bad_boots(struct mun_contents *c)
{
	memset(&c->boots, 0x7f, sizeof(c->boots));
}

static void bad_bool(struct mun_contents *c)
{
	memset(&c->more, 2, 1);
}

static void bad_nparts(struct mun_contents *c)
{
	c->nparts = MUN_CONTENTS_PARTS + 1;
}

static void bad_nvolumes(struct mun_contents *c)
{
	c->nvolumes = SIZE_MAX;
}

static void bad_nmarks(struct mun_contents *c)
{
	c->volumes[0].nmarks = MUN_CONTENTS_MARKS + 1;
}

static void bad_mark(struct mun_contents *c)
{
	memset(c->volumes[0].marks[0].word, 'x',
	       sizeof(c->volumes[0].marks[0].word));
}

static void bad_part(struct mun_contents *c)
{
	c->volumes[0].part = (unsigned int)c->nparts + 1;
}

static void bad_place(struct mun_contents *c)
{
	c->parts[0].bytes = UINT64_MAX;
}

static void bad_size(struct mun_contents *c)
{
	c->volumes[0].bytes = UINT64_MAX;
}

static void bad_label(struct mun_contents *c)
{
	memcpy(c->volumes[0].label, "\xc3\x28", 3);
}

static void bad_volume_boots(struct mun_contents *c)
{
	memset(&c->volumes[0].boots, 0xff, sizeof(c->volumes[0].boots));
}

static void no_lie_of_a_child_gets_through(void **state)
{
	void (*const lies[])(struct mun_contents * c) = {
		bad_table,    bad_text,   bad_boots, bad_bool,
		bad_nparts,   bad_nmarks, bad_mark,  bad_part,
		bad_nvolumes, bad_place,  bad_label, bad_volume_boots,
		bad_size,
	};
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	mun_autofree struct mun_contents *zero = calloc(1, sizeof(*zero));
	struct mun_err e;

	(void)state;
	make_mbr_entry(disk, 0, 0x80, 0x01, 63, 2880);
	put_system(disk + (size_t)63 * 512);
	look_at_disk();
	assert_int_equal(mun_contents_unpack(seen, sizeof(*seen), c, &e), 0);
	assert_memory_equal(c, seen, sizeof(*c));
	for (size_t i = 0; i < MUN_COUNT(lies); i++) {
		mun_autofree struct mun_contents *lie = malloc(sizeof(*lie));

		memcpy(lie, seen, sizeof(*lie));
		lies[i](lie);
		if (mun_contents_unpack(lie, sizeof(*lie), c, &e) !=
		    MUN_ECORRUPT)
			fail_msg("lie %zu got through", i);
		assert_memory_equal(c, zero, sizeof(*c));
	}
	assert_int_equal(mun_contents_unpack(seen, sizeof(*seen) - 1, c, &e),
			 MUN_ECORRUPT);
	/* What is hidden behind an end, or after the last, is not taken. */
	seen->volumes[0].label[60] = 'x';
	seen->volumes[1].label[0] = '\033';
	assert_int_equal(mun_contents_unpack(seen, sizeof(*seen), c, &e), 0);
	assert_int_equal(c->volumes[0].label[60], 0);
	assert_int_equal(c->volumes[1].label[0], 0);
}

/* ---- faults ---- */

static void every_failing_read_of_a_table_is_told(void **state)
{
	static void (*const makes[])(uint8_t * p) = { made_apm, made_rdb,
						      made_ahdi, made_icd,
						      made_sun };
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "disk.img");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(makes); i++) {
		mun_auto(source) *src = NULL;
		struct mun_err e;
		int rc = 0;

		memset(disk, 0, MADE_BYTES);
		makes[i](disk);
		mun_test_write(path, disk, MADE_BYTES);
		assert_int_equal(mun_source_open_file(path, &src, &e), 0);
		look_at_disk();
		mun_fault_install(MUN_CALL_BIT(MUN_CALL_PREAD), EIO);
		for (int n = 0;; n++) {
			mun_fault_arm(n);
			rc = mun_contents_of_bytes(src, MUN_MEDIUM_DISK, c, &e);
			if (!mun_fault_fired())
				break;
			if (rc)
				assert_int_equal(rc, MUN_EIO);
			else
				assert_memory_equal(c, seen, sizeof(*c));
		}
		mun_fault_restore();
		assert_int_equal(rc, 0);
	}
	free(path);
	mun_test_dir_remove(dir);
}

static void a_flipped_byte_of_a_table_never_breaks_the_answer(void **state)
{
	static void (*const makes[])(uint8_t * p) = { made_apm, made_rdb,
						      made_ahdi, made_icd,
						      made_sun };
	static const uint8_t values[] = { 0x00, 0xff, 0x80, 0x7f };
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	size_t turn = 0;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(makes); i++) {
		memset(disk, 0, MADE_BYTES);
		makes[i](disk);
		for (size_t at = 0; at < 3072; at++) {
			uint8_t was = disk[at];
			struct mun_err e;

			disk[at] = values[turn++ % MUN_COUNT(values)];
			look_at_disk();
			assert_int_equal(
				mun_contents_unpack(seen, sizeof(*seen), c, &e),
				0);
			disk[at] = was;
		}
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_apple_map_is_read_without_its_free_room),
		TEST(an_amiga_table_is_read_and_its_sums_are_checked),
		TEST(a_list_that_goes_round_ends),
		TEST(an_atari_table_is_read_with_its_chain),
		TEST(an_atari_partition_has_sixteen_bits),
		TEST(icd_has_eight_more),
		TEST(a_root_sector_that_is_executable_boots_an_atari),
		TEST(a_bsd_label_is_read_wherever_it_is),
		TEST(a_sun_label_is_read_if_it_sums_up),
		TEST(a_gpt_tells_types_and_names),
		TEST(bsd_counts_from_the_disk_or_from_its_partition),
		TEST(solaris_and_minix_have_tables_in_theirs),
		TEST(a_hybrid_disc_is_all_that_it_is),
		TEST(a_pc_starts_the_active_partition),
		TEST(a_gpt_without_code_is_for_efi),
		TEST(a_first_sector_with_code_may_start_by_itself),
		TEST(a_floppy_whose_code_looks_like_a_table_has_none),
		TEST(a_partition_outside_is_said_and_not_read),
		TEST(more_than_there_is_room_for_is_said),
		TEST(the_last_session_is_looked_at_by_its_addresses),
		TEST(audio_and_data_tracks_are_told),
		TEST(the_sandbox_makes_no_difference),
		TEST(a_kept_image_holds_nothing_that_we_know),
		TEST(no_lie_of_a_child_gets_through),
		TEST(every_failing_read_of_a_table_is_told),
		TEST(a_flipped_byte_of_a_table_never_breaks_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
