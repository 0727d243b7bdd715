/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_write.c - a record as PREMIS 3: the document, entities, events
 *
 * Written in one pass, without a tree: a record with thousands of files costs
 * little more than its text.
 */
#include "catalog/premis.h"

#include "catalog/premis_writer.h"
#include "catalog/vocab.h"
#include "core/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 64 /* longest element name of PREMIS is 43 */
#define ATTRS_MAX 256

void mun_premis_put_id(struct mun_premis_writer *w, const char *name,
		       const char *type, const char *value, const char *suffix)
{
	struct mun_str full = { 0 };
	char part[NAME_BYTES];

	mun_xmlw_open(&w->x, name, "");
	(void)snprintf(part, sizeof(part), "%sType", name);
	mun_xmlw_text(&w->x, part, "", type);
	(void)snprintf(part, sizeof(part), "%sValue", name);
	if (*suffix)
		mun_str_add(&full, MUN_PREMIS_URN);
	mun_str_add(&full, value);
	mun_str_add(&full, suffix);
	if (full.failed)
		w->x.out->failed = true;
	else
		mun_xmlw_text(&w->x, part, "", full.text);
	mun_str_free(&full);
	mun_xmlw_close(&w->x, name);
}

void mun_premis_put_term(struct mun_premis_writer *w, const char *name,
			 const char *vocabulary, const char *label)
{
	const struct mun_vocab_term *t = mun_vocab_by_label(vocabulary, label);
	char attrs[ATTRS_MAX] = "";

	if (t)
		(void)snprintf(attrs, sizeof(attrs),
			       " authority=\"%s\" authorityURI=\"%s%s\""
			       " valueURI=\"%s%s/%s\"",
			       vocabulary, MUN_VOCAB_BASE, vocabulary,
			       MUN_VOCAB_BASE, vocabulary, t->code);
	mun_xmlw_text(&w->x, name, attrs, label);
}

void mun_premis_put_prop(struct mun_premis_writer *w, const char *type,
			 const char *value)
{
	if (!*value)
		return;
	mun_xmlw_open(&w->x, "significantProperties", "");
	mun_xmlw_text(&w->x, "significantPropertiesType", "", type);
	mun_xmlw_text(&w->x, "significantPropertiesValue", "", value);
	mun_xmlw_close(&w->x, "significantProperties");
}

void mun_premis_open_relation(struct mun_premis_writer *w, const char *type,
			      const char *subtype)
{
	mun_xmlw_open(&w->x, "relationship", "");
	mun_premis_put_term(w, "relationshipType", "relationshipType", type);
	mun_premis_put_term(w, "relationshipSubType", "relationshipSubType",
			    subtype);
}

static void put_props(struct mun_premis_writer *w,
		      const struct mun_premis_prop *props)
{
	for (; props->type; props++) {
		const char *const *field =
			(const void *)((const char *)w->r + props->field);

		mun_premis_put_prop(w, props->type, *field);
	}
}

static void put_number(struct mun_premis_writer *w, const char *type,
		       uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	mun_premis_put_prop(w, type, text);
}

