/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf_write.c - E01 in the form of EnCase 6; the layout is in
 * fmt_ewf.h */
#include "image/fmt_ewf_write.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/chunks.h"
#include "image/fmt_ewf.h"
#include "image/guid.h"
#include "image/vdisk_write.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT_DEFAULT UINT64_C(1503238553) /* 1.4 GiB, as others have it */
#define SEGMENT_MIN ((uint64_t)1 << 20)
#define SEGMENT_MAX ((uint64_t)1 << 50)
#define BYTES_MAX ((uint64_t)UINT32_MAX * MUN_EWF_CHUNK)
#define ERRORS_MAX ((size_t)1 << 22)

enum level { FAST, BEST, NONE };
#define LEVELS "fast|best|none"

struct writing {
	const struct mun_write *write;
	struct mun_ewf_layout layout;
	enum level level;
	uint32_t sector_bytes;
	EVP_MD_CTX *md5;
	EVP_MD_CTX *sha1;
	uint8_t *errors; /* first sector, sectors */
	size_t nerrors;
	uint64_t error_end; /* sector behind the last of them */
};

struct scratch {
	struct libdeflate_compressor *compressor; /* NULL for NONE */
	uint8_t padded[MUN_EWF_CHUNK]; /* the last chunk, to a whole sector */
};

/* What other programs know: 512 and 2048. */
static uint32_t sector_of(const struct mun_image *img)
{
	return img->sector_bytes == 2048 && img->bytes % 2048 == 0 ? 2048 : 512;
}

/* --- chunks ------------------------------------------------------------- */

static void scratch_free(void *ctx, void *scratch)
{
	struct scratch *s = scratch;

	(void)ctx;
	libdeflate_free_compressor(s->compressor);
	free(s);
}

static int scratch_new(void *ctx, void **out, struct mun_err *e)
{
	const struct writing *w = ctx;
	struct scratch *s = calloc(1, sizeof(*s));

	if (s && w->level != NONE)
		s->compressor =
			libdeflate_alloc_compressor(w->level == FAST ? 1 : 9);
	if (s && (s->compressor || w->level == NONE)) {
		*out = s;
		return 0;
	}
	free(s);
	return mun_fail_nomem(e, "compressor");
}

static size_t padded_len(const struct writing *w, const struct mun_chunk *k)
{
	return (k->len + w->sector_bytes - 1) / w->sector_bytes *
	       w->sector_bytes;
}

/* @tag: is it packed? */
static int encode(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	const struct writing *w = ctx;
	struct scratch *s = k->scratch;
	size_t len = padded_len(w, k);
	const uint8_t *data = k->data;

	(void)e;
	if (len > k->len) {
		memset(s->padded, 0, len);
		memcpy(s->padded, data, k->len);
		data = s->padded;
	}
	if (s->compressor)
		k->enc_len = libdeflate_zlib_compress(s->compressor, data, len,
						      k->enc, len + 3);
	k->tag = k->enc_len > 0;
	if (k->tag)
		return 0;
	memcpy(k->enc, data, len);
	mun_put_le32(k->enc + len, libdeflate_adler32(1, data, len));
	k->enc_len = len + 4;
	return 0;
}

static int add_error(struct writing *w, uint64_t first, uint64_t end,
		     struct mun_err *e)
{
	uint8_t *more;

	if (end > UINT32_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an unreadable sector beyond what error2 can "
				"name");
	if (w->nerrors && w->error_end >= first) {
		more = w->errors + 8 * (w->nerrors - 1);
		mun_put_le32(more + 4, (uint32_t)end - mun_le32(more));
		w->error_end = end;
		return 0;
	}
	if (w->nerrors == ERRORS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"more than %zu unreadable places", ERRORS_MAX);
	if ((w->nerrors & (w->nerrors - 1)) == 0) {
		more = realloc(w->errors, 16 * w->nerrors + 8);
		if (!more)
			return mun_fail_nomem(e, "read errors of an image");
		w->errors = more;
	}
	more = w->errors + 8 * w->nerrors++;
	mun_put_le32(more, (uint32_t)first);
	mun_put_le32(more + 4, (uint32_t)(end - first));
	w->error_end = end;
	return 0;
}

/* A sector of which a part cannot be read cannot be read. */
static int add_errors(struct writing *w, const struct mun_chunk *k,
		      struct mun_err *e)
{
	uint64_t end = k->off + k->len;
	const uint32_t s = w->sector_bytes;
	int rc = 0;

