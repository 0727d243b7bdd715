/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/guard.c - is this the medium that was meant?  Asked before imaging */
#include "ingest/guard_file.h"

#include "core/str.h"
#include "core/utf8.h"
#include "fixity/digest.h"
#include "image/image.h"
#include "ingest/decode.h"
#include "medium/flux.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const names[MUN_HOLD_KINDS] = {
	[MUN_HOLD_AGAIN] = "again",
	[MUN_HOLD_SAME] = "same",
	[MUN_HOLD_VOLUME] = "volume",
	[MUN_HOLD_UNIDENTIFIED] = "unidentified",
	[MUN_HOLD_PROMISE] = "promise",
	[MUN_HOLD_CHANGED] = "changed",
};

const char *mun_hold_name(enum mun_hold_kind k)
{
	return names[k];
}

enum mun_hold_kind mun_hold_of_name(const char *name)
{
	unsigned int k = 0;

	while (k < MUN_HOLD_KINDS && strcmp(names[k], name) != 0)
		k++;
	return (enum mun_hold_kind)k;
}

static void name_drive(const struct mun_device_facts *f, char *out, size_t size)
{
	const char *const parts[] = { f->vendor, f->model, f->serial };
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; f->is_device && i < 3; i++) {
		if (parts[i][0] && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
					      n ? " " : "", parts[i]);
	}
	if (f->is_device && !n)
		(void)snprintf(out, size, "%s", f->name);
	n = strlen(out);
	mun_utf8_trim(out, &n);
	out[n] = '\0';
}

static int look(struct mun_device *m, const char *path, const char *format,
		struct mun_look *out, struct mun_err *e)
{
	struct mun_received r = { 0 };
	int rc;

	/* Known also of one that nothing more is found out about. */
	out->device = m->facts;
	name_drive(&m->facts, out->drive, sizeof(out->drive));
	rc = mun_received_open(m, path, format, &r, e);
	if (rc) {
		mun_received_close(&r);
		return mun_ctx(e, "identify '%s'", path);
	}
	out->image = r.facts;
	mun_received_close(&r);
	rc = mun_identity_take(m, out->image.volume_label, &out->identity, e);
	out->taken = !rc;
	return rc;
}

int mun_guard_look(const char *path, const char *format, struct mun_look *out,
		   struct mun_err *e)
{
	const char *drive;
	struct mun_device m = { .fd = -1 };
	int rc;

	memset(out, 0, sizeof(*out));
	out->path = path;
	if (mun_flux_is_source(path, &drive))
		return 0;
	rc = mun_device_open(path, &m, e);
	if (rc)
		return rc;
	rc = look(&m, path, format, out, e);
	mun_device_close(&m);
	return rc;
}

/* The head of a medium that was only ever blanked is that of all such. */
static bool is_blank_head(const struct mun_identity *x)
{
	static const uint8_t fills[] = { 0x00, 0xf6, 0xe5, 0xff };
	size_t len = x->bytes < MUN_IDENTITY_HEAD ? (size_t)x->bytes
						  : MUN_IDENTITY_HEAD;
	mun_autofree uint8_t *bytes = malloc(MUN_IDENTITY_HEAD);

	for (size_t i = 0; bytes && i < sizeof(fills); i++) {
		struct mun_digests d = { 0 };
		char hex[MUN_DIGEST_HEX];
		struct mun_err why;

		memset(bytes, fills[i], len);
		if (mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), bytes, len,
				      &d, &why))
			return false;
		mun_digest_hex(&d.of[MUN_SHA256], hex);
		if (!strcmp(hex, x->head))
			return true;
	}
	return false;
}

static bool both(const char *a, const char *b)
{
	return a[0] && b[0];
}

bool mun_guard_has_head(const struct mun_identity *x)
{
	return x->head[0] && !is_blank_head(x);
}

bool mun_guard_same(const struct mun_identity *a, const struct mun_identity *b)
{
	if (a->bytes != b->bytes ||
	    (both(a->head, b->head) && strcmp(a->head, b->head) != 0) ||
	    (both(a->toc, b->toc) && strcmp(a->toc, b->toc) != 0) ||
	    (both(a->volume, b->volume) && strcmp(a->volume, b->volume) != 0))
		return false;
	if (both(a->head, b->head))
		return mun_guard_has_head(a);
	return both(a->toc, b->toc) || both(a->volume, b->volume);
}

/* Objects that a mark leads to, until one holds. */
struct search {
	const struct mun_guard *g;
	const struct mun_look *look;
	struct mun_hold *hold;
	const char *mark; /* what is the same, for people */
	bool weak; /* the mark alone proves too little: sizes must be equal */
	bool found;
};

static const char *property(const struct mun_record *r, const char *name)
{
	const char *value = mun_record_property(r, name);

	return value ? value : "";
}

