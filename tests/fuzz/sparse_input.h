/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/sparse_input.h - an input that is an image, or a sparse one
 *
 * What tells a format lies far apart, so an input can be:
 *	0 "SPARSE\0\0"	8 u64 LE size	then records:
 *	  u32 LE offset in units of 256 bytes, u16 LE length, the bytes
 * Zeros are between them, and a later record lies over an earlier.  Any other
 * input is the image itself.
 */
#ifndef MUN_TESTS_FUZZ_SPARSE_INPUT_H
#define MUN_TESTS_FUZZ_SPARSE_INPUT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/source.h"

#define SPARSE_HEAD 16u
#define SPARSE_RECORD 6u
#define SPARSE_UNIT 256u

struct sparse_input {
	struct mun_source source;
	const uint8_t *records;
	size_t len;
};

static inline void sparse_check(int ok)
{
	if (!ok)
		abort();
}

static int sparse_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	const struct sparse_input *sparse = (const struct sparse_input *)s;
	const uint8_t *p = sparse->records;
	size_t left = sparse->len;

	if (off > s->size || len > s->size - off)
		return mun_fail(e, MUN_EINVAL, "outside");
	memset(buf, 0, len);
	while (left > SPARSE_RECORD) {
		uint64_t at = (uint64_t)mun_le32(p) * SPARSE_UNIT;
		size_t n =
			MUN_MIN((size_t)mun_le16(p + 4), left - SPARSE_RECORD);
		uint64_t from = MUN_MAX(at, off);
		uint64_t to = MUN_MIN(at + n, off + len);

		if (from < to)
			memcpy((uint8_t *)buf + (from - off),
			       p + SPARSE_RECORD + (from - at),
			       (size_t)(to - from));
		p += SPARSE_RECORD + n;
		left -= SPARSE_RECORD + n;
	}
	return 0;
}

static void sparse_close(struct mun_source *s)
{
	(void)s;
}

static const struct mun_source_ops sparse_ops = {
	.pread = sparse_pread,
	.close = sparse_close,
};

/* @sparse is the room for it; mun_source_close() what is returned. */
static inline struct mun_source *sparse_open(struct sparse_input *sparse,
					     const uint8_t *data, size_t size)
{
	struct mun_source *src = NULL;
	struct mun_err e;

	memset(sparse, 0, sizeof(*sparse));
	if (size < SPARSE_HEAD || memcmp(data, "SPARSE\0\0", 8) != 0) {
		sparse_check(mun_source_from_memory(data, size, &src, &e) == 0);
		return src;
	}
	sparse->source.ops = &sparse_ops;
	sparse->source.size = mun_le64(data + 8) & INT64_MAX;
	sparse->records = data + SPARSE_HEAD;
	sparse->len = size - SPARSE_HEAD;
	return &sparse->source;
}

#endif
