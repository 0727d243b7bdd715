/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/evidence.h - the catalog's facts as entries of the ledger
 *
 * Each fact that is put into the catalog gets the next number of table leaf in
 * the same transaction; the ledger's entry of that number is the fact as
 * canonical JSON, made by the SQL view entry (docs/catalog.md), so that it can
 * be made again, and compared, at any time and with the sqlite3 program alone.
 * Entries are written to the ledger after the transaction: numbers that the
 * ledger has not yet are its to-do list, which survives a crash.
 */
#ifndef MUN_CATALOG_EVIDENCE_H
#define MUN_CATALOG_EVIDENCE_H

#include "catalog/catalog.h"
#include "core/log.h"
#include "fixity/ledger.h"

/**
 * mun_catalog_attach() - write to this ledger after every transaction
 * @dir: the ledger's folder, which exists
 *
 * What an interrupted command left unwritten is written now, and said in the
 * log.  From now on a failure to write the ledger is said in the log and made
 * good by the next transaction or command; the fact itself is safe.
 * Return: 0; MUN_ECORRUPT where the ledger has more entries than the catalog
 * (an older catalog was put back: rebuild) or another last entry than the
 * catalog's; MUN_EIO.
 */
MUN_CHECK int mun_catalog_attach(struct mun_catalog *c, const char *dir,
				 struct mun_err *e);

/* Write what is still to be written; 0 with nothing to do or no ledger. */
MUN_CHECK int mun_catalog_flush(struct mun_catalog *c, struct mun_err *e);

/* Flush, and sign the tree.  *@out: the head; its size is 0 without a
 * ledger. */
MUN_CHECK int mun_catalog_sign(struct mun_catalog *c,
			       const struct mun_signkey *key,
			       struct mun_ledger_head *out, struct mun_err *e);

/* The identity of the repository: made by the first call, a fact from then
 * on. */
MUN_CHECK int mun_catalog_repository(struct mun_catalog *c,
				     char out[static MUN_UUID_LEN],
				     struct mun_err *e);

/**
 * mun_catalog_key_add() - a signing key takes over
 * @endorsed_by: the key before, which signs the new public key; NULL for the
 *               first
 */
MUN_CHECK int mun_catalog_key_add(struct mun_catalog *c,
				  const struct mun_signkey *key,
				  const struct mun_signkey *endorsed_by,
				  struct mun_err *e);

/* All keys, oldest first; *@out is the caller's, free().  Endorsements are
 * verified: MUN_EFIXITY. */
MUN_CHECK int mun_catalog_keys(struct mun_catalog *c,
			       struct mun_ledger_key **out, size_t *n,
			       struct mun_err *e);

/* The number of the entry of the event or object with this id.  MUN_ENOENT. */
MUN_CHECK int mun_catalog_leaf(struct mun_catalog *c, const char *id,
			       uint64_t *seq, struct mun_err *e);

/**
 * mun_catalog_compare() - ledger and catalog, all of both
 * @how: its leaf and keys are set by this function
 *
 * mun_ledger_verify(), and every entry is made again from the catalog's rows
 * and compared; rows that no entry stands for, and entries without rows, are
 * named.  Problem codes beside those of the ledger: "row-changed",
 * "row-removed", "row-inserted", "row-order", "catalog-behind",
 * "ledger-behind" (a warning: told by verdict), "repository", "key".
 */
MUN_CHECK int mun_catalog_compare(struct mun_catalog *c, const char *dir,
				  const struct mun_ledger_check *how,
				  mun_ledger_problem_fn *fn, void *ctx,
				  struct mun_ledger_verdict *out,
				  struct mun_err *e);

/* The record of object @id as a store has it, with layers: mun_stored_load().
 * MUN_ENOENT: no store has it. */
typedef int mun_replay_load_fn(void *ctx, const char *id,
			       struct mun_record **out, struct mun_err *e);

struct mun_replay_result {
	uint64_t entries; /* taken in */
	uint64_t objects;
	uint64_t events;
	uint64_t failed; /* told through @problem */
};
typedef void mun_replay_problem_fn(void *ctx, const char *where,
				   const struct mun_err *why);

/**
 * mun_catalog_replay() - all facts of a ledger into the empty catalog @c
 *
 * Facts come from the entries, piece layers from the stores (compared with the
 * entry's root).  Afterwards every entry made from @c is the ledger's.
 * An object that no store has any more: its other facts are taken in, and it is
 * told; audits will call its files missing.
 */
MUN_CHECK int mun_catalog_replay(struct mun_catalog *c, const char *dir,
				 mun_replay_load_fn *load, void *load_ctx,
				 mun_replay_problem_fn *problem, void *ctx,
				 const struct mun_progress_to *progress,
				 struct mun_replay_result *out,
				 struct mun_err *e);

#endif
