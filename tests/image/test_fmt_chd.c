/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_chd.c - CHD: read, damaged, of a parent, written */
#include "core/bytes.h"
#include "core/check.h"
#include "image/cdsector.h"
#include "image/disc.h"
#include "image/fmt_chd.h"
#include "image/writer.h"
#include "tests/image/make_disc.h"
#include "tests/image/mutate.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

#include <libdeflate.h>
#include <lzma.h>
#include <openssl/evp.h>
#include <zstd.h>

#define HUNK 1024u
#define HUNKS 6u
#define DISK (HUNKS * HUNK - 512u) /* the last hunk is half */
#define HEAD 124u
#define MAP_OFF 8192u
#define FILE_MAX 16384u

struct chd {
	uint8_t p[FILE_MAX];
	size_t len;
	uint8_t disk[HUNKS * HUNK];
};

static void sha1(const void *data, size_t len, uint8_t *out)
{
	assert_int_equal(EVP_Digest(data, len, out, NULL, EVP_sha1(), NULL), 1);
}

static void make_head(struct chd *c, const char *codecs, uint64_t bytes)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->p, "MComprHD", 8);
	mun_put_be32(c->p + 8, HEAD);
	mun_put_be32(c->p + 12, 5);
	memcpy(c->p + 16, codecs, strlen(codecs));
	mun_put_be64(c->p + 32, bytes);
	mun_put_be64(c->p + 40, MAP_OFF);
	mun_put_be64(c->p + 48, HEAD);
	mun_put_be32(c->p + 56, HUNK);
	mun_put_be32(c->p + 60, 512);
	/* One piece of metadata. */
	memcpy(c->p + HEAD, "GDDD\1\0\0\37", 8);
	memcpy(c->p + HEAD + 16, "CYLS:11,HEADS:1,SECS:1,BPS:512", 31);
	for (size_t i = 0; i < HUNKS; i++)
		mun_test_pattern(c->disk + i * HUNK, HUNK, (unsigned int)i);
	/* The third is zeros; the fourth is as the first. */
	memset(c->disk + (size_t)2 * HUNK, 0, HUNK);
	memcpy(c->disk + (size_t)3 * HUNK, c->disk, HUNK);
	/* Half noise, half zeros: worth compressing. */
	for (size_t i = 0; i < 2; i++)
		memset(c->disk + i * HUNK + HUNK / 2, (int)i, HUNK / 2);
	memcpy(c->disk + (size_t)3 * HUNK, c->disk, HUNK);
	memset(c->disk + DISK, 0, 512);
}

/* Not compressed: hunks 0, 1, 4 and 5 lie at 1, 2, 3 and 4. */
static void make_plain(struct chd *c)
{
	static const uint32_t where[HUNKS] = { 1, 2, 0, 1, 3, 4 };

	make_head(c, "", DISK);
	for (size_t i = 0; i < HUNKS; i++) {
		mun_put_be32(c->p + MAP_OFF + 4 * i, where[i]);
		if (where[i])
			memcpy(c->p + where[i] * HUNK, c->disk + i * HUNK,
			       HUNK);
	}
	c->len = MAP_OFF + 4 * HUNKS;
}

/* Bits as the map has them. */
struct bits {
	uint8_t *p;
	size_t at;
};

static void put(struct bits *b, uint64_t v, unsigned int n)
{
	for (; n; n--, b->at++)
		if (v >> (n - 1) & 1)
			b->p[b->at / 8] |= (uint8_t)(0x80 >> b->at % 8);
}

static uint16_t crc(const uint8_t *data, size_t len)
{
	uint32_t v = 0xffff;

	for (size_t i = 0; i < len; i++) {
		v ^= (uint32_t)data[i] << 8;
		for (int k = 0; k < 8; k++)
			v = v & 0x8000 ? v << 1 ^ 0x1021 : v << 1;
		v &= 0xffff;
	}
	return (uint16_t)v;
}

