/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_floppy_table.c - sectors in order, copies, states, tags */
#include "image/floppy.h"
#include "tests/image/floppies.h"
#include "tests/support/support.h"

static const struct mun_image_driver fake = {
	.name = "fake",
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};

static struct mun_image *new_image(void)
{
	struct mun_image *img = calloc(1, sizeof(*img));

	assert_non_null(img);
	img->driver = &fake;
	img->format = &fake;
	return img;
}

static struct mun_floppy *new_floppy(void)
{
	struct mun_floppy *f = NULL;
	struct mun_err e;

	assert_int_equal(mun_floppy_new(&f, &e), 0);
	return f;
}

static void track(struct mun_floppy *f, unsigned int c, unsigned int h)
{
	const struct mun_floppy_track t = { .cylinder = (uint16_t)c,
					    .head = (uint8_t)h,
					    .encoding = MUN_ENCODING_MFM,
					    .kbps = 250 };
	struct mun_err e;

	assert_int_equal(mun_floppy_add_track(f, &t, &e), 0);
}

/* A sector of 128 bytes, all of them @fill; its ID is that of the place. */
static void sector(struct mun_floppy *f, unsigned int r, unsigned int flags,
		   unsigned int fill)
{
	const struct mun_floppy_track *t = &f->tracks[f->ntracks - 1];
	const struct mun_sector s = { .c = (uint8_t)t->cylinder,
				      .h = t->head,
				      .r = (uint8_t)r,
				      .flags = (uint16_t)flags,
				      .bytes = 128 };
	uint8_t data[128];
	struct mun_err e;

	memset(data, (int)fill, sizeof(data));
	assert_int_equal(
		mun_floppy_add_sector(f, &s,
				      flags & MUN_SECTOR_NO_DATA ? NULL : data,
				      NULL, &e),
		0);
}

static void done(struct mun_image *img, struct mun_floppy *f)
{
	struct mun_err e;

	assert_int_equal(mun_floppy_done(img, f, &e), 0);
}

static void content_goes_by_place_and_number(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();

	(void)state;
	track(f, 1, 0);
	sector(f, 2, 0, 0x12);
	sector(f, 1, 0, 0x11);
	track(f, 0, 1);
	sector(f, 9, 0, 0x09);
	sector(f, 3, 0, 0x03);
	track(f, 0, 0);
	sector(f, 193, 0, 0xc1);
	sector(f, 65, 0, 0x41);
	track(f, 1, 1);
	sector(f, 1, 0, 0x21);
	sector(f, 2, 0, 0x22);
	done(img, f);
	assert_int_equal(img->bytes, 8 * 128);
	assert_int_equal(img->raw_bytes, 8 * 128);
	assert_int_equal(img->sub_bytes, 0);
	assert_int_equal(img->sector_bytes, 128);
	assert_int_equal(img->geometry.cylinders, 2);
	assert_int_equal(img->geometry.heads, 2);
	assert_int_equal(img->geometry.sectors, 2);
	assert_string_equal(img->note, "");
	assert_int_equal(img->nfacts, 0);
	assert_filled(img, MUN_VIEW_CONTENT, 0, 0x41, 128);
	assert_filled(img, MUN_VIEW_CONTENT, 128, 0xc1, 128);
	assert_filled(img, MUN_VIEW_CONTENT, 256, 0x03, 128);
	assert_filled(img, MUN_VIEW_CONTENT, 384, 0x09, 128);
	assert_filled(img, MUN_VIEW_CONTENT, 512, 0x11, 128);
	assert_filled(img, MUN_VIEW_CONTENT, 7 * 128, 0x22, 128);
	/* RAW: the tracks by place, their sectors as on the medium */
	assert_filled(img, MUN_VIEW_RAW, 0, 0xc1, 128);
	assert_filled(img, MUN_VIEW_RAW, 128, 0x41, 128);
	assert_filled(img, MUN_VIEW_RAW, 256, 0x09, 128);
	assert_filled(img, MUN_VIEW_RAW, 512, 0x12, 128);
	assert_int_equal(img->ntracks, 1);
	assert_int_equal(img->tracks[0].sectors, 8);
	mun_image_free(img);
}

