/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_replay_object.c - objects and events out of their entries */
#include "catalog/catalog_replay.h"

#include <string.h>

#include "catalog/catalog_events.h"
#include "catalog/catalog_leaf.h"
#include "catalog/catalog_reading.h"
#include "core/str.h"

/* A text of an entry in the record's arena. */
static int text_in(const json_t *j, const char *key, struct mun_record *r,
		   const char **out, struct mun_err *e)
{
	const char *text;
	int rc = mun_replay_text(j, key, false, &text, e);

	if (!rc)
		*out = mun_arena_strdup(r->arena, text);
	return rc;
}

static int u64_in(const json_t *j, const char *key, uint64_t *out,
		  struct mun_err *e)
{
	int64_t n;
	int rc = mun_replay_number(j, key, false, &n, e);

	if (!rc && n < 0)
		return mun_fail(e, MUN_ECORRUPT, "'%s' is negative", key);
	*out = (uint64_t)n;
	return rc;
}

/* Which text of an entry goes where. */
struct field {
	const char *key;
	size_t at;
};

static int texts_in(const json_t *j, const struct field *fields, size_t n,
		    void *to, struct mun_record *r, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		const char *text = "";

		rc = text_in(j, fields[i].key, r, &text, e);
		memcpy((char *)to + fields[i].at, &text, sizeof(text));
	}
	return rc;
}

static int digests_in(const json_t *j, struct mun_digests *out,
		      struct mun_err *e)
{
	json_t *all = json_object_get(j, "digests");
	const char *name;
	json_t *value;

	if (!json_is_object(all))
		return mun_fail(e, MUN_ECORRUPT, "'digests' is not there");
	json_object_foreach(all, name, value)
	{
		enum mun_digest_alg alg;
		const char *hex = json_string_value(value);
		int rc = mun_digest_from_name(name, &alg, e);

		if (!rc)
			rc = mun_digest_parse(alg, hex ? hex : "",
					      &out->of[alg], e);
		if (rc)
			return rc;
	}
	return 0;
}

static int originators_in(json_t *all, struct mun_rec_file *f,
			  struct mun_record *r, struct mun_err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach(all, name, value)
	{
		const char *who = json_string_value(value);
		enum mun_digest_alg alg;
		int rc = mun_digest_from_name(name, &alg, e);

		if (rc)
			return rc;
		f->digest_originator[alg] =
			mun_arena_strdup(r->arena, who ? who : "");
	}
	return mun_arena_failed(r->arena, e);
}

static int file_in(const json_t *j, struct mun_record *r, struct mun_err *e)
{
	static const struct field fields[] = {
		{ "id", offsetof(struct mun_rec_file, id) },
		{ "path", offsetof(struct mun_rec_file, path) },
		{ "role", offsetof(struct mun_rec_file, role) },
		{ "format", offsetof(struct mun_rec_file, format) },
		{ "puid", offsetof(struct mun_rec_file, puid) },
		{ "mime", offsetof(struct mun_rec_file, mime) },
		{ "format_note", offsetof(struct mun_rec_file, format_note) },
		{ "original_name",
		  offsetof(struct mun_rec_file, original_name) },
	};
	struct mun_rec_file *f = mun_record_add_file(r);
	const char *root;
	int rc;

	if (!f)
		return mun_fail_nomem(e, "record");
	rc = texts_in(j, fields, sizeof(fields) / sizeof(*fields), f, r, e);
	if (!rc)
		rc = u64_in(j, "bytes", &f->bytes, e);
	if (!rc)
		rc = digests_in(j, &f->digests, e);
	if (!rc)
		rc = originators_in(json_object_get(j, "originators"), f, r, e);
	if (!rc)
		rc = mun_replay_text(j, "root", false, &root, e);
	if (rc)
		return rc;
	if (strlen(root) != 2 * sizeof(f->tree.root) ||
	    !mun_unhex(root, f->tree.root, sizeof(f->tree.root)))
		return mun_fail(e, MUN_ECORRUPT, "'root' is no hash");
	f->tree.bytes = f->bytes;
	f->tree.npieces = mun_tree_npieces(f->bytes);
	return 0;
}

static int identifier_in(const json_t *j, struct mun_record *r,
			 struct mun_err *e)
{
	struct mun_rec_identifier *i = mun_record_add_identifier(r);
	int rc;

	if (!i)
		return mun_fail_nomem(e, "record");
	rc = text_in(j, "type", r, &i->type, e);
	return rc ? rc : text_in(j, "value", r, &i->value, e);
}

static int property_in(const json_t *j, struct mun_record *r, struct mun_err *e)
{
	struct mun_rec_property *p = mun_record_add_property(r);
	int rc;

	if (!p)
		return mun_fail_nomem(e, "record");
	rc = text_in(j, "name", r, &p->name, e);
	return rc ? rc : text_in(j, "value", r, &p->value, e);
}