typedef size_t pack_fn(const uint8_t *in, uint8_t *out, size_t room);

static size_t pack_zlib(const uint8_t *in, uint8_t *out, size_t room)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	size_t n = libdeflate_deflate_compress(c, in, HUNK, out, room);

	libdeflate_free_compressor(c);
	return n;
}

static size_t pack_zstd(const uint8_t *in, uint8_t *out, size_t room)
{
	return ZSTD_compress(out, room, in, HUNK, 3);
}

static size_t pack_lzma(const uint8_t *in, uint8_t *out, size_t room)
{
	lzma_options_lzma o;
	lzma_filter f[] = { { LZMA_FILTER_LZMA1, &o },
			    { LZMA_VLI_UNKNOWN, NULL } };
	size_t n = 0;

	assert_false(lzma_lzma_preset(&o, 6));
	assert_int_equal(
		lzma_raw_buffer_encode(f, NULL, in, HUNK, out, &n, room),
		LZMA_OK);
	return n;
}

/* A code of 256 words of 8 bits: each length 8 told by the code of lengths, in
 * which symbol 9 (length 8) has one bit and symbol 0 (again) the other. */
static size_t pack_huff(const uint8_t *in, uint8_t *out, size_t room)
{
	struct bits b = { out, 0 };

	memset(out, 0, room);
	put(&b, 1, 3); /* symbol 0: one bit */
	put(&b, 7, 3); /* symbols from 8 on follow */
	put(&b, 0, 3); /* 8 */
	put(&b, 1, 3); /* 9 */
	put(&b, 7, 3); /* no more */
	put(&b, 1, 1); /* a length of 8 */
	put(&b, 0, 1); /* again, 2 + 7 + 246 = 255 times */
	put(&b, 7, 3);
	put(&b, 246, 8);
	for (size_t i = 0; i < HUNK; i++)
		put(&b, in[i], 8);
	return b.at / 8 + 1;
}

static void fix_map(struct chd *c, const struct bits *b, const uint8_t *rows)
{
	uint8_t *h = c->p + MAP_OFF;
	uint16_t sum = crc(rows, 12u * HUNKS);

	c->len = MAP_OFF + 16 + b->at / 8 + 1;
	mun_put_be32(h, (uint32_t)(b->at / 8 + 1));
	h[8] = HUNK >> 8;
	h[10] = (uint8_t)(sum >> 8);
	h[11] = (uint8_t)sum;
	h[12] = 12; /* bits of a length */
	h[13] = 4; /* of a hunk */
	h[14] = 5; /* of a unit */
}

/* Hunks: codec, codec, zeros by codec, as the first, plain, plain. */
static void make_packed(struct chd *c, const char *codec, pack_fn *pack)
{
	static const unsigned int types[HUNKS] = { 0, 0, 0, 5, 4, 4 };
	uint8_t rows[12 * HUNKS] = { 0 };
	struct bits b = { c->p + MAP_OFF + 16, 0 };
	size_t at = HUNK;

	make_head(c, codec, DISK);
	for (int i = 0; i < 16; i++)
		put(&b, 4, 4);
	put(&b, 0, 4);
	put(&b, 0, 4);
	put(&b, 0, 4);
	put(&b, 5, 4);
	put(&b, 4, 4);
	put(&b, 4, 4);
	for (size_t i = 0; i < HUNKS; i++) {
		uint8_t *row = rows + 12 * i;
		const uint8_t *in = c->disk + i * HUNK;
		uint16_t sum = crc(in, HUNK);
		size_t n = HUNK;

		row[0] = (uint8_t)types[i];
		if (types[i] == 5) {
			put(&b, 0, 4);
			continue;
		}
		if (types[i] == 0) {
			n = pack(in, c->p + at, HUNK * 2);
			assert_true(n > 0);
			put(&b, n, 12);
		} else {
			memcpy(c->p + at, in, HUNK);
		}
		put(&b, sum, 16);
		row[2] = (uint8_t)(n >> 8);
		row[3] = (uint8_t)n;
		mun_put_be32(row + 6, (uint32_t)at);
		row[10] = (uint8_t)(sum >> 8);
		row[11] = (uint8_t)sum;
		at += n;
	}
	assert_true(at < MAP_OFF);
	fix_map(c, &b, rows);
	sha1(c->disk, DISK, c->p + 64);
}

