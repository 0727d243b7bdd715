/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/same_as.h - another object with the same bytes */
#ifndef MUN_INGEST_SAME_AS_H
#define MUN_INGEST_SAME_AS_H

#include "catalog/catalog.h"

/**
 * mun_same_as() - the first object, by id, that has the bytes of @r
 * @r:   stored and catalogued
 * @out: its id; "" where there is none
 *
 * The same is what decodes to the same bytes; of what is not decoded, the same
 * file, with all further files that belong to it.
 * Return: 0, MUN_EIO, MUN_ECORRUPT, MUN_ENOMEM.
 */
MUN_CHECK int mun_same_as(struct mun_catalog *c, const struct mun_record *r,
			  char out[static MUN_UUID_LEN], struct mun_err *e);

/* Are the bytes of @r other ones than those of its master file? */
bool mun_record_is_decoded(const struct mun_record *r);

#endif
