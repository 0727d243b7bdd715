/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote.c - an image that is decoded by a child in the sandbox */
#include "image/remote_int.h"

#include "core/check.h"
#include "image/companion.h"
#include "image/floppy.h"

#include <openssl/evp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define USUAL_WORKERS 8u
/* To ask costs about as much as to decode some KiB. */
#define PART_LEAST ((size_t)128 << 10)
#define PART_STEP ((size_t)64 << 10)
/* Time that a check of the whole body may take, for each of its bytes. */
#define VERIFY_BYTES_PER_MS 1024u

static struct mun_remote *remote_of(struct mun_image *img)
{
	return img->priv;
}

/* ---- the calls of the image ---- */

/*
 * One round: a piece of what is wanted for each worker, all at once.  Takes
 * from the front of it.
 */
static int read_round(struct mun_remote *r, const unsigned int *workers,
		      size_t n, enum mun_view view, uint8_t **buf, size_t *len,
		      uint64_t *off, struct mun_err *e)
{
	struct mun_remote_msg m[MUN_SANDBOX_WORKERS];
	size_t piece = (*len / n + PART_STEP - 1) / PART_STEP * PART_STEP;
	size_t lens[MUN_SANDBOX_WORKERS];
	size_t asked = 0;
	uint64_t at = *off;
	size_t left = *len;
	int rc;

	piece = MUN_MIN(MUN_MAX(piece, PART_STEP), MUN_REMOTE_PIECE);
	for (; asked < n && left; asked++) {
		lens[asked] = MUN_MIN(left, piece);
		m[asked] = (struct mun_remote_msg){
			.op = MUN_REMOTE_PREAD,
			.n = (uint32_t)view,
			.off = at,
			.len = lens[asked],
		};
		at += lens[asked];
		left -= lens[asked];
	}
	if (asked == 1)
		rc = mun_remote_ask(r, workers[0], m, mun_remote_most_ms, e);
	else
		rc = mun_remote_ask_all(r, workers, m, asked,
					mun_remote_most_ms, e);
	/* A copy, although it costs time: who uses these bytes must not see
	 * them change, whatever the child does meanwhile. */
	for (size_t i = 0; !rc && i < asked; i++) {
		memcpy(*buf, r->shared[workers[i]]->data, lens[i]);
		*buf += lens[i];
	}
	*off = at;
	*len = left;
	return rc;
}

/* What is long is shared among the workers that have nothing to do. */
static int remote_pread(struct mun_image *img, enum mun_view view, void *buf,
			size_t len, uint64_t off, struct mun_err *e)
{
	struct mun_remote *r = remote_of(img);
	unsigned int workers[MUN_SANDBOX_WORKERS];
	size_t n = MUN_MIN(len / PART_LEAST, (size_t)MUN_SANDBOX_WORKERS);
	uint8_t *p = buf;
	int rc = 0;

	workers[0] = mun_remote_take(r);
	n = n < 2 ? 1 : 1 + mun_remote_take_idle(r, workers + 1, n - 1);
	while (!rc && len)
		rc = read_round(r, workers, n, view, &p, &len, &off, e);
	while (n)
		mun_remote_give(r, workers[--n]);
	return rc;
}

static bool look_up(struct mun_remote *r, enum mun_view view, uint64_t off,
		    struct mun_extent *out)
{
	const struct mun_remote_known *k = &r->known[view];
	bool found = false;

	(void)pthread_mutex_lock(&r->lock);
	for (size_t i = 0; !found && i < k->n; i++) {
		const struct mun_extent *x = &k->x[i];

		if (off < x->off || off - x->off >= x->bytes)
			continue;
		*out = (struct mun_extent){ off, x->bytes - (off - x->off),
					    x->kind };
		found = true;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return found;
}

/* They begin at @off, follow each other, and end inside the view. */
static bool are_extents(const struct mun_extent *x, size_t n, uint64_t off,
			uint64_t size)
{
	for (size_t i = 0; i < n; i++) {
		if (x[i].off != off || !x[i].bytes || x[i].bytes > size - off ||
		    (unsigned int)x[i].kind > MUN_EXTENT_DOUBTFUL)
			return false;
		off += x[i].bytes;
	}
	return n > 0;
}

static int ask_extents(struct mun_remote *r, unsigned int worker,
		       enum mun_view view, uint64_t off, uint64_t size,
		       struct mun_err *e)
{
	struct mun_extent x[MUN_REMOTE_EXTENTS];
	struct mun_remote_msg m = {
		.op = MUN_REMOTE_EXTENTS_AT,
		.n = (uint32_t)view,
		.off = off,
	};
	int rc = mun_remote_ask(r, worker, &m, mun_remote_most_ms, e);