static void a_disk_that_is_not_compressed_is_read(void **state)
{
	static struct chd c;
	struct vdisk v;
	char *x;

	(void)state;
	make_plain(&c);
	v = vdisk_open(c.p, c.len, NULL, NULL);
	x = vdisk_extents(v.img);
	assert_string_equal(v.img->format->name, "chd");
	assert_string_equal(v.img->variant,
			    "version 5, not compressed, hard disk");
	assert_int_equal(v.img->geometry.cylinders, 11);
	vdisk_is(v.img, c.disk, DISK);
	assert_string_equal(x, "data 0+2048 hole 2048+1024 data 3072+2560");
	free(x);
	vdisk_close(&v);
}

static void every_codec_of_disks_is_read(void **state)
{
	static const struct {
		const char *name;
		pack_fn *pack;
	} codecs[] = {
		{ "zlib", pack_zlib },
		{ "zstd", pack_zstd },
		{ "lzma", pack_lzma },
		{ "huff", pack_huff },
	};
	static struct chd c;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(codecs); i++) {
		struct vdisk v;
		struct mun_err e;

		make_packed(&c, codecs[i].name, codecs[i].pack);
		v = vdisk_open(c.p, c.len, NULL, NULL);
		vdisk_is(v.img, c.disk, DISK);
		assert_int_equal(vdisk_check(v.img, "SHA-1"), MUN_FACT_NONE);
		assert_int_equal(mun_image_verify(v.img, &e), 0);
		assert_int_equal(vdisk_check(v.img, "SHA-1"), MUN_FACT_GOOD);
		vdisk_close(&v);
	}
}

static void a_hunk_that_is_not_what_it_was_is_told(void **state)
{
	static struct chd c;
	struct vdisk v;
	uint8_t buf[HUNK];
	struct mun_err e;

	(void)state;
	make_packed(&c, "zlib", pack_zlib);
	v = vdisk_open(c.p, c.len, NULL, NULL);
	/* The fifth is plain, so only its CRC knows. */
	for (size_t i = HUNK; i < MAP_OFF; i++) {
		if (memcmp(c.p + i, c.disk + (size_t)4 * HUNK, HUNK) == 0) {
			c.p[i + 5] ^= 0x10;
			break;
		}
	}
	assert_int_equal(mun_image_pread(v.img, MUN_VIEW_CONTENT, buf, HUNK,
					 (uint64_t)4 * HUNK, &e),
			 MUN_ECORRUPT);
	assert_int_equal(
		mun_image_pread(v.img, MUN_VIEW_CONTENT, buf, HUNK, 0, &e), 0);
	vdisk_close(&v);
}

static void a_difference_wants_its_parent(void **state)
{
	static struct chd parent, child;
	struct vdisk p, v;
	char text[1024];
	uint8_t want[DISK];

	(void)state;
	make_packed(&parent, "zlib", pack_zlib);
	sha1("all of it", 9, parent.p + 84);
	make_plain(&child);
	memcpy(child.p + 104, parent.p + 84, 20);
	/* Its second hunk is its own, the others are the parent's. */
	memset(child.p + MAP_OFF, 0, (size_t)4 * HUNKS);
	mun_put_be32(child.p + MAP_OFF + 4, 2);
	mun_test_pattern(child.p + (size_t)2 * HUNK, HUNK, 99);
	memcpy(want, parent.disk, DISK);
	memcpy(want + HUNK, child.p + (size_t)2 * HUNK, HUNK);
	assert_int_equal(vdisk_open_fails(child.p, child.len, NULL, NULL, text),
			 MUN_EUNSUPPORTED);
	assert_non_null(strstr(text, "--parent"));
	p = vdisk_open(parent.p, parent.len, NULL, NULL);
	v = vdisk_open(child.p, child.len, NULL, p.img);
	vdisk_is(v.img, want, DISK);
	vdisk_close(&v);
	child.p[104] ^= 1;
	assert_int_equal(
		vdisk_open_fails(child.p, child.len, NULL, p.img, text),
		MUN_EINVAL);
	vdisk_close(&p);
}

