/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make_disc.c - sectors of a CD, and sheets with their files */
#include "tests/image/make_disc.h"

#include "core/bytes.h"
#include "image/cdsector.h"
#include "image/disc.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int open_in_box(struct mun_companions *c, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	struct box *b = (struct box *)c;

	for (size_t i = 0; i < b->n; i++)
		if (strcasecmp(b->files[i].name, name) == 0)
			return mun_source_from_memory(b->files[i].data,
						      b->files[i].len, out, e);
	return mun_fail(e, MUN_ENOENT, "there is no '%.60s' in the box", name);
}

static void box_forget(struct mun_companions *c)
{
	(void)c;
}

static const struct mun_companions_ops box_ops = {
	.open = open_in_box,
	.close = box_forget,
};

void box_init(struct box *b)
{
	memset(b, 0, sizeof(*b));
	b->companions.ops = &box_ops;
}

void box_add(struct box *b, const char *name, const void *data, size_t len)
{
	assert_true(b->n < BOX_FILES);
	b->files[b->n++] = (struct box_file){ name, data, len };
}

struct opened box_open(struct box *b, const char *format, const char *name,
		       const void *data, size_t len)
{
	struct opened o = { .src = NULL };
	struct mun_image_request q = {
		.file_name = name,
		.format = format,
		.companions = b ? &b->companions : NULL,
	};
	struct mun_err e;
	char text[1024];

	assert_int_equal(mun_source_from_memory(data, len, &o.src, &e), 0);
	q.src = o.src;
	if (mun_image_open_with(&q, &o.img, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 0));
	return o;
}

struct opened box_open_text(struct box *b, const char *format, const char *name,
			    const char *text)
{
	return box_open(b, format, name, text, strlen(text));
}

void box_close(struct opened *o)
{
	mun_image_free(o->img);
	mun_source_close(o->src);
}

int box_fails(struct box *b, const char *format, const char *name,
	      const void *data, size_t len, char text[static 1024])
{
	mun_auto(source) *src = NULL;
	struct mun_image *img = NULL;
	struct mun_image_request q = {
		.file_name = name,
		.format = format,
		.companions = b ? &b->companions : NULL,
	};
	struct mun_err e;
	int rc;

	assert_int_equal(mun_source_from_memory(data, len, &src, &e), 0);
	q.src = src;
	rc = mun_image_open_with(&q, &img, &e);
	assert_int_not_equal(rc, 0);
	mun_err_text(&e, text, 1024, 0);
	return rc;
}

uint8_t *box_view(const struct opened *o, enum mun_view view)
{
	size_t len = (size_t)mun_image_size(o->img, view);
	uint8_t *all = malloc(len + 1);
	struct mun_err e;

	assert_non_null(all);
	assert_int_equal(mun_image_pread(o->img, view, all, len, 0, &e), 0);
	return all;
}

struct mun_extent box_extent(const struct opened *o, enum mun_view view,
			     uint64_t off)
{
	struct mun_extent x = { 0 };
	struct mun_err e;

	assert_int_equal(mun_image_next_extent(o->img, view, off, &x, &e), 0);
	assert_int_equal(x.off, off);
	return x;
}

const char *box_fact(const struct opened *o, const char *name)
{
	for (size_t i = 0; i < o->img->nfacts; i++)
		if (strcmp(o->img->facts[i].name, name) == 0)
			return o->img->facts[i].value;
	return "";
}

void make_cd_mode1(uint8_t *sector, uint64_t lba, uint64_t seed)
{
	mun_test_pattern(sector, MUN_CD_RAW, seed);
	mun_cd_make_mode1(sector, lba);
}

static void make_subheader(uint8_t *sector, uint8_t submode)
{
	const uint8_t sub[4] = { 1, 0, submode, 0 };

	memcpy(sector + 16, sub, 4);
	memcpy(sector + 20, sub, 4);
}

void make_cd_form1(uint8_t *sector, uint64_t lba, uint64_t seed)
{
	mun_test_pattern(sector, MUN_CD_RAW, seed);
	make_subheader(sector, 0x08);
	mun_cd_make_form1(sector, lba);
}

void make_cd_form2(uint8_t *sector, uint64_t lba, uint64_t seed)
{
	/* Only to borrow its header. */
	make_cd_form1(sector, lba, seed);
	mun_test_pattern(sector + 24, 2324, seed);
	make_subheader(sector, 0x20);
	mun_put_le32(sector + 2348, mun_cd_edc(0, sector + 16, 2332));
}

void make_cd_audio(uint8_t *sector, uint64_t seed)
{
	mun_test_pattern(sector, MUN_CD_RAW, seed);
}
