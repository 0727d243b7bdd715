/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/rights.c - statements are recorded, end, and are asked */
#include "catalog/rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_leaf.h"
#include "catalog/catalog_rights.h"
#include "catalog/catalog_stores.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/utf8.h"

/* Of a statement's text in an answer; there may be several in a line. */
#define TOLD_MAX ((size_t)400) /* bytes of a text */
#define TOLD_STATEMENTS 5

static int object_no(struct mun_catalog *c, const char *id, int64_t *out,
		     struct mun_err *e)
{
	int rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, id, out, e);

	if (!rc && !*out)
		return mun_fail(e, MUN_ENOENT, "no object has the id %s", id);
	return rc;
}

/* A statement of the object that has not ended. */
static int find_open(struct mun_catalog *c, int64_t object, const char *id,
		     int64_t *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_RIGHTS_STANDING);
	int rc;

	mun_query_text(&q, id);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc || mun_column_int(&q, 1) != object)
		return mun_fail(e, MUN_ENOENT,
				"the object has no rights statement %s", id);
	if (mun_column_int(&q, 2))
		return mun_fail(e, MUN_EEXIST,
				"rights statement %s has ended already", id);
	*out = mun_column_int(&q, 0);
	return 0;
}

/* What is to be recorded. */
struct recording {
	const char *object;
	const struct mun_rec_rights *x; /* NULL: nothing but an end */
	const char *ends; /* or NULL */
	const char *agent; /* who ends it; or NULL */
	const char *why; /* or NULL */
	char *id; /* of the new one */
};

static int end_it(struct mun_catalog *c, const struct recording *t,
		  int64_t object, const char *now, struct mun_err *e)
{
	struct mun_rights_end_row row = {
		.at = now,
		.why = t->why ? t->why : "",
	};
	int rc = find_open(c, object, t->ends, &row.rights, e);

	if (!rc)
		rc = mun_catalog_agent_of(c, t->agent, &row.agent, e);
	if (!rc && t->x)
		rc = mun_catalog_number_of(c, MUN_STMT_RIGHTS_NO, t->id,
					   &row.later, e);
	return rc ? rc : mun_catalog_rights_end_put(c, &row, e);
}

static int add_it(struct mun_catalog *c, const struct recording *t,
		  int64_t object, const char *now, struct mun_err *e)
{
	struct mun_rec_rights x = *t->x;
	int rc = mun_uuid_new(t->id, e);

	if (rc)
		return rc;
	x.id = t->id;
	x.recorded = now;
	x.ended = "";
	x.ended_by = "";
	x.why = "";
	x.later = "";
	return mun_catalog_rights_put(c, object, &x, 0, e);
}

/* May it be said why?  The same bounds as of a whole statement. */
static int check_why(const char *why, struct mun_err *e)
{
	const struct mun_rec_rights x = {
		.id = "00000000-0000-0000-0000-000000000000",
		.recorded = "2000-01-01T00:00:00Z",
		.agent = "",
		.basis = MUN_BASIS_OTHER,
		.act = MUN_ACT_USE,
		.text = "x",
		.from = "",
		.until = "",
		.jurisdiction = "",
		.citation = "",
		.note = "",
		.ended = "2000-01-01T00:00:00Z",
		.ended_by = "",
		.why = why ? why : "",
		.later = "",
	};

	return mun_rec_rights_check(&x, e);
}

static int record(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct recording *t = ctx;
	char now[MUN_TIME_LEN];
	int64_t object = 0;
	int rc = object_no(c, t->object, &object, e);

	mun_time_text(mun_now_ms(), now);
	if (!rc)
		rc = check_why(t->why, e);
	if (!rc && t->x)
		rc = add_it(c, t, object, now, e);
	if (!rc && t->ends)
		rc = end_it(c, t, object, now, e);
	return rc;
}

int mun_rights_add(struct mun_catalog *c, const char *object,
		   const struct mun_rec_rights *x, const char *ends,
		   const char *why, char id_out[static MUN_UUID_LEN],
		   struct mun_err *e)
{
	struct recording t = {
		.object = object,
		.x = x,
		.ends = ends,
		.agent = x->agent,
		.why = why,
		.id = id_out,
	};
	int rc = mun_query_txn(c, true, record, &t, e);

	return rc ? mun_ctx(e, "rights of object %s", object) : 0;
}

int mun_rights_end(struct mun_catalog *c, const char *object, const char *id,
		   const char *agent, const char *why, struct mun_err *e)
{
	struct recording t = {
		.object = object,
		.ends = id,
		.agent = agent,
		.why = why,
	};
	int rc = mun_query_txn(c, true, record, &t, e);

	return rc ? mun_ctx(e, "rights of object %s", object) : 0;
}

void mun_rights_answer_clear(struct mun_rights_answer *a)
{
	free(a->text);
	*a = (struct mun_rights_answer){ 0 };
}

/* A row of MUN_STMT_RIGHTS_RESTRICT; lent until the next. */
static struct mun_rec_rights of_row(struct mun_query *q)
{
	return (struct mun_rec_rights){
		.restricted = true,
		.id = mun_column_text(q, 1),
		.basis = mun_column_text(q, 2),
		.act = mun_column_text(q, 3),
		.text = mun_column_text(q, 4),
		.from = mun_column_text(q, 5),
		.until = mun_column_text(q, 6),
		.ended = "",
	};
}

