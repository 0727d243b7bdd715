/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_convert.c - from an image to a file, and what that loses
 *
 * This program defines mun_image_drivers and mun_writers itself: drivers whose
 * images have what the test wants, and the two plain writers beside one that
 * does what the test tells it.
 */
#include "image/writer.h"

#include "core/check.h"
#include "core/log.h"
#include "image/disc.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "image/readmap.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES ((size_t)3 << 20)

static uint8_t *content;
static void (*more)(struct mun_image *img); /* at the end of open() */

static int any_bid(struct mun_source *src, const char *file_name)
{
	(void)src;
	(void)file_name;
	return MUN_BID_ANY;
}

static int test_open(struct mun_image *img, struct mun_err *e)
{
	img->sector_bytes = 512;
	img->bytes = img->src->size;
	if (more)
		more(img);
	return mun_image_one_track(img, e);
}

/* 100 and 102: unreadable; 200 to 299: doubtful. */
static int test_extent(struct mun_image *img, enum mun_view view, uint64_t off,
		       struct mun_extent *out, struct mun_err *e)
{
	static const uint64_t ends[] = { 100, 101, 102, 103, 200, 300 };
	static const enum mun_extent_kind kinds[] = {
		MUN_EXTENT_DATA, MUN_EXTENT_UNREADABLE,
		MUN_EXTENT_DATA, MUN_EXTENT_UNREADABLE,
		MUN_EXTENT_DATA, MUN_EXTENT_DOUBTFUL
	};
	size_t i = 0;

	(void)e;
	while (i < MUN_COUNT(ends) && off >= ends[i] * 512)
		i++;
	*out = (struct mun_extent){ off, mun_image_size(img, view) - off,
				    MUN_EXTENT_DATA };
	if (i < MUN_COUNT(ends)) {
		out->bytes = ends[i] * 512 - off;
		out->kind = kinds[i];
	}
	return 0;
}

static int test_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	(void)view;
	return mun_source_pread(img->src, buf, len, off, e);
}

static const struct mun_image_driver plain = {
	.name = "raw",
	.title = "Plain",
	.suffixes = "img",
	.bid = any_bid,
	.open = test_open,
};
static const struct mun_image_driver hurt = {
	.name = "hurt",
	.title = "With states",
	.suffixes = "hurt",
	.bid = any_bid,
	.open = test_open,
	.pread = test_pread,
	.next_extent = test_extent,
};

const struct mun_image_driver *const mun_image_drivers[] = { &plain, &hurt,
							     NULL };

extern const struct mun_writer mun_write_raw;
extern const struct mun_writer mun_write_split;

static int write_rc;
static size_t write_bytes;
static uint8_t first_byte;

static int test_plan(struct mun_image *img, const struct mun_write_options *o,
		     struct mun_loss *loss, struct mun_err *e)
{
	unsigned int keeps;
	uint64_t n;
	int rc = mun_write_number(o, "keeps", 0, 0, 1 << 16, &n, e);

	keeps = rc ? 0 : (unsigned int)n;
	return rc ? rc : mun_loss_usual(loss, img, keeps, e);
}

static int test_write(const struct mun_write *w, struct mun_err *e)
{
	struct mun_outfile *f;
	int rc = mun_output_file(w->out, NULL, &f, e);

	if (!rc)
		rc = mun_outfile_write(f, content, write_bytes, 0, e);
	if (!rc)
		rc = mun_outfile_write(f, &first_byte, 1, 0, e);
	if (!rc && write_rc)
		rc = mun_fail(e, write_rc, "as told");
	return rc;
}

/* Read again as "hurt", so what was made is looked at. */
static const struct mun_writer test_writer = {
	.name = "hurt",
	.title = "A test",
	.suffixes = "hurt img",
	.keys = "keeps other",
	.help = "keeps=N, other=X",
	.plan = test_plan,
	.write = test_write,
};
static const struct mun_writer rival = {
	.name = "rival",
	.title = "A rival",
	.suffixes = "riv dd",
	.keys = "",
	.help = "",
	.plan = test_plan,
	.write = test_write,
};

const struct mun_writer *const mun_writers[] = { &test_writer, &mun_write_raw,
						 &mun_write_split, &rival,
						 NULL };

static char *dir;
static char *path;
static struct mun_source *src;
static struct mun_image *img;
static struct mun_convert job;
static struct mun_write_option options[2];

