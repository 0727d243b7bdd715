/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_drives.c - muniment drives */
#include "catalog/drives.h"
#include "cli/cli.h"
#include "core/check.h"
#include "core/parse.h"
#include "core/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum column {
	COLUMN_NAME,
	COLUMN_FIRMWARE,
	COLUMN_SERIAL,
	COLUMN_MEDIA,
	COLUMN_BYTES,
	COLUMN_UNREADABLE,
	COLUMN_ERRORS,
	COLUMN_USED,
	COLUMN_LAST,
	COLUMNS
};

static const char *const heads[COLUMNS] = {
	"drive",      "firmware",     "serial",    "media",    "read",
	"unreadable", "failed reads", "last used", "outcomes",
};

struct row {
	char cells[COLUMNS][96];
};

/* One letter for each of the last media, newest first: 'c', 'd', 'p'. */
static void last_letters(const struct mun_drive *x, char *out)
{
	for (size_t i = 0; i < x->nlast; i++)
		*out++ = mun_drive_outcome_name(x->last[i])[0];
	*out = '\0';
}

/* What is in the sums of @x, or that nothing is. */
static void known_bytes(const struct mun_drive *x, uint64_t bytes,
			char out[static 16])
{
	if (x->known)
		mun_human_bytes(bytes, out);
	else
		(void)snprintf(out, 16, "unknown");
}

static uint64_t per_million(uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)((double)part * 1e6 / (double)whole + 0.5) : 0;
}

static void errors_text(const struct mun_drive *x, char *out, size_t size)
{
	uint64_t rate = per_million(x->failed_reads, x->reads);

	if (!x->known)
		(void)snprintf(out, size, "unknown");
	else
		(void)snprintf(out, size,
			       "%" PRIu64 " of %" PRIu64 " (%" PRIu64
			       ".%02" PRIu64 " %%)",
			       x->failed_reads, x->reads, rate / 10000,
			       rate / 100 % 100);
}

static void fill(const struct mun_drive *x, struct row *r)
{
	const struct {
		enum column column;
		const char *text;
	} texts[] = {
		{ COLUMN_NAME, x->name },
		{ COLUMN_FIRMWARE, x->firmware },
		{ COLUMN_SERIAL, x->serial },
	};

	for (size_t i = 0; i < MUN_COUNT(texts); i++)
		(void)snprintf(r->cells[texts[i].column], sizeof(*r->cells),
			       "%s", texts[i].text[0] ? texts[i].text : "-");
	(void)snprintf(r->cells[COLUMN_MEDIA], sizeof(*r->cells), "%" PRIu64,
		       x->media);
	known_bytes(x, x->read_bytes, r->cells[COLUMN_BYTES]);
	known_bytes(x, x->unreadable, r->cells[COLUMN_UNREADABLE]);
	errors_text(x, r->cells[COLUMN_ERRORS], sizeof(*r->cells));
	(void)snprintf(r->cells[COLUMN_USED], sizeof(*r->cells), "%.10s",
		       x->last_used);
	last_letters(x, r->cells[COLUMN_LAST]);
}

static void print_row(const struct row *r, const size_t *widths)
{
	for (int k = 0; k < COLUMNS - 1; k++)
		(void)printf("%-*s  ", (int)widths[k], r->cells[k]);
	(void)printf("%s\n", r->cells[COLUMNS - 1]);
}

static int print_table(const struct mun_drives *d, struct mun_err *e)
{
	mun_autofree struct row *rows = calloc(d->n + 1, sizeof(*rows));
	size_t widths[COLUMNS] = { 0 };

	if (!rows)
		return mun_fail_nomem(e, "table");
	for (int k = 0; k < COLUMNS; k++)
		(void)snprintf(rows[0].cells[k], sizeof(*rows->cells), "%s",
			       heads[k]);
	for (size_t i = 0; i < d->n; i++)
		fill(&d->of[i], &rows[i + 1]);
	for (size_t i = 0; i <= d->n; i++)
		for (int k = 0; k < COLUMNS; k++)
			widths[k] =
				MUN_MAX(widths[k], strlen(rows[i].cells[k]));
	for (size_t i = 0; i <= d->n && d->n; i++)
		print_row(&rows[i], widths);
	return 0;
}

static void line(const char *what, const char *text)
{
	if (text[0])
		(void)printf("%-14s %s\n", what, text);
}

