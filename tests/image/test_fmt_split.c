/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_split.c - images in several files, read and written */
#include "core/check.h"
#include "image/companion.h"
#include "image/image.h"
#include "image/split.h"
#include "image/writer.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <unistd.h>

#define PART ((size_t)4 << 20) /* the least that outweighs what is inside */

static char *dir;
static uint8_t *disk; /* 2 parts and a half, with a table of partitions */
static const size_t disk_bytes = 2 * PART + PART / 2;

static int set_up(void **state)
{
	static const uint8_t entry[16] = { 0x80, 1,  1, 0, 6, 254,  63,
					   0,    63, 0, 0, 0, 0x10, 0x27 };

	(void)state;
	dir = mun_test_dir();
	disk = malloc(disk_bytes);
	assert_non_null(disk);
	mun_test_pattern(disk, disk_bytes, 5);
	memset(disk, 0, 512);
	memcpy(disk + 446, entry, sizeof(entry));
	memcpy(disk + 510, "\x55\xaa", 2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_test_dir_remove(dir);
	free(disk);
	return 0;
}

static void write_part(const char *name, size_t off, size_t bytes)
{
	char *path = mun_test_path(dir, name);

	mun_test_write(path, disk + off, bytes);
	free(path);
}

struct opened {
	struct mun_source *src;
	struct mun_companions *folder;
	struct mun_image *img;
	int rc;
	char text[1024];
};

static struct opened open_it(const char *name)
{
	struct opened o = { 0 };
	char *path = mun_test_path(dir, name);
	struct mun_image_request q = { .file_name = name };
	struct mun_err e;

	assert_int_equal(mun_source_open_file(path, &o.src, &e), 0);
	assert_int_equal(mun_companions_folder(path, &o.folder, &e), 0);
	q.src = o.src;
	q.companions = o.folder;
	o.rc = mun_image_open_with(&q, &o.img, &e);
	if (o.rc)
		(void)mun_err_text(&e, o.text, sizeof(o.text), 0);
	free(path);
	return o;
}

static void close_it(struct opened *o)
{
	mun_image_free(o->img);
	mun_companions_close(o->folder);
	mun_source_close(o->src);
}

static void assert_whole(struct mun_image *img)
{
	uint8_t *got = malloc(disk_bytes);
	struct mun_err e;

	assert_non_null(got);
	assert_string_equal(img->driver->name, "split");
	assert_int_equal(img->bytes, disk_bytes);
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, got, disk_bytes, 0, &e),
		0);
	assert_memory_equal(got, disk, disk_bytes);
	/* Over the border of two parts. */
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, got, 20, PART - 10, &e),
		0);
	assert_memory_equal(got, disk + PART - 10, 20);
	free(got);
}

