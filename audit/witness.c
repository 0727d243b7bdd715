/* SPDX-License-Identifier: Apache-2.0 */
/* audit/witness.c - the ledger attached, its heads signed and time-stamped */
#include "audit/witness.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "core/file.h"
#include "core/http.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/timestamp.h"

#define ANSWER_MAX ((size_t)1 << 20)
#define HEADS_MAX ((size_t)1 << 30)
#define TIMEOUT_MS 30000u

static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static int has_entries(struct mun_catalog *c, bool *yes, struct mun_err *e)
{
	struct mun_ledger_key *keys = NULL;
	size_t n = 0;
	int rc = mun_catalog_keys(c, &keys, &n, e);

	free(keys);
	*yes = n > 0;
	return rc;
}

/* A repository that never had a ledger gets one; one that lost it does not
 * get an empty one in its place. */
static int make_missing(struct mun_catalog *c, const struct mun_evidence *w,
			struct mun_err *e)
{
	bool had;
	int rc = has_entries(c, &had, e);

	if (rc)
		return rc;
	if (had && !is_there(w->ledger))
		return mun_fail(e, MUN_ENOENT,
				"the ledger '%s' is gone; put it back from a "
				"backup",
				w->ledger);
	/* Facts are kept and written all the same; only nobody vouches. */
	if (had && !is_there(w->key))
		mun_log(MUN_LOG_WARN,
			"the signing key '%s' is gone: what is written is not "
			"signed until it is put back from a backup",
			w->key);
	return mun_ledger_init(w->ledger, e);
}

/* The key's fact; a crash between file and fact is made good here. */
static int first_key(struct mun_catalog *c, const struct mun_evidence *w,
		     struct mun_err *e)
{
	mun_auto(signkey) *key = NULL;
	bool known;
	int rc = has_entries(c, &known, e);

	if (rc || known)
		return rc;
	rc = is_there(w->key) ? mun_signkey_load(w->key, &key, e)
			      : mun_signkey_create(w->key, &key, e);
	return rc ? rc : mun_catalog_key_add(c, key, NULL, e);
}

int mun_evidence_begin(struct mun_catalog *c, const struct mun_evidence *w,
		       struct mun_err *e)
{
	char id[MUN_UUID_LEN];
	int rc = make_missing(c, w, e);

	if (!rc)
		rc = mun_catalog_attach(c, w->ledger, e);
	if (!rc)
		rc = mun_catalog_repository(c, id, e);
	if (!rc)
		rc = first_key(c, w, e);
	return rc ? mun_ctx(e, "ledger") : 0;
}

int mun_evidence_sign(struct mun_catalog *c, const struct mun_evidence *w,
		      struct mun_ledger_head *out, struct mun_err *e)
{
	mun_auto(signkey) *key = NULL;
	struct mun_ledger_head head;
	int rc;

	/* It was said when the ledger was attached. */
	if (!is_there(w->key)) {
		if (out)
			*out = (struct mun_ledger_head){ 0 };
		return mun_catalog_flush(c, e);
	}
	rc = mun_signkey_load(w->key, &key, e);
	if (!rc)
		rc = mun_catalog_sign(c, key, out ? out : &head, e);
	return rc ? mun_ctx(e, "sign the ledger") : 0;
}

/* Has the head a token?  Their names begin with its size. */
static bool has_token(const struct mun_evidence *w,
		      const struct mun_ledger_head *h)
{
	mun_autofree char *dir = NULL;
	char prefix[32];
	struct mun_err e;
	const struct dirent *d;
	bool found = false;
	DIR *tokens;

	if (mun_path_join(w->ledger, "tokens", &dir, &e))
		return false;
	tokens = opendir(dir);
	if (!tokens)
		return false;
	(void)snprintf(prefix, sizeof(prefix), "%ju-", (uintmax_t)h->size);
	while (!found && (d = readdir(tokens)))
		found = !strncmp(d->d_name, prefix, strlen(prefix));
	(void)closedir(tokens);
	return found;
}

static const char *trusted(const struct mun_evidence *w)
{
	const char *ca = mun_conf_get(w->conf, "tsa-ca");

	return ca && *ca ? ca : NULL;
}

static int ask(const char *url, const void *request, size_t request_len,
	       char **answer, size_t *len, struct mun_err *e)
{
	const struct mun_http q = {
		.url = url,
		.content_type = "application/timestamp-query",
		.accept = "application/timestamp-reply",
		.body = request,
		.body_len = request_len,
		.max_answer = ANSWER_MAX,
		.timeout_ms = TIMEOUT_MS,
	};

	return mun_http_post(&q, answer, len, e);
}

static int head_of(const struct mun_evidence *w, struct mun_ledger_head *h,
		   struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	int rc = mun_ledger_open(w->ledger, false, &l, e);

	return rc ? rc : mun_ledger_head(l, h, e);
}

static int keep(const struct mun_evidence *w, const struct mun_ledger_head *h,
		const void *answer, size_t len, struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	int rc = mun_ledger_open(w->ledger, true, &l, e);

	return rc ? rc : mun_ledger_keep_token(l, h, answer, len, e);
}

