/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_ewf.c - E01 and S01, section by section */
#include "core/bytes.h"
#include "core/check.h"
#include "image/companion.h"
#include "image/fmt_ewf.h"
#include "tests/image/make_ewf.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#include <stdio.h>

/* --- files beside it, in memory ----------------------------------------- */

struct beside {
	struct mun_companions base;
	const char *name;
	const struct ewf_segment *s;
};

static int beside_open(struct mun_companions *c, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	const struct beside *b = (const struct beside *)c;

	for (size_t i = 0; i < 4 && b[i].name; i++)
		if (!strcmp(name, b[i].name))
			return mun_source_from_memory(b[i].s->p, b[i].s->len,
						      out, e);
	return mun_fail(e, MUN_ENOENT, "no '%s'", name);
}

static const struct mun_companions_ops beside_ops = { .open = beside_open };

/* --- looking ------------------------------------------------------------ */

struct opened {
	struct mun_source *src;
	struct mun_image *img;
	struct mun_err e;
};

static int try_open(const uint8_t *p, size_t len, const char *name,
		    struct beside *b, struct opened *o)
{
	struct mun_image_request q = { .file_name = name };

	*o = (struct opened){ 0 };
	assert_int_equal(mun_source_from_memory(p, len, &o->src, &o->e), 0);
	q.src = o->src;
	if (b) {
		b->base.ops = &beside_ops;
		q.companions = &b->base;
	}
	return mun_image_open_with(&q, &o->img, &o->e);
}

static void close_all(struct opened *o)
{
	mun_image_free(o->img);
	mun_source_close(o->src);
}

static struct opened open_one(const struct ewf_segment *s)
{
	struct opened o;

	assert_int_equal(try_open(s->p, s->len, "x.E01", NULL, &o), 0);
	assert_string_equal(o.img->driver->name, "ewf");
	return o;
}

static void refused(const struct ewf_segment *s, int code, const char *why)
{
	struct opened o;
	char told[1024];

	assert_int_equal(try_open(s->p, s->len, "x.E01", NULL, &o), code);
	(void)mun_err_text(&o.e, told, sizeof(told), 0);
	if (!strstr(told, why))
		fail_msg("'%s' is not in '%s'", why, told);
	close_all(&o);
}

static const struct mun_image_fact *fact(const struct mun_image *img,
					 const char *name)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (!strcmp(img->facts[i].name, name))
			return &img->facts[i];
	fail_msg("no fact '%s'", name);
	return NULL;
}

static void says(const struct mun_image *img, const char *name,
		 const char *value)
{
	assert_string_equal(fact(img, name)->value, value);
}

static void holds(struct mun_image *img, const uint8_t *data, size_t len)
{
	uint8_t *got = malloc(len);
	struct mun_err e;

	assert_non_null(got);
	assert_int_equal(img->bytes, len);
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, got, len, 0, &e), 0);
	assert_memory_equal(got, data, len);
	free(got);
}

/* Kinds, sector by sector: '.' data, '-' unreadable, '!' doubtful. */
static void map_is(struct mun_image *img, const char *want)
{
	static const char letters[] = ".h-z!";
	char got[64] = { 0 };
	struct mun_extent x;
	struct mun_err e;

	for (uint64_t at = 0; at < img->bytes; at = x.off + x.bytes) {
		assert_int_equal(mun_image_next_extent(img, MUN_VIEW_CONTENT,
						       at, &x, &e),
				 0);
		assert_int_equal(x.off, at);
		for (uint64_t i = at / 512; i * 512 < x.off + x.bytes; i++)
			got[i] = letters[x.kind];
	}
	assert_string_equal(got, want);
}

static enum mun_fact_state verified(struct mun_image *img, const char *name)
{
	struct mun_err e;

	assert_int_equal(mun_image_verify(img, &e), 0);
	return fact(img, name)->state;
}

/* --- the tests ---------------------------------------------------------- */

