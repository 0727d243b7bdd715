/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/premis_sample.h - records for the tests of PREMIS */
#ifndef MUN_TESTS_PREMIS_SAMPLE_H
#define MUN_TESTS_PREMIS_SAMPLE_H

#include <stdint.h>

#include "catalog/record.h"

/* Everything that a record can hold: a damaged floppy, as in the model of
 * docs/premis-mapping.md.  Free with mun_record_free(). */
struct mun_record *premis_sample_full(void);

/* An id and nothing else. */
struct mun_record *premis_sample_minimal(void);

/* Any record that can be written, the same for the same @seed. */
struct mun_record *premis_sample_random(uint64_t seed);

/* Fail the test where @a and @b differ in anything that a PREMIS document
 * holds: all but piece layers and the file of role "record". */
void premis_sample_assert_same(const struct mun_record *a,
			       const struct mun_record *b);

#endif
