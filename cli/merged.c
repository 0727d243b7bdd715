/* SPDX-License-Identifier: Apache-2.0 */
/* cli/merged.c - what came of a merge (cli/merged.h) */
#include "cli/merged.h"

#include "core/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 20u /* of disagreements; the rest is counted */

static const char *word(const char *because)
{
	static const char *const words[] = { "majority", "preferred", "kept" };

	for (size_t i = 0; i < 3; i++)
		if (!strcmp(words[i], because))
			return words[i];
	return "kept";
}

static bool goes_on(const struct mun_merged *m,
		    const struct mun_disagreement *d)
{
	const struct mun_merged_run *r = m->n ? &m->runs[m->n - 1] : NULL;

	return r && r->off + r->bytes == d->off &&
	       r->because == word(d->because) && !strcmp(r->taken, d->taken) &&
	       !strcmp(r->others, d->others);
}

static int note(void *ctx, const struct mun_disagreement *d, struct mun_err *e)
{
	struct mun_merged *m = ctx;
	struct mun_merged_run *r;
	int rc;

	if (goes_on(m, d)) {
		m->runs[m->n - 1].bytes += d->bytes;
		m->runs[m->n - 1].sectors++;
		return 0;
	}
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		void *grown = reallocarray(m->runs, room, sizeof(*m->runs));

		if (!grown)
			return mun_fail_nomem(e, "disagreements");
		m->runs = grown;
		m->room = room;
	}
	if (!m->n)
		m->sector_bytes = d->bytes;
	r = &m->runs[m->n];
	*r = (struct mun_merged_run){ .off = d->off,
				      .bytes = d->bytes,
				      .sectors = 1,
				      .because = word(d->because) };
	rc = mun_strdup(d->taken, &r->taken, e);
	if (!rc)
		rc = mun_strdup(d->others, &r->others, e);
	m->n++;
	return rc;
}

void mun_merged_note(struct mun_ingest_env *env, struct mun_merged *m)
{
	env->disagreed = note;
	env->disagreed_ctx = m;
	env->merged = &m->sum;
}

void mun_merged_clear(struct mun_merged *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->runs[i].taken);
		free(m->runs[i].others);
	}
	free(m->runs);
	*m = (struct mun_merged){ 0 };
}

bool mun_merged_any(const struct mun_merged *m)
{
	return m->sum.readings > 0;
}

