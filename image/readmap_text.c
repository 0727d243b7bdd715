/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/readmap_text.c - a read map as the mapfile of GNU ddrescue, both ways
 *
 * ddrescue manual, "Mapfile structure": comments from '#' (at the start of a
 * line or after a blank) to its end; the status line "POS STATUS [PASS]"; a
 * line "POS SIZE STATUS" per block, contiguous and ascending.  Numbers are
 * written as in C++: 0x1F, 037, 31; the pass is always decimal.
 *
 * The mapfile has no state for what was read with a failed check.  It is '-'
 * there, so that ddrescue tries it again, and named in a comment of the head.
 */
#include "image/readmap.h"

#include "core/check.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* ddrescue counts in signed 64 bits. */
#define SIZE_MAX_DDRESCUE ((uint64_t)INT64_MAX)

/* ---- writing ---- */

#define DOUBTFUL "# doubtful:"

/*
 * Where ddrescue would go on: the earliest phase that has work left.  Bad
 * sectors alone are no work left; the map is finished then.
 */
static struct mun_read_status status_of(const struct mun_readmap *m)
{
	static const enum mun_read_state work[] = { MUN_READ_NOT_TRIED,
						    MUN_READ_NOT_TRIMMED,
						    MUN_READ_NOT_SCRAPED };
	struct mun_read_status status = { .phase = '+', .pass = 1 };

	if (m->status.phase)
		return m->status;
	for (size_t i = 0; i < MUN_COUNT(work); i++) {
		const struct mun_read_run *run =
			mun_readmap_next_in(m, 0, work[i]);

		if (!run)
			continue;
		status.pos = run->off;
		status.phase = (char)work[i];
		break;
	}
	return status;
}

static void write_status(const struct mun_readmap *m, struct mun_str *out)
{
	struct mun_read_status status = status_of(m);

	mun_str_addf(out, "0x%08" PRIX64 "     %c               %u\n",
		     status.pos, status.phase, status.pass ? status.pass : 1);
}

/* A run as the file has it: what is doubtful is '-', and joins what is. */
static void write_runs(const struct mun_readmap *m, struct mun_str *out)
{
	const struct mun_read_run *run = mun_readmap_run(m, 0);

	while (run) {
		struct mun_read_run line = *run;

		if (line.state == MUN_READ_DOUBTFUL)
			line.state = MUN_READ_BAD;
		while ((run = mun_readmap_run(m, line.off + line.bytes)) &&
		       line.state == MUN_READ_BAD &&
		       (run->state == MUN_READ_BAD ||
			run->state == MUN_READ_DOUBTFUL))
			line.bytes += run->bytes;
		mun_str_addf(out, "0x%08" PRIX64 "  0x%08" PRIX64 "  %c\n",
			     line.off, line.bytes, (char)line.state);
	}
}

static void write_doubtful(const struct mun_readmap *m, struct mun_str *out)
{
	const struct mun_read_run *run =
		mun_readmap_next_in(m, 0, MUN_READ_DOUBTFUL);

	for (; run; run = mun_readmap_next_in(m, run->off + run->bytes,
					      MUN_READ_DOUBTFUL))
		mun_str_addf(out, DOUBTFUL " 0x%08" PRIX64 " 0x%08" PRIX64 "\n",
			     run->off, run->bytes);
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
	write_doubtful(m, out);
	mun_str_add(out, "# current_pos  current_status  current_pass\n");
	write_status(m, out);
	mun_str_add(out, "#      pos        size  status\n");
	write_runs(m, out);
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

/* The words from @p to @eol or a comment; more than @max are counted but not
 * kept. */
static size_t split(const char *p, const char *eol, struct word *words,
		    size_t max)
{
	size_t n = 0;

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
			words[n] = (struct word){ start, (size_t)(p - start) };
		n++;
	}
	return n;
}

