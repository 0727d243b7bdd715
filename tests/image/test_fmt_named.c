/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_named.c - formats that are named and kept: known by their
 * magic and the fields beside it, and by nothing less */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

/* Put into zeros. */
struct put {
	size_t at;
	const char *bytes;
	size_t len;
};

/* @wrong: a byte that, changed to @to, makes it another format. */
struct named_case {
	const char *format;
	size_t size;
	struct put puts[4];
	size_t wrong;
	unsigned int to;
	enum mun_medium medium;
};

#define PUT(at, text) \
	{ \
		at, text, sizeof(text) - 1 \
	}

static const struct named_case cases[] = {
	{ "ipf",
	  4096,
	  { PUT(0, "CAPS\0\0\0\x0c"), PUT(12, "INFO") },
	  7,
	  13,
	  MUN_MEDIUM_FLOPPY },
	{ "ctraw",
	  4096,
	  { PUT(0, "CAPS\0\0\0\x0c"), PUT(12, "CTEI") },
	  15,
	  'J',
	  MUN_MEDIUM_FLOPPY },
	{ "mfi",
	  4096,
	  { PUT(0, "MAMEFLOPPYIMAGE\0") },
	  4,
	  'f',
	  MUN_MEDIUM_FLOPPY },
	{ "mfi",
	  4096,
	  { PUT(0, "MESSFLOPPYIMAGE\0") },
	  15,
	  ' ',
	  MUN_MEDIUM_FLOPPY },
	{ "psi", 4096, { PUT(0, "PSI \0\0\0\4") }, 7, 5, MUN_MEDIUM_FLOPPY },
	{ "pri", 4096, { PUT(0, "PRI \0\0\0\4") }, 4, 1, MUN_MEDIUM_FLOPPY },
	{ "pbit",
	  4096,
	  { PUT(0, "PBIT\0\0\0\x8") },
	  3,
	  'S',
	  MUN_MEDIUM_FLOPPY },
	{ "transcopy",
	  32768,
	  { PUT(0, "\x5a\xa5"), PUT(257, "\0\x4f\2\1") },
	  259,
	  3,
	  MUN_MEDIUM_FLOPPY },
	{ "dmk",
	  16 + 2 * 2 * 1000,
	  { PUT(0, "\0\2\xe8\3\0"), PUT(16, "\x80\x80") },
	  16,
	  0x7f,
	  MUN_MEDIUM_FLOPPY },
	{ "udi",
	  1000,
	  { PUT(0, "UDI!\xe4\3\0\0\0") },
	  4,
	  0xe5,
	  MUN_MEDIUM_FLOPPY },
	{ "scl", 1000, { PUT(0, "SINCLAIR\1") }, 7, 'S', MUN_MEDIUM_FLOPPY },
	{ "nfd",
	  70000,
	  { PUT(0, "T98FDDIMAGE.R0") },
	  12,
	  'r',
	  MUN_MEDIUM_FLOPPY },
	{ "hdcopy",
	  4096,
	  { PUT(0, "\xff\x18"), PUT(14, "\x4f\x12\1") },
	  20,
	  2,
	  MUN_MEDIUM_FLOPPY },
	{ "savedskf",
	  4096,
	  { PUT(0, "\xaa\x5a\0\0\0\2") },
	  1,
	  0x57,
	  MUN_MEDIUM_FLOPPY },
	{ "apridisk",
	  4096,
	  { PUT(0, "ACT Apricot disk image\x1a\4") },
	  23,
	  5,
	  MUN_MEDIUM_FLOPPY },
	{ "fluxengine",
	  4096,
	  { PUT(0, "\x8\xf8\xea\xb1\xb3\x4") },
	  5,
	  5,
	  MUN_MEDIUM_FLOPPY },
	{ "dms", 4096, { PUT(0, "DMS!") }, 3, '?', MUN_MEDIUM_FLOPPY },
	{ "x64", 4096, { PUT(0, "C\x15\x41\x64") }, 2, 'B', MUN_MEDIUM_FLOPPY },
	{ "b5t",
	  4096,
	  { PUT(0, "BWT5 STREAM SIGN") },
	  15,
	  'M',
	  MUN_MEDIUM_OPTICAL },
	{ "cdi",
	  4096,
	  { PUT(4088, "\6\0\0\x80\0\1\0\0") },
	  4088,
	  7,
	  MUN_MEDIUM_OPTICAL },
	{ "gdi",
	  60,
	  { PUT(0, "3\r\n1 0 4 2352 track01.bin 0\r\n") },
	  3,
	  '2',
	  MUN_MEDIUM_OPTICAL },
	{ "c2d",
	  4096,
	  { PUT(0, "Adaptec CeQuadrat VirtualCD File") },
	  31,
	  'f',
	  MUN_MEDIUM_OPTICAL },
	{ "c2d",
	  4096,
	  { PUT(0, "Roxio Image File Format 3.0") },
	  24,
	  '4',
	  MUN_MEDIUM_OPTICAL },
	{ "isz", 4096, { PUT(0, "IsZ!\x40") }, 4, 0x41, MUN_MEDIUM_OPTICAL },
	{ "daa", 4096, { PUT(0, "DAA") }, 5, 1, MUN_MEDIUM_OPTICAL },
	{ "cso",
	  4096,
	  { PUT(0, "CISO\x18\0\0\0\0\x10\0\0\0\0\0\0\0\x8\0\0\1") },
	  16,
	  1,
	  MUN_MEDIUM_OPTICAL },
	{ "ecm", 4096, { PUT(0, "ECM\0") }, 3, 1, MUN_MEDIUM_OPTICAL },
	{ "uif", 4096, { PUT(4032, "bbis") }, 4032, 'B', MUN_MEDIUM_OPTICAL },
	{ "aaru", 4096, { PUT(0, "AARUFRMT") }, 7, 'S', MUN_MEDIUM_UNKNOWN },
	{ "aaru", 4096, { PUT(0, "DICMFRMT") }, 0, 'd', MUN_MEDIUM_UNKNOWN },
	{ "aff4",
	  4096,
	  { PUT(0, "PK\3\4"), PUT(30, "container.description") },
	  30,
	  'C',
	  MUN_MEDIUM_DISK },
	{ "luks", 4096, { PUT(0, "LUKS\xba\xbe\0\2") }, 7, 3, MUN_MEDIUM_DISK },
	{ "partimage",
	  4096,
	  { PUT(0, "PaRtImAgE-VoLuMe") },
	  15,
	  'E',
	  MUN_MEDIUM_DISK },
	{ "ntfsclone",
	  4096,
	  { PUT(0, "\0ntfsclone-image") },
	  0,
	  1,
	  MUN_MEDIUM_DISK },
	{ "ad1",
	  4096,
	  { PUT(0, "ADSEGMENTEDFILE") },
	  14,
	  'e',
	  MUN_MEDIUM_UNKNOWN },
};

