/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/media_set.c - the objects of a package, from record to verdict */
#include "emulate-export/media_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/custody.h"
#include "catalog/record_contents.h"
#include "fixity/audit.h"

static int count_incident(void *ctx, const struct mun_cat_incident *i,
			  struct mun_err *e)
{
	size_t *n = ctx;

	(void)i;
	(void)e;
	++*n;
	return 0;
}

static int load_one(struct mun_catalog *c, const char *id,
		    struct mun_set_object *o, struct mun_err *e)
{
	const struct mun_cat_incident_query q = { .object = id };
	int rc = mun_catalog_get(c, id, true, &o->record, e);

	if (rc)
		return rc;
	(void)snprintf(o->id, sizeof(o->id), "%s", o->record->id);
	mun_object_urn(o->id, o->urn);
	o->master = mun_record_master(o->record);
	if (!o->master)
		return mun_fail(e, MUN_ECORRUPT, "it has no master image");
	return mun_catalog_incidents(c, &q, count_incident, &o->open_incidents,
				     e);
}

static int refuse_twice(const struct mun_media_set *s, size_t i,
			struct mun_err *e)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(s->objects[k].id, s->objects[i].id))
			return mun_fail(e, MUN_EINVAL,
					"it is named twice in the set");
	return 0;
}

int mun_media_set_load(struct mun_catalog *c, const char *const *ids, size_t n,
		       struct mun_media_set *out, struct mun_err *e)
{
	int rc = 0;

	*out = (struct mun_media_set){ 0 };
	if (!n || n > MUN_SET_MAX)
		return mun_fail(e, MUN_EINVAL,
				"a package holds 1 to %u objects, not %zu",
				MUN_SET_MAX, n);
	out->objects = calloc(n, sizeof(*out->objects));
	out->items = calloc(n, sizeof(*out->items));
	if (!out->objects || !out->items)
		return mun_fail_nomem(e, "objects of a package");
	for (size_t i = 0; i < n && !rc; i++) {
		out->n = i + 1;
		rc = load_one(c, ids[i], &out->objects[i], e);
		if (!rc)
			rc = refuse_twice(out, i, e);
		if (rc)
			rc = mun_ctx(e, "object '%s'", ids[i]);
	}
	return rc;
}

/* ---- fixity ---- */

/* One file through its hash tree, read from the disk. */
static int verify_file(const struct mun_set_object *o,
		       const struct mun_store *store,
		       const struct mun_rec_file *f,
		       const struct mun_progress_to *progress,
		       struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc = mun_store_open_file(store, o->urn, f->path, MUN_READ_DISK,
				     &src, e);

	/* The store is there: a file that is not is damage. */
	if (rc == MUN_ENOENT)
		return mun_fail(e, MUN_EFIXITY, "'%s' is missing", f->path);
	if (!rc)
		rc = mun_verify_tree(src, &f->tree, 0, "verifying", progress,
				     e);
	return rc ? mun_ctx(e, "'%s'", f->path) : 0;
}

/* Below it, to read a file twice costs nothing worth saving. */
#define LATER_MIN ((uint64_t)32 << 20)

/* Is the file, byte for byte, what is on the medium? */
static bool is_the_medium(const struct mun_record *r,
			  const struct mun_rec_file *f)
{
	return f->bytes == r->bytes && f->digests.of[MUN_SHA256].len &&
	       mun_digest_equal(&f->digests.of[MUN_SHA256],
				&r->content.of[MUN_SHA256]);
}

static int verify_object(struct mun_set_object *o,
			 const struct mun_store *store, bool later,
			 const struct mun_progress_to *progress,
			 struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < o->record->nfiles && !rc; i++) {
		const struct mun_rec_file *f = &o->record->files[i];

		if (later && f == o->master && f->bytes >= LATER_MIN &&
		    is_the_medium(o->record, f))
			o->unverified = true;
		else
			rc = verify_file(o, store, f, progress, e);
	}
	return rc;
}

int mun_media_set_not_intact(int rc, struct mun_err *e)
{
	return rc ? mun_ctx(e, "it is not intact now and is not exported") : 0;
}

int mun_media_set_verify(struct mun_media_set *s, const struct mun_store *store,
			 bool later, const struct mun_progress_to *progress,
			 struct mun_err *e)
{
	int rc = mun_store_available(store, e);

	for (size_t i = 0; i < s->n && !rc; i++) {
		rc = verify_object(&s->objects[i], store, later, progress, e);
		if (rc && s->n > 1)
			rc = mun_ctx(e, "object %s", s->objects[i].id);
	}
	return mun_media_set_not_intact(rc, e);
}

int mun_media_set_verify_master(struct mun_set_object *o,
				const struct mun_store *store,
				const struct mun_progress_to *progress,
				struct mun_err *e)
{
	int rc = 0;

