/* SPDX-License-Identifier: Apache-2.0 */
/* image/contents_of.c - the contents of an image, looked at in the sandbox */
#include "image/contents.h"

#include "core/sandbox.h"
#include "image/contents_int.h"
#include "image/remote.h"

#include <stdlib.h>
#include <string.h>

static int nonsense(const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT,
			"the parser gave an answer that makes no sense (%s)",
			what);
}

/* A text that ends inside its field and can be shown on one line; nothing is
 * hidden behind its end. */
static bool is_text(char *field, size_t size)
{
	size_t len = strnlen(field, size);

	if (len == size || !mun_text_is_clean(field, ""))
		return false;
	memset(field + len, 0, size - len);
	return true;
}

#define IS_TEXT(field) is_text((field), sizeof(field))

/* Any other byte is no bool, and must not be looked at as one. */
static bool is_bool(const bool *field)
{
	uint8_t byte;

	memcpy(&byte, field, 1);
	return byte <= 1;
}

static bool are_marks(struct mun_mark *marks, size_t n)
{
	if (n > MUN_CONTENTS_MARKS)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!IS_TEXT(marks[i].word) || !IS_TEXT(marks[i].text))
			return false;
	memset(marks + n, 0, (MUN_CONTENTS_MARKS - n) * sizeof(*marks));
	return true;
}

static bool is_part(struct mun_contents_part *p)
{
	return IS_TEXT(p->type) && IS_TEXT(p->name) && is_bool(&p->active) &&
	       p->off <= INT64_MAX && p->bytes <= (uint64_t)INT64_MAX - p->off;
}

static bool is_volume(struct mun_contents_volume *v, size_t nparts)
{
	return v->part <= nparts && v->off <= INT64_MAX &&
	       v->bytes <= INT64_MAX && IS_TEXT(v->fs) && IS_TEXT(v->title) &&
	       IS_TEXT(v->label) && IS_TEXT(v->serial) && IS_TEXT(v->puid) &&
	       IS_TEXT(v->oem) && (unsigned int)v->boots <= MUN_BOOTS_YES &&
	       IS_TEXT(v->boot_text) && is_bool(&v->damaged) &&
	       are_marks(v->marks, v->nmarks);
}

static int check(struct mun_contents *c, struct mun_err *e)
{
	if (!IS_TEXT(c->table) || !is_bool(&c->table_damaged) ||
	    !is_bool(&c->more) || (unsigned int)c->boots > MUN_BOOTS_YES ||
	    !IS_TEXT(c->boot_text) || !are_marks(c->marks, c->nmarks))
		return nonsense("contents", e);
	if (c->nparts > MUN_CONTENTS_PARTS ||
	    c->nvolumes > MUN_CONTENTS_VOLUMES)
		return nonsense("contents", e);
	for (size_t i = 0; i < c->nparts; i++)
		if (!is_part(&c->parts[i]))
			return nonsense("partitions", e);
	for (size_t i = 0; i < c->nvolumes; i++)
		if (!is_volume(&c->volumes[i], c->nparts))
			return nonsense("volumes", e);
	memset(c->parts + c->nparts, 0,
	       (MUN_CONTENTS_PARTS - c->nparts) * sizeof(c->parts[0]));
	memset(c->volumes + c->nvolumes, 0,
	       (MUN_CONTENTS_VOLUMES - c->nvolumes) * sizeof(c->volumes[0]));
	return 0;
}

int mun_contents_unpack(const void *blob, size_t len, struct mun_contents *out,
			struct mun_err *e)
{
	int rc;

	if (len != sizeof(*out))
		rc = nonsense("contents", e);
	else {
		memcpy(out, blob, sizeof(*out));
		rc = check(out, e);
	}
	if (rc)
		memset(out, 0, sizeof(*out));
	return rc;
}

/* In the child: it goes the way as it is in memory, for it has no pointer. */
int mun_contents_pack(struct mun_image *img, struct mun_str *answer,
		      struct mun_err *e)
{
	mun_autofree struct mun_contents *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return mun_fail_nomem(e, "contents of a medium");
	rc = mun_contents_read(img, c, e);
	if (rc)
		return rc;
	mun_str_add_bytes(answer, c, sizeof(*c));
	return answer->failed ? mun_fail_nomem(e, "contents of a medium") : 0;
}

static int look(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	return mun_contents_pack(ctx, answer, e);
}

int mun_contents_of(struct mun_image *img, struct mun_contents *out,
		    struct mun_err *e)
{
	static const struct mun_sandbox_limits limits = { 0 };
	struct mun_str answer = { 0 };
	bool asked = false;
	int rc = mun_remote_contents(img, out, &asked, e);

	if (rc || asked)
		return rc;
	rc = mun_sandbox_run(look, img, &limits, &answer, e);
	if (!rc)
		rc = mun_contents_unpack(answer.text ? answer.text : "",
					 answer.len, out, e);
	mun_str_free(&answer);
	return rc;
}
