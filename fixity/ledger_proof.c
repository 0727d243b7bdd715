/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_proof.c - the proof of one entry, for people without us */
#include "fixity/ledger_proof.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/file.h"
#include "core/json.h"
#include "core/str.h"
#include "fixity/ledger_int.h"
#include "fixity/timestamp.h"

/* What the document is made of. */
struct parts {
	struct mun_ledger_head head;
	struct mun_merkle_proof proof;
	const struct mun_ledger_key *key;
	struct mun_str entry;
	char *token; /* NULL: none */
	size_t token_len;
};

static void parts_free(struct parts *p)
{
	mun_str_free(&p->entry);
	free(p->token);
}

/* The time stamp of @h among those of its size, if there is one. */
static int find_token(const struct mun_ledger *l,
		      const struct mun_ledger_head *h, uint64_t n,
		      struct parts *p, bool *found, struct mun_err *e)
{
	mun_autofree char *der = NULL;
	struct mun_timestamp t;
	size_t len;
	int rc;

	*found = false;
	rc = mun_ledger_token_load(l->dir, h->size, n, &der, &len, e);
	if (!rc)
		rc = mun_timestamp_check(der, len, h->digest, NULL, &t, e);
	/* One that is damaged is verify's to tell; another may do. */
	if (rc == MUN_EFIXITY || rc == MUN_ECORRUPT)
		return 0;
	if (rc)
		return rc;
	p->head = *h;
	p->token = mun_steal(&der);
	p->token_len = len;
	*found = true;
	return 0;
}

/* Any head of heads.jsonl that the @n-th time stamp of its size is of. */
static int find_head(const struct mun_ledger *l,
		     const struct mun_ledger_token *t, struct parts *p,
		     bool *found, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_ledger_lines r;
	struct mun_ledger_head h;
	const char *line;
	size_t len;
	int rc;

	*found = false;
	rc = mun_path_join(l->dir, MUN_LEDGER_HEADS, &path, e);
	if (rc)
		return rc;
	rc = mun_ledger_lines_open(&r, path, UINT64_MAX, false, e);
	while (!rc && !*found &&
	       !(rc = mun_ledger_lines_next(&r, &line, &len, e)) && line) {
		rc = mun_ledger_head_parse(line, len, &h, e);
		if (!rc && h.size == t->size)
			rc = find_token(l, &h, t->n, p, found, e);
	}
	mun_ledger_lines_close(&r);
	return rc;
}

/* The newest head that covers @seq, or the newest with a time stamp. */
static int choose_head(const struct mun_ledger *l, uint64_t seq,
		       struct parts *p, struct mun_err *e)
{
	mun_autofree struct mun_ledger_token *tokens = NULL;
	bool found = false;
	size_t n = 0;
	int rc;

	rc = mun_ledger_head(l, &p->head, e);
	if (!rc && p->head.size > l->tree.size)
		rc = mun_fail(e, MUN_EFIXITY,
			      "%" PRIu64 " entries were signed, %" PRIu64
			      " are there",
			      p->head.size, l->tree.size);
	if (!rc && p->head.size <= seq)
		rc = mun_fail(e, MUN_ENOENT,
			      "entry %" PRIu64
			      " has not been signed yet: the newest head has "
			      "%" PRIu64 " entries",
			      seq, p->head.size);
	if (!rc)
		rc = mun_ledger_tokens(l->dir, &tokens, &n, e);
	for (size_t i = rc ? 0 : n; !rc && !found && i-- > 0;) {
		if (tokens[i].size <= seq)
			break;
		if (tokens[i].size == p->head.size)
			rc = find_token(l, &p->head, tokens[i].n, p, &found, e);
		else if (tokens[i].size < p->head.size)
			rc = find_head(l, &tokens[i], p, &found, e);
	}
	return rc;
}

static int take_entry(void *ctx, uint64_t seq, const char *entry, size_t len,
		      struct mun_err *e)
{
	struct parts *p = ctx;

	(void)seq;
	mun_str_add_bytes(&p->entry, entry, len);
	return p->entry.failed ? mun_fail_nomem(e, "entry") : 0;
}

/* Nothing is handed out that does not hold. */
static int check_inclusion(const struct parts *p, uint64_t seq,
			   struct mun_err *e)
{
	uint8_t leaf[MUN_MERKLE_HASH];
	int rc;

