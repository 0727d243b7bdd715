/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/bag_tags.c - the lines of bag-info.txt */
#include "emulate-export/bag_tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"
#include "core/utf8.h"

static int add(struct mun_bag_tags *t, char *name, char *value,
	       struct mun_err *e)
{
	if (!name || !value)
		return mun_fail_nomem(e, "bag-info.txt");
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		struct mun_bag_tag *list =
			realloc(t->list, room * sizeof(*list));

		if (!list)
			return mun_fail_nomem(e, "bag-info.txt");
		t->list = list;
		t->room = room;
	}
	t->list[t->n++] = (struct mun_bag_tag){ name, value };
	return 0;
}

int mun_bag_tag_add(struct mun_bag_tags *t, const char *name, const char *value,
		    struct mun_err *e)
{
	size_t room;
	char *line;
	char *copy;
	int rc;

	if (!value || !*value)
		return 0;
	room = 4 * strlen(value) + 1;
	line = malloc(room);
	copy = strdup(name);
	if (line)
		(void)mun_utf8_line(value, line, room);
	rc = add(t, copy, line, e);
	if (rc) {
		free(line);
		free(copy);
	}
	return rc;
}

static void drop(struct mun_bag_tags *t, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (strcasecmp(t->list[i].name, name) != 0) {
			t->list[n++] = t->list[i];
			continue;
		}
		free(t->list[i].name);
		free(t->list[i].value);
	}
	t->n = n;
}

static bool is_own(const char *name)
{
	static const char *const own[] = { "Payload-Oxum", "Bag-Size",
					   "Bagging-Date", "Bag-Software-Agent",
					   "BagIt-Profile-Identifier" };

	for (size_t i = 0; i < MUN_COUNT(own); i++)
		if (!strcasecmp(own[i], name))
			return true;
	return false;
}

int mun_bag_tag_set(struct mun_bag_tags *t, const char *line, struct mun_err *e)
{
	const char *colon = strpbrk(line, ":=");
	const char *value = colon ? colon + 1 : "";
	char name[128];

	value += strspn(value, " \t");
	if (!colon || colon == line || (size_t)(colon - line) >= sizeof(name) ||
	    !*value)
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no NAME=VALUE of bag-info.txt", line);
	(void)snprintf(name, sizeof(name), "%.*s", (int)(colon - line), line);
	if (strpbrk(name, " \t\r\n") || is_own(name))
		return mun_fail(e, MUN_EINVAL,
				"'%s' cannot be given in bag-info.txt", name);
	drop(t, name);
	return mun_bag_tag_add(t, name, value, e);
}

size_t mun_bag_tag_find(const struct mun_bag_tags *t, const char *name,
			const char **value)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (strcasecmp(t->list[i].name, name) != 0)
			continue;
		if (!n++ && value)
			*value = t->list[i].value;
	}
	return n;
}

void mun_bag_tags_write(const struct mun_bag_tags *t, struct mun_str *out)
{
	for (size_t i = 0; i < t->n; i++)
		mun_str_addf(out, "%s: %s\n", t->list[i].name,
			     t->list[i].value);
}

void mun_bag_tags_clear(struct mun_bag_tags *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->list[i].name);
		free(t->list[i].value);
	}
	free(t->list);
	*t = (struct mun_bag_tags){ 0 };
}
