/* SPDX-License-Identifier: Apache-2.0 */
/* image/identify.c - the facts of an image, found in a sandboxed child */
#include "image/identify.h"

#include "core/sandbox.h"
#include "core/str.h"

#include <string.h>

struct request {
	struct mun_source *src;
	const char *file_name;
	const char *format;
};

#define COPY(to, from) \
	do { \
		_Static_assert(sizeof(to) >= sizeof(from), "facts too " \
							   "short"); \
		memcpy((to), (from), sizeof(from)); \
	} while (0)

static void copy_name(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
}

/* The structs are not laid over each other: what the child sends is all zeros
 * but for these. */
void mun_image_facts_of(const struct mun_image *img,
			struct mun_image_facts *out)
{
	memset(out, 0, sizeof(*out));
	copy_name(out->format, sizeof(out->format), img->format->name);
	copy_name(out->title, sizeof(out->title), img->format->title);
	COPY(out->variant, img->variant);
	COPY(out->volume_label, img->volume_label);
	COPY(out->puid, img->puid);
	COPY(out->mime, img->mime);
	COPY(out->note, img->note);
	out->medium = img->medium;
	out->sector_bytes = img->sector_bytes;
	out->bytes = img->bytes;
	out->geometry = img->geometry;
	out->tracks = (unsigned int)img->ntracks;
}

static int in_child(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	struct request *request = ctx;
	mun_auto(image) *img = NULL;
	struct mun_image_facts facts;
	int rc;

	rc = mun_image_open(request->src, request->file_name, request->format,
			    &img, e);
	if (rc)
		return rc;
	mun_image_facts_of(img, &facts);
	mun_str_add_bytes(answer, &facts, sizeof(facts));
	return 0;
}

/* Terminated within its field, clean, and nothing hidden behind the end. */
static bool is_text(char *field, size_t size)
{
	size_t len = strnlen(field, size);

	if (len == size || !mun_text_is_clean(field, ""))
		return false;
	memset(field + len, 0, size - len);
	return true;
}

/* A driver of ours, under its own title: these two are not the child's to
 * choose. */
static bool is_known(struct mun_image_facts *f, const char *format)
{
	if (format && strcmp(format, f->format) != 0)
		return false;
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		const struct mun_image_driver *d = mun_image_drivers[i];

		if (strcmp(d->name, f->format) == 0)
			return strncmp(d->title, f->title,
				       sizeof(f->title) - 1) == 0;
	}
	return false;
}

/* The child read hostile bytes and may have been taken over by them: it can
 * name the wrong format, but it cannot harm who reads the answer. */
static bool are_sane(struct mun_image_facts *f, const struct request *request)
{
	return is_text(f->format, sizeof(f->format)) &&
	       is_text(f->title, sizeof(f->title)) &&
	       is_text(f->variant, sizeof(f->variant)) &&
	       is_text(f->volume_label, sizeof(f->volume_label)) &&
	       is_text(f->puid, sizeof(f->puid)) &&
	       is_text(f->mime, sizeof(f->mime)) &&
	       is_text(f->note, sizeof(f->note)) &&
	       is_known(f, request->format) &&
	       (unsigned int)f->medium <= MUN_MEDIUM_DISK &&
	       f->sector_bytes > 0 && f->sector_bytes <= 65536 &&
	       f->bytes <= INT64_MAX && f->tracks > 0;
}

int mun_identify(struct mun_source *src, const char *file_name,
		 const char *format, struct mun_image_facts *out,
		 struct mun_err *e)
{
	static const struct mun_sandbox_limits limits = {
		.answer_bytes = sizeof(*out),
	};
	struct request request = { src, file_name, format };
	struct mun_str answer = { 0 };
	int rc;

	rc = mun_sandbox_run(in_child, &request, &limits, &answer, e);
	if (!rc && answer.len == sizeof(*out))
		memcpy(out, answer.text, sizeof(*out));
	if (!rc && (answer.len != sizeof(*out) || !are_sane(out, &request)))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the parser gave an answer that makes no sense");
	mun_str_free(&answer);
	return rc;
}