static void print_one(const struct mun_drives *d, size_t index)
{
	const struct mun_drive *x = &d->of[index];
	struct mun_drive_judgement j;
	struct row r;

	fill(x, &r);
	mun_drives_judge(d, index, &j);
	line("drive", x->name);
	line("firmware", x->firmware);
	line("serial", x->serial);
	for (size_t i = 0; i < x->nagents; i++)
		line(i ? "" : "agent", x->agents[i]);
	line("note", x->note);
	line("first used", x->first_used);
	line("last used", x->last_used);
	(void)printf("%-14s %" PRIu64 ": %" PRIu64 " complete, %" PRIu64
		     " doubtful, %" PRIu64 " partial\n",
		     "media", x->media, x->outcomes[MUN_DRIVE_COMPLETE],
		     x->outcomes[MUN_DRIVE_DOUBTFUL],
		     x->outcomes[MUN_DRIVE_PARTIAL]);
	if (x->known < x->media)
		(void)printf("%-14s of %" PRIu64 " of them; the others were "
			     "read before any were kept\n",
			     "statistics", x->known);
	line("read", r.cells[COLUMN_BYTES]);
	line("unreadable", r.cells[COLUMN_UNREADABLE]);
	line("failed reads", r.cells[COLUMN_ERRORS]);
	(void)printf("%-14s %s: %s\n", "judgement",
		     mun_drive_verdict_name(j.verdict), j.why);
	(void)printf("\nmedia\n");
}

static int medium_text(void *ctx, const struct mun_drive_medium *m,
		       struct mun_err *e)
{
	char lost[16];

	(void)ctx;
	(void)e;
	mun_human_bytes(m->unreadable, lost);
	(void)printf("  %s  %-8s  %s", m->started,
		     mun_drive_outcome_name(m->outcome), m->object);
	(void)printf("  %s", m->label);
	if (m->unreadable)
		(void)printf("; %s unreadable", lost);
	if (m->untried)
		(void)printf("; not all tried (%s)", m->stopped);
	if (m->others == MUN_OTHERS_BETTER)
		(void)printf("; %s could read more", m->other);
	else if (m->others == MUN_OTHERS_NOT)
		(void)printf("; other drives lack as much");
	if (!m->known)
		(void)printf("; without statistics");
	(void)putchar('\n');
	return 0;
}

/* A number that is in the sums, or null where none is known. */
static void known_number(struct mun_jsonw *w, const char *key, bool known,
			 uint64_t value)
{
	if (known)
		mun_jsonw_u64(w, key, value);
	else
		mun_jsonw_null(w, key);
}

static void statistics_json(struct mun_jsonw *w, const struct mun_drive *x)
{
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "medium_bytes", x->medium_bytes },
		{ "read_bytes", x->read_bytes },
		{ "unreadable_bytes", x->unreadable },
		{ "doubtful_bytes", x->doubtful },
		{ "reads", x->reads },
		{ "failed_reads", x->failed_reads },
		{ "slow_reads", x->slow_reads },
		{ "corrected_sectors", x->corrected },
		{ "reopened", x->reopened },
		{ "failed_per_million",
		  per_million(x->failed_reads, x->reads) },
	};

	mun_jsonw_u64(w, "media_with_statistics", x->known);
	for (size_t i = 0; i < MUN_COUNT(numbers); i++)
		known_number(w, numbers[i].key, x->known > 0, numbers[i].value);
}

static void judgement_json(struct mun_jsonw *w, const struct mun_drives *d,
			   size_t index)
{
	struct mun_drive_judgement j;

	mun_drives_judge(d, index, &j);
	mun_jsonw_object(w, "judgement");
	mun_jsonw_text(w, "verdict", mun_drive_verdict_name(j.verdict));
	mun_jsonw_text(w, "why", j.why);
	mun_jsonw_u64(w, "others_better", d->of[index].others_better);
	mun_jsonw_u64(w, "others_not", d->of[index].others_not);
	mun_jsonw_u64(w, "others_media", j.others_media);
	mun_jsonw_u64(w, "others_partial", j.others_partial);
	mun_jsonw_u64(w, "chance_per_million",
		      (uint64_t)(j.chance * 1e6 + 0.5));
	mun_jsonw_end_object(w);
}