	if (rc)
		return rc;
	if (m.n > MUN_COUNT(x))
		return mun_remote_nonsense(r, e);
	memcpy(x, r->shared[worker]->data, m.n * sizeof(x[0]));
	if (!are_extents(x, m.n, off, size))
		return mun_remote_nonsense(r, e);
	(void)pthread_mutex_lock(&r->lock);
	r->known[view].n = m.n;
	memcpy(r->known[view].x, x, m.n * sizeof(x[0]));
	(void)pthread_mutex_unlock(&r->lock);
	return 0;
}

static int remote_next_extent(struct mun_image *img, enum mun_view view,
			      uint64_t off, struct mun_extent *out,
			      struct mun_err *e)
{
	struct mun_remote *r = remote_of(img);
	int rc = 0;

	/* Another thread may have other ones told in between. */
	while (!rc && !look_up(r, view, off, out)) {
		unsigned int worker = mun_remote_take(r);

		rc = ask_extents(r, worker, view, off,
				 mun_image_size(img, view), e);
		mun_remote_give(r, worker);
	}
	return rc;
}

/* All @len bytes of tables, or of sectors, in pieces. */
static int fetch(struct mun_remote *r, unsigned int worker,
		 enum mun_remote_op op, uint8_t *buf, size_t len,
		 struct mun_err *e)
{
	int rc = 0;

	for (size_t at = 0; !rc && at < len; at += MUN_REMOTE_PIECE) {
		struct mun_remote_msg m = {
			.op = (uint32_t)op,
			.off = at,
			.len = MUN_MIN(len - at, MUN_REMOTE_PIECE),
		};
		size_t n = (size_t)m.len;

		rc = mun_remote_ask(r, worker, &m, mun_remote_most_ms, e);
		if (!rc)
			memcpy(buf + at, r->shared[worker]->data, n);
	}
	return rc;
}

int mun_remote_ask_tables(struct mun_remote *r, unsigned int worker,
			  enum mun_remote_op op, uint64_t most_ms,
			  uint8_t **out, size_t *len_out, struct mun_err *e)
{
	struct mun_remote_msg m = { .op = (uint32_t)op };
	uint8_t *blob;
	int rc = mun_remote_ask(r, worker, &m, most_ms, e);

	if (rc)
		return rc;
	if (m.len > MUN_REMOTE_BLOB)
		return mun_remote_nonsense(r, e);
	*len_out = (size_t)m.len;
	blob = malloc(*len_out + 1);
	if (!blob)
		return mun_fail_nomem(e, "tables of an image");
	rc = fetch(r, worker, MUN_REMOTE_FETCH, blob, *len_out, e);
	if (rc)
		free(blob);
	else
		*out = blob;
	return rc;
}

static int remote_verify(struct mun_image *img, struct mun_err *e)
{
	struct mun_remote *r = remote_of(img);
	unsigned int worker = mun_remote_take(r);
	mun_autofree uint8_t *blob = NULL;
	size_t len = 0;
	int rc;

	rc = mun_remote_ask_tables(r, worker, MUN_REMOTE_VERIFY,
				   mun_remote_most_ms +
					   img->bytes / VERIFY_BYTES_PER_MS,
				   &blob, &len, e);
	mun_remote_give(r, worker);
	return rc ? rc : mun_remote_unpack_facts(img, blob, len, e);
}

static void close_remote(struct mun_remote *r)
{
	mun_sandboxed_end(r->child);
	for (unsigned int i = 0; i < MUN_SANDBOX_WORKERS; i++)
		if (r->shared[i])
			(void)munmap(r->shared[i], sizeof(*r->shared[i]));
	for (size_t i = 0; i < r->nbeside; i++)
		mun_source_close(r->beside[i]);
	free(r->beside);
	mun_source_close(r->own_parent);
	mun_companions_close(r->own_parent_folder);
	(void)pthread_mutex_destroy(&r->lock);
	(void)pthread_cond_destroy(&r->freed);
	free(r);
}

static void remote_close(struct mun_image *img)
{
	if (img->priv)
		close_remote(img->priv);
}

struct mun_remote *mun_remote_of(struct mun_image *img)
{
	return img->driver->close == remote_close ? remote_of(img) : NULL;
}

/* ---- opening ---- */

/* What the format does itself, and what is left to the child. */
static void set_driver(struct mun_image *img, const struct mun_remote_tables *t)
{
	struct mun_remote *r = remote_of(img);
	struct mun_image_driver *d = &r->driver;

	*d = *img->format;
	d->close = remote_close;
	d->pread = t->own_bytes ? NULL : remote_pread;
	d->next_extent = t->own_extents ? NULL : remote_next_extent;
	d->verify = t->verifies ? remote_verify : NULL;
	if (t->floppy && t->floppy_views) {
		d->pread = mun_floppy_pread;
		d->next_extent = mun_floppy_next_extent;
	}
	img->driver = d;
	/* Nobody will ask it for anything any more. */
	if (d->pread != remote_pread && d->next_extent != remote_next_extent &&
	    !d->verify && !r->stays) {
		mun_sandboxed_end(r->child);
		r->child = NULL;
	}
}

static int ask_open(struct mun_image *img, const char *format,
		    struct mun_err *e)
{
	struct mun_remote *r = remote_of(img);
	mun_autofree uint8_t *sectors = NULL;
	mun_autofree uint8_t *blob = NULL;
	struct mun_remote_tables t;
	size_t len = 0;
	int rc;

