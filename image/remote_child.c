/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote_child.c - the child of image/remote.h: it opens and decodes */
#include "image/remote_wire.h"

#include "core/check.h"
#include "core/clock.h"
#include "image/contents_int.h"
#include "image/floppy.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* So long a question for extents may take, whatever is found. */
#define EXTENTS_MS 2

/* One thread of the child. */
struct server {
	struct mun_remote_child *child;
	struct mun_remote_shared *shared;
	struct mun_str tables; /* that are being fetched */
};

static int nonsense(struct mun_err *e)
{
	return mun_fail(e, MUN_EINVAL, "a question that makes no sense");
}

static int open_parent(const struct mun_remote_request *q,
		       struct mun_image **out, struct mun_err *e)
{
	const struct mun_image_request parent = {
		.src = q->parent,
		.file_name = q->parent_name,
		.companions =
			q->parent_companions ? mun_remote_beside(1) : NULL,
		.depth = 1,
	};
	int rc;

	if (!q->parent)
		return 0;
	rc = mun_image_open_with(&parent, out, e);
	return rc ? mun_ctx(e, "the parent '%s'",
			    q->parent_name ? q->parent_name : "")
		  : 0;
}

static int do_open(struct server *s, struct mun_remote_msg *m,
		   struct mun_err *e)
{
	const struct mun_remote_request *q = s->child->q;
	struct mun_image *parent = NULL;
	struct mun_image *img = NULL;
	struct mun_image_request request = {
		.src = q->served ? mun_remote_own(q->src->size) : q->src,
		.file_name = q->file_name,
		.format = q->format,
		.companions = q->companions ? mun_remote_beside(0) : NULL,
	};
	int rc;

	if (s->child->img)
		return nonsense(e);
	rc = open_parent(q, &parent, e);
	request.parent = parent;
	if (!rc)
		rc = mun_image_open_with(&request, &img, e);
	if (rc)
		return rc;
	/* Both live as long as this process. */
	s->child->img = img;
	mun_remote_pack(img, &s->tables);
	m->len = s->tables.len;
	return s->tables.failed ? mun_fail_nomem(e, "tables") : 0;
}

static int do_verify(struct server *s, struct mun_image *img,
		     struct mun_remote_msg *m, struct mun_err *e)
{
	int rc = mun_image_verify(img, e);

	if (rc)
		return rc;
	mun_str_free(&s->tables);
	s->tables = (struct mun_str){ 0 };
	mun_remote_pack_facts(img, &s->tables);
	m->len = s->tables.len;
	return s->tables.failed ? mun_fail_nomem(e, "tables") : 0;
}

static int do_contents(struct server *s, struct mun_image *img,
		       struct mun_remote_msg *m, struct mun_err *e)
{
	int rc;

	mun_str_free(&s->tables);
	s->tables = (struct mun_str){ 0 };
	rc = mun_contents_pack(img, &s->tables, e);
	m->len = s->tables.len;
	return rc;
}

static int do_copy(struct server *s, const void *from, size_t size,
		   const struct mun_remote_msg *m, struct mun_err *e)
{
	if (m->off > size || m->len > size - m->off ||
	    m->len > sizeof(s->shared->data))
		return nonsense(e);
	if (m->len)
		memcpy(s->shared->data, (const uint8_t *)from + m->off,
		       (size_t)m->len);
	return 0;
}

static int do_pread(struct server *s, struct mun_image *img,
		    const struct mun_remote_msg *m, struct mun_err *e)
{
	if (m->n >= MUN_VIEWS || m->len > sizeof(s->shared->data))
		return nonsense(e);
	return mun_image_pread(img, (enum mun_view)m->n, s->shared->data,
			       (size_t)m->len, m->off, e);
}

/* Several at once, neighbours of one kind joined: as many as there is time
 * for, but at least one. */
static int do_extents(struct server *s, struct mun_image *img,
		      struct mun_remote_msg *m, struct mun_err *e)
{
	const int64_t until = mun_clock_monotonic_ms() + EXTENTS_MS;
	struct mun_extent found[MUN_REMOTE_EXTENTS];
	uint64_t size;
	size_t n = 0;
	int rc = 0;

	if (m->n >= MUN_VIEWS)
		return nonsense(e);
	size = mun_image_size(img, (enum mun_view)m->n);
	for (uint64_t off = m->off; off < size || !n;) {
		struct mun_extent x = { 0 };

		rc = mun_image_next_extent(img, (enum mun_view)m->n, off, &x,
					   e);
		if (rc)
			break;
		off = x.off + x.bytes;
		if (n && found[n - 1].kind == x.kind)
			found[n - 1].bytes += x.bytes;
		else if (n < MUN_COUNT(found))
			found[n++] = x;
		else
			break;
		if (mun_clock_monotonic_ms() > until)
			break;
	}
	/* A failure further on is told to who asks there. */
	if (rc && !n)
		return rc;
	memcpy(s->shared->data, found, n * sizeof(found[0]));
	m->n = (uint32_t)n;
	return 0;
}

static int dispatch(struct server *s, struct mun_remote_msg *m,
		    struct mun_err *e)
{
	struct mun_image *img = s->child->img;

	if (m->op == MUN_REMOTE_OPEN)
		return do_open(s, m, e);
	if (m->op == MUN_REMOTE_FETCH)
		return do_copy(s, s->tables.text, s->tables.len, m, e);
	if (!img)
		return nonsense(e);
	if (m->op == MUN_REMOTE_PREAD)
		return do_pread(s, img, m, e);
	if (m->op == MUN_REMOTE_EXTENTS_AT)
		return do_extents(s, img, m, e);
	if (m->op == MUN_REMOTE_VERIFY)
		return do_verify(s, img, m, e);
	if (m->op == MUN_REMOTE_CONTENTS)
		return do_contents(s, img, m, e);
	if (m->op == MUN_REMOTE_SECTORS && img->floppy)
		return do_copy(s, img->floppy->data, img->floppy->bytes, m, e);
	return nonsense(e);
}

void mun_remote_work(void *ctx, unsigned int worker, int fd)
{
	struct mun_remote_child *child = ctx;
	struct server s = { .child = child, .shared = child->shared[worker] };
	struct mun_remote_msg m;

	mun_remote_beside_use(fd, s.shared);
	for (;;) {
		ssize_t n = read(fd, &m, sizeof(m));
		struct mun_err e;

		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(m))
			return;
		mun_err_clear(&e);
		m.rc = dispatch(&s, &m, &e);
		m.op = MUN_REMOTE_ANSWER;
		if (m.rc)
			mun_sandbox_pack(&s.shared->error, m.rc, 0, &e);
		if (!mun_remote_send(fd, &m))
			return;
	}
}