static void packed_and_plain_chunks_give_the_disk(void **state)
{
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	uint8_t part[700];
	struct opened o;

	(void)state;
	ewf_make_disk(&s, data);
	ewf_add_digests(&s, data, EWF_BYTES);
	ewf_end(&s, "done");
	o = open_one(&s);
	holds(o.img, data, EWF_BYTES);
	assert_int_equal(
		mun_image_pread(o.img, MUN_VIEW_CONTENT, part, 700, 900, &o.e),
		0);
	assert_memory_equal(part, data + 900, 700);
	map_is(o.img, ".........");
	assert_int_equal(o.img->sector_bytes, 512);
	assert_int_equal(o.img->medium, MUN_MEDIUM_DISK);
	assert_int_equal(o.img->geometry.sectors, 3);
	assert_string_equal(o.img->puid, "fmt/803");
	assert_string_equal(o.img->note, "");
	close_all(&o);
}

static void the_header_says_who_made_it(void **state)
{
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	struct opened o;

	(void)state;
	ewf_make_disk(&s, data);
	ewf_end(&s, "done");
	o = open_one(&s);
	says(o.img, "case number", "K 7");
	says(o.img, "evidence number", "E-12");
	says(o.img, "description", "A disk");
	says(o.img, "examiner", "A. Examiner");
	says(o.img, "notes", "two words");
	says(o.img, "creator version", "6.19");
	says(o.img, "creator system", "Windows XP");
	says(o.img, "acquired", "2008-02-29T23:05:09");
	says(o.img, "system date", "2008-02-29T23:05:09Z");
	says(o.img, "set identifier", "5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a");
	close_all(&o);
}

static void a_damaged_header_leaves_the_next(void **state)
{
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	struct opened o;

	(void)state;
	ewf_make_disk(&s, data);
	ewf_end(&s, "done");
	s.p[13 + 76 + 20] ^= 0xff;
	o = open_one(&s);
	says(o.img, "case number", "other");
	holds(o.img, data, EWF_BYTES);
	close_all(&o);
}

static void digests_inside_are_compared(void **state)
{
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	struct opened o;

	(void)state;
	ewf_make_disk(&s, data);
	ewf_add_digests(&s, data, EWF_BYTES);
	ewf_end(&s, "done");
	o = open_one(&s);
	assert_int_equal(fact(o.img, "MD5")->state, MUN_FACT_NONE);
	assert_int_equal(verified(o.img, "MD5"), MUN_FACT_GOOD);
	assert_int_equal(fact(o.img, "SHA-1")->state, MUN_FACT_GOOD);
	assert_int_equal(fact(o.img, "chunks")->state, MUN_FACT_GOOD);
	close_all(&o);
	ewf_make_disk(&s, data);
	ewf_add_digests(&s, data, EWF_BYTES - 1);
	ewf_end(&s, "done");
	o = open_one(&s);
	assert_int_equal(verified(o.img, "MD5"), MUN_FACT_BAD);
	assert_int_equal(fact(o.img, "SHA-1")->state, MUN_FACT_BAD);
	assert_int_equal(fact(o.img, "chunks")->state, MUN_FACT_GOOD);
	close_all(&o);
}

