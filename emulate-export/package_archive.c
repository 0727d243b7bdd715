/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/package_archive.c - a package that is one zip or tar file */
#include "emulate-export/package.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/imgwrite.h"
#include "core/str.h"

#define BUFFER ((size_t)1 << 20)

/*
 * libarchive calls back to write and read; what goes wrong there is kept in
 * @err, as libarchive itself only learns that something did.
 */
struct arc {
	struct archive *a;
	struct mun_imgwriter *w;
	uint8_t *buf; /* BUFFER bytes, aligned to MUN_IO_ALIGN */
	size_t fill; /* bytes in @buf, not yet written */
	uint64_t off; /* in the archive: of buf[0] */
	struct mun_err err;
};

/* What libarchive says, or what it was told by a callback. */
static int fail_arc(struct arc *c, struct archive *a, const char *what,
		    struct mun_err *e)
{
	const char *text = archive_error_string(a);

	if (c->err.code) {
		*e = c->err;
		return e->code;
	}
	return mun_fail(e, archive_errno(a) == ENOMEM ? MUN_ENOMEM : MUN_EIO,
			"%s: %s", what, text ? text : "unknown error");
}

static int flush(struct arc *c)
{
	int rc = mun_imgwriter_write(c->w, c->buf, c->fill, c->off, &c->err);

	c->off += c->fill;
	c->fill = 0;
	return rc;
}

/* Gathered into large aligned blocks, which go past the page cache. */
static la_ssize_t write_cb(struct archive *a, void *ctx, const void *data,
			   size_t len)
{
	const uint8_t *p = data;
	struct arc *c = ctx;
	size_t left = len;

	(void)a;
	while (left) {
		size_t n = MUN_MIN(left, BUFFER - c->fill);

		memcpy(c->buf + c->fill, p, n);
		c->fill += n;
		p += n;
		left -= n;
		if (c->fill == BUFFER && flush(c))
			return -1;
	}
	return (la_ssize_t)len;
}

static int open_writer(struct mun_package *p, struct arc *c, struct mun_err *e)
{
	int rc = mun_imgwriter_open(p->item, false, &c->w, e);

	if (rc)
		return rc;
	/* No blocking by libarchive: that is done above. */
	if (archive_write_set_bytes_per_block(c->a, 0) != ARCHIVE_OK ||
	    archive_write_open(c->a, c, NULL, write_cb, NULL) != ARCHIVE_OK)
		return fail_arc(c, c->a, "begin the archive", e);
	return 0;
}

static int arc_new(struct mun_package *p, struct mun_err *e)
{
	struct arc *c = calloc(1, sizeof(*c));
	void *buf = NULL;

	if (!c)
		return mun_fail_nomem(e, "archive");
	p->priv = c;
	if (posix_memalign(&buf, MUN_IO_ALIGN, BUFFER))
		return mun_fail_nomem(e, "archive buffer");
	c->buf = buf;
	c->a = archive_write_new();
	return c->a ? 0 : mun_fail_nomem(e, "archive");
}

static int zip_open(struct mun_package *p, struct mun_err *e)
{
	int rc = arc_new(p, e);
	struct arc *c = p->priv;

	if (rc)
		return rc;
	/* The level is what an image of gigabytes can afford. */
	if (archive_write_set_format_zip(c->a) != ARCHIVE_OK ||
	    archive_write_set_options(c->a,
				      "zip:compression=deflate,"
				      "zip:compression-level=3") != ARCHIVE_OK)
		return fail_arc(c, c->a, "zip", e);
	return open_writer(p, c, e);
}

static int tar_open(struct mun_package *p, struct mun_err *e)
{
	int rc = arc_new(p, e);
	struct arc *c = p->priv;

	if (rc)
		return rc;
	if (archive_write_set_format_pax_restricted(c->a) != ARCHIVE_OK)
		return fail_arc(c, c->a, "tar", e);
	return open_writer(p, c, e);
}

static int arc_begin(struct mun_package *p, const struct mun_package_file *f,
		     struct mun_err *e)
{
	mun_autofree char *name = NULL;
	struct arc *c = p->priv;
	struct archive_entry *x;
	int rc;

