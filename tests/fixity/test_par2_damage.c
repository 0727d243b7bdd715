/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_par2_damage.c - parity files that are damaged themselves */
#include <errno.h>
#include <pthread.h>

#include "core/bytes.h"
#include "core/check.h"
#include "fixity/par2_int.h"
#include "tests/fixity/par2_sample.h"
#include "tests/support/support.h"

/* Every packet that all need is there more than once, so one changed byte
 * costs one recovery block at most, and never gives a wrong repair. */
static void one_changed_byte_costs_one_block_at_most(void **state)
{
	static const uint8_t changes[] = { 0x01, 0x80, 0xff };
	struct sample s;
	uint32_t lost = 0;
	struct mun_err e;

	(void)state;
	sample_new(&s, 299, 100, 100, 3, 0);
	for (size_t f = 0; f < 2; f++) {
		for (size_t i = 0; i < s.parity_len[f]; i++) {
			const uint8_t change = changes[i % MUN_COUNT(changes)];
			const struct mun_par2_info *info;
			struct mun_par2_damage d;

			s.parity[f][i] ^= change;
			assert_int_equal(sample_load(&s, &e), 0);
			info = mun_par2_set_info(s.set);
			assert_in_range(info->plan.recovery, 2, 3);
			assert_int_equal(info->plan.slice_bytes, 100);
			assert_string_equal(info->name, "image");
			lost += 3 - info->plan.recovery;
			sample_damage(&s, (uint32_t)i % 2, 1, 2);
			assert_int_equal(
				sample_repair(&s, NULL, 0, 0, 0, &d, &e), 0);
			assert_true(sample_is_whole(&s));
			mun_par2_damage_clear(&d);
			s.parity[f][i] ^= change;
		}
	}
	/* Each byte of the three blocks and of their heads was one of them. */
	assert_int_equal(lost, 3 * (MUN_PAR2_RECOVERY_HEAD + 100));
	sample_free(&s);
}

/* Where a packet is there only once, its loss is said, and nothing is made up:
 * each byte of an index alone. */
static void what_an_index_alone_has_lost_is_said(void **state)
{
	struct sample s;
	struct mun_err e;
	unsigned int still = 0;

	(void)state;
	sample_new(&s, 299, 100, 100, 3, 0);
	for (size_t i = 0; i < s.parity_len[0]; i++) {
		mun_auto(source) *index = NULL;
		mun_auto(par2_set) *set = NULL;
		int rc;

		s.parity[0][i] ^= 0x10;
		assert_int_equal(mun_source_from_memory(s.parity[0],
							s.parity_len[0], &index,
							&e),
				 0);
		rc = mun_par2_load(&index, 1, NULL, &set, &e);
		if (rc)
			assert_int_equal(rc, MUN_ECORRUPT);
		else
			assert_int_equal(mun_par2_set_info(set)->plan.blocks,
					 3);
		still += !rc;
		s.parity[0][i] ^= 0x10;
	}
	/* The creator's packet can be done without. */
	assert_int_equal(still, MUN_PAR2_HEADER + 16);
	sample_free(&s);
}

static void an_index_alone_finds_damage_but_repairs_nothing(void **state)
{
	struct mun_par2_damage d;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 299, 100, 100, 3, 0);
	s.parity_len[1] = 0;
	assert_int_equal(sample_load(&s, &e), 0);
	assert_int_equal(mun_par2_set_info(s.set)->plan.recovery, 0);
	s.bad[250] ^= 1;
	assert_int_equal(sample_repair(&s, NULL, 0, 0, 0, &d, &e), MUN_EFIXITY);
	assert_int_equal(d.lacking, 1);
	assert_int_equal(d.ranges[0].off, 200);
	assert_int_equal(d.ranges[0].bytes, 99);
	mun_par2_damage_clear(&d);
	sample_free(&s);
}

/* Cut at each length: what is left is used, or its loss said. */
static void a_volume_that_was_cut_gives_what_is_left(void **state)
{
	const size_t block = MUN_PAR2_RECOVERY_HEAD + 100;
	struct sample s;
	struct mun_err e;
	size_t whole;

	(void)state;
	sample_new(&s, 299, 100, 100, 3, 0);
	whole = s.parity_len[1];
	for (size_t len = 0; len <= whole; len++) {
		uint32_t n;

		s.parity_len[1] = len;
		assert_int_equal(sample_load(&s, &e), 0);
		n = mun_par2_set_info(s.set)->plan.recovery;
		/* A copy of the other packets stands before each block. */
		assert_int_equal(n, len >= 3 * (s.parity_len[0] + block)   ? 3
				    : len >= 2 * (s.parity_len[0] + block) ? 2
				    : len >= s.parity_len[0] + block       ? 1
									   : 0);
	}
	s.parity_len[0] = 0;
	s.parity_len[1] = 100;
	assert_int_equal(sample_load(&s, &e), MUN_ECORRUPT);
	sample_free(&s);
}

