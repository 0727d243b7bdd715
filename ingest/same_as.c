/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/same_as.c - another object with the same bytes */
#include "ingest/same_as.h"

#include <stdio.h>
#include <string.h>

struct search {
	struct mun_catalog *c;
	const struct mun_record *r;
	char *out;
};

bool mun_record_is_decoded(const struct mun_record *r)
{
	const struct mun_rec_file *f = mun_record_master(r);

	return f && !mun_digest_equal(&r->content.of[MUN_SHA512],
				      &f->digests.of[MUN_SHA512]);
}

static bool is_part(const struct mun_rec_file *f)
{
	return !strcmp(f->role, MUN_ROLE_PART);
}

static bool has_part(const struct mun_record *r, const struct mun_rec_file *f)
{
	for (size_t i = 0; i < r->nfiles; i++)
		if (is_part(&r->files[i]) &&
		    !strcmp(r->files[i].path, f->path) &&
		    mun_digest_equal(&r->files[i].digests.of[MUN_SHA512],
				     &f->digests.of[MUN_SHA512]))
			return true;
	return false;
}

static bool has_parts_of(const struct mun_record *r,
			 const struct mun_record *other)
{
	for (size_t i = 0; i < other->nfiles; i++)
		if (is_part(&other->files[i]) && !has_part(r, &other->files[i]))
			return false;
	return true;
}

static int candidate(void *ctx, const char *id, const char *label,
		     struct mun_err *e)
{
	struct search *s = ctx;
	mun_auto(record) *other = NULL;
	int rc;

	(void)label;
	if (*s->out || !strcmp(id, s->r->id))
		return 0;
	rc = mun_catalog_get(s->c, id, false, &other, e);
	if (rc)
		return rc;
	if (mun_record_is_decoded(s->r) || mun_record_is_decoded(other) ||
	    (has_parts_of(s->r, other) && has_parts_of(other, s->r)))
		(void)snprintf(s->out, MUN_UUID_LEN, "%s", id);
	return 0;
}

int mun_same_as(struct mun_catalog *c, const struct mun_record *r,
		char out[static MUN_UUID_LEN], struct mun_err *e)
{
	struct search s = { .c = c, .r = r, .out = out };

	out[0] = '\0';
	return mun_catalog_each_digest(
		c, MUN_SHA512, &r->content.of[MUN_SHA512], candidate, &s, e);
}