static void open_as(const char *format)
{
	struct mun_err e;

	mun_image_free(img);
	img = NULL;
	assert_int_equal(mun_image_open(src, "x", format, &img, &e), 0);
	job.img = img;
}

static int set_up(void **state)
{
	struct mun_err e;

	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "out.img");
	content = malloc(BYTES);
	assert_non_null(content);
	mun_test_pattern(content, BYTES, 6);
	memset(content + (1 << 20), 0, 1 << 20);
	first_byte = content[0];
	write_bytes = BYTES;
	write_rc = 0;
	more = NULL;
	assert_int_equal(mun_source_from_memory(content, BYTES, &src, &e), 0);
	job = (struct mun_convert){
		.writer = &mun_write_raw,
		.path = path,
		.options = { options, 0 },
		.threads = 2,
	};
	open_as("raw");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_image_free(img);
	img = NULL;
	mun_source_close(src);
	mun_loss_clear(&job.loss);
	free(content);
	free(path);
	mun_test_dir_remove(dir);
	return 0;
}

static void assert_written(void)
{
	size_t len;
	char *got = mun_test_read(path, &len);

	assert_non_null(got);
	assert_int_equal(len, BYTES);
	assert_memory_equal(got, content, BYTES);
	free(got);
}

static bool loses(const char *what, const char *where)
{
	for (size_t i = 0; i < job.loss.nrows; i++)
		if (strcmp(job.loss.rows[i].what, what) == 0 &&
		    strcmp(job.loss.rows[i].where, where) == 0)
			return true;
	return false;
}

static void a_raw_file_has_all_bytes_and_holes_for_zeros(void **state)
{
	struct stat st;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_convert_run(&job, &e), 0);
	assert_false(job.refused);
	assert_int_equal(job.loss.nrows, 0);
	assert_written();
	assert_int_equal(mun_test_count_entries(dir), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_blocks * 512 <= 2 << 20);
	/* There already. */
	assert_int_equal(mun_convert_run(&job, &e), MUN_EEXIST);
}

static void a_map_beside_it_tells_what_was_not_read_well(void **state)
{
	struct mun_readmap map;
	char *name = mun_test_path(dir, "out.img.map");
	char *text;
	size_t len;
	struct mun_err e;

	(void)state;
	open_as("hurt");
	assert_int_equal(mun_convert_run(&job, &e), 0);
	assert_int_equal(job.loss.nrows, 0);
	assert_written();
	text = mun_test_read(name, &len);
	assert_non_null(text);
	assert_int_equal(mun_readmap_parse(text, len, &map, &e), 0);
	assert_int_equal(map.size, BYTES);
	assert_int_equal(map.nruns, 7);
	assert_int_equal(mun_readmap_at(&map, 100 * 512), MUN_READ_BAD);
	assert_int_equal(mun_readmap_at(&map, 101 * 512), MUN_READ_GOOD);
	assert_int_equal(mun_readmap_at(&map, 200 * 512), MUN_READ_NOT_SCRAPED);
	assert_int_equal(mun_readmap_bytes(&map, MUN_READ_BAD), 2 * 512);
	mun_readmap_clear(&map);
	free(text);
	free(name);
}

static void nothing_is_lost_without_a_word(void **state)
{
	struct mun_err e;

	(void)state;
	open_as("hurt");
	job.writer = &test_writer;
	assert_int_equal(mun_convert_run(&job, &e), 0);
	assert_true(job.refused);
	assert_int_equal(job.loss.nrows, 2);
	assert_true(loses("unreadable sectors", "LBA 100, 102"));
	assert_true(loses("sectors whose check failed", "LBA 200-299"));
	assert_int_equal(mun_test_count_entries(dir), 0);
	mun_loss_clear(&job.loss);
	job.accept_loss = true;
	assert_int_equal(mun_convert_run(&job, &e), 0);
	assert_false(job.refused);
	assert_int_equal(job.loss.nrows, 2);
	assert_written();
}

static void add_facts(struct mun_image *i)
{
	struct mun_err e;

	assert_int_equal(mun_image_fact(i, MUN_FACT_MADE, "creator", &e, "me"),
			 0);
	assert_int_equal(mun_image_fact(i, MUN_FACT_MADE, "date", &e, "now"),
			 0);
	assert_int_equal(mun_image_fact(i, MUN_FACT_SNAPSHOT, "one", &e, "-"),
			 0);
	assert_int_equal(mun_image_fact(i, MUN_FACT_LIMIT, "flux", &e, "none"),
			 0);
	assert_int_equal(mun_image_fact(i, MUN_FACT_PART, "p", &e, "-"), 0);
}

