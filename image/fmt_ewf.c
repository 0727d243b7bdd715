/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf.c - Expert Witness images: E01 of EnCase and others, S01 */
#include "image/fmt_ewf.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/log.h"
#include "core/str.h"
#include "image/driver.h"
#include "image/guid.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 8u

static const uint8_t magic[MAGIC] = { 'E',  'V',  'F',  0x09,
				      0x0d, 0x0a, 0xff, 0x00 };

/* Related formats that are kept as they are, and why. */
static const struct relative {
	uint8_t magic[MAGIC];
	const char *title;
	const char *why;
	const char *puid;
} relatives[] = {
	{ { 'L', 'V', 'F', 0x09, 0x0d, 0x0a, 0xff, 0x00 },
	  "L01, logical evidence",
	  "L01 holds chosen files, not a disk: export them with a forensic tool",
	  "fmt/804" },
	{ { 'E', 'V', 'F', '2', 0x0d, 0x0a, 0x81, 0x00 },
	  "Ex01, Expert Witness 2",
	  "Ex01 is not decoded: convert it to E01 with the program that made it",
	  "" },
	{ { 'L', 'E', 'F', '2', 0x0d, 0x0a, 0x81, 0x00 },
	  "Lx01, logical evidence 2",
	  "Lx01 holds chosen files, not a disk: export them with a forensic "
	  "tool",
	  "" },
	{ { 'L', 'V', 'F', '2', 0x0d, 0x0a, 0x81, 0x00 },
	  "Lx01, logical evidence 2",
	  "Lx01 holds chosen files, not a disk: export them with a forensic "
	  "tool",
	  "" },
};

static const struct relative *relative_of(const uint8_t *head)
{
	for (size_t i = 0; i < MUN_COUNT(relatives); i++)
		if (memcmp(relatives[i].magic, head, MAGIC) == 0)
			return &relatives[i];
	return NULL;
}

static int ewf_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[MUN_EWF_FILE_HEADER + MUN_EWF_SECTION];
	const uint8_t *s = h + MUN_EWF_FILE_HEADER;
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, h, sizeof(h), 0, &e))
		return MUN_BID_NO;
	if (memcmp(h, magic, MAGIC) != 0)
		return relative_of(h) ? MUN_BID_MAGIC : MUN_BID_NO;
	if (h[8] != 1 || mun_le16(h + 9) == 0 || mun_le16(h + 11) != 0 ||
	    libdeflate_adler32(1, s, 72) != mun_le32(s + 72))
		return MUN_BID_MAGIC;
	return MUN_BID_CHECKED;
}

/* --- open --------------------------------------------------------------- */

/* The file's own bytes. */
static int keep(struct mun_image *img, struct mun_err *e)
{
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = 512;
	img->bytes = img->src->size;
	return mun_image_one_track(img, e);
}

static int tell_size(struct mun_image *img, struct mun_ewf *w,
		     struct mun_err *e)
{
	static const char *const levels[] = { "", "fast", "best" };
	uint64_t want;

	/* Programs that did not know how long it would be left it open. */
	if (!w->sectors) {
		w->bytes = w->chunks * w->chunk_bytes;
		w->sectors = w->bytes / w->sector_bytes;
		mun_image_note(img, "its size follows from its tables");
	}
	want = w->bytes / w->chunk_bytes + !!(w->bytes % w->chunk_bytes);
	if (!w->bytes)
		return mun_fail(e, MUN_ECORRUPT, "an image without sectors");
	if (w->chunks < want)
		mun_image_note(img,
			       "the last %" PRIu64 " of %" PRIu64
			       " chunks are missing",
			       want - w->chunks, want);
	else if (w->chunks > want)
		mun_image_note(img, "%" PRIu64 " chunks follow the last",
			       w->chunks - want);
	mun_image_variant(img, "%s", w->smart ? "SMART form" : "EnCase form");
	if (w->nfiles > 1)
		mun_image_variant(img, "%u segments", w->nfiles);
	mun_image_variant(img, "chunks of %" PRIu32 " bytes", w->chunk_bytes);
	/* 0 is none, or a program that does not say. */
	if (w->compression && w->compression < MUN_COUNT(levels))
		mun_image_variant(img, "compression %s",
				  levels[w->compression]);
	return 0;
}

