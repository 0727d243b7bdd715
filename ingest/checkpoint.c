/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/checkpoint.c - progress.map and progress.pieces of a session */
#include "ingest/checkpoint.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/parse.h"
#include "core/sys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAP "progress.map"
#define PIECES "progress.pieces"
#define MAP_MAX ((size_t)1 << 30)

/* A comment of the map: how many records of the other file belong to it. */
#define COUNT "records in progress.pieces: "

#define RECORD ((size_t)8 + MUN_TREE_HASH)
#define RECORDS_AT_ONCE ((size_t)4096)

int64_t mun_checkpoint_ms = 5000;

struct mun_checkpoint_record {
	uint8_t bytes[RECORD]; /* as in the file */
};

/* The number after COUNT in the comments at the head of the map. */
static bool count_of(const char *text, uint64_t *out)
{
	const char *line = text;

	while (*line == '#') {
		const char *at = strstr(line, COUNT);
		const char *end = strchr(line, '\n');
		char number[24];
		struct mun_err why;

		if (!end)
			return false;
		if (at && at < end) {
			at += strlen(COUNT);
			(void)snprintf(number, sizeof(number), "%.*s",
				       (int)MUN_MIN(end - at, 23), at);
			return !mun_parse_u64(number, 0, UINT64_MAX / RECORD,
					      out, &why);
		}
		line = end + 1;
	}
	return false;
}

static int load_map(struct mun_checkpoint *c, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	struct mun_err why;
	size_t len = 0;
	int rc = mun_path_join(c->dir, MAP, &path, e);

	if (rc)
		return rc;
	rc = mun_file_read(path, MAP_MAX, &text, &len, &why);
	if (rc == MUN_ENOENT)
		return 0;
	if (!rc)
		rc = mun_readmap_parse(text, len, &c->had, &why);
	c->any = !rc && c->had.size == c->size && count_of(text, &c->records);
	if (!c->any)
		mun_log(MUN_LOG_WARN,
			"checkpoint '%s' does not fit: reading from the start",
			path);
	return 0;
}

static int take_records(struct mun_checkpoint *c, const uint8_t *p, size_t n,
			struct mun_err *e)
{
	uint64_t pieces = mun_tree_npieces(c->size);

	for (size_t i = 0; i < n; i++, p += RECORD) {
		uint64_t piece = mun_le64(p);

		if (piece >= pieces)
			return mun_fail(e, MUN_ECORRUPT,
					"record of megabyte %" PRIu64, piece);
		memcpy(c->hash[piece], p + 8, MUN_TREE_HASH);
		c->known[piece] = true;
	}
	return 0;
}

static int read_records(struct mun_checkpoint *c, struct mun_err *e)
{
	mun_autofree uint8_t *buf = malloc(RECORDS_AT_ONCE * RECORD);
	int rc = 0;

	if (!buf)
		return mun_fail_nomem(e, "checkpoint");
	for (uint64_t at = 0; !rc && at < c->records;) {
		size_t n = (size_t)MUN_MIN((uint64_t)RECORDS_AT_ONCE,
					   c->records - at);

		rc = mun_pread_full(c->fd, buf, n * RECORD, at * RECORD, e);
		if (!rc)
			rc = take_records(c, buf, n, e);
		at += n;
	}
	return rc;
}

/* Shorter than the map says, or of other pieces: not what was synced. */
static int load_records(struct mun_checkpoint *c, struct mun_err *e)
{
	struct mun_err why;
	int rc = read_records(c, &why);

	if (rc == MUN_ENOMEM) {
		*e = why;
		return rc;
	}
	if (!rc)
		return 0;
	mun_log(MUN_LOG_WARN,
		"checkpoint '%s/%s' does not fit: reading from the start",
		c->dir, PIECES);
	memset(c->known, 0, (size_t)mun_tree_npieces(c->size));
	c->any = false;
	return 0;
}

