/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_proof.h - the proof of one entry, for people without us */
#ifndef MUN_FIXITY_LEDGER_PROOF_H
#define MUN_FIXITY_LEDGER_PROOF_H

#include "fixity/ledger.h"

#define MUN_LEDGER_PROOF_FORMAT "muniment-proof-1"

/**
 * mun_ledger_proof_json() - entry @seq, its inclusion, a head, its time stamp
 * @keys: public keys as the catalog knows them
 * @out:  the document of docs/ledger.md, with a final newline; the caller's
 *
 * The head is the newest that covers the entry; where that one has no time
 * stamp and an older one that covers it too has one, that older one.  What is
 * written here has been verified, but for the authority's certificate.
 * Return: 0; MUN_ENOENT where no head covers @seq yet; MUN_EINVAL for a @seq
 * beyond the ledger or a head by a key that is not in @keys; MUN_EFIXITY where
 * entries or signature are not what they were (mun_ledger_verify() says more);
 * MUN_ECORRUPT; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_ledger_proof_json(const struct mun_ledger *l, uint64_t seq,
				    const struct mun_ledger_key *keys,
				    size_t nkeys, char **out,
				    struct mun_err *e);

#endif