static int tell_digest(struct mun_image *img, const char *name,
		       const uint8_t *p, size_t len, struct mun_err *e)
{
	char hex[2 * 20 + 1];

	mun_hex(p, len, hex);
	return mun_image_check_fact(img, name, MUN_FACT_NONE, e, "%s", hex);
}

static int tell_checks(struct mun_image *img, struct mun_ewf *w,
		       struct mun_err *e)
{
	static const uint8_t zeros[20];
	int rc;

	/* All zeros: the program had no time to make it, or was told not to. */
	w->has_md5 &= memcmp(w->md5, zeros, sizeof(w->md5)) != 0;
	w->has_sha1 &= memcmp(w->sha1, zeros, sizeof(w->sha1)) != 0;
	rc = mun_image_check_fact(img, "chunks", MUN_FACT_NONE, e,
				  "Adler-32 of each of %" PRIu64, w->nstates);
	if (!rc && w->has_md5)
		rc = tell_digest(img, "MD5", w->md5, sizeof(w->md5), e);
	if (!rc && w->has_sha1)
		rc = tell_digest(img, "SHA-1", w->sha1, sizeof(w->sha1), e);
	if (!rc && !w->has_md5 && !w->has_sha1)
		mun_image_note(img, "no digest of the whole inside");
	return rc;
}

static int tell(struct mun_image *img, struct mun_ewf *w, struct mun_err *e)
{
	char guid[MUN_GUID_LEN];
	int rc = 0;

	if (!mun_guid_is_null(w->guid)) {
		mun_guid_text(w->guid, MUN_GUID_MIXED, guid);
		rc = mun_image_fact(img, MUN_FACT_MADE, "set identifier", e,
				    "%s", guid);
	}
	if (!rc && !w->header)
		mun_image_note(img, "no header that can be read");
	if (!rc)
		rc = tell_checks(img, w, e);
	if (rc)
		return rc;
	img->medium = w->medium == MUN_EWF_OPTICAL ? MUN_MEDIUM_OPTICAL
						   : MUN_MEDIUM_DISK;
	img->sector_bytes = w->sector_bytes;
	img->bytes = w->bytes;
	img->geometry = (struct mun_geometry){ w->geometry[0], w->geometry[1],
					       w->geometry[2] };
	return mun_image_one_track(img, e);
}

static int open_segments(struct mun_image *img, struct mun_err *e)
{
	struct mun_ewf *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return mun_fail_nomem(e, "EWF image");
	img->priv = w;
	rc = mun_ewf_read_segments(img, w, e);
	if (!rc && !w->volume)
		rc = mun_fail(e, MUN_ECORRUPT, "no section 'volume'");
	if (!rc)
		rc = tell_size(img, w, e);
	if (!rc)
		rc = mun_ewf_chunks_ready(w, e);
	return rc ? rc : tell(img, w, e);
}

static int ewf_open(struct mun_image *img, struct mun_err *e)
{
	uint8_t h[MUN_EWF_FILE_HEADER];
	const struct relative *r;
	int rc = mun_peek(img->src, h, sizeof(h), 0, e);

	if (rc)
		return rc;
	r = relative_of(h);
	if (r) {
		mun_image_variant(img, "%s", r->title);
		mun_image_preserve_only(img, "%s", r->why);
		mun_image_set_puid(img, r->puid);
		return keep(img, e);
	}
	if (memcmp(h, magic, MAGIC) != 0)
		return mun_fail(e, MUN_ECORRUPT, "no signature of EWF");
	mun_image_set_puid(img, "fmt/803");
	mun_image_set_mime(img, "application/encase");
	if (mun_le16(h + 9) == 1)
		return open_segments(img, e);
	mun_image_variant(img, "segment %u", mun_le16(h + 9));
	mun_image_preserve_only(img,
				"it is segment %u of a set: open segment 1, "
				"with this one beside it",
				mun_le16(h + 9));
	return keep(img, e);
}

