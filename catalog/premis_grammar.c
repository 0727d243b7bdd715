/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_grammar.c - is a document built as PREMIS 3 says?
 *
 * The table of premis_grammar.def is walked with the tree.  What stands in an
 * extension is judged where it is PREMIS and let be where it is not, as
 * processContents="lax" of the official schema has it.
 */
#include "catalog/premis_linter.h"

#include "catalog/premis_names.h"
#include "core/check.h"

#include <libxml/uri.h>
#include <libxml/valid.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define XS_NS "http://www.w3.org/2001/XMLSchema"

enum content {
	C_CHILDREN, /* elements of the model, no text */
	C_TEXT, /* any text, no elements */
	C_LONG, /* xs:long */
	C_COUNT, /* xs:nonNegativeInteger */
	C_ANY, /* at least one element, of any namespace */
	C_OBJECT, /* abstract: xsi:type says which */
};

enum attr {
	A_ID = 1 << 0,
	A_VERSION = 1 << 1,
	A_VERSION_NEEDED = 1 << 2,
	A_LINK = 1 << 3,
	A_UNKNOWN = 1 << 4,
	A_AUTHORITY = 1 << 5,
	A_LINK_AGENT = 1 << 6,
	A_LINK_EVENT = 1 << 7,
	A_LINK_OBJECT = 1 << 8,
	A_LINK_RIGHTS = 1 << 9,
	A_REL_EVENT = 1 << 10,
	A_REL_OBJECT = 1 << 11,
};

#define TYPE(id, name, content, attrs, model) id,
enum type_id {
#include "catalog/premis_grammar.def"
};
#undef TYPE

struct type {
	const char *name;
	enum content content;
	unsigned int attrs;
	const char *model;
};

#define TYPE(id, name, content, attrs, model) \
	{ name, C_##content, attrs, model },
static const struct type types[] = {
#include "catalog/premis_grammar.def"
};
#undef TYPE

static const struct element {
	const char *name;
	enum type_id type;
} elements[] = {
#define ELEMENT(name, type) { name, type },
#include "catalog/premis_grammar.def"
#undef ELEMENT
};

/* The value of an attribute, by what it may be. */
enum value { V_STRING, V_URI, V_ID, V_IDREF, V_VERSION, V_YES };

static const struct attribute {
	const char *name;
	enum attr bit;
	enum value value;
} attributes[] = {
	{ "xmlID", A_ID, V_ID },
	{ "version", A_VERSION, V_VERSION },
	{ "simpleLink", A_LINK, V_URI },
	{ "unknown", A_UNKNOWN, V_YES },
	{ "authority", A_AUTHORITY, V_STRING },
	{ "authorityURI", A_AUTHORITY, V_URI },
	{ "valueURI", A_AUTHORITY, V_URI },
	{ "LinkAgentXmlID", A_LINK_AGENT, V_IDREF },
	{ "LinkEventXmlID", A_LINK_EVENT, V_IDREF },
	{ "LinkObjectXmlID", A_LINK_OBJECT, V_IDREF },
	{ "LinkPermissionStatementXmlID", A_LINK_RIGHTS, V_IDREF },
	{ "RelEventXmlID", A_REL_EVENT, V_IDREF },
	{ "RelObjectXmlID", A_REL_OBJECT, V_IDREF },
};

#define BLANKS " \t\r\n"

static bool is_premis(const xmlNode *node)
{
	return strcmp(mun_xml_ns(node->ns), MUN_PREMIS_NS) == 0;
}

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct element *)element)->name);
}

static const struct element *find_element(const char *name)
{
	return bsearch(name, elements, MUN_COUNT(elements), sizeof(elements[0]),
		       by_name);
}

static void wrong(struct mun_premis_linter *l, const xmlNode *at,
		  const char *what, const char *detail)
{
	mun_premis_problem(l, true, "structure", mun_xml_line(at),
			   "%s: %s '%s'", mun_xml_name(at), what, detail);
}

/* --- values --- */

/* @text without the blanks around it, as whiteSpace="collapse" has it. */
static const char *collapse(struct mun_arena *a, const char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len && strchr(BLANKS, text[len - 1]))
		len--;
	text = mun_arena_strndup(a, text, len);
	return text ? text : "";
}

/* An optional sign and decimal digits; the magnitude without leading zeros. */
static bool integer(const char *text, bool *negative, const char **magnitude)
{
	*negative = *text == '-';
	if (*text == '-' || *text == '+')
		text++;
	if (!*text || text[strspn(text, "0123456789")])
		return false;
	text += strspn(text, "0");
	*magnitude = text;
	return true;
}