static void parts_are_joined_whatever_they_are_called(void **state)
{
	static const char *const names[][3] = {
		{ "d.001", "d.002", "d.003" },
		{ "d.000", "d.001", "d.002" },
		{ "e.aa", "e.ab", "e.ac" },
		{ "f.AA", "f.AB", "f.AC" },
		{ "g.img.00", "g.img.01", "g.img.02" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		struct opened o;

		write_part(names[i][0], 0, PART);
		write_part(names[i][1], PART, PART);
		write_part(names[i][2], 2 * PART, PART / 2);
		o = open_it(names[i][0]);
		if (o.rc)
			fail_msg("%s: %s", names[i][0], o.text);
		assert_whole(o.img);
		assert_string_equal(o.img->variant,
				    "3 parts, raw, MBR, 1 partition");
		assert_int_equal(o.img->nfacts, 2);
		assert_string_equal(o.img->facts[1].name, names[i][2]);
		close_it(&o);
		for (size_t k = 0; k < 3; k++) {
			char *path = mun_test_path(dir, names[i][k]);

			assert_int_equal(unlink(path), 0);
			free(path);
		}
	}
}

static void what_several_formats_fit_is_taken_as_it_is(void **state)
{
	/* A disk of an Apple II, its sectors in one order or another. */
	const size_t bytes = 143360;
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_image_request q = {
		.file_name = "a.001",
		.format = "split",
	};
	struct mun_err e;
	uint8_t got[16];

	(void)state;
	mun_test_pattern(disk, bytes, 7);
	assert_int_equal(mun_source_from_memory(disk, bytes, &src, &e), 0);
	q.src = src;
	assert_int_equal(mun_image_open_with(&q, &img, &e), 0);
	assert_int_equal(img->bytes, bytes);
	assert_non_null(strstr(img->variant, "raw"));
	assert_non_null(strstr(img->note, "several formats"));
	assert_int_equal(mun_image_pread(img, MUN_VIEW_CONTENT, got,
					 sizeof(got), 1000, &e),
			 0);
	assert_memory_equal(got, disk + 1000, sizeof(got));
}

static void a_lone_first_part_is_an_image(void **state)
{
	struct opened o;

	(void)state;
	write_part("d.001", 0, PART);
	o = open_it("d.001");
	assert_int_equal(o.rc, 0);
	assert_string_equal(o.img->driver->name, "raw");
	close_it(&o);
}

static void a_gap_is_refused_and_named(void **state)
{
	struct opened o;

	(void)state;
	write_part("d.001", 0, PART);
	write_part("d.003", PART, PART);
	o = open_it("d.001");
	assert_int_equal(o.rc, MUN_ENOENT);
	assert_non_null(strstr(o.text, "'d.002' is missing, while 'd.003'"));
	close_it(&o);
	write_part("d.002", PART, PART);
	write_part("d.005", PART, PART);
	o = open_it("d.001");
	assert_int_equal(o.rc, MUN_ENOENT);
	assert_non_null(strstr(o.text, "'d.004' is missing, while 'd.005'"));
	close_it(&o);
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
	struct opened o;

	(void)state;
	write_part("d.001", 0, PART);
	write_part("d.002", 0, PART + 1);
	o = open_it("d.001");
	assert_int_equal(o.rc, MUN_ECORRUPT);
	assert_non_null(strstr(o.text, "part 'd.002' has 4194305 bytes"));
	close_it(&o);
	write_part("d.002", 0, PART - 1);
	write_part("d.003", 0, 1);
	o = open_it("d.001");
	assert_int_equal(o.rc, MUN_ECORRUPT);
	assert_non_null(strstr(o.text, "the part before 'd.003' has 4194303"));
	close_it(&o);
	write_part("d.003", 0, 0);
	write_part("d.002", 0, PART);
	o = open_it("d.001");
	assert_int_equal(o.rc, MUN_ECORRUPT);
	close_it(&o);
}

/* disk.001 and disk.002 are two floppies more often than two halves. */
static void numbered_floppies_are_not_parts(void **state)
{
	struct opened o;

	(void)state;
	memset(disk, 0xf6, 737280);
	write_part("disk.001", 0, 737280);
	write_part("disk.002", 0, 737280);
	o = open_it("disk.001");
	assert_int_equal(o.rc, 0);
	assert_string_equal(o.img->driver->name, "floppy");
	close_it(&o);
}

static void names_count_up_until_there_is_no_room(void **state)
{
	static const struct {
		const char *first;
		uint64_t n;
		const char *want;
	} cases[] = {
		{ "a.001", 0, "a.001" },
		{ "a.001", 9, "a.010" },
		{ "a.001", 998, "a.999" },
		{ "a.001", 999, NULL },
		{ "a.000", 999, "a.999" },
		{ "a.000", 1000, NULL },
		{ "a.0001", 999, "a.1000" },
		{ "a.aa", 26, "a.ba" },
		{ "a.aa", 675, "a.zz" },
		{ "a.aa", 676, NULL },
		{ "a.aaa", 676, "a.baa" },
		{ "a.AA", 1, "a.AB" },
		{ "a.002", 1, NULL },
		{ "a.1", 1, NULL },
		{ "a", 1, NULL },
		{ "a.ab", 1, NULL },
		{ "a.0000001", 1, NULL },
		{ "a.", 1, NULL },
		{ "a.01", 98, "a.99" },
		{ "a.01", UINT64_MAX, NULL },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		char name[256];
		bool is = mun_split_name(cases[i].first, cases[i].n, name);

		if (is != (cases[i].want != NULL) ||
		    (is && strcmp(name, cases[i].want) != 0))
			fail_msg("%s + %ju", cases[i].first,
				 (uintmax_t)cases[i].n);
	}
}

/* Write @disk as parts of @size; what it is called. */
static int convert(const char *name, char *size, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	char *path = mun_test_path(dir, name);
	struct mun_write_option option = { "size", size };
	struct mun_convert c = { .path = path, .options = { &option, 1 } };
	int rc;

	assert_int_equal(mun_source_from_memory(disk, disk_bytes, &src, e), 0);
	assert_int_equal(mun_image_open(src, NULL, "raw", &img, e), 0);
	assert_int_equal(mun_writer_for("split", path, &c.writer, e), 0);
	c.img = img;
	rc = mun_convert_run(&c, e);
	assert_false(c.refused);
	assert_int_equal(c.loss.nrows, 0);
	mun_loss_clear(&c.loss);
	free(path);
	return rc;
}

static void what_is_written_is_read_again(void **state)
{
	char size[] = "4M";
	struct opened o;
	struct mun_err e;

	(void)state;
	assert_int_equal(convert("d.001", size, &e), 0);
	assert_int_equal(mun_test_count_entries(dir), 3);
	o = open_it("d.001");
	assert_int_equal(o.rc, 0);
	assert_whole(o.img);
	close_it(&o);
}

static void what_cannot_be_cut_so_is_refused(void **state)
{
	char odd[] = "1000";
	char tiny[] = "512";
	char good[] = "4M";
	struct mun_err e;

	(void)state;
	assert_int_equal(convert("d.001", odd, &e), MUN_EINVAL);
	assert_int_equal(convert("d.001", tiny, &e), MUN_EINVAL);
	assert_int_equal(convert("d.img", good, &e), MUN_EINVAL);
	assert_int_equal(convert("d.002", good, &e), MUN_EINVAL);
	assert_int_equal(mun_test_count_entries(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			parts_are_joined_whatever_they_are_called, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_lone_first_part_is_an_image,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_several_formats_fit_is_taken_as_it_is, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_gap_is_refused_and_named,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			sizes_that_do_not_fit_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbered_floppies_are_not_parts,
						set_up, tear_down),
		cmocka_unit_test(names_count_up_until_there_is_no_room),
		cmocka_unit_test_setup_teardown(what_is_written_is_read_again,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_cut_so_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
