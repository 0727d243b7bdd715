/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/media.c - the image of an object, made and decoded again */
#include "emulate-export/media.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "emulate-export/media_options.h"
#include "emulate-export/padded.h"
#include "fixity/hashpass.h"
#include "image/fmt_qcow2_overlay.h"
#include "image/remote.h"
#include "image/writer.h"

int mun_media_proof(const struct mun_record *r, enum mun_digest_alg *out,
		    struct mun_err *e)
{
	static const enum mun_digest_alg best[] = {
		MUN_SHA256,      MUN_SHA512, MUN_SHA512_256,
		MUN_BLAKE2B_512, MUN_SHA1,   MUN_MD5
	};

	for (size_t i = 0; i < MUN_COUNT(best); i++) {
		if (r->content.of[best[i]].len) {
			*out = best[i];
			return 0;
		}
	}
	return mun_fail(e, MUN_ECORRUPT,
			"no digest of its content is recorded");
}

/* One medium on its way into the package. */
struct put {
	const struct mun_media_job *j;
	struct mun_set_object *o;
	const struct mun_plan_medium *m;
	struct mun_package *p;
	enum mun_digest_alg proof;
};

/* All digests that both have must agree, and one is there. */
static int compare_content(const struct put *t, const struct mun_digests *is,
			   struct mun_err *e)
{
	const struct mun_digests *was = &t->o->record->content;

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (i != (unsigned int)t->proof &&
		    (!was->of[i].len || !is->of[i].len))
			continue;
		if (!mun_digest_equal(&was->of[i], &is->of[i]))
			return mun_fail(
				e, MUN_EFIXITY,
				"the decoded image has another %s "
				"than is recorded",
				mun_digest_title((enum mun_digest_alg)i));
	}
	return 0;
}

static bool may_differ(const struct put *t)
{
	return t->o->packaged.losses.nrows > t->o->packaged.carried;
}

/* What @src, the packaged image decoded again, holds. */
static int prove(struct put *t, struct mun_source *src, struct mun_err *e)
{
	struct mun_packaged *k = &t->o->packaged;
	int rc = mun_hash_source(src, t->p->algs | MUN_DIGEST_BIT(t->proof),
				 &k->digests, NULL, "decoding", t->j->progress,
				 e);

	if (rc)
		return rc;
	k->bytes = src->size;
	rc = compare_content(t, &k->digests, e);
	if (rc == MUN_EFIXITY && may_differ(t))
		return 0;
	k->identical = !rc;
	return rc;
}

/* ---- the file that is kept ---- */

/* A file of the store, compared with its hash tree while it passes. */
static int copy_stored(struct put *t, const struct mun_rec_file *f,
		       const char *to, struct mun_digests *out,
		       struct mun_err *e)
{
	const struct mun_package_known known = { &f->digests, &f->tree };
	mun_auto(source) *src = NULL;
	mun_autofree char *same_as = NULL;
	int rc = mun_store_open_file(t->j->store, t->o->urn, f->path,
				     MUN_READ_ONCE, &src, e);

	if (!rc)
		rc = mun_store_file_path(t->j->store, t->o->urn, f->path,
					 &same_as, e);
	if (!rc)
		rc = mun_package_copy_known(t->p, to, src, same_as, "copying",
					    &known, out, e);
	return rc == MUN_EFIXITY ? mun_media_set_not_intact(rc, e) : rc;
}

static int copy_named(struct put *t, const struct mun_rec_file *f,
		      const char *name, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = mun_fmt(&path, e, "data/media/%s", name);

	return rc ? rc : copy_stored(t, f, path, NULL, e);
}

/* What nobody decodes is the file, and nothing else can be said of it. */
static int prove_file(struct put *t)
{
	struct mun_packaged *k = &t->o->packaged;

	k->digests = t->o->master->digests;
	k->bytes = t->o->master->bytes;
	k->identical = true;
	return 0;
}

