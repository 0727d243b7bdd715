/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/expect.c - entries of a manifest for sources, and the comparison */
#include "ingest/expect.h"

#include "catalog/premis_names.h"
#include "core/file.h"
#include "core/str.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

struct named {
	const char *base;
	size_t index; /* of the entry */
};

struct mun_expect {
	struct mun_arena *arena;
	struct mun_manifest *manifest;
	const char *path;
	const char *donor;
	struct mun_digest sha512;
	bool accept_mismatch;
	struct named *by_base; /* sorted */
	size_t nnames;
	size_t nsources;
	struct mun_expectation *of; /* entry NULL: none */
	size_t *source_of; /* by entry: number of its source + 1, or 0 */
};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int by_base(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;
	int c = strcmp(x->base, y->base);

	return c ? c : (x->index > y->index) - (x->index < y->index);
}

static void add_name(struct mun_expect *x, const char *base, size_t index)
{
	x->by_base[x->nnames++] = (struct named){ base, index };
}

/* As it was read and as it stands there; and lists made on Windows have
 * backslashes, which are characters like others elsewhere. */
static void add_names(struct mun_expect *x, size_t index)
{
	const struct mun_manifest_entry *en = &x->manifest->entries[index];
	const char *back = strrchr(en->path, '\\');

	add_name(x, base_of(en->path), index);
	if (en->literal)
		add_name(x, base_of(en->literal), index);
	if (back && !strchr(en->path, '/'))
		add_name(x, back + 1, index);
}

static int index_entries(struct mun_expect *x, struct mun_err *e)
{
	const struct mun_manifest *m = x->manifest;

	x->by_base =
		mun_arena_array(x->arena, 3 * m->nentries, sizeof(*x->by_base));
	x->source_of =
		mun_arena_array(x->arena, m->nentries, sizeof(*x->source_of));
	if (!x->by_base || !x->source_of)
		return mun_fail_nomem(e, "entries of the manifest");
	for (size_t i = 0; i < m->nentries; i++)
		add_names(x, i);
	qsort(x->by_base, x->nnames, sizeof(*x->by_base), by_base);
	return 0;
}

static int read_manifest(struct mun_expect *x, struct mun_err *e)
{
	const struct mun_manifest_hint hint = { .name = x->path };
	mun_autofree char *text = NULL;
	struct mun_digests d = { 0 };
	size_t len;
	int rc = mun_file_read(x->path, MUN_MANIFEST_MAX, &text, &len, e);

	if (!rc)
		rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA512), text, len,
				       &d, e);
	if (!rc)
		rc = mun_manifest_read(text, len, &hint, &x->manifest, e);
	x->sha512 = d.of[MUN_SHA512];
	return rc ? mun_ctx(e, "manifest '%s'", x->path) : 0;
}

static int check_donor(const char *donor, struct mun_err *e)
{
	if (!mun_text_is_clean(donor, ""))
		return mun_fail(e, MUN_EINVAL,
				"the donor is not clean UTF-8 text");
	/* A digest of theirs would be taken for one of ours. */
	if (mun_premis_is_ours(donor))
		return mun_fail(e, MUN_EINVAL,
				"the donor cannot be called '%s'", donor);
	return 0;
}

int mun_expect_load(const char *file, const char *donor, bool accept_mismatch,
		    struct mun_expect **out, struct mun_err *e)
{
	mun_auto(expect) *x = calloc(1, sizeof(*x));
	mun_autofree char *real = NULL;
	int rc;

	if (!x)
		return mun_fail_nomem(e, "expectation");
	rc = check_donor(donor ? donor : "", e);
	if (!rc)
		rc = mun_arena_new(&x->arena, e);
	if (rc)
		return rc;
	real = realpath(file, NULL);
	if (!real)
		return mun_fail_sys(e, errno, "find '%s'", file);
	x->path = mun_arena_strdup(x->arena, real);
	x->donor = mun_arena_strdup(x->arena, donor ? donor : "");
	x->accept_mismatch = accept_mismatch;
	rc = mun_arena_failed(x->arena, e);
	if (!rc)
		rc = read_manifest(x, e);
	if (!rc)
		rc = index_entries(x, e);
	if (!rc)
		*out = mun_steal(&x);
	return rc;
}

