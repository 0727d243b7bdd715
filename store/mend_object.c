/* SPDX-License-Identifier: Apache-2.0 */
/* store/mend_object.c - OCFL's own files of an object mended (store/mend.h) */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/source.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/beneath.h"
#include "store/inventory_json.h"
#include "store/layout.h"
#include "store/mend.h"
#include "store/mend_int.h"
#include "store/objdir.h"
#include "store/store_int.h"
#include "store/validate_int.h"

struct mending {
	const struct mun_place *p;
	const struct mun_place *from;
	const char *id;
	const char *incident;
	char *rel; /* folder of the object below a storage root */
	char *dir; /* of the object here */
	char *other; /* of the object there, or NULL */
	char *workshop;
	int lock;
	bool mine;
	unsigned long newest; /* version folder here */
	uint64_t *mended;
	struct mun_err lost; /* the first file that nobody has */
};

static void clear(struct mending *m)
{
	if (m->mine)
		(void)mun_sys.rmdir(m->workshop);
	mun_closep(&m->lock);
	free(m->workshop);
	free(m->other);
	free(m->dir);
	free(m->rel);
}

/* Is @path exactly this text?  What cannot be read is not. */
static int is_text(const char *path, const char *text, size_t len, bool *same,
		   struct mun_err *e)
{
	mun_autofree char *found = NULL;
	size_t found_len = 0;
	int rc = mun_val_read(path, MUN_INVENTORY_MAX, &found, &found_len, e);

	if (rc == MUN_ENOMEM)
		return rc;
	*same = !rc && found_len == len && !memcmp(found, text, len);
	return 0;
}

/* Past the page cache: what the disk has. */
static int read_back(const char *path, const char *text, size_t len,
		     struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *buf = malloc(len + 1);
	int rc;

	if (!buf)
		return mun_fail_nomem(e, "file contents");
	rc = mun_source_open_direct(path, &src, e);
	if (!rc && src->size == len)
		rc = mun_source_pread(src, buf, len, 0, e);
	if (!rc && (src->size != len || memcmp(buf, text, len) != 0))
		rc = mun_fail(e, MUN_EFIXITY,
			      "read back from '%s': not what was written",
			      path);
	return rc;
}

/* Make the file @rel of the object this text, unless it is so already. */
static int mend_file(struct mending *m, const char *rel, const char *text,
		     size_t len, struct mun_err *e)
{
	mun_autofree char *stored = NULL;
	mun_autofree char *fresh = NULL;
	bool same = false;
	int rc;

	rc = mun_path_join(m->dir, rel, &stored, e);
	if (!rc)
		rc = mun_path_join(m->workshop, "file", &fresh, e);
	if (!rc)
		rc = is_text(stored, text, len, &same, e);
	if (rc || same)
		return rc;
	rc = mun_file_write_new(m->workshop, "file", text, len, e);
	if (!rc)
		rc = read_back(fresh, text, len, e);
	if (!rc)
		rc = mun_mend_install(m->p, m->rel, rel, fresh, m->incident, e);
	(void)mun_sys.unlink(fresh);
	if (!rc)
		(*m->mended)++;
	return rc ? mun_ctx(e, "mend '%s'", rel) : 0;
}

static int mend_pair(struct mending *m, const char *folder,
		     const struct mun_pair *good, struct mun_err *e)
{
	mun_autofree char *inventory = NULL;
	mun_autofree char *sidecar = NULL;
	int rc;

	rc = mun_fmt(&inventory, e, "%sinventory.json", folder);
	if (!rc)
		rc = mun_fmt(&sidecar, e, "%s" MUN_OBJECT_SIDECAR, folder);
	if (!rc)
		rc = mend_file(m, inventory, good->text, good->len, e);
	return rc ? rc
		  : mend_file(m, sidecar, good->sidecar, good->sidecar_len, e);
}

/*
 * The pair in folder @dir, if it holds and is the inventory of version @version
 * of this object; else false, and nothing in @out.
 */
static bool try_pair(const struct mending *m, const char *dir,
		     unsigned long version, struct mun_pair *out)
{
	mun_auto(inventory) *inv = NULL;
	struct mun_err why;
	bool good;

	if (!dir || mun_pair_read(dir, out, &why))
		return false;
	good = !mun_inventory_parse(out->text, out->len, &inv, &why) &&
	       !strcmp(inv->id, m->id) &&
	       mun_inventory_version(inv->head) == version;
	if (!good)
		mun_pair_clear(out);
	return good;
}

