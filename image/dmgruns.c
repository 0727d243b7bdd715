/* SPDX-License-Identifier: Apache-2.0 */
/* image/dmgruns.c - a disk in runs of sectors, each stored in its own way */
#include "image/dmgruns.h"

#include "core/check.h"
#include "image/blockcache.h"
#include "image/dmgcodec.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

/* A larger run is decoded in the cache, which bounds how many are at once. */
#define DIRECT_MAX ((uint64_t)4 << 20)
#define CACHE_BYTES ((uint64_t)48 << 20)
#define CACHE_BLOCKS 32u
/* Sectors of an image count to less than this, so bytes fit in 63 bits. */
#define SECTORS_MAX ((uint64_t)1 << 54)

struct mun_dmgruns {
	struct mun_source *src;
	struct mun_dmg_run *runs;
	size_t n;
	size_t room;
	uint64_t largest; /* bytes of the largest compressed run, decoded */
	unsigned int codings; /* bits */
	bool unsorted;
	struct mun_blockcache *cache;
};

int mun_dmgruns_new(struct mun_source *src, struct mun_dmgruns **out,
		    struct mun_err *e)
{
	struct mun_dmgruns *r = calloc(1, sizeof(*r));

	if (!r)
		return mun_fail_nomem(e, "runs of an image");
	r->src = src;
	*out = r;
	return 0;
}

void mun_dmgruns_free(struct mun_dmgruns *r)
{
	if (!r)
		return;
	mun_blockcache_free(r->cache);
	free(r->runs);
	free(r);
}

static bool is_stored(enum mun_dmg_coding coding)
{
	return coding != MUN_DMG_ZERO && coding != MUN_DMG_FREE;
}

static uint64_t bytes_of(const struct mun_dmg_run *run)
{
	return run->sectors * MUN_DMG_SECTOR;
}

static int check_stored(const struct mun_dmgruns *r,
			const struct mun_dmg_run *run, struct mun_err *e)
{
	uint64_t bytes = bytes_of(run);

	if (run->off > r->src->size || run->bytes > r->src->size - run->off)
		return mun_fail(e, MUN_ECORRUPT,
				"run of sector %" PRIu64 " lies at %" PRIu64
				", outside the data",
				run->sector, run->off);
	if (run->coding == MUN_DMG_RAW)
		return run->bytes == bytes
			       ? 0
			       : mun_fail(e, MUN_ECORRUPT,
					  "run of sector %" PRIu64
					  " has %" PRIu64 " bytes for %" PRIu64
					  " sectors",
					  run->sector, run->bytes,
					  run->sectors);
	if (bytes > MUN_DMG_RUN_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"compressed run of %" PRIu64
				" sectors is too large",
				run->sectors);
	/* No coding makes much more of it than it is. */
	if (run->bytes > bytes + bytes / 8 + 4096)
		return mun_fail(e, MUN_ECORRUPT,
				"run of sector %" PRIu64 " is larger than what "
				"comes of it",
				run->sector);
	return 0;
}

int mun_dmgruns_add(struct mun_dmgruns *r, const struct mun_dmg_run *run,
		    struct mun_err *e)
{
	int rc = 0;

	if (run->sectors == 0)
		return 0;
	if (run->sector >= SECTORS_MAX ||
	    run->sectors > SECTORS_MAX - run->sector)
		return mun_fail(e, MUN_ECORRUPT,
				"run of sector %" PRIu64 " ends nowhere",
				run->sector);
	if (is_stored(run->coding))
		rc = check_stored(r, run, e);
	if (rc)
		return rc;
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		struct mun_dmg_run *runs =
			realloc(r->runs, room * sizeof(*runs));

		if (!runs)
			return mun_fail_nomem(e, "runs of an image");
		r->runs = runs;
		r->room = room;
	}
	if (r->n && r->runs[r->n - 1].sector > run->sector)
		r->unsorted = true;
	r->runs[r->n++] = *run;
	r->codings |= 1u << run->coding;
	if (is_stored(run->coding) && run->coding != MUN_DMG_RAW)
		r->largest = MUN_MAX(r->largest, bytes_of(run));
	return 0;
}