/* The thing that is catalogued. */
static void put_entity(struct mun_premis_writer *w)
{
	const struct mun_record *r = w->r;

	mun_xmlw_open(&w->x, "object",
		      " xsi:type=\"premis:intellectualEntity\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_UUID, r->id, "");
	for (size_t i = 0; i < r->nidentifiers; i++)
		mun_premis_put_id(w, "objectIdentifier", r->identifiers[i].type,
				  r->identifiers[i].value, "");
	put_props(w, mun_premis_entity_props);
	if (*r->label)
		mun_xmlw_text(&w->x, "originalName", "", r->label);
	mun_premis_open_relation(w, "structural", "is Represented By");
	if (w->carrier)
		mun_premis_put_id(w, "relatedObjectIdentifier", MUN_PREMIS_URI,
				  r->id, MUN_PREMIS_CARRIER);
	mun_premis_put_id(w, "relatedObjectIdentifier", MUN_PREMIS_URI, r->id,
			  MUN_PREMIS_REPRESENTATION);
	mun_xmlw_close(&w->x, "relationship");
	mun_xmlw_close(&w->x, "object");
}

/* The physical medium: PREMIS has no entity for it, so it is a representation
 * from which the image derives. */
static void put_carrier(struct mun_premis_writer *w)
{
	const struct mun_record *r = w->r;

	mun_xmlw_open(&w->x, "object", " xsi:type=\"premis:representation\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_URI, r->id,
			  MUN_PREMIS_CARRIER);
	put_props(w, mun_premis_carrier_props);
	if (*r->media_type) {
		mun_xmlw_open(&w->x, "storage", "");
		mun_premis_put_term(w, "storageMedium", "storageMedium",
				    r->media_type);
		mun_xmlw_close(&w->x, "storage");
	}
	if (w->master) {
		mun_premis_open_relation(w, "derivation", "is Source Of");
		mun_premis_put_id(w, "relatedObjectIdentifier", MUN_PREMIS_UUID,
				  w->master->id, "");
		if (w->imaging)
			mun_premis_put_id(w, "relatedEventIdentifier",
					  MUN_PREMIS_UUID, w->imaging->id, "");
		mun_xmlw_close(&w->x, "relationship");
	}
	mun_xmlw_close(&w->x, "object");
}

/* Digests of the decoded bytes: of a raw image they are those of the file, and
 * saying so is shorter and says more. */
static void put_content_digests(struct mun_premis_writer *w)
{
	const struct mun_digests *c = &w->r->content;
	unsigned int have = 0;
	bool same = w->master != NULL;

	for (int a = 0; a < MUN_DIGEST_N; a++) {
		have |= c->of[a].len ? 1u << a : 0;
		if (!w->master ||
		    (!c->of[a].len && !w->master->digests.of[a].len))
			continue;
		same = same &&
		       mun_digest_equal(&c->of[a], &w->master->digests.of[a]);
	}
	if (have && same) {
		mun_premis_put_prop(w, MUN_PROP_CONTENT_SAME,
				    MUN_PROP_CONTENT_SAME_VALUE);
		return;
	}
	for (int a = 0; a < MUN_DIGEST_N; a++) {
		char type[sizeof(MUN_PROP_CONTENT) + 32];
		char hex[MUN_DIGEST_HEX];

		(void)snprintf(type, sizeof(type), MUN_PROP_CONTENT "%s",
			       mun_digest_title((enum mun_digest_alg)a));
		mun_digest_hex(&c->of[a], hex);
		mun_premis_put_prop(w, type, hex);
	}
}

static void put_properties(struct mun_premis_writer *w)
{
	for (size_t i = 0; i < w->r->nproperties; i++) {
		const struct mun_rec_property *p = &w->r->properties[i];
		struct mun_str type = { 0 };

		mun_str_addf(&type, "%s%s",
			     mun_premis_is_medium(p->name) ? ""
							   : MUN_PROP_IMAGE,
			     p->name);
		if (type.failed)
			w->x.out->failed = true;
		else
			mun_premis_put_prop(w, type.text, p->value);
		mun_str_free(&type);
	}
}

/* The bytes that were on it, as files. */
static void put_representation(struct mun_premis_writer *w)
{
	const struct mun_record *r = w->r;
	size_t described = 0;

	mun_xmlw_open(&w->x, "object", " xsi:type=\"premis:representation\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_URI, r->id,
			  MUN_PREMIS_REPRESENTATION);
	mun_xmlw_open(&w->x, "preservationLevel", "");
	mun_premis_put_term(w, "preservationLevelType", "preservationLevelType",
			    "bit level preservation");
	mun_xmlw_text(&w->x, "preservationLevelValue", "", "full");
	mun_xmlw_close(&w->x, "preservationLevel");
	put_props(w, mun_premis_repr_props);
	put_number(w, MUN_PROP_BYTES, r->bytes);
	put_number(w, MUN_PROP_SECTOR_BYTES, r->sector_bytes);
	put_number(w, MUN_PROP_UNREADABLE, r->unreadable_bytes);
	put_content_digests(w);
	put_properties(w);
	for (size_t i = 0; i < r->nfiles; i++) {
		if (!mun_premis_describes(&r->files[i]))
			continue;
		if (described++ == 0)
			mun_premis_open_relation(w, "structural", "includes");
		mun_premis_put_id(w, "relatedObjectIdentifier", MUN_PREMIS_UUID,
				  r->files[i].id, "");
	}
	if (described)
		mun_xmlw_close(&w->x, "relationship");
	mun_xmlw_close(&w->x, "object");
}

static bool is_hardware(const struct mun_rec_agent *a)
{
	return strcmp(a->type, "hardware") == 0;
}

/* A drive is an agent and also a thing: only the latter has a function. */
void mun_premis_put_environment(struct mun_premis_writer *w,
				const struct mun_rec_agent *a)
{
	mun_xmlw_open(&w->x, "object",
		      " xsi:type=\"premis:intellectualEntity\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_URI, a->id,
			  MUN_PREMIS_ENVIRONMENT);
	mun_xmlw_open(&w->x, "environmentFunction", "");
	mun_premis_put_term(w, "environmentFunctionType",
			    "environmentFunctionType", "hardware peripheral");
	mun_xmlw_text(&w->x, "environmentFunctionLevel", "", "1");
	mun_xmlw_close(&w->x, "environmentFunction");
	mun_xmlw_open(&w->x, "environmentDesignation", "");
	mun_xmlw_text(&w->x, "environmentName", "", a->name);
	if (*a->version)
		mun_xmlw_text(&w->x, "environmentVersion", "", a->version);
	if (*a->note)
		mun_xmlw_text(&w->x, "environmentDesignationNote", "", a->note);
	mun_xmlw_close(&w->x, "environmentDesignation");
	mun_xmlw_close(&w->x, "object");
}

static void put_object_link(struct mun_premis_writer *w, const char *id,
			    const char *role)
{
	const bool carrier = strcmp(id, MUN_LINK_CARRIER) == 0;
	const bool whole = *id == '\0';

	/* As mun_premis_put_id(), with a role inside. */
	mun_xmlw_open(&w->x, "linkingObjectIdentifier", "");
	mun_xmlw_text(&w->x, "linkingObjectIdentifierType", "",
		      carrier || whole ? MUN_PREMIS_URI : MUN_PREMIS_UUID);
	if (carrier || whole) {
		char urn[sizeof(MUN_PREMIS_URN MUN_PREMIS_REPRESENTATION) +
			 MUN_UUID_LEN];

		(void)snprintf(urn, sizeof(urn), MUN_PREMIS_URN "%s%s",
			       w->r->id,
			       carrier ? MUN_PREMIS_CARRIER
				       : MUN_PREMIS_REPRESENTATION);
		mun_xmlw_text(&w->x, "linkingObjectIdentifierValue", "", urn);
	} else {
		mun_xmlw_text(&w->x, "linkingObjectIdentifierValue", "", id);
	}
	if (*role)
		mun_premis_put_term(w, "linkingObjectRole",
				    "eventRelatedObjectRole", role);
	mun_xmlw_close(&w->x, "linkingObjectIdentifier");
}

static void put_agent_link(struct mun_premis_writer *w,
			   const struct mun_rec_link *l)
{
	mun_xmlw_open(&w->x, "linkingAgentIdentifier", "");
	mun_xmlw_text(&w->x, "linkingAgentIdentifierType", "", MUN_PREMIS_UUID);
	mun_xmlw_text(&w->x, "linkingAgentIdentifierValue", "", l->id);
	if (*l->role)
		mun_premis_put_term(w, "linkingAgentRole",
				    "eventRelatedAgentRole", l->role);
	mun_xmlw_close(&w->x, "linkingAgentIdentifier");
}

static void put_outcome(struct mun_premis_writer *w,
			const struct mun_rec_event *ev)
{
	if (!*ev->outcome && !*ev->note && !ev->reading)
		return;
	mun_xmlw_open(&w->x, "eventOutcomeInformation", "");
	if (*ev->outcome)
		mun_premis_put_term(w, "eventOutcome", "eventOutcome",
				    ev->outcome);
	if (*ev->note || ev->reading) {
		mun_xmlw_open(&w->x, "eventOutcomeDetail", "");
		if (*ev->note)
			mun_xmlw_text(&w->x, "eventOutcomeDetailNote", "",
				      ev->note);
		if (ev->reading)
			mun_premis_put_reading(w, ev->reading);
		mun_xmlw_close(&w->x, "eventOutcomeDetail");
	}
	mun_xmlw_close(&w->x, "eventOutcomeInformation");
}

void mun_premis_put_event(struct mun_premis_writer *w,
			  const struct mun_rec_event *ev)
{
	char when[160];

	mun_xmlw_open(&w->x, "event", "");
	mun_premis_put_id(w, "eventIdentifier", MUN_PREMIS_UUID, ev->id, "");
	mun_premis_put_term(w, "eventType", "eventType", ev->type);
	(void)snprintf(when, sizeof(when), "%s%s%s", ev->started,
		       *ev->ended ? "/" : "", ev->ended);
	mun_xmlw_text(&w->x, "eventDateTime", "", when);
	if (*ev->detail) {
		mun_xmlw_open(&w->x, "eventDetailInformation", "");
		mun_xmlw_text(&w->x, "eventDetail", "", ev->detail);
		mun_xmlw_close(&w->x, "eventDetailInformation");
	}
	put_outcome(w, ev);
	for (size_t i = 0; i < ev->nagents; i++)
		put_agent_link(w, &ev->agents[i]);
	for (size_t i = 0; i < ev->nobjects; i++)
		put_object_link(w, ev->objects[i].id, ev->objects[i].role);
	if (!ev->nobjects)
		put_object_link(w, "", "");
	mun_xmlw_close(&w->x, "event");
}

void mun_premis_put_agent(struct mun_premis_writer *w,
			  const struct mun_rec_agent *a)
{
	mun_xmlw_open(&w->x, "agent", "");
	mun_premis_put_id(w, "agentIdentifier", MUN_PREMIS_UUID, a->id, "");
	if (*a->name)
		mun_xmlw_text(&w->x, "agentName", "", a->name);
	if (*a->type)
		mun_premis_put_term(w, "agentType", "agentType", a->type);
	if (*a->version)
		mun_xmlw_text(&w->x, "agentVersion", "", a->version);
	if (*a->note)
		mun_xmlw_text(&w->x, "agentNote", "", a->note);
	if (is_hardware(a))
		mun_premis_put_id(w, "linkingEnvironmentIdentifier",
				  MUN_PREMIS_URI, a->id,
				  MUN_PREMIS_ENVIRONMENT);
	mun_xmlw_close(&w->x, "agent");
}

void mun_premis_put_head(struct mun_premis_writer *w)
{
	mun_str_add(w->x.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	mun_xmlw_open(&w->x, "premis",
		      " xmlns:premis=\"" MUN_PREMIS_NS "\""
		      " xmlns:xsi=\"" MUN_XSI_NS "\""
		      " xsi:schemaLocation=\"" MUN_PREMIS_NS
		      " http://www.loc.gov/standards/premis/premis.xsd\""
		      " version=\"3.0\"");
}

static void put_document(struct mun_premis_writer *w)
{
	const struct mun_record *r = w->r;

	mun_premis_put_head(w);
	put_entity(w);
	if (w->carrier)
		put_carrier(w);
	put_representation(w);
	mun_premis_put_files(w);
	for (size_t i = 0; i < r->nagents; i++)
		if (is_hardware(&r->agents[i]))
			mun_premis_put_environment(w, &r->agents[i]);
	for (size_t i = 0; i < r->nevents; i++)
		mun_premis_put_event(w, &r->events[i]);
	for (size_t i = 0; i < r->nagents; i++)
		mun_premis_put_agent(w, &r->agents[i]);
	for (size_t i = 0; i < r->nrights; i++)
		mun_premis_put_rights(w, &r->rights[i]);
	mun_xmlw_close(&w->x, "premis");
}

/* What follows from the record and is said in several places. */
static void derive(struct mun_premis_writer *w)
{
	const struct mun_record *r = w->r;

	w->master = mun_record_master(r);
	w->carrier = strcmp(r->source_kind, "device") == 0 || *r->media_type ||
		     *r->write_blocker;
	for (size_t i = 0; i < r->nevents; i++) {
		const struct mun_rec_event *ev = &r->events[i];

		if (!w->imaging && strcmp(ev->type, "imaging") == 0)
			w->imaging = ev;
		for (size_t k = 0; k < ev->nobjects; k++)
			if (strcmp(ev->objects[k].id, MUN_LINK_CARRIER) == 0)
				w->carrier = true;
	}
}

int mun_premis_write(const struct mun_record *r, struct mun_str *out,
		     struct mun_err *e)
{
	struct mun_premis_writer w = {
		.x = { .out = out, .prefix = "premis:" },
		.r = r,
	};
	const size_t start = out->len;
	int rc = mun_premis_check_record(&w, e);

	if (!rc) {
		derive(&w);
		put_document(&w);
		rc = mun_xmlw_finish(&w.x, e);
	}
	if (!rc && out->len - start > MUN_PREMIS_MAX)
		rc = mun_fail(e, MUN_EINVAL, "a document of %zu bytes",
			      out->len - start);
	free(w.files);
	free(w.agents);
	return rc ? mun_ctx(e, "PREMIS record of '%s'", r->id) : 0;
}
