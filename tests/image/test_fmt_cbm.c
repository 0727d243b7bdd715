/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_cbm.c - sectors of Commodore disks, and how they were
 * read: by reader and writer */
#include "core/check.h"
#include "image/floppy.h"
#include "image/fmt_cbm.h"
#include "image/writer.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define SECTORS 683u
#define HEADER_1541 357u /* sectors before track 18 */

/* Every sector is filled with the low byte of its number. */
static void make_disk(struct bytes *b, size_t sectors)
{
	for (size_t i = 0; i < sectors; i++)
		add_fill(b, (unsigned int)i & 0xff, MUN_CBM_SECTOR);
}

static void make_header(struct bytes *b, size_t sector, unsigned int track,
			unsigned int next, unsigned int version, size_t name_at,
			const char *name)
{
	uint8_t *p = b->p + sector * MUN_CBM_SECTOR;

	memset(p, 0, MUN_CBM_SECTOR);
	p[0] = (uint8_t)track;
	p[1] = (uint8_t)next;
	p[2] = (uint8_t)version;
	memset(p + name_at, 0xa0, 16);
	memcpy(p + name_at, name, strlen(name));
}

static void make_d64(struct bytes *b, size_t sectors)
{
	make_disk(b, sectors);
	make_header(b, HEADER_1541, 18, 1, 'A', 0x90, "MUSEUM \\ 64]\xc1");
}

/* A mixed sector, as one with data is. */
static void make_data(struct bytes *b, size_t sector)
{
	memcpy(b->p + sector * MUN_CBM_SECTOR, "data", 4);
}

