/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf_set.c - one value of muniment.conf, asked for and changed by name */
#include <string.h>

#include "core/check.h"
#include "core/conf_int.h"
#include "core/conf_text.h"
#include "core/file.h"
#include "core/str.h"

/* Where @dotted is, and the key's number; the place is the caller's. */
static int locate(const char *dotted, struct mun_conf_place *p, size_t *key,
		  struct mun_err *e)
{
	int rc = mun_conf_place_of_dotted(dotted, p, e);

	if (rc)
		return rc;
	*key = mun_conf_key_find(p->key);
	if (*key != MUN_CONF_NKEYS)
		return 0;
	mun_conf_place_clear(p);
	return mun_fail(e, MUN_EINVAL, "there is no key '%s'", dotted);
}

/* A key may be asked for everywhere, but stands only where it is looked for. */
static int check_value(const struct mun_conf_place *p, size_t key,
		       const char *value, struct mun_err *e)
{
	if (!(mun_conf_keys[key].kinds & (unsigned int)p->kind))
		return mun_fail(
			e, MUN_EINVAL,
			"this key has no meaning in that kind of section");
	return mun_conf_keys[key].check(value, e);
}

int mun_conf_get_dotted(const struct mun_conf *c, const char *dotted,
			const char **value, struct mun_err *e)
{
	struct mun_conf_place p;
	size_t key;
	int rc;

	rc = locate(dotted, &p, &key, e);
	if (rc)
		return rc;
	*value = mun_conf_find(c, p.collection ? p.collection : "",
			       p.store ? p.store : "", p.key);
	mun_conf_place_clear(&p);
	return 0;
}

/* Is what @a says in its section number @i also what @b says there?  But for
 * @key of the section titled @title, which is @value in @b. */
static const char *find_change(const struct mun_conf *a,
			       const struct mun_conf *b, const char *title,
			       size_t key, const char *value, bool *differs)
{
	for (size_t i = 0; i < b->n; i++) {
		const char *here = b->entries[i].title;

		for (size_t k = 0; k < MUN_CONF_NKEYS; k++) {
			const char *name = mun_conf_keys[k].name;
			const char *is = b->entries[i].values[k];
			const char *want = mun_conf_get_in(a, here, name);

			if (k == key && !strcmp(here, title))
				want = value;
			if (!want != !is || (want && strcmp(want, is) != 0)) {
				*differs = true;
				return is ? is : "";
			}
		}
	}
	return NULL;
}

/* Does the changed file say what was asked for, and all else as before? */
static int check_change(const struct mun_conf *was, const char *text,
			const char *title, size_t key, const char *value,
			struct mun_err *e)
{
	mun_auto(conf) *is = NULL;
	const char *have;
	bool differs = false;
	int rc;

	rc = mun_conf_parse(text, strlen(text), &is, e);
	if (rc) {
		e->code = MUN_EINVAL;
		return mun_ctx(e, "cannot be written into the file");
	}
	have = find_change(was, is, title, key, value, &differs);
	/* A title that was read as another one is not there at all. */
	if (!differs) {
		have = mun_conf_get_in(is, title, mun_conf_keys[key].name);
		differs = !have || strcmp(have, value) != 0;
	}
	for (size_t i = 0; i < was->n && !differs; i++) {
		for (size_t k = 0; k < MUN_CONF_NKEYS; k++)
			if (was->entries[i].values[k] &&
			    !mun_conf_get_in(is, was->entries[i].title,
					     mun_conf_keys[k].name))
				differs = true;
	}
	if (differs)
		return mun_fail(
			e, MUN_EINVAL,
			"the file could not hold it: it would be read as '%s'",
			have ? have : "");
	return 0;
}

static int write_back(const char *path, const char *text, size_t len,
		      struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	mun_autofree char *dir = NULL;
	int rc;

	if (!slash)
		return mun_file_replace(".", path, text, len, e);
	rc = mun_fmt(&dir, e, "%.*s", (int)(slash - path + 1), path);
	return rc ? rc : mun_file_replace(dir, slash + 1, text, len, e);
}

/* The title under which the file has the section, or would have. */
static int title_of(const struct mun_conf *c, const struct mun_conf_place *p,
		    char **out, struct mun_err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct mun_conf_section *s = mun_conf_sections(c, i);

		if (mun_conf_place_is(p, s->kind, s->collection, s->store))
			return mun_strdup(s->title, out, e);
	}
	return mun_conf_place_title(p, out, e);
}

static int change(const char *path, const struct mun_conf_place *p, size_t key,
		  const char *value, struct mun_err *e)
{
	mun_auto(conf) *was = NULL;
	mun_autofree char *title = NULL;
	mun_autofree char *old = NULL;
	mun_autofree char *text = NULL;
	size_t old_len;
	int rc;

	rc = mun_file_read(path, MUN_CONF_MAX_BYTES, &old, &old_len, e);
	if (rc)
		return rc;
	rc = mun_conf_parse(old, old_len, &was, e);
	if (rc)
		return mun_ctx(e, "configuration '%s'", path);
	rc = title_of(was, p, &title, e);
	if (!rc)
		rc = mun_conf_text_set(old, title, p->key, value, &text, e);
	if (!rc)
		rc = check_change(was, text, title, key, value, e);
	if (!rc && strlen(text) > MUN_CONF_MAX_BYTES)
		rc = mun_fail(e, MUN_EINVAL, "the file would be too large");
	return rc ? rc : write_back(path, text, strlen(text), e);
}

int mun_conf_check(const char *dotted, const char *value, struct mun_err *e)
{
	struct mun_conf_place p;
	size_t key;
	int rc;

	rc = locate(dotted, &p, &key, e);
	if (rc)
		return rc;
	rc = check_value(&p, key, value, e);
	mun_conf_place_clear(&p);
	return rc ? mun_ctx(e, "set '%s'", dotted) : 0;
}

int mun_conf_set(const char *path, const char *dotted, const char *value,
		 struct mun_err *e)
{
	struct mun_conf_place p;
	size_t key;
	int rc;

	rc = locate(dotted, &p, &key, e);
	if (rc)
		return rc;
	rc = check_value(&p, key, value, e);
	if (!rc)
		rc = change(path, &p, key, value, e);
	mun_conf_place_clear(&p);
	return rc ? mun_ctx(e, "set '%s'", dotted) : 0;
}
