/* SPDX-License-Identifier: Apache-2.0 */
/* store/mend.c - a whole file in the place of a damaged one (store/mend.h) */
#include "store/mend.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/audit.h"
#include "store/beneath.h"
#include "store/mend_int.h"
#include "store/objdir.h"

struct mun_mend {
	const struct mun_place *p;
	const struct mun_tree *tree;
	char *id;
	char *object; /* folder of the object below the storage root */
	char *rel; /* "v1/content/image/disk.img" */
	char *dir; /* the workshop in the spool */
	char *fresh; /* the new file in it */
	int lock;
	bool mine; /* the workshop */
	int fd; /* the new file */
	atomic_bool *touched; /* for each grain: something was written there */
};

/* What is nothing but zeros in this unit stays a hole. */
#define GRAIN ((uint64_t)64 << 10)

int mun_mend_workshop(const struct mun_place *p, const char *id,
		      const char *what, char **dir, int *lock,
		      struct mun_err *e)
{
	struct mun_digests d = { 0 };
	mun_autofree char *key = NULL;
	mun_autofree char *file = NULL;
	char hex[MUN_DIGEST_HEX];
	int rc;

	/* Neither can hold a newline. */
	rc = mun_fmt(&key, e, "%s\n%s", id, what);
	if (!rc)
		rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), key,
				       strlen(key), &d, e);
	if (rc)
		return rc;
	mun_digest_hex(&d.of[MUN_SHA256], hex);
	rc = mun_fmt(dir, e, "%s/mend-%.32s", p->spool, hex);
	if (!rc)
		rc = mun_mkdirs(*dir, e);
	if (!rc)
		rc = mun_object_lock(*dir, lock, e);
	/* Of a mend that was killed: it is of no use to anyone. */
	if (!rc)
		rc = mun_path_join(*dir, "file", &file, e);
	return rc ? rc : mun_tree_remove(file, e);
}

/* Which content file it is that @path means. */
static int find_content(struct mun_mend *m, const char *path, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	const char *content;
	int rc = mun_store_inventory(m->p->store, m->id, &inv, e);

	if (rc)
		return rc;
	content = mun_inventory_content(inv, path);
	if (content)
		return mun_strdup(content, &m->rel, e);
	return mun_fail(e, MUN_ENOENT, "object '%s' has no file '%s'", m->id,
			path);
}

static int open_fresh(struct mun_mend *m, struct mun_err *e)
{
	m->fd = mun_sys.open(m->fresh,
			     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			     0666);
	if (m->fd < 0)
		return mun_fail_sys(e, errno, "create '%s'", m->fresh);
	if (mun_sys.ftruncate(m->fd, (off_t)m->tree->bytes))
		return mun_fail_sys(e, errno, "size of '%s'", m->fresh);
	return 0;
}

static int begin(struct mun_mend *m, const char *id, const char *path,
		 struct mun_err *e)
{
	int rc;

	rc = mun_strdup(id, &m->id, e);
	if (!rc)
		rc = mun_place_available(m->p, e);
	if (!rc)
		rc = find_content(m, path, e);
	if (!rc)
		rc = mun_store_object_path(id, &m->object, e);
	m->touched = calloc((size_t)(m->tree->bytes / GRAIN) + 1,
			    sizeof(*m->touched));
	if (!rc && !m->touched)
		rc = mun_fail_nomem(e, "mend");
	if (!rc)
		rc = mun_mend_workshop(m->p, id, path, &m->dir, &m->lock, e);
	m->mine = !rc;
	if (!rc)
		rc = mun_path_join(m->dir, "file", &m->fresh, e);
	return rc ? rc : open_fresh(m, e);
}

int mun_mend_begin(const struct mun_place *p, const char *id, const char *path,
		   const struct mun_tree *tree, struct mun_mend **out,
		   struct mun_err *e)
{
	mun_auto(mend) *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return mun_fail_nomem(e, "mend");
	m->p = p;
	m->tree = tree;
	m->lock = -1;
	m->fd = -1;
	rc = begin(m, id, path, e);
	if (rc)
		return mun_ctx(e, "mend '%s' of '%s' in store '%s'", path, id,
			       p->name);
	*out = mun_steal(&m);
	return 0;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return !len || (!p[0] && !memcmp(p, p + 1, len - 1));
}

/* Does the file have these bytes already, as a hole?  Else they will be
 * written, and what comes there later has to be, too. */
static bool is_hole(struct mun_mend *m, const uint8_t *p, size_t len,
		    uint64_t off)
{
	atomic_bool *touched = &m->touched[off / GRAIN];

	if (!atomic_load(touched) && is_zero(p, len))
		return true;
	atomic_store(touched, true);
	return false;
}

/* Bytes up to the end of the grain that @off is in. */
static size_t grain_at(uint64_t off, size_t len)
{
	return (size_t)MUN_MIN(GRAIN - off % GRAIN, (uint64_t)len);
}

