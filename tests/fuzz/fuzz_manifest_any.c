/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_manifest_any.c - manifests of anybody; first byte: hints */
#include "core/file.h"
#include "fixity/manifest_read.h"

/* What was read and is written again as that form is read as the same. */
static void again(const struct mun_manifest *m, unsigned int alg)
{
	const unsigned int one = MUN_DIGEST_BIT(alg);
	const struct mun_manifest_hint hint = {
		.name = m->form == MUN_MANIFEST_BAGIT ? "manifest-sha256.txt"
						      : NULL,
	};
	struct mun_manifest *back = NULL;
	struct mun_str text = { 0 };
	struct mun_err e;
	size_t n = 0;

	mun_manifest_head(&text, m->form, one);
	for (size_t i = 0; i < m->nentries; i++) {
		const struct mun_manifest_entry *en = &m->entries[i];
		struct mun_digests d;

		mun_manifest_digests(en, &d);
		if (en->is_conflict || !d.of[alg].len)
			continue;
		n += !mun_manifest_line(&text, m->form, one, en->path,
					en->bytes, &d, &e);
	}
	if (n && (mun_manifest_read(text.text, text.len, &hint, &back, &e) ||
		  (back->form == m->form &&
		   (back->nentries != n || back->nproblems))))
		abort();
	/* Names below data/ make any plain list one of a bag. */
	if (back && back->form != m->form)
		back->nentries = 0;
	for (size_t i = 0; back && i < back->nentries; i++) {
		const struct mun_manifest_entry *en =
			mun_manifest_find(m, back->entries[i].path);
		struct mun_digests was;
		struct mun_digests is;

		if (!en)
			abort();
		mun_manifest_digests(en, &was);
		mun_manifest_digests(&back->entries[i], &is);
		if (!mun_digest_equal(&was.of[alg], &is.of[alg]))
			abort();
	}
	mun_manifest_free(back);
	mun_str_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_manifest_hint hint = { 0 };
	struct mun_manifest *m = NULL;
	struct mun_err e;

	if (!size)
		return 0;
	hint.has_alg = data[0] & 1;
	hint.alg = (enum mun_digest_alg)((data[0] >> 1) % MUN_DIGEST_N);
	hint.name = data[0] & 16 ? "x/manifest-sha512.txt" : NULL;
	if (mun_manifest_read((const char *)data + 1, size - 1, &hint, &m, &e))
		return 0;
	for (size_t i = 0; i < m->nentries; i++) {
		const struct mun_manifest_entry *en = &m->entries[i];

		if (!*en->path || !en->algs ||
		    en->is_unsafe == mun_path_is_safe(en->path) ||
		    (i && strcmp(m->entries[i - 1].path, en->path) >= 0))
			abort();
	}
	again(m, MUN_SHA256);
	mun_manifest_free(m);
	return 0;
}
