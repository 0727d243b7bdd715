/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/checkpoint.c - progress.map and progress.pieces of a session */
#include "ingest/checkpoint.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/sys.h"

#include <errno.h>
#include <string.h>

#define MAP "progress.map"
#define PIECES "progress.pieces"
#define EVERY_BYTES ((uint64_t)256 << 20)
#define EVERY_MS 30000
#define MAP_MAX ((size_t)64 << 20)

/* Every run but the untried rest, which begins at the checkpoint's end. */
static uint64_t end_of(const struct mun_readmap *m)
{
	uint64_t end = 0;

	MUN_READMAP_EACH (run, m)
		if (run->state != MUN_READ_NOT_TRIED)
			end = run->off + run->bytes;
	return end;
}

static size_t block_of(uint64_t off)
{
	return (size_t)(off / MUN_TREE_PIECE);
}

static int load_map(struct mun_checkpoint *c, uint64_t size, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	struct mun_err why;
	size_t len;
	int rc = mun_path_join(c->dir, MAP, &path, e);

	if (rc)
		return rc;
	rc = mun_file_read(path, MAP_MAX, &text, &len, &why);
	if (rc == MUN_ENOENT)
		return 0;
	if (!rc)
		rc = mun_readmap_parse(text, len, &c->had, &why);
	if (rc || c->had.size != size) {
		mun_log(MUN_LOG_WARN,
			"checkpoint '%s' does not fit: reading from the start",
			path);
		return 0;
	}
	c->end = end_of(&c->had);
	return 0;
}

static int load_pieces(struct mun_checkpoint *c, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *bytes = NULL;
	struct mun_err why;
	size_t want = (size_t)mun_tree_npieces(c->end) * MUN_TREE_HASH;
	size_t len = 0;
	int rc = mun_path_join(c->dir, PIECES, &path, e);

	if (rc)
		return rc;
	if (mun_file_read(path, MAP_MAX, &bytes, &len, &why) || len < want) {
		mun_log(MUN_LOG_WARN,
			"checkpoint '%s' does not fit: reading from the start",
			path);
		c->end = 0;
		return 0;
	}
	memcpy(c->pieces, bytes, want);
	return 0;
}

/* Bytes behind the checkpoint were never vouched for: cut them off. */
static int cut_image(struct mun_checkpoint *c, const char *path,
		     struct mun_err *e)
{
	struct stat st;
	int fd = mun_sys.open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0 && errno == ENOENT) {
		c->end = 0;
		return 0;
	}
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	if (mun_sys.fstat(fd, &st))
		rc = mun_fail_sys(e, errno, "look at '%s'", path);
	else if ((uint64_t)st.st_size < c->end)
		c->end = 0; /* not what was synced: begin again */
	else if (mun_sys.ftruncate(fd, (off_t)c->end))
		rc = mun_fail_sys(e, errno, "cut '%s'", path);
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", path);
	return rc;
}

int mun_checkpoint_load(struct mun_checkpoint *c, const char *dir,
			const char *image_path, struct mun_readmap *map,
			struct mun_err *e)
{
	int rc;

	*c = (struct mun_checkpoint){ .dir = dir, .size = map->size };
	c->saved_ms = mun_clock_monotonic_ms();
	c->pieces = calloc((size_t)mun_tree_npieces(map->size) + 1,
			   sizeof(*c->pieces));
	c->reused = calloc((size_t)mun_tree_npieces(map->size) + 1,
			   sizeof(*c->reused));
	if (!c->pieces || !c->reused)
		return mun_fail_nomem(e, "checkpoint");
	rc = load_map(c, map->size, e);
	if (!rc && c->end)
		rc = load_pieces(c, e);
	if (!rc && c->end)
		rc = cut_image(c, image_path, e);
	if (rc || !c->end)
		return rc;
	c->saved = c->end;
	MUN_READMAP_EACH (run, &c->had) {
		if (run->state == MUN_READ_GOOD)
			rc = mun_readmap_mark(map, run->off, run->bytes,
					      run->state, e);
		if (rc)
			break;
	}
	return rc;
}

void mun_checkpoint_clear(struct mun_checkpoint *c)
{
	mun_readmap_clear(&c->had);
	free(c->pieces);
	free(c->reused);
	*c = (struct mun_checkpoint){ 0 };
}

bool mun_checkpoint_has(const struct mun_checkpoint *c, uint64_t off,
			size_t len)
{
	const struct mun_read_run *bad;

	if (off >= c->end || len > c->end - off)
		return false;
	bad = mun_readmap_next_bad(&c->had, off);
	return !bad || bad->off >= off + len;
}

bool mun_checkpoint_prove(struct mun_checkpoint *c, const void *data,
			  size_t len, uint64_t off)
{
	uint8_t hash[MUN_TREE_HASH];
	struct mun_err why;

	if (mun_tree_piece(data, len, c->size, hash, &why) ||
	    memcmp(hash, c->pieces[block_of(off)], sizeof(hash)) != 0)
		return false;
	c->reused[block_of(off)] = true;
	return true;
}

bool mun_checkpoint_reused(const struct mun_checkpoint *c, uint64_t off)
{
	return c->reused && c->reused[block_of(off)];
}

int mun_checkpoint_note(struct mun_checkpoint *c, const void *data, size_t len,
			uint64_t off, struct mun_err *e)
{
	return mun_tree_piece(data, len, c->size, c->pieces[block_of(off)], e);
}

bool mun_checkpoint_due(const struct mun_checkpoint *c, uint64_t end)
{
	if (end <= c->saved)
		return false;
	return end - c->saved >= EVERY_BYTES ||
	       mun_clock_monotonic_ms() - c->saved_ms >= EVERY_MS;
}

static int copy_before(const struct mun_readmap *map, uint64_t end,
		       struct mun_readmap *out, struct mun_err *e)
{
	int rc = mun_readmap_init(out, map->size, e);

	if (rc)
		return rc;
	MUN_READMAP_EACH (run, map) {
		if (run->off >= end)
			break;
		rc = mun_readmap_mark(out, run->off,
				      MUN_MIN(run->bytes, end - run->off),
				      run->state, e);
		if (rc)
			break;
	}
	return rc;
}

int mun_checkpoint_save(struct mun_checkpoint *c, const struct mun_readmap *map,
			uint64_t end, struct mun_err *e)
{
	struct mun_readmap upto = { 0 };
	struct mun_str text = { 0 };
	int rc = copy_before(map, end, &upto, e);

	if (!rc)
		rc = mun_readmap_write(&upto, "muniment checkpoint", &text, e);
	if (!rc)
		rc = mun_file_replace(
			c->dir, PIECES, c->pieces,
			(size_t)mun_tree_npieces(end) * MUN_TREE_HASH, e);
	if (!rc)
		rc = mun_file_replace(c->dir, MAP, text.text, text.len, e);
	if (!rc) {
		c->saved = end;
		c->saved_ms = mun_clock_monotonic_ms();
	}
	mun_str_free(&text);
	mun_readmap_clear(&upto);
	return rc ? mun_ctx(e, "save a checkpoint") : 0;
}
