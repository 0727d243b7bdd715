/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest_line.c - one line of a manifest taken apart */
#include "fixity/manifest_line.h"

#include "core/check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

static size_t skip_blanks(const char *p, size_t at, size_t n)
{
	while (at < n && is_blank(p[at]))
		at++;
	return at;
}

static bool because(char why[static MUN_MANIFEST_WHY], const char *text)
{
	(void)snprintf(why, MUN_MANIFEST_WHY, "%s", text);
	return false;
}

static bool put_digest(struct mun_manifest_line *out, enum mun_digest_alg alg,
		       const char *hex, size_t digits)
{
	struct mun_digest *d = &out->digests.of[alg];
	char text[MUN_DIGEST_HEX];

	if (digits != 2 * mun_digest_bytes(alg))
		return false;
	memcpy(text, hex, digits);
	text[digits] = '\0';
	if (!mun_unhex(text, d->bytes, digits / 2))
		return false;
	d->len = digits / 2;
	out->algs |= MUN_DIGEST_BIT(alg);
	return true;
}

/* By length alone; those that are rarer have to be asked for. */
static bool alg_of_length(size_t digits, enum mun_digest_alg *out)
{
	static const enum mun_digest_alg usual[] = { MUN_MD5, MUN_SHA1,
						     MUN_SHA256, MUN_SHA512 };

	for (size_t i = 0; i < MUN_COUNT(usual); i++) {
		if (digits == 2 * mun_digest_bytes(usual[i])) {
			*out = usual[i];
			return true;
		}
	}
	return false;
}

/* What stands before "(name) = hex": names of BSD, coreutils and OpenSSL. */
static bool alg_of_tag(const char *p, size_t n, enum mun_digest_alg *out)
{
	static const struct {
		const char *tag;
		enum mun_digest_alg alg;
	} tags[] = {
		{ "MD5", MUN_MD5 },
		{ "SHA1", MUN_SHA1 },
		{ "SHA-1", MUN_SHA1 },
		{ "SHA256", MUN_SHA256 },
		{ "SHA-256", MUN_SHA256 },
		{ "SHA2-256", MUN_SHA256 },
		{ "SHA512", MUN_SHA512 },
		{ "SHA-512", MUN_SHA512 },
		{ "SHA2-512", MUN_SHA512 },
		{ "SHA512/256", MUN_SHA512_256 },
		{ "SHA512-256", MUN_SHA512_256 },
		{ "SHA2-512/256", MUN_SHA512_256 },
		{ "SHA512t256", MUN_SHA512_256 },
		{ "BLAKE2b", MUN_BLAKE2B_512 },
		{ "BLAKE2b512", MUN_BLAKE2B_512 },
		{ "BLAKE2b-512", MUN_BLAKE2B_512 },
		{ "CRC32", MUN_CRC32 },
	};

	for (size_t i = 0; i < MUN_COUNT(tags); i++) {
		if (strlen(tags[i].tag) == n &&
		    !strncasecmp(tags[i].tag, p, n)) {
			*out = tags[i].alg;
			return true;
		}
	}
	return false;
}

/* "hex  name", "hex *name", "hex name" (md5 -r); of bags any blanks between. */
static bool parse_plain(const struct mun_manifest_dialect *d, const char *p,
			size_t n, size_t digits, struct mun_manifest_line *out,
			char why[static MUN_MANIFEST_WHY])
{
	enum mun_digest_alg alg = d->alg;
	size_t at = digits + 1;

	if (!d->has_alg && !alg_of_length(digits, &alg))
		return because(why, "digest of an unknown length");
	if (!put_digest(out, alg, p, digits)) {
		(void)snprintf(
			why, MUN_MANIFEST_WHY, "not the %zu hex digits of %s",
			2 * mun_digest_bytes(alg), mun_digest_title(alg));
		return false;
	}
	if (d->form == MUN_MANIFEST_BAGIT) {
		at = skip_blanks(p, at, n);
		if (at < n && p[at] == '*')
			at++;
	} else if (at < n && (is_blank(p[at]) || p[at] == '*')) {
		at++;
	}
	out->name = p + at;
	out->name_len = n - at;
	return n > at || because(why, "no name");
}

/* "SHA256 (name) = hex", "SHA2-256(name)= hex"; the name may hold ")=". */
static bool parse_tagged(const char *p, size_t n, struct mun_manifest_line *out,
			 char why[static MUN_MANIFEST_WHY])
{
	const char *open = memchr(p, '(', n);
	enum mun_digest_alg alg;
	size_t hex = n;
	size_t tag;
	size_t end;

	while (hex && is_hex(p[hex - 1]))
		hex--;
	end = hex;
	while (end && is_blank(p[end - 1]))
		end--;
	if (!open || hex == n || !end || p[end - 1] != '=')
		return because(why, "no line of a manifest");
	end--;
	while (end && is_blank(p[end - 1]))
		end--;
	if (!end || p[end - 1] != ')' || p + end - 1 <= open + 1)
		return because(why, "no line of a manifest");
	tag = (size_t)(open - p);
	while (tag && is_blank(p[tag - 1]))
		tag--;
	if (!alg_of_tag(p, tag, &alg))
		return because(why, "digest of an algorithm that is not known "
				    "here");
	if (!put_digest(out, alg, p + hex, n - hex))
		return because(why, "digest of another length than its "
				    "algorithm's");
	out->name = open + 1;
	out->name_len = (size_t)(p + end - 1 - out->name);
	return true;
}

