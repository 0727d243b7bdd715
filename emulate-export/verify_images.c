/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/verify_images.c - images decoded again, against the receipt
 *
 * A decoder reads in any order, an archive gives its bytes in one: what has to
 * be decoded out of an archive is put into memory, with the files beside it,
 * as long as it is not too much.
 */
#include "emulate-export/verify_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "core/source.h"
#include "image/companion.h"
#include "image/image.h"
#include "image/remote.h"
#include "image/writer.h"

#define MEMORY_MAX (UINT64_C(512) << 20)
#define CHUNK ((size_t)1 << 20)

/* The files of one folder of the package. */
struct beside {
	struct mun_companions companions;
	struct mun_verify *v;
	const char *folder; /* "data/media/" */
	int *fds; /* beside v->files, of those out of an archive; or NULL */
};

static int open_file(struct beside *b, uint32_t n, struct mun_source **out,
		     struct mun_err *e)
{
	const struct mun_vfile *f = &b->v->files[n];
	uint64_t bytes = f->bytes;
	int fd = -1;
	int rc = 0;

	if (b->fds) {
		fd = b->fds[n] < 0 ? -1 : fcntl(b->fds[n], F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return mun_fail(e, MUN_ENOENT, "'%s' was not read",
					f->path);
	} else {
		rc = b->v->box->ops->open(b->v->box, f->path, &fd, &bytes, e);
	}
	return rc ? rc : mun_source_from_fd(fd, bytes, f->path, out, e);
}

static int open_beside(struct mun_companions *c, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	struct beside *b = (struct beside *)c;
	mun_autofree char *path = NULL;
	const struct mun_vfile *f;
	int rc = mun_fmt(&path, e, "%s%s", b->folder, mun_companion_last(name));

	if (rc)
		return rc;
	f = mun_verify_file(b->v, path);
	if (!f)
		return mun_fail(e, MUN_ENOENT, "no '%s' in the package", path);
	return open_file(b, (uint32_t)(f - b->v->files), out, e);
}

static void close_beside(struct mun_companions *c)
{
	(void)c; /* the caller's */
}

static const struct mun_companions_ops beside_ops = {
	.open = open_beside,
	.close = close_beside,
};

/* ---- out of an archive ---- */

struct extraction {
	struct beside *b;
	uint32_t at; /* number of the file at hand */
	uint64_t off;
};

static bool lies_in(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !strncmp(path, folder, n) && !strchr(path + n, '/');
}

static int begin(void *ctx, const struct mun_box_entry *x, bool *want,
		 struct mun_err *e)
{
	struct extraction *t = ctx;
	struct mun_verify *v = t->b->v;
	size_t cut = strlen(v->base);
	const struct mun_vfile *f;

	if (x->kind != MUN_BOX_FILE || strncmp(x->path, v->base, cut) != 0 ||
	    !lies_in(x->path + cut, t->b->folder))
		return 0;
	f = mun_verify_file(v, x->path + cut);
	if (!f || t->b->fds[f - v->files] >= 0)
		return 0;
	t->at = (uint32_t)(f - v->files);
	t->off = 0;
	t->b->fds[t->at] = memfd_create("package", MFD_CLOEXEC);
	if (t->b->fds[t->at] < 0)
		return mun_fail_sys(e, errno, "make room for an image");
	*want = true;
	return 0;
}

static int data(void *ctx, const void *bytes, size_t len, struct mun_err *e)
{
	struct extraction *t = ctx;
	int rc;

	if (t->off + len > t->b->v->files[t->at].bytes)
		return mun_fail(e, MUN_ECORRUPT, "more bytes than before");
	rc = mun_pwrite_all(t->b->fds[t->at], bytes, len, t->off, e);
	t->off += len;
	return rc;
}

static int end(void *ctx, const char *why, struct mun_err *e)
{
	struct extraction *t = ctx;

	(void)e;
	if (why || t->off != t->b->v->files[t->at].bytes) {
		(void)close(t->b->fds[t->at]);
		t->b->fds[t->at] = -1;
	}
	return 0;
}

static uint64_t bytes_in(const struct mun_verify *v, const char *folder)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < v->nfiles; i++) {
		if (lies_in(v->files[i].path, folder))
			bytes += v->files[i].bytes;
	}
	return bytes;
}

static int extract(struct beside *b, struct mun_err *e)
{
	struct extraction t = { .b = b };
	const struct mun_box_fn fn = { begin, data, end, &t };

	b->fds = malloc((b->v->nfiles + 1) * sizeof(*b->fds));
	if (!b->fds)
		return mun_fail_nomem(e, "files");
	for (size_t i = 0; i < b->v->nfiles; i++)
		b->fds[i] = -1;
	return b->v->box->ops->walk(b->v->box, &fn, e);
}

static void beside_clear(struct beside *b)
{
	for (size_t i = 0; b->fds && i < b->v->nfiles; i++) {
		if (b->fds[i] >= 0)
			(void)close(b->fds[i]);
	}
	free(b->fds);
}

/* ---- decode and compare ---- */

/*
 * What the exporter said to its own decoder: nothing, for a file that it wrote
 * in a format without a mark; else the name of the format.  What it copied had
 * the name in any case, so the other way is tried, too.
 */
static void hints_of(const char *format, const char *out[2])
{
	const char *name = NULL;

	for (size_t i = 0; mun_image_drivers[i]; i++) {
		if (!strcmp(mun_image_drivers[i]->name, format))
			name = mun_image_drivers[i]->name;
	}
	out[0] = name;
	out[1] = NULL;
	for (size_t i = 0; mun_writers[i]; i++) {
		if (!strcmp(mun_writers[i]->name, format) &&
		    mun_writers[i]->unmarked) {
			out[0] = NULL;
			out[1] = name;
		}
	}
}

