/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_vmdk_write.c - VMDK: one sparse file, a stream, or parts of 2 GB
 *
 * Grains of zeros are left out.
 */
#include "image/writer.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/cells.h"
#include "image/fmt_vmdk.h"
#include "image/fmt_vmdk_write.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR MUN_VMDK_SECTOR
#define CHUNK ((size_t)1 << 20)
/* A part of a split disk, as VMware makes them: 2047 MiB. */
#define PART_BYTES ((uint64_t)2047 << 20)
/* Sectors are numbered with 32 bits, tables and all. */
#define FILE_BYTES_MAX (((uint64_t)2 << 40) - ((uint64_t)1 << 32))
#define MARKER_BYTES 12u
#define ZLIB_LEVEL 6
#define CYLINDERS_MAX 16383u

enum subformat { SPARSE, STREAM, SPLIT };

static const char *const create_types[] = {
	"monolithicSparse",
	"streamOptimized",
	"twoGbMaxExtentSparse",
};

struct wanted {
	unsigned int subformat;
	unsigned int adapter;
	uint64_t bytes; /* of the disk, a multiple of 512 */
};

static const char adapter_choices[] = "ide|lsilogic|buslogic";
static const char *const adapters[] = { "ide", "lsilogic", "buslogic" };

struct job {
	struct mun_cells cells;
	struct wanted wanted;
	struct mun_vmdk_part *parts; /* owned */
	size_t nparts;
	size_t current; /* the part that is being filled */
};

static int read_options(struct mun_image *img,
			const struct mun_write_options *o, struct wanted *w,
			struct mun_err *e)
{
	int rc;

	rc = mun_write_choice(
		o, "subformat",
		"monolithicSparse|streamOptimized|twoGbMaxExtentSparse",
		&w->subformat, e);
	if (!rc)
		rc = mun_write_choice(o, "adapter", adapter_choices,
				      &w->adapter, e);
	w->bytes = img->bytes;
	if (w->bytes % SECTOR)
		w->bytes += SECTOR - w->bytes % SECTOR;
	return rc;
}

static int vmdk_plan(struct mun_image *img, const struct mun_write_options *o,
		     struct mun_loss *loss, struct mun_err *e)
{
	struct wanted w;
	int rc = read_options(img, o, &w, e);

	if (rc)
		return rc;
	if (w.subformat != SPLIT && w.bytes > FILE_BYTES_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a sparse VMDK file has at most 2 TiB: choose "
				"subformat=twoGbMaxExtentSparse");
	if (w.bytes > PART_BYTES * MUN_VMDK_EXTENTS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the disk would have more than %u parts",
				MUN_VMDK_EXTENTS_MAX);
	if (w.bytes != img->bytes)
		rc = mun_loss_add(loss, e, "size", "end",
				  "VMDK counts in sectors of 512 bytes: "
				  "%" PRIu64 " zeros are added",
				  w.bytes - img->bytes);
	return rc ? rc : mun_loss_usual(loss, img, 0, e);
}

/* Marker, zlib stream, zeros to the end of the sector. */
static size_t pack_grain(void *scratch, const struct mun_chunk *c, size_t in,
			 const uint8_t *data, size_t len, uint8_t *out,
			 size_t room)
{
	uint64_t sector = (c->off + in) / SECTOR;
	size_t n = libdeflate_zlib_compress(
		scratch, data, len, out + MARKER_BYTES, room - MARKER_BYTES);
	size_t whole = (MARKER_BYTES + n + SECTOR - 1) / SECTOR * SECTOR;

	mun_put_le32(out, (uint32_t)sector);
	mun_put_le32(out + 4, (uint32_t)(sector >> 32));
	mun_put_le32(out + 8, (uint32_t)n);
	memset(out + MARKER_BYTES + n, 0, whole - MARKER_BYTES - n);
	return n ? whole : 0;
}

static int new_scratch(void *ctx, void **out, struct mun_err *e)
{
	const struct job *j = ctx;

	*out = NULL;
	if (j->wanted.subformat != STREAM)
		return 0;
	*out = libdeflate_alloc_compressor(ZLIB_LEVEL);
	return *out ? 0 : mun_fail_nomem(e, "compressor");
}

static void free_scratch(void *ctx, void *scratch)
{
	(void)ctx;
	libdeflate_free_compressor(scratch);
}

static int encode(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	const struct job *j = ctx;

	return mun_cells_encode(&j->cells, k, k->scratch, e);
}

