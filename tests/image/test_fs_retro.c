/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fs_retro.c - each disk is found by its own family alone */
#include "core/check.h"
#include "tests/image/retro.h"
#include "tests/support/support.h"

static const struct mun_fs_finder *const ours[] = {
	&mun_fs_hfs,       &mun_fs_mfs,       &mun_fs_apfs,
	&mun_fs_amiga,     &mun_fs_amiga_pfs, &mun_fs_amiga_sfs,
	&mun_fs_cbm,       &mun_fs_apple_dos, &mun_fs_prodos,
	&mun_fs_pascal,    &mun_fs_trdos,     &mun_fs_mgt,
	&mun_fs_acorn_dfs, &mun_fs_adfs,      &mun_fs_atari_dos,
	&mun_fs_dec,       &mun_fs_japan,     &mun_fs_cpm,
};

static struct mun_contents seen;

static void every_disk_is_found_with_its_name(void **state)
{
	(void)state;
	for (const struct retro *r = retro_samples; r->name; r++) {
		uint8_t *disk = retro_make(r);
		const struct mun_contents_volume *v = retro_one(r, disk, &seen);

		if (strcmp(v->fs, r->fs) != 0 ||
		    strcmp(v->label, r->label) != 0 || v->boots != r->boots ||
		    v->damaged)
			fail_msg("%s: %s '%s' boots %d (%s) damaged %d",
				 r->name, v->fs, v->label, v->boots,
				 v->boot_text, v->damaged);
		assert_true(v->title[0]);
		assert_true(v->bytes <= r->bytes);
		free(disk);
	}
}

/* As part of the whole table too, of which the weak ones are asked last. */
static void no_other_family_claims_it(void **state)
{
	(void)state;
	for (const struct retro *r = retro_samples; r->name; r++) {
		uint8_t *disk = retro_make(r);

		for (size_t i = 0; i < MUN_COUNT(ours); i++) {
			if (ours[i] == r->finder)
				continue;
			retro_find(ours[i], disk, r->bytes, r->medium, &seen);
			if (seen.nvolumes)
				fail_msg("%s: %s takes it for %s", r->name,
					 ours[i]->name, seen.volumes[0].fs);
			if (seen.nmarks)
				fail_msg("%s: %s marks it %s", r->name,
					 ours[i]->name, seen.marks[0].word);
		}
		retro_find_all(disk, r->bytes, r->medium, &seen);
		if (seen.nvolumes != 1 ||
		    strcmp(seen.volumes[0].fs, r->fs) != 0)
			fail_msg("%s: %zu volumes, %s", r->name, seen.nvolumes,
				 seen.volumes[0].fs);
		free(disk);
	}
}

