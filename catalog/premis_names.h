/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_names.h - the words that writer and reader agree on
 *
 * docs/premis-mapping.md says what each means.  They stand in stored records:
 * never rename.
 */
#ifndef MUN_CATALOG_PREMIS_NAMES_H
#define MUN_CATALOG_PREMIS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "catalog/record.h"

#define MUN_PREMIS_NS "http://www.loc.gov/premis/v3"
#define MUN_XSI_NS "http://www.w3.org/2001/XMLSchema-instance"
#define MUN_DFXML_NS \
	"http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML"
/* Ours, of the element "reading" in events. */
#define MUN_READING_NS "urn:x-muniment:reading:1"
/* And of "statement" in rights. */
#define MUN_RIGHTS_NS "urn:x-muniment:rights:1"

/* Types of identifiers. */
#define MUN_PREMIS_UUID "UUID"
#define MUN_PREMIS_URI "URI"

/* What has no UUID of its own is named below one that has (RFC 8141, 2.3.3). */
#define MUN_PREMIS_URN "urn:uuid:"
#define MUN_PREMIS_CARRIER "#carrier"
#define MUN_PREMIS_REPRESENTATION "#representation"
#define MUN_PREMIS_ENVIRONMENT "#environment"

/* significantPropertiesType of the representation. */
#define MUN_PROP_BYTES "decoded bytes"
#define MUN_PROP_SECTOR_BYTES "sector bytes"
#define MUN_PROP_UNREADABLE "unreadable bytes"
#define MUN_PROP_CONTENT "digest of the decoded bytes: " /* + its title */
#define MUN_PROP_CONTENT_SAME "digests of the decoded bytes"
#define MUN_PROP_CONTENT_SAME_VALUE "those of the master file"

/* And of what the image says of itself: + the name of the property. */
#define MUN_PROP_IMAGE "image: "

/* Those about the medium have a prefix of their own, in their name. */
static inline bool mun_premis_is_medium(const char *name)
{
	return !strncmp(name, MUN_PROPERTY_MEDIUM, strlen(MUN_PROPERTY_MEDIUM));
}

/* significantPropertiesType of a file. */
#define MUN_PROP_ROLE "role"
#define MUN_PROP_TREE "hash tree root (BEP 52: SHA-256, leaves of 16 KiB)"
/* Role of a file that events link to and that this document cannot describe:
 * the record itself, or a file of another version of the object. */
#define MUN_ROLE_ELSEWHERE "not described in this document"

/* Who computed a digest: we, and in passing where the medium was read. */
#define MUN_ORIGINATOR "muniment"
#define MUN_WHILE_READING "computed while reading"

#define MUN_REGISTRY_PRONOM "PRONOM"
#define MUN_REGISTRY_MIME "IANA media types"
#define MUN_LOCATION_TYPE "path in the OCFL object"

/* A text of the record that is a significant property. */
struct mun_premis_prop {
	const char *type;
	size_t field; /* offset of a const char * in struct mun_record */
};

/* Each ends with a NULL type. */
extern const struct mun_premis_prop mun_premis_entity_props[];
extern const struct mun_premis_prop mun_premis_carrier_props[];
extern const struct mun_premis_prop mun_premis_repr_props[];

/* Is it one of the two that we are? */
static inline bool mun_premis_is_ours(const char *originator)
{
	return !strcmp(originator, MUN_ORIGINATOR) ||
	       !strcmp(originator, MUN_ORIGINATOR ", " MUN_WHILE_READING);
}

static inline const char **mun_premis_field(struct mun_record *r,
					    const struct mun_premis_prop *p)
{
	return (const char **)(void *)((char *)r + p->field);
}

#endif
