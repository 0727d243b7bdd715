/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/failing_drive.c - a drive that fails as it is told */
#include "tests/support/failing_drive.h"

#include "tests/support/support.h"

#include <errno.h>

static struct mun_failing_drive *drive_of(struct mun_reader *r)
{
	return (struct mun_failing_drive *)r;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

void mun_failing_bytes(const struct mun_failing_drive *d, uint64_t off,
		       void *buf, size_t len)
{
	uint8_t *bytes = buf;

	/* Sectors are whole words. */
	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t word = mix(d->seed + (off + i) / 8);

		memcpy(bytes + i, &word, 8);
	}
}

static void take_time(struct mun_failing_drive *d, uint64_t us)
{
	d->us += us;
	d->now_ms += (int64_t)(d->us / 1000);
	d->us %= 1000;
}

/* ---- one sector ---- */

/* How it comes out this time; its bytes, right or wrong, are in @buf. */
static enum mun_sector_end read_sector(struct mun_failing_drive *d, size_t i,
				       uint8_t *buf)
{
	struct mun_failing_sector *s = &d->sectors[i];
	uint32_t len = d->reader.sector_bytes;

	s->reads++;
	mun_failing_bytes(d, (uint64_t)i * len, buf, len);
	switch ((enum mun_failing_kind)s->kind) {
	case MUN_FAILING_FINE:
		return MUN_SECTOR_GOOD;
	case MUN_FAILING_SLOW:
		take_time(d, d->slow_ms * 1000u);
		return MUN_SECTOR_GOOD;
	case MUN_FAILING_BAD:
		return MUN_SECTOR_BAD;
	case MUN_FAILING_WEAK:
		if (s->tries == 0)
			return MUN_SECTOR_GOOD;
		s->tries--;
		return MUN_SECTOR_BAD;
	case MUN_FAILING_CORRECTED:
		return d->tells ? MUN_SECTOR_CORRECTED : MUN_SECTOR_BAD;
	case MUN_FAILING_HEALS:
		if (s->tries == 0)
			return MUN_SECTOR_GOOD;
		s->tries--;
		break;
	case MUN_FAILING_DOUBTFUL:
		break;
	}
	buf[7] ^= (uint8_t)(1 + s->reads);
	return d->tells ? MUN_SECTOR_DOUBTFUL : MUN_SECTOR_BAD;
}

/* ---- one request ---- */

static void fail_read(struct mun_failing_drive *d, uint64_t bad,
		      struct mun_read_reply *reply)
{
	take_time(d, d->fail_ms * 1000u);
	d->failed++;
	if (d->plan.dies_after && d->failed >= d->plan.dies_after)
		d->dead = true;
	reply->end = MUN_REPLY_FAILED;
	reply->sys = EIO;
	reply->key = 3;
	reply->asc = 0x11;
	reply->has_bad_off = d->names || d->lies;
	reply->bad_off = bad;
}

static bool goes_away(struct mun_failing_drive *d)
{
	const struct mun_failing_plan *p = &d->plan;

	if (p->gone_at && d->reads >= p->gone_at &&
	    (d->reads == p->gone_at ||
	     (p->gone_every && (d->reads - p->gone_at) % p->gone_every == 0)))
		d->gone = true;
	return d->gone;
}

static void read_all(struct mun_failing_drive *d, uint8_t *buf, size_t first,
		     size_t n, struct mun_read_reply *reply)
{
	uint32_t len = d->reader.sector_bytes;
	bool tells = d->tells && reply->states;
	size_t bad = n;
	bool mixed = false;

	/* One that does not tell stops at the first that it cannot read. */
	for (size_t i = 0; i < n && (tells || bad == n); i++) {
		enum mun_sector_end end =
			read_sector(d, first + i, buf + i * len);

		mixed |= end != MUN_SECTOR_GOOD;
		if (tells)
			reply->states[i] = (uint8_t)end;
		if (end == MUN_SECTOR_BAD)
			memset(buf + i * len, 0, len);
		if (end == MUN_SECTOR_BAD && bad == n)
			bad = i;
	}
	if (mixed && tells) {
		reply->end = MUN_REPLY_MIXED;
		d->failed += bad < n;
		return;
	}
	if (mixed) {
		/* What must not be used should be seen if it is. */
		memset(buf, 0xee, n * len);
		fail_read(d, ((uint64_t)first + (d->lies ? 0 : bad)) * len,
			  reply);
		return;
	}
	reply->end = MUN_REPLY_ALL;
}