static int by_sector(const void *a, const void *b)
{
	const struct mun_dmg_run *x = a;
	const struct mun_dmg_run *y = b;

	return x->sector < y->sector ? -1 : x->sector > y->sector;
}

/* All of a run into @out, which has room for it. */
static int decode_run(const struct mun_dmgruns *r,
		      const struct mun_dmg_run *run, uint8_t *out,
		      struct mun_err *e)
{
	mun_autofree uint8_t *in = malloc((size_t)run->bytes + 1);
	int rc;

	if (!in)
		return mun_fail_nomem(e, "compressed run");
	rc = mun_source_pread(r->src, in, (size_t)run->bytes, run->off, e);
	if (!rc)
		rc = mun_dmg_decode(run->coding, in, (size_t)run->bytes, out,
				    (size_t)bytes_of(run), e);
	return rc ? mun_ctx(e, "run of sector %" PRIu64 ", at %" PRIu64,
			    run->sector, run->off)
		  : 0;
}

/* The key of a block is the number of its run. */
static int fill_block(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	const struct mun_dmgruns *r = ctx;
	const struct mun_dmg_run *run = &r->runs[b->key];

	b->len = (size_t)bytes_of(run);
	return decode_run(r, run, b->data, e);
}

int mun_dmgruns_done(struct mun_dmgruns *r, struct mun_err *e)
{
	uint64_t blocks;

	if (r->unsorted)
		qsort(r->runs, r->n, sizeof(*r->runs), by_sector);
	for (size_t i = 1; i < r->n; i++) {
		const struct mun_dmg_run *a = &r->runs[i - 1];

		if (a->sector + a->sectors > r->runs[i].sector)
			return mun_fail(e, MUN_ECORRUPT,
					"runs of sectors %" PRIu64
					" and %" PRIu64 " overlap",
					a->sector, r->runs[i].sector);
	}
	if (!r->largest)
		return 0;
	blocks = CACHE_BYTES / r->largest;
	blocks = MUN_MAX(1, MUN_MIN(blocks, CACHE_BLOCKS));
	return mun_blockcache_new((size_t)r->largest, (size_t)blocks,
				  fill_block, r, &r->cache, e);
}

uint64_t mun_dmgruns_end(const struct mun_dmgruns *r)
{
	const struct mun_dmg_run *last = r->n ? &r->runs[r->n - 1] : NULL;

	return last ? last->sector + last->sectors : 0;
}

bool mun_dmgruns_has(const struct mun_dmgruns *r, enum mun_dmg_coding coding)
{
	return (r->codings >> coding & 1u) != 0;
}

/* The first run that ends after byte @off: r->n if there is none. */
static size_t run_at(const struct mun_dmgruns *r, uint64_t off)
{
	uint64_t sector = off / MUN_DMG_SECTOR;
	size_t low = 0;
	size_t high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->runs[mid].sector + r->runs[mid].sectors > sector)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Part of a compressed run, from the cache. */
static int read_cached(struct mun_dmgruns *r, size_t i, uint8_t *buf,
		       size_t len, uint64_t inside, struct mun_err *e)
{
	const struct mun_cached *b;
	int rc = mun_blockcache_get(r->cache, i, &b, e);

	if (rc)
		return rc;
	memcpy(buf, b->data + inside, len);
	mun_blockcache_put(r->cache, b);
	return 0;
}

/* @len bytes of run @i from byte @inside on. */
static int read_run(struct mun_dmgruns *r, size_t i, uint8_t *buf, size_t len,
		    uint64_t inside, struct mun_err *e)
{
	const struct mun_dmg_run *run = &r->runs[i];

	if (!is_stored(run->coding)) {
		memset(buf, 0, len);
		return 0;
	}
	if (run->coding == MUN_DMG_RAW)
		return mun_source_pread(r->src, buf, len, run->off + inside, e);
	if (len == bytes_of(run) && len <= DIRECT_MAX)
		return decode_run(r, run, buf, e);
	return read_cached(r, i, buf, len, inside, e);
}

