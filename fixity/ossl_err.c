/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ossl_err.c - OpenSSL's errors as ours */
#include "fixity/ossl_err.h"

#include <stdio.h>

#include <openssl/err.h>

const char *mun_ossl_reason(char *buf, size_t size)
{
	const char *data = NULL;
	int flags = 0;
	unsigned long err = ERR_peek_last_error_data(&data, &flags);
	const char *reason = err ? ERR_reason_error_string(err) : NULL;

	if (!reason)
		reason = "no reason given";
	/* The data is of the queue: copy it before it is emptied. */
	if (data && *data && flags & ERR_TXT_STRING)
		(void)snprintf(buf, size, "%s (%s)", reason, data);
	else
		(void)snprintf(buf, size, "%s", reason);
	ERR_clear_error();
	return buf;
}
