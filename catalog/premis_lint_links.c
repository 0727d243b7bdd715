/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_lint_links.c - identifiers: empty, used twice, leading nowhere
 *
 * PREMIS lets a link lead out of the document: packages have a document for
 * the intellectual entity and one for each representation, which link to each
 * other.  So a link that leads nowhere is an error only where this document
 * names things of that kind with identifiers of that type, and describes the
 * level (entity, representation, file) that the link should lead to; elsewhere
 * it is a warning.  A document that is one object, event, agent or rights alone
 * is part of something larger: its links are not judged.
 */
#include "catalog/premis_linter.h"

#include "catalog/premis_names.h"
#include "catalog/vocab.h"
#include "core/check.h"

#include <stdlib.h>
#include <string.h>

/* An identifier in the document. */
struct ident {
	enum mun_premis_kind kind;
	const char *type;
	const char *value;
	const xmlNode *node;
	const xmlNode *owner; /* the object, event, ... that it names */
};

struct idents {
	struct ident *of;
	size_t n;
};

/* Which levels of objects the document describes. */
struct levels {
	bool entity;
	bool representation;
	bool file;
};

static const struct role {
	const char *element;
	enum mun_premis_kind kind;
	bool link;
} roles[] = {
	{ "objectIdentifier", MUN_PREMIS_OBJECT, false },
	{ "eventIdentifier", MUN_PREMIS_EVENT, false },
	{ "agentIdentifier", MUN_PREMIS_AGENT, false },
	{ "rightsStatementIdentifier", MUN_PREMIS_RIGHTS, false },
	{ "linkingObjectIdentifier", MUN_PREMIS_OBJECT, true },
	{ "relatedObjectIdentifier", MUN_PREMIS_OBJECT, true },
	{ "linkingEnvironmentIdentifier", MUN_PREMIS_OBJECT, true },
	{ "linkingEventIdentifier", MUN_PREMIS_EVENT, true },
	{ "relatedEventIdentifier", MUN_PREMIS_EVENT, true },
	{ "linkingAgentIdentifier", MUN_PREMIS_AGENT, true },
	{ "linkingRightsStatementIdentifier", MUN_PREMIS_RIGHTS, true },
};

static const char *const kind_names[] = {
	[MUN_PREMIS_OBJECT] = "object",
	[MUN_PREMIS_EVENT] = "event",
	[MUN_PREMIS_AGENT] = "agent",
	[MUN_PREMIS_RIGHTS] = "rights statement",
};

static const struct role *role_of(const xmlNode *node)
{
	for (size_t i = 0; i < MUN_COUNT(roles); i++)
		if (strcmp(roles[i].element, mun_xml_name(node)) == 0)
			return &roles[i];
	return NULL;
}

/* Type first, so that all of one type stand together. */
static int compare_type(const struct ident *a, const struct ident *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->type, b->type);
}

static int compare(const void *x, const void *y)
{
	const struct ident *a = x;
	const struct ident *b = y;
	int order = compare_type(a, b);

	return order ? order : strcmp(a->value, b->value);
}

static int compare_types_only(const void *x, const void *y)
{
	return compare_type(x, y);
}

static const char *part(struct mun_premis_linter *l, const xmlNode *node,
			const char *suffix)
{
	const size_t len = strlen(mun_xml_name(node));

	for (const xmlNode *c = node->children; c; c = c->next)
		if (c->type == XML_ELEMENT_NODE &&
		    strncmp(mun_xml_name(c), mun_xml_name(node), len) == 0 &&
		    strcmp(mun_xml_name(c) + len, suffix) == 0)
			return mun_premis_trimmed(l, c);
	return NULL;
}

/* Collect it, if it is whole; tell where it is empty. */
static void collect(struct mun_premis_linter *l, const xmlNode *node,
		    const struct role *role, struct idents *list)
{
	struct ident id = { .kind = role->kind,
			    .type = part(l, node, "Type"),
			    .value = part(l, node, "Value"),
			    .node = node,
			    .owner = node->parent };
	struct ident *grown;

	if (!id.type || !id.value)
		return; /* structure has been told */
	if (!*id.type || !*id.value) {
		mun_premis_problem(l, true, "identifier", mun_xml_line(node),
				   "%s: the %s is empty", mun_xml_name(node),
				   *id.type ? "value" : "type");
		return;
	}
	grown = mun_arena_grow(l->arena, list->of, list->n, sizeof(id));
	if (!grown)
		return;
	list->of = grown;
	list->of[list->n++] = id;
}

