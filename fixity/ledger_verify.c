/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/ledger_verify.c - all of a ledger judged: segments, heads, tokens
 *
 * Looked at in the opposite order of writing (tokens, heads, entries), so that
 * one who writes meanwhile is not taken for one who cut something off.
 */
#include "fixity/ledger_verify_int.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"
#include "fixity/digest.h"
#include "fixity/verify.h"

#define PHASE "verifying the ledger"

static void keep_found(struct mun_ledger_judge *j, uint64_t order,
		       const char *code, const char *where, const char *text)
{
	struct mun_str name = { 0 };
	struct mun_ledger_found *f;
	struct mun_err ignored;

	j->problems++;
	if (j->nfound >= MUN_LEDGER_TOLD)
		return;
	if (j->nfound == j->found_room) {
		size_t room = j->found_room ? 2 * j->found_room : 16;

		f = reallocarray(j->found, room, sizeof(*f));
		if (!f)
			return; /* counted all the same */
		j->found = f;
		j->found_room = room;
	}
	f = &j->found[j->nfound];
	*f = (struct mun_ledger_found){ .order = order };
	(void)snprintf(f->code, sizeof(f->code), "%s", code);
	/* A stray file can have any name. */
	mun_escape(&name, where, strlen(where));
	if (mun_str_take(&name, &f->where, &ignored) ||
	    mun_strdup(text, &f->text, &ignored)) {
		free(f->where);
		return;
	}
	j->nfound++;
}

void mun_ledger_problem(struct mun_ledger_judge *j, enum mun_ledger_group group,
			uint64_t number, const char *code, const char *where,
			const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)pthread_mutex_lock(&j->lock);
	keep_found(j, (uint64_t)group << 56 | (number & (UINT64_MAX >> 8)),
		   code, where, text);
	(void)pthread_mutex_unlock(&j->lock);
}

static int by_order(const void *a, const void *b)
{
	const struct mun_ledger_found *x = a;
	const struct mun_ledger_found *y = b;
	int by_name;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	by_name = strcmp(x->where, y->where);
	return by_name ? by_name : strcmp(x->text, y->text);
}

/* One order for one ledger, however the threads ran. */
static void tell(struct mun_ledger_judge *j, mun_ledger_problem_fn *fn,
		 void *ctx)
{
	struct mun_ledger_problem more = { .code = "more", .where = "" };
	char text[64];

	if (j->nfound)
		qsort(j->found, j->nfound, sizeof(*j->found), by_order);
	for (size_t i = 0; i < j->nfound; i++) {
		struct mun_ledger_problem p = { .where = j->found[i].where,
						.text = j->found[i].text };

		memcpy(p.code, j->found[i].code, sizeof(p.code));
		if (fn)
			fn(ctx, &p);
	}
	if (fn && j->problems > j->nfound) {
		(void)snprintf(text, sizeof(text), "%" PRIu64 " more problems",
			       j->problems - j->nfound);
		more.text = text;
		fn(ctx, &more);
	}
}

/* First of the heads that end within segment @number, in by_size. */
static size_t first_head(const struct mun_ledger_judge *j, uint64_t number)
{
	size_t lo = 0;
	size_t hi = j->nheads;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->by_size[mid]->h.size <= number * MUN_LEDGER_SEGMENT)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* What a head needs of its own segment, while its lines are at hand. */
static int keep_part(struct mun_ledger_seen *s, const struct mun_merkle *own,
		     struct mun_err *e)
{
	size_t n = 0;

	s->part = calloc((size_t)__builtin_popcountll(own->size),
			 MUN_MERKLE_HASH);
	if (!s->part)
		return mun_fail_nomem(e, "heads");
	for (int i = MUN_LEDGER_LEVEL - 1; i >= 0; i--) {
		if (own->size >> i & 1)
			memcpy(s->part[n++], own->node[i], MUN_MERKLE_HASH);
	}
	return 0;
}

static int take_line(struct mun_ledger_judge *j,
		     const struct mun_ledger_part *p, struct mun_merkle *own,
		     const char *line, size_t len, struct mun_err *e)
{
	uint64_t seq = p->number * MUN_LEDGER_SEGMENT + own->size;
	uint8_t leaf[MUN_MERKLE_HASH];
	int rc;

	rc = mun_merkle_leaf(line, len, leaf, e);
	if (!rc && j->how->leaf)
		rc = j->how->leaf(j->how->leaf_ctx, seq, leaf, e);
	return rc ? rc : mun_merkle_add(own, leaf, e);
}

