/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/sums.h - the digests that bags of others may have
 *
 * More than the repository itself keeps (fixity/digest.h): whatever OpenSSL
 * computes and a manifest may be named after.
 */
#ifndef MUN_FIXITY_SUMS_H
#define MUN_FIXITY_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define MUN_SUMS 13
#define MUN_SUM_MAX 64 /* bytes */
#define MUN_SUM_HEX (2 * MUN_SUM_MAX + 1)

/* By its number, 0 to MUN_SUMS - 1; sets are bits 1u << number. */
const char *mun_sum_name(unsigned int alg);
size_t mun_sum_bytes(unsigned int alg);

/* "sha256", "SHA-512/256", "sha3_256": letters and digits count, in any case.
 * MUN_SUMS where it is not known. */
unsigned int mun_sum_find(const char *name);

/* One value for each algorithm; those not asked for are left as they were. */
struct mun_sum_values {
	uint8_t of[MUN_SUMS][MUN_SUM_MAX];
};

struct mun_sums;

/**
 * mun_sums_new() - begin with every algorithm of @set
 * @out: the caller's: mun_sums_free()
 *
 * Return: 0; MUN_ENOMEM; MUN_EUNSUPPORTED where OpenSSL's policy forbids one.
 */
MUN_CHECK int mun_sums_new(unsigned int set, struct mun_sums **out,
			   struct mun_err *e);
MUN_CHECK int mun_sums_add(struct mun_sums *s, const void *data, size_t len,
			   struct mun_err *e);
/* The values; then it can only be freed. */
MUN_CHECK int mun_sums_final(struct mun_sums *s, struct mun_sum_values *out,
			     struct mun_err *e);
void mun_sums_free(struct mun_sums *s); /* NULL is fine */
MUN_DEFINE_FREEP(sums, mun_sums_free);

#endif