/* Its members; the object stays open. */
static void drive_json(struct mun_jsonw *w, const struct mun_drives *d,
		       size_t index)
{
	const struct mun_drive *x = &d->of[index];

	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "id", x->id);
	mun_jsonw_array(w, "agents");
	for (size_t i = 0; i < x->nagents; i++)
		mun_jsonw_text(w, NULL, x->agents[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_text(w, "name", x->name);
	mun_jsonw_text(w, "firmware", x->firmware);
	mun_jsonw_text(w, "serial", x->serial);
	mun_jsonw_text(w, "note", x->note);
	mun_jsonw_text(w, "first_used", x->first_used);
	mun_jsonw_text(w, "last_used", x->last_used);
	mun_jsonw_u64(w, "media", x->media);
	for (int i = 0; i < MUN_DRIVE_OUTCOMES; i++)
		mun_jsonw_u64(w,
			      mun_drive_outcome_name((enum mun_drive_outcome)i),
			      x->outcomes[i]);
	mun_jsonw_array(w, "last_outcomes");
	for (size_t i = 0; i < x->nlast; i++)
		mun_jsonw_text(w, NULL, mun_drive_outcome_name(x->last[i]));
	mun_jsonw_end_array(w);
	statistics_json(w, x);
	judgement_json(w, d, index);
}

static int medium_json(void *ctx, const struct mun_drive_medium *m,
		       struct mun_err *e)
{
	static const char *const others[] = {
		[MUN_OTHERS_NONE] = "",
		[MUN_OTHERS_BETTER] = "better",
		[MUN_OTHERS_NOT] = "not",
	};
	struct mun_jsonw *w = ctx;

	(void)e;
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "object", m->object);
	mun_jsonw_text(w, "label", m->label);
	mun_jsonw_text(w, "started", m->started);
	mun_jsonw_text(w, "outcome", mun_drive_outcome_name(m->outcome));
	mun_jsonw_text(w, "stopped", m->stopped);
	mun_jsonw_u64(w, "readings", m->readings);
	known_number(w, "bytes", m->known, m->bytes);
	mun_jsonw_u64(w, "unreadable_bytes", m->unreadable);
	known_number(w, "doubtful_bytes", m->known, m->doubtful);
	known_number(w, "untried_bytes", m->known, m->untried);
	known_number(w, "read_bytes", m->known, m->read_bytes);
	known_number(w, "reads", m->known, m->reads);
	known_number(w, "failed_reads", m->known, m->failed_reads);
	mun_jsonw_text(w, "others", others[m->others]);
	mun_jsonw_text(w, "other_drive", m->other);
	mun_jsonw_end_object(w);
	return 0;
}

/* All drives, or only the one that was asked for with its media. */
static int print_json(struct mun_jsonw *w, struct mun_catalog *c,
		      const struct mun_drives *d, const size_t *only,
		      struct mun_err *e)
{
	int rc = 0;

	mun_jsonw_array(w, "drives");
	for (size_t i = 0; i < d->n && !rc; i++) {
		if (only && i != *only)
			continue;
		drive_json(w, d, i);
		if (only) {
			mun_jsonw_array(w, "media_read");
			rc = mun_drives_media(c, d, i, medium_json, w, e);
			mun_jsonw_end_array(w);
		}
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	return rc;
}

int mun_cmd_drives(struct mun_cli *c)
{
	mun_auto(repo) *repo = NULL;
	mun_auto(drives) *d = NULL;
	const size_t *only = NULL;
	struct mun_jsonw w;
	struct mun_err e;
	size_t index = 0;
	int rc = mun_repo_open(c, MUN_REPO_CATALOG, &repo, &e);

	if (!rc)
		rc = mun_drives_load(repo->catalog, &d, &e);
	if (!rc && c->nargs) {
		rc = mun_drives_find(d, c->args[0], &index, &e);
		only = &index;
	}
	if (rc)
		return mun_cli_error(c, &e);
	if (mun_cli_flag(c, "json")) {
		mun_cli_json_begin(&w);
		rc = print_json(&w, repo->catalog, d, only, &e);
		return mun_cli_json_end(
			c, &w, rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE);
	}
	if (only) {
		print_one(d, index);
		rc = mun_drives_media(repo->catalog, d, index, medium_text,
				      NULL, &e);
	} else {
		rc = print_table(d, &e);
	}
	return rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE;
}
