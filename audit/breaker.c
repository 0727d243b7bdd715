/* SPDX-License-Identifier: Apache-2.0 */
/* audit/breaker.c - a feed that tells a faulty store from lost files */
#include "audit/breaker.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct mun_breaker {
	const struct mun_audit_feed *inner;
	struct mun_audit_feed table;
	size_t items; /* judged by the first so many; 0: never */
	uint64_t allowed; /* bad ones among them */
	uint64_t seen;
	uint64_t bad;
	bool judged; /* the store has passed */
	atomic_bool tripped;
	size_t nheld;
	struct mun_audit_item **held; /* @items of room */
	struct mun_audit_summary told; /* what was passed on */
};

static bool is_bad(enum mun_outcome o)
{
	return o == MUN_OUTCOME_MISSING || o == MUN_OUTCOME_UNREADABLE;
}

static void count(struct mun_audit_summary *sum,
		  const struct mun_audit_item *item)
{
	sum->objects += item->outcome != MUN_OUTCOME_NOT_RUN;
	sum->bytes += item->bytes_read + item->bytes_resumed;
	for (size_t i = 0; i < item->nfiles; i++) {
		sum->outcomes[item->files[i].outcome]++;
		sum->files += item->files[i].outcome != MUN_OUTCOME_NOT_RUN;
	}
}

static int pass_on(struct mun_breaker *b, struct mun_audit_item *item,
		   struct mun_err *e)
{
	count(&b->told, item);
	return b->inner->report(b->inner->ctx, item, e);
}

/* The findings of an item are the audit's until report() returns, so what is
 * held back keeps its own. */
static int own_findings(struct mun_audit_item *item, struct mun_err *e)
{
	struct mun_finding *copy = NULL;

	if (item->nfindings) {
		copy = calloc(item->nfindings, sizeof(*copy));
		if (!copy)
			return mun_fail_nomem(e, "findings");
		memcpy(copy, item->findings, item->nfindings * sizeof(*copy));
	}
	item->findings = copy;
	return 0;
}

static void say_nothing(struct mun_audit_item *item)
{
	item->outcome = MUN_OUTCOME_NOT_RUN;
	item->nfindings = 0;
	for (size_t i = 0; i < item->nfiles; i++)
		item->files[i].outcome = MUN_OUTCOME_NOT_RUN;
}

/* Nothing is said of an item whose store cannot be believed. */
static void withhold(struct mun_audit_item *item)
{
	say_nothing(item);
	item->bytes_read = 0;
	item->bytes_resumed = 0;
}

static int release(struct mun_breaker *b, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < b->nheld; i++) {
		struct mun_audit_item *item = b->held[i];
		struct mun_finding *own = item->findings;
		struct mun_err second;
		int one;

		if (atomic_load(&b->tripped) && is_bad(item->outcome))
			withhold(item);
		one = pass_on(b, item, &second);
		if (one && !rc) {
			*e = second;
			rc = one;
		}
		free(own);
	}
	b->nheld = 0;
	return rc;
}

static int hold(struct mun_breaker *b, struct mun_audit_item *item,
		struct mun_err *e)
{
	if (own_findings(item, e)) {
		struct mun_err second;

		withhold(item);
		(void)pass_on(b, item, &second);
		return MUN_ENOMEM;
	}
	b->held[b->nheld++] = item;
	b->seen++;
	b->bad += is_bad(item->outcome);
	if (b->bad > b->allowed)
		atomic_store(&b->tripped, true);
	else if (b->seen == b->items)
		b->judged = true;
	else
		return 0;
	return release(b, e);
}

static int report(void *ctx, struct mun_audit_item *item, struct mun_err *e)
{
	struct mun_breaker *b = ctx;
	bool tripped = atomic_load(&b->tripped);

	if (!b->items || b->judged || item->outcome == MUN_OUTCOME_UNAVAILABLE)
		return pass_on(b, item, e);
	/* One that was begun and not ended may have a missing file too; what
	 * was read of it was read. */
	if (tripped && is_bad(item->outcome))
		withhold(item);
	else if (item->outcome == MUN_OUTCOME_NOT_RUN)
		say_nothing(item);
	else if (!tripped)
		return hold(b, item, e);
	return pass_on(b, item, e);
}

static int next(void *ctx, struct mun_audit_item **out, struct mun_err *e)
{
	struct mun_breaker *b = ctx;

	*out = NULL;
	if (atomic_load(&b->tripped))
		return 0;
	return b->inner->next(b->inner->ctx, out, e);
}

static int open_file(void *ctx, const struct mun_audit_item *item, size_t file,
		     struct mun_source **out, struct mun_err *e)
{
	const struct mun_breaker *b = ctx;

	return b->inner->open(b->inner->ctx, item, file, out, e);
}

int mun_breaker_new(const struct mun_audit_feed *inner,
		    const struct mun_policy *p, struct mun_breaker **out,
		    struct mun_err *e)
{
	mun_auto(breaker) *b = calloc(1, sizeof(*b));

	if (!b)
		return mun_fail_nomem(e, "audit");
	b->inner = inner;
	b->table = (struct mun_audit_feed){ b, next, open_file, report };
	atomic_init(&b->tripped, false);
	if (p->breaker_percent && p->breaker_items) {
		b->items = p->breaker_items;
		b->allowed = (uint64_t)b->items * p->breaker_percent / 100;
		b->held = calloc(b->items, sizeof(*b->held));
		if (!b->held)
			return mun_fail_nomem(e, "audit");
	}
	*out = mun_steal(&b);
	return 0;
}

const struct mun_audit_feed *mun_breaker_feed(struct mun_breaker *b)
{
	return &b->table;
}

bool mun_breaker_tripped(const struct mun_breaker *b)
{
	return atomic_load(&b->tripped);
}

int mun_breaker_finish(struct mun_breaker *b, struct mun_audit_summary *sum,
		       struct mun_err *e)
{
	int rc = release(b, e);
	bool interrupted = sum->interrupted;
	bool stopped = sum->stopped;

	*sum = b->told;
	sum->interrupted = interrupted;
	sum->stopped = stopped;
	return rc;
}

void mun_breaker_text(const struct mun_breaker *b, char *buf, size_t size)
{
	(void)snprintf(buf, size,
		       "%" PRIu64 " of the first %" PRIu64
		       " objects are missing or unreadable",
		       b->bad, b->seen);
}

void mun_breaker_free(struct mun_breaker *b)
{
	if (!b)
		return;
	/* Only where nobody called mun_breaker_finish(): an error path. */
	for (size_t i = 0; i < b->nheld; i++) {
		struct mun_finding *own = b->held[i]->findings;
		struct mun_err e;

		withhold(b->held[i]);
		(void)b->inner->report(b->inner->ctx, b->held[i], &e);
		free(own);
	}
	free(b->held);
	free(b);
}
