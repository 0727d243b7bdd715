/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/spool.c - an image that is filled in any order */
#include "ingest/spool.h"

#include "core/check.h"
#include "core/file.h"
#include "core/imgwrite.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((uint64_t)MUN_TREE_PIECE)

struct mun_spool {
	char *path; /* for errors */
	uint64_t size;
	struct mun_checkpoint *ckpt;
	struct mun_imgwriter *to;
	int back; /* the same file, to read what was written */
	bool fresh; /* no bytes of another run can be in it */
	bool named; /* its name is durable */
	bool told; /* that some of it was lost */
	struct mun_readmap held; /* good: what is in the image or in buf */
	/* The megabyte that is being filled; zeros where nothing is held. */
	uint8_t *buf;
	bool loaded;
	uint64_t piece;
	size_t lo, hi; /* changed in buf; lo == hi: nothing */
};

static size_t piece_len(const struct mun_spool *s, uint64_t piece)
{
	return (size_t)MUN_MIN(PIECE, s->size - piece * PIECE);
}

static bool all_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && !memcmp(p, p + 1, len - 1));
}

/*
 * Is nothing at all in the image there?  Then zeros need not be written: a
 * medium that is empty for the most part makes an image that is.
 */
static bool is_hole(const struct mun_spool *s, uint64_t off, size_t len)
{
	off_t data = lseek(s->back, (off_t)off, SEEK_DATA);

	return data < 0 ? errno == ENXIO : (uint64_t)data >= off + len;
}

