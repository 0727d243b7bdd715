/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_chd_write.c - a CHD of a disk or a disc, version 5; fmt_chd.h
 *
 * Header, metadata, hunks in order, map.  A hunk of zeros is as the first one
 * was; no other is looked for a second time.
 */
#include "image/fmt_chd_write.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/chunks.h"
#include "image/disc.h"
#include "image/vdisk_write.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_HUNK 4096u
#define DISK_MAX ((uint64_t)40 << 30) /* whose map our reader takes */
#define CD_FRAMES 8u /* a hunk */
#define CHUNK_HUNKS 32u
#define LEVEL 9

/* Of one thread. */
struct scratch {
	struct libdeflate_compressor *deflate;
	uint8_t *apart; /* a hunk of a CD: main channel, then sub-channel */
	uint8_t *last; /* a hunk that is filled up */
};

static void free_scratch(void *ctx, void *scratch)
{
	struct scratch *s = scratch;

	(void)ctx;
	if (!s)
		return;
	libdeflate_free_compressor(s->deflate);
	free(s->apart);
	free(s->last);
	free(s);
}

static int new_scratch(void *ctx, void **out, struct mun_err *e)
{
	const struct mun_chd_writing *w = ctx;
	struct scratch *s = calloc(1, sizeof(*s));

	if (s) {
		s->deflate = libdeflate_alloc_compressor(LEVEL);
		s->apart = malloc(w->hunk_bytes);
		s->last = malloc(w->hunk_bytes);
	}
	if (s && s->deflate && s->apart && s->last) {
		*out = s;
		return 0;
	}
	free_scratch(ctx, s);
	return mun_fail_nomem(e, "deflate");
}

/* Main channel and sub-channel each by itself; 0: no smaller. */
static size_t pack_cd(struct scratch *s, const uint8_t *in, size_t bytes,
		      uint8_t *out)
{
	size_t frames = bytes / MUN_CHD_FRAME;
	size_t flags = (frames + 7) / 8;
	size_t at = flags + 2;
	size_t main, sub;

	memset(out, 0, flags);
	for (size_t i = 0; i < frames; i++)
		if (mun_chd_take_apart(in + i * MUN_CHD_FRAME, s->apart, i,
				       frames))
			out[i / 8] = (uint8_t)(out[i / 8] | 1u << i % 8);
	main = libdeflate_deflate_compress(s->deflate, s->apart,
					   frames * MUN_CD_RAW, out + at,
					   bytes - at);
	if (!main || main > UINT16_MAX)
		return 0;
	out[flags] = (uint8_t)(main >> 8);
	out[flags + 1] = (uint8_t)main;
	at += main;
	sub = libdeflate_deflate_compress(
		s->deflate, s->apart + frames * MUN_CD_RAW, frames * MUN_CD_SUB,
		out + at, bytes - at);
	return sub ? at + sub : 0;
}

