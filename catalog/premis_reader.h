/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_reader.h - what the parts of the PREMIS reader share */
#ifndef MUN_CATALOG_PREMIS_READER_H
#define MUN_CATALOG_PREMIS_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/record.h"
#include "catalog/xmltree.h"
#include "core/err.h"

struct mun_premis_reader {
	struct mun_record *r;
	struct mun_err *e;
	int rc; /* of the first failure; then every function is a no-op */
	bool content_same; /* decoded digests are the master's */
	bool representation; /* it was seen */
	bool carrier; /* it was seen */
	unsigned int numbers; /* bits: which were seen */
};

/* Elements inside @parent that were not read yet begin at @at. */
struct mun_premis_cursor {
	xmlNode *parent;
	xmlNode *at;
};

/* An identifier; texts are in the record's arena, "" after a failure. */
struct mun_premis_pair {
	const char *type;
	const char *value;
	const char *role;
};

/* Record MUN_ECORRUPT at @at, if nothing failed before. */
void mun_premis_rd_fail(struct mun_premis_reader *rd, const xmlNode *at,
			const char *what, const char *text);

/* Before the first element in @parent; NULL: nothing in it. */
void mun_premis_rd_enter(struct mun_premis_cursor *c, xmlNode *parent);

/* Is the next element a PREMIS one of that name? */
bool mun_premis_rd_at(const struct mun_premis_cursor *c, const char *name);

/* The next element, which must have that name; NULL after a failure. */
xmlNode *mun_premis_rd_take(struct mun_premis_reader *rd,
			    struct mun_premis_cursor *c, const char *name);

/* Nothing may be left. */
void mun_premis_rd_end(struct mun_premis_reader *rd,
		       const struct mun_premis_cursor *c);

/* Text of the next element, which must have that name; never NULL. */
const char *mun_premis_rd_text(struct mun_premis_reader *rd,
			       struct mun_premis_cursor *c, const char *name);

/* As above; "" where the next element has another name. */
const char *mun_premis_rd_maybe(struct mun_premis_reader *rd,
				struct mun_premis_cursor *c, const char *name);

/* Pass over all next elements of that name. */
void mun_premis_rd_skip(struct mun_premis_cursor *c, const char *name);

/* The identifier in the next element, NAME. */
void mun_premis_rd_id(struct mun_premis_reader *rd, struct mun_premis_cursor *c,
		      const char *name, struct mun_premis_pair *out);

/* As above, of type UUID; @role_out may be NULL. */
const char *mun_premis_rd_uuid(struct mun_premis_reader *rd,
			       struct mun_premis_cursor *c, const char *name,
			       const char **role_out);

/* A decimal number up to @max. */
uint64_t mun_premis_rd_number(struct mun_premis_reader *rd, const xmlNode *at,
			      const char *text, uint64_t max);

/* Is @id the part @suffix ("#carrier") of the object that is being read? */
bool mun_premis_rd_is_part(const struct mun_premis_reader *rd,
			   const struct mun_premis_pair *id,
			   const char *suffix);

/* The extension of an event's outcome that is next: its reading. */
void mun_premis_rd_reading(struct mun_premis_reader *rd,
			   struct mun_premis_cursor *c,
			   struct mun_rec_event *ev);

/* One element rights. */
void mun_premis_rd_rights(struct mun_premis_reader *rd, xmlNode *node);

/* One object element of any kind. */
void mun_premis_rd_object(struct mun_premis_reader *rd, xmlNode *node);

/* After the last object: what one object says of another. */
void mun_premis_rd_finish_objects(struct mun_premis_reader *rd,
				  const xmlNode *root);

#endif
