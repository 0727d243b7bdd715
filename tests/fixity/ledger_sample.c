/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/ledger_sample.c - ledgers for the tests of the ledger */
#include "tests/fixity/ledger_sample.h"

#include <inttypes.h>
#include <stdio.h>

int ledger_sample_set_up(void **state)
{
	struct ledger_sample *s = calloc(1, sizeof(*s));
	struct mun_err e;

	assert_non_null(s);
	s->dir = mun_test_dir();
	s->path = mun_test_path(s->dir, "ledger");
	s->key_path = mun_test_path(s->dir, "sign.key");
	assert_int_equal(mun_signkey_create(s->key_path, &s->key, &e), 0);
	memcpy(s->known.id, mun_signkey_id(s->key), sizeof(s->known.id));
	memcpy(s->known.public_key, mun_signkey_public(s->key),
	       sizeof(s->known.public_key));
	assert_int_equal(mun_ledger_init(s->path, &e), 0);
	*state = s;
	return 0;
}

int ledger_sample_tear_down(void **state)
{
	struct ledger_sample *s = *state;

	mun_fault_restore();
	mun_cancel_reset();
	mun_signkey_free(s->key);
	free(s->key_path);
	free(s->path);
	mun_test_dir_remove(s->dir);
	free(s);
	return 0;
}

size_t ledger_sample_entry(uint64_t n, char out[static 512])
{
	static const char note[] =
		"the quick brown fox jumps over the lazy dog and back again";

	/* Lengths differ, so that lines cannot be told by their place. */
	return (size_t)snprintf(out, 512,
				"{\"note\":\"%.*s\",\"outcome\":\"intact\","
				"\"seq\":%" PRIu64 "}",
				(int)(n * 7 % sizeof(note)), note, n);
}

static void append(struct mun_ledger *l, uint64_t n)
{
	char entry[512];
	struct mun_err e;

	assert_int_equal(
		mun_ledger_append(l, entry, ledger_sample_entry(n, entry), &e),
		0);
}

void ledger_sample_grow(const struct ledger_sample *s, uint64_t size,
			uint64_t batch, bool sign)
{
	mun_auto(ledger) *l = NULL;
	struct mun_ledger_head h;
	struct mun_err e;

	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	for (uint64_t n = mun_ledger_size(l); n < size;) {
		append(l, n++);
		if (n == size || n % batch == 0)
			assert_int_equal(mun_ledger_sync(l, &e), 0);
	}
	assert_int_equal(mun_ledger_size(l), size);
	if (sign)
		assert_int_equal(mun_ledger_sign(l, s->key, &h, &e), 0);
}

void ledger_sample_root(uint64_t size, uint8_t out[static MUN_MERKLE_HASH])
{
	struct mun_merkle t = { 0 };
	uint8_t leaf[MUN_MERKLE_HASH];
	char entry[512];
	struct mun_err e;

	for (uint64_t n = 0; n < size; n++) {
		size_t len = ledger_sample_entry(n, entry);

		assert_int_equal(mun_merkle_leaf(entry, len, leaf, &e), 0);
		assert_int_equal(mun_merkle_add(&t, leaf, &e), 0);
	}
	assert_int_equal(mun_merkle_root(&t, out, &e), 0);
}

struct expected {
	uint64_t next;
};

static int compare(void *ctx, uint64_t seq, const char *entry, size_t len,
		   struct mun_err *e)
{
	struct expected *x = ctx;
	char want[512];

	(void)e;
	assert_int_equal(seq, x->next);
	assert_int_equal(len, ledger_sample_entry(seq, want));
	assert_memory_equal(entry, want, len);
	x->next++;
	return 0;
}

uint64_t ledger_sample_whole(const struct ledger_sample *s)
{
	uint8_t root[2][MUN_MERKLE_HASH];
	struct expected x = { 0 };
	mun_auto(ledger) *l = NULL;
	struct mun_err e;

	assert_int_equal(mun_ledger_open(s->path, false, &l, &e), 0);
	assert_int_equal(
		mun_ledger_read(l, 0, mun_ledger_size(l), compare, &x, &e), 0);
	assert_int_equal(x.next, mun_ledger_size(l));
	assert_int_equal(mun_ledger_root(l, root[0], &e), 0);
	ledger_sample_root(x.next, root[1]);
	assert_memory_equal(root[0], root[1], MUN_MERKLE_HASH);
	return x.next;
}

void ledger_sample_assert(const struct ledger_sample *s, uint64_t size)
{
	assert_int_equal(ledger_sample_whole(s), size);
}
