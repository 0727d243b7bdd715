/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/export.c - packages that start in an emulator, with proof */
#include "emulate-export/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/premis.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "emulate-export/bag.h"
#include "emulate-export/export_event.h"
#include "emulate-export/package.h"
#include "emulate-export/papers.h"
#include "emulate-export/stored_image.h"
#include "fixity/audit.h"
#include "image/fmt_qcow2_overlay.h"
#include "image/identify.h"

/* One export on its way; what mun_export() declares lives as long. */
struct job {
	const struct mun_export_env *env;
	const struct mun_export_request *req;
	const struct mun_target *target;
	const struct mun_record *record;
	const struct mun_rec_file *master;
	enum mun_digest_alg proof; /* of the content, compared at the end */
	char urn[9 + MUN_UUID_LEN];
	char folder[96];
	char event[MUN_UUID_LEN];
	int64_t when_ms;
	struct mun_stored_image image; /* its master, decoded */
	struct mun_image_facts facts;
	struct mun_target_plan plan;
	struct mun_digests content; /* of the image as it was written */
};

/* ASCII letters and digits of the label, and enough of the UUID: a name that
 * every file system and shell takes. */
static void name_folder(struct job *j)
{
	char slug[41];
	size_t n = 0;

	for (const char *p = j->record->label; *p && n < sizeof(slug) - 1;
	     p++) {
		bool plain = (*p >= '0' && *p <= '9') ||
			     (*p >= 'A' && *p <= 'Z') ||
			     (*p >= 'a' && *p <= 'z');

		if (plain)
			slug[n++] = *p;
		else if (n && slug[n - 1] != '-')
			slug[n++] = '-';
	}
	while (n && slug[n - 1] == '-')
		n--;
	slug[n] = '\0';
	(void)snprintf(j->folder, sizeof(j->folder), "%s-%.13s-for-%s",
		       n ? slug : "object", j->record->id, j->target->name);
}

/* The digest of the content that the read-back goes by. */
static int choose_proof(struct job *j, struct mun_err *e)
{
	static const enum mun_digest_alg best[] = {
		MUN_SHA256,      MUN_SHA512, MUN_SHA512_256,
		MUN_BLAKE2B_512, MUN_SHA1,   MUN_MD5
	};

	for (size_t i = 0; i < MUN_COUNT(best); i++) {
		if (j->record->content.of[best[i]].len) {
			j->proof = best[i];
			return 0;
		}
	}
	return mun_fail(e, MUN_ECORRUPT,
			"no digest of its content is recorded");
}

static int find_target(struct job *j, struct mun_err *e)
{
	j->target = mun_target_find(j->req->target);
	if (j->target)
		return 0;
	return mun_fail(e, MUN_EUNSUPPORTED, "no target '%s'", j->req->target);
}

static int look_at_record(struct job *j, struct mun_err *e)
{
	(void)snprintf(j->urn, sizeof(j->urn), "urn:uuid:%s", j->record->id);
	j->master = mun_record_master(j->record);
	if (!j->master)
		return mun_fail(e, MUN_ECORRUPT, "it has no master image");
	name_folder(j);
	return choose_proof(j, e);
}

/* One file through its hash tree, read from the disk. */
static int verify_file(struct job *j, const struct mun_rec_file *f,
		       struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc;

	rc = mun_store_open_file(j->env->store, j->urn, f->path, MUN_READ_DISK,
				 &src, e);
	/* The store is there: a file that is not is damage. */
	if (rc == MUN_ENOENT)
		return mun_fail(e, MUN_EFIXITY, "'%s' is missing", f->path);
	if (!rc)
		rc = mun_verify_tree(src, &f->tree, 0, "verifying",
				     j->env->progress, e);
	return rc ? mun_ctx(e, "'%s'", f->path) : 0;
}

static int verify_object(struct job *j, struct mun_err *e)
{
	int rc = mun_store_available(j->env->store, e);

	for (size_t i = 0; i < j->record->nfiles && !rc; i++)
		rc = verify_file(j, &j->record->files[i], e);
	return rc ? mun_ctx(e, "it is not intact now and is not exported") : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What the medium is, out of its own bytes, and what the target makes of it. */
static int decide(struct job *j, struct mun_err *e)
{
	int rc = mun_stored_image_open(j->env->store, j->record, &j->image, e);

	if (rc)
		return mun_ctx(e, "identify '%s'", j->master->path);
	mun_image_facts_of(j->image.img, &j->facts);
	if (j->facts.bytes != j->record->bytes)
		return mun_fail(e, MUN_ECORRUPT,
				"its image decodes to %" PRIu64
				" bytes, recorded are %" PRIu64,
				j->facts.bytes, j->record->bytes);
	rc = j->target->plan(j->record, &j->facts, &j->plan, e);
	return rc ? mun_ctx(e, "target '%s'", j->target->name) : 0;
}

/* All digests that both have must agree, and one is there (choose_proof()). */
static int compare_content(struct job *j, struct mun_err *e)
{
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		const struct mun_digest *was = &j->record->content.of[i];
		const struct mun_digest *is = &j->content.of[i];

		if (i != (unsigned int)j->proof && (!was->len || !is->len))
			continue;
		if (!mun_digest_equal(was, is))
			return mun_fail(
				e, MUN_EFIXITY,
				"the decoded image has another %s "
				"than is recorded",
				mun_digest_title((enum mun_digest_alg)i));
	}
	return 0;
}

