/* SPDX-License-Identifier: Apache-2.0 */
/* image/writer.c - which writer, and what it was asked for */
#include "image/writer.h"

#include "core/check.h"
#include "core/file.h"
#include "core/parse.h"
#include "core/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *mun_write_option(const struct mun_write_options *o, const char *key,
			     const char *otherwise)
{
	const char *value = otherwise;

	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->list[i].key, key) == 0)
			value = o->list[i].value;
	return value;
}

int mun_write_number(const struct mun_write_options *o, const char *key,
		     uint64_t otherwise, uint64_t min, uint64_t max,
		     uint64_t *out, struct mun_err *e)
{
	const char *value = mun_write_option(o, key, NULL);
	uint64_t n;
	int rc;

	*out = otherwise;
	if (!value)
		return 0;
	rc = mun_parse_size(value, &n, e);
	if (!rc && (n < min || n > max))
		rc = mun_fail(e, MUN_EINVAL,
			      "%" PRIu64 " is not between %" PRIu64
			      " and %" PRIu64,
			      n, min, max);
	if (rc)
		return mun_ctx(e, "option '%s'", key);
	*out = n;
	return 0;
}

/* Is @word one of @list, which @separator parts?  Its number, or -1. */
static int number_in(const char *list, char separator, const char *word,
		     bool any_case)
{
	const char separators[] = { separator, '\0' };
	const size_t len = strlen(word);

	for (int n = 0; *list; n++) {
		size_t here = strcspn(list, separators);

		if (here == len && len &&
		    (any_case ? strncasecmp(list, word, len)
			      : strncmp(list, word, len)) == 0)
			return n;
		list += here;
		list += *list != '\0';
	}
	return -1;
}

int mun_write_choice(const struct mun_write_options *o, const char *key,
		     const char *choices, unsigned int *out, struct mun_err *e)
{
	const char *value = mun_write_option(o, key, NULL);
	int n = value ? number_in(choices, '|', value, false) : 0;

	if (n < 0)
		return mun_fail(e, MUN_EINVAL,
				"option '%s' is one of %s, "
				"not '%s'",
				key, choices, value);
	*out = (unsigned int)n;
	return 0;
}

int mun_write_known(const struct mun_writer *w,
		    const struct mun_write_options *o, struct mun_err *e)
{
	for (size_t i = 0; i < o->n; i++) {
		const char *key = o->list[i].key;

		if (number_in(w->keys, ' ', key, false) >= 0)
			continue;
		if (!*w->keys)
			return mun_fail(e, MUN_EINVAL,
					"'%s' has no options, not even '%s'",
					w->name, key);
		return mun_fail(e, MUN_EINVAL,
				"'%s' has no option '%s' but: %s", w->name, key,
				w->help);
	}
	return 0;
}

static int tell_names(const char *what, struct mun_err *e)
{
	struct mun_str names = { 0 };
	int rc;

	for (size_t i = 0; mun_writers[i]; i++)
		mun_str_addf(&names, "%s%s", i ? ", " : "",
			     mun_writers[i]->name);
	rc = mun_fail(e, MUN_EINVAL, "%s: choose one of %s", what,
		      names.text ? names.text : "none");
	mun_str_free(&names);
	return rc;
}

static int by_name(const char *name, const struct mun_writer **out,
		   struct mun_err *e)
{
	char what[128];

	for (size_t i = 0; mun_writers[i]; i++) {
		if (strcmp(mun_writers[i]->name, name) == 0) {
			*out = mun_writers[i];
			return 0;
		}
	}
	(void)snprintf(what, sizeof(what), "no format '%.64s' is written",
		       name);
	return tell_names(what, e);
}

/* Whose usual suffix it is has it before those who share it. */
static int by_suffix(const char *suffix, const struct mun_writer **out,
		     struct mun_err *e)
{
	const struct mun_writer *best = NULL;
	const struct mun_writer *rival = NULL;
	char what[128];
	int best_n = 0;

	for (size_t i = 0; mun_writers[i]; i++) {
		const struct mun_writer *w = mun_writers[i];
		int n = number_in(w->suffixes, ' ', suffix, true);

		if (n < 0)
			continue;
		if (!best || (n == 0 && best_n > 0)) {
			best = w;
			best_n = n;
			rival = NULL;
		} else if ((n == 0) == (best_n == 0)) {
			rival = w;
		}
	}
	if (rival)
		return mun_fail(e, MUN_EINVAL,
				"'.%s' may be '%s' or '%s': choose with --to",
				suffix, best->name, rival->name);
	if (best) {
		*out = best;
		return 0;
	}
	(void)snprintf(what, sizeof(what),
		       "no format is known by the suffix '%.32s'", suffix);
	return tell_names(what, e);
}

int mun_writer_for(const char *name, const char *path,
		   const struct mun_writer **out, struct mun_err *e)
{
	const char *dot;

	if (name)
		return by_name(name, out, e);
	dot = strrchr(mun_path_last(path), '.');
	if (!dot || !dot[1])
		return tell_names("a name without a suffix says no format", e);
	return by_suffix(dot + 1, out, e);
}
