/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/store_support.c - a small store, and what the validator says */
#include "tests/store/store_support.h"

#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/str.h"

const struct mun_version_info sample_info = {
	.created = "2026-11-22T17:22:01Z",
	.message = "First version",
	.user_name = "A Tester",
	.user_address = "mailto:tester@example.org",
};

char *text_of(const char *fmt, ...)
{
	char buf[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(buf));
	return strdup(buf);
}

void sample_open(struct sample *s)
{
	struct mun_err e;

	s->dir = mun_test_dir();
	s->root = mun_test_path(s->dir, "ocfl");
	s->stage = mun_test_path(s->dir, "stage");
	assert_int_equal(mun_store_init(s->root, &e), 0);
	assert_int_equal(mun_store_open(s->root, &s->store, &e), 0);
}

void sample_close(struct sample *s)
{
	mun_store_close(s->store);
	free(s->stage);
	free(s->root);
	mun_test_dir_remove(s->dir);
}

struct mun_stage *sample_stage(const struct sample *s, const char *id)
{
	static const struct {
		const char *path;
		const char *text;
	} files[] = {
		{ "image/disk.img", "the bytes of a disk" },
		{ "metadata/premis.xml", "<premis/>" },
		{ "metadata/copy.xml", "<premis/>" },
		{ "documentation/\xc3\xa9tiquette.txt", "" },
	};
	const unsigned int algs = MUN_DIGEST_BIT(MUN_MD5) |
				  MUN_DIGEST_BIT(MUN_SHA256) |
				  MUN_DIGEST_BIT(MUN_CRC32);
	struct mun_stage *st;
	struct mun_err e;

	assert_int_equal(mun_stage_open(s->stage, id, &st, &e), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(mun_stage_put(st, files[i].path, files[i].text,
					       strlen(files[i].text), algs,
					       NULL, &e),
				 0);
	return st;
}

char *sample_object(const struct sample *s, const char *id)
{
	struct mun_stage *st = sample_stage(s, id);
	struct mun_err e;
	char *dir;

	assert_int_equal(mun_stage_commit(st, s->store, &sample_info, &e), 0);
	mun_stage_free(st);
	assert_int_equal(mun_store_object_dir(s->store, id, &dir, &e), 0);
	return dir;
}

static void add(char *buf, size_t size, size_t *len, const char *text)
{
	size_t n = strlen(text);

	if (*len + n >= size)
		return;
	memcpy(buf + *len, text, n + 1);
	*len += n;
}

void verdict_take(void *ctx, const struct mun_ocfl_problem *p)
{
	struct verdict *v = ctx;
	char line[1200];

	/* What a report promises: one line of clean text each. */
	assert_true(mun_text_is_clean(p->where, ""));
	assert_true(mun_text_is_clean(p->text, ""));
	assert_int_equal(strlen(p->code), 4);
	add(v->codes, sizeof(v->codes), &v->codes_len, " ");
	add(v->codes, sizeof(v->codes), &v->codes_len, p->code);
	(void)snprintf(line, sizeof(line), "%s %s: %s\n", p->code, p->where,
		       p->text);
	add(v->text, sizeof(v->text), &v->text_len, line);
}

void verdict_of(const char *path, struct verdict *out)
{
	const struct mun_ocfl_opts opts = { .content = true };
	struct mun_err e;
	char why[1024];
	int rc;

	*out = (struct verdict){ .codes_len = 0 };
	rc = mun_ocfl_validate(path, &opts, verdict_take, out, &out->counts,
			       &e);
	if (rc)
		fail_msg("%s", mun_err_text(&e, why, sizeof(why), 1));
}

bool verdict_has(const struct verdict *v, const char *code)
{
	return strstr(v->codes, code) != NULL;
}

void copy_tree(const char *from, const char *to)
{
	char *root = strdup(from);
	char *roots[] = { root, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *f;

	assert_non_null(fts);
	while ((f = fts_read(fts))) {
		char *dst = text_of("%s%s", to, f->fts_path + strlen(from));
		char *data;
		size_t len;

		switch (f->fts_info) {
		case FTS_D:
			assert_int_equal(mkdir(dst, 0777), 0);
			break;
		case FTS_F:
			data = mun_test_read(f->fts_path, &len);
			assert_non_null(data);
			mun_test_write(dst, data, len);
			free(data);
			break;
		case FTS_DP:
			break;
		default:
			fail_msg("'%s' cannot be copied", f->fts_path);
		}
		free(dst);
	}
	(void)fts_close(fts);
	free(root);
}
