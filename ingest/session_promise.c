/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/session_promise.c - an expectation as JSON, and back */
#include "ingest/session_promise.h"

#include "core/str.h"
#include "ingest/expect.h"

#include <string.h>

/* Paths are bytes: they are kept escaped, which can be undone. */
static void put_path(struct mun_jsonw *w, const char *key, const char *path)
{
	struct mun_str s = { 0 };

	mun_escape(&s, path, strlen(path));
	mun_jsonw_text(w, key, s.text ? s.text : "");
	w->failed = w->failed || s.failed;
	mun_str_free(&s);
}

static void put_digest(struct mun_jsonw *w, const char *key,
		       const struct mun_digest *d)
{
	char hex[MUN_DIGEST_HEX];

	mun_digest_hex(d, hex);
	mun_jsonw_text(w, key, hex);
}

void mun_promise_json(struct mun_jsonw *w, const struct mun_expectation *x)
{
	mun_jsonw_object(w, "promise");
	put_path(w, "manifest", x->manifest);
	put_digest(w, "manifest_sha512", &x->manifest_sha512);
	mun_jsonw_text(w, "donor", x->donor);
	put_path(w, "entry", x->entry);
	mun_jsonw_u64(w, "line", x->line);
	if (x->has_bytes)
		mun_jsonw_u64(w, "bytes", x->bytes);
	mun_jsonw_object(w, "digests");
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (x->digests.of[i].len)
			put_digest(w, mun_digest_name((enum mun_digest_alg)i),
				   &x->digests.of[i]);
	}
	mun_jsonw_end_object(w);
	mun_jsonw_bool(w, "accept_mismatch", x->accept_mismatch);
	mun_jsonw_end_object(w);
}

const struct mun_expectation *mun_promise_copy(struct mun_arena *arena,
					       const struct mun_expectation *x)
{
	struct mun_expectation *to;

	if (!x)
		return NULL;
	to = mun_arena_alloc(arena, sizeof(*to));
	if (!to)
		return NULL;
	*to = *x;
	to->manifest = mun_arena_strdup(arena, x->manifest);
	to->donor = mun_arena_strdup(arena, x->donor);
	to->entry = mun_arena_strdup(arena, x->entry);
	return to;
}

static const char *path_of(struct mun_arena *arena, const json_t *o,
			   const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	struct mun_str raw = { 0 };
	struct mun_err why;
	const char *out = NULL;

	if (text && !mun_unescape(text, &raw, &why) && raw.text)
		out = mun_arena_strdup(arena, raw.text);
	mun_str_free(&raw);
	return out;
}

static bool read_digests(const json_t *o, struct mun_expectation *x)
{
	const json_t *all = json_object_get(o, "digests");
	const char *hex =
		json_string_value(json_object_get(o, "manifest_sha512"));
	struct mun_err why;

	if (!hex ||
	    mun_digest_parse(MUN_SHA512, hex, &x->manifest_sha512, &why))
		return false;
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		enum mun_digest_alg alg = (enum mun_digest_alg)i;

		hex = json_string_value(
			json_object_get(all, mun_digest_name(alg)));
		if (hex && mun_digest_parse(alg, hex, &x->digests.of[i], &why))
			return false;
	}
	return mun_expectation_algs(x) != 0;
}

bool mun_promise_read(struct mun_arena *arena, const json_t *o,
		      const struct mun_expectation **out)
{
	const json_t *bytes = json_object_get(o, "bytes");
	const json_t *accept = json_object_get(o, "accept_mismatch");
	const char *donor = json_string_value(json_object_get(o, "donor"));
	struct mun_expectation *x;

	*out = NULL;
	if (!o)
		return true;
	x = mun_arena_alloc(arena, sizeof(*x));
	if (!x)
		return false;
	x->manifest = path_of(arena, o, "manifest");
	x->entry = path_of(arena, o, "entry");
	x->donor = mun_arena_strdup(arena, donor);
	x->line = (uint64_t)json_integer_value(json_object_get(o, "line"));
	x->has_bytes = bytes != NULL;
	x->bytes = (uint64_t)json_integer_value(bytes);
	x->accept_mismatch = json_is_true(accept);
	if (!x->manifest || !x->entry || !x->donor || !json_is_boolean(accept))
		return false;
	*out = x;
	return read_digests(o, x);
}
