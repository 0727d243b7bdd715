/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_list.c - what lies in a package, and its tag files */
#include "emulate-export/verify_int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/log.h"

struct listing {
	struct mun_verify *v;
	bool top_is_folder; /* an archive: the bag may lie in a folder */
	size_t n;
	size_t room;
	struct mun_vfile *files; /* as they come, full paths */
	struct mun_str text; /* of the file at hand */
	size_t kept; /* bytes, of all */
	size_t names; /* bytes, of all paths */
	bool failed; /* the archive broke on the way */
};

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s);
	size_t m = strlen(with);

	return n >= m && !strcmp(s + n - m, with);
}

/* Most bytes that are kept of the tag file @path of a bag; 0: it is none. */
static size_t keep(const char *path)
{
	static const char *const tags[] = {
		"bagit.txt", "bag-info.txt",      "package-info.txt",
		"fetch.txt", "data/receipt.json", "data/metadata/receipt.json"
	};

	for (size_t i = 0; i < MUN_COUNT(tags); i++) {
		if (!strcmp(path, tags[i]))
			return MUN_VERIFY_TAG_MAX;
	}
	if (!strchr(path, '/') && ends(path, ".txt") &&
	    (starts(path, "manifest-") || starts(path, "tagmanifest-")))
		return MUN_VERIFY_MANIFEST_MAX;
	return starts(path, "data/metadata/") && ends(path, ".xml")
		       ? MUN_VERIFY_XML_MAX
		       : 0;
}

static size_t keep_in(const struct listing *l, const char *path)
{
	const char *slash = strchr(path, '/');
	size_t max = keep(path);

	/* Where the bag is not known before all was seen. */
	if (!max && l->top_is_folder && slash)
		max = keep(slash + 1);
	return max;
}

static int add(struct listing *l, const struct mun_box_entry *x,
	       struct mun_err *e)
{
	struct mun_vfile *f;

	l->names += strlen(x->path) + 1;
	if (l->names > MUN_VERIFY_NAMES_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"its names have more than %zu bytes together",
				MUN_VERIFY_NAMES_MAX);
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct mun_vfile *all =
			reallocarray(l->files, room, sizeof(*all));

		if (!all)
			return mun_fail_nomem(e, "files");
		l->files = all;
		l->room = room;
	}
	f = &l->files[l->n++];
	*f = (struct mun_vfile){ .bytes = x->has_bytes ? x->bytes : 0 };
	f->path = mun_arena_strdup(l->v->arena, x->path);
	return mun_arena_failed(l->v->arena, e);
}

static int begin(void *ctx, const struct mun_box_entry *x, bool *want,
		 struct mun_err *e)
{
	struct listing *l = ctx;
	const char *unsafe = mun_tag_path_unsafe(x->path);
	const char *slash;
	size_t max;
	int rc;

	if (unsafe) {
		mun_verify_say(l->v, MUN_VERIFY_REFUSED, MUN_VERIFY_DAMAGE,
			       x->path, "%s", unsafe);
		return 0;
	}
	if (x->kind == MUN_BOX_FOLDER) {
		slash = l->top_is_folder ? strchr(x->path, '/') : NULL;
		l->v->has_data |= !strcmp(slash ? slash + 1 : x->path, "data");
		return 0;
	}
	if (x->kind != MUN_BOX_FILE) {
		mun_verify_say(l->v, MUN_VERIFY_REFUSED, MUN_VERIFY_DAMAGE,
			       x->path, "%s",
			       x->kind == MUN_BOX_LINK
				       ? "a link, which is not followed"
				       : "neither a file nor a folder");
		return 0;
	}
	rc = add(l, x, e);
	max = keep_in(l, x->path);
	*want = max && x->has_bytes && x->bytes <= max &&
		x->bytes <= MUN_VERIFY_KEPT_MAX - l->kept;
	if (max && !*want)
		l->files[l->n - 1].why = "it is too long to be read";
	return rc;
}