	rc = mun_fmt(&name, e, "%s/%s", p->folder, f->path);
	if (rc)
		return rc;
	x = archive_entry_new();
	if (!x)
		return mun_fail_nomem(e, "archive entry");
	archive_entry_set_pathname(x, name);
	archive_entry_set_filetype(x, AE_IFREG);
	archive_entry_set_perm(x, f->mode);
	archive_entry_set_size(x, (la_int64_t)f->bytes);
	archive_entry_set_mtime(x, (time_t)(p->when_ms / 1000), 0);
	rc = archive_write_header(c->a, x) == ARCHIVE_OK
		     ? 0
		     : fail_arc(c, c->a, "entry", e);
	archive_entry_free(x);
	return rc;
}

static int arc_write(struct mun_package *p, const struct mun_block *b,
		     struct mun_err *e)
{
	struct arc *c = p->priv;
	size_t done = 0;

	while (done < b->len) {
		la_ssize_t n =
			archive_write_data(c->a, b->data + done, b->len - done);

		if (n <= 0)
			return fail_arc(c, c->a, "data", e);
		done += (size_t)n;
	}
	return 0;
}

static int arc_end(struct mun_package *p, const struct mun_package_file *f,
		   struct mun_err *e)
{
	struct arc *c = p->priv;

	(void)f;
	if (archive_write_finish_entry(c->a) != ARCHIVE_OK)
		return fail_arc(c, c->a, "end of entry", e);
	return 0;
}

static int arc_seal(struct mun_package *p, struct mun_err *e)
{
	struct arc *c = p->priv;
	int rc;

	if (archive_write_close(c->a) != ARCHIVE_OK)
		return fail_arc(c, c->a, "end of the archive", e);
	if (c->fill && flush(c)) {
		*e = c->err;
		return e->code;
	}
	rc = mun_imgwriter_finish(c->w, c->off, e);
	return rc ? rc : mun_dir_sync(p->partial, e);
}

static void arc_close(struct mun_package *p)
{
	struct arc *c = p->priv;

	/* Freeing closes, and so writes: into the buffer, or into a file that
	 * is about to be removed. */
	if (c->a)
		(void)archive_write_free(c->a);
	mun_imgwriter_free(c->w);
	free(c->buf);
	free(c);
}

/* The finished archive as libarchive reads it back, from the disk. */
struct back {
	struct mun_source *src;
	uint64_t off;
	uint8_t *buf;
	struct mun_package *p;
	struct mun_err err;
};

static la_ssize_t read_cb(struct archive *a, void *ctx, const void **out)
{
	struct back *k = ctx;
	size_t n = (size_t)MUN_MIN(k->src->size - k->off, (uint64_t)BUFFER);

	(void)a;
	*out = k->buf;
	if (n && mun_source_pread(k->src, k->buf, n, k->off, &k->err))
		return -1;
	k->off += n;
	mun_progress_tell(k->p->progress, "reading back", k->off, k->src->size,
			  0);
	return (la_ssize_t)n;
}

static la_int64_t seek_cb(struct archive *a, void *ctx, la_int64_t to,
			  int whence)
{
	struct back *k = ctx;
	la_int64_t base = 0;

	(void)a;
	if (whence == SEEK_CUR)
		base = (la_int64_t)k->off;
	else if (whence == SEEK_END)
		base = (la_int64_t)k->src->size;
	if (ckd_add(&to, base, to) || to < 0 || (uint64_t)to > k->src->size)
		return ARCHIVE_FATAL;
	k->off = (uint64_t)to;
	return to;
}

static int fail_back(struct back *k, struct archive *a, struct mun_err *e)
{
	const char *text = archive_error_string(a);

	if (k->err.code) {
		*e = k->err;
		return e->code;
	}
	return mun_fail(e, MUN_ECORRUPT, "archive: %s",
			text ? text : "unknown error");
}

