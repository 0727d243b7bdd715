/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_chunks.c - chunks by one thread or by many: the same bytes
 *
 * This program defines mun_image_drivers itself: one driver over a source whose
 * holes, lost sectors and failures the test knows.
 */
#include "image/chunks.h"

#include "core/check.h"
#include "core/log.h"
#include "image/driver.h"
#include "image/output.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define CHUNK ((size_t)10000)
#define CHUNKS 300u
#define BYTES (CHUNK * CHUNKS - 4321)

static uint8_t *content;
static uint64_t fails_at[2]; /* bytes whose chunk cannot be read; 0: none */
static atomic_uint reads_of_nothing; /* a hole was read all the same */
static atomic_uint in_place; /* threads in place() */

/* Each tenth chunk is a hole, each tenth more zeros, one is lost. */
static enum mun_extent_kind kind_of(uint64_t chunk)
{
	if (chunk % 10 == 3)
		return MUN_EXTENT_HOLE;
	if (chunk % 10 == 4)
		return MUN_EXTENT_ZERO;
	return chunk == 77 ? MUN_EXTENT_UNREADABLE : MUN_EXTENT_DATA;
}

static int test_bid(struct mun_source *src, const char *file_name)
{
	(void)src;
	(void)file_name;
	return MUN_BID_MAGIC;
}

static int test_open(struct mun_image *img, struct mun_err *e)
{
	img->sector_bytes = 512;
	img->bytes = img->src->size;
	return mun_image_one_track(img, e);
}

static int test_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	(void)view;
	for (size_t i = 0; i < MUN_COUNT(fails_at); i++)
		if (fails_at[i] && off <= fails_at[i] &&
		    fails_at[i] - off < len)
			return mun_fail(e, MUN_ECORRUPT, "broken at %ju",
					(uintmax_t)fails_at[i]);
	if (kind_of(off / CHUNK) == MUN_EXTENT_HOLE)
		reads_of_nothing++;
	return mun_source_pread(img->src, buf, len, off, e);
}

static int test_extent(struct mun_image *img, enum mun_view view, uint64_t off,
		       struct mun_extent *out, struct mun_err *e)
{
	(void)img;
	(void)view;
	(void)e;
	*out = (struct mun_extent){ off, CHUNK - off % CHUNK,
				    kind_of(off / CHUNK) };
	return 0;
}

static const struct mun_image_driver driver = {
	.name = "test",
	.title = "A test",
	.suffixes = "",
	.bid = test_bid,
	.open = test_open,
	.pread = test_pread,
	.next_extent = test_extent,
};

const struct mun_image_driver *const mun_image_drivers[] = { &driver, NULL };

static struct mun_source *src;
static struct mun_image *img;

static int set_up(void **state)
{
	struct mun_err e;

	(void)state;
	content = malloc(BYTES);
	assert_non_null(content);
	mun_test_pattern(content, BYTES, 4);
	for (size_t i = 0; i < CHUNKS; i++)
		if (kind_of(i) != MUN_EXTENT_DATA || i % 10 == 5)
			memset(content + i * CHUNK, 0,
			       MUN_MIN(CHUNK, BYTES - i * CHUNK));
	memset(fails_at, 0, sizeof(fails_at));
	reads_of_nothing = 0;
	assert_int_equal(mun_source_from_memory(content, BYTES, &src, &e), 0);
	assert_int_equal(mun_image_open(src, NULL, NULL, &img, &e), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_image_free(img);
	mun_source_close(src);
	free(content);
	return 0;
}

/* ---- an encoder whose pieces lie one after the other ---- */

struct packed {
	uint8_t *out;
	uint64_t end;
	uint64_t numbers; /* of chunks placed: all, in order */
	unsigned int zeros;
	unsigned int unreadable;
	unsigned int scratches;
	bool place_fails;
	bool put_fails;
};

static int new_scratch(void *ctx, void **out, struct mun_err *e)
{
	struct packed *p = ctx;

	p->scratches++;
	*out = calloc(1, 1);
	return *out ? 0 : mun_fail_nomem(e, "scratch");
}

static void free_scratch(void *ctx, void *scratch)
{
	struct packed *p = ctx;

	p->scratches--;
	free(scratch);
}

/* Each second byte, so that the length is another; some take longer. */
static int encode(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	assert_non_null(k->scratch);
	assert_false(k->zero);
	for (size_t i = 0; i < k->len; i += 2)
		k->enc[i / 2] = k->data[i];
	k->enc_len = (k->len + 1) / 2;
	if (k->number % 7 == 0)
		(void)usleep(1000);
	return 0;
}

static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	struct packed *p = ctx;

	assert_int_equal(atomic_fetch_add(&in_place, 1), 0);
	assert_int_equal(k->number, p->numbers++);
	assert_int_equal(k->off, k->number * CHUNK);
	p->zeros += k->zero;
	p->unreadable += k->unreadable;
	if (!k->zero) {
		k->out = k->enc;
		k->out_len = k->enc_len;
		k->out_off = p->end;
		p->end += k->enc_len;
	}
	atomic_fetch_sub(&in_place, 1);
	if (p->place_fails && k->number == 20)
		return mun_fail(e, MUN_EIO, "no place for 20");
	return 0;
}

