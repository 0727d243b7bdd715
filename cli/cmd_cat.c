/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_cat.c - muniment cat: bytes to stdout, each proved before it goes */
#include "cli/object.h"

#include "core/check.h"
#include "core/file.h"
#include "ingest/content.h"

#include <stdio.h>
#include <unistd.h>

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

int mun_cmd_cat(struct mun_cli *c)
{
	mun_auto(repo) *repo = NULL;
	mun_auto(record) *r = NULL;
	mun_auto(source) *src = NULL;
	const struct mun_rec_file *master;
	struct mun_err e;
	int rc;

	rc = mun_object_open(c, MUN_REPO_STORE, true, &repo, &r, &e);
	if (rc)
		return mun_cli_error(c, &e);
	master = mun_record_master(r);
	if (c->nargs > 1)
		rc = mun_content_file(repo->store, r, c->args[1], &src, &e);
	else if (master)
		rc = mun_content_file(repo->store, r, master->path, &src, &e);
	else
		rc = mun_fail(&e, MUN_ECORRUPT, "object '%s' has no master",
			      r->id);
	if (!rc)
		rc = copy(src, c, &e);
	if (!rc)
		return MUN_EXIT_DONE;
	(void)mun_cli_error(c, &e);
	return rc == MUN_EFIXITY ? MUN_EXIT_DAMAGE : MUN_EXIT_FAILED;
}
