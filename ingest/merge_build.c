/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_build.c - files and record of a version (ingest/merge_build.h) */
#include "ingest/merge_build.h"

#include "core/check.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/hashpass.h"
#include "image/identify.h"
#include "ingest/attach.h"
#include "ingest/contents_facts.h"
#include "ingest/describe.h"
#include "ingest/describe_own.h"
#include "ingest/events.h"
#include "ingest/medium_facts.h"
#include "ingest/mended.h"
#include "ingest/parity.h"
#include "ingest/stored.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With which version a file came, its id tells: of two with the same bytes the
 * inventory may name either. */
static int version_of(const struct mun_merge_build *b,
		      const struct mun_rec_file *f, unsigned int *out,
		      struct mun_err *e)
{
	for (unsigned int v = b->r->version - 1; v; v--) {
		char id[MUN_UUID_LEN];
		int rc = mun_describe_file_id(b->r->id, v, f->path, id, e);

		if (rc)
			return rc;
		*out = v;
		if (!strcmp(id, f->id))
			return 0;
	}
	return mun_fail(e, MUN_ECORRUPT,
			"'%s' of object %s came with no version that is known",
			f->path, b->r->id);
}

/* The file at @path of the version before stays where it lies. */
static int supersede(struct mun_merge_build *b, const char *path,
		     struct mun_err *e)
{
	struct mun_rec_file *f = mun_record_file(b->r, path);
	unsigned int version = 0;
	int rc;

	if (!f)
		return 0;
	rc = version_of(b, f, &version, e);
	if (rc)
		return rc;
	f->role = MUN_ROLE_SUPERSEDED;
	f->path = mun_arena_fmt(b->r->arena, "v%u/content/%s", version, path);
	return mun_arena_failed(b->r->arena, e);
}

/* Is this what the version before has there? */
static bool is_same(const struct mun_merge_build *b, const char *path,
		    const struct mun_digests *d)
{
	const struct mun_rec_file *f = mun_record_file(b->r, path);

	return f &&
	       mun_digest_equal(&f->digests.of[MUN_SHA512], &d->of[MUN_SHA512]);
}

/* A text file of the version; nothing where it is as it was. */
static int put_text(struct mun_merge_build *b, const char *path,
		    const char *role, const char *format, const char *text,
		    const char **id_out, struct mun_err *e)
{
	struct mun_digests d = { 0 };
	struct mun_rec_file *f = NULL;
	int rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA512), text,
				   strlen(text), &d, e);

	if (!rc && is_same(b, path, &d)) {
		if (id_out)
			*id_out = mun_record_file(b->r, path)->id;
		return 0;
	}
	if (!rc)
		rc = supersede(b, path, e);
	if (!rc)
		rc = mun_attach_bytes(b->st, b->r, path, role, text,
				      strlen(text), b->algs, &f, e);
	if (rc)
		return rc;
	f->format = format;
	if (!strcmp(format, "JSON"))
		f->mime = "application/json";
	if (id_out)
		*id_out = f->id;
	return 0;
}

static int put_map(struct mun_merge_build *b, const char *path,
		   const char *role, const struct mun_readmap *m,
		   const char *what, struct mun_err *e)
{
	mun_autofree char *comment = NULL;
	struct mun_str text = { 0 };
	int rc = mun_fmt(&comment, e, "Mapfile. Created by muniment %s\n%s",
			 b->env->program_version, what);

	if (!rc)
		rc = mun_readmap_write(m, comment, &text, e);
	if (!rc && text.failed)
		rc = mun_fail_nomem(e, "map");
	if (!rc)
		rc = put_text(b, path, role, "GNU ddrescue mapfile", text.text,
			      NULL, e);
	mun_str_free(&text);
	return rc;
}

