/* SPDX-License-Identifier: Apache-2.0 */
/* core/http.h - one bounded POST (libcurl): time stamps and notifications */
#ifndef MUN_CORE_HTTP_H
#define MUN_CORE_HTTP_H

#include <stddef.h>

#include "core/err.h"

struct mun_http {
	const char *url; /* http: or https:, nothing else */
	const char *content_type;
	const char *accept; /* or NULL */
	const void *body;
	size_t body_len;
	size_t max_answer; /* more is MUN_ECORRUPT */
	unsigned int timeout_ms; /* for all of it */
};

/**
 * mun_http_post() - send @q, take the answer
 * @answer: the caller's, free(); NUL behind the last byte; may be NULL
 * @len:    its bytes; may be NULL
 *
 * No redirects, no cookies, no proxy but the environment's; certificates are
 * verified.
 * Return: 0 for a status from 200 to 299; MUN_EIO (no connection, time out,
 * other status: the text says); MUN_EINVAL (the URL); MUN_ECORRUPT;
 * MUN_ECANCELLED; MUN_ENOMEM.
 */
MUN_CHECK int mun_http_post(const struct mun_http *q, char **answer,
			    size_t *len, struct mun_err *e);

/* Is it a URL that mun_http_post() would take?  0 or MUN_EINVAL. */
MUN_CHECK int mun_http_check_url(const char *url, struct mun_err *e);

#endif
