/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_ewf_write.c - E01 written, and read back */
#include "core/bytes.h"
#include "core/check.h"
#include "image/companion.h"
#include "image/fmt_ewf.h"
#include "image/fmt_ewf_write.h"
#include "image/writer.h"
#include "tests/support/support.h"

#include <stdio.h>

extern const struct mun_writer mun_write_ewf;

#define MIB ((size_t)1 << 20)

/* A disk in memory, of which parts cannot be read. */
struct disk {
	struct mun_source base;
	const uint8_t *p;
	uint64_t bad; /* unreadable from here; 0: nothing */
	uint64_t bad_end;
};

static int disk_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	(void)e;
	memcpy(buf, ((const struct disk *)s)->p + off, len);
	return 0;
}

static int disk_extent(struct mun_source *s, uint64_t off,
		       struct mun_extent *out, struct mun_err *e)
{
	const struct disk *d = (const struct disk *)s;
	uint64_t end = s->size;

	(void)e;
	out->off = off;
	out->kind = MUN_EXTENT_DATA;
	if (off >= d->bad && off < d->bad_end) {
		end = d->bad_end;
		out->kind = MUN_EXTENT_UNREADABLE;
	} else if (off < d->bad) {
		end = d->bad;
	}
	out->bytes = end - off;
	return 0;
}

static void disk_close(struct mun_source *s)
{
	(void)s;
}

static const struct mun_source_ops disk_ops = {
	.pread = disk_pread,
	.next_extent = disk_extent,
	.close = disk_close,
};

static struct disk disk_of(const uint8_t *p, size_t bytes)
{
	return (struct disk){ .base = { &disk_ops, bytes }, .p = p };
}

/* Compressible in part, with zeros in it. */
static uint8_t *new_data(size_t bytes)
{
	uint8_t *p = calloc(1, bytes);

	assert_non_null(p);
	for (size_t at = 0; at < bytes; at += 40000) {
		size_t n = MUN_MIN(bytes - at, (size_t)40000);

		if (at / 40000 % 3 == 0)
			mun_test_pattern(p + at, n, at);
		else if (at / 40000 % 3 == 1)
			memset(p + at, (int)(at / 40000), n);
	}
	return p;
}

struct test {
	char *dir;
	struct mun_write_option options[8];
	size_t n;
	unsigned int threads;
	struct mun_loss loss;
	struct mun_err e;
};

static void option(struct test *t, const char *key, const char *value)
{
	assert_true(t->n < MUN_COUNT(t->options));
	t->options[t->n++] = (struct mun_write_option){ key, value };
}

static int write_it(struct test *t, struct disk *d, const char *name)
{
	mun_auto(image) *img = NULL;
	char *path = mun_test_path(t->dir, name);
	struct mun_convert c = {
		.writer = &mun_write_ewf,
		.options = { t->options, t->n },
		.path = path,
		.accept_loss = true,
		.threads = t->threads,
	};
	int rc;

	assert_int_equal(mun_image_open(&d->base, "x.img", "raw", &img, &t->e),
			 0);
	c.img = img;
	rc = mun_convert_run(&c, &t->e);
	mun_loss_clear(&t->loss);
	t->loss = c.loss;
	free(path);
	return rc;
}

/* Read back, all of it, and its own checks made. */
static struct mun_image *read_it(const struct test *t, const char *name,
				 struct mun_source **src,
				 struct mun_companions **beside)
{
	char *path = mun_test_path(t->dir, name);
	struct mun_image_request q = { .file_name = name };
	struct mun_image *img;
	struct mun_err e;

	assert_int_equal(mun_source_open_file(path, src, &e), 0);
	assert_int_equal(mun_companions_folder(path, beside, &e), 0);
	q.src = *src;
	q.companions = *beside;
	assert_int_equal(mun_image_open_with(&q, &img, &e), 0);
	assert_string_equal(img->driver->name, "ewf");
	assert_int_equal(mun_image_verify(img, &e), 0);
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_CHECK)
			assert_int_equal(img->facts[i].state, MUN_FACT_GOOD);
	free(path);
	return img;
}

static void holds(const struct test *t, const char *name, const uint8_t *p,
		  size_t bytes, const char *map)
{
	mun_auto(source) *src = NULL;
	mun_auto(companions) *beside = NULL;
	mun_auto(image) *img = read_it(t, name, &src, &beside);
	uint64_t whole = (bytes + 511) / 512 * 512;
	uint8_t *got = calloc(1, whole);
	char told[256] = { 0 };
	struct mun_extent x;
	struct mun_err e;

	assert_non_null(got);
	assert_int_equal(img->bytes, whole);
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, got, whole, 0, &e), 0);
	assert_memory_equal(got, p, bytes);
	for (size_t i = bytes; i < whole; i++)
		assert_int_equal(got[i], 0);
	for (uint64_t at = 0; at < whole; at += x.bytes) {
		size_t n = strlen(told);

		assert_int_equal(mun_image_next_extent(img, MUN_VIEW_CONTENT,
						       at, &x, &e),
				 0);
		if (x.kind != MUN_EXTENT_DATA)
			(void)snprintf(told + n, sizeof(told) - n,
				       "%d:%llu+%llu ", (int)x.kind,
				       (unsigned long long)x.off / 512,
				       (unsigned long long)x.bytes / 512);
	}
	assert_string_equal(told, map);
	free(got);
}

