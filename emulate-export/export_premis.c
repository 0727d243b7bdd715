/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/export_premis.c - a package as PREMIS 3
 *
 * The record of each object goes with it as it is in the catalog; this document
 * is about what was made of them: the package, its files, what it was derived
 * from, the emulator as an environment, and what happened.
 */
#include "emulate-export/papers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/premis_names.h"
#include "catalog/premis_writer.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/utf8.h"

#define PACKAGE "#package"
#define ENVIRONMENT "#environment"
#define PROOF "#proof"
/* Agents; a person who is both is the first. */
#define OPERATOR "#operator"
#define AUTHORIZER "#authorizer"
#define EMULATOR "#emulator"

struct writer {
	struct mun_premis_writer w;
	const struct mun_papers *p;
	const char *id; /* that all of it is named after: of the event */
};

/* "urn:uuid:ID" and @suffix. */
static void put_uri(struct writer *x, const char *name, const char *suffix)
{
	mun_premis_put_id(&x->w, name, MUN_PREMIS_URI, x->id, suffix);
}

static void file_suffix(size_t i, char out[static 32])
{
	(void)snprintf(out, 32, "#file-%zu", i + 1);
}

/* XML has no place for most control characters: each byte may become \xNN. */
static void put_text(struct writer *x, const char *name, const char *text)
{
	const size_t room = 4 * strlen(text) + 1;
	mun_autofree char *line = malloc(room);

	if (!line) {
		x->w.x.out->failed = true;
		return;
	}
	(void)mun_utf8_line(text, line, room);
	mun_xmlw_text(&x->w.x, name, "", line);
}

static void put_related(struct writer *x, const char *type, const char *subtype,
			const char *suffix)
{
	mun_premis_open_relation(&x->w, type, subtype);
	put_uri(x, "relatedObjectIdentifier", suffix);
	mun_xmlw_close(&x->w.x, "relationship");
}

/* ---- the package ---- */

static void put_parts(struct writer *x)
{
	mun_premis_open_relation(&x->w, "structural", "has Part");
	for (size_t i = 0; i < x->p->package->nfiles; i++) {
		char suffix[32];

		file_suffix(i, suffix);
		put_uri(x, "relatedObjectIdentifier", suffix);
	}
	mun_xmlw_close(&x->w.x, "relationship");
}

static void put_sources(struct writer *x)
{
	for (size_t i = 0; i < x->p->set->n; i++) {
		mun_premis_open_relation(&x->w, "derivation", "has Source");
		mun_premis_put_id(&x->w, "relatedObjectIdentifier",
				  MUN_PREMIS_UUID,
				  x->p->set->objects[i].master->id, "");
		mun_premis_put_id(&x->w, "relatedEventIdentifier",
				  MUN_PREMIS_UUID, x->p->events[i], "");
		mun_xmlw_close(&x->w.x, "relationship");
	}
}

static void put_package(struct writer *x)
{
	mun_xmlw_open(&x->w.x, "object", " xsi:type=\"premis:representation\"");
	put_uri(x, "objectIdentifier", PACKAGE);
	mun_premis_put_prop(&x->w, "target", x->p->target->title);
	mun_premis_put_prop(&x->w, "write protection",
			    x->p->target->protection);
	mun_xmlw_text(&x->w.x, "originalName", "", x->p->folder);
	put_parts(x);
	put_sources(x);
	put_related(x, "dependency", "requires", ENVIRONMENT);
	mun_xmlw_close(&x->w.x, "object");
}

/* ---- files ---- */

static void put_fixity(struct writer *x, const struct mun_digests *d)
{
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		char hex[MUN_DIGEST_HEX];

		if (!d->of[i].len)
			continue;
		mun_digest_hex(&d->of[i], hex);
		mun_xmlw_open(&x->w.x, "fixity", "");
		mun_premis_put_term(&x->w, "messageDigestAlgorithm",
				    "cryptographicHashFunctions",
				    mun_digest_title((enum mun_digest_alg)i));
		mun_xmlw_text(&x->w.x, "messageDigest", "", hex);
		mun_xmlw_close(&x->w.x, "fixity");
	}
}

static void put_format(struct writer *x, const char *name)
{
	mun_xmlw_open(&x->w.x, "format", "");
	mun_xmlw_open(&x->w.x, "formatDesignation", "");
	mun_xmlw_text(&x->w.x, "formatName", "", name);
	mun_xmlw_close(&x->w.x, "formatDesignation");
	mun_xmlw_close(&x->w.x, "format");
}

static void put_characteristics(struct writer *x, const struct mun_digests *d,
				uint64_t bytes, const char *format)
{
	mun_xmlw_open(&x->w.x, "objectCharacteristics", "");
	put_fixity(x, d);
	mun_xmlw_u64(&x->w.x, "size", "", bytes);
	put_format(x, format);
	mun_xmlw_close(&x->w.x, "objectCharacteristics");
}