static bool is_long(const char *text)
{
	bool negative;
	const char *digits;
	const char *most;
	size_t len;

	if (!integer(text, &negative, &digits))
		return false;
	most = negative ? "9223372036854775808" : "9223372036854775807";
	len = strlen(digits);
	return len < 19 || (len == 19 && strcmp(digits, most) <= 0);
}

static bool is_count(const char *text)
{
	bool negative;
	const char *digits;

	return integer(text, &negative, &digits) && !(negative && *digits);
}

/* As lenient as xs:anyURI is: what is not URI at all after escaping. */
static bool is_uri(struct mun_arena *a, const char *text)
{
	char *copy = mun_arena_strdup(a, collapse(a, text));
	xmlURI *uri;

	if (!copy || !*copy)
		return true;
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f ||
		    strchr("<>\"{}|\\^`'", *p))
			*p = '_';
	uri = xmlParseURI(copy);
	if (!uri)
		return false;
	xmlFreeURI(uri);
	return true;
}

static bool is_ncname(struct mun_arena *a, const char *text)
{
	return xmlValidateNCName((const xmlChar *)collapse(a, text), 0) == 0;
}

/* Unique in the document, as xs:ID has it; the document keeps the list. */
static bool is_new_id(struct mun_arena *a, xmlAttr *at, const char *text)
{
	return is_ncname(a, text) &&
	       xmlAddID(NULL, at->doc, (const xmlChar *)collapse(a, text),
			at) != NULL;
}

static bool value_ok(struct mun_premis_linter *l, xmlAttr *at, enum value value,
		     const char *text)
{
	switch (value) {
	case V_STRING:
		return true;
	case V_URI:
		return is_uri(l->arena, text);
	case V_ID:
		return is_new_id(l->arena, at, text);
	case V_IDREF:
		return is_ncname(l->arena, text);
	case V_VERSION:
		return strcmp(text, "3.0") == 0;
	case V_YES:
		return strcmp(text, "yes") == 0;
	}
	return false;
}

/* --- attributes --- */

static bool xsi_known(const char *name)
{
	return strcmp(name, "type") == 0 ||
	       strcmp(name, "schemaLocation") == 0 ||
	       strcmp(name, "noNamespaceSchemaLocation") == 0;
}

static const struct attribute *find_attribute(const struct type *t,
					      const char *name)
{
	for (size_t i = 0; i < MUN_COUNT(attributes); i++)
		if ((t->attrs & attributes[i].bit) &&
		    strcmp(attributes[i].name, name) == 0)
			return &attributes[i];
	return NULL;
}

static void check_attribute(struct mun_premis_linter *l, const xmlNode *node,
			    const struct type *t, xmlAttr *at)
{
	const char *name = (const char *)at->name;
	const char *ns = mun_xml_ns(at->ns);
	const struct attribute *a;
	const char *text;

	if (strcmp(ns, MUN_XSI_NS) == 0) {
		if (!xsi_known(name))
			wrong(l, node, "attribute does not belong here:", name);
		return;
	}
	a = *ns ? NULL : find_attribute(t, name);
	if (!a) {
		wrong(l, node, "attribute does not belong here:", name);
		return;
	}
	text = mun_xml_attr(l->arena, node, NULL, name);
	if (text && !value_ok(l, at, a->value, text))
		mun_premis_problem(l, true, "structure", mun_xml_line(node),
				   "%s: value of attribute %s cannot be '%s'",
				   mun_xml_name(node), name, text);
}

static void check_attributes(struct mun_premis_linter *l, const xmlNode *node,
			     const struct type *t)
{
	for (xmlAttr *at = node->properties; at; at = at->next)
		check_attribute(l, node, t, at);
	if ((t->attrs & A_VERSION_NEEDED) &&
	    !mun_xml_attr(l->arena, node, NULL, "version"))
		wrong(l, node, "no attribute", "version");
}

/* --- xsi:type --- */

/* The type that a QName in @node's scope names, in namespace @ns_out. */
static const char *resolve(struct mun_premis_linter *l, xmlNode *node,
			   const char *qname, const char **ns_out)
{
	const char *name = collapse(l->arena, qname);
	const char *colon = strchr(name, ':');
	const char *prefix = NULL;
	const xmlNs *ns;

	if (xmlValidateQName((const xmlChar *)name, 0) != 0)
		return NULL;
	if (colon) {
		prefix = mun_arena_strndup(l->arena, name,
					   (size_t)(colon - name));
		name = colon + 1;
		if (!prefix)
			return NULL;
	}
	ns = xmlSearchNs(node->doc, node, (const xmlChar *)prefix);
	if (colon && !ns)
		return NULL;
	*ns_out = mun_xml_ns(ns);
	return name;
}

/* May @type stand where @base is declared?  Attributes extend a simple type,
 * so stringPlusAuthority derives from string. */
