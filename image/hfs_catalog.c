/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/hfs_catalog.c - the catalogue of HFS and HFS Plus
 *
 * Big endian.  Node: 0 next, 8 kind (0 index, 1 header, FFh leaf), 9 height, 10
 * records; from its end backwards the offset of each record, u16.  Header
 * record, at 14: 2 root node, 18 bytes a node, 22 nodes.
 * Key: its length (1 byte; with HFS Plus 2), then with HFS a byte of nothing,
 * u32 folder, name (length of 1 or 2 bytes).  Then, at an even place, the node
 * below, or a record; the types of HFS are in its first byte:
 *	HFS	folder 1: 6 ID.  file 2: 4 type, 8 creator, 20 ID, 36 bytes of the
 *		resource fork, 86 its extents.  thread 3: 14 name
 *	HFS+	folder 1: 8 ID.  file 2: 8 ID, 48 type, 52 creator, 168 bytes of
 *		the resource fork, 184 its extents.  thread 3: 8 name
 */
#include "image/hfs_catalog.h"

#include "core/bytes.h"
#include "core/check.h"

#include <stdlib.h>
#include <string.h>

#define NODE_LEAST 512u
#define DEPTH_MOST 16u
#define ITEMS_MOST 4096u
#define NODE_HEAD 14u
#define LEAF_BYTES ((uint64_t)8 << 20) /* of one folder that are read */

enum { NODE_INDEX = 0x00, NODE_HEADER = 0x01, NODE_LEAF = 0xff };
enum { RECORD_FOLDER = 1, RECORD_FILE = 2, RECORD_THREAD = 3 };

/* One record of a node, its key apart. */
struct record {
	uint32_t folder;
	const uint8_t *name;
	size_t name_len; /* bytes */
	const uint8_t *data;
	size_t len;
};

static int broken(const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "catalogue: %s", what);
}

void mun_hfs_extents(const struct mun_hfs_catalog *c, const uint8_t *p,
		     uint64_t bytes, struct mun_hfs_fork *out)
{
	size_t most = c->plus ? 8 : 3;

	memset(out, 0, sizeof(*out));
	out->bytes = bytes;
	for (size_t i = 0; i < most; i++) {
		uint64_t start =
			c->plus ? mun_be32(p + 8 * i) : mun_be16(p + 4 * i);
		uint64_t count = c->plus ? mun_be32(p + 8 * i + 4)
					 : mun_be16(p + 4 * i + 2);

		if (!count)
			break;
		/* 32 bits times 32 bits, and what is before: no overflow. */
		out->extents[i].off = c->first + start * c->block;
		out->extents[i].bytes = count * c->block;
		out->n = i + 1;
	}
}

int mun_hfs_fork_read(struct mun_source *src, const struct mun_hfs_fork *f,
		      void *buf, size_t len, uint64_t off, struct mun_err *e)
{
	uint8_t *to = buf;

	for (size_t i = 0; i < f->n && len; i++) {
		uint64_t there = f->extents[i].bytes;
		size_t n;
		int rc;

		if (off >= there) {
			off -= there;
			continue;
		}
		n = (size_t)MUN_MIN((uint64_t)len, there - off);
		if (f->extents[i].off > src->size ||
		    off > src->size - f->extents[i].off ||
		    n > src->size - f->extents[i].off - off)
			return broken("an extent lies outside", e);
		rc = mun_source_pread(src, to, n, f->extents[i].off + off, e);
		if (rc)
			return rc;
		to += n;
		len -= n;
		off = 0;
	}
	return len ? broken("a fork goes on elsewhere", e) : 0;
}

int mun_hfs_catalog_open(struct mun_hfs_catalog *c, struct mun_err *e)
{
	uint8_t h[NODE_LEAST];
	int rc = mun_hfs_fork_read(c->src, &c->fork, h, sizeof(h), 0, e);

	if (rc)
		return rc;
	c->root = mun_be32(h + NODE_HEAD + 2);
	c->node_bytes = mun_be16(h + NODE_HEAD + 18);
	c->nodes = mun_be32(h + NODE_HEAD + 22);
	if (h[8] != NODE_HEADER || c->node_bytes < NODE_LEAST ||
	    c->node_bytes > MUN_HFS_NODE_MOST ||
	    c->node_bytes & (c->node_bytes - 1) ||
	    (uint64_t)c->nodes * c->node_bytes > c->fork.bytes)
		return broken("no header of a tree", e);
	return 0;
}

static int read_node(struct mun_hfs_catalog *c, uint32_t n, uint8_t *node,
		     struct mun_err *e)
{
	if (n >= c->nodes)
		return broken("a node that is not there", e);
	return mun_hfs_fork_read(c->src, &c->fork, node, c->node_bytes,
				 (uint64_t)n * c->node_bytes, e);
}

/* Record @i of @node; false where it makes no sense. */
static bool get_record(const struct mun_hfs_catalog *c, const uint8_t *node,
		       size_t i, struct record *r)
{
	size_t head = c->plus ? 2 : 1; /* length of the length of the key */
	size_t fixed = 6; /* folder and length of the name, or a byte more */
	size_t room = c->node_bytes;
	size_t at, end, key, data;

	if (2 * (i + 2) > room - NODE_HEAD)
		return false;
	at = mun_be16(node + room - 2 * (i + 1));
	end = mun_be16(node + room - 2 * (i + 2));
	if (at < NODE_HEAD || at >= end || end > room - 2 * (i + 2) ||
	    end - at < head + fixed)
		return false;
	key = c->plus ? mun_be16(node + at) : node[at];
	data = at + head + key;
	data += (data - at) & 1;
	if (key < fixed || data > end)
		return false;
	r->folder = mun_be32(node + at + 2);
	r->name = node + at + (c->plus ? 8 : 7);
	r->name_len =
		c->plus ? (size_t)2 * mun_be16(node + at + 6) : node[at + 6];
	if (r->name_len > key - fixed)
		return false;
	r->data = node + data;
	r->len = end - data;
	return true;
}

