/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_nrg.c - images of Nero Burning ROM */
#include "core/bytes.h"
#include "core/check.h"
#include "image/disc.h"
#include "tests/image/make_disc.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define RAW MUN_CD_RAW
#define SUBBED 2448u

/* Bytes that are put one after the other. */
struct made {
	uint8_t bytes[40000];
	size_t len;
};

static void put(struct made *m, const void *data, size_t len)
{
	assert_true(m->len + len <= sizeof(m->bytes));
	memcpy(m->bytes + m->len, data, len);
	m->len += len;
}

static void put32(struct made *m, uint32_t v)
{
	uint8_t b[4];

	mun_put_be32(b, v);
	put(m, b, 4);
}

static void put64(struct made *m, uint64_t v)
{
	put32(m, (uint32_t)(v >> 32));
	put32(m, (uint32_t)v);
}

static void put_cue(struct made *m, uint8_t control, uint8_t track,
		    uint8_t index, int32_t lba)
{
	const uint8_t head[4] = { control, track, index, 0 };

	put(m, head, 4);
	put32(m, (uint32_t)lba);
}

static void put_dao(struct made *m, uint32_t bytes, uint8_t mode, uint64_t gap,
		    uint64_t begin, uint64_t end)
{
	uint8_t head[18] = { 'U', 'S', 'A', 'B', '1', '9',
			     '8', '0', '0', '0', '0', '1' };

	head[12] = (uint8_t)(bytes >> 8);
	head[13] = (uint8_t)bytes;
	head[14] = mode;
	put(m, head, sizeof(head));
	put64(m, gap);
	put64(m, begin);
	put64(m, end);
}

#define GAP 2u
#define DATA 4u
#define AUDIO_GAP 1u
#define AUDIO 3u

/* Two seconds (here: sectors) before a track of Mode 1, then audio with its
 * sub-channel. */
static void make_dao(struct made *m)
{
	const uint64_t audio = (GAP + DATA) * RAW;
	const uint64_t end = audio + (AUDIO_GAP + AUDIO) * SUBBED;
	uint8_t sector[SUBBED];
	uint8_t head[22] = { 0 };

	m->len = 0;
	for (uint64_t i = 0; i < GAP + DATA; i++) {
		make_cd_mode1(sector, i, i);
		put(m, sector, RAW);
	}
	for (uint64_t i = 0; i < AUDIO_GAP + AUDIO; i++) {
		mun_test_pattern(sector, SUBBED, 50 + i);
		put(m, sector, SUBBED);
	}
	put(m, "CUEX", 4);
	put32(m, 8 * 8);
	put_cue(m, 0x41, 0, 0, -150);
	put_cue(m, 0x41, 1, 0, -150);
	put_cue(m, 0x41, 1, 1, 0);
	put_cue(m, 0x21, 2, 0, DATA);
	put_cue(m, 0x21, 2, 1, DATA + AUDIO_GAP);
	put_cue(m, 0x21, 2, 2, DATA + AUDIO_GAP + 2);
	put_cue(m, 0x21, 0xaa, 1, DATA + AUDIO_GAP + AUDIO);
	put_cue(m, 0, 0, 0, 0);
	put(m, "DAOX", 4);
	put32(m, 22 + 2 * 42);
	memcpy(head + 4, "1234567890123", 13);
	head[20] = 1;
	head[21] = 2;
	put(m, head, sizeof(head));
	put_dao(m, RAW, 5, 0, GAP * RAW, audio);
	put_dao(m, SUBBED, 0x10, audio, audio + AUDIO_GAP * SUBBED, end);
	put(m, "SINF\0\0\0\4\0\0\0\2", 12);
	put(m, "WHAT\0\0\0\1?", 9);
	put(m, "END!\0\0\0\0NER5", 12);
	put64(m, end);
}

static void a_disc_at_once_is_read(void **state)
{
	static struct made m;
	const struct mun_track *t;
	struct opened o;
	uint8_t *view;

	(void)state;
	make_dao(&m);
	o = box_open(NULL, NULL, "x.bin", m.bytes, m.len);
	t = o.img->tracks;
	assert_string_equal(o.img->format->name, "nrg");
	assert_string_equal(o.img->puid, "fmt/1743");
	assert_int_equal(o.img->ntracks, 2);
	assert_string_equal(o.img->disc->mcn, "1234567890123");
	assert_string_equal(box_fact(&o, "chunk"),
			    "57 48 41 54 of 1 bytes is not decoded");
	assert_int_equal(t[0].start, 0);
	assert_int_equal(t[0].pregap_stored, GAP);
	assert_int_equal(t[0].sectors, DATA);
	assert_int_equal(t[1].mode, MUN_TRACK_AUDIO);
	assert_int_equal(t[1].start, DATA + AUDIO_GAP);
	assert_int_equal(t[1].pregap_stored, AUDIO_GAP);
	assert_int_equal(t[1].sectors, AUDIO);
	assert_int_equal(t[1].indexes[0], 2);
	assert_int_equal(t[1].control, 2);
	assert_int_equal(t[1].sub_bytes, 96);
	assert_string_equal(t[1].isrc, "USAB19800001");
	assert_int_equal(o.img->sub_bytes, 10 * 96);
	view = box_view(&o, MUN_VIEW_RAW);
	assert_memory_equal(view, m.bytes, (GAP + DATA) * RAW);
	for (size_t i = 0; i < AUDIO_GAP + AUDIO; i++)
		assert_memory_equal(view + (GAP + DATA + i) * RAW,
				    m.bytes + (GAP + DATA) * RAW + i * SUBBED,
				    RAW);
	free(view);
	assert_int_equal(box_extent(&o, MUN_VIEW_SUB, 0).kind, MUN_EXTENT_HOLE);
	assert_int_equal(box_extent(&o, MUN_VIEW_SUB, 6 * 96).kind,
			 MUN_EXTENT_DATA);
	box_close(&o);
}

