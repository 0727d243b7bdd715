/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_lines.c - the files of the ledger as lines, read and written */
#include "fixity/ledger_int.h"

#include <errno.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/regular.h"
#include "core/sys.h"
#include "fixity/digest.h"

#define BUFFER ((size_t)256 << 10)

int mun_ledger_lines_open(struct mun_ledger_lines *r, const char *path,
			  uint64_t limit, bool digest, struct mun_err *e)
{
	struct stat st;
	int rc;

	*r = (struct mun_ledger_lines){ .fd = -1, .limit = limit };
	rc = mun_regular_open(path, 0, &r->fd, &st, e);
	if (rc)
		return rc;
	r->room = BUFFER;
	r->buf = malloc(r->room);
	if (!r->buf)
		return mun_fail_nomem(e, "lines of the ledger");
	if (digest)
		rc = mun_hasher_new(MUN_DIGEST_BIT(MUN_SHA256), &r->sha256, e);
	return rc;
}

void mun_ledger_lines_close(struct mun_ledger_lines *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
	free(r->buf);
	r->buf = NULL;
	mun_hasher_free(r->sha256);
	r->sha256 = NULL;
}

/* Move what is left to the front and make room behind it. */
static int make_room(struct mun_ledger_lines *r, struct mun_err *e)
{
	char *more;

	memmove(r->buf, r->buf + r->at, r->len - r->at);
	r->len -= r->at;
	r->at = 0;
	if (r->len > MUN_LEDGER_ENTRY_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a line of more than %zu bytes",
				MUN_LEDGER_ENTRY_MAX);
	if (r->len < r->room)
		return 0;
	more = realloc(r->buf, 2 * r->room);
	if (!more)
		return mun_fail_nomem(e, "line of the ledger");
	r->buf = more;
	r->room *= 2;
	return 0;
}

/* Some more bytes; *@end where there are none. */
static int fill(struct mun_ledger_lines *r, bool *end, struct mun_err *e)
{
	size_t want;
	ssize_t n;
	int rc;

	rc = make_room(r, e);
	if (rc)
		return rc;
	want = (size_t)MUN_MIN((uint64_t)(r->room - r->len), r->limit - r->off);
	do
		n = want ? mun_sys.pread(r->fd, r->buf + r->len, want,
					 (off_t)r->off)
			 : 0;
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return mun_fail_sys(e, errno, "read at byte %ju",
				    (uintmax_t)r->off);
	if (r->sha256) {
		rc = mun_hasher_update(r->sha256, r->buf + r->len, (size_t)n,
				       e);
		if (rc)
			return rc;
	}
	r->len += (size_t)n;
	r->off += (uint64_t)n;
	*end = n == 0;
	return 0;
}

int mun_ledger_lines_next(struct mun_ledger_lines *r, const char **line,
			  size_t *len, struct mun_err *e)
{
	size_t seen = 0; /* bytes from at on that have no newline */
	bool end = false;
	char *newline;
	int rc;

	for (;;) {
		newline = memchr(r->buf + r->at + seen, '\n',
				 r->len - r->at - seen);
		if (newline || end)
			break;
		seen = r->len - r->at;
		rc = fill(r, &end, e);
		if (rc)
			return rc;
	}
	*line = NULL;
	*len = 0;
	if (!newline) {
		r->torn = r->len - r->at;
		return 0;
	}
	*line = r->buf + r->at;
	*len = (size_t)(newline - *line);
	r->at += *len + 1;
	r->bytes += *len + 1;
	r->count++;
	return 0;
}

int mun_ledger_entry_check(const char *entry, size_t len, struct mun_err *e)
{
	if (len > MUN_LEDGER_ENTRY_MAX)
		return mun_fail(e, MUN_EINVAL, "an entry of %zu bytes", len);
	if (len < 2 || entry[0] != '{' || entry[len - 1] != '}')
		return mun_fail(e, MUN_EINVAL,
				"an entry that is not a JSON object");
	if (memchr(entry, '\n', len) || memchr(entry, '\0', len))
		return mun_fail(e, MUN_EINVAL,
				"an entry with a newline or a NUL in it");
	return 0;
}

/* Cut @fd at @keep, or put @data there; then sync. */
static int change(int fd, const void *data, size_t len, uint64_t at,
		  struct mun_err *e)
{
	int rc = 0;

	if (data)
		rc = mun_pwrite_all(fd, data, len, at, e);
	else if (mun_sys.ftruncate(fd, (off_t)at))
		rc = mun_fail_sys(e, errno, "cut at byte %ju", (uintmax_t)at);
	if (!rc && mun_sys.fsync(fd))
		rc = mun_fail_sys(e, errno, "sync");
	return rc;
}

static int change_file(const char *path, int flags, const void *data,
		       size_t len, uint64_t at, struct mun_err *e)
{
	int fd = mun_sys.open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags,
			      0666);
	int rc;

	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	rc = change(fd, data, len, at, e);
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close");
	return rc ? mun_ctx(e, "write '%s'", path) : 0;
}

int mun_ledger_cut_file(const char *path, uint64_t keep, struct mun_err *e)
{
	return change_file(path, 0, NULL, 0, keep, e);
}

int mun_ledger_write(const char *path, const void *data, size_t len,
		     uint64_t at, struct mun_err *e)
{
	return change_file(path, O_CREAT, data, len, at, e);
}
