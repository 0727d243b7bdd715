/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_manifest.c - manifests of a bag (RFC 8493, 2.1.3, 2.2.1) */
#include "emulate-export/verify_int.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "emulate-export/verify_names.h"
#include "fixity/manifest.h"

/* Names that are not ASCII, by their canonical decomposition. */
struct key {
	const char *key;
	uint32_t file;
};

struct reader {
	struct mun_verify *v;
	struct mun_vmanifest *m;
	const struct mun_vfile *f;
	size_t nkeys;
	struct key *keys; /* NULL: not yet made */
	size_t nrelative; /* lines that begin with "./" */
	size_t nstars; /* lines as md5sum writes them */
	size_t nliteral; /* lines whose % were not meant as an escape */
	struct mun_str path; /* of the line at hand */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void bad_line(struct reader *r, size_t line, const char *path,
		     enum mun_verify_kind kind, const char *text)
{
	mun_verify_say_at(r->v, kind, MUN_VERIFY_DAMAGE, path, r->m->name, line,
			  "%s", text);
}

static int by_key(const void *a, const void *b)
{
	const struct key *x = a;
	const struct key *y = b;

	return strcmp(x->key, y->key);
}

static bool is_ascii(const char *p)
{
	while (*p && (unsigned char)*p < 0x80)
		p++;
	return !*p;
}

static int make_keys(struct reader *r, struct mun_err *e)
{
	struct mun_verify *v = r->v;
	int rc = 0;

	r->keys = calloc(v->nfiles + 1, sizeof(*r->keys));
	if (!r->keys)
		return mun_fail_nomem(e, "names");
	for (uint32_t i = 0; !rc && i < v->nfiles; i++) {
		struct mun_str key = { 0 };

		if (is_ascii(v->files[i].path))
			continue;
		rc = mun_name_key(v->files[i].path, false, &key, e);
		if (!rc)
			r->keys[r->nkeys++] = (struct key){
				mun_arena_strdup(v->arena, key.text), i
			};
		mun_str_free(&key);
	}
	if (!rc)
		rc = mun_arena_failed(v->arena, e);
	if (!rc && r->nkeys)
		qsort(r->keys, r->nkeys, sizeof(*r->keys), by_key);
	return rc;
}

/* The file whose name is the same text in another normal form. */
static int find_other_form(struct reader *r, const char *path, uint32_t *out,
			   struct mun_err *e)
{
	struct mun_str text = { 0 };
	const struct key *found = NULL;
	int rc = 0;

	if (is_ascii(path))
		return 0;
	if (!r->keys)
		rc = make_keys(r, e);
	if (!rc)
		rc = mun_name_key(path, false, &text, e);
	if (!rc && r->nkeys) {
		const struct key key = { .key = text.text };

		found = bsearch(&key, r->keys, r->nkeys, sizeof(*r->keys),
				by_key);
	}
	mun_str_free(&text);
	if (found)
		*out = found->file;
	return rc;
}

static uint32_t find(const struct reader *r, const char *path)
{
	const struct mun_vfile *f = mun_verify_file(r->v, path);

	return f ? (uint32_t)(f - r->v->files) : MUN_VERIFY_NONE;
}

/*
 * Which file a line means.  1.0 has %0A, %0D and %25 as escapes; before, and in
 * many programs to this day, only the first two are, or none.
 */
static int resolve(struct reader *r, const char *literal, struct mun_vline *l,
		   struct mun_err *e)
{
	const bool is_one = r->v->is_one;
	const char *decoded;
	int rc;

