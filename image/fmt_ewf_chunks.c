/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf_chunks.c - the chunks of an EWF image: where, and what state */
#include "image/fmt_ewf.h"

#include "core/bytes.h"
#include "core/check.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

/* Memory for decoded chunks and for tables, in bytes, and in numbers. */
#define CHUNK_CACHE ((size_t)32 << 20)
#define TABLE_CACHE ((size_t)16 << 20)
#define CACHED_MIN 2u
#define CACHED_MAX 512u

/* Some programs fill up the last chunk of a section with zeros. */
#define PACKED_SLACK(bytes) ((bytes) / 8 + 1024)

/* Chunks that a short image may lack. */
#define MISSING_MAX 4096u

/* An offset in the cache: how its chunk is packed, then bytes from the base. */
#define OFFSET_MASK UINT64_C(0xffffffff)
#define OFFSET_PACKED (UINT64_C(1) << 32)
#define OFFSET_EITHER (UINT64_C(1) << 33)

/* Where a chunk is. */
struct place {
	unsigned int file;
	uint64_t at;
	uint64_t end;
	bool packed; /* a zlib stream */
	bool plain; /* bytes and a checksum */
};

static uint32_t adler(const void *p, size_t len)
{
	return libdeflate_adler32(1, p, len);
}

/* --- tables ------------------------------------------------------------- */

/*
 * Offsets have 31 bits.  EnCase 6.7 lets a section of chunks grow beyond 2 GiB:
 * from where an offset would be less than the one before, all 32 bits are of
 * the offset, and nothing says how the chunk is packed.
 */
static bool convert(const struct mun_ewf_table *t, const uint8_t *entries,
		    uint64_t *out)
{
	bool wide = false;
	uint64_t before = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t v = mun_le32(entries + 4 * (size_t)i);
		uint64_t off = wide ? v : v & ~MUN_EWF_PACKED;

		if (off < before && !wide) {
			wide = true;
			off = v;
		}
		if (off < before)
			return false;
		before = off;
		if (wide)
			off |= OFFSET_EITHER;
		else if (v & MUN_EWF_PACKED)
			off |= OFFSET_PACKED;
		out[i] = off;
	}
	return true;
}

/* The entries at byte @at; false where their checksum says that they are not
 * these. */
static int try_entries(const struct mun_ewf *w, const struct mun_ewf_table *t,
		       uint64_t at, bool summed, uint8_t *raw, uint64_t *out,
		       bool *good, struct mun_err *e)
{
	size_t n = 4 * (size_t)t->n;
	int rc = mun_source_pread(w->files[t->file], raw, summed ? n + 4 : n,
				  at, e);

	*good = !rc && (!summed || adler(raw, n) == mun_le32(raw + n)) &&
		convert(t, raw, out);
	return rc;
}

static int fill_offsets(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	const struct mun_ewf *w = ctx;
	const struct mun_ewf_table *t = &w->tables[b->key];
	uint64_t *out = (uint64_t *)(void *)b->data;
	mun_autofree uint8_t *raw = malloc(4 * (size_t)t->n + 4);
	bool good = false;
	int rc;

	if (!raw)
		return mun_fail_nomem(e, "table of an image");
	rc = try_entries(w, t, t->at, t->summed, raw, out, &good, e);
	if (!good && t->copy_at)
		rc = try_entries(w, t, t->copy_at, true, raw, out, &good, e);
	if (!rc && !good)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the table at byte %" PRIu64 " of segment %u "
			      "contradicts its checksum or itself%s",
			      t->at, t->file + 1,
			      t->copy_at ? ", and so does its copy" : "");
	b->len = (size_t)t->n * sizeof(*out);
	return rc;
}

static const struct mun_ewf_table *table_of(const struct mun_ewf *w,
					    uint64_t chunk)
{
	size_t low = 0;
	size_t high = w->ntables;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (w->tables[middle].first <= chunk)
			low = middle;
		else
			high = middle;
	}
	return &w->tables[low];
}

static int find_place(struct mun_ewf *w, uint64_t chunk, struct place *out,
		      struct mun_err *e)
{
	const struct mun_ewf_table *t = table_of(w, chunk);
	uint64_t i = chunk - t->first;
	const struct mun_cached *block;
	const uint64_t *offsets;
	int rc = mun_blockcache_get(w->offsets, (uint64_t)(t - w->tables),
				    &block, e);

	if (rc)
		return rc;
	offsets = (const uint64_t *)(const void *)block->data;
	*out = (struct place){
		.file = t->file,
		.at = t->base + (offsets[i] & OFFSET_MASK),
		.end = i + 1 < t->n ? t->base + (offsets[i + 1] & OFFSET_MASK)
				    : t->end,
		.packed = offsets[i] & (OFFSET_PACKED | OFFSET_EITHER),
		.plain = !(offsets[i] & OFFSET_PACKED),
	};
	mun_blockcache_put(w->offsets, block);
	return 0;
}

/* --- chunks ------------------------------------------------------------- */

/* Bytes of the image in @chunk. */
static size_t wanted(const struct mun_ewf *w, uint64_t chunk)
{
	uint64_t at = chunk * w->chunk_bytes;

	return at < w->bytes ? (size_t)MUN_MIN(w->bytes - at, w->chunk_bytes)
			     : 0;
}

