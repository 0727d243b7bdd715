/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_inventory.c - one inventory by itself, and its sidecar */
#include "store/validate_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"
#include "store/inventory_json.h"
#include "store/layout.h"

static void check_id(struct mun_val *v, struct mun_val_inv *inv)
{
	const json_t *id = json_object_get(inv->json, "id");

	if (!id) {
		mun_val_report(v, "E036", inv->where, "there is no 'id'");
		return;
	}
	if (!json_is_string(id) || !json_string_length(id)) {
		mun_val_report(v, "E037", inv->where,
			       "'id' is no text or empty");
		return;
	}
	inv->id = json_string_value(id);
	if (!mun_val_is_uri(inv->id))
		mun_val_report(v, "W005", inv->where, "'id' is no URI: '%s'",
			       inv->id);
}

static void check_type(struct mun_val *v, struct mun_val_inv *inv)
{
	const json_t *type = json_object_get(inv->json, "type");
	const char *text = json_string_value(type);

	if (!type)
		mun_val_report(v, "E036", inv->where, "there is no 'type'");
	else if (text && !strcmp(text, "https://ocfl.io/1.0/spec/#inventory"))
		inv->spec = 10;
	else if (text && !strcmp(text, "https://ocfl.io/1.1/spec/#inventory"))
		inv->spec = 11;
	else
		mun_val_report(v, "E038", inv->where,
			       "'type' is not that of OCFL 1.0 or 1.1");
}

static void check_alg(struct mun_val *v, struct mun_val_inv *inv)
{
	const json_t *alg = json_object_get(inv->json, "digestAlgorithm");
	const char *text = json_string_value(alg);

	if (!alg) {
		mun_val_report(v, "E036", inv->where,
			       "there is no 'digestAlgorithm'");
		return;
	}
	if (!text ||
	    (strcmp(text, "sha512") != 0 && strcmp(text, "sha256") != 0)) {
		mun_val_report(v, "E025", inv->where,
			       "'digestAlgorithm' is neither sha512 nor "
			       "sha256");
		return;
	}
	inv->has_alg = mun_layout_alg(text, &inv->alg);
	if (inv->alg == MUN_SHA256)
		mun_val_report(v, "W004", inv->where,
			       "'digestAlgorithm' is sha256, not sha512");
}

static void check_content_dir(struct mun_val *v, struct mun_val_inv *inv)
{
	const json_t *dir = json_object_get(inv->json, "contentDirectory");
	const char *text = json_string_value(dir);

	inv->content_dir = "content";
	if (!dir)
		return;
	if (!text || !*text) {
		mun_val_report(v, "E108", inv->where,
			       "'contentDirectory' is no text or empty");
	} else if (strchr(text, '/')) {
		mun_val_report(v, "E017", inv->where,
			       "'contentDirectory' has a '/': '%s'", text);
	} else if (!strcmp(text, ".") || !strcmp(text, "..")) {
		mun_val_report(v, "E018", inv->where,
			       "'contentDirectory' is '%s'", text);
	} else {
		inv->content_dir = text;
		inv->content_dir_set = true;
	}
}

static void check_keys(struct mun_val *v, const struct mun_val_inv *inv)
{
	static const char *const keys[] = {
		"id",
		"type",
		"digestAlgorithm",
		"head",
		"contentDirectory",
		"manifest",
		"versions",
		"fixity",
	};
	const char *key;
	json_t *value;

	json_object_foreach(inv->json, key, value)
	{
		bool known = false;

		for (size_t i = 0; i < MUN_COUNT(keys); i++)
			known = known || !strcmp(key, keys[i]);
		if (!known)
			mun_val_report(v, "E102", inv->where,
				       "unknown key '%s'", key);
	}
}

/* The object @key; NULL, and reported, where it is anything else. */
static json_t *get_block(struct mun_val *v, const struct mun_val_inv *inv,
			 const char *key, const char *missing,
			 const char *no_object)
{
	json_t *block = json_object_get(inv->json, key);

	if (json_is_object(block))
		return block;
	if (block)
		mun_val_report(v, no_object, inv->where,
			       "'%s' is not a JSON object", key);
	else if (missing)
		mun_val_report(v, missing, inv->where, "there is no '%s'", key);
	return NULL;
}

