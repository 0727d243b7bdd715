/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_fmt_flux.c - flux containers: every track is found, what is
 * told is told, and the file stays as it is
 */
#include "core/bytes.h"
#include "core/check.h"
#include "image/companion.h"
#include "image/image.h"
#include "tests/image/floppies.h"
#include "tests/image/kept.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

static void fix_scp(uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 16; i < len; i++)
		sum += p[i];
	if (len >= 16)
		mun_put_le32(p + 12, sum);
}

/* Two tracks of one revolution, 10 times each; and a footer. */
static void make_scp(struct bytes *b)
{
	size_t name;

	add_text(b, "SCP");
	add_u8(b, 0x24);
	add_u8(b, 0x80);
	add_u8(b, 1); /* revolutions */
	add_u8(b, 0);
	add_u8(b, 1); /* last track */
	add_u8(b, 0x21); /* index, footer */
	add_fill(b, 0, 7);
	pad_to(b, 16 + 168 * 4);
	for (unsigned int t = 0; t < 2; t++) {
		set_le32(b, 16 + 4 * (size_t)t, b->len);
		add_text(b, "TRK");
		add_u8(b, t);
		add_le32(b, 8000000);
		add_le32(b, 10);
		add_le32(b, 16);
		for (int i = 0; i < 10; i++)
			add_be16(b, 80);
	}
	name = b->len;
	add_le16(b, 6);
	add(b, "a\\b\1cd", 7);
	for (int i = 0; i < 4; i++)
		add_le32(b, i == 3 ? (uint32_t)name : 0);
	add_fill(b, 0, 8);
	add_le32(b, 951782400);
	add_fill(b, 0, 4 + 8 + 4);
	add_text(b, "FPCS");
	fix_scp(b->p, b->len);
}

static void scp_tells_tracks_and_footer_and_is_summed(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_scp(&b);
	assert_recognised(&b, "scp");
	assert_kept(&b, "scp", "SCP, 1 revolution, 25 ns", 1, 2);
	assert_says(&b, "scp", "creator", "a\\\\b\\x01cd");
	assert_says(&b, "scp", "created", "2000-02-29T00:00:00Z");
	assert_says(&b, "scp", "capture",
		    "from index to index, 48 tpi, 300 rpm, as read");
	assert_checked(&b, "scp", "checksum", MUN_FACT_GOOD);
	assert_checked(&b, "scp", "structure", MUN_FACT_GOOD);
	b.p[b.len - 60] ^= 1;
	assert_checked(&b, "scp", "checksum", MUN_FACT_BAD);
	free(b.p);
}

static void an_scp_that_may_be_written_has_no_sum(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_scp(&b);
	b.p[8] |= 0x10;
	o = open_image(&b, "scp");
	assert_null(fact_of(o.img, "checksum"));
	close_image(&o);
	free(b.p);
}

static void a_track_of_an_scp_that_is_elsewhere_is_told(void **state)
{
	struct bytes b = { 0 };
	size_t at;

	(void)state;
	make_scp(&b);
	at = mun_le32(b.p + 16);
	/* A track with another number; times beyond the end. */
	b.p[at + 3] = 1;
	assert_checked(&b, "scp", "structure", MUN_FACT_BAD);
	b.p[at + 3] = 0;
	assert_checked(&b, "scp", "structure", MUN_FACT_GOOD);
	set_le32(&b, at + 8, 100000);
	assert_checked(&b, "scp", "structure", MUN_FACT_BAD);
	b.p[7] = 168;
	assert_refused(&b, "scp", MUN_ECORRUPT, "tracks 0 to 168");
	free(b.p);
}

static void no_field_of_an_scp_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "revolutions", 5, 1, false }, { "first", 6, 1, false },
		{ "last", 7, 1, false },        { "flags", 8, 1, false },
		{ "heads", 10, 1, false },      { "resolution", 11, 1, false },
		{ "offset", 16, 4, false },     { "duration", 692, 4, false },
		{ "times", 696, 4, false },     { "data", 700, 4, false },
	};
	static const size_t bounds[] = { 16, 688, 704, 724, 760 };
	struct bytes b = { 0 };

	(void)state;
	make_scp(&b);
	mutate_all(&(struct mutate_set){
		.format = "scp",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.fix = fix_scp,
		.sweep = 32,
	});
	free(b.p);
}

static void add_oob(struct bytes *b, unsigned int type, size_t len)
{
	add_u8(b, 0x0d);
	add_u8(b, type);
	add_le16(b, (unsigned int)len);
}