static void segments_follow_in_order(void **state)
{
	struct ewf_segment s[3];
	struct beside b[] = { { .name = "x.E02", .s = &s[1] },
			      { .name = "x.E03", .s = &s[2] },
			      { .name = NULL } };
	uint8_t data[EWF_BYTES];
	struct opened o;
	char told[1024];

	(void)state;
	mun_test_pattern(data, EWF_BYTES, 8);
	for (unsigned int i = 0; i < 3; i++) {
		ewf_begin(&s[i], i + 1);
		ewf_add_volume(&s[i], i ? "data" : "volume", EWF_SECTORS);
		ewf_begin_chunks(&s[i]);
		for (unsigned int k = 2 * i; k < 2 * i + 2 && k < EWF_CHUNKS;
		     k++)
			ewf_add_chunk(&s[i], data + (size_t)EWF_CHUNK * k,
				      ewf_len_of(k), k == 3);
		ewf_add_table(&s[i], "table");
		if (i == 2)
			ewf_add_digests(&s[i], data, EWF_BYTES);
		ewf_end(&s[i], i < 2 ? "next" : "done");
	}
	assert_int_equal(try_open(s[0].p, s[0].len, "x.E01", b, &o), 0);
	holds(o.img, data, EWF_BYTES);
	assert_int_equal(verified(o.img, "MD5"), MUN_FACT_GOOD);
	assert_int_equal(fact(o.img, "x.E03")->kind, MUN_FACT_PART);
	close_all(&o);
	/* One is missing, */
	b[1].name = "y.E03";
	assert_int_equal(try_open(s[0].p, s[0].len, "x.E01", b, &o),
			 MUN_ENOENT);
	assert_non_null(
		strstr(mun_err_text(&o.e, told, sizeof(told), 0), "x.E03"));
	close_all(&o);
	/* or not in its place; */
	b[1] = (struct beside){ .name = "x.E03", .s = &s[1] };
	assert_int_equal(try_open(s[0].p, s[0].len, "x.E01", b, &o),
			 MUN_ECORRUPT);
	close_all(&o);
	/* and a name that has no suffix leads to no other. */
	assert_int_equal(try_open(s[0].p, s[0].len, "image", b, &o),
			 MUN_ENOENT);
	close_all(&o);
}

static void later_segments_are_only_kept(void **state)
{
	struct ewf_segment s;
	struct opened o;

	(void)state;
	ewf_begin(&s, 2);
	ewf_add_volume(&s, "data", EWF_SECTORS);
	ewf_end(&s, "done");
	o = open_one(&s);
	assert_non_null(strstr(o.img->preserved_only, "segment 2"));
	holds(o.img, s.p, s.len);
	close_all(&o);
}

static void the_first_versions_keep_chunks_in_the_table(void **state)
{
	uint8_t v[MUN_EWF_VOLUME_SMART] = { 1 };
	uint8_t data[EWF_BYTES];
	struct ewf_segment s;
	struct opened o;
	size_t table;

	(void)state;
	mun_test_pattern(data, EWF_BYTES, 2);
	memset(data, 0, EWF_CHUNK);
	ewf_begin(&s, 1);
	ewf_add_header(&s, "header", ewf_text, false);
	mun_put_le32(v + 4, EWF_CHUNKS);
	mun_put_le32(v + 8, EWF_CHUNK / 512);
	mun_put_le32(v + 12, 512);
	mun_put_le32(v + 16, EWF_SECTORS);
	memcpy(v + 85, "SMART", 5);
	mun_put_le32(v + 90, ewf_adler(v, 90));
	ewf_add(&s, "volume", v, sizeof(v));
	/* No checksum between the entries and the chunks; base 0. */
	table = s.len;
	s.chunks_at = 0;
	s.n = 0;
	s.len += 76 + 24 + 4 * EWF_CHUNKS;
	for (unsigned int i = 0; i < EWF_CHUNKS; i++)
		ewf_add_chunk(&s, data + (size_t)EWF_CHUNK * i, ewf_len_of(i),
			      true);
	memset(s.p + table + 76, 0, 24);
	mun_put_le32(s.p + table + 76, EWF_CHUNKS);
	mun_put_le32(s.p + table + 96, ewf_adler(s.p + table + 76, 20));
	memcpy(s.p + table + 100, s.entries, 4 * EWF_CHUNKS);
	ewf_describe(&s, table, "table", s.len - table);
	ewf_end(&s, "done");
	o = open_one(&s);
	holds(o.img, data, EWF_BYTES);
	map_is(o.img, ".........");
	assert_non_null(strstr(o.img->variant, "SMART"));
	close_all(&o);
}

