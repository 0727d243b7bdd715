/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_verify_heads.c - heads and tokens, each by itself */
#include "fixity/ledger_verify_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/str.h"
#include "fixity/timestamp.h"

void mun_ledger_where(const struct mun_ledger_seen *s, char out[static 48])
{
	if (s->line)
		(void)snprintf(out, 48, MUN_LEDGER_HEADS " line %" PRIu64,
			       s->line);
	else
		(void)snprintf(out, 48, "the head that was given");
}

enum mun_ledger_group mun_ledger_group_of(const struct mun_ledger_seen *s)
{
	return s->line ? MUN_LEDGER_IN_HEADS : MUN_LEDGER_IN_GIVEN;
}

static int add(struct mun_ledger_judge *j, const struct mun_ledger_head *h,
	       uint64_t line, struct mun_err *e)
{
	struct mun_ledger_seen *more;

	if (!(j->nheads & (j->nheads - 1))) {
		more = reallocarray(j->heads, j->nheads ? 2 * j->nheads : 1,
				    sizeof(*more));
		if (!more)
			return mun_fail_nomem(e, "heads");
		j->heads = more;
	}
	j->heads[j->nheads++] =
		(struct mun_ledger_seen){ .h = *h, .line = line };
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct mun_ledger_seen *x = *(struct mun_ledger_seen *const *)a;
	const struct mun_ledger_seen *y = *(struct mun_ledger_seen *const *)b;

	if (x->h.size != y->h.size)
		return x->h.size < y->h.size ? -1 : 1;
	/* The given one behind those of the file. */
	return x->line - 1 < y->line - 1 ? -1 : x->line - 1 > y->line - 1;
}

static int sort(struct mun_ledger_judge *j, struct mun_err *e)
{
	j->by_size = calloc(j->nheads + 1, sizeof(*j->by_size));
	if (!j->by_size)
		return mun_fail_nomem(e, "heads");
	for (size_t i = 0; i < j->nheads; i++)
		j->by_size[i] = &j->heads[i];
	if (j->nheads)
		qsort(j->by_size, j->nheads, sizeof(*j->by_size), by_size);
	return 0;
}

/* Every line; one that is no head is said and passed over. */
static int read_file(struct mun_ledger_judge *j, struct mun_ledger_lines *r,
		     struct mun_err *e)
{
	struct mun_ledger_head h;
	char where[48];
	const char *line;
	size_t len;
	int rc;

	while (!(rc = mun_ledger_lines_next(r, &line, &len, e)) && line) {
		/* The newline is not the parser's business here. */
		if (mun_ledger_head_parse(line, len, &h, e)) {
			(void)snprintf(where, sizeof(where),
				       MUN_LEDGER_HEADS " line %" PRIu64,
				       r->count);
			mun_ledger_problem(j, MUN_LEDGER_IN_HEADS, r->count,
					   "head", where,
					   "not a signed tree head");
			continue;
		}
		rc = add(j, &h, r->count, e);
		if (rc)
			return rc;
	}
	if (rc == MUN_ECORRUPT) {
		mun_ledger_problem(j, MUN_LEDGER_IN_HEADS, r->count, "head",
				   MUN_LEDGER_HEADS, "not lines of heads");
		rc = 0;
	}
	j->out->heads = j->nheads;
	if (!rc && r->torn)
		mun_log(MUN_LOG_WARN,
			"ledger: the last line of '" MUN_LEDGER_HEADS
			"' is not complete");
	return rc;
}

int mun_ledger_read_heads(struct mun_ledger_judge *j, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_ledger_lines r;
	int rc;

	rc = mun_path_join(j->dir, MUN_LEDGER_HEADS, &path, e);
	if (rc)
		return rc;
	rc = mun_ledger_lines_open(&r, path, UINT64_MAX, false, e);
	if (!rc)
		rc = read_file(j, &r, e);
	else if (rc == MUN_ENOENT || rc == MUN_EINVAL)
		rc = 0; /* what is there instead is named as stray */
	mun_ledger_lines_close(&r);
	if (!rc && j->how->from)
		rc = add(j, j->how->from, 0, e);
	return rc ? rc : sort(j, e);
}

static const struct mun_ledger_key *key_of(const struct mun_ledger_judge *j,
					   const char *id)
{
	for (size_t i = 0; i < j->how->nkeys; i++) {
		if (!strcmp(j->how->keys[i].id, id))
			return &j->how->keys[i];
	}
	return NULL;
}

int mun_ledger_check_head(struct mun_ledger_judge *j, size_t head,
			  struct mun_err *e)
{
	struct mun_ledger_seen *s = &j->heads[head];
	const struct mun_ledger_key *key = key_of(j, s->h.key);
	mun_autofree char *body = NULL;
	char where[48];
	int rc;

	mun_ledger_where(s, where);
	if (!key) {
		mun_ledger_problem(j, mun_ledger_group_of(s), s->line,
				   "unknown-key", where,
				   "signed with the unknown key %s", s->h.key);
		return 0;
	}
	rc = mun_ledger_head_body(&s->h, &body, e);
	if (!rc)
		rc = mun_signkey_verify(key->public_key, body, strlen(body),
					s->h.signature, e);
	s->signed_well = !rc;
	if (rc != MUN_EFIXITY)
		return rc;
	mun_ledger_problem(j, mun_ledger_group_of(s), s->line, "head-signature",
			   where, "the signature is not that of key %s over it",
			   s->h.key);
	return 0;
}