/* Bytes without any of which it is no such disk. */
static const struct {
	const char *sample;
	size_t at;
	size_t bytes;
} needed[] = {
	{ "amiga", 0, 4 },
	{ "amiga", AMIGA_ROOT, 4 },
	{ "amiga", AMIGA_ROOT + 12, 4 },
	{ "amiga", AMIGA_ROOT + 508, 4 },
	{ "amiga", AMIGA_ROOT + 432, 1 },
	{ "pfs", 0, 4 },
	{ "pfs", 1024, 3 },
	{ "sfs", 0, 4 },
	{ "sfs", 8, 6 },
	{ "sfs", 52, 4 },
	{ "hfs", 1024, 2 },
	{ "hfs", 1024 + 23, 1 },
	{ "hfs", 1024 + 36, 1 },
	{ "hfsplus", 1024, 4 },
	{ "hfsplus", 1024 + 40, 4 },
	{ "mfs", 1024, 2 },
	{ "mfs", 1024 + 23, 1 },
	{ "mfs", 1024 + 36, 1 },
	{ "apfs", 32, 4 },
	{ "apfs", 36, 4 },
	{ "1541", (size_t)357 * 256, 3 },
	{ "1581", (size_t)1560 * 256, 3 },
	{ "8050", (size_t)1102 * 256, 3 },
	{ "dos33", (size_t)272 * 256 + 1, 3 },
	{ "dos33", (size_t)272 * 256 + 0x27, 1 },
	{ "dos33", (size_t)272 * 256 + 0x34, 4 },
	{ "prodos", 1024, 2 },
	{ "prodos", 1024 + 4, 2 },
	{ "prodos", 1024 + 35, 2 },
	{ "pascal", 1024, 7 },
	{ "pascal", 1024 + 15, 3 },
	{ "pascal", 1024 + 26, 4 },
	{ "dfs", 261, 3 },
	{ "adfs-s", 512, 5 },
	{ "adfs-s", 512 + 1274, 5 },
	{ "adfs-d", 1024, 5 },
	{ "adfs-d", 1024 + 2042, 5 },
	{ "adfs-e", 4, 1 },
	{ "adfs-e", 4 + 9, 1 },
	{ "adfs-e", 2048, 5 },
	{ "adfs-f", 0xdc0, 5 },
	{ "adfs-f", 0xdff, 1 },
	{ "atari-dos", (size_t)359 * 128, 3 },
	{ "trdos", 2048, 1 },
	{ "trdos", 2048 + 225, 4 },
	{ "trdos", 2048 + 231, 1 },
	{ "rt11", 512 + 496, 8 },
	{ "ods1", 512 + 496, 10 },
	{ "ods2", 512 + 496, 10 },
};

static void without_its_magic_it_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(needed); i++) {
		const struct retro *r = retro_named(needed[i].sample);
		uint8_t *disk = retro_make(r);

		for (size_t k = 0; k < needed[i].bytes; k++) {
			disk[needed[i].at + k] ^= 0xd5;
			retro_find(r->finder, disk, r->bytes, r->medium, &seen);
			if (seen.nvolumes)
				fail_msg("%s without byte %zu: %s", r->name,
					 needed[i].at + k, seen.volumes[0].fs);
			disk[needed[i].at + k] ^= 0xd5;
		}
		free(disk);
	}
}

static void assert_nothing(const uint8_t *disk, size_t bytes, const char *what)
{
	for (size_t i = 0; i < MUN_COUNT(ours); i++) {
		retro_find(ours[i], disk, bytes, MUN_MEDIUM_FLOPPY, &seen);
		if (seen.nvolumes || seen.nmarks)
			fail_msg("%s takes %zu bytes of %s for '%s'",
				 ours[i]->name, bytes, what,
				 seen.nvolumes ? seen.volumes[0].fs
					       : seen.marks[0].word);
	}
}

/* Of every size that a disk has, for size alone is never enough. */
static void data_is_no_disk(void **state)
{
	static const uint8_t fills[] = { 0x00, 0xe5, 0xf6, 0xff,
					 0x20, 0x4e, 0x01 };
	static const char text[] = "The quick brown fox jumps over it.\r\n";

	(void)state;
	for (const struct retro *r = retro_samples; r->name; r++) {
		uint8_t *disk = retro_make(r);

		for (size_t i = 0; i < MUN_COUNT(fills); i++) {
			memset(disk, fills[i], r->bytes);
			assert_nothing(disk, r->bytes, "one value");
		}
		for (size_t i = 0; i < r->bytes; i++)
			disk[i] = (uint8_t)text[i % (sizeof(text) - 1)];
		assert_nothing(disk, r->bytes, "text");
		for (size_t i = 0; i < r->bytes; i++)
			disk[i] = (uint8_t)(i / 256);
		assert_nothing(disk, r->bytes, "numbers");
		for (uint64_t seed = 1; seed < 20; seed++) {
			mun_test_pattern(disk, MUN_MIN(r->bytes, 300000),
					 seed * r->bytes);
			assert_nothing(disk, r->bytes, "noise");
		}
		free(disk);
	}
}

/* Sectors that could not be read are zeros: what is left may say less, but
 * never something else. */