static void the_copy_stands_in_for_a_damaged_table(void **state)
{
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	struct opened o;
	size_t table = 0;

	(void)state;
	ewf_make_disk(&s, data);
	ewf_end(&s, "done");
	for (size_t i = 13; i + 5 < s.len && !table; i++)
		if (!memcmp(s.p + i, "table\0", 6))
			table = i;
	s.p[table + 76 + 24 + 4] ^= 1;
	o = open_one(&s);
	holds(o.img, data, EWF_BYTES);
	close_all(&o);
	/* Without it nothing is guessed. */
	s.p[table + 76 + 24 + 4 * EWF_CHUNKS + 4 + 76 + 24 + 4] ^= 2;
	o = open_one(&s);
	assert_int_equal(
		mun_image_pread(o.img, MUN_VIEW_CONTENT, data, 1, 0, &o.e),
		MUN_ECORRUPT);
	close_all(&o);
}

static void chunks_tell_whether_they_are_whole(void **state)
{
	static const uint8_t zeros[EWF_CHUNK];
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	struct opened o;
	size_t at[EWF_CHUNKS];

	(void)state;
	mun_test_pattern(data, EWF_BYTES, 5);
	memset(data + 2 * (size_t)EWF_CHUNK, 'y', 2 * EWF_CHUNK);
	ewf_begin(&s, 1);
	ewf_add_volume(&s, "volume", EWF_SECTORS);
	ewf_begin_chunks(&s);
	for (unsigned int i = 0; i < EWF_CHUNKS; i++)
		at[i] = ewf_add_chunk(&s, data + (size_t)EWF_CHUNK * i,
				      ewf_len_of(i), i == 2 || i == 3);
	/* A plain one with a byte changed; one that cannot be inflated; one
	 * whose checksum alone is wrong. */
	s.p[at[1] + 5] ^= 1;
	memset(s.p + at[2] + 2, 0xff, 6);
	s.p[at[4] - 1] ^= 1;
	ewf_add_table(&s, "table");
	ewf_end(&s, "done");
	data[EWF_CHUNK + 5] ^= 1;
	memcpy(data + 2 * (size_t)EWF_CHUNK, zeros, EWF_CHUNK);
	o = open_one(&s);
	map_is(o.img, "..!!--!!.");
	holds(o.img, data, EWF_BYTES);
	assert_int_equal(verified(o.img, "chunks"), MUN_FACT_BAD);
	close_all(&o);
	/* Whoever reads first is told the same. */
	o = open_one(&s);
	holds(o.img, data, EWF_BYTES);
	map_is(o.img, "..!!--!!.");
	close_all(&o);
}

static void read_errors_are_told(void **state)
{
	const uint32_t pairs[] = { 4, 2, 1, 1, 5, 2 };
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	struct opened o;

	(void)state;
	mun_test_pattern(data, EWF_BYTES, 6);
	memset(data + 512, 0, 512);
	memset(data + (size_t)4 * 512, 0, 2 * 512);
	ewf_begin(&s, 1);
	ewf_add_volume(&s, "volume", EWF_SECTORS);
	ewf_begin_chunks(&s);
	for (unsigned int i = 0; i < EWF_CHUNKS; i++)
		ewf_add_chunk(&s, data + (size_t)EWF_CHUNK * i, ewf_len_of(i),
			      false);
	ewf_add_table(&s, "table");
	ewf_add_errors(&s, 3, pairs);
	ewf_end(&s, "done");
	o = open_one(&s);
	/* In sector 6 there is something in spite of the error. */
	map_is(o.img, ".-..--!..");
	holds(o.img, data, EWF_BYTES);
	close_all(&o);
	/* A damaged list names no sectors, and that is said. */
	s.p[s.len - 76 - 4] ^= 1;
	o = open_one(&s);
	assert_int_equal(fact(o.img, "read errors")->kind, MUN_FACT_LIMIT);
	map_is(o.img, ".........");
	close_all(&o);
}

