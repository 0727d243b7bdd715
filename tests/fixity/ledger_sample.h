/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/ledger_sample.h - ledgers for the tests of the ledger */
#ifndef MUN_TESTS_LEDGER_SAMPLE_H
#define MUN_TESTS_LEDGER_SAMPLE_H

#include "fixity/ledger.h"
#include "tests/support/support.h"

/* A folder with a key and a ledger in it. */
struct ledger_sample {
	char *dir;
	char *path; /* the ledger's folder */
	char *key_path;
	struct mun_signkey *key;
	struct mun_ledger_key known; /* the same, as a verifier knows it */
};

int ledger_sample_set_up(void **state);
int ledger_sample_tear_down(void **state);

/* Entry @n as the tests have it: the same bytes for the same number. */
size_t ledger_sample_entry(uint64_t n, char out[static 512]);

/* Append entries from the ledger's size on until it has @size, and sync every
 * @batch of them; then sign where @sign. */
void ledger_sample_grow(const struct ledger_sample *s, uint64_t size,
			uint64_t batch, bool sign);

/* Assert that the ledger holds entries 0 to @size and nothing else, each as
 * ledger_sample_entry() has it, and that its root is theirs. */
void ledger_sample_assert(const struct ledger_sample *s, uint64_t size);

/* As above, but for any size; the size. */
uint64_t ledger_sample_whole(const struct ledger_sample *s);

/* Root of the first @size entries, computed without the ledger. */
void ledger_sample_root(uint64_t size, uint8_t out[static MUN_MERKLE_HASH]);

#endif
