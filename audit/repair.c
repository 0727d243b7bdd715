/* SPDX-License-Identifier: Apache-2.0 */
/* audit/repair.c - give damaged files their bytes back */
#include "audit/repair.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/custody_event.h"
#include "audit/repair_file.h"
#include "audit/storelock.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "store/replicate.h"

static const char *const states[] = {
	[MUN_REPAIR_DONE] = "repaired",
	[MUN_REPAIR_PARTLY] = "partly",
	[MUN_REPAIR_NONE] = "not_repaired",
	[MUN_REPAIR_POSSIBLE] = "possible",
};

const char *mun_repair_state_name(enum mun_repair_state s)
{
	return states[s];
}

/* One file with what is known of its damage. */
struct damaged {
	char object[MUN_UUID_LEN];
	char *path;
	size_t n;
	char (*incidents)[MUN_UUID_LEN];
};

struct repairing {
	const struct mun_custodian *k;
	const struct mun_repair_request *q;
	mun_repair_result_fn *result;
	void *ctx;
	struct mun_holding *h; /* the store at hand */
	size_t n;
	struct damaged *files; /* in it */
	char whole[MUN_UUID_LEN]; /* an object that was copied again ... */
	const char *whole_from; /* ... from this store */
};

static bool was_named(const struct mun_repair_request *q, const char *id)
{
	for (size_t i = 0; i < q->nobjects; i++)
		if (!strcmp(q->objects[i], id))
			return true;
	return !q->objects;
}

static struct damaged *find_file(struct repairing *x,
				 const struct mun_cat_incident *i,
				 struct mun_err *e)
{
	struct damaged *d;
	void *grown;

	for (size_t k = 0; k < x->n; k++)
		if (!strcmp(x->files[k].object, i->object) &&
		    !strcmp(x->files[k].path, i->path))
			return &x->files[k];
	grown = reallocarray(x->files, x->n + 1, sizeof(*x->files));
	if (!grown) {
		(void)mun_fail_nomem(e, "damage");
		return NULL;
	}
	x->files = grown;
	d = &x->files[x->n];
	memset(d, 0, sizeof(*d));
	(void)snprintf(d->object, sizeof(d->object), "%s", i->object);
	if (mun_strdup(i->path, &d->path, e))
		return NULL;
	x->n++;
	return d;
}

static int note(void *ctx, const struct mun_cat_incident *i, struct mun_err *e)
{
	struct repairing *x = ctx;
	struct damaged *d;
	void *grown;

	if (!i->object[0] || !was_named(x->q, i->object) ||
	    !strcmp(i->kind, "extra"))
		return 0;
	/* What is repaired and not verified yet is repaired. */
	if (strcmp(i->state, "open") != 0 &&
	    strcmp(i->state, "acknowledged") != 0)
		return 0;
	d = find_file(x, i, e);
	if (!d)
		return e->code;
	grown = reallocarray(d->incidents, d->n + 1, sizeof(*d->incidents));
	if (!grown)
		return mun_fail_nomem(e, "damage");
	d->incidents = grown;
	(void)snprintf(d->incidents[d->n++], MUN_UUID_LEN, "%s", i->id);
	return 0;
}

static void forget(struct repairing *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->files[i].path);
		free(x->files[i].incidents);
	}
	free(x->files);
	x->files = NULL;
	x->n = 0;
}

/* "bytes 0-1048575 from store 'tape'; ...", neighbours put together. */
static void tell_origins(const struct mun_repair_file *f, struct mun_str *out,
			 uint64_t *repaired)
{
	for (uint64_t i = 0; i < f->npieces;) {
		uint32_t o = f->origin[i];
		uint64_t first = i * MUN_TREE_PIECE;
		uint64_t end = first;

		for (; i < f->npieces && f->origin[i] == o; i++)
			end += mun_repair_piece_bytes(f, i);
		if (o == MUN_ORIGIN_NONE || o == MUN_ORIGIN_OLD)
			continue;
		*repaired += end - first;
		mun_str_addf(out, "%sbytes %" PRIu64 "-%" PRIu64 " from ",
			     out->len ? "; " : "", first, end - 1);
		if (o == MUN_ORIGIN_PARITY)
			mun_str_add(out, "parity");
		else
			mun_str_addf(
				out, "store '%s'",
				f->k->holdings->of[o - MUN_ORIGIN_STORE].name);
	}
}

/* Pieces that are lost; where parity knows which of their slices are damaged,
 * only those bytes of them. */
