/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_rights.c - rights statements, as PREMIS and back
 *
 * One element rights for each: the statement, and in rightsExtension what
 * PREMIS has no unit for: when it was recorded, and how it ended.
 * docs/premis-mapping.md has the table.
 */
#include "catalog/premis_names.h"
#include "catalog/premis_reader.h"
#include "catalog/premis_writer.h"
#include "core/check.h"

#include <stdlib.h>
#include <string.h>

#define ELEMENT "statement"
#define ELEMENT_END "ended"
#define CITATION "citation" /* type of an identifier of documentation */
/* PREMIS wants a start date where only the end is known: EDTF for a year of
 * which no digit is known, which no beginning of ours can be. */
#define START_OPEN "XXXX"
/* Of copyright nobody said anything but that it is the basis. */
#define STATUS_UNKNOWN "unknown"

/* ---- what can be written ---- */

static bool has_rights(const struct mun_record *r, const char *id)
{
	for (size_t i = 0; i < r->nrights; i++)
		if (!strcmp(r->rights[i].id, id))
			return true;
	return false;
}

static int check_agent(const struct mun_premis_writer *w,
		       const struct mun_rec_rights *x, const char *id,
		       struct mun_err *e)
{
	if (!*id || mun_premis_find_id(w->agents, w->r->nagents, id))
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"rights statement '%s' links to no agent '%s'", x->id,
			id);
}

/* A handful of statements: each is compared with those before it. */
int mun_premis_check_rights(const struct mun_premis_writer *w,
			    struct mun_err *e)
{
	const struct mun_record *r = w->r;
	int rc = 0;

	for (size_t i = 0; i < r->nrights && !rc; i++) {
		const struct mun_rec_rights *x = &r->rights[i];

		rc = mun_rec_rights_check(x, e);
		if (!rc)
			rc = check_agent(w, x, x->agent, e);
		if (!rc)
			rc = check_agent(w, x, x->ended_by, e);
		if (!rc && *x->later && !has_rights(r, x->later))
			rc = mun_fail(e, MUN_EINVAL,
				      "rights statement '%s' was replaced by "
				      "none of the object",
				      x->id);
		for (size_t k = 0; k < i && !rc; k++)
			if (!strcmp(r->rights[k].id, x->id))
				rc = mun_fail(e, MUN_EINVAL,
					      "two rights statements have the "
					      "id '%s'",
					      x->id);
	}
	return rc;
}

/* ---- writing ---- */

static const struct mun_rec_word *word_of(const struct mun_rec_word *words,
					  const char *word)
{
	while (words->word && strcmp(words->word, word) != 0)
		words++;
	return words;
}

/* How otherRightsBasis calls a basis that has one. */
static const struct other {
	const char *basis;
	const char *text;
} others[] = {
	{ MUN_BASIS_DONOR, "donor agreement" },
	{ MUN_BASIS_POLICY, "institutional policy" },
	{ MUN_BASIS_OTHER, "other" },
};

static const char *other_of(const char *basis)
{
	for (size_t i = 0; i < MUN_COUNT(others); i++)
		if (!strcmp(others[i].basis, basis))
			return others[i].text;
	return NULL;
}

static void put_citation(struct mun_premis_writer *w, const char *name,
			 const char *citation)
{
	if (*citation)
		mun_premis_put_id(w, name, CITATION, citation, "");
}

static void put_copyright(struct mun_premis_writer *w,
			  const struct mun_rec_rights *x)
{
	if (!*x->jurisdiction)
		return;
	mun_xmlw_open(&w->x, "copyrightInformation", "");
	mun_premis_put_term(w, "copyrightStatus", "copyrightStatus",
			    STATUS_UNKNOWN);
	mun_xmlw_text(&w->x, "copyrightJurisdiction", "", x->jurisdiction);
	put_citation(w, "copyrightDocumentationIdentifier", x->citation);
	mun_xmlw_close(&w->x, "copyrightInformation");
}