static void of_copies_the_one_that_was_read_best(void **state)
{
	static const struct {
		unsigned int first, second;
		unsigned int want; /* fill: 1 or 2 */
	} cases[] = {
		{ 0, 0, 1 },
		{ MUN_SECTOR_BAD_DATA, 0, 2 },
		{ 0, MUN_SECTOR_BAD_DATA, 1 },
		{ MUN_SECTOR_BAD_DATA, MUN_SECTOR_WEAK, 2 },
		{ MUN_SECTOR_BAD_ID, MUN_SECTOR_BAD_DATA, 2 },
		{ MUN_SECTOR_NO_DATA, MUN_SECTOR_BAD_ID, 2 },
		{ MUN_SECTOR_BAD_DATA, MUN_SECTOR_BAD_DATA, 1 },
		{ MUN_SECTOR_DELETED, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mun_image *img = new_image();
		struct mun_floppy *f = new_floppy();

		track(f, 0, 0);
		sector(f, 1, cases[i].first, 1);
		sector(f, 2, 0, 7);
		sector(f, 1, cases[i].second, 2);
		done(img, f);
		assert_int_equal(img->bytes, 256);
		assert_int_equal(img->raw_bytes, 384);
		assert_filled(img, MUN_VIEW_CONTENT, 0, cases[i].want, 128);
		assert_filled(img, MUN_VIEW_CONTENT, 128, 7, 128);
		assert_non_null(fact_of(img, "copies"));
		assert_int_equal(fact_of(img, "copies")->kind, MUN_FACT_LIMIT);
		mun_image_free(img);
	}
}

/* The same R with another C, H or N is another sector. */
static void an_id_is_all_four_of_its_bytes(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();
	struct mun_sector s = { .c = 9, .r = 1, .bytes = 128 };
	uint8_t data[128] = { 5 };
	struct mun_err e;

	(void)state;
	track(f, 0, 0);
	sector(f, 1, 0, 1);
	assert_int_equal(mun_floppy_add_sector(f, &s, data, NULL, &e), 0);
	sector(f, 1, 0, 2);
	done(img, f);
	assert_int_equal(img->bytes, 256);
	assert_filled(img, MUN_VIEW_CONTENT, 0, 1, 128);
	assert_view(img, MUN_VIEW_CONTENT, 128, data, 128);
	assert_int_equal(sector_of(img, 0, 2)->content, MUN_SECTOR_NOWHERE);
	assert_non_null(fact_of(img, "ID fields"));
	mun_image_free(img);
}

static void states_are_three(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();

	(void)state;
	track(f, 0, 0);
	sector(f, 1, 0, 1);
	sector(f, 2, MUN_SECTOR_BAD_DATA, 2);
	sector(f, 3, MUN_SECTOR_WEAK, 3);
	sector(f, 4, MUN_SECTOR_NO_DATA, 0);
	sector(f, 5, MUN_SECTOR_DELETED, 5);
	done(img, f);
	assert_extent(img, MUN_VIEW_CONTENT, 0, 128, MUN_EXTENT_DATA);
	assert_extent(img, MUN_VIEW_CONTENT, 28, 100, MUN_EXTENT_DATA);
	assert_extent(img, MUN_VIEW_CONTENT, 128, 256, MUN_EXTENT_DOUBTFUL);
	assert_extent(img, MUN_VIEW_CONTENT, 384, 128, MUN_EXTENT_UNREADABLE);
	assert_extent(img, MUN_VIEW_CONTENT, 512, 128, MUN_EXTENT_DATA);
	assert_extent(img, MUN_VIEW_RAW, 130, 254, MUN_EXTENT_DOUBTFUL);
	/* Doubtful ones keep their data. */
	assert_filled(img, MUN_VIEW_CONTENT, 128, 2, 128);
	assert_filled(img, MUN_VIEW_CONTENT, 384, 0, 128);
	assert_non_null(strstr(img->note, "1 sectors have no data"));
	assert_non_null(strstr(img->note, "2 sectors were read with an error"));
	assert_non_null(fact_of(img, "deleted marks"));
	mun_image_free(img);
}

static void without_an_id_it_is_no_content(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();

	(void)state;
	track(f, 0, 0);
	sector(f, 100, MUN_SECTOR_NO_ID, 1);
	sector(f, 1, 0, 2);
	done(img, f);
	assert_int_equal(img->bytes, 128);
	assert_int_equal(img->raw_bytes, 256);
	assert_non_null(fact_of(img, "no ID"));
	mun_image_free(img);
	/* ... unless there is nothing else */
	img = new_image();
	f = new_floppy();
	track(f, 0, 0);
	sector(f, 100, MUN_SECTOR_NO_ID, 1);
	done(img, f);
	assert_int_equal(img->bytes, 128);
	mun_image_free(img);
}

static void tracks_that_differ_have_no_geometry(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();

	(void)state;
	track(f, 0, 0);
	sector(f, 1, 0, 1);
	track(f, 1, 0);
	sector(f, 1, 0, 1);
	sector(f, 2, 0, 2);
	track(f, 3, 0);
	sector(f, 1, 0, 3);
	track(f, 4, 0); /* blank, at the end: nothing is missing */
	done(img, f);
	assert_int_equal(img->geometry.cylinders, 0);
	assert_fact(img, "missing tracks",
		    "1 tracks without a sector, the first is cylinder 2, head "
		    "0: nothing stands for them");
	assert_filled(img, MUN_VIEW_CONTENT, 3 * 128, 3, 128);
	mun_image_free(img);
}

static void each_second_cylinder_is_a_disk_of_48_tpi(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();

	(void)state;
	for (unsigned int c = 0; c < 4; c++) {
		track(f, 2 * c, 0);
		sector(f, 1, 0, c);
		f->sectors[f->nsectors - 1].c = (uint8_t)c;
		track(f, 2 * c + 1, 0);
	}
	done(img, f);
	assert_int_equal(img->geometry.cylinders, 4);
	assert_null(fact_of(img, "missing tracks"));
	assert_null(fact_of(img, "ID fields"));
	assert_non_null(strstr(img->note, "each second cylinder"));
	mun_image_free(img);
}

static void tags_stand_by_the_sectors_of_the_content(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();
	struct mun_sector s = { .r = 2, .bytes = 128 };
	const uint8_t tag[MUN_FLOPPY_TAG] = "of sector 2";
	uint8_t data[128] = { 0 };
	struct mun_err e;

	(void)state;
	track(f, 0, 0);
	assert_int_equal(mun_floppy_add_sector(f, &s, data, tag, &e), 0);
	sector(f, 1, 0, 1);
	done(img, f);
	assert_int_equal(img->sub_bytes, 2 * MUN_FLOPPY_TAG);
	assert_filled(img, MUN_VIEW_SUB, 0, 0, MUN_FLOPPY_TAG);
	assert_view(img, MUN_VIEW_SUB, MUN_FLOPPY_TAG, tag, MUN_FLOPPY_TAG);
	assert_view(img, MUN_VIEW_SUB, 15, tag + 3, 5);
	assert_extent(img, MUN_VIEW_SUB, 2, 10, MUN_EXTENT_HOLE);
	assert_extent(img, MUN_VIEW_SUB, 12, 12, MUN_EXTENT_DATA);
	mun_image_free(img);
}

static void too_much_is_refused(void **state)
{
	struct mun_floppy *f = new_floppy();
	const struct mun_floppy_track t = { .cylinder = 3, .head = 1 };
	struct mun_sector s = { .r = 1 };
	struct mun_err e;
	int rc = 0;

	(void)state;
	assert_int_equal(mun_floppy_add_sector(f, &s, NULL, NULL, &e),
			 MUN_EINVAL);
	track(f, 3, 1);
	assert_int_equal(mun_floppy_add_track(f, &t, &e), MUN_ECORRUPT);
	assert_int_equal(mun_floppy_add_sector(f, &s, NULL, NULL, &e),
			 MUN_ECORRUPT);
	s.bytes = 1 << 20;
	for (int i = 0; i < 33 && !rc; i++)
		rc = mun_floppy_add_sector(f, &s, NULL, NULL, &e);
	assert_int_equal(rc, MUN_ECORRUPT);
	assert_int_equal(f->bytes, MUN_FLOPPY_BYTES);
	rc = 0;
	for (unsigned int i = 0; i < MUN_FLOPPY_TRACKS && !rc; i++) {
		const struct mun_floppy_track n = { .cylinder = (uint16_t)i };

		rc = mun_floppy_add_track(f, &n, &e);
	}
	assert_int_equal(rc, MUN_ECORRUPT);
	mun_floppy_free(f);
}

/* As many as there may be, all with the same R, each second one doubtful: the
 * time is not that of each with each. */
static void many_sectors_are_no_trouble(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();
	struct mun_extent x = { .bytes = 0 };
	struct mun_err e;
	size_t extents = 0;

	(void)state;
	track(f, 0, 0);
	for (unsigned int i = 0; i < MUN_FLOPPY_SECTORS; i++) {
		const struct mun_sector s = {
			.c = (uint8_t)(i >> 8),
			.h = (uint8_t)i,
			.r = 1,
			.bytes = 128,
			.flags = i & 1 ? MUN_SECTOR_BAD_DATA : 0,
		};

		assert_int_equal(mun_floppy_add_sector(f, &s, NULL, NULL, &e),
				 0);
	}
	done(img, f);
	assert_int_equal(img->bytes, 128 * MUN_FLOPPY_SECTORS);
	for (uint64_t at = 0; at < img->raw_bytes; at = x.off + x.bytes) {
		assert_int_equal(
			mun_image_next_extent(img, MUN_VIEW_RAW, at, &x, &e),
			0);
		extents++;
	}
	assert_int_equal(extents, MUN_FLOPPY_SECTORS);
	mun_image_free(img);
}

static void a_disk_without_a_sector_is_refused(void **state)
{
	struct mun_image *img = new_image();
	struct mun_floppy *f = new_floppy();
	struct mun_err e;

	(void)state;
	track(f, 0, 0);
	assert_int_equal(mun_floppy_done(img, f, &e), MUN_ECORRUPT);
	mun_image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_goes_by_place_and_number),
		cmocka_unit_test(of_copies_the_one_that_was_read_best),
		cmocka_unit_test(an_id_is_all_four_of_its_bytes),
		cmocka_unit_test(states_are_three),
		cmocka_unit_test(without_an_id_it_is_no_content),
		cmocka_unit_test(tracks_that_differ_have_no_geometry),
		cmocka_unit_test(each_second_cylinder_is_a_disk_of_48_tpi),
		cmocka_unit_test(tags_stand_by_the_sectors_of_the_content),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(many_sectors_are_no_trouble),
		cmocka_unit_test(a_disk_without_a_sector_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