static void add_lost(uint64_t off, uint64_t bytes, struct mun_repair_lost *out,
		     size_t *n)
{
	const struct mun_repair_lost *last = *n ? &out[*n - 1] : NULL;

	if (last && last->off + last->bytes == off)
		out[*n - 1].bytes += bytes;
	else
		out[(*n)++] = (struct mun_repair_lost){ off, bytes };
}

static void lost_of_piece(const struct mun_repair_file *f, uint64_t i,
			  struct mun_repair_lost *out, size_t *n)
{
	uint64_t off = i * MUN_TREE_PIECE;
	uint64_t end = off + mun_repair_piece_bytes(f, i);

	if (!f->nslices) {
		add_lost(off, end - off, out, n);
		return;
	}
	for (size_t k = 0; k < f->nslices; k++) {
		uint64_t a = MUN_MAX(off, f->slices[k].off);
		uint64_t b =
			MUN_MIN(end, f->slices[k].off + f->slices[k].bytes);

		if (a < b)
			add_lost(a, b - a, out, n);
	}
}

static int list_lost(const struct mun_repair_file *f,
		     struct mun_repair_lost **out, size_t *n,
		     struct mun_str *why, struct mun_err *e)
{
	*n = 0;
	*out = calloc((size_t)f->left + f->nslices + 1, sizeof(**out));
	if (!*out)
		return mun_fail_nomem(e, "damage");
	for (uint64_t i = 0; i < f->npieces; i++)
		if (f->origin[i] == MUN_ORIGIN_NONE)
			lost_of_piece(f, i, *out, n);
	for (size_t i = 0; i < *n; i++)
		mun_str_addf(why, "%sbytes %" PRIu64 "-%" PRIu64,
			     i ? ", " : "lost: ", (*out)[i].off,
			     (*out)[i].off + (*out)[i].bytes - 1);
	if (*n && f->parity_why.len)
		mun_str_addf(why, "; %s", f->parity_why.text);
	return 0;
}

/* All of a recovery that is written down and told. */
struct story {
	struct mun_str from;
	struct mun_str why;
	struct mun_repair_lost *lost;
	size_t nlost;
	uint64_t repaired;
	enum mun_repair_state state;
	int64_t started;
	bool ours; /* an interrupted repair of ours has done it */
	bool theirs; /* it is intact, and not by us: no event of ours */
};

static const char *text_of(const struct mun_str *s)
{
	return s->text ? s->text : "";
}

static int make_event(const struct repairing *x, const struct damaged *d,
		      const struct mun_rec_file *f, const struct story *s,
		      struct mun_record **out, struct mun_err *e)
{
	mun_autofree char *detail = NULL;
	mun_autofree char *note_text = NULL;
	struct mun_custody_event what = {
		.object = d->object,
		.type = "recovery",
		.file = f ? f->id : NULL,
		.outcome = s->state == MUN_REPAIR_DONE ? "success" : "warning",
		.started_ms = s->started,
	};
	char now[MUN_TIME_LEN];
	int rc;

	mun_time_text(mun_now_ms(), now);
	rc = mun_fmt(&detail, e, "'%s' in store '%s': %s", d->path, x->h->name,
		     text_of(&s->from));
	if (!rc)
		rc = mun_fmt(&note_text, e,
			     "read back and compared with the hash tree at "
			     "%s%s%s; the damaged bytes are in quarantine/%s",
			     now, s->why.len ? "; " : "", text_of(&s->why),
			     d->incidents[0]);
	what.detail = detail;
	what.note = note_text;
	return rc ? rc : mun_custody_event_new(x->k, &what, out, e);
}

/* The event, and a step in the life of each incident. */
static int record(const struct repairing *x, const struct damaged *d,
		  const struct mun_rec_file *f, const struct story *s,
		  struct mun_err *e)
{
	mun_auto(record) *event = NULL;
	const char *state =
		s->state == MUN_REPAIR_DONE ? "repaired" : "repair-failed";
	const char *text = s->state == MUN_REPAIR_DONE ? text_of(&s->from)
						       : text_of(&s->why);
	int rc = 0;

	if (s->state != MUN_REPAIR_NONE && !s->theirs)
		rc = make_event(x, d, f, s, &event, e);
	for (size_t i = 0; i < d->n && !rc; i++)
		rc = mun_catalog_incident_step(
			x->k->catalog, d->incidents[i], state,
			x->k->operator_id ? x->k->operator_id
					  : x->k->program_id,
			text, i ? NULL : event, e);
	return rc;
}