static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	struct job *j = ctx;
	struct mun_cell *cells = mun_cells_of(k);
	size_t n = mun_cells_in(&j->cells, k);
	struct mun_vmdk_part *p;
	uint64_t first;
	int rc = 0;

	if (k->zero)
		return 0;
	while (k->off - j->parts[j->current].start >=
	       j->parts[j->current].bytes)
		j->current++;
	p = &j->parts[j->current];
	first = (k->off - p->start) / MUN_VMDK_GRAIN;
	for (size_t i = 0; !rc && i < n; i++) {
		size_t len = cells[i].packed ? cells[i].packed : MUN_VMDK_GRAIN;

		if (cells[i].zero)
			continue;
		if (p->stream && !cells[i].packed)
			return mun_fail(e, MUN_ENOMEM,
					"no room for a compressed grain");
		rc = mun_vmdk_part_grain(p, first + i, len, &cells[i].host, e);
	}
	k->tag = j->current;
	k->out_off = 0; /* put() knows better where */
	return rc;
}

static int put(void *ctx, const struct mun_chunk *k, struct mun_err *e)
{
	const struct job *j = ctx;

	return mun_cells_put(&j->cells, k, j->parts[k->tag].file, e);
}

static const struct mun_chunks_ops ops = {
	.scratch_new = new_scratch,
	.scratch_free = free_scratch,
	.encode = encode,
	.place = place,
	.put = put,
};

/* A name between quotes, in a line of text. */
static int check_name(const char *name, struct mun_err *e)
{
	if (strchr(name, '"') || !mun_text_is_clean(name, ""))
		return mun_fail(e, MUN_EINVAL,
				"a VMDK cannot have this name: its descriptor "
				"has no way to write it");
	return 0;
}

static int part_name(const struct mun_write *w, const struct job *j, size_t i,
		     char **out, struct mun_err *e)
{
	int rc;

	if (j->wanted.subformat != SPLIT)
		rc = mun_strdup(mun_output_name(w->out), out, e);
	else
		rc = mun_fmt(out, e, "%s-s%03zu.vmdk", mun_output_stem(w->out),
			     i + 1);
	return rc ? rc : check_name(*out, e);
}

static int begin_part(const struct mun_write *w, struct job *j, size_t i,
		      struct mun_err *e)
{
	bool split = j->wanted.subformat == SPLIT;
	struct mun_vmdk_part *p = &j->parts[i];
	mun_autofree char *name = NULL;
	int rc = part_name(w, j, i, &name, e);

	if (rc)
		return rc;
	p->stream = j->wanted.subformat == STREAM;
	p->has_text = !split;
	p->bytes = j->wanted.bytes;
	if (split) {
		p->start = i * PART_BYTES;
		p->bytes = MUN_MIN(PART_BYTES, j->wanted.bytes - p->start);
	}
	rc = mun_output_file(w->out, split ? name : NULL, &p->file, e);
	return rc ? rc : mun_vmdk_part_begin(p, e);
}

/* As the image says, or as an IDE disk of this size has it. */
static struct mun_geometry geometry(const struct mun_image *img, uint64_t bytes)
{
	struct mun_geometry g = img->geometry;

	if (!g.cylinders || !g.heads || g.heads > 255 || !g.sectors ||
	    g.sectors > 63) {
		g.heads = 16;
		g.sectors = 63;
		g.cylinders = (uint32_t)MUN_MIN(
			bytes / SECTOR / ((uint64_t)g.heads * g.sectors),
			(uint64_t)CYLINDERS_MAX);
	}
	return g;
}

/* All ones means "no parent", and one less is not used either. */
static uint32_t content_id(const uint8_t identity[static 32])
{
	uint32_t id = mun_be32(identity);

	return id >= 0xfffffffe ? id - 2 : id;
}

