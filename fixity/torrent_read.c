/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/torrent_read.c - reading a BitTorrent v2 metainfo file (BEP 52) */
#include "fixity/torrent.h"

#include "core/check.h"
#include "core/file.h"
#include "fixity/bencode.h"
#include "fixity/torrent_limits.h"

/* Files of the same bytes share a layer, and each gets a copy.  So that a small
 * input cannot ask for all memory: so many bytes (enough for 2 TiB of such
 * files), or so many times the input. */
#define COPIED_BYTES_MAX ((size_t)64 << 20)
#define COPIED_TIMES_MAX 16u

struct layer {
	struct mun_bytes root;
	struct mun_bytes hashes;
	bool checked; /* gives its root */
};

struct reader {
	struct mun_bencode in;
	struct mun_torrent *out;
	size_t room; /* in out->files */
	char path[MUN_TORRENT_PATH_MAX + 1]; /* of the entry at hand */
	size_t path_len;
	bool have_tree, have_version, have_piece_length;
	struct layer *layers; /* sorted by root */
	size_t nlayers;
	size_t layers_room;
	size_t copied; /* bytes */
};

static int bad(const struct reader *r, const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "%s, at byte %zu", what, r->in.at);
}

/* Room for one more in an array that doubles. */
static int grow(void **items, size_t count, size_t *room, size_t size,
		struct mun_err *e)
{
	size_t more = *room ? 2 * *room : 8;
	void *p;

	if (count < *room)
		return 0;
	p = reallocarray(*items, more, size);
	if (!p)
		return mun_fail_nomem(e, "torrent");
	*items = p;
	*room = more;
	return 0;
}

static int file_facts(struct reader *r, struct mun_tree *t, struct mun_err *e)
{
	struct mun_bytes key = { 0 };
	struct mun_bytes root = { 0 };
	bool have_length = false;
	bool end;
	int rc;

	rc = mun_bencode_dict(&r->in, e);
	while (!rc && !(rc = mun_bencode_key(&r->in, &key, &end, e)) && !end) {
		if (mun_bytes_are(key, "length")) {
			rc = mun_bencode_uint(&r->in, &t->bytes, e);
			have_length = true;
		} else if (mun_bytes_are(key, "pieces root")) {
			rc = mun_bencode_string(&r->in, &root, e);
		} else {
			rc = mun_bencode_skip(&r->in, e);
		}
	}
	if (rc)
		return rc;
	if (!have_length)
		return bad(r, "a file without a length", e);
	if (root.len != (t->bytes ? MUN_TREE_HASH : 0))
		return bad(r, "a pieces root of the wrong length", e);
	if (root.len)
		memcpy(t->root, root.p, MUN_TREE_HASH);
	t->npieces = mun_tree_npieces(t->bytes);
	return 0;
}

static int add_file(struct reader *r, struct mun_err *e)
{
	struct mun_torrent *t = r->out;
	void *files = t->files;
	struct mun_torrent_file f = { 0 };
	char *path = NULL;
	int rc;

	rc = file_facts(r, &f.tree, e);
	if (rc)
		return rc;
	if (!mun_path_is_safe(r->path))
		return bad(r, "a path that leads outside", e);
	rc = grow(&files, t->nfiles, &r->room, sizeof(f), e);
	t->files = files;
	if (!rc)
		rc = mun_strdup(r->path, &path, e);
	if (rc)
		return rc;
	f.path = path;
	t->files[t->nfiles++] = f;
	return 0;
}

static int push_name(struct reader *r, struct mun_bytes name, struct mun_err *e)
{
	const size_t slash = r->path_len ? 1 : 0;

	if (name.len > MUN_TORRENT_NAME_MAX ||
	    r->path_len + slash + name.len > MUN_TORRENT_PATH_MAX)
		return bad(r, "a path too long", e);
	if (memchr(name.p, '/', name.len) || memchr(name.p, '\0', name.len))
		return bad(r, "a slash or a NUL in a name", e);
	if (slash)
		r->path[r->path_len++] = '/';
	memcpy(r->path + r->path_len, name.p, name.len);
	r->path_len += name.len;
	r->path[r->path_len] = '\0';
	return 0;
}

