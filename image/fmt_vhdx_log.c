/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_vhdx_log.c - the log of a VHDX, replayed in memory
 *
 * [MS-VHDX] 2.3; little endian.  The log is a ring of sectors of 4 KiB.
 *
 * entry:	 0 "loge"	4 CRC-32C of the entry	8 u32 its length
 *		12 u32 tail: byte of the log where its sequence begins
 *		16 u64 sequence number	24 u32 descriptors
 *		32 log GUID	48 u64 flushed file size	56 u64 last file size
 *		64 descriptors, 32 bytes each; then a sector for each of data
 * zeros:	 0 "zero"	8 u64 length	16 u64 offset	24 u64 sequence
 * data:	 0 "desc"	4 last 4 bytes	8 first 8 bytes	16 u64 offset
 *		24 u64 sequence
 * sector:	 0 "data"	4 u32 sequence, high	8 4084 bytes
 *		4092 u32 sequence, low
 */
#include "image/fmt_vhdx.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/crc32c.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR ((size_t)4096)
#define ENTRY 64u
#define DESCRIPTOR 32u
/* Windows makes logs of 1 MiB. */
#define LOG_MAX ((uint32_t)32 << 20)
#define PATCHES_MAX 65536u
/* How often the whole log may be looked through, before it is called broken:
 * entries that overlap would take for ever. */
#define LOOKS 4u

struct patch {
	uint64_t off;
	uint64_t bytes;
	const uint8_t *data; /* in the log; NULL: zeros */
};

/* The file with the changes of its log; they lie over it in order. */
struct replayed {
	struct mun_source source;
	struct mun_source *src; /* borrowed */
	uint8_t *log; /* owned: the data of the patches */
	struct patch *patches; /* owned */
	size_t n;
};

static int replayed_pread(struct mun_source *s, void *buf, size_t len,
			  uint64_t off, struct mun_err *e)
{
	const struct replayed *r = (const struct replayed *)s;
	int rc = mun_peek(r->src, buf, len, off, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < r->n; i++) {
		const struct patch *p = &r->patches[i];
		uint64_t from = MUN_MAX(p->off, off);
		uint64_t to = MUN_MIN(p->off + p->bytes, off + len);
		uint8_t *at;

		if (from >= to)
			continue;
		at = (uint8_t *)buf + (from - off);
		if (p->data)
			memcpy(at, p->data + (from - p->off),
			       (size_t)(to - from));
		else
			memset(at, 0, (size_t)(to - from));
	}
	return 0;
}

static void replayed_close(struct mun_source *s)
{
	struct replayed *r = (struct replayed *)s;

	free(r->log);
	free(r->patches);
	free(r);
}

static const struct mun_source_ops replayed_ops = {
	.pread = replayed_pread,
	.close = replayed_close,
};

struct log {
	uint8_t *ring;
	uint32_t bytes;
	const uint8_t *guid;
	uint64_t looked; /* bytes, for LOOKS */
};

/* An entry that has been found whole. */
struct log_entry {
	uint32_t at; /* byte of the ring */
	uint32_t bytes;
	uint32_t tail;
	uint32_t descriptors;
	uint64_t sequence;
	uint64_t flushed; /* the file has at least so many bytes */
	uint64_t last; /* ... and will have as many */
};

/* Entries with sequence numbers that go up by one. */
struct sequence {
	uint32_t tail; /* where it begins */
	uint32_t bytes;
	uint64_t entries;
	struct log_entry head; /* the last one */
	bool valid; /* the entry that replaying begins with is in it */
};

/* Sector @i of the entry at byte @at; the log is a ring. */
static uint8_t *sector_of(const struct log *l, uint32_t at, uint64_t i)
{
	return l->ring + (at + i * SECTOR) % l->bytes;
}

static const uint8_t *descriptor_of(const struct log *l, uint32_t at,
				    uint32_t i)
{
	size_t byte = ENTRY + (size_t)i * DESCRIPTOR;

	return sector_of(l, at, byte / SECTOR) + byte % SECTOR;
}

static uint64_t descriptor_sectors(uint32_t descriptors)
{
	return (ENTRY + (uint64_t)descriptors * DESCRIPTOR + SECTOR - 1) /
	       SECTOR;
}

static bool is_data(const uint8_t *descriptor)
{
	return memcmp(descriptor, "desc", 4) == 0;
}

