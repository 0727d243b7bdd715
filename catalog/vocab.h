/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/vocab.h - the Library of Congress preservation vocabularies
 *
 * Terms are compared without regard to case, white space, '-' and '_': the
 * labels of id.loc.gov themselves are not of one mind ("is Source Of",
 * "includes"), and records in use say "isSourceOf" and "SHA256".  Any number of
 * threads.
 */
#ifndef MUN_CATALOG_VOCAB_H
#define MUN_CATALOG_VOCAB_H

#include <stdbool.h>
#include <stddef.h>

#define MUN_VOCAB_BASE "http://id.loc.gov/vocabulary/preservation/"

struct mun_vocab_term {
	const char *vocabulary; /* "eventType" */
	const char *code; /* "ima": the last part of the URI */
	const char *label; /* "imaging" */
	bool deprecated; /* by the Library of Congress */
};

/* The table, sorted by vocabulary and code, and its length. */
extern const struct mun_vocab_term mun_vocab_terms[];
extern const size_t mun_vocab_nterms;

/* Is there a vocabulary of that name ("eventType")? */
bool mun_vocab_is(const char *vocabulary);

/* The term of that label, or NULL. */
const struct mun_vocab_term *mun_vocab_by_label(const char *vocabulary,
						const char *label);

/* The term of that URI (http or https), or NULL. */
const struct mun_vocab_term *mun_vocab_by_uri(const char *uri);

/* What follows MUN_VOCAB_BASE in a URI of id.loc.gov's preservation
 * vocabularies (http or https; "" for the base itself), or NULL. */
const char *mun_vocab_uri_tail(const char *uri);

/* Are the two labels one term, compared as above? */
bool mun_vocab_same(const char *a, const char *b);

#endif