static void missing_chunks_are_unreadable(void **state)
{
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	struct opened o;

	(void)state;
	mun_test_pattern(data, EWF_BYTES, 6);
	ewf_begin(&s, 1);
	ewf_add_volume(&s, "volume", EWF_SECTORS);
	ewf_begin_chunks(&s);
	for (unsigned int i = 0; i < 3; i++)
		ewf_add_chunk(&s, data + (size_t)EWF_CHUNK * i, EWF_CHUNK,
			      false);
	ewf_add_table(&s, "table");
	ewf_end(&s, "done");
	memset(data + 3 * (size_t)EWF_CHUNK, 0, EWF_BYTES - 3 * EWF_CHUNK);
	o = open_one(&s);
	assert_non_null(strstr(o.img->note, "missing"));
	map_is(o.img, "......---");
	holds(o.img, data, EWF_BYTES);
	close_all(&o);
}

/*
 * A file that is larger than can be built: what stands in parts, zeros between.
 * EnCase 6.7 lets offsets run beyond 31 bits.
 */
struct huge {
	struct mun_source base;
	const struct ewf_segment *s;
	uint64_t split; /* chunk data from here on lies @shift further back */
	uint64_t shift;
};

static int huge_pread(struct mun_source *src, void *buf, size_t len,
		      uint64_t off, struct mun_err *e)
{
	const struct huge *h = (const struct huge *)src;
	uint8_t *to = buf;

	(void)e;
	for (size_t i = 0; i < len; i++, off++) {
		to[i] = 0;
		if (off < h->split)
			to[i] = h->s->p[off];
		else if (off >= h->split + h->shift)
			to[i] = h->s->p[off - h->shift];
	}
	return 0;
}

static void huge_close(struct mun_source *src)
{
	(void)src;
}

static const struct mun_source_ops huge_ops = {
	.pread = huge_pread,
	.close = huge_close,
};

static void offsets_run_beyond_2_gib(void **state)
{
	static struct ewf_segment s;
	struct huge h = { .base.ops = &huge_ops, .s = &s };
	uint64_t shift = 0;
	struct mun_image_request q = { .src = &h.base, .file_name = "x.E01" };
	uint8_t data[EWF_BYTES];
	struct mun_image *img;
	struct mun_err e;
	size_t at, table;

	(void)state;
	mun_test_pattern(data, EWF_BYTES, 9);
	memset(data + 4 * (size_t)EWF_CHUNK, 'z', 512);
	ewf_begin(&s, 1);
	ewf_add_volume(&s, "volume", EWF_SECTORS);
	at = s.len;
	ewf_begin_chunks(&s);
	for (unsigned int i = 0; i < EWF_CHUNKS; i++) {
		/* The next begins just before it. */
		if (i == 1) {
			h.split = s.len;
			shift = (UINT64_C(1) << 31) - 500 - (s.len - at);
			h.shift = shift;
		}
		/* Nothing says any more that the last is packed. */
		ewf_add_chunk(&s, data + (size_t)EWF_CHUNK * i, ewf_len_of(i),
			      i == 4);
	}
	for (size_t i = 1; i < EWF_CHUNKS; i++)
		mun_put_le32(s.entries + 4 * i,
			     (mun_le32(s.entries + 4 * i) & ~MUN_EWF_PACKED) +
				     (uint32_t)shift);
	table = s.len;
	ewf_add_table(&s, "table");
	ewf_end(&s, "done");
	/* Descriptors behind the gap lie further back, too. */
	ewf_describe(&s, at, "sectors", table - at + shift);
	for (size_t d = table; d < s.len; d = table == d ? s.len - 76 : s.len) {
		mun_put_le64(s.p + d + 16, mun_le64(s.p + d + 16) + shift);
		mun_put_le32(s.p + d + 72, ewf_adler(s.p + d, 72));
	}
	h.base.size = s.len + shift;
	assert_int_equal(mun_image_open_with(&q, &img, &e), 0);
	holds(img, data, EWF_BYTES);
	map_is(img, ".........");
	mun_image_free(img);
}

