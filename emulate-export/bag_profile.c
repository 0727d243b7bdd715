/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/bag_profile.c - what an institution asks of the bags it takes */
#include "emulate-export/bag_profile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"
#include "core/file.h"
#include "core/json.h"

/* No profile is larger: a few hundred lines. */
#define PROFILE_MAX ((size_t)1 << 20)

struct mun_bag_profile {
	json_t *root;
};

/* ---- reading it ---- */

static int check_shape(const json_t *root, struct mun_err *e)
{
	static const struct {
		const char *key;
		json_type type;
	} keys[] = {
		{ "BagIt-Profile-Info", JSON_OBJECT },
		{ "Bag-Info", JSON_OBJECT },
		{ "Manifests-Required", JSON_ARRAY },
		{ "Manifests-Allowed", JSON_ARRAY },
		{ "Tag-Manifests-Required", JSON_ARRAY },
		{ "Tag-Manifests-Allowed", JSON_ARRAY },
		{ "Tag-Files-Required", JSON_ARRAY },
		{ "Serialization", JSON_STRING },
		{ "Accept-Serialization", JSON_ARRAY },
		{ "Accept-BagIt-Version", JSON_ARRAY },
	};

	if (!json_is_object(root))
		return mun_fail(e, MUN_ECORRUPT, "it is no JSON object");
	if (!json_object_get(root, "BagIt-Profile-Info"))
		return mun_fail(e, MUN_ECORRUPT, "no BagIt-Profile-Info");
	for (size_t i = 0; i < MUN_COUNT(keys); i++) {
		const json_t *j = json_object_get(root, keys[i].key);

		if (j && json_typeof(j) != keys[i].type)
			return mun_fail(e, MUN_ECORRUPT,
					"its %s is of another type",
					keys[i].key);
	}
	return 0;
}

int mun_bag_profile_load(const char *path, struct mun_bag_profile **out,
			 struct mun_err *e)
{
	mun_auto(bag_profile) *p = calloc(1, sizeof(*p));
	mun_autofree char *text = NULL;
	size_t len;
	int rc;

	if (!p)
		return mun_fail_nomem(e, "profile");
	rc = mun_file_read(path, PROFILE_MAX, &text, &len, e);
	if (!rc)
		rc = mun_json_parse(text, len, &p->root, e);
	if (!rc)
		rc = check_shape(p->root, e);
	if (rc)
		return mun_ctx(e, "BagIt profile '%s'", path);
	*out = mun_steal(&p);
	return 0;
}

void mun_bag_profile_free(struct mun_bag_profile *p)
{
	if (!p)
		return;
	json_decref(p->root);
	free(p);
}

const char *mun_bag_profile_identifier(const struct mun_bag_profile *p)
{
	const char *id = json_string_value(
		json_object_get(json_object_get(p->root, "BagIt-Profile-Info"),
				"BagIt-Profile-Identifier"));

	return id ? id : "";
}

/* ---- digests ---- */

/* As in names of manifests: letters and digits (RFC 8493, section 2.4). */
static void plain_name(const char *name, char out[static 24])
{
	size_t n = 0;

	for (; *name && n < 23; name++)
		if (isalnum((unsigned char)*name))
			out[n++] = (char)tolower((unsigned char)*name);
	out[n] = '\0';
}

static bool same_alg(const char *ours, const char *theirs)
{
	char a[24];
	char b[24];

	plain_name(ours, a);
	plain_name(theirs, b);
	return !strcmp(a, b);
}

static unsigned int alg_bit(const char *name)
{
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++)
		if (i != MUN_CRC32 &&
		    same_alg(mun_digest_name((enum mun_digest_alg)i), name))
			return MUN_DIGEST_BIT(i);
	return 0;
}

static int required_algs(const struct mun_bag_profile *p, const char *key,
			 unsigned int *algs, struct mun_err *e)
{
	const json_t *list = json_object_get(p->root, key);
	const json_t *j;
	size_t i;

	for (i = 0; (j = json_array_get(list, i)) != NULL; i++) {
		const char *name = json_string_value(j);
		unsigned int bit = name ? alg_bit(name) : 0;

		if (!bit)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"the profile asks for digests by %s, "
					"which we do not compute",
					name ? name : "?");
		*algs |= bit;
	}
	return 0;
}

int mun_bag_profile_algs(const struct mun_bag_profile *p, unsigned int *algs,
			 struct mun_err *e)
{
	int rc;

	*algs = 0;
	rc = required_algs(p, "Manifests-Required", algs, e);
	return rc ? rc : required_algs(p, "Tag-Manifests-Required", algs, e);
}

static int check_allowed(const struct mun_bag_profile *p, const char *key,
			 unsigned int algs, struct mun_err *e)
{
	const json_t *list = json_object_get(p->root, key);
	unsigned int allowed = 0;
	const json_t *j;
	size_t i;

	if (!list)
		return 0;
	for (i = 0; (j = json_array_get(list, i)) != NULL; i++)
		allowed |=
			json_is_string(j) ? alg_bit(json_string_value(j)) : 0;
	for (i = 0; i < MUN_DIGEST_N; i++)
		if ((algs & ~allowed) & MUN_DIGEST_BIT(i))
			return mun_fail(
				e, MUN_EUNSUPPORTED,
				"the profile does not allow manifests "
				"by %s, which a package has",
				mun_digest_name((enum mun_digest_alg)i));
	return 0;
}

