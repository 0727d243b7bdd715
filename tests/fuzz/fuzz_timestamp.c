/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_timestamp.c - answers of a time-stamp authority (RFC 3161) */
#include <openssl/sha.h>

#include "fixity/timestamp.h"

/* Never accepted for what it is not of, and no two ways to ask differ. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_timestamp t;
	struct mun_err e;
	uint8_t digest[32];
	int rc;

	(void)SHA256((const unsigned char *)"hello evidence\n", 15, digest);
	rc = mun_timestamp_check(data, size, digest, NULL, &t, &e);
	if (rc > 0 || (!rc && !t.time_ms))
		abort();
	digest[0] ^= 1;
	if (!mun_timestamp_check(data, size, digest, NULL, &t, &e))
		abort();
	(void)!mun_timestamp_answers(data, size, data, size, digest, NULL, &t,
				     &e);
	return 0;
}
