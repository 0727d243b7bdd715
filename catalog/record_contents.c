/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/record_contents.c - contents and platform as properties of a record */
#include "catalog/record_contents.h"

#include "core/check.h"
#include "core/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Room for a name with a number and a word after it. */
#define NAME 64u

static int add(struct mun_record *r, const char *name, const char *value,
	       struct mun_err *e)
{
	struct mun_rec_property *p;

	if (!*value)
		return 0;
	p = mun_record_add_property(r);
	if (!p)
		return mun_fail_nomem(e, "property");
	p->name = mun_arena_strdup(r->arena, name);
	p->value = mun_arena_strdup(r->arena, value);
	return mun_arena_failed(r->arena, e);
}

/* Takes what was put together in @s. */
static int add_built(struct mun_record *r, const char *name, struct mun_str *s,
		     struct mun_err *e)
{
	int rc = s->failed ? mun_fail_nomem(e, "property") : 0;

	if (!rc && s->len)
		rc = add(r, name, s->text, e);
	mun_str_free(s);
	return rc;
}

/* ---- written ---- */

static int add_table(struct mun_record *r, const struct mun_contents *c,
		     struct mun_err *e)
{
	char value[sizeof(c->table) + sizeof(", damaged")];

	if (!c->table[0])
		return 0;
	(void)snprintf(value, sizeof(value), "%s%s", c->table,
		       c->table_damaged ? ", damaged" : "");
	return add(r, MUN_PROPERTY_TABLE, value, e);
}

static int add_part(struct mun_record *r, const struct mun_contents_part *p,
		    struct mun_err *e)
{
	struct mun_str s = { 0 };
	char name[NAME];

	(void)snprintf(name, sizeof(name), MUN_PROPERTY_PARTITION "%u",
		       p->number);
	mun_str_addf(&s, "%s, %" PRIu64 " bytes at byte %" PRIu64, p->type,
		     p->bytes, p->off);
	if (p->active)
		mun_str_add(&s, ", active");
	if (p->name[0])
		mun_str_addf(&s, ", name %s", p->name);
	return add_built(r, name, &s, e);
}

static int add_marks(struct mun_record *r, const char *name,
		     const struct mun_mark *marks, size_t n, struct mun_err *e)
{
	struct mun_str s = { 0 };

	for (size_t i = 0; i < n; i++)
		mun_str_addf(&s, "%s%s", i ? ", " : "", marks[i].word);
	return add_built(r, name, &s, e);
}

static int add_boots(struct mun_record *r, const char *name,
		     enum mun_boots boots, const char *why, struct mun_err *e)
{
	struct mun_str s = { 0 };

	mun_str_add(&s, mun_boots_name(boots));
	if (*why)
		mun_str_addf(&s, ": %s", why);
	return add_built(r, name, &s, e);
}

/* "file system 2, label" */
static int add_of(struct mun_record *r, size_t number, const char *what,
		  const char *value, struct mun_err *e)
{
	char name[NAME];

	(void)snprintf(name, sizeof(name), MUN_PROPERTY_FILE_SYSTEM "%zu, %s",
		       number, what);
	return add(r, name, value, e);
}

/* The number of the partition that it lies in, as its table counts. */
static unsigned int part_of(const struct mun_contents *c,
			    const struct mun_contents_volume *v)
{
	return v->part && v->part <= c->nparts ? c->parts[v->part - 1].number
					       : 0;
}

static int add_place(struct mun_record *r, const struct mun_contents *c,
		     size_t i, struct mun_err *e)
{
	const struct mun_contents_volume *v = &c->volumes[i];
	struct mun_str s = { 0 };
	char name[NAME];

	(void)snprintf(name, sizeof(name), MUN_PROPERTY_FILE_SYSTEM "%zu",
		       i + 1);
	mun_str_addf(&s, "%s, ", v->fs);
	if (v->bytes)
		mun_str_addf(&s, "%" PRIu64 " bytes ", v->bytes);
	mun_str_addf(&s, "at byte %" PRIu64, v->off);
	if (v->part)
		mun_str_addf(&s, ", in partition %u", part_of(c, v));
	if (v->damaged)
		mun_str_add(&s, ", damaged");
	mun_str_addf(&s, "; %s", v->title);
	return add_built(r, name, &s, e);
}