static void append(struct mun_str *out, const void *data, size_t len)
{
	mun_str_add_bytes(out, data, len);
	assert_false(out->failed);
}

/* Packets, last first, twice, with dirt between them, in one file. */
static void order_repetition_and_dirt_do_not_matter(void **state)
{
	struct mun_par2_damage d;
	struct mun_str all = { 0 };
	struct sample s;
	struct mun_err e;
	size_t starts[64];
	size_t n = 0;

	(void)state;
	sample_new(&s, 299, 100, 100, 3, 0);
	for (size_t at = 0; at < s.parity_len[1];
	     at += mun_le64(s.parity[1] + at + 8))
		starts[n++] = at;
	for (size_t k = 2 * n; k--;) {
		const uint8_t *p = s.parity[1] + starts[k % n];

		append(&all, "PAR2dirt PAR2", k % 13);
		append(&all, p, mun_le64(p + 8));
	}
	append(&all, "PAR2\0PKT", 8);
	s.parity_len[0] = 0;
	free(s.parity[1]);
	s.parity[1] = (uint8_t *)all.text;
	s.parity_len[1] = all.len;
	assert_int_equal(sample_load(&s, &e), 0);
	assert_int_equal(mun_par2_set_info(s.set)->plan.recovery, 3);
	sample_damage(&s, 0, 1, 3);
	assert_int_equal(sample_repair(&s, NULL, 0, 0, 0, &d, &e), 0);
	assert_true(sample_is_whole(&s));
	mun_par2_damage_clear(&d);
	sample_free(&s);
}

/* Files are searched a MiB at a time; a packet may lie across. */
static void packets_across_a_buffers_end_are_found(void **state)
{
	const size_t mib = (size_t)1 << 20;
	uint8_t *file = malloc(mib + 4096);
	struct sample s;
	struct mun_err e;

	(void)state;
	assert_non_null(file);
	sample_new(&s, 299, 100, 100, 3, 0);
	mun_test_pattern(file, mib, 8);
	for (size_t back = 0; back <= 160; back++) {
		mun_auto(par2_set) *set = NULL;
		mun_auto(source) *src = NULL;
		const size_t at = mib - back;

		memcpy(file + at, s.parity[1], s.parity_len[1]);
		assert_int_equal(mun_source_from_memory(
					 file, at + s.parity_len[1], &src, &e),
				 0);
		assert_int_equal(mun_par2_load(&src, 1, NULL, &set, &e), 0);
		assert_int_equal(mun_par2_set_info(set)->plan.recovery, 3);
		assert_int_equal(mun_par2_set_info(set)->recovery_damaged, 0);
	}
	free(file);
	sample_free(&s);
}

/* As a bad sector in the volume. */
static void unreadable_ranges_of_parity_are_damage(void **state)
{
	struct mun_source *files[2];
	struct mun_par2_damage d;
	mun_auto(source) *src = NULL;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 60000, 100, 20000, 3, 0);
	for (uint64_t off = 0; off < s.parity_len[1]; off += 4096) {
		mun_auto(par2_set) *set = NULL;
		const struct mun_par2_info *info;

		for (size_t i = 0; i < 2; i++)
			assert_int_equal(mun_source_from_memory(s.parity[i],
								s.parity_len[i],
								&files[i], &e),
					 0);
		files[1] = mun_fault_source(files[1], off, 512, EIO);
		assert_int_equal(mun_par2_load(files, 2, NULL, &set, &e), 0);
		info = mun_par2_set_info(set);
		assert_in_range(info->plan.recovery, 1, 3);
		s.bad[30000] ^= 1;
		assert_int_equal(mun_source_from_memory(s.bad, s.len, &src, &e),
				 0);
		assert_int_equal(
			mun_par2_check(set, src, NULL, 0, NULL, &d, &e), 0);
		assert_int_equal(d.blocks, 1);
		assert_int_equal(d.lacking, 0);
		mun_par2_damage_clear(&d);
		s.bad[30000] ^= 1;
		mun_source_close(mun_steal(&src));
		mun_source_close(files[0]);
		mun_source_close(files[1]);
	}
	/* Nothing at all: that is for the system to explain. */
	assert_int_equal(mun_source_from_memory(s.parity[0], s.parity_len[0],
						&files[0], &e),
			 0);
	files[0] = mun_fault_source(files[0], 0, s.parity_len[0], EIO);
	assert_int_equal(mun_par2_load(files, 1, NULL, &s.set, &e), MUN_EIO);
	assert_int_equal(e.sys, EIO);
	mun_source_close(files[0]);
	sample_free(&s);
}

