/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ossl_err.h - OpenSSL's errors as ours, for this folder only */
#ifndef MUN_FIXITY_OSSL_ERR_H
#define MUN_FIXITY_OSSL_ERR_H

#include "core/err.h"

/**
 * mun_ossl_reason() - what OpenSSL gave as its last reason in this thread
 * @buf: filled with its text, "no reason given" where there is none
 *
 * OpenSSL's queue of this thread is emptied.
 * Return: @buf.
 */
const char *mun_ossl_reason(char *buf, size_t size);

/* As mun_fail(), with OpenSSL's reason behind @what. */
#define mun_fail_ossl(e, code, what) \
	__extension__({ \
		char reason_[160]; \
		mun_fail((e), (code), "%s: %s", (what), \
			 mun_ossl_reason(reason_, sizeof(reason_))); \
	})

#endif
