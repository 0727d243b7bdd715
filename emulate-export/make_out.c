/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_out.c - the image as it is written: from first to last */
#include "emulate-export/make_out.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "core/str.h"

#define BUFFER ((size_t)1 << 20)
/* Fewer zeros than this are written like any other bytes. */
#define HOLE ((uint64_t)64 << 10)

int mun_make_out_open(struct mun_make_out *o, const char *path,
		      const struct mun_make_tree *t, uint64_t total,
		      struct mun_err *e)
{
	void *buf = NULL;
	int rc;

	mun_make_reader_init(&o->reader, t);
	o->total = total;
	if (posix_memalign(&buf, MUN_IO_ALIGN, BUFFER))
		return mun_fail_nomem(e, "buffer of an image");
	o->buf = buf;
	rc = mun_hasher_new(MUN_DIGEST_BIT(MUN_SHA256), &o->hasher, e);
	if (!rc)
		rc = mun_output_new(path, &o->files, e);
	if (!rc)
		rc = mun_output_file(o->files, NULL, &o->f, e);
	return rc;
}

uint64_t mun_make_out_pos(const struct mun_make_out *o)
{
	return o->off + o->fill;
}

static int flush(struct mun_make_out *o, struct mun_err *e)
{
	int rc = mun_cancel_check(e);

	if (!rc)
		rc = mun_hasher_update(o->hasher, o->buf, o->fill, e);
	if (!rc)
		rc = mun_outfile_write(o->f, o->buf, o->fill, o->off, e);
	o->off += o->fill;
	o->fill = 0;
	mun_progress_tell(o->progress, "writing", o->off, o->total, 0);
	return rc;
}

/* Until the next multiple of the buffer, so that most writes are aligned. */
static size_t room(const struct mun_make_out *o)
{
	return BUFFER - (size_t)(mun_make_out_pos(o) % BUFFER);
}

static int step(struct mun_make_out *o, size_t n, struct mun_err *e)
{
	o->fill += n;
	return mun_make_out_pos(o) % BUFFER ? 0 : flush(o, e);
}

int mun_make_out_put(struct mun_make_out *o, const void *data, size_t len,
		     struct mun_err *e)
{
	const uint8_t *p = data;
	int rc = 0;

	while (!rc && len) {
		size_t n = MUN_MIN(len, room(o));

		memcpy(o->buf + o->fill, p, n);
		p += n;
		len -= n;
		rc = step(o, n, e);
	}
	return rc;
}

static int small_zeros(struct mun_make_out *o, uint64_t len, struct mun_err *e)
{
	int rc = 0;

	while (!rc && len) {
		size_t n = (size_t)MUN_MIN(len, (uint64_t)room(o));

		memset(o->buf + o->fill, 0, n);
		len -= n;
		rc = step(o, n, e);
	}
	return rc;
}

/* Nothing is written, and the digest counts it all the same. */
static int hole(struct mun_make_out *o, uint64_t len, struct mun_err *e)
{
	int rc = flush(o, e);

	memset(o->buf, 0, BUFFER);
	while (!rc && len) {
		size_t n = (size_t)MUN_MIN(len, (uint64_t)BUFFER);

		rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_hasher_update(o->hasher, o->buf, n, e);
		o->off += n;
		len -= n;
		mun_progress_tell(o->progress, "writing", o->off, o->total, 0);
	}
	return rc;
}

int mun_make_out_zeros(struct mun_make_out *o, uint64_t off, struct mun_err *e)
{
	uint64_t pos = mun_make_out_pos(o);

	if (off < pos)
		return mun_fail(e, MUN_EINVAL,
				"byte %" PRIu64 " of the image comes after "
				"byte %" PRIu64,
				off, pos);
	if (off - pos < HOLE)
		return small_zeros(o, off - pos, e);
	return hole(o, off - pos, e);
}

int mun_make_out_file(struct mun_make_out *o, const struct mun_make_node *n,
		      struct mun_err *e)
{
	uint64_t left = n->size;
	int rc = mun_make_reader_open(&o->reader, n, e);

	while (!rc && left) {
		size_t len = (size_t)MUN_MIN(left, (uint64_t)room(o));

		rc = mun_make_reader_read(&o->reader, o->buf + o->fill, len, e);
		if (!rc)
			rc = step(o, len, e);
		left -= len;
	}
	return rc ? rc : mun_make_reader_end(&o->reader, e);
}

static int read_back(struct mun_make_out *o, struct mun_digests *out,
		     struct mun_err *e)
{
	const char *name = mun_output_name(o->files);
	mun_auto(source) *src = NULL;
	mun_auto(hasher) *h = NULL;
	uint64_t off = 0;
	int rc;

	rc = mun_hasher_new(MUN_DIGEST_BIT(MUN_SHA256), &h, e);
	if (!rc)
		rc = mun_output_source(o->files, name, &src, e);
	if (rc)
		return rc;
	while (!rc && off < src->size) {
		size_t n = (size_t)MUN_MIN(src->size - off, (uint64_t)BUFFER);

		rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_source_pread(src, o->buf, n, off, e);
		if (!rc)
			rc = mun_hasher_update(h, o->buf, n, e);
		off += n;
		mun_progress_tell(o->progress, "reading back", off, src->size,
				  0);
	}
	return rc ? rc : mun_hasher_final(h, out, e);
}

int mun_make_out_finish(struct mun_make_out *o, char hex[static 65],
			struct mun_err *e)
{
	struct mun_digests written = { 0 };
	struct mun_digests back = { 0 };
	char text[MUN_DIGEST_HEX];
	int rc;

	rc = flush(o, e);
	if (!rc)
		rc = mun_outfile_set_size(o->f, o->off, e);
	if (!rc)
		rc = mun_hasher_final(o->hasher, &written, e);
	if (!rc)
		rc = mun_output_settle(o->files, e);
	if (!rc)
		rc = read_back(o, &back, e);
	if (rc)
		return rc;
	if (!mun_digest_equal(&written.of[MUN_SHA256], &back.of[MUN_SHA256]))
		return mun_fail(e, MUN_EFIXITY,
				"what was read back is not what was written");
	mun_digest_hex(&back.of[MUN_SHA256], text);
	memcpy(hex, text, 65);
	return mun_output_finish(o->files, e);
}

void mun_make_out_free(struct mun_make_out *o)
{
	mun_make_reader_close(&o->reader);
	mun_hasher_free(o->hasher);
	mun_output_free(o->files);
	free(o->buf);
}
