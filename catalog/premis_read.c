/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_read.c - the record that a PREMIS document of ours holds
 *
 * The document has passed the linter, so its structure is that of PREMIS 3.
 * Here every element must be one that the writer writes, where it writes it;
 * what is not understood is refused and never dropped.  Only what the writer
 * derives from the record (relationships, environments, creating application)
 * is passed over.
 */
#include "catalog/premis.h"

#include "catalog/premis_linter.h"
#include "catalog/premis_names.h"
#include "catalog/premis_reader.h"
#include "catalog/premis_writer.h"
#include "core/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first failure sticks; everything after it is a no-op. */
void mun_premis_rd_fail(struct mun_premis_reader *rd, const xmlNode *at,
			const char *what, const char *text)
{
	if (!rd->rc)
		rd->rc = mun_fail(rd->e, MUN_ECORRUPT, "line %lu: %s '%s'",
				  mun_xml_line(at), what, text);
}

void mun_premis_rd_enter(struct mun_premis_cursor *c, xmlNode *parent)
{
	c->parent = parent;
	c->at = parent ? mun_xml_element(parent->children) : NULL;
}

bool mun_premis_rd_at(const struct mun_premis_cursor *c, const char *name)
{
	return mun_xml_is(c->at, MUN_PREMIS_NS, name);
}

xmlNode *mun_premis_rd_take(struct mun_premis_reader *rd,
			    struct mun_premis_cursor *c, const char *name)
{
	xmlNode *node = c->at;

	if (rd->rc || !c->parent)
		return NULL;
	if (!mun_premis_rd_at(c, name)) {
		mun_premis_rd_fail(rd, node ? node : c->parent,
				   "not written by muniment: no element", name);
		return NULL;
	}
	c->at = mun_xml_element(node->next);
	return node;
}

void mun_premis_rd_end(struct mun_premis_reader *rd,
		       const struct mun_premis_cursor *c)
{
	if (!rd->rc && c->at)
		mun_premis_rd_fail(rd, c->at,
				   "not written by muniment: element",
				   mun_xml_name(c->at));
}

const char *mun_premis_rd_text(struct mun_premis_reader *rd,
			       struct mun_premis_cursor *c, const char *name)
{
	const xmlNode *node = mun_premis_rd_take(rd, c, name);
	const char *text = node ? mun_xml_text(rd->r->arena, node) : NULL;

	return text ? text : "";
}

const char *mun_premis_rd_maybe(struct mun_premis_reader *rd,
				struct mun_premis_cursor *c, const char *name)
{
	return mun_premis_rd_at(c, name) ? mun_premis_rd_text(rd, c, name) : "";
}

void mun_premis_rd_skip(struct mun_premis_cursor *c, const char *name)
{
	while (mun_premis_rd_at(c, name))
		c->at = mun_xml_element(c->at->next);
}

void mun_premis_rd_id(struct mun_premis_reader *rd, struct mun_premis_cursor *c,
		      const char *name, struct mun_premis_pair *out)
{
	struct mun_premis_cursor in;
	char part[64];

	mun_premis_rd_enter(&in, mun_premis_rd_take(rd, c, name));
	(void)snprintf(part, sizeof(part), "%sType", name);
	out->type = mun_premis_rd_text(rd, &in, part);
	(void)snprintf(part, sizeof(part), "%sValue", name);
	out->value = mun_premis_rd_text(rd, &in, part);
	out->role = "";
	if (strncmp(name, "linking", 7) == 0) {
		(void)snprintf(part, sizeof(part), "%.*sRole",
			       (int)(strlen(name) - strlen("Identifier")),
			       name);
		out->role = mun_premis_rd_maybe(rd, &in, part);
	}
	mun_premis_rd_end(rd, &in);
}

const char *mun_premis_rd_uuid(struct mun_premis_reader *rd,
			       struct mun_premis_cursor *c, const char *name,
			       const char **role_out)
{
	const xmlNode *at = c->at ? c->at : c->parent;
	struct mun_premis_pair id;

	mun_premis_rd_id(rd, c, name, &id);
	if (!rd->rc &&
	    (strcmp(id.type, MUN_PREMIS_UUID) != 0 || !mun_uuid_is(id.value)))
		mun_premis_rd_fail(rd, at, "identifier is no UUID but",
				   id.value);
	if (role_out)
		*role_out = id.role;
	return id.value;
}

uint64_t mun_premis_rd_number(struct mun_premis_reader *rd, const xmlNode *at,
			      const char *text, uint64_t max)
{
	struct mun_err why;
	uint64_t value = 0;

	if (!rd->rc && mun_parse_u64(text, 0, max, &value, &why))
		mun_premis_rd_fail(rd, at,
				   "not a number that can be meant:", text);
	return value;
}

