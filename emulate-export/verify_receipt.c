/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/verify_receipt.c - what a package says was exported
 *
 * The bytes are not trusted: of a receipt only what has the expected type is
 * taken, and what has another is told.
 */
#include "emulate-export/verify_int.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/uuid.h"

#define IMAGES_MAX 1000u
#define FILES_MAX 8192u /* of all images together */

static void bad(struct mun_verify *v, const char *path, const char *text)
{
	mun_verify_say_at(v, MUN_VERIFY_RECEIPT, MUN_VERIFY_DAMAGE, path,
			  v->receipt_file->path, 0, "%s", text);
}

/* A member that is a text; "" where there is none, told where it is none. */
static const char *text_of(struct mun_verify *v, const json_t *in,
			   const char *key)
{
	const json_t *j = json_object_get(in, key);

	if (!j)
		return "";
	if (json_is_string(j))
		return json_string_value(j);
	bad(v, key, "not a text");
	return "";
}

static bool number_of(struct mun_verify *v, const json_t *in, const char *key,
		      uint64_t *out)
{
	const json_t *j = json_object_get(in, key);

	if (!j)
		return false;
	if (!json_is_integer(j) || json_integer_value(j) < 0) {
		bad(v, key, "not a size");
		return false;
	}
	*out = (uint64_t)json_integer_value(j);
	return true;
}

/* {"sha256": "HEX"}: those that are known here. */
static unsigned int digests_of(struct mun_verify *v, const json_t *in,
			       const char *path, struct mun_sum_values *out)
{
	const json_t *all = json_object_get(in, "digests");
	unsigned int set = 0;
	const char *key;
	const json_t *j;

	if (all && !json_is_object(all))
		bad(v, path, "its digests are none");
	/* The macro casts the const away itself, and back. */
	for (void *it = json_object_iter((json_t *)(uintptr_t)all); it;
	     it = json_object_iter_next((json_t *)(uintptr_t)all, it)) {
		unsigned int alg;

		key = json_object_iter_key(it);
		j = json_object_iter_value(it);
		alg = mun_sum_find(key);
		if (alg == MUN_SUMS)
			continue;
		if (!json_is_string(j) ||
		    !mun_unhex(json_string_value(j), out->of[alg],
			       mun_sum_bytes(alg)))
			bad(v, path, "a digest that is none");
		else
			set |= 1u << alg;
	}
	return set;
}

static void locate(struct mun_verify *v, struct mun_vimage *x)
{
	const struct mun_vfile *f = mun_verify_file(v, x->path);

	x->file = MUN_VERIFY_NONE;
	if (!f) {
		mun_verify_say_at(v, MUN_VERIFY_MISSING, MUN_VERIFY_DAMAGE,
				  x->path, v->receipt_file->path, 0,
				  "it is not there");
		return;
	}
	x->file = (uint32_t)(f - v->files);
	x->raw = x->format && !strcmp(x->format, "raw");
	x->same_size =
		x->format && !x->raw && x->has_bytes && x->bytes == f->bytes;
}

/* The next one, with a path in the package; NULL: told. */
static struct mun_vimage *begin_image(struct mun_verify *v, const json_t *in)
{
	struct mun_vimage *x = &v->images[v->nimages];

	if (!json_is_object(in)) {
		bad(v, "images", "an image that is none");
		return NULL;
	}
	*x = (struct mun_vimage){ .path = text_of(v, in, "path") };
	if (!mun_tag_path_unsafe(x->path) && mun_verify_is_payload(x->path))
		return x;
	bad(v, x->path, "an image that does not lie in the package");
	return NULL;
}

/* One of the files of an image, as it was packaged. */
static void take_file(struct mun_verify *v, const json_t *in)
{
	struct mun_vimage *x = begin_image(v, in);

	if (!x)
		return;
	x->file_set = digests_of(v, in, x->path, &x->file_values);
	x->has_file_bytes = number_of(v, in, "bytes", &x->file_bytes);
	x->proved = true; /* its content is that of the image's main file */
	locate(v, x);
	v->nimages++;
}