/* The descriptors and their sectors belong to the entry and fill it. */
static bool parts_fit(const struct log *l, const struct log_entry *x)
{
	uint64_t sector = descriptor_sectors(x->descriptors);

	for (uint32_t i = 0; i < x->descriptors; i++) {
		const uint8_t *d = descriptor_of(l, x->at, i);
		const uint8_t *s;

		if (mun_le64(d + 24) != x->sequence)
			return false;
		if (memcmp(d, "zero", 4) == 0)
			continue;
		if (!is_data(d) || sector >= x->bytes / SECTOR)
			return false;
		s = sector_of(l, x->at, sector++);
		if (memcmp(s, "data", 4) != 0 ||
		    mun_le32(s + 4) != (uint32_t)(x->sequence >> 32) ||
		    mun_le32(s + 4092) != (uint32_t)x->sequence)
			return false;
	}
	return true;
}

static bool checksum_fits(const struct log *l, const struct log_entry *x)
{
	static const uint8_t zeros[4];
	const uint8_t *s = sector_of(l, x->at, 0);
	uint32_t crc = mun_crc32c(0, s, 4);

	crc = mun_crc32c(crc, zeros, 4);
	crc = mun_crc32c(crc, s + 8, SECTOR - 8);
	for (uint64_t i = 1; i < x->bytes / SECTOR; i++)
		crc = mun_crc32c(crc, sector_of(l, x->at, i), SECTOR);
	return crc == mun_le32(s + 4);
}

static bool read_entry(struct log *l, uint32_t at, struct log_entry *x)
{
	const uint8_t *h = sector_of(l, at, 0);

	*x = (struct log_entry){
		.at = at,
		.bytes = mun_le32(h + 8),
		.tail = mun_le32(h + 12),
		.descriptors = mun_le32(h + 24),
		.sequence = mun_le64(h + 16),
		.flushed = mun_le64(h + 48),
		.last = mun_le64(h + 56),
	};
	if (memcmp(h, "loge", 4) != 0 || memcmp(h + 32, l->guid, 16) != 0)
		return false;
	if (x->bytes == 0 || x->bytes % SECTOR || x->bytes > l->bytes ||
	    x->tail % SECTOR || x->tail >= l->bytes || x->sequence == 0 ||
	    descriptor_sectors(x->descriptors) > x->bytes / SECTOR)
		return false;
	l->looked += x->bytes;
	return parts_fit(l, x) && checksum_fits(l, x);
}

/* The sequence that begins at byte @at; none where no whole entry is there. */
static void read_sequence(struct log *l, uint32_t at, struct sequence *s)
{
	struct log_entry x;

	*s = (struct sequence){ .tail = at };
	while (read_entry(l, (uint32_t)(((uint64_t)at + s->bytes) % l->bytes),
			  &x)) {
		if (s->entries && x.sequence != s->head.sequence + 1)
			break;
		if (x.bytes > l->bytes - s->bytes)
			break;
		s->head = x;
		s->bytes += x.bytes;
		s->entries++;
		if (s->bytes == l->bytes)
			break;
	}
	/* Where its last entry says that replaying begins. */
	s->valid =
		s->entries &&
		((uint64_t)s->head.tail + l->bytes - at) % l->bytes < s->bytes;
}

/* The sequence with the highest numbers is the one that counts. */
static int find_sequence(struct log *l, struct sequence *best,
			 struct mun_err *e)
{
	*best = (struct sequence){ .valid = false };
	for (uint64_t at = 0; at < l->bytes;) {
		struct sequence s;

		read_sequence(l, (uint32_t)at, &s);
		if (s.valid &&
		    (!best->valid || s.head.sequence > best->head.sequence))
			*best = s;
		/* Inside an entry no other begins: sectors of data have a
		 * signature of their own. */
		at += s.entries ? s.bytes : SECTOR;
		if (l->looked > (uint64_t)LOOKS * l->bytes)
			return mun_fail(e, MUN_ECORRUPT,
					"entries of the log overlap");
	}
	if (!best->valid)
		return mun_fail(e, MUN_ECORRUPT,
				"changes wait in the log, and no whole "
				"sequence of them is there");
	return 0;
}

static int add_patch(struct replayed *r, const uint8_t *d, uint8_t *data,
		     struct mun_err *e)
{
	struct patch p = { .off = mun_le64(d + 16),
			   .bytes = data ? SECTOR : mun_le64(d + 8),
			   .data = data };
	struct patch *rows = r->patches;
	uint64_t end;

	if (p.off % SECTOR || p.bytes % SECTOR ||
	    ckd_add(&end, p.off, p.bytes) || end > INT64_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a change of %" PRIu64 " bytes at byte "
				"%" PRIu64 " in the log",
				p.bytes, p.off);
	if (r->n == PATCHES_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"more than %u changes in the log", PATCHES_MAX);
	if ((r->n & (r->n - 1)) == 0) {
		rows = realloc(rows, (r->n ? 2 * r->n : 1) * sizeof(*rows));
		if (!rows)
			return mun_fail_nomem(e, "changes of the log");
		r->patches = rows;
	}
	rows[r->n++] = p;
	r->source.size = MUN_MAX(r->source.size, end);
	return 0;
}

