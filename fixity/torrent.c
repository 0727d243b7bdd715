/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/torrent.c - writing a BitTorrent v2 metainfo file (BEP 52) */
#include "fixity/torrent.h"

#include "core/file.h"
#include "fixity/torrent_limits.h"

static void add_string(struct mun_str *out, const void *p, size_t len)
{
	mun_str_addf(out, "%zu:", len);
	mun_str_add_bytes(out, p, len);
}

static void add_text(struct mun_str *out, const char *text)
{
	add_string(out, text, strlen(text));
}

static void add_uint(struct mun_str *out, const char *key, uint64_t v)
{
	add_text(out, key);
	mun_str_addf(out, "i%llue", (unsigned long long)v);
}

/* '/' sorts before all else, so that paths come in the order in which nested
 * dictionaries, sorted by raw bytes, name them. */
static int rank(char c)
{
	return c == '/' ? 0 : (unsigned char)c;
}

static int by_path(const void *x, const void *y)
{
	const struct mun_torrent_file *const *a = x;
	const struct mun_torrent_file *const *b = y;
	const char *p = (*a)->path;
	const char *q = (*b)->path;

	while (*p && *p == *q) {
		p++;
		q++;
	}
	/* The end comes before a '/': a file before what would be in it. */
	if (!*p || !*q)
		return (*p != '\0') - (*q != '\0');
	return rank(*p) - rank(*q);
}

static int by_root(const void *x, const void *y)
{
	const struct mun_torrent_file *const *a = x;
	const struct mun_torrent_file *const *b = y;

	return memcmp((*a)->tree.root, (*b)->tree.root, MUN_TREE_HASH);
}

static int check_file(const struct mun_torrent_file *f, struct mun_err *e)
{
	const struct mun_tree *t = &f->tree;
	const char *part = f->path;
	unsigned int parts = 0;

	if (!mun_path_is_safe(f->path))
		return mun_fail(e, MUN_EINVAL, "unsafe path '%s'", f->path);
	if (t->bytes > INT64_MAX || t->npieces != mun_tree_npieces(t->bytes) ||
	    (t->npieces > 1 && !t->pieces))
		return mun_fail(e, MUN_EINVAL, "no piece layer for '%s'",
				f->path);
	for (; *part; parts++) {
		size_t len = strcspn(part, "/");

		if (len > MUN_TORRENT_NAME_MAX)
			break;
		part += len + (part[len] == '/');
	}
	if (*part || parts > MUN_TORRENT_PARTS_MAX ||
	    strlen(f->path) > MUN_TORRENT_PATH_MAX)
		return mun_fail(e, MUN_EINVAL,
				"path '%s' is too long or too deep", f->path);
	return 0;
}

/* Neighbours in the order of by_path(): the same path, or one that would be
 * both a file and a folder. */
static int check_neighbours(const char *a, const char *b, struct mun_err *e)
{
	const size_t len = strlen(a);

	if (!strncmp(a, b, len) && (b[len] == '\0' || b[len] == '/'))
		return mun_fail(e, MUN_EINVAL, "path '%s' is there twice", a);
	return 0;
}

static int sorted(const struct mun_torrent_file *files, size_t n,
		  const struct mun_torrent_file **out, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		out[i] = &files[i];
		rc = check_file(&files[i], e);
	}
	if (rc)
		return rc;
	qsort(out, n, sizeof(*out), by_path);
	for (size_t i = 1; !rc && i < n; i++)
		rc = check_neighbours(out[i - 1]->path, out[i]->path, e);
	return rc;
}

/* How many bytes of folders ("a/b/") two paths have in common. */
static size_t common_folders(const char *a, const char *b)
{
	size_t common = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
		if (a[i] == '/')
			common = i + 1;
	}
	return common;
}

static void add_file(struct mun_str *out, const struct mun_torrent_file *f)
{
	mun_str_add(out, "d0:d");
	add_uint(out, "length", f->tree.bytes);
	if (f->tree.bytes) {
		add_text(out, "pieces root");
		add_string(out, f->tree.root, MUN_TREE_HASH);
	}
	mun_str_add(out, "ee");
}

/* From one path to the next: leave the folders that only the first is in,
 * enter those that only the second is in. */
static void add_tree(struct mun_str *out,
		     const struct mun_torrent_file *const *files, size_t n)
{
	const char *before = "";

	mun_str_add_char(out, 'd');
	for (size_t i = 0; i < n; i++) {
		const char *path = files[i]->path;
		const size_t common = common_folders(before, path);
		const char *p = path + common;

		for (const char *q = before + common; *q; q++) {
			if (*q == '/')
				mun_str_add_char(out, 'e');
		}
		for (const char *q; (q = strchr(p, '/')); p = q + 1) {
			add_string(out, p, (size_t)(q - p));
			mun_str_add_char(out, 'd');
		}
		add_text(out, p);
		add_file(out, files[i]);
		before = path;
	}
	for (; *before; before++) {
		if (*before == '/')
			mun_str_add_char(out, 'e');
	}
	mun_str_add_char(out, 'e');
}

/* Files of one piece have no layer; files of the same bytes have one. */
static void add_layers(struct mun_str *out,
		       const struct mun_torrent_file *const *files, size_t n)
{
	const uint8_t *before = NULL;

	mun_str_add_char(out, 'd');
	for (size_t i = 0; i < n; i++) {
		const struct mun_tree *t = &files[i]->tree;

		if (t->npieces <= 1 ||
		    (before && !memcmp(before, t->root, MUN_TREE_HASH)))
			continue;
		add_string(out, t->root, MUN_TREE_HASH);
		add_string(out, t->pieces, (size_t)t->npieces * MUN_TREE_HASH);
		before = t->root;
	}
	mun_str_add_char(out, 'e');
}

int mun_torrent_write(const char *name, const struct mun_torrent_file *files,
		      size_t n, struct mun_str *out, struct mun_err *e)
{
	mun_autofree const struct mun_torrent_file **order = NULL;
	int rc;

	if (!n || !*name)
		return mun_fail(e, MUN_EINVAL, "a torrent of nothing");
	order = calloc(n, sizeof(*order));
	if (!order)
		return mun_fail_nomem(e, "torrent");
	rc = sorted(files, n, order, e);
	if (rc)
		return mun_ctx(e, "torrent '%s'", name);
	mun_str_add_char(out, 'd');
	add_text(out, "info");
	mun_str_add_char(out, 'd');
	add_text(out, "file tree");
	add_tree(out, order, n);
	add_uint(out, "meta version", 2);
	add_text(out, "name");
	add_text(out, name);
	add_uint(out, "piece length", MUN_TREE_PIECE);
	mun_str_add_char(out, 'e');
	add_text(out, "piece layers");
	qsort(order, n, sizeof(*order), by_root);
	add_layers(out, order, n);
	mun_str_add_char(out, 'e');
	return out->failed ? mun_fail_nomem(e, "torrent") : 0;
}