/* "data/media/NAME" */
static int media_path(const char *name, char **out, struct mun_err *e)
{
	return mun_fmt(out, e, "data/media/%s", name);
}

static int put_decoded(struct job *j, struct mun_package *p, struct mun_err *e)
{
	const struct mun_image *img = j->image.img;
	mun_auto(source) *decoded = NULL;
	mun_autofree char *path = NULL;
	mun_autofree char *same_as = NULL;
	int rc;

	rc = mun_image_source(j->image.img, &decoded, e);
	/* What is not decoded may share the master's blocks on disk. */
	if (!rc && !img->format->pread && img->src->size == decoded->size)
		rc = mun_store_file_path(j->env->store, j->urn, j->master->path,
					 &same_as, e);
	if (!rc)
		rc = media_path(j->plan.image_name, &path, e);
	if (!rc)
		rc = mun_package_copy(p, path, decoded, same_as, "copying",
				      &j->content, e);
	return rc ? rc : compare_content(j, e);
}

static int put_image(struct job *j, struct mun_package *p, struct mun_err *e)
{
	int rc = put_decoded(j, p, e);

	return rc ? mun_ctx(e, "image") : 0;
}

/* Put what a writer appended to @s, and free it. */
static int put_text(struct mun_package *p, const char *path, mode_t mode,
		    struct mun_str *s, int rc, struct mun_err *e)
{
	if (!rc)
		rc = mun_package_put(p, path, mode, s->text, s->len, e);
	mun_str_free(s);
	return rc;
}

static int put_overlay(struct job *j, struct mun_package *p, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_str s = { 0 };
	int rc;

	if (j->plan.form != MUN_FORM_QCOW2_OVERLAY)
		return 0;
	rc = media_path(j->plan.overlay_name, &path, e);
	if (rc)
		return rc;
	rc = mun_qcow2_empty_overlay(j->plan.guest_bytes, j->plan.image_name,
				     &s, e);
	return put_text(p, path, 0444, &s, rc, e);
}

static int put_map(struct job *j, struct mun_package *p, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	const struct mun_rec_file *map = NULL;
	int rc;

	for (size_t i = 0; i < j->record->nfiles; i++) {
		if (!strcmp(j->record->files[i].role, MUN_ROLE_READMAP))
			map = &j->record->files[i];
	}
	if (!map)
		return 0;
	rc = mun_store_open_file(j->env->store, j->urn, map->path,
				 MUN_READ_DISK, &src, e);
	return rc ? rc
		  : mun_package_copy(p, "data/metadata/disk.map", src, NULL,
				     "copying", NULL, e);
}

static int put_papers(struct job *j, struct mun_package *p, struct mun_err *e)
{
	struct mun_papers w = {
		.env = j->env,
		.record = j->record,
		.master = j->master,
		.target = j->target,
		.plan = &j->plan,
		.facts = &j->facts,
		.content = &j->content,
		.folder = j->folder,
		.event = j->event,
		.when_ms = j->when_ms,
	};
	struct mun_str s = { 0 };
	int rc;

	rc = j->target->script(j->record, &j->plan, &s, e);
	rc = put_text(p, "data/run", 0555, &s, rc, e);
	if (rc)
		return rc;
	rc = mun_readme_write(&w, &s, e);
	rc = put_text(p, "data/README.txt", 0444, &s, rc, e);
	if (rc)
		return rc;
	rc = mun_premis_write(j->record, &s, e);
	rc = put_text(p, "data/metadata/premis.xml", 0444, &s, rc, e);
	if (rc)
		return rc;
	rc = mun_receipt_write(&w, &s, e);
	return put_text(p, "data/metadata/receipt.json", 0444, &s, rc, e);
}

