/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/evidence_sample.c - a repository's life, for evidence tests */
#include "tests/catalog/evidence_sample.h"

#include <stdio.h>
#include <sys/stat.h>

#include "catalog/query.h"
#include "core/clock.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/support/support.h"

int64_t sample_clock;

const struct mun_rec_rights sample_closed = {
	.id = "",
	.recorded = "",
	.agent = SAMPLE_OPERATOR,
	.basis = MUN_BASIS_DONOR,
	.act = MUN_ACT_DISSEMINATE,
	.restricted = true,
	.text = "closed",
	.from = "",
	.until = "",
	.jurisdiction = "",
	.citation = "",
	.note = "",
	.ended = "",
	.ended_by = "",
	.why = "",
	.later = "",
};

int64_t sample_now(void)
{
	return sample_clock;
}

static void ok(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

struct mun_record *sample_event(unsigned int n, unsigned int kind,
				const char *type)
{
	struct mun_record *r;
	struct mun_rec_event *ev;
	char now[MUN_TIME_LEN];
	struct mun_err e;

	ok(mun_record_new(&r, &e), &e);
	r->id = mun_arena_strdup(r->arena, catalog_sample_id(n, 0));
	ev = mun_record_add_event(r);
	assert_non_null(ev);
	mun_time_text(mun_now_ms(), now);
	ev->id = mun_arena_strdup(r->arena, catalog_sample_id(n, kind));
	ev->type = type;
	ev->started = mun_arena_strdup(r->arena, now);
	ev->outcome = "success";
	mun_event_link_agent(r, ev, SAMPLE_PROGRAM, "executing program");
	return r;
}

static int open_nothing(void *ctx, const char *object, const char *path,
			struct mun_source **out, struct mun_err *e)
{
	(void)ctx;
	(void)out;
	return mun_fail(e, MUN_EIO, "%s of %s", path, object);
}

static const struct mun_feed_opts *opts_of(const char *store)
{
	static struct mun_feed_opts opts = {
		.agent_operator = SAMPLE_OPERATOR,
		.agent_program = SAMPLE_PROGRAM,
		.batch_ms = 1000,
		.open = open_nothing,
	};

	opts.store = store;
	return &opts;
}

/* What an audit would say of the item. */
static void judge(struct mun_audit_item *item, enum mun_outcome outcome,
		  struct mun_finding *found, struct mun_audit_summary *sum)
{
	item->started_ms = sample_clock;
	item->ended_ms = sample_clock;
	item->outcome = outcome;
	sum->outcomes[outcome] += item->nfiles;
	sum->files += item->nfiles;
	sum->objects++;
	for (size_t i = 0; i < item->nfiles; i++)
		item->files[i].outcome = MUN_OUTCOME_INTACT;
	if (outcome == MUN_OUTCOME_INTACT)
		return;
	item->files[0].outcome = outcome;
	*found = (struct mun_finding){
		.outcome = outcome,
		.bytes = 4096,
		.sys = outcome == MUN_OUTCOME_UNREADABLE ? 5 : 0,
		.expected = "aa",
		.actual = "bb",
		.text = "as the test wants, with \"quotes\" and M\u00fcller",
	};
	item->nfindings = 1;
	item->findings = found;
}

void sample_audit(struct mun_catalog *c, const char *store, unsigned int bad,
		  enum mun_outcome outcome)
{
	struct mun_audit_summary sum = { 0 };
	struct mun_catalog_feed *f;
	const struct mun_audit_feed *t;
	struct mun_err e;

	ok(mun_catalog_feed_open(c, opts_of(store), NULL, NULL, &f, &e), &e);
	t = mun_catalog_feed_table(f);
	for (;;) {
		struct mun_audit_item *item;
		struct mun_finding found;
		bool is_bad;

		ok(t->next(t->ctx, &item, &e), &e);
		if (!item)
			break;
		is_bad =
			bad && !strcmp(item->object, catalog_sample_id(bad, 0));
		judge(item, is_bad ? outcome : MUN_OUTCOME_INTACT, &found,
		      &sum);
		ok(t->report(t->ctx, item, &e), &e);
	}
	ok(mun_catalog_feed_finish(f, &sum, &e), &e);
	mun_catalog_feed_close(f);
	sample_clock += 1000;
}

void sample_sweep(struct mun_catalog *c, const char *store, unsigned int bad,
		  const char *outcome, bool complete)
{
	const struct mun_presence_object *o;
	struct mun_presence *p;
	unsigned int given = 0;
	struct mun_err e;

	ok(mun_presence_begin(c, opts_of(store), &p, &e), &e);
	for (;;) {
		ok(mun_presence_next(p, &o, &e), &e);
		if (!o || (!complete && ++given == 3))
			break;
		if (bad && !strcmp(o->id, catalog_sample_id(bad, 0)))
			ok(mun_presence_found(p, o->id,
					      strcmp(outcome, "extra") != 0
						      ? o->files[0].path
						      : "image/stranger",
					      outcome, 77, 2, "swept", &e),
			   &e);
	}
	ok(mun_presence_end(p, complete, &e), &e);
	mun_presence_free(p);
	sample_clock += 1000;
}

/* Which incident is wanted. */
struct wanted {
	const char *object;
	const char *kind;
	char *out;
};

static int take_incident(void *ctx, const struct mun_cat_incident *i,
			 struct mun_err *e)
{
	struct wanted *w = ctx;

	(void)e;
	if (!strcmp(i->object, w->object) && !strcmp(i->kind, w->kind))
		(void)snprintf(w->out, MUN_UUID_LEN, "%s", i->id);
	return 0;
}

void sample_incident(struct mun_catalog *c, unsigned int object,
		     const char *store, const char *kind,
		     char out[static MUN_UUID_LEN])
{
	const struct mun_cat_incident_query q = { .store = store };
	struct wanted w = { catalog_sample_id(object, 0), kind, out };
	struct mun_err e;

	out[0] = '\0';
	ok(mun_catalog_incidents(c, &q, take_incident, &w, &e), &e);
}

static void step(struct mun_catalog *c, const char *id, const char *state,
		 const struct mun_record *event)
{
	struct mun_err e;

	ok(mun_catalog_incident_step(c, id, state, SAMPLE_OPERATOR,
				     "as it should be", event, &e),
	   &e);
	sample_clock += 1000;
}

static void make_copies(struct mun_catalog *c, const char *store,
			unsigned int objects, unsigned int kind)
{
	for (unsigned int n = 1; n <= objects; n++) {
		struct mun_record *r = sample_event(n, kind, "replication");
		struct mun_err e;

		ok(mun_catalog_copy_add(c, store, r, &e), &e);
		mun_record_free(r);
	}
	sample_clock += 1000;
}

/* Incidents in every state. */
static void have_trouble(struct mun_catalog *c)
{
	struct mun_record *r;
	char id[MUN_UUID_LEN];
	struct mun_err e;

	sample_audit(c, "main", 2, MUN_OUTCOME_MISMATCH);
	sample_audit(c, "main", 2, MUN_OUTCOME_MISMATCH);
	sample_incident(c, 2, "main", "mismatch", id);
	step(c, id, "acknowledged", NULL);
	ok(mun_catalog_notice(c, id, "incident", "webhook", "https://example",
			      true, "", &e),
	   &e);
	r = sample_event(2, 40, "recovery");
	step(c, id, "repaired", r);
	mun_record_free(r);
	/* Verified and acknowledged: closed. */
	sample_audit(c, "main", 3, MUN_OUTCOME_MISSING);
	/* Intact again, without a repair. */
	sample_audit(c, "main", 1, MUN_OUTCOME_UNREADABLE);
	sample_incident(c, 1, "main", "unreadable", id);
	step(c, id, "repair-failed", NULL);
	step(c, id, "repaired", NULL);
	sample_audit(c, "copy-a", 0, MUN_OUTCOME_INTACT);
	sample_audit(c, "copy-b", 1, MUN_OUTCOME_UNAVAILABLE);
	sample_sweep(c, "copy-a", 1, "extra", false);
	sample_sweep(c, "copy-a", 3, "missing", true);
	sample_sweep(c, "copy-b", 0, "", false);
}

static void rotate_keys(struct mun_catalog *c, const char *dir)
{
	char *names[2] = { mun_test_path(dir, "key1.pem"),
			   mun_test_path(dir, "key2.pem") };
	struct mun_signkey *keys[2];
	struct mun_ledger_head head;
	struct mun_err e;

	for (int i = 0; i < 2; i++) {
		ok(mun_signkey_create(names[i], &keys[i], &e), &e);
		ok(mun_catalog_key_add(c, keys[i], i ? keys[0] : NULL, &e), &e);
		ok(mun_catalog_sign(c, keys[i], &head, &e), &e);
	}
	for (int i = 0; i < 2; i++) {
		mun_signkey_free(keys[i]);
		free(names[i]);
	}
}

/* The copy in copy-b stays as it is. */
static void revise(struct mun_catalog *c)
{
	struct mun_record *r = catalog_sample_revised(SAMPLE_REVISED);
	struct mun_record *copied =
		sample_event(SAMPLE_REVISED, 32, "replication");
	struct mun_err e;

	ok(mun_catalog_revise(c, r, "2026-12-01T12:00:00Z", &e), &e);
	ok(mun_catalog_copy_add(c, "copy-a", copied, &e), &e);
	mun_record_free(r);
	mun_record_free(copied);
}

struct mun_catalog *sample_life(const char *dir, unsigned int objects)
{
	char *ledger = mun_test_path(dir, "ledger");
	char *key = mun_test_path(dir, "key2.pem");
	struct mun_catalog *c = catalog_sample_new(dir);
	struct mun_ledger_head head;
	struct mun_signkey *k;
	struct mun_err e;

	ok(mun_ledger_init(ledger, &e), &e);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	rotate_keys(c, dir);
	for (unsigned int n = 1; n <= objects; n++)
		catalog_sample_put(c, n);
	ok(mun_catalog_policy(c, "every = 90d\n", &e), &e);
	ok(mun_catalog_store_add(c, catalog_sample_id(900, 1), "copy-a",
				 "file:///srv/a", SAMPLE_OPERATOR, &e),
	   &e);
	ok(mun_catalog_store_add(c, catalog_sample_id(900, 2), "copy-b",
				 "file:///srv/b", NULL, &e),
	   &e);
	make_copies(c, "copy-a", objects, 30);
	make_copies(c, "copy-b", objects / 2, 31);
	have_trouble(c);
	revise(c);
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	sample_audit(c, "copy-b", 0, MUN_OUTCOME_INTACT);
	ok(mun_catalog_store_change(c, "copy-a", "paused", SAMPLE_OPERATOR,
				    "moving house", &e),
	   &e);
	ok(mun_catalog_store_change(c, "copy-b", "removed", NULL, "", &e), &e);
	ok(mun_catalog_policy(c, "every = 60d\n", &e), &e);
	ok(mun_signkey_load(key, &k, &e), &e);
	ok(mun_catalog_sign(c, k, &head, &e), &e);
	mun_signkey_free(k);
	free(key);
	free(ledger);
	return c;
}

static void dump_query(struct mun_catalog *c, const char *sql,
		       struct mun_str *out)
{
	sqlite3_stmt *st;
	int rc;

	assert_int_equal(sqlite3_prepare_v2(c->db, sql, -1, &st, NULL),
			 SQLITE_OK);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			const char *text =
				(const char *)sqlite3_column_text(st, i);

			mun_str_addf(out, "%s|", text ? text : "NULL");
		}
		mun_str_add(out, "\n");
	}
	assert_int_equal(rc, SQLITE_DONE);
	sqlite3_finalize(st);
}

char *sample_dump(struct mun_catalog *c)
{
	/* Numbers of objects and files are the same too where the order is. */
	static const char *const queries[] = {
		"SELECT seq, json FROM entry ORDER BY seq",
		"SELECT * FROM audit_state ORDER BY object, store",
		"SELECT * FROM object_now ORDER BY no",
		"SELECT * FROM file_now ORDER BY no",
		"SELECT * FROM listing ORDER BY id",
		"SELECT * FROM store_now ORDER BY no",
		"SELECT * FROM incident_now ORDER BY no",
		"SELECT hex(value), algorithm, object FROM known ORDER BY 1, 2",
		"SELECT file, hex(layer) FROM tree ORDER BY file",
	};
	struct mun_str s = { 0 };
	struct mun_err e;
	char *text;

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
		dump_query(c, queries[i], &s);
	ok(mun_str_take(&s, &text, &e), &e);
	return text;
}