static void tell(const struct repairing *x, const struct damaged *d,
		 const struct story *s)
{
	const struct mun_repair_result r = {
		.object = d->object,
		.store = x->h->name,
		.path = d->path,
		.state = s->state,
		.repaired = s->repaired,
		.from = text_of(&s->from),
		.why = text_of(&s->why),
		.nlost = s->nlost,
		.lost = s->lost,
	};

	x->result(x->ctx, &r);
}

static int commit(struct mun_repair_file *f, const struct damaged *d,
		  struct mun_err *e)
{
	mun_autofree uint8_t *lost = NULL;

	if (!f->mend)
		return 0;
	if (f->left) {
		lost = calloc((size_t)f->npieces, 1);
		if (!lost)
			return mun_fail_nomem(e, "damage");
		for (uint64_t i = 0; i < f->npieces; i++)
			lost[i] = f->origin[i] == MUN_ORIGIN_NONE;
	}
	return mun_mend_commit(f->mend, d->incidents[0], lost, e);
}

/* Pieces that are lost stay as they were in the damaged file. */
static int write_lost(struct mun_repair_file *f, struct mun_err *e)
{
	int rc = 0;

	for (uint64_t i = 0; f->mend && i < f->npieces && !rc; i++) {
		if (f->origin[i] != MUN_ORIGIN_NONE)
			continue;
		mun_repair_read_old(f, i);
		rc = mun_mend_write(f->mend, f->buf,
				    mun_repair_piece_bytes(f, i),
				    i * MUN_TREE_PIECE, e);
	}
	return rc;
}

/* Nothing is left to do: every piece was read just now and is right.  A repair
 * that was killed before it could say so has left the damaged bytes. */
static void found_intact(const struct repairing *x, const struct damaged *d,
			 struct story *s)
{
	s->state = x->q->dry_run ? MUN_REPAIR_POSSIBLE : MUN_REPAIR_DONE;
	for (size_t i = 0; i < d->n && !s->ours; i++) {
		mun_autofree char *kept = NULL;
		struct mun_err why;

		s->ours = !mun_path_join(x->h->place->quarantine,
					 d->incidents[i], &kept, &why) &&
			  !access(kept, F_OK);
	}
	s->theirs = !s->ours;
	mun_str_add(&s->from,
		    s->ours ? "all of it by a repair that was interrupted "
			      "before it was written down"
			    : "nothing: every byte was read and is intact; "
			      "what was done to it is not known here");
}

static int mend_pieces(const struct repairing *x, const struct damaged *d,
		       struct mun_repair_file *f, struct story *s,
		       struct mun_err *e)
{
	int rc = mun_repair_from_copies(f, e);

	if (!rc && f->left)
		rc = mun_repair_from_parity(f, e);
	if (rc)
		return rc;
	tell_origins(f, &s->from, &s->repaired);
	rc = list_lost(f, &s->lost, &s->nlost, &s->why, e);
	if (rc)
		return rc;
	if (f->old && f->old->size > f->f->tree.bytes && !f->left) {
		s->repaired += f->old->size - f->f->tree.bytes;
		mun_str_addf(&s->from,
			     "%s%" PRIu64 " bytes after its end taken away",
			     s->from.len ? "; " : "",
			     f->old->size - f->f->tree.bytes);
	}
	if (!s->repaired && !f->left)
		found_intact(x, d, s);
	if (!s->repaired)
		return 0;
	s->state = f->left         ? MUN_REPAIR_PARTLY
		   : x->q->dry_run ? MUN_REPAIR_POSSIBLE
				   : MUN_REPAIR_DONE;
	rc = write_lost(f, e);
	return rc ? rc : commit(f, d, e);
}

static int open_file(const struct repairing *x, const struct damaged *d,
		     struct mun_repair_file *f, struct mun_err *e)
{
	struct mun_err why;
	int rc = 0;

	mun_object_urn(d->object, f->urn);
	f->npieces = f->f->tree.npieces;
	f->left = f->npieces;
	f->origin = calloc((size_t)f->npieces + 1, sizeof(*f->origin));
	f->from = calloc(x->k->holdings->n + 1, sizeof(struct mun_source *));
	f->buf = aligned_alloc(MUN_IO_ALIGN, MUN_TREE_PIECE);
	if (!f->origin || !f->from || !f->buf)
		return mun_fail_nomem(e, "repair");
	if (!x->q->dry_run)
		rc = mun_mend_begin(x->h->place, f->urn, d->path, &f->f->tree,
				    &f->mend, e);
	if (!rc && mun_holding_open_file(x->h, f->urn, d->path, MUN_READ_DISK,
					 &f->old, &why))
		f->old = NULL;
	return rc;
}

