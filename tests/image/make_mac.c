/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make_mac.c - images of the Macintosh, built byte by byte */
#include "tests/image/make_mac.h"

#include "tests/support/support.h"

#include <stdio.h>

void put_be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, v >> 16);
	put_be16(p + 2, v);
}

void put_be64(uint8_t *p, uint64_t v)
{
	put_be32(p, (uint32_t)(v >> 32));
	put_be32(p + 4, (uint32_t)v);
}

uint32_t make_crc32(uint32_t crc, const uint8_t *p, size_t len)
{
	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
	}
	return ~crc;
}

uint16_t make_crc16(const uint8_t *p, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len * 8; i++) {
		uint32_t in = (uint32_t)p[i / 8] >> (7 - i % 8) & 1u;
		uint32_t top = crc >> 15 & 1u;

		crc = (crc << 1 & 0xffff) ^ (in ^ top ? 0x1021u : 0u);
	}
	return (uint16_t)crc;
}

static size_t put_fork(uint8_t *out, const uint8_t *data, size_t len)
{
	size_t filled = (len + 127) / 128 * 128;

	memset(out, 0, filled);
	if (len)
		memcpy(out, data, len);
	return filled;
}

size_t make_macbinary(uint8_t *out, int version, const char *name,
		      const uint8_t *data, size_t data_len, const uint8_t *rsrc,
		      size_t rsrc_len)
{
	/* 2000-02-29T12:00:00, in seconds since 1904 */
	const uint32_t then = 951825600u + 2082844800u;
	size_t n = 128;

	memset(out, 0, n);
	out[1] = (uint8_t)strlen(name);
	memcpy(out + 2, name, strlen(name));
	memcpy(out + 65, "dImgdCpy", 8);
	put_be32(out + 83, (uint32_t)data_len);
	put_be32(out + 87, (uint32_t)rsrc_len);
	put_be32(out + 91, then);
	put_be32(out + 95, then + 1);
	if (version == 3)
		memcpy(out + 102, "mBIN", 4);
	if (version >= 2) {
		out[122] = version == 3 ? 130 : 129;
		out[123] = 129;
		put_be16(out + 124, make_crc16(out, 124));
	}
	n += put_fork(out + n, data, data_len);
	return n + put_fork(out + n, rsrc, rsrc_len);
}

size_t make_rsrc(uint8_t *out, const char *type, int16_t id,
		 const uint8_t *data, size_t len)
{
	uint8_t *map = out + 256 + 4 + len;

	memset(out, 0, 256);
	put_be32(out, 256);
	put_be32(out + 4, (uint32_t)(256 + 4 + len));
	put_be32(out + 8, (uint32_t)(4 + len));
	put_be32(out + 12, 55);
	put_be32(out + 256, (uint32_t)len);
	memcpy(out + 260, data, len);
	memset(map, 0, 55);
	put_be16(map + 24, 28);
	put_be16(map + 26, 50);
	memcpy(map + 30, type, 4);
	put_be16(map + 36, 10);
	put_be16(map + 38, (uint16_t)id);
	memcpy(map + 50, "\4name", 5);
	return 256 + 4 + len + 55;
}

size_t make_appledouble(uint8_t *out, uint32_t magic,
			const struct make_entry *entries, size_t n)
{
	size_t at = 26 + 12 * n;

	memset(out, 0, at);
	put_be32(out, magic);
	put_be32(out + 4, 0x00020000);
	put_be16(out + 24, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		put_be32(out + 26 + 12 * i, entries[i].id);
		put_be32(out + 30 + 12 * i, (uint32_t)at);
		put_be32(out + 34 + 12 * i, (uint32_t)entries[i].len);
		memcpy(out + at, entries[i].data, entries[i].len);
		at += entries[i].len;
	}
	return at;
}

static void put_run(uint8_t *p, const struct make_run *r)
{
	memset(p, 0, 40);
	put_be32(p, r->type);
	put_be64(p + 8, r->sector);
	put_be64(p + 16, r->sectors);
	put_be64(p + 24, r->off);
	put_be64(p + 32, r->bytes);
}

size_t make_mish(uint8_t *out, const struct make_table *t)
{
	const struct make_run end = { 0xffffffff, t->sectors, 0, 0, 0 };

	memset(out, 0, 204);
	memcpy(out, "mish", 4);
	put_be32(out + 4, 1);
	put_be64(out + 8, t->first);
	put_be64(out + 16, t->sectors);
	put_be32(out + 64, 2);
	put_be32(out + 68, 32);
	put_be32(out + 72, t->crc);
	put_be32(out + 200, (uint32_t)t->n + 1);
	for (size_t i = 0; i < t->n; i++)
		put_run(out + 204 + 40 * i, &t->runs[i]);
	put_run(out + 204 + 40 * t->n, &end);
	return 204 + 40 * (t->n + 1);
}

static size_t put_base64(uint8_t *out, const uint8_t *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < len ? p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			out[n++] =
				(uint8_t)(i + k > len
						  ? '='
						  : digits[v >> (18 - 6 * k) &
							   63]);
		if (i % 39 == 36)
			out[n++] = '\n';
	}
	return n;
}

