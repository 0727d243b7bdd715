/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf_name.h - names of sections and keys of muniment.conf */
#ifndef MUN_CORE_CONF_NAME_H
#define MUN_CORE_CONF_NAME_H

#include <stdbool.h>

#include "core/conf.h"

/* Where a value stands.  Zero it; the texts are its own. */
struct mun_conf_place {
	enum mun_conf_kind kind;
	char *collection; /* NULL where there is none */
	char *store; /* NULL where there is none */
	char *key; /* NULL in what a section's title gives */
};

/* Frees its texts, not @p; what is left is zero. */
void mun_conf_place_clear(struct mun_conf_place *p);

/* "collection Maps on tape", without brackets.  MUN_EINVAL, MUN_ENOMEM. */
MUN_CHECK int mun_conf_place_of_title(const char *title,
				      struct mun_conf_place *out,
				      struct mun_err *e);

/* "collection.Maps@tape.every".  MUN_EINVAL, MUN_ENOMEM. */
MUN_CHECK int mun_conf_place_of_dotted(const char *dotted,
				       struct mun_conf_place *out,
				       struct mun_err *e);

/* The title of the section, the caller's; read back it is the same place. */
MUN_CHECK int mun_conf_place_title(const struct mun_conf_place *p, char **out,
				   struct mun_err *e);

/* The same kind, collection and store? */
bool mun_conf_place_is(const struct mun_conf_place *p, enum mun_conf_kind kind,
		       const char *collection, const char *store);

#endif
