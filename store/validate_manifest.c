/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_manifest.c - manifest and fixity block of an inventory */
#include "store/validate_int.h"

#include <stdlib.h>
#include <string.h>

#include "store/inventory_json.h"
#include "store/layout.h"
#include "store/validate_paths.h"

#define HEX "0123456789abcdefABCDEF"

/* The code for a digest that is not hex, where the specification has one. */
static const char *hex_code(enum mun_digest_alg alg)
{
	switch (alg) {
	case MUN_SHA1:
		return "E029";
	case MUN_SHA256:
		return "E030";
	case MUN_SHA512:
		return "E031";
	case MUN_BLAKE2B_512:
		return "E032";
	case MUN_MD5:
	case MUN_SHA512_256:
	case MUN_CRC32:
	case MUN_DIGEST_N:
		break;
	}
	return "E057";
}

/* Keys of one block, each once whatever its case. */
struct keys {
	json_t *lower;
	const char *code; /* E096, E097 */
};

static int check_case(struct mun_val *v, const char *where, struct keys *k,
		      const char *digest, struct mun_err *e)
{
	mun_autofree char *lower = strdup(digest);

	if (!lower)
		return mun_fail_nomem(e, "digests");
	for (char *p = lower; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	if (json_object_get(k->lower, lower)) {
		mun_val_report(v, k->code, where,
			       "the digest '%s' stands twice", digest);
		return 0;
	}
	/* Keys come out of JSON that jansson has read: they are UTF-8. */
	if (json_object_set_new_nocheck(k->lower, lower, json_true()))
		return mun_fail_nomem(e, "digests");
	return 0;
}

static void check_hex(struct mun_val *v, const char *where, const char *digest,
		      enum mun_digest_alg alg, const char *length_code)
{
	size_t len = strlen(digest);

	if (strspn(digest, HEX) != len)
		mun_val_report(v, hex_code(alg), where,
			       "'%s' is not a %s digest: not hex digits",
			       digest, mun_digest_title(alg));
	else if (len != 2 * mun_digest_bytes(alg))
		mun_val_report(v, length_code, where,
			       "'%s' is not a %s digest: %zu digits", digest,
			       mun_digest_title(alg), len);
}

/* "v1/content/..." of a version there is, in the right content folder. */
static void check_home(struct mun_val *v, const struct mun_val_inv *inv,
		       const char *path)
{
	size_t len = strcspn(path, "/");
	char name[48];
	const char *rest = path + len;
	size_t dir = strlen(inv->content_dir);

	if (!*rest) {
		/* A path of another world: "v1\content\file". */
		bool back = path[0] == 'v' && strchr(path, '\\');

		mun_val_report(v, back ? "E035" : "E042", inv->where,
			       "content path '%s' is not in a version folder",
			       path);
		return;
	}
	name[0] = '\0';
	if (len < sizeof(name)) {
		memcpy(name, path, len);
		name[len] = '\0';
	}
	if (!mun_inventory_version(name)) {
		mun_val_report(v, "E042", inv->where,
			       "content path '%s' is not in a version folder",
			       path);
	} else if (inv->versions && !json_object_get(inv->versions, name)) {
		bool there = mun_inventory_version(name) <= inv->last;

		mun_val_report(v, there ? "E014" : "E042", inv->where,
			       "content path '%s': there is no version '%s'",
			       path, name);
	}
	if (strncmp(rest + 1, inv->content_dir, dir) != 0 ||
	    rest[1 + dir] != '/')
		mun_val_report(v, inv->content_dir_set ? "E042" : "E021",
			       inv->where,
			       "content path '%s' is not in the content folder "
			       "'%s'",
			       path, inv->content_dir);
}

static int manifest_entry(struct mun_val *v, struct mun_val_inv *inv,
			  struct mun_val_paths *paths, const char *digest,
			  const json_t *list, struct mun_err *e)
{
	if (!json_is_array(list) || !json_array_size(list)) {
		mun_val_report(v, "E092", inv->where,
			       "manifest: '%s' has no list of content paths",
			       digest);
		return 0;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *path = json_string_value(json_array_get(list, i));
		int rc;

		if (!path) {
			mun_val_report(v, "E092", inv->where,
				       "manifest: '%s' has a content path that "
				       "is no text",
				       digest);
			continue;
		}
		if (!mun_val_path(v, inv->where, path, &mun_content_codes))
			continue;
		check_home(v, inv, path);
		rc = mun_val_paths_add(paths, path, digest, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct mun_val_path *x = a;
	const struct mun_val_path *y = b;

	return strcmp(x->path, y->path);
}

const struct mun_val_path *mun_val_inv_find(const struct mun_val_inv *inv,
					    const char *path)
{
	struct mun_val_path key = { .path = path };

	if (!inv->npaths)
		return NULL;
	return bsearch(&key, inv->paths, inv->npaths, sizeof(key), by_path);
}

int mun_val_manifest(struct mun_val *v, struct mun_val_inv *inv,
		     struct mun_err *e)
{
	mun_autojson json_t *lower = json_object();
	struct keys keys = { lower, "E096" };
	struct mun_val_paths paths = { 0 };
	const char *digest;
	json_t *list;
	int rc = 0;

	if (!lower)
		return mun_fail_nomem(e, "digests");
	json_object_foreach(inv->manifest, digest, list)
	{
		if (inv->has_alg)
			check_hex(v, inv->where, digest, inv->alg, "E039");
		rc = check_case(v, inv->where, &keys, digest, e);
		if (!rc)
			rc = manifest_entry(v, inv, &paths, digest, list, e);
		if (rc)
			break;
	}
	/* The inventory's from now on, also after an error. */
	inv->paths = paths.of;
	inv->npaths = paths.n;
	if (rc)
		return rc;
	mun_val_conflicts(v, inv->where, inv->paths, inv->npaths,
			  &mun_content_codes);
	if (inv->npaths)
		qsort(inv->paths, inv->npaths, sizeof(*inv->paths), by_path);
	return 0;
}

static void fixity_paths(struct mun_val *v, const struct mun_val_inv *inv,
			 const char *name, const char *digest,
			 const json_t *list)
{
	if (!json_is_array(list)) {
		mun_val_report(v, "E057", inv->where,
			       "fixity: %s '%s' has no list of content paths",
			       name, digest);
		return;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *path = json_string_value(json_array_get(list, i));

		if (!path)
			mun_val_report(v, "E057", inv->where,
				       "fixity: %s '%s' has a content path "
				       "that is no text",
				       name, digest);
		else if (mun_val_path(v, inv->where, path,
				      &mun_content_codes) &&
			 !mun_val_inv_find(inv, path))
			mun_val_report(v, "E057", inv->where,
				       "fixity: %s of '%s', which is no "
				       "content path of the manifest",
				       name, path);
	}
}

static void check_value(struct mun_val *v, const char *where, const char *name,
			const char *digest)
{
	enum mun_digest_alg alg;

	if (mun_layout_alg(name, &alg))
		check_hex(v, where, digest, alg, "E093");
	else if (!*digest ||
		 digest[strspn(digest,
			       strcmp(name, "size") != 0 ? HEX : "0123456789")])
		mun_val_report(v, "E057", where,
			       "fixity: '%s' is no value of '%s'", digest,
			       name);
}

static int fixity_block(struct mun_val *v, const struct mun_val_inv *inv,
			const char *name, json_t *block, struct mun_err *e)
{
	mun_autojson json_t *lower = json_object();
	struct keys keys = { lower, "E097" };
	const char *digest;
	json_t *list;

	if (!lower)
		return mun_fail_nomem(e, "digests");
	json_object_foreach(block, digest, list)
	{
		int rc;

		check_value(v, inv->where, name, digest);
		rc = check_case(v, inv->where, &keys, digest, e);
		if (rc)
			return rc;
		fixity_paths(v, inv, name, digest, list);
	}
	return 0;
}

int mun_val_fixity(struct mun_val *v, const struct mun_val_inv *inv,
		   struct mun_err *e)
{
	const char *name;
	json_t *block;

	json_object_foreach(inv->fixity, name, block)
	{
		int rc;

		if (!json_is_object(block)) {
			mun_val_report(v, "E057", inv->where,
				       "fixity: '%s' is not a JSON object",
				       name);
			continue;
		}
		/* Of a name in no list nobody knows what the values mean. */
		if (!mun_val_alg_is_known(name)) {
			mun_val_report(v, "E056", inv->where,
				       "fixity: unknown digest algorithm '%s'",
				       name);
			continue;
		}
		rc = fixity_block(v, inv, name, block, e);
		if (rc)
			return rc;
	}
	return 0;
}
