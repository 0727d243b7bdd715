/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_inventory.c - inventory.json as the store reads it */
#include "core/file.h"
#include "store/inventory.h"

#include <string.h>

/* What was accepted is safe and sorted. */
static void check(const struct mun_inventory *inv)
{
	for (size_t i = 0; i < inv->nfiles; i++) {
		const struct mun_inv_file *f = &inv->files[i];

		if (!mun_path_is_safe(f->path) || !mun_path_is_safe(f->content))
			abort();
		if (f->digests.of[MUN_SHA512].len != 64)
			abort();
		if (i && strcmp(f[-1].path, f->path) >= 0)
			abort();
	}
}

/* What is written from it says the same when it is read again. */
static void check_again(const struct mun_inventory *inv)
{
	struct mun_inventory *again;
	struct mun_str text = { 0 };
	struct mun_err e;

	if (mun_inventory_write(inv, &text, &e) ||
	    mun_inventory_parse(text.text, text.len, &again, &e))
		abort();
	if (strcmp(inv->id, again->id) != 0 || inv->nfiles != again->nfiles)
		abort();
	for (size_t i = 0; i < inv->nfiles; i++) {
		const struct mun_inv_file *a = &inv->files[i];
		const struct mun_inv_file *b = &again->files[i];

		if (strcmp(a->path, b->path) != 0 ||
		    !mun_digest_equal(&a->digests.of[MUN_SHA512],
				      &b->digests.of[MUN_SHA512]))
			abort();
	}
	mun_inventory_free(again);
	mun_str_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_inventory *inv;
	struct mun_err e;

	if (mun_inventory_parse((const char *)data, size, &inv, &e))
		return 0;
	check(inv);
	if (inv->nversions == 1)
		check_again(inv);
	mun_inventory_free(inv);
	return 0;
}