/* ---- tags ---- */

static bool flag_of(const json_t *rule, const char *key, bool otherwise)
{
	const json_t *j = json_object_get(rule, key);

	return json_is_boolean(j) ? json_is_true(j) : otherwise;
}

static int check_values(const char *name, const json_t *rule,
			const struct mun_bag_tags *tags, struct mun_err *e)
{
	const json_t *values = json_object_get(rule, "values");

	for (size_t i = 0; json_array_size(values) && i < tags->n; i++) {
		const struct mun_bag_tag *t = &tags->list[i];
		bool is_one = strcasecmp(t->name, name) != 0;
		const json_t *j;
		size_t k;

		for (k = 0; (j = json_array_get(values, k)) != NULL; k++)
			is_one = is_one ||
				 (json_is_string(j) &&
				  !strcmp(json_string_value(j), t->value));
		if (!is_one)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"the profile does not allow '%s: %s'",
					name, t->value);
	}
	return 0;
}

static int check_tag(const char *name, const json_t *rule,
		     const struct mun_bag_tags *tags, struct mun_err *e)
{
	size_t n = mun_bag_tag_find(tags, name, NULL);

	if (!json_is_object(rule))
		return mun_fail(e, MUN_ECORRUPT,
				"the profile's rule for %s is none", name);
	if (!n && flag_of(rule, "required", false))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the profile asks for %s: give it with "
				"--bag-info '%s=...'",
				name, name);
	if (n > 1 && !flag_of(rule, "repeatable", true))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the profile wants %s once, the package has "
				"%zu",
				name, n);
	return check_values(name, rule, tags, e);
}

static int check_tags(const struct mun_bag_profile *p,
		      const struct mun_bag_tags *tags, struct mun_err *e)
{
	json_t *rules = json_object_get(p->root, "Bag-Info");
	const char *name;
	json_t *rule;

	json_object_foreach(rules, name, rule)
	{
		int rc = check_tag(name, rule, tags, e);

		if (rc)
			return rc;
	}
	return 0;
}

/* ---- forms ---- */

static bool lists(const json_t *list, const char *word)
{
	const json_t *j;
	size_t i;

	for (i = 0; (j = json_array_get(list, i)) != NULL; i++)
		if (json_is_string(j) && !strcmp(json_string_value(j), word))
			return true;
	return false;
}

static int check_form(const struct mun_bag_profile *p,
		      enum mun_package_kind kind, struct mun_err *e)
{
	static const char *const types[] = {
		[MUN_PACKAGE_DIR] = "",
		[MUN_PACKAGE_ZIP] = "application/zip",
		[MUN_PACKAGE_TAR] = "application/x-tar",
	};
	const json_t *accepted =
		json_object_get(p->root, "Accept-Serialization");
	const json_t *versions =
		json_object_get(p->root, "Accept-BagIt-Version");
	const char *word =
		json_string_value(json_object_get(p->root, "Serialization"));

	if (versions && !lists(versions, "1.0"))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the profile does not take BagIt 1.0");
	if (word && !strcmp(word, "required") && kind == MUN_PACKAGE_DIR)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the profile takes archives only: --package "
				"zip or tar");
	if (word && !strcmp(word, "forbidden") && kind != MUN_PACKAGE_DIR)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the profile takes no archives: --package dir");
	if (kind != MUN_PACKAGE_DIR && json_array_size(accepted) &&
	    !lists(accepted, types[kind]))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the profile does not take %s", types[kind]);
	return 0;
}

/* Of tag files a package has none but those of RFC 8493. */
static int check_files(const struct mun_bag_profile *p, struct mun_err *e)
{
	const json_t *list = json_object_get(p->root, "Tag-Files-Required");
	const json_t *j;
	size_t i;

	for (i = 0; (j = json_array_get(list, i)) != NULL; i++) {
		const char *name = json_string_value(j);

		if (name && strcmp(name, "bagit.txt") != 0 &&
		    strcmp(name, "bag-info.txt") != 0)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"the profile asks for the tag file "
					"'%s', which a package does not have",
					name);
	}
	return 0;
}

int mun_bag_profile_check(const struct mun_bag_profile *p,
			  const struct mun_bag_tags *tags, unsigned int algs,
			  enum mun_package_kind kind, struct mun_err *e)
{
	int rc = check_form(p, kind, e);

	if (!rc)
		rc = check_allowed(p, "Manifests-Allowed", algs, e);
	if (!rc)
		rc = check_allowed(p, "Tag-Manifests-Allowed", algs, e);
	if (!rc)
		rc = check_files(p, e);
	return rc ? rc : check_tags(p, tags, e);
}
