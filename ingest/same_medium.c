/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/same_medium.c - is it the medium that the session began with? */
#include "ingest/same_medium.h"

#include "core/check.h"
#include "core/log.h"
#include "core/source.h"
#include "core/str.h"
#include "ingest/checkpoint.h"
#include "ingest/spool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PIECE ((uint64_t)MUN_TREE_PIECE)

/* ---- the image, a megabyte at a time, as far as its hashes prove it ---- */

struct proved {
	struct mun_source base;
	struct mun_checkpoint ckpt;
	struct mun_source *image; /* may be shorter */
	uint8_t *buf;
	bool loaded;
	uint64_t piece;
};

static int load(struct proved *p, uint64_t piece, struct mun_err *e)
{
	uint64_t off = piece * PIECE;
	size_t len = (size_t)MUN_MIN(PIECE, p->base.size - off);
	size_t there =
		off < p->image->size
			? (size_t)MUN_MIN((uint64_t)len, p->image->size - off)
			: 0;
	uint8_t hash[MUN_TREE_HASH];
	bool whole;
	bool any;
	int rc = 0;

	p->loaded = false;
	if (there)
		rc = mun_source_pread(p->image, p->buf, there, off, e);
	if (rc)
		return rc;
	memset(p->buf + there, 0, len - there);
	mun_spool_mask(p->buf, off, len, &p->ckpt.had, &any, &whole);
	rc = mun_tree_piece(p->buf, len, p->base.size, hash, e);
	if (rc)
		return rc;
	if (!p->ckpt.known[piece] ||
	    memcmp(hash, p->ckpt.hash[piece], sizeof(hash)) != 0)
		return mun_fail(e, MUN_EFIXITY,
				"the megabyte at byte %" PRIu64
				" is not what was written there",
				off);
	p->loaded = true;
	p->piece = piece;
	return 0;
}

static int proved_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	struct proved *p = (struct proved *)s;
	uint8_t *to = buf;

	while (len) {
		size_t at = (size_t)(off % PIECE);
		size_t n = MUN_MIN(len, MUN_TREE_PIECE - at);
		int rc = 0;

		if (!p->loaded || p->piece != off / PIECE)
			rc = load(p, off / PIECE, e);
		if (rc)
			return rc;
		memcpy(to, p->buf + at, n);
		to += n;
		off += n;
		len -= n;
	}
	return 0;
}

static void proved_close(struct mun_source *s)
{
	struct proved *p = (struct proved *)s;

	mun_source_close(p->image);
	mun_checkpoint_clear(&p->ckpt);
	free(p->buf);
}

static const struct mun_source_ops proved_ops = {
	.pread = proved_pread,
	.close = proved_close,
};

/* @any: false where nothing of the image is vouched for. */
static int open_proved(struct proved *p, const struct mun_session *s,
		       const char *image, bool *any, struct mun_err *e)
{
	int rc;

	*p = (struct proved){ .base = { .ops = &proved_ops,
					.size = s->identity.bytes } };
	rc = mun_checkpoint_load(&p->ckpt, s->dir, p->base.size, e);
	*any = !rc && p->ckpt.any;
	if (!*any)
		return rc;
	rc = mun_source_open_file(image, &p->image, e);
	if (rc == MUN_ENOENT) {
		*any = false;
		mun_err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	p->buf = malloc(MUN_TREE_PIECE);
	return p->buf ? 0 : mun_fail_nomem(e, "image");
}

/* ---- the marks of then ---- */

/* The head, where all of it was read. */
static int head_then(struct proved *p, struct mun_identity *then,
		     struct mun_err *e)
{
	size_t len = (size_t)MUN_MIN((uint64_t)MUN_IDENTITY_HEAD, p->base.size);
	const struct mun_read_run *bad = mun_readmap_next_bad(&p->ckpt.had, 0);
	mun_autofree uint8_t *bytes = malloc(len);
	struct mun_err why;

	if (bad && bad->off < len)
		return 0;
	if (!bytes)
		return mun_fail_nomem(e, "head of a medium");
	/* An image that has suffered since is no evidence. */
	if (mun_source_pread(&p->base, bytes, len, 0, &why))
		return 0;
	return mun_identity_of_head(bytes, len, p->base.size, then, e);
}

static int compare(const struct mun_session *s, struct proved *p, bool any,
		   struct mun_device *m, struct mun_err *e)
{
	struct mun_identity then = s->identity;
	struct mun_identity now;
	struct mun_str text = { 0 };
	int rc = 0;

	if (any)
		rc = head_then(p, &then, e);
	if (!rc)
		rc = mun_identity_take(m, NULL, &now, e);
	if (!rc && mun_identity_differs(&then, &now, &text))
		rc = mun_fail(e, MUN_EINVAL, "it is another medium: %s",
			      text.text ? text.text : "");
	mun_str_free(&text);
	if (!rc && any)
		rc = mun_identity_prove(m, &p->base, &p->ckpt.had, e);
	return rc;
}

int mun_same_medium(const struct mun_session *s, const char *image,
		    struct mun_device *m, struct mun_err *e)
{
	struct proved p;
	bool any;
	int rc;

	if (m->facts.is_device != s->medium.is_device)
		return mun_fail(e, MUN_EINVAL, "it is %s now",
				m->facts.is_device ? "a device" : "a file");
	if (!m->facts.is_device)
		return mun_device_same(m, &s->medium, e);
	rc = open_proved(&p, s, image, &any, e);
	if (!rc && !any)
		mun_log(MUN_LOG_WARN,
			"nothing of '%s' had been kept: what is in %s now is "
			"taken for it",
			s->req.label[0] ? s->req.label : s->req.source,
			m->facts.name);
	if (!rc)
		rc = compare(s, &p, any, m, e);
	mun_source_close(&p.base);
	return rc;
}