static void each_kind_of_disk_is_known_by_its_header(void **state)
{
	static const struct {
		const char *format;
		size_t sectors;
		size_t at; /* of the header */
		unsigned int track, next, version;
		size_t name_at;
		const char *variant;
	} cases[] = {
		{ "d64", 683, 357, 18, 1, 'A', 0x90, "1541, 35 tracks" },
		{ "d64", 768, 357, 18, 1, 'A', 0x90, "1541, 40 tracks" },
		{ "d64", 802, 357, 18, 1, 'A', 0x90, "1541, 42 tracks" },
		{ "d71", 1366, 357, 18, 1, 'A', 0x90, "1571, 70 tracks" },
		{ "d81", 3200, 1560, 40, 3, 'D', 0x04, "1581, 80 tracks" },
		{ "d80", 2083, 1102, 38, 0, 'C', 0x06, "8050, 77 tracks" },
		{ "d82", 4166, 1102, 38, 0, 'C', 0x06, "8250, 154 tracks" },
		{ "d67", 690, 357, 18, 1, 1, 0x90, "2040, 35 tracks" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct bytes b = { 0 };
		struct opened o;

		make_disk(&b, cases[i].sectors);
		make_header(&b, cases[i].at, cases[i].track, cases[i].next,
			    cases[i].version, cases[i].name_at, "NAME");
		assert_recognised(&b, cases[i].format);
		o = open_image(&b, NULL);
		assert_memory_equal(o.img->variant, cases[i].variant,
				    strlen(cases[i].variant));
		assert_string_equal(o.img->volume_label, "NAME");
		assert_int_equal(o.img->medium, MUN_MEDIUM_FLOPPY);
		assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
		assert_view(o.img, MUN_VIEW_RAW, 0, b.p, b.len);
		assert_extent(o.img, MUN_VIEW_CONTENT, 0, b.len,
			      MUN_EXTENT_DATA);
		close_image(&o);
		free(b.p);
	}
}

/* From Schepers' tables: sectors of the first and last track of each zone. */
static void zones_have_the_sectors_of_the_drive(void **state)
{
	static const struct {
		unsigned int track, sectors, before;
	} cases[] = {
		{ 1, 21, 0 },    { 17, 21, 336 }, { 18, 19, 357 },
		{ 24, 19, 471 }, { 25, 18, 490 }, { 30, 18, 580 },
		{ 31, 17, 598 }, { 35, 17, 666 }, { 40, 17, 751 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct mun_cbm_layout *l = &mun_cbm_1541[1];

		assert_int_equal(mun_cbm_sectors(l, cases[i].track),
				 cases[i].sectors);
		assert_int_equal(mun_cbm_before(l, cases[i].track),
				 cases[i].before);
	}
}

static void a_1581_has_two_heads_and_larger_sectors(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_disk(&b, 3200);
	make_header(&b, 1560, 40, 3, 'D', 0x04, "X");
	o = open_image(&b, "d81");
	assert_int_equal(o.img->geometry.cylinders, 80);
	assert_int_equal(o.img->geometry.heads, 2);
	assert_int_equal(o.img->geometry.sectors, 10);
	assert_int_equal(o.img->sector_bytes, 512);
	assert_int_equal(o.img->floppy->tracks[3].encoding, MUN_ENCODING_MFM);
	assert_int_equal(sector_of(o.img, 3, 9)->r, 10);
	assert_int_equal(sector_of(o.img, 3, 9)->content, 39 * 512);
	close_image(&o);
	free(b.p);
}

static void a_name_is_shown_as_far_as_it_has_letters(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_d64(&b, SECTORS);
	o = open_image(&b, NULL);
	assert_string_equal(o.img->volume_label, "MUSEUM \\x5c 64]\\xc1");
	close_image(&o);
	free(b.p);
}

static void without_a_header_the_size_tells_it(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_disk(&b, SECTORS);
	assert_recognised(&b, "d64");
	o = open_image(&b, NULL);
	assert_string_equal(o.img->volume_label, "");
	assert_non_null(strstr(o.img->note, "no header of Commodore's DOS"));
	close_image(&o);
	b.len--;
	assert_recognised(&b, "raw");
	assert_refused(&b, "d64", MUN_ECORRUPT, "no size of a d64");
	free(b.p);
	/* Of 800K there are others: Macintosh, CP/M. */
	memset(&b, 0, sizeof(b));
	make_disk(&b, 3200);
	assert_recognised(&b, "floppy");
	free(b.p);
}

static void every_error_byte_becomes_a_state(void **state)
{
	static const struct {
		unsigned int code;
		bool data; /* the sector has some */
		enum mun_extent_kind kind;
	} cases[] = {
		{ 0x00, true, MUN_EXTENT_DATA },
		{ 0x01, true, MUN_EXTENT_DATA },
		{ 0x02, false, MUN_EXTENT_UNREADABLE },
		{ 0x03, false, MUN_EXTENT_UNREADABLE },
		{ 0x04, false, MUN_EXTENT_UNREADABLE },
		{ 0x02, true, MUN_EXTENT_DOUBTFUL },
		{ 0x05, true, MUN_EXTENT_DOUBTFUL },
		{ 0x06, true, MUN_EXTENT_DOUBTFUL },
		{ 0x07, true, MUN_EXTENT_DOUBTFUL },
		{ 0x08, true, MUN_EXTENT_DOUBTFUL },
		{ 0x09, true, MUN_EXTENT_DOUBTFUL },
		{ 0x0a, true, MUN_EXTENT_DOUBTFUL },
		{ 0x0b, true, MUN_EXTENT_DOUBTFUL },
		{ 0x0f, false, MUN_EXTENT_UNREADABLE },
		{ 0x0f, true, MUN_EXTENT_DOUBTFUL },
		{ 0x42, true, MUN_EXTENT_DOUBTFUL },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct bytes b = { 0 };
		struct opened o;

		make_d64(&b, SECTORS);
		add_fill(&b, 1, SECTORS);
		b.p[SECTORS * 256u + 5] = (uint8_t)cases[i].code;
		memset(b.p + 5u * 256, 0, 256);
		if (cases[i].data)
			make_data(&b, 5);
		assert_recognised(&b, "d64");
		o = open_image(&b, NULL);
		assert_int_equal(o.img->bytes, SECTORS * 256u);
		assert_non_null(strstr(o.img->variant, "with error bytes"));
		assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, SECTORS * 256u);
		assert_int_equal(sector_of(o.img, 0, 5)->st1, cases[i].code);
		if (cases[i].kind == MUN_EXTENT_DATA) {
			assert_extent(o.img, MUN_VIEW_CONTENT, 0,
				      SECTORS * 256u, MUN_EXTENT_DATA);
		} else {
			assert_extent(o.img, MUN_VIEW_CONTENT, 0, 5u * 256,
				      MUN_EXTENT_DATA);
			assert_extent(o.img, MUN_VIEW_CONTENT, 5u * 256, 256,
				      cases[i].kind);
		}
		close_image(&o);
		free(b.p);
	}
}

static void a_filler_is_no_data_and_that_is_said(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_d64(&b, SECTORS);
	add_fill(&b, 1, SECTORS);
	b.p[SECTORS * 256u + 7] = 2;
	o = open_image(&b, NULL);
	assert_filled(o.img, MUN_VIEW_CONTENT, 7u * 256, 0, 256);
	assert_extent(o.img, MUN_VIEW_CONTENT, 7u * 256, 256,
		      MUN_EXTENT_UNREADABLE);
	assert_non_null(fact_of(o.img, "filler"));
	assert_memory_equal(fact_of(o.img, "filler")->value, "1 sectors", 9);
	close_image(&o);
	free(b.p);
}

/* A file whose sector 3 could not be read. */
struct bad_source {
	struct mun_source source;
	struct mun_source *src;
	enum mun_extent_kind kind;
};

static int bad_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		     struct mun_err *e)
{
	return mun_source_pread(((struct bad_source *)s)->src, buf, len, off,
				e);
}