static int range_in(const json_t *j, struct mun_record *r, struct mun_err *e)
{
	struct mun_rec_range *list = mun_arena_grow(
		r->arena, r->unreadable, r->nunreadable, sizeof(*list));
	int rc;

	if (!list)
		return mun_fail_nomem(e, "record");
	r->unreadable = list;
	list += r->nunreadable++;
	rc = u64_in(j, "off", &list->off, e);
	return rc ? rc : u64_in(j, "bytes", &list->bytes, e);
}

typedef int item_fn(const json_t *j, struct mun_record *r, struct mun_err *e);

static int array_in(const json_t *j, const char *key, item_fn *fn,
		    struct mun_record *r, struct mun_err *e)
{
	const json_t *list = json_object_get(j, key);
	int rc = 0;

	if (!json_is_array(list))
		return mun_fail(e, MUN_ECORRUPT, "'%s' is no list", key);
	for (size_t i = 0; i < json_array_size(list) && !rc; i++)
		rc = fn(json_array_get(list, i), r, e);
	return rc;
}

int mun_replay_state(const json_t *j, struct mun_record *r, struct mun_err *e)
{
	static const struct field fields[] = {
		{ "format", offsetof(struct mun_record, format) },
		{ "variant", offsetof(struct mun_record, variant) },
		{ "volume_label", offsetof(struct mun_record, volume_label) },
		{ "outcome", offsetof(struct mun_record, outcome) },
	};
	uint64_t sector = 0;
	int rc = texts_in(j, fields, sizeof(fields) / sizeof(*fields), r, r, e);

	if (!rc)
		rc = u64_in(j, "bytes", &r->bytes, e);
	if (!rc)
		rc = u64_in(j, "sector_bytes", &sector, e);
	r->sector_bytes = (uint32_t)sector;
	if (!rc)
		rc = u64_in(j, "unreadable_bytes", &r->unreadable_bytes, e);
	if (!rc)
		rc = digests_in(j, &r->content, e);
	if (!rc)
		rc = array_in(j, "files", file_in, r, e);
	/* Of an object, only where there are any. */
	if (!rc && json_object_get(j, "properties"))
		rc = array_in(j, "properties", property_in, r, e);
	if (!rc)
		rc = array_in(j, "unreadable", range_in, r, e);
	return rc ? rc : mun_arena_failed(r->arena, e);
}

static int record_in(const json_t *j, struct mun_record *r, struct mun_err *e)
{
	static const struct field fields[] = {
		{ "id", offsetof(struct mun_record, id) },
		{ "created", offsetof(struct mun_record, created) },
		{ "label", offsetof(struct mun_record, label) },
		{ "collection", offsetof(struct mun_record, collection) },
		{ "note", offsetof(struct mun_record, note) },
		{ "source", offsetof(struct mun_record, source) },
		{ "source_kind", offsetof(struct mun_record, source_kind) },
		{ "media_type", offsetof(struct mun_record, media_type) },
		{ "write_blocker", offsetof(struct mun_record, write_blocker) },
	};
	int rc = texts_in(j, fields, sizeof(fields) / sizeof(*fields), r, r, e);

	if (!rc)
		rc = mun_replay_state(j, r, e);
	if (!rc)
		rc = array_in(j, "identifiers", identifier_in, r, e);
	return rc ? rc : mun_arena_failed(r->arena, e);
}

/* Where it lies may be another place by now: its id stays. */
static const struct mun_rec_file *by_id(const struct mun_record *r,
					const char *id)
{
	for (size_t i = 0; i < r->nfiles; i++)
		if (!strcmp(r->files[i].id, id))
			return &r->files[i];
	return NULL;
}

/* The layers of a store's record, where they are those of the ledger's roots.
 * @stored lends them. */
static int lend_layers(struct mun_record *r, const struct mun_record *stored,
		       struct mun_err *e)
{
	for (size_t i = 0; i < r->nfiles; i++) {
		struct mun_rec_file *f = &r->files[i];
		const struct mun_rec_file *s = by_id(stored, f->id);
		uint8_t root[MUN_TREE_HASH];

		if (!s)
			return mun_fail(e, MUN_ECORRUPT,
					"the stored record has no '%s'",
					f->path);
		if (memcmp(s->tree.root, f->tree.root, sizeof(root)) != 0 ||
		    s->tree.npieces != f->tree.npieces)
			return mun_fail(e, MUN_EFIXITY,
					"the stored record of '%s' has another "
					"hash tree than the ledger",
					f->path);
		if (f->tree.npieces < 2)
			continue;
		if (!s->tree.pieces || mun_tree_root(&s->tree, root, e) ||
		    memcmp(root, f->tree.root, sizeof(root)) != 0)
			return mun_fail(e, MUN_EFIXITY,
					"the stored pieces of '%s' do not give "
					"the ledger's root",
					f->path);
		f->tree.pieces = s->tree.pieces;
	}
	return 0;
}

