/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/ledger_text.c - heads and digest files as text, and back
 *
 * Both have one form only (docs/ledger.md), so what is read is read by position
 * and each byte of it matters.
 */
#include "fixity/ledger_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "core/file.h"
#include "core/str.h"

#define SIGNATURE_TEXT 88 /* base64 of 64 bytes */

struct scan {
	const char *p;
	const char *end;
	bool bad; /* sticks */
};

/* Exactly this text. */
static void expect(struct scan *s, const char *text)
{
	size_t len = strlen(text);

	if (s->bad || (size_t)(s->end - s->p) < len ||
	    memcmp(s->p, text, len) != 0)
		s->bad = true;
	else
		s->p += len;
}

/* The next @n characters, or NULL. */
static const char *take(struct scan *s, size_t n)
{
	const char *p = s->p;

	if (s->bad || (size_t)(s->end - s->p) < n) {
		s->bad = true;
		return NULL;
	}
	s->p += n;
	return p;
}

static bool is_hex(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(p[i] >= '0' && p[i] <= '9') &&
		    !(p[i] >= 'a' && p[i] <= 'f'))
			return false;
	}
	return true;
}

/* @len bytes in lower-case hex. */
static void take_hex(struct scan *s, uint8_t *out, size_t len)
{
	char hex[2 * MUN_MERKLE_HASH + 1];
	const char *p = take(s, 2 * len);

	if (!p || !is_hex(p, 2 * len)) {
		s->bad = true;
		return;
	}
	memcpy(hex, p, 2 * len);
	hex[2 * len] = '\0';
	if (!mun_unhex(hex, out, len))
		s->bad = true;
}

/* A decimal number without leading zeros. */
static uint64_t take_number(struct scan *s)
{
	uint64_t v = 0;
	const char *first = s->p;

	while (!s->bad && s->p < s->end && *s->p >= '0' && *s->p <= '9') {
		uint64_t digit = (uint64_t)(*s->p++ - '0');

		if (v > (UINT64_MAX - digit) / 10)
			s->bad = true;
		v = v * 10 + digit;
	}
	if (s->p == first || (*first == '0' && s->p - first > 1))
		s->bad = true;
	return v;
}

static void take_signature(struct scan *s,
			   uint8_t out[static MUN_SIGNKEY_SIGNATURE])
{
	/* DecodeBlock writes whole groups of three. */
	uint8_t raw[SIGNATURE_TEXT / 4 * 3];
	unsigned char again[SIGNATURE_TEXT + 1];
	const char *p = take(s, SIGNATURE_TEXT);

	if (!p || EVP_DecodeBlock(raw, (const unsigned char *)p,
				  SIGNATURE_TEXT) != (int)sizeof(raw)) {
		s->bad = true;
		return;
	}
	/* Bits that base64 does not use would be a second form. */
	(void)EVP_EncodeBlock(again, raw, MUN_SIGNKEY_SIGNATURE);
	if (memcmp(again, p, SIGNATURE_TEXT) != 0)
		s->bad = true;
	memcpy(out, raw, MUN_SIGNKEY_SIGNATURE);
}

static bool is_time(const char *text)
{
	struct mun_err ignored;
	char again[MUN_TIME_LEN];
	int64_t ms;

	if (mun_time_parse(text, &ms, &ignored))
		return false;
	mun_time_text(ms, again);
	return !strcmp(text, again);
}

static int head_text(const struct mun_ledger_head *h, bool with_signature,
		     char **out, struct mun_err *e)
{
	char root[2 * MUN_MERKLE_HASH + 1];
	char previous[2 * 32 + 1];
	unsigned char signature[SIGNATURE_TEXT + 1] = "";

	mun_hex(h->root, MUN_MERKLE_HASH, root);
	mun_hex(h->previous, sizeof(h->previous), previous);
	if (with_signature)
		(void)EVP_EncodeBlock(signature, h->signature,
				      MUN_SIGNKEY_SIGNATURE);
	return mun_fmt(out, e,
		       "{\"key\":\"%s\",\"previous\":\"%s\","
		       "\"root\":\"%s\"%s%s%s,\"size\":%" PRIu64
		       ",\"time\":\"%s\"}",
		       h->key, previous, root,
		       with_signature ? ",\"signature\":\"" : "",
		       (const char *)signature, with_signature ? "\"" : "",
		       h->size, h->time);
}

int mun_ledger_head_text(const struct mun_ledger_head *h, char **out,
			 struct mun_err *e)
{
	return head_text(h, true, out, e);
}

int mun_ledger_head_body(const struct mun_ledger_head *h, char **out,
			 struct mun_err *e)
{
	return head_text(h, false, out, e);
}

int mun_ledger_head_parse(const char *text, size_t len,
			  struct mun_ledger_head *out, struct mun_err *e)
{
	struct scan s = { .p = text, .end = text + len };
	struct mun_ledger_head h = { 0 };
	const char *p;