static int put(void *ctx, const struct mun_chunk *k, struct mun_err *e)
{
	struct packed *p = ctx;

	if (p->put_fails && k->number >= 31)
		return mun_fail(e, MUN_EIO, "put %ju", (uintmax_t)k->number);
	memcpy(p->out + k->out_off, k->out, k->out_len);
	return 0;
}

static const struct mun_chunks_ops pack = {
	.scratch_new = new_scratch,
	.scratch_free = free_scratch,
	.encode = encode,
	.place = place,
	.put = put,
};

static int run(struct packed *p, unsigned int threads, uint8_t identity[32],
	       struct mun_err *e)
{
	struct mun_chunks c = {
		.img = img,
		.chunk_bytes = CHUNK,
		.enc_room = CHUNK,
		.threads = threads,
		.ops = &pack,
		.ctx = p,
	};
	int rc;

	p->out = calloc(1, BYTES);
	assert_non_null(p->out);
	rc = mun_chunks_run(&c, e);
	assert_int_equal(p->scratches, 0);
	if (!rc)
		memcpy(identity, c.identity, 32);
	if (!rc)
		assert_int_equal(c.unreadable_bytes, CHUNK);
	return rc;
}

static void the_bytes_do_not_depend_on_the_threads(void **state)
{
	static const unsigned int threads[] = { 1, 2, 4, 13, 0 };
	struct packed first = { 0 };
	uint8_t identity[32];
	uint8_t again[32];
	struct mun_err e;

	(void)state;
	assert_int_equal(run(&first, threads[0], identity, &e), 0);
	assert_int_equal(first.numbers, CHUNKS);
	assert_int_equal(first.unreadable, 1);
	/* Three tenths of them, and the one that is lost. */
	assert_int_equal(first.zeros, 91);
	for (size_t i = 1; i < MUN_COUNT(threads); i++) {
		struct packed p = { 0 };

		assert_int_equal(run(&p, threads[i], again, &e), 0);
		assert_int_equal(p.end, first.end);
		assert_memory_equal(p.out, first.out, p.end);
		assert_memory_equal(identity, again, sizeof(again));
		free(p.out);
	}
	assert_int_equal(reads_of_nothing, 0);
	free(first.out);
}

static void the_identity_is_that_of_the_content(void **state)
{
	struct packed p = { 0 };
	uint8_t identity[32];
	uint8_t other[32];
	struct mun_err e;

	(void)state;
	assert_int_equal(run(&p, 2, identity, &e), 0);
	free(p.out);
	content[BYTES - 1] ^= 1;
	p = (struct packed){ 0 };
	assert_int_equal(run(&p, 2, other, &e), 0);
	free(p.out);
	assert_memory_not_equal(identity, other, 32);
}

static void the_first_error_in_order_is_told(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		struct packed p = { 0 };
		uint8_t identity[32];
		char text[512];
		struct mun_err e;

		fails_at[0] = 57 * CHUNK + 5;
		fails_at[1] = 55 * CHUNK + 1;
		assert_int_equal(run(&p, i % 5 + 1, identity, &e),
				 MUN_ECORRUPT);
		assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
				    "broken at 550001");
		/* All before it had their turn. */
		assert_int_equal(p.numbers, 55);
		free(p.out);
	}
}

