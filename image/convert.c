/* SPDX-License-Identifier: Apache-2.0 */
/* image/convert.c - plan, write, look at what was made, give it its names */
#include "image/writer.h"

#include "core/check.h"
#include "image/companion.h"

#include <inttypes.h>
#include <string.h>

/* A format may round up to whole sectors, clusters or cylinders. */
#define MOST_PADDING ((uint64_t)8 << 20)
#define HEAD_BYTES ((size_t)64 << 10)

/* The files that were made, under the names that they are going to have, and
 * those that are there already. */
struct made {
	struct mun_companions base;
	struct mun_output *out;
	struct mun_companions *folder;
};

static int made_open(struct mun_companions *c, const char *name,
		     struct mun_source **out, struct mun_err *e)
{
	const struct made *m = (struct made *)c;
	int rc = mun_output_source(m->out, name, out, e);

	return rc == MUN_ENOENT ? mun_companion_open(m->folder, name, out, e)
				: rc;
}

static void made_close(struct mun_companions *c)
{
	(void)c;
}

static const struct mun_companions_ops made_ops = {
	.open = made_open,
	.close = made_close,
};

static bool is_read(const char *name)
{
	for (size_t i = 0; mun_image_drivers[i]; i++)
		if (strcmp(mun_image_drivers[i]->name, name) == 0)
			return true;
	return false;
}

static int compare_heads(struct mun_image *was, struct mun_image *made,
			 struct mun_err *e)
{
	size_t len = (size_t)MUN_MIN(was->bytes, (uint64_t)HEAD_BYTES);
	mun_autofree uint8_t *buf = malloc(2 * HEAD_BYTES);
	int rc;

	if (!buf)
		return mun_fail_nomem(e, "head of an image");
	rc = mun_image_pread(was, MUN_VIEW_CONTENT, buf, len, 0, e);
	if (!rc)
		rc = mun_image_pread(made, MUN_VIEW_CONTENT, buf + len, len, 0,
				     e);
	if (!rc && memcmp(buf, buf + len, len) != 0)
		rc = mun_fail(e, MUN_EFIXITY,
			      "its first %zu bytes are not those that were to "
			      "be written",
			      len);
	return rc;
}

/* Sectors of a disc may be stored in another form, so only that it opens says
 * something; of all else the size and the head must be right. */
static int compare(const struct mun_convert *c, struct mun_image *made,
		   struct mun_err *e)
{
	struct mun_image *was = c->img;
	const char *view = mun_write_option(&c->options, "view", "content");

	if (was->disc || made->disc || strcmp(view, "content") != 0)
		return 0;
	if (made->bytes < was->bytes || made->bytes - was->bytes > MOST_PADDING)
		return mun_fail(e, MUN_EFIXITY,
				"it has %" PRIu64 " bytes, not %" PRIu64,
				made->bytes, was->bytes);
	return compare_heads(was, made, e);
}

/* What cannot be read again is not handed over. */
static int look_at_it(struct mun_convert *c, struct mun_output *o,
		      struct mun_err *e)
{
	mun_auto(companions) *folder = NULL;
	struct made made = { { &made_ops }, o, NULL };
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_image_request q = {
		.file_name = mun_output_name(o),
		.format = c->writer->unmarked ? NULL : c->writer->name,
		.companions = &made.base,
	};
	int rc;

	rc = mun_output_settle(o, e);
	if (rc || !is_read(c->writer->name) || c->img->bytes == 0)
		return rc;
	rc = mun_output_source(o, mun_output_name(o), &src, e);
	if (!rc)
		rc = mun_companions_folder(c->path, &folder, e);
	if (rc)
		return mun_ctx(e, "look at what was written");
	q.src = src;
	made.folder = folder;
	rc = mun_image_open_with(&q, &img, e);
	/* It may be a difference to what is not beside it. */
	if (rc == MUN_ENOENT)
		return 0;
	if (!rc)
		rc = compare(c, img, e);
	return rc ? mun_ctx(e, "look at what was written") : 0;
}

static int write_it(struct mun_convert *c, struct mun_err *e)
{
	mun_auto(output) *o = NULL;
	struct mun_write w = {
		.img = c->img,
		.options = &c->options,
		.threads = c->threads,
		.progress = c->progress,
	};
	int rc;

	rc = mun_output_new(c->path, &o, e);
	if (rc)
		return rc;
	w.out = o;
	rc = c->writer->write(&w, e);
	if (!rc)
		rc = look_at_it(c, o, e);
	if (!rc)
		rc = mun_output_finish(o, e);
	return rc ? mun_ctx(e, "write '%s' as '%s'", c->path, c->writer->name)
		  : 0;
}

int mun_convert_run(struct mun_convert *c, struct mun_err *e)
{
	int rc;

	c->refused = false;
	if (c->img->preserved_only[0])
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a '%s' is kept as it is, not decoded: %s",
				c->img->format->name, c->img->preserved_only);
	rc = mun_write_known(c->writer, &c->options, e);
	if (!rc)
		rc = c->writer->plan(c->img, &c->options, &c->loss, e);
	if (rc)
		return rc;
	if (c->loss.nrows && !c->accept_loss) {
		c->refused = true;
		return 0;
	}
	return write_it(c, e);
}