/* A sector of data lends its ends to the log: they stand in the descriptor. */
static int add_entry(const struct log *l, struct replayed *r,
		     const struct log_entry *x, struct mun_err *e)
{
	uint64_t sector = descriptor_sectors(x->descriptors);
	int rc = 0;

	for (uint32_t i = 0; !rc && i < x->descriptors; i++) {
		const uint8_t *d = descriptor_of(l, x->at, i);
		uint8_t *data = NULL;

		if (is_data(d)) {
			data = sector_of(l, x->at, sector++);
			memcpy(data, d + 8, 8);
			memcpy(data + SECTOR - 4, d + 4, 4);
		}
		rc = add_patch(r, d, data, e);
	}
	return rc;
}

/* From the entry that the last one names to the last one. */
static int apply(struct log *l, struct replayed *r, const struct sequence *s,
		 struct mun_err *e)
{
	uint32_t at = s->tail;
	bool begun = false;
	struct log_entry x;
	int rc = 0;

	if (r->src->size < s->head.flushed)
		return mun_fail(e, MUN_ECORRUPT,
				"the file ends at %" PRIu64 ", and had "
				"%" PRIu64 " bytes when its log was written",
				r->src->size, s->head.flushed);
	if (s->head.last > INT64_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a file size of %" PRIu64 " in the log",
				s->head.last);
	r->source.size = MUN_MAX(r->src->size, s->head.last);
	for (uint64_t i = 0; !rc && i < s->entries; i++) {
		begun |= at == s->head.tail;
		if (!read_entry(l, at, &x))
			return mun_fail(e, MUN_ECORRUPT,
					"entries of the log overlap");
		if (begun)
			rc = add_entry(l, r, &x, e);
		at = (uint32_t)(((uint64_t)at + x.bytes) % l->bytes);
	}
	if (!rc && !begun)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "no entry at byte %" PRIu32 " of the log, where "
			      "replaying begins",
			      s->head.tail);
	return rc;
}

static int load(struct mun_image *img, const struct mun_vhdx *v,
		struct replayed *r, struct mun_err *e)
{
	if (v->log_version != 0)
		return mun_fail(e, MUN_EUNSUPPORTED, "version %u of the log",
				v->log_version);
	if (v->log_bytes == 0 || v->log_bytes % MUN_VHDX_ALIGN ||
	    v->log_off % MUN_VHDX_ALIGN || v->log_off > img->src->size ||
	    v->log_bytes > img->src->size - v->log_off)
		return mun_fail(e, MUN_ECORRUPT,
				"a log of %" PRIu32 " bytes at byte %" PRIu64,
				v->log_bytes, v->log_off);
	if (v->log_bytes > LOG_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a log of %" PRIu32 " bytes to be replayed; "
				"%" PRIu32 " are taken",
				v->log_bytes, LOG_MAX);
	r->log = malloc(v->log_bytes);
	if (!r->log)
		return mun_fail_nomem(e, "log");
	return mun_source_pread(img->src, r->log, v->log_bytes, v->log_off, e);
}

int mun_vhdx_replay(struct mun_image *img, struct mun_vhdx *v,
		    struct mun_err *e)
{
	struct replayed *r = calloc(1, sizeof(*r));
	struct sequence s;
	struct log l;
	int rc;

	if (!r)
		return mun_fail_nomem(e, "log");
	/* The caller's from now on, half made or not. */
	v->replayed = &r->source;
	v->src = &r->source;
	r->source.ops = &replayed_ops;
	r->source.size = img->src->size;
	r->src = img->src;
	rc = load(img, v, r, e);
	l = (struct log){ .ring = r->log,
			  .bytes = v->log_bytes,
			  .guid = v->log_guid };
	if (!rc)
		rc = find_sequence(&l, &s, e);
	if (!rc)
		rc = apply(&l, r, &s, e);
	if (rc)
		return mun_ctx(e, "replay the log in memory");
	mun_image_note(img,
		       "not closed when it was copied: its log (%zu "
		       "change%s) was replayed in memory",
		       r->n, r->n == 1 ? "" : "s");
	return mun_image_check_fact(img, "log", MUN_FACT_GOOD, e,
				    "CRC-32C of %" PRIu64 " entries",
				    s.entries);
}
