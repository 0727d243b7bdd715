/* SPDX-License-Identifier: Apache-2.0 */
/* store/objdir.c - an object's own files (store/objdir.h) */
#include "store/objdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/beneath.h"
#include "store/dirlist.h"
#include "store/inventory_json.h"
#include "store/layout.h"
#include "store/store_int.h"
#include "store/validate_int.h"

void mun_pair_clear(struct mun_pair *p)
{
	free(p->text);
	free(p->sidecar);
	*p = (struct mun_pair){ .text = NULL };
}

static int digest_of(const char *text, size_t len, struct mun_digest *out,
		     struct mun_err *e)
{
	struct mun_digests d = { 0 };
	int rc =
		mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA512), text, len, &d, e);

	if (!rc)
		*out = d.of[MUN_SHA512];
	return rc;
}

int mun_pair_sidecar(const char *text, size_t len, char **out,
		     struct mun_err *e)
{
	struct mun_digest d = { .len = 0 };
	char hex[MUN_DIGEST_HEX];
	int rc;

	rc = digest_of(text, len, &d, e);
	if (rc)
		return rc;
	mun_digest_hex(&d, hex);
	return mun_fmt(out, e, "%s inventory.json\n", hex);
}

/* Does the sidecar hold the digest of the text? */
static int check_pair(const char *path, const struct mun_pair *p,
		      struct mun_err *e)
{
	size_t digits = strcspn(p->sidecar, " \t\n");
	mun_autofree char *hex = strndup(p->sidecar, digits);
	struct mun_digest is = { .len = 0 };
	struct mun_digest said;
	int rc;

	if (!hex)
		return mun_fail_nomem(e, "sidecar");
	rc = digest_of(p->text, p->len, &is, e);
	if (rc)
		return rc;
	if (mun_digest_parse(MUN_SHA512, hex, &said, e))
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' does not begin with a SHA-512 digest",
				path);
	if (!mun_digest_equal(&said, &is))
		return mun_fail(e, MUN_ECORRUPT,
				"inventory.json is not what its sidecar says");
	return 0;
}

/* The two files, not yet compared.  A missing sidecar is damage. */
static int read_pair(const char *dir, struct mun_pair *p, char **sidecar,
		     struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_path_join(dir, "inventory.json", &path, e);
	if (!rc)
		rc = mun_path_join(dir, MUN_OBJECT_SIDECAR, sidecar, e);
	if (!rc)
		rc = mun_val_read(path, MUN_INVENTORY_MAX, &p->text, &p->len,
				  e);
	if (rc)
		return rc;
	rc = mun_val_read(*sidecar, MUN_SIDECAR_MAX, &p->sidecar,
			  &p->sidecar_len, e);
	if (rc == MUN_ENOENT)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "inventory.json has no sidecar '%s'", *sidecar);
	return rc;
}

int mun_pair_read(const char *dir, struct mun_pair *out, struct mun_err *e)
{
	mun_autofree char *sidecar = NULL;
	struct mun_pair p = { .text = NULL };
	int rc;

	rc = read_pair(dir, &p, &sidecar, e);
	if (!rc)
		rc = check_pair(sidecar, &p, e);
	if (rc)
		mun_pair_clear(&p);
	else
		*out = p;
	return rc;
}

int mun_store_explain(const struct mun_store *s, int rc, struct mun_err *e)
{
	struct mun_err away;

	if ((rc != MUN_ENOENT && rc != MUN_EIO) ||
	    !mun_store_available(s, &away))
		return rc;
	*e = away;
	return e->code;
}

int mun_object_newest(const char *dir, unsigned long *out, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	int rc = mun_dirlist_read(dir, &l, e);

	*out = 0;
	for (size_t i = 0; !rc && i < l->n; i++) {
		unsigned long n = mun_inventory_version(l->of[i].name);

		if (S_ISDIR(l->of[i].st.st_mode) && n > *out)
			*out = n;
	}
	return rc;
}

/*
 * The root's pair does not hold.  Is it that a commit was killed between the
 * two renames?  Then 0, and the pair of the new version in @out.
 */
static int try_newest(const char *dir, struct mun_pair *out, struct mun_err *e)
{
	struct mun_pair newest = { .text = NULL };
	struct mun_pair root = { .text = NULL };
	mun_autofree char *version = NULL;
	mun_autofree char *ignored = NULL;
	unsigned long n = 0;
	int rc;

	rc = mun_object_newest(dir, &n, e);
	if (!rc)
		rc = mun_fmt(&version, e, "%s/v%lu", dir, n);
	if (!rc)
		rc = mun_pair_read(version, &newest, e);
	if (!rc)
		rc = read_pair(dir, &root, &ignored, e);
	if (!rc && n > 1 && root.len == newest.len &&
	    !memcmp(root.text, newest.text, root.len))
		*out = newest;
	else
		mun_pair_clear(&newest);
	mun_pair_clear(&root);
	return rc ? rc : out->text ? 0 : MUN_ECORRUPT;
}