/* Hash the lines, 4,096 at most. */
static int take_lines(struct mun_ledger_judge *j, struct mun_ledger_part *p,
		      struct mun_ledger_lines *r, const char *where,
		      struct mun_merkle *own, struct mun_err *e)
{
	size_t k = first_head(j, p->number);
	bool told = false;
	const char *line;
	size_t len;
	int rc;

	while (!(rc = mun_ledger_lines_next(r, &line, &len, e)) && line) {
		if (mun_ledger_entry_check(line, len, e) && !told) {
			told = true;
			mun_ledger_problem(j, MUN_LEDGER_IN_SEGMENTS, p->number,
					   "line", where,
					   "line %" PRIu64 " is no entry",
					   r->count);
		}
		if (r->count > MUN_LEDGER_SEGMENT)
			continue;
		rc = take_line(j, p, own, line, len, e);
		for (; !rc && k < j->nheads &&
		       j->by_size[k]->h.size ==
			       p->number * MUN_LEDGER_SEGMENT + own->size;
		     k++) {
			if (own->size < MUN_LEDGER_SEGMENT)
				rc = keep_part(j->by_size[k], own, e);
		}
		if (rc)
			return rc;
	}
	p->count = r->count;
	if (rc != MUN_ECORRUPT)
		return rc;
	mun_ledger_problem(j, MUN_LEDGER_IN_SEGMENTS, p->number, "line", where,
			   "line %" PRIu64 " is longer than an entry can be",
			   r->count + 1);
	return 0;
}

/* Lines and digest file of one segment, against each other. */
static int compare(struct mun_ledger_judge *j, struct mun_ledger_part *p,
		   const struct mun_ledger_lines *r,
		   const struct mun_ledger_segment *s, const char *where,
		   struct mun_err *e)
{
	struct mun_digests d = { 0 };
	int rc;

	rc = mun_hasher_final(r->sha256, &d, e);
	if (rc)
		return rc;
	if (p->count != MUN_LEDGER_SEGMENT || r->torn) {
		mun_ledger_problem(
			j, MUN_LEDGER_IN_SEGMENTS, p->number, "segment-lines",
			where, "%" PRIu64 " lines%s, not %u: lines were %s",
			p->count, r->torn ? " and a part of one" : "",
			MUN_LEDGER_SEGMENT,
			p->count > MUN_LEDGER_SEGMENT ? "inserted" : "removed");
		return 0;
	}
	p->whole = true;
	if (!p->recorded)
		return 0;
	if (memcmp(p->own, p->root, sizeof(p->own)) != 0)
		mun_ledger_problem(j, MUN_LEDGER_IN_SEGMENTS, p->number,
				   "segment-root", where,
				   "lines were changed or reordered: "
				   "their Merkle root is not the recorded one");
	else if (memcmp(d.of[MUN_SHA256].bytes, s->sha256, 32) != 0)
		mun_ledger_problem(j, MUN_LEDGER_IN_SEGMENTS, p->number,
				   "segment-digest", where,
				   "its SHA-256 is not the recorded one");
	return 0;
}

static int read_digests(struct mun_ledger_judge *j, struct mun_ledger_part *p,
			struct mun_ledger_segment *s, struct mun_err *e)
{
	char where[24];
	int rc;

	if (!p->digest)
		return 0;
	rc = mun_ledger_segment_load(j->dir, p->number, s, e);
	if (!rc)
		rc = mun_merkle_root(&s->after, p->after, e);
	if (!rc) {
		memcpy(p->root, s->root, sizeof(p->root));
		p->recorded = true;
		return 0;
	}
	if (rc != MUN_ECORRUPT && rc != MUN_ENOENT)
		return rc;
	(void)snprintf(where, sizeof(where), "%08" PRIu64 ".json", p->number);
	mun_ledger_problem(j, MUN_LEDGER_IN_SEGMENTS, p->number, "digest-file",
			   where, "not the digests of a segment");
	return 0;
}

/* A last line without its newline is one that is being written, or that was
 * interrupted: whoever writes next drops it.  Where a head covers it, the head
 * says so. */
static void say_torn(const struct mun_ledger_lines *r, const char *where)
{
	if (r->torn)
		mun_log(MUN_LOG_WARN,
			"ledger: the last line of '%s' is not complete", where);
}

int mun_ledger_check_part(struct mun_ledger_judge *j, size_t part,
			  struct mun_err *e)
{
	struct mun_ledger_part *p = &j->parts[part];
	mun_autofree char *path = NULL;
	struct mun_ledger_segment s = { 0 };
	struct mun_merkle own = { 0 };
	struct mun_ledger_lines r;
	char where[24];
	int rc;

