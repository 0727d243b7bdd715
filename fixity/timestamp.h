/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/timestamp.h - time stamps of RFC 3161, through OpenSSL's TS functions */
#ifndef MUN_FIXITY_TIMESTAMP_H
#define MUN_FIXITY_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* A TimeStampReq (DER) over a SHA-256, with a nonce and certReq. *@out is the
 * caller's. */
MUN_CHECK int mun_timestamp_request(const uint8_t digest[static 32],
				    unsigned char **out, size_t *len,
				    struct mun_err *e);

struct mun_timestamp {
	int64_t time_ms; /* genTime */
	char serial[48]; /* hex */
	char tsa[256]; /* subject of the signer's certificate */
};

/**
 * mun_timestamp_check() - a TimeStampResp or a bare token
 * @ca: PEM file of trusted roots; NULL: only that the token is signed by a
 *      time-stamping certificate that it carries
 *
 * The chain is judged at the token's own genTime.
 * Return: 0; MUN_EFIXITY (imprint, signature, chain: says which); MUN_ECORRUPT
 * (not a time stamp, or the TSA refused: its status text); MUN_ENOENT (@ca).
 */
MUN_CHECK int mun_timestamp_check(const void *der, size_t len,
				  const uint8_t digest[static 32],
				  const char *ca, struct mun_timestamp *out,
				  struct mun_err *e);

/* As above, and the answer carries the nonce of @request. */
MUN_CHECK int mun_timestamp_answers(const void *request, size_t request_len,
				    const void *der, size_t len,
				    const uint8_t digest[static 32],
				    const char *ca, struct mun_timestamp *out,
				    struct mun_err *e);

#endif
