/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf.c - reading muniment.conf, and what it says */
#include "core/conf.h"

#include <ini.h>
#include <stdbool.h>
#include <string.h>

#include "core/check.h"
#include "core/conf_int.h"
#include "core/file.h"
#include "core/str.h"

/* inih reads lines of INI_MAX_LINE (200) bytes and cuts longer ones in two. */
#define LINE_MAX_BYTES 196

/* What the callbacks of inih work with. */
struct reading {
	const char *text; /* what is still to be read */
	int line; /* the one at hand */
	/* inih keeps 49 bytes of a section's title; this is all of it. */
	char title[LINE_MAX_BYTES + 1];
	bool key_seen; /* in this section */
	struct mun_conf *conf;
	struct mun_err *e;
	int rc; /* of the first value that was refused ... */
	int rc_line; /* ... and its line */
};

/* After a key, inih takes a line that begins with a blank for more of the
 * value; otherwise a '[' opens a section. */
static void note_title(struct reading *r, const char *line, size_t len)
{
	size_t at = 0;
	size_t end;

	if (r->line == 1 && len >= 3 && !memcmp(line, "\xef\xbb\xbf", 3))
		at = 3;
	if (r->key_seen && at < len && strchr(" \t\r\v\f", line[at]))
		return;
	at += strspn(line + at, " \t\r\v\f");
	if (at >= len || line[at] != '[')
		return;
	end = ++at;
	while (end < len && line[end] != ']')
		end++;
	memcpy(r->title, line + at, MUN_MIN(end - at, sizeof(r->title) - 1));
	r->title[MUN_MIN(end - at, sizeof(r->title) - 1)] = '\0';
	r->key_seen = false;
}

/* As fgets(3): inih asks for line after line, which lets us count them. */
static char *next_line(char *buf, int size, void *ctx)
{
	struct reading *r = ctx;
	size_t len = strcspn(r->text, "\n");

	if (!*r->text || size < 2)
		return NULL;
	len += r->text[len] == '\n';
	len = MUN_MIN(len, (size_t)size - 1);
	memcpy(buf, r->text, len);
	buf[len] = '\0';
	r->text += len;
	r->line++;
	note_title(r, buf, len);
	return buf;
}

size_t mun_conf_key_find(const char *key)
{
	size_t i;

	for (i = 0; i < MUN_CONF_NKEYS; i++)
		if (!strcmp(mun_conf_keys[i].name, key))
			break;
	return i;
}

static struct mun_conf_entry *find(const struct mun_conf *c,
				   enum mun_conf_kind kind,
				   const char *collection, const char *store)
{
	for (size_t i = 0; i < c->n; i++)
		if (mun_conf_place_is(&c->entries[i].place, kind, collection,
				      store))
			return &c->entries[i];
	return NULL;
}

/* A new section; takes the texts of @p. */
static int add_section(struct mun_conf *c, const char *title,
		       struct mun_conf_place *p, struct mun_conf_entry **out,
		       struct mun_err *e)
{
	struct mun_conf_entry *entries;
	struct mun_conf_entry *s;
	char *copy;
	int rc;

	rc = mun_strdup(title, &copy, e);
	if (rc)
		return rc;
	entries = reallocarray(c->entries, c->n + 1, sizeof(*entries));
	if (!entries) {
		free(copy);
		return mun_fail_nomem(e, "configuration");
	}
	c->entries = entries;
	s = &entries[c->n++];
	memset(s, 0, sizeof(*s));
	s->title = copy;
	s->place = *p;
	memset(p, 0, sizeof(*p));
	s->shown.title = s->title;
	s->shown.kind = s->place.kind;
	s->shown.collection = s->place.collection ? s->place.collection : "";
	s->shown.store = s->place.store ? s->place.store : "";
	*out = s;
	return 0;
}

/* The section of that title, made where it is the first time. */
static int section_of(struct mun_conf *c, const char *title,
		      struct mun_conf_entry **out, struct mun_err *e)
{
	struct mun_conf_place p;
	int rc;

	rc = mun_conf_place_of_title(title, &p, e);
	if (rc)
		return rc;
	*out = find(c, p.kind, p.collection ? p.collection : "",
		    p.store ? p.store : "");
	if (!*out)
		rc = add_section(c, title, &p, out, e);
	mun_conf_place_clear(&p);
	return rc;
}

static int take_value(struct reading *r, const char *name, const char *value)
{
	size_t i = mun_conf_key_find(name);
	struct mun_conf_entry *s = NULL;
	struct mun_err why;
	int rc;

	rc = i == MUN_CONF_NKEYS ? MUN_EINVAL
				 : section_of(r->conf, r->title, &s, &why);
	if (rc == MUN_ENOMEM)
		return mun_fail_nomem(r->e, "configuration");
	if (rc || !(mun_conf_keys[i].kinds & s->place.kind))
		return mun_fail(r->e, MUN_ECORRUPT,
				"there is no key '%s' in section [%s]", name,
				r->title);
	/* Also what inih makes of a line that begins with a blank. */
	if (s->values[i])
		return mun_fail(
			r->e, MUN_ECORRUPT,
			"'%s' is given twice (or goes on in a line that begins with a blank)",
			name);
	rc = mun_conf_keys[i].check(value, r->e);
	if (rc) {
		r->e->code = MUN_ECORRUPT;
		return mun_ctx(r->e, "value of '%s'", name);
	}
	return mun_strdup(value, &s->values[i], r->e);
}