/* The leaf in which the thread of folder @id would be: of each index the last
 * record that is not after it, the name of a thread being empty. */
static int find_leaf(struct mun_hfs_catalog *c, uint32_t id, uint8_t *node,
		     struct mun_err *e)
{
	uint32_t next = c->root;

	for (unsigned int depth = 0; depth < DEPTH_MOST; depth++) {
		uint32_t below = 0;
		size_t n;
		int rc = read_node(c, next, node, e);

		if (rc)
			return rc;
		if (node[8] == NODE_LEAF)
			return 0;
		if (node[8] != NODE_INDEX)
			return broken("a node of another kind", e);
		n = mun_be16(node + 10);
		for (size_t i = 0; i < n; i++) {
			struct record r;

			if (!get_record(c, node, i, &r) || r.len < 4)
				return broken("an index that is broken", e);
			if (i &&
			    (r.folder > id || (r.folder == id && r.name_len)))
				break;
			below = mun_be32(r.data);
		}
		if (!below)
			return broken("an index without records", e);
		next = below;
	}
	return broken("is too deep", e);
}

/* ---- records of a folder ---- */

static void get_file(const struct mun_hfs_catalog *c, const struct record *r,
		     struct mun_hfs_item *item)
{
	const uint8_t *d = r->data;

	if (c->plus && r->len >= 248) {
		item->id = mun_be32(d + 8);
		memcpy(item->type, d + 48, 4);
		memcpy(item->creator, d + 52, 4);
		mun_hfs_extents(c, d + 184, mun_be64(d + 168), &item->rsrc);
	} else if (!c->plus && r->len >= 98) {
		item->id = mun_be32(d + 20);
		memcpy(item->type, d + 4, 4);
		memcpy(item->creator, d + 8, 4);
		mun_hfs_extents(c, d + 86, mun_be32(d + 36), &item->rsrc);
	}
}

static unsigned int kind_of(const struct mun_hfs_catalog *c,
			    const struct record *r)
{
	if (r->len < 12)
		return 0;
	return c->plus ? mun_be16(r->data) : r->data[0];
}

/* The name in the thread of the folder itself. */
static void get_name(const struct mun_hfs_catalog *c, const struct record *r,
		     uint8_t *name, size_t *name_len)
{
	size_t at = c->plus ? 10 : 15;
	size_t len;

	if (!name || r->len < at)
		return;
	len = c->plus ? (size_t)2 * mun_be16(r->data + 8) : r->data[14];
	len = MUN_MIN(MUN_MIN(len, r->len - at), (size_t)MUN_HFS_NAME);
	memcpy(name, r->data + at, len);
	*name_len = len;
}

/* What is given and asked for, while the leaves are walked. */
struct walk {
	struct mun_hfs_catalog *c;
	uint32_t id;
	bool *found;
	uint8_t *name;
	size_t *name_len;
	mun_hfs_item_fn *fn;
	void *ctx;
	unsigned int items;
};

/* Above 0: no more. */
static int take(struct walk *w, const struct record *r, struct mun_err *e)
{
	struct mun_hfs_item item = { .folder = false };
	unsigned int kind = kind_of(w->c, r);

	if (r->folder < w->id)
		return 0;
	if (r->folder > w->id || ++w->items > ITEMS_MOST)
		return 1;
	if (kind == RECORD_THREAD && !r->name_len) {
		*w->found = true;
		get_name(w->c, r, w->name, w->name_len);
		return 0;
	}
	if (kind != RECORD_FOLDER && kind != RECORD_FILE)
		return 0;
	if (!w->fn)
		return 1;
	item.folder = kind == RECORD_FOLDER;
	item.name = r->name;
	item.name_len = r->name_len;
	if (item.folder)
		item.id = mun_be32(r->data + (w->c->plus ? 8 : 6));
	else
		get_file(w->c, r, &item);
	return w->fn(w->ctx, &item, e);
}

static int walk_leaves(struct walk *w, uint8_t *node, struct mun_err *e)
{
	for (uint64_t bytes = 0; bytes < LEAF_BYTES;
	     bytes += w->c->node_bytes) {
		size_t n = mun_be16(node + 10);
		uint32_t next = mun_be32(node);
		int rc;

		for (size_t i = 0; i < n; i++) {
			struct record r;

			if (!get_record(w->c, node, i, &r))
				return broken("a leaf that is broken", e);
			rc = take(w, &r, e);
			if (rc)
				return rc < 0 ? rc : 0;
		}
		if (!next)
			return 0;
		rc = read_node(w->c, next, node, e);
		if (rc)
			return rc;
		if (node[8] != NODE_LEAF)
			return broken("a leaf that is none", e);
	}
	return 0;
}

int mun_hfs_folder(struct mun_hfs_catalog *c, uint32_t id, bool *found,
		   uint8_t *name, size_t *name_len, mun_hfs_item_fn *fn,
		   void *ctx, struct mun_err *e)
{
	mun_autofree uint8_t *node = malloc(c->node_bytes);
	struct walk w = {
		.c = c,
		.id = id,
		.found = found,
		.name = name,
		.name_len = name_len,
		.fn = fn,
		.ctx = ctx,
	};
	int rc;

	*found = false;
	if (name)
		*name_len = 0;
	if (!node)
		return mun_fail_nomem(e, "node of a catalogue");
	rc = find_leaf(c, id, node, e);
	return rc ? rc : walk_leaves(&w, node, e);
}
