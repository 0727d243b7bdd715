/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/export.c - packages that start in an emulator, with proof */
#include "emulate-export/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/rights.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/str.h"
#include "core/utf8.h"
#include "emulate-export/bag.h"
#include "emulate-export/export_job.h"

/* ASCII letters and digits of the label, and enough of the UUID: a name that
 * every file system and shell takes. */
static void name_folder(struct mun_export_job *j)
{
	const struct mun_record *r = j->set.objects[0].record;
	char more[40] = "";
	char slug[41];
	size_t n = 0;

	for (const char *p = r->label; *p && n < sizeof(slug) - 1; p++) {
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
	if (j->set.n > 1)
		(void)snprintf(more, sizeof(more), "-and-%zu-more",
			       j->set.n - 1);
	(void)snprintf(j->folder, sizeof(j->folder), "%s-%.13s%s-for-%s",
		       n ? slug : "object", r->id, more, j->target->name);
}

/* ---- rights ---- */

static int note_rights(char **list, const char *text, struct mun_err *e)
{
	char *had = *list;
	int rc = mun_fmt(list, e, "%s%s%s", had ? had : "", had ? "; " : "",
			 text);

	free(had);
	return rc;
}

/* What to do is not cut off by a long restriction. */
static int refuse_restricted(const char *text, struct mun_err *e)
{
	(void)mun_fail(e, MUN_EUNSUPPORTED, "%s", text);
	return mun_ctx(e, "it is restricted (--authorised-by NAME gives it out "
			  "all the same, and is recorded)");
}

/* Nothing leaves against a restriction, unless somebody answers for it: then
 * @out is what was set aside, free(); NULL for nothing. */
static int check_rights(const struct mun_export_job *j, char **out,
			struct mun_err *e)
{
	const char *by = j->req->authorised_by;
	int rc = 0;

	for (size_t i = 0; i < j->set.n && !rc; i++) {
		struct mun_rights_answer a = { 0 };

		rc = mun_rights_forbid(j->env->catalog, j->set.objects[i].id,
				       MUN_ACT_DISSEMINATE, j->when_ms, &a, e);
		if (!rc && a.forbidden && (!by || !*by))
			rc = refuse_restricted(a.text, e);
		else if (!rc && a.forbidden)
			rc = note_rights(out, a.text, e);
		mun_rights_answer_clear(&a);
	}
	return rc;
}

/* A large medium takes hours: what was restricted meanwhile does not leave, and
 * nobody has answered for what they could not know. */
static int check_rights_again(const struct mun_export_job *j, struct mun_err *e)
{
	mun_autofree char *now = NULL;
	int rc = check_rights(j, &now, e);

	if (rc || !now || (j->rights && !strcmp(now, j->rights)))
		return rc;
	(void)mun_fail(e, MUN_EUNSUPPORTED, "%s", now);
	return mun_ctx(e, "its restrictions have changed while the package "
			  "was made");
}

/* ---- the target ---- */

/* @plan with the formats that it will have. */
static int plan_for(struct mun_export_job *j, const struct mun_target *t,
		    struct mun_err *e)
{
	int rc = t->plan(&j->set.facts, &j->plan, e);

	for (size_t i = 0; i < j->set.n && !rc; i++) {
		mun_loss_clear(&j->set.objects[i].packaged.losses);
		j->set.objects[i].packaged = (struct mun_packaged){ 0 };
		rc = mun_media_choose(&j->media, &j->set.objects[i],
				      &j->plan.media[i], e);
	}
	return rc;
}

static int plan_named(struct mun_export_job *j, struct mun_err *e)
{
	int rc = plan_for(j, j->target, e);

	return rc ? mun_ctx(e, "target '%s'", j->target->name) : 0;
}

/* Of all that take it the one that suits best; the first of several. */
static int best_target(struct mun_export_job *j, struct mun_err *e)
{
	const struct mun_target *best = NULL;
	enum mun_suit suit = MUN_SUIT_DATA;
	struct mun_err first = { 0 };

	for (size_t i = 0; mun_targets[i]; i++) {
		struct mun_err why;
		int rc = plan_for(j, mun_targets[i], &why);

		if (rc && !mun_media_refuses(rc)) {
			*e = why;
			return rc;
		}
		if (rc && !first.code)
			first = why;
		if (rc || (best && j->plan.suit <= suit))
			continue;
		best = mun_targets[i];
		suit = j->plan.suit;
	}
	if (!best) {
		*e = first;
		return mun_ctx(e, "no target takes it");
	}
	j->target = best;
	return plan_for(j, best, e);
}

static int find_target(struct mun_export_job *j, struct mun_err *e)
{
	if (!j->req->target)
		return 0;
	j->target = mun_target_find(j->req->target);
	if (j->target)
		return 0;
	return mun_fail(e, MUN_EUNSUPPORTED, "no target '%s'", j->req->target);
}

/* ---- making it ---- */

static int make(struct mun_export_job *j, const struct mun_package_opts *o,
		struct mun_err *e)
{
	mun_auto(package) *p = NULL;
	int rc;

	rc = mun_package_open(o, &p, e);
	if (!rc)
		rc = mun_export_fill(j, p, e);
	if (!rc)
		rc = check_rights_again(j, e);
	if (!rc)
		rc = mun_package_publish(p, e);
	if (rc)
		return rc;
	rc = mun_export_record(j, mun_path_last(p->place), e);
	/* A package that nothing is known of is not given out. */
	if (rc)
		mun_package_withdraw(p);
	return rc;
}

static void tell_image(const struct mun_export_job *j, size_t i, bool made,
		       struct mun_export_image *out)
{
	const struct mun_set_object *o = &j->set.objects[i];
	const struct mun_packaged *k = &o->packaged;

	(void)snprintf(out->object, sizeof(out->object), "%s", o->id);
	(void)snprintf(out->path, sizeof(out->path), "%s", k->path);
	(void)snprintf(out->format, sizeof(out->format), "%s", k->format);
	out->bytes = made ? k->bytes : o->facts.bytes;
	out->identical = made && k->identical;
	out->content_sha256 = made ? k->digests.of[MUN_SHA256]
				   : o->record->content.of[MUN_SHA256];
	out->losses = k->losses.nrows - k->carried;
}

static void tell_result(const struct mun_export_job *j, const char *place,
			bool made, struct mun_export_result *out)
{
	(void)snprintf(out->target, sizeof(out->target), "%s", j->target->name);
	(void)snprintf(out->reason, sizeof(out->reason), "%s", j->plan.reason);
	(void)snprintf(out->path, sizeof(out->path), "%s", place);
	out->suit = j->plan.suit;
	out->platform = j->set.facts.platform;
	out->nimages = j->set.n;
	for (size_t i = 0; i < j->set.n; i++)
		tell_image(j, i, made, &out->images[i]);
	out->verified = made;
	out->proof = j->proof;
	if (made)
		(void)snprintf(out->event, sizeof(out->event), "%s",
			       j->events[0]);
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

static int meet_profile(struct mun_export_job *j, unsigned int *algs,
			struct mun_err *e)
{
	const struct mun_bag_info info = mun_export_bag_info(j);
	unsigned int asked = 0;
	int rc = 0;

	if (j->req->profile)
		rc = mun_bag_profile_algs(j->req->profile, &asked, e);
	*algs |= asked;
	return rc ? rc : mun_bag_check(&info, *algs, e);
}

static int choose_place(struct mun_export_job *j, struct mun_package_opts *o,
			char **place, struct mun_err *e)
{
	size_t room = sizeof(((struct mun_export_result *)0)->path);
	int rc;

	name_folder(j);
	*o = (struct mun_package_opts){
		.kind = j->req->kind,
		.output = j->req->output ? j->req->output : ".",
		.folder = j->folder,
		.algs = mun_bag_algs(j->env->algs),
		.when_ms = j->when_ms,
		.progress = j->env->progress,
	};
	for (size_t i = 0; i < j->set.n; i++) {
		enum mun_digest_alg proof;

		/* What was never decoded has none, and needs none. */
		if (!mun_media_proof(j->set.objects[i].record, &proof, e))
			o->algs |= MUN_DIGEST_BIT(proof);
	}
	rc = meet_profile(j, &o->algs, e);
	if (!rc)
		rc = mun_package_place(o, place, e);
	if (!rc && strlen(*place) >= room)
		rc = mun_fail(e, MUN_EINVAL, "the output's path is too long");
	return rc ? rc : is_free(*place, e);
}

static int new_events(struct mun_export_job *j, struct mun_err *e)
{
	int rc = 0;

	j->events = calloc(j->set.n, sizeof(*j->events));
	if (!j->events)
		return mun_fail_nomem(e, "events of an export");
	for (size_t i = 0; i < j->set.n && !rc; i++)
		rc = mun_uuid_new(j->events[i], e);
	return rc;
}

static int run(struct mun_export_job *j, struct mun_export_result *out,
	       struct mun_err *e)
{
	mun_autofree char *place = NULL;
	struct mun_package_opts o;
	int rc = 0;

	/* With a target that is named, a name that is taken is told at once. */
	if (j->target)
		rc = choose_place(j, &o, &place, e);
	if (!rc)
		rc = mun_media_set_verify(&j->set, j->env->store,
					  !j->req->dry_run, j->env->progress,
					  e);
	if (!rc)
		rc = mun_media_set_open(&j->set, j->env->store,
					j->req->platform, e);
	if (!rc)
		rc = j->target ? plan_named(j, e) : best_target(j, e);
	if (!rc && !place)
		rc = choose_place(j, &o, &place, e);
	if (!rc && !j->req->dry_run)
		rc = make(j, &o, e);
	if (!rc)
		tell_result(j, place, !j->req->dry_run, out);
	return rc;
}

/* It goes into records and papers: one line that all of them can hold. */
static int check_text(const char *what, const char *text, struct mun_err *e)
{
	size_t left = text ? strlen(text) : 0;

	while (left) {
		uint32_t cp = 0;
		size_t n = mun_utf8_next(text, left, &cp);

		if (!n || !mun_utf8_printable(cp))
			return mun_fail(e, MUN_EINVAL,
					"%s is no line of printable UTF-8",
					what);
		text += n;
		left -= n;
	}
	return 0;
}

/* Blanks alone name nobody, and are on every screen. */
static int check_says(const char *what, const char *text, struct mun_err *e)
{
	if (!text || text[strspn(text, " \t\n")])
		return 0;
	return mun_fail(e, MUN_EINVAL, "%s is empty", what);
}

static int check_texts(const struct mun_export_job *j, struct mun_err *e)
{
	int rc = check_text("the purpose", j->req->purpose, e);

	if (!rc)
		rc = check_text("the name of who authorised it",
				j->req->authorised_by, e);
	/* None at all is nobody. */
	if (!rc && j->req->authorised_by && *j->req->authorised_by)
		rc = check_says("the name of who authorised it",
				j->req->authorised_by, e);
	if (!rc)
		rc = check_says("the text that is expected",
				j->req->expect_text, e);
	if (!rc)
		rc = check_text("the operator's name", j->env->operator_name,
				e);
	return rc;
}

static int begin(struct mun_export_job *j, struct mun_err *e)
{
	int rc = mun_media_set_load(j->env->catalog, j->req->objects,
				    j->req->nobjects, &j->set, e);

	j->media = (struct mun_media_job){
		.store = j->env->store,
		.accept_loss = j->req->accept_loss,
		.alone = j->req->nobjects == 1,
		.progress = j->env->progress,
	};
	return rc;
}

static struct mun_export_job *new_job(const struct mun_export_env *env,
				      const struct mun_export_request *req,
				      struct mun_err *e)
{
	struct mun_export_job *j = calloc(1, sizeof(*j));

	if (!j) {
		(void)mun_fail_nomem(e, "export");
		return NULL;
	}
	j->env = env;
	j->req = req;
	j->when_ms = mun_now_ms();
	return j;
}

static void free_job(struct mun_export_job *j)
{
	mun_media_set_clear(&j->set);
	free(j->events);
	free(j->rights);
	free(j);
}

int mun_export(const struct mun_export_env *env,
	       const struct mun_export_request *req,
	       struct mun_export_result *out, struct mun_err *e)
{
	struct mun_export_job *j = new_job(env, req, e);
	int rc;

	memset(out, 0, sizeof(*out));
	if (!j)
		return MUN_ENOMEM;
	rc = check_texts(j, e);
	if (!rc)
		rc = find_target(j, e);
	if (!rc)
		rc = begin(j, e);
	if (!rc)
		rc = check_rights(j, &j->rights, e);
	if (!rc)
		rc = new_events(j, e);
	if (!rc)
		rc = run(j, out, e);
	free_job(j);
	if (!rc)
		return 0;
	return mun_ctx(e, "export '%s'", req->nobjects ? req->objects[0] : "");
}

/* ---- what each target says ---- */

static int ask(struct mun_export_job *j, const struct mun_target *t,
	       mun_target_answer_fn *fn, void *ctx, struct mun_err *e)
{
	struct mun_target_answer *a = calloc(1, sizeof(*a));
	struct mun_err why;
	int rc;

	if (!a)
		return mun_fail_nomem(e, "answer of a target");
	a->target = t;
	rc = plan_for(j, t, &why);
	a->takes = !rc;
	a->plan = j->plan;
	if (rc && !mun_media_refuses(rc)) {
		*e = why;
		free(a);
		return rc;
	}
	if (rc)
		(void)mun_err_text(&why, a->refusal, sizeof(a->refusal), 0);
	rc = fn(ctx, &j->set, a, e);
	free(a);
	return rc;
}

int mun_export_targets(const struct mun_export_env *env,
		       const struct mun_export_request *req,
		       mun_target_answer_fn *fn, void *ctx, struct mun_err *e)
{
	struct mun_export_job *j = new_job(env, req, e);
	int rc;

	if (!j)
		return MUN_ENOMEM;
	rc = begin(j, e);
	if (!rc)
		rc = mun_store_available(env->store, e);
	if (!rc)
		rc = mun_media_set_open(&j->set, env->store, req->platform, e);
	for (size_t i = 0; mun_targets[i] && !rc; i++)
		rc = ask(j, mun_targets[i], fn, ctx, e);
	free_job(j);
	return rc;
}
