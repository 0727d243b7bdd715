/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/ingest.c - beginning, resuming, listing and discarding sessions */
#include "ingest/ingest.h"

#include "catalog/premis.h"
#include "core/file.h"
#include "core/parse.h"
#include "core/str.h"
#include "core/utf8.h"
#include "image/image.h"
#include "image/platform.h"
#include "ingest/merge.h"
#include "ingest/flux_source.h"
#include "ingest/parity.h"
#include "ingest/received_map.h"
#include "ingest/session.h"
#include "ingest/session_file.h"
#include "medium/device.h"
#include "store/stage.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* What metadata, catalog and the file system need on top of the image. */
#define SPARE_BYTES ((uint64_t)16 << 20)

static int clean_text(const char *what, const char *text, const char *allowed,
		      struct mun_err *e)
{
	if (text && !mun_text_is_clean(text, allowed))
		return mun_fail(e, MUN_EINVAL,
				"%s is not clean UTF-8 text: control "
				"characters and broken sequences are refused",
				what);
	return 0;
}

static int check_identifiers(const struct mun_ingest_request *q,
			     struct mun_err *e)
{
	for (size_t i = 0; i < q->nidentifiers; i++) {
		const struct mun_ingest_identifier *id = &q->identifiers[i];
		int rc = clean_text("an identifier's type", id->type, "", e);

		if (!rc)
			rc = clean_text("an identifier's value", id->value, "",
					e);
		if (rc)
			return rc;
		if (!id->type[0] || !id->value[0])
			return mun_fail(e, MUN_EINVAL,
					"an identifier needs TYPE and VALUE");
	}
	return 0;
}

/* Can a record hold what was said?  Better asked now than after an hour of
 * reading: repeated, blank or reserved identifiers are refused. */
static int check_record(const struct mun_ingest_request *q, struct mun_err *e)
{
	mun_auto(record) *r = NULL;
	struct mun_str xml = { 0 };
	char id[MUN_UUID_LEN];
	int rc = mun_uuid_new(id, e);

	if (!rc)
		rc = mun_record_new(&r, e);
	if (rc)
		return rc;
	r->id = id;
	r->source_kind = "file";
	r->outcome = "complete";
	for (size_t i = 0; i < q->nidentifiers; i++) {
		struct mun_rec_identifier *one = mun_record_add_identifier(r);

		if (!one)
			return mun_fail_nomem(e, "identifier");
		one->type = q->identifiers[i].type;
		one->value = q->identifiers[i].value;
	}
	rc = mun_premis_write(r, &xml, e);
	mun_str_free(&xml);
	return rc;
}

static int check_texts(const struct mun_ingest_request *q, struct mun_err *e)
{
	int rc = clean_text("the label", q->label, "", e);

	if (!rc)
		rc = clean_text("the collection", q->collection, "", e);
	if (!rc)
		rc = clean_text("the media type", q->media_type, "", e);
	if (!rc)
		rc = clean_text("the operator", q->operator_name, "", e);
	if (!rc)
		rc = clean_text("the write blocker", q->write_blocker, "", e);
	if (!rc)
		rc = clean_text("the note", q->note, "\n\t", e);
	if (!rc)
		rc = check_identifiers(q, e);
	if (!rc)
		rc = check_record(q, e);
	return rc;
}

static int check_format(const char *format, struct mun_err *e)
{
	if (!format)
		return 0;
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		if (!strcmp(mun_image_drivers[i]->name, format))
			return 0;
	}
	return mun_fail(e, MUN_EINVAL,
			"unknown format '%s' (see muniment formats)", format);
}

static int check_platform(const char *name, struct mun_err *e)
{
	if (!name || !*name || mun_platform_find(name) != MUN_PLATFORM_UNKNOWN)
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"unknown platform '%s' (see docs/platforms.md)", name);
}

static int check_attachments(const struct mun_ingest_request *q,
			     struct mun_err *e)
{
	for (size_t i = 0; i < q->nattachments; i++) {
		mun_auto(source) *src = NULL;
		int rc = mun_source_open_file(q->attachments[i], &src, e);

		if (rc)
			return mun_ctx(e, "attachment");
	}
	return 0;
}

/* What the image will really take: a sparse file stays sparse. */
static int needed_bytes(const struct mun_device *m, unsigned int parity,
			uint64_t *out, struct mun_err *e)
{
	struct mun_extent x;
	uint64_t data = 0;

	/* Read as flux: beside what gw makes there is our copy. */
	if (!m->source)
		data = 2 * MUN_FLUX_BYTES;
	for (uint64_t at = 0; at < m->facts.bytes; at = x.off + x.bytes) {
		int rc = mun_source_next_extent(m->source, at, &x, e);

		if (rc)
			return rc;
		if (x.kind != MUN_EXTENT_HOLE)
			data += x.bytes;
	}
	/* Parity is of holes too. */
	*out = data + m->facts.bytes / 100 * parity + SPARE_BYTES;
	return 0;
}