void mun_expect_free(struct mun_expect *x)
{
	if (!x)
		return;
	mun_manifest_free(x->manifest);
	mun_arena_free(x->arena);
	free(x);
}

const struct mun_manifest *mun_expect_manifest(const struct mun_expect *x)
{
	return x->manifest;
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* How many last components two paths have in common. */
static size_t common_tail(const char *a, const char *b)
{
	size_t i = strlen(a);
	size_t k = strlen(b);
	size_t n = 0;

	while (i && k &&
	       (a[i - 1] == b[k - 1] ||
		(is_slash(a[i - 1]) && is_slash(b[k - 1])))) {
		i--;
		k--;
		n += is_slash(a[i]);
	}
	/* A component counts when all of it is the same. */
	return n + ((!i || is_slash(a[i - 1])) && (!k || is_slash(b[k - 1])) &&
		    (i || k));
}

/* The first of the names that are @base; the number of them in @n_out. */
static const struct named *range(const struct mun_expect *x, const char *base,
				 size_t *n_out)
{
	size_t low = 0;
	size_t high = x->nnames;
	size_t n = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(x->by_base[mid].base, base) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + n < x->nnames && !strcmp(x->by_base[low + n].base, base))
		n++;
	*n_out = n;
	return x->by_base + low;
}

static int ambiguous(const struct mun_expect *x, const char *source,
		     const struct mun_manifest_entry *a,
		     const struct mun_manifest_entry *b, struct mun_err *e)
{
	return mun_fail(e, MUN_EINVAL,
			"'%s' may be line %zu ('%.60s') or line %zu ('%.60s') "
			"of '%s'; give a path that tells",
			source, a->line, a->path, b->line, b->path,
			base_of(x->path));
}

/* The entry that fits best; SIZE_MAX where none does. */
static int find_entry(const struct mun_expect *x, const char *source,
		      const char *full, size_t *out, struct mun_err *e)
{
	const struct mun_manifest_entry *all = x->manifest->entries;
	size_t best = 0;
	size_t second = 0; /* of the same rank, if any */
	bool tie = false;
	size_t n;
	const struct named *at = range(x, base_of(full), &n);

	*out = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		size_t rank = 1 + common_tail(full, all[at[i].index].path);

		if (rank == best && at[i].index != *out) {
			tie = true;
			second = at[i].index;
		} else if (rank > best) {
			tie = false;
			best = rank;
			*out = at[i].index;
		}
	}
	return tie ? ambiguous(x, source, &all[*out], &all[second], e) : 0;
}

static int take_entry(struct mun_expect *x, const char *const *sources,
		      size_t source, size_t index, struct mun_err *e)
{
	const struct mun_manifest_entry *en = &x->manifest->entries[index];
	struct mun_expectation *to = &x->of[source];

	if (x->source_of[index])
		return mun_fail(e, MUN_EINVAL,
				"'%.60s' and '%.60s' would both be line %zu of "
				"'%s'",
				sources[x->source_of[index] - 1],
				sources[source], en->line, base_of(x->path));
	if (en->is_conflict)
		return mun_fail(e, MUN_EINVAL,
				"'%s' promises two different things of '%.80s'",
				base_of(x->path), en->path);
	x->source_of[index] = source + 1;
	to->manifest = x->path;
	to->manifest_sha512 = x->sha512;
	to->donor = x->donor;
	to->entry = en->path;
	to->line = en->line;
	to->has_bytes = en->has_bytes;
	to->bytes = en->bytes;
	to->accept_mismatch = x->accept_mismatch;
	mun_manifest_digests(en, &to->digests);
	return 0;
}

