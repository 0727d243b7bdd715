/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_lint_links.c - identifiers: empty, used twice, leading nowhere
 *
 * PREMIS lets a link lead out of the document, so a link that leads nowhere is
 * an error only where this document itself names things of that kind with
 * identifiers of that type; elsewhere it is a warning.  A document that is one
 * object, event, agent or rights alone is part of something larger: its links
 * are not judged.
 */
#include "catalog/premis_linter.h"

#include "catalog/premis_names.h"
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

static void check_link(struct mun_premis_linter *l, const struct idents *own,
		       const struct ident *link)
{
	bool known_type;

	if (own->n && bsearch(link, own->of, own->n, sizeof(*link), compare))
		return;
	known_type = own->n && bsearch(link, own->of, own->n, sizeof(*link),
				       compare_types_only);
	mun_premis_problem(l, known_type, "dangling", mun_xml_line(link->node),
			   "%s: no %s here has the identifier %s '%s'",
			   mun_xml_name(link->node), kind_names[link->kind],
			   link->type, link->value);
}

void mun_premis_lint_links(struct mun_premis_linter *l)
{
	struct idents own = { 0 };
	struct idents links = { 0 };

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
	for (size_t i = 0; i < links.n; i++)
		check_link(l, &own, &links.of[i]);
}