/* At most hunk_bytes, which means: as it is. */
static size_t pack_hunk(const struct mun_chd_writing *w, struct scratch *s,
			const uint8_t *in, uint8_t *out)
{
	size_t n;

	if (w->of_cd)
		n = pack_cd(s, in, w->hunk_bytes, out);
	else
		n = libdeflate_deflate_compress(s->deflate, in, w->hunk_bytes,
						out, w->hunk_bytes);
	if (n && n < w->hunk_bytes)
		return n;
	memcpy(out, in, w->hunk_bytes);
	return w->hunk_bytes;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

/*
 * What encode() makes of a chunk, for each hunk: u32 length, u16 CRC-16, then
 * the bytes.  Of zeros too, marked in the length: place() knows which are the
 * first.
 */
#define ROW 6u
#define ZEROS (1u << 31)

static size_t encode_hunk(const struct mun_chd_writing *w, struct scratch *s,
			  const uint8_t *in, uint8_t *to)
{
	uint16_t crc = mun_chd_crc16(0xffff, in, w->hunk_bytes);
	uint32_t n;

	if (is_zero(in, w->hunk_bytes)) {
		memcpy(to + ROW, w->zero, w->zero_len);
		n = (uint32_t)w->zero_len;
		mun_put_be32(to, n | ZEROS);
	} else {
		n = (uint32_t)pack_hunk(w, s, in, to + ROW);
		mun_put_be32(to, n);
	}
	to[4] = (uint8_t)(crc >> 8);
	to[5] = (uint8_t)crc;
	return ROW + n;
}

static int encode(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	const struct mun_chd_writing *w = ctx;
	struct scratch *s = k->scratch;
	uint8_t *to = k->enc;

	(void)e;
	for (size_t at = 0; at < k->len; at += w->hunk_bytes) {
		const uint8_t *in = k->data + at;
		size_t left = k->len - at;

		if (left < w->hunk_bytes) {
			memset(s->last + left, 0, w->hunk_bytes - left);
			memcpy(s->last, in, left);
			in = s->last;
		}
		to += encode_hunk(w, s, in, to);
	}
	k->enc_len = (size_t)(to - k->enc);
	return 0;
}

static void set_entry(struct mun_chd_entry *x, unsigned int type, uint32_t len,
		      uint64_t off, uint16_t crc)
{
	x->type = (uint8_t)type;
	x->len = len & 0xffffffu;
	x->off_low = (uint32_t)off;
	x->off_high = (uint16_t)(off >> 32);
	x->crc = crc;
}

/* Rows go and zeros are dropped, so bytes only move down. */
static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	struct mun_chd_writing *w = ctx;
	uint64_t hunk = k->off / w->hunk_bytes;
	uint8_t *to = k->enc;

	if (EVP_DigestUpdate(w->sha1, k->data, k->len) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "SHA-1 failed");
	k->out = k->enc;
	k->out_off = w->end;
	for (const uint8_t *p = k->enc; p < k->enc + k->enc_len; hunk++) {
		uint32_t word = mun_be32(p);
		uint32_t n = word & ~ZEROS;
		uint16_t crc = mun_be16(p + 4);

		if (word & ZEROS && w->zero_hunk != UINT64_MAX) {
			set_entry(&w->map[hunk], MUN_CHD_SELF, 0, w->zero_hunk,
				  0);
		} else {
			if (word & ZEROS)
				w->zero_hunk = hunk;
			set_entry(&w->map[hunk],
				  n == w->hunk_bytes ? MUN_CHD_PLAIN
						     : MUN_CHD_CODEC0,
				  n, w->end, crc);
			memmove(to, p + ROW, n);
			to += n;
			w->end += n;
		}
		p += ROW + n;
	}
	k->out_len = (size_t)(to - k->enc);
	if (!k->out_len)
		k->out_off = UINT64_MAX;
	return 0;
}

static int make_zero(struct mun_chd_writing *w, struct mun_err *e)
{
	mun_autofree uint8_t *in = calloc(1, w->hunk_bytes);
	void *s = NULL;
	int rc;

	w->zero = malloc(w->hunk_bytes);
	if (!in || !w->zero)
		return mun_fail_nomem(e, "hunk");
	rc = new_scratch(w, &s, e);
	if (s)
		w->zero_len = pack_hunk(w, s, in, w->zero);
	free_scratch(w, s);
	return rc;
}

static int begin(struct mun_chd_writing *w, struct mun_err *e)
{
	w->hunks = (w->bytes + w->hunk_bytes - 1) / w->hunk_bytes;
	w->zero_hunk = UINT64_MAX;
	w->start = w->end = MUN_CHD_HEAD + w->meta.len;
	w->map = calloc((size_t)w->hunks + 1, sizeof(*w->map));
	w->sha1 = EVP_MD_CTX_new();
	if (!w->map || w->meta.failed || w->hashes.failed)
		return mun_fail_nomem(e, "map of a CHD");
	if (!w->sha1 || EVP_DigestInit_ex(w->sha1, EVP_sha1(), NULL) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "SHA-1 is not to be had");
	return make_zero(w, e);
}