	for (uint64_t at = k->off; !rc && at < end;) {
		struct mun_extent x;

		rc = mun_image_next_extent(w->write->img, MUN_VIEW_CONTENT, at,
					   &x, e);
		if (rc)
			return rc;
		at = MUN_MIN(x.off + x.bytes, end);
		if (x.kind == MUN_EXTENT_UNREADABLE)
			rc = add_error(w, x.off / s, (at + s - 1) / s, e);
	}
	return rc;
}

static int hash(struct writing *w, const struct mun_chunk *k, struct mun_err *e)
{
	static const uint8_t zeros[2048];
	size_t pad = padded_len(w, k) - k->len;

	if (EVP_DigestUpdate(w->md5, k->data, k->len) != 1 ||
	    EVP_DigestUpdate(w->sha1, k->data, k->len) != 1 ||
	    EVP_DigestUpdate(w->md5, zeros, pad) != 1 ||
	    EVP_DigestUpdate(w->sha1, zeros, pad) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "MD5 or SHA-1 failed");
	return 0;
}

/* @tag becomes the number of the segment. */
static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	struct writing *w = ctx;
	unsigned int file = 0;
	int rc = mun_ewf_add_chunk(&w->layout, k->enc_len, k->tag, &file,
				   &k->out_off, e);

	if (!rc)
		rc = hash(w, k, e);
	if (!rc && k->unreadable)
		rc = add_errors(w, k, e);
	k->out = k->enc;
	k->out_len = k->enc_len;
	k->tag = file;
	return rc;
}

static int put(void *ctx, const struct mun_chunk *k, struct mun_err *e)
{
	const struct writing *w = ctx;

	return mun_outfile_write(w->layout.files[k->tag], k->out, k->out_len,
				 k->out_off, e);
}

/* --- the other sections ------------------------------------------------- */

static void make_volume(const struct writing *w, const uint8_t *identity,
			uint8_t *v)
{
	static const uint8_t codes[] = { [FAST] = 1, [BEST] = 2, [NONE] = 0 };
	const struct mun_image *img = w->write->img;
	uint64_t bytes = mun_vdisk_bytes(img, w->sector_bytes);

	if (img->medium == MUN_MEDIUM_OPTICAL)
		v[0] = MUN_EWF_OPTICAL;
	else if (img->medium != MUN_MEDIUM_FLOPPY)
		v[0] = MUN_EWF_FIXED;
	mun_put_le32(v + 4,
		     (uint32_t)((bytes + MUN_EWF_CHUNK - 1) / MUN_EWF_CHUNK));
	mun_put_le32(v + 8, MUN_EWF_CHUNK / w->sector_bytes);
	mun_put_le32(v + 12, w->sector_bytes);
	mun_put_le64(v + 16, bytes / w->sector_bytes);
	v[36] = 3; /* an image, of a physical device */
	v[52] = codes[w->level];
	mun_put_le32(v + 56, 1);
	mun_guid_derive(identity, 'e', MUN_GUID_MIXED, v + 64);
	mun_put_le32(v + MUN_EWF_VOLUME - 4,
		     libdeflate_adler32(1, v, MUN_EWF_VOLUME - 4));
}

static int add_error_section(struct writing *w, struct mun_err *e)
{
	size_t len = MUN_EWF_ERRORS + 8 * w->nerrors + 4;
	uint8_t *p;
	int rc;

	if (!w->nerrors)
		return 0;
	p = calloc(1, len);
	if (!p)
		return mun_fail_nomem(e, "read errors of an image");
	mun_put_le32(p, (uint32_t)w->nerrors);
	mun_put_le32(p + 516, libdeflate_adler32(1, p, 516));
	memcpy(p + MUN_EWF_ERRORS, w->errors, 8 * w->nerrors);
	mun_put_le32(p + len - 4,
		     libdeflate_adler32(1, w->errors, 8 * w->nerrors));
	rc = mun_ewf_add_section(&w->layout, "error2", p, len, e);
	free(p);
	return rc;
}

static int add_digests(struct writing *w, struct mun_err *e)
{
	uint8_t digest[MUN_EWF_DIGEST] = { 0 };
	uint8_t md5[MUN_EWF_HASH] = { 0 };
	int rc;

	if (EVP_DigestFinal_ex(w->md5, digest, NULL) != 1 ||
	    EVP_DigestFinal_ex(w->sha1, digest + 16, NULL) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "MD5 or SHA-1 failed");
	memcpy(md5, digest, 16);
	mun_put_le32(digest + 76, libdeflate_adler32(1, digest, 76));
	mun_put_le32(md5 + 32, libdeflate_adler32(1, md5, 32));
	rc = mun_ewf_add_section(&w->layout, "digest", digest, sizeof(digest),
				 e);
	if (!rc)
		rc = mun_ewf_add_section(&w->layout, "hash", md5, sizeof(md5),
					 e);
	return rc;
}