int mun_dmgruns_pread(struct mun_dmgruns *r, void *buf, size_t len,
		      uint64_t off, struct mun_err *e)
{
	size_t i = run_at(r, off);
	uint8_t *p = buf;

	while (len) {
		uint64_t from = UINT64_MAX;
		uint64_t to = UINT64_MAX;
		size_t n;
		int rc = 0;

		if (i < r->n) {
			from = r->runs[i].sector * MUN_DMG_SECTOR;
			to = from + bytes_of(&r->runs[i]);
		}
		if (off < from) {
			n = (size_t)MUN_MIN((uint64_t)len, from - off);
			memset(p, 0, n);
		} else {
			n = (size_t)MUN_MIN((uint64_t)len, to - off);
			rc = read_run(r, i, p, n, off - from, e);
			i++;
		}
		if (rc)
			return rc;
		p += n;
		off += n;
		len -= n;
	}
	return 0;
}

static enum mun_extent_kind kind_of(enum mun_dmg_coding coding)
{
	if (coding == MUN_DMG_FREE)
		return MUN_EXTENT_HOLE;
	return coding == MUN_DMG_ZERO ? MUN_EXTENT_ZERO : MUN_EXTENT_DATA;
}

/* What lies at byte @off, and where that ends; @i: run_at(@off), moved on. */
static enum mun_extent_kind piece_at(const struct mun_dmgruns *r, size_t *i,
				     uint64_t off, uint64_t *end)
{
	const struct mun_dmg_run *run = *i < r->n ? &r->runs[*i] : NULL;

	if (!run) {
		*end = UINT64_MAX;
		return MUN_EXTENT_HOLE;
	}
	*end = run->sector * MUN_DMG_SECTOR;
	if (off < *end)
		return MUN_EXTENT_HOLE;
	*end += bytes_of(run);
	(*i)++;
	return kind_of(run->coding);
}

void mun_dmgruns_extent(const struct mun_dmgruns *r, uint64_t off,
			uint64_t size, struct mun_extent *out)
{
	size_t i = run_at(r, off);
	uint64_t end;

	out->off = off;
	out->kind = piece_at(r, &i, off, &end);
	while (end < size) {
		uint64_t next;

		if (piece_at(r, &i, end, &next) != out->kind)
			break;
		end = next;
	}
	out->bytes = MUN_MIN(end, size) - off;
}

static int crc_of_run(struct mun_dmgruns *r, const struct mun_dmg_run *run,
		      uint8_t *buf, size_t room, uint32_t *crc,
		      struct mun_err *e)
{
	uint64_t off = run->sector * MUN_DMG_SECTOR;
	uint64_t left = bytes_of(run);

	while (left) {
		size_t n = (size_t)MUN_MIN(left, (uint64_t)room);
		int rc = mun_dmgruns_pread(r, buf, n, off, e);

		if (rc)
			return rc;
		*crc = libdeflate_crc32(*crc, buf, n);
		off += n;
		left -= n;
	}
	return 0;
}

int mun_dmgruns_crc(struct mun_dmgruns *r, uint64_t sector, uint64_t sectors,
		    uint32_t *out, struct mun_err *e)
{
	size_t room = (size_t)1 << 20;
	mun_autofree uint8_t *buf = malloc(room);
	int rc = 0;

	if (!buf)
		return mun_fail_nomem(e, "checksum");
	*out = 0;
	for (size_t i = run_at(r, sector * MUN_DMG_SECTOR); i < r->n && !rc;
	     i++) {
		const struct mun_dmg_run *run = &r->runs[i];

		if (run->sector >= sector + sectors)
			break;
		if (run->coding != MUN_DMG_FREE)
			rc = crc_of_run(r, run, buf, room, out, e);
	}
	return rc;
}
