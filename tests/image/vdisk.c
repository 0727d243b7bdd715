/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/vdisk.c - images in memory, opened, read and written in tests */
#include "tests/image/vdisk.h"

#include "core/check.h"
#include "core/str.h"
#include "image/writer.h"
#include "tests/support/support.h"

#include <inttypes.h>

#define OPTIONS_MAX 8u

static void must(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

static int open_image(const uint8_t *bytes, size_t len, const char *format,
		      struct mun_image *parent, struct vdisk *v,
		      struct mun_err *e)
{
	struct mun_image_request q = { .file_name = "x.img",
				       .format = format,
				       .parent = parent };

	v->img = NULL;
	must(mun_source_from_memory(bytes, len, &v->src, e), e);
	q.src = v->src;
	return mun_image_open_with(&q, &v->img, e);
}

struct vdisk vdisk_open(const uint8_t *bytes, size_t len, const char *format,
			struct mun_image *parent)
{
	struct mun_err e;
	struct vdisk v;

	must(open_image(bytes, len, format, parent, &v, &e), &e);
	return v;
}

void vdisk_close(struct vdisk *v)
{
	mun_image_free(v->img);
	mun_source_close(v->src);
}

int vdisk_open_fails(const uint8_t *bytes, size_t len, const char *format,
		     struct mun_image *parent, char text[static 1024])
{
	struct mun_err e;
	struct vdisk v;
	int rc = open_image(bytes, len, format, parent, &v, &e);

	assert_true(rc < 0);
	assert_null(v.img);
	(void)mun_err_text(&e, text, 1024, 0);
	vdisk_close(&v);
	return rc;
}

void vdisk_is(struct mun_image *img, const uint8_t *want, size_t len)
{
	static const size_t portions[] = { 1000000, 4096, 777 };
	uint8_t *got = malloc(len ? len : 1);
	struct mun_err e;

	assert_non_null(got);
	assert_int_equal(img->bytes, len);
	for (size_t p = 0; p < MUN_COUNT(portions); p++) {
		memset(got, 0xa5, len);
		for (size_t off = 0; off < len; off += portions[p])
			must(mun_image_pread(img, MUN_VIEW_CONTENT, got + off,
					     MUN_MIN(portions[p], len - off),
					     off, &e),
			     &e);
		if (len)
			assert_memory_equal(got, want, len);
	}
	free(got);
}

char *vdisk_extents(struct mun_image *img)
{
	static const char *const kinds[] = { "data", "hole", "unreadable",
					     "zero", "doubtful" };
	struct mun_str s = { 0 };
	struct mun_err e;
	char *text;

	for (uint64_t off = 0; off < img->bytes;) {
		struct mun_extent x = { 0 };

		must(mun_image_next_extent(img, MUN_VIEW_CONTENT, off, &x, &e),
		     &e);
		mun_str_addf(&s, "%s%s %" PRIu64 "+%" PRIu64, off ? " " : "",
			     kinds[x.kind], x.off, x.bytes);
		off += x.bytes;
	}
	must(mun_str_take(&s, &text, &e), &e);
	return text;
}

const char *vdisk_fact(const struct mun_image *img, enum mun_fact_kind kind,
		       const char *name)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == kind &&
		    strcmp(img->facts[i].name, name) == 0)
			return img->facts[i].value;
	return NULL;
}

enum mun_fact_state vdisk_check(const struct mun_image *img, const char *name)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (img->facts[i].kind == MUN_FACT_CHECK &&
		    strcmp(img->facts[i].name, name) == 0)
			return img->facts[i].state;
	fail_msg("no check '%s'", name);
	return MUN_FACT_NONE;
}

/* "a=1 b=2" in @copy becomes rows of @list. */
static size_t parse_options(char *copy, struct mun_write_option *list)
{
	size_t n = 0;
	char *save = NULL;

	for (char *p = strtok_r(copy, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		char *value = strchr(p, '=');

		assert_non_null(value);
		assert_true(n < OPTIONS_MAX);
		*value = '\0';
		list[n].key = p;
		list[n++].value = value + 1;
	}
	return n;
}

uint8_t *vdisk_write(const uint8_t *content, size_t len, const char *name,
		     const char *options, unsigned int threads,
		     struct mun_loss *loss, size_t *len_out)
{
	struct mun_write_option list[OPTIONS_MAX];
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "made");
	char *copy = strdup(options ? options : "");
	struct vdisk v = vdisk_open(content, len, "raw", NULL);
	struct mun_convert c = { .img = v.img,
				 .path = path,
				 .threads = threads,
				 .accept_loss = loss != NULL };
	struct mun_err e;
	uint8_t *made;

	must(mun_writer_for(name, path, &c.writer, &e), &e);
	c.options.list = list;
	c.options.n = parse_options(copy, list);
	must(mun_convert_run(&c, &e), &e);
	assert_false(c.refused);
	if (loss)
		*loss = c.loss;
	else
		mun_loss_clear(&c.loss);
	made = (uint8_t *)mun_test_read(path, len_out);
	assert_non_null(made);
	vdisk_close(&v);
	free(copy);
	free(path);
	mun_test_dir_remove(dir);
	return made;
}

void vdisk_round_trip(const uint8_t *content, size_t len, const char *name,
		      const char *options)
{
	size_t bytes, again;
	uint8_t *made =
		vdisk_write(content, len, name, options, 1, NULL, &bytes);
	uint8_t *twice =
		vdisk_write(content, len, name, options, 3, NULL, &again);
	struct vdisk v = vdisk_open(made, bytes, NULL, NULL);
	struct mun_err e;

	assert_string_equal(v.img->format->name, name);
	vdisk_is(v.img, content, len);
	must(mun_image_verify(v.img, &e), &e);
	for (size_t i = 0; i < v.img->nfacts; i++)
		if (v.img->facts[i].kind == MUN_FACT_CHECK)
			assert_int_equal(v.img->facts[i].state, MUN_FACT_GOOD);
	assert_int_equal(bytes, again);
	assert_memory_equal(made, twice, bytes);
	vdisk_close(&v);
	free(made);
	free(twice);
}

int vdisk_plan_fails(uint64_t bytes, const char *name, const char *options,
		     char text[static 1024])
{
	struct mun_write_option list[OPTIONS_MAX];
	struct mun_write_options o = { .list = list };
	struct mun_image img = { .bytes = bytes, .sector_bytes = 512 };
	const struct mun_writer *w;
	struct mun_loss loss = { 0 };
	char *copy = strdup(options);
	struct mun_err e;
	int rc;

	must(mun_writer_for(name, "x", &w, &e), &e);
	o.n = parse_options(copy, list);
	rc = w->plan(&img, &o, &loss, &e);
	assert_true(rc < 0);
	(void)mun_err_text(&e, text, 1024, 0);
	mun_loss_clear(&loss);
	free(copy);
	return rc;
}