static void take_image(struct mun_verify *v, const json_t *in)
{
	const json_t *files = json_object_get(in, "files");
	struct mun_vimage *x = begin_image(v, in);

	if (!x)
		return;
	x->format = text_of(v, in, "format");
	x->has_bytes = number_of(v, in, "bytes", &x->bytes);
	x->set = digests_of(v, in, x->path, &x->values);
	if (!x->set || !x->has_bytes)
		bad(v, x->path,
		    "an image without size and digest of its "
		    "content");
	locate(v, x);
	v->nimages++;
	if (files && !json_is_array(files))
		bad(v, x->path, "its files are none");
	for (size_t i = 0; i < json_array_size(files); i++)
		take_file(v, json_array_get(files, i));
}

/* One object and the event of its export. */
static void take_export(struct mun_verify *v, const json_t *in)
{
	struct mun_vexport *x = &v->exports[v->nexports];
	struct mun_verify_result *out = v->out;

	x->object = text_of(v, in, "object");
	x->event = text_of(v, in, "event");
	if (!mun_uuid_is(x->object) || !mun_uuid_is(x->event)) {
		bad(v, "object", "an id that is no UUID");
		return;
	}
	if (!v->nexports++) {
		(void)snprintf(out->object, sizeof(out->object), "%s",
			       x->object);
		(void)snprintf(out->event, sizeof(out->event), "%s", x->event);
	}
}

/* For @n objects, and the files of their images; false: too many. */
static bool make_room(struct mun_verify *v, const json_t *all, size_t n)
{
	size_t files = n;

	for (size_t i = 0; i < n; i++) {
		const json_t *j = json_array_get(all, i);
		const json_t *image = json_object_get(j, "image");

		files += json_array_size(
			json_object_get(image ? image : j, "files"));
	}
	if (files > FILES_MAX)
		return false;
	v->images = mun_arena_array(v->arena, files + 1, sizeof(*v->images));
	v->exports = mun_arena_array(v->arena, n + 1, sizeof(*v->exports));
	return true;
}

/* "objects": [{"object", "event", "image": {}}]; before there were sets:
 * "object", "event", "images": [{}]. */
static int take_objects(struct mun_verify *v, struct mun_err *e)
{
	const json_t *objects = json_object_get(v->receipt, "objects");
	const json_t *all =
		objects ? objects : json_object_get(v->receipt, "images");
	size_t n = json_array_size(all);

	if (!json_is_array(all) || !n || n > IMAGES_MAX ||
	    !make_room(v, all, n)) {
		bad(v, objects ? "objects" : "images", "not a list of objects");
		return 0;
	}
	if (!v->images || !v->exports)
		return mun_fail_nomem(e, "images");
	if (!objects)
		take_export(v, v->receipt);
	for (size_t i = 0; i < n; i++) {
		const json_t *j = json_array_get(all, i);
		const json_t *image = objects ? json_object_get(j, "image") : j;

		if (objects)
			take_export(v, j);
		/* What is given out as files has no image. */
		if (image)
			take_image(v, image);
	}
	return 0;
}

int mun_verify_receipt(struct mun_verify *v, struct mun_err *e)
{
	/* Where it is, and where it was in packages of before. */
	static const char *const names[] = { "data/receipt.json",
					     "data/metadata/receipt.json" };
	const struct mun_vfile *f = NULL;
	int rc;

	for (size_t i = 0; !f && i < MUN_COUNT(names); i++)
		f = mun_verify_file(v, names[i]);
	if (!f)
		return 0;
	v->receipt_file = f;
	v->out->receipt = true;
	if (!f->kept) {
		bad(v, f->path, f->why);
		return 0;
	}
	rc = mun_json_parse(f->text, (size_t)f->bytes, &v->receipt, e);
	if (rc == MUN_ECORRUPT) {
		bad(v, f->path, e->lines[0].text);
		return 0;
	}
	if (rc)
		return rc;
	if (!json_is_object(v->receipt)) {
		bad(v, f->path, "not an object of JSON");
		return 0;
	}
	return take_objects(v, e);
}