static int check_space(const struct mun_ingest_env *env,
		       const struct mun_ingest_request *q,
		       const struct mun_device *m, struct mun_err *e)
{
	unsigned int parity;
	struct statvfs fs;
	char have[16];
	char want[16];
	uint64_t need = 0;
	uint64_t left;
	int rc = mun_parity_percent(env->conf, q->collection, &parity, e);

	if (!rc)
		rc = needed_bytes(m, parity, &need, e);
	if (rc)
		return rc;
	if (statvfs(env->spool, &fs))
		return mun_fail_sys(e, errno, "space in '%s'", env->spool);
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left >= need)
		return 0;
	mun_human_bytes(left, have);
	mun_human_bytes(need, want);
	return mun_fail(e, MUN_EIO,
			"'%s' has %s free and this needs %s; make room first",
			env->spool, have, want);
}

/* Better said before an hour of reading than after it. */
static int check_map(const struct mun_ingest_request *q,
		     const struct mun_device *m, struct mun_err *e)
{
	struct mun_received_map map = { 0 };
	int rc;

	if (!q->map)
		return 0;
	if (m->facts.is_device)
		return mun_fail(e, MUN_EINVAL,
				"'%s' is a device: a map belongs to an image "
				"that another program made",
				q->source);
	rc = mun_received_map_load(q->map, m->facts.bytes, &map, e);
	mun_received_map_clear(&map);
	return rc;
}

/* What is read as flux has no bytes before it is read. */
static int open_source(const struct mun_ingest_request *q, struct mun_device *m,
		       struct mun_err *e)
{
	const char *drive;

	if (mun_flux_is_source(q->source, &drive))
		return mun_flux_source_check(q, e);
	return mun_device_open(q->source, m, e);
}

static int guard(const struct mun_ingest_env *env,
		 const struct mun_ingest_request *q, struct mun_device *m,
		 struct mun_err *e)
{
	int rc = check_texts(q, e);

	if (!rc)
		rc = check_format(q->format, e);
	if (!rc)
		rc = check_platform(q->platform, e);
	if (!rc)
		rc = check_attachments(q, e);
	if (!rc)
		rc = mun_store_available(env->store, e);
	if (!rc)
		rc = open_source(q, m, e);
	if (rc)
		return rc;
	rc = check_map(q, m, e);
	if (!rc && q->merge)
		rc = mun_merge_check(env, q->merge, m->facts.bytes, e);
	if (!rc)
		rc = check_space(env, q, m, e);
	if (rc)
		mun_device_close(m);
	return rc;
}

int mun_ingest_check(const struct mun_ingest_env *env,
		     const struct mun_ingest_request *req, struct mun_err *e)
{
	struct mun_device m = { .fd = -1 };
	int rc = guard(env, req, &m, e);

	mun_device_close(&m);
	return rc;
}

/* Without a label the object is called as its source is. */
static int default_label(struct mun_ingest_request *q, char **label,
			 struct mun_err *e)
{
	const char *slash = strrchr(q->source, '/');
	struct mun_str s = { 0 };
	int rc;

	if (q->label && q->label[0])
		return 0;
	slash = slash && slash[1] ? slash + 1 : q->source;
	mun_escape(&s, slash, strlen(slash));
	rc = mun_str_take(&s, label, e);
	q->label = *label;
	return rc;
}

int mun_ingest(const struct mun_ingest_env *env,
	       const struct mun_ingest_request *req,
	       struct mun_ingest_result *out, struct mun_err *e)
{
	struct mun_ingest_request q = *req;
	mun_autofree char *label = NULL;
	mun_auto(session) *s = NULL;
	struct mun_device m = { .fd = -1 };
	int rc;

	memset(out, 0, sizeof(*out));
	out->expected = out->stopped = "";
	rc = guard(env, &q, &m, e);
	if (rc)
		return rc;
	rc = default_label(&q, &label, e);
	if (!rc)
		rc = mun_session_new(env, &q, &m, &s, e);
	if (!rc)
		rc = mun_session_run(env, s, &m, NULL, out, e);
	mun_device_close(&m);
	return rc;
}

int mun_ingest_resume_from(const struct mun_ingest_env *env, const char *id,
			   const char *source, struct mun_ingest_result *out,
			   struct mun_err *e)
{
	mun_auto(session) *s = NULL;
	int rc = mun_session_load(env, id, &s, e);

	memset(out, 0, sizeof(*out));
	out->expected = out->stopped = "";
	return rc ? rc : mun_session_run(env, s, NULL, source, out, e);
}