int mun_evidence_stamp(const struct mun_evidence *w, struct mun_err *e)
{
	const char *url = mun_conf_get(w->conf, "tsa");
	mun_autofree unsigned char *request = NULL;
	mun_autofree char *answer = NULL;
	struct mun_timestamp stamp;
	struct mun_ledger_head h;
	size_t request_len = 0;
	size_t len = 0;
	int rc;

	if (!url || !*url)
		return 0;
	/* The ledger is not kept locked while a far server thinks. */
	rc = head_of(w, &h, e);
	if (rc == MUN_ENOENT || (!rc && has_token(w, &h)))
		return 0;
	if (!rc)
		rc = mun_timestamp_request(h.digest, &request, &request_len, e);
	if (!rc)
		rc = ask(url, request, request_len, &answer, &len, e);
	if (!rc)
		rc = mun_timestamp_answers(request, request_len, answer, len,
					   h.digest, trusted(w), &stamp, e);
	if (!rc)
		rc = keep(w, &h, answer, len, e);
	/* A URL may hold a password: which server it was is said below. */
	return rc ? mun_ctx(e, "time stamp of the newest head") : 0;
}

int mun_evidence_request(const struct mun_evidence *w, unsigned char **out,
			 size_t *len, struct mun_err *e)
{
	struct mun_ledger_head h;
	int rc = head_of(w, &h, e);

	return rc ? rc : mun_timestamp_request(h.digest, out, len, e);
}

/* Is @answer for the head of this line?  Then it is kept. */
static int try_head(const struct mun_evidence *w, const char *line, size_t n,
		    const void *answer, size_t len, struct mun_err *e)
{
	struct mun_ledger_head h;
	struct mun_timestamp stamp;
	int rc = mun_ledger_head_parse(line, n, &h, e);

	if (!rc)
		rc = mun_timestamp_check(answer, len, h.digest, trusted(w),
					 &stamp, e);
	return rc ? rc : keep(w, &h, answer, len, e);
}

/* The request that was carried away may have been for an older head than the
 * newest: the answer is for the one whose digest it names. */
int mun_evidence_response(const struct mun_evidence *w, const void *answer,
			  size_t len, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *heads = NULL;
	struct mun_err newest = { 0 };
	size_t end = 0;
	int rc = mun_path_join(w->ledger, "heads.jsonl", &path, e);

	if (!rc)
		rc = mun_file_read(path, HEADS_MAX, &heads, &end, e);
	if (rc)
		return rc;
	while (end) {
		size_t n = 0;

		if (heads[end - 1] == '\n')
			end--;
		while (n < end && heads[end - n - 1] != '\n')
			n++;
		rc = try_head(w, heads + end - n, n, answer, len, e);
		if (!rc)
			return 0;
		if (!newest.code)
			newest = *e;
		end -= n;
	}
	if (newest.code)
		*e = newest;
	else
		rc = mun_fail(e, MUN_ENOENT, "no head is signed yet");
	return mun_ctx(e, "answer of the time-stamp authority");
}

/* The old private key stays beside, under its id: to prove who it was. */
static int put_aside(const struct mun_evidence *w, const char *id,
		     struct mun_err *e)
{
	mun_autofree char *aside = NULL;
	int rc = mun_fmt(&aside, e, "%s.%s", w->key, id);

	if (!rc && mun_sys.link(w->key, aside) && errno != EEXIST)
		rc = mun_fail_sys(e, errno, "keep the old key as '%s'", aside);
	return rc;
}

static int replace_key(const struct mun_evidence *w, const char *fresh,
		       struct mun_err *e)
{
	const char *slash = strrchr(w->key, '/');
	mun_autofree char *dir = NULL;
	int rc;

	if (mun_sys.rename(fresh, w->key))
		return mun_fail_sys(e, errno, "put the new key in place");
	rc = mun_fmt(&dir, e, "%.*s", slash ? (int)(slash - w->key) + 1 : 1,
		     slash ? w->key : ".");
	return rc ? rc : mun_dir_sync(dir, e);
}

/*
 * The fact comes before the file: killed in between, the new key is known and
 * endorsed, lies under its own name, and the next rotation or a person puts it
 * in place; the old one still signs.
 */
int mun_evidence_rotate(struct mun_catalog *c, const struct mun_evidence *w,
			char out[static MUN_SIGNKEY_ID], struct mun_err *e)
{
	mun_auto(signkey) *old = NULL;
	mun_auto(signkey) *key = NULL;
	mun_autofree char *fresh = NULL;
	int rc = mun_signkey_load(w->key, &old, e);

	if (!rc)
		rc = mun_fmt(&fresh, e, "%s.new", w->key);
	if (!rc && is_there(fresh) && mun_sys.unlink(fresh))
		rc = mun_fail_sys(e, errno, "remove '%s'", fresh);
	if (!rc)
		rc = mun_signkey_create(fresh, &key, e);
	if (!rc)
		rc = put_aside(w, mun_signkey_id(old), e);
	if (!rc)
		rc = mun_catalog_key_add(c, key, old, e);
	if (!rc)
		rc = replace_key(w, fresh, e);
	if (rc)
		return mun_ctx(e, "rotate the signing key");
	(void)snprintf(out, MUN_SIGNKEY_ID, "%s", mun_signkey_id(key));
	return 0;
}