/* What it rests on, in the words that PREMIS has for each basis. */
static void put_basis(struct mun_premis_writer *w,
		      const struct mun_rec_rights *x)
{
	const char *other = other_of(x->basis);

	mun_premis_put_term(w, "rightsBasis", "rightsBasis",
			    word_of(mun_rec_bases, x->basis)->term);
	if (!strcmp(x->basis, MUN_BASIS_COPYRIGHT)) {
		put_copyright(w, x);
	} else if (!strcmp(x->basis, MUN_BASIS_LICENSE) && *x->citation) {
		mun_xmlw_open(&w->x, "licenseInformation", "");
		put_citation(w, "licenseDocumentationIdentifier", x->citation);
		mun_xmlw_close(&w->x, "licenseInformation");
	} else if (!strcmp(x->basis, MUN_BASIS_STATUTE)) {
		mun_xmlw_open(&w->x, "statuteInformation", "");
		mun_xmlw_text(&w->x, "statuteJurisdiction", "",
			      x->jurisdiction);
		mun_xmlw_text(&w->x, "statuteCitation", "", x->citation);
		mun_xmlw_close(&w->x, "statuteInformation");
	} else if (other) {
		mun_xmlw_open(&w->x, "otherRightsInformation", "");
		put_citation(w, "otherRightsDocumentationIdentifier",
			     x->citation);
		mun_xmlw_text(&w->x, "otherRightsBasis", "", other);
		mun_xmlw_close(&w->x, "otherRightsInformation");
	}
}

static void put_term_of(struct mun_premis_writer *w,
			const struct mun_rec_rights *x)
{
	const char *name = x->restricted ? "termOfRestriction" : "termOfGrant";

	if (!*x->from && !*x->until)
		return;
	mun_xmlw_open(&w->x, name, "");
	mun_xmlw_text(&w->x, "startDate", "", *x->from ? x->from : START_OPEN);
	if (*x->until)
		mun_xmlw_text(&w->x, "endDate", "", x->until);
	mun_xmlw_close(&w->x, name);
}

static void put_granted(struct mun_premis_writer *w,
			const struct mun_rec_rights *x)
{
	mun_xmlw_open(&w->x, "rightsGranted", "");
	mun_premis_put_term(w, "act", "eventType",
			    word_of(mun_rec_acts, x->act)->term);
	if (x->restricted)
		mun_xmlw_text(&w->x, "restriction", "", x->text);
	put_term_of(w, x);
	if (!x->restricted)
		mun_xmlw_text(&w->x, "rightsGrantedNote", "", x->text);
	if (*x->note)
		mun_xmlw_text(&w->x, "rightsGrantedNote", "", x->note);
	mun_xmlw_close(&w->x, "rightsGranted");
}

static void put_statement(struct mun_premis_writer *w,
			  const struct mun_rec_rights *x)
{
	mun_xmlw_open(&w->x, "rightsStatement", "");
	mun_premis_put_id(w, "rightsStatementIdentifier", MUN_PREMIS_UUID,
			  x->id, "");
	put_basis(w, x);
	put_granted(w, x);
	mun_premis_put_id(w, "linkingObjectIdentifier", MUN_PREMIS_UUID,
			  w->r->id, "");
	if (*x->agent)
		mun_premis_put_id(w, "linkingAgentIdentifier", MUN_PREMIS_UUID,
				  x->agent, "");
	mun_xmlw_close(&w->x, "rightsStatement");
}

/* Ids and times were checked: nothing in them needs escaping. */
static void put_end(struct mun_premis_writer *w, const struct mun_rec_rights *x)
{
	struct mun_str attrs = { 0 };

	if (!*x->ended)
		return;
	mun_str_addf(&attrs, " at=\"%s\"", x->ended);
	if (*x->ended_by)
		mun_str_addf(&attrs, " by=\"%s\"", x->ended_by);
	if (*x->later)
		mun_str_addf(&attrs, " later=\"%s\"", x->later);
	if (attrs.failed)
		w->x.out->failed = true;
	else
		mun_xmlw_text(&w->x, ELEMENT_END, attrs.text, x->why);
	mun_str_free(&attrs);
}