static int open_records(struct mun_checkpoint *c, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = mun_path_join(c->dir, PIECES, &path, e);

	if (rc)
		return rc;
	c->fd = mun_sys.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			     0666);
	if (c->fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	return mun_dir_sync(c->dir, e);
}

int mun_checkpoint_load(struct mun_checkpoint *c, const char *dir,
			uint64_t size, struct mun_err *e)
{
	size_t n = (size_t)mun_tree_npieces(size) + 1;
	int rc;

	*c = (struct mun_checkpoint){ .dir = dir, .size = size, .fd = -1 };
	c->saved_ms = mun_clock_monotonic_ms();
	c->hash = calloc(n, sizeof(*c->hash));
	c->known = calloc(n, sizeof(*c->known));
	if (!c->hash || !c->known)
		return mun_fail_nomem(e, "checkpoint");
	rc = load_map(c, e);
	if (!rc)
		rc = open_records(c, e);
	if (!rc && c->any)
		rc = load_records(c, e);
	/* What is there belongs to no map: it is written over. */
	if (!c->any)
		c->records = 0;
	return rc;
}

void mun_checkpoint_clear(struct mun_checkpoint *c)
{
	if (c->dir && c->fd >= 0)
		(void)mun_sys.close(c->fd);
	mun_readmap_clear(&c->had);
	free(c->hash);
	free(c->known);
	free(c->fresh);
	*c = (struct mun_checkpoint){ .fd = -1 };
}

int mun_checkpoint_note(struct mun_checkpoint *c, uint64_t piece,
			const uint8_t hash[static MUN_TREE_HASH],
			struct mun_err *e)
{
	struct mun_checkpoint_record *r;

	if (c->nfresh == c->room) {
		size_t room = c->room ? 2 * c->room : 64;

		r = realloc(c->fresh, room * sizeof(*r));
		if (!r)
			return mun_fail_nomem(e, "checkpoint");
		c->fresh = r;
		c->room = room;
	}
	r = &c->fresh[c->nfresh++];
	mun_put_le64(r->bytes, piece);
	memcpy(r->bytes + 8, hash, MUN_TREE_HASH);
	if (c->hash[piece] != hash)
		memcpy(c->hash[piece], hash, MUN_TREE_HASH);
	c->known[piece] = true;
	return 0;
}

int64_t mun_checkpoint_due_ms(const struct mun_checkpoint *c)
{
	return c->saved_ms +
	       (c->records ? mun_checkpoint_ms : mun_checkpoint_ms / 10);
}

bool mun_checkpoint_due(const struct mun_checkpoint *c)
{
	return mun_clock_monotonic_ms() >= mun_checkpoint_due_ms(c);
}

/* Behind those that the map of today vouches for. */
static int append(struct mun_checkpoint *c, struct mun_err *e)
{
	int rc;

	if (!c->nfresh)
		return 0;
	rc = mun_pwrite_all(c->fd, c->fresh, c->nfresh * sizeof(*c->fresh),
			    c->records * RECORD, e);
	if (!rc && mun_sys.fdatasync(c->fd))
		rc = mun_fail_sys(e, errno, "sync '%s/%s'", c->dir, PIECES);
	return rc;
}

int mun_checkpoint_save(struct mun_checkpoint *c, const struct mun_readmap *map,
			struct mun_err *e)
{
	uint64_t records = c->records + c->nfresh;
	struct mun_str text = { 0 };
	char comment[80];
	int rc = append(c, e);

	(void)snprintf(comment, sizeof(comment),
		       "Checkpoint\n" COUNT "%" PRIu64, records);
	if (!rc)
		rc = mun_readmap_write(map, comment, &text, e);
	if (!rc)
		rc = mun_file_replace(c->dir, MAP, text.text, text.len, e);
	/* After a failure it may be there or not: the records that it may
	 * speak of stay where they are, and are written once more. */
	if (!rc) {
		c->records = records;
		c->nfresh = 0;
	}
	c->saved_ms = mun_clock_monotonic_ms();
	mun_str_free(&text);
	return rc ? mun_ctx(e, "save a checkpoint") : 0;
}