static void make(struct bytes *b, const struct named_case *c)
{
	b->len = 0;
	add_fill(b, 0, c->size);
	for (size_t i = 0; i < MUN_COUNT(c->puts); i++)
		if (c->puts[i].len)
			memcpy(b->p + c->puts[i].at, c->puts[i].bytes,
			       c->puts[i].len);
}

static void each_is_named_and_kept_and_says_why(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct opened o;

		make(&b, &cases[i]);
		assert_recognised(&b, cases[i].format);
		o = open_image(&b, NULL);
		assert_string_equal(o.img->format->name, cases[i].format);
		assert_true(o.img->preserved_only[0]);
		assert_int_equal(o.img->medium, cases[i].medium);
		assert_int_equal(o.img->bytes, b.len);
		assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
		close_image(&o);
	}
	free(b.p);
}

static void a_byte_that_differs_makes_it_another_format(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		make(&b, &cases[i]);
		b.p[cases[i].wrong] = (uint8_t)cases[i].to;
		assert_refused(&b, cases[i].format, MUN_ECORRUPT,
			       "not that of the format");
		assert_recognised(&b, "raw");
	}
	free(b.p);
}

static void every_one_can_be_cut_anywhere(void **state)
{
	static const size_t bounds[] = { 4, 8, 16, 32, 64, 512 };
	struct bytes b = { 0 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		make(&b, &cases[i]);
		mutate_all(&(struct mutate_set){
			.format = cases[i].format,
			.image = b.p,
			.bytes = b.len,
			.bounds = bounds,
			.nbounds = b.len > 600 ? MUN_COUNT(bounds) : 3,
			.sweep = 32,
		});
	}
	free(b.p);
}

static void a_sheet_that_never_ends_is_none(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	add_u8(&b, '3');
	add_fill(&b, '\n', 600);
	assert_refused(&b, "gdi", MUN_ECORRUPT, "not that of the format");
	memset(b.p, '9', b.len);
	assert_refused(&b, "gdi", MUN_ECORRUPT, "not that of the format");
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_named_and_kept_and_says_why),
		cmocka_unit_test(a_byte_that_differs_makes_it_another_format),
		cmocka_unit_test(every_one_can_be_cut_anywhere),
		cmocka_unit_test(a_sheet_that_never_ends_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