int mun_replay_layers(struct mun_replay *r, struct mun_record *rec,
		      struct mun_record **stored, struct mun_err *why)
{
	int rc = r->load ? r->load(r->load_ctx, rec->id, stored, why) : 0;

	return !rc && *stored ? lend_layers(rec, *stored, why) : rc;
}

/* Its facts are those of the ledger; an audit will say more. */
void mun_replay_lacks(struct mun_replay *r, const char *id,
		      const struct mun_err *why)
{
	r->out->failed++;
	if (r->problem)
		r->problem(r->ctx, id, why);
}

int mun_replay_object(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	mun_auto(record) *rec = NULL;
	mun_auto(record) *stored = NULL;
	struct mun_err why;
	int rc = mun_record_new(&rec, e);
	int lacks;

	if (!rc)
		rc = record_in(j, rec, e);
	if (rc)
		return rc;
	lacks = mun_replay_layers(r, rec, &stored, &why);
	rc = mun_catalog_put(r->c, rec, e);
	if (rc)
		return rc;
	r->out->objects++;
	if (lacks)
		mun_replay_lacks(r, rec->id, &why);
	return 0;
}

static int event_links(const json_t *j, struct mun_record *r,
		       struct mun_rec_event *ev, struct mun_err *e)
{
	const json_t *agents = json_object_get(j, "agents");
	const json_t *objects = json_object_get(j, "objects");
	const char *id;
	const char *role;
	int rc = 0;

	if (!json_is_array(agents) || !json_is_array(objects))
		return mun_fail(e, MUN_ECORRUPT, "its links are not there");
	for (size_t i = 0; i < json_array_size(agents) && !rc; i++) {
		const json_t *a = json_array_get(agents, i);

		rc = mun_replay_text(a, "id", false, &id, e);
		if (!rc)
			rc = mun_replay_text(a, "role", false, &role, e);
		if (!rc)
			mun_event_link_agent(r, ev, id, role);
	}
	for (size_t i = 0; i < json_array_size(objects) && !rc; i++) {
		const json_t *o = json_array_get(objects, i);

		rc = mun_replay_text(o, "file", true, &id, e);
		if (!rc)
			rc = mun_replay_text(o, "role", false, &role, e);
		if (!rc)
			mun_event_link_object(
				r, ev, *id ? id : MUN_LINK_CARRIER, role);
	}
	return rc;
}

static int event_in(const json_t *j, struct mun_record *r, struct mun_err *e)
{
	static const struct field fields[] = {
		{ "id", offsetof(struct mun_rec_event, id) },
		{ "type", offsetof(struct mun_rec_event, type) },
		{ "started", offsetof(struct mun_rec_event, started) },
		{ "ended", offsetof(struct mun_rec_event, ended) },
		{ "detail", offsetof(struct mun_rec_event, detail) },
		{ "outcome", offsetof(struct mun_rec_event, outcome) },
		{ "note", offsetof(struct mun_rec_event, note) },
	};
	struct mun_rec_event *ev = mun_record_add_event(r);
	int rc;

	if (!ev)
		return mun_fail_nomem(e, "record");
	rc = texts_in(j, fields, sizeof(fields) / sizeof(*fields), ev, r, e);
	if (!rc)
		rc = event_links(j, r, ev, e);
	if (!rc)
		rc = mun_replay_reading(j, r, ev, e);
	return rc ? rc : mun_arena_failed(r->arena, e);
}

/* Derived: how the copy in the run's store is, and how the object is listed. */
static int set_state(struct mun_catalog *c, int64_t object, int64_t run,
		     const char *checked, const char *outcome,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query store =
		mun_query_begin(c, MUN_STMT_AUDIT_STORE);
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_STATE_SET);
	mun_autoquery struct mun_query listing =
		mun_query_begin(c, MUN_STMT_LISTING_UPDATE);
	int64_t no;
	int rc;

	mun_query_int(&store, run);
	rc = mun_query_number(&store, &no, e);
	if (rc)
		return rc;
	mun_query_int(&q, object);
	mun_query_int(&q, no);
	mun_query_text(&q, checked);
	mun_query_text(&q, outcome);
	rc = mun_query_run(&q, e);
	if (rc)
		return rc;
	mun_query_int(&listing, object);
	return mun_query_run(&listing, e);
}

