/* SPDX-License-Identifier: Apache-2.0 */
/* cli/progress_json.c - how far it is, for a user interface */
#include "cli/progress.h"

static void u64_or_null(struct mun_jsonw *w, const char *key, bool known,
			uint64_t value)
{
	if (known)
		mun_jsonw_u64(w, key, value);
	else
		mun_jsonw_null(w, key);
}

static void place(struct mun_jsonw *w, const char *key, int value)
{
	u64_or_null(w, key, value >= 0, (uint64_t)value);
}

static void medium(struct mun_jsonw *w, const struct mun_progress_medium *m)
{
	if (!m) {
		mun_jsonw_null(w, "medium");
		return;
	}
	mun_jsonw_object(w, "medium");
	mun_jsonw_text(w, "pass", m->pass);
	mun_jsonw_u64(w, "position", m->pos);
	mun_jsonw_i64(w, "lba", m->lba);
	place(w, "cylinder", m->cylinder);
	place(w, "head", m->head);
	mun_jsonw_u64(w, "doubtful", m->doubtful);
	mun_jsonw_u64(w, "failed_reads", m->failed_reads);
	mun_jsonw_u64(w, "slow_reads", m->slow_reads);
	mun_jsonw_u64(w, "corrected", m->corrected);
	mun_jsonw_text(w, "strip", m->strip);
	mun_jsonw_end_object(w);
}

void mun_progress_json(struct mun_jsonw *w, const struct mun_progress *p,
		       uint64_t rate)
{
	uint64_t left = 0;
	bool known;

	if (p->medium && p->medium->rate)
		rate = p->medium->rate;
	known = mun_progress_left(p, rate, &left);
	mun_jsonw_text(w, "phase", p->phase);
	mun_jsonw_text(w, "unit", p->unit ? p->unit : "bytes");
	mun_jsonw_u64(w, "done", p->done);
	u64_or_null(w, "total", p->total, p->total);
	mun_jsonw_u64(w, "bad", p->bad);
	mun_jsonw_u64(w, "rate", rate);
	u64_or_null(w, "seconds_left", known, left);
	medium(w, p->medium);
}
