/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/batch_turn.c - one row of a batch, from wherever it stands
 *
 *   claim       another process may be at it
 *   guard       what is doubtful is held, before anything is read
 *   journal     BEGUN, with the object's UUID: from now on a crash is known
 *   ingest      or resume, where a session of that UUID is there
 *   journal     DONE, HELD or FAILED
 */
#include "ingest/batch_turn.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "core/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void mun_turn_reason(struct mun_row_record *r, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	(void)vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
	len = strlen(r->reason);
	mun_utf8_trim(r->reason, &len);
	r->reason[len] = '\0';
}

void mun_turn_describe(const struct mun_batch_row *row,
		       struct mun_row_record *r)
{
	const char *source = row->req.source ? row->req.source : "";
	const char *slash = strrchr(source, '/');
	struct mun_str s = { 0 };

	r->line = row->line;
	mun_escape(&s, source, strlen(source));
	mun_turn_put(r->source, sizeof(r->source), s.text);
	if (row->req.label && row->req.label[0])
		mun_turn_put(r->label, sizeof(r->label), row->req.label);
	else
		mun_turn_put(r->label, sizeof(r->label),
			     slash ? slash + 1 : source);
	mun_str_free(&s);
}

static enum mun_answer answer_of(const struct mun_batch *b,
				 const struct mun_batch_row *row)
{
	for (size_t i = 0; i < b->nanswers; i++) {
		if (b->answers[i].line == row->line)
			return b->answers[i].answer;
	}
	return MUN_ANSWER_HOLD;
}

/* Is there a person who can be asked what was asked before? */
static bool is_asked(const struct mun_batch *b, const struct mun_row_record *r)
{
	enum mun_hold_kind kind = mun_hold_of_name(r->kind);

	return b->ask && kind != MUN_HOLD_KINDS &&
	       b->on_held[kind] == MUN_ANSWER_ASK;
}

bool mun_turn_is_wanted(const struct mun_batch *b,
			const struct mun_batch_row *row,
			const struct mun_row_record *r)
{
	switch (r->state) {
	case MUN_ROW_NONE:
	case MUN_ROW_BEGUN:
		return true;
	case MUN_ROW_HELD:
		return b->retry_failed ||
		       answer_of(b, row) != MUN_ANSWER_HOLD || is_asked(b, r);
	case MUN_ROW_FAILED:
		return b->retry_failed;
	case MUN_ROW_SKIPPED:
		return answer_of(b, row) == MUN_ANSWER_STORE ||
		       answer_of(b, row) == MUN_ANSWER_MERGE;
	case MUN_ROW_DONE:
	case MUN_ROW_STATES:
		break;
	}
	return false;
}

static int save(struct mun_turn_work *t, struct mun_err *e)
{
	struct mun_batch *b = t->b;
	int64_t now = mun_clock_monotonic_ms();

	t->r->elapsed_ms += (uint64_t)(now - t->since_ms);
	t->since_ms = now;
	if (b->journal)
		return mun_batch_row_save(b->journal, t->row->key, t->r, e);
	b->kept[t->row - b->plan->rows] = *t->r;
	return 0;
}

int mun_turn_end(struct mun_turn_work *t, enum mun_row_state state,
		 struct mun_err *e)
{
	t->r->state = state;
	mun_time_text(mun_now_ms(), t->r->ended);
	return save(t, e);
}

/* What says nothing of the row, and would be the same for the next one. */
static bool ends_batch(int rc)
{
	return rc == MUN_ECANCELLED || rc == MUN_ENOMEM ||
	       rc == MUN_EUNAVAILABLE;
}

int mun_turn_failed(struct mun_turn_work *t, int rc, struct mun_err *e)
{
	char text[1024];

	if (ends_batch(rc))
		return rc;
	mun_turn_reason(t->r, "%s", mun_err_text(e, text, sizeof(text), 0));
	mun_err_clear(e);
	return mun_turn_end(t, MUN_ROW_FAILED, e);
}

static int done(struct mun_turn_work *t, const struct mun_ingest_result *x,
		struct mun_err *e)
{
	struct mun_row_record *r = t->r;

