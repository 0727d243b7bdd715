/* SPDX-License-Identifier: Apache-2.0 */
/* store/layout.c - extension 0004, and the constant files of a root */
#include "store/layout.h"

#include <string.h>

#include "core/json.h"
#include "core/str.h"

/*
 * These bytes are compared with those on disk for as long as a store lives:
 * never change one.
 */
const struct mun_root_file mun_root_files[] = {
	{ MUN_ROOT_CONFIG_DIR, "config.json",
	  "{\n"
	  "  \"extensionName\": \"" MUN_LAYOUT_NAME "\",\n"
	  "  \"digestAlgorithm\": \"sha256\",\n"
	  "  \"tupleSize\": 3,\n"
	  "  \"numberOfTuples\": 3,\n"
	  "  \"shortObjectRoot\": false\n"
	  "}\n",
	  "E071" },
	{ "", MUN_ROOT_LAYOUT,
	  "{\n"
	  "  \"extension\": \"" MUN_LAYOUT_NAME "\",\n"
	  "  \"description\": \"An object lies in the folder named by the "
	  "SHA-256 digest of its identifier (lower-case hex), below three "
	  "folders named by the digest's first nine digits, three each.\"\n"
	  "}\n",
	  "E070" },
	{ "", MUN_ROOT_DECLARATION, "ocfl_1.1\n", "E080" },
	{ NULL, NULL, NULL, NULL },
};

const struct mun_layout mun_layout_default = {
	.alg = MUN_SHA256,
	.tuple_size = 3,
	.tuples = 3,
	.short_root = false,
};

bool mun_layout_alg(const char *name, enum mun_digest_alg *out)
{
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		const char *known =
			mun_digest_ocfl_name((enum mun_digest_alg)i);

		if (known && !strcmp(known, name)) {
			*out = (enum mun_digest_alg)i;
			return true;
		}
	}
	return false;
}

/* A number that may be missing; the extension's limits are 0 and 32. */
static int get_number(const json_t *j, const char *key, size_t *out,
		      struct mun_err *e)
{
	const json_t *v = json_object_get(j, key);
	json_int_t n = json_integer_value(v);

	if (!v)
		return 0;
	if (!json_is_integer(v) || n < 0 || n > 32)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' is not a number from 0 to 32", key);
	*out = (size_t)n;
	return 0;
}

static int get_alg(const json_t *j, enum mun_digest_alg *out, struct mun_err *e)
{
	const json_t *v = json_object_get(j, "digestAlgorithm");

	if (!v)
		return 0;
	if (!json_is_string(v) || !mun_layout_alg(json_string_value(v), out))
		return mun_fail(e, MUN_ECORRUPT,
				"'digestAlgorithm' is none that is known");
	return 0;
}

static int check_sizes(const struct mun_layout *l, struct mun_err *e)
{
	size_t digits = 2 * mun_digest_bytes(l->alg);
	size_t used = l->tuple_size * l->tuples;

	if ((l->tuple_size == 0) != (l->tuples == 0))
		return mun_fail(e, MUN_ECORRUPT,
				"only one of 'tupleSize' and 'numberOfTuples' "
				"is 0");
	if (used > digits || (used == digits && l->short_root))
		return mun_fail(e, MUN_ECORRUPT,
				"the tuples need more digits than the digest "
				"has");
	return 0;
}

static int from_json(const json_t *j, struct mun_layout *l, struct mun_err *e)
{
	const json_t *v = json_object_get(j, "extensionName");
	int rc;

	if (!json_is_object(j))
		return mun_fail(e, MUN_ECORRUPT, "not a JSON object");
	if (v && (!json_is_string(v) ||
		  strcmp(json_string_value(v), MUN_LAYOUT_NAME) != 0))
		return mun_fail(e, MUN_ECORRUPT,
				"'extensionName' is not " MUN_LAYOUT_NAME);
	v = json_object_get(j, "shortObjectRoot");
	if (v && !json_is_boolean(v))
		return mun_fail(e, MUN_ECORRUPT,
				"'shortObjectRoot' is neither true nor false");
	l->short_root = json_is_true(v);
	rc = get_alg(j, &l->alg, e);
	if (!rc)
		rc = get_number(j, "tupleSize", &l->tuple_size, e);
	if (!rc)
		rc = get_number(j, "numberOfTuples", &l->tuples, e);
	return rc ? rc : check_sizes(l, e);
}

int mun_layout_parse(const char *text, size_t len, struct mun_layout *out,
		     struct mun_err *e)
{
	mun_autojson json_t *j = NULL;
	struct mun_layout l = mun_layout_default;
	int rc;

	rc = mun_json_parse(text, len, &j, e);
	if (!rc)
		rc = from_json(j, &l, e);
	if (rc)
		return rc;
	*out = l;
	return 0;
}

bool mun_layout_equal(const struct mun_layout *a, const struct mun_layout *b)
{
	return a->alg == b->alg && a->tuple_size == b->tuple_size &&
	       a->tuples == b->tuples && a->short_root == b->short_root;
}

int mun_layout_path(const struct mun_layout *l, const char *id, char **out,
		    struct mun_err *e)
{
	struct mun_digests digests = { 0 };
	struct mun_str path = { 0 };
	char hex[MUN_DIGEST_HEX];
	size_t used = 0;
	int rc;

	rc = mun_digest_memory(MUN_DIGEST_BIT(l->alg), id, strlen(id), &digests,
			       e);
	if (rc)
		return mun_ctx(e, "digest of the identifier '%s'", id);
	mun_digest_hex(&digests.of[l->alg], hex);
	for (size_t i = 0; i < l->tuples; i++, used += l->tuple_size) {
		mun_str_add_bytes(&path, hex + used, l->tuple_size);
		mun_str_add_char(&path, '/');
	}
	mun_str_add(&path, l->short_root ? hex + used : hex);
	return mun_str_take(&path, out, e);
}