/* Every code there is, and the positions that belong to it. */
static void make_kryoflux(struct bytes *b)
{
	static const char text[] =
		"name=KryoFlux DiskSystem, version=3.00s, sck=24";
	static const uint8_t codes[] = { 0x08, 0x09, 0,    0x0a, 0,
					 0,    0x0b, 0x0c, 0x12, 0x34,
					 0x07, 0x80, 0x0e, 0xff };

	add_oob(b, 4, sizeof(text));
	add(b, text, sizeof(text));
	add(b, codes, sizeof(codes));
	add_oob(b, 2, 12);
	add_le32(b, 3);
	add_fill(b, 0, 8);
	add_oob(b, 1, 8);
	add_le32(b, sizeof(codes));
	add_le32(b, 5);
	add_u8(b, 0x40);
	add_oob(b, 3, 8);
	add_le32(b, sizeof(codes) + 1);
	add_le32(b, 0);
	add_oob(b, 0x0d, 0x0d0d);
}

static void a_kryoflux_stream_is_walked(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_kryoflux(&b);
	assert_recognised(&b, "kryoflux");
	o = open_image(&b, "kryoflux");
	assert_string_equal(o.img->variant,
			    "KryoFlux 3.00s, one track, 1 index pulses");
	assert_string_equal(o.img->puid, "fmt/2015");
	assert_fact(o.img, "name", "KryoFlux DiskSystem");
	assert_fact(o.img, "sck", "24");
	assert_fact(o.img, "flux transitions", "5");
	assert_check(o.img, "structure", MUN_FACT_GOOD);
	assert_view(o.img, MUN_VIEW_RAW, 0, b.p, b.len);
	close_image(&o);
	free(b.p);
}

/* The first track of a folder stands for the disk; the others do not. */
static void the_streams_of_a_disk_belong_together(void **state)
{
	static const struct {
		const char *name;
		size_t parts;
	} of[] = { { "track00.0.raw", 3 }, { "track00.1.raw", 0 },
		   { "track83.1.raw", 0 }, { "other00.0.raw", 0 },
		   { "track00.0", 0 },     { "00.0.raw", 0 } };
	static const char *const there[] = { "track00.0.raw", "track00.1.raw",
					     "track05.0.raw", "track83.1.raw",
					     "track84.raw" };
	char *dir = mun_test_dir();
	char *first = mun_test_path(dir, there[0]);
	struct bytes b = { 0 };

	(void)state;
	make_kryoflux(&b);
	for (size_t i = 0; i < MUN_COUNT(there); i++) {
		char *path = mun_test_path(dir, there[i]);

		mun_test_write(path, b.p, b.len);
		free(path);
	}
	for (size_t i = 0; i < MUN_COUNT(of); i++) {
		struct mun_image_request q = { .format = "kryoflux",
					       .file_name = of[i].name };
		struct mun_image *img = NULL;
		struct mun_err e;
		size_t parts = 0;

		assert_int_equal(mun_source_from_memory(b.p, b.len, &q.src, &e),
				 0);
		assert_int_equal(
			mun_companions_folder(first, &q.companions, &e), 0);
		assert_int_equal(mun_image_open_with(&q, &img, &e), 0);
		for (size_t k = 0; k < img->nfacts; k++)
			parts += img->facts[k].kind == MUN_FACT_PART;
		assert_int_equal(parts, of[i].parts);
		mun_image_free(img);
		mun_companions_close(q.companions);
		mun_source_close(q.src);
	}
	free(b.p);
	free(first);
	mun_test_dir_remove(dir);
}

static void what_breaks_a_stream_is_told(void **state)
{
	static const struct {
		size_t from_end; /* this byte, changed by */
		unsigned int by; /* or cut there */
		const char *says;
	} cases[] = {
		{ 4 + 8, 1, "a block that does not fit" },
		{ 4 + 4, 1, "the device told of a failure" },
		{ 4 + 12 + 1 + 8, 1, "a block that does not fit" },
		{ 4, 0, "the file ends within" },
		{ 5, 0, "the file ends within" },
		{ 16, 0, "the file ends within" },
	};
	struct bytes b = { 0 };

	(void)state;
	make_kryoflux(&b);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t len = b.len;
		size_t at = len - cases[i].from_end;
		struct opened o;

		b.p[at] = (uint8_t)(b.p[at] ^ cases[i].by);
		if (!cases[i].by)
			b.len = at;
		o = open_image(&b, "kryoflux");
		assert_check(o.img, "structure", MUN_FACT_BAD);
		assert_non_null(strstr(fact_of(o.img, "structure")->value,
				       cases[i].says));
		close_image(&o);
		b.p[at] = (uint8_t)(b.p[at] ^ cases[i].by);
		b.len = len;
	}
	b.p[0] = 0x0e;
	assert_refused(&b, "kryoflux", MUN_ECORRUPT, "no block out of band");
	free(b.p);
}

static void no_byte_of_a_stream_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "type", 1, 1, false },
		{ "length", 2, 2, false },
	};
	static const size_t bounds[] = { 1, 4, 52, 66, 70, 82, 94 };
	struct bytes b = { 0 };

	(void)state;
	make_kryoflux(&b);
	mutate_all(&(struct mutate_set){
		.format = "kryoflux",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = b.len,
	});
	free(b.p);
}