/* Heads of this size, in by_size: the first, and how many. */
static size_t heads_of(const struct mun_ledger_judge *j, uint64_t size,
		       size_t *first)
{
	size_t lo = 0;
	size_t hi = j->nheads;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->by_size[mid]->h.size < size)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (*first = lo; lo < j->nheads && j->by_size[lo]->h.size == size;)
		lo++;
	return lo - *first;
}

static void token_problem(struct mun_ledger_judge *j, size_t token,
			  const char *text)
{
	char where[64];

	(void)snprintf(where, sizeof(where),
		       MUN_LEDGER_TOKENS "/%" PRIu64 "-%" PRIu64 ".tsr",
		       j->tokens[token].size, j->tokens[token].n);
	mun_ledger_problem(j, MUN_LEDGER_IN_TOKENS, token, "token", where, "%s",
			   text);
}

/* Is it of one of the heads of its size?  The error says why not of the last. */
static int check_token(struct mun_ledger_judge *j, size_t first, size_t n,
		       const char *der, size_t len, struct mun_err *e)
{
	struct mun_timestamp t;
	int rc = MUN_ENOENT;

	for (size_t i = first; rc && i < first + n; i++)
		rc = mun_timestamp_check(der, len, j->by_size[i]->h.digest,
					 j->how->tsa_ca, &t, e);
	if (rc)
		return rc;
	(void)pthread_mutex_lock(&j->lock);
	if (!j->token_ms || t.time_ms > j->token_ms)
		j->token_ms = t.time_ms;
	(void)pthread_mutex_unlock(&j->lock);
	return 0;
}

int mun_ledger_check_token(struct mun_ledger_judge *j, size_t token,
			   struct mun_err *e)
{
	const struct mun_ledger_token *t = &j->tokens[token];
	mun_autofree char *der = NULL;
	char text[MUN_ERR_TEXT];
	size_t first;
	size_t len;
	size_t n = heads_of(j, t->size, &first);
	int rc;

	if (!n) {
		token_problem(j, token,
			      "time stamp of a head that is not there: "
			      "heads were removed");
		return 0;
	}
	rc = mun_ledger_token_load(j->dir, t->size, t->n, &der, &len, e);
	if (rc == MUN_ECORRUPT || rc == MUN_EINVAL || rc == MUN_ENOENT) {
		token_problem(j, token, "cannot be read as a time stamp");
		return 0;
	}
	if (!rc)
		rc = check_token(j, first, n, der, len, e);
	/* MUN_ENOENT: the trusted roots are not there. */
	if (rc != MUN_EFIXITY && rc != MUN_ECORRUPT)
		return rc;
	token_problem(j, token, mun_err_text(e, text, sizeof(text), 0));
	return 0;
}

static bool has_line(const struct mun_ledger_judge *j,
		     const struct mun_ledger_head *h)
{
	size_t first;
	size_t n = heads_of(j, h->size, &first);

	for (size_t i = first; i < first + n; i++) {
		if (j->by_size[i]->line &&
		    !memcmp(j->by_size[i]->h.digest, h->digest, 32))
			return true;
	}
	return false;
}

/* What even the holder of the key may not sign. */
static void check_pair(struct mun_ledger_judge *j,
		       const struct mun_ledger_seen *a,
		       const struct mun_ledger_seen *b)
{
	char where[48];

	mun_ledger_where(b, where);
	if (b->h.size < a->h.size || strcmp(b->h.time, a->h.time) < 0)
		mun_ledger_problem(j, MUN_LEDGER_IN_HEADS, b->line,
				   "head-order", where,
				   "older than the head before it");
	else if (b->h.size == a->h.size &&
		 memcmp(a->h.root, b->h.root, sizeof(a->h.root)) != 0)
		mun_ledger_problem(j, MUN_LEDGER_IN_HEADS, b->line, "forked",
				   where,
				   "another root than the head before it has "
				   "for the same %" PRIu64 " entries",
				   b->h.size);
}

/* Each head names the one before it: none can be taken out or put in. */
static void check_link(struct mun_ledger_judge *j,
		       const struct mun_ledger_seen *before,
		       const struct mun_ledger_seen *s)
{
	static const uint8_t none[32];
	uint64_t line = before ? before->line : 0;
	const uint8_t *want = before ? before->h.digest : none;
	char where[48];

	/* A line between that is no head has been told. */
	if (line + 1 != s->line || !memcmp(s->h.previous, want, sizeof(none)))
		return;
	mun_ledger_where(s, where);
	mun_ledger_problem(j, MUN_LEDGER_IN_HEADS, s->line, "head-order", where,
			   "it does not follow the head before it: heads were "
			   "removed, inserted or reordered");
}

void mun_ledger_check_order(struct mun_ledger_judge *j)
{
	const struct mun_ledger_seen *newest = NULL;
	char where[48];

	for (size_t i = 0; i < j->nheads; i++) {
		const struct mun_ledger_seen *s = &j->heads[i];

		if (s->line)
			check_link(j, i ? s - 1 : NULL, s);
		if (!s->line) {
			mun_ledger_where(s, where);
			if (!has_line(j, &s->h))
				mun_ledger_problem(
					j, MUN_LEDGER_IN_GIVEN, 1,
					"head-missing", where,
					MUN_LEDGER_HEADS
					" does not have it: heads were cut off or "
					"changed");
			continue;
		}
		if (i)
			check_pair(j, &j->heads[i - 1], s);
		if (s->rooted && s->signed_well)
			newest = s;
	}
	j->out->unsigned_entries = j->out->entries;
	if (!newest)
		return;
	j->out->newest = newest->h;
	j->out->unsigned_entries = j->out->entries > newest->h.size
					   ? j->out->entries - newest->h.size
					   : 0;
}
