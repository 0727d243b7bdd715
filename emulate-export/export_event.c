/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/export_event.c - that a package was given out, in the catalog */
#include "emulate-export/export_job.h"

#include <stdlib.h>

#include "core/check.h"
#include "core/clock.h"

static int link_agent(struct mun_catalog *c, struct mun_record *r,
		      struct mun_rec_event *ev, const struct mun_rec_agent *is,
		      const char *role, struct mun_err *e)
{
	struct mun_rec_agent *a;
	char id[MUN_UUID_LEN];
	int rc;

	rc = mun_catalog_agent_id(c, is->type, is->name, is->version, is->note,
				  id, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < r->nagents; i++)
		if (!strcmp(r->agents[i].id, id)) {
			mun_event_link_agent(r, ev, r->agents[i].id, role);
			return 0;
		}
	a = mun_record_add_agent(r);
	if (!a)
		return mun_arena_failed(r->arena, e);
	*a = *is;
	a->id = mun_arena_strdup(r->arena, id);
	mun_event_link_agent(r, ev, a->id, role);
	return 0;
}

static int link_person(struct mun_catalog *c, struct mun_record *r,
		       struct mun_rec_event *ev, const char *name,
		       const char *role, struct mun_err *e)
{
	const struct mun_rec_agent who = { "", "person", name, "", "" };

	return name && *name ? link_agent(c, r, ev, &who, role, e) : 0;
}

static int link_program(struct mun_catalog *c, struct mun_record *r,
			struct mun_rec_event *ev, const char *name,
			const char *version, struct mun_err *e)
{
	const struct mun_rec_agent what = { "", "software", name, version, "" };

	return link_agent(c, r, ev, &what, "executing program", e);
}

static const char *moment(struct mun_record *r, int64_t ms)
{
	char text[MUN_TIME_LEN];

	mun_time_text(ms, text);
	return mun_arena_strdup(r->arena, text);
}

static const char *what_was_proved(const struct mun_packaged *k)
{
	if (k->undecoded)
		return "the very file that is kept, as nothing decodes it";
	if (k->identical)
		return "decoded again, it has the digest of the master's "
		       "content";
	return "the format cannot hold all of the master; what is lost is in "
	       "the package";
}

/* What is to be known of it besides the agents, in one line. */
static const char *note_of(const struct mun_export_job *j, size_t i,
			   struct mun_record *r)
{
	const struct mun_packaged *k = &j->set.objects[i].packaged;
	char hex[MUN_DIGEST_HEX];
	const char *note;

	mun_digest_hex(&j->receipt, hex);
	note = mun_arena_fmt(
		r->arena,
		"fixity checked before; package read back; image %s (%s): %s; "
		"start in the emulator: %s; receipt SHA-256 %s",
		k->path, k->format, what_was_proved(k),
		mun_proof_name(j->proof.result), hex);
	if (note && j->rights)
		note = mun_arena_fmt(r->arena, "%s; restriction set aside: %s",
				     note, j->rights);
	if (note && j->set.said != MUN_PLATFORM_UNKNOWN)
		note = mun_arena_fmt(r->arena,
				     "%s; platform by the operator: %s", note,
				     mun_platform_name(j->set.said));
	return note;
}

static int disseminated(const struct mun_export_job *j, size_t i,
			const char *package, struct mun_record *r,
			struct mun_err *e)
{
	const struct mun_export_env *env = j->env;
	struct mun_rec_event *ev = mun_record_add_event(r);
	int rc;

	if (!ev)
		return mun_arena_failed(r->arena, e);
	ev->id = j->events[i];
	ev->type = "dissemination";
	ev->started = moment(r, j->when_ms);
	ev->ended = moment(r, mun_now_ms());
	ev->detail = mun_arena_fmt(r->arena, "exported for %s as %s%s%s",
				   j->target->title, package,
				   j->req->purpose ? ", for: " : "",
				   j->req->purpose ? j->req->purpose : "");
	ev->outcome = "success";
	ev->note = note_of(j, i, r);
	rc = link_person(env->catalog, r, ev, env->operator_name, "implementer",
			 e);
	if (!rc)
		rc = link_person(env->catalog, r, ev, j->req->authorised_by,
				 "authorizer", e);
	if (!rc)
		rc = link_program(env->catalog, r, ev, "muniment",
				  env->program_version, e);
	mun_event_link_object(r, ev, j->set.objects[i].master->id, "source");
	return rc;
}

/* That it was started, and what was seen: of the first object, which is the one
 * that a machine starts from. */
static int rendered(const struct mun_export_job *j, const char *package,
		    struct mun_record *r, struct mun_err *e)
{
	const struct mun_proof *p = &j->proof;
	struct mun_rec_event *ev;
	char id[MUN_UUID_LEN];
	int rc;

	if (p->result != MUN_PROOF_PROVED && p->result != MUN_PROOF_FAILED)
		return 0;
	ev = mun_record_add_event(r);
	if (!ev)
		return mun_arena_failed(r->arena, e);
	rc = mun_uuid_new(id, e);
	if (rc)
		return rc;
	ev->id = mun_arena_strdup(r->arena, id);
	ev->type = "rendering";
	ev->started = moment(r, p->started_ms);
	ev->ended = moment(r, p->ended_ms);
	ev->detail =
		mun_arena_fmt(r->arena,
			      "started headless in %s %s as %s; "
			      "criterion: %s",
			      p->program, p->version, package, p->criterion);
	ev->outcome = p->result == MUN_PROOF_PROVED ? "success" : "fail";
	ev->note = p->text;
	rc = link_program(j->env->catalog, r, ev, p->program, p->version, e);
	mun_event_link_object(r, ev, j->set.objects[0].master->id, "source");
	return rc;
}

static int event_record(const struct mun_export_job *j, size_t i,
			const char *package, struct mun_record **out,
			struct mun_err *e)
{
	int rc = mun_record_new(out, e);

	if (rc)
		return rc;
	(*out)->id = j->set.objects[i].id;
	rc = disseminated(j, i, package, *out, e);
	if (!rc && !i)
		rc = rendered(j, package, *out, e);
	return rc ? rc : mun_arena_failed((*out)->arena, e);
}

int mun_export_record(const struct mun_export_job *j, const char *package,
		      struct mun_err *e)
{
	struct mun_record **r = calloc(j->set.n, sizeof(*r));
	int rc = 0;

	if (!r)
		return mun_fail_nomem(e, "events of an export");
	for (size_t i = 0; i < j->set.n && !rc; i++)
		rc = event_record(j, i, package, &r[i], e);
	if (!rc)
		rc = mun_catalog_add_events_all(
			j->env->catalog, (const struct mun_record *const *)r,
			j->set.n, e);
	for (size_t i = 0; i < j->set.n; i++)
		mun_record_free(r[i]);
	free(r);
	return rc ? mun_ctx(e, "record the export") : 0;
}
