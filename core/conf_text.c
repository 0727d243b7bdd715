/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf_text.c - change one value in the text of an INI file */
#include "core/conf_text.h"

#include <stdbool.h>
#include <string.h>

#include "core/str.h"

/* Blanks as inih strips them. */
#define BLANKS " \t\r\v\f"

/* One line: text[start..end), without its newline; next is the one after. */
struct line {
	size_t start;
	size_t end;
	size_t next;
};

static struct line line_at(const char *text, size_t start)
{
	struct line l = { .start = start };

	l.end = start + strcspn(text + start, "\n");
	l.next = l.end + (text[l.end] == '\n');
	return l;
}

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

/* Past the blanks (and the mark of UTF-8) that a line begins with. */
static size_t skip_blanks(const char *text, struct line l)
{
	size_t at = l.start;

	if (at == 0 && !strncmp(text, "\xef\xbb\xbf", 3))
		at = 3;
	return at + strspn(text + at, BLANKS);
}

/* Is it "[section]"?  Then *@ours says whether it is @section. */
static bool is_section(const char *text, struct line l, const char *section,
		       bool *ours)
{
	size_t at = skip_blanks(text, l);
	size_t len = strlen(section);

	if (text[at] != '[')
		return false;
	*ours = !strncmp(text + at + 1, section, len) &&
		text[at + 1 + len] == ']';
	return true;
}

/* Is it a line of @key?  Then *@value is where its value may begin. */
static bool is_key(const char *text, struct line l, const char *key,
		   size_t *value)
{
	size_t at = skip_blanks(text, l);
	size_t len = strlen(key);

	if (strncmp(text + at, key, len) != 0)
		return false;
	at += len;
	at += strspn(text + at, BLANKS);
	if (text[at] != '=' && text[at] != ':')
		return false;
	*value = at + 1;
	return true;
}

/* Where the value text[start..) ends: before a comment and its blanks. */
static size_t value_end(const char *text, size_t start, size_t end)
{
	size_t at;

	for (at = start; at < end; at++)
		if (text[at] == ';' && at > start && is_blank(text[at - 1]))
			break;
	while (at > start && is_blank(text[at - 1]))
		at--;
	return at;
}

/* The text with @value in the place of text[from..to). */
static int splice(const char *text, size_t from, size_t to, const char *before,
		  const char *value, const char *after, char **out,
		  struct mun_err *e)
{
	struct mun_str s = { 0 };

	mun_str_add_bytes(&s, text, from);
	mun_str_add(&s, before);
	mun_str_add(&s, value);
	mun_str_add(&s, after);
	mun_str_add(&s, text + to);
	return mun_str_take(&s, out, e);
}

static int replace_value(const char *text, struct line l, size_t start,
			 const char *value, char **out, struct mun_err *e)
{
	size_t end = value_end(text, start, l.end);
	size_t blanks = strspn(text + start, BLANKS);

	/* "key =" had no value: a blank before it, the rest as it was. */
	if (end == start)
		return splice(text, start, start, *value ? " " : "", value, "",
			      out, e);
	return splice(text, start + blanks, end, "", value, "", out, e);
}

static int add_key(const char *text, size_t at, const char *key,
		   const char *value, char **out, struct mun_err *e)
{
	mun_autofree char *line = NULL;
	bool cut = at && text[at - 1] != '\n';
	int rc;

	rc = mun_fmt(&line, e, "%s = %s", key, value);
	if (rc)
		return rc;
	return splice(text, at, at, cut ? "\n" : "", line, "\n", out, e);
}

static int add_section(const char *text, const char *section, const char *key,
		       const char *value, char **out, struct mun_err *e)
{
	mun_autofree char *lines = NULL;
	size_t len = strlen(text);
	const char *gap = "";
	int rc;

	if (len)
		gap = text[len - 1] == '\n' ? "\n" : "\n\n";
	rc = mun_fmt(&lines, e, "[%s]\n%s = %s", section, key, value);
	if (rc)
		return rc;
	return splice(text, len, len, gap, lines, "\n", out, e);
}

int mun_conf_text_set(const char *old, const char *section, const char *key,
		      const char *value, char **out, struct mun_err *e)
{
	bool inside = false;
	size_t last =
		0; /* after the section's last line with something on it */
	struct line l;

	for (size_t at = 0; old[at]; at = l.next) {
		size_t start;

		l = line_at(old, at);
		if (is_section(old, l, section, &inside)) {
			if (inside)
				last = l.next;
			continue;
		}
		if (!inside)
			continue;
		if (is_key(old, l, key, &start))
			return replace_value(old, l, start, value, out, e);
		if (skip_blanks(old, l) < l.end)
			last = l.next;
	}
	if (last)
		return add_key(old, last, key, value, out, e);
	return add_section(old, section, key, value, out, e);
}
