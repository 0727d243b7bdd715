/* SPDX-License-Identifier: Apache-2.0 */
/* store/copy_stream.c - a file of which only the SHA-512 is known (copy.h) */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/check.h"
#include "core/file.h"
#include "core/regular.h"
#include "core/sys.h"
#include "store/copy_int.h"

#define BLOCK ((size_t)1 << 20)

/* All of @src through SHA-512, and to @fd where that is not -1. */
static int pass(struct mun_source *src, int fd, struct mun_digest *out,
		struct mun_err *e)
{
	mun_autofree void *buf = aligned_alloc(MUN_IO_ALIGN, BLOCK);
	mun_auto(hasher) *h = NULL;
	struct mun_digests d = { 0 };
	int rc;

	if (!buf)
		return mun_fail_nomem(e, "buffer");
	rc = mun_hasher_new(MUN_DIGEST_BIT(MUN_SHA512), &h, e);
	for (uint64_t off = 0; !rc && off < src->size; off += BLOCK) {
		size_t len = (size_t)MUN_MIN(src->size - off, (uint64_t)BLOCK);

		rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_source_pread(src, buf, len, off, e);
		if (!rc)
			rc = mun_hasher_update(h, buf, len, e);
		if (!rc && fd >= 0)
			rc = mun_pwrite_all(fd, buf, len, off, e);
	}
	if (!rc)
		rc = mun_hasher_final(h, &d, e);
	if (!rc)
		*out = d.of[MUN_SHA512];
	return rc;
}

/* An earlier run's file, if it is whole. */
static int try_resume(struct mun_copy *c, struct mun_err *e)
{
	struct mun_err ignored;
	int rc = mun_copy_stream_verify(c, &ignored);

	if (rc == MUN_ENOMEM || rc == MUN_ECANCELLED) {
		*e = ignored;
		return rc;
	}
	return 0;
}

static int open_target(const char *path, int *out, struct mun_err *e)
{
	struct stat st;
	int fd;

	fd = mun_sys.open(
		path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		0666);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	*out = fd;
	if (mun_sys.fstat(fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return mun_fail(e, MUN_EINVAL, "'%s' is %s", path,
				mun_regular_kind(st.st_mode));
	if (st.st_size && mun_sys.ftruncate(fd, 0))
		return mun_fail_sys(e, errno, "empty '%s'", path);
	return 0;
}

static int copy(struct mun_copy *c, struct mun_source *src, struct mun_err *e)
{
	struct mun_digest got = { .len = 0 };
	int rc;

	rc = open_target(c->to, &c->fd, e);
	if (!rc)
		rc = pass(src, c->fd, &got, e);
	if (c->fd >= 0 && mun_sys.close(c->fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", c->to);
	c->fd = -1;
	if (rc)
		return mun_ctx(e, "copy '%s' to '%s'", c->from, c->to);
	if (mun_digest_equal(&got, &c->sha512)) {
		mun_copy_tell(c, src->size, false);
		return 0;
	}
	c->tally->source_fault = true;
	return mun_fail(e, MUN_EFIXITY,
			"'%s' is damaged: its SHA-512 is not that of the "
			"inventory",
			c->from);
}

int mun_copy_stream(struct mun_copy *c, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc;

	rc = mun_source_open_once(c->from, &src, e);
	if (rc) {
		c->tally->source_fault = true;
		return rc;
	}
	rc = try_resume(c, e);
	if (rc)
		return rc;
	if (c->proved) {
		mun_copy_tell(c, src->size, true);
		return 0;
	}
	return copy(c, src, e);
}

int mun_copy_stream_verify(struct mun_copy *c, struct mun_err *e)
{
	struct mun_digest got = { .len = 0 };
	mun_auto(source) *src = NULL;
	int rc;

	if (c->proved)
		return 0;
	rc = mun_source_open_direct(c->to, &src, e);
	if (!rc)
		rc = pass(src, -1, &got, e);
	if (rc)
		return mun_ctx(e, "read '%s' back", c->to);
	if (!mun_digest_equal(&got, &c->sha512))
		return mun_fail(e, MUN_EFIXITY,
				"read back from '%s': not what was written",
				c->to);
	c->proved = true;
	return 0;
}
