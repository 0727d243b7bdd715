/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/event_notes.c - what a run of reading did and had, in words */
#include "ingest/event_notes.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "medium/transport.h"

static int64_t lba_of(const struct mun_optical *disc, uint64_t off,
		      uint32_t sector_bytes)
{
	return disc ? mun_optical_lba(disc, off)
		    : (int64_t)(off / (sector_bytes ? sector_bytes : 1));
}

void mun_lba_ranges(const struct mun_readmap *m, enum mun_read_state state,
		    const struct mun_optical *disc, uint32_t sector_bytes,
		    size_t max, struct mun_str *out)
{
	const struct mun_read_run *run = mun_readmap_next_in(m, 0, state);
	size_t n = 0;

	for (; run;
	     run = mun_readmap_next_in(m, run->off + run->bytes, state)) {
		int64_t first = lba_of(disc, run->off, sector_bytes);
		int64_t last =
			lba_of(disc, run->off + run->bytes - 1, sector_bytes);

		if (n++ >= max)
			continue;
		mun_str_addf(out, "%s%" PRId64, n > 1 ? ", " : "", first);
		if (last > first)
			mun_str_addf(out, "-%" PRId64, last);
	}
	if (n > max)
		mun_str_addf(out, " and %zu more ranges", n - max);
}