static void close_file(struct mun_repair_file *f)
{
	mun_mend_free(f->mend);
	mun_source_close(f->old);
	for (size_t i = 0; f->from && i < f->k->holdings->n; i++)
		mun_source_close(f->from[i]);
	free(f->from);
	free(f->origin);
	free(f->buf);
	free(f->slices);
	mun_str_free(&f->parity_why);
}

static int repair_content(const struct repairing *x, const struct damaged *d,
			  const struct mun_record *r,
			  const struct mun_rec_file *file, struct story *s,
			  struct mun_err *e)
{
	struct mun_repair_file f = { .k = x->k, .h = x->h, .r = r, .f = file };
	int rc = open_file(x, d, &f, e);

	if (!rc)
		rc = mend_pieces(x, d, &f, s, e);
	close_file(&f);
	return rc;
}

/* OCFL's own files: inventories and declarations, from another store. */
static int repair_ocfl(const struct repairing *x, const struct damaged *d,
		       struct story *s, struct mun_err *e)
{
	char urn[MUN_URN_LEN];

	mun_object_urn(d->object, urn);
	s->state = MUN_REPAIR_NONE;
	mun_str_add(&s->why, "no other store has it intact");
	for (size_t i = 0; i < x->k->holdings->n && !x->q->dry_run; i++) {
		const struct mun_holding *h = &x->k->holdings->of[i];
		uint64_t mended = 0;
		struct mun_err why;

		if (h == x->h || !h->place ||
		    mun_mend_object(x->h->place, h->place, urn, d->incidents[0],
				    &mended, &why))
			continue;
		s->state = MUN_REPAIR_DONE;
		s->why.len = 0;
		s->why.text[0] = '\0';
		mun_str_addf(&s->from, "%" PRIu64 " files from store '%s'",
			     mended, h->name);
		break;
	}
	return mun_cancel_check(e);
}

static int copy_again(struct repairing *x, const struct damaged *d,
		      const struct mun_record *r, const char *urn,
		      struct mun_err *e)
{
	mun_autofree struct mun_replica_file *files =
		calloc(r->nfiles + 1, sizeof(*files));
	int rc = mun_fail(e, MUN_ENOENT, "no other store has it");

	if (!files)
		return mun_fail_nomem(e, "files");
	for (size_t i = 0; i < r->nfiles; i++)
		files[i] = (struct mun_replica_file){ r->files[i].path,
						      &r->files[i].tree };
	for (size_t i = 0; rc && i < x->k->holdings->n; i++) {
		const struct mun_holding *h = &x->k->holdings->of[i];
		struct mun_replica_result done;

		if (h == x->h || !h->place)
			continue;
		rc = mun_replicate(h->place, x->h->place, urn, files, r->nfiles,
				   x->k->progress, &done, e);
		if (rc)
			continue;
		memcpy(x->whole, d->object, sizeof(x->whole));
		x->whole_from = h->name;
	}
	return rc;
}

/* The object's folder is gone: all of it comes from another store.  *@done:
 * it was so, for this file or for one before. */
static int repair_object(struct repairing *x, const struct damaged *d,
			 const struct mun_record *r, struct story *s,
			 bool *done, struct mun_err *e)
{
	char urn[MUN_URN_LEN];
	bool has;
	int rc;

	mun_object_urn(d->object, urn);
	rc = mun_store_has(x->h->place->store, urn, &has, e);
	*done = !rc && (!has || !strcmp(x->whole, d->object));
	if (!*done)
		return rc;
	if (x->q->dry_run) {
		s->state = MUN_REPAIR_POSSIBLE;
		return 0;
	}
	if (!has)
		rc = copy_again(x, d, r, urn, e);
	if (rc)
		return rc;
	s->state = MUN_REPAIR_DONE;
	mun_str_addf(&s->from, "the whole object from store '%s'",
		     x->whole_from);
	return 0;
}

/* What ends everything, and what is only this file's bad luck. */
static bool is_final(int rc)
{
	return rc == MUN_ECANCELLED || rc == MUN_ENOMEM ||
	       rc == MUN_EUNAVAILABLE || rc == MUN_EIO;
}

/* What is known of the files is said of the newest version: of an older copy,
 * the same path may be another file. */