static const char *format_of(const struct mun_papers *p, size_t i)
{
	const char *path = p->package->files[i].path;

	for (size_t k = 0; k < p->set->n; k++)
		if (!strcmp(p->set->objects[k].packaged.path, path))
			return p->set->objects[k].packaged.format;
	return "";
}

static void put_file(struct writer *x, size_t i)
{
	const struct mun_package_file *f = &x->p->package->files[i];
	char suffix[32];

	file_suffix(i, suffix);
	mun_xmlw_open(&x->w.x, "object", " xsi:type=\"premis:file\"");
	put_uri(x, "objectIdentifier", suffix);
	put_characteristics(x, &f->digests, f->bytes, format_of(x->p, i));
	mun_xmlw_text(&x->w.x, "originalName", "", f->path);
	put_related(x, "structural", "is Part Of", PACKAGE);
	mun_xmlw_close(&x->w.x, "object");
}

/* The files that are kept, as far as it takes to know them again. */
static void put_master(struct writer *x, const struct mun_set_object *o)
{
	mun_xmlw_open(&x->w.x, "object", " xsi:type=\"premis:file\"");
	mun_premis_put_id(&x->w, "objectIdentifier", MUN_PREMIS_UUID,
			  o->master->id, "");
	put_characteristics(x, &o->master->digests, o->master->bytes,
			    o->facts.title);
	mun_xmlw_text(&x->w.x, "originalName", "", o->master->path);
	mun_premis_open_relation(&x->w, "derivation", "is Source Of");
	put_uri(x, "relatedObjectIdentifier", PACKAGE);
	mun_xmlw_close(&x->w.x, "relationship");
	mun_xmlw_close(&x->w.x, "object");
}

/* ---- the emulator ---- */

static void put_environment(struct writer *x)
{
	const struct mun_proof *k = x->p->proof;
	bool works = k->result == MUN_PROOF_PROVED;

	mun_xmlw_open(&x->w.x, "object",
		      " xsi:type=\"premis:intellectualEntity\"");
	put_uri(x, "objectIdentifier", ENVIRONMENT);
	/* PREMIS 2 had a place for it, with these words. */
	mun_premis_put_prop(&x->w, "environmentCharacteristic",
			    works ? "known to work" : "unspecified");
	mun_xmlw_open(&x->w.x, "environmentFunction", "");
	mun_premis_put_term(&x->w, "environmentFunctionType",
			    "environmentFunctionType", "software application");
	mun_xmlw_text(&x->w.x, "environmentFunctionLevel", "", "1");
	mun_xmlw_close(&x->w.x, "environmentFunction");
	mun_xmlw_open(&x->w.x, "environmentDesignation", "");
	mun_xmlw_text(&x->w.x, "environmentName", "", x->p->target->title);
	if (*k->version)
		put_text(x, "environmentVersion", k->version);
	mun_xmlw_text(&x->w.x, "environmentDesignationNote", "",
		      works ? "known to work: started, see the event"
			    : "unspecified: not proved by a start");
	mun_xmlw_close(&x->w.x, "environmentDesignation");
	put_related(x, "dependency", "is Required By", PACKAGE);
	mun_xmlw_close(&x->w.x, "object");
}

/* ---- events ---- */

static bool is_tried(const struct mun_proof *k)
{
	return k->result == MUN_PROOF_PROVED || k->result == MUN_PROOF_FAILED;
}

static void open_event(struct writer *x, const char *type, int64_t from,
		       int64_t to, const char *detail)
{
	char a[MUN_TIME_LEN];
	char b[MUN_TIME_LEN];
	char when[2 * MUN_TIME_LEN];

	mun_time_text(from, a);
	mun_time_text(to, b);
	(void)snprintf(when, sizeof(when), "%s/%s", a, b);
	mun_premis_put_term(&x->w, "eventType", "eventType", type);
	mun_xmlw_text(&x->w.x, "eventDateTime", "", to ? when : a);
	mun_xmlw_open(&x->w.x, "eventDetailInformation", "");
	put_text(x, "eventDetail", detail);
	mun_xmlw_close(&x->w.x, "eventDetailInformation");
}

/* Of the events of this document; NULL: there is no such person. */
static const char *operator_of(const struct mun_papers *p)
{
	const char *name = p->env->operator_name;

	return name && *name ? OPERATOR : NULL;
}

static const char *authorizer_of(const struct mun_papers *p)
{
	const char *name = p->req->authorised_by;

	if (!name || !*name)
		return NULL;
	return operator_of(p) && !strcmp(name, p->env->operator_name)
		       ? OPERATOR
		       : AUTHORIZER;
}