	mun_turn_put(r->object, sizeof(r->object), x->id);
	mun_turn_put(r->label, sizeof(r->label), x->label);
	mun_turn_put(r->outcome, sizeof(r->outcome), x->outcome);
	mun_turn_put(r->format, sizeof(r->format), x->format);
	r->damaged = x->damaged;
	r->bytes = x->bytes;
	r->unreadable_bytes = x->unreadable_bytes;
	r->doubtful_bytes = x->doubtful_bytes;
	r->reason[0] = '\0';
	if (x->stopped && x->stopped[0])
		mun_turn_reason(r, "the budget of %s was spent", x->stopped);
	else if (x->unreadable_bytes)
		mun_turn_reason(r, "%" PRIu64 " bytes could not be read",
				x->unreadable_bytes);
	else if (x->expected && !strcmp(x->expected, "mismatch"))
		mun_turn_reason(r, "not what was promised; taken in all the "
				   "same, as a person said");
	else if (x->damaged)
		mun_turn_reason(r, "the image is damaged: see muniment show");
	else if (x->same_as[0])
		mun_turn_reason(r, "the same bytes as object %s", x->same_as);
	return mun_turn_end(t, MUN_ROW_DONE, e);
}

/* The row's own text is the manifest that its digests stand in. */
static int promise(struct mun_turn_work *t, struct mun_err *e)
{
	const struct mun_batch_row *row = t->row;
	struct mun_digests d = { 0 };
	int rc;

	if (!row->has_promise || !t->b->journal)
		return 0;
	free(t->manifest);
	t->manifest = NULL;
	rc = mun_batch_row_text(t->b->journal, t->b->plan->name, row,
				&t->manifest, e);
	if (!rc)
		rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA512), row->text,
				       strlen(row->text), &d, e);
	t->expect = (struct mun_expectation){
		.manifest = t->manifest,
		.manifest_sha512 = d.of[MUN_SHA512],
		.donor = "",
		.entry = row->source,
		.line = 2,
		.digests = row->promise,
		.accept_mismatch =
			!strcmp(t->r->kind, mun_hold_name(MUN_HOLD_PROMISE)) &&
			!strcmp(t->r->answer, "store"),
	};
	t->req.expect = &t->expect;
	return rc;
}

static bool is_refused(const struct mun_ingest_result *x)
{
	return !x->id[0] && x->expected && !strcmp(x->expected, "mismatch");
}

static bool has_session(const struct mun_turn_work *t)
{
	mun_autofree char *dir = NULL;
	struct mun_err why;
	struct stat st;

	return !mun_fmt(&dir, &why, "%s/%s", t->b->env->spool, t->r->object) &&
	       !lstat(dir, &st);
}

static int ended(struct mun_turn_work *t, const struct mun_ingest_result *x,
		 int rc, bool *again, struct mun_err *e)
{
	*again = false;
	if (!rc)
		return done(t, x, e);
	if (is_refused(x))
		return mun_turn_broken_promise(t, e, again);
	if (has_session(t))
		rc = mun_ctx(e, "session %s is kept", t->r->object);
	return mun_turn_failed(t, rc, e);
}

static int ingest(struct mun_turn_work *t, bool *again, struct mun_err *e)
{
	struct mun_ingest_result x;
	int rc = 0;

	if (!t->r->object[0])
		rc = mun_uuid_new(t->r->object, e);
	if (!rc)
		rc = promise(t, e);
	t->r->state = MUN_ROW_BEGUN;
	if (!rc)
		rc = save(t, e);
	if (rc)
		return rc;
	t->req.id = t->r->object;
	rc = mun_ingest(t->b->env, &t->req, &x, e);
	return ended(t, &x, rc, again, e);
}

/* From the beginning, with all that a person has said of it so far. */
static int afresh(struct mun_turn_work *t, struct mun_err *e)
{
	bool again = true;
	bool stop = false;
	int rc = mun_turn_guard(t, &stop, e);

	if (rc || stop)
		return rc;
	while (!rc && again)
		rc = ingest(t, &again, e);
	return rc;
}

/* The object is there, and only the journal had not been told. */
static int adopt(struct mun_turn_work *t, const struct mun_record *rec,
		 struct mun_err *e)
{
	const char *doubtful = mun_record_property(rec, MUN_PROPERTY_DOUBTFUL);
	struct mun_ingest_result x = { 0 };

	/* "512 bytes, their data kept: LBA 7" */
	x.doubtful_bytes = doubtful ? strtoull(doubtful, NULL, 10) : 0;
	mun_turn_put(x.id, sizeof(x.id), rec->id);
	mun_turn_put(x.label, sizeof(x.label), rec->label);
	mun_turn_put(x.outcome, sizeof(x.outcome), rec->outcome);
	mun_turn_put(x.format, sizeof(x.format), rec->format);
	x.bytes = rec->bytes;
	x.unreadable_bytes = rec->unreadable_bytes;
	x.damaged = mun_record_is_damaged(rec);
	return done(t, &x, e);
}

/* Does a live process work on the session?  (A device may be busy, too.) */
static bool is_locked(const struct mun_turn_work *t)
{
	mun_autofree char *path = NULL;
	mun_autoclose int fd = -1;
	struct mun_err why;
	bool ours = true;

	return !mun_fmt(&path, &why, "%s/%s/lock", t->b->env->spool,
			t->r->object) &&
	       !mun_lock_try(path, &fd, &ours, &why) && !ours;
}

