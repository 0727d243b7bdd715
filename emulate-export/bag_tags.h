/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/bag_tags.h - the lines of bag-info.txt (RFC 8493, 2.2.2) */
#ifndef MUN_EXPORT_BAG_TAGS_H
#define MUN_EXPORT_BAG_TAGS_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

struct mun_bag_tag {
	char *name;
	char *value; /* one line, clean */
};

struct mun_bag_tags {
	size_t n, room;
	struct mun_bag_tag *list; /* in the order of the file */
};

/* Nothing for an empty value.  What is no printable UTF-8 is escaped.  0 or
 * MUN_ENOMEM. */
MUN_CHECK int mun_bag_tag_add(struct mun_bag_tags *t, const char *name,
			      const char *value, struct mun_err *e);

/* "Name=value" or "Name: value", as a person gives it; it takes the place of what there is by
 * that name.  MUN_EINVAL where it is no such line, or of a name that only the
 * bag itself can tell (Payload-Oxum, Bag-Size, Bagging-Date). */
MUN_CHECK int mun_bag_tag_set(struct mun_bag_tags *t, const char *line,
			      struct mun_err *e);

/* How many there are by that name, in any case; the value of the first. */
size_t mun_bag_tag_find(const struct mun_bag_tags *t, const char *name,
			const char **value);

/* Append them to @out, one line each. */
void mun_bag_tags_write(const struct mun_bag_tags *t, struct mun_str *out);
/* Free all of them; @t can be used again. */
void mun_bag_tags_clear(struct mun_bag_tags *t);

#endif