static int describe(const struct mun_write *w, const struct job *j,
		    uint32_t cid, struct mun_str *s, struct mun_err *e)
{
	struct mun_geometry g = geometry(w->img, j->wanted.bytes);

	mun_str_addf(s,
		     "# Disk DescriptorFile\n"
		     "version=1\n"
		     "encoding=\"UTF-8\"\n"
		     "CID=%08" PRIx32 "\n"
		     "parentCID=ffffffff\n"
		     "createType=\"%s\"\n"
		     "\n"
		     "# Extent description\n",
		     cid, create_types[j->wanted.subformat]);
	for (size_t i = 0; i < j->nparts; i++) {
		mun_autofree char *name = NULL;
		int rc = part_name(w, j, i, &name, e);

		if (rc)
			return rc;
		mun_str_addf(s, "RW %" PRIu64 " SPARSE \"%s\"\n",
			     j->parts[i].bytes / SECTOR, name);
	}
	mun_str_addf(s,
		     "\n"
		     "# The Disk Data Base\n"
		     "#DDB\n"
		     "\n"
		     "ddb.virtualHWVersion = \"4\"\n"
		     "ddb.geometry.cylinders = \"%" PRIu32 "\"\n"
		     "ddb.geometry.heads = \"%" PRIu32 "\"\n"
		     "ddb.geometry.sectors = \"%" PRIu32 "\"\n"
		     "ddb.adapterType = \"%s\"\n",
		     g.cylinders, g.heads, g.sectors,
		     adapters[j->wanted.adapter]);
	return s->failed ? mun_fail_nomem(e, "descriptor") : 0;
}

static int write_text(const struct mun_write *w, const struct job *j,
		      const uint8_t identity[static 32], struct mun_err *e)
{
	bool split = j->wanted.subformat == SPLIT;
	struct mun_outfile *file = j->nparts ? j->parts[0].file : NULL;
	struct mun_str s = { 0 };
	int rc = describe(w, j, content_id(identity), &s, e);

	if (!rc && split)
		rc = mun_output_file(w->out, NULL, &file, e);
	if (!rc && !split && s.len > (size_t)MUN_VMDK_TEXT_SECTORS * SECTOR)
		rc = mun_fail(e, MUN_EINVAL, "the name is too long");
	if (!rc)
		rc = mun_outfile_write(
			file, s.text, s.len,
			split ? 0 : (uint64_t)MUN_VMDK_TEXT_AT * SECTOR, e);
	mun_str_free(&s);
	return rc;
}

static int write_disk(const struct mun_write *w, struct job *j,
		      struct mun_err *e)
{
	struct mun_chunks chunks = {
		.img = w->img,
		.view = MUN_VIEW_CONTENT,
		.chunk_bytes = CHUNK,
		.enc_room = mun_cells_room(&j->cells),
		.threads = w->threads,
		.ops = &ops,
		.ctx = j,
		.progress = w->progress,
		.phase = "writing",
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < j->nparts; i++)
		rc = begin_part(w, j, i, e);
	if (!rc)
		rc = mun_chunks_run(&chunks, e);
	for (size_t i = 0; !rc && i < j->nparts; i++)
		rc = mun_vmdk_part_end(&j->parts[i], e);
	return rc ? rc : write_text(w, j, chunks.identity, e);
}

static int vmdk_write(const struct mun_write *w, struct mun_err *e)
{
	struct job j = { 0 };
	size_t bound;
	int rc = read_options(w->img, w->options, &j.wanted, e);

	if (rc)
		return rc;
	bound = libdeflate_zlib_compress_bound(NULL, MUN_VMDK_GRAIN);
	j.cells.cell_bytes = MUN_VMDK_GRAIN;
	j.cells.per_chunk = CHUNK / MUN_VMDK_GRAIN;
	if (j.wanted.subformat == STREAM) {
		j.cells.pack = pack_grain;
		j.cells.packed_max =
			(MARKER_BYTES + bound + SECTOR - 1) / SECTOR * SECTOR;
	}
	j.nparts = 1;
	if (j.wanted.subformat == SPLIT)
		j.nparts = (size_t)((j.wanted.bytes + PART_BYTES - 1) /
				    PART_BYTES);
	j.parts = calloc(MUN_MAX(j.nparts, (size_t)1), sizeof(*j.parts));
	if (!j.parts)
		return mun_fail_nomem(e, "parts of a VMDK");
	rc = write_disk(w, &j, e);
	for (size_t i = 0; i < j.nparts; i++)
		free(j.parts[i].gd);
	free(j.parts);
	return rc;
}

const struct mun_writer mun_write_vmdk = {
	.name = "vmdk",
	.title = "VMware virtual disk",
	.suffixes = "vmdk",
	.keys = "subformat adapter",
	.help = "subformat=monolithicSparse|streamOptimized|"
		"twoGbMaxExtentSparse, adapter=ide|lsilogic|buslogic",
	.plan = vmdk_plan,
	.write = vmdk_write,
};