static bool has_bad(const struct mun_failing_drive *d, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		if (d->sectors[i].kind == MUN_FAILING_BAD)
			return true;
	return false;
}

static int drive_read(struct mun_reader *r, void *buf, size_t len, uint64_t off,
		      struct mun_read_reply *reply, struct mun_err *e)
{
	struct mun_failing_drive *d = drive_of(r);
	size_t first = (size_t)(off / r->sector_bytes);
	size_t n = len / r->sector_bytes;

	d->reads++;
	take_time(d, d->read_us + n * d->sector_us);
	if (n == 0 || len % r->sector_bytes || off % r->sector_bytes ||
	    len > r->max_bytes || first >= d->nsectors ||
	    n > d->nsectors - first) {
		d->outside++;
		return mun_fail(e, MUN_EIO, "read outside the medium");
	}
	if (d->plan.breaks_at && d->reads == d->plan.breaks_at)
		return mun_fail(e, MUN_EIO, "the machine fails");
	if (!goes_away(d) && !d->dead && d->plan.falls_on_bad &&
	    has_bad(d, first, n))
		d->gone = true;
	if (d->gone) {
		memset(buf, 0xee, len);
		reply->end = MUN_REPLY_GONE;
		reply->sys = ENODEV;
		return 0;
	}
	if (n == 1)
		d->sectors[first].alone++;
	if (d->plan.dies_on >= first && d->plan.dies_on < first + n &&
	    d->plan.dies_on)
		d->dead = true;
	if (d->dead) {
		memset(buf, 0xee, len);
		fail_read(d, off, reply);
		reply->has_bad_off = false;
		return 0;
	}
	read_all(d, buf, first, n, reply);
	return 0;
}

static int drive_reopen(struct mun_reader *r, struct mun_err *e)
{
	struct mun_failing_drive *d = drive_of(r);

	d->reopens++;
	if (d->plan.never_back)
		return mun_fail(e, MUN_EIO, "the drive is away");
	if (d->plan.back_after > 0) {
		d->plan.back_after--;
		return mun_fail(e, MUN_EIO, "the drive is away");
	}
	if (d->plan.swapped)
		return mun_fail(e, MUN_EINVAL, "another medium");
	d->gone = false;
	if (d->plan.dies_on)
		d->dead = false;
	if (d->plan.revives) {
		d->dead = false;
		d->plan.revives = false;
		d->plan.dies_after = 0;
	}
	return 0;
}

static void drive_gently(struct mun_reader *r, bool on)
{
	drive_of(r)->gentle += on;
}

static void drive_close(struct mun_reader *r)
{
	free(drive_of(r)->sectors);
	free(r);
}

static const struct mun_reader_ops ops = {
	.read = drive_read,
	.reopen = drive_reopen,
	.gently = drive_gently,
	.close = drive_close,
};

struct mun_failing_drive *mun_failing_drive_new(size_t nsectors,
						uint32_t sector_bytes)
{
	struct mun_failing_drive *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->sectors = calloc(nsectors ? nsectors : 1, sizeof(*d->sectors));
	assert_non_null(d->sectors);
	d->nsectors = nsectors;
	d->seed = 1;
	d->read_us = 100;
	d->sector_us = 5;
	d->slow_ms = 100;
	d->fail_ms = 1000;
	d->reader.ops = &ops;
	d->reader.bytes = (uint64_t)nsectors * sector_bytes;
	d->reader.sector_bytes = sector_bytes;
	d->reader.max_bytes = (1u << 20) / sector_bytes * sector_bytes;
	d->reader.align = 1;
	return d;
}

void mun_failing_set(struct mun_failing_drive *d, size_t first, size_t n,
		     enum mun_failing_kind kind, uint8_t tries)
{
	for (size_t i = first; i < first + n && i < d->nsectors; i++) {
		d->sectors[i].kind = (uint8_t)kind;
		d->sectors[i].tries = tries;
	}
}
