/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/readme.c - what the researcher reads first */
#include "emulate-export/papers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/parse.h"
#include "emulate-export/documents.h"
#include "emulate-export/paper.h"

/* More ranges than this are left to receipt.json. */
#define RANGES_MAX 40u

/* ---- what it is ---- */

static const char *agent_name(const struct mun_record *r, const char *id)
{
	for (size_t i = 0; i < r->nagents; i++)
		if (!strcmp(r->agents[i].id, id))
			return r->agents[i].name;
	return "";
}

/* When, how and by whom the bytes came off the medium. */
static void add_provenance(struct mun_paper *w, const struct mun_record *r)
{
	for (size_t i = 0; i < r->nevents; i++) {
		const struct mun_rec_event *ev = &r->events[i];
		bool imaging = !strcmp(ev->type, "imaging");

		if (!imaging && strcmp(ev->type, "ingestion") != 0)
			continue;
		mun_paper_factf(w, imaging ? "Imaged" : "Taken in", "%s: %s",
				ev->started, ev->detail);
		for (size_t k = 0; k < ev->nagents; k++)
			mun_paper_fact(w, ev->agents[k].role,
				       agent_name(r, ev->agents[k].id));
	}
	mun_paper_fact(w, "Write protection",
		       mun_record_property(r, MUN_PROPERTY_PROTECTION));
}

static void add_medium(struct mun_paper *w, const struct mun_papers *p,
		       size_t k)
{
	const struct mun_set_object *o = &p->set->objects[k];
	const struct mun_record *r = o->record;
	char human[16];
	char verdict[512];

	mun_human_bytes(o->facts.bytes, human);
	(void)mun_verdict_text(&o->verdict, verdict, sizeof(verdict));
	mun_paper_fact(w, "Label", r->label);
	mun_paper_fact(w, "Collection", r->collection);
	mun_paper_fact(w, "Object", r->id);
	for (size_t i = 0; i < r->nidentifiers; i++)
		mun_paper_fact(w, r->identifiers[i].type,
			       r->identifiers[i].value);
	mun_paper_fact(w, "Medium", r->media_type);
	mun_paper_fact(w, "Made for", verdict);
	mun_paper_fact(w, "Kept as", o->facts.title);
	mun_paper_fact(w, "Not decoded", o->facts.preserved_only);
	mun_paper_fact(w, "Contents", o->facts.variant);
	mun_paper_fact(w, "Volume label", o->facts.volume_label);
	mun_paper_factf(w, "Size", "%" PRIu64 " bytes (%s)", o->facts.bytes,
			human);
	mun_paper_fact(w, "Held by", p->env->repository_name);
	add_provenance(w, r);
	mun_paper_factf(w, "In this package", "%s (%s)",
			o->packaged.path + strlen("data/"), o->packaged.format);
	mun_paper_paragraph(w, r->note);
}

/* ---- how well it was read ---- */

static void add_ranges(struct mun_paper *w, const struct mun_record *r)
{
	size_t shown = MUN_MIN(r->nunreadable, (size_t)RANGES_MAX);
	uint32_t sector = r->sector_bytes ? r->sector_bytes : 512;

	for (size_t i = 0; i < shown; i++) {
		const struct mun_rec_range *x = &r->unreadable[i];
		uint64_t first = x->off / sector;
		uint64_t last = (x->off + x->bytes - 1) / sector;

		mun_paper_factf(w, "Unreadable",
				"sectors %" PRIu64 " to %" PRIu64 " (%" PRIu64
				" bytes at byte %" PRIu64 ")",
				first, last, x->bytes, x->off);
	}
	if (shown < r->nunreadable)
		mun_paper_factf(w, "Unreadable",
				"and %zu ranges more: see receipt.json",
				r->nunreadable - shown);
}

/* Did we read the medium, or is there a map of how others did? */
static bool is_mapped(const struct mun_record *r)
{
	for (size_t i = 0; i < r->nevents; i++)
		if (!strcmp(r->events[i].type, "imaging"))
			return true;
	for (size_t i = 0; i < r->nfiles; i++)
		if (!strcmp(r->files[i].role, MUN_ROLE_READMAP))
			return true;
	return false;
}

static const char *nothing_recorded(const struct mun_set_object *o)
{
	if (o->facts.preserved_only[0])
		return "Not known, as the image is kept and not decoded.";
	if (!strcmp(o->record->outcome, "partial"))
		return "The medium was not read completely; which parts is "
		       "not recorded.";
	if (is_mapped(o->record))
		return "All of the medium was read.";
	return "The image was made elsewhere. Nothing that could not be read "
	       "is recorded in it.";
}

/* We put zeros there; others have fillers of their own, which stay when a later
 * reading of ours did not fill them. */
static const char *what_stands_there(const struct mun_record *r)
{
	for (size_t i = 0; i < r->nevents; i++) {
		if (!strcmp(r->events[i].type, "imaging"))
			return "They are zeros in the image.";
		if (!strcmp(r->events[i].type, "ingestion"))
			break;
	}
	return "The image was made elsewhere; what it has in their place is "
	       "not from the medium.";
}

