/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_vmdk_text.c - the descriptor of a VMDK disk
 *
 * Lines: "# comment", "key=value", "key = "value"", and of extents
 *	RW 4194304 SPARSE "disk-s001.vmdk"
 *	RW 8192 FLAT "disk-flat.vmdk" 0
 *	RW 2048 ZERO
 * with sizes and offsets in sectors of 512 bytes.
 */
#include "image/fmt_vmdk.h"

#include "core/check.h"
#include "core/parse.h"
#include "core/str.h"
#include "image/driver.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES 2048u
/* Rows of the disk data base that are told. */
#define DDB_ROWS 64u

struct reader {
	struct mun_image *img;
	struct mun_vmdk_text *t;
	unsigned int line; /* from 1 */
	unsigned int ddb; /* rows told */
};

static int bad_line(const struct reader *r, const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "line %u of the descriptor: %s",
			r->line, what);
}

/* The next word at *@p, or what stands in quotes; NULL: none. */
static char *next_word(char **p)
{
	char *s = *p;
	char *end;

	while (*s == ' ' || *s == '\t')
		s++;
	if (!*s)
		return NULL;
	if (*s == '"') {
		end = strchr(++s, '"');
		if (!end)
			return NULL;
	} else {
		end = s + strcspn(s, " \t");
	}
	*p = *end ? end + 1 : end;
	*end = '\0';
	return s;
}

static const struct extent_type {
	const char *word;
	enum mun_vmdk_kind kind;
} extent_types[] = {
	{ "ZERO", MUN_VMDK_ZERO },         { "FLAT", MUN_VMDK_FLAT },
	{ "VMFS", MUN_VMDK_FLAT },         { "SPARSE", MUN_VMDK_SPARSE },
	{ "VMFSSPARSE", MUN_VMDK_SPARSE },
};

static int extent_kind(const struct reader *r, const char *word,
		       enum mun_vmdk_kind *out, struct mun_err *e)
{
	for (size_t i = 0; i < MUN_COUNT(extent_types); i++) {
		if (strcasecmp(extent_types[i].word, word) == 0) {
			*out = extent_types[i].kind;
			return 0;
		}
	}
	return mun_fail(e, MUN_EUNSUPPORTED,
			"line %u of the descriptor: an extent of a kind that "
			"is not decoded (SESPARSE, a device)",
			r->line);
}

/* Room for one more; the table doubles. */
static int add_extent(struct reader *r, struct mun_vmdk_extent **out,
		      struct mun_err *e)
{
	struct mun_vmdk_text *t = r->t;
	struct mun_vmdk_extent *rows;
	size_t n = t->nextents;

	if (n >= MUN_VMDK_EXTENTS_MAX)
		return bad_line(r, "too many extents", e);
	if ((n & (n - 1)) == 0) {
		rows = realloc(t->extents, (n ? 2 * n : 1) * sizeof(*rows));
		if (!rows)
			return mun_fail_nomem(e, "extents of a VMDK");
		t->extents = rows;
	}
	*out = &t->extents[t->nextents++];
	memset(*out, 0, sizeof(**out));
	return 0;
}

static int take_extent(struct reader *r, char *line, struct mun_err *e)
{
	struct mun_vmdk_extent *x;
	char *sectors;
	char *type;
	char *name;
	char *at;
	int rc = add_extent(r, &x, e);

	if (rc)
		return rc;
	(void)next_word(&line); /* access, which is the same to a reader */
	sectors = next_word(&line);
	type = next_word(&line);
	name = next_word(&line);
	at = next_word(&line);
	if (!sectors || !type ||
	    mun_parse_u64(sectors, 0, INT64_MAX / MUN_VMDK_SECTOR, &x->sectors,
			  e))
		return bad_line(r, "no size of the extent", e);
	rc = extent_kind(r, type, &x->kind, e);
	if (rc || x->kind == MUN_VMDK_ZERO)
		return rc;
	if (!name || !*name || strlen(name) > MUN_VMDK_NAME_MAX)
		return bad_line(r, "no name of the extent's file", e);
	if (x->kind == MUN_VMDK_FLAT && at &&
	    mun_parse_u64(at, 0, INT64_MAX / MUN_VMDK_SECTOR, &x->flat_at, e))
		return bad_line(r, "no offset of the extent", e);
	return mun_strdup(name, &x->name, e);
}

static int take_cid(const struct reader *r, const char *value, uint32_t *out,
		    struct mun_err *e)
{
	char *end;
	unsigned long long v = strtoull(value, &end, 16);

	if (!isxdigit((unsigned char)*value) || *end || v > UINT32_MAX)
		return bad_line(r, "a content id that is none", e);
	*out = (uint32_t)v;
	return 0;
}

