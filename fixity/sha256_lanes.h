/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/sha256_lanes.h - SHA-256 of several messages of one length at once
 *
 * One message is one chain of instructions that wait for each other; messages
 * side by side fill the gaps.  The leaves of a hash tree are such messages.
 *
 * This is the one primitive that we write ourselves, so: nothing secret is ever
 * hashed with it; before a path is used it has to give the standard's answers
 * in every lane; and where none can be used OpenSSL hashes one by one, as it
 * does everything else.  Any thread.
 */
#ifndef MUN_FIXITY_SHA256_LANES_H
#define MUN_FIXITY_SHA256_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define MUN_SHA256_BYTES 32

/**
 * mun_sha256_lanes() - the digests of @n messages of @len bytes each
 * @first:  the first message; any alignment
 * @stride: bytes from the start of one message to that of the next
 * @out:    @n digests.  May lie in the messages where it begins at @first and
 *          32 <= @stride: a digest is written when its message has been read
 *
 * The path is the fastest that this processor has, or what the environment
 * asks for: MUNIMENT_SHA256 = ni, avx512, avx2, arm or openssl.  What is not
 * known or not there is said in the log, once, and the fastest taken.
 *
 * Return: 0, MUN_ENOMEM, or MUN_EUNSUPPORTED where OpenSSL is asked and cannot.
 */
MUN_CHECK int mun_sha256_lanes(const void *first, size_t stride, size_t len,
			       size_t n, uint8_t (*out)[MUN_SHA256_BYTES],
			       struct mun_err *e);

/* The path that is in use, by its name in MUNIMENT_SHA256. */
const char *mun_sha256_lanes_name(void);

/* Tests and measurements: use this path from now on, or again what would have
 * been chosen (NULL).  False, and nothing changed: unknown, not on this
 * processor, or it errs.  Only while nothing hashes. */
bool mun_sha256_lanes_force(const char *name);

#endif