/* --- reading ------------------------------------------------------------ */

static int ewf_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	struct mun_ewf *w = img->priv;
	uint8_t *to = buf;

	(void)view;
	if (!w)
		return mun_source_pread(img->src, buf, len, off, e);
	while (len > 0) {
		size_t in = (size_t)(off % w->chunk_bytes);
		const struct mun_cached *c;
		size_t n;
		int rc = mun_ewf_get_chunk(w, off / w->chunk_bytes, &c, e);

		if (rc)
			return rc;
		n = MUN_MIN(len, c->len - in);
		memcpy(to, c->data + in, n);
		mun_blockcache_put(w->unpacked, c);
		to += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* The first range that ends behind @sector; nerrors if there is none. */
static size_t range_at(const struct mun_ewf *w, uint64_t sector)
{
	size_t low = 0;
	size_t high = w->nerrors;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->errors[middle].end <= sector)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/*
 * Sectors that could not be read when the image was made, up to the end of the
 * chunk: zeros, or what the drive gave in spite of its error, and then that is
 * kept as doubtful.
 */
static int error_extent(struct mun_ewf *w, uint64_t upto,
			struct mun_extent *out, struct mun_err *e)
{
	const uint32_t s = w->sector_bytes;
	uint64_t chunk = out->off / w->chunk_bytes;
	uint64_t start = chunk * w->chunk_bytes;
	uint64_t end = MUN_MIN(start + w->chunk_bytes, upto);
	uint64_t at = out->off - out->off % s;
	const struct mun_cached *c;
	bool zero;
	int rc = mun_ewf_get_chunk(w, chunk, &c, e);

	if (rc)
		return rc;
	zero = is_zero(c->data + (at - start), (size_t)MUN_MIN(s, end - at));
	while (at < end && is_zero(c->data + (at - start),
				   (size_t)MUN_MIN(s, end - at)) == zero)
		at += s;
	mun_blockcache_put(w->unpacked, c);
	out->bytes = MUN_MIN(at, end) - out->off;
	out->kind = zero ? MUN_EXTENT_UNREADABLE : MUN_EXTENT_DOUBTFUL;
	return 0;
}

/* So many chunks are looked at in one call; none is decoded for it. */
#define LOOK_AHEAD 4096u

/* By the state of the chunk, which only its decoding tells, and of those behind
 * it as far as they are known. */
static int chunk_extent(struct mun_ewf *w, uint64_t upto,
			struct mun_extent *out, struct mun_err *e)
{
	uint64_t chunk = out->off / w->chunk_bytes;
	uint64_t most = MUN_MIN(w->nstates - chunk, LOOK_AHEAD);
	enum mun_ewf_state state = mun_ewf_state_of(w, chunk);
	const struct mun_cached *c;
	uint64_t n = 1;
	int rc;

	if (chunk >= w->chunks) {
		out->bytes = upto - out->off;
		out->kind = MUN_EXTENT_UNREADABLE;
		return 0;
	}
	if (state == MUN_EWF_UNKNOWN) {
		rc = mun_ewf_get_chunk(w, chunk, &c, e);
		if (rc)
			return rc;
		mun_blockcache_put(w->unpacked, c);
		state = mun_ewf_state_of(w, chunk);
	}
	while (n < most && mun_ewf_state_of(w, chunk + n) == state)
		n++;
	out->bytes = MUN_MIN((chunk + n) * w->chunk_bytes, upto) - out->off;
	out->kind = state == MUN_EWF_LOST       ? MUN_EXTENT_UNREADABLE
		    : state == MUN_EWF_DOUBTFUL ? MUN_EXTENT_DOUBTFUL
						: MUN_EXTENT_DATA;
	return 0;
}

static int ewf_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	struct mun_ewf *w = img->priv;
	uint64_t upto = mun_image_size(img, view);
	uint64_t sector;
	size_t i;

	*out = (struct mun_extent){ off, upto - off, MUN_EXTENT_DATA };
	if (!w)
		return mun_source_next_extent(img->src, off, out, e);
	sector = off / w->sector_bytes;
	i = range_at(w, sector);
	if (i == w->nerrors)
		return chunk_extent(w, upto, out, e);
	if (w->errors[i].first <= sector)
		return error_extent(
			w, MUN_MIN(upto, w->errors[i].end * w->sector_bytes),
			out, e);
	return chunk_extent(
		w, MUN_MIN(upto, w->errors[i].first * w->sector_bytes), out, e);
}

