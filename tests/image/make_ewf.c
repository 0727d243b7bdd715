/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make_ewf.c - a segment of EWF, section by section */
#include "tests/image/make_ewf.h"

#include "core/bytes.h"
#include "image/fmt_ewf.h"
#include "tests/support/support.h"

#include <libdeflate.h>
#include <openssl/evp.h>

uint32_t ewf_adler(const void *p, size_t len)
{
	return libdeflate_adler32(1, p, len);
}

static size_t ewf_zip(const void *data, size_t len, uint8_t *out, size_t room)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	size_t n = libdeflate_zlib_compress(c, data, len, out, room);

	libdeflate_free_compressor(c);
	assert_true(n > 0);
	return n;
}

void ewf_begin(struct ewf_segment *s, unsigned int number)
{
	static const uint8_t head[9] = { 'E',  'V',  'F',  0x09, 0x0d,
					 0x0a, 0xff, 0x00, 1 };

	memset(s, 0, sizeof(*s));
	memcpy(s->p, head, sizeof(head));
	mun_put_le16(s->p + 9, (uint16_t)number);
	s->len = 13;
}

void ewf_describe(struct ewf_segment *s, size_t at, const char *type,
		  uint64_t size)
{
	uint8_t *d = s->p + at;

	memset(d, 0, 76);
	memcpy(d, type, strlen(type));
	mun_put_le64(d + 16, at + size);
	mun_put_le64(d + 24, size);
	mun_put_le32(d + 72, ewf_adler(d, 72));
}

/* Where the section's data begins. */
size_t ewf_add(struct ewf_segment *s, const char *type, const void *data,
	       size_t len)
{
	size_t at = s->len + 76;

	assert_true(at + len < EWF_ROOM);
	ewf_describe(s, s->len, type, 76 + len);
	if (len)
		memcpy(s->p + at, data, len);
	s->len = at + len;
	return at;
}

void ewf_end(struct ewf_segment *s, const char *type)
{
	ewf_describe(s, s->len, type, 0);
	s->len += 76;
}

void ewf_add_header(struct ewf_segment *s, const char *type, const char *text,
		    bool wide)
{
	uint8_t packed[2048];
	uint8_t raw[4096] = { 0xff, 0xfe };
	size_t n = strlen(text);

	if (!wide) {
		n = ewf_zip(text, n, packed, sizeof(packed));
	} else {
		for (size_t i = 0; i < n; i++)
			raw[2 + 2 * i] = (uint8_t)text[i];
		n = ewf_zip(raw, 2 + 2 * n, packed, sizeof(packed));
	}
	ewf_add(s, type, packed, n);
}

void ewf_add_volume(struct ewf_segment *s, const char *type, uint64_t sectors)
{
	uint8_t v[MUN_EWF_VOLUME] = { 1 };

	mun_put_le32(v + 4, EWF_CHUNKS);
	mun_put_le32(v + 8, EWF_CHUNK / 512);
	mun_put_le32(v + 12, 512);
	mun_put_le64(v + 16, sectors);
	mun_put_le32(v + 24, 3);
	mun_put_le32(v + 28, 1);
	mun_put_le32(v + 32, 3);
	v[52] = 1;
	memset(v + 64, 0x5a, 16);
	mun_put_le32(v + 1048, ewf_adler(v, 1048));
	ewf_add(s, type, v, sizeof(v));
}

void ewf_begin_chunks(struct ewf_segment *s)
{
	s->chunks_at = s->len;
	s->n = 0;
	s->len += 76;
}

/* Packed, or with its checksum; where it begins. */
size_t ewf_add_chunk(struct ewf_segment *s, const uint8_t *data, size_t len,
		     bool packed)
{
	size_t at = s->len;

	assert_true(s->n < 64 && at + len + 64 < EWF_ROOM);
	mun_put_le32(s->entries + 4 * (size_t)s->n++,
		     (uint32_t)(at - s->chunks_at) |
			     (packed ? MUN_EWF_PACKED : 0));
	if (packed) {
		s->len += ewf_zip(data, len, s->p + at, EWF_ROOM - at);
	} else {
		memcpy(s->p + at, data, len);
		mun_put_le32(s->p + at + len, ewf_adler(data, len));
		s->len += len + 4;
	}
	return at;
}