static int hash(struct mun_verify *v, struct mun_source *src, unsigned int set,
		struct mun_sum_values *out, struct mun_err *e)
{
	mun_autofree uint8_t *buf = malloc(CHUNK);
	mun_auto(sums) *s = NULL;
	int rc;

	if (!buf)
		return mun_fail_nomem(e, "image");
	rc = mun_sums_new(set, &s, e);
	for (uint64_t off = 0; !rc && off < src->size;) {
		size_t n = src->size - off < CHUNK ? (size_t)(src->size - off)
						   : CHUNK;

		rc = mun_source_pread(src, buf, n, off, e);
		if (!rc)
			rc = mun_sums_add(s, buf, n, e);
		if (!rc)
			rc = mun_cancel_check(e);
		off += n;
		mun_progress_tell(v->q->progress, "decoding", off, src->size,
				  0);
	}
	return rc ? rc : mun_sums_final(s, out, e);
}

static bool is_same(const struct mun_vimage *x, uint64_t bytes,
		    const struct mun_sum_values *got)
{
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if (x->set & 1u << i &&
		    memcmp(x->values.of[i], got->of[i], mun_sum_bytes(i)) != 0)
			return false;
	}
	return bytes == x->bytes;
}

static void compare(struct mun_verify *v, const struct mun_vimage *x,
		    uint64_t bytes, const struct mun_sum_values *got)
{
	mun_verify_compare_size(v, MUN_VERIFY_CONTENT, x->path, x->bytes,
				bytes);
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if (x->set & 1u << i)
			(void)mun_verify_compare(v, MUN_VERIFY_CONTENT, x->path,
						 v->receipt_file->path, 0, i,
						 x->values.of[i], got->of[i]);
	}
	v->out->images++;
}

static int decode_as(struct beside *b, const struct mun_vimage *x,
		     const char *format, struct mun_source *src,
		     struct mun_sum_values *got, uint64_t *bytes,
		     struct mun_err *e)
{
	mun_auto(image) *img = NULL;
	mun_auto(source) *decoded = NULL;
	const struct mun_remote_request q = {
		.src = src,
		.file_name = x->path + strlen(b->folder),
		.format = format,
		.companions = &b->companions,
	};
	int rc = mun_remote_open(&q, &img, e);

	if (!rc)
		rc = mun_image_source(img, &decoded, e);
	if (!rc)
		rc = hash(b->v, decoded, x->set, got, e);
	if (!rc)
		*bytes = decoded->size;
	return rc;
}

/* @got: what it decodes to, one way or the other. */
static int decode(struct beside *b, const struct mun_vimage *x,
		  struct mun_source *src, struct mun_sum_values *got,
		  uint64_t *bytes, struct mun_err *e)
{
	struct mun_sum_values other = { 0 };
	const char *hints[2];
	struct mun_err why;
	uint64_t n = 0;
	int rc;

	hints_of(x->format, hints);
	rc = decode_as(b, x, hints[0], src, got, bytes, e);
	if (hints[0] == hints[1] || rc == MUN_ENOMEM || rc == MUN_ECANCELLED ||
	    (!rc && is_same(x, *bytes, got)))
		return rc;
	if (decode_as(b, x, hints[1], src, &other, &n, &why) ||
	    (!rc && !is_same(x, n, &other)))
		return rc;
	*got = other;
	*bytes = n;
	return 0;
}

/* What the package is to blame for, and what nobody is. */
static int judge(struct mun_verify *v, const struct mun_vimage *x, int rc,
		 struct mun_err *e)
{
	char text[1024];

	if (rc == MUN_ENOMEM || rc == MUN_ECANCELLED)
		return rc;
	mun_verify_say(
		v, rc == MUN_EIO ? MUN_VERIFY_UNDECIDED : MUN_VERIFY_CONTENT,
		rc == MUN_EIO ? MUN_VERIFY_UNDONE : MUN_VERIFY_DAMAGE, x->path,
		"it cannot be decoded: %s",
		mun_err_text(e, text, sizeof(text), 0));
	return 0;
}

static int prove(struct mun_verify *v, struct mun_vimage *x, struct mun_err *e)
{
	const char *slash = strrchr(x->path, '/');
	struct beside b = { .companions.ops = &beside_ops, .v = v };
	mun_autofree char *folder = NULL;
	mun_auto(source) *src = NULL;
	struct mun_sum_values got = { 0 };
	uint64_t bytes = 0;
	int rc = mun_fmt(&folder, e, "%.*s", (int)(slash + 1 - x->path),
			 x->path);

	if (rc)
		return rc;
	b.folder = folder;
	if (strcmp(v->box->form, "folder") != 0) {
		if (bytes_in(v, folder) > MEMORY_MAX) {
			mun_verify_say(v, MUN_VERIFY_UNDECIDED,
				       MUN_VERIFY_UNDONE, x->path,
				       "too long to be decoded out of an "
				       "archive: unpack it and verify the "
				       "folder");
			return 0;
		}
		rc = extract(&b, e);
	}
	if (!rc)
		rc = open_file(&b, x->file, &src, e);
	if (!rc)
		rc = decode(&b, x, src, &got, &bytes, e);
	if (!rc)
		compare(v, x, bytes, &got);
	else
		rc = judge(v, x, rc, e);
	beside_clear(&b);
	return rc;
}

int mun_verify_images(struct mun_verify *v, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < v->nimages; i++) {
		struct mun_vimage *x = &v->images[i];

		if (x->proved || !x->set || !x->has_bytes ||
		    x->file == MUN_VERIFY_NONE || v->files[x->file].why)
			continue;
		x->proved = true;
		rc = prove(v, x, e);
	}
	return rc;
}
