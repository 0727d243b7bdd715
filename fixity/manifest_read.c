/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest_read.c - manifests of anybody, line by line, then joined */
#include "fixity/manifest_read.h"

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "fixity/manifest_line.h"

#include <string.h>

struct lines {
	const char *text;
	size_t len;
	size_t at;
	size_t number; /* of the line that was given last */
	char end; /* between lines */
	bool cr; /* every line ends with one: they are no part of names */
};

struct reading {
	struct mun_manifest *m;
	struct mun_manifest_dialect dialect;
	struct lines lines;
};

static bool next(struct lines *l, const char **p, size_t *n)
{
	const char *end;

	if (l->at >= l->len)
		return false;
	*p = l->text + l->at;
	end = memchr(*p, l->end, l->len - l->at);
	*n = end ? (size_t)(end - *p) : l->len - l->at;
	l->at += *n + 1;
	l->number++;
	if (l->cr && *n && (*p)[*n - 1] == '\r')
		--*n;
	return true;
}

static bool is_blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return false;
	}
	return true;
}

/* LF, CR LF, and CR alone where there is no LF (RFC 8493, 2.2).  A CR that
 * ends only some of the lines is the end of their names. */
static void find_ends(struct lines *l)
{
	struct lines all = *l;
	const char *p;
	size_t n;

	all.end = memchr(l->text, '\n', l->len) ? '\n' : '\r';
	l->end = all.end;
	l->cr = l->end == '\n';
	while (l->cr && next(&all, &p, &n))
		l->cr = !n || p[n - 1] == '\r';
}

static void problem(struct mun_manifest *m, size_t line, const char *text)
{
	struct mun_manifest_problem *all = m->problems;

	if (m->nproblems++ >= MUN_MANIFEST_PROBLEMS)
		return;
	all = mun_arena_grow(m->arena, all, m->nkept, sizeof(*all));
	if (!all)
		return; /* told by mun_arena_failed() */
	m->problems = all;
	all[m->nkept++] =
		(struct mun_manifest_problem){ line, mun_arena_strdup(m->arena,
								      text) };
}

static const uint8_t *pack(struct mun_arena *a, unsigned int algs,
			   const struct mun_digests *d)
{
	size_t len = 0;
	uint8_t *to;

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (algs & MUN_DIGEST_BIT(i))
			len += d->of[i].len;
	}
	to = mun_arena_alloc(a, len);
	len = 0;
	for (unsigned int i = 0; to && i < MUN_DIGEST_N; i++) {
		if (!(algs & MUN_DIGEST_BIT(i)))
			continue;
		memcpy(to + len, d->of[i].bytes, d->of[i].len);
		len += d->of[i].len;
	}
	return to;
}

void mun_manifest_digests(const struct mun_manifest_entry *en,
			  struct mun_digests *out)
{
	const uint8_t *p = en->values;

	*out = (struct mun_digests){ 0 };
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		struct mun_digest *d = &out->of[i];

		if (!(en->algs & MUN_DIGEST_BIT(i)))
			continue;
		d->len = mun_digest_bytes((enum mun_digest_alg)i);
		memcpy(d->bytes, p, d->len);
		p += d->len;
	}
}

/* "./a" is a, as find(1) and sha256sum(1) write it. */
static const char *without_dot(const char *path)
{
	while (path[0] == '.' && path[1] == '/') {
		path += 2;
		path += strspn(path, "/");
	}
	return path;
}

static void add_entry(struct reading *r, const struct mun_manifest_line *line,
		      const char *name)
{
	struct mun_manifest *m = r->m;
	struct mun_manifest_entry *all = m->entries;
	struct mun_manifest_entry *en;
	const char *path = without_dot(name);

	if (!*path || strlen(path) > MUN_MANIFEST_PATH_MAX) {
		problem(m, r->lines.number, *path ? "too long" : "no name");
		return;
	}
	all = mun_arena_grow(m->arena, all, m->nentries, sizeof(*all));
	if (!all)
		return;
	m->entries = all;
	en = &all[m->nentries++];
	en->path = mun_arena_strdup(m->arena, path);
	if (strlen(name) != line->name_len ||
	    memcmp(name, line->name, line->name_len) != 0)
		en->literal =
			mun_arena_strndup(m->arena, line->name, line->name_len);
	if (line->is_escaped)
		en->literal = NULL;
	en->line = r->lines.number;
	en->bytes = line->bytes;
	en->has_bytes = line->has_bytes;
	en->is_unsafe = !mun_path_is_safe(path);
	en->algs = line->algs;
	en->values = pack(m->arena, line->algs, &line->digests);
	m->algs |= line->algs;
}

static int take_line(struct reading *r, const char *p, size_t n,
		     struct mun_err *e)
{
	char why[MUN_MANIFEST_WHY] = "";
	struct mun_manifest_line line;
	struct mun_str name = { 0 };
	int rc;

