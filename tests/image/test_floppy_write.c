/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_floppy_write.c - IMD, EDSK and MSA written and read again */
#include "core/check.h"
#include "image/floppy.h"
#include "image/fmt_dsk.h"
#include "image/writer.h"
#include "tests/image/floppies.h"
#include "tests/support/support.h"

#include <stdio.h>

/* A conversion: what it made, read again, and what was lost. */
struct made {
	char *dir;
	char *path;
	struct bytes file;
	struct opened o;
	struct mun_loss loss;
};

static int convert(struct mun_image *img, const char *to, const char *options,
		   struct made *m, struct mun_err *e)
{
	char text[128];
	struct mun_write_option list[4];
	struct mun_convert c = { .img = img, .accept_loss = true };
	char *rest = text;
	int rc;

	memset(m, 0, sizeof(*m));
	snprintf(text, sizeof(text), "%s", options);
	c.options.list = list;
	while (*rest) {
		struct mun_write_option *o = &list[c.options.n++];
		char *value = strchr(rest, '=');

		assert_non_null(value);
		*value = '\0';
		o->key = rest;
		o->value = value + 1;
		rest = value + 1 + strcspn(value + 1, " ");
		if (*rest)
			*rest++ = '\0';
	}
	m->dir = mun_test_dir();
	m->path = mun_test_path(m->dir, "out.img");
	c.path = m->path;
	assert_int_equal(mun_writer_for(to, m->path, &c.writer, e), 0);
	rc = mun_convert_run(&c, e);
	m->loss = c.loss;
	return rc;
}

static void end(struct made *m)
{
	if (m->o.img)
		close_image(&m->o);
	free(m->file.p);
	free(m->path);
	mun_loss_clear(&m->loss);
	mun_test_dir_remove(m->dir);
}