static int match_one(struct mun_expect *x, const char *const *sources,
		     size_t source, const char *cwd, struct mun_err *e)
{
	const char *given = sources[source];
	mun_autofree char *full = NULL;
	size_t index = SIZE_MAX;
	int rc;

	rc = *given == '/' ? mun_strdup(given, &full, e)
			   : mun_path_join(cwd, given, &full, e);
	if (!rc)
		rc = find_entry(x, given, full, &index, e);
	if (!rc && index != SIZE_MAX)
		rc = take_entry(x, sources, source, index, e);
	return rc;
}

int mun_expect_match(struct mun_expect *x, const char *const *sources, size_t n,
		     struct mun_err *e)
{
	char cwd[PATH_MAX];
	int rc = 0;

	if (!getcwd(cwd, sizeof(cwd)))
		return mun_fail_sys(e, errno, "current folder");
	x->of = mun_arena_array(x->arena, n, sizeof(*x->of));
	if (n && !x->of)
		return mun_fail_nomem(e, "expectations");
	x->nsources = n;
	for (size_t i = 0; !rc && i < n; i++)
		rc = match_one(x, sources, i, cwd, e);
	return rc;
}

const struct mun_expectation *mun_expect_of(const struct mun_expect *x,
					    size_t i)
{
	return i < x->nsources && x->of[i].entry ? &x->of[i] : NULL;
}

size_t mun_expect_unmatched(const struct mun_expect *x,
			    void (*fn)(void *ctx,
				       const struct mun_manifest_entry *en),
			    void *ctx)
{
	size_t n = 0;

	for (size_t i = 0; i < x->manifest->nentries; i++) {
		if (x->source_of[i])
			continue;
		n++;
		if (fn)
			fn(ctx, &x->manifest->entries[i]);
	}
	return n;
}

unsigned int mun_expectation_algs(const struct mun_expectation *x)
{
	unsigned int algs = 0;

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (x->digests.of[i].len)
			algs |= MUN_DIGEST_BIT(i);
	}
	return algs;
}

static int broken(const struct mun_expectation *x, struct mun_err *e)
{
	return mun_ctx(e, "not what line %" PRIu64 " of '%s' promises", x->line,
		       base_of(x->manifest));
}

/* Two lines of the chain: each has room for the longest digest. */
static int other_digest(const struct mun_expectation *x,
			enum mun_digest_alg alg, const struct mun_digest *found,
			struct mun_err *e)
{
	char hex[MUN_DIGEST_HEX];
	int rc;

	mun_digest_hex(found, hex);
	rc = mun_fail(e, MUN_EFIXITY, "found %s", hex);
	mun_digest_hex(&x->digests.of[alg], hex);
	rc = mun_ctx(e, "%s promised %s", mun_digest_title(alg), hex);
	return rc ? broken(x, e) : 0;
}

int mun_expectation_check(const struct mun_expectation *x, uint64_t bytes,
			  const struct mun_digests *actual, struct mun_err *e)
{
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		const struct mun_digest *want = &x->digests.of[i];

		if (!want->len || mun_digest_equal(want, &actual->of[i]))
			continue;
		if (!actual->of[i].len)
			return mun_fail(
				e, MUN_EINVAL,
				"%s was promised and not computed",
				mun_digest_title((enum mun_digest_alg)i));
		return other_digest(x, (enum mun_digest_alg)i, &actual->of[i],
				    e);
	}
	if (!x->has_bytes || x->bytes == bytes)
		return 0;
	if (mun_fail(e, MUN_EFIXITY,
		     "promised %" PRIu64 " bytes, found %" PRIu64, x->bytes,
		     bytes))
		return broken(x, e);
	return 0;
}

const char *mun_expectation_originator(const struct mun_expectation *x,
				       struct mun_arena *arena)
{
	struct mun_str name = { 0 };
	const char *out;

	if (*x->donor)
		return mun_arena_strdup(arena, x->donor);
	mun_escape(&name, base_of(x->manifest), strlen(base_of(x->manifest)));
	out = mun_arena_fmt(arena, "manifest %s", name.text ? name.text : "");
	mun_str_free(&name);
	return out;
}