/* A file that the pass has written: hashed, and moved to where it belongs. */
static int put_bin(struct mun_merge_build *b, const char *path,
		   const char *from, struct mun_err *e)
{
	struct mun_digests d = { 0 };
	struct mun_tree tree = { 0 };
	mun_auto(source) *src = NULL;
	mun_autofree char *to = NULL;
	struct mun_rec_file *f;
	int rc = mun_source_open_file(from, &src, e);

	if (!rc)
		rc = mun_hash_source(src, b->algs, &d, &tree, "merging", NULL,
				     e);
	if (rc || is_same(b, path, &d)) {
		mun_tree_clear(&tree);
		return rc;
	}
	rc = supersede(b, path, e);
	if (!rc)
		rc = mun_stage_path(b->st, path, &to, e);
	if (!rc && mun_sys.rename(from, to))
		rc = mun_fail_sys(e, errno, "rename '%s'", from);
	if (!rc)
		rc = mun_stage_add(b->st, path, &d, e);
	if (!rc) {
		f = mun_attach_entry(b->r, path, MUN_ROLE_READING, &d, &tree,
				     e);
		if (f)
			f->format = "Bytes of sectors";
		rc = f ? 0 : e->code;
	}
	mun_tree_clear(&tree);
	return rc;
}

/* metadata/reads/N: the map, and where it differs from what the master has. */
static int put_reading(struct mun_merge_build *b, size_t i, struct mun_err *e)
{
	const struct mun_merge_differs *d = &b->pass->differs[i];
	const struct mun_readmap *map =
		i < b->old->n ? &b->old->of[i].map : &b->fresh->map;
	char path[64];
	int rc = 0;

	(void)snprintf(path, sizeof(path), MUN_READS "%zu/disk.map", i + 1);
	if (i == b->old->n || !mun_record_file(b->r, path))
		rc = put_map(b, path, MUN_ROLE_READING, map,
			     "What this reading of the medium has", e);
	(void)snprintf(path, sizeof(path), MUN_READS "%zu/differs.map", i + 1);
	if (!rc)
		rc = put_map(b, path, MUN_ROLE_READING, &d->map,
			     "- : this reading has other bytes than the "
			     "master, those of differs.bin",
			     e);
	(void)snprintf(path, sizeof(path), MUN_READS "%zu/differs.bin", i + 1);
	return rc ? rc : put_bin(b, path, d->path, e);
}

static int put_reading_text(struct mun_merge_build *b, size_t i,
			    struct mun_err *e)
{
	mun_autofree char *text = NULL;
	char path[64];
	int rc;

	(void)snprintf(path, sizeof(path), MUN_READS "%zu/reading.json", i + 1);
	if (i < b->old->n && mun_record_file(b->r, path))
		return 0;
	rc = i < b->old->n ? mun_merge_first_text(b, &text, e)
			   : mun_merge_reading_text(b, &text, e);
	return rc ? rc
		  : put_text(b, path, MUN_ROLE_READING, "JSON", text,
			     &b->reading, e);
}

static int put_readings(struct mun_merge_build *b, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i <= b->old->n; i++) {
		rc = put_reading(b, i, e);
		if (!rc)
			rc = put_reading_text(b, i, e);
	}
	return rc;
}

static int put_provenance(struct mun_merge_build *b, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	int rc = mun_merge_provenance_text(b, &text, e);

	return rc ? rc
		  : put_text(b, MUN_PATH_PROVENANCE, MUN_ROLE_PROVENANCE,
			     "JSON", text, &b->provenance, e);
}

static int put_master(struct mun_merge_build *b, struct mun_err *e)
{
	const struct mun_rec_file *was = b->old->file;
	struct mun_rec_file *f;
	int rc = 0;

	b->old_master = b->new_master = mun_arena_strdup(b->r->arena, was->id);
	if (!b->pass->changed)
		return mun_arena_failed(b->r->arena, e);
	rc = supersede(b, was->path, e);
	if (!rc)
		rc = mun_stage_add(b->st, was->path, &b->pass->digests, e);
	if (rc)
		return rc;
	f = mun_attach_entry(b->r, was->path, MUN_ROLE_MASTER,
			     &b->pass->digests, &b->pass->tree, e);
	if (!f)
		return e->code;
	f->format = mun_arena_strdup(b->r->arena, was->format);
	f->puid = mun_arena_strdup(b->r->arena, was->puid);
	f->mime = mun_arena_strdup(b->r->arena, was->mime);
	f->format_note = mun_arena_strdup(b->r->arena, was->format_note);
	b->new_master = f->id;
	b->r->content = b->pass->digests;
	return mun_arena_failed(b->r->arena, e);
}

