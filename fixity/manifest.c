/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest.c - BagIt manifests (RFC 8493, 2.1.3) */
#include "fixity/manifest.h"

#include "core/file.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void mun_manifest_add(struct mun_str *out, const struct mun_digest *d,
		      const char *path)
{
	char hex[MUN_DIGEST_HEX];

	mun_digest_hex(d, hex);
	mun_str_add(out, hex);
	/* The asterisk, which readers step over, keeps them from stepping over
	 * what the path itself begins with. */
	mun_str_add(out, is_blank(*path) || *path == '*' ? " *" : "  ");
	for (const char *p = path; *p; p++) {
		if (*p == '\r' || *p == '\n' || *p == '%')
			mun_str_addf(out, "%%%02X", (unsigned int)*p);
		else
			mun_str_add_char(out, *p);
	}
	mun_str_add_char(out, '\n');
}

/* What the three escapes of RFC 8493 stand for; any other percent sign stands
 * for itself, as bags made before the RFC have it. */
static char escape_of(const char *p, size_t left)
{
	static const struct {
		char digits[3];
		char is;
	} escapes[] = { { "0D", '\r' },
			{ "0d", '\r' },
			{ "0A", '\n' },
			{ "0a", '\n' },
			{ "25", '%' } };

	if (left < 3 || *p != '%')
		return '\0';
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (!memcmp(p + 1, escapes[i].digits, 2))
			return escapes[i].is;
	}
	return '\0';
}

void mun_manifest_decode(struct mun_str *out, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = escape_of(p + i, len - i);

		mun_str_add_char(out, c ? c : p[i]);
		if (c)
			i += 2;
	}
}

struct line {
	enum mun_digest_alg alg;
	mun_manifest_fn *fn;
	void *ctx;
};

static int give(const struct line *l, const struct mun_digest *d, const char *p,
		size_t len, struct mun_err *e)
{
	struct mun_str path = { 0 };
	mun_autofree char *text = NULL;
	int rc;

	if (memchr(p, '\0', len))
		return mun_fail(e, MUN_ECORRUPT, "a NUL in the path");
	mun_manifest_decode(&path, p, len);
	rc = mun_str_take(&path, &text, e);
	if (rc)
		return rc;
	if (!mun_path_is_safe(text))
		return mun_fail(e, MUN_ECORRUPT, "path '%s' leads outside",
				text);
	return l->fn(l->ctx, d, text, e);
}

static int parse_line(const struct line *l, const char *p, size_t len,
		      struct mun_err *e)
{
	const size_t digits = 2 * mun_digest_bytes(l->alg);
	struct mun_digest d = { .len = digits / 2 };
	char hex[MUN_DIGEST_HEX];
	size_t i = 0;

	while (i < len && !is_blank(p[i]))
		i++;
	if (i != digits)
		return mun_fail(e, MUN_ECORRUPT, "not %zu hex digits", digits);
	memcpy(hex, p, digits);
	hex[digits] = '\0';
	if (!mun_unhex(hex, d.bytes, d.len))
		return mun_fail(e, MUN_ECORRUPT, "not hex digits");
	while (i < len && is_blank(p[i]))
		i++;
	if (i < len && p[i] == '*')
		i++;
	if (i == len)
		return mun_fail(e, MUN_ECORRUPT, "no path");
	return give(l, &d, p + i, len - i, e);
}

static bool is_empty(const char *p, size_t len)
{
	while (len && is_blank(*p)) {
		p++;
		len--;
	}
	return !len;
}

int mun_manifest_parse(enum mun_digest_alg alg, const char *text, size_t len,
		       mun_manifest_fn *fn, void *ctx, struct mun_err *e)
{
	const struct line l = { alg, fn, ctx };
	size_t number = 1;

	for (size_t at = 0; at < len; number++) {
		const char *p = text + at;
		const char *nl = memchr(p, '\n', len - at);
		size_t n = nl ? (size_t)(nl - p) : len - at;
		int rc = 0;

		at += n + 1;
		if (n && p[n - 1] == '\r')
			n--;
		if (!is_empty(p, n))
			rc = parse_line(&l, p, n, e);
		if (rc)
			return mun_ctx(e, "line %zu", number);
	}
	return 0;
}
