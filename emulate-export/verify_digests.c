/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_digests.c - every promised digest of every file */
#include "emulate-export/verify_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/log.h"

struct pass {
	struct mun_verify *v;
	struct mun_sums *sums;
	struct mun_vfile *file; /* at hand */
	uint64_t bytes;
	/* A raw image behind whose end zeros were put. */
	struct mun_vimage *padded;
	struct mun_sums *front; /* of its own bytes */
	bool other; /* there is something else than zeros */
};

/* The lines of @m that name the file @n: the first one; how many. */
static const struct mun_vline *lines_of(const struct mun_vmanifest *m,
					uint32_t n, size_t *count)
{
	size_t low = 0;
	size_t high = m->nlines;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->lines[mid].file < n)
			low = mid + 1;
		else
			high = mid;
	}
	*count = 0;
	while (low + *count < m->nlines && m->lines[low + *count].file == n)
		++*count;
	return *count ? m->lines + low : NULL;
}

/* What is promised of a file, by all who promise something. */
static unsigned int set_of(const struct mun_verify *v, uint32_t n)
{
	unsigned int set = 0;
	size_t count;

	for (size_t i = 0; i < v->nmanifests; i++) {
		(void)lines_of(&v->manifests[i], n, &count);
		if (count)
			set |= 1u << v->manifests[i].alg;
	}
	for (size_t i = 0; i < v->nimages; i++) {
		const struct mun_vimage *x = &v->images[i];

		if (x->file == n)
			set |= x->file_set |
			       (x->raw || x->same_size ? x->set : 0);
	}
	return set;
}

bool mun_verify_compare(struct mun_verify *v, enum mun_verify_kind kind,
			const char *path, const char *by, size_t line,
			unsigned int alg, const uint8_t *want,
			const uint8_t *got)
{
	const size_t bytes = mun_sum_bytes(alg);
	char expected[MUN_SUM_HEX];
	char found[MUN_SUM_HEX];
	const struct mun_verify_finding f = {
		.kind = kind,
		.weight = MUN_VERIFY_DAMAGE,
		.path = path,
		.by = by,
		.line = line,
		.algorithm = mun_sum_name(alg),
		.expected = expected,
		.found = found,
		.text = "",
	};

	v->out->digests++;
	if (!memcmp(want, got, bytes))
		return true;
	v->out->digests--;
	mun_hex(want, bytes, expected);
	mun_hex(got, bytes, found);
	mun_verify_tell(v, &f);
	return false;
}

void mun_verify_compare_size(struct mun_verify *v, enum mun_verify_kind kind,
			     const char *path, uint64_t want, uint64_t got)
{
	char expected[24];
	char found[24];
	const struct mun_verify_finding f = {
		.kind = kind,
		.weight = MUN_VERIFY_DAMAGE,
		.path = path,
		.by = v->receipt_file->path,
		.algorithm = "size",
		.expected = expected,
		.found = found,
		.text = "",
	};

	if (want == got)
		return;
	(void)snprintf(expected, sizeof(expected), "%" PRIu64, want);
	(void)snprintf(found, sizeof(found), "%" PRIu64, got);
	mun_verify_tell(v, &f);
}

static bool all_equal(const struct mun_vimage *x,
		      const struct mun_sum_values *got)
{
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if (x->set & 1u << i &&
		    memcmp(x->values.of[i], got->of[i], mun_sum_bytes(i)) != 0)
			return false;
	}
	return x->set != 0;
}

static void compare_content(struct mun_verify *v, struct mun_vimage *x,
			    uint64_t bytes, const struct mun_sum_values *got)
{
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if (x->set & 1u << i)
			(void)mun_verify_compare(v, MUN_VERIFY_CONTENT, x->path,
						 v->receipt_file->path, 0, i,
						 x->values.of[i], got->of[i]);
	}
	if (x->has_bytes)
		mun_verify_compare_size(v, MUN_VERIFY_CONTENT, x->path,
					x->bytes, bytes);
	x->proved = true;
	v->out->images++;
}