static int check_version(const struct repairing *x, const struct mun_record *r,
			 struct mun_err *e)
{
	unsigned int version;
	int rc = mun_catalog_copy_version(x->k->catalog, r->id, x->h->name,
					  &version, e);

	if (rc || version == r->version)
		return rc;
	return mun_fail(e, MUN_EINVAL,
			"the copy has version %u, the object %u: muniment "
			"replicate brings it up to date first",
			version, r->version);
}

static int repair_one(struct repairing *x, const struct damaged *d,
		      struct mun_err *e)
{
	struct story s = { .started = mun_now_ms(), .state = MUN_REPAIR_NONE };
	mun_auto(record) *r = NULL;
	const struct mun_rec_file *f = NULL;
	char text[512];
	bool done = false;
	int rc = mun_catalog_get(x->k->catalog, d->object, true, &r, e);

	if (!rc)
		rc = check_version(x, r, e);
	if (!rc)
		rc = repair_object(x, d, r, &s, &done, e);
	if (!rc && !done) {
		f = mun_record_file(r, d->path);
		rc = f ? repair_content(x, d, r, f, &s, e)
		       : repair_ocfl(x, d, &s, e);
	}
	if (rc && !is_final(rc)) {
		s.state = MUN_REPAIR_NONE;
		mun_str_addf(&s.why, "%s%s", s.why.len ? "; " : "",
			     mun_err_text(e, text, sizeof(text), 0));
		rc = 0;
	}
	if (!rc && !x->q->dry_run)
		rc = record(x, d, f, &s, e);
	if (!rc)
		tell(x, d, &s);
	mun_str_free(&s.from);
	mun_str_free(&s.why);
	free(s.lost);
	return rc ? mun_ctx(e, "repair '%s' of object %s in store '%s'",
			    d->path, d->object, x->h->name)
		  : 0;
}

static int repair_store(struct repairing *x, struct mun_err *e)
{
	const struct mun_cat_incident_query q = { .store = x->h->name };
	mun_auto(store_lock) *lock = NULL;
	int rc = mun_catalog_incidents(x->k->catalog, &q, note, x, e);

	if (!rc && x->n && !x->q->dry_run)
		rc = mun_store_lock_take(x->k->spool, x->h->name, &lock, e);
	for (size_t i = 0; i < x->n && !rc; i++) {
		rc = mun_cancel_check(e);
		if (!rc)
			rc = repair_one(x, &x->files[i], e);
	}
	forget(x);
	return rc;
}

static int may_repair(const struct repairing *x, bool *yes, struct mun_err *e)
{
	struct mun_policy p;
	int rc;

	*yes = true;
	if (!x->q->by_policy)
		return 0;
	rc = mun_policy_get(x->k->conf, x->h->name, "", &p, e);
	*yes = !rc && p.repair;
	return rc;
}

int mun_repair(const struct mun_custodian *k,
	       const struct mun_repair_request *q, mun_repair_result_fn *result,
	       void *ctx, struct mun_err *e)
{
	const struct mun_holding *one =
		q->store ? mun_holdings_find(k->holdings, q->store) : NULL;
	int rc = 0;
	bool may;

	if (q->store && !one)
		return mun_fail(e, MUN_ENOENT,
				"there is no store '%s' (see muniment store "
				"list)",
				q->store);
	if (one && !one->place) {
		*e = one->away;
		return e->code;
	}
	for (size_t i = 0; i < k->holdings->n && !rc; i++) {
		struct repairing x = {
			.k = k,
			.q = q,
			.result = result,
			.ctx = ctx,
			.h = &k->holdings->of[i],
		};

		if (!x.h->place || (one && one != x.h))
			continue;
		rc = may_repair(&x, &may, e);
		if (!rc && may)
			rc = repair_store(&x, e);
	}
	return rc;
}

struct tidying {
	const struct mun_custodian *k;
};

static int tidy_one(void *ctx, const struct mun_cat_incident *i,
		    struct mun_err *e)
{
	const struct tidying *t = ctx;
	const struct mun_holding *h =
		mun_holdings_find(t->k->holdings, i->store);

	if (!i->closed || !h || !h->place)
		return 0;
	return mun_quarantine_remove(h->place, i->id, e);
}

int mun_quarantine_tidy(const struct mun_custodian *k, struct mun_err *e)
{
	const struct mun_cat_incident_query q = { .closed = true };
	struct tidying t = { k };

	return mun_catalog_incidents(k->catalog, &q, tidy_one, &t, e);
}