/* What was never written is zeros, also where the file ends before. */
static int read_back(const struct mun_spool *s, uint8_t *to, size_t len,
		     uint64_t off, struct mun_err *e)
{
	while (len) {
		ssize_t n = mun_sys.pread(s->back, to, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return mun_fail_sys(e, errno, "read '%s'", s->path);
		if (n == 0) {
			memset(to, 0, len);
			return 0;
		}
		to += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
	return 0;
}

void mun_spool_mask(uint8_t *buf, uint64_t start, size_t len,
		    const struct mun_readmap *map, bool *any, bool *whole)
{
	uint64_t end = start + len;

	*any = false;
	*whole = true;
	for (uint64_t at = start; at < end;) {
		const struct mun_read_run *run = mun_readmap_run(map, at);
		uint64_t stop = MUN_MIN(end, run->off + run->bytes);

		*any = *any || mun_read_has_data(run->state);
		*whole = *whole && run->state == MUN_READ_GOOD;
		if (!mun_read_has_data(run->state))
			memset(buf + (at - start), 0, (size_t)(stop - at));
		at = stop;
	}
}

static int open_ends(struct mun_spool *s, struct mun_err *e)
{
	int rc = mun_imgwriter_open(s->path, !s->fresh, &s->to, e);

	if (rc)
		return rc;
	s->back = mun_sys.open(s->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (s->back < 0)
		return mun_fail_sys(e, errno, "open '%s'", s->path);
	return s->fresh ? 0 : mun_spool_extend(s, e);
}

int mun_spool_open(const char *path, struct mun_checkpoint *ckpt, uint64_t size,
		   struct mun_spool **out, struct mun_err *e)
{
	mun_auto(spool) *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return mun_fail_nomem(e, "image");
	s->back = -1;
	s->size = size;
	s->ckpt = ckpt;
	s->fresh = !ckpt->any;
	s->buf = aligned_alloc(MUN_IO_ALIGN, MUN_TREE_PIECE);
	if (!s->buf)
		return mun_fail_nomem(e, "image");
	rc = mun_strdup(path, &s->path, e);
	if (!rc)
		rc = mun_readmap_init(&s->held, size, e);
	if (!rc)
		rc = open_ends(s, e);
	if (rc)
		return rc;
	*out = mun_steal(&s);
	return 0;
}

void mun_spool_free(struct mun_spool *s)
{
	if (!s)
		return;
	mun_imgwriter_free(s->to);
	if (s->back >= 0)
		(void)mun_sys.close(s->back);
	mun_readmap_clear(&s->held);
	free(s->buf);
	free(s->path);
	free(s);
}

/* ---- proving what an interrupted run left ---- */

/* Its states as they were; @proved: else what has data is not tried. */
static int take_states(struct mun_spool *s, uint64_t piece, bool proved,
		       struct mun_readmap *map, struct mun_err *e)
{
	uint64_t at = piece * PIECE;
	uint64_t end = at + piece_len(s, piece);
	int rc = 0;

	while (!rc && at < end) {
		const struct mun_read_run *run =
			mun_readmap_run(&s->ckpt->had, at);
		uint64_t n = MUN_MIN(end, run->off + run->bytes) - at;
		bool data = mun_read_has_data(run->state);

		if (proved || !data)
			rc = mun_readmap_mark(map, at, n, run->state, e);
		if (!rc && proved && data)
			rc = mun_readmap_mark(&s->held, at, n, MUN_READ_GOOD,
					      e);
		at += n;
	}
	return rc;
}

int mun_spool_prove(struct mun_spool *s, uint64_t piece, uint8_t *buf,
		    struct mun_readmap *map, bool *whole, struct mun_err *e)
{
	size_t len = piece_len(s, piece);
	uint8_t hash[MUN_TREE_HASH];
	bool proved;
	bool any;
	int rc = read_back(s, buf, len, piece * PIECE, e);

	if (rc)
		return rc;
	mun_spool_mask(buf, piece * PIECE, len, &s->ckpt->had, &any, whole);
	if (!any)
		return take_states(s, piece, true, map, e);
	rc = mun_tree_piece(buf, len, s->size, hash, e);
	if (rc)
		return rc;
	proved = s->ckpt->known[piece] &&
		 !memcmp(hash, s->ckpt->hash[piece], sizeof(hash));
	if (!proved && !s->told)
		mun_log(MUN_LOG_WARN,
			"'%s': the megabyte at byte %" PRIu64
			" is not what was written there: it, and any other "
			"such, is read again",
			s->path, piece * PIECE);
	if (!proved) {
		s->told = true;
		s->ckpt->known[piece] = false;
		*whole = false;
	}
	return take_states(s, piece, proved, map, e);
}

/* ---- filling ---- */

/* All that changed in buf, in whole units of the disk, into the image. */
static int write_out(struct mun_spool *s, struct mun_err *e)
{
	uint64_t start = s->piece * PIECE;
	size_t lo = s->lo / MUN_IO_ALIGN * MUN_IO_ALIGN;
	size_t hi = MUN_MIN((s->hi + MUN_IO_ALIGN - 1) / MUN_IO_ALIGN *
				    MUN_IO_ALIGN,
			    piece_len(s, s->piece));
	int rc = 0;

	if (!all_zero(s->buf + lo, hi - lo) || !is_hole(s, start + lo, hi - lo))
		rc = mun_imgwriter_write(s->to, s->buf + lo, hi - lo,
					 start + lo, e);
	if (!rc)
		s->lo = s->hi = 0;
	return rc;
}

/* What was put is in the image, and its hash is noted. */
static int flush(struct mun_spool *s, struct mun_err *e)
{
	uint8_t hash[MUN_TREE_HASH];
	int rc;

	if (!s->loaded || s->lo == s->hi)
		return 0;
	rc = write_out(s, e);
	if (!rc)
		rc = mun_tree_piece(s->buf, piece_len(s, s->piece), s->size,
				    hash, e);
	return rc ? rc : mun_checkpoint_note(s->ckpt, s->piece, hash, e);
}

/* Some of it was put before: have that in buf, and prove it. */
static int load_held(struct mun_spool *s, struct mun_err *e)
{
	size_t len = piece_len(s, s->piece);
	uint8_t hash[MUN_TREE_HASH];
	bool whole;
	bool any;
	int rc = read_back(s, s->buf, len, s->piece * PIECE, e);

	if (rc)
		return rc;
	mun_spool_mask(s->buf, s->piece * PIECE, len, &s->held, &any, &whole);
	rc = mun_tree_piece(s->buf, len, s->size, hash, e);
	if (!rc && (!s->ckpt->known[s->piece] ||
		    memcmp(hash, s->ckpt->hash[s->piece], sizeof(hash)) != 0))
		rc = mun_fail(e, MUN_EFIXITY,
			      "the megabyte at byte %" PRIu64
			      " is no longer what was written there",
			      s->piece * PIECE);
	return rc;
}

static int load(struct mun_spool *s, uint64_t piece, struct mun_err *e)
{
	const struct mun_read_run *run;
	int rc;

	if (s->loaded && s->piece == piece)
		return 0;
	rc = flush(s, e);
	if (rc)
		return rc;
	s->loaded = false;
	s->piece = piece;
	s->lo = s->hi = 0;
	run = mun_readmap_next_in(&s->held, piece * PIECE, MUN_READ_GOOD);
	if (run && run->off < piece * PIECE + piece_len(s, piece))
		rc = load_held(s, e);
	else
		memset(s->buf, 0, MUN_TREE_PIECE);
	s->loaded = !rc;
	return rc;
}

static int put_in_piece(struct mun_spool *s, const uint8_t *data, size_t len,
			uint64_t off, struct mun_err *e)
{
	size_t at = (size_t)(off % PIECE);
	int rc = load(s, off / PIECE, e);

	if (!rc)
		rc = mun_readmap_mark(&s->held, off, len, MUN_READ_GOOD, e);
	if (rc)
		return rc;
	memcpy(s->buf + at, data, len);
	s->lo = s->lo == s->hi ? at : MUN_MIN(s->lo, at);
	s->hi = MUN_MAX(s->hi, at + len);
	return 0;
}

int mun_spool_put(struct mun_spool *s, const void *data, size_t len,
		  uint64_t off, struct mun_err *e)
{
	const uint8_t *p = data;
	int rc = 0;

	while (!rc && len) {
		size_t n = (size_t)MUN_MIN(PIECE - off % PIECE, (uint64_t)len);

		rc = put_in_piece(s, p, n, off, e);
		p += n;
		off += n;
		len -= n;
	}
	return rc ? mun_ctx(e, "write '%s'", s->path) : 0;
}

int mun_spool_append(struct mun_spool *s, const void *data, size_t len,
		     uint64_t off, struct mun_err *e)
{
	int rc = mun_readmap_mark(&s->held, off, len, MUN_READ_GOOD, e);

	if (!rc && !(all_zero(data, len) && is_hole(s, off, len)))
		rc = mun_imgwriter_write(s->to, data, len, off, e);
	return rc ? mun_ctx(e, "write '%s'", s->path) : 0;
}

/* ---- saving ---- */

/* The file is found again after a crash: once is enough. */
static int sync_name(struct mun_spool *s, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	int rc;

	if (s->named)
		return 0;
	rc = mun_strdup(s->path, &dir, e);
	if (rc)
		return rc;
	*strrchr(dir, '/') = '\0';
	rc = mun_dir_sync(dir, e);
	s->named = !rc;
	return rc;
}

int mun_spool_save(struct mun_spool *s, const struct mun_readmap *map,
		   struct mun_err *e)
{
	int rc = flush(s, e);

	if (!rc)
		rc = mun_imgwriter_sync(s->to, e);
	if (!rc)
		rc = sync_name(s, e);
	return rc ? rc : mun_checkpoint_save(s->ckpt, map, e);
}

int mun_spool_extend(struct mun_spool *s, struct mun_err *e)
{
	mun_autoclose int fd =
		mun_sys.open(s->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0);

	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", s->path);
	if (mun_sys.ftruncate(fd, (off_t)s->size))
		return mun_fail_sys(e, errno, "size of '%s'", s->path);
	return 0;
}

int mun_spool_finish(struct mun_spool *s, uint64_t piece, uint8_t *buf,
		     const struct mun_readmap *map, struct mun_err *e)
{
	uint64_t start = piece * PIECE;
	size_t len = piece_len(s, piece);
	uint64_t at = start;
	int rc = 0;

	while (!rc && at < start + len) {
		const struct mun_read_run *run = mun_readmap_run(map, at);
		uint64_t stop = MUN_MIN(start + len, run->off + run->bytes);
		uint8_t *p = buf + (at - start);
		size_t n = (size_t)(stop - at);

		if (!mun_read_has_data(run->state) && !all_zero(p, n)) {
			memset(p, 0, n);
			rc = mun_imgwriter_write(s->to, p, n, at, e);
		}
		at = stop;
	}
	return rc;
}

int mun_spool_close(struct mun_spool *s, struct mun_err *e)
{
	return mun_imgwriter_finish(s->to, s->size, e);
}