static void add_unreadable(struct mun_paper *w, const struct mun_set_object *o)
{
	const struct mun_record *r = o->record;

	if (!r->unreadable_bytes && !r->nunreadable) {
		mun_paper_paragraph(w, nothing_recorded(o));
		return;
	}
	mun_paper_paragraphf(
		w,
		"%" PRIu64 " bytes, in %zu %s of the medium, could not be "
		"read. %s A program or a document that lies there is damaged; "
		"that it does not work here does not mean that it never did.",
		r->unreadable_bytes, r->nunreadable,
		r->nunreadable == 1 ? "place" : "places", what_stands_there(r));
	add_ranges(w, r);
}

static void add_condition(struct mun_paper *w, const struct mun_set_object *o)
{
	const char *doubtful =
		mun_record_property(o->record, MUN_PROPERTY_DOUBTFUL);

	mun_paper_heading(w, "What could not be read");
	add_unreadable(w, o);
	if (doubtful)
		mun_paper_paragraphf(
			w,
			"The medium's own check of these sectors failed when "
			"they were read, so what is in them may be wrong: %s.",
			doubtful);
	if (o->open_incidents)
		mun_paper_paragraphf(
			w,
			"In the repository %zu %s about copies of this object "
			"%s not settled yet. The copy that this package was "
			"made from was verified at that moment and was intact.",
			o->open_incidents,
			o->open_incidents == 1 ? "finding" : "findings",
			o->open_incidents == 1 ? "is" : "are");
}

static void add_losses(struct mun_paper *w, const struct mun_set_object *o)
{
	const struct mun_packaged *k = &o->packaged;

	if (k->losses.nrows > k->carried) {
		mun_paper_heading(w, "What this form of the image lacks");
		mun_paper_paragraph(w, "The format that the emulator needs has "
				       "no place for this; the master has it:");
		for (size_t i = k->carried; i < k->losses.nrows; i++)
			mun_paper_factf(w, k->losses.rows[i].what, "%s: %s",
					k->losses.rows[i].where,
					k->losses.rows[i].why);
	}
	if (k->padding)
		mun_paper_paragraphf(
			w,
			"Behind the last byte of the medium %" PRIu64 " zeros "
			"were added, as the emulator takes only whole disks.",
			k->padding);
}

/* ---- pictures ---- */

static bool is_picture(const char *name)
{
	static const char *const suffixes[] = { ".jpg", ".jpeg", ".png", ".gif",
						".webp" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < MUN_COUNT(suffixes); i++)
		if (!strcasecmp(dot, suffixes[i]))
			return true;
	return false;
}

static void add_documents(struct mun_paper *w, const struct mun_papers *p,
			  size_t k)
{
	const struct mun_record *r = p->set->objects[k].record;
	char folder[8];
	size_t n = 0;

	mun_documents_folder(p->set, k, folder);
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct mun_rec_file *f = &r->files[i];
		char name[80];
		char path[112];

		if (strcmp(f->role, MUN_ROLE_DOCUMENTATION) != 0)
			continue;
		mun_documents_name(f, ++n, name);
		(void)snprintf(path, sizeof(path), "documentation/%s%s", folder,
			       name);
		if (n == 1)
			mun_paper_heading(w, "Label, case, documents");
		if (is_picture(name))
			mun_paper_picture(w, path, f->original_name);
		else
			mun_paper_fact(w, path, f->original_name);
	}
}

/* ---- how to start it ---- */

static void add_media(struct mun_paper *w, const struct mun_papers *p)
{
	for (size_t i = 0; i < p->plan->n; i++) {
		const struct mun_plan_medium *m = &p->plan->media[i];

		mun_paper_factf(w, m->name, "%s%s%s", m->device,
				*m->slot ? ", " : ", in the swap list",
				m->slot);
	}
}

static void add_start(struct mun_paper *w, const struct mun_papers *p)
{
	const struct mun_target *t = p->target;

	mun_paper_heading(w, "How to start it");
	if (mun_package_file(p->package, "data/run")) {
		mun_paper_paragraphf(w,
				     "Install %s (%s). Then, in this "
				     "folder:",
				     t->program, t->homepage);
		mun_paper_code(w, "./run");
		mun_paper_paragraph(w, "On Windows: run.bat. Every option of "
				       "the emulator can be added.");
	} else if (t->kit) {
		mun_paper_paragraphf(w,
				     "There is nothing to start in this "
				     "folder: what is needed is %s (%s).",
				     t->program, t->homepage);
	} else {
		mun_paper_paragraph(w, "There is nothing to start in this "
				       "folder.");
	}
	add_media(w, p);
	mun_paper_paragraph(w, p->plan->reason);
	mun_paper_paragraph(w, "The image is not changed.");
	mun_paper_paragraph(w, t->protection);
	for (size_t i = 0; i < p->plan->nnotes; i++)
		mun_paper_paragraph(w, p->plan->notes[i]);
	mun_paper_heading(w, "What you have to bring");
	if (*p->plan->needs)
		mun_paper_paragraphf(w, "%s.", p->plan->needs);
	mun_paper_paragraph(w, t->missing);
}

