/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_verify_join.c - segments and heads in order: do they agree? */
#include "fixity/ledger_verify_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The entries up to @s, given the tree up to its segment. */
static int root_at(const struct mun_merkle *before,
		   const struct mun_ledger_seen *s,
		   uint8_t out[static MUN_MERKLE_HASH], struct mun_err *e)
{
	uint64_t rest = s->h.size % MUN_LEDGER_SEGMENT;
	struct mun_merkle t = *before;
	size_t n = 0;
	int rc = 0;

	for (unsigned int i = MUN_LEDGER_LEVEL; !rc && i-- > 0;) {
		if (rest >> i & 1)
			rc = mun_merkle_add_subtree(&t, i, s->part[n++], e);
	}
	return rc ? rc : mun_merkle_root(&t, out, e);
}

/* Heads of by_size from *@k on that end at or before @end, whose tree is
 * @tree, or within the segment that follows @before. */
static int settle(struct mun_ledger_judge *j, size_t *k, uint64_t end,
		  const struct mun_merkle *before,
		  const struct mun_merkle *tree, struct mun_err *e)
{
	for (; *k < j->nheads && j->by_size[*k]->h.size <= end; (*k)++) {
		struct mun_ledger_seen *s = j->by_size[*k];
		uint8_t root[MUN_MERKLE_HASH];
		int rc;

		if (s->h.size == tree->size)
			rc = mun_merkle_root(tree, root, e);
		else if (s->part)
			rc = root_at(before, s, root, e);
		else
			continue;
		if (rc)
			return rc;
		s->rooted = !memcmp(root, s->h.root, sizeof(root));
	}
	return 0;
}

static void part_problem(struct mun_ledger_judge *j, uint64_t number,
			 const char *code, const char *suffix, const char *text)
{
	char where[24];

	(void)snprintf(where, sizeof(where), "%08" PRIu64 ".%s", number,
		       suffix);
	mun_ledger_problem(j, MUN_LEDGER_IN_SEGMENTS, number, code, where, "%s",
			   text);
}

/*
 * One closed segment more.  Where its lines are damaged, the tree goes on with
 * the recorded root: so what comes after is judged by itself.
 */
static int join_closed(struct mun_ledger_judge *j,
		       const struct mun_ledger_part *p, struct mun_merkle *tree,
		       bool *lost, struct mun_err *e)
{
	uint8_t root[MUN_MERKLE_HASH];
	int rc;

	if (!p->lines)
		part_problem(j, p->number, "segment-missing", "jsonl",
			     "the segment is missing");
	if (!p->digest)
		part_problem(j, p->number, "digest-file", "json",
			     "the digest file is missing");
	if (!p->recorded && !p->whole) {
		*lost = true;
		return 0;
	}
	rc = mun_merkle_add_subtree(tree, MUN_LEDGER_LEVEL,
				    p->recorded ? p->root : p->own, e);
	if (!rc && p->recorded)
		rc = mun_merkle_root(tree, root, e);
	if (!rc && p->recorded && memcmp(root, p->after, sizeof(root)) != 0)
		part_problem(j, p->number, "frontier", "json",
			     "does not continue the segments before it");
	return rc;
}

static int join_parts(struct mun_ledger_judge *j, struct mun_merkle *tree,
		      size_t *k, bool *lost, struct mun_err *e)
{
	for (size_t i = 0; i < j->nparts; i++) {
		const struct mun_ledger_part *p = &j->parts[i];
		bool open = i + 1 == j->nparts && !p->digest;
		struct mun_merkle before = *tree;
		int rc = 0;

		j->out->entries += p->count;
		if (p->number * MUN_LEDGER_SEGMENT != tree->size && !*lost) {
			part_problem(j, tree->size / MUN_LEDGER_SEGMENT,
				     "segment-missing", "jsonl",
				     "the segment is missing");
			*lost = true;
		}
		if (*lost)
			continue;
		if (!open)
			rc = join_closed(j, p, tree, lost, e);
		else if (p->count > MUN_LEDGER_SEGMENT)
			part_problem(j, p->number, "segment-lines", "jsonl",
				     "too many lines: lines were inserted");
		for (unsigned int b = MUN_LEDGER_LEVEL + 1;
		     open && !rc && b-- > 0;) {
			if (j->open.size >> b & 1)
				rc = mun_merkle_add_subtree(tree, b,
							    j->open.node[b], e);
		}
		if (!rc && !*lost)
			rc = settle(j, k, tree->size, &before, tree, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* What is wrong with the root of @s, which @good entries before it are not. */
static void say_root(struct mun_ledger_judge *j,
		     const struct mun_ledger_seen *s, uint64_t good, bool lost)
{
	uint64_t entries = j->out->entries;
	char where[48];

	mun_ledger_where(s, where);
	if (s->h.size > entries)
		mun_ledger_problem(j, mun_ledger_group_of(s), s->line,
				   "truncated", where,
				   "%" PRIu64 " entries, where %" PRIu64
				   " were signed at %s: entries were cut off",
				   entries, s->h.size, s->h.time);
	else if (!s->line)
		mun_ledger_problem(j, mun_ledger_group_of(s), s->line, "forked",
				   where,
				   "it is not in this ledger's past: another "
				   "ledger was continued");
	else if (lost)
		mun_ledger_problem(j, mun_ledger_group_of(s), s->line,
				   "head-root", where,
				   "cannot be proved: entries before it are "
				   "missing");
	else
		mun_ledger_problem(j, mun_ledger_group_of(s), s->line,
				   "head-root", where,
				   "the first %" PRIu64
				   " entries are not those that were signed at "
				   "%s (the first %" PRIu64 " are)",
				   s->h.size, s->h.time, good);
}

/* One damaged entry breaks every later head: the first is enough. */
static void say_roots(struct mun_ledger_judge *j, bool lost)
{
	const struct mun_ledger_seen *first = NULL;
	const struct mun_ledger_seen *cut = NULL;
	uint64_t good = 0;

	for (size_t i = 0; i < j->nheads; i++) {
		const struct mun_ledger_seen *s = j->by_size[i];

		if (s->rooted && s->line)
			good = s->h.size;
		if (s->rooted)
			continue;
		if (!s->line)
			say_root(j, s, good, lost);
		else if (s->h.size > j->out->entries)
			cut = s;
		else if (!first)
			first = s;
		if (first == s)
			say_root(j, s, good, lost);
	}
	if (cut)
		say_root(j, cut, good, lost);
}

int mun_ledger_join(struct mun_ledger_judge *j, struct mun_err *e)
{
	struct mun_merkle tree = { 0 };
	bool lost = false;
	size_t k = 0;
	int rc;

	rc = join_parts(j, &tree, &k, &lost, e);
	if (!rc)
		say_roots(j, lost);
	return rc;
}
