/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/policy.c - what muniment.conf promises for a collection in a store */
#include "fixity/policy.h"

#include <string.h>

#include "core/check.h"
#include "core/conf_value.h"
#include "core/parse.h"

/* Where values are asked for. */
struct where {
	const struct mun_conf *c;
	const char *store;
	const char *collection;
};

static const char *value_of(const struct where *w, const char *key)
{
	return mun_conf_find(w->c, w->collection, w->store, key);
}

static int take_times(const struct where *w, struct mun_policy *out,
		      struct mun_err *e)
{
	int rc;

	rc = mun_conf_parse_period(value_of(w, "every"), &out->every, e);
	if (!rc)
		rc = mun_conf_parse_period(value_of(w, "presence-every"),
					   &out->presence_every, e);
	if (!rc)
		rc = mun_conf_parse_period(value_of(w, "catch-up"),
					   &out->catch_up, e);
	if (!rc)
		rc = mun_window_parse(value_of(w, "window"), &out->window, e);
	return rc;
}

static int take_ways(const struct where *w, struct mun_policy *out,
		     struct mun_err *e)
{
	uint64_t threads = 0;
	uint64_t copies = 0;
	int rc;

	rc = mun_conf_parse_rate(value_of(w, "rate"), &out->rate, e);
	if (!rc)
		rc = mun_parse_u64(value_of(w, "threads"), 0, 64, &threads, e);
	if (!rc)
		rc = mun_parse_u64(value_of(w, "copies"), 1, 99, &copies, e);
	if (!rc)
		rc = mun_conf_parse_percent(value_of(w, "parity"), &out->parity,
					    e);
	if (!rc)
		rc = mun_conf_parse_breaker(value_of(w, "breaker"),
					    &out->breaker_percent,
					    &out->breaker_items, e);
	if (!rc)
		rc = mun_parse_bool(value_of(w, "repair"), &out->repair, e);
	out->full = !strcmp(value_of(w, "digest"), "full");
	out->threads = (unsigned int)threads;
	out->copies = (unsigned int)copies;
	return rc;
}

int mun_policy_get(const struct mun_conf *c, const char *store,
		   const char *collection, struct mun_policy *out,
		   struct mun_err *e)
{
	struct where w = { c, store, collection };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = take_times(&w, out, e);
	if (!rc)
		rc = take_ways(&w, out, e);
	return rc ? mun_ctx(e, "policy of '%s' on store '%s'", collection,
			    store)
		  : 0;
}

size_t mun_policy_collections(const struct mun_conf *c, const char **names,
			      size_t room)
{
	const struct mun_conf_section *s;
	size_t n = 0;

	for (size_t i = 0; (s = mun_conf_sections(c, i)); i++) {
		const struct mun_conf_section *o;
		size_t k = 0;

		if (!*s->collection)
			continue;
		while ((o = mun_conf_sections(c, k)) != s &&
		       strcmp(o->collection, s->collection) != 0)
			k++;
		if (o != s)
			continue;
		if (n < room)
			names[n] = s->collection;
		n++;
	}
	return n;
}

/* The keys that promise something, in no order that matters. */
static const char *const promises[] = { "every",   "presence-every", "window",
					"rate",    "digest",         "copies",
					"parity",  "breaker",        "repair",
					"catch-up" };

/* Lines, each the array's. */
struct lines {
	size_t n;
	char **text;
};

static int add_line(struct lines *l, const struct mun_conf_section *s,
		    const char *key, const char *value, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	char **text;
	int rc;

	rc = mun_conf_dotted(s, key, &name, e);
	if (rc)
		return rc;
	text = reallocarray(l->text, l->n + 1, sizeof(*text));
	if (!text)
		return mun_fail_nomem(e, "policy");
	l->text = text;
	rc = mun_fmt(&text[l->n], e, "%s = %s\n", name, value);
	if (!rc)
		l->n++;
	return rc;
}

/* All of [repository], and of the others what they say themselves. */
static int add_section(struct lines *l, const struct mun_conf *c,
		       const struct mun_conf_section *s, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < MUN_COUNT(promises) && !rc; i++) {
		const char *value =
			s->kind == MUN_CONF_REPOSITORY
				? mun_conf_get(c, promises[i])
				: mun_conf_get_in(c, s->title, promises[i]);

		if (value)
			rc = add_line(l, s, promises[i], value, e);
	}
	return rc;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int mun_policy_text(const struct mun_conf *c, struct mun_str *out,
		    struct mun_err *e)
{
	const struct mun_conf_section *s;
	struct lines l = { 0 };
	int rc = 0;

	for (size_t i = 0; !rc && (s = mun_conf_sections(c, i)); i++)
		rc = add_section(&l, c, s, e);
	if (l.n)
		qsort(l.text, l.n, sizeof(*l.text), by_bytes);
	for (size_t i = 0; i < l.n; i++) {
		if (!rc)
			mun_str_add(out, l.text[i]);
		free(l.text[i]);
	}
	free(l.text);
	return rc;
}
