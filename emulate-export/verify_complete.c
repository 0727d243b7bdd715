/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_complete.c - what is promised is there, and nothing else */
#include "emulate-export/verify_int.h"

#include <stdlib.h>
#include <string.h>

#include "emulate-export/verify_names.h"

bool mun_verify_is_payload(const char *path)
{
	return !strncmp(path, "data/", 5);
}

static bool is_tag_manifest(const char *path)
{
	return !strncmp(path, "tagmanifest-", 12) && !strchr(path, '/');
}

static bool is_manifest(const char *path)
{
	return !strncmp(path, "manifest-", 9) && !strchr(path, '/');
}

/* ---- what is promised ---- */

struct promise {
	const char *path;
	const char *by;
	uint32_t line;
};

static int by_path(const void *a, const void *b)
{
	const struct promise *x = a;
	const struct promise *y = b;
	int c = strcmp(x->path, y->path);

	return c ? c : strcmp(x->by, y->by);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_to_fetch(const struct mun_verify *v, const char *path)
{
	return v->nfetch &&
	       bsearch(&path, v->fetch, v->nfetch, sizeof(*v->fetch), by_text);
}

static size_t count_missing(const struct mun_verify *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nmanifests; i++) {
		for (size_t k = v->manifests[i].nlines;
		     k && v->manifests[i].lines[k - 1].file == MUN_VERIFY_NONE;
		     k--)
			n++;
	}
	return n;
}

/* Each once, whatever manifests name it. */
static int find_missing(struct mun_verify *v, struct mun_err *e)
{
	mun_autofree struct promise *all = NULL;
	size_t max = count_missing(v);
	size_t n = 0;

	if (!max)
		return 0;
	all = calloc(max, sizeof(*all));
	if (!all)
		return mun_fail_nomem(e, "missing files");
	for (size_t i = 0; i < v->nmanifests; i++) {
		const struct mun_vmanifest *m = &v->manifests[i];

		for (size_t k = m->nlines;
		     k && m->lines[k - 1].file == MUN_VERIFY_NONE; k--)
			all[n++] =
				(struct promise){ m->lines[k - 1].path, m->name,
						  m->lines[k - 1].line };
	}
	qsort(all, n, sizeof(*all), by_path);
	for (size_t i = 0; i < n; i++) {
		if (i && !strcmp(all[i].path, all[i - 1].path))
			continue;
		mun_verify_say_at(v, MUN_VERIFY_MISSING, MUN_VERIFY_DAMAGE,
				  all[i].path, all[i].by, all[i].line, "%s",
				  is_to_fetch(v, all[i].path)
					  ? "still to be fetched"
					  : "it is not there");
	}
	return 0;
}

/* ---- what is there ---- */

static void mark_listed(struct mun_verify *v)
{
	for (size_t i = 0; i < v->nmanifests; i++) {
		const struct mun_vmanifest *m = &v->manifests[i];

		for (size_t k = 0; k < m->nlines; k++) {
			uint32_t file = m->lines[k].file;

			if (file != MUN_VERIFY_NONE &&
			    mun_verify_is_payload(v->files[file].path) !=
				    m->tag)
				v->files[file].listed = true;
		}
	}
}

static void say_unlisted(struct mun_verify *v, const struct mun_vfile *f,
			 bool tag_manifests)
{
	if (mun_verify_is_payload(f->path)) {
		mun_verify_say(v, MUN_VERIFY_EXTRA, MUN_VERIFY_DAMAGE, f->path,
			       "in no payload manifest");
		return;
	}
	/* Without any tag manifest there is nothing to be in. */
	if (!tag_manifests || is_tag_manifest(f->path))
		return;
	mun_verify_say(v, MUN_VERIFY_EXTRA,
		       v->out->receipt        ? MUN_VERIFY_DAMAGE
		       : is_manifest(f->path) ? mun_verify_since_one(v)
					      : MUN_VERIFY_WARNING,
		       f->path, "in no tag manifest");
}