/* @got is of the file as it is packaged. */
static void compare_image(struct mun_verify *v, struct mun_vimage *x,
			  uint64_t bytes, const struct mun_sum_values *got)
{
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if (x->file_set & 1u << i)
			(void)mun_verify_compare(v, MUN_VERIFY_MISMATCH,
						 x->path, v->receipt_file->path,
						 0, i, x->file_values.of[i],
						 got->of[i]);
	}
	if (x->has_file_bytes)
		mun_verify_compare_size(v, MUN_VERIFY_MISMATCH, x->path,
					x->file_bytes, bytes);
	/* Where they are not the decoded bytes, it has to be decoded. */
	if (!x->proved && (x->raw || (x->same_size && all_equal(x, got))))
		compare_content(v, x, bytes, got);
}

static void compare(struct mun_verify *v, struct mun_vfile *file,
		    uint64_t bytes, const struct mun_sum_values *got)
{
	const uint32_t n = (uint32_t)(file - v->files);

	file->checked = true;
	for (size_t i = 0; i < v->nmanifests; i++) {
		const struct mun_vmanifest *m = &v->manifests[i];
		size_t count;
		const struct mun_vline *l = lines_of(m, n, &count);

		/* A second line was told, and judged if it is another. */
		if (count &&
		    !mun_verify_compare(v, MUN_VERIFY_MISMATCH, file->path,
					m->name, l->line, m->alg, l->value,
					got->of[m->alg]))
			file->broken = true;
	}
	for (size_t i = 0; i < v->nimages; i++) {
		if (v->images[i].file == n)
			compare_image(v, &v->images[i], bytes, got);
	}
}

static int check_kept(struct mun_verify *v, struct mun_vfile *f,
		      struct mun_err *e)
{
	unsigned int set = set_of(v, (uint32_t)(f - v->files));
	struct mun_sum_values got = { 0 };
	mun_auto(sums) *s = NULL;
	int rc;

	if (!set)
		return 0;
	rc = mun_sums_new(set, &s, e);
	if (!rc)
		rc = mun_sums_add(s, f->text, (size_t)f->bytes, e);
	if (!rc)
		rc = mun_sums_final(s, &got, e);
	if (!rc)
		compare(v, f, f->bytes, &got);
	v->done += f->bytes;
	return rc;
}

static void forget(struct pass *p)
{
	mun_sums_free(p->sums);
	mun_sums_free(p->front);
	p->sums = NULL;
	p->front = NULL;
	p->padded = NULL;
	p->bytes = 0;
	p->other = false;
}

/* Does the receipt have it as an image that is shorter? */
static struct mun_vimage *find_padded(const struct mun_verify *v,
				      const struct mun_vfile *f)
{
	for (size_t i = 0; i < v->nimages; i++) {
		struct mun_vimage *x = &v->images[i];

		if (x->file == (uint32_t)(f - v->files) && x->raw && x->set &&
		    x->has_bytes && x->bytes < f->bytes)
			return x;
	}
	return NULL;
}

static int begin(void *ctx, const struct mun_box_entry *x, bool *want,
		 struct mun_err *e)
{
	struct pass *p = ctx;
	struct mun_verify *v = p->v;
	const size_t cut = strlen(v->base);
	struct mun_vfile *f;
	unsigned int set;
	int rc;

	if (x->kind != MUN_BOX_FILE || strncmp(x->path, v->base, cut) != 0)
		return 0;
	f = mun_verify_file(v, x->path + cut);
	if (!f || f->kept || f->checked || f->why)
		return 0;
	set = set_of(v, (uint32_t)(f - v->files));
	/* What nobody promises is not read: it was told already. */
	if (!set)
		return 0;
	*want = true;
	forget(p);
	p->file = f;
	p->padded = find_padded(v, f);
	rc = mun_sums_new(set, &p->sums, e);
	if (!rc && p->padded)
		rc = mun_sums_new(p->padded->set, &p->front, e);
	return rc;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return !len || (!*p && !memcmp(p, p + 1, len - 1));
}