static size_t put_text(uint8_t *out, const char *text)
{
	memcpy(out, text, strlen(text));
	return strlen(text);
}

size_t make_plist(uint8_t *out, const struct make_table *tables, size_t n)
{
	static uint8_t mish[65536];
	size_t at = put_text(out, "<?xml version=\"1.0\"?>\n<!DOCTYPE plist>\n"
				  "<plist version=\"1.0\"><dict>\n<key>"
				  "resource-fork</key><dict><key>blkx</key>"
				  "<array>\n");

	for (size_t i = 0; i < n; i++) {
		size_t len = make_mish(mish, &tables[i]);

		at += put_text(out + at, "<dict><!-- a table --><key>Attributes"
					 "</key><string>0x0050</string><key>"
					 "Data</key><data>\n");
		at += put_base64(out + at, mish, len);
		at += put_text(out + at, "</data><key>Name</key><string>");
		at += put_text(out + at, tables[i].name);
		at += put_text(out + at, "</string></dict>\n");
	}
	return at + put_text(out + at, "</array><key>plst</key><array/>"
				       "</dict></dict></plist>\n");
}

void make_koly(uint8_t koly[static 512], uint64_t data_off, uint64_t data_len,
	       uint64_t xml_off, uint64_t xml_len, uint64_t sectors)
{
	memset(koly, 0, 512);
	memcpy(koly, "koly\0\0\0\4\0\0\2\0\0\0\0\1", 16);
	put_be64(koly + 24, data_off);
	put_be64(koly + 32, data_len);
	put_be32(koly + 56, 1);
	put_be32(koly + 60, 1);
	put_be64(koly + 216, xml_off);
	put_be64(koly + 224, xml_len);
	put_be32(koly + 488, 1);
	put_be64(koly + 492, sectors);
}

static void put_sum(uint8_t *p, uint32_t crc)
{
	put_be32(p, 2);
	put_be32(p + 4, 32);
	put_be32(p + 8, crc);
}

size_t make_udif(uint8_t *out, const uint8_t *data, size_t data_len,
		 const struct make_table *tables, size_t n, uint64_t sectors)
{
	size_t xml = make_plist(out + data_len, tables, n);
	uint8_t *koly = out + data_len + xml;
	uint32_t master = 0;

	if (data_len)
		memcpy(out, data, data_len);
	for (size_t i = 0; i < n; i++) {
		uint8_t sum[4];

		put_be32(sum, tables[i].crc);
		master = make_crc32(master, sum, 4);
	}
	make_koly(koly, 0, data_len, data_len, xml, sectors);
	put_sum(koly + 80, make_crc32(0, out, data_len));
	put_sum(koly + 352, master);
	return data_len + xml + 512;
}

static int beside_open(struct mun_companions *c, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	const struct make_beside *b = (const struct make_beside *)c;

	for (size_t i = 0; i < 4 && b->files[i].name; i++)
		if (strcmp(b->files[i].name, name) == 0)
			return mun_source_from_memory(b->files[i].data,
						      b->files[i].len, out, e);
	return mun_fail(e, MUN_ENOENT, "no '%s' beside it", name);
}

const struct mun_companions_ops make_beside_ops = { .open = beside_open };

struct mun_image *make_open(const uint8_t *data, size_t len,
			    const char *file_name, const char *format,
			    struct mun_companions *beside)
{
	struct mun_source *src = NULL;
	struct mun_image *img = NULL;
	struct mun_err e = { .code = 0 };
	char text[512];
	struct mun_image_request q = { .file_name = file_name,
				       .format = format,
				       .companions = beside };

	assert_int_equal(mun_source_from_memory(data, len, &src, &e), 0);
	q.src = src;
	if (mun_image_open_with(&q, &img, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 0));
	return img;
}

void make_close(struct mun_image *img)
{
	struct mun_source *src = img->src;

	mun_image_free(img);
	mun_source_close(src);
}

int make_open_fails(const uint8_t *data, size_t len, const char *file_name,
		    const char *format, struct mun_companions *beside,
		    char *text, size_t size)
{
	struct mun_source *src = NULL;
	struct mun_image *img = NULL;
	struct mun_err e = { .code = 0 };
	struct mun_image_request q = { .file_name = file_name,
				       .format = format,
				       .companions = beside };
	int rc;

	assert_int_equal(mun_source_from_memory(data, len, &src, &e), 0);
	q.src = src;
	rc = mun_image_open_with(&q, &img, &e);
	assert_int_not_equal(rc, 0);
	assert_null(img);
	(void)mun_err_text(&e, text, size, 0);
	mun_source_close(src);
	return rc;
}

uint8_t *make_read(struct mun_image *img, enum mun_view view)
{
	size_t len = (size_t)mun_image_size(img, view);
	uint8_t *buf = malloc(len + 1);
	struct mun_err e = { .code = 0 };
	char text[512];

	assert_non_null(buf);
	if (mun_image_pread(img, view, buf, len, 0, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 0));
	return buf;
}

const struct mun_image_fact *make_fact(const struct mun_image *img,
				       const char *name)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (strcmp(img->facts[i].name, name) == 0)
			return &img->facts[i];
	return NULL;
}
