/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/xmltree.c - foreign XML into a tree, with bounds (libxml2) */
#include "catalog/xmltree.h"

#include "catalog/premis.h"
#include "core/check.h"
#include "core/utf8.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct parse {
	struct mun_xml_fault *fault;
	size_t nodes;
	bool nomem;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct parse *parse_of(void *ctx)
{
	xmlParserCtxt *ctxt = ctx;

	return ctxt->_private;
}

/* The first fault is the one that people want to read. */
static void fault_at(struct mun_xml_fault *f, unsigned long line,
		     const char *fmt, ...) MUN_PRINTF(3, 4);

static void fault_at(struct mun_xml_fault *f, unsigned long line,
		     const char *fmt, ...)
{
	char raw[sizeof(f->text)];
	va_list ap;
	size_t n;

	if (*f->text)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	n = strlen(raw);
	while (n && (raw[n - 1] == '\n' || raw[n - 1] == '.'))
		raw[--n] = '\0';
	f->line = line;
	(void)mun_utf8_line(raw, f->text, sizeof(f->text));
}

static unsigned long line_of(void *ctx)
{
	const xmlParserCtxt *ctxt = ctx;

	return ctxt->input && ctxt->input->line > 0
		       ? (unsigned long)ctxt->input->line
		       : 0;
}

static void refuse(void *ctx, const char *what, const xmlChar *name)
{
	fault_at(parse_of(ctx)->fault, line_of(ctx), "%s '%s'", what,
		 (const char *)name);
	xmlStopParser(ctx);
}

static void on_error(void *ctx, xmlErrorPtr err)
{
	struct parse *p = parse_of(ctx);

	if (err->code == XML_ERR_NO_MEMORY)
		p->nomem = true;
	/* An entity that is not known is a text that would be lost. */
	if (err->level < XML_ERR_ERROR &&
	    err->code != XML_WAR_UNDECLARED_ENTITY)
		return;
	fault_at(p->fault, err->line > 0 ? (unsigned long)err->line : 0, "%s",
		 err->message ? err->message : "not well-formed");
}

/* Entities are how 1 KiB of XML becomes 3 GiB, or a file of the host's. */
static void on_entity(void *ctx, const xmlChar *name, int type,
		      const xmlChar *public_id, const xmlChar *system_id,
		      xmlChar *content)
{
	(void)type;
	(void)public_id;
	(void)system_id;
	(void)content;
	refuse(ctx, "entities are not expanded: declaration of", name);
}

static void on_unparsed(void *ctx, const xmlChar *name,
			const xmlChar *public_id, const xmlChar *system_id,
			const xmlChar *notation)
{
	(void)public_id;
	(void)system_id;
	(void)notation;
	refuse(ctx, "entities are not expanded: declaration of", name);
}

static void on_reference(void *ctx, const xmlChar *name)
{
	refuse(ctx, "entities are not expanded: reference to", name);
}

/* libxml2 wants nine. */
/* NOLINTNEXTLINE(readability-function-size) */
static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
		     const xmlChar *uri, int nnamespaces,
		     const xmlChar **namespaces, int nattrs, int ndefaulted,
		     const xmlChar **attrs)
{
	struct parse *p = parse_of(ctx);

	p->nodes += 1 + (size_t)nattrs + (size_t)nnamespaces;
	if (p->nodes > MUN_XML_NODES_MAX) {
		refuse(ctx, "too many elements, at", name);
		return;
	}
	xmlSAX2StartElementNs(ctx, name, prefix, uri, nnamespaces, namespaces,
			      nattrs, ndefaulted, attrs);
}

/* Others would make the C library load code to convert them. */
static bool encoding_known(const char *name, size_t len)
{
	static const char *const known[] = {
		"UTF-8",      "UTF8",      "UTF-16", "UTF-16LE",
		"UTF-16BE",   "US-ASCII",  "ASCII",  "LATIN1",
		"ISO-8859-1", "ISO8859-1", "UTF16",  "ISO-LATIN-1",
	};

	for (size_t i = 0; i < MUN_COUNT(known); i++)
		if (strlen(known[i]) == len &&
		    strncasecmp(known[i], name, len) == 0)
			return true;
	return false;
}

/* The encoding that the XML declaration names, as far as it is ASCII. */
static bool encoding_ok(const char *xml, size_t len)
{
	char head[129];
	const char *at;
	size_t n = MUN_MIN(len, sizeof(head) - 1);

	/* EBCDIC and UCS-4 (XML 1.0, appendix F.1) */
	if (len >= 4 &&
	    (!memcmp(xml, "\x4c\x6f\xa7\x94", 4) || !memcmp(xml, "\0\0", 2) ||
	     !memcmp(xml + 2, "\0\0", 2)))
		return false;
	memcpy(head, xml, n);
	head[n] = '\0';
	if (strncmp(head, "\xef\xbb\xbf", 3) == 0)
		memmove(head, head + 3, n - 2);
	if (strncmp(head, "<?xml", 5) != 0)
		return true;
	head[strcspn(head, ">")] = '\0';
	at = strstr(head, "encoding");
	if (!at)
		return true;
	at += strlen("encoding");
	at += strspn(at, " \t\r\n=");
	if (*at != '"' && *at != '\'')
		return true; /* the parser says why that is wrong */
	return encoding_known(at + 1, strcspn(at + 1, "\"'"));
}