/* inih wants 0 for "refuse this line"; it reads on all the same. */
static int on_value(void *ctx, const char *section, const char *name,
		    const char *value)
{
	struct reading *r = ctx;

	(void)section;
	r->key_seen = true;
	if (r->rc)
		return 1;
	r->rc = take_value(r, name, value);
	r->rc_line = r->line;
	return r->rc == 0;
}

/* What inih would read otherwise than it looks. */
static int check_lines(const char *text, size_t len, struct mun_err *e)
{
	unsigned int line = 1;

	if (strlen(text) != len || !mun_text_is_clean(text, "\n\t\r"))
		return mun_fail(e, MUN_ECORRUPT,
				"control characters, or not UTF-8");
	for (; *text; line++) {
		size_t n = strcspn(text, "\n");

		if (n > LINE_MAX_BYTES)
			return mun_fail(e, MUN_ECORRUPT,
					"line %u has more than %d bytes", line,
					LINE_MAX_BYTES);
		text += n + (text[n] == '\n');
	}
	return 0;
}

static int parse(struct reading *r, struct mun_err *e)
{
	struct mun_conf_entry *s;
	int line;
	int rc;

	rc = section_of(r->conf, "repository", &s, e);
	if (rc)
		return rc;
	line = ini_parse_stream(next_line, r, on_value, r);
	if (r->rc && r->rc_line == line)
		return mun_ctx(e, "line %d", line);
	if (line)
		return mun_fail(e, MUN_ECORRUPT,
				"line %d: neither [section] nor key = value",
				line);
	return 0;
}

int mun_conf_parse(const char *text, size_t len, struct mun_conf **out,
		   struct mun_err *e)
{
	mun_auto(conf) *c = NULL;
	struct reading r = { .text = text, .e = e };
	int rc;

	rc = check_lines(text, len, e);
	if (rc)
		return rc;
	c = calloc(1, sizeof(*c));
	if (!c)
		return mun_fail_nomem(e, "configuration");
	r.conf = c;
	rc = parse(&r, e);
	if (rc)
		return rc;
	*out = mun_steal(&c);
	return 0;
}

int mun_conf_load(const char *path, struct mun_conf **out, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	size_t len;
	int rc;

	rc = mun_file_read(path, MUN_CONF_MAX_BYTES, &text, &len, e);
	if (rc)
		return rc;
	rc = mun_conf_parse(text, len, out, e);
	return rc ? mun_ctx(e, "configuration '%s'", path) : 0;
}

void mun_conf_free(struct mun_conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		struct mun_conf_entry *s = &c->entries[i];

		for (size_t k = 0; k < MUN_CONF_NKEYS; k++)
			free(s->values[k]);
		mun_conf_place_clear(&s->place);
		free(s->title);
	}
	free(c->entries);
	free(c);
}

const struct mun_conf_section *mun_conf_sections(const struct mun_conf *c,
						 size_t i)
{
	return i < c->n ? &c->entries[i].shown : NULL;
}

const char *mun_conf_get_in(const struct mun_conf *c, const char *section,
			    const char *key)
{
	size_t k = mun_conf_key_find(key);
	const struct mun_conf_entry *s;
	struct mun_conf_place p;
	struct mun_err ignored;

	if (k == MUN_CONF_NKEYS ||
	    mun_conf_place_of_title(section, &p, &ignored))
		return NULL;
	s = find(c, p.kind, p.collection ? p.collection : "",
		 p.store ? p.store : "");
	mun_conf_place_clear(&p);
	return s ? s->values[k] : NULL;
}

/* What the file says, most particular section first; or NULL. */
static const char *said(const struct mun_conf *c, const char *collection,
			const char *store, size_t key)
{
	const struct mun_conf_entry *where[] = {
		find(c, MUN_CONF_ON, collection, store),
		find(c, MUN_CONF_COLLECTION, collection, ""),
		find(c, MUN_CONF_STORE, "", store),
		find(c, MUN_CONF_REPOSITORY, "", ""),
	};

	for (size_t i = 0; i < MUN_COUNT(where); i++)
		if (where[i] && where[i]->values[key])
			return where[i]->values[key];
	return NULL;
}

const char *mun_conf_find(const struct mun_conf *c, const char *collection,
			  const char *store, const char *key)
{
	size_t k = mun_conf_key_find(key);
	const char *value;

	if (k == MUN_CONF_NKEYS)
		return NULL;
	value = said(c, collection, store, k);
	if (!value && mun_conf_keys[k].older)
		value = said(c, collection, store,
			     mun_conf_key_find(mun_conf_keys[k].older));
	return value ? value : mun_conf_keys[k].fallback;
}

const char *mun_conf_get(const struct mun_conf *c, const char *key)
{
	return mun_conf_find(c, "", "", key);
}
