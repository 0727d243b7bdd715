/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_head.c - signed tree heads, and their time stamps kept */
#include "fixity/ledger_int.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <openssl/sha.h>

#include "core/check.h"
#include "core/file.h"
#include "core/regular.h"
#include "core/str.h"
#include "core/sys.h"

/* The last whole line of what ends a file; NULL where there is none. */
static const char *last_line(const char *text, size_t len, bool from_start,
			     size_t *line_len, size_t *end)
{
	const char *newline = len ? memrchr(text, '\n', len) : NULL;
	const char *before;

	*end = 0;
	if (!newline)
		return NULL;
	*end = (size_t)(newline - text) + 1;
	before = newline > text ? memrchr(text, '\n', (size_t)(newline - text))
				: NULL;
	if (!before && !from_start)
		return NULL;
	before = before ? before + 1 : text;
	*line_len = (size_t)(newline - before);
	return before;
}

static int read_last(const char *path, struct mun_ledger_head *out,
		     uint64_t *end_out, struct mun_err *e)
{
	char text[3 * MUN_LEDGER_HEAD_MAX];
	mun_autoclose int fd = -1;
	const char *line;
	struct stat st;
	uint64_t from;
	size_t line_len = 0;
	size_t len;
	size_t end;
	int rc;

	rc = mun_regular_open(path, 0, &fd, &st, e);
	if (rc)
		return rc;
	len = (size_t)MUN_MIN((uint64_t)st.st_size, (uint64_t)sizeof(text));
	from = (uint64_t)st.st_size - len;
	rc = mun_pread_full(fd, text, len, from, e);
	if (rc)
		return mun_ctx(e, "read '%s'", path);
	line = last_line(text, len, !from, &line_len, &end);
	if (!line && !from && !end)
		return mun_fail(e, MUN_ENOENT, "no head in '%s'", path);
	*end_out = from + end;
	if (!line || line_len > MUN_LEDGER_HEAD_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"the last line of '%s' is no head", path);
	rc = mun_ledger_head_parse(line, line_len, out, e);
	return rc ? mun_ctx(e, "the last line of '%s'", path) : 0;
}

int mun_ledger_heads_last(const char *dir, struct mun_ledger_head *out,
			  uint64_t *end, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	*end = 0;
	rc = mun_path_join(dir, MUN_LEDGER_HEADS, &path, e);
	return rc ? rc : read_last(path, out, end, e);
}

int mun_ledger_head(const struct mun_ledger *l, struct mun_ledger_head *out,
		    struct mun_err *e)
{
	uint64_t end;

	return mun_ledger_heads_last(l->dir, out, &end, e);
}

/* The public key, for people with openssl. */
static int keep_key(const struct mun_ledger *l, const struct mun_signkey *key,
		    struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	mun_autofree char *name = NULL;
	mun_autofree char *path = NULL;
	mun_autofree char *pem = NULL;
	struct stat st;
	int rc;

	rc = mun_path_join(l->dir, MUN_LEDGER_KEYS, &dir, e);
	if (!rc)
		rc = mun_fmt(&name, e, "%s.pem", mun_signkey_id(key));
	if (!rc)
		rc = mun_path_join(dir, name, &path, e);
	if (rc || !lstat(path, &st))
		return rc;
	rc = mun_signkey_pem(mun_signkey_public(key), &pem, e);
	if (!rc)
		rc = mun_mkdirs(dir, e);
	return rc ? rc : mun_file_write_new(dir, name, pem, strlen(pem), e);
}

static int make_head(const struct mun_ledger *l, const struct mun_signkey *key,
		     const struct mun_ledger_head *newest,
		     struct mun_ledger_head *h, char **line, struct mun_err *e)
{
	mun_autofree char *body = NULL;
	int rc;

	*h = (struct mun_ledger_head){ .size = l->tree.size };
	memcpy(h->key, mun_signkey_id(key), sizeof(h->key));
	memcpy(h->previous, newest->digest, sizeof(h->previous));
	mun_time_text(mun_now_ms(), h->time);
	/* A clock that was set back: it cannot be earlier than the last. */
	if (strcmp(h->time, newest->time) < 0) {
		mun_log(MUN_LOG_WARN,
			"ledger: the clock says %s, but a head was signed at %s",
			h->time, newest->time);
		memcpy(h->time, newest->time, sizeof(h->time));
	}
	rc = mun_merkle_root(&l->tree, h->root, e);
	if (!rc)
		rc = mun_ledger_head_body(h, &body, e);
	if (!rc)
		rc = mun_signkey_sign(key, body, strlen(body), h->signature, e);
	if (!rc)
		rc = mun_ledger_head_text(h, line, e);
	if (!rc)
		(void)SHA256((const unsigned char *)*line, strlen(*line),
			     h->digest);
	return rc;
}

/* Durable, or cut off again. */
static int append_line(struct mun_ledger *l, const char *line, uint64_t end,
		       struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	struct mun_err ignored;
	int rc;

	rc = mun_path_join(l->dir, MUN_LEDGER_HEADS, &path, e);
	if (!rc)
		rc = mun_fmt(&text, e, "%s\n", line);
	if (rc)
		return rc;
	rc = mun_ledger_write(path, text, strlen(text), end, e);
	if (!rc && !end)
		rc = mun_dir_sync(l->dir, e);
	if (!rc)
		return 0;
	if (end ? mun_ledger_cut_file(path, end, &ignored)
		: mun_sys.unlink(path) && errno != ENOENT)
		l->broken = true;
	return rc;
}

/* Is the newest head this tree's, by this key? */
static bool same_head(const struct mun_ledger_head *newest,
		      const struct mun_ledger_head *h)
{
	return newest->size == h->size && !strcmp(newest->key, h->key) &&
	       !memcmp(newest->root, h->root, sizeof(h->root));
}

static int sign(struct mun_ledger *l, const struct mun_signkey *key,
		struct mun_ledger_head *out, struct mun_err *e)
{
	struct mun_ledger_head newest = { 0 };
	mun_autofree char *line = NULL;
	struct mun_ledger_head h;
	uint64_t end;
	int rc;

	if (!l->tree.size)
		return mun_fail(e, MUN_ENOENT, "there is no entry to sign");
	rc = mun_ledger_heads_last(l->dir, &newest, &end, e);
	if (rc && rc != MUN_ENOENT)
		return rc;
	rc = make_head(l, key, &newest, &h, &line, e);
	if (rc)
		return rc;
	if (same_head(&newest, &h)) {
		*out = newest;
		return 0;
	}
	rc = keep_key(l, key, e);
	if (!rc)
		rc = append_line(l, line, end, e);
	if (!rc)
		*out = h;
	return rc;
}

int mun_ledger_sign(struct mun_ledger *l, const struct mun_signkey *key,
		    struct mun_ledger_head *out, struct mun_err *e)
{
	int rc;

	rc = mun_ledger_writable(l, e);
	if (!rc)
		rc = mun_ledger_sync(l, e);
	if (!rc)
		rc = sign(l, key, out, e);
	return rc ? mun_ctx(e, "sign the ledger '%s'", l->dir) : 0;
}