static void put_extension(struct mun_premis_writer *w,
			  const struct mun_rec_rights *x)
{
	const char *prefix = w->x.prefix;
	struct mun_str attrs = { 0 };

	mun_str_addf(&attrs, " xmlns=\"" MUN_RIGHTS_NS "\" recorded=\"%s\"",
		     x->recorded);
	if (attrs.failed) {
		w->x.out->failed = true;
		mun_str_free(&attrs);
		return;
	}
	mun_xmlw_open(&w->x, "rightsExtension", "");
	w->x.prefix = "";
	mun_xmlw_open(&w->x, ELEMENT, attrs.text);
	put_end(w, x);
	mun_xmlw_close(&w->x, ELEMENT);
	w->x.prefix = prefix;
	mun_xmlw_close(&w->x, "rightsExtension");
	mun_str_free(&attrs);
}

void mun_premis_put_rights(struct mun_premis_writer *w,
			   const struct mun_rec_rights *x)
{
	mun_xmlw_open(&w->x, "rights", "");
	put_statement(w, x);
	put_extension(w, x);
	mun_xmlw_close(&w->x, "rights");
}

/* ---- reading ---- */

static const char *read_citation(struct mun_premis_reader *rd,
				 struct mun_premis_cursor *c, const char *name)
{
	const xmlNode *at = c->at;
	struct mun_premis_pair id;

	if (!mun_premis_rd_at(c, name))
		return "";
	mun_premis_rd_id(rd, c, name, &id);
	if (!rd->rc && (strcmp(id.type, CITATION) != 0 || !*id.value))
		mun_premis_rd_fail(rd, at, "no citation but", id.type);
	return id.value;
}

static void must_be(struct mun_premis_reader *rd, const xmlNode *at,
		    const char *text, const char *want)
{
	if (!rd->rc && strcmp(text, want) != 0)
		mun_premis_rd_fail(rd, at, "not written by muniment:", text);
}

static void read_copyright(struct mun_premis_reader *rd,
			   struct mun_premis_cursor *c,
			   struct mun_rec_rights *x)
{
	struct mun_premis_cursor in;

	if (!mun_premis_rd_at(c, "copyrightInformation"))
		return;
	mun_premis_rd_enter(&in,
			    mun_premis_rd_take(rd, c, "copyrightInformation"));
	must_be(rd, in.parent, mun_premis_rd_text(rd, &in, "copyrightStatus"),
		STATUS_UNKNOWN);
	x->jurisdiction = mun_premis_rd_text(rd, &in, "copyrightJurisdiction");
	/* Without one the writer leaves all of this out. */
	if (!rd->rc && !*x->jurisdiction)
		mun_premis_rd_fail(rd, in.parent, "no", "jurisdiction");
	x->citation =
		read_citation(rd, &in, "copyrightDocumentationIdentifier");
	mun_premis_rd_end(rd, &in);
}

static void read_license(struct mun_premis_reader *rd,
			 struct mun_premis_cursor *c, struct mun_rec_rights *x)
{
	struct mun_premis_cursor in;

	if (!mun_premis_rd_at(c, "licenseInformation"))
		return;
	mun_premis_rd_enter(&in,
			    mun_premis_rd_take(rd, c, "licenseInformation"));
	x->citation = read_citation(rd, &in, "licenseDocumentationIdentifier");
	mun_premis_rd_end(rd, &in);
}

static void read_statute(struct mun_premis_reader *rd,
			 struct mun_premis_cursor *c, struct mun_rec_rights *x)
{
	struct mun_premis_cursor in;

