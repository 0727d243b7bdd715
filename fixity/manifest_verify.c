/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest_verify.c - read what a manifest names, and compare */
#include "fixity/manifest_verify.h"

#include "core/file.h"
#include "core/source.h"
#include "core/str.h"
#include "fixity/hashpass.h"
#include "fixity/manifest_extra.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct verifying {
	const struct mun_manifest *m;
	const char *base; /* its real path, with '/' at the end */
	const struct mun_manifest_options *opts;
	mun_manifest_finding_fn *fn;
	void *ctx;
	struct mun_manifest_tally *tally;
};

const char *mun_manifest_outcome_name(enum mun_manifest_outcome outcome)
{
	static const char *const names[] = {
		[MUN_MANIFEST_INTACT] = "intact",
		[MUN_MANIFEST_MISMATCH] = "mismatch",
		[MUN_MANIFEST_MISSING] = "missing",
		[MUN_MANIFEST_UNREADABLE] = "unreadable",
		[MUN_MANIFEST_EXTRA] = "extra",
		[MUN_MANIFEST_REFUSED] = "refused",
		[MUN_MANIFEST_NOT_RUN] = "not_run",
	};

	return names[outcome];
}

static int tell(const struct verifying *v, enum mun_manifest_outcome outcome,
		const struct mun_manifest_entry *en, const char *text,
		struct mun_err *e)
{
	const struct mun_manifest_finding f = {
		.outcome = outcome,
		.line = en->line,
		.path = en->path,
		.algorithm = "",
		.expected = "",
		.actual = "",
		.text = text,
	};

	v->tally->of[outcome]++;
	return v->fn(v->ctx, &f, e);
}

static int other_size(const struct mun_manifest_entry *en, uint64_t bytes,
		      mun_manifest_finding_fn *fn, void *ctx, struct mun_err *e)
{
	char expected[24];
	char actual[24];
	const struct mun_manifest_finding f = {
		.outcome = MUN_MANIFEST_MISMATCH,
		.line = en->line,
		.path = en->path,
		.algorithm = "size",
		.expected = expected,
		.actual = actual,
		.text = "another size",
	};

	(void)snprintf(expected, sizeof(expected), "%" PRIu64, en->bytes);
	(void)snprintf(actual, sizeof(actual), "%" PRIu64, bytes);
	return fn(ctx, &f, e);
}

static int other_digest(const struct mun_manifest_entry *en,
			enum mun_digest_alg alg, const struct mun_digest *want,
			const struct mun_digest *have,
			mun_manifest_finding_fn *fn, void *ctx,
			struct mun_err *e)
{
	char expected[MUN_DIGEST_HEX];
	char actual[MUN_DIGEST_HEX];
	const struct mun_manifest_finding f = {
		.outcome = MUN_MANIFEST_MISMATCH,
		.line = en->line,
		.path = en->path,
		.algorithm = mun_digest_name(alg),
		.expected = expected,
		.actual = actual,
		.text = "another digest",
	};

	mun_digest_hex(want, expected);
	mun_digest_hex(have, actual);
	return fn(ctx, &f, e);
}

int mun_manifest_compare(const struct mun_manifest_entry *en, uint64_t bytes,
			 const struct mun_digests *actual,
			 mun_manifest_finding_fn *fn, void *ctx,
			 struct mun_manifest_tally *out, struct mun_err *e)
{
	struct mun_manifest_finding none = { MUN_MANIFEST_NOT_RUN,
					     en->line,
					     en->path,
					     "",
					     "",
					     "",
					     "no digest of that algorithm is "
					     "recorded" };
	struct mun_digests want;
	bool any = false;

	if (en->has_bytes && en->bytes != bytes) {
		out->of[MUN_MANIFEST_MISMATCH]++;
		return other_size(en, bytes, fn, ctx, e);
	}
	mun_manifest_digests(en, &want);
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (!want.of[i].len || !actual->of[i].len)
			continue;
		any = true;
		if (mun_digest_equal(&want.of[i], &actual->of[i]))
			continue;
		out->of[MUN_MANIFEST_MISMATCH]++;
		return other_digest(en, (enum mun_digest_alg)i, &want.of[i],
				    &actual->of[i], fn, ctx, e);
	}
	out->of[any ? MUN_MANIFEST_INTACT : MUN_MANIFEST_NOT_RUN]++;
	return any ? 0 : fn(ctx, &none, e);
}

int mun_manifest_refused(const struct mun_manifest *m,
			 mun_manifest_finding_fn *fn, void *ctx,
			 struct mun_manifest_tally *out, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < m->nkept; i++) {
		const struct mun_manifest_finding f = {
			.outcome = MUN_MANIFEST_REFUSED,
			.line = m->problems[i].line,
			.path = "",
			.algorithm = "",
			.expected = "",
			.actual = "",
			.text = m->problems[i].text,
		};

		rc = fn(ctx, &f, e);
	}
	out->of[MUN_MANIFEST_REFUSED] += m->nproblems;
	return rc;
}

/* Where @path really lies.  0, MUN_ENOENT, MUN_EINVAL (outside), MUN_EIO. */
static int real_path(const struct verifying *v, const char *path, char **out,
		     struct mun_err *e)
{
	mun_autofree char *full = NULL;
	char *real;
	int rc = mun_fmt(&full, e, "%s%s", v->base, path);

