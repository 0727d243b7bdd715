/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/vocab.c - the Library of Congress preservation vocabularies */
#include "catalog/vocab.h"

#include "core/check.h"

#include <ctype.h>
#include <string.h>

#define TERM(vocabulary, code, label, deprecated) \
	{ vocabulary, code, label, deprecated },
const struct mun_vocab_term mun_vocab_terms[] = {
#include "catalog/vocab_terms.def"
};
#undef TERM

const size_t mun_vocab_nterms = MUN_COUNT(mun_vocab_terms);

static const char *const bases[] = {
	MUN_VOCAB_BASE,
	"https://id.loc.gov/vocabulary/preservation/",
};

#define BLANKS " \t\r\n"

/* The next character of a label in lower case, 0 at its end. */
static int next_letter(const char **p)
{
	*p += strspn(*p, BLANKS "-_");
	return **p ? tolower((unsigned char)*(*p)++) : 0;
}

bool mun_vocab_same(const char *a, const char *b)
{
	int x;

	do {
		x = next_letter(&a);
		if (x != next_letter(&b))
			return false;
	} while (x);
	return true;
}

bool mun_vocab_is(const char *vocabulary)
{
	for (size_t i = 0; i < mun_vocab_nterms; i++)
		if (strcmp(mun_vocab_terms[i].vocabulary, vocabulary) == 0)
			return true;
	return false;
}

const struct mun_vocab_term *mun_vocab_by_label(const char *vocabulary,
						const char *label)
{
	for (size_t i = 0; i < mun_vocab_nterms; i++) {
		const struct mun_vocab_term *t = &mun_vocab_terms[i];

		if (strcmp(t->vocabulary, vocabulary) == 0 &&
		    mun_vocab_same(t->label, label))
			return t;
	}
	return NULL;
}

const char *mun_vocab_uri_tail(const char *uri)
{
	uri += strspn(uri, BLANKS);
	for (size_t i = 0; i < MUN_COUNT(bases); i++) {
		size_t len = strlen(bases[i]);

		if (strncmp(uri, bases[i], len) == 0)
			return uri + len;
		/* The base itself is also written without its slash. */
		if (strncmp(uri, bases[i], len - 1) == 0 && !uri[len - 1])
			return uri + len - 1;
	}
	return NULL;
}

const struct mun_vocab_term *mun_vocab_by_uri(const char *uri)
{
	const char *tail = mun_vocab_uri_tail(uri);
	size_t len;

	if (!tail)
		return NULL;
	len = strcspn(tail, BLANKS);
	if (tail[len + strspn(tail + len, BLANKS)])
		return NULL;
	for (size_t i = 0; i < mun_vocab_nterms; i++) {
		const struct mun_vocab_term *t = &mun_vocab_terms[i];
		size_t n = strlen(t->vocabulary);

		if (len == n + 1 + strlen(t->code) &&
		    strncmp(tail, t->vocabulary, n) == 0 && tail[n] == '/' &&
		    strncmp(tail + n + 1, t->code, len - n - 1) == 0)
			return t;
	}
	return NULL;
}