/* What cannot be converted ends the test. */
static struct made make(struct mun_image *img, const char *to,
			const char *options)
{
	struct made m;
	struct mun_err e;
	char text[1024];
	char *bytes;

	if (convert(img, to, options, &m, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	bytes = mun_test_read(m.path, &m.file.len);
	assert_non_null(bytes);
	m.file.p = (uint8_t *)bytes;
	m.o = open_image(&m.file, to);
	return m;
}

static void assert_lost(const struct made *m, const char *what)
{
	for (size_t i = 0; i < m->loss.nrows; i++)
		if (strcmp(m->loss.rows[i].what, what) == 0)
			return;
	fail_msg("the loss of '%s' is not told", what);
}

static void assert_same_content(struct mun_image *a, struct mun_image *b)
{
	uint8_t *bytes = malloc(a->bytes);
	struct mun_err e;

	assert_non_null(bytes);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(
		mun_image_pread(a, MUN_VIEW_CONTENT, bytes, a->bytes, 0, &e),
		0);
	assert_view(b, MUN_VIEW_CONTENT, 0, bytes, a->bytes);
	free(bytes);
}

/* ... and each sector with its ID and its state, in its place. */
static void assert_same_sectors(struct mun_image *a, struct mun_image *b)
{
	const struct mun_floppy *x = a->floppy;
	const struct mun_floppy *y = b->floppy;

	assert_int_equal(x->ntracks, y->ntracks);
	assert_int_equal(x->nsectors, y->nsectors);
	for (size_t i = 0; i < x->ntracks; i++) {
		assert_int_equal(x->tracks[i].cylinder, y->tracks[i].cylinder);
		assert_int_equal(x->tracks[i].head, y->tracks[i].head);
		assert_int_equal(x->tracks[i].sectors, y->tracks[i].sectors);
		assert_int_equal(x->tracks[i].encoding, y->tracks[i].encoding);
	}
	for (size_t i = 0; i < x->nsectors; i++) {
		const struct mun_sector *s = &x->sectors[i];
		const struct mun_sector *t = &y->sectors[i];

		assert_int_equal(s->c, t->c);
		assert_int_equal(s->h, t->h);
		assert_int_equal(s->r, t->r);
		assert_int_equal(s->n, t->n);
		assert_int_equal(s->bytes, t->bytes);
		assert_int_equal(s->flags, t->flags);
	}
	assert_same_content(a, b);
}

/* Plain sectors of 2 heads and 9 sectors; some filled, some not. */
static void make_plain(struct bytes *b, unsigned int cylinders)
{
	add_fill(b, 0xe5, (size_t)cylinders * 2 * 9 * 512);
	for (size_t i = 0; i < b->len; i += 512)
		if (i % 3 == 0)
			mun_test_pattern(b->p + i, 512, i);
	memcpy(b->p, "no boot sector", 14);
}

static void plain_sectors_become_each_format(void **state)
{
	static const char *const formats[] = { "imd", "edsk", "msa" };
	struct bytes b = { 0 };
	struct opened in;

	(void)state;
	make_plain(&b, 80);
	in = open_image(&b, "floppy");
	for (size_t i = 0; i < MUN_COUNT(formats); i++) {
		struct made m = make(in.img, formats[i], "");
		struct made again = make(in.img, formats[i], "");

		assert_same_content(in.img, m.o.img);
		assert_int_equal(m.loss.nrows, 0);
		assert_int_equal(m.o.img->geometry.cylinders, 80);
		assert_int_equal(m.o.img->geometry.heads, 2);
		assert_int_equal(m.o.img->geometry.sectors, 9);
		assert_int_equal(again.file.len, m.file.len);
		assert_memory_equal(again.file.p, m.file.p, m.file.len);
		assert_true(i != 1 ? m.file.len < b.len : m.file.len > b.len);
		end(&again);
		end(&m);
	}
	close_image(&in);
	free(b.p);
}

/* 10 sectors of MFM or a Macintosh's GCR: only a person knows. */
static void an_unknown_geometry_is_asked_for(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;
	struct mun_err e;

	(void)state;
	add_fill(&b, 1, 819200);
	in = open_image(&b, "floppy");
	assert_int_equal(convert(in.img, "edsk", "", &m, &e), MUN_EUNSUPPORTED);
	end(&m);
	assert_int_equal(convert(in.img, "imd", "heads=2 sectors=7", &m, &e),
			 MUN_EUNSUPPORTED);
	end(&m);
	assert_int_equal(convert(in.img, "imd", "heads=3", &m, &e), MUN_EINVAL);
	end(&m);
	m = make(in.img, "imd", "heads=2 sectors=10");
	assert_int_equal(m.o.img->geometry.cylinders, 80);
	assert_same_content(in.img, m.o.img);
	end(&m);
	close_image(&in);
	free(b.p);
}

/* An IMD with maps, sizes, every type of sector, a comment and a date. */
static void make_imd(struct bytes *b)
{
	static const uint8_t second[] = {
		3, 1, 0xc1, 2, 0xff, 1, 2, 7, 8, 3, 4
	};

	add_text(b, "IMD 1.18: 23/10/2007 12:34:56\r\nA comment\r\n\x1a");
	add_u8(b, 5);
	add_u8(b, 0);
	add_u8(b, 0);
	add_u8(b, 10);
	add_u8(b, 0);
	for (unsigned int r = 9; r > 0; r--)
		add_u8(b, r);
	add_u8(b, 9); /* a copy */
	for (unsigned int type = 0; type < 9; type++) {
		add_u8(b, type);
		if (type)
			add_fill(b, type, type & 1 ? 127 : 1);
		if (type & 1)
			add_u8(b, 0xff);
	}
	add_u8(b, 2);
	add_u8(b, 0x77);
	add(b, second, sizeof(second));
	add_le16(b, 256);
	add_le16(b, 128);
	add_u8(b, 1);
	add_fill(b, 0xaa, 255);
	add_u8(b, 0);
	add_u8(b, 4);
	add_u8(b, 0xbb);
	add_text(b, "\x05\x02"); /* a blank track */
	add_fill(b, 0, 3);
}

static void an_imd_is_written_as_it_was(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;

	(void)state;
	make_imd(&b);
	in = open_image(&b, "imd");
	m = make(in.img, "imd", "");
	assert_int_equal(m.file.len, b.len);
	assert_memory_equal(m.file.p, b.p, b.len);
	end(&m);
	m = make(in.img, "imd", "date=1999-12-31T23:59:58");
	assert_memory_equal(m.file.p, "IMD 1.18: 31/12/1999 23:59:58\r\n", 31);
	assert_same_sectors(in.img, m.o.img);
	end(&m);
	close_image(&in);
	free(b.p);
}

static void edsk_keeps_what_imd_knows_of_a_sector(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;
	struct made back;

	(void)state;
	make_imd(&b);
	b.len -= 5; /* EDSK does not tell a blank track at the end */
	in = open_image(&b, "imd");
	m = make(in.img, "edsk", "");
	assert_same_sectors(in.img, m.o.img);
	assert_lost(&m, "comment");
	assert_lost(&m, "created");
	back = make(m.o.img, "imd", "");
	assert_same_sectors(in.img, back.o.img);
	end(&back);
	end(&m);
	close_image(&in);
	free(b.p);
}

/* One track: a weak sector read three times, one cut short, odd status. */
static void make_edsk(struct bytes *b, const char *tail)
{
	static const uint8_t ids[][8] = {
		{ 0, 0, 1, 0, 0x20, 0x20, 0x80, 1 },
		{ 0, 0, 2, 0, 0x84, 0x00, 0x80, 0 },
		{ 0, 0, 3, 1, 0x20, 0x20, 0x40, 0 },
		{ 9, 1, 4, 0, 0x00, 0x01, 0x00, 0 },
	};

	add_text(b, MUN_EDSK_MAGIC "muniment      \1\1");
	add_le16(b, 0);
	add_u8(b, 4);
	add_fill(b, 0, 256 - b->len);
	add_text(b, MUN_DSK_TRACK);
	add_le32(b, 0);
	add_fill(b, 0, 2);
	add_u8(b, 1);
	add_u8(b, 2);
	add_u8(b, 0);
	add_u8(b, MUN_COUNT(ids));
	add_u8(b, 0x2a);
	add_u8(b, 0xf6);
	add(b, ids, sizeof(ids));
	add_fill(b, 0, 512 - b->len);
	for (unsigned int i = 0; i < 3; i++)
		add_fill(b, 0x10 + i, 128);
	add_fill(b, 0x20, 128);
	add_fill(b, 0x30, 64);
	add_fill(b, 0, (256 - b->len % 256) % 256);
	add_text(b, tail);
}

static void an_edsk_is_written_as_it_was(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;
	struct mun_err e;

	(void)state;
	make_edsk(&b, "");
	in = open_image(&b, "edsk");
	m = make(in.img, "edsk", "");
	assert_int_equal(m.file.len, b.len);
	assert_memory_equal(m.file.p, b.p, b.len);
	assert_int_equal(m.o.img->raw_bytes, in.img->raw_bytes);
	end(&m);
	/* IMD has no sector of 64 bytes, and MSA one geometry. */
	assert_int_equal(convert(in.img, "imd", "", &m, &e), MUN_EUNSUPPORTED);
	end(&m);
	assert_int_equal(convert(in.img, "msa", "", &m, &e), MUN_EUNSUPPORTED);
	end(&m);
	close_image(&in);
	free(b.p);
}

static void what_is_not_decoded_is_told_as_lost(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;

	(void)state;
	make_edsk(&b, "Offset-Info\r\n");
	in = open_image(&b, "edsk");
	m = make(in.img, "edsk", "");
	assert_lost(&m, "positions");
	end(&m);
	close_image(&in);
	free(b.p);
}

static void imd_says_that_it_keeps_one_reading_of_a_weak_sector(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;

	(void)state;
	make_edsk(&b, "");
	b.p[256 + 24 + 16 + 3] = 0; /* no sector is cut short */
	b.p[256 + 24 + 16 + 6] = 0x80;
	in = open_image(&b, "edsk");
	m = make(in.img, "imd", "");
	assert_lost(&m, "weak sectors");
	assert_lost(&m, "failed checks of ID fields");
	assert_lost(&m, "creator");
	assert_int_equal(m.o.img->floppy->nsectors, 4);
	assert_same_content(in.img, m.o.img);
	assert_extent(m.o.img, MUN_VIEW_CONTENT, 0, 384, MUN_EXTENT_DOUBTFUL);
	assert_extent(m.o.img, MUN_VIEW_CONTENT, 384, 128,
		      MUN_EXTENT_UNREADABLE);
	end(&m);
	close_image(&in);
	free(b.p);
}

/* A disk whose sectors begin at another number than 1 is more than its bytes; one
 * of 48 tpi, each second track of which is blank, is not. */
static void raw_says_that_numbers_of_sectors_are_lost(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;

	(void)state;
	for (unsigned int base = 1; base <= 0xc1; base += 0xc0) {
		b.len = 0;
		add_text(&b, "IMD 1.18: 23/10/2007 12:34:56\r\n\x1a");
		for (unsigned int c = 0; c < 2; c++) {
			add_u8(&b, 5);
			add_u8(&b, 2 * c);
			add_u8(&b, 0x80);
			add_u8(&b, 1);
			add_u8(&b, 2);
			add_u8(&b, base);
			add_u8(&b, c);
			add_le16(&b, 0xe502);
		}
		in = open_image(&b, "imd");
		m = make(in.img, "raw", "");
		assert_int_equal(m.o.img->bytes, 1024);
		if (base > 1)
			assert_lost(&m, "ID fields that are not those of the "
					"place");
		else /* who made it, and when */
			assert_int_equal(m.loss.nrows, 1);
		end(&m);
		close_image(&in);
	}
	free(b.p);
}

/* ED: a mode that IMD lacks, and more than EDSK's byte for the rate. */
static void extra_density_is_for_edsk_alone(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;
	struct mun_err e;

	(void)state;
	add_fill(&b, 0x5a, 2949120);
	in = open_image(&b, "floppy");
	assert_int_equal(convert(in.img, "imd", "", &m, &e), MUN_EUNSUPPORTED);
	end(&m);
	m = make(in.img, "edsk", "");
	assert_same_content(in.img, m.o.img);
	assert_int_equal(m.o.img->floppy->tracks[0].kbps, 1000);
	end(&m);
	close_image(&in);
	free(b.p);
}

static void msa_marks_e5_and_packs_what_pays(void **state)
{
	struct bytes b = { 0 };
	struct opened in;
	struct made m;
	const size_t track = 9 * 512;

	(void)state;
	make_plain(&b, 80);
	memset(b.p, 7, track); /* one run */
	mun_test_pattern(b.p + track, track, 5); /* none */
	memcpy(b.p + 2 * track, "\xe5\1\1\1\1\2\2\2\2\2", 10);
	memset(b.p + 2 * track + 10, 9, track - 10);
	in = open_image(&b, "floppy");
	m = make(in.img, "msa", "");
	assert_memory_equal(m.file.p, "\x0e\x0f\0\x09\0\1\0\0\0\x4f", 10);
	assert_memory_equal(m.file.p + 10, "\0\4\xe5\7\x12\0", 6);
	assert_memory_equal(m.file.p + 16, "\x12\0", 2);
	assert_memory_equal(m.file.p + 18, b.p + track, track);
	assert_memory_equal(m.file.p + 18 + track,
			    "\0\x10\xe5\xe5\0\1\1\1\1\1\xe5\2\0\5\xe5\x09\x11"
			    "\xf6",
			    18);
	assert_same_content(in.img, m.o.img);
	end(&m);
	close_image(&in);
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_sectors_become_each_format),
		cmocka_unit_test(an_unknown_geometry_is_asked_for),
		cmocka_unit_test(an_imd_is_written_as_it_was),
		cmocka_unit_test(edsk_keeps_what_imd_knows_of_a_sector),
		cmocka_unit_test(an_edsk_is_written_as_it_was),
		cmocka_unit_test(what_is_not_decoded_is_told_as_lost),
		cmocka_unit_test(
			imd_says_that_it_keeps_one_reading_of_a_weak_sector),
		cmocka_unit_test(raw_says_that_numbers_of_sectors_are_lost),
		cmocka_unit_test(extra_density_is_for_edsk_alone),
		cmocka_unit_test(msa_marks_e5_and_packs_what_pays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
