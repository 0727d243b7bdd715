/* SPDX-License-Identifier: Apache-2.0 */
/* cli/progress_line.c - a line and a strip for who watches a terminal */
#include "cli/progress.h"

#include "core/check.h"
#include "core/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the line may say, in the order in which it says it. */
enum part {
	AMOUNT, /* "verifying: 1.0 MB of 1.4 MB (71 %)", "imaging: 71 %" */
	SIZES, /* of a medium: "1.0 MB of 1.4 MB" */
	RATE,
	LEFT,
	BAD,
	DOUBTFUL,
	PLACE,
	PASS,
	ERRORS,
	PARTS
};

struct line {
	char text[PARTS][128];
};

/* What is shown first where not all fits. */
static const enum part wanted[] = {
	AMOUNT, BAD, PLACE, LEFT, RATE, PASS, DOUBTFUL, SIZES, ERRORS,
};

bool mun_progress_left(const struct mun_progress *p, uint64_t rate,
		       uint64_t *seconds)
{
	if (!rate || p->total <= p->done)
		return false;
	*seconds = (p->total - p->done) / rate;
	return true;
}

static void put_bytes(char *out, size_t size, uint64_t bytes, const char *what)
{
	char human[16];

	mun_human_bytes(bytes, human);
	if (bytes)
		(void)snprintf(out, size, "%s %s", human, what);
}

static void put_number(const struct mun_progress *p, uint64_t n,
		       char out[static 16])
{
	if (p->unit)
		(void)snprintf(out, 16, "%" PRIu64, n % 1000000000);
	else
		mun_human_bytes(n, out);
}

static unsigned int percent(const struct mun_progress *p)
{
	return (unsigned int)((double)p->done * 100.0 / (double)p->total);
}

/* Of a medium there is more to say: the percentage comes first, the sizes where
 * there is room. */
static void put_amount(const struct mun_progress *p, struct line *l)
{
	char total[16] = "?";
	char done[16];
	char sizes[64];

	put_number(p, p->done, done);
	if (p->total)
		put_number(p, p->total, total);
	(void)snprintf(sizes, sizeof(sizes), "%s of %s%s%.16s", done, total,
		       p->unit ? " " : "", p->unit ? p->unit : "");
	if (!p->total) {
		(void)snprintf(l->text[AMOUNT], sizeof(l->text[0]), "%.40s: %s",
			       p->phase, sizes);
	} else if (p->medium) {
		(void)snprintf(l->text[AMOUNT], sizeof(l->text[0]),
			       "%.40s: %u %%", p->phase, percent(p));
		(void)snprintf(l->text[SIZES], sizeof(l->text[0]), "%s", sizes);
	} else {
		(void)snprintf(l->text[AMOUNT], sizeof(l->text[0]),
			       "%.40s: %s (%u %%)", p->phase, sizes,
			       percent(p));
	}
}

static void put_time(const struct mun_progress *p, uint64_t rate, char *out,
		     size_t size)
{
	uint64_t s;

	if (mun_progress_left(p, rate, &s))
		(void)snprintf(out, size,
			       "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " left",
			       s / 3600, s / 60 % 60, s % 60);
}

static void put_medium(const struct mun_progress_medium *m, struct line *l)
{
	put_bytes(l->text[DOUBTFUL], sizeof(l->text[0]), m->doubtful,
		  "doubtful");
	if (m->cylinder >= 0)
		(void)snprintf(l->text[PLACE], sizeof(l->text[0]),
			       "cyl %d head %d", m->cylinder, m->head);
	else
		(void)snprintf(l->text[PLACE], sizeof(l->text[0]),
			       "LBA %" PRId64, m->lba);
	(void)snprintf(l->text[PASS], sizeof(l->text[0]), "%.40s", m->pass);
	if (m->failed_reads)
		(void)snprintf(l->text[ERRORS], sizeof(l->text[0]),
			       "%" PRIu64 " error%s", m->failed_reads,
			       m->failed_reads == 1 ? "" : "s");
}

static void put_line(const struct mun_progress *p, uint64_t rate,
		     struct line *l)
{
	char human[16];

	if (p->medium && p->medium->rate)
		rate = p->medium->rate;
	put_amount(p, l);
	mun_human_bytes(rate, human);
	if (!p->unit)
		(void)snprintf(l->text[RATE], sizeof(l->text[0]), "%s/s",
			       human);
	put_time(p, rate, l->text[LEFT], sizeof(l->text[0]));
	if (!p->unit)
		put_bytes(l->text[BAD], sizeof(l->text[0]), p->bad, "bad");
	if (p->medium)
		put_medium(p->medium, l);
}

void mun_progress_line(const struct mun_progress *p, uint64_t rate,
		       unsigned int width, struct mun_str *out)
{
	struct line l = { .text = { "" } };
	bool shown[PARTS] = { false };
	const char *sep = "";
	size_t used = 0;

	put_line(p, rate, &l);
	/* Not even the first part: as much of it as there is room for. */
	if (strlen(l.text[AMOUNT]) > width) {
		mun_str_addf(out, "%.*s", (int)width, l.text[AMOUNT]);
		return;
	}
	for (size_t i = 0; i < MUN_COUNT(wanted); i++) {
		size_t len = strlen(l.text[wanted[i]]) + (used ? 2 : 0);

		shown[wanted[i]] = l.text[wanted[i]][0] && used + len <= width;
		if (shown[wanted[i]])
			used += len;
	}
	for (int i = 0; i < PARTS; i++) {
		if (!shown[i])
			continue;
		mun_str_addf(out, "%s%s", sep, l.text[i]);
		sep = ", ";
	}
}

/* The later, the more one wants to see it. */
static int weight(char c)
{
	static const char order[] = "+s.!-";
	const char *at = c ? strchr(order, c) : NULL;

	return at ? (int)(at - order) : 0;
}

static char worst(const char *strip, size_t from, size_t to)
{
	char c = strip[from];

	for (size_t i = from + 1; i < to; i++)
		if (weight(strip[i]) > weight(c))
			c = strip[i];
	return c;
}

/* Also told apart by their characters, for who sees no colours. */
static const char *colour_of(char c)
{
	switch (c) {
	case '+':
		return "\033[32m"; /* green */
	case 's':
		return "\033[36m"; /* cyan */
	case '!':
		return "\033[33m"; /* yellow */
	case '-':
		return "\033[1;31m"; /* bold red */
	default:
		return "\033[0m";
	}
}

void mun_progress_strip(const char *strip, unsigned int width, bool colour,
			struct mun_str *out)
{
	size_t len = strlen(strip);
	size_t cells = MUN_MIN((size_t)width - 2, len * 4);
	char before = '\0';

	mun_str_add_char(out, '[');
	for (size_t i = 0; i < cells; i++) {
		size_t from = i * len / cells;
		size_t to = (i + 1) * len / cells;
		char c = worst(strip, from, MUN_MAX(to, from + 1));

		if (colour && c != before)
			mun_str_add(out, colour_of(c));
		mun_str_add_char(out, c);
		before = c;
	}
	if (colour && cells)
		mun_str_add(out, "\033[0m");
	mun_str_add_char(out, ']');
}