static int add_volume(struct mun_record *r, const struct mun_contents *c,
		      size_t i, struct mun_err *e)
{
	const struct mun_contents_volume *v = &c->volumes[i];
	char name[NAME];
	int rc = add_place(r, c, i, e);

	if (!rc)
		rc = add_of(r, i + 1, "label", v->label, e);
	if (!rc)
		rc = add_of(r, i + 1, "serial", v->serial, e);
	if (!rc)
		rc = add_of(r, i + 1, "OEM id", v->oem, e);
	if (!rc)
		rc = add_of(r, i + 1, "PRONOM id", v->puid, e);
	(void)snprintf(name, sizeof(name),
		       MUN_PROPERTY_FILE_SYSTEM "%zu, " MUN_PROPERTY_BOOTS,
		       i + 1);
	if (!rc && v->boots != MUN_BOOTS_NO)
		rc = add_boots(r, name, v->boots, v->boot_text, e);
	(void)snprintf(name, sizeof(name),
		       MUN_PROPERTY_FILE_SYSTEM "%zu, " MUN_PROPERTY_MARKS,
		       i + 1);
	return rc ? rc : add_marks(r, name, v->marks, v->nmarks, e);
}

int mun_record_add_contents(struct mun_record *r, const struct mun_contents *c,
			    struct mun_err *e)
{
	int rc = add_table(r, c, e);

	for (size_t i = 0; !rc && i < c->nparts; i++)
		rc = add_part(r, &c->parts[i], e);
	for (size_t i = 0; !rc && i < c->nvolumes; i++)
		rc = add_volume(r, c, i, e);
	if (!rc)
		rc = add_boots(r, MUN_PROPERTY_BOOTS, c->boots, c->boot_text,
			       e);
	return rc ? rc
		  : add_marks(r, MUN_PROPERTY_MARKS, c->marks, c->nmarks, e);
}

static int add_reasons(struct mun_record *r, const struct mun_verdict *v,
		       struct mun_err *e)
{
	struct mun_str s = { 0 };

	for (size_t i = 0; i < v->nreasons; i++) {
		if (i)
			mun_str_add(&s, "; ");
		/* What parts them is in none of them. */
		for (const char *c = v->reasons[i]; *c; c++)
			mun_str_add_char(&s, *c == ';' ? ',' : *c);
	}
	return add_built(r, MUN_PROPERTY_PLATFORM_REASONS, &s, e);
}

int mun_record_add_verdict(struct mun_record *r, const struct mun_verdict *v,
			   struct mun_err *e)
{
	struct mun_str s = { 0 };
	int rc = add(r, MUN_PROPERTY_PLATFORM, mun_platform_name(v->platform),
		     e);

	if (!rc)
		rc = add(r, MUN_PROPERTY_PLATFORM_CONFIDENCE,
			 mun_confidence_name(v->confidence), e);
	if (!rc)
		rc = add(r, MUN_PROPERTY_PLATFORM_BOOTS,
			 mun_boots_name(v->boots), e);
	for (size_t i = 0; i < v->nothers; i++)
		mun_str_addf(&s, "%s%s", i ? ", " : "",
			     mun_platform_name(v->others[i]));
	if (rc)
		mun_str_free(&s);
	else
		rc = add_built(r, MUN_PROPERTY_PLATFORM_OTHERS, &s, e);
	return rc ? rc : add_reasons(r, v, e);
}

static bool is_operator(const char *name)
{
	return !strcmp(name, MUN_PROPERTY_PLATFORM_OPERATOR);
}

/* Takes out what @is says. */
static void drop(struct mun_record *r, bool (*is)(const char *name))
{
	size_t n = 0;

	for (size_t i = 0; i < r->nproperties; i++) {
		if (!is(r->properties[i].name))
			r->properties[n++] = r->properties[i];
	}
	r->nproperties = n;
}

int mun_record_set_platform(struct mun_record *r, enum mun_platform said,
			    struct mun_err *e)
{
	drop(r, is_operator);
	return add(r, MUN_PROPERTY_PLATFORM_OPERATOR, mun_platform_name(said),
		   e);
}

/* ---- read ---- */

/* "partition 3", "file system 12, label": a number follows. */
static bool is_numbered(const char *name, const char *head)
{
	const size_t len = strlen(head);

	return !strncmp(name, head, len) && name[len] >= '0' &&
	       name[len] <= '9';
}

