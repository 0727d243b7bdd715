/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/export_fill.c - all that is in a package, in its order */
#include "emulate-export/export_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "emulate-export/bag.h"
#include "emulate-export/documents.h"
#include "emulate-export/papers.h"

static int put_media(struct mun_export_job *j, struct mun_package *p,
		     struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < j->set.n && !rc; i++) {
		rc = mun_media_put(&j->media, &j->set.objects[i],
				   &j->plan.media[i], p, e);
		if (rc && j->set.n > 1)
			rc = mun_ctx(e, "object %s", j->set.objects[i].id);
	}
	return rc;
}

static int put_kit_files(const struct mun_kit *k, struct mun_package *p,
			 struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < k->n && !rc; i++) {
		const struct mun_kit_file *f = &k->files[i];
		char path[112];

		(void)snprintf(path, sizeof(path), "data/%s", f->path);
		rc = mun_package_put(p, path, f->mode,
				     f->text.text ? f->text.text : "",
				     f->text.len, e);
	}
	return rc;
}

static int put_kit(struct mun_export_job *j, struct mun_package *p,
		   struct mun_err *e)
{
	struct mun_kit *k;
	int rc;

	if (!j->target->kit)
		return 0;
	k = calloc(1, sizeof(*k));
	if (!k)
		return mun_fail_nomem(e, "kit");
	rc = j->target->kit(&j->set.facts, &j->plan, k, e);
	if (!rc)
		rc = mun_kit_done(k, e);
	if (!rc)
		rc = put_kit_files(k, p, e);
	mun_kit_clear(k);
	free(k);
	return rc;
}

/* ---- proof ---- */

static int put_screenshot(const struct mun_export_job *j, const char *scratch,
			  struct mun_package *p, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *from = NULL;
	char to[128];
	int rc;

	if (!j->proof.screenshot[0])
		return 0;
	(void)snprintf(to, sizeof(to), "data/metadata/%s", j->proof.screenshot);
	rc = mun_path_join(scratch, j->proof.screenshot, &from, e);
	if (!rc)
		rc = mun_source_open_file(from, &src, e);
	return rc ? rc : mun_package_copy(p, to, src, NULL, "copying", NULL, e);
}

/* @data: folder of the package as it will be. */
static int run_proof(struct mun_export_job *j, const char *data,
		     struct mun_package *p, struct mun_err *e)
{
	mun_autofree char *scratch = NULL;
	struct mun_proof_request q = {
		.target = j->target,
		.set = &j->set.facts,
		.plan = &j->plan,
		.data = data,
		.expect_text = j->req->expect_text,
		.expect_picture = j->req->expect_picture,
		.progress = j->env->progress,
	};
	int rc = mun_package_scratch(p, &scratch, e);

	if (rc)
		return rc;
	q.scratch = scratch;
	rc = mun_prove(&q, &j->proof, e);
	if (!rc)
		rc = put_screenshot(j, scratch, p, e);
	/* What stays of it goes with the package's temporary folder. */
	return rc ? mun_ctx(e, "prove that it starts") : 0;
}

static int prove_folder(struct mun_export_job *j, struct mun_package *p,
			struct mun_err *e)
{
	mun_autofree char *data = NULL;
	int rc = mun_path_join(p->item, "data", &data, e);

	return rc ? rc : run_proof(j, data, p, e);
}

/* An archive cannot be started: its media and kit are made once more, as a
 * folder that is gone after it. */
static int prove_staged(struct mun_export_job *j, struct mun_package *p,
			struct mun_err *e)
{
	const struct mun_package_opts o = {
		.kind = MUN_PACKAGE_DIR,
		.output = p->partial,
		.folder = ".staged",
		.algs = p->algs,
		.when_ms = j->when_ms,
		.progress = j->env->progress,
	};
	mun_auto(package) *staged = NULL;
	mun_autofree char *data = NULL;
	int rc = mun_package_open(&o, &staged, e);

	if (!rc)
		rc = put_media(j, staged, e);
	if (!rc)
		rc = put_kit(j, staged, e);
	if (!rc)
		rc = mun_path_join(staged->item, "data", &data, e);
	return rc ? rc : run_proof(j, data, p, e);
}

/* ---- papers ---- */

/* Put what a writer appended to @s, and free it. */
static int put_text(struct mun_package *p, const char *path, mode_t mode,
		    struct mun_str *s, int rc, struct mun_err *e)
{
	if (!rc)
		rc = mun_package_put(p, path, mode, s->text, s->len, e);
	mun_str_free(s);
	return rc;
}

static int put_papers(struct mun_export_job *j, struct mun_package *p,
		      struct mun_err *e)
{
	struct mun_papers w = {
		.env = j->env,
		.req = j->req,
		.set = &j->set,
		.target = j->target,
		.plan = &j->plan,
		.package = p,
		.proof = &j->proof,
		.folder = j->folder,
		.events = (const char(*)[MUN_UUID_LEN])j->events,
		.rights = j->rights ? j->rights : "",
		.when_ms = j->when_ms,
	};
	struct mun_str s = { 0 };
	int rc = mun_readme_write(&w, &s, e);

	rc = put_text(p, "data/README.txt", 0444, &s, rc, e);
	if (!rc) {
		rc = mun_readme_write_html(&w, &s, e);
		rc = put_text(p, "data/README.html", 0444, &s, rc, e);
	}
	if (!rc) {
		rc = mun_export_premis_write(&w, &s, e);
		rc = put_text(p, "data/metadata/export.xml", 0444, &s, rc, e);
	}
	if (rc)
		return rc;
	rc = mun_receipt_write(&w, &s, e);
	rc = put_text(p, "data/receipt.json", 0444, &s, rc, e);
	if (!rc)
		j->receipt = mun_package_file(p, "data/receipt.json")
				     ->digests.of[MUN_SHA256];
	return rc;
}

int mun_export_fill(struct mun_export_job *j, struct mun_package *p,
		    struct mun_err *e)
{
	const struct mun_bag_info info = mun_export_bag_info(j);
	unsigned int algs = MUN_DIGEST_BIT(MUN_SHA256);
	bool archive = p->ops != &mun_package_dir_ops;
	int rc = mun_bag_begin(p, e);

	if (!rc && j->req->prove && archive)
		rc = prove_staged(j, p, e);
	if (!rc)
		rc = put_media(j, p, e);
	if (!rc)
		rc = put_kit(j, p, e);
	if (!rc && j->req->prove && !archive)
		rc = prove_folder(j, p, e);
	if (!rc)
		rc = mun_documents_put(&j->set, j->env->store, p, e);
	if (!rc)
		rc = put_papers(j, p, e);
	if (!rc)
		rc = mun_bag_end(p, &info, e);
	if (!rc)
		rc = mun_package_seal(p, e);
	if (!rc)
		rc = mun_package_check(p, algs, e);
	return rc ? rc : mun_cancel_check(e);
}
