/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/verify_archive_child.c - an archive taken apart
 *
 * Runs in the sandbox: it can read the archive and answer, nothing else.
 */
#include "emulate-export/verify_wire.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"
#include "core/sandbox_child.h"
#include "emulate-export/verify_box.h"
#include "emulate-export/verify_zip.h"

#define BUFFER ((size_t)256 << 10)

/* Where the pieces go. */
struct out {
	int (*entry)(struct out *o, struct mun_wire *w, bool *want,
		     struct mun_err *e);
	int (*data)(struct out *o, struct mun_wire *w, struct mun_err *e);
	int fd;
	uint64_t entries;
	uint64_t bytes;
};

struct reading {
	struct mun_source *src;
	struct out *out;
	struct mun_wire *w;
	struct mun_err err; /* of a callback */
	uint64_t off;
	uint8_t *buf;
	char warning[200]; /* of the header at hand, or "" */
};

static la_ssize_t read_cb(struct archive *a, void *ctx, const void **out)
{
	struct reading *r = ctx;
	size_t n = (size_t)MUN_MIN(r->src->size - r->off, (uint64_t)BUFFER);

	(void)a;
	*out = r->buf;
	if (n && mun_source_pread(r->src, r->buf, n, r->off, &r->err))
		return -1;
	r->off += n;
	return (la_ssize_t)n;
}

static la_int64_t seek_cb(struct archive *a, void *ctx, la_int64_t to,
			  int whence)
{
	struct reading *r = ctx;
	la_int64_t base = 0;

	(void)a;
	if (whence == SEEK_CUR)
		base = (la_int64_t)r->off;
	else if (whence == SEEK_END)
		base = (la_int64_t)r->src->size;
	if (ckd_add(&to, base, to) || to < 0 || (uint64_t)to > r->src->size)
		return ARCHIVE_FATAL;
	r->off = (uint64_t)to;
	return to;
}

static la_int64_t skip_cb(struct archive *a, void *ctx, la_int64_t n)
{
	struct reading *r = ctx;
	uint64_t left = r->src->size - r->off;

	(void)a;
	if (n <= 0)
		return 0;
	/* What is not there is not skipped: the read that follows says so. */
	if ((uint64_t)n > left)
		n = (la_int64_t)left;
	r->off += (uint64_t)n;
	return n;
}

static int fail_archive(const struct reading *r, struct archive *a,
			struct mun_err *e)
{
	const char *text = archive_error_string(a);

	if (r->err.code) {
		*e = r->err;
		return mun_err_negative(e->code);
	}
	return mun_fail(e,
			archive_errno(a) == ENOMEM ? MUN_ENOMEM : MUN_ECORRUPT,
			"%s", text && *text ? text : "it cannot be read");
}

static enum mun_box_kind kind_of(struct archive_entry *x, const char *name)
{
	size_t n = strlen(name);

	/* libarchive gives a hard link the type of a file. */
	if (archive_entry_hardlink(x) || archive_entry_hardlink_utf8(x))
		return MUN_BOX_LINK;
	switch (archive_entry_filetype(x)) {
	case AE_IFREG:
		return MUN_BOX_FILE;
	case AE_IFDIR:
		return MUN_BOX_FOLDER;
	case AE_IFLNK:
		return MUN_BOX_LINK;
	case 0:
		return n && name[n - 1] == '/' ? MUN_BOX_FOLDER : MUN_BOX_FILE;
	default:
		return MUN_BOX_SPECIAL;
	}
}

/* @data NULL: zeros. */
static int give(struct reading *r, const uint8_t *data, size_t len,
		struct mun_err *e)
{
	int rc = 0;

	while (!rc && len) {
		size_t n = MUN_MIN(len, MUN_WIRE_BODY);

		r->w->op = MUN_WIRE_DATA;
		r->w->len = (uint32_t)n;
		if (data)
			memcpy(r->w->body, data, n);
		else
			memset(r->w->body, 0, n);
		rc = r->out->data(r->out, r->w, e);
		if (data)
			data += n;
		len -= n;
	}
	return rc;
}

/* The hole of a sparse entry, up to byte @to. */
static int give_hole(struct reading *r, uint64_t *done, uint64_t to,
		     struct mun_err *e)
{
	int rc = 0;

	while (!rc && *done < to) {
		size_t n = (size_t)MUN_MIN(to - *done, (uint64_t)1 << 20);

		rc = give(r, NULL, n, e);
		*done += n;
	}
	return rc;
}

struct stop {
	char why[200]; /* "" : whole */
	bool dead; /* nothing more can be read of the archive */
};

static void because(struct stop *s, struct archive *a, bool dead)
{
	const char *text = archive_error_string(a);

	(void)snprintf(s->why, sizeof(s->why), "%s",
		       text && *text ? text : "its bytes cannot be read");
	s->dead = dead;
}

