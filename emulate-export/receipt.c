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

static void write_image(struct mun_jsonw *w, const struct mun_packaged *k)
{
	mun_jsonw_object(w, "image");
	mun_jsonw_text(w, "path", k->path);
	mun_jsonw_text(w, "format", k->format);
	mun_jsonw_bool(w, "identical", k->identical);
	mun_jsonw_u64(w, "bytes", k->bytes);
	write_digests(w, &k->digests);
	mun_jsonw_end_object(w);
}

static void write_unreadable(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_u64(w, "unreadable_bytes", r->unreadable_bytes);
	mun_jsonw_array(w, "unreadable");
	for (size_t i = 0; i < r->nunreadable; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_u64(w, "offset", r->unreadable[i].off);
		mun_jsonw_u64(w, "bytes", r->unreadable[i].bytes);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_text(w, "failed_checks",
		       mun_record_property(r, MUN_PROPERTY_DOUBTFUL)
			       ? mun_record_property(r, MUN_PROPERTY_DOUBTFUL)
			       : "");
}

static void write_object(struct mun_jsonw *w, const struct mun_papers *p,
			 size_t i)
{
	const struct mun_set_object *o = &p->set->objects[i];

	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "object", o->id);
	mun_jsonw_text(w, "label", o->record->label);
	mun_jsonw_text(w, "event", p->events[i]);
	mun_jsonw_text(w, "device", p->plan->media[i].device);
	mun_jsonw_text(w, "outcome", o->record->outcome);
	write_unreadable(w, o->record);
	write_master(w, o->master);
	write_image(w, &o->packaged);
	mun_jsonw_end_object(w);
}

static void write_who(struct mun_jsonw *w, const struct mun_papers *p)
{
	char when[MUN_TIME_LEN];

	mun_time_text(p->when_ms, when);
	mun_jsonw_text(w, "repository", p->env->repository_name);
	mun_jsonw_text(w, "operator", p->env->operator_name);
	mun_jsonw_text(w, "program", "muniment");
	mun_jsonw_text(w, "version", p->env->program_version);
	mun_jsonw_text(w, "made", when);
}

int mun_receipt_write(const struct mun_papers *p, struct mun_str *out,
		      struct mun_err *e)
{
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, "target", p->target->name);
	mun_jsonw_text(&w, "package", p->folder);
	write_who(&w, p);
	mun_jsonw_text(&w, "proof", mun_proof_name(p->proof->result));
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