static void add_proof(struct mun_paper *w, const struct mun_papers *p)
{
	const struct mun_proof *k = p->proof;
	char path[80];

	mun_paper_heading(w, "Does it start?");
	if (k->result == MUN_PROOF_NOT_ASKED) {
		mun_paper_paragraph(w, "Not proved: nobody asked for it when "
				       "this package was made.");
		return;
	}
	mun_paper_paragraphf(w, "%s: %s",
			     k->result == MUN_PROOF_PROVED   ? "Proved"
			     : k->result == MUN_PROOF_FAILED ? "It failed"
							     : "Not proved",
			     k->text);
	mun_paper_fact(w, "Criterion", k->criterion);
	if (*k->program)
		mun_paper_factf(w, "With", "%s %s", k->program, k->version);
	(void)snprintf(path, sizeof(path), "metadata/%s", k->screenshot);
	if (*k->screenshot)
		mun_paper_picture(w, path, "The screen, as it was then");
}

/* ---- how to cite, and to check ---- */

static void add_citation(struct mun_paper *w, const struct mun_papers *p)
{
	char day[MUN_TIME_LEN];

	mun_time_text(p->when_ms, day);
	day[10] = '\0';
	mun_paper_heading(w, "How to cite it");
	for (size_t i = 0; i < p->set->n; i++) {
		const struct mun_set_object *o = &p->set->objects[i];
		const struct mun_digest *d = &o->record->content.of[MUN_SHA256];
		char hex[MUN_DIGEST_HEX] = "";

		if (d->len)
			mun_digest_hex(d, hex);
		mun_paper_paragraphf(
			w,
			"%s. %s%s%s%surn:uuid:%s%s%s. Seen in %s, package "
			"of %s.",
			o->record->label, p->env->repository_name,
			*p->env->repository_name ? ", " : "",
			o->record->collection,
			*o->record->collection ? ", " : "", o->id,
			*hex ? ", SHA-256 of the image " : "", hex,
			p->target->title, day);
	}
}

static void add_terms(struct mun_paper *w, const struct mun_papers *p)
{
	if (!*p->rights && !p->req->purpose)
		return;
	mun_paper_heading(w, "Terms");
	mun_paper_fact(w, "Given out for", p->req->purpose);
	mun_paper_fact(w, "Restricted", p->rights);
	if (*p->rights)
		mun_paper_fact(w, "Allowed by", p->req->authorised_by);
}

static void add_contents(struct mun_paper *w, const struct mun_papers *p)
{
	char bytes[16];

	mun_paper_heading(w, "What is in this folder");
	for (size_t i = 0; i < p->package->nfiles; i++) {
		const struct mun_package_file *f = &p->package->files[i];

		if (strncmp(f->path, "data/", 5) != 0)
			continue;
		mun_human_bytes(f->bytes, bytes);
		mun_paper_fact(w, f->path + 5, bytes);
	}
	mun_paper_fact(w, "receipt.json",
		       "what was given out, when, by whom, with all digests");
	mun_paper_paragraph(w, "To see whether all is as it was given out, "
			       "with standard tools or with muniment:");
	mun_paper_code(w, "cd .. && sha512sum -c manifest-sha512.txt");
	mun_paper_code(w, "muniment verify ..");
}

static int write_paper(const struct mun_papers *p, struct mun_paper *w,
		       struct mun_err *e)
{
	char when[MUN_TIME_LEN];

	mun_time_text(p->when_ms, when);
	mun_paper_begin(w, "A medium to start in an emulator");
	mun_paper_paragraphf(w,
			     "Made for %s by muniment %s on %s.\nThis folder "
			     "is the payload of a BagIt bag (RFC 8493).",
			     p->target->title, p->env->program_version, when);
	for (size_t i = 0; i < p->set->n; i++) {
		char heading[64] = "What it is";

		if (p->set->n > 1)
			(void)snprintf(heading, sizeof(heading),
				       "Medium %zu of %zu", i + 1, p->set->n);
		mun_paper_heading(w, heading);
		add_medium(w, p, i);
		add_documents(w, p, i);
		add_condition(w, &p->set->objects[i]);
		add_losses(w, &p->set->objects[i]);
	}
	add_start(w, p);
	add_proof(w, p);
	add_citation(w, p);
	add_terms(w, p);
	add_contents(w, p);
	mun_paper_end(w);
	return w->out->failed ? mun_fail_nomem(e, "README") : 0;
}

int mun_readme_write(const struct mun_papers *p, struct mun_str *out,
		     struct mun_err *e)
{
	struct mun_paper w = { .ops = &mun_paper_text, .out = out };

	return write_paper(p, &w, e);
}

int mun_readme_write_html(const struct mun_papers *p, struct mun_str *out,
			  struct mun_err *e)
{
	struct mun_paper w = { .ops = &mun_paper_html, .out = out };

	return write_paper(p, &w, e);
}