/* One line more; false at the end. */
static bool take_line(struct reader *r, const char **start, const char **eol)
{
	if (r->at == r->end)
		return false;
	*start = r->at;
	*eol = memchr(r->at, '\n', (size_t)(r->end - r->at));
	if (!*eol)
		*eol = r->end;
	r->at = *eol < r->end ? *eol + 1 : *eol;
	r->line++;
	return true;
}

/* The words of the next line that has any; returns how many, 0 at the end. */
static size_t next_line(struct reader *r, struct word *words, size_t max)
{
	const char *start;
	const char *eol;
	size_t n = 0;

	while (n == 0 && take_line(r, &start, &eol))
		n = split(start, eol, words, max);
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

/* A positive decimal number, leading zeros or not; ddrescue counts in int. */
static bool pass_number(struct word w, unsigned int *out)
{
	unsigned int v = 0;

	for (size_t i = 0; i < w.len; i++) {
		if (w.text[i] < '0' || w.text[i] > '9')
			return false;
		if (ckd_mul(&v, v, 10u) ||
		    ckd_add(&v, v, (unsigned int)(w.text[i] - '0')) ||
		    v > INT_MAX)
			v = INT_MAX;
	}
	*out = v;
	return v > 0;
}

/* "POS STATUS [PASS]" */
static int read_status(struct reader *r, struct mun_read_status *out,
		       struct mun_err *e)
{
	struct word w[3];
	size_t n = next_line(r, w, MUN_COUNT(w));

	if (n == 0)
		return bad_line(r, "the status line is missing", e);
	if (n < 2 || n > 3 || !number(w[0], &out->pos) ||
	    !is_one_of(w[1], "?*/-FG+"))
		return bad_line(r, "not a status line", e);
	out->phase = w[1].text[0];
	out->pass = 1;
	if (n == 3 && !pass_number(w[2], &out->pass))
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

/* What of [off, end) is '-' is doubtful. */
static int mark_doubtful(struct mun_readmap *m, uint64_t off, uint64_t end,
			 struct mun_err *e)
{
	while (off < MUN_MIN(end, m->size)) {
		const struct mun_read_run *run = mun_readmap_run(m, off);
		uint64_t to = MUN_MIN(run->off + run->bytes, end);
		int rc = 0;

		if (run->state == MUN_READ_BAD)
			rc = mun_readmap_mark(m, off, to - off,
					      MUN_READ_DOUBTFUL, e);
		if (rc)
			return rc;
		off = to;
	}
	return 0;
}

/* The comments up to the status line, where @end is. */
static int read_doubtful(struct reader head, struct mun_readmap *m,
			 struct mun_err *e)
{
	const size_t len = sizeof(DOUBTFUL) - 1;
	const char *start;
	const char *eol;
	uint64_t last = 0;
	int rc = 0;

	while (!rc && take_line(&head, &start, &eol)) {
		struct word w[2];
		uint64_t off;
		uint64_t bytes;
		uint64_t end;

		if ((size_t)(eol - start) < len ||
		    memcmp(start, DOUBTFUL, len) != 0 ||
		    split(start + len, eol, w, MUN_COUNT(w)) != 2 ||
		    !number(w[0], &off) || !number(w[1], &bytes) ||
		    ckd_add(&end, off, bytes) || off < last)
			continue;
		last = end;
		rc = mark_doubtful(m, off, end, e);
	}
	return rc;
}

int mun_readmap_parse(const char *text, size_t len, struct mun_readmap *out,
		      struct mun_err *e)
{
	struct reader r = { text, text + len, 0 };
	struct mun_read_status status = { 0 };
	uint64_t size = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_status(&r, &status, e);
	/* Once for the size, which the last line tells; once to mark. */
	if (!rc)
		rc = read_blocks(r, NULL, &size, e);
	if (!rc)
		rc = mun_readmap_init(out, size, e);
	if (!rc)
		rc = read_blocks(r, out, &size, e);
	if (!rc)
		rc = read_doubtful((struct reader){ text, r.at, 0 }, out, e);
	if (rc)
		mun_readmap_clear(out);
	else
		out->status = status;
	return rc;
}