static int start(void **state)
{
	struct test *t = calloc(1, sizeof(*t));

	if (!t)
		return -1;
	t->dir = mun_test_dir();
	*state = t;
	return 0;
}

static int stop(void **state)
{
	struct test *t = *state;

	mun_loss_clear(&t->loss);
	mun_test_dir_remove(t->dir);
	free(t);
	return 0;
}

static void every_compression_gives_the_disk_back(void **state)
{
	static const char *const levels[] = { "fast", "best", "none" };
	struct test *t = *state;
	const size_t bytes = MIB + 5 * 512;
	uint8_t *p = new_data(bytes);
	struct disk d = disk_of(p, bytes);

	for (size_t i = 0; i < MUN_COUNT(levels); i++) {
		char name[16];

		t->n = 0;
		option(t, "compression", levels[i]);
		(void)snprintf(name, sizeof(name), "%zu.E01", i);
		assert_int_equal(write_it(t, &d, name), 0);
		assert_int_equal(t->loss.nrows, 0);
		holds(t, name, p, bytes, "");
	}
	free(p);
}

static void sizes_at_the_edges_come_back(void **state)
{
	static const size_t sizes[] = { 1,     511,   512,   513,
					32767, 32768, 32769, 65536 + 512 };
	struct test *t = *state;
	uint8_t *p = new_data(MIB);

	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		struct disk d = disk_of(p, sizes[i]);
		char name[16];

		(void)snprintf(name, sizeof(name), "%zu.E01", i);
		assert_int_equal(write_it(t, &d, name), 0);
		/* What is added is said. */
		assert_int_equal(t->loss.nrows, sizes[i] % 512 != 0);
		holds(t, name, p, sizes[i], "");
	}
	free(p);
}

static void segments_are_no_larger_than_asked_for(void **state)
{
	struct test *t = *state;
	const size_t bytes = 5 * MIB;
	uint8_t *p = calloc(1, bytes);
	struct disk d = disk_of(p, bytes);
	unsigned int n;

	assert_non_null(p);
	mun_test_pattern(p, bytes, 3);
	option(t, "segment", "1M");
	option(t, "compression", "none");
	assert_int_equal(write_it(t, &d, "x.e01"), 0);
	n = mun_test_count_entries(t->dir);
	assert_int_equal(n, 6);
	for (unsigned int i = 1; i <= n; i++) {
		size_t len = 0;
		char name[16];
		char *path, *file;

		(void)snprintf(name, sizeof(name), "x.e%02u", i);
		path = mun_test_path(t->dir, name);
		file = mun_test_read(path, &len);
		assert_non_null(file);
		assert_in_range(len, 1000, MIB);
		free(file);
		free(path);
	}
	holds(t, "x.e01", p, bytes, "");
	/* Without such a suffix there is no name for a second. */
	assert_int_equal(write_it(t, &d, "y.img"), MUN_EINVAL);
	assert_int_equal(mun_test_count_entries(t->dir), n);
	free(p);
}

static void unreadable_sectors_stay_unreadable(void **state)
{
	struct test *t = *state;
	uint8_t *p = new_data(MIB);
	struct disk d = disk_of(p, MIB);

	/* From within a chunk, over a whole one, into a third. */
	d.bad = 60 * 512;
	d.bad_end = 130 * 512;
	memset(p + d.bad, 0, (size_t)(d.bad_end - d.bad));
	assert_int_equal(write_it(t, &d, "x.E01"), 0);
	assert_int_equal(t->loss.nrows, 0);
	holds(t, "x.E01", p, MIB, "2:60+4 2:64+64 2:128+2 ");
	free(p);
}

static void the_same_disk_gives_the_same_file(void **state)
{
	struct test *t = *state;
	const size_t bytes = 3 * MIB;
	uint8_t *p = new_data(bytes);
	struct disk d = disk_of(p, bytes);
	char *one = mun_test_path(t->dir, "one.E01");
	char *four = mun_test_path(t->dir, "four.E01");
	size_t len = 0, other = 0;
	char *a, *b;

	t->threads = 1;
	assert_int_equal(write_it(t, &d, "one.E01"), 0);
	t->threads = 4;
	assert_int_equal(write_it(t, &d, "four.E01"), 0);
	a = mun_test_read(one, &len);
	b = mun_test_read(four, &other);
	assert_true(a && b);
	assert_int_equal(len, other);
	assert_memory_equal(a, b, len);
	free(a);
	free(b);
	free(one);
	free(four);
	free(p);
}

