/* SPDX-License-Identifier: Apache-2.0 */
/* cli/expected.h - ingest --expect: the manifest and the sources of a call */
#ifndef MUN_CLI_EXPECTED_H
#define MUN_CLI_EXPECTED_H

#include "cli/cli.h"

#include "ingest/expect.h"

struct mun_expected {
	const struct mun_cli *c;
	struct mun_expect *x; /* NULL without --expect */
	bool *refused; /* by number of the source */
};

/* Options that make sense only together.  0 or MUN_EXIT_USAGE. */
int mun_expected_usage(const struct mun_cli *c);

/**
 * mun_expected_open() - read the manifest and find an entry for each source
 * @out: mun_expected_close(), whatever is returned
 *
 * Says which sources have no entry and which entries no source.
 * Return: an exit status; nothing may be read unless it is MUN_EXIT_DONE.
 */
int mun_expected_open(const struct mun_cli *c, struct mun_expected *out);
void mun_expected_close(struct mun_expected *x);

/* What was promised of source @number, or NULL. */
const struct mun_expectation *mun_expected_of(const struct mun_expected *x,
					      size_t number);

/* Source @number was not taken in. */
void mun_expected_refused(struct mun_expected *x, size_t number);

/* Members "refused" and "unmatched"; nothing without --expect. */
void mun_expected_json(struct mun_jsonw *w, const struct mun_expected *x);

#endif
