/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_manifest.c - BagIt manifests; first byte: the algorithm */
#include "core/file.h"
#include "fixity/manifest.h"

/* What is accepted is safe, and is read back as it was when written again. */
static int collect(void *ctx, const struct mun_digest *d, const char *path,
		   struct mun_err *e)
{
	(void)e;
	if (!mun_path_is_safe(path))
		abort();
	mun_manifest_add(ctx, d, path);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum mun_digest_alg alg;
	struct mun_str once = { 0 };
	struct mun_str twice = { 0 };
	struct mun_err e;

	if (!size)
		return 0;
	alg = (enum mun_digest_alg)(data[0] % MUN_DIGEST_N);
	if (!mun_manifest_parse(alg, (const char *)data + 1, size - 1, collect,
				&once, &e) &&
	    once.len) {
		if (mun_manifest_parse(alg, once.text, once.len, collect,
				       &twice, &e))
			abort();
		if (twice.len != once.len ||
		    memcmp(twice.text, once.text, once.len) != 0)
			abort();
	}
	mun_str_free(&once);
	mun_str_free(&twice);
	return 0;
}
