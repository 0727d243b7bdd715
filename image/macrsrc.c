/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/macrsrc.c - the resources of a resource fork
 *
 * Inside Macintosh: More Macintosh Toolbox, "Resource File Format"; big endian:
 *	0 data, 4 map, 8 bytes of data, 12 bytes of map
 * data:	u32 length, then the bytes
 * map:	24 type list, 26 name list (from the map)
 * types:	u16 number - 1, then { type[4], u16 number - 1, u16 references
 *	(from the type list) }
 * reference: { i16 id, u16 name (from the name list) or FFFF, u8 attributes,
 *	u24 data (from the data), u32 }
 */
#include "image/macfork.h"

#include "core/bytes.h"
#include "core/check.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 16u
#define MAP_HEAD 28u
#define TYPE 8u
#define REFERENCE 12u
/* Offsets inside a map have 16 bits, and names follow them. */
#define MAP_MAX ((uint32_t)1 << 20)

struct fork {
	struct mun_source *src;
	struct mun_mac_part part;
	uint64_t data; /* bytes into the fork */
	uint64_t data_bytes;
	uint8_t *map;
	size_t map_bytes;
	size_t types; /* bytes into the map */
	size_t names;
};

static int broken(const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "resource fork: %s", what);
}

static int load_map(struct fork *f, struct mun_err *e)
{
	uint8_t h[HEAD];
	uint64_t map;
	int rc;

	if (f->part.bytes < HEAD + MAP_HEAD)
		return broken("is too short", e);
	rc = mun_source_pread(f->src, h, sizeof(h), f->part.off, e);
	if (rc)
		return rc;
	f->data = mun_be32(h);
	map = mun_be32(h + 4);
	f->data_bytes = mun_be32(h + 8);
	f->map_bytes = mun_be32(h + 12);
	if (f->data > f->part.bytes ||
	    f->data_bytes > f->part.bytes - f->data || map > f->part.bytes ||
	    f->map_bytes > f->part.bytes - map)
		return broken("its parts are not inside it", e);
	if (f->map_bytes < MAP_HEAD || f->map_bytes > MAP_MAX)
		return broken("its map has no possible size", e);
	f->map = malloc(f->map_bytes);
	if (!f->map)
		return mun_fail_nomem(e, "resource map");
	rc = mun_source_pread(f->src, f->map, f->map_bytes, f->part.off + map,
			      e);
	if (rc)
		return rc;
	f->types = mun_be16(f->map + 24);
	f->names = mun_be16(f->map + 26);
	if (f->types > f->map_bytes - 2)
		return broken("its list of types is not inside the map", e);
	return 0;
}

/* A name that is not inside the map is none. */
static void read_name(const struct fork *f, uint32_t off, struct mun_rsrc *r)
{
	size_t at = f->names + off;

	if (off == 0xffff || at >= f->map_bytes ||
	    f->map[at] > f->map_bytes - at - 1)
		return;
	r->name_len = f->map[at];
	memcpy(r->name, f->map + at + 1, r->name_len);
}

static int read_reference(const struct fork *f, size_t at, struct mun_rsrc *r,
			  struct mun_err *e)
{
	const uint8_t *p = f->map + at;
	uint64_t off = mun_be32(p + 4) & 0xffffff;
	uint8_t len[4];
	int rc;

	r->id = (int16_t)mun_be16(p);
	r->name_len = 0;
	read_name(f, mun_be16(p + 2), r);
	if (f->data_bytes < 4 || off > f->data_bytes - 4)
		return broken("a resource begins outside it", e);
	rc = mun_source_pread(f->src, len, sizeof(len),
			      f->part.off + f->data + off, e);
	if (rc)
		return rc;
	r->data.off = f->part.off + f->data + off + 4;
	r->data.bytes = mun_be32(len);
	if (r->data.bytes > f->data_bytes - 4 - off)
		return broken("a resource ends outside it", e);
	return 0;
}

static int each_of_type(const struct fork *f, const uint8_t *type,
			mun_rsrc_fn *fn, void *ctx, struct mun_err *e)
{
	uint32_t n = (uint32_t)mun_be16(type + 4) + 1;
	size_t at = f->types + mun_be16(type + 6);
	struct mun_rsrc r = { .id = 0 };

	if (at > f->map_bytes || n > (f->map_bytes - at) / REFERENCE)
		return broken("its references are not inside the map", e);
	memcpy(r.type, type, 4);
	for (uint32_t i = 0; i < n; i++) {
		int rc = read_reference(f, at + (size_t)REFERENCE * i, &r, e);

		if (!rc)
			rc = fn(ctx, &r, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int find_type(const struct fork *f, const char *type, mun_rsrc_fn *fn,
		     void *ctx, struct mun_err *e)
{
	/* FFFF: none */
	uint32_t n = (mun_be16(f->map + f->types) + 1u) & 0xffff;
	size_t at = f->types + 2;

	if (n > (f->map_bytes - at) / TYPE)
		return broken("its types are not inside the map", e);
	for (uint32_t i = 0; i < n; i++, at += TYPE) {
		int rc = 0;

		if (memcmp(f->map + at, type, 4) == 0)
			rc = each_of_type(f, f->map + at, fn, ctx, e);
		if (rc)
			return rc;
	}
	return 0;
}

int mun_rsrc_each(struct mun_source *src, struct mun_mac_part fork,
		  const char *type, mun_rsrc_fn *fn, void *ctx,
		  struct mun_err *e)
{
	struct fork f = { .src = src, .part = fork };
	int rc;

	if (fork.off > src->size || fork.bytes > src->size - fork.off)
		return broken("is not inside the file", e);
	rc = load_map(&f, e);
	if (!rc)
		rc = find_type(&f, type, fn, ctx, e);
	free(f.map);
	return rc;
}

struct search {
	int16_t id;
	struct mun_rsrc *out;
};

static int look(void *ctx, const struct mun_rsrc *r, struct mun_err *e)
{
	const struct search *s = ctx;

	(void)e;
	if (r->id == s->id && !s->out->data.bytes)
		*s->out = *r;
	return 0;
}

int mun_rsrc_find(struct mun_source *src, struct mun_mac_part fork,
		  const char *type, int16_t id, struct mun_rsrc *out,
		  struct mun_err *e)
{
	struct search s = { .id = id, .out = out };

	memset(out, 0, sizeof(*out));
	return mun_rsrc_each(src, fork, type, look, &s, e);
}