/* Is @id the part @suffix of this very object? */
bool mun_premis_rd_is_part(const struct mun_premis_reader *rd,
			   const struct mun_premis_pair *id, const char *suffix)
{
	const size_t head = strlen(MUN_PREMIS_URN);
	const size_t len = strlen(rd->r->id);

	return strcmp(id->type, MUN_PREMIS_URI) == 0 &&
	       strncmp(id->value, MUN_PREMIS_URN, head) == 0 &&
	       strncmp(id->value + head, rd->r->id, len) == 0 &&
	       strcmp(id->value + head + len, suffix) == 0;
}

static void read_event_links(struct mun_premis_reader *rd,
			     struct mun_premis_cursor *c,
			     struct mun_rec_event *ev)
{
	while (!rd->rc && mun_premis_rd_at(c, "linkingAgentIdentifier")) {
		const char *role;
		const char *id = mun_premis_rd_uuid(
			rd, c, "linkingAgentIdentifier", &role);

		mun_event_link_agent(rd->r, ev, id, role);
	}
	while (!rd->rc && mun_premis_rd_at(c, "linkingObjectIdentifier")) {
		const xmlNode *at = c->at;
		struct mun_premis_pair id;

		mun_premis_rd_id(rd, c, "linkingObjectIdentifier", &id);
		/* No link stands for the whole; the writer spells it out. */
		if (mun_premis_rd_is_part(rd, &id, MUN_PREMIS_REPRESENTATION) &&
		    !*id.role && !ev->nobjects && !c->at)
			break;
		if (mun_premis_rd_is_part(rd, &id, MUN_PREMIS_CARRIER))
			mun_event_link_object(rd->r, ev, MUN_LINK_CARRIER,
					      id.role);
		else if (strcmp(id.type, MUN_PREMIS_UUID) == 0)
			mun_event_link_object(rd->r, ev, id.value, id.role);
		else
			mun_premis_rd_fail(rd, at, "link to an unknown object",
					   id.value);
	}
}

static void read_time(struct mun_premis_reader *rd, struct mun_premis_cursor *c,
		      struct mun_rec_event *ev)
{
	const char *when = mun_premis_rd_text(rd, c, "eventDateTime");
	const char *slash = strchr(when, '/');

	if (!slash) {
		ev->started = when;
		return;
	}
	ev->started =
		mun_arena_strndup(rd->r->arena, when, (size_t)(slash - when));
	ev->ended = slash + 1;
}

static void read_outcome(struct mun_premis_reader *rd,
			 struct mun_premis_cursor *c, struct mun_rec_event *ev)
{
	struct mun_premis_cursor info;
	struct mun_premis_cursor in;

	if (!mun_premis_rd_at(c, "eventOutcomeInformation"))
		return;
	mun_premis_rd_enter(
		&info, mun_premis_rd_take(rd, c, "eventOutcomeInformation"));
	ev->outcome = mun_premis_rd_maybe(rd, &info, "eventOutcome");
	if (mun_premis_rd_at(&info, "eventOutcomeDetail")) {
		mun_premis_rd_enter(
			&in,
			mun_premis_rd_take(rd, &info, "eventOutcomeDetail"));
		ev->note =
			mun_premis_rd_maybe(rd, &in, "eventOutcomeDetailNote");
		if (!*ev->note ||
		    mun_premis_rd_at(&in, "eventOutcomeDetailExtension"))
			mun_premis_rd_reading(rd, &in, ev);
		mun_premis_rd_end(rd, &in);
	}
	mun_premis_rd_end(rd, &info);
}

static void read_event(struct mun_premis_reader *rd, xmlNode *node)
{
	struct mun_rec_event *ev = mun_record_add_event(rd->r);
	struct mun_premis_cursor c;
	struct mun_premis_cursor in;

	if (!ev)
		return;
	mun_premis_rd_enter(&c, node);
	ev->id = mun_premis_rd_uuid(rd, &c, "eventIdentifier", NULL);
	ev->type = mun_premis_rd_text(rd, &c, "eventType");
	read_time(rd, &c, ev);
	if (mun_premis_rd_at(&c, "eventDetailInformation")) {
		mun_premis_rd_enter(
			&in,
			mun_premis_rd_take(rd, &c, "eventDetailInformation"));
		ev->detail = mun_premis_rd_text(rd, &in, "eventDetail");
		mun_premis_rd_end(rd, &in);
	}
	read_outcome(rd, &c, ev);
	read_event_links(rd, &c, ev);
	mun_premis_rd_end(rd, &c);
}