int mun_ingest_resume(const struct mun_ingest_env *env, const char *id,
		      struct mun_ingest_result *out, struct mun_err *e)
{
	return mun_ingest_resume_from(env, id, NULL, out, e);
}

static const char *state_of(const struct mun_ingest_env *env,
			    const struct mun_session *s)
{
	mun_autofree char *premis = NULL;
	struct mun_record *r = NULL;
	char urn[MUN_URN_LEN];
	struct mun_err why;
	struct stat st;
	bool stored;

	mun_object_urn(s->id, urn);
	if (!mun_catalog_get(env->catalog, s->id, false, &r, &why)) {
		mun_record_free(r);
		return "catalogued";
	}
	if (!mun_store_has(env->store, urn, &stored, &why) && stored)
		return "stored";
	if (mun_fmt(&premis, &why, "%s/v1/content/metadata/premis.xml",
		    s->stage))
		return "reading";
	return lstat(premis, &st) ? "reading" : "described";
}

static void put_text(char *out, size_t size, const char *text)
{
	size_t len;

	(void)snprintf(out, size, "%s", text);
	len = strlen(out);
	mun_utf8_trim(out, &len);
	out[len] = '\0';
}

/* False where it turns out to be none: it had not begun, or has just ended. */
static bool look_at(const struct mun_ingest_env *env, const char *id,
		    struct mun_session_info *out)
{
	mun_auto(session) *s = NULL;
	struct mun_str source = { 0 };
	struct mun_err why;
	int rc;

	memset(out, 0, sizeof(*out));
	(void)snprintf(out->id, sizeof(out->id), "%.36s", id);
	rc = mun_session_load(env, id, &s, &why);
	if (rc == MUN_ENOENT)
		return false;
	if (rc) {
		out->busy = rc == MUN_EBUSY;
		out->state = out->busy ? "reading" : "unreadable";
		return true;
	}
	out->state = state_of(env, s);
	put_text(out->label, sizeof(out->label), s->req.label);
	mun_escape(&source, s->req.source, strlen(s->req.source));
	if (source.text)
		put_text(out->source, sizeof(out->source), source.text);
	mun_str_free(&source);
	return true;
}

/* The rest of a session that had ended and was being removed. */
static void sweep(const char *spool, const char *name)
{
	mun_autofree char *path = NULL;
	struct mun_err why;

	if (mun_path_join(spool, name, &path, &why) ||
	    mun_tree_remove(path, &why))
		mun_log(MUN_LOG_WARN, "'%s/%s' could not be removed", spool,
			name);
}

static int is_session(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return mun_uuid_is(d->d_name) ||
	       (len == MUN_UUID_LEN - 1 + 5 &&
		!strcmp(d->d_name + MUN_UUID_LEN - 1, ".done"));
}

int mun_session_list(const struct mun_ingest_env *env, mun_session_fn *fn,
		     void *ctx, struct mun_err *e)
{
	struct dirent **names = NULL;
	int n = scandir(env->spool, &names, is_session, alphasort);
	int rc = 0;

	if (n < 0)
		return mun_fail_sys(e, errno, "list '%s'", env->spool);
	for (int i = 0; i < n; i++) {
		struct mun_session_info info;

		if (!rc && mun_uuid_is(names[i]->d_name)) {
			if (look_at(env, names[i]->d_name, &info))
				rc = fn(ctx, &info, e);
		} else if (!rc) {
			sweep(env->spool, names[i]->d_name);
		}
		free(names[i]);
	}
	free(names);
	return rc;
}

static int discard_unreadable(const struct mun_ingest_env *env, const char *id,
			      struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	mun_autofree char *lock = NULL;
	mun_autoclose int fd = -1;
	int rc = mun_path_join(env->spool, id, &dir, e);

	if (!rc)
		rc = mun_path_join(dir, "lock", &lock, e);
	if (!rc)
		rc = mun_lock_take(lock, &fd, e);
	return rc ? rc : mun_tree_remove(dir, e);
}

int mun_session_discard(const struct mun_ingest_env *env, const char *id,
			struct mun_err *e)
{
	mun_auto(session) *s = NULL;
	const char *state;
	char urn[MUN_URN_LEN];
	int rc = mun_session_load(env, id, &s, e);

	if (rc && rc != MUN_ECORRUPT)
		return rc;
	mun_object_urn(id, urn);
	mun_store_tidy(env->store, urn);
	if (rc)
		return discard_unreadable(env, id, e);
	if (s->req.merge) {
		rc = mun_merge_give_up(env, s, e);
		return rc ? rc : mun_session_remove(s, e);
	}
	state = state_of(env, s);
	if (!strcmp(state, "stored"))
		return mun_fail(e, MUN_EINVAL,
				"the store has object '%s' already: resume the "
				"session instead",
				id);
	return mun_session_remove(s, e);
}