	rc = read_digests(j, p, &s, e);
	if (rc || !p->lines)
		return rc;
	(void)snprintf(where, sizeof(where), "%08" PRIu64 ".jsonl", p->number);
	rc = mun_path_join(j->dir, where, &path, e);
	if (rc)
		return rc;
	rc = mun_ledger_lines_open(&r, path, UINT64_MAX, true, e);
	if (!rc)
		rc = take_lines(j, p, &r, where, &own, e);
	if (!rc)
		rc = mun_merkle_root(&own, p->own, e);
	if (!rc && (p->digest || part + 1 < j->nparts))
		rc = compare(j, p, &r, &s, where, e);
	else if (!rc)
		say_torn(&r, where);
	if (!rc && part + 1 == j->nparts && !p->digest)
		j->open = own;
	mun_ledger_lines_close(&r);
	if (!rc) {
		(void)pthread_mutex_lock(&j->lock);
		j->done += r.off;
		mun_progress_tell(j->how->progress, PHASE, j->done, j->bytes,
				  0);
		(void)pthread_mutex_unlock(&j->lock);
	}
	return rc ? mun_ctx(e, "'%s'", path) : 0;
}

static int do_job(struct mun_ledger_judge *j, size_t job, struct mun_err *e)
{
	int rc = mun_cancel_check(e);

	if (rc)
		return rc;
	if (job < j->nparts)
		return mun_ledger_check_part(j, job, e);
	job -= j->nparts;
	if (job < j->nheads)
		return mun_ledger_check_head(j, job, e);
	return mun_ledger_check_token(j, job - j->nheads, e);
}

static void work(void *ctx)
{
	struct mun_ledger_judge *j = ctx;
	size_t njobs = j->nparts + j->nheads + j->ntokens;
	struct mun_err err;

	for (;;) {
		size_t job = njobs;

		(void)pthread_mutex_lock(&j->lock);
		if (!j->err.code && j->next_job < njobs)
			job = j->next_job++;
		(void)pthread_mutex_unlock(&j->lock);
		if (job == njobs)
			return;
		if (!do_job(j, job, &err))
			continue;
		(void)pthread_mutex_lock(&j->lock);
		if (!j->err.code)
			j->err = err;
		(void)pthread_mutex_unlock(&j->lock);
	}
}

static int judge(struct mun_ledger_judge *j, struct mun_err *e)
{
	int rc;

	rc = mun_ledger_tokens(j->dir, &j->tokens, &j->ntokens, e);
	if (!rc)
		rc = mun_ledger_read_heads(j, e);
	if (!rc)
		rc = mun_ledger_list(j, e);
	if (rc)
		return rc;
	if (j->ntokens && !j->how->tsa_ca)
		mun_log(MUN_LOG_WARN,
			"ledger: without trusted certificates of the time-stamp "
			"authority, time stamps are checked against the "
			"certificates that they carry");
	mun_verify_crew(mun_verify_threads(j->how->threads), work, j);
	if (j->err.code) {
		*e = j->err;
		return e->code;
	}
	rc = mun_ledger_check_keys(j, e);
	if (!rc)
		rc = mun_ledger_join(j, e);
	if (!rc)
		mun_ledger_check_order(j);
	return rc;
}

static void free_judge(struct mun_ledger_judge *j)
{
	for (size_t i = 0; i < j->nfound; i++) {
		free(j->found[i].where);
		free(j->found[i].text);
	}
	for (size_t i = 0; i < j->nheads; i++)
		free(j->heads[i].part);
	free(j->found);
	free(j->heads);
	free(j->by_size);
	free(j->parts);
	free(j->tokens);
	(void)pthread_mutex_destroy(&j->lock);
}

int mun_ledger_verify(const char *dir, const struct mun_ledger_check *how,
		      mun_ledger_problem_fn *fn, void *ctx,
		      struct mun_ledger_verdict *out, struct mun_err *e)
{
	struct mun_ledger_judge j = { .dir = dir,
				      .how = how,
				      .out = out,
				      .lock = PTHREAD_MUTEX_INITIALIZER };
	int rc;

	*out = (struct mun_ledger_verdict){ 0 };
	rc = judge(&j, e);
	if (!rc) {
		tell(&j, fn, ctx);
		out->problems = j.problems;
		out->segments = j.nparts;
		out->tokens = j.ntokens;
		out->newest_token_ms = j.token_ms;
	}
	free_judge(&j);
	return rc ? mun_ctx(e, "verify the ledger '%s'", dir) : 0;
}
