/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/sha256_x2.h - SHA-256 of two messages of the same length at once
 *
 * The SHA instructions of x86 have a latency of several cycles, and one message
 * is one chain of them; two messages side by side fill the gaps.  The leaves of
 * a hash tree are such messages.  For this folder only; any thread.
 */
#ifndef MUN_FIXITY_SHA256_X2_H
#define MUN_FIXITY_SHA256_X2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"

/**
 * mun_sha256_x2() - both digests, or nothing
 * @a, @b: @len bytes each
 * @out_a, @out_b: may lie in the messages: written when all has been read
 *
 * Return: true; false where this processor cannot, where the code did not give
 * the standard's answer when first used, or where it was switched off: then
 * nothing was written, and OpenSSL is to be asked.
 */
MUN_CHECK bool mun_sha256_x2(const void *a, const void *b, size_t len,
			     uint8_t out_a[static 32],
			     uint8_t out_b[static 32]);

/* Tests and measurements: false makes mun_sha256_x2() always decline. */
void mun_sha256_x2_allow(bool on);

#endif
