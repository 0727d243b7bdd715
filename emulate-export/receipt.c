/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/receipt.c - what was given out, as JSON */
#include "emulate-export/papers.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/jsonw.h"

static void write_digests(struct mun_jsonw *w, const struct mun_digests *d)
{
	mun_jsonw_object(w, "digests");
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		char hex[MUN_DIGEST_HEX];

		if (!d->of[i].len)
			continue;
		mun_digest_hex(&d->of[i], hex);
		mun_jsonw_text(w, mun_digest_name((enum mun_digest_alg)i), hex);
	}
	mun_jsonw_end_object(w);
}

static void write_master(struct mun_jsonw *w, const struct mun_rec_file *f)
{
	mun_jsonw_object(w, "master");
	mun_jsonw_text(w, "path", f->path);
	mun_jsonw_u64(w, "bytes", f->bytes);
	write_digests(w, &f->digests);
	mun_jsonw_end_object(w);
}

/* The decoded bytes, and the files that hold them. */
static void write_image(struct mun_jsonw *w, const struct mun_papers *p,
			const struct mun_packaged *k)
{
	mun_jsonw_object(w, "image");
	mun_jsonw_text(w, "path", k->path);
	mun_jsonw_text(w, "format", k->format);
	mun_jsonw_bool(w, "verbatim", k->verbatim);
	mun_jsonw_bool(w, "identical", k->identical);
	mun_jsonw_u64(w, "bytes", k->bytes);
	mun_jsonw_u64(w, "padding", k->padding);
	write_digests(w, &k->digests);
	mun_jsonw_array(w, "files");
	for (size_t i = k->first; i < k->first + k->n; i++) {
		const struct mun_package_file *f = &p->package->files[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "path", f->path);
		mun_jsonw_u64(w, "bytes", f->bytes);
		write_digests(w, &f->digests);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_end_object(w);
}

static void write_losses(struct mun_jsonw *w, const struct mun_packaged *k)
{
	mun_jsonw_array(w, "losses");
	for (size_t i = 0; i < k->losses.nrows; i++) {
		const struct mun_loss_row *row = &k->losses.rows[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "what", row->what);
		mun_jsonw_text(w, "where", row->where);
		mun_jsonw_text(w, "why", row->why);
		mun_jsonw_bool(w, "in_metadata", i < k->carried);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void write_unreadable(struct mun_jsonw *w, const struct mun_record *r)
{
	const char *doubtful = mun_record_property(r, MUN_PROPERTY_DOUBTFUL);

	mun_jsonw_u64(w, "unreadable_bytes", r->unreadable_bytes);
	mun_jsonw_array(w, "unreadable");
	for (size_t i = 0; i < r->nunreadable; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_u64(w, "offset", r->unreadable[i].off);
		mun_jsonw_u64(w, "bytes", r->unreadable[i].bytes);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_text(w, "failed_checks", doubtful ? doubtful : "");
}

static void write_verdict(struct mun_jsonw *w, const struct mun_verdict *v)
{
	mun_jsonw_object(w, "platform");
	mun_jsonw_text(w, "name", mun_platform_name(v->platform));
	mun_jsonw_text(w, "confidence", mun_confidence_name(v->confidence));
	mun_jsonw_array(w, "reasons");
	for (size_t i = 0; i < v->nreasons; i++)
		mun_jsonw_text(w, NULL, v->reasons[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_end_object(w);
}

static void write_object(struct mun_jsonw *w, const struct mun_papers *p,
			 size_t i)
{
	const struct mun_set_object *o = &p->set->objects[i];
	const struct mun_plan_medium *m = &p->plan->media[i];

	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "object", o->id);
	mun_jsonw_text(w, "label", o->record->label);
	mun_jsonw_text(w, "event", p->events[i]);
	write_verdict(w, &o->verdict);
	mun_jsonw_text(w, "device", m->device);
	mun_jsonw_text(w, "slot", m->slot);
	mun_jsonw_text(w, "overlay", m->overlay_name);
	mun_jsonw_text(w, "outcome", o->record->outcome);
	write_unreadable(w, o->record);
	mun_jsonw_u64(w, "open_incidents", o->open_incidents);
	write_master(w, o->master);
	write_image(w, p, &o->packaged);
	write_losses(w, &o->packaged);
	mun_jsonw_end_object(w);
}

static void write_who(struct mun_jsonw *w, const struct mun_papers *p)
{
	const struct mun_export_request *q = p->req;
	char when[MUN_TIME_LEN];

	mun_time_text(p->when_ms, when);
	mun_jsonw_text(w, "repository", p->env->repository_name);
	mun_jsonw_text(w, "operator", p->env->operator_name);
	mun_jsonw_text(w, "purpose", q->purpose ? q->purpose : "");
	mun_jsonw_text(w, "restriction", p->rights);
	mun_jsonw_text(w, "authorised_by",
		       q->authorised_by ? q->authorised_by : "");
	mun_jsonw_text(w, "program", "muniment");
	mun_jsonw_text(w, "version", p->env->program_version);
	mun_jsonw_text(w, "made", when);
}

static void write_proof(struct mun_jsonw *w, const struct mun_proof *k)
{
	bool tried =
		k->result == MUN_PROOF_PROVED || k->result == MUN_PROOF_FAILED;
	char from[MUN_TIME_LEN] = "";
	char to[MUN_TIME_LEN] = "";

	if (tried) {
		mun_time_text(k->started_ms, from);
		mun_time_text(k->ended_ms, to);
	}
	mun_jsonw_object(w, "proof");
	mun_jsonw_text(w, "result", mun_proof_name(k->result));
	mun_jsonw_text(w, "text", k->text);
	mun_jsonw_text(w, "criterion", k->criterion);
	mun_jsonw_text(w, "program", k->program);
	mun_jsonw_text(w, "version", k->version);
	mun_jsonw_text(w, "command", k->command);
	mun_jsonw_text(w, "screenshot", k->screenshot);
	mun_jsonw_text(w, "started", from);
	mun_jsonw_text(w, "ended", to);
	mun_jsonw_end_object(w);
}

static void write_target(struct mun_jsonw *w, const struct mun_papers *p)
{
	mun_jsonw_text(w, "target", p->target->name);
	mun_jsonw_text(w, "title", p->target->title);
	mun_jsonw_text(w, "suit", mun_suit_name(p->plan->suit));
	mun_jsonw_text(w, "reason", p->plan->reason);
	mun_jsonw_bool(w, "starts", p->plan->boots);
	mun_jsonw_text(w, "bring", p->plan->needs);
	mun_jsonw_text(w, "protection", p->target->protection);
	mun_jsonw_array(w, "notes");
	for (size_t i = 0; i < p->plan->nnotes; i++)
		mun_jsonw_text(w, NULL, p->plan->notes[i]);
	mun_jsonw_end_array(w);
}

int mun_receipt_write(const struct mun_papers *p, struct mun_str *out,
		      struct mun_err *e)
{
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_u64(&w, "receipt", 1);
	mun_jsonw_text(&w, "package", p->folder);
	write_target(&w, p);
	write_who(&w, p);
	write_proof(&w, p->proof);
	mun_jsonw_array(&w, "objects");
	for (size_t i = 0; i < p->set->n; i++)
		write_object(&w, p, i);
	mun_jsonw_end_array(&w);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		mun_str_add_bytes(out, w.out.text, w.out.len);
	mun_str_free(&w.out);
	if (!rc && out->failed)
		rc = mun_fail_nomem(e, "receipt");
	return rc ? mun_ctx(e, "receipt") : 0;
}
