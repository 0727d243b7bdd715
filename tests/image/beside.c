/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/beside.c - an image in memory, with files beside it */
#include "tests/image/beside.h"

#include "tests/support/support.h"

static int open_file(struct mun_companions *c, const char *name,
		     struct mun_source **out, struct mun_err *e)
{
	const struct beside *b = (struct beside *)c;

	for (size_t i = 0; i < BESIDE_FILES && b->files[i].name; i++)
		if (strcmp(b->files[i].name, name) == 0)
			return mun_source_from_memory(b->files[i].bytes,
						      b->files[i].len, out, e);
	return mun_fail(e, MUN_ENOENT, "no '%s' in the test", name);
}

static void close_none(struct mun_companions *c)
{
	(void)c;
}

static const struct mun_companions_ops beside_ops = {
	.open = open_file,
	.close = close_none,
};

struct mun_companions *beside_companions(struct beside *b)
{
	b->companions.ops = &beside_ops;
	return &b->companions;
}

struct opened beside_open(const uint8_t *bytes, size_t len, const char *format,
			  struct beside *b, struct mun_image *parent)
{
	struct mun_image_request q = { .file_name = "x.img",
				       .format = format,
				       .parent = parent };
	struct opened o = { .img = NULL };
	struct mun_err e;

	if (b)
		q.companions = beside_companions(b);
	assert_int_equal(mun_source_from_memory(bytes, len, &o.src, &e), 0);
	q.src = o.src;
	o.rc = mun_image_open_with(&q, &o.img, &e);
	if (o.rc)
		(void)mun_err_text(&e, o.text, sizeof(o.text), 0);
	return o;
}

void beside_close(struct opened *o)
{
	mun_image_free(o->img);
	mun_source_close(o->src);
}

void beside_fails(const uint8_t *bytes, size_t len, const char *format,
		  struct beside *b, int code, const char *text)
{
	struct opened o = beside_open(bytes, len, format, b, NULL);

	if (!o.rc)
		fail_msg("opened, instead of: %s", text);
	if (o.rc != code || !strstr(o.text, text))
		fail_msg("%d %s, instead of: %d %s", o.rc, o.text, code, text);
	assert_null(o.img);
	beside_close(&o);
}

void beside_read_fails(struct mun_image *img, uint64_t off, size_t len,
		       int code, const char *text)
{
	uint8_t *buf = malloc(len);
	char said[1024];
	struct mun_err e;
	int rc;

	assert_non_null(buf);
	rc = mun_image_pread(img, MUN_VIEW_CONTENT, buf, len, off, &e);
	if (!rc)
		fail_msg("read, instead of: %s", text);
	(void)mun_err_text(&e, said, sizeof(said), 0);
	if (rc != code || !strstr(said, text))
		fail_msg("%d %s, instead of: %d %s", rc, said, code, text);
	free(buf);
}