static int give_blocks(struct reading *r, struct archive *a, uint64_t bytes,
		       uint64_t *done, struct stop *s, struct mun_err *e)
{
	const void *data;
	la_int64_t off;
	size_t len;
	int rc = 0;

	while (!rc && !s->why[0]) {
		int got = archive_read_data_block(a, &data, &len, &off);

		if (got == ARCHIVE_EOF)
			break;
		if (got < ARCHIVE_WARN &&
		    (r->err.code || archive_errno(a) == ENOMEM))
			return fail_archive(r, a, e);
		if (got != ARCHIVE_OK)
			because(s, a, got <= ARCHIVE_FATAL);
		if (got < ARCHIVE_WARN)
			break;
		/* More than its header says: a bomb, or broken. */
		if (off < 0 || (uint64_t)off < *done || len > bytes ||
		    (uint64_t)off > bytes - len) {
			(void)snprintf(s->why, sizeof(s->why),
				       "it has more bytes than its header "
				       "says");
			break;
		}
		rc = give_hole(r, done, (uint64_t)off, e);
		if (!rc)
			rc = give(r, data, len, e);
		*done += len;
	}
	return rc;
}

static int give_entry(struct reading *r, struct archive *a, uint64_t bytes,
		      struct stop *s, struct mun_err *e)
{
	uint64_t done = 0;
	int rc;

	s->why[0] = '\0';
	s->dead = false;
	rc = give_blocks(r, a, bytes, &done, s, e);
	if (rc)
		return rc;
	if (!s->why[0])
		memcpy(s->why, r->warning, sizeof(s->why));
	r->w->op = MUN_WIRE_END;
	r->w->len = (uint32_t)strlen(s->why);
	memcpy(r->w->body, s->why, r->w->len);
	rc = r->out->data(r->out, r->w, e);
	if (!rc && s->dead)
		rc = mun_fail(e, MUN_ECORRUPT, "%s", s->why);
	return rc;
}

static int one_entry(struct reading *r, struct archive *a,
		     struct archive_entry *x, struct mun_err *e)
{
	const char *name = archive_entry_pathname(x);
	struct stop s;
	bool want = false;
	size_t len;
	int rc;

	if (!name)
		name = archive_entry_pathname_utf8(x);
	if (!name || !*name)
		return mun_fail(e, MUN_ECORRUPT,
				"an entry whose name cannot be read");
	len = strlen(name);
	if (len > MUN_BOX_PATH_MAX)
		return mun_fail(e, MUN_ECORRUPT, "a name of %zu bytes", len);
	if (++r->out->entries > MUN_BOX_ENTRIES)
		return mun_fail(e, MUN_ECORRUPT, "more than %u entries",
				MUN_BOX_ENTRIES);
	r->w->op = MUN_WIRE_ENTRY;
	r->w->kind = kind_of(x, name);
	r->w->bytes = UINT64_MAX;
	if (archive_entry_size_is_set(x) && archive_entry_size(x) >= 0)
		r->w->bytes = (uint64_t)archive_entry_size(x);
	r->w->len = (uint32_t)len;
	memcpy(r->w->body, name, len);
	rc = r->out->entry(r->out, r->w, &want, e);
	if (rc || !want)
		return rc;
	return give_entry(r, a, r->w->bytes, &s, e);
}

/* A tar that was cut between two files looks like a shorter one, but for its
 * end: two blocks of zeros. */
static int check_end(struct reading *r, struct archive *a, struct mun_err *e)
{
	static const uint8_t zeros[1024];
	int rc;

	if (archive_filter_count(a) > 1 &&
	    archive_filter_code(a, 0) != ARCHIVE_FILTER_NONE)
		return 0;
	if (r->src->size < sizeof(zeros))
		return mun_fail(e, MUN_ECORRUPT, "it has no end");
	rc = mun_source_pread(r->src, r->buf, sizeof(zeros),
			      r->src->size - sizeof(zeros), e);
	if (!rc && memcmp(r->buf, zeros, sizeof(zeros)) != 0)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "it has no end: it may have been cut off");
	return rc;
}

/* What a header says twice (in a zip there is a second one in its directory)
 * and differently.  A name that fits no locale is no matter: whether it is the
 * promised one is found out by itself. */
static void take_warning(struct reading *r, struct archive *a, int got)
{
	const char *text = archive_error_string(a);

	r->warning[0] = '\0';
	if (got == ARCHIVE_WARN && text && !strstr(text, "convert"))
		(void)snprintf(r->warning, sizeof(r->warning), "%s", text);
}

static int each_entry(struct reading *r, struct archive *a, bool zip,
		      struct mun_err *e)
{
	struct archive_entry *x;
	int rc = 0;

