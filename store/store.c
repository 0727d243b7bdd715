/* SPDX-License-Identifier: Apache-2.0 */
/* store/store.c - objects of a storage root, found and read (store/store.h) */
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/beneath.h"
#include "store/inventory.h"
#include "store/layout.h"
#include "store/objdir.h"
#include "store/store_int.h"

int mun_store_object_path(const char *id, char **out, struct mun_err *e)
{
	return mun_layout_path(&mun_layout_default, id, out, e);
}

int mun_store_object_dir(const struct mun_store *s, const char *id, char **out,
			 struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_store_object_path(id, &path, e);
	return rc ? rc : mun_path_join(s->path, path, out, e);
}

int mun_store_has(const struct mun_store *s, const char *id, bool *yes,
		  struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	struct stat st;
	int rc;

	rc = mun_store_object_dir(s, id, &dir, e);
	if (rc)
		return rc;
	if (!lstat(dir, &st)) {
		*yes = true;
		return 0;
	}
	if (errno != ENOENT)
		return mun_fail_sys(e, errno, "look at '%s'", dir);
	/* Only of a store that is there can it be said what it lacks. */
	rc = mun_store_available(s, e);
	if (!rc)
		*yes = false;
	return rc;
}

static int parse_for(const char *id, const char *text, size_t len,
		     struct mun_inventory **out, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	int rc;

	rc = mun_inventory_parse(text, len, &inv, e);
	if (rc)
		return mun_ctx(e, "inventory.json");
	if (strcmp(inv->id, id) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"inventory.json is that of '%s'", inv->id);
	*out = mun_steal(&inv);
	return 0;
}

int mun_store_inventory(const struct mun_store *s, const char *id,
			struct mun_inventory **out, struct mun_err *e)
{
	struct mun_object o;
	int rc;

	rc = mun_object_load(s, id, &o, e);
	if (!rc) {
		rc = parse_for(id, o.pair.text, o.pair.len, out, e);
		if (rc)
			rc = mun_ctx(e, "object '%s'", id);
	}
	mun_object_clear(&o);
	return rc;
}

/* The same below the store's root. */
static int find_file(const struct mun_store *s, const char *id,
		     const char *path, char **out, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	const char *content;
	mun_autofree char *rel = NULL;
	int rc;

	rc = mun_store_inventory(s, id, &inv, e);
	if (rc)
		return rc;
	content = mun_inventory_content(inv, path);
	if (!content)
		return mun_fail(e, MUN_ENOENT, "object '%s' has no file '%s'",
				id, path);
	rc = mun_store_object_path(id, &rel, e);
	return rc ? rc : mun_path_join(rel, content, out, e);
}

int mun_store_file_path(const struct mun_store *s, const char *id,
			const char *path, char **out, struct mun_err *e)
{
	mun_autofree char *rel = NULL;
	int rc = find_file(s, id, path, &rel, e);

	return rc ? rc : mun_path_join(s->path, rel, out, e);
}

static int open_at(const struct mun_store *s, const char *rel,
		   enum mun_read_mode mode, struct mun_source **out,
		   struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = mun_path_join(s->path, rel, &path, e);

	return rc ? rc : mun_source_open_as(path, mode, out, e);
}

static int as_source(const struct mun_store *s, const char *rel, int fd,
		     const struct stat *st, enum mun_read_mode mode,
		     struct mun_source **out, struct mun_err *e)
{
	mun_autoclose int owned = fd;
	mun_autofree char *path = NULL;
	int rc = mun_path_join(s->path, rel, &path, e);

	if (rc)
		return rc;
	owned = -1;
	return mun_source_as_from_fd(fd, (uint64_t)st->st_size, path, mode, out,
				     e);
}

/* The file @where, in one system call instead of one for each folder on the
 * way, unless the object has a second version.  False: nothing is known.  The
 * root is opened each time, as nobody could unmount a store that is kept open,
 * and one that was swapped would not be noticed. */
static bool open_swiftly(const struct mun_store *s, const char *v2,
			 const char *where, int *fd_out, struct stat *st)
{
	mun_autoclose int root =
		mun_sys.open(s->path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	mun_autoclose int fd = -1;

	if (root < 0 || !fstatat(root, v2, st, AT_SYMLINK_NOFOLLOW) ||
	    errno != ENOENT || !mun_beneath_open(root, where, &fd, st) ||
	    st->st_dev != s->device)
		return false;
	*fd_out = fd;
	fd = -1;
	return true;
}

/*
 * An object without a second version has each file in v1/content under its own
 * name, so its inventory need not be read.  @done stays false where that is not
 * so, or where anything is strange: then the inventory decides.
 */
static int open_first(const struct mun_store *s, const char *id,
		      const char *path, enum mun_read_mode mode,
		      struct mun_source **out, bool *done, struct mun_err *e)
{
	mun_autofree char *where = NULL;
	mun_autofree char *rel = NULL;
	mun_autofree char *v2 = NULL;
	struct mun_err why;
	struct stat st;
	int fd;
	int rc;

	rc = mun_store_object_path(id, &rel, e);
	if (!rc)
		rc = mun_fmt(&v2, e, "%s/%s/v2", s->path, rel);
	if (!rc)
		rc = mun_fmt(&where, e, "%s/v1/content/%s", rel, path);
	if (rc)
		return rc;
	if (open_swiftly(s, v2 + strlen(s->path) + 1, where, &fd, &st)) {
		*done = true;
		return as_source(s, where, fd, &st, mode, out, e);
	}
	if (!lstat(v2, &st) || errno != ENOENT)
		return 0;
	if (mun_beneath_file(s->path, where, &st, &why) ||
	    st.st_dev != s->device)
		return 0;
	rc = open_at(s, where, mode, out, e);
	*done = rc != MUN_ENOENT;
	return *done ? rc : 0;
}

/* Where the inventory says that it lies. */
static int open_listed(const struct mun_store *s, const char *id,
		       const char *path, enum mun_read_mode mode,
		       struct mun_source **out, struct mun_err *e)
{
	mun_autofree char *where = NULL;
	struct stat st;
	int rc;

	rc = find_file(s, id, path, &where, e);
	if (!rc)
		rc = mun_beneath_file(s->path, where, &st, e);
	/* Something is mounted over it: what, the store's root tells. */
	if (!rc && st.st_dev != s->device)
		rc = mun_store_available(s, e);
	return rc ? rc : open_at(s, where, mode, out, e);
}

int mun_store_open_file(const struct mun_store *s, const char *id,
			const char *path, enum mun_read_mode mode,
			struct mun_source **out, struct mun_err *e)
{
	bool done = false;
	int rc = 0;

	if (mun_path_is_safe(path))
		rc = open_first(s, id, path, mode, out, &done, e);
	if (!rc && !done)
		rc = open_listed(s, id, path, mode, out, e);
	rc = mun_store_explain(s, rc, e);
	return rc ? mun_ctx(e, "object '%s', file '%s'", id, path) : 0;
}