static void check_head(struct mun_val *v, struct mun_val_inv *inv)
{
	const json_t *head = json_object_get(inv->json, "head");
	const char *text = json_string_value(head);
	unsigned long n;

	if (!head) {
		mun_val_report(v, "E036", inv->where, "there is no 'head'");
		return;
	}
	n = text ? mun_inventory_version(text) : 0;
	if (!n) {
		mun_val_report(v, "E040", inv->where,
			       "'head' is not the name of a version");
		return;
	}
	inv->head = text;
	if (inv->versions &&
	    (n != inv->last || !json_object_get(inv->versions, text)))
		mun_val_report(v, "E040", inv->where,
			       "'head' is '%s', which is not the newest "
			       "version",
			       text);
}

static int check_all(struct mun_val *v, struct mun_val_inv *inv,
		     struct mun_err *e)
{
	int rc = 0;

	check_keys(v, inv);
	check_id(v, inv);
	check_type(v, inv);
	check_alg(v, inv);
	check_content_dir(v, inv);
	inv->manifest = get_block(v, inv, "manifest", "E041", "E106");
	inv->versions = get_block(v, inv, "versions", "E043", "E044");
	inv->fixity = get_block(v, inv, "fixity", NULL, "E111");
	/* The versions first: they say what paths of the manifest begin with.
	 */
	if (inv->versions)
		rc = mun_val_versions(v, inv, e);
	check_head(v, inv);
	if (!rc && inv->manifest)
		rc = mun_val_manifest(v, inv, e);
	if (!rc && inv->fixity)
		rc = mun_val_fixity(v, inv, e);
	return rc;
}

int mun_val_inventory(struct mun_val *v, const char *where, const char *text,
		      size_t len, struct mun_val_inv *out, struct mun_err *e)
{
	struct mun_err why = { 0 };
	char buf[MUN_ERR_TEXT];
	int rc;

	*out = (struct mun_val_inv){ .where = where, .content_dir = "content" };
	rc = mun_inventory_json(text, len, &out->json, &why);
	if (rc == MUN_ENOMEM) {
		*e = why;
		return rc;
	}
	if (rc) {
		mun_val_report(v, "E033", where, "%s",
			       mun_err_text(&why, buf, sizeof(buf), 0));
		return 0;
	}
	return check_all(v, out, e);
}

void mun_val_inv_clear(struct mun_val_inv *inv)
{
	free(inv->paths);
	json_decref(inv->json);
	*inv = (struct mun_val_inv){ 0 };
}

/* "DIGEST inventory.json" and at most one end of line. */
static bool sidecar_is_formed(const char *text, size_t len, size_t digits)
{
	static const char name[] = "inventory.json";
	size_t at = digits + strspn(text + digits, " \t");
	size_t end = at + sizeof(name) - 1;

	/* strspn() stops at a NUL, so @digits and @at are inside. */
	if (!digits || at == digits || end > len ||
	    memcmp(text + at, name, sizeof(name) - 1) != 0)
		return false;
	return end == len || (end + 1 == len && text[end] == '\n') ||
	       (end + 2 == len && text[end] == '\r' && text[end + 1] == '\n');
}

int mun_val_sidecar(struct mun_val *v, const char *where, const char *text,
		    size_t len, enum mun_digest_alg alg, const char *inv_text,
		    size_t inv_len, struct mun_err *e)
{
	size_t digits = strspn(text, "0123456789abcdefABCDEF");
	struct mun_digests digests = { 0 };
	char hex[MUN_DIGEST_HEX];
	int rc;

	if (!sidecar_is_formed(text, len, digits)) {
		mun_val_report(v, "E061", where,
			       "not of the form \"DIGEST inventory.json\"");
		return 0;
	}
	rc = mun_digest_memory(MUN_DIGEST_BIT(alg), inv_text, inv_len, &digests,
			       e);
	if (rc)
		return rc;
	mun_digest_hex(&digests.of[alg], hex);
	if (digits != strlen(hex) || strncasecmp(text, hex, digits) != 0)
		mun_val_report(v, "E060", where,
			       "not the %s digest of inventory.json, which is "
			       "%s",
			       mun_digest_title(alg), hex);
	return 0;
}