/* @suffix: of an agent; NULL: none.  "" is muniment itself. */
static void link_agent(struct writer *x, const char *suffix, const char *role)
{
	static const char element[] = "linkingAgentIdentifier";
	char value[96] = "muniment";

	if (!suffix)
		return;
	if (*suffix)
		(void)snprintf(value, sizeof(value), MUN_PREMIS_URN "%s%s",
			       x->id, suffix);
	mun_xmlw_open(&x->w.x, element, "");
	mun_xmlw_text(&x->w.x, "linkingAgentIdentifierType", "",
		      *suffix ? MUN_PREMIS_URI : "local");
	mun_xmlw_text(&x->w.x, "linkingAgentIdentifierValue", "", value);
	mun_premis_put_term(&x->w, "linkingAgentRole", "eventRelatedAgentRole",
			    role);
	mun_xmlw_close(&x->w.x, element);
}

static void put_outcome(struct writer *x, const char *outcome, const char *note)
{
	mun_xmlw_open(&x->w.x, "eventOutcomeInformation", "");
	mun_premis_put_term(&x->w, "eventOutcome", "eventOutcome", outcome);
	if (*note) {
		mun_xmlw_open(&x->w.x, "eventOutcomeDetail", "");
		put_text(x, "eventOutcomeDetailNote", note);
		mun_xmlw_close(&x->w.x, "eventOutcomeDetail");
	}
	mun_xmlw_close(&x->w.x, "eventOutcomeInformation");
}

static void close_event(struct writer *x)
{
	put_uri(x, "linkingObjectIdentifier", PACKAGE);
	mun_xmlw_close(&x->w.x, "event");
}

static void put_dissemination(struct writer *x, size_t i)
{
	const struct mun_export_request *q = x->p->req;
	struct mun_str s = { 0 };

	mun_str_addf(&s, "exported for %s by %s%s%s", x->p->target->title,
		     x->p->env->operator_name ? x->p->env->operator_name : "",
		     q->purpose ? ", for: " : "", q->purpose ? q->purpose : "");
	if (s.failed)
		x->w.x.out->failed = true;
	mun_xmlw_open(&x->w.x, "event", "");
	mun_premis_put_id(&x->w, "eventIdentifier", MUN_PREMIS_UUID,
			  x->p->events[i], "");
	open_event(x, "dissemination", x->p->when_ms, 0, s.text ? s.text : "");
	put_outcome(x, "success", x->p->rights);
	link_agent(x, operator_of(x->p), "implementer");
	link_agent(x, authorizer_of(x->p), "authorizer");
	link_agent(x, "", "executing program");
	close_event(x);
	mun_str_free(&s);
}

static void put_rendering(struct writer *x)
{
	const struct mun_proof *k = x->p->proof;
	char detail[512];

	if (!is_tried(k))
		return;
	(void)snprintf(detail, sizeof(detail),
		       "started headless in %s %s; criterion: %s", k->program,
		       k->version, k->criterion);
	mun_xmlw_open(&x->w.x, "event", "");
	put_uri(x, "eventIdentifier", PROOF);
	open_event(x, "rendering", k->started_ms, k->ended_ms, detail);
	put_outcome(x, k->result == MUN_PROOF_PROVED ? "success" : "fail",
		    k->text);
	link_agent(x, EMULATOR, "executing program");
	close_event(x);
}

static void put_agent(struct writer *x, const char *suffix, const char *name,
		      const char *type, const char *version)
{
	mun_xmlw_open(&x->w.x, "agent", "");
	if (*suffix)
		put_uri(x, "agentIdentifier", suffix);
	else
		mun_premis_put_id(&x->w, "agentIdentifier", "local", "muniment",
				  "");
	put_text(x, "agentName", name);
	mun_premis_put_term(&x->w, "agentType", "agentType", type);
	if (*version)
		put_text(x, "agentVersion", version);
	mun_xmlw_close(&x->w.x, "agent");
}

static void put_agents(struct writer *x)
{
	const struct mun_papers *p = x->p;
	const char *authorizer = authorizer_of(p);

	put_agent(x, "", "muniment", "software", p->env->program_version);
	if (operator_of(p))
		put_agent(x, OPERATOR, p->env->operator_name, "person", "");
	if (authorizer && !strcmp(authorizer, AUTHORIZER))
		put_agent(x, AUTHORIZER, p->req->authorised_by, "person", "");
	if (is_tried(p->proof))
		put_agent(x, EMULATOR, p->proof->program, "software",
			  p->proof->version);
}

int mun_export_premis_write(const struct mun_papers *p, struct mun_str *out,
			    struct mun_err *e)
{
	struct writer x = { .w = { .x = { .out = out, .prefix = "premis:" } },
			    .p = p,
			    .id = p->events[0] };
	int rc;

	mun_premis_put_head(&x.w);
	put_package(&x);
	for (size_t i = 0; i < p->package->nfiles; i++)
		put_file(&x, i);
	for (size_t i = 0; i < p->set->n; i++)
		put_master(&x, &p->set->objects[i]);
	put_environment(&x);
	for (size_t i = 0; i < p->set->n; i++)
		put_dissemination(&x, i);
	put_rendering(&x);
	put_agents(&x);
	mun_xmlw_close(&x.w.x, "premis");
	rc = mun_xmlw_finish(&x.w.x, e);
	return rc ? mun_ctx(e, "PREMIS of the package") : 0;
}
