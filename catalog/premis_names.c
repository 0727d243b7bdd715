/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_names.c - which texts of a record are significant properties */
#include "catalog/premis_names.h"

#define FIELD(type, field) \
	{ \
		type, offsetof(struct mun_record, field) \
	}

const struct mun_premis_prop mun_premis_entity_props[] = {
	FIELD("taken in", created),
	FIELD("collection", collection),
	FIELD("note", note),
	{ NULL, 0 },
};

/* The medium's type itself is its storageMedium. */
const struct mun_premis_prop mun_premis_carrier_props[] = {
	FIELD("write blocker", write_blocker),
	{ NULL, 0 },
};

const struct mun_premis_prop mun_premis_repr_props[] = {
	FIELD("source", source),
	FIELD("source kind", source_kind),
	FIELD("image format", format),
	FIELD("image variant", variant),
	FIELD("volume label", volume_label),
	FIELD("completeness", outcome),
	{ NULL, 0 },
};
