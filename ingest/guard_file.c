/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/guard_file.c - is it a file that an object has already? */
#include "ingest/guard_file.h"

#include "core/check.h"
#include "core/source.h"
#include "fixity/digest.h"
#include "fixity/hashpass.h"
#include "image/companion.h"
#include "ingest/same_as.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a file that is compared whatever objects there are. */
#define ALWAYS_HASHED ((uint64_t)64 << 20)

/* A file that lies beside it, as it was found: many objects may be compared
 * with it, and it is read once. */
struct beside {
	char *name;
	uint64_t bytes;
	bool there;
	struct mun_digests digests; /* computed when they are asked for */
};

struct comparison {
	const struct mun_guard *g;
	const struct mun_digest *digest; /* of the file itself */
	struct mun_hold *hold;
	struct mun_companions *folder;
	struct beside *files;
	size_t n;
	bool found;
};

static int hash(const struct mun_guard *g, struct mun_source *src,
		struct mun_digests *d, struct mun_err *e)
{
	return mun_hash_source(src, MUN_DIGEST_BIT(MUN_SHA512), d, NULL,
			       "comparing", g->progress, e);
}

/* ---- what lies beside it ---- */

static struct beside *add(struct comparison *c, const char *name)
{
	struct beside *more;

	more = reallocarray(c->files, c->n + 1, sizeof(*more));
	if (!more)
		return NULL;
	c->files = more;
	more += c->n;
	*more = (struct beside){ .name = strdup(name) };
	if (!more->name)
		return NULL;
	c->n++;
	return more;
}

static int find(struct comparison *c, const char *name, struct beside **out,
		struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_err why;
	int rc;

	for (size_t i = 0; i < c->n; i++) {
		*out = &c->files[i];
		if (!strcmp((*out)->name, name))
			return 0;
	}
	*out = add(c, name);
	if (!*out)
		return mun_fail_nomem(e, "files beside an image");
	rc = mun_companion_open(c->folder, name, &src, &why);
	if (!rc) {
		(*out)->there = true;
		(*out)->bytes = src->size;
	} else if (rc != MUN_ENOENT && rc != MUN_EINVAL) {
		*e = why;
		return rc;
	}
	return 0;
}

static int digest(struct comparison *c, struct beside *b, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc;

	if (b->digests.of[MUN_SHA512].len)
		return 0;
	rc = mun_companion_open(c->folder, b->name, &src, e);
	return rc ? rc : hash(c->g, src, &b->digests, e);
}

static int same_part(struct comparison *c, const struct mun_rec_file *f,
		     bool *same, struct mun_err *e)
{
	struct beside *b;
	int rc = find(c, mun_companion_last(f->path), &b, e);

	*same = !rc && b->there && b->bytes == f->bytes;
	if (!*same)
		return rc;
	rc = digest(c, b, e);
	*same = mun_digest_equal(&b->digests.of[MUN_SHA512],
				 &f->digests.of[MUN_SHA512]);
	return rc;
}

/* ---- one object after the other ---- */

/* Sheets of different discs are often alike, to the byte: what they name tells
 * the discs apart. */
static int same_parts(struct comparison *c, const struct mun_record *r,
		      bool *same, struct mun_err *e)
{
	int rc = 0;

	*same = true;
	for (size_t i = 0; i < r->nfiles && *same && !rc; i++)
		if (!strcmp(r->files[i].role, MUN_ROLE_PART))
			rc = same_part(c, &r->files[i], same, e);
	return rc;
}

/* Is what @r decodes to the very file?  Then it does not matter of how many
 * files it is made. */
static bool decodes_to_it(const struct comparison *c,
			  const struct mun_record *r)
{
	return mun_record_is_decoded(r) &&
	       mun_digest_equal(&r->content.of[MUN_SHA512], c->digest);
}

static int candidate(void *ctx, const char *id, const char *label,
		     struct mun_err *e)
{
	struct comparison *c = ctx;
	mun_auto(record) *r = NULL;
	int rc;

	if (c->found)
		return 0;
	rc = mun_catalog_get(c->g->catalog, id, false, &r, e);
	if (!rc)
		c->found = decodes_to_it(c, r);
	if (!rc && !c->found)
		rc = same_parts(c, r, &c->found, e);
	if (rc || !c->found)
		return rc;
	c->hold->kind = MUN_HOLD_SAME;
	(void)snprintf(c->hold->other, sizeof(c->hold->other), "%s", id);
	(void)snprintf(c->hold->reason, sizeof(c->hold->reason),
		       "it has the same bytes as object %s, '%.200s'", id,
		       label);
	return 0;
}

static int compare(struct comparison *c, const char *path, struct mun_err *e)
{
	int rc = mun_companions_folder(path, &c->folder, e);

	if (!rc)
		rc = mun_catalog_each_digest(c->g->catalog, MUN_SHA512,
					     c->digest, candidate, c, e);
	mun_companions_close(c->folder);
	for (size_t i = 0; i < c->n; i++)
		free(c->files[i].name);
	free(c->files);
	return rc;
}

/* A file is not worn by reading, so all of it is compared. */
int mun_guard_known_file(const struct mun_guard *g, const struct mun_look *look,
			 struct mun_hold *hold, bool *found, struct mun_err *e)
{
	struct mun_digests d = { 0 };
	struct comparison c = { .g = g,
				.hold = hold,
				.digest = &d.of[MUN_SHA512] };
	mun_auto(source) *src = NULL;
	bool wanted = look->device.bytes <= ALWAYS_HASHED;
	int rc = 0;

	if (!wanted)
		rc = mun_catalog_has_size(g->catalog, look->device.bytes,
					  &wanted, e);
	if (rc || !wanted)
		return rc;
	rc = mun_source_open_file(look->path, &src, e);
	if (!rc)
		rc = hash(g, src, &d, e);
	if (!rc)
		rc = compare(&c, look->path, e);
	*found = c.found;
	return rc;
}