/* The last chunk is as long as what is left, or as the others. */
static enum mun_ewf_state take_plain(const uint8_t *p, size_t have, size_t want,
				     uint8_t *out)
{
	if (have < want)
		return MUN_EWF_LOST;
	memcpy(out, p, want);
	if (have >= want + 4 && adler(p, want) == mun_le32(p + want))
		return MUN_EWF_GOOD;
	if (have >= 4 && adler(p, have - 4) == mun_le32(p + have - 4))
		return have - 4 >= want ? MUN_EWF_GOOD : MUN_EWF_LOST;
	return MUN_EWF_DOUBTFUL;
}

/* A stream whose checksum alone is wrong still gave bytes. */
static enum mun_ewf_state inflate_chunk(struct libdeflate_decompressor *d,
					const uint8_t *p, size_t have,
					size_t want, uint8_t *out, size_t room)
{
	size_t used = 0;
	size_t made = 0;

	if (libdeflate_zlib_decompress_ex(d, p, have, out, room, &used,
					  &made) == LIBDEFLATE_SUCCESS &&
	    made >= want)
		return MUN_EWF_GOOD;
	if (have > 2 &&
	    libdeflate_deflate_decompress_ex(d, p + 2, have - 2, out, room,
					     &used,
					     &made) == LIBDEFLATE_SUCCESS &&
	    made >= want && have - 2 - used >= 4)
		return MUN_EWF_DOUBTFUL;
	return MUN_EWF_LOST;
}

static int decode(struct mun_ewf *w, const struct place *p, size_t want,
		  struct mun_unpacker *u, uint8_t *out,
		  enum mun_ewf_state *state, struct mun_err *e)
{
	struct mun_source *src = w->files[p->file];
	size_t n;
	int rc;

	*state = MUN_EWF_LOST;
	if (p->end <= p->at || p->at >= src->size)
		return 0;
	n = (size_t)MUN_MIN(MUN_MIN(p->end, src->size) - p->at, u->room);
	rc = mun_source_pread(src, u->in, n, p->at, e);
	if (rc)
		return rc;
	if (!u->deflate)
		u->deflate = libdeflate_alloc_decompressor();
	if (!u->deflate)
		return mun_fail_nomem(e, "decompressor");
	if (p->plain)
		*state = take_plain(u->in,
				    MUN_MIN(n, (size_t)w->chunk_bytes + 4),
				    want, out);
	if (p->packed && *state != MUN_EWF_GOOD)
		*state = inflate_chunk(u->deflate, u->in, n, want, out,
				       w->chunk_bytes);
	return 0;
}

enum mun_ewf_state mun_ewf_state_of(struct mun_ewf *w, uint64_t chunk)
{
	unsigned int all =
		__atomic_load_n(&w->states[chunk / 4], __ATOMIC_ACQUIRE);

	return (enum mun_ewf_state)(all >> chunk % 4 * 2 & 3);
}

/* It is the same whoever finds it out, so bits are only ever added. */
static void set_state(struct mun_ewf *w, uint64_t chunk,
		      enum mun_ewf_state state)
{
	(void)__atomic_fetch_or(&w->states[chunk / 4],
				(uint8_t)((unsigned int)state << chunk % 4 * 2),
				__ATOMIC_RELEASE);
}

static int fill_chunk(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	struct mun_ewf *w = ctx;
	enum mun_ewf_state state = MUN_EWF_LOST;
	struct mun_unpacker *u = NULL;
	struct place p;
	int rc = 0;

	b->len = wanted(w, b->key);
	if (b->key < w->chunks) {
		rc = find_place(w, b->key, &p, e);
		if (!rc)
			rc = mun_unpackers_take(w->unpackers, &u, e);
		if (rc)
			return rc;
		rc = decode(w, &p, b->len, u, b->data, &state, e);
		mun_unpackers_put(w->unpackers, u);
	}
	if (rc)
		return rc;
	if (state == MUN_EWF_LOST)
		memset(b->data, 0, b->len);
	set_state(w, b->key, state);
	return 0;
}

int mun_ewf_get_chunk(struct mun_ewf *w, uint64_t chunk,
		      const struct mun_cached **out, struct mun_err *e)
{
	return mun_blockcache_get(w->unpacked, chunk, out, e);
}

static size_t blocks_for(size_t memory, size_t block)
{
	return MUN_MAX(MUN_MIN(memory / block, CACHED_MAX), CACHED_MIN);
}

int mun_ewf_chunks_ready(struct mun_ewf *w, struct mun_err *e)
{
	size_t entries = 1;
	int rc;

	for (size_t i = 0; i < w->ntables; i++)
		entries = MUN_MAX(entries, w->tables[i].n);
	w->nstates = w->bytes / w->chunk_bytes + !!(w->bytes % w->chunk_bytes);
	/* A few may be missing; most is another thing, and a size to fear. */
	if (w->nstates > 2 * w->chunks + MISSING_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"of %" PRIu64 " chunks the tables have only "
				"%" PRIu64,
				w->nstates, w->chunks);
	w->states = calloc(w->nstates / 4 + 1, 1);
	if (!w->states)
		return mun_fail_nomem(e, "states of chunks");
	rc = mun_unpackers_new(w->chunk_bytes + PACKED_SLACK(w->chunk_bytes),
			       &w->unpackers, e);
	if (!rc)
		rc = mun_blockcache_new(
			entries * sizeof(uint64_t),
			blocks_for(TABLE_CACHE, entries * sizeof(uint64_t)),
			fill_offsets, w, &w->offsets, e);
	if (!rc)
		rc = mun_blockcache_new(w->chunk_bytes,
					blocks_for(CHUNK_CACHE, w->chunk_bytes),
					fill_chunk, w, &w->unpacked, e);
	return rc;
}
