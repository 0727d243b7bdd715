/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_lint_values.c - dates, digests and sizes of a PREMIS document */
#include "catalog/premis_linter.h"

#include "catalog/edtf.h"
#include "catalog/premis_names.h"
#include "catalog/vocab.h"
#include "core/check.h"
#include "core/clock.h"

#include <string.h>
#include <strings.h>

/* The elements whose text is a date (data dictionary: "structured form"). */
static bool is_date_element(const char *name)
{
	static const char *const names[] = {
		"copyrightStatusDeterminationDate",
		"dateCreatedByApplication",
		"endDate",
		"eventDateTime",
		"preservationLevelDateAssigned",
		"startDate",
		"statuteInformationDeterminationDate",
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* @text is "A/B" of two RFC 3339 times, which may have fractions of seconds
 * (EDTF has none): the two in ms. */
static bool times_of(struct mun_premis_linter *l, const char *text,
		     int64_t *start, int64_t *end)
{
	const char *slash = strchr(text, '/');
	const char *first;
	struct mun_err e;

	if (!slash)
		return false;
	first = mun_arena_strndup(l->arena, text, (size_t)(slash - text));
	return first && mun_rfc3339_is_valid(first) &&
	       mun_rfc3339_is_valid(slash + 1) &&
	       !mun_time_parse(first, start, &e) &&
	       !mun_time_parse(slash + 1, end, &e);
}

/* Of a term (of a grant, of copyright): whatever the two dates can mean. */
static void check_term_order(struct mun_premis_linter *l, const xmlNode *node,
			     const char *text)
{
	const xmlNode *start = node->prev;
	int64_t first;
	int64_t last;
	int64_t ignored;

	while (start && start->type != XML_ELEMENT_NODE)
		start = start->prev;
	if (!mun_xml_is(start, MUN_PREMIS_NS, "startDate") ||
	    !mun_edtf_span(mun_premis_trimmed(l, start), &first, &ignored) ||
	    !mun_edtf_span(text, &ignored, &last) || first <= last)
		return;
	mun_premis_problem(l, false, "date", mun_xml_line(node),
			   "endDate: '%s' is before the startDate", text);
}

static void check_date(struct mun_premis_linter *l, const xmlNode *node)
{
	const char *text = mun_premis_trimmed(l, node);
	int64_t start;
	int64_t end;

	/* The data dictionary's word for a term that does not end. */
	if (strcmp(mun_xml_name(node), "endDate") == 0 &&
	    strcmp(text, "OPEN") == 0)
		return;
	if (times_of(l, text, &start, &end)) {
		if (end < start)
			mun_premis_problem(l, false, "date", mun_xml_line(node),
					   "%s: '%s' ends before it starts",
					   mun_xml_name(node), text);
		return;
	}
	if (!mun_edtf_is_valid(text) && !mun_rfc3339_is_valid(text))
		mun_premis_problem(l, true, "date", mun_xml_line(node),
				   "%s: '%s' is no date of EDTF or RFC 3339",
				   mun_xml_name(node), text);
	else if (strcmp(mun_xml_name(node), "endDate") == 0)
		check_term_order(l, node, text);
}

/* By name without case, blanks and punctuation: "SHA-256", "sha 256". */
static const struct {
	const char *name;
	size_t digits;
} algorithms[] = {
	{ "adler32", 8 },      { "blake2b", 128 },  { "blake2b256", 64 },
	{ "blake2b512", 128 }, { "blake2s", 64 },   { "blake2s256", 64 },
	{ "blake3", 64 },      { "crc32", 8 },      { "crc32c", 8 },
	{ "md2", 32 },         { "md4", 32 },       { "md5", 32 },
	{ "sha1", 40 },        { "sha224", 56 },    { "sha256", 64 },
	{ "sha3224", 56 },     { "sha3256", 64 },   { "sha3384", 96 },
	{ "sha3512", 128 },    { "sha384", 96 },    { "sha512", 128 },
	{ "sha512224", 56 },   { "sha512256", 64 }, { "tiger", 48 },
	{ "whirlpool", 128 },
};

size_t mun_premis_digest_digits(const char *name)
{
	char plain[24];
	size_t n = 0;

	for (; *name; name++) {
		if (strchr(" -_/:.", *name))
			continue;
		if (n == sizeof(plain) - 1)
			return 0;
		plain[n++] = *name;
	}
	plain[n] = '\0';
	for (size_t i = 0; i < MUN_COUNT(algorithms); i++)
		if (strcasecmp(algorithms[i].name, plain) == 0)
			return algorithms[i].digits;
	return 0;
}

/* @node is the messageDigestAlgorithm. */
static void check_digest(struct mun_premis_linter *l, const xmlNode *node,
			 const xmlNode *digest)
{
	const char *name = mun_premis_trimmed(l, node);
	const char *uri = mun_xml_attr(l->arena, node, NULL, "valueURI");
	const struct mun_vocab_term *term = uri ? mun_vocab_by_uri(uri) : NULL;
	const char *hex = mun_premis_trimmed(l, digest);
	size_t want = mun_premis_digest_digits(name);

	if (!want && term)
		want = mun_premis_digest_digits(term->label);
	if (!want) {
		if (!*hex)
			mun_premis_problem(l, true, "digest",
					   mun_xml_line(digest),
					   "the digest is empty");
		return;
	}
	if (strlen(hex) != want)
		mun_premis_problem(l, true, "digest", mun_xml_line(digest),
				   "%s has %zu hex digits, not %zu: '%s'", name,
				   want, strlen(hex), hex);
	else if (strspn(hex, "0123456789abcdefABCDEF") != want)
		mun_premis_problem(l, true, "digest", mun_xml_line(digest),
				   "%s is not hex: '%s'", name, hex);
}

static void check_size(struct mun_premis_linter *l, const xmlNode *node)
{
	const char *text = mun_premis_trimmed(l, node);

	/* What is no number at all is a matter of structure. */
	if (*text == '-' && text[strspn(text, "-0")])
		mun_premis_problem(l, true, "size", mun_xml_line(node),
				   "a size of %s bytes", text);
}

static void check_fixity(struct mun_premis_linter *l, const xmlNode *fixity)
{
	const xmlNode *algorithm = NULL;
	const xmlNode *digest = NULL;

	for (const xmlNode *c = fixity->children; c; c = c->next) {
		if (mun_xml_is(c, MUN_PREMIS_NS, "messageDigestAlgorithm"))
			algorithm = c;
		if (mun_xml_is(c, MUN_PREMIS_NS, "messageDigest"))
			digest = c;
	}
	if (algorithm && digest)
		check_digest(l, algorithm, digest);
}

void mun_premis_lint_values(struct mun_premis_linter *l)
{
	for (xmlNode *n = mun_premis_next(l, NULL); n;
	     n = mun_premis_next(l, n)) {
		const char *name = mun_xml_name(n);

		mun_premis_lint_term(l, n);
		if (is_date_element(name))
			check_date(l, n);
		else if (strcmp(name, "fixity") == 0)
			check_fixity(l, n);
		else if (strcmp(name, "size") == 0)
			check_size(l, n);
	}
}
