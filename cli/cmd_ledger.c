/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_ledger.c - muniment ledger verify, prove, head, stamp, rotate */
#include "audit/witness.h"
#include "catalog/evidence.h"
#include "cli/cli.h"
#include "core/file.h"
#include "core/str.h"
#include "fixity/ledger_proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEAD_MAX ((size_t)64 << 10)
#define ANSWER_MAX ((size_t)1 << 20)

struct verify {
	struct mun_cli *c;
	struct mun_jsonw *w; /* or NULL: text */
	uint64_t problems;
};

static void problem(void *ctx, const struct mun_ledger_problem *p)
{
	struct verify *v = ctx;

	/* What a killed command had no time for is no problem of the past. */
	if (!strcmp(p->code, "ledger-behind")) {
		mun_log(MUN_LOG_WARN, "%s", p->text);
		return;
	}
	v->problems++;
	if (!v->w) {
		(void)printf("%s: %s: %s\n", p->code, p->where, p->text);
		return;
	}
	mun_jsonw_object(v->w, NULL);
	mun_jsonw_text(v->w, "code", p->code);
	mun_jsonw_text(v->w, "where", p->where);
	mun_jsonw_text(v->w, "text", p->text);
	mun_jsonw_end_object(v->w);
}

/* A head that somebody kept elsewhere: its line in a file. */
static int read_head(const char *path, struct mun_ledger_head *out,
		     struct mun_err *e)
{
	mun_autofree char *text = NULL;
	size_t len;
	int rc = mun_file_read(path, HEAD_MAX, &text, &len, e);

	while (!rc && len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (!rc)
		rc = mun_ledger_head_parse(text, len, out, e);
	return rc ? mun_ctx(e, "head '%s'", path) : 0;
}

static void verdict_text(const struct mun_ledger_verdict *v)
{
	char root[2 * MUN_MERKLE_HASH + 1];
	char stamped[MUN_TIME_LEN];

	(void)printf("%" PRIu64 " entries in %" PRIu64 " segments, %" PRIu64
		     " signed heads, %" PRIu64 " time stamps: %" PRIu64
		     " problems\n",
		     v->entries, v->segments, v->heads, v->tokens, v->problems);
	if (v->newest.size) {
		mun_hex(v->newest.root, sizeof(v->newest.root), root);
		(void)printf("newest head: %" PRIu64 " entries, %s, root %s\n",
			     v->newest.size, v->newest.time, root);
	}
	if (v->newest_token_ms) {
		mun_time_text(v->newest_token_ms, stamped);
		(void)printf("newest time stamp: %s\n", stamped);
	}
	if (v->unsigned_entries)
		(void)printf("%" PRIu64 " entries after the newest head\n",
			     v->unsigned_entries);
}

static void head_json(struct mun_jsonw *w, const struct mun_ledger_head *h)
{
	char root[2 * MUN_MERKLE_HASH + 1];

	mun_hex(h->root, sizeof(h->root), root);
	mun_jsonw_u64(w, "size", h->size);
	mun_jsonw_text(w, "root", root);
	mun_jsonw_text(w, "time", h->time);
	mun_jsonw_text(w, "key", h->key);
}

static void verdict_json(struct mun_jsonw *w,
			 const struct mun_ledger_verdict *v)
{
	char stamped[MUN_TIME_LEN] = "";

	mun_jsonw_end_array(w);
	mun_jsonw_u64(w, "entries", v->entries);
	mun_jsonw_u64(w, "segments", v->segments);
	mun_jsonw_u64(w, "heads", v->heads);
	mun_jsonw_u64(w, "tokens", v->tokens);
	mun_jsonw_u64(w, "unsigned_entries", v->unsigned_entries);
	if (v->newest.size) {
		mun_jsonw_object(w, "newest_head");
		head_json(w, &v->newest);
		mun_jsonw_end_object(w);
	} else {
		mun_jsonw_null(w, "newest_head");
	}
	if (v->newest_token_ms)
		mun_time_text(v->newest_token_ms, stamped);
	mun_jsonw_text(w, "newest_token", stamped);
}

static int judge(struct verify *v, struct mun_ledger_verdict *out,
		 struct mun_err *e)
{
	const char *from = mun_cli_text(v->c, "from");
	struct mun_ledger_check how = { .progress = &v->c->progress };
	struct mun_ledger_head head;
	mun_auto(repo) *r = NULL;
	const char *ca;
	int rc = mun_repo_open(v->c, MUN_REPO_CATALOG, &r, e);