	if (rc)
		return rc;
	real = realpath(full, NULL);
	if (!real)
		return mun_fail_sys(e, errno, "find '%s'", full);
	if (strncmp(real, v->base, strlen(v->base)) != 0) {
		free(real);
		return mun_fail(e, MUN_EINVAL,
				"a link leads out of the folder");
	}
	*out = real;
	return 0;
}

static int find_file(const struct verifying *v,
		     const struct mun_manifest_entry *en, char **out,
		     struct mun_err *e)
{
	int rc = real_path(v, en->path, out, e);

	if (rc == MUN_ENOENT && en->literal && mun_path_is_safe(en->literal))
		rc = real_path(v, en->literal, out, e);
	return rc;
}

/* Which outcome is it that a file cannot be opened or read?  0: none, but an
 * error of ours. */
static enum mun_manifest_outcome outcome_of(int rc, const struct mun_err *why)
{
	if (rc == MUN_ENOENT)
		return MUN_MANIFEST_MISSING;
	if (rc == MUN_EIO || rc == MUN_EINVAL || rc == MUN_ECORRUPT ||
	    rc == MUN_EBUSY)
		/* Not "no memory for a name" or the like. */
		return why->sys == ENOMEM ? MUN_MANIFEST_INTACT
					  : MUN_MANIFEST_UNREADABLE;
	return MUN_MANIFEST_INTACT;
}

static int not_read(const struct verifying *v,
		    const struct mun_manifest_entry *en, int rc,
		    const struct mun_err *why, struct mun_err *e)
{
	enum mun_manifest_outcome outcome = outcome_of(rc, why);
	char text[1024];

	if (outcome == MUN_MANIFEST_INTACT) {
		*e = *why;
		return rc;
	}
	if (outcome == MUN_MANIFEST_MISSING)
		text[0] = '\0';
	else
		mun_err_text(why, text, sizeof(text), 0);
	return tell(v, outcome, en, text, e);
}

static int hash(const struct verifying *v, const struct mun_manifest_entry *en,
		struct mun_source *src, struct mun_err *e)
{
	struct mun_digests actual = { 0 };
	struct mun_err why;
	int rc = 0;

	if (!en->has_bytes || src->size == en->bytes) {
		rc = mun_hash_source(src, en->algs, &actual, NULL, "verifying",
				     v->opts->progress, &why);
		v->tally->bytes += rc ? 0 : src->size;
	}
	return rc ? not_read(v, en, rc, &why, e)
		  : mun_manifest_compare(en, src->size, &actual, v->fn, v->ctx,
					 v->tally, e);
}

static int verify_one(const struct verifying *v,
		      const struct mun_manifest_entry *en, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_auto(source) *src = NULL;
	struct mun_err why;
	int rc;

	if (en->is_unsafe)
		return tell(v, MUN_MANIFEST_REFUSED, en,
			    "the path leads out of the folder", e);
	if (en->is_conflict)
		return 0; /* told among the refused lines */
	rc = find_file(v, en, &path, &why);
	if (rc == MUN_EINVAL)
		return tell(v, MUN_MANIFEST_REFUSED, en, why.lines[0].text, e);
	if (!rc)
		rc = mun_source_open_once(path, &src, &why);
	return rc ? not_read(v, en, rc, &why, e) : hash(v, en, src, e);
}

static int real_base(const char *base, char **out, struct mun_err *e)
{
	mun_autofree char *real = realpath(base, NULL);
	struct stat st;

	if (!real || stat(real, &st))
		return mun_fail_sys(e, errno, "find '%s'", base);
	if (!S_ISDIR(st.st_mode))
		return mun_fail(e, MUN_EINVAL, "'%s' is not a folder", base);
	return mun_fmt(out, e, "%s%s", real, real[1] ? "/" : "");
}

struct extras {
	mun_manifest_finding_fn *fn;
	void *ctx;
	struct mun_manifest_tally *tally;
};

static int extra(void *ctx, const char *path, struct mun_err *e)
{
	const struct extras *x = ctx;
	const struct mun_manifest_finding f = {
		MUN_MANIFEST_EXTRA, 0, path, "", "", "", "not in the manifest"
	};

	x->tally->of[MUN_MANIFEST_EXTRA]++;
	return x->fn(x->ctx, &f, e);
}

int mun_manifest_verify(const struct mun_manifest *m, const char *base,
			const struct mun_manifest_options *opts,
			mun_manifest_finding_fn *fn, void *ctx,
			struct mun_manifest_tally *out, struct mun_err *e)
{
	static const struct mun_manifest_options usual = { 0 };
	mun_autofree char *real = NULL;
	struct verifying v = { m, NULL, opts ? opts : &usual, fn, ctx, out };
	struct extras extras = { fn, ctx, out };
	int rc;

	*out = (struct mun_manifest_tally){ 0 };
	rc = real_base(base, &real, e);
	v.base = real;
	if (!rc)
		rc = mun_manifest_refused(m, fn, ctx, out, e);
	for (size_t i = 0; !rc && i < m->nentries; i++) {
		rc = mun_cancel_check(e);
		if (!rc)
			rc = verify_one(&v, &m->entries[i], e);
	}
	if (!rc && v.opts->strict)
		rc = mun_manifest_extras(m, real, v.opts->self, extra, &extras,
					 e);
	return rc;
}