static void what_the_container_says_is_lost_too(void **state)
{
	struct mun_err e;

	(void)state;
	more = add_facts;
	open_as("raw");
	assert_int_equal(mun_convert_run(&job, &e), 0);
	assert_true(job.refused);
	assert_int_equal(job.loss.nrows, 3);
	assert_true(loses("what it says about its making", "creator, date"));
	assert_true(loses("snapshot", "one"));
	assert_true(loses("flux", "all"));
}

static void add_disc(struct mun_image *i)
{
	struct mun_disc *d;
	struct mun_err e;

	assert_int_equal(mun_disc_new(&d, &e), 0);
	memcpy(d->mcn, "0123456789012", 14);
	i->disc = d;
	i->sub_bytes = 96;
}

static void a_disc_loses_its_tables(void **state)
{
	static const struct {
		unsigned int keeps;
		const char *what;
		const char *where;
	} cases[] = {
		{ MUN_KEEPS_TRACKS, "table of tracks", "all" },
		{ MUN_KEEPS_SUB, "sub-channel", "all" },
		{ MUN_KEEPS_MCN, "catalogue number", "the disc" },
	};
	char text[16];
	struct mun_err e;

	(void)state;
	more = add_disc;
	open_as("raw");
	job.writer = &test_writer;
	job.options.n = 1;
	options[0] = (struct mun_write_option){ "keeps", text };
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		mun_loss_clear(&job.loss);
		(void)snprintf(text, sizeof(text), "%u", cases[i].keeps);
		assert_int_equal(mun_convert_run(&job, &e), 0);
		assert_int_equal(job.loss.nrows, MUN_COUNT(cases) - 1);
		for (size_t k = 0; k < MUN_COUNT(cases); k++)
			assert_int_equal(loses(cases[k].what, cases[k].where),
					 k != i);
	}
}

static void keep_only(struct mun_image *i)
{
	mun_image_preserve_only(i, "nobody knows how");
}

static void what_is_not_decoded_is_not_written(void **state)
{
	char text[512];
	struct mun_err e;

	(void)state;
	more = keep_only;
	open_as("raw");
	assert_int_equal(mun_convert_run(&job, &e), MUN_EUNSUPPORTED);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
			       "nobody knows how"));
}

/* A writer that is wrong is found out before the file has its name. */
static void what_was_made_is_looked_at(void **state)
{
	char text[512];
	struct mun_err e;

	(void)state;
	job.writer = &test_writer;
	first_byte ^= 1;
	assert_int_equal(mun_convert_run(&job, &e), MUN_EFIXITY);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
			       "its first 65536 bytes"));
	first_byte ^= 1;
	write_bytes--;
	assert_int_equal(mun_convert_run(&job, &e), MUN_EFIXITY);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
			       "it has 3145727 bytes, not 3145728"));
	write_bytes++;
	write_rc = MUN_EIO;
	assert_int_equal(mun_convert_run(&job, &e), MUN_EIO);
	assert_int_equal(mun_test_count_entries(dir), 0);
}

static void every_fault_leaves_nothing(void **state)
{
	struct mun_err e;

	(void)state;
	open_as("hurt");
	mun_fault_install(MUN_CALL_MUTATING & ~MUN_CALL_BIT(MUN_CALL_OPEN),
			  ENOSPC);
	for (int n = 0;; n++) {
		int rc;

		mun_fault_arm(n);
		rc = mun_convert_run(&job, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_int_equal(rc, MUN_EIO);
		assert_int_equal(e.sys, ENOSPC);
		if (mun_test_count_entries(dir))
			fail_msg("%s left something behind",
				 mun_fault_call_name());
	}
	mun_fault_restore();
	assert_written();
}

static void unknown_options_are_refused(void **state)
{
	char text[512];
	struct mun_err e;

	(void)state;
	job.options.n = 1;
	options[0] = (struct mun_write_option){ "colour", "red" };
	assert_int_equal(mun_convert_run(&job, &e), MUN_EINVAL);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
			       "view=content|raw"));
	options[0] = (struct mun_write_option){ "view", "sub" };
	assert_int_equal(mun_convert_run(&job, &e), MUN_EINVAL);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
			       "content|raw, not 'sub'"));
	job.writer = &test_writer;
	options[0] = (struct mun_write_option){ "keeps", "99999" };
	assert_int_equal(mun_convert_run(&job, &e), MUN_EINVAL);
	options[0] = (struct mun_write_option){ "keep", "1" };
	assert_int_equal(mun_convert_run(&job, &e), MUN_EINVAL);
	assert_int_equal(mun_test_count_entries(dir), 0);
}