/* All data of the entry at hand. */
static int hash_entry(struct back *k, struct archive *a, struct mun_hasher *h,
		      uint64_t *bytes_out, struct mun_err *e)
{
	uint64_t bytes = 0;
	const void *data;
	la_int64_t off;
	size_t len;
	int rc = 0;

	while (!rc) {
		int r = archive_read_data_block(a, &data, &len, &off);

		if (r == ARCHIVE_EOF)
			break;
		if (r != ARCHIVE_OK)
			return fail_back(k, a, e);
		/* We write no sparse entries, so there is no gap. */
		if ((uint64_t)off != bytes)
			return mun_fail(e, MUN_ECORRUPT,
					"archive: gap at byte %" PRIu64, bytes);
		bytes += len;
		rc = mun_hasher_update(h, data, len, e);
		if (!rc)
			rc = mun_cancel_check(e);
	}
	*bytes_out = bytes;
	return rc;
}

static int check_entry(struct back *k, struct archive *a,
		       struct archive_entry *x, unsigned int algs,
		       struct mun_err *e)
{
	const char *name = archive_entry_pathname(x);
	size_t top = strlen(k->p->folder);
	mun_auto(hasher) *h = NULL;
	struct mun_digests d = { 0 };
	uint64_t bytes = 0;
	int rc;

	if (!name || strncmp(name, k->p->folder, top) || name[top] != '/' ||
	    archive_entry_filetype(x) != AE_IFREG)
		return mun_fail(e, MUN_ECORRUPT,
				"archive: '%s' is not of the package",
				name ? name : "");
	rc = mun_hasher_new(algs, &h, e);
	if (!rc)
		rc = hash_entry(k, a, h, &bytes, e);
	if (!rc)
		rc = mun_hasher_final(h, &d, e);
	if (rc)
		return mun_ctx(e, "'%s'", name);
	return mun_package_compare(k->p, name + top + 1, archive_entry_perm(x),
				   bytes, &d, e);
}

static int check_entries(struct back *k, struct archive *a, unsigned int algs,
			 struct mun_err *e)
{
	struct archive_entry *x;
	int rc = 0;
	int r = ARCHIVE_OK;

	while (!rc) {
		r = archive_read_next_header(a, &x);
		if (r != ARCHIVE_OK)
			break;
		rc = check_entry(k, a, x, algs, e);
	}
	if (rc || r == ARCHIVE_EOF)
		return rc;
	return fail_back(k, a, e);
}

static int open_back(struct back *k, struct archive *a, struct mun_err *e)
{
	/* The seekable reader of zip goes by the central directory, as those
	 * do who will unpack it. */
	if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_set_callback_data(a, k) != ARCHIVE_OK ||
	    archive_read_set_read_callback(a, read_cb) != ARCHIVE_OK ||
	    archive_read_set_seek_callback(a, seek_cb) != ARCHIVE_OK ||
	    archive_read_open1(a) != ARCHIVE_OK)
		return fail_back(k, a, e);
	return 0;
}

static int arc_check(struct mun_package *p, unsigned int algs,
		     struct mun_err *e)
{
	struct arc *c = p->priv;
	mun_auto(source) *src = NULL;
	struct back k = { .buf = c->buf, .p = p };
	struct archive *a;
	int rc;

	rc = mun_source_open_direct(p->item, &src, e);
	if (rc)
		return rc;
	k.src = src;
	a = archive_read_new();
	if (!a)
		return mun_fail_nomem(e, "archive");
	rc = open_back(&k, a, e);
	if (!rc)
		rc = check_entries(&k, a, algs, e);
	(void)archive_read_free(a);
	return rc;
}

const struct mun_package_ops mun_package_zip_ops = {
	.suffix = ".zip",
	.open = zip_open,
	.begin = arc_begin,
	.write = arc_write,
	.end = arc_end,
	.seal = arc_seal,
	.check = arc_check,
	.close = arc_close,
};

const struct mun_package_ops mun_package_tar_ops = {
	.suffix = ".tar",
	.open = tar_open,
	.begin = arc_begin,
	.write = arc_write,
	.end = arc_end,
	.seal = arc_seal,
	.check = arc_check,
	.close = arc_close,
};
