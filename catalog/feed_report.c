/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_report.c - when the outcomes of an audit are written, and told */
#include "catalog/feed_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"

#define PENDING_MAX 512 /* items; memory, and the size of a transaction */

static int write_batch(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct mun_feed_batch *b = ctx;
	int rc = 0;

	b->findings = 0;
	b->opened = 0;
	b->verdicts = 0;
	b->away = false;
	for (size_t i = 0; i < b->f->npending && !rc; i++)
		rc = mun_feed_write_item(c, b, b->f->pending[i], e);
	return rc || !b->sum ? rc : mun_feed_write_end(c, b, e);
}

static void tell_one(const struct mun_catalog_feed *f,
		     const struct mun_audit_item *item,
		     const struct mun_finding *x)
{
	bool of_store = x->outcome == MUN_OUTCOME_UNAVAILABLE;
	const struct mun_feed_finding out = {
		.object = of_store ? "" : item->object,
		.store = f->store,
		.path = of_store ? "" : item->files[x->file].path,
		.outcome = mun_outcome_name(x->outcome),
		.off = x->off,
		.bytes = of_store ? 0 : x->bytes,
		.expected = x->expected,
		.actual = x->actual,
		.text = x->text,
	};

	f->fn(f->fn_ctx, &out);
}

/* Now that they are written down. */
static void tell(struct mun_catalog_feed *f, const struct mun_audit_item *item,
		 bool *away)
{
	for (size_t i = 0; i < item->nfindings && f->fn; i++) {
		const struct mun_finding *x = &item->findings[i];

		if (x->outcome != MUN_OUTCOME_UNAVAILABLE) {
			tell_one(f, item, x);
		} else if (*away) {
			*away = false;
			tell_one(f, item, x);
		}
	}
}

/* Whatever became of them, nobody may look at their findings any more. */
static void forget(struct mun_catalog_feed *f)
{
	for (size_t i = 0; i < f->npending; i++)
		mun_feed_item_free(f->pending[i]);
	f->npending = 0;
}

static int write_pending(struct mun_catalog_feed *f,
			 const struct mun_audit_summary *sum, struct mun_err *e)
{
	struct mun_feed_batch b = { .f = f, .sum = sum };
	bool away;
	int rc;

	if (!f->npending && !sum)
		return 0;
	rc = mun_query_txn(f->c, true, write_batch, &b, e);
	if (!rc) {
		f->verdicts += b.verdicts;
		f->findings += b.findings;
		f->opened += b.opened;
		away = b.away;
		f->away = f->away || b.away;
		for (size_t i = 0; i < f->npending; i++)
			tell(f, f->pending[i], &away);
	}
	forget(f);
	return rc;
}

int mun_feed_write(struct mun_catalog_feed *f, struct mun_err *e)
{
	return write_pending(f, NULL, e);
}

int mun_feed_tick(struct mun_catalog_feed *f, struct mun_err *e)
{
	if (!f->npending ||
	    mun_clock_monotonic_ms() - f->since < (int64_t)f->batch_ms)
		return 0;
	return write_pending(f, NULL, e);
}

int mun_feed_take(struct mun_catalog_feed *f, struct mun_audit_item *item,
		  struct mun_err *e)
{
	bool news = item->nfindings || item->outcome != MUN_OUTCOME_INTACT;

	if (!mun_feed_is_verdict(item->outcome) && !item->nfindings) {
		mun_feed_item_free(item);
		return 0;
	}
	if (f->npending == f->pending_room) {
		size_t room = f->pending_room ? 2 * f->pending_room : 64;
		void *grown =
			reallocarray(f->pending, room, sizeof(*f->pending));

		if (!grown) {
			mun_feed_item_free(item);
			return mun_fail_nomem(e, "audit");
		}
		f->pending = grown;
		f->pending_room = room;
	}
	if (!f->npending)
		f->since = mun_clock_monotonic_ms();
	f->pending[f->npending++] = item;
	if (news || f->npending >= PENDING_MAX)
		return write_pending(f, NULL, e);
	return mun_feed_tick(f, e);
}

/* An object whose rows are damaged. */
struct skipping {
	struct mun_feed_batch b;
	int64_t object;
	struct mun_finding found;
	char id[MUN_UUID_LEN]; /* or "" */
	uint64_t files;
};

static int write_skip(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_ID);
	struct skipping *s = ctx;
	struct mun_err ignored;
	int rc;

	s->b.findings = 0;
	s->id[0] = '\0';
	s->files = 1;
	/* Its own row may be what is damaged. */
	mun_query_int(&q, s->object);
	rc = mun_query_row(&q, &ignored);
	if (rc > 0) {
		(void)snprintf(s->id, sizeof(s->id), "%s",
			       mun_column_text(&q, 0));
		s->files = (uint64_t)mun_column_int(&q, 1);
	}
	return mun_feed_write_finding(c, &s->b, rc > 0 ? s->object : 0, 0,
				      &s->found, true, e);
}

int mun_feed_skip(struct mun_catalog_feed *f, int64_t object,
		  const struct mun_err *why, struct mun_err *e)
{
	struct skipping s = { .b = { .f = f }, .object = object };
	char text[1024];
	int rc;

	s.found.outcome = MUN_OUTCOME_NOT_RUN;
	(void)snprintf(s.found.text, sizeof(s.found.text), "catalog: %s",
		       mun_err_text(why, text, sizeof(text), 0));
	rc = write_pending(f, NULL, e);
	if (!rc)
		rc = mun_query_txn(f->c, true, write_skip, &s, e);
	if (rc)
		return rc;
	f->findings += s.b.findings;
	f->skipped += s.files;
	if (f->fn) {
		const struct mun_feed_finding out = {
			.object = s.id,
			.store = f->store,
			.path = "",
			.outcome = mun_outcome_name(s.found.outcome),
			.expected = "",
			.actual = "",
			.text = s.found.text,
		};

		f->fn(f->fn_ctx, &out);
	}
	return 0;
}

int mun_catalog_feed_finish(struct mun_catalog_feed *f,
			    const struct mun_audit_summary *sum,
			    struct mun_err *e)
{
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = write_pending(f, sum, e);
	pthread_mutex_unlock(&f->lock);
	return rc ? mun_ctx(e, "write down the end of the audit") : 0;
}

uint64_t mun_catalog_feed_opened(const struct mun_catalog_feed *f)
{
	return f->opened;
}