static bool derives(enum type_id type, enum type_id base)
{
	if (type == base)
		return true;
	if (base == T_OBJECT)
		return type == T_FILE || type == T_REPRESENTATION ||
		       type == T_BITSTREAM || type == T_INTELLECTUAL_ENTITY;
	if (base == T_STRING)
		return type == T_TERM || type == T_COUNTRY ||
		       type == T_ORIGINAL_NAME || type == T_DATE;
	return (base == T_TERM && type == T_COUNTRY) ||
	       (base == T_COUNT && type == T_COMPOSITION_LEVEL);
}

/* The type that @node has: @declared, or what its xsi:type says in its place;
 * false after telling what is wrong with that. */
static bool actual_type(struct mun_premis_linter *l, xmlNode *node,
			enum type_id declared, enum type_id *out)
{
	const char *qname = mun_xml_attr(l->arena, node, MUN_XSI_NS, "type");
	const char *ns = "";
	const char *name;

	*out = declared;
	if (!qname) {
		if (declared == T_OBJECT)
			wrong(l, node, "no attribute", "xsi:type");
		return declared != T_OBJECT;
	}
	name = resolve(l, node, qname, &ns);
	if (name && declared == T_STRING && strcmp(ns, XS_NS) == 0 &&
	    strcmp(name, "string") == 0)
		return true;
	if (name && strcmp(ns, MUN_PREMIS_NS) == 0)
		for (size_t i = 0; i < MUN_COUNT(types); i++) {
			if (strcmp(types[i].name, name) != 0 ||
			    types[i].content == C_OBJECT ||
			    !derives((enum type_id)i, declared))
				continue;
			*out = (enum type_id)i;
			return true;
		}
	wrong(l, node, "xsi:type cannot be", qname);
	return false;
}

/* --- content models --- */

/* One word of a model: a name and how often. */
struct particle {
	const char *name;
	size_t len;
	bool needed;
	bool many;
};

/* The next word at *p, which moves behind it; false at the end of the model
 * or alternative. */
static bool next_particle(const char **p, struct particle *out)
{
	char mark;

	*p += strspn(*p, " ");
	if (!**p || **p == '|')
		return false;
	out->name = *p;
	out->len = strcspn(*p, "?*+| ");
	mark = out->name[out->len];
	out->needed = mark != '?' && mark != '*';
	out->many = mark == '*' || mark == '+';
	*p += out->len;
	*p += strspn(*p, "?*+");
	return true;
}

static bool is_particle(const xmlNode *node, const struct particle *part)
{
	const char *name = mun_xml_name(node);

	return is_premis(node) && strncmp(name, part->name, part->len) == 0 &&
	       name[part->len] == '\0';
}

/* How far children fit. */
struct fit {
	size_t matched; /* children that fit */
	xmlNode *stop; /* the first that does not, or NULL */
	struct particle missing; /* len 0: nothing is missing */
};

/* One alternative: @p is its first word and moves to its end. */
static struct fit fit_sequence(const char **p, xmlNode *child)
{
	struct fit f = { .stop = child };
	struct particle part;

	while (next_particle(p, &part)) {
		size_t n = 0;

		while (f.stop && (n == 0 || part.many) &&
		       is_particle(f.stop, &part)) {
			f.stop = mun_xml_element(f.stop->next);
			f.matched++;
			n++;
		}
		if (n == 0 && part.needed && !f.missing.len)
			f.missing = part;
		if (f.missing.len)
			break;
	}
	*p += strcspn(*p, "|");
	return f;
}

/* The best of the alternatives. */
static struct fit fit_model(const char *p, xmlNode *child)
{
	struct fit best = fit_sequence(&p, child);

	while (*p == '|') {
		struct fit f;

		p++;
		f = fit_sequence(&p, child);
		if ((!f.stop && !f.missing.len) ||
		    (f.matched > best.matched &&
		     (best.stop || best.missing.len)))
			best = f;
	}
	return best;
}

static struct fit fit_any_order(const char *p, xmlNode *child)
{
	struct fit f = { .stop = child };

	while (f.stop) {
		const char *word = p;
		struct particle part;
		bool found = false;

		while (!found && next_particle(&word, &part))
			found = is_particle(f.stop, &part);
		if (!found)
			break;
		f.stop = mun_xml_element(f.stop->next);
		f.matched++;
	}
	return f;
}