static void read_agent(struct mun_premis_reader *rd, xmlNode *node)
{
	struct mun_rec_agent *a = mun_record_add_agent(rd->r);
	struct mun_premis_cursor c;

	if (!a)
		return;
	mun_premis_rd_enter(&c, node);
	a->id = mun_premis_rd_uuid(rd, &c, "agentIdentifier", NULL);
	a->name = mun_premis_rd_maybe(rd, &c, "agentName");
	a->type = mun_premis_rd_maybe(rd, &c, "agentType");
	a->version = mun_premis_rd_maybe(rd, &c, "agentVersion");
	a->note = mun_premis_rd_maybe(rd, &c, "agentNote");
	mun_premis_rd_skip(&c, "linkingEnvironmentIdentifier");
	mun_premis_rd_end(rd, &c);
}

static void read_document(struct mun_premis_reader *rd, xmlNode *root)
{
	struct mun_premis_cursor c;

	if (!mun_xml_is(root, MUN_PREMIS_NS, "premis")) {
		mun_premis_rd_fail(rd, root, "not a PREMIS record but",
				   mun_xml_name(root));
		return;
	}
	mun_premis_rd_enter(&c, root);
	while (!rd->rc && mun_premis_rd_at(&c, "object"))
		mun_premis_rd_object(rd, mun_premis_rd_take(rd, &c, "object"));
	if (!rd->rc && !*rd->r->id)
		mun_premis_rd_fail(rd, root, "no", "intellectualEntity");
	mun_premis_rd_finish_objects(rd, root);
	while (!rd->rc && mun_premis_rd_at(&c, "event"))
		read_event(rd, mun_premis_rd_take(rd, &c, "event"));
	while (!rd->rc && mun_premis_rd_at(&c, "agent"))
		read_agent(rd, mun_premis_rd_take(rd, &c, "agent"));
	while (!rd->rc && mun_premis_rd_at(&c, "rights"))
		mun_premis_rd_rights(rd, mun_premis_rd_take(rd, &c, "rights"));
	mun_premis_rd_end(rd, &c);
}

struct first_error {
	bool found;
	unsigned long line;
	char code[24];
	char text[160];
};

static void keep_first_error(void *ctx, const struct mun_premis_problem *p)
{
	struct first_error *first = ctx;

	if (!p->error || first->found)
		return;
	first->found = true;
	first->line = p->line;
	(void)snprintf(first->code, sizeof(first->code), "%s", p->code);
	(void)snprintf(first->text, sizeof(first->text), "%s", p->text);
}

/* What the linter calls an error is in no document of ours. */
static int check_lint(struct mun_arena *a, xmlDoc *doc, struct mun_err *e)
{
	struct first_error first = { 0 };
	struct mun_premis_linter l = {
		.arena = a,
		.fn = keep_first_error,
		.ctx = &first,
		.root = xmlDocGetRootElement(doc),
	};
	int rc = mun_premis_lint_tree(&l, e);

	if (rc || !l.verdict.errors)
		return rc;
	return mun_fail(e, MUN_ECORRUPT, "line %lu: %s: %s", first.line,
			first.code, first.text);
}

/* What was read can be written again, or it was not ours. */
static int check_writable(const struct mun_premis_reader *rd,
			  const xmlNode *root)
{
	struct mun_premis_writer w = { .r = rd->r };
	struct mun_err why;
	int rc = mun_premis_check_record(&w, &why);

	free(w.files);
	free(w.agents);
	if (rc != MUN_EINVAL)
		return rc ? mun_fail_nomem(rd->e, "ids of a record") : 0;
	return mun_fail(rd->e, MUN_ECORRUPT, "line %lu: %s", mun_xml_line(root),
			why.lines[0].text);
}

static int read_record(struct mun_premis_reader *rd, xmlDoc *doc)
{
	/* Texts of the linter do not stay with the record. */
	mun_auto(arena) *a = NULL;
	int rc = mun_arena_new(&a, rd->e);

	if (!rc)
		rc = check_lint(a, doc, rd->e);
	if (rc)
		return rc;
	read_document(rd, xmlDocGetRootElement(doc));
	rc = mun_arena_failed(rd->r->arena, rd->e);
	if (!rc)
		rc = rd->rc;
	return rc ? rc : check_writable(rd, xmlDocGetRootElement(doc));
}

int mun_premis_read(const char *xml, size_t len, struct mun_record **out,
		    struct mun_err *e)
{
	struct mun_premis_reader rd = { .e = e };
	struct mun_xml_fault fault;
	mun_autoxml xmlDoc *doc = NULL;
	mun_auto(record) *r = NULL;
	int rc = mun_xml_parse(xml, len, &fault, &doc, e);

	if (!rc)
		rc = mun_record_new(&r, e);
	rd.r = r;
	if (!rc)
		rc = read_record(&rd, doc);
	if (rc)
		return mun_ctx(e, "PREMIS record");
	*out = mun_steal(&r);
	return 0;
}