/* Neighbours in the sorted list that are one identifier. */
static void check_duplicates(struct mun_premis_linter *l,
			     const struct idents *own)
{
	for (size_t i = 1; i < own->n; i++) {
		const struct ident *a = &own->of[i - 1];
		const struct ident *b = &own->of[i];
		/* One thing may say its name twice: odd, but no clash. */
		bool clash = a->owner != b->owner;

		if (compare(a, b) != 0)
			continue;
		mun_premis_problem(l, clash, "duplicate", mun_xml_line(b->node),
				   "%s identifier %s '%s' also %s, line %lu",
				   kind_names[b->kind], b->type, b->value,
				   clash ? "names another" : "stands here",
				   mun_xml_line(a->node));
	}
}

static bool ends_with(const char *text, const char *tail)
{
	const size_t len = strlen(text);
	const size_t n = strlen(tail);

	return len >= n && strcmp(text + len - n, tail) == 0;
}

/* The xsi:type of an object without its prefix. */
static bool is_object(struct mun_premis_linter *l, const xmlNode *object,
		      const char *type)
{
	const char *text = mun_xml_attr(l->arena, object, MUN_XSI_NS, "type");

	return text && ends_with(text, type);
}

static void find_levels(struct mun_premis_linter *l, struct levels *out)
{
	for (const xmlNode *n = l->root->children; n; n = n->next) {
		if (!mun_xml_is(n, MUN_PREMIS_NS, "object"))
			continue;
		out->entity |= is_object(l, n, "intellectualEntity");
		out->representation |= is_object(l, n, "representation");
		out->file |=
			is_object(l, n, "file") || is_object(l, n, "bitstream");
	}
}

/* The text of the child @name of a relationship, "" for none.  It stands before
 * the identifiers, of which a hostile document may have very many. */
static const char *kind_text(struct mun_premis_linter *l,
			     const xmlNode *relation, const char *name)
{
	for (const xmlNode *c = relation->children; c; c = c->next) {
		if (mun_xml_is(c, MUN_PREMIS_NS, name))
			return mun_premis_trimmed(l, c);
		if (mun_xml_is(c, MUN_PREMIS_NS, "relatedObjectIdentifier"))
			break;
	}
	return "";
}

/* Does a structural relationship lead from the parts to the whole? */
static bool leads_up(const char *subtype)
{
	static const char *const up[] = { "represents", "is Part Of",
					  "is Included In" };

	for (size_t i = 0; i < MUN_COUNT(up); i++)
		if (mun_vocab_same(up[i], subtype))
			return true;
	return false;
}

/* May the object that this relationship names be in another document? */
static bool may_leave(struct mun_premis_linter *l, const struct levels *has,
		      const xmlNode *relation)
{
	const xmlNode *object = relation->parent;

	if (!mun_vocab_same(kind_text(l, relation, "relationshipType"),
			    "structural"))
		return !has->entity; /* one package of several */
	if (is_object(l, object, "intellectualEntity"))
		return !has->representation && !has->file;
	if (is_object(l, object, "representation"))
		return leads_up(kind_text(l, relation, "relationshipSubType"))
			       ? !has->entity
			       : !has->file;
	return !has->representation;
}

static bool is_excused(struct mun_premis_linter *l, const struct levels *has,
		       const struct ident *link)
{
	if (link->kind != MUN_PREMIS_OBJECT)
		return false;
	if (mun_xml_is(link->owner, MUN_PREMIS_NS, "relationship"))
		return may_leave(l, has, link->owner);
	return !has->representation && !has->file;
}

static void check_link(struct mun_premis_linter *l, const struct idents *own,
		       const struct levels *has, const struct ident *link)
{
	bool error;

	if (own->n && bsearch(link, own->of, own->n, sizeof(*link), compare))
		return;
	error = own->n &&
		bsearch(link, own->of, own->n, sizeof(*link),
			compare_types_only) &&
		!is_excused(l, has, link);
	mun_premis_problem(l, error, "dangling", mun_xml_line(link->node),
			   "%s: no %s here has the identifier %s '%s'",
			   mun_xml_name(link->node), kind_names[link->kind],
			   link->type, link->value);
}

void mun_premis_lint_links(struct mun_premis_linter *l)
{
	struct idents own = { 0 };
	struct idents links = { 0 };
	struct levels has = { 0 };

	for (xmlNode *n = mun_premis_next(l, NULL); n;
	     n = mun_premis_next(l, n)) {
		const struct role *role = role_of(n);

		if (role)
			collect(l, n, role, role->link ? &links : &own);
	}
	if (own.n)
		qsort(own.of, own.n, sizeof(*own.of), compare);
	check_duplicates(l, &own);
	if (!mun_xml_is(l->root, MUN_PREMIS_NS, "premis"))
		return;
	find_levels(l, &has);
	for (size_t i = 0; i < links.n; i++)
		check_link(l, &own, &has, &links.of[i]);
}