/* A packet that is intact and says what cannot be: a set made by hand. */
struct forged {
	uint64_t slice, bytes;
	uint32_t files, ids, sums;
	int want;
	uint8_t twist; /* of the file's id */
};

static void forge(const struct forged *f, struct mun_str *out)
{
	static const uint8_t md5[MUN_PAR2_ID] = "sixteen bytes!!";
	uint8_t body[16384] = { 0 };
	uint8_t set_id[MUN_PAR2_ID];
	uint8_t file_id[MUN_PAR2_ID];
	struct mun_err e;

	assert_int_equal(
		mun_par2_file_id(md5, f->bytes, "name", 4, file_id, &e), 0);
	file_id[3] ^= f->twist;
	mun_put_le32(body, (uint32_t)f->slice);
	mun_put_le32(body + 4, (uint32_t)(f->slice >> 32));
	mun_put_le32(body + 8, f->files);
	for (uint32_t i = 0; i < f->ids; i++)
		memcpy(body + 12 + 16 * i, file_id, 16);
	assert_int_equal(mun_par2_md5(body, 12 + 16 * f->ids, set_id, &e), 0);
	assert_int_equal(mun_par2_packet(out, set_id, mun_par2_main, body,
					 12 + 16 * f->ids, &e),
			 0);
	memcpy(body, file_id, 16);
	memcpy(body + 32, md5, 16);
	mun_put_le32(body + 48, (uint32_t)f->bytes);
	mun_put_le32(body + 52, (uint32_t)(f->bytes >> 32));
	memcpy(body + 56, "name", 4);
	assert_int_equal(
		mun_par2_packet(out, set_id, mun_par2_file_desc, body, 60, &e),
		0);
	assert_int_equal(mun_par2_packet(out, set_id, mun_par2_slice_sums, body,
					 16 + 20 * f->sums, &e),
			 0);
}