static int data(void *ctx, const void *bytes, size_t len, struct mun_err *e)
{
	struct listing *l = ctx;

	/* A file may grow while it is read. */
	if (len > MUN_VERIFY_KEPT_MAX - l->kept)
		return mun_fail(e, MUN_ECORRUPT, "tag files are too long");
	l->kept += len;
	mun_str_add_bytes(&l->text, bytes, len);
	return l->text.failed ? mun_fail_nomem(e, "tag file") : 0;
}

static int end(void *ctx, const char *why, struct mun_err *e)
{
	struct listing *l = ctx;
	struct mun_vfile *f = &l->files[l->n - 1];

	f->kept = !why;
	if (why) {
		f->why = mun_arena_strdup(l->v->arena, why);
		mun_str_free(&l->text);
	} else {
		f->bytes = l->text.len;
		mun_str_add(&l->text, ""); /* a NUL, also after nothing */
		f->text = l->text.text;
	}
	if (!why && l->text.failed)
		return mun_fail_nomem(e, "tag file");
	l->text = (struct mun_str){ 0 };
	return mun_arena_failed(l->v->arena, e);
}

static int by_path(const void *a, const void *b)
{
	const struct mun_vfile *x = a;
	const struct mun_vfile *y = b;

	return strcmp(x->path, y->path);
}

/* "NAME/" of the one folder that has a bagit.txt; "" for the top; NULL. */
static const char *find_base(struct listing *l)
{
	const char *found = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const char *path = l->files[i].path;
		const char *slash = strchr(path, '/');

		if (!strcmp(path, "bagit.txt"))
			return "";
		if (!l->top_is_folder || !slash ||
		    strcmp(slash + 1, "bagit.txt") != 0)
			continue;
		if (found) {
			mun_verify_say(l->v, MUN_VERIFY_INVALID,
				       MUN_VERIFY_DAMAGE, path,
				       "a second bag in one archive");
			continue;
		}
		found = mun_arena_strndup(l->v->arena, path,
					  (size_t)(slash + 1 - path));
	}
	return found;
}

/* Those below the base, without it; others are told. */
static void take_base(struct listing *l)
{
	struct mun_verify *v = l->v;
	const size_t cut = strlen(v->base);
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct mun_vfile f = l->files[i];

		if (strncmp(f.path, v->base, cut) != 0) {
			mun_verify_say(v, MUN_VERIFY_EXTRA, MUN_VERIFY_DAMAGE,
				       f.path, "beside the bag's folder");
			free(f.text);
			continue;
		}
		f.path += cut;
		if (n && !strcmp(l->files[n - 1].path, f.path)) {
			mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_DAMAGE,
				       f.path, "twice in the archive");
			free(f.text);
			continue;
		}
		l->files[n++] = f;
	}
	v->files = l->files;
	v->nfiles = n;
}

int mun_verify_list(struct mun_verify *v, struct mun_err *e)
{
	struct listing l = { .v = v };
	const struct mun_box_fn fn = { begin, data, end, &l };
	int rc;

	l.top_is_folder = strcmp(v->box->form, "folder") != 0;
	mun_progress_tell(v->q->progress, "listing", 0, 0, 0);
	rc = v->box->ops->walk(v->box, &fn, e);
	mun_str_free(&l.text);
	if (l.n)
		qsort(l.files, l.n, sizeof(*l.files), by_path);
	v->base = find_base(&l);
	if (v->base) {
		take_base(&l);
	} else {
		v->files = l.files;
		v->nfiles = l.n;
	}
	if (v->base && !*v->base && l.top_is_folder && !rc)
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING, "",
			       "the bag is not in a folder of its own "
			       "(RFC 8493, section 4)");
	return rc ? rc : mun_arena_failed(v->arena, e);
}

void mun_verify_list_free(struct mun_verify *v)
{
	for (size_t i = 0; i < v->nfiles; i++)
		free(v->files[i].text);
	free(v->files);
}

struct mun_vfile *mun_verify_file(const struct mun_verify *v, const char *path)
{
	const struct mun_vfile key = { .path = path };

	return v->nfiles ? bsearch(&key, v->files, v->nfiles, sizeof(*v->files),
				   by_path)
			 : NULL;
}