/* --- verify ------------------------------------------------------------- */

static enum mun_fact_state compare(EVP_MD_CTX *md, const uint8_t *want,
				   size_t len)
{
	uint8_t got[EVP_MAX_MD_SIZE];

	if (EVP_DigestFinal_ex(md, got, NULL) != 1)
		return MUN_FACT_NONE;
	return memcmp(got, want, len) == 0 ? MUN_FACT_GOOD : MUN_FACT_BAD;
}

/* All chunks in order into both digests; *@bad counts what is not good. */
static int hash_chunks(struct mun_ewf *w, EVP_MD_CTX *md5, EVP_MD_CTX *sha1,
		       uint64_t *bad, struct mun_err *e)
{
	for (uint64_t i = 0; i < w->nstates; i++) {
		const struct mun_cached *c = NULL;
		int rc = mun_cancel_check(e);

		if (!rc)
			rc = mun_ewf_get_chunk(w, i, &c, e);
		if (rc)
			return rc;
		if (EVP_DigestUpdate(md5, c->data, c->len) != 1 ||
		    EVP_DigestUpdate(sha1, c->data, c->len) != 1)
			rc = mun_fail(e, MUN_EUNSUPPORTED, "MD5 failed");
		mun_blockcache_put(w->unpacked, c);
		if (rc)
			return rc;
		*bad += mun_ewf_state_of(w, i) != MUN_EWF_GOOD;
	}
	return 0;
}

static int ewf_verify(struct mun_image *img, struct mun_err *e)
{
	struct mun_ewf *w = img->priv;
	EVP_MD_CTX *md5, *sha1;
	uint64_t bad = 0;
	int rc = 0;

	if (!w)
		return 0;
	md5 = EVP_MD_CTX_new();
	sha1 = EVP_MD_CTX_new();
	if (!md5 || !sha1)
		rc = mun_fail_nomem(e, "digests of an image");
	if (!rc && (EVP_DigestInit_ex(md5, EVP_md5(), NULL) != 1 ||
		    EVP_DigestInit_ex(sha1, EVP_sha1(), NULL) != 1))
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "MD5 or SHA-1 is not to be had here");
	if (!rc)
		rc = hash_chunks(w, md5, sha1, &bad, e);
	if (!rc) {
		mun_image_settle(img, "chunks",
				 bad ? MUN_FACT_BAD : MUN_FACT_GOOD);
		if (w->has_md5)
			mun_image_settle(img, "MD5", compare(md5, w->md5, 16));
		if (w->has_sha1)
			mun_image_settle(img, "SHA-1",
					 compare(sha1, w->sha1, 20));
	}
	EVP_MD_CTX_free(md5);
	EVP_MD_CTX_free(sha1);
	return rc;
}

static void ewf_close(struct mun_image *img)
{
	struct mun_ewf *w = img->priv;

	if (!w)
		return;
	for (unsigned int i = 1; i < w->nfiles; i++)
		mun_source_close(w->files[i]);
	mun_blockcache_free(w->unpacked);
	mun_blockcache_free(w->offsets);
	mun_unpackers_free(w->unpackers);
	free(w->states);
	free(w->errors);
	free(w->tables);
	free(w->files);
	free(w);
}

const struct mun_image_driver mun_image_ewf = {
	.name = "ewf",
	.title = "Expert Witness disk image (E01, S01)",
	.suffixes = "e01 s01 ex01 l01 lx01",
	.bid = ewf_bid,
	.open = ewf_open,
	.pread = ewf_pread,
	.next_extent = ewf_next_extent,
	.verify = ewf_verify,
	.close = ewf_close,
};