	if (!rc && from)
		rc = read_head(from, &head, e);
	if (rc)
		return rc;
	ca = mun_conf_get(r->conf, "tsa-ca");
	how.tsa_ca = ca && *ca ? ca : NULL;
	how.from = from ? &head : NULL;
	return mun_catalog_compare(r->catalog, r->ledger_path, &how, problem, v,
				   out, e);
}

static int verify(struct mun_cli *c)
{
	struct mun_ledger_verdict out = { 0 };
	struct verify v = { .c = c };
	struct mun_jsonw w;
	struct mun_err e;
	int status;

	if (mun_cli_flag(c, "json")) {
		v.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "problems");
	}
	if (judge(&v, &out, &e))
		status = mun_cli_error(c, &e);
	else
		status = v.problems ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE;
	out.problems = v.problems;
	if (v.w) {
		verdict_json(&w, &out);
		return mun_cli_json_end(c, &w, status);
	}
	if (status != MUN_EXIT_FAILED)
		verdict_text(&out);
	return status;
}

/* The object or event that a person means: OBJECT as everywhere, or the UUID of
 * an event. */
static int entry_of(struct mun_repo *r, const char *text, uint64_t *seq,
		    struct mun_err *e)
{
	char id[MUN_UUID_LEN];
	struct mun_err why;

	if (!mun_catalog_resolve(r->catalog, text, id, &why))
		return mun_catalog_leaf(r->catalog, id, seq, e);
	if (why.code != MUN_ENOENT || !mun_uuid_is(text)) {
		*e = why;
		return why.code;
	}
	return mun_catalog_leaf(r->catalog, text, seq, e);
}

static int prove_it(struct mun_cli *c, char **out, struct mun_err *e)
{
	mun_autofree struct mun_ledger_key *keys = NULL;
	mun_auto(ledger) *l = NULL;
	mun_auto(repo) *r = NULL;
	uint64_t seq = 0;
	size_t n = 0;
	int rc = mun_repo_open(c, MUN_REPO_CATALOG, &r, e);

	if (!rc)
		rc = entry_of(r, c->args[1], &seq, e);
	if (!rc)
		rc = mun_catalog_keys(r->catalog, &keys, &n, e);
	if (!rc)
		rc = mun_ledger_open(r->ledger_path, false, &l, e);
	return rc ? rc : mun_ledger_proof_json(l, seq, keys, n, out, e);
}

static int prove(struct mun_cli *c)
{
	mun_autofree char *text = NULL;
	struct mun_err e;
	size_t len;

	if (prove_it(c, &text, &e))
		return mun_cli_error(c, &e);
	len = strlen(text);
	(void)fwrite(text, 1, len, stdout);
	if (len && text[len - 1] != '\n')
		(void)printf("\n");
	return MUN_EXIT_DONE;
}

static int head(struct mun_cli *c)
{
	mun_autofree char *line = NULL;
	mun_auto(ledger) *l = NULL;
	mun_auto(repo) *r = NULL;
	struct mun_ledger_head h;
	struct mun_err e;
	int rc = mun_repo_open(c, 0, &r, &e);

	if (!rc)
		rc = mun_ledger_open(r->ledger_path, false, &l, &e);
	if (!rc)
		rc = mun_ledger_head(l, &h, &e);
	if (!rc)
		rc = mun_ledger_head_text(&h, &line, &e);
	if (rc)
		return mun_cli_error(c, &e);
	(void)printf("%s\n", line);
	return MUN_EXIT_DONE;
}