static int resume(struct mun_turn_work *t, enum mun_turn *turn,
		  struct mun_err *e)
{
	struct mun_ingest_result x;
	bool again;
	int rc = mun_ingest_resume(t->b->env, t->r->object, &x, e);

	/* It had not begun when it was killed, and is swept away now. */
	if (rc == MUN_ENOENT && !has_session(t)) {
		mun_err_clear(e);
		return afresh(t, e);
	}
	if (rc == MUN_EBUSY && is_locked(t)) {
		/* Perhaps a "muniment resume" of another process. */
		mun_err_clear(e);
		*turn = MUN_TURN_BUSY;
		return 0;
	}
	rc = ended(t, &x, rc, &again, e);
	return !rc && again ? afresh(t, e) : rc;
}

/* It was begun: how far did it come? */
static int go_on(struct mun_turn_work *t, enum mun_turn *turn,
		 struct mun_err *e)
{
	mun_auto(record) *rec = NULL;
	int rc = mun_catalog_get(t->b->env->catalog, t->r->object, false, &rec,
				 e);

	/* The session is to be ended also where the catalog has it all. */
	if (has_session(t)) {
		mun_err_clear(e);
		return resume(t, turn, e);
	}
	if (!rc)
		return adopt(t, rec, e);
	if (rc != MUN_ENOENT)
		return rc;
	mun_err_clear(e);
	return afresh(t, e);
}

static int work(struct mun_turn_work *t, enum mun_turn *turn, struct mun_err *e)
{
	char now[MUN_TIME_LEN];

	mun_turn_describe(t->row, t->r);
	mun_time_text(mun_now_ms(), now);
	if (!t->r->started[0])
		mun_turn_put(t->r->started, sizeof(t->r->started), now);
	t->r->ended[0] = '\0';
	if (t->answer == MUN_ANSWER_SKIP && t->r->state == MUN_ROW_HELD) {
		mun_turn_put(t->r->answer, sizeof(t->r->answer), "skip");
		return mun_turn_end(t, MUN_ROW_SKIPPED, e);
	}
	t->r->reason[0] = '\0';
	if (t->answer != MUN_ANSWER_HOLD)
		mun_turn_put(t->r->answer, sizeof(t->r->answer),
			     mun_answer_name(t->answer));
	t->before_kind = mun_hold_of_name(t->r->kind);
	if (t->r->state == MUN_ROW_BEGUN)
		t->before = mun_answer_of_name(t->r->answer);
	if (t->r->object[0] && t->r->state != MUN_ROW_HELD)
		return go_on(t, turn, e);
	return afresh(t, e);
}

/* The row is ours: what is to be done, if anything? */
static int claimed(struct mun_batch *b, struct mun_batch_row *row,
		   struct mun_row_record *r, enum mun_turn *turn,
		   struct mun_err *e)
{
	struct mun_turn_work t = {
		.b = b,
		.row = row,
		.r = r,
		.req = row->req,
		.answer = answer_of(b, row),
		.medium_lock = -1,
		.since_ms = mun_clock_monotonic_ms(),
	};
	int rc = 0;

	if (b->journal)
		rc = mun_batch_row_load(b->journal, row->key, r, e);
	else
		*r = b->kept[row - b->plan->rows];
	if (rc)
		return rc;
	if (t.answer == MUN_ANSWERS)
		t.answer = MUN_ANSWER_HOLD;
	*turn = MUN_TURN_WAS;
	if (!mun_turn_is_wanted(b, row, r))
		return 0;
	*turn = MUN_TURN_DID;
	if (b->begins)
		b->begins(b->ctx, row);
	rc = work(&t, turn, e);
	free(t.manifest);
	if (t.medium_lock >= 0)
		(void)close(t.medium_lock);
	return rc ? mun_ctx(e, "line %zu", row->line) : 0;
}

int mun_batch_do(struct mun_batch *b, struct mun_batch_row *row,
		 struct mun_row_record *r, enum mun_turn *turn,
		 struct mun_err *e)
{
	bool ours = true;
	int rc = 0;

	memset(r, 0, sizeof(*r));
	*turn = MUN_TURN_BUSY;
	if (b->journal)
		rc = mun_batch_row_claim(b->journal, row->key, &ours, e);
	if (rc)
		return rc;
	if (ours) {
		rc = claimed(b, row, r, turn, e);
		if (b->journal)
			mun_batch_row_release(b->journal, row->key);
	}
	if (!rc && b->ends)
		b->ends(b->ctx, row, r, *turn);
	return rc;
}
