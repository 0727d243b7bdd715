/* SPDX-License-Identifier: Apache-2.0 */
/* store/root.c - storage roots made and opened (store/store.h) */
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/json.h"
#include "core/str.h"
#include "store/dirlist.h"
#include "store/layout.h"
#include "store/store_int.h"

/* The files of a root are some hundred bytes; a foreign one may be longer. */
#define MAX_ROOT_FILE ((size_t)64 << 10)

static int file_path(const char *root, const struct mun_root_file *f,
		     char **dir_out, struct mun_err *e)
{
	if (!*f->dir)
		return mun_strdup(root, dir_out, e);
	return mun_path_join(root, f->dir, dir_out, e);
}

/* Write @f where it is missing; other bytes in its place are not ours. */
static int write_root_file(const char *root, const struct mun_root_file *f,
			   struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	rc = file_path(root, f, &dir, e);
	if (!rc)
		rc = mun_path_join(dir, f->name, &path, e);
	if (rc)
		return rc;
	rc = mun_file_read(path, MAX_ROOT_FILE, &text, &len, e);
	if (rc == MUN_ENOENT) {
		mun_err_clear(e);
		rc = mun_mkdirs(dir, e);
		return rc ? rc
			  : mun_file_write_new(dir, f->name, f->text,
					       strlen(f->text), e);
	}
	if (rc)
		return rc;
	if (len != strlen(f->text) || memcmp(text, f->text, len) != 0)
		return mun_fail(e, MUN_EEXIST,
				"'%s' is there with another content", path);
	return 0;
}

/* What a killed mun_file_write_new() leaves; nobody reads it. */
static bool is_left_over(const char *name)
{
	size_t len = strlen(name);

	return name[0] == '.' && len > 4 && !strcmp(name + len - 4, ".tmp");
}

/* Without a declaration, only what an interrupted init made may be there. */
static int check_begun(const struct mun_dirlist *l, const char *path,
		       struct mun_err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *name = l->of[i].name;

		if (strcmp(name, MUN_ROOT_LAYOUT) != 0 &&
		    strcmp(name, "extensions") != 0 && !is_left_over(name))
			return mun_fail(e, MUN_EEXIST,
					"'%s' is not empty and not an OCFL "
					"storage root: it holds '%s'",
					path, name);
	}
	return 0;
}

int mun_store_init(const char *path, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *inside = NULL;
	int rc;

	rc = mun_mkdirs(path, e);
	if (!rc)
		rc = mun_path_join(path, ".", &inside, e);
	if (!rc)
		rc = mun_dirlist_read(inside, &l, e);
	if (!rc && !mun_dirlist_find(l, MUN_ROOT_DECLARATION))
		rc = check_begun(l, path, e);
	for (const struct mun_root_file *f = mun_root_files; !rc && f->name;
	     f++)
		rc = write_root_file(path, f, e);
	return rc ? mun_ctx(e, "make the storage root '%s'", path) : 0;
}

int mun_store_available(const struct mun_store *s, struct mun_err *e)
{
	struct stat st;
	int err;

	errno = 0;
	if (!lstat(s->declaration, &st) && S_ISREG(st.st_mode)) {
		if (st.st_dev == s->device)
			return 0;
		return mun_fail(e, MUN_EUNAVAILABLE,
				"the store '%s' is away: another file system "
				"is mounted there now",
				s->path);
	}
	err = errno;
	/* Without its declaration it may be the empty folder that a disk is
	 * mounted on: that its objects are gone must not be concluded. */
	return mun_fail(
		e, MUN_EUNAVAILABLE,
		"the store '%s' is away: it has no " MUN_ROOT_DECLARATION
		"%s%s",
		s->path, err == ENOENT ? "" : ": ",
		err == ENOENT ? "" : strerror(err));
}

static int read_root_file(const struct mun_store *s, const char *name,
			  char **out, size_t *len, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_path_join(s->path, name, &path, e);
	return rc ? rc : mun_file_read(path, MAX_ROOT_FILE, out, len, e);
}

static int check_declaration(const struct mun_store *s, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	rc = read_root_file(s, MUN_ROOT_DECLARATION, &text, &len, e);
	if (!rc && (len != 9 || memcmp(text, "ocfl_1.1\n", 9) != 0))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "'" MUN_ROOT_DECLARATION
			      "' does not say \"ocfl_1.1\"");
	return rc;
}

/* ocfl_layout.json must name the layout that we look objects up with. */
static int check_layout(const struct mun_store *s, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	mun_autojson json_t *j = NULL;
	const char *extension;
	size_t len = 0;
	int rc;

	rc = read_root_file(s, MUN_ROOT_LAYOUT, &text, &len, e);
	if (!rc)
		rc = mun_json_parse(text, len, &j, e);
	if (rc)
		return mun_ctx(e, MUN_ROOT_LAYOUT);
	extension = json_string_value(json_object_get(j, "extension"));
	if (!extension)
		return mun_fail(e, MUN_ECORRUPT,
				MUN_ROOT_LAYOUT " names no extension");
	if (strcmp(extension, MUN_LAYOUT_NAME) != 0)
		return mun_fail(
			e, MUN_EUNSUPPORTED,
			"the layout '%s' is not supported, only " MUN_LAYOUT_NAME,
			extension);
	return 0;
}

static int check_config(const struct mun_store *s, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_layout l;
	size_t len = 0;
	int rc;

	rc = read_root_file(s, MUN_ROOT_CONFIG, &text, &len, e);
	if (rc == MUN_ENOENT) {
		/* The extension's defaults hold, and they are ours. */
		mun_err_clear(e);
		return 0;
	}
	if (!rc)
		rc = mun_layout_parse(text, len, &l, e);
	if (rc)
		return mun_ctx(e, MUN_ROOT_CONFIG);
	if (!mun_layout_equal(&l, &mun_layout_default))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"other parameters of " MUN_LAYOUT_NAME
				" than its defaults");
	return 0;
}

static int check_root(const struct mun_store *s, struct mun_err *e)
{
	int rc;

	rc = mun_store_available(s, e);
	if (!rc)
		rc = check_declaration(s, e);
	if (!rc)
		rc = check_layout(s, e);
	if (!rc)
		rc = check_config(s, e);
	/* The declaration is there, so a missing file is damage. */
	if (rc == MUN_ENOENT)
		rc = e->code = MUN_ECORRUPT;
	return rc;
}

int mun_store_open(const char *path, struct mun_store **out, struct mun_err *e)
{
	mun_auto(store) *s = calloc(1, sizeof(*s));
	struct stat st;
	int rc;

	if (!s)
		return mun_fail_nomem(e, "store");
	rc = mun_strdup(path, &s->path, e);
	if (!rc)
		rc = mun_path_join(path, MUN_ROOT_DECLARATION, &s->declaration,
				   e);
	/* Where it is not there, mun_store_available() says so. */
	if (!rc && !lstat(s->declaration, &st))
		s->device = st.st_dev;
	if (!rc)
		rc = check_root(s, e);
	if (rc)
		return mun_ctx(e, "open the store '%s'", path);
	*out = mun_steal(&s);
	return 0;
}

void mun_store_close(struct mun_store *s)
{
	if (!s)
		return;
	free(s->declaration);
	free(s->path);
	free(s);
}

const char *mun_store_path(const struct mun_store *s)
{
	return s->path;
}
