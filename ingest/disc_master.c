/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/disc_master.c - a disc that was read raw, as BIN/CUE in its object */
#include "ingest/disc_master.h"

#include "core/file.h"
#include "ingest/attach.h"
#include "ingest/medium_facts.h"
#include "ingest/mended.h"

#include <inttypes.h>
#include <string.h>

bool mun_disc_has_sheet(const struct mun_optical *o)
{
	return o && o->form == MUN_OPTICAL_AS_BIN;
}

/* A file of the stage that no inventory knows yet. */
static int lay(struct mun_stage *st, const char *name, const void *data,
	       size_t len, char **out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *dir = NULL;
	char *slash;
	int rc = mun_stage_path(st, name, &path, e);

	if (!rc)
		rc = mun_strdup(path, &dir, e);
	if (rc)
		return rc;
	slash = strrchr(dir, '/');
	*slash = '\0';
	rc = mun_file_replace(dir, slash + 1, data, len, e);
	if (!rc && out)
		*out = mun_steal(&path);
	return rc;
}

int mun_disc_sheet_lay(const struct mun_optical *o, struct mun_stage *st,
		       char **out, struct mun_err *e)
{
	struct mun_str s = { 0 };
	int rc = mun_optical_cue(o, &s, e);

	if (!rc && o->cdtext_bytes)
		rc = lay(st, MUN_PATH_DISC_CDT, o->cdtext, o->cdtext_bytes,
			 NULL, e);
	if (!rc)
		rc = lay(st, MUN_PATH_DISC_CUE, s.text, s.len, out, e);
	mun_str_free(&s);
	return rc;
}

/* ---- the files in the inventory ---- */

static int put_sectors(const struct mun_described *d, struct mun_stage *st,
		       struct mun_record *r, struct mun_err *e)
{
	struct mun_rec_file *f;
	int rc = mun_stage_add(st, MUN_PATH_DISC_BIN, &d->read->digests, e);

	if (rc)
		return rc;
	f = mun_attach_entry(r, MUN_PATH_DISC_BIN, MUN_ROLE_PART,
			     &d->read->digests, &d->read->tree, e);
	if (!f)
		return e->code;
	f->format = "Sectors of a disc, 2352 bytes each";
	return 0;
}

static int put_cdtext(const struct mun_described *d, struct mun_stage *st,
		      struct mun_record *r, struct mun_err *e)
{
	const struct mun_optical *o = d->optical;
	struct mun_rec_file *f = NULL;
	int rc;

	if (!o->cdtext_bytes)
		return 0;
	rc = mun_attach_bytes(st, r, MUN_PATH_DISC_CDT, MUN_ROLE_PART,
			      o->cdtext, o->cdtext_bytes, d->session->algs, &f,
			      e);
	if (!rc)
		f->format = "CD-TEXT packs";
	return rc;
}

static int put_sheet(const struct mun_described *d, struct mun_stage *st,
		     struct mun_record *r, struct mun_err *e)
{
	struct mun_rec_file *f = NULL;
	struct mun_str s = { 0 };
	int rc = mun_optical_cue(d->optical, &s, e);

	if (!rc)
		rc = mun_attach_bytes(st, r, MUN_PATH_DISC_CUE, MUN_ROLE_MASTER,
				      s.text, s.len, d->session->algs, &f, e);
	mun_str_free(&s);
	if (rc)
		return rc;
	f->format = mun_arena_strdup(r->arena, d->image->title);
	f->puid = mun_arena_strdup(r->arena, d->image->puid);
	f->mime = mun_arena_strdup(r->arena, d->image->mime);
	f->format_note = mun_arena_strdup(r->arena, d->image->note);
	return mun_arena_failed(r->arena, e);
}

int mun_disc_put(const struct mun_described *d, struct mun_stage *st,
		 struct mun_record *r, struct mun_err *e)
{
	int rc = put_sectors(d, st, r, e);

	if (!rc)
		rc = put_cdtext(d, st, r, e);
	return rc ? rc : put_sheet(d, st, r, e);
}

int mun_disc_check(const struct mun_described *d,
		   const struct mun_decoded *decoded, struct mun_err *e)
{
	if (decoded->made && !decoded->failure[0] &&
	    mun_digest_equal(&decoded->digests.of[MUN_SHA512],
			     &d->read->digests.of[MUN_SHA512]))
		return 0;
	return mun_fail(e, MUN_ECORRUPT,
			"the cue sheet of the disc does not give its sectors "
			"back: %s",
			decoded->failure[0] ? decoded->failure : "other bytes");
}

/* ---- properties ---- */

static int add_mended(const struct mun_described *d, struct mun_record *r,
		      struct mun_err *e)
{
	const uint32_t sector = mun_optical_sector_bytes(d->optical);
	struct mun_range_list l = { 0 };
	struct mun_str s = { 0 };
	int rc = mun_mended_list(d->session->dir, sector, &l, e);

	if (!rc && l.n)
		mun_mended_text(&l, sector, d->optical, &s);
	if (!rc && s.failed)
		rc = mun_fail_nomem(e, "mended sectors");
	else if (!rc && l.n)
		rc = mun_property_add(r, MUN_PROPERTY_MENDED, s.text, e);
	mun_str_free(&s);
	mun_range_list_clear(&l);
	return rc;
}

int mun_disc_properties(const struct mun_described *d, struct mun_record *r,
			struct mun_err *e)
{
	const struct mun_optical *o = d->optical;
	int rc = mun_property_add(r, MUN_PROPERTY_DISC, o->profile_name, e);

	if (!rc)
		rc = mun_property_add(r, MUN_PROPERTY_MCN, o->mcn, e);
	if (!rc)
		rc = mun_property_add(r, MUN_PROPERTY_COPY_PROTECTION,
				      o->protection, e);
	if (!rc)
		rc = mun_property_add(r, MUN_PROPERTY_DISC_NOTE, o->note, e);
	return rc ? rc : add_mended(d, r, e);
}
