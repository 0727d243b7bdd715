/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/ledger.h - the append-only record of everything that happened
 *
 * A folder of text files that need no program of ours (docs/ledger.md):
 *
 *   00000000.jsonl        segment: 4,096 entries, a line each, oldest first
 *   00000000.json         its digest, Merkle root and the frontier after it
 *   heads.jsonl           signed tree heads, a line each, oldest first
 *   tokens/SIZE-N.tsr     time stamps of heads, as received (RFC 3161)
 *   keys/ID.pem           public keys, for people with openssl
 *   lock
 *
 * An entry is one line of canonical JSON; leaf n of the RFC 6962 tree is line
 * n (from 0) without its newline.  What an entry means is the catalog's
 * business.  Entries come here after the catalog's transaction, so the ledger
 * is never ahead of it; a last line that an interruption cut is dropped and
 * written again.
 */
#ifndef MUN_FIXITY_LEDGER_H
#define MUN_FIXITY_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "fixity/merkle.h"
#include "fixity/signkey.h"

#define MUN_LEDGER_SEGMENT 4096u /* entries */
#define MUN_LEDGER_ENTRY_MAX ((size_t)64 << 20) /* bytes of one entry */

struct mun_ledger;

/* Make the folder; one that is there already is success.  0, MUN_EIO. */
MUN_CHECK int mun_ledger_init(const char *dir, struct mun_err *e);

/**
 * mun_ledger_open() - open a ledger
 * @write: take the lock (waiting for other processes, cancellable) and drop a
 *         last line that has no newline, which is said in the log
 *
 * Opening reads the newest closed segment's digest file and the open segment
 * only; everything else is mun_ledger_verify()'s.  One that lacks entries which
 * its newest head covers is not opened for writing: going on would be a fork.
 * A full segment whose digest file is missing gets it.
 * Return: 0; MUN_ENOENT where there is no folder; MUN_ECORRUPT (names file and
 * line); MUN_EIO; MUN_ECANCELLED.
 */
MUN_CHECK int mun_ledger_open(const char *dir, bool write,
			      struct mun_ledger **out, struct mun_err *e);
void mun_ledger_close(struct mun_ledger *l); /* NULL is fine */
MUN_DEFINE_FREEP(ledger, mun_ledger_close);

uint64_t mun_ledger_size(const struct mun_ledger *l); /* entries, synced */
MUN_CHECK int mun_ledger_root(const struct mun_ledger *l,
			      uint8_t out[static MUN_MERKLE_HASH],
			      struct mun_err *e);

/* Take one entry (no newline in it; MUN_EINVAL) into memory; it is in the
 * ledger when mun_ledger_sync() has returned 0. */
MUN_CHECK int mun_ledger_append(struct mun_ledger *l, const char *entry,
				size_t len, struct mun_err *e);

/* Write and fsync what was appended; close segments that are full.  After a
 * failure nothing of it counts, and the file is cut back to what it was. */
MUN_CHECK int mun_ledger_sync(struct mun_ledger *l, struct mun_err *e);

/* @entry is lent for the call; a result other than 0 ends the reading. */
typedef int mun_ledger_entry_fn(void *ctx, uint64_t seq, const char *entry,
				size_t len, struct mun_err *e);

/* Entries @from (inclusive) to @to (exclusive), in order.  Only what is read
 * is looked at: each line's newline and size, nothing of trees. */
MUN_CHECK int mun_ledger_read(const struct mun_ledger *l, uint64_t from,
			      uint64_t to, mun_ledger_entry_fn *fn, void *ctx,
			      struct mun_err *e);

/* One signed tree head. */
struct mun_ledger_head {
	uint64_t size;
	uint8_t root[MUN_MERKLE_HASH];
	uint8_t previous[32]; /* digest of the head before; zeros: the first */
	char time[MUN_TIME_LEN];
	char key[MUN_SIGNKEY_ID];
	uint8_t signature[MUN_SIGNKEY_SIGNATURE];
	uint8_t digest[32]; /* SHA-256 of its line: what is time-stamped */
};

/**
 * mun_ledger_sign() - sync, sign the tree, append the head, durably
 *
 * A newest head of the same size and key is not repeated: *@out is that one.
 * The head names the one before it, and is never earlier than that, whatever
 * the clock says.  The public key is kept in keys/.
 * Return: 0; MUN_ENOENT where there is no entry; MUN_EINVAL where the ledger is
 * open for reading; MUN_ECORRUPT (heads.jsonl); MUN_EIO, and then there is no
 * new head.
 */