static int load(const struct mun_store *s, const char *id, struct mun_object *o,
		struct mun_err *e)
{
	mun_autofree char *rel = NULL;
	struct mun_err other;
	struct stat st;
	int rc;

	rc = mun_store_object_path(id, &rel, e);
	if (!rc)
		rc = mun_path_join(s->path, rel, &o->dir, e);
	if (!rc)
		rc = mun_beneath(s->path, rel, &st, e);
	if (!rc)
		rc = mun_pair_read(o->dir, &o->pair, e);
	if (rc == MUN_ECORRUPT && !try_newest(o->dir, &o->pair, &other)) {
		o->interrupted = true;
		rc = 0;
	}
	return rc;
}

int mun_object_load(const struct mun_store *s, const char *id,
		    struct mun_object *out, struct mun_err *e)
{
	int rc;

	*out = (struct mun_object){ .dir = NULL };
	rc = load(s, id, out, e);
	if (!rc)
		return 0;
	(void)mun_store_explain(s, rc, e);
	return mun_ctx(e, "object '%s'", id);
}

void mun_object_clear(struct mun_object *o)
{
	free(o->dir);
	mun_pair_clear(&o->pair);
	*o = (struct mun_object){ .dir = NULL };
}

static int by_path(const void *a, const void *b)
{
	const struct mun_object_content *x = a;
	const struct mun_object_content *y = b;

	return strcmp(x->path, y->path);
}

static int add_content(struct mun_object_contents *c, const char *hex,
		       const char *path, struct mun_err *e)
{
	struct mun_object_content *of = &c->of[c->n];
	int rc;

	if (!path || !mun_path_is_safe(path))
		return mun_fail(e, MUN_ECORRUPT, "unsafe content path '%s'",
				path ? path : "");
	rc = mun_digest_parse(MUN_SHA512, hex, &of->sha512, e);
	if (rc)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' of '%s' is no SHA-512 digest", hex, path);
	rc = mun_strdup(path, &of->path, e);
	if (!rc)
		c->n++;
	return rc;
}

static int fill_contents(struct mun_object_contents *c, json_t *manifest,
			 struct mun_err *e)
{
	const char *hex;
	json_t *paths;
	size_t n = 0;

	json_object_foreach(manifest, hex, paths) n += json_array_size(paths);
	c->of = calloc(n + 1, sizeof(*c->of));
	if (!c->of)
		return mun_fail_nomem(e, "content files");
	json_object_foreach(manifest, hex, paths)
	{
		for (size_t i = 0; i < json_array_size(paths); i++) {
			int rc = add_content(
				c, hex,
				json_string_value(json_array_get(paths, i)), e);

			if (rc)
				return rc;
		}
	}
	qsort(c->of, c->n, sizeof(*c->of), by_path);
	for (size_t i = 1; i < c->n; i++) {
		if (!strcmp(c->of[i - 1].path, c->of[i].path))
			return mun_fail(e, MUN_ECORRUPT,
					"the path '%s' stands twice",
					c->of[i].path);
	}
	return 0;
}

int mun_object_contents(const char *text, size_t len,
			struct mun_object_contents *out, struct mun_err *e)
{
	mun_autojson json_t *j = NULL;
	json_t *manifest;
	int rc;

	*out = (struct mun_object_contents){ .n = 0 };
	rc = mun_inventory_json(text, len, &j, e);
	if (rc)
		return rc;
	manifest = json_object_get(j, "manifest");
	if (!json_is_object(manifest))
		return mun_fail(e, MUN_ECORRUPT, "there is no manifest");
	return fill_contents(out, manifest, e);
}

void mun_object_contents_clear(struct mun_object_contents *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->of[i].path);
	free(c->of);
	*c = (struct mun_object_contents){ .n = 0 };
}

/* Is the folder that is locked still the one of that name? */
static bool same_folder(int fd, const char *dir)
{
	struct stat a;
	struct stat b;

	return !fstat(fd, &a) && !lstat(dir, &b) && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

int mun_object_lock(const char *dir, int *fd_out, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	int rc;

	*fd_out = -1;
	fd = mun_sys.open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
			  0);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", dir);
	do
		rc = flock(fd, LOCK_EX | LOCK_NB);
	while (rc && errno == EINTR);
	if (rc && errno == EWOULDBLOCK)
		return mun_fail(e, MUN_EBUSY,
				"another process is at work in '%s'", dir);
	/* A network file system may know no locks for folders. */
	if (rc)
		return 0;
	if (!same_folder(fd, dir))
		return mun_fail(e, MUN_EBUSY, "'%s' was moved meanwhile", dir);
	*fd_out = fd;
	fd = -1;
	return 0;
}
