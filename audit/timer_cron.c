/* SPDX-License-Identifier: Apache-2.0 */
/* audit/timer_cron.c - our lines in a crontab among other people's */
#include <string.h>

#include "audit/timer_int.h"
#include "core/spawn.h"

#define TABLE_MAX ((size_t)1 << 20)
#define TIMEOUT_MS 60000

static const char *const plain_words[] = { "LC_ALL=C", NULL };

static const char *crontab_of(const struct mun_timer *t)
{
	return t->crontab ? t->crontab : "crontab";
}

/* An error that is taken for an empty table would cost people their lines. */
static int read_table(const struct mun_timer *t, char **out, struct mun_err *e)
{
	const char *argv[] = { crontab_of(t), "-l", NULL };
	struct mun_spawn q = { .argv = argv,
			       .env = plain_words,
			       .max_output = TABLE_MAX,
			       .timeout_ms = TIMEOUT_MS };
	struct mun_spawned r;
	int rc;

	rc = mun_spawn_run(&q, &r, e);
	if (!rc && r.status == 1 && !r.output_len &&
	    strstr(r.errors, "no crontab for"))
		r.status = 0;
	if (!rc)
		rc = mun_spawned_check(&r, "crontab -l", e);
	if (!rc && (r.cut || strlen(r.output) != r.output_len))
		rc = mun_fail(e, MUN_EIO,
			      "the crontab is too large, or no text");
	if (!rc) {
		*out = r.output;
		r.output = NULL;
	}
	mun_spawned_clear(&r);
	return rc;
}

static int write_table(const struct mun_timer *t, const char *text,
		       struct mun_err *e)
{
	const char *argv[] = { crontab_of(t), "-", NULL };
	struct mun_spawn q = { .argv = argv,
			       .env = plain_words,
			       .input = text,
			       .input_len = strlen(text),
			       .max_output = 4096,
			       .timeout_ms = TIMEOUT_MS };
	struct mun_spawned r;
	int rc;

	rc = mun_spawn_run(&q, &r, e);
	if (!rc)
		rc = mun_spawned_check(&r, "crontab", e);
	mun_spawned_clear(&r);
	return rc;
}

/* The line @line in @text, from @from on; or NULL. */
static const char *find_line(const char *text, const char *from,
			     const char *line)
{
	size_t len = strlen(line);

	for (const char *p = from; (p = strstr(p, line)); p++)
		if ((p == text || p[-1] == '\n') && (p[len] == '\n' || !p[len]))
			return p;
	return NULL;
}

/* Our block in @text: [*start, *end).  False: there is none.  One that lost its
 * last line is nobody's to cut. */
static int find_block(const char *text, const char *name, size_t *start,
		      size_t *end, bool *there, struct mun_err *e)
{
	mun_autofree char *first = NULL;
	mun_autofree char *last = NULL;
	const char *a;
	const char *b;
	int rc;

	rc = mun_fmt(&first, e, "# %s begin", name);
	if (!rc)
		rc = mun_fmt(&last, e, "# %s end", name);
	if (rc)
		return rc;
	a = find_line(text, text, first);
	*there = a != NULL;
	if (!a)
		return 0;
	b = find_line(text, a, last);
	if (!b)
		return mun_fail(e, MUN_EIO,
				"the crontab has the line '%s' without its end",
				first);
	*start = (size_t)(a - text);
	*end = (size_t)(b - text) + strlen(last);
	*end += text[*end] == '\n';
	return 0;
}

int mun_timer_cron_look(const struct mun_timer *t, bool *there, bool *differs,
			struct mun_err *e)
{
	mun_autofree char *name = NULL;
	mun_autofree char *text = NULL;
	mun_autofree char *want = NULL;
	size_t start = 0;
	size_t end = 0;
	int rc;

	*differs = false;
	rc = mun_timer_name(t->repository, &name, e);
	if (!rc)
		rc = read_table(t, &text, e);
	if (!rc)
		rc = find_block(text, name, &start, &end, there, e);
	if (rc || !*there)
		return rc;
	rc = mun_timer_cron(t, &want, e);
	if (!rc)
		*differs = strlen(want) != end - start ||
			   memcmp(want, text + start, end - start) != 0;
	return rc;
}

/* @text with @block for what stands in [start, end). */
static int splice(const char *text, size_t start, size_t end, const char *block,
		  char **out, struct mun_err *e)
{
	struct mun_str s = { 0 };

	mun_str_add_bytes(&s, text, start);
	if (start && text[start - 1] != '\n' && *block)
		mun_str_add_char(&s, '\n');
	mun_str_add(&s, block);
	mun_str_add(&s, text + end);
	return mun_str_take(&s, out, e);
}

int mun_timer_cron_set(const struct mun_timer *t, bool remove, bool *was_there,
		       struct mun_err *e)
{
	mun_autofree char *name = NULL;
	mun_autofree char *text = NULL;
	mun_autofree char *block = NULL;
	mun_autofree char *changed = NULL;
	size_t start;
	size_t end;
	int rc;

	rc = mun_timer_name(t->repository, &name, e);
	if (!rc)
		rc = read_table(t, &text, e);
	if (rc)
		return rc;
	start = strlen(text);
	end = start;
	rc = find_block(text, name, &start, &end, was_there, e);
	if (!rc && !remove)
		rc = mun_timer_cron(t, &block, e);
	if (rc || (remove && !*was_there))
		return rc;
	rc = splice(text, start, end, block ? block : "", &changed, e);
	if (!rc && strcmp(changed, text) != 0)
		rc = write_table(t, changed, e);
	return rc;
}