/* What belongs to the image, and what was put behind it. */
static int take_front(struct pass *p, const uint8_t *bytes, size_t len,
		      struct mun_err *e)
{
	const uint64_t end = p->padded->bytes;
	size_t n = 0;

	if (p->bytes < end)
		n = (size_t)MUN_MIN((uint64_t)len, end - p->bytes);
	p->other |= !is_zero(bytes + n, len - n);
	return n ? mun_sums_add(p->front, bytes, n, e) : 0;
}

static int data(void *ctx, const void *bytes, size_t len, struct mun_err *e)
{
	struct pass *p = ctx;
	int rc = p->padded ? take_front(p, bytes, len, e) : 0;

	p->bytes += len;
	p->v->done += len;
	mun_progress_tell(p->v->q->progress, "verifying", p->v->done,
			  p->v->total, 0);
	return rc ? rc : mun_sums_add(p->sums, bytes, len, e);
}

static int compare_padded(struct pass *p, struct mun_err *e)
{
	struct mun_sum_values got = { 0 };
	int rc = mun_sums_final(p->front, &got, e);

	if (rc)
		return rc;
	if (p->other)
		mun_verify_say_at(p->v, MUN_VERIFY_CONTENT, MUN_VERIFY_DAMAGE,
				  p->padded->path, p->v->receipt_file->path, 0,
				  "behind the end of the image there is more "
				  "than zeros");
	compare_content(p->v, p->padded, p->padded->bytes, &got);
	return 0;
}

static int end(void *ctx, const char *why, struct mun_err *e)
{
	struct pass *p = ctx;
	struct mun_sum_values got = { 0 };
	int rc = 0;

	if (why) {
		p->file->broken = true;
		p->file->why = mun_arena_strdup(p->v->arena, why);
		mun_verify_say(p->v, MUN_VERIFY_UNREADABLE, MUN_VERIFY_DAMAGE,
			       p->file->path, "%s", why);
		return mun_arena_failed(p->v->arena, e);
	}
	if (p->padded)
		rc = compare_padded(p, e);
	if (!rc)
		rc = mun_sums_final(p->sums, &got, e);
	if (!rc)
		compare(p->v, p->file, p->bytes, &got);
	return rc;
}

/* Files that are promised, and that neither pass could read. */
static void say_unread(struct mun_verify *v)
{
	for (size_t i = 0; i < v->nfiles; i++) {
		struct mun_vfile *f = &v->files[i];

		if (f->checked || f->broken || !set_of(v, (uint32_t)i))
			continue;
		f->broken = true;
		mun_verify_say(v, MUN_VERIFY_UNREADABLE, MUN_VERIFY_DAMAGE,
			       f->path, "%s",
			       f->why ? f->why : "it was not found again");
	}
}

int mun_verify_digests(struct mun_verify *v, struct mun_err *e)
{
	struct pass p = { .v = v };
	const struct mun_box_fn fn = { begin, data, end, &p };
	int rc = 0;

	for (size_t i = 0; i < v->nfiles; i++)
		v->total += v->files[i].bytes;
	for (size_t i = 0; !rc && i < v->nfiles; i++) {
		if (v->files[i].kept)
			rc = check_kept(v, &v->files[i], e);
	}
	if (!rc)
		rc = v->box->ops->walk(v->box, &fn, e);
	forget(&p);
	if (rc == MUN_ECORRUPT) {
		char text[1024];

		mun_verify_say(v, MUN_VERIFY_ARCHIVE, MUN_VERIFY_DAMAGE, "",
			       "%s", mun_err_text(e, text, sizeof(text), 0));
		rc = 0;
	}
	if (!rc)
		say_unread(v);
	return rc;
}
