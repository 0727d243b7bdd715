/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/witness.h - the end of a piece of work: a signed head, a time stamp
 *
 * Every command that adds to the ledger ends with a head; audits, copies and
 * repairs also ask the time-stamp authority, if there is one.
 */
#ifndef MUN_AUDIT_WITNESS_H
#define MUN_AUDIT_WITNESS_H

#include "catalog/evidence.h"
#include "core/conf.h"

struct mun_evidence {
	const char *ledger; /* its folder */
	const char *key; /* file of the private key */
	const struct mun_conf *conf; /* tsa, tsa-ca */
};

/**
 * mun_evidence_begin() - attach the ledger; make it and the key where a
 *                        repository of an earlier release has none
 *
 * A key that is gone is said: facts are written, and not signed, until it is
 * put back.
 * Return: as mun_catalog_attach(); MUN_ENOENT where there are entries but no
 * ledger any more (said what to do).
 */
MUN_CHECK int mun_evidence_begin(struct mun_catalog *c,
				 const struct mun_evidence *w,
				 struct mun_err *e);

/* Sign the ledger as it is now; nothing new is no work.  *@out may be NULL. */
MUN_CHECK int mun_evidence_sign(struct mun_catalog *c,
				const struct mun_evidence *w,
				struct mun_ledger_head *out, struct mun_err *e);

/**
 * mun_evidence_stamp() - have the newest head time-stamped
 *
 * Return: 0, also where no authority is configured or the newest head has a
 * token; MUN_EIO (no answer), MUN_EFIXITY, MUN_ECORRUPT (the answer): the head
 * stands without a token, and the next run asks again.
 */
MUN_CHECK int mun_evidence_stamp(const struct mun_evidence *w,
				 struct mun_err *e);

/* The request for the newest head, to be carried to an authority by hand, and
 * its answer back.  MUN_ENOENT: there is no head. */
MUN_CHECK int mun_evidence_request(const struct mun_evidence *w,
				   unsigned char **out, size_t *len,
				   struct mun_err *e);
MUN_CHECK int mun_evidence_response(const struct mun_evidence *w,
				    const void *answer, size_t len,
				    struct mun_err *e);

/* A new key takes over, endorsed by the old one, which is kept beside it as
 * KEY.ID; @out: the new key's id. */
MUN_CHECK int mun_evidence_rotate(struct mun_catalog *c,
				  const struct mun_evidence *w,
				  char out[static MUN_SIGNKEY_ID],
				  struct mun_err *e);

#endif
