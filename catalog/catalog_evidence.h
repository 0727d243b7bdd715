/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_evidence.h - rows of signing keys; inside transactions */
#ifndef MUN_CATALOG_CATALOG_EVIDENCE_H
#define MUN_CATALOG_CATALOG_EVIDENCE_H

#include "catalog/query.h"
#include "fixity/signkey.h"

/* The fact, with its leaf.  @endorsement: a signature, or NULL. */
MUN_CHECK int
mun_catalog_key_put(struct mun_catalog *c, const char *id,
		    const uint8_t public_key[static MUN_SIGNKEY_PUBLIC],
		    const char *made, const uint8_t *endorsement,
		    struct mun_err *e);

#endif