static void sets_that_cannot_be_are_refused(void **state)
{
	static const struct forged cases[] = {
		{ 100, 299, 1, 1, 3, 0, 0 },
		{ UINT64_C(1) << 60, UINT64_C(1) << 62, 1, 1, 4, 0, 0 },
		/* Several files; with and without parity of their own; none. */
		{ 100, 299, 2, 2, 3, MUN_EUNSUPPORTED, 0 },
		{ 100, 299, 1, 2, 3, MUN_EUNSUPPORTED, 0 },
		{ 100, 299, 0, 1, 3, MUN_EUNSUPPORTED, 0 },
		{ 100, 299, 0, 0, 3, MUN_EUNSUPPORTED, 0 },
		{ 100, 299, UINT32_MAX, 1, 3, MUN_EUNSUPPORTED, 0 },
		/* Slices of nothing, of odd bytes, of more than can be. */
		{ 0, 299, 1, 1, 3, MUN_ECORRUPT, 0 },
		{ 102, 299, 1, 1, 3, MUN_ECORRUPT, 0 },
		{ UINT64_C(1) << 63, 299, 1, 1, 1, MUN_ECORRUPT, 0 },
		/* A file of nothing, of too many slices, of too many bytes. */
		{ 100, 0, 1, 1, 0, MUN_ECORRUPT, 0 },
		{ 4, 4 * 32768 + 1, 1, 1, 3, MUN_ECORRUPT, 0 },
		{ UINT64_C(1) << 60, UINT64_MAX, 1, 1, 16, MUN_ECORRUPT, 0 },
		/* Checksums of fewer slices, and of more. */
		{ 100, 299, 1, 1, 2, MUN_ECORRUPT, 0 },
		{ 100, 299, 1, 1, 4, MUN_ECORRUPT, 0 },
		/* An id that is not that of name and length. */
		{ 100, 299, 1, 1, 3, MUN_ECORRUPT, 1 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		mun_auto(par2_set) *set = NULL;
		mun_auto(source) *src = NULL;
		struct mun_str file = { 0 };
		struct mun_err e;
		int rc;

		forge(&cases[i], &file);
		assert_int_equal(
			mun_source_from_memory(file.text, file.len, &src, &e),
			0);
		rc = mun_par2_load(&src, 1, NULL, &set, &e);
		if (rc != cases[i].want)
			fail_msg("case %zu: %d", i, rc);
		mun_str_free(&file);
	}
}

/* Intact recovery blocks of another file under this set's name: what comes out
 * is not what was recorded, and is not handed over. */
static void false_blocks_give_no_false_bytes(void **state)
{
	struct mun_par2_damage d;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_new(&s, 299, 100, 100, 3, 0);
	for (size_t at = 0; at < s.parity_len[1];
	     at += mun_le64(s.parity[1] + at + 8)) {
		uint8_t *p = s.parity[1] + at;

		if (memcmp(p + 48, mun_par2_recovery, MUN_PAR2_ID) != 0)
			continue;
		p[MUN_PAR2_RECOVERY_HEAD + 5] ^= 0x40;
		assert_int_equal(
			mun_par2_md5(p + 32, mun_le64(p + 8) - 32, p + 16, &e),
			0);
	}
	assert_int_equal(sample_load(&s, &e), 0);
	assert_int_equal(mun_par2_set_info(s.set)->plan.recovery, 3);
	s.bad[120] ^= 1;
	assert_int_equal(sample_repair(&s, NULL, 0, 0, 0, &d, &e), MUN_EFIXITY);
	assert_int_equal(d.blocks, 1);
	assert_int_equal(d.lacking, 0);
	mun_par2_damage_clear(&d);
	sample_free(&s);
}

/* How much of a source is read. */
struct counting {
	struct mun_source base;
	struct mun_source *parent;
	uint64_t bytes;
	pthread_mutex_t lock;
};

static int count_pread(struct mun_source *s, void *buf, size_t len,
		       uint64_t off, struct mun_err *e)
{
	struct counting *c = (struct counting *)s;

	pthread_mutex_lock(&c->lock);
	c->bytes += len;
	pthread_mutex_unlock(&c->lock);
	return mun_source_pread(c->parent, buf, len, off, e);
}

/* Heads at every 64 bytes that each claim much of the rest of the file: the
 * work stays bounded, and what is intact beside them is found. */
static void claims_that_overlap(const uint8_t *type, uint32_t length,
				bool good_first)
{
	static const struct mun_source_ops ops = { .pread = count_pread };
	const size_t room = (size_t)4 << 20;
	struct counting c = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct mun_source *src = &c.base;
	mun_auto(par2_set) *set = NULL;
	uint8_t *file = calloc(1, room);
	struct sample s;
	struct mun_err e;
	size_t good;

	assert_non_null(file);
	sample_new(&s, 99999, 100, 40000, 3, 0);
	good = s.parity_len[1];
	memcpy(file + (good_first ? 0 : room - good), s.parity[1], good);
	for (size_t at = good_first ? good : 0;
	     at + length <= room - (good_first ? 0 : good); at += 64) {
		memcpy(file + at, s.parity[0], 64);
		mun_put_le32(file + at + 8, length);
		memcpy(file + at + 48, type, MUN_PAR2_ID);
	}
	assert_int_equal(mun_source_from_memory(file, room, &c.parent, &e), 0);
	c.base = (struct mun_source){ &ops, room };
	assert_int_equal(mun_par2_load(&src, 1, NULL, &set, &e), 0);
	assert_int_equal(mun_par2_set_info(set)->plan.recovery, 3);
	/* Once to search it, 4 times and 1 MiB to hash, and a little. */
	assert_in_range(c.bytes, room, 6 * room + (2u << 20));
	mun_source_close(c.parent);
	free(file);
	sample_free(&s);
}

static void overlapping_claims_are_bounded(void **state)
{
	(void)state;
	claims_that_overlap(mun_par2_main, 900000, true);
	claims_that_overlap(mun_par2_main, 900000, false);
	claims_that_overlap(mun_par2_recovery, 40068, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_changed_byte_costs_one_block_at_most),
		cmocka_unit_test(what_an_index_alone_has_lost_is_said),
		cmocka_unit_test(
			an_index_alone_finds_damage_but_repairs_nothing),
		cmocka_unit_test(a_volume_that_was_cut_gives_what_is_left),
		cmocka_unit_test(order_repetition_and_dirt_do_not_matter),
		cmocka_unit_test(packets_across_a_buffers_end_are_found),
		cmocka_unit_test(unreadable_ranges_of_parity_are_damage),
		cmocka_unit_test(sets_that_cannot_be_are_refused),
		cmocka_unit_test(false_blocks_give_no_false_bytes),
		cmocka_unit_test(overlapping_claims_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