static int put_finding(struct mun_replay *r, const json_t *x, int64_t run,
		       int64_t object, int64_t *n_out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(r->c, MUN_STMT_FINDING_ADD);
	static const char *const keys[] = { "expected", "actual", "text" };
	const char *outcome;
	const char *texts[3];
	const char *path;
	int64_t numbers[4]; /* n, off, bytes, sys */
	int64_t file = 0;
	bool has_sys = !json_is_null(json_object_get(x, "sys"));
	bool has_path = !json_is_null(json_object_get(x, "path"));
	const char *file_id = "";
	int rc = mun_replay_number(x, "n", false, &numbers[0], e);

	if (!rc)
		rc = mun_replay_number(x, "off", false, &numbers[1], e);
	if (!rc)
		rc = mun_replay_number(x, "bytes", false, &numbers[2], e);
	if (!rc)
		rc = mun_replay_number(x, "sys", true, &numbers[3], e);
	if (!rc)
		rc = mun_replay_text(x, "outcome", false, &outcome, e);
	if (!rc)
		rc = mun_replay_text(x, "path", true, &path, e);
	if (!rc)
		rc = mun_replay_text(x, "file", true, &file_id, e);
	for (int i = 0; i < 3 && !rc; i++)
		rc = mun_replay_text(x, keys[i], false, &texts[i], e);
	if (!rc && *file_id)
		rc = mun_catalog_events_file(r->c, object, file_id, &file, e);
	if (rc)
		return rc;
	*n_out = numbers[0];
	mun_query_int(&q, run);
	mun_query_int(&q, numbers[0]);
	mun_query_ref(&q, object);
	mun_query_ref(&q, file);
	mun_query_text(&q, outcome);
	mun_query_int(&q, numbers[1]);
	mun_query_int(&q, numbers[2]);
	for (int i = 0; i < 3; i++)
		mun_query_text(&q, texts[i]);
	if (has_sys)
		mun_query_int(&q, numbers[3]);
	else
		mun_query_null(&q);
	if (has_path)
		mun_query_text(&q, path);
	else
		mun_query_null(&q);
	return mun_query_run(&q, e);
}

static int put_verdict(struct mun_replay *r, const json_t *v, int64_t event,
		       int64_t object, int64_t *run, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(r->c, MUN_STMT_VERDICT_ADD);
	const char *checked;
	const char *outcome;
	int64_t files = 0;
	int64_t bytes = 0;
	int rc = mun_replay_number(v, "run", false, run, e);

	if (!rc)
		rc = mun_replay_number(v, "files", false, &files, e);
	if (!rc)
		rc = mun_replay_number(v, "bytes", false, &bytes, e);
	if (!rc)
		rc = mun_replay_text(v, "checked", false, &checked, e);
	if (!rc)
		rc = mun_replay_text(v, "outcome", false, &outcome, e);
	if (rc)
		return rc;
	mun_query_int(&q, event);
	mun_query_int(&q, object);
	mun_query_int(&q, *run);
	mun_query_text(&q, checked);
	mun_query_text(&q, outcome);
	mun_query_int(&q, files);
	mun_query_int(&q, bytes);
	rc = mun_query_run(&q, e);
	return rc ? rc : set_state(r->c, object, *run, checked, outcome, e);
}

int mun_replay_event(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	const json_t *verdict = json_object_get(j, "verdict");
	const json_t *findings = json_object_get(j, "findings");
	mun_auto(record) *rec = NULL;
	int64_t object;
	int64_t event = 0;
	int64_t run = 0;
	int64_t n = 0;
	int rc = mun_replay_ref(r->c, j, "object", MUN_STMT_OBJECT_NO, false,
				&object, e);

	if (!rc)
		rc = mun_record_new(&rec, e);
	if (!rc)
		rc = event_in(j, rec, e);
	if (!rc)
		rc = mun_replay_number(j, "n", false, &n, e);
	if (!rc)
		rc = mun_catalog_events_put_one(r->c, &rec->events[0], object,
						n, &event, e);
	if (!rc && json_is_object(verdict))
		rc = put_verdict(r, verdict, event, object, &run, e);
	for (size_t i = 0; i < json_array_size(findings) && !rc; i++)
		rc = put_finding(r, json_array_get(findings, i), run, object,
				 &n, e);
	if (!rc)
		r->out->events++;
	return rc;
}

int mun_replay_finding(struct mun_replay *r, const json_t *j, struct mun_err *e)
{
	const json_t *x = json_object_get(j, "finding");
	int64_t object;
	int64_t run = 0;
	int64_t n = 0;
	int rc = mun_replay_ref(r->c, j, "object", MUN_STMT_OBJECT_NO, true,
				&object, e);

	if (!rc)
		rc = mun_replay_number(j, "run", false, &run, e);
	if (!rc)
		rc = put_finding(r, x, run, object, &n, e);
	return rc ? rc
		  : mun_catalog_leaf_add(r->c, MUN_LEAF_FINDING, run, n, e);
}