static int put_verbatim(struct put *t, struct mun_err *e)
{
	const struct mun_record *r = t->o->record;
	mun_auto(source) *decoded = NULL;
	int rc = copy_named(t, t->o->master, t->m->name, e);

	for (size_t i = 0; i < r->nfiles && !rc; i++)
		if (!strcmp(r->files[i].role, MUN_ROLE_PART))
			rc = copy_named(t, &r->files[i],
					mun_path_last(r->files[i].path), e);
	if (rc)
		return rc;
	if (t->o->facts.preserved_only[0])
		return prove_file(t);
	rc = mun_image_source(t->o->image.img, &decoded, e);
	return rc ? rc : prove(t, decoded, e);
}

/* ---- raw sectors ---- */

static int put_padded(struct put *t, const char *path,
		      struct mun_source *decoded, struct mun_err *e)
{
	struct mun_packaged *k = &t->o->packaged;
	mun_auto(source) *padded = NULL;
	int rc = prove(t, decoded, e);

	if (!rc && t->m->guest_bytes < decoded->size)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an image of %" PRIu64
				" bytes would have to be cut to %" PRIu64,
				decoded->size, t->m->guest_bytes);
	if (!rc)
		rc = mun_source_padded(decoded, t->m->guest_bytes, &padded, e);
	if (rc)
		return rc;
	k->padding = padded->size - decoded->size;
	return mun_package_copy(t->p, path, padded, NULL, "copying", NULL, e);
}

/* The bytes of the file that is kept are those of the medium: read once. */
static int put_stored(struct put *t, struct mun_err *e)
{
	struct mun_packaged *k = &t->o->packaged;
	int rc = copy_stored(t, t->o->master, k->path, &k->digests, e);

	if (rc)
		return rc;
	t->o->unverified = false;
	k->bytes = t->o->master->bytes;
	rc = compare_content(t, &k->digests, e);
	k->identical = !rc;
	return rc;
}

/* Is the medium the very file that is kept, byte for byte? */
static bool is_stored(const struct put *t)
{
	const struct mun_image *img = t->o->image.img;
	const struct mun_rec_file *f = t->o->master;

	return img && !img->format->pread && img->src->size == f->bytes &&
	       img->bytes == f->bytes;
}

static int put_raw(struct put *t, struct mun_err *e)
{
	struct mun_packaged *k = &t->o->packaged;
	mun_auto(source) *decoded = NULL;
	int rc;

	if (t->m->pad && t->m->guest_bytes &&
	    t->m->guest_bytes != t->o->facts.bytes) {
		rc = mun_image_source(t->o->image.img, &decoded, e);
		return rc ? rc : put_padded(t, k->path, decoded, e);
	}
	rc = mun_image_source(t->o->image.img, &decoded, e);
	if (!rc)
		rc = mun_package_copy(t->p, k->path, decoded, NULL, "copying",
				      &k->digests, e);
	if (rc)
		return rc;
	k->bytes = decoded->size;
	rc = compare_content(t, &k->digests, e);
	k->identical = !rc;
	return rc;
}

/* ---- any other format ---- */

static int convert(struct put *t, const struct mun_writer *w, const char *path,
		   struct mun_err *e)
{
	struct mun_media_options opts;
	struct mun_convert c = {
		.img = t->o->image.img,
		.writer = w,
		.path = path,
		.accept_loss = true, /* as was chosen */
		.progress = t->j->progress,
	};
	int rc = mun_media_options_parse(t->m->options, &opts, e);

	if (rc)
		return rc;
	c.options = opts.options;
	rc = mun_convert_run(&c, e);
	mun_loss_clear(&c.loss);
	return rc;
}