static int fill(struct job *j, struct mun_package *p, struct mun_err *e)
{
	const struct mun_bag_info info = { j->record, j->env->repository_name,
					   j->env->program_version };
	int rc = mun_bag_begin(p, e);

	if (!rc)
		rc = put_image(j, p, e);
	if (!rc)
		rc = put_overlay(j, p, e);
	if (!rc)
		rc = put_papers(j, p, e);
	if (!rc)
		rc = put_map(j, p, e);
	if (!rc)
		rc = mun_bag_end(p, &info, e);
	if (!rc)
		rc = mun_package_seal(p, e);
	/* The image was written with the recorded digest (put_image()); now it
	 * is read with it. */
	if (!rc)
		rc = mun_package_check(p,
				       MUN_DIGEST_BIT(MUN_SHA256) |
					       MUN_DIGEST_BIT(j->proof),
				       e);
	return rc ? rc : mun_cancel_check(e);
}

static int record_event(struct job *j, const struct mun_package *p,
			struct mun_err *e)
{
	const struct mun_dissemination d = {
		.object = j->record->id,
		.master = j->master->id,
		.event = j->event,
		.target = j->target->title,
		.package = base_name(p->place),
		.operator_name = j->env->operator_name,
		.program_version = j->env->program_version,
		.started_ms = j->when_ms,
	};

	return mun_export_event(j->env->catalog, &d, e);
}

static int make(struct job *j, const struct mun_package_opts *o,
		struct mun_err *e)
{
	mun_auto(package) *p = NULL;
	int rc;

	rc = mun_package_open(o, &p, e);
	if (!rc)
		rc = fill(j, p, e);
	if (!rc)
		rc = mun_package_publish(p, e);
	if (rc)
		return rc;
	rc = record_event(j, p, e);
	/* A package that nothing is known of is not given out. */
	if (rc)
		mun_package_withdraw(p);
	return rc;
}

static void tell_result(const struct job *j, const char *place, bool made,
			struct mun_export_result *out)
{
	const struct mun_digests *d = made ? &j->content : &j->record->content;
	struct mun_export_image *img = &out->images[0];

	(void)snprintf(out->object, sizeof(out->object), "%s", j->record->id);
	(void)snprintf(out->target, sizeof(out->target), "%s", j->target->name);
	(void)snprintf(out->path, sizeof(out->path), "%s", place);
	out->nimages = 1;
	(void)snprintf(img->path, sizeof(img->path), "data/media/%s",
		       j->plan.image_name);
	(void)snprintf(img->format, sizeof(img->format), "raw");
	img->bytes = j->facts.bytes;
	img->content_sha256 = d->of[MUN_SHA256];
	out->verified = made;
	if (made)
		(void)snprintf(out->event, sizeof(out->event), "%s", j->event);
}

/* Early, as what follows takes its time; the rename says it again. */
static int is_free(const char *place, struct mun_err *e)
{
	struct stat st;

	if (!lstat(place, &st))
		return mun_fail(e, MUN_EEXIST, "'%s' is there already", place);
	if (errno != ENOENT && errno != ENOTDIR)
		return mun_fail_sys(e, errno, "look at '%s'", place);
	return 0;
}

static int run(struct job *j, struct mun_export_result *out, struct mun_err *e)
{
	struct mun_package_opts o = {
		.kind = j->req->kind,
		.output = j->req->output ? j->req->output : ".",
		.folder = j->folder,
		.algs = mun_bag_algs(j->env->algs) | MUN_DIGEST_BIT(j->proof),
		.when_ms = j->when_ms,
		.progress = j->env->progress,
	};
	mun_autofree char *place = NULL;
	int rc;

	rc = mun_package_place(&o, &place, e);
	if (!rc && strlen(place) >= sizeof(out->path))
		rc = mun_fail(e, MUN_EINVAL, "the output's path is too long");
	if (!rc)
		rc = is_free(place, e);
	if (!rc)
		rc = verify_object(j, e);
	if (!rc)
		rc = decide(j, e);
	if (!rc && !j->req->dry_run)
		rc = make(j, &o, e);
	mun_stored_image_close(&j->image);
	if (!rc)
		tell_result(j, place, !j->req->dry_run, out);
	return rc;
}

int mun_export(const struct mun_export_env *env,
	       const struct mun_export_request *req,
	       struct mun_export_result *out, struct mun_err *e)
{
	mun_auto(record) *r = NULL;
	struct job j = { .env = env, .req = req, .when_ms = mun_now_ms() };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = find_target(&j, e);
	if (!rc)
		rc = mun_catalog_get(env->catalog, req->object, true, &r, e);
	j.record = r;
	if (!rc)
		rc = look_at_record(&j, e);
	if (!rc)
		rc = mun_uuid_new(j.event, e);
	if (!rc)
		rc = run(&j, out, e);
	return rc ? mun_ctx(e, "export '%s'", req->object) : 0;
}
