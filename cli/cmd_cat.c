/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_cat.c - muniment cat: bytes to stdout, each proved before it goes */
#include "cli/object.h"

#include "core/check.h"
#include "core/file.h"
#include "ingest/content_image.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* With --damaged: neighbouring pieces that are lost are told as one. */
struct damage {
	const char *path;
	uint64_t off; /* of the run at hand */
	uint64_t bytes; /* 0: none */
	uint64_t all;
	struct mun_err why;
};

static void tell(struct damage *d)
{
	char text[1024];

	if (!d->bytes)
		return;
	mun_log(MUN_LOG_ERROR,
		"'%s': bytes %" PRIu64 "-%" PRIu64 " are damaged, zeros stand "
		"in their place%s%s",
		d->path, d->off, d->off + d->bytes - 1,
		d->why.code == MUN_EIO ? ": " : "",
		d->why.code == MUN_EIO
			? mun_err_text(&d->why, text, sizeof(text), 0)
			: "");
	d->bytes = 0;
}

static void lost(void *ctx, uint64_t off, uint64_t bytes,
		 const struct mun_err *why)
{
	struct damage *d = ctx;

	if (d->bytes && d->off + d->bytes != off)
		tell(d);
	if (!d->bytes) {
		d->off = off;
		d->why = *why;
	}
	d->bytes += bytes;
	d->all += bytes;
}

static int copy(struct mun_source *src, const struct mun_cli *c,
		struct mun_err *e)
{
	mun_autofree uint8_t *buf = malloc(MUN_TREE_PIECE);
	int rc = 0;

	if (!buf)
		return mun_fail_nomem(e, "buffer");
	for (uint64_t off = 0; !rc && off < src->size;) {
		size_t n = (size_t)MUN_MIN(src->size - off,
					   (uint64_t)MUN_TREE_PIECE);

		rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_source_pread(src, buf, n, off, e);
		if (!rc)
			rc = mun_write_all(STDOUT_FILENO, buf, n, e);
		off += n;
		mun_progress_tell(&c->progress, "writing", off, src->size, 0);
	}
	return rc;
}

/* A stored file as it lies there. */
static int cat_file(struct mun_cli *c, const struct mun_repo *repo,
		    const struct mun_record *r, struct damage *d,
		    struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc = mun_content_rest(repo->store, r, d->path,
				  mun_cli_flag(c, "damaged") ? lost : NULL, d,
				  &src, e);

	return rc ? rc : copy(src, c, e);
}

/* What a drive would have given. */
static int cat_decoded(struct mun_cli *c, const struct mun_repo *repo,
		       const struct mun_record *r, struct damage *d,
		       struct mun_err *e)
{
	struct mun_content_image content;
	mun_auto(source) *src = NULL;
	int rc = mun_content_image_open(
		repo->store, r, mun_cli_flag(c, "damaged") ? lost : NULL, d,
		&content, e);

	if (!rc)
		rc = mun_image_view_source(content.img,
					   mun_cli_flag(c, "raw-sectors")
						   ? MUN_VIEW_RAW
						   : MUN_VIEW_CONTENT,
					   &src, e);
	if (!rc)
		rc = copy(src, c, e);
	mun_source_close(mun_steal(&src));
	mun_content_image_close(&content);
	return rc;
}

/* Zeros in a container may leave nothing that can be decoded: that, too, is
 * damage. */
static bool is_damage(int rc, const struct damage *d)
{
	return rc == MUN_EFIXITY ||
	       (d->all && (rc == MUN_ECORRUPT || rc == MUN_EUNSUPPORTED));
}

int mun_cmd_cat(struct mun_cli *c)
{
	mun_auto(repo) *repo = NULL;
	mun_auto(record) *r = NULL;
	const struct mun_rec_file *master;
	struct damage d = { 0 };
	struct mun_err e;
	int rc;

	rc = mun_object_open(c, MUN_REPO_STORE, true, &repo, &r, &e);
	if (rc)
		return mun_cli_error(c, &e);
	master = mun_record_master(r);
	d.path = c->nargs > 1 ? c->args[1] : master ? master->path : NULL;
	if (!d.path)
		rc = mun_fail(&e, MUN_ECORRUPT, "object '%s' has no master",
			      r->id);
	else if (c->nargs > 1)
		rc = cat_file(c, repo, r, &d, &e);
	else
		rc = cat_decoded(c, repo, r, &d, &e);
	tell(&d);
	if (!rc)
		return d.all ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE;
	(void)mun_cli_error(c, &e);
	return is_damage(rc, &d) ? MUN_EXIT_DAMAGE : MUN_EXIT_FAILED;
}
