/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_2mg_write.c - a 2IMG header before a disk; layout in fmt_2mg.c */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/parse.h"
#include "image/apple2.h"
#include "image/chunks.h"
#include "image/vdisk_write.h"
#include "image/writer.h"

#include <inttypes.h>
#include <string.h>

#define HEAD 64u
#define BLOCK 512u
#define TRACK 4096u /* of DOS: 16 sectors of 256 bytes */
#define BLOCKS_MAX 65535u /* of ProDOS */
#define COMMENT_MAX 4096u
#define CHUNK ((size_t)1 << 20)

enum { ORDER_AUTO, ORDER_DOS, ORDER_PRODOS };

static const char *fact(const struct mun_image *img, const char *name)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_MADE &&
		    strcmp(img->facts[i].name, name) == 0)
			return img->facts[i].value;
	return NULL;
}

/* Only what the header has a place for is said of the making. */
static bool keeps_making(const struct mun_image *img)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_MADE &&
		    strcmp(img->facts[i].name, "DOS volume") != 0 &&
		    strcmp(img->facts[i].name, "locked") != 0)
			return false;
	return true;
}

/* By the option, else by what is on the disk; only 140K disks have both. */
static int find_order(struct mun_image *img, const struct mun_write_options *o,
		      unsigned int *order, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_apple2 a = { .order = MUN_APPLE2_UNKNOWN };
	int rc = mun_write_choice(o, "order", "auto|dos|prodos", order, e);

	if (rc || *order != ORDER_AUTO)
		return rc;
	*order = ORDER_PRODOS;
	if (img->bytes != MUN_APPLE2_140K)
		return 0;
	rc = mun_image_source(img, &src, e);
	if (!rc)
		rc = mun_apple2_look(src, &a, e);
	if (!rc && a.order == MUN_APPLE2_UNKNOWN)
		rc = mun_fail(e, MUN_EINVAL,
			      "nothing on the disk tells the order of its "
			      "sectors: choose with order=dos or order=prodos");
	if (a.order == MUN_APPLE2_DOS)
		*order = ORDER_DOS;
	return rc;
}

static int check_size(const struct mun_image *img, unsigned int order,
		      struct mun_err *e)
{
	uint32_t unit = order == ORDER_DOS ? TRACK : BLOCK;

	if (!img->bytes || img->bytes % unit)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%" PRIu64 " bytes are not whole %s",
				img->bytes,
				order == ORDER_DOS ? "tracks of 16 sectors"
						   : "blocks of 512");
	if (img->bytes / BLOCK > BLOCKS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%" PRIu64 " bytes: ProDOS has %u blocks of "
				"512 at most",
				img->bytes, BLOCKS_MAX);
	return 0;
}

static int prepare(struct mun_image *img, const struct mun_write_options *o,
		   unsigned int *order, struct mun_err *e)
{
	int rc = find_order(img, o, order, e);

	if (!rc && strlen(mun_write_option(o, "comment", "")) > COMMENT_MAX)
		rc = mun_fail(e, MUN_EINVAL,
			      "option 'comment': more than %u bytes",
			      COMMENT_MAX);
	return rc ? rc : check_size(img, *order, e);
}

static int two_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	unsigned int order = ORDER_AUTO;
	int rc = prepare(img, o, &order, e);

	return rc ? rc
		  : mun_loss_usual(loss, img,
				   keeps_making(img) ? MUN_KEEPS_MADE : 0, e);
}

static uint32_t flags_of(const struct mun_image *img)
{
	const char *volume = fact(img, "DOS volume");
	uint32_t flags = fact(img, "locked") ? 0x80000000u : 0;
	struct mun_err ignored;
	uint64_t n;

	if (volume && mun_parse_u64(volume, 0, 255, &n, &ignored) == 0)
		flags |= 0x100u | (uint32_t)n;
	return flags;
}

static void fill_header(const struct mun_image *img, unsigned int order,
			const char *comment, uint8_t *h)
{
	uint32_t bytes = (uint32_t)img->bytes;

	memcpy(h, "2IMGmuni", 8);
	h[8] = HEAD;
	h[10] = 1;
	h[12] = order == ORDER_PRODOS;
	mun_put_le32(h + 16, flags_of(img));
	mun_put_le32(h + 20, order == ORDER_PRODOS ? bytes / BLOCK : 0);
	mun_put_le32(h + 24, HEAD);
	mun_put_le32(h + 28, bytes);
	if (*comment) {
		mun_put_le32(h + 32, HEAD + bytes);
		mun_put_le32(h + 36, (uint32_t)strlen(comment));
	}
}

static int place(void *ctx, struct mun_chunk *k, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	k->out = k->data;
	k->out_len = k->len;
	k->out_off = HEAD + k->off;
	return 0;
}

static int two_write(const struct mun_write *w, struct mun_err *e)
{
	static const struct mun_chunks_ops ops = { .place = place };
	const char *comment = mun_write_option(w->options, "comment", "");
	struct mun_outfile *file = NULL;
	uint8_t header[HEAD] = { 0 };
	unsigned int order = ORDER_AUTO;
	struct mun_chunks c;
	int rc = prepare(w->img, w->options, &order, e);

	if (!rc)
		rc = mun_output_file(w->out, NULL, &file, e);
	if (rc)
		return rc;
	c = mun_vdisk_chunks(w, file, CHUNK, &ops, NULL);
	rc = mun_chunks_run(&c, e);
	fill_header(w->img, order, comment, header);
	if (!rc)
		rc = mun_outfile_write(file, header, sizeof(header), 0, e);
	if (!rc && *comment)
		rc = mun_outfile_write(file, comment, strlen(comment),
				       HEAD + w->img->bytes, e);
	return rc;
}

const struct mun_writer mun_write_2mg = {
	.name = "2mg",
	.title = "Apple II disk with a header (2IMG)",
	.suffixes = "2mg 2img",
	.keys = "order comment",
	.help = "order=auto|dos|prodos, comment=TEXT",
	.plan = two_plan,
	.write = two_write,
};