/* Sectors that were missing may tell what is on the medium.  What was known
 * stays, where it seems something else altogether. */
static int identify(struct mun_merge_build *b, struct mun_err *e)
{
	struct mun_record *r = b->r;
	struct mun_image_facts facts;
	mun_auto(source) *src = NULL;
	struct mun_err why;
	int rc = mun_source_open_file(b->pass->image_path, &src, e);

	if (rc || !b->pass->changed)
		return rc;
	if (mun_identify(src, strrchr(b->old->file->path, '/') + 1, r->format,
			 &facts, &why) ||
	    facts.bytes != r->bytes)
		return 0;
	r->variant = mun_arena_strdup(r->arena, facts.variant);
	r->volume_label = mun_arena_strdup(r->arena, facts.volume_label);
	return mun_arena_failed(r->arena, e);
}

/* What was no loss although nobody could read it (run-out) is none now. */
static int keep_lost(struct mun_merge_build *b, struct mun_err *e)
{
	const struct mun_range_list *lost = &b->pass->lost;
	struct mun_record *r = b->r;

	r->unreadable = NULL;
	r->nunreadable = 0;
	r->unreadable_bytes = mun_range_list_bytes(lost);
	for (size_t i = 0; i < lost->n; i++) {
		struct mun_rec_range *list = mun_arena_grow(
			r->arena, r->unreadable, r->nunreadable, sizeof(*list));

		if (!list)
			return mun_fail_nomem(e, "ranges");
		r->unreadable = list;
		list[r->nunreadable++] = lost->of[i];
	}
	r->outcome = r->nunreadable ? "partial" : "complete";
	return 0;
}

static void drop_property(struct mun_record *r, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < r->nproperties; i++)
		if (strcmp(r->properties[i].name, name) != 0)
			r->properties[n++] = r->properties[i];
	r->nproperties = n;
}

static int keep_doubt(struct mun_merge_build *b, struct mun_err *e)
{
	const struct mun_readmap *m = &b->pass->map;
	struct mun_rec_range *ranges = NULL;
	char text[24];
	size_t n = 0;
	int rc;

	drop_property(b->r, MUN_PROPERTY_DOUBTFUL);
	drop_property(b->r, MUN_PROPERTY_READINGS);
	for (const struct mun_read_run *run =
		     mun_readmap_next_in(m, 0, MUN_READ_DOUBTFUL);
	     run; run = mun_readmap_next_in(m, run->off + run->bytes,
					    MUN_READ_DOUBTFUL)) {
		ranges =
			mun_arena_grow(b->r->arena, ranges, n, sizeof(*ranges));
		if (!ranges)
			return mun_fail_nomem(e, "ranges");
		ranges[n++] = (struct mun_rec_range){ run->off, run->bytes };
	}
	rc = mun_property_doubtful(b->r, ranges, n, e);
	(void)snprintf(text, sizeof(text), "%zu", b->old->n + 1);
	return rc ? rc : mun_property_add(b->r, MUN_PROPERTY_READINGS, text, e);
}

/* Of the new master; sectors of nobody but a disc's have any. */
static int keep_sectors(struct mun_merge_build *b, struct mun_err *e)
{
	const struct mun_range_list *runout = &b->pass->runout;
	const struct mun_range_list *mended = &b->pass->mended;
	struct mun_record *r = b->r;
	struct mun_str s = { 0 };
	int rc;

	drop_property(r, MUN_PROPERTY_RUNOUT);
	drop_property(r, MUN_PROPERTY_MENDED);
	rc = mun_property_runout(r, runout->of, runout->n, e);
	if (rc || !mended->n)
		return rc;
	mun_mended_text(mended, MUN_MENDED_SECTOR, NULL, &s);
	rc = s.failed ? mun_fail_nomem(e, "mended sectors")
		      : mun_property_add(r, MUN_PROPERTY_MENDED, s.text, e);
	mun_str_free(&s);
	return rc;
}