void mun_merged_json(struct mun_jsonw *w, const struct mun_merged *m)
{
	const struct mun_merge_summary *s = &m->sum;

	mun_jsonw_object(w, "merge");
	mun_jsonw_u64(w, "readings", s->readings);
	mun_jsonw_bool(w, "versioned", s->versioned);
	mun_jsonw_u64(w, "filled_bytes", s->filled_bytes);
	mun_jsonw_u64(w, "lost_bytes", s->lost_bytes);
	mun_jsonw_u64(w, "runout_bytes", s->runout_bytes);
	mun_jsonw_u64(w, "doubtful_bytes", s->doubtful_bytes);
	mun_jsonw_u64(w, "disagreements", s->disagreements);
	mun_jsonw_u64(w, "outvoted", s->outvoted);
	if (s->liar) {
		mun_jsonw_u64(w, "liar", s->liar);
		mun_jsonw_text(w, "liar_name", s->liar_name);
	}
	mun_jsonw_array(w, "ranges");
	for (size_t i = 0; i < m->n; i++) {
		const struct mun_merged_run *r = &m->runs[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_u64(w, "lba", r->off / m->sector_bytes);
		mun_jsonw_u64(w, "sectors", r->sectors);
		mun_jsonw_u64(w, "offset", r->off);
		mun_jsonw_u64(w, "bytes", r->bytes);
		mun_jsonw_text(w, "because", r->because);
		mun_jsonw_text(w, "taken", r->taken);
		mun_jsonw_text(w, "others", r->others);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_end_object(w);
}

static void print_run(const struct mun_merged *m,
		      const struct mun_merged_run *r)
{
	uint64_t lba = r->off / m->sector_bytes;

	(void)printf("    LBA %" PRIu64, lba);
	if (r->sectors > 1)
		(void)printf("-%" PRIu64, lba + r->sectors - 1);
	(void)printf(": reading %s; otherwise reading %s (%s)\n", r->taken,
		     r->others, r->because);
}

static void print_runs(const struct mun_merged *m)
{
	(void)printf("  readings do not agree on %" PRIu64
		     " sectors; taken as in:\n",
		     m->sum.disagreements);
	for (size_t i = 0; i < m->n && i < LINES_MAX; i++)
		print_run(m, &m->runs[i]);
	if (m->n > LINES_MAX)
		(void)printf("    and %zu more ranges (--json has all)\n",
			     m->n - LINES_MAX);
	if (m->sum.liar)
		(void)printf("  in %" PRIu64
			     " of them one reading stood alone against two or "
			     "more; most often reading %u (%s)\n",
			     m->sum.outvoted, m->sum.liar, m->sum.liar_name);
}

static void print_sums(const struct mun_merge_summary *s, const char *filled)
{
	(void)printf("  %" PRIu64 " bytes %s, %" PRIu64
		     " still unreadable, %" PRIu64 " doubtful",
		     s->filled_bytes, filled, s->lost_bytes, s->doubtful_bytes);
	if (s->runout_bytes)
		(void)printf("; %" PRIu64 " of run-out, which hold no data",
			     s->runout_bytes);
	(void)putchar('\n');
}

void mun_merged_text(const struct mun_merged *m)
{
	const struct mun_merge_summary *s = &m->sum;

	if (s->versioned)
		(void)printf("  reading %u merged: version %u\n", s->readings,
			     s->version);
	else
		(void)printf("  it brings nothing new: version %u stays\n",
			     s->version);
	print_sums(s, "filled");
	if (m->n)
		print_runs(m);
}

static void dry_text(const struct mun_merged *m)
{
	const struct mun_merge_summary *s = &m->sum;

	if (s->versioned)
		(void)printf("  as reading %u it would make version %u\n",
			     s->readings, s->version);
	else
		(void)printf("  it would bring nothing new: version %u "
			     "stays\n",
			     s->version);
	print_sums(s, "would be filled");
	if (m->n)
		print_runs(m);
}

int mun_merged_dry(const struct mun_cli *c, const struct mun_ingest_env *env,
		   const struct mun_ingest_request *q, struct mun_merged *m)
{
	struct mun_err e;
	bool voted;

	mun_merged_clear(m);
	if (mun_merge_dry(env, q, &voted, note, m, &m->sum, &e))
		return mun_cli_error(c, &e);
	if (mun_cli_flag(c, "json"))
		return MUN_EXIT_DONE;
	(void)printf("'%s' can be merged\n", q->source);
	if (voted)
		dry_text(m);
	else
		(void)printf("  what it would bring is not known: a device is "
			     "not read in a dry run\n");
	return MUN_EXIT_DONE;
}

int mun_merged_status(const struct mun_merged *m)
{
	return m->sum.lost_bytes || m->sum.doubtful_bytes ||
			       m->sum.disagreements
		       ? MUN_EXIT_DAMAGE
		       : MUN_EXIT_DONE;
}

int mun_merged_usage(const struct mun_cli *c)
{
	static const char *const others[] = { "label", "collection", "media",
					      "expect", "format" };
	static const char *const lists[] = { "identifier", "attach" };
	const char *prefer = mun_cli_text(c, "prefer");

	if (prefer && !mun_cli_text(c, "merge"))
		return mun_cli_usage(c, "--prefer is of a merge: --merge "
					"OBJECT");
	if (prefer && strcmp(prefer, "new") != 0 && strcmp(prefer, "old") != 0)
		return mun_cli_usage(c, "--prefer is new or old, not '%s'",
				     prefer);
	if (!mun_cli_text(c, "merge"))
		return 0;
	if (c->nargs != 1 || mun_cli_flag(c, "loop"))
		return mun_cli_usage(c, "--merge is of one SOURCE");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (mun_cli_text(c, others[i]))
			return mun_cli_usage(c,
					     "--%s is of a new object: a merge "
					     "leaves it as it is",
					     others[i]);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (mun_cli_list(c, lists[i])->n)
			return mun_cli_usage(c,
					     "--%s is of a new object: a merge "
					     "leaves it as it is",
					     lists[i]);
	return 0;
}

int mun_merged_request(const struct mun_cli *c, const struct mun_repo *r,
		       struct mun_ingest_request *q,
		       char id[static MUN_UUID_LEN], struct mun_err *e)
{
	const char *object = mun_cli_text(c, "merge");
	int rc;

	if (!object)
		return 0;
	rc = mun_catalog_resolve(r->catalog, object, id, e);
	if (rc)
		return mun_ctx(e, "merge into '%s'", object);
	q->merge = id;
	q->prefer = mun_cli_text(c, "prefer");
	return 0;
}