/* A folder, or, with the empty key alone, a file.  Recursion is bounded by
 * MUN_BENCODE_DEPTH, which mun_bencode_dict() keeps. */
static int file_tree(struct reader *r, struct mun_err *e)
{
	const size_t path_len = r->path_len;
	struct mun_bytes key = { 0 };
	bool is_file = false;
	bool end;
	int rc;

	rc = mun_bencode_dict(&r->in, e);
	while (!rc && !(rc = mun_bencode_key(&r->in, &key, &end, e)) && !end) {
		if (is_file || (!key.len && !path_len))
			return bad(r, "a file that is also a folder", e);
		is_file = !key.len;
		if (is_file) {
			rc = add_file(r, e);
			continue;
		}
		rc = push_name(r, key, e);
		if (!rc)
			rc = file_tree(r, e);
		r->path_len = path_len;
		r->path[path_len] = '\0';
	}
	return rc;
}

static int read_name(struct reader *r, struct mun_err *e)
{
	struct mun_bytes name;
	int rc;

	rc = mun_bencode_string(&r->in, &name, e);
	if (rc)
		return rc;
	if (!name.len || memchr(name.p, '\0', name.len))
		return bad(r, "an empty name, or one with a NUL", e);
	r->out->name = strndup((const char *)name.p, name.len);
	return r->out->name ? 0 : mun_fail_nomem(e, "torrent");
}

/* A number that must be @want; @seen is set. */
static int read_fixed(struct reader *r, uint64_t want, const char *what,
		      bool *seen, struct mun_err *e)
{
	uint64_t v;
	int rc;

	rc = mun_bencode_uint(&r->in, &v, e);
	if (rc)
		return rc;
	*seen = true;
	if (v != want)
		return mun_fail(e, MUN_EUNSUPPORTED, "%s %llu, not %llu", what,
				(unsigned long long)v,
				(unsigned long long)want);
	return 0;
}

static int read_info(struct reader *r, struct mun_err *e)
{
	struct mun_bytes key = { 0 };
	bool end;
	int rc;

	rc = mun_bencode_dict(&r->in, e);
	while (!rc && !(rc = mun_bencode_key(&r->in, &key, &end, e)) && !end) {
		if (mun_bytes_are(key, "file tree")) {
			rc = file_tree(r, e);
			r->have_tree = true;
		} else if (mun_bytes_are(key, "meta version")) {
			rc = read_fixed(r, 2, "meta version", &r->have_version,
					e);
		} else if (mun_bytes_are(key, "name")) {
			rc = read_name(r, e);
		} else if (mun_bytes_are(key, "piece length")) {
			rc = read_fixed(r, MUN_TREE_PIECE, "piece length",
					&r->have_piece_length, e);
		} else {
			rc = mun_bencode_skip(&r->in, e);
		}
	}
	return rc;
}

static int read_layers(struct reader *r, struct mun_err *e)
{
	struct layer l = { 0 };
	void *layers;
	bool end;
	int rc;

	rc = mun_bencode_dict(&r->in, e);
	while (!rc && !(rc = mun_bencode_key(&r->in, &l.root, &end, e)) &&
	       !end) {
		if (l.root.len != MUN_TREE_HASH)
			return bad(r, "a root of the wrong length", e);
		rc = mun_bencode_string(&r->in, &l.hashes, e);
		if (rc)
			return rc;
		layers = r->layers;
		rc = grow(&layers, r->nlayers, &r->layers_room, sizeof(l), e);
		r->layers = layers;
		if (!rc)
			r->layers[r->nlayers++] = l;
	}
	return rc;
}