	if (!mun_manifest_line_parse(&r->dialect, p, n, &line, why)) {
		problem(r->m, r->lines.number, why);
		return mun_arena_failed(r->m->arena, e);
	}
	if (!mun_manifest_line_name(&r->dialect, &line, &name))
		problem(r->m, r->lines.number,
			"an escape that sha256sum does not write");
	else if (name.text)
		add_entry(r, &line, name.text);
	rc = name.failed ? mun_fail_nomem(e, "name")
			 : mun_arena_failed(r->m->arena, e);
	mun_str_free(&name);
	return rc;
}

static const char deep_head[] = "%%%% ";
#define DEEP_HEAD (sizeof(deep_head) - 1)

/* Comments and headers; false for a line that has to be taken. */
static bool is_aside(struct reading *r, const char *p, size_t n)
{
	if (is_blank(p, n) || *p == '#')
		return true;
	if (r->dialect.form != MUN_MANIFEST_HASHDEEP || n < DEEP_HEAD ||
	    memcmp(p, deep_head, DEEP_HEAD) != 0)
		return false;
	/* Several hashdeep lists one after the other are one. */
	if (memcmp(p + DEEP_HEAD, "HASHDEEP-",
		   MUN_MIN(n - DEEP_HEAD, (size_t)9)) != 0 &&
	    !mun_manifest_deep_columns(&r->dialect, p + DEEP_HEAD,
				       n - DEEP_HEAD))
		problem(r->m, r->lines.number,
			"columns that are not hashdeep's");
	return true;
}

/* "manifest-sha256.txt", "tagmanifest-md5.txt": RFC 8493, 2.1.3 and 2.2.1. */
static bool bag_name(const char *name, enum mun_digest_alg *alg)
{
	const char *slash = strrchr(name, '/');
	struct mun_err why;
	char text[16];
	size_t len;

	name = slash ? slash + 1 : name;
	if (!strncmp(name, "tag", 3))
		name += 3;
	if (strncmp(name, "manifest-", 9) != 0)
		return false;
	name += 9;
	len = strcspn(name, ".");
	if (strcmp(name + len, ".txt") != 0 || len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	if (!strcmp(text, "sha512256"))
		*alg = MUN_SHA512_256;
	else if (!strcmp(text, "blake2b512"))
		*alg = MUN_BLAKE2B_512;
	else
		return !mun_digest_from_name(text, alg, &why);
	return true;
}

/* Payload files only, or tag files with bagit.txt among them. */
static bool looks_like_bag(struct reading *r)
{
	struct lines l = r->lines;
	bool payload = true;
	bool any = false;
	const char *p;
	size_t n;

	while (next(&l, &p, &n)) {
		char why[MUN_MANIFEST_WHY];
		struct mun_manifest_line line;

		if (is_blank(p, n) || *p == '#')
			continue;
		if (!mun_manifest_line_parse(&r->dialect, p, n, &line, why))
			continue;
		if (line.is_escaped)
			return false;
		any = true;
		if (line.name_len == 9 && !memcmp(line.name, "bagit.txt", 9))
			return true;
		if (line.name_len < 5 || memcmp(line.name, "data/", 5) != 0)
			payload = false;
	}
	return any && payload;
}

static void recognise(struct reading *r, const struct mun_manifest_hint *hint)
{
	struct lines l = r->lines;
	const char *p = "";
	size_t n = 0;

	r->dialect.form = MUN_MANIFEST_SUMS;
	if (hint && hint->has_alg) {
		r->dialect.has_alg = true;
		r->dialect.alg = hint->alg;
	}
	while (next(&l, &p, &n) && is_blank(p, n))
		;
	if (l.number && n > DEEP_HEAD && !memcmp(p, deep_head, DEEP_HEAD)) {
		r->dialect.form = MUN_MANIFEST_HASHDEEP;
	} else if (hint && hint->name && !r->dialect.has_alg &&
		   bag_name(hint->name, &r->dialect.alg)) {
		r->dialect.form = MUN_MANIFEST_BAGIT;
		r->dialect.has_alg = true;
	} else if (looks_like_bag(r)) {
		r->dialect.form = MUN_MANIFEST_BAGIT;
	}
	r->m->form = r->dialect.form;
}

static int by_path(const void *a, const void *b)
{
	const struct mun_manifest_entry *x = a;
	const struct mun_manifest_entry *y = b;
	int c = strcmp(x->path, y->path);

	return c ? c : (x->line > y->line) - (x->line < y->line);
}

static void contradiction(struct mun_manifest *m, struct mun_manifest_entry *en,
			  const struct mun_manifest_entry *other)
{
	struct mun_str path = { 0 };
	const char *text;

	en->is_conflict = true;
	mun_escape(&path, en->path, strlen(en->path));
	text = mun_arena_fmt(m->arena,
			     "promises of '%.200s' another digest or size than "
			     "line %zu",
			     path.text ? path.text : "", en->line);
	mun_str_free(&path);
	if (text)
		problem(m, other->line, text);
}

/* Two lines of one file are one entry: with all digests, if they agree. */
static void join(struct mun_manifest *m, struct mun_manifest_entry *en,
		 const struct mun_manifest_entry *other)
{
	unsigned int both = en->algs & other->algs;
	struct mun_digests d;
	struct mun_digests more;
	bool same = !en->has_bytes || !other->has_bytes ||
		    en->bytes == other->bytes;

	mun_manifest_digests(en, &d);
	mun_manifest_digests(other, &more);
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (both & MUN_DIGEST_BIT(i))
			same = same && mun_digest_equal(&d.of[i], &more.of[i]);
		else if (other->algs & MUN_DIGEST_BIT(i))
			d.of[i] = more.of[i];
	}
	if (!same)
		contradiction(m, en, other);
	if (other->has_bytes && !en->has_bytes) {
		en->bytes = other->bytes;
		en->has_bytes = true;
	}
	if (other->algs & ~en->algs) {
		en->algs |= other->algs;
		en->values = pack(m->arena, en->algs, &d);
	}
}