static void find_extra(struct mun_verify *v)
{
	bool tag_manifests = false;

	for (size_t i = 0; i < v->nmanifests; i++)
		tag_manifests |= v->manifests[i].tag;
	for (size_t i = 0; i < v->nfiles; i++) {
		if (!v->files[i].listed)
			say_unlisted(v, &v->files[i], tag_manifests);
	}
}

/* From 1.0 on each payload manifest lists all payload, each tag manifest all
 * payload manifests; before, one of them was enough.  Of ours each tag manifest
 * lists all tag files: no digest covers it, so a lost line must be seen. */
static bool must_list(const struct mun_verify *v, const struct mun_vmanifest *m,
		      const char *path)
{
	if (!m->tag)
		return mun_verify_is_payload(path);
	return is_manifest(path) ||
	       (v->out->receipt && !mun_verify_is_payload(path));
}

static int find_unequal(struct mun_verify *v, struct mun_err *e)
{
	mun_autofree uint8_t *named = NULL;

	if (!v->is_one)
		return 0;
	named = malloc(v->nfiles + 1);
	if (!named)
		return mun_fail_nomem(e, "files");
	for (size_t i = 0; i < v->nmanifests; i++) {
		const struct mun_vmanifest *m = &v->manifests[i];

		memset(named, 0, v->nfiles + 1);
		for (size_t k = 0; k < m->nlines; k++) {
			if (m->lines[k].file != MUN_VERIFY_NONE)
				named[m->lines[k].file] = 1;
		}
		for (size_t k = 0; k < v->nfiles; k++) {
			const struct mun_vfile *f = &v->files[k];

			if (!named[k] && f->listed && must_list(v, m, f->path))
				mun_verify_say(v, MUN_VERIFY_EXTRA,
					       MUN_VERIFY_DAMAGE, f->path,
					       "not in %s, as others have it",
					       m->name);
		}
	}
	return 0;
}

/* From 1.0 on what is to be fetched is in a manifest, too. */
static int check_fetch(struct mun_verify *v, struct mun_err *e)
{
	mun_autofree const char **missing = NULL;
	size_t n = 0;

	if (!v->nfetch)
		return 0;
	missing = calloc(count_missing(v) + 1, sizeof(*missing));
	if (!missing)
		return mun_fail_nomem(e, "missing files");
	for (size_t i = 0; i < v->nmanifests; i++) {
		const struct mun_vmanifest *m = &v->manifests[i];

		for (size_t k = m->nlines;
		     k && m->lines[k - 1].file == MUN_VERIFY_NONE; k--)
			missing[n++] = m->lines[k - 1].path;
	}
	if (n)
		qsort(missing, n, sizeof(*missing), by_text);
	for (size_t i = 0; i < v->nfetch; i++) {
		const struct mun_vfile *f = mun_verify_file(v, v->fetch[i]);

		if ((f && f->listed) ||
		    (n && bsearch(&v->fetch[i], missing, n, sizeof(*missing),
				  by_text)))
			continue;
		mun_verify_say_at(v, MUN_VERIFY_INVALID,
				  mun_verify_since_one(v), v->fetch[i],
				  "fetch.txt", 0,
				  "to be fetched, and in no manifest");
	}
	return 0;
}

/* A package of ours has a tag manifest for each payload manifest. */
static void check_pairs(struct mun_verify *v)
{
	unsigned int payload = 0;
	unsigned int tags = 0;

	for (size_t i = 0; i < v->nmanifests; i++)
		*(v->manifests[i].tag ? &tags : &payload) |=
			1u << v->manifests[i].alg;
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if ((payload ^ tags) & 1u << i)
			mun_verify_say(v, MUN_VERIFY_MISSING, MUN_VERIFY_DAMAGE,
				       "", "no %smanifest-%s.txt",
				       tags & 1u << i ? "" : "tag",
				       mun_sum_name(i));
	}
	if (v->is_one && strcmp(v->out->version, "1.0") != 0)
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_DAMAGE,
			       "bagit.txt",
			       "packages with a receipt are bags of 1.0");
}