	while (!rc) {
		int got = archive_read_next_header(a, &x);

		if (got == ARCHIVE_EOF)
			return zip ? 0 : check_end(r, a, e);
		if (got == ARCHIVE_RETRY)
			continue;
		if (got < ARCHIVE_WARN)
			return fail_archive(r, a, e);
		take_warning(r, a, got);
		rc = one_entry(r, a, x, e);
	}
	return rc;
}

static int open_archive(struct reading *r, struct archive *a, bool zip,
			struct mun_err *e)
{
	int bad;

	/* The reader of zip that seeks goes by the central directory, as those
	 * do who will unpack it; but for the names, of which it takes those
	 * before the bytes: they are compared (verify_zip.h). */
	if (zip)
		bad = archive_read_support_format_zip_seekable(a);
	else
		bad = archive_read_support_format_tar(a) != ARCHIVE_OK ||
		      archive_read_support_filter_gzip(a) < ARCHIVE_WARN;
	if (bad || archive_read_set_callback_data(a, r) != ARCHIVE_OK ||
	    archive_read_set_read_callback(a, read_cb) != ARCHIVE_OK ||
	    archive_read_set_skip_callback(a, skip_cb) != ARCHIVE_OK ||
	    archive_read_set_seek_callback(a, seek_cb) != ARCHIVE_OK ||
	    archive_read_open1(a) != ARCHIVE_OK)
		return fail_archive(r, a, e);
	return 0;
}

static int read_archive(struct mun_source *src, bool zip, struct out *o,
			struct mun_wire *w, struct mun_err *e)
{
	struct reading r = { .src = src, .out = o, .w = w };
	struct archive *a = archive_read_new();
	int rc;

	r.buf = malloc(BUFFER);
	if (!a || !r.buf)
		rc = mun_fail_nomem(e, "archive");
	else
		rc = zip ? mun_zip_names(src, e) : 0;
	if (!rc)
		rc = open_archive(&r, a, zip, e);
	if (!rc)
		rc = each_entry(&r, a, zip, e);
	(void)archive_read_free(a);
	free(r.buf);
	return rc;
}

/* ---- to the parent ---- */

static int send(int fd, const struct mun_wire *w, struct mun_err *e)
{
	size_t len = MUN_WIRE_HEAD + w->len;
	ssize_t n;

	do
		n = write(fd, w, len);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? 0 : mun_fail_sys(e, errno, "answer");
}

static int send_data(struct out *o, struct mun_wire *w, struct mun_err *e)
{
	return send(o->fd, w, e);
}

static int send_entry(struct out *o, struct mun_wire *w, bool *want,
		      struct mun_err *e)
{
	uint8_t answer = 0;
	ssize_t n;
	int rc = send(o->fd, w, e);

	if (rc)
		return rc;
	do
		n = read(o->fd, &answer, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return mun_fail(e, MUN_EIO, "nobody listens");
	*want = answer == 1;
	return 0;
}

void mun_archive_work(void *ctx, unsigned int worker, int fd)
{
	struct mun_archive_child *c = ctx;
	struct out o = { .entry = send_entry, .data = send_data, .fd = fd };
	struct mun_sandbox_head head;
	struct mun_err e;
	int rc;

	(void)worker;
	mun_err_clear(&e);
	rc = read_archive(c->src, c->zip, &o, &c->wire, &e);
	mun_sandbox_pack(&head, rc, 0, &e);
	c->wire.op = MUN_WIRE_DONE;
	c->wire.len = sizeof(head);
	memcpy(c->wire.body, &head, sizeof(head));
	(void)send(fd, &c->wire, &e);
}

/* ---- counted ---- */

static int count_entry(struct out *o, struct mun_wire *w, bool *want,
		       struct mun_err *e)
{
	(void)o;
	(void)e;
	*want = w->kind == MUN_BOX_FILE && w->bytes <= (uint64_t)1 << 20;
	return 0;
}

static int count_data(struct out *o, struct mun_wire *w, struct mun_err *e)
{
	(void)e;
	if (w->op == MUN_WIRE_DATA)
		o->bytes += w->len;
	return 0;
}

int mun_archive_read_all(struct mun_source *src, bool zip,
			 uint64_t *entries_out, uint64_t *bytes_out,
			 struct mun_err *e)
{
	struct out o = { .entry = count_entry, .data = count_data, .fd = -1 };
	struct mun_wire *w = malloc(sizeof(*w));
	int rc;

	if (!w)
		return mun_fail_nomem(e, "archive");
	rc = read_archive(src, zip, &o, w, e);
	*entries_out = o.entries;
	*bytes_out = o.bytes;
	free(w);
	return rc;
}