	/* A head that somebody kept in a file has a newline behind it. */
	if (len && text[len - 1] == '\n')
		s.end--;
	len = (size_t)(s.end - text);
	expect(&s, "{\"key\":\"");
	p = take(&s, MUN_SIGNKEY_ID - 1);
	if (p && is_hex(p, MUN_SIGNKEY_ID - 1))
		memcpy(h.key, p, MUN_SIGNKEY_ID - 1);
	else
		s.bad = true;
	expect(&s, "\",\"previous\":\"");
	take_hex(&s, h.previous, sizeof(h.previous));
	expect(&s, "\",\"root\":\"");
	take_hex(&s, h.root, MUN_MERKLE_HASH);
	expect(&s, "\",\"signature\":\"");
	take_signature(&s, h.signature);
	expect(&s, "\",\"size\":");
	h.size = take_number(&s);
	expect(&s, ",\"time\":\"");
	p = take(&s, MUN_TIME_LEN - 1);
	if (p)
		memcpy(h.time, p, MUN_TIME_LEN - 1);
	expect(&s, "\"}");
	if (s.bad || s.p != s.end || !h.size || !is_time(h.time))
		return mun_fail(e, MUN_ECORRUPT, "not a signed tree head");
	(void)SHA256((const unsigned char *)text, len, h.digest);
	*out = h;
	return 0;
}

int mun_ledger_segment_path(const char *dir, uint64_t number,
			    const char *suffix, char **out, struct mun_err *e)
{
	return mun_fmt(out, e, "%s/%08" PRIu64 ".%s", dir, number, suffix);
}

bool mun_ledger_segment_of(const char *name, uint64_t *number, bool *digest)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(name[i] - '0');
	}
	*number = v;
	*digest = !strcmp(name + 8, ".json");
	return *digest || !strcmp(name + 8, ".jsonl");
}

int mun_ledger_segment_text(const struct mun_ledger_segment *s, char **out,
			    struct mun_err *e)
{
	char hex[2 * MUN_MERKLE_HASH + 1];
	struct mun_str t = { 0 };
	bool first = true;

	mun_str_addf(&t, "{\"count\":%u,\"first\":%" PRIu64 ",\"frontier\":[",
		     MUN_LEDGER_SEGMENT, s->number * MUN_LEDGER_SEGMENT);
	for (int i = MUN_MERKLE_DEPTH - 1; i >= 0; i--) {
		if (!(s->after.size >> i & 1))
			continue;
		mun_hex(s->after.node[i], MUN_MERKLE_HASH, hex);
		mun_str_addf(&t, "%s\"%s\"", first ? "" : ",", hex);
		first = false;
	}
	mun_hex(s->root, MUN_MERKLE_HASH, hex);
	mun_str_addf(&t, "],\"root\":\"%s\"", hex);
	mun_hex(s->sha256, sizeof(s->sha256), hex);
	mun_str_addf(&t, ",\"sha256\":\"%s\"}\n", hex);
	return mun_str_take(&t, out, e);
}

int mun_ledger_segment_parse(const char *text, size_t len,
			     struct mun_ledger_segment *out, struct mun_err *e)
{
	struct scan s = { .p = text, .end = text + len };
	struct mun_ledger_segment g = { 0 };
	bool first = true;
	uint64_t from;

	expect(&s, "{\"count\":");
	if (take_number(&s) != MUN_LEDGER_SEGMENT)
		s.bad = true;
	expect(&s, ",\"first\":");
	from = take_number(&s);
	g.number = from / MUN_LEDGER_SEGMENT;
	if (from % MUN_LEDGER_SEGMENT || g.number >= MUN_LEDGER_SEGMENTS)
		s.bad = true;
	g.after.size = s.bad ? 0 : from + MUN_LEDGER_SEGMENT;
	expect(&s, ",\"frontier\":[");
	for (int i = MUN_MERKLE_DEPTH - 1; i >= 0; i--) {
		if (!(g.after.size >> i & 1))
			continue;
		expect(&s, first ? "\"" : ",\"");
		take_hex(&s, g.after.node[i], MUN_MERKLE_HASH);
		expect(&s, "\"");
		first = false;
	}
	expect(&s, "],\"root\":\"");
	take_hex(&s, g.root, MUN_MERKLE_HASH);
	expect(&s, "\",\"sha256\":\"");
	take_hex(&s, g.sha256, sizeof(g.sha256));
	expect(&s, "\"}\n");
	if (s.bad || s.p != s.end)
		return mun_fail(e, MUN_ECORRUPT,
				"not the digests of a segment");
	*out = g;
	return 0;
}

int mun_ledger_segment_load(const char *dir, uint64_t number,
			    struct mun_ledger_segment *out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	rc = mun_ledger_segment_path(dir, number, "json", &path, e);
	if (!rc)
		rc = mun_file_read(path, MUN_LEDGER_DIGEST_MAX, &text, &len, e);
	if (rc)
		return rc;
	rc = mun_ledger_segment_parse(text, len, out, e);
	if (!rc && out->number != number)
		rc = mun_fail(e, MUN_ECORRUPT, "it is of segment %" PRIu64,
			      out->number);
	return rc ? mun_ctx(e, "digest file '%s'", path) : 0;
}