static int decode_again(struct put *t, const struct mun_writer *w,
			const char *path, struct mun_err *e)
{
	mun_auto(image) *img = NULL;
	mun_auto(source) *decoded = NULL;
	int rc = mun_remote_open_path(path, w->unmarked ? NULL : w->name, NULL,
				      &img, e);

	if (!rc)
		rc = mun_image_source(img, &decoded, e);
	if (!rc)
		rc = prove(t, decoded, e);
	return rc ? mun_ctx(e, "decode '%s' again", t->m->name) : 0;
}

static int copy_made(struct put *t, const char *folder, const char *name,
		     struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *from = NULL;
	mun_autofree char *to = NULL;
	int rc = mun_fmt(&to, e, "data/media/%s", name);

	if (!rc)
		rc = mun_path_join(folder, name, &from, e);
	if (!rc)
		rc = mun_source_open_file(from, &src, e);
	return rc ? rc
		  : mun_package_copy(t->p, to, src, from, "copying", NULL, e);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int copy_all_made(struct put *t, const char *folder, struct mun_err *e)
{
	struct dirent **list = NULL;
	int n = scandir(folder, &list, is_shown, by_name);
	int rc = n < 0 ? mun_fail_sys(e, errno, "list '%s'", folder) : 0;

	for (int i = 0; i < n; i++) {
		if (!rc)
			rc = copy_made(t, folder, list[i]->d_name, e);
		free(list[i]);
	}
	free(list);
	return rc;
}

static int put_written(struct put *t, struct mun_err *e)
{
	const struct mun_writer *w = NULL;
	mun_autofree char *folder = NULL;
	mun_autofree char *path = NULL;
	struct mun_err why;
	int rc = mun_writer_for(t->m->format, NULL, &w, e);

	if (!rc)
		rc = mun_package_scratch(t->p, &folder, e);
	if (!rc)
		rc = mun_path_join(folder, t->m->name, &path, e);
	if (!rc)
		rc = convert(t, w, path, e);
	if (!rc)
		rc = decode_again(t, w, path, e);
	if (!rc)
		rc = copy_all_made(t, folder, e);
	if (folder && mun_tree_remove(folder, &why) && !rc) {
		*e = why;
		rc = why.code;
	}
	return rc;
}

static int put_overlay(struct put *t, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_str s = { 0 };
	int rc;

	if (!t->m->overlay)
		return 0;
	rc = mun_fmt(&path, e, "data/media/%s", t->m->overlay_name);
	if (!rc)
		rc = mun_qcow2_empty_overlay(t->m->guest_bytes
						     ? t->m->guest_bytes
						     : t->o->facts.bytes,
					     t->m->name, &s, e);
	if (!rc)
		rc = mun_package_put(t->p, path, 0444, s.text, s.len, e);
	mun_str_free(&s);
	return rc;
}

static int put_image(struct put *t, struct mun_err *e)
{
	bool raw = t->o->packaged.verbatim || !strcmp(t->m->format, "raw");
	int rc;

	if (raw && !t->m->pad && is_stored(t))
		return put_stored(t, e);
	rc = mun_media_set_verify_master(t->o, t->j->store, t->j->progress, e);
	if (rc)
		return rc;
	if (t->o->packaged.verbatim &&
	    (!t->o->image.img || t->o->image.img->format->pread))
		return put_verbatim(t, e);
	return raw ? put_raw(t, e) : put_written(t, e);
}

int mun_media_put(const struct mun_media_job *j, struct mun_set_object *o,
		  const struct mun_plan_medium *m, struct mun_package *p,
		  struct mun_err *e)
{
	struct put t = { .j = j, .o = o, .m = m, .p = p };
	int rc = 0;

	o->packaged.first = p->nfiles;
	o->packaged.undecoded = o->facts.preserved_only[0] != '\0';
	if (o->image.img)
		rc = mun_media_proof(o->record, &t.proof, e);
	if (!rc)
		rc = put_image(&t, e);
	if (!rc)
		rc = put_overlay(&t, e);
	o->packaged.n = p->nfiles - o->packaged.first;
	return rc ? mun_ctx(e, "image '%s'", m->name) : 0;
}
