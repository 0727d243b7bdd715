/* SPDX-License-Identifier: Apache-2.0 */
/* store/place_url.c - the folder that a file: URL names (RFC 8089) */
#include "store/place.h"

#include <string.h>

#include "core/str.h"

/* The next character of @p, decoded; 0 for what may not stand there. */
static char decode(const char **p)
{
	uint8_t byte = 0;
	char hex[3] = "";

	if (**p == '?' || **p == '#')
		return 0;
	if (**p != '%')
		return *(*p)++;
	memcpy(hex, *p + 1, strnlen(*p + 1, 2));
	if (!mun_unhex(hex, &byte, 1))
		return 0;
	*p += 3;
	return (char)byte;
}

static int decode_path(const char *text, char **out, struct mun_err *e)
{
	struct mun_str path = { 0 };

	for (const char *p = text; *p;) {
		char c = decode(&p);

		if (!c) {
			mun_str_free(&path);
			return mun_fail(e, MUN_EINVAL,
					"'%s' is no path of a URL", text);
		}
		mun_str_add_char(&path, c);
	}
	return mun_str_take(&path, out, e);
}

/* What follows the scheme: "//" and a host, which must be empty, or nothing. */
static int parse_url(const char *rest, const char *url, char **out,
		     struct mun_err *e)
{
	if (rest[0] == '/' && rest[1] == '/') {
		rest += 2;
		if (*rest != '/')
			return mun_fail(e, MUN_EINVAL,
					"'%s' names a host: a store is a "
					"folder of this system (file:///...)",
					url);
	}
	if (*rest != '/')
		return mun_fail(e, MUN_EINVAL, "'%s' has no absolute path",
				url);
	return decode_path(rest, out, e);
}

int mun_place_path(const char *url, char **out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	size_t len;
	int rc;

	if (!strncmp(url, "file:", 5))
		rc = parse_url(url + 5, url, &path, e);
	else if (*url == '/')
		rc = mun_strdup(url, &path, e);
	else
		rc = mun_fail(e, MUN_EINVAL,
			      "'%s' is neither file:///... nor an absolute "
			      "path",
			      url);
	if (rc)
		return rc;
	len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	if (len == 1)
		return mun_fail(e, MUN_EINVAL,
				"the root of the system is no store");
	*out = mun_steal(&path);
	return 0;
}
