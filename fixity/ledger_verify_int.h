/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_verify_int.h - what judges a ledger shares; for it only */
#ifndef MUN_FIXITY_LEDGER_VERIFY_INT_H
#define MUN_FIXITY_LEDGER_VERIFY_INT_H

#include <pthread.h>

#include "fixity/ledger_int.h"

/* More problems than this are counted and not told one by one. */
#define MUN_LEDGER_TOLD 1000u

struct mun_ledger_found {
	uint64_t order; /* where it stands among the others */
	char code[24];
	char *where;
	char *text;
};

/* In the order in which problems are told. */
enum mun_ledger_group {
	MUN_LEDGER_IN_FILES,
	MUN_LEDGER_IN_SEGMENTS,
	MUN_LEDGER_IN_HEADS,
	MUN_LEDGER_IN_TOKENS,
	MUN_LEDGER_IN_KEYS,
	MUN_LEDGER_IN_GIVEN,
};

/* A head as it is checked. */
struct mun_ledger_seen {
	struct mun_ledger_head h;
	uint64_t line; /* of heads.jsonl, from 1; 0: the head that was given */
	bool signed_well;
	bool rooted; /* the entries give its root */
	/* Frontier of the entries of its own segment up to it, largest first;
	 * NULL where it ends with a segment, or its lines are not there. */
	uint8_t (*part)[MUN_MERKLE_HASH];
};

/* A segment of which the lines or the digest file is there. */
struct mun_ledger_part {
	uint64_t number;
	bool lines, digest; /* the files */
	bool recorded; /* the digest file can be read */
	bool whole; /* 4,096 good lines */
	uint64_t count; /* lines */
	uint8_t own[MUN_MERKLE_HASH]; /* root of the lines */
	uint8_t root[MUN_MERKLE_HASH]; /* as recorded */
	uint8_t after[MUN_MERKLE_HASH]; /* root of the recorded frontier */
};

/*
 * Jobs are segments, then heads, then tokens, taken in this order by several
 * threads; each writes to its own element.  The lock is for next_job, done,
 * found, problems, token_ms and err.
 */
struct mun_ledger_judge {
	const char *dir;
	const struct mun_ledger_check *how;
	struct mun_ledger_verdict *out;

	struct mun_ledger_part *parts; /* by number */
	size_t nparts;
	struct mun_ledger_seen *heads; /* as in the file; the given one last */
	size_t nheads;
	struct mun_ledger_seen **by_size;
	struct mun_ledger_token *tokens;
	size_t ntokens;
	struct mun_merkle open; /* lines of the last segment */
	uint64_t bytes; /* of all segments */

	pthread_mutex_t lock;
	size_t next_job;
	uint64_t done; /* bytes */
	struct mun_ledger_found *found;
	size_t nfound;
	size_t found_room;
	uint64_t problems;
	int64_t token_ms; /* newest */
	struct mun_err err; /* first failure */
};

/* Record a problem; any thread.  @where and the text are copied. */
void mun_ledger_problem(struct mun_ledger_judge *j, enum mun_ledger_group group,
			uint64_t number, const char *code, const char *where,
			const char *fmt, ...) MUN_PRINTF(6, 7);

/* "heads.jsonl line 7", and the group of its problems. */
void mun_ledger_where(const struct mun_ledger_seen *s, char out[static 48]);
enum mun_ledger_group mun_ledger_group_of(const struct mun_ledger_seen *s);

/* What is in the folders: fills parts, and names what does not belong there. */
MUN_CHECK int mun_ledger_list(struct mun_ledger_judge *j, struct mun_err *e);

/* Read heads.jsonl and take up the head that was given.  Sorted afterwards. */
MUN_CHECK int mun_ledger_read_heads(struct mun_ledger_judge *j,
				    struct mun_err *e);

/* One job each. */
MUN_CHECK int mun_ledger_check_part(struct mun_ledger_judge *j, size_t part,
				    struct mun_err *e);
MUN_CHECK int mun_ledger_check_head(struct mun_ledger_judge *j, size_t head,
				    struct mun_err *e);
MUN_CHECK int mun_ledger_check_token(struct mun_ledger_judge *j, size_t token,
				     struct mun_err *e);

/* All public keys in keys/. */
MUN_CHECK int mun_ledger_check_keys(struct mun_ledger_judge *j,
				    struct mun_err *e);

/* In the order of the entries, after all jobs: frontiers and heads' roots. */
MUN_CHECK int mun_ledger_join(struct mun_ledger_judge *j, struct mun_err *e);

/* What heads.jsonl says about itself, after mun_ledger_join(). */
void mun_ledger_check_order(struct mun_ledger_judge *j);

#endif
