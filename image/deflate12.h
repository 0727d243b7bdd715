/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/deflate12.h - raw deflate whose matches reach back 4096 bytes at most
 *
 * For readers that inflate with a window of 12 bits, as QEMU does for the
 * clusters of QCOW2: docs/adr/0016-own-deflate.md.
 */
#ifndef MUN_IMAGE_DEFLATE12_H
#define MUN_IMAGE_DEFLATE12_H

#include <stddef.h>

#include "core/attr.h"
#include "core/err.h"

/* The largest input of one call. */
#define MUN_DEFLATE12_MAX ((size_t)2 << 20)

struct mun_deflate12; /* for one thread at a time; about 200 KiB */

/* Return: 0 or MUN_ENOMEM.  @out: the caller's: mun_deflate12_free(). */
MUN_CHECK int mun_deflate12_new(struct mun_deflate12 **out, struct mun_err *e);

/**
 * mun_deflate12() - @in as one whole stream of RFC 1951 in @out
 * @len:  at most MUN_DEFLATE12_MAX
 * @room: bytes of @out; nothing is written behind them
 *
 * The same input gives the same bytes, whatever was compressed before.
 * Return: how many bytes the stream has; 0 if it does not fit in @room (@out is
 * garbage then), or if @room is less than @len and a first look says that it
 * will not fit (compressed and encrypted data), or if @len is too large.
 */
size_t mun_deflate12(struct mun_deflate12 *d, const void *in, size_t len,
		     void *out, size_t room);

void mun_deflate12_free(struct mun_deflate12 *d); /* NULL is fine */
MUN_DEFINE_FREEP(deflate12, mun_deflate12_free);

#endif