static void relatives_are_kept_as_they_are(void **state)
{
	static const struct {
		const char magic[9];
		const char *name;
		const char *puid;
	} kinds[] = {
		{ "LVF\t\r\n\xff", "L01", "fmt/804" },
		{ "EVF2\r\n\x81", "Ex01", "" },
		{ "LEF2\r\n\x81", "Lx01", "" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(kinds); i++) {
		uint8_t p[600] = { 0 };
		struct opened o;

		memcpy(p, kinds[i].magic, 8);
		assert_int_equal(try_open(p, sizeof(p), "x", NULL, &o), 0);
		assert_string_equal(o.img->driver->name, "ewf");
		assert_non_null(strstr(o.img->preserved_only, kinds[i].name));
		assert_string_equal(o.img->puid, kinds[i].puid);
		holds(o.img, p, sizeof(p));
		close_all(&o);
	}
}

static void what_breaks_the_format_is_refused(void **state)
{
	struct ewf_segment s;
	uint8_t data[EWF_BYTES];
	size_t at;

	(void)state;
	ewf_make_disk(&s, data);
	refused(&s, MUN_ECORRUPT, "without a section 'next' or 'done'");
	/* A section that leads back to the first. */
	at = s.len;
	ewf_end(&s, "digest");
	mun_put_le64(s.p + at + 16, 13);
	mun_put_le32(s.p + at + 72, ewf_adler(s.p + at, 72));
	refused(&s, MUN_ECORRUPT, "not behind it");
	ewf_describe(&s, at, "other", 0);
	refused(&s, MUN_ECORRUPT, "nothing follows it");
	s.p[at + 72] ^= 1;
	refused(&s, MUN_ECORRUPT, "no section at byte");
	ewf_begin(&s, 1);
	ewf_end(&s, "done");
	refused(&s, MUN_ECORRUPT, "no section 'volume'");
	ewf_begin(&s, 1);
	ewf_add_volume(&s, "volume", UINT64_MAX / 256);
	ewf_end(&s, "done");
	refused(&s, MUN_ECORRUPT, "beyond all bounds");
	ewf_begin(&s, 1);
	ewf_add_volume(&s, "volume", UINT32_MAX);
	ewf_end(&s, "done");
	refused(&s, MUN_ECORRUPT, "the tables have only 0");
}

static void suffixes_go_on_with_letters(void **state)
{
	static const struct {
		unsigned int number;
		const char *first;
		const char *want;
	} rows[] = {
		{ 1, "E01", "E01" },
		{ 99, "E01", "E99" },
		{ 100, "E01", "EAA" },
		{ 125, "e01", "eaz" },
		{ 126, "E01", "EBA" },
		{ 775, "E01", "EZZ" },
		{ 776, "E01", "FAA" },
		{ 776, "s01", "taa" },
		{ MUN_EWF_SEGMENTS, "E01", "ZZZ" },
	};
	char out[4];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(rows); i++) {
		assert_true(mun_ewf_suffix(rows[i].number, rows[i].first, out));
		assert_string_equal(out, rows[i].want);
	}
	assert_false(mun_ewf_suffix(MUN_EWF_SEGMENTS + 1, "E01", out));
	assert_false(mun_ewf_suffix(0, "E01", out));
	assert_false(mun_ewf_suffix(1, "001", out));
}

/* Make every descriptor's checksum right, and those of what they describe. */
static void fix(uint8_t *p, size_t len)
{
	for (size_t at = 13; at + 76 <= len;) {
		uint64_t next = mun_le64(p + at + 16);
		uint8_t *d = p + at + 76;
		size_t room = len - at - 76;

		mun_put_le32(p + at + 72, ewf_adler(p + at, 72));
		if ((!memcmp(p + at, "vol", 3) || !memcmp(p + at, "dat", 3)) &&
		    room >= 1052)
			mun_put_le32(d + 1048, ewf_adler(d, 1048));
		if (!memcmp(p + at, "error2", 6) && room >= 520)
			mun_put_le32(d + 516, ewf_adler(d, 516));
		if (!memcmp(p + at, "tab", 3) && room >= 24) {
			size_t n = 4 * (size_t)mun_le32(d);

			mun_put_le32(d + 20, ewf_adler(d, 20));
			if (n <= room - 24 && room - 24 - n >= 4)
				mun_put_le32(d + 24 + n, ewf_adler(d + 24, n));
		}
		if (next <= at || next > len)
			return;
		at = (size_t)next;
	}
}