/* --- the whole ---------------------------------------------------------- */

static int run(struct writing *w, struct mun_err *e)
{
	static const struct mun_chunks_ops ops = {
		.scratch_new = scratch_new,
		.scratch_free = scratch_free,
		.encode = encode,
		.place = place,
		.put = put,
	};
	struct mun_chunks c =
		mun_vdisk_chunks(w->write, NULL, MUN_EWF_CHUNK, &ops, w);
	uint8_t volume[MUN_EWF_VOLUME] = { 0 };
	int rc;

	c.enc_room = MUN_EWF_CHUNK + 4;
	c.encode_zeros = true;
	rc = mun_chunks_run(&c, e);
	if (!rc)
		rc = mun_ewf_end_chunks(&w->layout, e);
	if (!rc)
		rc = add_error_section(w, e);
	if (!rc)
		rc = add_digests(w, e);
	if (rc)
		return rc;
	make_volume(w, c.identity, volume);
	return mun_ewf_finish(&w->layout, volume, e);
}

static int begin(struct writing *w, struct mun_ewf_texts *texts,
		 struct mun_err *e)
{
	const struct mun_write_options *o = w->write->options;
	unsigned int level = 0;
	int rc = mun_write_choice(o, "compression", LEVELS, &level, e);

	if (!rc)
		rc = mun_write_number(o, "segment", SEGMENT_DEFAULT,
				      SEGMENT_MIN, SEGMENT_MAX,
				      &w->layout.segment_bytes, e);
	if (!rc)
		rc = mun_ewf_make_texts(o, texts, e);
	if (rc)
		return rc;
	w->level = (enum level)level;
	w->layout.out = w->write->out;
	w->layout.texts = texts;
	w->md5 = EVP_MD_CTX_new();
	w->sha1 = EVP_MD_CTX_new();
	if (!w->md5 || !w->sha1)
		return mun_fail_nomem(e, "digests of an image");
	if (EVP_DigestInit_ex(w->md5, EVP_md5(), NULL) != 1 ||
	    EVP_DigestInit_ex(w->sha1, EVP_sha1(), NULL) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"MD5 or SHA-1 is not to be had here");
	/* Half of a segment at least is chunks that are not packed. */
	return mun_ewf_begin(
		&w->layout,
		w->write->img->bytes / (w->layout.segment_bytes / 2) + 2, e);
}

static int ewf_write(const struct mun_write *write, struct mun_err *e)
{
	struct mun_ewf_texts texts = { 0 };
	struct writing *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return mun_fail_nomem(e, "E01");
	w->write = write;
	w->sector_bytes = sector_of(write->img);
	rc = begin(w, &texts, e);
	if (!rc)
		rc = run(w, e);
	mun_ewf_free_texts(&texts);
	EVP_MD_CTX_free(w->md5);
	EVP_MD_CTX_free(w->sha1);
	free(w->layout.files);
	free(w->errors);
	free(w);
	return rc;
}

static int ewf_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	uint32_t sector = sector_of(img);
	uint64_t added = mun_vdisk_bytes(img, sector) - img->bytes;
	unsigned int level;
	uint64_t segment;
	int rc = mun_write_choice(o, "compression", LEVELS, &level, e);

	if (!rc)
		rc = mun_write_number(o, "segment", SEGMENT_DEFAULT,
				      SEGMENT_MIN, SEGMENT_MAX, &segment, e);
	if (!rc)
		rc = mun_ewf_check_texts(o, e);
	if (rc)
		return rc;
	if (img->bytes == 0 || img->bytes > BYTES_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"E01 holds 1 to %" PRIu64
				" bytes, and the image has %" PRIu64,
				BYTES_MAX, img->bytes);
	rc = mun_loss_usual(loss, img, MUN_KEEPS_UNREADABLE, e);
	if (!rc && added)
		rc = mun_loss_add(loss, e, "size", "end",
				  "E01 counts in sectors of %" PRIu32
				  " bytes: %" PRIu64 " zero byte%s added",
				  sector, added, added == 1 ? " is" : "s are");
	return rc;
}

const struct mun_writer mun_write_ewf = {
	.name = "ewf",
	.title = "Expert Witness disk image (E01)",
	.suffixes = "E01 e01",
	.keys = "compression segment " MUN_EWF_TEXT_KEYS,
	.help = "compression=" LEVELS ",segment=SIZE,case=,evidence=,"
		"description=,examiner=,notes=,date=RFC3339",
	.plan = ewf_plan,
	.write = ewf_write,
};