static int write_file(const char *path, const void *data, size_t len,
		      struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	mun_autofree char *dir = NULL;
	int rc;

	if (!slash)
		return mun_file_replace(".", path, data, len, e);
	rc = mun_fmt(&dir, e, "%.*s", (int)(slash - path) + 1, path);
	return rc ? rc : mun_file_replace(dir, slash + 1, data, len, e);
}

static int stamp_by_hand(const struct mun_evidence *w, const char *request,
			 const char *response, struct mun_err *e)
{
	mun_autofree unsigned char *der = NULL;
	mun_autofree char *answer = NULL;
	size_t len;
	int rc = 0;

	if (request) {
		rc = mun_evidence_request(w, &der, &len, e);
		return rc ? rc : write_file(request, der, len, e);
	}
	rc = mun_file_read(response, ANSWER_MAX, &answer, &len, e);
	return rc ? rc : mun_evidence_response(w, answer, len, e);
}

/* With --dry-run the repository is looked at and nothing is written. */
static unsigned int parts(const struct mun_cli *c)
{
	return mun_cli_flag(c, "dry-run") ? MUN_REPO_CATALOG
					  : MUN_REPO_EVIDENCE;
}

static int stamp(struct mun_cli *c)
{
	const char *request = mun_cli_text(c, "tsa-request");
	const char *response = mun_cli_text(c, "tsa-response");
	bool dry_run = mun_cli_flag(c, "dry-run");
	mun_auto(repo) *r = NULL;
	struct mun_evidence w;
	struct mun_err e;
	const char *url;
	int rc = mun_repo_open(c, parts(c), &r, &e);

	if (rc)
		return mun_cli_error(c, &e);
	w = (struct mun_evidence){ r->ledger_path, r->key_path, r->conf };
	url = mun_conf_get(r->conf, "tsa");
	if (!dry_run)
		mun_repo_sign(r);
	if (dry_run && (request || response))
		rc = 0;
	else if (request || response)
		rc = stamp_by_hand(&w, request, response, &e);
	else if (!url || !*url)
		rc = mun_fail(&e, MUN_EINVAL,
			      "no time-stamp authority is configured (muniment "
			      "config set tsa URL); or give --tsa-request FILE "
			      "and later --tsa-response FILE");
	else if (!dry_run)
		rc = mun_evidence_stamp(&w, &e);
	return rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE;
}

static int rotate(struct mun_cli *c)
{
	mun_auto(repo) *r = NULL;
	char id[MUN_SIGNKEY_ID];
	struct mun_evidence w;
	struct mun_err e;

	if (mun_repo_open(c, parts(c), &r, &e))
		return mun_cli_error(c, &e);
	if (mun_cli_flag(c, "dry-run")) {
		(void)printf("new heads would be signed with a new key\n");
		return MUN_EXIT_DONE;
	}
	w = (struct mun_evidence){ r->ledger_path, r->key_path, r->conf };
	if (mun_evidence_rotate(r->catalog, &w, id, &e))
		return mun_cli_error(c, &e);
	(void)printf("new heads are signed with key %s\n", id);
	return MUN_EXIT_DONE;
}

int mun_cmd_ledger(struct mun_cli *c)
{
	const char *verb = c->args[0];

	if (mun_cli_text(c, "tsa-request") && mun_cli_text(c, "tsa-response"))
		return mun_cli_usage(c, "give either --tsa-request or "
					"--tsa-response");
	if (!strcmp(verb, "verify") && c->nargs == 1)
		return verify(c);
	if (!strcmp(verb, "prove") && c->nargs == 2)
		return prove(c);
	if (!strcmp(verb, "head") && c->nargs == 1)
		return head(c);
	if (!strcmp(verb, "stamp") && c->nargs == 1)
		return stamp(c);
	if (!strcmp(verb, "rotate") && c->nargs == 1)
		return rotate(c);
	return mun_cli_usage(c, "ledger verify|head|stamp|rotate, or ledger "
				"prove EVENT|OBJECT");
}