static void older_versions_are_kept(void **state)
{
	static struct chd c;
	struct vdisk v;

	(void)state;
	make_plain(&c);
	mun_put_be32(c.p + 12, 4);
	v = vdisk_open(c.p, c.len, NULL, NULL);
	assert_true(v.img->preserved_only[0]);
	vdisk_is(v.img, c.p, c.len);
	vdisk_close(&v);
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		size_t off;
		uint32_t value;
		const char *says;
	} wrong[] = {
		{ 12, 6, "version 6" },
		{ 16, MUN_CHD_TAG('a', 'v', 'h', 'u'), "codec" },
		{ 56, 0, "hunks of 0" },
		{ 60, 0, "units of 0" },
		{ 60, 513, "units of 513" },
		{ 32, 0x7fffffff, "bytes" },
		{ 40, 0x10000, "outside the file" },
		{ 48, 0x10000, "metadata" },
		{ MAP_OFF, 0xffffff, "outside the file" },
		{ MAP_OFF + 12, 0xffffffff, "fields" },
		{ MAP_OFF + 16, 0, "map" },
	};
	static struct chd c;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(wrong); i++) {
		make_packed(&c, "zlib", pack_zlib);
		mun_put_be32(c.p + wrong[i].off, wrong[i].value);
		assert_true(vdisk_open_fails(c.p, c.len, NULL, NULL, text) < 0);
		if (wrong[i].off != 32)
			if (!strstr(text, wrong[i].says))
				fail_msg("%zu: %s", wrong[i].off, text);
	}
}

static void whatever_is_wrong_ends_well(void **state)
{
	static const struct mutate_field fields[] = {
		{ "length", 8, 4, true },
		{ "version", 12, 4, true },
		{ "codec 0", 16, 4, true },
		{ "codec 1", 20, 4, true },
		{ "bytes", 32, 8, true },
		{ "map", 40, 8, true },
		{ "metadata", 48, 8, true },
		{ "hunk", 56, 4, true },
		{ "unit", 60, 4, true },
		{ "parent", 104, 8, true },
		{ "meta length", 128, 4, true },
		{ "meta next", 132, 8, true },
		{ "map length", MAP_OFF, 4, true },
		{ "first offset", MAP_OFF + 4, 4, true },
		{ "map CRC", MAP_OFF + 10, 2, true },
		{ "length bits", MAP_OFF + 12, 1, true },
		{ "self bits", MAP_OFF + 13, 1, true },
		{ "code", MAP_OFF + 16, 8, true },
		{ "types", MAP_OFF + 24, 4, true },
		{ "rows", MAP_OFF + 27, 8, true },
	};
	static const size_t bounds[] = { HEAD, HUNK, MAP_OFF, MAP_OFF + 16 };
	static struct chd c;
	struct mutate_set s = {
		.format = "chd",
		.image = c.p,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = HEAD + 16,
	};

	(void)state;
	make_packed(&c, "zlib", pack_zlib);
	s.bytes = c.len;
	mutate_all(&s);
	make_plain(&c);
	s.bytes = c.len;
	s.nfields = 12;
	mutate_all(&s);
}