static void count(struct mun_verify *v)
{
	for (size_t i = 0; i < v->nfiles; i++) {
		if (!mun_verify_is_payload(v->files[i].path)) {
			v->out->tag_files++;
			continue;
		}
		v->has_data = true;
		v->out->payload_files++;
		v->out->payload_bytes += v->files[i].bytes;
	}
}

int mun_verify_complete(struct mun_verify *v, struct mun_err *e)
{
	int rc;

	count(v);
	if (!v->has_data)
		mun_verify_say(v, MUN_VERIFY_MISSING, MUN_VERIFY_DAMAGE, "data",
			       "no folder of this name");
	mark_listed(v);
	rc = find_missing(v, e);
	if (!rc)
		find_extra(v);
	if (!rc)
		rc = find_unequal(v, e);
	if (!rc)
		rc = check_fetch(v, e);
	if (!rc && v->out->receipt)
		check_pairs(v);
	return rc;
}

/* ---- names ---- */

struct name {
	char *folded;
	const char *path;
};

static int by_folded(const void *a, const void *b)
{
	const struct name *x = a;
	const struct name *y = b;
	int c = strcmp(x->folded, y->folded);

	return c ? c : strcmp(x->path, y->path);
}

static int say_alike(struct mun_verify *v, const char *a, const char *b,
		     struct mun_err *e)
{
	struct mun_str x = { 0 };
	struct mun_str y = { 0 };
	int rc = mun_name_key(a, false, &x, e);

	if (!rc)
		rc = mun_name_key(b, false, &y, e);
	if (!rc)
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING, b,
			       strcmp(x.text, y.text) != 0
				       ? "another name differs only in upper "
					 "and lower case"
				       : "another name differs only in its "
					 "Unicode normal form");
	mun_str_free(&x);
	mun_str_free(&y);
	return rc;
}

static int add_name(struct name *all, size_t *n, const char *path,
		    struct mun_err *e)
{
	struct mun_str key = { 0 };
	int rc = mun_name_key(path, true, &key, e);

	if (rc) {
		mun_str_free(&key);
		return rc;
	}
	all[(*n)++] = (struct name){ key.text, path };
	return 0;
}

static int gather(struct mun_verify *v, struct name *all, size_t *n,
		  struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < v->nfiles; i++) {
		rc = add_name(all, n, v->files[i].path, e);
		if (mun_name_is_dropping(v->files[i].path))
			mun_verify_say(v, MUN_VERIFY_INVALID,
				       MUN_VERIFY_WARNING, v->files[i].path,
				       "what a system drops into folders");
	}
	for (size_t i = 0; !rc && i < v->nmanifests; i++) {
		const struct mun_vmanifest *m = &v->manifests[i];

		for (size_t k = m->nlines;
		     !rc && k && m->lines[k - 1].file == MUN_VERIFY_NONE; k--)
			rc = add_name(all, n, m->lines[k - 1].path, e);
	}
	return rc;
}

int mun_verify_names(struct mun_verify *v, struct mun_err *e)
{
	mun_autofree struct name *all = NULL;
	size_t n = 0;
	int rc;

	all = calloc(v->nfiles + count_missing(v) + 1, sizeof(*all));
	if (!all)
		return mun_fail_nomem(e, "names");
	rc = gather(v, all, &n, e);
	if (n)
		qsort(all, n, sizeof(*all), by_folded);
	for (size_t i = 1; !rc && i < n; i++) {
		if (!strcmp(all[i].folded, all[i - 1].folded) &&
		    strcmp(all[i].path, all[i - 1].path) != 0)
			rc = say_alike(v, all[i - 1].path, all[i].path, e);
	}
	for (size_t i = 0; i < n; i++)
		free(all[i].folded);
	return rc;
}
