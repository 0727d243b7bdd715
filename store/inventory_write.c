/* SPDX-License-Identifier: Apache-2.0 */
/* store/inventory_write.c - inventory.json written (store/inventory.h) */
#include "store/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonw.h"
#include "core/utf8.h"

/* One file in one block; a block is sorted by digest, then by path. */
struct entry {
	char hex[MUN_DIGEST_HEX];
	const char *path;
};

static int by_digest(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	int order = strcmp(x->hex, y->hex);

	return order ? order : strcmp(x->path, y->path);
}

/* { DIGEST: [ PATH, ... ], ... } with each digest once. */
static void write_entries(struct mun_jsonw *w, const char *key,
			  struct entry *of, size_t n)
{
	if (n)
		qsort(of, n, sizeof(*of), by_digest);
	mun_jsonw_object(w, key);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(of[i - 1].hex, of[i].hex) != 0)
			mun_jsonw_array(w, of[i].hex);
		mun_jsonw_text(w, NULL, of[i].path);
		if (i + 1 == n || strcmp(of[i].hex, of[i + 1].hex) != 0)
			mun_jsonw_end_array(w);
	}
	mun_jsonw_end_object(w);
}

/* One block of @alg's digests; nothing where no file has one and @key is that
 * of a fixity block. */
static size_t collect(const struct mun_inventory *inv, enum mun_digest_alg alg,
		      bool logical, struct entry *of)
{
	size_t n = 0;

	for (size_t i = 0; i < inv->nfiles; i++) {
		const struct mun_inv_file *f = &inv->files[i];

		if (!f->digests.of[alg].len)
			continue;
		mun_digest_hex(&f->digests.of[alg], of[n].hex);
		of[n++].path = logical ? f->path : f->content;
	}
	return n;
}

static void write_user(struct mun_jsonw *w, const struct mun_inv_version *v)
{
	if (!v->user_name)
		return;
	mun_jsonw_object(w, "user");
	mun_jsonw_text(w, "name", v->user_name);
	if (v->user_address)
		mun_jsonw_text(w, "address", v->user_address);
	mun_jsonw_end_object(w);
}

static void write_fixity(struct mun_jsonw *w, const struct mun_inventory *inv,
			 struct entry *of)
{
	bool any = false;

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		enum mun_digest_alg alg = (enum mun_digest_alg)i;
		const char *name = mun_digest_ocfl_name(alg);
		size_t n;

		if (!name || alg == MUN_SHA512)
			continue;
		n = collect(inv, alg, false, of);
		if (!n)
			continue;
		if (!any)
			mun_jsonw_object(w, "fixity");
		any = true;
		write_entries(w, name, of, n);
	}
	if (any)
		mun_jsonw_end_object(w);
}

static void write_all(struct mun_jsonw *w, const struct mun_inventory *inv,
		      struct entry *of)
{
	const struct mun_inv_version *v = &inv->versions[0];

	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "id", inv->id);
	mun_jsonw_text(w, "type", "https://ocfl.io/1.1/spec/#inventory");
	mun_jsonw_text(w, "digestAlgorithm", "sha512");
	mun_jsonw_text(w, "head", inv->head);
	write_entries(w, "manifest", of, collect(inv, MUN_SHA512, false, of));
	mun_jsonw_object(w, "versions");
	mun_jsonw_object(w, v->name);
	mun_jsonw_text(w, "created", v->created);
	write_entries(w, "state", of, collect(inv, MUN_SHA512, true, of));
	if (v->message)
		mun_jsonw_text(w, "message", v->message);
	write_user(w, v);
	mun_jsonw_end_object(w);
	mun_jsonw_end_object(w);
	write_fixity(w, inv, of);
	mun_jsonw_end_object(w);
}

int mun_inventory_write(const struct mun_inventory *inv, struct mun_str *out,
			struct mun_err *e)
{
	mun_autofree struct entry *of = NULL;
	struct mun_jsonw w;
	int rc;

	if (inv->nversions != 1)
		return mun_fail(e, MUN_EINVAL,
				"only the inventory of a first version can be "
				"written");
	for (size_t i = 0; i < inv->nfiles; i++) {
		if (!inv->files[i].digests.of[MUN_SHA512].len)
			return mun_fail(e, MUN_EINVAL,
					"'%s' has no SHA-512 digest",
					inv->files[i].path);
	}
	of = calloc(inv->nfiles + 1, sizeof(*of));
	if (!of)
		return mun_fail_nomem(e, "inventory");
	mun_jsonw_init(&w, NULL, true);
	write_all(&w, inv, of);
	rc = mun_jsonw_finish(&w, e);
	if (rc)
		return mun_ctx(e, "inventory of '%s'", inv->id);
	*out = w.out;
	return 0;
}
