/* SPDX-License-Identifier: Apache-2.0 */
/* store/marker.c - muniment-store.json, read and written (store/marker.h) */
#include "store/marker.h"

#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/jsonw.h"
#include "core/utf8.h"
#include "store/place.h"
#include "store/validate_int.h"

#define TYPE "muniment-store"
#define VERSION 1

static int get_uuid(const json_t *j, const char *key,
		    char out[static MUN_UUID_LEN], struct mun_err *e)
{
	const char *text = json_string_value(json_object_get(j, key));

	if (!text || !mun_uuid_is(text))
		return mun_fail(e, MUN_ECORRUPT, "'%s' is no UUID", key);
	(void)snprintf(out, MUN_UUID_LEN, "%s", text);
	return 0;
}

static int get_name(const json_t *j, char out[static MUN_MARKER_NAME],
		    struct mun_err *e)
{
	const char *text = json_string_value(json_object_get(j, "name"));

	if (!text || strlen(text) >= MUN_MARKER_NAME ||
	    !mun_text_is_clean(text, ""))
		return mun_fail(e, MUN_ECORRUPT,
				"'name' is not there as clean text");
	(void)snprintf(out, MUN_MARKER_NAME, "%s", text);
	return 0;
}

static int check_type(const json_t *j, struct mun_err *e)
{
	const char *type = json_string_value(json_object_get(j, "type"));
	const json_t *version = json_object_get(j, "version");

	if (!type || strcmp(type, TYPE) != 0)
		return mun_fail(e, MUN_ECORRUPT, "'type' is not \"" TYPE "\"");
	if (!json_is_integer(version))
		return mun_fail(e, MUN_ECORRUPT, "'version' is no number");
	if (json_integer_value(version) != VERSION)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"version %" JSON_INTEGER_FORMAT
				" of the marker, only 1 is known",
				json_integer_value(version));
	return 0;
}

int mun_marker_parse(const char *text, size_t len, struct mun_marker *out,
		     struct mun_err *e)
{
	mun_autojson json_t *j = NULL;
	struct mun_marker m = { .id = "" };
	int rc;

	if (len > MUN_MARKER_MAX)
		return mun_fail(e, MUN_ECORRUPT, "%zu bytes are too many", len);
	rc = mun_json_parse(text, len, &j, e);
	if (!rc)
		rc = check_type(j, e);
	if (!rc)
		rc = get_uuid(j, "id", m.id, e);
	if (!rc)
		rc = get_uuid(j, "repository", m.repository, e);
	if (!rc)
		rc = get_name(j, m.name, e);
	if (!rc)
		*out = m;
	return rc;
}

int mun_marker_write(const struct mun_marker *m, struct mun_str *out,
		     struct mun_err *e)
{
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, "type", TYPE);
	mun_jsonw_u64(&w, "version", VERSION);
	mun_jsonw_text(&w, "id", m->id);
	mun_jsonw_text(&w, "repository", m->repository);
	mun_jsonw_text(&w, "name", m->name);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		*out = w.out;
	return rc;
}

int mun_marker_read(const char *dir, struct mun_marker *out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	rc = mun_path_join(dir, MUN_PLACE_MARKER, &path, e);
	if (!rc)
		rc = mun_val_read(path, MUN_MARKER_MAX, &text, &len, e);
	if (!rc)
		rc = mun_marker_parse(text, len, out, e);
	return rc ? mun_ctx(e, "'%s/" MUN_PLACE_MARKER "'", dir) : 0;
}