static void errors_of_place_and_put_end_it_too(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < 6; i++) {
		struct packed p = { .place_fails = true };
		struct packed q = { .put_fails = true };
		uint8_t identity[32];
		char text[512];
		struct mun_err e;

		assert_int_equal(run(&p, i, identity, &e), MUN_EIO);
		assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
				    "no place for 20");
		free(p.out);
		assert_int_equal(run(&q, i, identity, &e), MUN_EIO);
		assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
				    "put 31");
		free(q.out);
	}
}

static void who_wants_to_stop_is_obeyed(void **state)
{
	struct packed p = { 0 };
	uint8_t identity[32];
	struct mun_err e;

	(void)state;
	mun_cancel();
	assert_int_equal(run(&p, 3, identity, &e), MUN_ECANCELLED);
	assert_int_equal(p.numbers, 0);
	mun_cancel_reset();
	free(p.out);
}

struct told {
	uint64_t last;
	uint64_t bad;
	unsigned int n;
};

static void tell(void *ctx, const struct mun_progress *p)
{
	struct told *t = ctx;

	assert_true(p->done >= t->last);
	assert_int_equal(p->total, BYTES);
	assert_string_equal(p->phase, "testing");
	t->last = p->done;
	t->bad = p->bad;
	t->n++;
}

/* Without any function of the caller: zeros stay holes. */
static void plain_bytes_go_to_a_file(void **state)
{
	static const struct mun_chunks_ops none = { .encode = NULL };
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x");
	mun_auto(output) *o = NULL;
	struct told told = { 0 };
	const struct mun_progress_to progress = { tell, &told };
	struct mun_chunks c = {
		.img = img,
		.chunk_bytes = CHUNK,
		.threads = 4,
		.ops = &none,
		.progress = &progress,
		.phase = "testing",
	};
	struct mun_err e;
	char *got;
	size_t len;

	(void)state;
	assert_int_equal(mun_output_new(path, &o, &e), 0);
	assert_int_equal(mun_output_file(o, NULL, &c.file, &e), 0);
	assert_int_equal(mun_outfile_set_size(c.file, BYTES, &e), 0);
	assert_int_equal(mun_chunks_run(&c, &e), 0);
	assert_int_equal(mun_output_finish(o, &e), 0);
	got = mun_test_read(path, &len);
	assert_non_null(got);
	assert_int_equal(len, BYTES);
	assert_memory_equal(got, content, BYTES);
	assert_int_equal(told.last, BYTES);
	assert_int_equal(told.bad, CHUNK);
	assert_true(told.n >= 1);
	free(got);
	free(path);
	mun_test_dir_remove(dir);
}

/* A part of the view, in chunks that are not those of the extents. */
static int count_off(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	uint64_t *next = ctx;

	(void)e;
	assert_int_equal(k->off, *next);
	assert_memory_equal(k->data, content + k->off, k->len);
	*next += k->len;
	return 0;
}

static void a_part_of_it_can_be_had(void **state)
{
	static const struct mun_chunks_ops ops = { .place = count_off };
	static const size_t sizes[] = { 1, 512, 9999, 10001, 35000, 1 << 20 };
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint64_t next = 777;
		struct mun_chunks c = {
			.img = img,
			.off = 777,
			.bytes = sizes[i] == 1 ? 300 : BYTES - 10000,
			.chunk_bytes = sizes[i],
			.threads = 3,
			.ops = &ops,
			.ctx = &next,
		};
		uint64_t end = c.off + c.bytes;

		assert_int_equal(mun_chunks_run(&c, &e), 0);
		assert_int_equal(next, end);
		c.bytes = BYTES;
		assert_int_equal(mun_chunks_run(&c, &e), MUN_EINVAL);
	}
}

static void an_image_of_no_bytes_has_no_chunks(void **state)
{
	static const struct mun_chunks_ops none = { .encode = NULL };
	struct mun_chunks c = {
		.img = img,
		.view = MUN_VIEW_SUB,
		.chunk_bytes = CHUNK,
		.ops = &none,
	};
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_chunks_run(&c, &e), 0);
	c.chunk_bytes = 0;
	assert_int_equal(mun_chunks_run(&c, &e), MUN_EINVAL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_bytes_do_not_depend_on_the_threads),
		T(the_identity_is_that_of_the_content),
		T(the_first_error_in_order_is_told),
		T(errors_of_place_and_put_end_it_too),
		T(who_wants_to_stop_is_obeyed),
		T(plain_bytes_go_to_a_file),
		T(a_part_of_it_can_be_had),
		T(an_image_of_no_bytes_has_no_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