static int bad_extent(struct mun_source *s, uint64_t off,
		      struct mun_extent *out, struct mun_err *e)
{
	const struct bad_source *b = (struct bad_source *)s;

	(void)e;
	if (off < 768)
		*out = (struct mun_extent){ off, 768 - off, MUN_EXTENT_DATA };
	else if (off < 1024)
		*out = (struct mun_extent){ off, 1024 - off, b->kind };
	else
		*out = (struct mun_extent){ off, s->size - off,
					    MUN_EXTENT_DATA };
	return 0;
}

static const struct mun_source_ops bad_ops = {
	.pread = bad_pread,
	.next_extent = bad_extent,
};

static void what_the_file_was_read_without_stays_unreadable(void **state)
{
	static const enum mun_extent_kind kinds[] = { MUN_EXTENT_UNREADABLE,
						      MUN_EXTENT_DOUBTFUL };
	struct bytes b = { 0 };

	(void)state;
	make_d64(&b, SECTORS);
	memset(b.p + 768, 0, 256);
	for (size_t i = 0; i < MUN_COUNT(kinds); i++) {
		struct bad_source bad = { .source.ops = &bad_ops,
					  .source.size = b.len,
					  .kind = kinds[i] };
		struct mun_image *img = NULL;
		struct mun_err e;

		assert_int_equal(
			mun_source_from_memory(b.p, b.len, &bad.src, &e), 0);
		assert_int_equal(
			mun_image_open(&bad.source, NULL, "d64", &img, &e), 0);
		assert_extent(img, MUN_VIEW_CONTENT, 768, 256, kinds[i]);
		mun_image_free(img);
		mun_source_close(bad.src);
	}
	free(b.p);
}

static void no_byte_that_is_looked_at_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "track", HEADER_1541 * 256, 1, false },
		{ "sector", HEADER_1541 * 256 + 1, 1, false },
		{ "version", HEADER_1541 * 256 + 2, 1, false },
		{ "error", SECTORS * 256, 1, false },
	};
	static const size_t bounds[] = { 256, SECTORS * 256, SECTORS * 257 };
	struct bytes b = { 0 };

	(void)state;
	make_d64(&b, SECTORS);
	add_fill(&b, 1, SECTORS);
	mutate_all(&(struct mutate_set){
		.format = "d64",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
	});
	free(b.p);
}

/* What the writer makes of @b; free(). NULL where it refused for losses. */
static uint8_t *convert(const struct bytes *b, const char *format,
			const char *errors, size_t *len)
{
	struct mun_write_option option = { "errors", errors };
	struct opened o = open_image(b, format);
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x.d64");
	struct mun_convert c = { .img = o.img, .path = path };
	struct mun_err e;
	uint8_t *out;

	assert_int_equal(mun_writer_for("d64", path, &c.writer, &e), 0);
	c.options.list = &option;
	c.options.n = errors ? 1 : 0;
	assert_int_equal(mun_convert_run(&c, &e), 0);
	assert_int_equal(c.refused, c.loss.nrows > 0);
	out = (uint8_t *)mun_test_read(path, len);
	assert_int_equal(out == NULL, c.refused);
	mun_loss_clear(&c.loss);
	close_image(&o);
	free(path);
	mun_test_dir_remove(dir);
	return out;
}

static void what_is_written_is_what_was_read(void **state)
{
	static const size_t sizes[] = { 683, 768, 802 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		struct bytes b = { 0 };
		uint8_t *got;
		size_t len;

		make_d64(&b, sizes[i]);
		got = convert(&b, "d64", NULL, &len);
		assert_int_equal(len, b.len);
		assert_memory_equal(got, b.p, len);
		free(got);
		/* the same from plain bytes, and with error bytes */
		add_fill(&b, 1, sizes[i]);
		got = convert(&b, "d64", "yes", &len);
		assert_int_equal(len, b.len);
		assert_memory_equal(got, b.p, len);
		free(got);
		free(b.p);
	}
}

