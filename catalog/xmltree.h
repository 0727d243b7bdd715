/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/xmltree.h - foreign XML into a tree, with bounds (libxml2)
 *
 * No network, no files, no entities of the document's own, at most 256 levels,
 * MUN_XML_NODES_MAX elements and attributes, MUN_PREMIS_MAX bytes; encodings
 * UTF-8, UTF-16, ISO-8859-1 and ASCII.  Nothing is printed.  Threads may parse
 * at the same time.
 */
#ifndef MUN_CATALOG_XMLTREE_H
#define MUN_CATALOG_XMLTREE_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/err.h"

#define MUN_XML_NODES_MAX ((size_t)2000000)

/* Why a document was refused. */
struct mun_xml_fault {
	unsigned long line; /* from 1; 0: the whole document */
	char text[256]; /* one line, no final stop; "" while there is none */
};

/* Before threads or a sandbox: later calls do nothing.  mun_xml_parse() calls
 * it itself. */
void mun_xml_init(void);

/**
 * mun_xml_parse() - the tree of a document
 * @fault: filled where the document is refused
 * @out:   the caller's: xmlFreeDoc()
 *
 * Return: 0; MUN_ECORRUPT for a document that is not well-formed or outside
 * the bounds (also in @e, with the line); MUN_ENOMEM.
 */
MUN_CHECK int mun_xml_parse(const char *xml, size_t len,
			    struct mun_xml_fault *fault, xmlDoc **out,
			    struct mun_err *e);

static inline void mun_xml_freep(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
}

#define mun_autoxml __attribute__((cleanup(mun_xml_freep)))

/* The element @node or the next one after it; NULL at the end. */
xmlNode *mun_xml_element(xmlNode *node);

/* Is the element @node of that namespace and name? */
bool mun_xml_is(const xmlNode *node, const char *ns, const char *name);

/* The namespace of an element or attribute, "" for none. */
const char *mun_xml_ns(const xmlNs *ns);

/* Its name. */
const char *mun_xml_name(const xmlNode *node);

/* The text that stands directly in @node, in @a; NULL when memory is out. */
const char *mun_xml_text(struct mun_arena *a, const xmlNode *node);

/* The value of the attribute @name (in no namespace: @ns NULL), in @a; NULL
 * where there is none or memory is out. */
const char *mun_xml_attr(struct mun_arena *a, const xmlNode *node,
			 const char *ns, const char *name);

/* Where @node stands in the document. */
unsigned long mun_xml_line(const xmlNode *node);

#endif