	rc = mun_merkle_leaf(p->entry.text, p->entry.len, leaf, e);
	if (!rc)
		rc = mun_merkle_check_inclusion(leaf, seq, p->head.size,
						&p->proof, p->head.root, e);
	return rc ? mun_ctx(e,
			    "entry %" PRIu64
			    " is not the one that was signed at %s",
			    seq, p->head.time)
		  : 0;
}

static int check_signature(struct parts *p, const struct mun_ledger_key *keys,
			   size_t nkeys, struct mun_err *e)
{
	mun_autofree char *body = NULL;
	int rc;

	for (size_t i = 0; i < nkeys && !p->key; i++) {
		if (!strcmp(keys[i].id, p->head.key))
			p->key = &keys[i];
	}
	if (!p->key)
		return mun_fail(
			e, MUN_EINVAL,
			"the head of %s is signed with the unknown key %s",
			p->head.time, p->head.key);
	rc = mun_ledger_head_body(&p->head, &body, e);
	if (!rc)
		rc = mun_signkey_verify(p->key->public_key, body, strlen(body),
					p->head.signature, e);
	return rc;
}

static json_t *hashes(const struct mun_merkle_proof *p)
{
	char hex[2 * MUN_MERKLE_HASH + 1];
	json_t *list = json_array();

	for (size_t i = 0; i < p->n; i++) {
		mun_hex(p->hash[i], MUN_MERKLE_HASH, hex);
		(void)json_array_append_new(list, json_string(hex));
	}
	return list;
}

static json_t *base64(const char *data, size_t len)
{
	unsigned char *text;
	json_t *j;

	if (!data)
		return json_null();
	text = malloc(len / 3 * 4 + 5);
	if (!text)
		return NULL;
	(void)EVP_EncodeBlock(text, (const unsigned char *)data, (int)len);
	j = json_string((const char *)text);
	free(text);
	return j;
}

static int head_object(const struct mun_ledger_head *h, json_t **out,
		       struct mun_err *e)
{
	mun_autofree char *line = NULL;
	int rc;

	rc = mun_ledger_head_text(h, &line, e);
	return rc ? rc : mun_json_parse(line, strlen(line), out, e);
}

static int write_json(const struct parts *p, uint64_t seq, char **out,
		      struct mun_err *e)
{
	mun_autofree char *pem = NULL;
	mun_autofree char *text = NULL;
	mun_autojson json_t *doc = json_object();
	json_t *head = NULL;
	json_t *entry;
	int rc;

	rc = mun_signkey_pem(p->key->public_key, &pem, e);
	if (!rc)
		rc = head_object(&p->head, &head, e);
	if (rc)
		return rc;
	/* jansson refuses what is not UTF-8. */
	entry = json_stringn(p->entry.text, p->entry.len);
	if (!entry) {
		json_decref(head);
		return mun_fail(e, MUN_ECORRUPT, "the entry is not UTF-8");
	}
	if (json_object_set_new(doc, "format",
				json_string(MUN_LEDGER_PROOF_FORMAT)) |
	    json_object_set_new(doc, "entry", entry) |
	    json_object_set_new(doc, "index", json_integer((json_int_t)seq)) |
	    json_object_set_new(doc, "proof", hashes(&p->proof)) |
	    json_object_set_new(doc, "head", head) |
	    json_object_set_new(doc, "public_key", json_string(pem)) |
	    json_object_set_new(doc, "token", base64(p->token, p->token_len)))
		return mun_fail_nomem(e, "proof");
	text = json_dumps(doc, JSON_INDENT(2));
	return text ? mun_fmt(out, e, "%s\n", text)
		    : mun_fail_nomem(e, "proof");
}

int mun_ledger_proof_json(const struct mun_ledger *l, uint64_t seq,
			  const struct mun_ledger_key *keys, size_t nkeys,
			  char **out, struct mun_err *e)
{
	struct parts p = { 0 };
	int rc;

	if (seq >= l->tree.size)
		return mun_fail(e, MUN_EINVAL,
				"entry %" PRIu64 " of a ledger of %" PRIu64,
				seq, l->tree.size);
	rc = choose_head(l, seq, &p, e);
	if (!rc)
		rc = mun_ledger_read(l, seq, seq + 1, take_entry, &p, e);
	if (!rc)
		rc = mun_ledger_prove(l, seq, p.head.size, &p.proof, e);
	if (!rc)
		rc = check_inclusion(&p, seq, e);
	if (!rc)
		rc = check_signature(&p, keys, nkeys, e);
	if (!rc)
		rc = write_json(&p, seq, out, e);
	parts_free(&p);
	return rc;
}