static void check_model(struct mun_premis_linter *l, xmlNode *node,
			const struct type *t)
{
	xmlNode *first = mun_xml_element(node->children);
	const char *model = t->model;
	const char mark = *model == '~' || *model == '&' ? *model++ : '\0';
	struct fit f = mark == '&' ? fit_any_order(model, first)
				   : fit_model(model, first);

	if (f.stop && f.missing.len)
		mun_premis_problem(l, true, "structure", mun_xml_line(f.stop),
				   "%s: '%s' where '%.*s' is needed",
				   mun_xml_name(node), mun_xml_name(f.stop),
				   (int)f.missing.len, f.missing.name);
	else if (f.stop)
		mun_premis_problem(l, true, "structure", mun_xml_line(f.stop),
				   "%s: '%s' does not belong here",
				   mun_xml_name(node), mun_xml_name(f.stop));
	else if (f.missing.len)
		mun_premis_problem(l, true, "structure", mun_xml_line(node),
				   "%s: '%.*s' is missing", mun_xml_name(node),
				   (int)f.missing.len, f.missing.name);
	else if (mark && !f.matched)
		wrong(l, node, "empty; needs one of", model + 1);
}

/* --- elements --- */

static void check_element(struct mun_premis_linter *l, xmlNode *node,
			  const struct element *el);

static bool has_text(const xmlNode *node)
{
	for (const xmlNode *c = node->children; c; c = c->next)
		if ((c->type == XML_TEXT_NODE ||
		     c->type == XML_CDATA_SECTION_NODE) &&
		    c->content &&
		    c->content[strspn((const char *)c->content, BLANKS)])
			return true;
	return false;
}

/* What stands in an extension. Depth is bounded by the parser. */
static void check_lax(struct mun_premis_linter *l, xmlNode *node)
{
	const struct element *el =
		is_premis(node) ? find_element(mun_xml_name(node)) : NULL;
	const char *qname = mun_xml_attr(l->arena, node, MUN_XSI_NS, "type");
	const char *ns = "";
	const char *name;

	if (el) {
		check_element(l, node, el);
		return;
	}
	if (qname) {
		/* Named types must be known, even in lax content. */
		name = resolve(l, node, qname, &ns);
		if (!name || strcmp(ns, XS_NS) != 0)
			wrong(l, node, "xsi:type cannot be", qname);
		return;
	}
	for (xmlNode *c = mun_xml_element(node->children); c;
	     c = mun_xml_element(c->next))
		check_lax(l, c);
}

static void check_any(struct mun_premis_linter *l, xmlNode *node)
{
	xmlNode *c = mun_xml_element(node->children);

	if (!c)
		wrong(l, node, "empty; needs", "an element");
	if (has_text(node))
		wrong(l, node, "text does not belong here:",
		      mun_premis_trimmed(l, node));
	for (; c; c = mun_xml_element(c->next))
		check_lax(l, c);
}

static void check_value(struct mun_premis_linter *l, xmlNode *node,
			const struct type *t)
{
	const xmlNode *child = mun_xml_element(node->children);
	const char *text = mun_premis_trimmed(l, node);

	if (child)
		wrong(l, node, "holds an element:", mun_xml_name(child));
	else if (t->content == C_LONG && !is_long(text))
		wrong(l, node, "no 64-bit integer:", text);
	else if (t->content == C_COUNT && !is_count(text))
		wrong(l, node, "no integer from 0:", text);
}

static void check_children(struct mun_premis_linter *l, xmlNode *node,
			   const struct type *t)
{
	if (has_text(node))
		wrong(l, node, "text does not belong here:",
		      mun_premis_trimmed(l, node));
	check_model(l, node, t);
	for (xmlNode *c = mun_xml_element(node->children); c;
	     c = mun_xml_element(c->next)) {
		const struct element *el =
			is_premis(c) ? find_element(mun_xml_name(c)) : NULL;

		if (el)
			check_element(l, c, el);
	}
}

static void check_element(struct mun_premis_linter *l, xmlNode *node,
			  const struct element *el)
{
	enum type_id id;
	const struct type *t;

	if (!actual_type(l, node, el->type, &id))
		return;
	t = &types[id];
	check_attributes(l, node, t);
	switch (t->content) {
	case C_CHILDREN:
		check_children(l, node, t);
		break;
	case C_ANY:
		check_any(l, node);
		break;
	case C_TEXT:
	case C_LONG:
	case C_COUNT:
		check_value(l, node, t);
		break;
	case C_OBJECT: /* abstract: actual_type() gave another */
		break;
	}
}

static bool is_root(const char *name)
{
	static const char *const roots[] = { "premis", "object", "event",
					     "agent", "rights" };

	for (size_t i = 0; i < MUN_COUNT(roots); i++)
		if (strcmp(roots[i], name) == 0)
			return true;
	return false;
}

void mun_premis_lint_structure(struct mun_premis_linter *l)
{
	const char *name = mun_xml_name(l->root);

	if (is_premis(l->root) && is_root(name))
		check_element(l, l->root, find_element(name));
	else
		mun_premis_problem(l, true, "structure", mun_xml_line(l->root),
				   "the root is '%s' of namespace '%s', not "
				   "one of PREMIS 3",
				   name, mun_xml_ns(l->root->ns));
}