static void options_are_told_apart(void **state)
{
	unsigned int which = 9;
	uint64_t n = 9;
	struct mun_err e;

	(void)state;
	job.options.n = 2;
	options[0] = (struct mun_write_option){ "a", "zlib" };
	options[1] = (struct mun_write_option){ "a", "zstd" };
	assert_string_equal(mun_write_option(&job.options, "a", "-"), "zstd");
	assert_string_equal(mun_write_option(&job.options, "b", "-"), "-");
	assert_int_equal(mun_write_choice(&job.options, "a", "none|zlib|zstd",
					  &which, &e),
			 0);
	assert_int_equal(which, 2);
	assert_int_equal(
		mun_write_choice(&job.options, "b", "none|zlib", &which, &e),
		0);
	assert_int_equal(which, 0);
	assert_int_equal(
		mun_write_choice(&job.options, "a", "zst|zstdd", &which, &e),
		MUN_EINVAL);
	options[1].value = "2K";
	assert_int_equal(
		mun_write_number(&job.options, "a", 7, 1, 4096, &n, &e), 0);
	assert_int_equal(n, 2048);
	assert_int_equal(
		mun_write_number(&job.options, "b", 7, 1, 4096, &n, &e), 0);
	assert_int_equal(n, 7);
	assert_int_equal(
		mun_write_number(&job.options, "a", 7, 1, 2047, &n, &e),
		MUN_EINVAL);
}

static void a_writer_is_found_by_name_or_suffix(void **state)
{
	static const struct {
		const char *name;
		const char *path;
		const struct mun_writer *want;
	} cases[] = {
		{ "raw", "x.hurt", &mun_write_raw },
		{ NULL, "x.hurt", &test_writer },
		/* whose usual suffix it is, though another has it first */
		{ NULL, "a.b/x.IMG", &mun_write_raw },
		{ NULL, "x.001", &mun_write_split },
		{ NULL, "x.riv", &rival },
		{ NULL, "x.dd", NULL }, /* two have it */
		{ NULL, "x.qcow", NULL },
		{ NULL, "a.img/x", NULL },
		{ NULL, "x.", NULL },
		{ "qcow", "x.img", NULL },
		{ "", "x.img", NULL },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct mun_writer *w = NULL;
		char text[512];
		struct mun_err e;
		int rc = mun_writer_for(cases[i].name, cases[i].path, &w, &e);

		if (w != cases[i].want || (rc != 0) != (w == NULL))
			fail_msg("case %zu", i);
		if (!rc)
			continue;
		assert_int_equal(rc, MUN_EINVAL);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		assert_non_null(strstr(text, "rival"));
	}
}

static void a_report_does_not_grow_for_ever(void **state)
{
	struct mun_loss l = { 0 };
	struct mun_err e;

	(void)state;
	for (int i = 0; i < 3000; i++)
		assert_int_equal(mun_loss_add(&l, &e, "a", "b", "%d", i), 0);
	assert_int_equal(l.nrows, 1001);
	assert_string_equal(l.rows[999].why, "999");
	assert_string_equal(l.rows[1000].what, "more");
	mun_loss_clear(&l);
	assert_int_equal(l.nrows, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_raw_file_has_all_bytes_and_holes_for_zeros),
		T(a_map_beside_it_tells_what_was_not_read_well),
		T(nothing_is_lost_without_a_word),
		T(what_the_container_says_is_lost_too),
		T(a_disc_loses_its_tables),
		T(what_is_not_decoded_is_not_written),
		T(what_was_made_is_looked_at),
		T(every_fault_leaves_nothing),
		T(unknown_options_are_refused),
		T(options_are_told_apart),
		T(a_writer_is_found_by_name_or_suffix),
		T(a_report_does_not_grow_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