static void error_bytes_survive_or_their_loss_is_told(void **state)
{
	static const uint8_t codes[] = { 1, 2, 3, 4, 5, 6, 9, 0x0b, 0x0f };
	struct bytes b = { 0 };
	uint8_t *got;
	size_t len;

	(void)state;
	make_d64(&b, SECTORS);
	add_fill(&b, 1, SECTORS);
	for (size_t i = 0; i < sizeof(codes); i++) {
		memset(b.p + 256 * (10 + i), 0, 256);
		if (codes[i] >= 5 && codes[i] != 0x0f)
			make_data(&b, 10 + i);
		b.p[SECTORS * 256u + 10 + i] = codes[i];
	}
	got = convert(&b, "d64", NULL, &len);
	assert_int_equal(len, b.len);
	assert_memory_equal(got, b.p, len);
	free(got);
	assert_null(convert(&b, "d64", "no", &len));
	free(b.p);
}

/* Without codes of its own: by what the sector's state is. */
static void states_of_other_images_become_codes(void **state)
{
	struct bytes b = { 0 };
	struct bad_source bad = { .source.ops = &bad_ops };
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "y.d64");
	struct mun_convert c = { .path = path };
	struct mun_err e;
	uint8_t *out;
	size_t len;

	(void)state;
	make_disk(&b, SECTORS);
	memset(b.p + 768, 0, 256);
	bad.source.size = b.len;
	bad.kind = MUN_EXTENT_UNREADABLE;
	assert_int_equal(mun_source_from_memory(b.p, b.len, &bad.src, &e), 0);
	assert_int_equal(mun_image_open(&bad.source, NULL, "raw", &c.img, &e),
			 0);
	assert_int_equal(mun_writer_for(NULL, path, &c.writer, &e), 0);
	assert_int_equal(mun_convert_run(&c, &e), 0);
	assert_false(c.refused);
	out = (uint8_t *)mun_test_read(path, &len);
	assert_int_equal(len, SECTORS * 257u);
	assert_int_equal(out[SECTORS * 256u + 2], 1);
	assert_int_equal(out[SECTORS * 256u + 3], 2);
	assert_int_equal(out[SECTORS * 256u + 4], 1);
	free(out);
	mun_loss_clear(&c.loss);
	mun_image_free(c.img);
	mun_source_close(bad.src);
	free(path);
	mun_test_dir_remove(dir);
	free(b.p);
}

static void another_size_is_refused_by_the_writer(void **state)
{
	struct bytes b = { 0 };
	struct mun_write_option bad = { "errors", "perhaps" };
	struct mun_write_options o = { &bad, 1 };
	struct mun_loss loss = { 0 };
	const struct mun_writer *w;
	struct opened img;
	struct mun_err e;

	(void)state;
	make_disk(&b, 1366);
	img = open_image(&b, "d71");
	assert_int_equal(mun_writer_for("d64", "x", &w, &e), 0);
	assert_int_equal(w->plan(img.img, &o, &loss, &e), MUN_EINVAL);
	o.n = 0;
	assert_int_equal(w->plan(img.img, &o, &loss, &e), MUN_EUNSUPPORTED);
	assert_int_equal(loss.nrows, 0);
	close_image(&img);
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_disk_is_known_by_its_header),
		cmocka_unit_test(zones_have_the_sectors_of_the_drive),
		cmocka_unit_test(a_1581_has_two_heads_and_larger_sectors),
		cmocka_unit_test(a_name_is_shown_as_far_as_it_has_letters),
		cmocka_unit_test(without_a_header_the_size_tells_it),
		cmocka_unit_test(every_error_byte_becomes_a_state),
		cmocka_unit_test(a_filler_is_no_data_and_that_is_said),
		cmocka_unit_test(
			what_the_file_was_read_without_stays_unreadable),
		cmocka_unit_test(no_byte_that_is_looked_at_can_do_harm),
		cmocka_unit_test(what_is_written_is_what_was_read),
		cmocka_unit_test(error_bytes_survive_or_their_loss_is_told),
		cmocka_unit_test(states_of_other_images_become_codes),
		cmocka_unit_test(another_size_is_refused_by_the_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