	mun_premis_rd_enter(&in,
			    mun_premis_rd_take(rd, c, "statuteInformation"));
	x->jurisdiction = mun_premis_rd_text(rd, &in, "statuteJurisdiction");
	x->citation = mun_premis_rd_text(rd, &in, "statuteCitation");
	mun_premis_rd_end(rd, &in);
}

/* Which of ours it is, is in otherRightsBasis. */
static void read_other(struct mun_premis_reader *rd,
		       struct mun_premis_cursor *c, const char *term,
		       struct mun_rec_rights *x)
{
	const struct mun_rec_word *w;
	struct mun_premis_cursor in;
	const char *text;

	mun_premis_rd_enter(
		&in, mun_premis_rd_take(rd, c, "otherRightsInformation"));
	x->citation =
		read_citation(rd, &in, "otherRightsDocumentationIdentifier");
	text = mun_premis_rd_text(rd, &in, "otherRightsBasis");
	for (size_t i = 0; i < MUN_COUNT(others); i++)
		if (!strcmp(others[i].text, text))
			x->basis = others[i].basis;
	w = word_of(mun_rec_bases, x->basis);
	must_be(rd, in.parent, term, w->word ? w->term : "");
	mun_premis_rd_end(rd, &in);
}

static void read_basis(struct mun_premis_reader *rd,
		       struct mun_premis_cursor *c, struct mun_rec_rights *x)
{
	const char *term = mun_premis_rd_text(rd, c, "rightsBasis");

	/* Those whose term is their own word. */
	if (!strcmp(term, MUN_BASIS_COPYRIGHT)) {
		x->basis = MUN_BASIS_COPYRIGHT;
		read_copyright(rd, c, x);
	} else if (!strcmp(term, MUN_BASIS_LICENSE)) {
		x->basis = MUN_BASIS_LICENSE;
		read_license(rd, c, x);
	} else if (!strcmp(term, MUN_BASIS_STATUTE)) {
		x->basis = MUN_BASIS_STATUTE;
		read_statute(rd, c, x);
	} else {
		read_other(rd, c, term, x);
	}
}

static void read_term_of(struct mun_premis_reader *rd,
			 struct mun_premis_cursor *c, struct mun_rec_rights *x)
{
	const char *name = x->restricted ? "termOfRestriction" : "termOfGrant";
	struct mun_premis_cursor in;

	if (!mun_premis_rd_at(c, name))
		return;
	mun_premis_rd_enter(&in, mun_premis_rd_take(rd, c, name));
	x->from = mun_premis_rd_text(rd, &in, "startDate");
	x->until = mun_premis_rd_maybe(rd, &in, "endDate");
	if (!strcmp(x->from, START_OPEN))
		x->from = "";
	/* Without a date the writer leaves all of this out. */
	if (!rd->rc && !*x->from && !*x->until)
		mun_premis_rd_fail(rd, in.parent, "no date in", name);
	mun_premis_rd_end(rd, &in);
}

static void read_granted(struct mun_premis_reader *rd,
			 struct mun_premis_cursor *c, struct mun_rec_rights *x)
{
	struct mun_premis_cursor in;
	const char *term;

	mun_premis_rd_enter(&in, mun_premis_rd_take(rd, c, "rightsGranted"));
	term = mun_premis_rd_text(rd, &in, "act");
	for (const struct mun_rec_word *a = mun_rec_acts; a->word; a++)
		if (!strcmp(a->term, term))
			x->act = a->word;
	x->restricted = mun_premis_rd_at(&in, "restriction");
	if (x->restricted)
		x->text = mun_premis_rd_text(rd, &in, "restriction");
	read_term_of(rd, &in, x);
	if (!x->restricted)
		x->text = mun_premis_rd_text(rd, &in, "rightsGrantedNote");
	x->note = mun_premis_rd_maybe(rd, &in, "rightsGrantedNote");
	mun_premis_rd_end(rd, &in);
}

