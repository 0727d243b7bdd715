/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/describe_load.c - a record back from the files of an object */
#include "ingest/describe.h"

#include "catalog/premis.h"
#include "core/file.h"
#include "core/source.h"
#include "fixity/hashpass.h"
#include "fixity/torrent.h"
#include "ingest/attach.h"
#include "store/inventory.h"

#include <limits.h>
#include <string.h>

#define TORRENT_MAX ((size_t)1 << 30)

void mun_describe_record_file(struct mun_rec_file *f)
{
	f->format = "PREMIS 3 record";
	f->mime = "application/xml";
}

static int read_content(const char *dir, const char *path, size_t max,
			char **out, size_t *len, struct mun_err *e)
{
	mun_autofree char *full = NULL;
	int rc = mun_path_join(dir, path, &full, e);

	return rc ? rc : mun_file_read(full, max, out, len, e);
}

static const struct mun_torrent_file *find(const struct mun_torrent *t,
					   const char *path)
{
	for (size_t i = 0; i < t->nfiles; i++) {
		if (!strcmp(t->files[i].path, path))
			return &t->files[i];
	}
	return NULL;
}

static int take_tree(struct mun_record *r, struct mun_rec_file *f,
		     const struct mun_tree *tree, struct mun_err *e)
{
	f->tree = *tree;
	f->tree.pieces = NULL;
	if (tree->bytes != f->bytes)
		return mun_fail(e, MUN_ECORRUPT,
				"hash tree of '%s' is of another size",
				f->path);
	if (!tree->pieces)
		return 0;
	f->tree.pieces =
		mun_arena_array(r->arena, (size_t)tree->npieces, MUN_TREE_HASH);
	if (!f->tree.pieces)
		return mun_fail_nomem(e, "hash tree");
	memcpy(f->tree.pieces, tree->pieces,
	       (size_t)tree->npieces * MUN_TREE_HASH);
	return 0;
}

static int tree_of_bytes(struct mun_record *r, struct mun_rec_file *f,
			 const char *data, size_t len, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_digests none = { 0 };
	struct mun_tree tree = { 0 };
	int rc = mun_source_from_memory(data, len, &src, e);

	if (!rc)
		rc = mun_hash_source(src, 0, &none, &tree, "", NULL, e);
	if (!rc)
		rc = take_tree(r, f, &tree, e);
	mun_tree_clear(&tree);
	return rc;
}

/* The torrent describes every file but itself and the record. */
static int load_trees(const char *dir, struct mun_record *r, struct mun_err *e)
{
	struct mun_torrent t = { 0 };
	mun_autofree char *data = NULL;
	size_t len;
	int rc = read_content(dir, MUN_PATH_TORRENT, TORRENT_MAX, &data, &len,
			      e);

	if (!rc)
		rc = mun_torrent_read(data, len, &t, e);
	for (size_t i = 0; !rc && i < r->nfiles; i++) {
		struct mun_rec_file *f = &r->files[i];
		const struct mun_torrent_file *tf = find(&t, f->path);

		if (tf)
			rc = take_tree(r, f, &tf->tree, e);
		else if (!strcmp(f->path, MUN_PATH_TORRENT))
			rc = tree_of_bytes(r, f, data, len, e);
		else
			rc = mun_fail(e, MUN_ECORRUPT,
				      "no hash tree of '%s' in '%s'", f->path,
				      MUN_PATH_TORRENT);
	}
	mun_torrent_clear(&t);
	return rc;
}

int mun_describe_file_id(const char *object, unsigned int version,
			 const char *path, char out[static MUN_UUID_LEN],
			 struct mun_err *e)
{
	mun_autofree char *key = NULL;
	int rc = version > 1 ? mun_fmt(&key, e, "file\n%s\nv%u/content/%s",
				       object, version, path)
			     : mun_fmt(&key, e, "file\n%s\n%s", object, path);

	return rc ? rc : mun_derived_id(key, out, e);
}

/* The record's own entry has the digests that the other files have. */
static int add_record_file(struct mun_record *r, const char *xml, size_t len,
			   struct mun_err *e)
{
	const struct mun_rec_file *master = mun_record_master(r);
	struct mun_digests digests = { 0 };
	mun_auto(source) *src = NULL;
	struct mun_tree tree = { 0 };
	struct mun_rec_file *f = NULL;
	unsigned int algs = 0;
	int rc;

	for (unsigned int i = 0; master && i < MUN_DIGEST_N; i++) {
		if (master->digests.of[i].len)
			algs |= MUN_DIGEST_BIT(i);
	}
	if (!algs)
		return mun_fail(e, MUN_ECORRUPT, "no digests of the master");
	rc = mun_source_from_memory(xml, len, &src, e);
	if (!rc)
		rc = mun_hash_source(src, algs, &digests, &tree, "", NULL, e);
	if (!rc)
		f = mun_attach_entry(r, MUN_PATH_PREMIS, MUN_ROLE_RECORD,
				     &digests, &tree, e);
	mun_tree_clear(&tree);
	if (!f)
		return e->code;
	mun_describe_record_file(f);
	return 0;
}

/* ".../v2/content" is of version 2. */
static int version_of(const char *dir, unsigned int *out, struct mun_err *e)
{
	const char *at = dir + strlen(dir);
	mun_autofree char *inside = NULL;
	unsigned long n;
	int rc;

	/* Back to the last part but one. */
	for (int slashes = 0; at > dir; at--) {
		slashes += at[-1] == '/';
		if (slashes == 2)
			break;
	}
	rc = mun_fmt(&inside, e, "%s/" MUN_PATH_PREMIS, at);
	if (rc)
		return rc;
	n = mun_inventory_content_version(inside);
	if (!n || n > UINT_MAX)
		return mun_fail(e, MUN_EINVAL, "'%s' is of no version", dir);
	*out = (unsigned int)n;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct mun_rec_file *x = a;
	const struct mun_rec_file *y = b;

	return strcmp(x->path, y->path);
}

int mun_described_load(const char *dir, const char *id, struct mun_record **out,
		       struct mun_err *e)
{
	mun_auto(record) *r = NULL;
	mun_autofree char *xml = NULL;
	unsigned int version;
	size_t len = 0;
	int rc;

	rc = version_of(dir, &version, e);
	if (!rc)
		rc = read_content(dir, MUN_PATH_PREMIS, MUN_PREMIS_MAX, &xml,
				  &len, e);
	if (!rc)
		rc = mun_premis_read(xml, len, &r, e);
	if (!rc)
		r->version = version;
	if (!rc && strcmp(r->id, id) != 0)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the record is of object '%s', not of '%s'",
			      r->id, id);
	if (!rc)
		rc = load_trees(dir, r, e);
	if (!rc)
		rc = add_record_file(r, xml, len, e);
	if (rc)
		return mun_ctx(e, "record in '%s'", dir);
	qsort(r->files, r->nfiles, sizeof(*r->files), by_path);
	*out = mun_steal(&r);
	return 0;
}