/* Of what was added since ewf_begin_chunks(); where its header begins. */
size_t ewf_add_table(struct ewf_segment *s, const char *type)
{
	uint8_t t[24 + sizeof(s->entries) + 4] = { 0 };
	size_t n = 4 * (size_t)s->n;

	if (!strcmp(type, "table"))
		ewf_describe(s, s->chunks_at, "sectors", s->len - s->chunks_at);
	mun_put_le32(t, s->n);
	mun_put_le64(t + 8, s->chunks_at);
	mun_put_le32(t + 20, ewf_adler(t, 20));
	memcpy(t + 24, s->entries, n);
	mun_put_le32(t + 24 + n, ewf_adler(s->entries, n));
	return ewf_add(s, type, t, 24 + n + 4);
}

static void ewf_digest(const EVP_MD *md, const uint8_t *data, size_t len,
		       uint8_t *out)
{
	assert_int_equal(EVP_Digest(data, len, out, NULL, md, NULL), 1);
}

void ewf_add_digests(struct ewf_segment *s, const uint8_t *data, size_t len)
{
	uint8_t both[80] = { 0 };
	uint8_t md5[36] = { 0 };

	ewf_digest(EVP_md5(), data, len, both);
	ewf_digest(EVP_sha1(), data, len, both + 16);
	memcpy(md5, both, 16);
	mun_put_le32(both + 76, ewf_adler(both, 76));
	mun_put_le32(md5 + 32, ewf_adler(md5, 32));
	ewf_add(s, "digest", both, sizeof(both));
	ewf_add(s, "hash", md5, sizeof(md5));
}

void ewf_add_errors(struct ewf_segment *s, uint32_t n, const uint32_t *pairs)
{
	uint8_t p[520 + 8 * 8 + 4] = { 0 };

	mun_put_le32(p, n);
	mun_put_le32(p + 516, ewf_adler(p, 516));
	for (uint32_t i = 0; i < 2 * n; i++)
		mun_put_le32(p + 520 + 4 * (size_t)i, pairs[i]);
	mun_put_le32(p + 520 + 8 * (size_t)n,
		     ewf_adler(p + 520, 8 * (size_t)n));
	ewf_add(s, "error2", p, 520 + 8 * (size_t)n + 4);
}

const char ewf_text[] = "1\nmain\nc\tn\ta\te\tt\tav\tov\tm\tu\tp\n"
			"K 7\tE-12\tA disk\tA. Examiner\ttwo words\t6.19\t"
			"Windows XP\t2008 2 29 23 5 9\t1204326309\t0\n\n";

size_t ewf_len_of(unsigned int chunk)
{
	return chunk + 1 < EWF_CHUNKS ? EWF_CHUNK : EWF_BYTES % EWF_CHUNK;
}

/* One whole image in one segment: packed and plain chunks. */
void ewf_make_disk(struct ewf_segment *s, uint8_t *data)
{
	mun_test_pattern(data, EWF_BYTES, 4);
	memset(data, 'x', EWF_CHUNK); /* packs well */
	ewf_begin(s, 1);
	ewf_add_header(s, "header2", ewf_text, true);
	ewf_add_header(s, "header", "1\nmain\nc\nother\n\n", false);
	ewf_add_volume(s, "volume", EWF_SECTORS);
	ewf_begin_chunks(s);
	for (unsigned int i = 0; i < EWF_CHUNKS; i++)
		ewf_add_chunk(s, data + (size_t)EWF_CHUNK * i, ewf_len_of(i),
			      i % 2 == 0);
	ewf_add_table(s, "table");
	ewf_add_table(s, "table2");
	ewf_add_volume(s, "data", EWF_SECTORS);
}