/* ---- parity ---- */

static int drop_parity(struct mun_merge_build *b, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < b->r->nfiles && !rc; i++) {
		const char *path = b->r->files[i].path;

		if (strcmp(b->r->files[i].role, MUN_ROLE_PARITY) != 0)
			continue;
		rc = mun_version_remove(b->st, path, e);
		if (!rc)
			rc = supersede(b, path, e);
	}
	return rc;
}

static int put_parity(struct mun_merge_build *b, struct mun_parity *p,
		      struct mun_err *e)
{
	int rc;

	*p = (struct mun_parity){
		.algs = b->algs,
		.program_version = b->env->program_version,
		.progress = b->env->progress,
	};
	if (!b->pass->changed)
		return 0;
	rc = mun_parity_percent(b->env->conf, b->r->collection, &p->percent, e);
	if (!rc)
		rc = drop_parity(b, e);
	return rc || !p->percent ? rc : mun_parity_make(p, b->st, b->r, e);
}

/* ---- all of it ---- */

static int load(struct mun_merge_build *b, struct mun_err *e)
{
	char urn[MUN_URN_LEN];
	int rc;

	mun_object_urn(b->old->r->id, urn);
	rc = mun_stored_load(b->env->store, urn, &b->r, e);
	if (rc)
		return rc;
	b->r->version = (unsigned int)mun_version_number(b->st);
	return 0;
}

static int put_facts(struct mun_merge_build *b, struct mun_err *e)
{
	int rc = put_master(b, e);

	if (!rc)
		rc = identify(b, e);
	if (!rc && b->pass->mapped)
		rc = put_map(b, MUN_PATH_MAP, MUN_ROLE_READMAP, &b->pass->map,
			     b->r->source, e);
	if (!rc)
		rc = keep_lost(b, e);
	if (!rc)
		rc = keep_doubt(b, e);
	/* Now that it is known what is still missing. */
	if (!rc && b->pass->changed)
		rc = mun_contents_again(b->pass->image_path, b->r, e);
	if (!rc)
		rc = mun_contents_said(b->s->req.platform, b->r, e);
	return rc ? rc : keep_sectors(b, e);
}

static int put_own(struct mun_merge_build *b, struct mun_err *e)
{
	int rc = supersede(b, MUN_PATH_TORRENT, e);

	if (!rc)
		rc = supersede(b, MUN_PATH_PREMIS, e);
	if (!rc)
		rc = mun_own_trees(b->st, b->r, b->algs, e);
	return rc;
}

int mun_merge_build(struct mun_merge_build *b, struct mun_err *e)
{
	struct mun_parity parity = { 0 };
	int rc = load(b, e);

	if (!rc)
		rc = put_facts(b, e);
	if (!rc)
		rc = put_parity(b, &parity, e);
	if (!rc)
		rc = put_readings(b, e);
	if (!rc)
		rc = put_provenance(b, e);
	if (!rc)
		rc = put_own(b, e);
	if (!rc)
		mun_own_sort(b->r);
	if (!rc)
		rc = mun_merge_events(b, e);
	if (!rc && parity.plan.recovery)
		rc = mun_event_parity(&parity, b->r, e);
	if (!rc)
		rc = mun_arena_failed(b->r->arena, e);
	if (!rc)
		rc = mun_own_premis(b->st, b->r, b->algs, e);
	if (rc)
		return mun_ctx(e, "version %lu of object %s",
			       mun_version_number(b->st), b->old->r->id);
	mun_own_sort(b->r);
	return 0;
}