static void take_geometry(struct reader *r, const char *what, const char *value)
{
	struct mun_geometry *g = &r->img->geometry;
	struct mun_err e;
	uint64_t v;

	if (mun_parse_u64(value, 0, UINT32_MAX, &v, &e))
		return;
	if (strcasecmp(what, "cylinders") == 0)
		g->cylinders = (uint32_t)v;
	else if (strcasecmp(what, "heads") == 0)
		g->heads = (uint32_t)v;
	else if (strcasecmp(what, "sectors") == 0)
		g->sectors = (uint32_t)v;
}

/* Rows of the disk data base under a name for people. */
static const char *ddb_name(const char *key)
{
	static const char *const names[][2] = {
		{ "adapterType", "adapter type" },
		{ "virtualHWVersion", "hardware version" },
		{ "toolsVersion", "tools version" },
		{ "uuid", "UUID" },
		{ "uuid.image", "UUID" },
		{ "uuid.modification", "UUID of the last change" },
		{ "uuid.parent", "UUID of the parent" },
		{ "longContentID", "long content id" },
		{ "comment", "comment" },
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (strcasecmp(names[i][0], key) == 0)
			return names[i][1];
	return "ddb";
}

static int take_ddb(struct reader *r, const char *key, const char *value,
		    struct mun_err *e)
{
	char text[LINE_MAX_BYTES + 2];
	const char *name = ddb_name(key);
	int n;

	if (strncasecmp(key, "geometry.", 9) == 0) {
		take_geometry(r, key + 9, value);
		return 0;
	}
	if (r->ddb++ >= DDB_ROWS)
		return 0;
	if (strcmp(name, "ddb") != 0)
		return mun_image_fact_bytes(r->img, MUN_FACT_MADE, name, value,
					    strlen(value), e);
	n = snprintf(text, sizeof(text), "%s=%s", key, value);
	return mun_image_fact_bytes(r->img, MUN_FACT_MADE, name, text,
				    MUN_MIN((size_t)n, sizeof(text) - 1), e);
}

static int take_pair(struct reader *r, const char *key, const char *value,
		     struct mun_err *e)
{
	struct mun_vmdk_text *t = r->t;

	if (strncasecmp(key, "ddb.", 4) == 0)
		return take_ddb(r, key + 4, value, e);
	if (strcasecmp(key, "CID") == 0)
		return take_cid(r, value, &t->cid, e);
	if (strcasecmp(key, "parentCID") == 0)
		return take_cid(r, value, &t->parent_cid, e);
	if (strcasecmp(key, "createType") == 0) {
		(void)snprintf(t->create_type, sizeof(t->create_type), "%s",
			       value);
		return mun_image_fact_bytes(r->img, MUN_FACT_MADE, "createType",
					    value, strlen(value), e);
	}
	if (strcasecmp(key, "parentFileNameHint") == 0) {
		if (strlen(value) > MUN_VMDK_NAME_MAX)
			return bad_line(r, "the parent's name is too long", e);
		(void)snprintf(t->parent_hint, sizeof(t->parent_hint), "%s",
			       value);
	}
	if (strcasecmp(key, "encoding") == 0)
		return mun_image_fact_bytes(r->img, MUN_FACT_MADE, "encoding",
					    value, strlen(value), e);
	return 0;
}

static char *trimmed(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len && strchr(" \t\r", s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

static bool is_extent(const char *line)
{
	static const char *const access[] = { "RW ", "RDONLY ", "NOACCESS " };

	for (size_t i = 0; i < MUN_COUNT(access); i++)
		if (strncasecmp(line, access[i], strlen(access[i])) == 0)
			return true;
	return false;
}

static int take_line(struct reader *r, char *line, struct mun_err *e)
{
	char *equals;
	char *value;
	size_t len;

	line = trimmed(line);
	if (!*line || *line == '#')
		return 0;
	if (is_extent(line))
		return take_extent(r, line, e);
	equals = strchr(line, '=');
	if (!equals)
		return 0;
	*equals = '\0';
	value = trimmed(equals + 1);
	len = strlen(value);
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		value[len - 1] = '\0';
		value++;
	}
	return take_pair(r, trimmed(line), value, e);
}

int mun_vmdk_parse(struct mun_image *img, const char *text, size_t len,
		   struct mun_vmdk_text *t, struct mun_err *e)
{
	struct reader r = { .img = img, .t = t };
	const char *end = text + strnlen(text, len);
	char line[LINE_MAX_BYTES + 1];
	int rc = 0;

	t->parent_cid = MUN_VMDK_NO_PARENT;
	while (!rc && text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text);

		r.line++;
		if (n > LINE_MAX_BYTES)
			return bad_line(&r, "it is too long", e);
		memcpy(line, text, n);
		line[n] = '\0';
		rc = take_line(&r, line, e);
		text += n + (nl != NULL);
	}
	return rc ? rc
		  : mun_image_fact(img, MUN_FACT_MADE, "CID", e, "%08x",
				   t->cid);
}

void mun_vmdk_text_free(struct mun_vmdk_text *t)
{
	for (size_t i = 0; i < t->nextents; i++)
		free(t->extents[i].name);
	free(t->extents);
	t->extents = NULL;
	t->nextents = 0;
}