MUN_CHECK int mun_ledger_sign(struct mun_ledger *l,
			      const struct mun_signkey *key,
			      struct mun_ledger_head *out, struct mun_err *e);

/* The newest head, or MUN_ENOENT.  Signatures are not looked at. */
MUN_CHECK int mun_ledger_head(const struct mun_ledger *l,
			      struct mun_ledger_head *out, struct mun_err *e);

/* A head as its line in heads.jsonl, and back (from a line or file that an
 * auditor kept).  MUN_ECORRUPT. */
MUN_CHECK int mun_ledger_head_text(const struct mun_ledger_head *h, char **out,
				   struct mun_err *e);
MUN_CHECK int mun_ledger_head_parse(const char *text, size_t len,
				    struct mun_ledger_head *out,
				    struct mun_err *e);

/* Keep a time-stamp answer for @h in tokens/, durably, as it was received; the
 * same bytes are not kept twice.  MUN_EFIXITY or MUN_ECORRUPT where it is not
 * of @h (mun_timestamp_check() without roots). */
MUN_CHECK int mun_ledger_keep_token(struct mun_ledger *l,
				    const struct mun_ledger_head *h,
				    const void *token, size_t len,
				    struct mun_err *e);

/* Inclusion of leaf @seq in the tree of @size entries, and consistency of two
 * sizes.  Reads digest files and at most one or two segments.  MUN_EINVAL for
 * numbers beyond the ledger. */
MUN_CHECK int mun_ledger_prove(const struct mun_ledger *l, uint64_t seq,
			       uint64_t size, struct mun_merkle_proof *out,
			       struct mun_err *e);
MUN_CHECK int mun_ledger_prove_consistency(const struct mun_ledger *l,
					   uint64_t size1, uint64_t size2,
					   struct mun_merkle_proof *out,
					   struct mun_err *e);

struct mun_ledger_problem {
	char code[24]; /* "segment-root", "head-root", "truncated", ...: the
			* table in docs/ledger.md has them all; "more" stands
			* for those beyond the thousandth */
	const char *where; /* file, line */
	const char *text;
};
typedef void mun_ledger_problem_fn(void *ctx,
				   const struct mun_ledger_problem *p);

/* A public key that heads may be signed with. */
struct mun_ledger_key {
	char id[MUN_SIGNKEY_ID];
	uint8_t public_key[MUN_SIGNKEY_PUBLIC];
};

struct mun_ledger_check {
	const struct mun_ledger_key *keys; /* as the catalog knows them */
	size_t nkeys;
	const struct mun_ledger_head *from; /* a head from elsewhere that must
					     * lie in this ledger's past; or
					     * NULL */
	const char *tsa_ca; /* PEM file of trusted TSA roots, or NULL: tokens'
			     * signatures are checked against the certificates
			     * that they carry, and this is a warning */
	unsigned int threads; /* 0: one for each processor */
	const struct mun_progress_to *progress;
	/* Called with each entry's leaf hash, in any order, from any of the
	 * threads; NULL: not wanted. */
	int (*leaf)(void *ctx, uint64_t seq,
		    const uint8_t hash[static MUN_MERKLE_HASH],
		    struct mun_err *e);
	void *leaf_ctx;
};

struct mun_ledger_verdict {
	uint64_t entries, segments, heads, tokens, problems;
	uint64_t unsigned_entries; /* after the newest head */
	struct mun_ledger_head newest; /* size 0: no head */
	int64_t newest_token_ms; /* 0: none */
};

/**
 * mun_ledger_verify() - all of it: every line, segment, head, signature, token
 *
 * Every head's root is recomputed from the entries, which proves all heads
 * consistent with each other and with the ledger.  1,000,000 entries take
 * seconds.
 * Return: 0 when judged, whatever was found; MUN_EIO, MUN_ECANCELLED.
 */
MUN_CHECK int mun_ledger_verify(const char *dir,
				const struct mun_ledger_check *how,
				mun_ledger_problem_fn *fn, void *ctx,
				struct mun_ledger_verdict *out,
				struct mun_err *e);

#endif