/* Links of rights have no role with us. */
static const char *read_link(struct mun_premis_reader *rd,
			     struct mun_premis_cursor *c, const char *name)
{
	const xmlNode *at = c->at ? c->at : c->parent;
	const char *role;
	const char *id = mun_premis_rd_uuid(rd, c, name, &role);

	must_be(rd, at, role, "");
	return id;
}

static void read_statement(struct mun_premis_reader *rd,
			   struct mun_premis_cursor *c,
			   struct mun_rec_rights *x)
{
	struct mun_premis_cursor in;

	mun_premis_rd_enter(&in, mun_premis_rd_take(rd, c, "rightsStatement"));
	x->id = mun_premis_rd_uuid(rd, &in, "rightsStatementIdentifier", NULL);
	read_basis(rd, &in, x);
	read_granted(rd, &in, x);
	must_be(rd, in.parent, read_link(rd, &in, "linkingObjectIdentifier"),
		rd->r->id);
	if (mun_premis_rd_at(&in, "linkingAgentIdentifier"))
		x->agent = read_link(rd, &in, "linkingAgentIdentifier");
	mun_premis_rd_end(rd, &in);
}

/* The attribute's text, "" where there is none; *@n counts those there. */
static const char *attr(struct mun_premis_reader *rd, const xmlNode *node,
			const char *name, size_t *n)
{
	const char *text = mun_xml_attr(rd->r->arena, node, NULL, name);

	*n += text != NULL;
	return text ? text : "";
}

/* What is not understood is never dropped. */
static void no_other_attrs(struct mun_premis_reader *rd, const xmlNode *node,
			   size_t known)
{
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (known-- == 0) {
			mun_premis_rd_fail(rd, node,
					   "not written by muniment: "
					   "attributes of",
					   mun_xml_name(node));
			return;
		}
}

static void read_end(struct mun_premis_reader *rd, xmlNode *node,
		     struct mun_rec_rights *x)
{
	const char *why = mun_xml_text(rd->r->arena, node);
	size_t n = 0;

	if (!mun_xml_is(node, MUN_RIGHTS_NS, ELEMENT_END) ||
	    mun_xml_element(node->next) || mun_xml_element(node->children)) {
		mun_premis_rd_fail(rd, node, "not written by muniment:",
				   mun_xml_name(node));
		return;
	}
	x->ended = attr(rd, node, "at", &n);
	x->ended_by = attr(rd, node, "by", &n);
	x->later = attr(rd, node, "later", &n);
	x->why = why ? why : "";
	if (!*x->ended)
		mun_premis_rd_fail(rd, node, "it ended, and no", "time");
	no_other_attrs(rd, node, n);
}

static void read_extension(struct mun_premis_reader *rd,
			   struct mun_premis_cursor *c,
			   struct mun_rec_rights *x)
{
	xmlNode *ext = mun_premis_rd_take(rd, c, "rightsExtension");
	xmlNode *node = ext ? mun_xml_element(ext->children) : NULL;
	xmlNode *end;
	size_t n = 0;

	if (!ext)
		return;
	if (!mun_xml_is(node, MUN_RIGHTS_NS, ELEMENT) ||
	    mun_xml_element(node->next)) {
		mun_premis_rd_fail(rd, ext,
				   "not written by muniment:", "extension");
		return;
	}
	x->recorded = attr(rd, node, "recorded", &n);
	no_other_attrs(rd, node, n);
	end = mun_xml_element(node->children);
	if (end)
		read_end(rd, end, x);
}

void mun_premis_rd_rights(struct mun_premis_reader *rd, xmlNode *node)
{
	struct mun_rec_rights *x = mun_record_add_rights(rd->r);
	struct mun_premis_cursor c;

	if (!x)
		return;
	mun_premis_rd_enter(&c, node);
	read_statement(rd, &c, x);
	read_extension(rd, &c, x);
	mun_premis_rd_end(rd, &c);
}