/* Does a restriction of @restricted stand in the way of @act? */
static bool concerns(const char *restricted, const char *act)
{
	return !strcmp(restricted, act) || (!strcmp(act, MUN_ACT_DISSEMINATE) &&
					    !strcmp(restricted, MUN_ACT_USE));
}

static bool forbids(const struct mun_rec_rights *x, const char *act,
		    int64_t at_ms)
{
	return concerns(x->act, act) && mun_rec_rights_bind(x, at_ms);
}

/* Characters that turn the direction of what follows them (UAX 9): the line
 * has to say the same behind the text. */
static bool turns(uint32_t cp)
{
	return (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

/* As one line, cut before a character that has no room. */
static void add_text(struct mun_str *s, const char *text)
{
	const size_t len = strlen(text);
	const size_t start = s->len;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		char part[32] = " ";
		uint32_t cp;

		n = mun_utf8_next(text + i, len - i, &cp);
		if (!n || turns(cp) ||
		    !(mun_utf8_printable(cp) || cp == '\n' || cp == '\t')) {
			n = n ? n : 1;
			for (size_t k = 0; k < n; k++)
				(void)snprintf(part + 4 * k, 5, "\\x%02x",
					       (unsigned char)text[i + k]);
		} else if (mun_utf8_printable(cp)) {
			memcpy(part, text + i, n);
			part[n] = '\0';
		}
		if (s->len - start + strlen(part) > TOLD_MAX) {
			mun_str_add(s, "...");
			return;
		}
		mun_str_add(s, part);
	}
}

/* 'rights statement 019a... restricts disseminate until 2040 (donor): "text"',
 * with what is needed first: errors cut what is long. */
static void tell(struct mun_str *s, const struct mun_rec_rights *x, size_t i)
{
	if (i == TOLD_STATEMENTS)
		mun_str_add(s, "; and more");
	if (i >= TOLD_STATEMENTS)
		return;
	mun_str_addf(s, "%srights statement %s restricts %s", i ? "; " : "",
		     x->id, x->act);
	if (*x->until)
		mun_str_addf(s, " until %s", x->until);
	mun_str_addf(s, " (%s): \"", x->basis);
	add_text(s, x->text);
	mun_str_add(s, "\"");
}

/* A question, and what was answered so far. */
struct asking {
	const char *object;
	const char *act;
	int64_t at_ms;
	struct mun_rights_answer *out;
};

static int ask(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_RIGHTS_RESTRICT);
	const struct asking *a = ctx;
	struct mun_rights_answer *out = a->out;
	struct mun_str s = { 0 };
	int64_t object = 0;
	int rc = object_no(c, a->object, &object, e);

	/* It may be asked again. */
	mun_rights_answer_clear(out);
	if (rc)
		return rc;
	mun_query_int(&q, object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rec_rights x = of_row(&q);

		if (!forbids(&x, a->act, a->at_ms))
			continue;
		if (!out->n)
			rc = mun_column_uuid(&q, 1, out->id, e);
		if (rc < 0)
			break;
		tell(&s, &x, out->n++);
	}
	out->forbidden = out->n > 0;
	if (!rc && out->n)
		return mun_str_take(&s, &out->text, e);
	mun_str_free(&s);
	return rc;
}

static int check_act(const char *act, struct mun_err *e)
{
	if (mun_rec_word_is(mun_rec_acts, act))
		return 0;
	return mun_fail(e, MUN_EINVAL, "'%s' is no act", act);
}

int mun_rights_forbid(struct mun_catalog *c, const char *object,
		      const char *act, int64_t at_ms,
		      struct mun_rights_answer *out, struct mun_err *e)
{
	struct asking a = { object, act, at_ms, out };
	int rc = check_act(act, e);

	*out = (struct mun_rights_answer){ 0 };
	if (!rc)
		rc = mun_query_txn(c, false, ask, &a, e);
	if (!rc)
		return 0;
	mun_rights_answer_clear(out);
	return mun_ctx(e, "rights of object %s", object);
}

/* Rows come by object: each once. */
static int note_object(struct mun_query *q, char (**list)[MUN_UUID_LEN],
		       size_t *n, struct mun_err *e)
{
	char id[MUN_UUID_LEN];
	void *grown;
	int rc = mun_column_uuid(q, 0, id, e);

	if (rc || (*n && !strcmp((*list)[*n - 1], id)))
		return rc;
	grown = reallocarray(*list, *n + 1, sizeof(**list));
	if (!grown)
		return mun_fail_nomem(e, "objects");
	*list = grown;
	memcpy((*list)[(*n)++], id, sizeof(id));
	return 0;
}

int mun_rights_restricted(struct mun_catalog *c, const char *act, int64_t at_ms,
			  char (**out)[MUN_UUID_LEN], size_t *n,
			  struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_RIGHTS_RESTRICT);
	char(*list)[MUN_UUID_LEN] = NULL;
	int rc = check_act(act, e);

	*out = NULL;
	*n = 0;
	if (rc)
		return rc;
	mun_query_null(&q);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rec_rights x = of_row(&q);

		rc = forbids(&x, act, at_ms) ? note_object(&q, &list, n, e) : 0;
		if (rc)
			break;
	}
	if (!rc) {
		*out = list;
		return 0;
	}
	free(list);
	*n = 0;
	return rc;
}
