/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/properties.c - what an image tells, as properties of the record */
#include "ingest/decode.h"

#include "core/check.h"
#include "core/str.h"
#include "ingest/attach.h"
#include "ingest/medium_facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *mun_check_word(const struct mun_image_fact *f)
{
	static const char *const states[] = {
		[MUN_FACT_NONE] = "not verified",
		[MUN_FACT_GOOD] = "good",
		[MUN_FACT_BAD] = "bad",
	};

	return states[f->state];
}

static int add_check(struct mun_record *rec, const struct mun_image_fact *f,
		     struct mun_err *e)
{
	char name[96];
	char value[320];

	(void)snprintf(name, sizeof(name), MUN_PROPERTY_CHECK "%s", f->name);
	(void)snprintf(value, sizeof(value), "%s%s%s", mun_check_word(f),
		       f->value[0] ? ": " : "", f->value);
	return mun_property_add(rec, name, value, e);
}

/* A snapshot, parent or limit may have its text in either field. */
static int add_labelled(struct mun_record *rec, const char *label,
			const struct mun_image_fact *f, struct mun_err *e)
{
	char value[sizeof(f->name) + sizeof(f->value) + 3];

	(void)snprintf(value, sizeof(value), "%s%s%s", f->name,
		       f->name[0] && f->value[0] ? ": " : "", f->value);
	return mun_property_add(rec, label, value, e);
}

static int add_fact(struct mun_record *rec, const struct mun_image_fact *f,
		    struct mun_err *e)
{
	switch (f->kind) {
	case MUN_FACT_MADE:
		return mun_property_add(rec, f->name, f->value, e);
	case MUN_FACT_CHECK:
		return add_check(rec, f, e);
	case MUN_FACT_SNAPSHOT:
		return add_labelled(rec, "snapshot", f, e);
	case MUN_FACT_PARENT:
		return add_labelled(rec, "parent image", f, e);
	case MUN_FACT_LIMIT:
		return add_labelled(rec, "not in the decoded bytes", f, e);
	case MUN_FACT_PART:
		break;
	}
	return 0;
}

static int add_track(struct mun_record *rec, const struct mun_track *t,
		     struct mun_err *e)
{
	static const char *const modes[] = {
		[MUN_TRACK_DATA] = "data",
		[MUN_TRACK_AUDIO] = "audio",
		[MUN_TRACK_MODE2] = "mode 2",
	};
	char name[32];
	char value[160];

	(void)snprintf(name, sizeof(name), "track %u", t->number);
	(void)snprintf(value, sizeof(value),
		       "session %u, %s, LBA %" PRIu64 ", %" PRIu64
		       " sectors of %" PRIu32 " bytes%s%s",
		       t->session, modes[t->mode], t->start, t->sectors,
		       t->sector_bytes, t->isrc[0] ? ", ISRC " : "", t->isrc);
	return mun_property_add(rec, name, value, e);
}

static int add_tree(const struct mun_decoded *d, struct mun_record *rec,
		    struct mun_err *e)
{
	char hex[2 * MUN_TREE_HASH + 1];

	if (!d->made || d->failure[0])
		return 0;
	mun_hex(d->tree.root, sizeof(d->tree.root), hex);
	return mun_property_add(rec, MUN_PROPERTY_TREE, hex, e);
}

int mun_decoded_properties(const struct mun_received *r,
			   const struct mun_decoded *d, struct mun_record *rec,
			   struct mun_err *e)
{
	const struct mun_image *img = r->img;
	int rc;

	rc = mun_property_add(rec, MUN_PROPERTY_BROKEN, r->broken, e);
	if (!rc)
		rc = mun_property_add(rec, MUN_PROPERTY_FAILED, d->failure, e);
	if (!rc)
		rc = mun_property_add(rec, "not decoded", img->preserved_only,
				      e);
	if (!rc)
		rc = add_tree(d, rec, e);
	if (!rc)
		rc = mun_property_doubtful(rec, d->doubtful, d->ndoubtful, e);
	for (size_t i = 0; !rc && img->disc && i < img->ntracks; i++)
		rc = add_track(rec, &img->tracks[i], e);
	for (size_t i = 0; !rc && i < img->nfacts; i++)
		rc = add_fact(rec, &img->facts[i], e);
	return rc;
}

/* Names that the object's own files have. */
static bool is_taken(const struct mun_record *rec, const char *path)
{
	return mun_record_file(rec, path) || !strcmp(path, "image/disk.map");
}

static int add_part(const struct mun_received *r, const char *name,
		    struct mun_stage *st, struct mun_record *rec,
		    unsigned int algs, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *path = NULL;
	struct mun_rec_file *f = NULL;
	int rc = mun_fmt(&path, e, "image/%s", mun_companion_last(name));

	if (rc)
		return rc;
	if (is_taken(rec, path))
		return 0;
	rc = mun_companion_open(r->companions, name, &src, e);
	if (!rc)
		rc = mun_attach_source(st, rec, src, path, MUN_ROLE_PART, algs,
				       &f, e);
	if (rc)
		return rc;
	f->original_name = mun_arena_strdup(rec->arena, name);
	f->format = "Part of the image";
	return mun_arena_failed(rec->arena, e);
}

int mun_received_parts(const struct mun_received *r, struct mun_stage *st,
		       struct mun_record *rec, unsigned int algs,
		       struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->img->nfacts; i++)
		if (r->img->facts[i].kind == MUN_FACT_PART)
			rc = add_part(r, r->img->facts[i].name, st, rec, algs,
				      e);
	return rc;
}
