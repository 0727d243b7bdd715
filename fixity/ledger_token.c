/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_token.c - time stamps of heads: tokens/SIZE-N.tsr */
#include "fixity/ledger_int.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/file.h"
#include "core/parse.h"
#include "core/str.h"
#include "fixity/timestamp.h"

/* A decimal number without leading zeros; *@p moves behind it. */
static bool number(const char **p, uint64_t *out)
{
	const char *first = *p;
	uint64_t v = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		uint64_t digit = (uint64_t)(**p - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return *p != first && *first != '0';
}

bool mun_ledger_token_of(const char *name, uint64_t *size, uint64_t *n)
{
	if (!number(&name, size) || *name++ != '-' || !number(&name, n))
		return false;
	return !strcmp(name, ".tsr");
}

int mun_ledger_token_load(const char *dir, uint64_t size, uint64_t n,
			  char **out, size_t *len, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_fmt(&path, e,
		     "%s/" MUN_LEDGER_TOKENS "/%" PRIu64 "-%" PRIu64 ".tsr",
		     dir, size, n);
	return rc ? rc : mun_file_read(path, MUN_LEDGER_TOKEN_MAX, out, len, e);
}

/* Write it as the first N that is free; the same bytes are not kept twice. */
static int keep(const char *dir, uint64_t size, const void *token, size_t len,
		struct mun_err *e)
{
	mun_autofree char *tokens = NULL;
	int rc;

	rc = mun_path_join(dir, MUN_LEDGER_TOKENS, &tokens, e);
	if (!rc)
		rc = mun_mkdirs(tokens, e);
	for (uint64_t n = 1; !rc; n++) {
		mun_autofree char *name = NULL;
		mun_autofree char *old = NULL;
		size_t old_len;

		rc = mun_ledger_token_load(dir, size, n, &old, &old_len, e);
		if (!rc && old_len == len && !memcmp(old, token, len))
			return 0;
		if (rc != MUN_ENOENT)
			continue;
		rc = mun_fmt(&name, e, "%" PRIu64 "-%" PRIu64 ".tsr", size, n);
		return rc ? rc
			  : mun_file_write_new(tokens, name, token, len, e);
	}
	return rc;
}

int mun_ledger_keep_token(struct mun_ledger *l, const struct mun_ledger_head *h,
			  const void *token, size_t len, struct mun_err *e)
{
	struct mun_timestamp t;
	int rc;

	rc = mun_ledger_writable(l, e);
	/* A token that proves nothing would be a finding for ever. */
	if (!rc)
		rc = mun_timestamp_check(token, len, h->digest, NULL, &t, e);
	if (!rc && len > MUN_LEDGER_TOKEN_MAX)
		rc = mun_fail(e, MUN_ECORRUPT, "%zu bytes are no time stamp",
			      len);
	if (!rc)
		rc = keep(l->dir, h->size, token, len, e);
	return rc ? mun_ctx(e, "keep the time stamp of %" PRIu64 " entries",
			    h->size)
		  : 0;
}

static int by_size(const void *a, const void *b)
{
	const struct mun_ledger_token *x = a;
	const struct mun_ledger_token *y = b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

static int add(struct mun_ledger_token **list, size_t *count, size_t *room,
	       struct mun_ledger_token t, struct mun_err *e)
{
	struct mun_ledger_token *more;

	if (*count == *room) {
		more = reallocarray(*list, *room ? 2 * *room : 16,
				    sizeof(**list));
		if (!more)
			return mun_fail_nomem(e, "time stamps");
		*list = more;
		*room = *room ? 2 * *room : 16;
	}
	(*list)[(*count)++] = t;
	return 0;
}

int mun_ledger_tokens(const char *dir, struct mun_ledger_token **out,
		      size_t *count, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree struct mun_ledger_token *list = NULL;
	struct dirent *entry;
	size_t room = 0;
	DIR *d;
	int rc;

	*count = 0;
	*out = NULL;
	rc = mun_path_join(dir, MUN_LEDGER_TOKENS, &path, e);
	if (rc)
		return rc;
	d = opendir(path);
	if (!d && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!d)
		return mun_fail_sys(e, errno, "look into '%s'", path);
	for (errno = 0; !rc && (entry = readdir(d)); errno = 0) {
		struct mun_ledger_token t;

		if (mun_ledger_token_of(entry->d_name, &t.size, &t.n))
			rc = add(&list, count, &room, t, e);
	}
	if (!rc && errno)
		rc = mun_fail_sys(e, errno, "look into '%s'", path);
	(void)closedir(d);
	if (rc)
		return rc;
	if (*count)
		qsort(list, *count, sizeof(*list), by_size);
	*out = mun_steal(&list);
	return 0;
}
