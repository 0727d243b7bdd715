/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_contents.c - any bytes as a medium (sparse_input.h) whose
 * tables and file systems are looked at
 *
 * Whatever they are: no error but one of reading, and an answer that passes for
 * one where nothing is believed.
 */
#include "image/contents.h"

#include "image/contents_int.h"
#include "tests/fuzz/sparse_input.h"

#include <stdint.h>
#include <stdlib.h>

static void look(struct mun_source *src, enum mun_medium medium,
		 struct mun_contents *c, struct mun_contents *back)
{
	struct mun_err e;

	sparse_check(mun_contents_of_bytes(src, medium, c, &e) == 0);
	sparse_check(mun_contents_unpack(c, sizeof(*c), back, &e) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mun_contents c;
	static struct mun_contents back;
	struct sparse_input sparse;
	struct mun_source *src = sparse_open(&sparse, data, size);

	for (int m = MUN_MEDIUM_UNKNOWN; m <= MUN_MEDIUM_DISK; m++)
		look(src, (enum mun_medium)m, &c, &back);
	mun_source_close(src);
	return 0;
}