static void make_a2r_head(struct bytes *b, const char *magic, unsigned int type)
{
	add_text(b, magic);
	add(b, "\xff\n\r\n", 4);
	add_chunk(b, "INFO", 37);
	add_u8(b, 1);
	add_text(b, "Applesauce");
	add_fill(b, ' ', 22);
	add_u8(b, type);
	add_u8(b, 1);
	add_u8(b, 0);
	add_u8(b, 0);
}

static void make_a2r2(struct bytes *b)
{
	make_a2r_head(b, "A2R2", 1);
	add_chunk(b, "STRM", 2 * 20 + 1);
	for (unsigned int i = 0; i < 2; i++) {
		add_u8(b, 4 * i);
		add_u8(b, 1);
		add_le32(b, 10);
		add_le32(b, 5);
		add_fill(b, 0x20, 10);
	}
	add_u8(b, 0xff);
}

static void make_a2r3(struct bytes *b)
{
	make_a2r_head(b, "A2R3", 2);
	add_chunk(b, "RWCP", 16 + 5 + 8 + 4 + 10 + 1);
	add_u8(b, 1);
	add_fill(b, 0, 15);
	add_text(b, "C");
	add_u8(b, 1);
	add_le16(b, 3);
	add_u8(b, 2);
	add_fill(b, 0, 8);
	add_le32(b, 10);
	add_fill(b, 0x20, 10);
	add_text(b, "X");
	add_chunk(b, "SLVD", 16 + 12 + 4 + 4 + 6 + 1);
	add_u8(b, 1);
	add_fill(b, 0, 15);
	add_text(b, "T");
	add_le16(b, 3);
	add_fill(b, 0, 8);
	add_u8(b, 1);
	add_fill(b, 0, 4);
	add_le32(b, 6);
	add_fill(b, 0x21, 6);
	add_text(b, "X");
}

static void a2r_of_both_versions_tells_its_captures(void **state)
{
	struct bytes b2 = { 0 };
	struct bytes b3 = { 0 };
	struct opened o;

	(void)state;
	make_a2r2(&b2);
	make_a2r3(&b3);
	assert_recognised(&b2, "a2r");
	assert_recognised(&b3, "a2r");
	assert_kept(&b2, "a2r", "A2R 2, 5.25-inch, quarter tracks", 2, 1);
	assert_kept(&b3, "a2r", "A2R 3, 3.5-inch, both sides", 2, 2);
	assert_says(&b2, "a2r", "creator", "Applesauce");
	assert_says(&b2, "a2r", "captures", "2");
	assert_says(&b3, "a2r", "captures", "1");
	assert_says(&b3, "a2r", "solved tracks", "1");
	assert_checked(&b2, "a2r", "structure", MUN_FACT_GOOD);
	assert_checked(&b3, "a2r", "structure", MUN_FACT_GOOD);
	b2.len -= 2;
	assert_checked(&b2, "a2r", "structure", MUN_FACT_BAD);
	b3.p[8 + 45 + 8 + 16] = 'D';
	o = open_image(&b3, "a2r");
	assert_non_null(strstr(o.img->note, "byte 77 is no capture"));
	close_image(&o);
	free(b2.p);
	free(b3.p);
}

static void no_field_of_an_a2r_can_do_harm(void **state)
{
	static const struct mutate_field fields2[] = {
		{ "info", 12, 4, false },  { "type", 49, 1, false },
		{ "strm", 57, 4, false },  { "place", 61, 1, false },
		{ "bytes", 63, 4, false },
	};
	static const struct mutate_field fields3[] = {
		{ "rwcp", 57, 4, false },    { "place", 79, 2, false },
		{ "indexes", 81, 1, false }, { "bytes", 90, 4, false },
		{ "slvd", 109, 4, false },
	};
	static const size_t bounds[] = { 8, 16, 53, 61, 77, 81, 94, 105 };
	struct bytes b2 = { 0 };
	struct bytes b3 = { 0 };

	(void)state;
	make_a2r2(&b2);
	make_a2r3(&b3);
	mutate(&b2, "a2r", fields2, MUN_COUNT(fields2), bounds,
	       MUN_COUNT(bounds));
	mutate(&b3, "a2r", fields3, MUN_COUNT(fields3), bounds,
	       MUN_COUNT(bounds));
	free(b2.p);
	free(b3.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scp_tells_tracks_and_footer_and_is_summed),
		cmocka_unit_test(an_scp_that_may_be_written_has_no_sum),
		cmocka_unit_test(a_track_of_an_scp_that_is_elsewhere_is_told),
		cmocka_unit_test(no_field_of_an_scp_can_do_harm),
		cmocka_unit_test(a_kryoflux_stream_is_walked),
		cmocka_unit_test(the_streams_of_a_disk_belong_together),
		cmocka_unit_test(what_breaks_a_stream_is_told),
		cmocka_unit_test(no_byte_of_a_stream_can_do_harm),
		cmocka_unit_test(a2r_of_both_versions_tells_its_captures),
		cmocka_unit_test(no_field_of_an_a2r_can_do_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