static void a_gap_before_a_single_track_is_no_content(void **state)
{
	static struct made m;
	uint8_t sector[RAW];
	struct opened o;
	uint8_t *view;

	(void)state;
	m.len = 0;
	for (uint64_t i = 0; i < 3; i++) {
		make_cd_mode1(sector, i, i);
		put(&m, sector, RAW);
	}
	put(&m, "DAOX\0\0\0\x40", 8);
	put(&m, (uint8_t[22]){ [20] = 1, [21] = 1 }, 22);
	put_dao(&m, RAW, 5, 0, RAW, 3 * RAW);
	put(&m, "END!\0\0\0\0NER5", 12);
	put64(&m, 3 * RAW);
	o = box_open(NULL, NULL, "x.nrg", m.bytes, m.len);
	assert_int_equal(o.img->bytes, 2 * 2048);
	assert_int_equal(o.img->raw_bytes, 3 * RAW);
	view = box_view(&o, MUN_VIEW_CONTENT);
	assert_memory_equal(view, m.bytes + RAW + 16, 2048);
	assert_memory_equal(view + 2048, m.bytes + 2 * RAW + 16, 2048);
	free(view);
	assert_int_equal(box_extent(&o, MUN_VIEW_CONTENT, 0).bytes, 2 * 2048);
	box_close(&o);
}

/* Version 1: sectors of 2336 bytes, and two seconds between the tracks. */
static void make_tao(struct made *m)
{
	m->len = 0;
	put(m, (uint8_t[3 * 2336]){ 0 }, 3 * 2336);
	put(m, "ETNF", 4);
	put32(m, 40);
	put32(m, 0);
	put32(m, 2 * 2336);
	put32(m, 3);
	put64(m, 0);
	put32(m, 2 * 2336);
	put32(m, 2336);
	put32(m, 3);
	put64(m, 0);
	put(m, "SINF\0\0\0\4\0\0\0\2END!\0\0\0\0NERO", 24);
	put32(m, 3 * 2336);
}

static void tracks_at_once_lie_apart(void **state)
{
	static struct made m;
	struct opened o;

	(void)state;
	make_tao(&m);
	o = box_open(NULL, NULL, "x.nrg", m.bytes, m.len);
	assert_string_equal(o.img->variant, "version 1, 2 tracks of data");
	assert_int_equal(o.img->tracks[0].sectors, 2);
	assert_int_equal(o.img->tracks[1].start, 152);
	assert_int_equal(o.img->tracks[1].pregap, 150);
	assert_int_equal(o.img->tracks[1].pregap_stored, 0);
	assert_int_equal(o.img->bytes, 3 * 2336);
	assert_string_equal(o.img->note, "");
	box_close(&o);
}

static void one_thing_wrong_at_a_time(void **state)
{
	static struct made m;
	size_t chunks = (GAP + DATA) * RAW + (AUDIO_GAP + AUDIO) * SUBBED;
	struct mutate_field fields[40];
	struct mutate_set s = { .format = "nrg", .fields = fields };

	(void)state;
	make_dao(&m);
	fields[s.nfields++] = (struct mutate_field){ "offset of the chunks",
						     m.len - 8, 8, true };
	/* Every fourth byte of the tables as a number of four. */
	for (size_t at = chunks + 4; s.nfields < 40 && at + 4 < m.len; at += 6)
		fields[s.nfields++] =
			(struct mutate_field){ "chunk", at, 4, true };
	s.image = m.bytes;
	s.bytes = m.len;
	s.bounds = &chunks;
	s.nbounds = 1;
	mutate_all(&s);
	make_tao(&m);
	s.bytes = m.len;
	chunks = 3 * 2336;
	s.nfields = 0;
	for (size_t at = chunks; at + 4 <= m.len; at += 4)
		fields[s.nfields++] =
			(struct mutate_field){ "chunk", at, 4, true };
	mutate_all(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disc_at_once_is_read),
		cmocka_unit_test(a_gap_before_a_single_track_is_no_content),
		cmocka_unit_test(tracks_at_once_lie_apart),
		cmocka_unit_test(one_thing_wrong_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
