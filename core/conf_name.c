/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/conf_name.c - names of sections and keys of muniment.conf
 *
 * A collection may have any name; with one that would be taken for more than a
 * name ("Poems on vellum": on the store vellum?) it stands in double quotes.
 * From the first to the last of them everything is the name.
 */
#include "core/conf_name.h"

#include <string.h>

#include "core/str.h"

#define STORE_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"

void mun_conf_place_clear(struct mun_conf_place *p)
{
	free(p->collection);
	free(p->store);
	free(p->key);
	memset(p, 0, sizeof(*p));
}

static bool is_store(const char *text)
{
	return *text && !text[strspn(text, STORE_CHARS)];
}

/* Where in @text the last @sep is that a store's name follows; or NULL. */
static const char *last_sep(const char *text, const char *sep)
{
	const char *found = NULL;

	for (const char *p = text; (p = strstr(p, sep)); p++)
		found = p;
	return found && found != text && is_store(found + strlen(sep)) ? found
								       : NULL;
}

/* "NAME", "NAME<sep>STORE", or with the name in quotes. */
static int take_collection(const char *text, const char *sep,
			   struct mun_conf_place *out, struct mun_err *e)
{
	const char *end = text[0] == '"' ? strrchr(text + 1, '"') : NULL;
	const char *store;
	int rc;

	if (end) {
		store = end + 1;
		if (*store && strncmp(store, sep, strlen(sep)) != 0)
			return mun_fail(e, MUN_EINVAL,
					"'%s' is no name of a collection",
					text);
		text++;
	} else {
		store = last_sep(text, sep);
		if (!store)
			store = text + strlen(text);
		end = store;
	}
	if (end == text)
		return mun_fail(e, MUN_EINVAL, "a collection has a name");
	if (strchr(text, ']') || !mun_text_is_clean(text, ""))
		return mun_fail(
			e, MUN_EINVAL,
			"a collection with ']', control characters or not UTF-8 in its name can have no section");
	out->kind = *store ? MUN_CONF_ON : MUN_CONF_COLLECTION;
	rc = mun_fmt(&out->collection, e, "%.*s", (int)(end - text), text);
	if (rc || !*store)
		return rc;
	store += strlen(sep);
	if (!is_store(store))
		return mun_fail(e, MUN_EINVAL, "'%s' is no name of a store",
				store);
	return mun_strdup(store, &out->store, e);
}

static int take_store(const char *name, struct mun_conf_place *out,
		      struct mun_err *e)
{
	if (!is_store(name))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no name of a store (a-z, 0-9, -)",
				name);
	out->kind = MUN_CONF_STORE;
	return mun_strdup(name, &out->store, e);
}

int mun_conf_place_of_title(const char *title, struct mun_conf_place *out,
			    struct mun_err *e)
{
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (!strcmp(title, "repository"))
		out->kind = MUN_CONF_REPOSITORY;
	else if (!strncmp(title, "store ", 6))
		rc = take_store(title + 6, out, e);
	else if (!strncmp(title, "collection ", 11))
		rc = take_collection(title + 11, " on ", out, e);
	else
		rc = mun_fail(e, MUN_EINVAL, "there is no section [%s]", title);
	if (rc)
		mun_conf_place_clear(out);
	return rc;
}

/* @middle is what stands between the first and the last dot. */
static int of_parts(const char *dotted, const char *middle,
		    struct mun_conf_place *out, struct mun_err *e)
{
	if (!strncmp(dotted, "store.", 6))
		return take_store(middle, out, e);
	if (!strncmp(dotted, "collection.", 11))
		return take_collection(middle, "@", out, e);
	return mun_fail(e, MUN_EINVAL,
			"'%s' begins with neither store. nor collection.",
			dotted);
}

int mun_conf_place_of_dotted(const char *dotted, struct mun_conf_place *out,
			     struct mun_err *e)
{
	const char *first = strchr(dotted, '.');
	const char *last = strrchr(dotted, '.');
	mun_autofree char *middle = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!first) {
		out->kind = MUN_CONF_REPOSITORY;
		return mun_strdup(dotted, &out->key, e);
	}
	if (last == first)
		return mun_fail(e, MUN_EINVAL, "there is no key '%s'", dotted);
	rc = mun_fmt(&middle, e, "%.*s", (int)(last - first - 1), first + 1);
	if (!rc)
		rc = of_parts(dotted, middle, out, e);
	if (!rc)
		rc = mun_strdup(last + 1, &out->key, e);
	if (rc)
		mun_conf_place_clear(out);
	return rc;
}

/* The quotes that @name needs where @sep would separate it from a store. */
static const char *quote(const char *name, const char *sep)
{
	return name[0] == '"' || last_sep(name, sep) ? "\"" : "";
}

int mun_conf_place_title(const struct mun_conf_place *p, char **out,
			 struct mun_err *e)
{
	const char *q;

	if (p->kind == MUN_CONF_REPOSITORY)
		return mun_strdup("repository", out, e);
	if (p->kind == MUN_CONF_STORE)
		return mun_fmt(out, e, "store %s", p->store);
	q = quote(p->collection, " on ");
	if (p->kind == MUN_CONF_COLLECTION)
		return mun_fmt(out, e, "collection %s%s%s", q, p->collection,
			       q);
	return mun_fmt(out, e, "collection %s%s%s on %s", q, p->collection, q,
		       p->store);
}

int mun_conf_dotted(const struct mun_conf_section *s, const char *key,
		    char **out, struct mun_err *e)
{
	const char *q;

	if (s->kind == MUN_CONF_REPOSITORY)
		return mun_strdup(key, out, e);
	if (s->kind == MUN_CONF_STORE)
		return mun_fmt(out, e, "store.%s.%s", s->store, key);
	q = quote(s->collection, "@");
	if (s->kind == MUN_CONF_COLLECTION)
		return mun_fmt(out, e, "collection.%s%s%s.%s", q, s->collection,
			       q, key);
	return mun_fmt(out, e, "collection.%s%s%s@%s.%s", q, s->collection, q,
		       s->store, key);
}

bool mun_conf_place_is(const struct mun_conf_place *p, enum mun_conf_kind kind,
		       const char *collection, const char *store)
{
	return p->kind == kind &&
	       !strcmp(p->collection ? p->collection : "", collection) &&
	       !strcmp(p->store ? p->store : "", store);
}