static bool try_version(const struct mending *m, const char *dir,
			unsigned long version, struct mun_pair *out)
{
	mun_autofree char *folder = NULL;
	struct mun_err why;

	return dir && !mun_fmt(&folder, &why, "%s/v%lu", dir, version) &&
	       try_pair(m, folder, version, out);
}

static void say_lost(struct mending *m, const char *folder)
{
	if (!m->lost.code)
		(void)mun_fail(&m->lost, MUN_EFIXITY,
			       "nobody has a good '%sinventory.json' of "
			       "object '%s'",
			       folder, m->id);
}

/* What the root must have is what the newest version has, here or there. */
static int mend_root(struct mending *m, struct mun_err *e)
{
	struct mun_pair good = { .text = NULL };
	int rc;

	if (try_pair(m, m->dir, m->newest, &good) ||
	    try_version(m, m->dir, m->newest, &good) ||
	    try_pair(m, m->other, m->newest, &good) ||
	    try_version(m, m->other, m->newest, &good)) {
		rc = mend_pair(m, "", &good, e);
		mun_pair_clear(&good);
		return rc;
	}
	say_lost(m, "");
	return 0;
}

static int mend_version(struct mending *m, unsigned long version,
			struct mun_err *e)
{
	struct mun_pair good = { .text = NULL };
	mun_autofree char *folder = NULL;
	int rc;

	rc = mun_fmt(&folder, e, "v%lu/", version);
	if (rc)
		return rc;
	if (try_version(m, m->dir, version, &good) ||
	    (version == m->newest && try_pair(m, m->dir, version, &good)) ||
	    try_version(m, m->other, version, &good)) {
		rc = mend_pair(m, folder, &good, e);
		mun_pair_clear(&good);
		return rc;
	}
	say_lost(m, folder);
	return 0;
}

/* The highest version that either has folders of. */
static int find_newest(struct mending *m, struct mun_err *e)
{
	struct mun_pair root = { .text = NULL };
	struct mun_err why;
	unsigned long there = 0;
	int rc = mun_object_newest(m->dir, &m->newest, e);

	if (rc)
		return rc;
	if (m->other && mun_object_newest(m->other, &there, &why))
		there = 0;
	/* A lost version folder is no reason to forget that version. */
	if (there > m->newest && try_pair(m, m->dir, there, &root))
		m->newest = there;
	mun_pair_clear(&root);
	return 0;
}

static int find(struct mending *m, struct mun_err *e)
{
	const char *root = mun_store_path(m->p->store);
	struct mun_err why;
	struct stat st;
	int rc;

	rc = mun_place_available(m->p, e);
	if (!rc)
		rc = mun_store_object_path(m->id, &m->rel, e);
	if (!rc)
		rc = mun_path_join(root, m->rel, &m->dir, e);
	if (!rc)
		rc = mun_beneath(root, m->rel, &st, e);
	if (!rc && m->from && !mun_place_available(m->from, &why) &&
	    !mun_beneath(mun_store_path(m->from->store), m->rel, &st, &why))
		rc = mun_path_join(mun_store_path(m->from->store), m->rel,
				   &m->other, e);
	if (!rc)
		rc = find_newest(m, e);
	return rc;
}

static int mend(struct mending *m, struct mun_err *e)
{
	int rc;

	rc = find(m, e);
	if (!rc)
		rc = mun_mend_workshop(m->p, m->id, "", &m->workshop, &m->lock,
				       e);
	m->mine = !rc;
	if (!rc)
		rc = mend_file(m, MUN_OBJECT_DECLARATION,
			       MUN_OBJECT_DECLARATION_TEXT,
			       strlen(MUN_OBJECT_DECLARATION_TEXT), e);
	if (!rc)
		rc = mend_root(m, e);
	for (unsigned long v = 1; !rc && v <= m->newest; v++)
		rc = mend_version(m, v, e);
	if (!rc && m->lost.code) {
		*e = m->lost;
		rc = e->code;
	}
	return rc;
}

int mun_mend_object(const struct mun_place *p, const struct mun_place *from,
		    const char *id, const char *incident, uint64_t *mended,
		    struct mun_err *e)
{
	struct mending m = { .p = p,
			     .from = from,
			     .id = id,
			     .incident = incident,
			     .lock = -1,
			     .mended = mended };
	int rc;

	*mended = 0;
	rc = mend(&m, e);
	clear(&m);
	return rc ? mun_ctx(e, "mend object '%s' in store '%s'", id, p->name)
		  : 0;
}
