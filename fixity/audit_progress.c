/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/audit_progress.c - which pieces of a file an audit has verified
 *
 * A file of numbers, all big-endian:
 *
 *	 0  8  "MUNAUDT1"
 *	 8  8  when the audit of the file began, ms since 1970
 *	16  8  bytes of the audited file
 *	24 32  its root
 *	56  4  CRC-32 of the above
 *	60  4  zero
 *	64  4  for each piece: zero, or the start of the hash it was found to have
 *
 * A piece counts as done only where the note is the start of the hash that is
 * expected of it, so notes that were damaged vouch for nothing.  They are
 * written with pwrite(2), not through a mapping: what was written survives the
 * process as well, and a file cut by somebody else is an error, not SIGBUS.
 * Pieces found bad are not noted: a later run reads them again.
 */
#include "fixity/audit_int.h"

#include <errno.h>
#include <stdatomic.h>

#include <zlib.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/digest.h"

#define HEADER 64u
#define NOTE 4u
#define MAGIC "MUNAUDT1"
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

struct mun_audit_progress {
	char *path;
	int fd; /* -1: closed */
	const struct mun_tree *tree; /* the check's, with a layer */
	uint8_t *notes; /* as they were when opened: HEADER, then NOTE each */
	size_t bytes; /* of the whole file */
	atomic_bool failed; /* said in the log once */
};

static void put_header(uint8_t out[static HEADER], const struct mun_tree *tree,
		       int64_t started_ms)
{
	memset(out, 0, HEADER);
	memcpy(out, MAGIC, 8);
	mun_put_be64(out + 8, (uint64_t)started_ms);
	mun_put_be64(out + 16, tree->bytes);
	memcpy(out + 24, tree->root, MUN_TREE_HASH);
	mun_put_be32(out + 56, (uint32_t)crc32_z(0, out, 56));
}

/* Is it the header of these bytes, and young enough?  A time to come says that
 * one of the two clocks was wrong. */
static bool header_counts(const uint8_t in[static HEADER],
			  const struct mun_tree *tree, int64_t now_ms)
{
	const int64_t started_ms = (int64_t)mun_be64(in + 8);
	uint8_t want[HEADER];

	put_header(want, tree, started_ms);
	return !memcmp(in, want, HEADER) && started_ms <= now_ms &&
	       started_ms > now_ms - MUN_AUDIT_PROGRESS_DAYS * DAY_MS;
}

static uint32_t note_of(const struct mun_tree *tree, uint64_t piece)
{
	const uint32_t v = mun_be32(tree->pieces[piece]);

	return v ? v : 1;
}

/* "UUID-0123456789abcdef": the second half stands for store and path. */
static int progress_path(const char *dir, const struct mun_audit_item *item,
			 size_t file, char **out, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_digests d;
	char hex[MUN_DIGEST_HEX];
	int rc;

	if (!mun_uuid_is(item->object))
		return mun_fail(e, MUN_EINVAL, "object id '%s' is no UUID",
				item->object);
	rc = mun_fmt(&text, e, "%s\n%s", item->store ? item->store : "",
		     item->files[file].path);
	if (!rc)
		rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), text,
				       strlen(text), &d, e);
	if (rc)
		return rc;
	mun_digest_hex(&d.of[MUN_SHA256], hex);
	return mun_fmt(out, e, "%s/%s-%.16s", dir, item->object, hex);
}

static int open_regular(const char *path, int *fd_out, uint64_t *bytes_out,
			struct mun_err *e)
{
	struct stat st;
	int fd;

	fd = mun_sys.open(
		path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		0666);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	*fd_out = fd;
	if (mun_sys.fstat(fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return mun_fail(e, MUN_EIO, "'%s' is not a file", path);
	*bytes_out = (uint64_t)st.st_size;
	return 0;
}

/* All zeros after the header: also takes the space now rather than failing
 * later. */
static int begin_anew(struct mun_audit_progress *p, int64_t now_ms,
		      struct mun_err *e)
{
	memset(p->notes, 0, p->bytes);
	put_header(p->notes, p->tree, now_ms);
	if (mun_sys.ftruncate(p->fd, 0))
		return mun_fail_sys(e, errno, "empty '%s'", p->path);
	return mun_pwrite_all(p->fd, p->notes, p->bytes, 0, e);
}

static int load(struct mun_audit_progress *p, struct mun_err *e)
{
	const int64_t now_ms = mun_now_ms();
	uint64_t bytes;
	int rc;

	rc = open_regular(p->path, &p->fd, &bytes, e);
	if (rc)
		return rc;
	p->bytes = HEADER + NOTE * (size_t)p->tree->npieces;
	p->notes = calloc(1, p->bytes);
	if (!p->notes)
		return mun_fail_nomem(e, "audit progress");
	if (bytes == p->bytes) {
		rc = mun_pread_full(p->fd, p->notes, p->bytes, 0, e);
		if (!rc && header_counts(p->notes, p->tree, now_ms))
			return 0;
	}
	return begin_anew(p, now_ms, e);
}

int mun_audit_progress_open(const char *dir, const struct mun_audit_item *item,
			    size_t file, const struct mun_tree *tree,
			    struct mun_audit_progress **out, struct mun_err *e)
{
	struct mun_audit_progress *p;
	int rc;

	p = calloc(1, sizeof(*p));
	if (!p)
		return mun_fail_nomem(e, "audit progress");
	p->fd = -1;
	p->tree = tree;
	rc = progress_path(dir, item, file, &p->path, e);
	if (!rc)
		rc = load(p, e);
	if (rc) {
		mun_audit_progress_free(p);
		return mun_ctx(e, "progress of the audit");
	}
	*out = p;
	return 0;
}

bool mun_audit_progress_has(const struct mun_audit_progress *p, uint64_t piece)
{
	return mun_be32(p->notes + HEADER + NOTE * (size_t)piece) ==
	       note_of(p->tree, piece);
}

void mun_audit_progress_note(struct mun_audit_progress *p, uint64_t piece)
{
	struct mun_err err;
	uint8_t note[NOTE];

	mun_put_be32(note, note_of(p->tree, piece));
	if (mun_pwrite_all(p->fd, note, NOTE, HEADER + NOTE * piece, &err) &&
	    !atomic_exchange(&p->failed, true)) {
		char text[MUN_ERR_TEXT];

		mun_log(MUN_LOG_WARN,
			"an interrupted audit will read again what it read: %s",
			mun_err_text(&err, text, sizeof(text), 0));
	}
}

void mun_audit_progress_close(struct mun_audit_progress *p)
{
	/* Nothing depends on what was written: a lost note is read again. */
	if (p->fd >= 0)
		(void)mun_sys.close(p->fd);
	p->fd = -1;
	free(p->notes);
	p->notes = NULL;
	p->tree = NULL;
}

int mun_audit_progress_remove(struct mun_audit_progress *p, struct mun_err *e)
{
	if (mun_sys.unlink(p->path) && errno != ENOENT)
		return mun_fail_sys(e, errno, "remove '%s'", p->path);
	return 0;
}

void mun_audit_progress_free(struct mun_audit_progress *p)
{
	if (!p)
		return;
	mun_audit_progress_close(p);
	free(p->path);
	free(p);
}
