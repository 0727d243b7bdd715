/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_find.c - the object that a person, or a digest, means */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "catalog/query.h"
#include "core/str.h"

#define PREFIX_MIN 4 /* hex digits: 16^4 is more than a morning's work */

/* Rows of (id, label): exactly one is the answer. */
static int the_only_one(struct mun_query *q, const char *text,
			char out[static MUN_UUID_LEN], struct mun_err *e)
{
	char first[128] = "";
	char second[128] = "";
	char third[128] = "";
	char *const names[] = { first, second, third };
	int n = 0;
	int rc;

	while ((rc = mun_query_row(q, e)) > 0) {
		if (n < 3)
			(void)snprintf(names[n], sizeof(first), "%s%s '%.40s'",
				       n ? ", " : "", mun_column_text(q, 0),
				       mun_column_text(q, 1));
		if (n++)
			continue;
		rc = mun_column_uuid(q, 0, out, e);
		if (rc)
			return rc;
	}
	if (rc < 0 || n == 1)
		return rc;
	if (!n)
		return mun_fail(e, MUN_ENOENT, "no object is '%s'", text);
	return mun_fail(e, MUN_EINVAL, "'%s' is ambiguous: %s%s%s%s", text,
			first, second, third, n > 3 ? " and more" : "");
}

static int by_identifier(struct mun_catalog *c, const char *text,
			 const char *equals, char out[static MUN_UUID_LEN],
			 struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_BY_IDENTIFIER);
	mun_autofree char *type = NULL;
	int rc = mun_fmt(&type, e, "%.*s", (int)(equals - text), text);

	if (rc)
		return rc;
	mun_query_text(&q, type);
	mun_query_text(&q, equals + 1);
	return the_only_one(&q, text, out, e);
}

static char lower(char c)
{
	return (char)tolower((unsigned char)c);
}

/*
 * Hex digits with the dashes of a UUID where they belong, however they were
 * typed; false where there is anything else, or too much.
 */
static bool normalize(const char *text, char out[static MUN_UUID_LEN],
		      size_t *digits)
{
	size_t len = 0;

	*digits = 0;
	for (; *text; text++) {
		if (*text == '-')
			continue;
		if (!isxdigit((unsigned char)*text) || *digits == 32)
			return false;
		if (len == 8 || len == 13 || len == 18 || len == 23)
			out[len++] = '-';
		out[len++] = lower(*text);
		++*digits;
	}
	out[len] = '\0';
	return true;
}

static int by_prefix(struct mun_catalog *c, const char *text,
		     const char *prefix, char out[static MUN_UUID_LEN],
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_BY_PREFIX);
	char end[MUN_UUID_LEN + 1];

	/* 'g' is more than any digit or dash that can follow. */
	(void)snprintf(end, sizeof(end), "%sg", prefix);
	mun_query_text(&q, prefix);
	mun_query_text(&q, end);
	return the_only_one(&q, text, out, e);
}

int mun_catalog_resolve(struct mun_catalog *c, const char *text,
			char out[static MUN_UUID_LEN], struct mun_err *e)
{
	static const char urn[] = "urn:uuid:";
	const char *equals = strchr(text, '=');
	char prefix[MUN_UUID_LEN];
	size_t digits;

	if (equals)
		return by_identifier(c, text, equals, out, e);
	if (!strncasecmp(text, urn, sizeof(urn) - 1))
		text += sizeof(urn) - 1;
	if (!normalize(text, prefix, &digits))
		return mun_fail(e, MUN_ENOENT,
				"no object is '%s': give a UUID, the beginning "
				"of one, or TYPE=VALUE",
				text);
	if (digits < PREFIX_MIN)
		return mun_fail(e, MUN_EINVAL,
				"'%s' is too short: at least %d digits of a "
				"UUID are needed",
				text, PREFIX_MIN);
	return by_prefix(c, text, prefix, out, e);
}