static int run(const struct mun_write *write, struct mun_chd_writing *w,
	       struct mun_err *e)
{
	static const struct mun_chunks_ops ops = {
		.scratch_new = new_scratch,
		.scratch_free = free_scratch,
		.encode = encode,
		.place = place,
	};
	static const uint8_t filler[512];
	struct mun_chunks c = {
		.img = w->img,
		.view = MUN_VIEW_CONTENT,
		.chunk_bytes = (size_t)w->hunk_bytes * CHUNK_HUNKS,
		.enc_room = (size_t)(w->hunk_bytes + ROW) * CHUNK_HUNKS,
		.encode_zeros = true,
		.threads = write->threads,
		.ops = &ops,
		.ctx = w,
		.file = w->file,
		.progress = write->progress,
		.phase = "writing",
	};
	int rc = mun_chunks_run(&c, e);

	/* The last sector may have been filled up. */
	if (!rc && EVP_DigestUpdate(w->sha1, filler,
				    (size_t)(w->bytes - w->img->bytes)) != 1)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "SHA-1 failed");
	return rc ? rc : mun_chd_finish(w, e);
}

static void end(struct mun_chd_writing *w)
{
	free(w->map);
	free(w->zero);
	EVP_MD_CTX_free(w->sha1);
	mun_str_free(&w->meta);
	mun_str_free(&w->hashes);
}

/* Cylinders, heads and sectors that are the disk exactly. */
static void geometry(uint64_t sectors, struct mun_geometry *g)
{
	for (uint32_t s = 63; s > 1; s--) {
		if (sectors % s)
			continue;
		for (uint32_t h = 16; h > 1; h--) {
			uint64_t c = sectors / s;

			if (c % h || c / h > UINT32_MAX)
				continue;
			*g = (struct mun_geometry){ (uint32_t)(c / h), h, s };
			return;
		}
	}
	*g = (struct mun_geometry){ (uint32_t)sectors, 1, 1 };
}

static int write_disk(const struct mun_write *write, struct mun_chd_writing *w,
		      struct mun_err *e)
{
	struct mun_geometry g;
	char text[80];
	int rc;

	w->img = write->img;
	w->hunk_bytes = DISK_HUNK;
	w->unit_bytes = 512;
	w->bytes = mun_vdisk_bytes(write->img, 512);
	geometry(w->bytes / 512, &g);
	(void)snprintf(text, sizeof(text),
		       "CYLS:%" PRIu32 ",HEADS:%" PRIu32 ",SECS:%" PRIu32
		       ",BPS:512",
		       g.cylinders, g.heads, g.sectors);
	rc = mun_chd_add_meta(w, MUN_CHD_TAG('G', 'D', 'D', 'D'), text, e);
	if (!rc)
		rc = begin(w, e);
	return rc ? rc : run(write, w, e);
}

static int write_disc(const struct mun_write *write, struct mun_chd_writing *w,
		      struct mun_err *e)
{
	mun_auto(image) *frames = NULL;
	int rc = mun_chd_frames(write->img, &frames, e);

	if (rc)
		return rc;
	w->img = frames;
	w->of_cd = true;
	w->hunk_bytes = MUN_CHD_FRAME * CD_FRAMES;
	w->unit_bytes = MUN_CHD_FRAME;
	w->bytes = frames->bytes;
	rc = mun_chd_track_meta(w, write->img, e);
	if (!rc)
		rc = begin(w, e);
	return rc ? rc : run(write, w, e);
}

static int chd_write(const struct mun_write *write, struct mun_err *e)
{
	struct mun_chd_writing w = { 0 };
	int rc = mun_output_file(write->out, NULL, &w.file, e);

	if (!rc)
		rc = write->img->disc ? write_disc(write, &w, e)
				      : write_disk(write, &w, e);
	end(&w);
	return rc;
}

static int chd_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	(void)o;
	if (!img->disc)
		return mun_vdisk_plan(img, 512, DISK_MAX, "CHD", loss, e);
	return mun_loss_usual(loss, img,
			      MUN_KEEPS_TRACKS | MUN_KEEPS_SUB |
				      MUN_KEEPS_RAW_SECTORS |
				      MUN_KEEPS_DOUBTFUL,
			      e);
}

const struct mun_writer mun_write_chd = {
	.name = "chd",
	.title = "CHD, compressed hunks of data (MAME)",
	.suffixes = "chd",
	.keys = "",
	.help = "",
	.plan = chd_plan,
	.write = chd_write,
};
