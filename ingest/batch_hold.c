/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/batch_hold.c - media about which there is a doubt: asked, held, let by
 *
 * Each doubt is settled by what was said for the row, by a policy for its
 * kind, or by a person who is there; else the medium is held.
 */
#include "ingest/batch_turn.h"

#include "core/clock.h"
#include "core/utf8.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void mun_turn_put(char *out, size_t size, const char *text)
{
	size_t len;

	(void)snprintf(out, size, "%s", text ? text : "");
	len = strlen(out);
	mun_utf8_trim(out, &len);
	out[len] = '\0';
}

static int held(struct mun_turn_work *t, const struct mun_hold *hold,
		struct mun_err *e)
{
	mun_turn_put(t->r->kind, sizeof(t->r->kind), mun_hold_name(hold->kind));
	mun_turn_put(t->r->other, sizeof(t->r->other), hold->other);
	t->r->answer[0] = '\0';
	mun_turn_reason(t->r, "%s", hold->reason);
	return mun_turn_end(t, MUN_ROW_HELD, e);
}

/* What is to be done: said for this row, by a policy, or by whom we ask. */
static int settle(struct mun_turn_work *t, const struct mun_hold *hold,
		  enum mun_answer *out, struct mun_err *e)
{
	struct mun_batch *b = t->b;
	int rc = 0;

	*out = t->answer;
	if (*out == MUN_ANSWER_HOLD && hold->kind == t->before_kind &&
	    t->before != MUN_ANSWERS)
		*out = t->before;
	if (*out == MUN_ANSWER_HOLD)
		*out = b->on_held[hold->kind];
	if (*out == MUN_ANSWER_ASK) {
		*out = MUN_ANSWER_HOLD;
		if (b->ask)
			rc = b->ask(b->ctx, t->row, hold, out, e);
	}
	/* A merge is with an object; of other doubts it says "go on". */
	if (*out == MUN_ANSWER_MERGE &&
	    (hold->kind == MUN_HOLD_AGAIN || hold->kind == MUN_HOLD_CHANGED))
		*out = MUN_ANSWER_HOLD;
	if (!rc && *out == MUN_ANSWER_MERGE && hold->kind == MUN_HOLD_SAME)
		t->req.merge = t->r->other;
	if (!rc && *out != MUN_ANSWER_HOLD) {
		mun_turn_put(t->r->answer, sizeof(t->r->answer),
			     mun_answer_name(*out));
		mun_turn_put(t->r->kind, sizeof(t->r->kind),
			     mun_hold_name(hold->kind));
		mun_turn_put(t->r->other, sizeof(t->r->other), hold->other);
	}
	return rc;
}

/* Was the row another one when its source was taken in?  Of a drive that means
 * nothing: there is another medium in it. */
static bool was_changed(const struct mun_turn_work *t, struct mun_hold *hold)
{
	struct stat st;

	if (stat(t->row->req.source, &st) || !S_ISREG(st.st_mode))
		return false;
	for (size_t i = 0; i < t->b->ngone; i++) {
		const struct mun_row_record *g = &t->b->gone[i].record;

		if (strcmp(g->source, t->r->source) != 0 || !g->object[0] ||
		    (g->state != MUN_ROW_DONE && g->state != MUN_ROW_BEGUN))
			continue;
		memset(hold, 0, sizeof(*hold));
		hold->kind = MUN_HOLD_CHANGED;
		mun_turn_put(hold->other, sizeof(hold->other), g->object);
		(void)snprintf(hold->reason, sizeof(hold->reason),
			       g->state == MUN_ROW_DONE
				       ? "its row was changed after it was "
					 "taken in as object %s (line %zu then)"
				       : "its row was changed while it was "
					 "taken in: session %s (line %zu then)",
			       g->object, g->line);
		return true;
	}
	return false;
}

static int look_and_judge(struct mun_turn_work *t, struct mun_hold *holds,
			  size_t *n, struct mun_err *e)
{
	struct mun_batch *b = t->b;
	const struct mun_guard g = {
		.catalog = b->env->catalog,
		.last = b->one_drive && b->last.taken ? &b->last : NULL,
		.volume = t->row->volume,
		.format_given = t->req.format != NULL,
		.merge = t->req.merge != NULL,
		.progress = b->env->progress,
	};
	int rc = mun_guard_look(t->req.source, t->req.format, &t->look, e);

	mun_turn_put(t->r->drive, sizeof(t->r->drive), t->look.drive);
	/* Another process may be about to store a copy of it: then wait, and
	 * know that one. */
	if (!rc && b->media_lock && t->medium_lock < 0 &&
	    mun_guard_has_head(&t->look.identity))
		rc = mun_batch_medium_lock(b->media_lock, t->look.identity.head,
					   &t->medium_lock, e);
	if (!rc)
		rc = mun_guard_judge(&g, &t->look, holds, n, e);
	/* Also one that could not be judged was in the drive. */
	b->last = t->look;
	return rc;
}

/* *@stop: it is held or left out, and the journal says so. */
int mun_turn_guard(struct mun_turn_work *t, bool *stop, struct mun_err *e)
{
	struct mun_hold holds[MUN_HOLD_KINDS + 1];
	enum mun_answer answer;
	size_t n = 0;
	int rc = look_and_judge(t, holds, &n, e);

	*stop = rc != 0;
	if (rc)
		return mun_turn_failed(t, rc, e);
	/* One reason is enough for the same bytes. */
	if (was_changed(t, &holds[n])) {
		if (n && holds[0].kind == MUN_HOLD_SAME)
			holds[0] = holds[n];
		else
			n++;
	}
	for (size_t i = 0; !rc && !*stop && i < n; i++) {
		rc = settle(t, &holds[i], &answer, e);
		*stop = rc || answer == MUN_ANSWER_HOLD ||
			answer == MUN_ANSWER_SKIP;
		if (rc || !*stop)
			continue;
		if (answer == MUN_ANSWER_HOLD) {
			rc = held(t, &holds[i], e);
		} else {
			mun_turn_reason(t->r, "%s", holds[i].reason);
			rc = mun_turn_end(t, MUN_ROW_SKIPPED, e);
		}
	}
	return rc;
}

/* What was read is not what was promised: nothing of it is kept. */
int mun_turn_broken_promise(struct mun_turn_work *t, struct mun_err *e,
			    bool *again)
{
	struct mun_hold hold = { .kind = MUN_HOLD_PROMISE };
	enum mun_answer answer;
	char text[1024];
	int rc;

	*again = false;
	mun_turn_put(hold.reason, sizeof(hold.reason),
		     mun_err_text(e, text, sizeof(text), 0));
	mun_err_clear(e);
	t->r->object[0] = '\0';
	rc = settle(t, &hold, &answer, e);
	if (rc)
		return rc;
	if (answer == MUN_ANSWER_SKIP) {
		mun_turn_reason(t->r, "%s", hold.reason);
		return mun_turn_end(t, MUN_ROW_SKIPPED, e);
	}
	*again = answer != MUN_ANSWER_HOLD;
	if (*again)
		mun_turn_put(t->r->answer, sizeof(t->r->answer), "store");
	return *again ? 0 : held(t, &hold, e);
}
