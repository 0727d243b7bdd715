/* SPDX-License-Identifier: Apache-2.0 */
/* store/inventory_fixity.c - the fixity block of an inventory, to its files */
#include "store/inventory_json.h"

#include <stdlib.h>
#include <string.h>

#include "store/layout.h"

struct index {
	struct mun_inventory *inv;
	struct mun_inv_file **by_content; /* the files, by content path */
};

static int by_content(const void *a, const void *b)
{
	struct mun_inv_file *const *x = a;
	struct mun_inv_file *const *y = b;

	return strcmp((*x)->content, (*y)->content);
}

static int index_content(struct index *p, struct mun_err *e)
{
	struct mun_inventory *inv = p->inv;

	p->by_content = mun_arena_array(inv->arena, inv->nfiles,
					sizeof(struct mun_inv_file *));
	if (!p->by_content && inv->nfiles)
		return mun_fail_nomem(e, "files");
	for (size_t i = 0; i < inv->nfiles; i++)
		p->by_content[i] = &inv->files[i];
	if (inv->nfiles)
		qsort(p->by_content, inv->nfiles, sizeof(*p->by_content),
		      by_content);
	return 0;
}

/* The first of the files whose bytes are at @content, or nfiles. */
static size_t find_content(const struct index *p, const char *content)
{
	size_t low = 0;
	size_t high = p->inv->nfiles;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(p->by_content[mid]->content, content) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int set_digest(struct index *p, enum mun_digest_alg alg, const char *hex,
		      const char *content, struct mun_err *e)
{
	struct mun_digest d = { .len = 0 };

	if (!content || mun_digest_parse(alg, hex, &d, e))
		return mun_fail(e, MUN_ECORRUPT, "'%s' of the fixity block",
				hex);
	for (size_t i = find_content(p, content);
	     i < p->inv->nfiles && !strcmp(p->by_content[i]->content, content);
	     i++)
		p->by_content[i]->digests.of[alg] = d;
	return 0;
}

static int read_fixity_of(struct index *p, enum mun_digest_alg alg,
			  json_t *block, struct mun_err *e)
{
	const char *hex;
	json_t *paths;

	json_object_foreach(block, hex, paths)
	{
		for (size_t i = 0; i < json_array_size(paths); i++) {
			const json_t *path = json_array_get(paths, i);
			int rc = set_digest(p, alg, hex,
					    json_string_value(path), e);

			if (rc)
				return rc;
		}
	}
	return 0;
}

int mun_inventory_fixity(struct mun_inventory *inv, json_t *fixity,
			 struct mun_err *e)
{
	struct index p = { .inv = inv };
	const char *name;
	json_t *block;
	int rc;

	rc = index_content(&p, e);
	if (rc)
		return rc;
	json_object_foreach(fixity, name, block)
	{
		enum mun_digest_alg alg;

		/* sha512 comes from the manifest, which is what counts. */
		if (!mun_layout_alg(name, &alg) || alg == MUN_SHA512)
			continue;
		rc = read_fixity_of(&p, alg, block, e);
		if (rc)
			return mun_ctx(e, "digests '%s'", name);
	}
	return 0;
}