	r->path.len = 0;
	mun_manifest_decode(&r->path, literal, strlen(literal));
	if (r->path.failed)
		return mun_fail_nomem(e, "path");
	decoded = r->path.text;
	l->file = find(r, is_one ? decoded : literal);
	if (l->file == MUN_VERIFY_NONE && strcmp(decoded, literal) != 0) {
		l->file = find(r, is_one ? literal : decoded);
		r->nliteral += is_one && l->file != MUN_VERIFY_NONE;
	}
	if (l->file != MUN_VERIFY_NONE)
		return 0;
	rc = find_other_form(r, decoded, &l->file, e);
	if (rc)
		return rc;
	if (l->file != MUN_VERIFY_NONE)
		mun_verify_say_at(r->v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING,
				  decoded, r->m->name, l->line,
				  "the file's name is in another Unicode "
				  "normal form");
	else
		l->path = mun_arena_strdup(r->v->arena, decoded);
	return mun_arena_failed(r->v->arena, e);
}

/* May a manifest of this kind list it? */
static bool may_list(struct reader *r, size_t line, const char *path)
{
	const char *unsafe = mun_tag_path_unsafe(path);

	if (unsafe) {
		bad_line(r, line, path, MUN_VERIFY_REFUSED, unsafe);
		return false;
	}
	if (!r->m->tag && !mun_verify_is_payload(path)) {
		bad_line(r, line, path, MUN_VERIFY_INVALID,
			 "a payload manifest lists what is not below data/");
		return false;
	}
	if (r->m->tag && mun_verify_is_payload(path))
		mun_verify_say_at(r->v, MUN_VERIFY_INVALID,
				  mun_verify_since_one(r->v), path, r->m->name,
				  line, "a tag manifest lists payload");
	if (r->m->tag && !strncmp(path, "tagmanifest-", 12))
		mun_verify_say_at(r->v, MUN_VERIFY_INVALID,
				  mun_verify_since_one(r->v), path, r->m->name,
				  line, "a tag manifest lists a tag manifest");
	return true;
}

static int add_line(struct reader *r, const char *path, const uint8_t *value,
		    size_t number, struct mun_err *e)
{
	struct mun_vmanifest *m = r->m;
	const size_t bytes = mun_sum_bytes(m->alg);
	struct mun_vline *all =
		mun_arena_grow(r->v->arena, m->lines, m->nlines, sizeof(*all));
	uint8_t *copy = mun_arena_alloc(r->v->arena, bytes);

	if (!all || !copy)
		return mun_fail_nomem(e, "lines");
	m->lines = all;
	memcpy(copy, value, bytes);
	all[m->nlines] = (struct mun_vline){
		.value = copy,
		.line = (uint32_t)MUN_MIN(number, (size_t)UINT32_MAX),
		.file = MUN_VERIFY_NONE,
	};
	return resolve(r, path, &all[m->nlines++], e);
}

/* "./data/a", "data/./a" is not: only in front. */
static const char *without_dot(struct reader *r, const char *path)
{
	const char *p = path;

	while (p[0] == '.' && p[1] == '/') {
		p += 2;
		p += strspn(p, "/");
	}
	r->nrelative += p != path;
	return p;
}

/* @text is one line, terminated. */
static int take_line(struct reader *r, char *text, size_t number,
		     struct mun_err *e)
{
	uint8_t value[MUN_SUM_MAX];
	char *path = text + strcspn(text, " \t");
	const char *plain;
	bool blank = *path != '\0';

	if (*text == '#')
		return 0;
	*path = '\0';
	if (!mun_unhex(text, value, mun_sum_bytes(r->m->alg))) {
		bad_line(r, number, "", MUN_VERIFY_INVALID,
			 "not a digest of this algorithm and a path");
		return 0;
	}
	path += blank;
	while (is_blank(*path))
		path++;
	/* As md5sum marks binary files; what begins with a star itself is
	 * written so by us. */
	if (*path == '*') {
		r->nstars++;
		path++;
	}
	plain = without_dot(r, path);
	if (!may_list(r, number, plain))
		return 0;
	return add_line(r, plain, value, number, e);
}

static int each_line(struct reader *r, const char *text, size_t len,
		     struct mun_err *e)
{
	struct mun_tag_lines l = { .text = text, .len = len };
	mun_autofree char *line = NULL;
	size_t room = 0;
	int rc = 0;
	const char *p;
	size_t n;

	while (!rc && mun_tag_line(&l, &p, &n)) {
		if (n > MUN_BOX_PATH_MAX + MUN_SUM_HEX + 16 ||
		    memchr(p, '\0', n)) {
			bad_line(r, l.number, "", MUN_VERIFY_INVALID,
				 "not a line of a manifest");
			continue;
		}
		if (n + 1 > room) {
			free(line);
			room = 2 * n + 256;
			line = malloc(room);
			if (!line)
				return mun_fail_nomem(e, "line");
		}
		memcpy(line, p, n);
		line[n] = '\0';
		if (line[strspn(line, " \t")])
			rc = take_line(r, line, l.number, e);
	}
	return rc;
}

static int by_file(const void *a, const void *b)
{
	const struct mun_vline *x = a;
	const struct mun_vline *y = b;

	if (x->file != y->file)
		return (x->file > y->file) - (x->file < y->file);
	return (x->line > y->line) - (x->line < y->line);
}

/* A file twice in one manifest. */
static void find_twice(struct reader *r)
{
	const size_t bytes = mun_sum_bytes(r->m->alg);

	for (size_t i = 1; i < r->m->nlines; i++) {
		const struct mun_vline *was = &r->m->lines[i - 1];
		const struct mun_vline *l = &r->m->lines[i];
		bool same;

		if (l->file == MUN_VERIFY_NONE || l->file != was->file)
			continue;
		same = !memcmp(l->value, was->value, bytes);
		mun_verify_say_at(
			r->v, MUN_VERIFY_INVALID,
			same ? mun_verify_since_one(r->v) : MUN_VERIFY_DAMAGE,
			r->v->files[l->file].path, r->m->name, l->line,
			same ? "listed twice"
			     : "listed twice, with two digests");
	}
}

static void say_style(struct reader *r)
{
	struct mun_verify *v = r->v;

	if (r->nrelative)
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING,
			       r->m->name, "%zu paths begin with './'",
			       r->nrelative);
	if (r->nstars)
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING,
			       r->m->name,
			       "%zu lines as md5sum writes them, with a star",
			       r->nstars);
	if (r->nliteral)
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING,
			       r->m->name,
			       "%zu paths with a percent sign that is not "
			       "written %%25",
			       r->nliteral);
}