bool mun_record_is_contents(const char *name)
{
	static const char *const names[] = {
		MUN_PROPERTY_TABLE,
		MUN_PROPERTY_BOOTS,
		MUN_PROPERTY_MARKS,
		MUN_PROPERTY_PLATFORM,
		MUN_PROPERTY_PLATFORM_CONFIDENCE,
		MUN_PROPERTY_PLATFORM_BOOTS,
		MUN_PROPERTY_PLATFORM_OTHERS,
		MUN_PROPERTY_PLATFORM_REASONS,
		MUN_PROPERTY_PLATFORM_OPERATOR,
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return is_numbered(name, MUN_PROPERTY_PARTITION) ||
	       is_numbered(name, MUN_PROPERTY_FILE_SYSTEM);
}

static bool is_of_machine(const char *name)
{
	return mun_record_is_contents(name) && !is_operator(name);
}

void mun_record_drop_contents(struct mun_record *r)
{
	drop(r, is_of_machine);
}

enum mun_boots mun_boots_find(const char *name)
{
	static const enum mun_boots all[] = { MUN_BOOTS_DATA, MUN_BOOTS_CODE,
					      MUN_BOOTS_YES };

	for (size_t i = 0; i < MUN_COUNT(all); i++) {
		if (!strcmp(mun_boots_name(all[i]), name))
			return all[i];
	}
	return MUN_BOOTS_NO;
}

static bool find_confidence(const char *name, enum mun_confidence *out)
{
	static const enum mun_confidence all[] = {
		MUN_CONFIDENCE_NONE,
		MUN_CONFIDENCE_LOW,
		MUN_CONFIDENCE_MEDIUM,
		MUN_CONFIDENCE_HIGH,
	};

	for (size_t i = 0; i < MUN_COUNT(all); i++) {
		if (!strcmp(mun_confidence_name(all[i]), name)) {
			*out = all[i];
			return true;
		}
	}
	return false;
}

/* The next of a list whose items @by parts; false at its end, and where it is
 * longer than @size.  What is longer than an item can be is no list of ours. */
static bool next_of(const char **at, const char *by, char *out, size_t size)
{
	const char *end = strstr(*at, by);
	const size_t len = end ? (size_t)(end - *at) : strlen(*at);

	if (!len || len >= size)
		return false;
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len + (end ? strlen(by) : 0);
	return true;
}

static void read_others(const char *text, struct mun_verdict *out)
{
	char name[NAME];

	while (out->nothers < MUN_VERDICT_OTHERS &&
	       next_of(&text, ", ", name, sizeof(name))) {
		enum mun_platform p = mun_platform_find(name);

		if (p != MUN_PLATFORM_UNKNOWN)
			out->others[out->nothers++] = p;
	}
}

static void read_reasons(const char *text, struct mun_verdict *out)
{
	while (out->nreasons < MUN_VERDICT_REASONS &&
	       next_of(&text, "; ", out->reasons[out->nreasons],
		       sizeof(out->reasons[0])))
		out->nreasons++;
}

static const char *text_of(const struct mun_record *r, const char *name)
{
	const char *text = mun_record_property(r, name);

	return text ? text : "";
}

enum mun_platform mun_record_platform_said(const struct mun_record *r)
{
	return mun_platform_find(text_of(r, MUN_PROPERTY_PLATFORM_OPERATOR));
}

/* The machine's. */
static bool read_judged(const struct mun_record *r, struct mun_verdict *out)
{
	const char *name = text_of(r, MUN_PROPERTY_PLATFORM);
	enum mun_platform p = mun_platform_find(name);

	/* A container may have a property of that name, too: not of ours. */
	if (!find_confidence(text_of(r, MUN_PROPERTY_PLATFORM_CONFIDENCE),
			     &out->confidence) ||
	    (p == MUN_PLATFORM_UNKNOWN &&
	     strcmp(name, mun_platform_name(p)) != 0))
		return false;
	out->platform = p;
	out->boots = mun_boots_find(text_of(r, MUN_PROPERTY_PLATFORM_BOOTS));
	read_others(text_of(r, MUN_PROPERTY_PLATFORM_OTHERS), out);
	read_reasons(text_of(r, MUN_PROPERTY_PLATFORM_REASONS), out);
	return true;
}

bool mun_record_verdict(const struct mun_record *r, struct mun_verdict *out)
{
	const enum mun_platform said = mun_record_platform_said(r);
	bool known;

	memset(out, 0, sizeof(*out));
	known = read_judged(r, out);
	if (!known)
		memset(out, 0, sizeof(*out));
	if (said == MUN_PLATFORM_UNKNOWN)
		return known;
	mun_platform_override(out, said);
	return true;
}
