/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/md5_many.h - MD5 (RFC 1321) of many messages of one length at a time
 *
 * One message is a chain that no processor can hurry; the slices of a PAR2 set
 * are many, and a vector register holds one word of 8 or 16 of them.  MD5 is
 * what PAR2 asks for; it tells accidents apart, not forgeries.
 *
 * Different messages may be worked on by different threads at once.
 */
#ifndef MUN_FIXITY_MD5_MANY_H
#define MUN_FIXITY_MD5_MANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define MUN_MD5_BYTES 16u
#define MUN_MD5_LANES 16u /* messages that are best given at once */

struct mun_md5_many;

/**
 * mun_md5_many_new() - begin @n messages
 * @out: the caller's: mun_md5_many_free()
 *
 * Return: 0, MUN_ENOMEM, or MUN_EUNSUPPORTED where neither vectors can be used
 * nor OpenSSL's policy allows MD5.
 */
MUN_CHECK int mun_md5_many_new(size_t n, struct mun_md5_many **out,
			       struct mun_err *e);

/**
 * mun_md5_many_update() - the next @bytes of messages @first..@first+@count-1
 * @data:   of the first; each next one's are @stride bytes further
 * @bytes:  a multiple of 64, for each
 *
 * Return: 0, or MUN_EUNSUPPORTED from OpenSSL.
 */
MUN_CHECK int mun_md5_many_update(struct mun_md5_many *m, size_t first,
				  size_t count, const uint8_t *data,
				  size_t stride, size_t bytes,
				  struct mun_err *e);

/* As mun_md5_many_update() for the last @bytes, any number; @out gets @count
 * digests.  A message that has ended begins anew. */
MUN_CHECK int mun_md5_many_final(struct mun_md5_many *m, size_t first,
				 size_t count, const uint8_t *data,
				 size_t stride, size_t bytes,
				 uint8_t (*out)[MUN_MD5_BYTES],
				 struct mun_err *e);

void mun_md5_many_free(struct mun_md5_many *m); /* NULL is fine */
MUN_DEFINE_FREEP(md5_many, mun_md5_many_free);

/* For tests: what messages begun from now on are computed with, "avx512",
 * "avx2" or "openssl"; NULL: the fastest.  False where it cannot be. */
bool mun_md5_many_use(const char *name);

#endif