static void what_is_said_of_the_case_is_kept(void **state)
{
	static const char *const want[][2] = {
		{ "case number", "7/19" },
		{ "evidence number", "E-1" },
		{ "description", "Platte \xe2\x82\xac \xf0\x9f\x92\xbe" },
		{ "examiner", "Ana M\xc3\xbcller" },
		{ "notes", "found in a drawer" },
		{ "acquired", "2001-09-09T01:46:40Z" },
	};
	mun_auto(source) *src = NULL;
	mun_auto(companions) *beside = NULL;
	mun_auto(image) *img = NULL;
	struct test *t = *state;
	uint8_t *p = new_data(MIB);
	struct disk d = disk_of(p, MIB);

	option(t, "case", want[0][1]);
	option(t, "evidence", want[1][1]);
	option(t, "description", want[2][1]);
	option(t, "examiner", want[3][1]);
	option(t, "notes", want[4][1]);
	option(t, "date", "2001-09-09T03:46:40+02:00");
	assert_int_equal(write_it(t, &d, "x.E01"), 0);
	img = read_it(t, "x.E01", &src, &beside);
	for (size_t i = 0; i < MUN_COUNT(want); i++) {
		size_t n = 0;

		while (n < img->nfacts &&
		       strcmp(img->facts[n].name, want[i][0]) != 0)
			n++;
		assert_true(n < img->nfacts);
		assert_string_equal(img->facts[n].value, want[i][1]);
	}
	free(p);
}

static void options_that_mean_nothing_are_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "compression", "zstd" },
		{ "segment", "1000" },
		{ "segment", "x" },
		{ "case", "a\tb" },
		{ "notes", "two\nlines" },
		{ "date", "yesterday" },
		{ "date", "1969-12-31T23:59:59Z" },
	};
	struct test *t = *state;
	uint8_t *p = new_data(MIB);
	struct disk d = disk_of(p, MIB);

	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		t->n = 0;
		option(t, bad[i][0], bad[i][1]);
		assert_int_equal(write_it(t, &d, "x.E01"), MUN_EINVAL);
		assert_int_equal(mun_test_count_entries(t->dir), 0);
	}
	free(p);
}

/* How many sections of @type there are in the file, and the entries of the
 * last. */
static unsigned int count_sections(const uint8_t *p, size_t len,
				   const char *type, uint32_t *entries)
{
	unsigned int n = 0;

	for (size_t at = 13; at + 80 <= len;) {
		size_t next = (size_t)mun_le64(p + at + 16);

		if (!strcmp((const char *)p + at, type)) {
			*entries = mun_le32(p + at + 76);
			n++;
		}
		if (next <= at)
			break;
		at = next;
	}
	return n;
}

/* Chunks of 100 bytes, or it would take half a gigabyte. */
static void a_second_table_follows_when_one_is_full(void **state)
{
	struct test *t = *state;
	struct mun_ewf_layout *l = calloc(1, sizeof(*l));
	struct mun_write_options none = { 0 };
	struct mun_ewf_texts texts = { 0 };
	mun_auto(output) *out = NULL;
	const uint8_t volume[MUN_EWF_VOLUME] = { 1 };
	char *path = mun_test_path(t->dir, "x.E01");
	uint32_t entries = 0;
	size_t len = 0;
	char *file;

	assert_non_null(l);
	assert_int_equal(mun_output_new(path, &out, &t->e), 0);
	assert_int_equal(mun_ewf_make_texts(&none, &texts, &t->e), 0);
	l->out = out;
	l->texts = &texts;
	l->segment_bytes = UINT32_MAX;
	assert_int_equal(mun_ewf_begin(l, 1, &t->e), 0);
	for (unsigned int i = 0; i < MUN_EWF_ENTRIES + 3; i++) {
		unsigned int number;
		uint64_t at;

		assert_int_equal(
			mun_ewf_add_chunk(l, 100, true, &number, &at, &t->e),
			0);
		assert_int_equal(number, 0);
	}
	assert_int_equal(mun_ewf_end_chunks(l, &t->e), 0);
	assert_int_equal(mun_ewf_finish(l, volume, &t->e), 0);
	assert_int_equal(mun_output_finish(out, &t->e), 0);
	file = mun_test_read(path, &len);
	assert_non_null(file);
	assert_int_equal(
		count_sections((const uint8_t *)file, len, "sectors", &entries),
		2);
	assert_int_equal(
		count_sections((const uint8_t *)file, len, "table2", &entries),
		2);
	assert_int_equal(entries, 3);
	free(file);
	free(path);
	free(l->files);
	free(l);
	mun_ewf_free_texts(&texts);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_compression_gives_the_disk_back),
		TEST(sizes_at_the_edges_come_back),
		TEST(segments_are_no_larger_than_asked_for),
		TEST(unreadable_sectors_stay_unreadable),
		TEST(the_same_disk_gives_the_same_file),
		TEST(what_is_said_of_the_case_is_kept),
		TEST(options_that_mean_nothing_are_refused),
		TEST(a_second_table_follows_when_one_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
