/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/session_json.c - session.json written and read */
#include "ingest/session_json.h"

#include "core/check.h"
#include "core/file.h"
#include "core/json.h"
#include "core/jsonw.h"
#include "ingest/session_promise.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX ((size_t)4 << 20)
#define VERSION \
	3 /* 1: neither parity nor promises; 2: no rescue, no identity */

/* ---- written ---- */

static void write_list(struct mun_jsonw *w, const struct mun_ingest_request *r)
{
	mun_jsonw_array(w, "identifiers");
	for (size_t i = 0; i < r->nidentifiers; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "type", r->identifiers[i].type);
		mun_jsonw_text(w, "value", r->identifiers[i].value);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

/* Paths are bytes: they are kept escaped, which can be undone. */
static void write_path(struct mun_jsonw *w, const char *key, const char *path)
{
	struct mun_str s = { 0 };

	mun_escape(&s, path, strlen(path));
	mun_jsonw_text(w, key, s.text ? s.text : "");
	w->failed = w->failed || s.failed;
	mun_str_free(&s);
}

/* What ends at nothing is written as the largest number that JSON carries. */
static void write_number(struct mun_jsonw *w, const char *key, uint64_t v)
{
	mun_jsonw_u64(w, key, MUN_MIN(v, (uint64_t)INT64_MAX));
}

static void write_rescue(struct mun_jsonw *w, const struct mun_rescue_policy *p)
{
	mun_jsonw_object(w, "rescue");
	mun_jsonw_u64(w, "retries", p->retries);
	write_number(w, "max_time_ms", p->max_time_ms);
	write_number(w, "min_rate", p->min_rate);
	write_number(w, "max_errors", p->max_errors);
	mun_jsonw_bool(w, "no_scrape", p->no_scrape);
	mun_jsonw_bool(w, "reverse", p->reverse);
	mun_jsonw_end_object(w);
}

static void write_request(struct mun_jsonw *w,
			  const struct mun_ingest_request *r)
{
	mun_jsonw_object(w, "request");
	write_path(w, "source", r->source);
	mun_jsonw_text(w, "label", r->label);
	mun_jsonw_text(w, "collection", r->collection);
	mun_jsonw_text(w, "media_type", r->media_type);
	mun_jsonw_text(w, "operator", r->operator_name);
	mun_jsonw_text(w, "write_blocker", r->write_blocker);
	mun_jsonw_text(w, "note", r->note);
	if (r->format)
		mun_jsonw_text(w, "format", r->format);
	if (r->platform)
		mun_jsonw_text(w, "platform", r->platform);
	if (r->map)
		write_path(w, "map", r->map);
	if (r->merge)
		mun_jsonw_text(w, "merge", r->merge);
	if (r->prefer)
		mun_jsonw_text(w, "prefer", r->prefer);
	write_rescue(w, &r->rescue);
	write_list(w, r);
	mun_jsonw_array(w, "attachments");
	for (size_t i = 0; i < r->nattachments; i++)
		write_path(w, NULL, r->attachments[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_end_object(w);
}

static void write_medium(struct mun_jsonw *w, const struct mun_device_facts *m)
{
	mun_jsonw_object(w, "medium");
	mun_jsonw_bool(w, "is_device", m->is_device);
	mun_jsonw_u64(w, "bytes", m->bytes);
	/* JSON numbers end at INT64_MAX, those of overlayfs do not. */
	mun_jsonw_i64(w, "inode", (int64_t)m->inode);
	mun_jsonw_i64(w, "mtime_ns", m->mtime_ns);
	mun_jsonw_u64(w, "disk_seq", m->disk_seq);
	mun_jsonw_end_object(w);
}

/* Drives say of themselves what they like, line by line. */
static void write_identity(struct mun_jsonw *w, const struct mun_identity *x)
{
	mun_jsonw_object(w, "identity");
	mun_jsonw_u64(w, "bytes", x->bytes);
	mun_jsonw_u64(w, "sector_size", x->sector_bytes);
	mun_jsonw_bool(w, "removable", x->removable);
	mun_jsonw_text(w, "drive", x->drive);
	mun_jsonw_text(w, "toc", x->toc);
	mun_jsonw_end_object(w);
}

int mun_session_json_write(const struct mun_session *s, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_u64(&w, "muniment_session", VERSION);
	mun_jsonw_text(&w, "id", s->id);
	mun_jsonw_text(&w, "created", s->created);
	mun_jsonw_u64(&w, "digest_set", s->algs);
	mun_jsonw_u64(&w, "parity", s->parity);
	write_request(&w, &s->req);
	if (s->req.expect)
		mun_promise_json(&w, s->req.expect);
	write_medium(&w, &s->medium);
	if (s->medium.is_device)
		write_identity(&w, &s->identity);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		rc = mun_str_take(&w.out, &text, e);
	if (!rc)
		rc = mun_file_write_new(s->dir, MUN_SESSION_JSON, text,
					strlen(text), e);
	return rc;
}

/* ---- read ---- */

static const char *text_of(struct mun_session *s, const json_t *o,
			   const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? mun_arena_strdup(s->arena, text) : NULL;
}

static const char *unescaped(struct mun_session *s, const char *text)
{
	struct mun_str raw = { 0 };
	struct mun_err why;
	const char *out = NULL;

	if (text && !mun_unescape(text, &raw, &why) && raw.text)
		out = mun_arena_strdup(s->arena, raw.text);
	mun_str_free(&raw);
	return out;
}

static void read_lists(struct mun_session *s, const json_t *o)
{
	const json_t *ids = json_object_get(o, "identifiers");
	const json_t *files = json_object_get(o, "attachments");
	size_t nids = json_array_size(ids);
	size_t nfiles = json_array_size(files);
	struct mun_ingest_identifier *id;
	const char **file;

	id = mun_arena_array(s->arena, nids, sizeof(*id));
	file = mun_arena_array(s->arena, nfiles, sizeof(*file));
	if (!id || !file)
		return; /* told by mun_arena_failed() */
	for (size_t i = 0; i < nids; i++) {
		id[i].type = text_of(s, json_array_get(ids, i), "type");
		id[i].value = text_of(s, json_array_get(ids, i), "value");
	}
	for (size_t i = 0; i < nfiles; i++)
		file[i] = unescaped(
			s, json_string_value(json_array_get(files, i)));
	s->req.nidentifiers = nids;
	s->req.identifiers = id;
	s->req.nattachments = nfiles;
	s->req.attachments = file;
}

static uint64_t number_of(const json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v > 0 ? (uint64_t)v : 0;
}

static void read_rescue(struct mun_session *s, const json_t *o)
{
	s->req.rescue = (struct mun_rescue_policy){
		.retries = (unsigned int)MUN_MIN(number_of(o, "retries"),
						 (uint64_t)UINT_MAX),
		.max_time_ms = number_of(o, "max_time_ms"),
		.min_rate = number_of(o, "min_rate"),
		.max_errors = number_of(o, "max_errors"),
		.no_scrape = json_is_true(json_object_get(o, "no_scrape")),
		.reverse = json_is_true(json_object_get(o, "reverse")),
	};
}

static void put_word(char *out, size_t size, const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	(void)snprintf(out, size, "%s", text ? text : "");
}

/* A session of an earlier version knows only the size. */
static void read_identity(struct mun_session *s, const json_t *o)
{
	struct mun_identity *x = &s->identity;

	x->bytes = json_is_object(o) ? number_of(o, "bytes") : s->medium.bytes;
	x->sector_bytes = (uint32_t)MUN_MIN(number_of(o, "sector_size"),
					    (uint64_t)UINT32_MAX);
	x->removable = json_is_true(json_object_get(o, "removable"));
	put_word(x->drive, sizeof(x->drive), o, "drive");
	put_word(x->toc, sizeof(x->toc), o, "toc");
}

static bool is_whole(const struct mun_session *s)
{
	const struct mun_ingest_request *r = &s->req;

	for (size_t i = 0; i < r->nidentifiers; i++) {
		if (!r->identifiers[i].type || !r->identifiers[i].value)
			return false;
	}
	for (size_t i = 0; i < r->nattachments; i++) {
		if (!r->attachments[i])
			return false;
	}
	return s->created && r->source && r->label && r->collection &&
	       r->media_type && r->operator_name && r->write_blocker &&
	       r->note && s->algs && !(s->algs & ~MUN_DIGEST_ALL) &&
	       s->parity <= 100;
}

static void read_fields(struct mun_session *s, const json_t *doc)
{
	const json_t *o = json_object_get(doc, "request");
	const json_t *m = json_object_get(doc, "medium");

	s->created = text_of(s, doc, "created");
	s->algs = (unsigned int)json_integer_value(
		json_object_get(doc, "digest_set"));
	s->req.source =
		unescaped(s, json_string_value(json_object_get(o, "source")));
	s->req.label = text_of(s, o, "label");
	s->req.collection = text_of(s, o, "collection");
	s->req.media_type = text_of(s, o, "media_type");
	s->req.operator_name = text_of(s, o, "operator");
	s->req.write_blocker = text_of(s, o, "write_blocker");
	s->req.note = text_of(s, o, "note");
	s->req.format = text_of(s, o, "format");
	s->req.platform = text_of(s, o, "platform");
	s->req.map = unescaped(s, json_string_value(json_object_get(o, "map")));
	s->req.merge = text_of(s, o, "merge");
	s->req.prefer = text_of(s, o, "prefer");
	read_rescue(s, json_object_get(o, "rescue"));
	read_lists(s, o);
	s->parity = (unsigned int)json_integer_value(
		json_object_get(doc, "parity"));
	s->medium.is_device = json_is_true(json_object_get(m, "is_device"));
	s->medium.bytes =
		(uint64_t)json_integer_value(json_object_get(m, "bytes"));
	s->medium.inode =
		(uint64_t)json_integer_value(json_object_get(m, "inode"));
	s->medium.mtime_ns = json_integer_value(json_object_get(m, "mtime_ns"));
	s->medium.disk_seq =
		(uint64_t)json_integer_value(json_object_get(m, "disk_seq"));
	if (s->medium.is_device)
		read_identity(s, json_object_get(doc, "identity"));
}

int mun_session_json_read(struct mun_session *s, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	mun_autojson json_t *doc = NULL;
	size_t len = 0;
	json_int_t version;
	bool whole;
	int rc = mun_path_join(s->dir, MUN_SESSION_JSON, &path, e);

	if (!rc)
		rc = mun_file_read(path, FILE_MAX, &text, &len, e);
	if (rc == MUN_ENOENT)
		rc = mun_fail(e, MUN_ECORRUPT, "'%s' is lost", path);
	if (!rc)
		rc = mun_json_parse(text, len, &doc, e);
	if (rc)
		return mun_ctx(e, "session '%s'", s->id);
	read_fields(s, doc);
	whole = mun_promise_read(s->arena, json_object_get(doc, "promise"),
				 &s->req.expect);
	rc = mun_arena_failed(s->arena, e);
	if (rc)
		return rc;
	version = json_integer_value(json_object_get(doc, "muniment_session"));
	if (version < 1 || version > VERSION || !whole || !is_whole(s))
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' is not a session of this version; "
				"discard it and ingest again",
				path);
	return 0;
}