static void a_disk_that_is_written_is_read_back(void **state)
{
	static const size_t sizes[] = { 512, 4096, 4608, 300000 / 512 * 512 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *disk = calloc(1, sizes[i]);

		assert_non_null(disk);
		vdisk_round_trip(disk, sizes[i], "chd", NULL);
		/* Noise, zeros, text, zeros again. */
		mun_test_pattern(disk, sizes[i] / 4, 3);
		memset(disk + sizes[i] / 2, 'x', sizes[i] / 8);
		vdisk_round_trip(disk, sizes[i], "chd", NULL);
		free(disk);
	}
}

#define DATA_SECTORS 21u
#define AUDIO_SECTORS 30u

static const char sheet[] = "FILE a.bin BINARY\n"
			    "TRACK 01 MODE1/2352\nINDEX 01 00:00:00\n"
			    "TRACK 02 AUDIO\nINDEX 00 00:00:21\n"
			    "INDEX 01 00:00:24\n";

static uint8_t *make_bin(void)
{
	uint8_t *bin = malloc((DATA_SECTORS + AUDIO_SECTORS) * MUN_CD_RAW);

	assert_non_null(bin);
	for (uint64_t i = 0; i < DATA_SECTORS; i++)
		make_cd_mode1(bin + i * MUN_CD_RAW, i, i);
	/* One whose ECC is wrong must come back as wrong. */
	bin[5 * MUN_CD_RAW + 2200] ^= 1;
	for (uint64_t i = 0; i < AUDIO_SECTORS; i++)
		make_cd_audio(bin + (DATA_SECTORS + i) * MUN_CD_RAW, i);
	return bin;
}

static void a_disc_that_is_written_is_read_back(void **state)
{
	uint8_t *bin = make_bin();
	size_t bytes = (DATA_SECTORS + AUDIO_SECTORS) * MUN_CD_RAW;
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "disc.chd");
	struct mun_convert k = { .path = path, .accept_loss = true };
	struct box box;
	struct opened in;
	struct vdisk v;
	uint8_t *made, *raw;
	struct mun_err e;
	size_t len;

	(void)state;
	box_init(&box);
	box_add(&box, "a.bin", bin, bytes);
	in = box_open_text(&box, "cue", "a.cue", sheet);
	k.img = in.img;
	assert_int_equal(mun_writer_for(NULL, path, &k.writer, &e), 0);
	assert_int_equal(mun_convert_run(&k, &e), 0);
	made = (uint8_t *)mun_test_read(path, &len);
	v = vdisk_open(made, len, NULL, NULL);
	assert_int_equal(v.img->ntracks, 2);
	assert_int_equal(v.img->tracks[1].mode, MUN_TRACK_AUDIO);
	assert_int_equal(v.img->tracks[1].pregap, 3);
	assert_int_equal(v.img->tracks[1].start, 24);
	assert_int_equal(mun_image_size(v.img, MUN_VIEW_RAW), bytes);
	raw = malloc(bytes);
	assert_non_null(raw);
	assert_int_equal(
		mun_image_pread(v.img, MUN_VIEW_RAW, raw, bytes, 0, &e), 0);
	assert_memory_equal(raw, bin, bytes);
	assert_int_equal(mun_image_verify(v.img, &e), 0);
	assert_int_equal(vdisk_check(v.img, "SHA-1"), MUN_FACT_GOOD);
	vdisk_close(&v);
	box_close(&in);
	mun_loss_clear(&k.loss);
	free(raw);
	free(made);
	free(bin);
	free(path);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_that_is_not_compressed_is_read),
		cmocka_unit_test(every_codec_of_disks_is_read),
		cmocka_unit_test(a_hunk_that_is_not_what_it_was_is_told),
		cmocka_unit_test(a_difference_wants_its_parent),
		cmocka_unit_test(older_versions_are_kept),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(whatever_is_wrong_ends_well),
		cmocka_unit_test(a_disk_that_is_written_is_read_back),
		cmocka_unit_test(a_disc_that_is_written_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
