/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_reading.c - how a run of reading went, inside its event
 *
 * One element of our own in eventOutcomeDetailExtension, its numbers as
 * attributes: what the note says for people, a program can take from it.
 */
#include "catalog/premis_names.h"
#include "catalog/premis_reader.h"
#include "catalog/premis_writer.h"

#include <inttypes.h>
#include <string.h>

#define ELEMENT "reading"

int mun_premis_check_reading(const struct mun_rec_event *ev, struct mun_err *e)
{
	const struct mun_rec_number *n = mun_rec_reading_numbers;
	bool linked = false;

	if (!ev->reading)
		return 0;
	for (size_t i = 0; i < ev->nagents; i++)
		linked |= !strcmp(ev->agents[i].id, ev->reading->drive);
	if (strcmp(ev->type, "imaging") != 0 || !linked)
		return mun_fail(e, MUN_EINVAL,
				"event '%s' has a reading, but is no imaging "
				"by its drive",
				ev->id);
	if (!mun_rec_stopped_is_known(ev->reading->stopped))
		return mun_fail(e, MUN_EINVAL,
				"a reading cannot have stopped because of '%s'",
				ev->reading->stopped);
	for (; n->name; n++)
		if (*mun_rec_reading_number(ev->reading, n) > INT64_MAX)
			return mun_fail(e, MUN_EINVAL,
					"%s of a reading is beyond xs:long",
					n->name);
	return 0;
}

void mun_premis_put_reading(struct mun_premis_writer *w,
			    struct mun_rec_reading *x)
{
	const struct mun_rec_number *n = mun_rec_reading_numbers;
	const char *prefix = w->x.prefix;
	struct mun_str attrs = { 0 };

	mun_str_addf(&attrs,
		     " xmlns=\"" MUN_READING_NS "\" drive=\"%s\""
		     " stopped=\"%s\"",
		     x->drive, x->stopped);
	for (; n->name; n++)
		mun_str_addf(&attrs, " %s=\"%" PRIu64 "\"", n->name,
			     *mun_rec_reading_number(x, n));
	if (attrs.failed) {
		w->x.out->failed = true;
		mun_str_free(&attrs);
		return;
	}
	mun_xmlw_open(&w->x, "eventOutcomeDetailExtension", "");
	w->x.prefix = "";
	mun_xmlw_text(&w->x, ELEMENT, attrs.text, "");
	w->x.prefix = prefix;
	mun_xmlw_close(&w->x, "eventOutcomeDetailExtension");
	mun_str_free(&attrs);
}

static const char *attr(struct mun_premis_reader *rd, const xmlNode *node,
			const char *name)
{
	const char *text = mun_xml_attr(rd->r->arena, node, NULL, name);

	if (!text)
		mun_premis_rd_fail(rd, node, "a reading without", name);
	return text ? text : "";
}

static size_t count_attrs(const xmlNode *node)
{
	size_t n = 0;

	for (const xmlAttr *a = node->properties; a; a = a->next)
		n++;
	return n;
}

void mun_premis_rd_reading(struct mun_premis_reader *rd,
			   struct mun_premis_cursor *c,
			   struct mun_rec_event *ev)
{
	const struct mun_rec_number *n = mun_rec_reading_numbers;
	xmlNode *ext = mun_premis_rd_take(rd, c, "eventOutcomeDetailExtension");
	xmlNode *node = ext ? mun_xml_element(ext->children) : NULL;
	struct mun_rec_reading *x;

	if (!ext)
		return;
	if (!mun_xml_is(node, MUN_READING_NS, ELEMENT) ||
	    mun_xml_element(node->next) || mun_xml_element(node->children)) {
		mun_premis_rd_fail(rd, ext,
				   "not written by muniment:", "extension");
		return;
	}
	x = mun_event_add_reading(rd->r, ev);
	if (!x)
		return;
	x->drive = attr(rd, node, "drive");
	x->stopped = attr(rd, node, "stopped");
	for (; n->name && !rd->rc; n++)
		*mun_rec_reading_number(x, n) = mun_premis_rd_number(
			rd, node, attr(rd, node, n->name), INT64_MAX);
	/* What is not understood is never dropped. */
	if (!rd->rc &&
	    count_attrs(node) != 2 + (size_t)(n - mun_rec_reading_numbers))
		mun_premis_rd_fail(rd, node,
				   "not written by muniment: attributes of",
				   ELEMENT);
}
