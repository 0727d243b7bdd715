/* SPDX-License-Identifier: Apache-2.0 */
/* image/plain_write.c - bytes of an image in one plain file or in several */
#include "image/plain_write.h"

#include "core/check.h"
#include "core/str.h"
#include "image/chunk_read.h"
#include "image/chunks.h"
#include "image/readmap.h"
#include "image/states.h"

#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES ((size_t)1 << 20)
/* Zeros of this many bytes in a row, at a multiple of it, become a hole. */
#define HOLE_BYTES ((size_t)64 << 10)

struct plain {
	uint64_t part_bytes;
	size_t nparts;
	struct mun_outfile **parts;
};

int mun_plain_view(const struct mun_write_options *o, enum mun_view *out,
		   struct mun_err *e)
{
	unsigned int which = 0;
	int rc = mun_write_choice(o, "view", "content|raw", &which, e);

	*out = which ? MUN_VIEW_RAW : MUN_VIEW_CONTENT;
	return rc;
}

int mun_plain_plan(struct mun_image *img, const struct mun_write_options *o,
		   struct mun_loss *loss, struct mun_err *e)
{
	unsigned int keeps = MUN_KEEPS_UNREADABLE | MUN_KEEPS_DOUBTFUL;
	enum mun_view view;
	int rc = mun_plain_view(o, &view, e);

	if (!rc && view == MUN_VIEW_RAW)
		keeps |= MUN_KEEPS_RAW_SECTORS;
	return rc ? rc : mun_loss_usual(loss, img, keeps, e);
}

/* A piece lies in one part, or in several that follow each other. */
static int write_piece(const struct plain *p, const uint8_t *data, size_t len,
		       uint64_t off, struct mun_err *e)
{
	int rc = 0;

	while (!rc && len) {
		uint64_t part = off / p->part_bytes;
		uint64_t at = off % p->part_bytes;
		size_t here =
			(size_t)MUN_MIN((uint64_t)len, p->part_bytes - at);

		rc = mun_outfile_write(p->parts[part], data, here, at, e);
		data += here;
		off += here;
		len -= here;
	}
	return rc;
}

/* How many bytes from @data on are of one kind: a hole, or not. */
static size_t run_of(const uint8_t *data, size_t len, bool *hole)
{
	size_t n = MUN_MIN(len, HOLE_BYTES);

	*hole = mun_all_zeros(data, n);
	while (n < len &&
	       mun_all_zeros(data + n, MUN_MIN(len - n, HOLE_BYTES)) == *hole)
		n += MUN_MIN(len - n, HOLE_BYTES);
	return n;
}

static int put(void *ctx, const struct mun_chunk *k, struct mun_err *e)
{
	const struct plain *p = ctx;
	size_t n;
	int rc = 0;

	for (size_t at = 0; !rc && at < k->len; at += n) {
		bool hole;

		n = run_of(k->data + at, k->len - at, &hole);
		if (!hole)
			rc = write_piece(p, k->data + at, n, k->off + at, e);
	}
	return rc;
}

static int make_parts(const struct mun_write *w, const struct mun_plain *how,
		      struct plain *p, uint64_t size, struct mun_err *e)
{
	int rc = 0;

	p->parts = calloc(p->nparts, sizeof(struct mun_outfile *));
	if (!p->parts)
		return mun_fail_nomem(e, "parts of an image");
	for (size_t i = 0; !rc && i < p->nparts; i++) {
		uint64_t left = size - i * p->part_bytes;
		char name[256];

		if (i)
			rc = how->name(w->out, i, name, e);
		if (!rc)
			rc = mun_output_file(w->out, i ? name : NULL,
					     &p->parts[i], e);
		if (!rc)
			rc = mun_outfile_set_size(
				p->parts[i], MUN_MIN(left, p->part_bytes), e);
	}
	return rc;
}

struct map {
	struct mun_readmap readmap;
	bool any;
};

static int note_state(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	struct map *map = ctx;
	enum mun_read_state state = MUN_READ_GOOD;

	if (x->kind == MUN_EXTENT_UNREADABLE)
		state = MUN_READ_BAD;
	else if (x->kind == MUN_EXTENT_DOUBTFUL)
		state = MUN_READ_NOT_SCRAPED;
	map->any |= state != MUN_READ_GOOD;
	return mun_readmap_mark(&map->readmap, x->off, x->bytes, state, e);
}

static int write_text(const struct mun_write *w, const char *suffix,
		      const struct mun_str *text, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	struct mun_outfile *f = NULL;
	int rc = mun_fmt(&name, e, "%s%s", mun_output_name(w->out), suffix);

	if (!rc)
		rc = mun_output_file(w->out, name, &f, e);
	return rc ? rc : mun_outfile_write(f, text->text, text->len, 0, e);
}

static int write_map(const struct mun_write *w, enum mun_view view,
		     struct map *map, struct mun_err *e)
{
	static const char comment[] =
		"- could not be read, / was read but its check failed";
	struct mun_str text = { 0 };
	int rc;

	rc = mun_image_walk(w->img, view, NULL, note_state, map, e);
	if (!rc && map->any)
		rc = mun_readmap_write(&map->readmap, comment, &text, e);
	if (!rc && map->any)
		rc = write_text(w, ".map", &text, e);
	mun_str_free(&text);
	return rc;
}

static int tell_states(const struct mun_write *w, enum mun_view view,
		       uint64_t size, struct mun_err *e)
{
	struct map map = { 0 };
	int rc = mun_readmap_init(&map.readmap, size, e);

	if (!rc)
		rc = write_map(w, view, &map, e);
	mun_readmap_clear(&map.readmap);
	return rc;
}

int mun_plain_write(const struct mun_write *w, const struct mun_plain *how,
		    struct mun_err *e)
{
	static const struct mun_chunks_ops ops = { .put = put };
	uint64_t size = mun_image_size(w->img, how->view);
	struct plain p = {
		.part_bytes = how->part_bytes ? how->part_bytes : UINT64_MAX,
	};
	struct mun_chunks chunks = {
		.img = w->img,
		.view = how->view,
		.chunk_bytes = CHUNK_BYTES,
		.threads = w->threads,
		.ops = &ops,
		.ctx = &p,
		.progress = w->progress,
		.phase = "writing",
	};
	int rc;

	p.nparts = (size_t)(size / p.part_bytes + (size % p.part_bytes != 0));
	p.nparts = MUN_MAX(p.nparts, 1);
	rc = make_parts(w, how, &p, size, e);
	if (!rc && size)
		rc = tell_states(w, how->view, size, e);
	if (!rc)
		rc = mun_chunks_run(&chunks, e);
	free(p.parts);
	return rc;
}