static int by_root(const void *root, const void *layer)
{
	const struct layer *l = layer;

	return memcmp(root, l->root.p, MUN_TREE_HASH);
}

/* Give @f a copy of its layer, which must give @f's root. */
static int attach_layer(struct reader *r, struct mun_torrent_file *f,
			struct mun_err *e)
{
	struct mun_tree *t = &f->tree;
	uint8_t root[MUN_TREE_HASH];
	struct layer *l = NULL;
	int rc;

	if (r->nlayers)
		l = bsearch(t->root, r->layers, r->nlayers, sizeof(*l),
			    by_root);
	if (!l || l->hashes.len / MUN_TREE_HASH != t->npieces ||
	    l->hashes.len % MUN_TREE_HASH)
		return mun_fail(e, MUN_ECORRUPT,
				"no piece layer of its length for '%s'",
				f->path);
	r->copied += l->hashes.len;
	if (r->copied > COPIED_BYTES_MAX &&
	    r->copied / COPIED_TIMES_MAX > r->in.len)
		return mun_fail(e, MUN_ECORRUPT,
				"too many files share a piece layer");
	t->pieces = malloc(l->hashes.len);
	if (!t->pieces)
		return mun_fail_nomem(e, "piece layer");
	memcpy(t->pieces, l->hashes.p, l->hashes.len);
	if (l->checked)
		return 0;
	rc = mun_tree_root(t, root, e);
	if (!rc && memcmp(root, t->root, MUN_TREE_HASH) != 0)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the piece layer of '%s' does not give its root",
			      f->path);
	l->checked = !rc;
	return rc;
}

/* The layer of a single piece is its root. */
static int attach_layers(struct reader *r, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->out->nfiles; i++) {
		struct mun_tree *t = &r->out->files[i].tree;

		if (t->npieces > 1) {
			rc = attach_layer(r, &r->out->files[i], e);
		} else if (t->npieces == 1) {
			t->pieces = malloc(MUN_TREE_HASH);
			if (!t->pieces)
				return mun_fail_nomem(e, "piece layer");
			memcpy(t->pieces[0], t->root, MUN_TREE_HASH);
		}
	}
	return rc;
}

static int read_metainfo(struct reader *r, struct mun_err *e)
{
	struct mun_bytes key = { 0 };
	bool end;
	int rc;

	rc = mun_bencode_dict(&r->in, e);
	while (!rc && !(rc = mun_bencode_key(&r->in, &key, &end, e)) && !end) {
		if (mun_bytes_are(key, "info"))
			rc = read_info(r, e);
		else if (mun_bytes_are(key, "piece layers"))
			rc = read_layers(r, e);
		else
			rc = mun_bencode_skip(&r->in, e);
	}
	if (rc)
		return rc;
	if (r->in.at != r->in.len)
		return bad(r, "something after the end", e);
	if (!r->have_version || !r->have_piece_length || !r->have_tree ||
	    !r->out->name)
		return bad(r, "not the metainfo of a v2 torrent", e);
	return attach_layers(r, e);
}

int mun_torrent_read(const void *data, size_t len, struct mun_torrent *out,
		     struct mun_err *e)
{
	struct mun_torrent t = { 0 };
	struct reader *r;
	int rc;

	r = calloc(1, sizeof(*r));
	if (!r)
		return mun_fail_nomem(e, "torrent");
	r->in = (struct mun_bencode){ .data = data, .len = len };
	r->out = &t;
	rc = read_metainfo(r, e);
	free(r->layers);
	free(r);
	if (rc) {
		mun_torrent_clear(&t);
		return mun_ctx(e, "torrent");
	}
	*out = t;
	return 0;
}

void mun_torrent_clear(struct mun_torrent *t)
{
	for (size_t i = 0; i < t->nfiles; i++) {
		mun_freep(&t->files[i].path);
		mun_tree_clear(&t->files[i].tree);
	}
	free(t->files);
	free(t->name);
	*t = (struct mun_torrent){ 0 };
}
