/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/readmap_text.c - a read map as the mapfile of GNU ddrescue, both ways
 *
 * ddrescue manual, "Mapfile structure": comments from '#' (at the start of a
 * line or after a blank) to its end; the status line "POS STATUS [PASS]"; a
 * line "POS SIZE STATUS" per block, contiguous and ascending.  Numbers are
 * written as in C++: 0x1F, 037, 31.
 */
#include "image/readmap.h"

#include "core/check.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* ddrescue counts in signed 64 bits. */
#define SIZE_MAX_DDRESCUE ((uint64_t)INT64_MAX)

/* ---- writing ---- */

static const char *const phases = "?*/";

/*
 * Where ddrescue would go on: the earliest phase that has work left.  Bad
 * sectors alone are no work left; the map is finished then.
 */
static void write_status(const struct mun_readmap *m, struct mun_str *out)
{
	for (const char *phase = phases; *phase; phase++) {
		for (size_t i = 0; i < m->nruns; i++) {
			if ((char)m->runs[i].state != *phase)
				continue;
			mun_str_addf(out,
				     "0x%08" PRIX64 "     %c"
				     "               1\n",
				     m->runs[i].off, *phase);
			return;
		}
	}
	mun_str_add(out, "0x00000000     +               1\n");
}

static void write_comment(const char *comment, struct mun_str *out)
{
	while (*comment) {
		size_t len = strcspn(comment, "\n");

		mun_str_add(out, "# ");
		mun_escape(out, comment, len);
		mun_str_add(out, "\n");
		comment += len;
		if (*comment)
			comment++;
	}
}

int mun_readmap_write(const struct mun_readmap *m, const char *comment,
		      struct mun_str *out, struct mun_err *e)
{
	mun_str_add(out, "# Mapfile. Created by muniment\n");
	if (comment)
		write_comment(comment, out);
	mun_str_add(out, "# current_pos  current_status  current_pass\n");
	write_status(m, out);
	mun_str_add(out, "#      pos        size  status\n");
	for (size_t i = 0; i < m->nruns; i++)
		mun_str_addf(out, "0x%08" PRIX64 "  0x%08" PRIX64 "  %c\n",
			     m->runs[i].off, m->runs[i].bytes,
			     (char)m->runs[i].state);
	if (out->failed)
		return mun_fail_nomem(e, "mapfile text");
	return 0;
}

/* ---- reading ---- */

struct reader {
	const char *at;
	const char *end;
	unsigned int line; /* from 1 */
};

struct word {
	const char *text;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/*
 * The words of the next line that has any; returns how many, 0 at the end.
 * More than @max are counted but not kept.
 */
static size_t next_line(struct reader *r, struct word *words, size_t max)
{
	size_t n = 0;

	while (r->at < r->end && n == 0) {
		const char *eol = memchr(r->at, '\n', (size_t)(r->end - r->at));
		const char *p = r->at;

		if (!eol)
			eol = r->end;
		while (p < eol) {
			const char *start;

			while (p < eol && is_blank(*p))
				p++;
			if (p == eol || *p == '#')
				break;
			start = p;
			while (p < eol && !is_blank(*p))
				p++;
			if (n < max)
				words[n] = (struct word){ start,
							  (size_t)(p - start) };
			n++;
		}
		r->at = eol < r->end ? eol + 1 : eol;
		r->line++;
	}
	return n;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* An integer constant of C++, all of the word. */
static bool number(struct word w, uint64_t *out)
{
	unsigned int base = 10;
	uint64_t v = 0;

	if (w.len > 2 && w.text[0] == '0' && (w.text[1] | 0x20) == 'x') {
		base = 16;
		w.text += 2;
		w.len -= 2;
	} else if (w.len > 1 && w.text[0] == '0') {
		base = 8;
	}
	for (size_t i = 0; i < w.len; i++) {
		unsigned int digit = (unsigned int)digit_of(w.text[i]);

		if (digit >= base || ckd_mul(&v, v, (uint64_t)base) ||
		    ckd_add(&v, v, (uint64_t)digit))
			return false;
	}
	*out = v;
	return w.len > 0;
}

static bool is_one_of(struct word w, const char *set)
{
	return w.len == 1 && w.text[0] && strchr(set, w.text[0]);
}

static int bad_line(const struct reader *r, const char *why, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "mapfile line %u: %s", r->line, why);
}

/* "POS STATUS [PASS]"; what it says is of use to a running ddrescue only. */
static int read_status(struct reader *r, struct mun_err *e)
{
	struct word w[3];
	size_t n = next_line(r, w, MUN_COUNT(w));
	uint64_t v;

	if (n == 0)
		return bad_line(r, "the status line is missing", e);
	if (n < 2 || n > 3 || !number(w[0], &v) || !is_one_of(w[1], "?*/-FG+"))
		return bad_line(r, "not a status line", e);
	if (n == 3 && (!number(w[2], &v) || v == 0))
		return bad_line(r, "the pass is not a positive number", e);
	return 0;
}

/* A block line; it begins where the one before ended, at *@end_io. */
static int read_block(const struct reader *r, const struct word *w, size_t n,
		      uint64_t *end_io, struct mun_read_run *out,
		      struct mun_err *e)
{
	uint64_t end;

	if (n != 3 || !number(w[0], &out->off) || !number(w[1], &out->bytes))
		return bad_line(r, "not a block line", e);
	if (!is_one_of(w[2], "?*/-+"))
		return bad_line(r, "unknown block status", e);
	if (out->bytes == 0)
		return bad_line(r, "a block of no bytes", e);
	if (ckd_add(&end, out->off, out->bytes) || end > SIZE_MAX_DDRESCUE)
		return bad_line(r, "a block ends beyond 63 bits", e);
	if (out->off < *end_io)
		return bad_line(r, "the block overlaps or is out of order", e);
	/* A rescue that began further in has no line for what is before. */
	if (out->off > *end_io && *end_io > 0)
		return bad_line(r, "a gap before the block", e);
	out->state = (enum mun_read_state)w[2].text[0];
	*end_io = end;
	return 0;
}

/* All block lines from @r on: check them, and mark them in @m if given. */
static int read_blocks(struct reader r, struct mun_readmap *m, uint64_t *end,
		       struct mun_err *e)
{
	struct word w[3];
	size_t n;

	*end = 0;
	while ((n = next_line(&r, w, MUN_COUNT(w))) > 0) {
		struct mun_read_run run;
		int rc;

		rc = read_block(&r, w, n, end, &run, e);
		if (!rc && m)
			rc = mun_readmap_mark(m, run.off, run.bytes, run.state,
					      e);
		if (rc)
			return rc;
	}
	return 0;
}

int mun_readmap_parse(const char *text, size_t len, struct mun_readmap *out,
		      struct mun_err *e)
{
	struct reader r = { text, text + len, 0 };
	uint64_t size = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_status(&r, e);
	/* Once for the size, which the last line tells; once to mark. */
	if (!rc)
		rc = read_blocks(r, NULL, &size, e);
	if (!rc)
		rc = mun_readmap_init(out, size, e);
	if (!rc)
		rc = read_blocks(r, out, &size, e);
	if (rc)
		mun_readmap_clear(out);
	return rc;
}
