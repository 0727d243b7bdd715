/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_ocfl.c - what the OCFL validator reads
 *
 * First byte: what follows.  An inventory; two inventories with a NUL between,
 * the object's and that of version v1; a sidecar; the layout's parameters.
 */
#include "core/str.h"
#include "store/layout.h"
#include "store/validate_int.h"

#include <stdlib.h>
#include <string.h>

/* Each report is one line of clean text with a code. */
static void take(void *ctx, const struct mun_ocfl_problem *p)
{
	(void)ctx;
	if (strlen(p->code) != 4 || !mun_text_is_clean(p->where, "") ||
	    !mun_text_is_clean(p->text, ""))
		abort();
}

static void one(struct mun_val *v, const char *text, size_t len)
{
	struct mun_val_inv inv;
	struct mun_err e;

	if (mun_val_inventory(v, "inventory.json", text, len, &inv, &e))
		abort();
	for (size_t i = 1; i < inv.npaths; i++) {
		if (strcmp(inv.paths[i - 1].path, inv.paths[i].path) > 0)
			abort();
	}
	mun_val_inv_clear(&inv);
}

static void two(struct mun_val *v, const char *text, size_t len)
{
	const char *nul = memchr(text, 0, len);
	struct mun_val_files files;
	struct mun_val_inv root;
	struct mun_val_inv prior;
	struct mun_err e;
	size_t n;

	if (!nul)
		return;
	n = (size_t)(nul - text);
	if (mun_val_inventory(v, "inventory.json", text, n, &root, &e) ||
	    mun_val_inventory(v, "v1/inventory.json", nul + 1, len - n - 1,
			      &prior, &e) ||
	    mun_val_files_new(&root, &files, &e) ||
	    mun_val_files_expect(v, &files, &root, &e) ||
	    mun_val_prior(v, "v1", &root, &prior, &files, &e))
		abort();
	mun_val_files_clear(&files);
	mun_val_inv_clear(&prior);
	mun_val_inv_clear(&root);
}

static void layout(const char *text, size_t len)
{
	struct mun_layout l;
	struct mun_err e;
	char *path;

	if (mun_layout_parse(text, len, &l, &e))
		return;
	if (mun_layout_path(&l, "object-01", &path, &e))
		abort();
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_ocfl_verdict verdict = { 0 };
	struct mun_val v = { .fn = take, .out = &verdict, .base = "" };
	struct mun_err e;
	char *text;

	if (!size)
		return 0;
	/* As the reader gives it: a NUL after the last byte. */
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0]) {
	case '1':
		one(&v, text, size - 1);
		break;
	case '2':
		two(&v, text, size - 1);
		break;
	case 's':
		if (mun_val_sidecar(&v, "sidecar", text, size - 1, MUN_SHA256,
				    "", 0, &e))
			abort();
		break;
	case 'l':
		layout(text, size - 1);
		break;
	default:
		break;
	}
	free(text);
	return 0;
}