static int read_manifest(struct reader *r, struct mun_err *e)
{
	struct mun_verify *v = r->v;
	const struct mun_vfile *f = r->f;
	struct mun_str text = { 0 };
	const char *p;
	size_t len;
	int rc;

	if (!mun_tag_text(v->encoding, f->text, (size_t)f->bytes, &text))
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_DAMAGE,
			       f->path, "not %s", v->out->encoding);
	p = text.text ? text.text : "";
	len = text.len;
	if (len >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
		mun_verify_say(v, MUN_VERIFY_INVALID, mun_verify_since_one(v),
			       f->path, "it has a byte order mark");
		p += 3;
		len -= 3;
	}
	rc = text.failed ? mun_fail_nomem(e, "manifest")
			 : each_line(r, p, len, e);
	mun_str_free(&text);
	if (rc)
		return rc;
	if (r->m->nlines)
		qsort(r->m->lines, r->m->nlines, sizeof(*r->m->lines), by_file);
	find_twice(r);
	say_style(r);
	return 0;
}

/* "manifest-sha256.txt": the algorithm; false where it is no manifest. */
static bool name_of(const char *path, bool *tag, char alg[static 32])
{
	size_t n;

	*tag = !strncmp(path, "tag", 3);
	if (*tag)
		path += 3;
	if (strncmp(path, "manifest-", 9) != 0)
		return false;
	path += 9;
	n = strlen(path);
	if (n < 5 || n - 4 >= 32 || strcmp(path + n - 4, ".txt") != 0 ||
	    strchr(path, '/'))
		return false;
	memcpy(alg, path, n - 4);
	alg[n - 4] = '\0';
	return true;
}

static int take_file(struct mun_verify *v, const struct mun_vfile *f,
		     struct mun_err *e)
{
	struct mun_vmanifest *all = v->manifests;
	struct reader r = { .v = v, .f = f };
	struct mun_vmanifest m = { .name = f->path };
	char alg[32];
	int rc;

	if (!name_of(f->path, &m.tag, alg))
		return 0;
	m.alg = mun_sum_find(alg);
	if (m.alg == MUN_SUMS) {
		mun_verify_say(v, MUN_VERIFY_UNDECIDED, MUN_VERIFY_UNDONE,
			       f->path, "digest '%s' is not known here", alg);
		return 0;
	}
	if (!f->kept) {
		mun_verify_say(v, MUN_VERIFY_UNREADABLE, MUN_VERIFY_DAMAGE,
			       f->path, "%s", f->why);
		return 0;
	}
	all = mun_arena_grow(v->arena, all, v->nmanifests, sizeof(*all));
	if (!all)
		return mun_fail_nomem(e, "manifests");
	v->manifests = all;
	r.m = &all[v->nmanifests];
	*r.m = m;
	rc = read_manifest(&r, e);
	free(r.keys);
	mun_str_free(&r.path);
	if (rc)
		return mun_ctx(e, "'%s'", f->path);
	v->nmanifests++;
	v->algs |= 1u << m.alg;
	return 0;
}

int mun_verify_manifests(struct mun_verify *v, struct mun_err *e)
{
	bool payload = false;
	int rc = 0;

	for (size_t i = 0; !rc && i < v->nfiles; i++) {
		payload |= !strncmp(v->files[i].path, "manifest-", 9);
		rc = take_file(v, &v->files[i], e);
	}
	if (!rc && !payload)
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_DAMAGE, "",
			       "no payload manifest");
	return rc;
}
