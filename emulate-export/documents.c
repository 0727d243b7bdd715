/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/documents.c - records, maps and photographs into a package */
#include "emulate-export/documents.h"

#include <stdio.h>
#include <string.h>

#include "catalog/premis.h"
#include "core/check.h"
#include "core/file.h"
#include "core/str.h"

void mun_documents_folder(const struct mun_media_set *s, size_t i,
			  char out[static 8])
{
	out[0] = '\0';
	if (s->n > 1)
		(void)snprintf(out, 8, "%u/", (unsigned int)(i + 1) % 1000u);
}

/* ---- names ---- */

void mun_documents_name(const struct mun_rec_file *f, size_t n,
			char out[static 80])
{
	const char *name = mun_path_last(f->path);
	const char *dot = strrchr(name, '.');

	/* Ours do not get in the way of theirs. */
	if (mun_path_is_plain(name) && strncmp(name, "file-", 5) != 0)
		(void)snprintf(out, 80, "%s", name);
	else
		(void)snprintf(out, 80, "file-%zu%s", n,
			       dot && strlen(dot) < 8 &&
					       mun_path_is_plain(dot + 1)
				       ? dot
				       : "");
}

/* ---- files ---- */

static int copy_file(const struct mun_set_object *o,
		     const struct mun_rec_file *f,
		     const struct mun_store *store, struct mun_package *p,
		     const char *to, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc = mun_store_open_file(store, o->urn, f->path, MUN_READ_DISK,
				     &src, e);

	return rc ? rc : mun_package_copy(p, to, src, NULL, "copying", NULL, e);
}

/* Where a file of the object goes below data/; false: it stays. */
static bool place_of(const struct mun_rec_file *f, const char *folder,
		     size_t nattached, char *out, size_t size)
{
	char name[80];

	if (!strcmp(f->role, MUN_ROLE_READMAP))
		(void)snprintf(out, size, "data/metadata/%sdisk.map", folder);
	else if (!strcmp(f->path, "metadata/dfxml.xml"))
		(void)snprintf(out, size, "data/metadata/%sdfxml.xml", folder);
	else if (!strcmp(f->role, MUN_ROLE_DOCUMENTATION)) {
		mun_documents_name(f, nattached, name);
		(void)snprintf(out, size, "data/documentation/%s%s", folder,
			       name);
	} else
		return false;
	return true;
}

static int put_files(const struct mun_set_object *o, const char *folder,
		     const struct mun_store *store, struct mun_package *p,
		     struct mun_err *e)
{
	size_t nattached = 0;
	int rc = 0;

	for (size_t i = 0; i < o->record->nfiles && !rc; i++) {
		const struct mun_rec_file *f = &o->record->files[i];
		char to[128];

		if (!strcmp(f->role, MUN_ROLE_DOCUMENTATION))
			nattached++;
		if (place_of(f, folder, nattached, to, sizeof(to)))
			rc = copy_file(o, f, store, p, to, e);
	}
	return rc;
}

static int put_record(const struct mun_set_object *o, const char *folder,
		      struct mun_package *p, struct mun_err *e)
{
	struct mun_str s = { 0 };
	char to[128];
	int rc = mun_premis_write(o->record, &s, e);

	(void)snprintf(to, sizeof(to), "data/metadata/%spremis.xml", folder);
	if (!rc)
		rc = mun_package_put(p, to, 0444, s.text, s.len, e);
	mun_str_free(&s);
	return rc;
}

static int put_losses(const struct mun_set_object *o, const char *folder,
		      struct mun_package *p, struct mun_err *e)
{
	const struct mun_packaged *k = &o->packaged;
	struct mun_str s = { 0 };
	char to[128];
	int rc;

	if (!k->losses.nrows)
		return 0;
	mun_str_addf(&s, "What %s as %s has no place for\n\n", k->path,
		     k->format);
	for (size_t i = 0; i < k->losses.nrows; i++) {
		const struct mun_loss_row *row = &k->losses.rows[i];

		mun_str_addf(&s, "%s (%s): %s%s\n", row->what, row->where,
			     row->why,
			     i < k->carried ? " [not lost: it is in the "
					      "metadata of this package]"
					    : "");
	}
	(void)snprintf(to, sizeof(to), "data/metadata/%slosses.txt", folder);
	rc = s.failed ? mun_fail_nomem(e, "losses")
		      : mun_package_put(p, to, 0444, s.text, s.len, e);
	mun_str_free(&s);
	return rc;
}

int mun_documents_put(const struct mun_media_set *s,
		      const struct mun_store *store, struct mun_package *p,
		      struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < s->n && !rc; i++) {
		const struct mun_set_object *o = &s->objects[i];
		char folder[8];

		mun_documents_folder(s, i, folder);
		rc = put_record(o, folder, p, e);
		if (!rc)
			rc = put_losses(o, folder, p, e);
		if (!rc)
			rc = put_files(o, folder, store, p, e);
		if (rc)
			rc = mun_ctx(e, "documents of object %s", o->id);
	}
	return rc;
}
