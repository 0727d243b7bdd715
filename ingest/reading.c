/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/reading.c - reading.json and reading.map of a session */
#include "ingest/reading.h"

#include "core/check.h"
#include "core/file.h"
#include "core/json.h"
#include "core/jsonw.h"
#include "core/str.h"
#include "core/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MARKER "reading.json"
#define MAP "reading.map"
#define MARKER_MAX ((size_t)1 << 20)
#define MAP_MAX ((size_t)1 << 30)
#define VERSION 1

void mun_reading_clear(struct mun_reading *r)
{
	free(r->image);
	free(r->name);
	mun_readmap_clear(&r->map);
	mun_range_list_clear(&r->runout);
	*r = (struct mun_reading){ 0 };
}

static void put_digests(struct mun_jsonw *w, const struct mun_digests *d)
{
	char hex[MUN_DIGEST_HEX];

	mun_jsonw_object(w, "digests");
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (!d->of[i].len)
			continue;
		mun_digest_hex(&d->of[i], hex);
		mun_jsonw_text(w, mun_digest_name((enum mun_digest_alg)i), hex);
	}
	mun_jsonw_end_object(w);
}

static int marker_text(const struct mun_reading *r, char **out,
		       struct mun_err *e)
{
	char root[2 * MUN_TREE_HASH + 1];
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_u64(&w, "muniment_reading", VERSION);
	mun_jsonw_text(&w, "image", r->name);
	mun_jsonw_bool(&w, "is_device", r->is_device);
	mun_jsonw_u64(&w, "bytes", r->bytes);
	mun_jsonw_u64(&w, "sector_size", r->sector_bytes);
	put_digests(&w, &r->digests);
	mun_hex(r->root, sizeof(r->root), root);
	mun_jsonw_text(&w, "tree_root", root);
	mun_range_list_json(&w, "runout", &r->runout);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		rc = mun_str_take(&w.out, out, e);
	mun_str_free(&w.out);
	return rc;
}

int mun_reading_save(const char *session_dir, const struct mun_reading *r,
		     struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_str map = { 0 };
	int rc = mun_readmap_write(&r->map, "a finished reading", &map, e);

	if (!rc)
		rc = marker_text(r, &text, e);
	if (!rc)
		rc = mun_file_replace(session_dir, MAP, map.text, map.len, e);
	if (!rc)
		rc = mun_file_replace(session_dir, MARKER, text, strlen(text),
				      e);
	mun_str_free(&map);
	return rc ? mun_ctx(e, "note that the reading is complete") : 0;
}

/* ---- reading it ---- */

static bool get_number(const json_t *doc, const char *key, uint64_t max,
		       uint64_t *out)
{
	const json_t *v = json_object_get(doc, key);

	if (!json_is_integer(v) || json_integer_value(v) <= 0 ||
	    (uint64_t)json_integer_value(v) > max)
		return false;
	*out = (uint64_t)json_integer_value(v);
	return true;
}

static bool get_digests(const json_t *doc, struct mun_digests *out)
{
	const json_t *o = json_object_get(doc, "digests");

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		enum mun_digest_alg alg = (enum mun_digest_alg)i;
		const json_t *v = json_object_get(o, mun_digest_name(alg));
		struct mun_err why;

		if (v && (!json_is_string(v) ||
			  mun_digest_parse(alg, json_string_value(v),
					   &out->of[i], &why)))
			return false;
	}
	return json_is_object(o);
}

static bool get_fields(const json_t *doc, struct mun_reading *out)
{
	const char *root = json_string_value(json_object_get(doc, "tree_root"));
	uint64_t sector;

	if (json_integer_value(json_object_get(doc, "muniment_reading")) !=
		    VERSION ||
	    !root || !mun_unhex(root, out->root, sizeof(out->root)) ||
	    !get_number(doc, "bytes", INT64_MAX, &out->bytes) ||
	    !get_number(doc, "sector_size", UINT32_MAX, &sector) ||
	    !get_digests(doc, &out->digests))
		return false;
	out->sector_bytes = (uint32_t)sector;
	out->is_device = json_is_true(json_object_get(doc, "is_device"));
	return true;
}

static int get_name(const json_t *doc, const char *dir, struct mun_reading *out,
		    struct mun_err *e)
{
	const char *name = json_string_value(json_object_get(doc, "image"));
	int rc;

	if (!name || strncmp(name, "image/", 6) != 0 || !mun_path_is_safe(name))
		return mun_fail(e, MUN_ECORRUPT, "it names no image");
	rc = mun_strdup(name, &out->name, e);
	if (!rc)
		rc = mun_fmt(&out->image, e, "%s/object/v1/content/%s", dir,
			     name);
	return rc;
}

static int load_marker(const char *dir, struct mun_reading *out,
		       struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	mun_autojson json_t *doc = NULL;
	size_t len = 0;
	int rc = mun_path_join(dir, MARKER, &path, e);

	if (!rc)
		rc = mun_file_read(path, MARKER_MAX, &text, &len, e);
	if (!rc)
		rc = mun_json_parse(text, len, &doc, e);
	if (!rc)
		rc = get_name(doc, dir, out, e);
	if (!rc && !get_fields(doc, out))
		rc = mun_fail(e, MUN_ECORRUPT, "not a reading of this version");
	if (!rc)
		rc = mun_range_list_parse(json_object_get(doc, "runout"),
					  out->bytes, &out->runout, e);
	return rc && path ? mun_ctx(e, "'%s'", path) : rc;
}

static int load_map(const char *dir, struct mun_reading *out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc = mun_path_join(dir, MAP, &path, e);

	if (!rc)
		rc = mun_file_read(path, MAP_MAX, &text, &len, e);
	if (!rc)
		rc = mun_readmap_parse(text, len, &out->map, e);
	if (!rc && out->map.size != out->bytes)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "it is not the map of that image");
	/* The marker is there: so was the map. */
	if (rc == MUN_ENOENT)
		rc = mun_fail(e, MUN_ECORRUPT, "it is lost");
	return rc && path ? mun_ctx(e, "'%s'", path) : rc;
}

int mun_reading_load(const char *session_dir, struct mun_reading *out,
		     struct mun_err *e)
{
	int rc;

	*out = (struct mun_reading){ 0 };
	rc = load_marker(session_dir, out, e);
	return rc ? rc : load_map(session_dir, out, e);
}

int mun_reading_forget(const char *session_dir, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = mun_path_join(session_dir, MARKER, &path, e);

	if (!rc && mun_sys.unlink(path) && errno != ENOENT)
		rc = mun_fail_sys(e, errno, "remove '%s'", path);
	return rc;
}