static int by_line(const void *a, const void *b)
{
	const struct mun_manifest_problem *x = a;
	const struct mun_manifest_problem *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

static void join_all(struct mun_manifest *m)
{
	size_t kept = 0;

	if (!m->nentries)
		return;
	qsort(m->entries, m->nentries, sizeof(*m->entries), by_path);
	for (size_t i = 1; i < m->nentries; i++) {
		if (!strcmp(m->entries[i].path, m->entries[kept].path))
			join(m, &m->entries[kept], &m->entries[i]);
		else
			m->entries[++kept] = m->entries[i];
	}
	m->nentries = kept + 1;
	if (m->nkept)
		qsort(m->problems, m->nkept, sizeof(*m->problems), by_line);
}

static int check_text(const char **text, size_t *len, struct mun_err *e)
{
	if (*len > MUN_MANIFEST_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a manifest of more than %zu bytes",
				MUN_MANIFEST_MAX);
	if (*len >= 2 &&
	    (!memcmp(*text, "\xff\xfe", 2) || !memcmp(*text, "\xfe\xff", 2)))
		return mun_fail(e, MUN_ECORRUPT,
				"the manifest is in UTF-16; make it UTF-8 "
				"first (iconv -f UTF-16 -t UTF-8)");
	if (*len >= 3 && !memcmp(*text, "\xef\xbb\xbf", 3)) {
		*text += 3;
		*len -= 3;
	}
	return 0;
}

static int read_lines(struct reading *r, struct mun_err *e)
{
	const char *p;
	size_t n;
	int rc = 0;

	while (!rc && next(&r->lines, &p, &n)) {
		if (!is_aside(r, p, n))
			rc = take_line(r, p, n, e);
	}
	if (rc)
		return rc;
	join_all(r->m);
	rc = mun_arena_failed(r->m->arena, e);
	if (rc || r->m->nentries)
		return rc;
	if (r->m->nkept)
		return mun_fail(e, MUN_ECORRUPT,
				"no line of it is that of a manifest (line "
				"%zu: %s)",
				r->m->problems[0].line, r->m->problems[0].text);
	return mun_fail(e, MUN_ECORRUPT, "an empty manifest");
}

int mun_manifest_read(const char *text, size_t len,
		      const struct mun_manifest_hint *hint,
		      struct mun_manifest **out, struct mun_err *e)
{
	mun_auto(manifest) *m = NULL;
	struct reading r = { 0 };
	int rc = check_text(&text, &len, e);

	if (rc)
		return rc;
	m = calloc(1, sizeof(*m));
	if (!m)
		return mun_fail_nomem(e, "manifest");
	rc = mun_arena_new(&m->arena, e);
	if (rc)
		return rc;
	r.m = m;
	r.lines.text = text;
	r.lines.len = len;
	find_ends(&r.lines);
	recognise(&r, hint);
	rc = read_lines(&r, e);
	if (!rc)
		*out = mun_steal(&m);
	return rc;
}

void mun_manifest_free(struct mun_manifest *m)
{
	if (!m)
		return;
	mun_arena_free(m->arena);
	free(m);
}

static int find_path(const void *key, const void *entry)
{
	return strcmp(key, ((const struct mun_manifest_entry *)entry)->path);
}

const struct mun_manifest_entry *mun_manifest_find(const struct mun_manifest *m,
						   const char *path)
{
	return m->nentries ? bsearch(path, m->entries, m->nentries,
				     sizeof(*m->entries), find_path)
			   : NULL;
}