static void add_duration(struct mun_str *out, uint64_t ms)
{
	const uint64_t s = ms / 1000;

	if (s >= 3600)
		mun_str_addf(out, "%" PRIu64 "h%02" PRIu64 "m", s / 3600,
			     s / 60 % 60);
	else if (s >= 60)
		mun_str_addf(out, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else
		mun_str_addf(out, "%" PRIu64 ".%" PRIu64 "s", s, ms / 100 % 10);
}

static void add_policy(const struct mun_rescue_policy *p, struct mun_str *out)
{
	mun_str_addf(out, "; retry passes: %u", p->retries);
	if (p->max_time_ms) {
		mun_str_add(out, ", --max-time ");
		add_duration(out, p->max_time_ms);
	}
	if (p->max_errors)
		mun_str_addf(out, ", --max-errors %" PRIu64, p->max_errors);
	if (p->min_rate)
		mun_str_addf(out, ", --min-rate %" PRIu64, p->min_rate);
	if (p->no_scrape)
		mun_str_add(out, ", --no-scrape");
	if (p->reverse)
		mun_str_add(out, ", --reverse");
}

void mun_reading_detail(const struct mun_event_readings *x, size_t i,
			struct mun_str *out)
{
	const struct mun_attempt *a = &x->attempts->of[i];

	mun_str_add(out, "device read");
	if (x->attempts->n > 1)
		mun_str_addf(out, ", run %zu of %zu", i + 1, x->attempts->n);
	if (a->good_before)
		mun_str_addf(out, ", %" PRIu64 " bytes were there before",
			     a->good_before);
	mun_str_addf(out, "; %" PRIu64 " bytes; sector size %" PRIu32,
		     a->drive.bytes, a->drive.sector_bytes);
	if (!x->uncounted)
		add_policy(&a->policy, out);
}

static void add_error(const struct mun_event_readings *r,
		      const struct mun_read_error *x, struct mun_str *out)
{
	const char *name = x->sys ? strerrordesc_np(x->sys) : NULL;

	mun_str_addf(out, "%" PRIu64 " x ", x->count);
	if (x->key || x->asc || x->ascq) {
		const struct mun_sense s = {
			.key = x->key,
			.asc = x->asc,
			.ascq = x->ascq,
		};
		char text[96];

		mun_sense_text(&s, text);
		mun_str_add(out, text);
	} else {
		mun_str_add(out, name ? name : "unknown error");
	}
	mun_str_addf(out, " (the first from LBA %" PRId64 " on)",
		     lba_of(r->optical, x->first_off, r->sector_bytes));
}

static void add_errors(const struct mun_event_readings *x,
		       const struct mun_attempt *a, struct mun_str *out)
{
	const struct mun_rescue_stats *s = &a->stats;
	size_t n = MUN_MIN(s->nerrors, MUN_COUNT(s->errors));

	mun_str_addf(out, "; %" PRIu64 " of %" PRIu64 " reads failed",
		     s->failed_reads, s->reads);
	for (size_t i = 0; i < n; i++) {
		mun_str_add(out, i ? ", " : ": ");
		add_error(x, &s->errors[i], out);
	}
	if (s->slow_reads)
		mun_str_addf(out, "; %" PRIu64 " were slow", s->slow_reads);
	if (s->corrected)
		mun_str_addf(out,
			     "; %" PRIu64 " sectors mended by error correction",
			     s->corrected);
	if (s->reopened)
		mun_str_addf(
			out,
			"; the drive went away and was opened again %" PRIu64
			" times",
			s->reopened);
}

static void add_stop(const struct mun_attempt *a, struct mun_str *out)
{
	if (a->interrupted) {
		mun_str_add(out, "; interrupted: the rest is as of the last "
				 "checkpoint");
		return;
	}
	switch (a->stop) {
	case MUN_RESCUE_DONE:
		break;
	case MUN_RESCUE_TIME:
		mun_str_add(out, "; stopped after --max-time ");
		add_duration(out, a->policy.max_time_ms);
		break;
	case MUN_RESCUE_ERRORS:
		mun_str_addf(out, "; stopped after --max-errors %" PRIu64,
			     a->policy.max_errors);
		break;
	case MUN_RESCUE_AWAY:
		mun_str_add(out, "; stopped: the drive went away, or gives "
				 "nothing any more");
		break;
	}
}

static void add_ranges(const struct mun_event_readings *x,
		       enum mun_read_state state, struct mun_str *out)
{
	mun_str_add(out, " (LBA ");
	mun_lba_ranges(x->map, state, x->optical, x->sector_bytes,
		       MUN_NOTE_RANGES, out);
	mun_str_add(out, ")");
}

/* "3 sectors unreadable, filled with 0x00 (LBA 120-122)" */
static void add_count(const struct mun_event_readings *x, uint64_t bytes,
		      const char *what, enum mun_read_state state, bool last,
		      struct mun_str *out)
{
	uint32_t sector = x->sector_bytes ? x->sector_bytes : 1;

	if (!bytes)
		return;
	mun_str_addf(out, "; %" PRIu64 " sectors (%" PRIu64 " bytes) %s",
		     (bytes + sector - 1) / sector, bytes, what);
	if (last)
		add_ranges(x, state, out);
}

void mun_reading_note(const struct mun_event_readings *x, size_t i,
		      const struct mun_rec_reading *n, struct mun_str *out)
{
	const struct mun_attempt *a = &x->attempts->of[i];
	const bool last = i + 1 == x->attempts->n;

	mun_str_addf(out, "%" PRIu64 " of %" PRIu64 " bytes read well", n->good,
		     n->bytes);
	add_count(x, n->unreadable + n->runout,
		  n->runout ? "unreadable, filled with 0x00, the run-out among "
			      "them"
			    : "unreadable, filled with 0x00",
		  MUN_READ_BAD, last, out);
	if (n->runout)
		mun_str_addf(out,
			     "; %" PRIu64 " of these bytes are run-out, which "
			     "holds no data",
			     n->runout);
	add_count(x, n->doubtful, "doubtful: a check failed, the data is kept",
		  MUN_READ_DOUBTFUL, last, out);
	if (n->untried)
		mun_str_addf(out,
			     "; %" PRIu64 " bytes not tried to the end, filled "
			     "with 0x00",
			     n->untried);
	if (!x->uncounted) {
		add_errors(x, a, out);
		mun_str_add(out, "; took ");
		add_duration(out, a->stats.elapsed_ms);
		add_stop(a, out);
	}
	if (last && (n->unreadable || n->doubtful || n->untried))
		mun_str_add(out, "; the read map has every range");
}