	rc = mun_remote_ask_tables(r, 0, MUN_REMOTE_OPEN, mun_remote_most_ms,
				   &blob, &len, e);
	if (!rc)
		rc = mun_remote_head(blob, len, &t, e);
	if (rc)
		return rc;
	if (t.floppy) {
		sectors = malloc((size_t)t.floppy_bytes + 1);
		if (!sectors)
			return mun_fail_nomem(e, "sectors of a floppy");
		rc = fetch(r, 0, MUN_REMOTE_SECTORS, sectors,
			   (size_t)t.floppy_bytes, e);
	}
	if (!rc)
		rc = mun_remote_unpack(img, format, blob, len, sectors, e);
	if (!rc)
		set_driver(img, &t);
	return rc;
}

static int make_shared(struct mun_remote *r, struct mun_err *e)
{
	for (unsigned int i = 0; i < r->workers; i++) {
		void *p = mmap(NULL, sizeof(*r->shared[i]),
			       PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return mun_fail_sys(e, errno, "share memory");
		r->shared[i] = p;
	}
	return 0;
}

static unsigned int count_workers(const struct mun_remote_request *q)
{
	long there = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int n = q->threads;

	if (!n)
		n = (unsigned int)MUN_MIN(MUN_MAX(there, 1L),
					  (long)USUAL_WORKERS);
	return MUN_MIN(n, MUN_SANDBOX_WORKERS);
}

/* OpenSSL reads its configuration at its first digest: not in the child. */
static void warm_digests(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1)
		(void)EVP_DigestInit_ex(ctx, EVP_sha1(), NULL);
	EVP_MD_CTX_free(ctx);
}

static int start(struct mun_remote *r, const struct mun_remote_request *q,
		 struct mun_err *e)
{
	static const struct mun_sandbox_limits limits = {
		.cpu_seconds = MUN_SANDBOX_NO_CPU_LIMIT,
	};
	struct mun_remote_child child = { .q = q, .shared = r->shared };
	int rc;

	r->workers = count_workers(q);
	r->served = q->served ? q->src : NULL;
	r->stays = q->stays;
	r->folders[0] = q->companions;
	r->folders[1] = q->parent_companions;
	rc = make_shared(r, e);
	if (!rc)
		warm_digests();
	if (!rc)
		rc = mun_sandbox_serve(mun_remote_work, &child, r->workers,
				       &limits, &r->child, e);
	return rc;
}

static struct mun_remote *new_remote(void)
{
	struct mun_remote *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->freed, NULL);
	r->driver.close = remote_close;
	return r;
}

int mun_remote_open(const struct mun_remote_request *q, struct mun_image **out,
		    struct mun_err *e)
{
	mun_auto(image) *img = calloc(1, sizeof(*img));
	struct mun_remote *r = img ? new_remote() : NULL;
	int rc;

	if (!r) {
		free(mun_steal(&img));
		return mun_fail_nomem(e, "image");
	}
	img->driver = img->format = &r->driver;
	img->priv = r;
	img->src = q->src;
	img->companions = q->companions;
	if (q->file_name)
		(void)snprintf(img->file_name, sizeof(img->file_name), "%s",
			       q->file_name);
	rc = start(r, q, e);
	if (!rc)
		rc = ask_open(img, q->format, e);
	if (rc)
		return rc;
	*out = mun_steal(&img);
	return 0;
}