/* Does the object know a mark that is another one? */
static bool differs(const struct search *s, const struct mun_record *r)
{
	const struct mun_identity *x = &s->look->identity;
	const struct mun_rec_file *master = mun_record_master(r);
	const char *head = property(r, MUN_PROPERTY_HEAD);
	const char *toc = property(r, MUN_PROPERTY_TOC);

	return (both(head, x->head) && strcmp(head, x->head) != 0) ||
	       (both(toc, x->toc) && strcmp(toc, x->toc) != 0) ||
	       (s->weak && r->bytes != x->bytes &&
		(!master || master->bytes != x->bytes));
}

static int candidate(void *ctx, const char *id, const char *label,
		     struct mun_err *e)
{
	struct search *s = ctx;
	mun_auto(record) *r = NULL;
	int rc;

	if (s->found)
		return 0;
	rc = mun_catalog_get(s->g->catalog, id, false, &r, e);
	if (rc)
		return rc;
	if (differs(s, r))
		return 0;
	s->found = true;
	s->hold->kind = MUN_HOLD_SAME;
	(void)snprintf(s->hold->other, sizeof(s->hold->other), "%s", id);
	(void)snprintf(s->hold->reason, sizeof(s->hold->reason),
		       "it seems to be the medium of object %s, '%.200s': the "
		       "same %s",
		       id, label, s->mark);
	return 0;
}

static int search(struct search *s, const char *name, const char *value,
		  const char *mark, struct mun_err *e)
{
	if (!value[0] || s->found)
		return 0;
	s->mark = mark;
	return mun_catalog_find_property(s->g->catalog, name, value, candidate,
					 s, e);
}

static int known(const struct mun_guard *g, const struct mun_look *look,
		 struct mun_hold *hold, bool *found, struct mun_err *e)
{
	const struct mun_identity *x = &look->identity;
	struct search s = { .g = g, .look = look, .hold = hold };
	int rc = 0;

	if (!look->device.is_device)
		return mun_guard_known_file(g, look, hold, found, e);
	if (mun_guard_has_head(x))
		rc = search(&s, MUN_PROPERTY_HEAD, x->head, "first sectors", e);
	if (!rc)
		rc = search(&s, MUN_PROPERTY_TOC, x->toc, "table of contents",
			    e);
	/* Of one whose head could not be read, now or then; where both have
	 * one, it has spoken. */
	s.weak = true;
	if (!rc)
		rc = search(&s, MUN_PROPERTY_VOLUME, x->volume,
			    "volume label and size", e);
	*found = s.found;
	return rc;
}

/* Labels as people copy them: case and blanks around them do not count. */
static bool same_label(const char *a, const char *b)
{
	size_t n = strlen(a);
	size_t k = strlen(b);

	while (n && a[n - 1] == ' ')
		n--;
	while (k && b[k - 1] == ' ')
		k--;
	return n == k && !strncasecmp(a, b, n);
}

static bool wrong_volume(const struct mun_guard *g, const struct mun_look *look,
			 struct mun_hold *hold)
{
	const char *is = look->image.volume_label;

	if (!g->volume[0] || same_label(g->volume, is))
		return false;
	hold->kind = MUN_HOLD_VOLUME;
	if (is[0])
		(void)snprintf(hold->reason, sizeof(hold->reason),
			       "its volume label is '%.128s', not '%.128s'", is,
			       g->volume);
	else
		(void)snprintf(hold->reason, sizeof(hold->reason),
			       "no volume label was found on it, and it should "
			       "be '%.128s'",
			       g->volume);
	return true;
}

/* Sectors, and nothing known in them. */
static bool unidentified(const struct mun_guard *g, const struct mun_look *look,
			 struct mun_hold *hold)
{
	if (!look->device.is_device || g->format_given ||
	    look->image.volume_label[0] || look->identity.toc[0] ||
	    strcmp(look->image.format, "raw") != 0 ||
	    strcmp(look->image.variant, MUN_VARIANT_UNKNOWN) != 0)
		return false;
	hold->kind = MUN_HOLD_UNIDENTIFIED;
	(void)snprintf(hold->reason, sizeof(hold->reason),
		       "nothing on it was recognised: neither a format nor a "
		       "volume label");
	return true;
}

static bool again(const struct mun_guard *g, const struct mun_look *look,
		  struct mun_hold *hold)
{
	if (!g->last || !g->last->taken ||
	    !mun_guard_same(&g->last->identity, &look->identity))
		return false;
	hold->kind = MUN_HOLD_AGAIN;
	(void)snprintf(hold->reason, sizeof(hold->reason),
		       "it is the medium that was in the drive before");
	return true;
}

int mun_guard_judge(const struct mun_guard *g, const struct mun_look *look,
		    struct mun_hold *holds, size_t *n, struct mun_err *e)
{
	bool found = false;
	int rc;

	*n = 0;
	memset(holds, 0, MUN_HOLD_KINDS * sizeof(*holds));
	if (!look->taken)
		return 0;
	if (!g->merge && again(g, look, &holds[*n]))
		++*n;
	if (!g->merge) {
		rc = known(g, look, &holds[*n], &found, e);
		if (rc)
			return mun_ctx(e, "look for the same medium");
		*n += found;
	}
	if (wrong_volume(g, look, &holds[*n]))
		++*n;
	if (unidentified(g, look, &holds[*n]))
		++*n;
	return 0;
}