int mun_mend_write(struct mun_mend *m, const void *data, size_t len,
		   uint64_t off, struct mun_err *e)
{
	const uint8_t *p = data;

	if (off > m->tree->bytes || len > m->tree->bytes - off)
		return mun_fail(e, MUN_EINVAL,
				"%zu bytes at byte %" PRIu64 " of %" PRIu64,
				len, off, m->tree->bytes);
	while (len) {
		size_t n = 0;
		size_t skip = 0;
		int rc;

		/* Neighbours are written at once. */
		while (n < len && !skip) {
			size_t grain = grain_at(off + n, len - n);

			if (is_hole(m, p + n, grain, off + n))
				skip = grain;
			else
				n += grain;
		}
		rc = mun_pwrite_all(m->fd, p, n, off, e);
		if (rc)
			return mun_ctx(e, "write '%s'", m->fresh);
		p += n + skip;
		off += n + skip;
		len -= n + skip;
	}
	return 0;
}

/* Everything on the disk, and the descriptor closed. */
static int settle(struct mun_mend *m, struct mun_err *e)
{
	int fd = m->fd;
	int rc = 0;

	m->fd = -1;
	if (fd < 0)
		return mun_fail(e, MUN_EINVAL, "it was ended before");
	if (mun_sys.fsync(fd))
		rc = mun_fail_sys(e, errno, "sync '%s'", m->fresh);
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", m->fresh);
	return rc;
}

/* One piece that was given back. */
static int check_piece(const struct mun_mend *m, struct mun_source *src,
		       uint64_t i, void *buf, struct mun_err *e)
{
	const struct mun_tree *t = m->tree;
	uint64_t off = i * MUN_TREE_PIECE;
	size_t len = (size_t)MUN_MIN(t->bytes - off, (uint64_t)MUN_TREE_PIECE);
	const uint8_t *want = t->pieces ? t->pieces[i] : t->root;
	uint8_t got[MUN_TREE_HASH];
	int rc;

	rc = mun_cancel_check(e);
	if (!rc)
		rc = mun_source_pread(src, buf, len, off, e);
	if (!rc)
		rc = mun_tree_piece(buf, len, t->bytes, got, e);
	if (!rc && memcmp(got, want, sizeof(got)) != 0)
		rc = mun_fail(e, MUN_EFIXITY,
			      "the megabyte at byte %" PRIu64
			      " is not what was recorded",
			      off);
	return rc;
}

/* All pieces but those that nobody has any more. */
static int check_pieces(const struct mun_mend *m, struct mun_source *src,
			const uint8_t *lost, struct mun_err *e)
{
	mun_autofree void *buf = aligned_alloc(MUN_IO_ALIGN, MUN_TREE_PIECE);
	int rc = 0;

	if (!buf)
		return mun_fail_nomem(e, "buffer");
	if (m->tree->npieces > 1 && !m->tree->pieces)
		return mun_fail(e, MUN_EINVAL,
				"without a piece layer nothing can be lost");
	for (uint64_t i = 0; !rc && i < m->tree->npieces; i++) {
		if (!lost[i])
			rc = check_piece(m, src, i, buf, e);
	}
	return rc;
}

static int read_back(const struct mun_mend *m, const uint8_t *lost,
		     struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc;

	rc = mun_source_open_direct(m->fresh, &src, e);
	if (!rc)
		rc = lost ? check_pieces(m, src, lost, e)
			  : mun_verify_tree(src, m->tree, 0, "verifying", NULL,
					    e);
	return rc ? mun_ctx(e, "read '%s' back", m->fresh) : 0;
}

int mun_mend_commit(struct mun_mend *m, const char *incident,
		    const uint8_t *lost, struct mun_err *e)
{
	int rc;

	rc = settle(m, e);
	if (!rc)
		rc = read_back(m, lost, e);
	if (!rc)
		rc = mun_mend_install(m->p, m->object, m->rel, m->fresh,
				      incident, e);
	return rc ? mun_ctx(e, "mend '%s' of '%s' in store '%s'", m->rel, m->id,
			    m->p->name)
		  : 0;
}

void mun_mend_free(struct mun_mend *m)
{
	if (!m)
		return;
	if (m->fd >= 0)
		(void)mun_sys.close(m->fd);
	if (m->mine && m->fresh)
		(void)mun_sys.unlink(m->fresh);
	if (m->mine)
		(void)mun_sys.rmdir(m->dir);
	mun_closep(&m->lock);
	free(m->touched);
	free(m->fresh);
	free(m->dir);
	free(m->rel);
	free(m->object);
	free(m->id);
	free(m);
}

int mun_mend_old(const struct mun_mend *m, struct mun_source **out,
		 struct mun_err *e)
{
	const char *root = mun_store_path(m->p->store);
	mun_autofree char *path = NULL;
	mun_autofree char *rel = NULL;
	struct stat st;
	int rc;

	rc = mun_path_join(m->object, m->rel, &rel, e);
	if (!rc)
		rc = mun_path_join(root, rel, &path, e);
	if (!rc)
		rc = mun_beneath_file(root, rel, &st, e);
	if (!rc)
		rc = mun_source_open_once(path, out, e);
	/* A link or a folder in its place: nothing of the file is there. */
	if (rc == MUN_ECORRUPT || rc == MUN_EINVAL)
		rc = e->code = MUN_ENOENT;
	return rc;
}
