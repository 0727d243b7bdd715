/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/rights.h - what may and may not be done with an object
 *
 * Somebody records a statement (struct mun_rec_rights in catalog/record.h): an
 * act is granted, or restricted.  Nothing of it is ever changed or removed; a
 * statement ends, with or without a later one in its place.  Both are facts,
 * with their entries in the ledger.  All statements of an object are in its
 * record, mun_catalog_get().
 *
 * Only restrictions forbid.  A grant is kept for people; it does not lift a
 * restriction: that is ended.
 */
#ifndef MUN_CATALOG_RIGHTS_H
#define MUN_CATALOG_RIGHTS_H

#include "catalog/catalog.h"

/**
 * mun_rights_add() - record a statement about an object
 * @object: UUID
 * @x:      what it says; its id, recorded, ended, ended_by, why and later are
 *          not looked at.  @x->agent: an agent's id, or ""
 * @ends:   id of a statement of this object that ends with it, and whose place
 *          it takes; or NULL
 * @why:    that one ends; or NULL
 * @id_out: the new statement's id
 *
 * One transaction: both or neither.
 * Return: 0; MUN_ENOENT for an object or a statement to be ended that is not
 * there; MUN_EEXIST where that has ended already; MUN_EINVAL for what
 * mun_rec_rights_check() refuses, an agent that nobody knows; MUN_EIO,
 * MUN_ECORRUPT.
 */
MUN_CHECK int mun_rights_add(struct mun_catalog *c, const char *object,
			     const struct mun_rec_rights *x, const char *ends,
			     const char *why, char id_out[static MUN_UUID_LEN],
			     struct mun_err *e);

/* A statement does not hold any more from now on.  @agent (or NULL), @why (or
 * NULL) and results as above. */
MUN_CHECK int mun_rights_end(struct mun_catalog *c, const char *object,
			     const char *id, const char *agent, const char *why,
			     struct mun_err *e);

/* The answer to "may this be done now?". */
struct mun_rights_answer {
	bool forbidden;
	size_t n; /* statements that forbid it */
	char id[MUN_UUID_LEN]; /* of the first of them; "" */
	/* One line for people, of clean UTF-8: id, act, end, basis and text of
	 * each, "; " between them; long texts are cut with "...".  At most 3,000
	 * bytes; an error's line holds 159 of them.  NULL where nothing forbids
	 * it. */
	char *text;
};
void mun_rights_answer_clear(struct mun_rights_answer *a); /* zeroed is fine */

/**
 * mun_rights_forbid() - is this act on the object restricted at that moment?
 * @object: UUID
 * @act:    MUN_ACT_*: "disseminate" for whatever leaves the repository
 * @at_ms:  as of mun_now_ms(), normally now
 * @out:    the caller's, to be cleared with mun_rights_answer_clear(); valid
 *          on success only
 *
 * A statement counts where mun_rec_rights_bind() says so: it restricts, was
 * not ended, has begun (the earliest moment that its date can mean) and has not
 * run out (the last one): an embargo until 2040 is over at midnight UTC of
 * 2041-01-01, and nothing has to be done for it.  A date that cannot be read
 * binds for ever.  What may not be used may not be disseminated either: a copy
 * is given away to be used.
 *
 * Whoever does the act nevertheless, because somebody authorised it, records
 * that in the event ("authorizer" is LoC's role for the agent).
 * Return: 0, also where it is forbidden: that is an answer; MUN_ENOENT (no such
 * object), MUN_EINVAL (no such act), MUN_EIO, MUN_ECORRUPT, MUN_ENOMEM.
 */
MUN_CHECK int mun_rights_forbid(struct mun_catalog *c, const char *object,
				const char *act, int64_t at_ms,
				struct mun_rights_answer *out,
				struct mun_err *e);

/**
 * mun_rights_restricted() - the objects with an act that is restricted then
 * @act: MUN_ACT_*
 * @out: their ids, sorted; @n of them; free()
 */
MUN_CHECK int mun_rights_restricted(struct mun_catalog *c, const char *act,
				    int64_t at_ms, char (**out)[MUN_UUID_LEN],
				    size_t *n, struct mun_err *e);

#endif
