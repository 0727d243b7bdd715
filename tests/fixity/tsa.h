/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/tsa.h - tests/fixity/tsa.py for tests in C */
#ifndef MUN_TESTS_TSA_H
#define MUN_TESTS_TSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Make the authority in the folder @dir, which is there. */
void tsa_make(const char *dir);

/* The answer of @signer to a request, the caller's. */
char *tsa_reply(const char *dir, const char *signer, const void *request,
		size_t request_len, size_t *len);

/* The token of @answer, signed by @signer instead; the caller's. */
char *tsa_resign(const char *dir, const char *signer, const void *answer,
		 size_t answer_len, size_t *len);

/* Does "openssl ts -verify" accept it as the answer to that request? */
bool tsa_openssl_accepts(const char *dir, const void *request,
			 size_t request_len, const void *answer, size_t len);

/* Run a program; its exit status. */
int tsa_run(const char *const *argv);

#endif