static void lost_sectors_invent_nothing(void **state)
{
	(void)state;
	for (const struct retro *r = retro_samples; r->name; r++) {
		uint8_t *disk = retro_make(r);
		uint8_t zeros[512] = { 0 };
		uint8_t kept[512];

		for (size_t at = 0; at + 512 <= r->bytes; at += 512) {
			if (memcmp(disk + at, zeros, 512) == 0 ||
			    (at > 65536 && disk[at] == 0xe5))
				continue;
			memcpy(kept, disk + at, 512);
			memset(disk + at, 0, 512);
			retro_find(r->finder, disk, r->bytes, r->medium, &seen);
			if (seen.nvolumes > 1 ||
			    (seen.nvolumes &&
			     ((strcmp(seen.volumes[0].fs, r->fs) != 0 &&
			       !seen.volumes[0].damaged) ||
			      seen.volumes[0].boots > r->boots)))
				fail_msg("%s without sector %zu: %s (%s)",
					 r->name, at / 512, seen.volumes[0].fs,
					 seen.volumes[0].boot_text);
			memcpy(disk + at, kept, 512);
		}
		free(disk);
	}
}

/* Short and damaged disks: every field in turn is nonsense. */
static void damage_ends_in_an_answer(void **state)
{
	static const size_t cuts[] = { 0,    1,    511,  512,   1023, 1024,
				       1025, 2048, 4096, 10000, 65536 };
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	(void)state;
	for (const struct retro *r = retro_samples; r->name; r++) {
		uint8_t *disk = retro_make(r);
		uint8_t *whole = retro_make(r);

		for (size_t i = 0; i < MUN_COUNT(cuts); i++)
			for (size_t k = 0; k < MUN_COUNT(ours); k++)
				retro_find(ours[k], disk,
					   MUN_MIN(cuts[i], r->bytes),
					   r->medium, &seen);
		for (size_t at = 0, n = 0; at < r->bytes && n < 1500; at++) {
			if (!whole[at] || whole[at] == 0xe5)
				continue;
			disk[at] = values[n++ % MUN_COUNT(values)];
			retro_find(r->finder, disk, r->bytes, r->medium, &seen);
			disk[at] = whole[at];
		}
		free(disk);
		free(whole);
	}
}

/* ---- a source that fails ---- */

struct failing {
	struct mun_source base;
	const uint8_t *disk;
	int left; /* reads that succeed */
	int code;
	bool fired;
};

static int failing_pread(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	struct failing *f = (struct failing *)s;

	if (f->left-- == 0) {
		f->fired = true;
		return mun_fail(e, f->code, "the read that fails");
	}
	memcpy(buf, f->disk + off, len);
	return 0;
}

static const struct mun_source_ops failing_ops = { .pread = failing_pread };

static void a_read_that_fails_is_no_answer(void **state)
{
	(void)state;
	for (const struct retro *r = retro_samples; r->name; r++) {
		uint8_t *disk = retro_make(r);
		struct failing f = {
			.base = { .ops = &failing_ops, .size = r->bytes },
			.disk = disk,
			.code = MUN_EIO,
		};
		const struct mun_fs_place p = { .src = &f.base,
						.medium = r->medium };
		struct mun_err e;
		int n = 0;

		do {
			int rc;

			memset(&seen, 0, sizeof(seen));
			f.fired = false;
			f.left = n++;
			rc = r->finder->find(&p, &seen, &e);
			if (f.fired)
				assert_int_equal(rc, MUN_EIO);
			else
				assert_int_equal(rc, 0);
		} while (f.fired);
		assert_true(n > 1);
		free(disk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_disk_is_found_with_its_name),
		cmocka_unit_test(no_other_family_claims_it),
		cmocka_unit_test(without_its_magic_it_is_none),
		cmocka_unit_test(data_is_no_disk),
		cmocka_unit_test(lost_sectors_invent_nothing),
		cmocka_unit_test(damage_ends_in_an_answer),
		cmocka_unit_test(a_read_that_fails_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