	if (o->unverified)
		rc = verify_file(o, store, o->master, progress, e);
	o->unverified = o->unverified && rc;
	return mun_media_set_not_intact(rc, e);
}

/* ---- what it is ---- */

static int look_inside(struct mun_set_object *o, struct mun_err *e)
{
	if (!o->image.img || o->facts.preserved_only[0])
		return 0;
	return mun_contents_of(o->image.img, o->contents, e);
}

/* What people said: here, or when it was taken in. */
static enum mun_platform said_of(const struct mun_record *r,
				 enum mun_platform here)
{
	return here != MUN_PLATFORM_UNKNOWN ? here
					    : mun_record_platform_said(r);
}

/* What cannot be decoded is kept all the same, and can be given out. */
static bool is_only_kept(int rc)
{
	return rc == MUN_EUNSUPPORTED || rc == MUN_ENOENT || rc == MUN_ECORRUPT;
}

static void facts_of_record(const struct mun_record *r,
			    const struct mun_err *why,
			    struct mun_image_facts *f)
{
	(void)snprintf(f->format, sizeof(f->format), "%s", r->format);
	(void)snprintf(f->title, sizeof(f->title), "%s", r->format);
	/* The innermost is what it comes down to. */
	(void)snprintf(f->preserved_only, sizeof(f->preserved_only), "%.150s",
		       why->lines[0].text);
	f->bytes = r->bytes;
}

/* Kept as it is: it can be given out, and no machine reads it. */
static int open_image(struct mun_set_object *o, const struct mun_store *store,
		      struct mun_err *e)
{
	int rc = mun_stored_image_open(store, o->record, &o->image, e);

	if (rc && o->image.img && rc == MUN_EUNSUPPORTED)
		rc = 0;
	if (!rc)
		mun_image_facts_of(o->image.img, &o->facts);
	if (!is_only_kept(rc))
		return rc;
	facts_of_record(o->record, e, &o->facts);
	mun_stored_image_close(&o->image);
	return 0;
}

static int open_one(struct mun_set_object *o, const struct mun_store *store,
		    enum mun_platform said, struct mun_err *e)
{
	int rc = open_image(o, store, e);

	if (rc)
		return mun_ctx(e, "identify '%s'", o->master->path);
	if (o->facts.bytes != o->record->bytes)
		return mun_fail(e, MUN_ECORRUPT,
				"its image decodes to %" PRIu64
				" bytes, recorded are %" PRIu64,
				o->facts.bytes, o->record->bytes);
	o->contents = calloc(1, sizeof(*o->contents));
	if (!o->contents)
		return mun_fail_nomem(e, "contents of a medium");
	rc = look_inside(o, e);
	if (rc)
		return mun_ctx(e, "look into '%s'", o->master->path);
	mun_platform_judge(&o->facts, o->contents, &o->verdict);
	said = said_of(o->record, said);
	if (said != MUN_PLATFORM_UNKNOWN)
		mun_platform_override(&o->verdict, said);
	return 0;
}

/* Of the first that tells. */
static enum mun_platform platform_of(const struct mun_media_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		enum mun_platform p = s->objects[i].verdict.platform;

		if (p != MUN_PLATFORM_UNKNOWN && p != MUN_PLATFORM_ANY)
			return p;
	}
	return s->n ? s->objects[0].verdict.platform : MUN_PLATFORM_UNKNOWN;
}

int mun_media_set_open(struct mun_media_set *s, const struct mun_store *store,
		       enum mun_platform said, struct mun_err *e)
{
	s->said = said;
	for (size_t i = 0; i < s->n; i++) {
		struct mun_set_object *o = &s->objects[i];
		int rc = open_one(o, store, said, e);

		if (rc)
			return s->n > 1 ? mun_ctx(e, "object %s", o->id) : rc;
		s->items[i] = (struct mun_target_item){
			.record = o->record,
			.facts = &o->facts,
			.contents = o->contents,
			.verdict = &o->verdict,
			.img = o->image.img,
			.medium = mun_target_medium_of(o->record, &o->facts,
						       o->contents),
		};
	}
	s->facts = (struct mun_target_set){
		.platform = platform_of(s),
		.n = s->n,
		.items = s->items,
	};
	return 0;
}

void mun_media_set_clear(struct mun_media_set *s)
{
	for (size_t i = 0; i < s->n && s->objects; i++) {
		struct mun_set_object *o = &s->objects[i];

		mun_stored_image_close(&o->image);
		mun_loss_clear(&o->packaged.losses);
		mun_record_free(o->record);
		free(o->contents);
	}
	free(s->objects);
	free(s->items);
	*s = (struct mun_media_set){ 0 };
}