void mun_xml_init(void)
{
	pthread_once(&once, xmlInitParser);
}

static xmlDoc *run(xmlParserCtxt *ctxt, struct parse *p)
{
	xmlDoc *doc;

	ctxt->_private = p;
	ctxt->sax->serror = on_error;
	ctxt->sax->entityDecl = on_entity;
	ctxt->sax->unparsedEntityDecl = on_unparsed;
	ctxt->sax->reference = on_reference;
	ctxt->sax->startElementNs = on_start;
	if (xmlCtxtUseOptions(ctxt, XML_PARSE_NONET | XML_PARSE_COMPACT |
					    XML_PARSE_BIG_LINES) != 0)
		fault_at(p->fault, 0, "the XML library is too old");
	else
		(void)xmlParseDocument(ctxt);
	doc = ctxt->myDoc;
	ctxt->myDoc = NULL;
	if (doc && (!ctxt->wellFormed || !ctxt->nsWellFormed))
		fault_at(p->fault, 0, "not well-formed");
	xmlFreeParserCtxt(ctxt);
	return doc;
}

int mun_xml_parse(const char *xml, size_t len, struct mun_xml_fault *fault,
		  xmlDoc **out, struct mun_err *e)
{
	struct parse p = { .fault = fault };
	xmlParserCtxt *ctxt;
	mun_autoxml xmlDoc *doc = NULL;

	memset(fault, 0, sizeof(*fault));
	mun_xml_init();
	if (len > MUN_PREMIS_MAX)
		fault_at(fault, 0, "%zu bytes, at most %zu are read", len,
			 MUN_PREMIS_MAX);
	else if (len == 0)
		fault_at(fault, 0, "the document is empty");
	else if (!encoding_ok(xml, len))
		fault_at(fault, 1,
			 "this encoding is not read, only UTF-8, "
			 "UTF-16, ISO-8859-1 and ASCII");
	if (!*fault->text) {
		ctxt = xmlCreateMemoryParserCtxt(xml, (int)len);
		if (!ctxt)
			return mun_fail_nomem(e, "XML parser");
		doc = run(ctxt, &p);
		if (p.nomem || (!doc && !*fault->text))
			return mun_fail_nomem(e, "XML tree");
	}
	if (*fault->text)
		return mun_fail(e, MUN_ECORRUPT, "line %lu: %s", fault->line,
				fault->text);
	*out = mun_steal(&doc);
	return 0;
}

xmlNode *mun_xml_element(xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

const char *mun_xml_ns(const xmlNs *ns)
{
	return ns && ns->href ? (const char *)ns->href : "";
}

const char *mun_xml_name(const xmlNode *node)
{
	return (const char *)node->name;
}

bool mun_xml_is(const xmlNode *node, const char *ns, const char *name)
{
	return node && node->type == XML_ELEMENT_NODE &&
	       strcmp(mun_xml_name(node), name) == 0 &&
	       strcmp(mun_xml_ns(node->ns), ns) == 0;
}

/* Text and CDATA among @list, joined. */
static const char *join(struct mun_arena *a, const xmlNode *list)
{
	size_t len = 0;
	char *text;

	for (const xmlNode *c = list; c; c = c->next)
		if ((c->type == XML_TEXT_NODE ||
		     c->type == XML_CDATA_SECTION_NODE) &&
		    c->content)
			len += strlen((const char *)c->content);
	text = mun_arena_alloc(a, len + 1);
	if (!text)
		return NULL;
	len = 0;
	for (const xmlNode *c = list; c; c = c->next)
		if ((c->type == XML_TEXT_NODE ||
		     c->type == XML_CDATA_SECTION_NODE) &&
		    c->content) {
			size_t n = strlen((const char *)c->content);

			memcpy(text + len, c->content, n);
			len += n;
		}
	return text;
}

const char *mun_xml_text(struct mun_arena *a, const xmlNode *node)
{
	return join(a, node->children);
}

const char *mun_xml_attr(struct mun_arena *a, const xmlNode *node,
			 const char *ns, const char *name)
{
	for (const xmlAttr *at = node->properties; at; at = at->next)
		if (strcmp((const char *)at->name, name) == 0 &&
		    strcmp(mun_xml_ns(at->ns), ns ? ns : "") == 0)
			return join(a, at->children);
	return NULL;
}

unsigned long mun_xml_line(const xmlNode *node)
{
	long line = xmlGetLineNo(node);

	return line > 0 ? (unsigned long)line : 0;
}