/* A number up to the next comma; false where it is none. */
static bool take_size(const char *p, size_t n, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9' ||
		    ckd_mul(out, *out, (uint64_t)10) ||
		    ckd_add(out, *out, (uint64_t)(p[i] - '0')))
			return false;
	}
	return n > 0 && *out <= INT64_MAX;
}

/* "size,digest,...,name": the name may hold commas. */
static bool parse_deep(const struct mun_manifest_dialect *d, const char *p,
		       size_t n, struct mun_manifest_line *out,
		       char why[static MUN_MANIFEST_WHY])
{
	size_t at = 0;

	if (!d->ncolumns)
		return because(why, "a line before the names of its columns");
	for (size_t i = 0; i <= d->ncolumns; i++) {
		const char *comma = memchr(p + at, ',', n - at);
		size_t len = comma ? (size_t)(comma - (p + at)) : 0;

		if (!comma)
			return because(why, "too few columns");
		if (i == 0 && !take_size(p + at, len, &out->bytes))
			return because(why, "no size");
		if (i && d->columns[i - 1] < MUN_DIGEST_N &&
		    !put_digest(out, (enum mun_digest_alg)d->columns[i - 1],
				p + at, len))
			return because(why, "digest of another length than "
					    "its algorithm's");
		at += len + 1;
	}
	out->has_bytes = true;
	out->name = p + at;
	out->name_len = n - at;
	if (!out->algs)
		return because(why, "digest of an algorithm that is not known "
				    "here");
	return n > at || because(why, "no name");
}

bool mun_manifest_line_parse(const struct mun_manifest_dialect *d,
			     const char *p, size_t n,
			     struct mun_manifest_line *out,
			     char why[static MUN_MANIFEST_WHY])
{
	size_t digits = 0;

	*out = (struct mun_manifest_line){ 0 };
	if (memchr(p, '\0', n))
		return because(why, "a NUL");
	if (n > MUN_MANIFEST_PATH_MAX + 1024)
		return because(why, "too long");
	if (d->form == MUN_MANIFEST_HASHDEEP)
		return parse_deep(d, p, n, out, why);
	if (n && *p == '\\') {
		out->is_escaped = true;
		p++;
		n--;
	}
	while (digits < n && is_hex(p[digits]))
		digits++;
	if (digits >= 8 && digits < n && is_blank(p[digits]))
		return parse_plain(d, p, n, digits, out, why);
	return parse_tagged(p, n, out, why);
}

/* As coreutils undoes what it escaped: these three and nothing else. */
static bool unescape(const char *p, size_t n, struct mun_str *out)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\\') {
			mun_str_add_char(out, p[i]);
			continue;
		}
		if (++i == n)
			return false;
		if (p[i] == 'n')
			mun_str_add_char(out, '\n');
		else if (p[i] == 'r')
			mun_str_add_char(out, '\r');
		else if (p[i] == '\\')
			mun_str_add_char(out, '\\');
		else
			return false;
	}
	return true;
}

bool mun_manifest_line_name(const struct mun_manifest_dialect *d,
			    const struct mun_manifest_line *line,
			    struct mun_str *out)
{
	if (line->is_escaped)
		return unescape(line->name, line->name_len, out);
	if (d->form == MUN_MANIFEST_BAGIT)
		mun_manifest_decode(out, line->name, line->name_len);
	else
		mun_str_add_bytes(out, line->name, line->name_len);
	return true;
}

bool mun_manifest_deep_columns(struct mun_manifest_dialect *d, const char *p,
			       size_t n)
{
	static const char first[] = "size,";
	static const char last[] = "filename";
	size_t at = sizeof(first) - 1;

	if (n < at || memcmp(p, first, at) != 0)
		return false;
	d->ncolumns = 0;
	while (at < n) {
		const char *comma = memchr(p + at, ',', n - at);
		size_t len = comma ? (size_t)(comma - (p + at)) : n - at;
		enum mun_digest_alg alg;

		if (!comma)
			return d->ncolumns && len == sizeof(last) - 1 &&
			       !memcmp(p + at, last, len);
		if (d->ncolumns == MUN_DEEP_COLUMNS)
			break;
		d->columns[d->ncolumns++] =
			alg_of_tag(p + at, len, &alg) ? alg : MUN_DIGEST_N;
		at += len + 1;
	}
	d->ncolumns = 0;
	return false;
}
