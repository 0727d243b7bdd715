/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_writer.h - what the parts of the PREMIS writer share */
#ifndef MUN_CATALOG_PREMIS_WRITER_H
#define MUN_CATALOG_PREMIS_WRITER_H

#include <stdbool.h>

#include "catalog/premis_names.h"
#include "catalog/record.h"
#include "catalog/xmlw.h"
#include "core/err.h"

/* One id and the number of its entry; lists are sorted by id. */
struct mun_premis_id {
	const char *id;
	size_t index;
};

struct mun_premis_writer {
	struct mun_xmlw x;
	const struct mun_record *r;
	const struct mun_rec_file *master; /* or NULL */
	const struct mun_rec_event *imaging; /* that made the files, or NULL */
	bool carrier; /* is it described? */
	struct mun_premis_id *files; /* sorted */
	struct mun_premis_id *agents; /* sorted */
};

/**
 * mun_premis_check_record() - can @w->r be written and read again without loss?
 *
 * Ids are UUIDs and unique, links to agents lead somewhere, terms are those of
 * the LoC vocabularies, times are RFC 3339.  Fills @w->files and @w->agents,
 * which the caller frees.
 * Return: 0, MUN_EINVAL, MUN_ENOMEM.
 */
MUN_CHECK int mun_premis_check_record(struct mun_premis_writer *w,
				      struct mun_err *e);

/* The entry of @id in a sorted list, or NULL. */
const struct mun_premis_id *mun_premis_find_id(const struct mun_premis_id *ids,
					       size_t n, const char *id);

/* An identifier of kind NAME: NAMEType and NAMEValue inside NAME. */
void mun_premis_put_id(struct mun_premis_writer *w, const char *name,
		       const char *type, const char *value, const char *suffix);

/* A term of a LoC vocabulary with its URI; text outside it as it is. */
void mun_premis_put_term(struct mun_premis_writer *w, const char *name,
			 const char *vocabulary, const char *label);

/* A significant property; nothing for an empty value. */
void mun_premis_put_prop(struct mun_premis_writer *w, const char *type,
			 const char *value);

/* Start a relationship; close it with mun_xmlw_close(.., "relationship"). */
void mun_premis_open_relation(struct mun_premis_writer *w, const char *type,
			      const char *subtype);

/* The declaration, and the root element: close it with
 * mun_xmlw_close(.., "premis"). */
void mun_premis_put_head(struct mun_premis_writer *w);

/* A drive as a thing; an event, whose object is @w->r->id; an agent. */
void mun_premis_put_environment(struct mun_premis_writer *w,
				const struct mun_rec_agent *a);
void mun_premis_put_event(struct mun_premis_writer *w,
			  const struct mun_rec_event *ev);
void mun_premis_put_agent(struct mun_premis_writer *w,
			  const struct mun_rec_agent *a);

/* Can the reading of @ev, where it has one, be written?  Its part of
 * mun_premis_check_record(); and the extension that holds it. */
MUN_CHECK int mun_premis_check_reading(const struct mun_rec_event *ev,
				       struct mun_err *e);
void mun_premis_put_reading(struct mun_premis_writer *w,
			    struct mun_rec_reading *x);

/* Can the rights of @w->r be written?  A part of mun_premis_check_record(); and
 * one element rights. */
MUN_CHECK int mun_premis_check_rights(const struct mun_premis_writer *w,
				      struct mun_err *e);
void mun_premis_put_rights(struct mun_premis_writer *w,
			   const struct mun_rec_rights *x);

/* Is @f described in the document?  The record itself is not. */
bool mun_premis_describes(const struct mun_rec_file *f);

/* All file objects, and those that are only linked to. */
void mun_premis_put_files(struct mun_premis_writer *w);

#endif