#define FIELDS 128u

static void nothing_that_is_wrong_does_harm(void **state)
{
	const uint32_t pairs[] = { 1, 1, 4, 2 };
	struct mutate_field fields[FIELDS];
	size_t bounds[FIELDS];
	struct mutate_set set = {
		.format = "ewf",
		.file_name = "x.E01",
		.fields = fields,
		.bounds = bounds,
		.fix = fix,
		.sweep = 13,
	};
	uint8_t data[EWF_BYTES];
	struct ewf_segment s;

	(void)state;
	ewf_make_disk(&s, data);
	ewf_add_errors(&s, 2, pairs);
	ewf_add_digests(&s, data, EWF_BYTES);
	ewf_end(&s, "done");
	for (size_t at = 13; at < s.len;) {
		static const struct mutate_field d[] = {
			{ "next", 16, 8, false },
			{ "size", 24, 8, false },
			{ "volume, chunks; table, base", 80, 8, false },
			{ "volume, sectors per chunk", 84, 4, false },
			{ "volume, bytes per sector", 88, 4, false },
			{ "volume, sectors", 92, 8, false },
			{ "table or errors, entries", 76, 4, false },
			{ "table, first entry", 100, 4, false },
			{ "table, second entry", 104, 4, false },
			{ "errors, first sector", 596, 4, false },
			{ "errors, sectors", 600, 4, false },
		};
		size_t next = (size_t)mun_le64(s.p + at + 16);

		bounds[set.nbounds++] = at;
		bounds[set.nbounds++] = at + 76;
		for (size_t i = 0; i < MUN_COUNT(d); i++) {
			bool table = !memcmp(s.p + at, "tab", 3);
			bool errors = !memcmp(s.p + at, "error2", 6);
			bool volume = !memcmp(s.p + at, "vol", 3);

			if ((i >= 3 && i <= 5 && !volume) ||
			    (i == 2 && !volume && !table) ||
			    (i == 6 && !table && !errors) ||
			    (i >= 7 && i <= 8 && !table) || (i >= 9 && !errors))
				continue;
			assert_true(set.nfields < FIELDS);
			fields[set.nfields] = d[i];
			fields[set.nfields++].off += at;
		}
		at = next > at ? next : s.len;
	}
	set.image = s.p;
	set.bytes = s.len;
	mutate_all(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_and_plain_chunks_give_the_disk),
		cmocka_unit_test(the_header_says_who_made_it),
		cmocka_unit_test(a_damaged_header_leaves_the_next),
		cmocka_unit_test(digests_inside_are_compared),
		cmocka_unit_test(segments_follow_in_order),
		cmocka_unit_test(later_segments_are_only_kept),
		cmocka_unit_test(the_first_versions_keep_chunks_in_the_table),
		cmocka_unit_test(the_copy_stands_in_for_a_damaged_table),
		cmocka_unit_test(chunks_tell_whether_they_are_whole),
		cmocka_unit_test(read_errors_are_told),
		cmocka_unit_test(missing_chunks_are_unreadable),
		cmocka_unit_test(offsets_run_beyond_2_gib),
		cmocka_unit_test(relatives_are_kept_as_they_are),
		cmocka_unit_test(what_breaks_the_format_is_refused),
		cmocka_unit_test(suffixes_go_on_with_letters),
		cmocka_unit_test(nothing_that_is_wrong_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
