/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_inventory.c - inventories: written, read, judged, hostile */
#include "store/inventory.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "core/check.h"
#include "store/inventory_json.h"
#include "store/store_int.h"
#include "store/validate_int.h"
#include "tests/store/store_support.h"

/* SHA-512 and MD5 of no bytes: FIPS 180-4, RFC 1321. */
#define EMPTY512 \
	"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" \
	"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
#define EMPTY_MD5 "d41d8cd98f00b204e9800998ecf8427e"

/* A valid inventory; each row of the table changes one thing in it. */
static const char good[] =
	"{\"id\": \"urn:x:1\","
	"\"type\": \"https://ocfl.io/1.1/spec/#inventory\","
	"\"digestAlgorithm\": \"sha512\","
	"\"head\": \"v1\","
	"\"manifest\": {\"" EMPTY512 "\": [\"v1/content/a\"]},"
	"\"versions\": {\"v1\": {\"created\": \"2026-01-01T00:00:00Z\","
	"\"state\": {\"" EMPTY512 "\": [\"a\", \"b\"]},"
	"\"message\": \"m\","
	"\"user\": {\"name\": \"n\", \"address\": \"mailto:a@b.c\"}}},"
	"\"fixity\": {\"md5\": {\"" EMPTY_MD5 "\": [\"v1/content/a\"]}}}";

#define FIXITY "\"md5\": {\"" EMPTY_MD5 "\": [\"v1/content/a\"]}"
#define CREATED "2026-01-01T00:00:00Z"

/* Source of the codes: OCFL 1.1, "Validation Codes". */
static const struct {
	const char *from;
	const char *to;
	const char *code; /* "": nothing */
} changes[] = {
	{ "}}", "}", "E033" },
	{ "\"id\": \"urn:x:1\",", "\"id\": \"urn:x:1\", \"id\": \"\",",
	  "E033" },
	{ "\"id\": \"urn:x:1\",", "", "E036" },
	{ "\"urn:x:1\"", "\"\"", "E037" },
	{ "\"urn:x:1\"", "7", "E037" },
	{ "urn:x:1", "no uri", "W005" },
	{ "urn:x:1", "x y:z", "W005" },
	{ "urn:x:1", "urn:", "W005" },
	{ "urn:x:1", "urn:%zz", "W005" },
	{ "urn:x:1", "https://example.org/a%20b?c=d#e", "" },
	{ "\"type\"", "\"typ\"", "E036" },
	{ "\"type\"", "\"typ\"", "E102" },
	{ "1.1/spec", "2.0/spec", "E038" },
	{ "1.1/spec", "1.0/spec", "" },
	{ "\"digestAlgorithm\": \"sha512\",", "", "E036" },
	{ "\"sha512\"", "\"md5\"", "E025" },
	{ "\"sha512\"", "\"SHA512\"", "E025" },
	{ "\"sha512\"", "\"sha256\"", "E039" },
	{ "\"sha512\"", "\"sha256\"", "W004" },
	{ "\"head\": \"v1\",", "", "E036" },
	{ "\"head\": \"v1\"", "\"head\": \"v2\"", "E040" },
	{ "\"head\": \"v1\"", "\"head\": \"1\"", "E040" },
	{ "\"head\": \"v1\"", "\"head\": 1", "E040" },
	{ "\"head\"", "\"contentDirectory\": \"a/b\", \"head\"", "E017" },
	{ "\"head\"", "\"contentDirectory\": \"..\", \"head\"", "E018" },
	{ "\"head\"", "\"contentDirectory\": \".\", \"head\"", "E018" },
	{ "\"head\"", "\"contentDirectory\": \"\", \"head\"", "E108" },
	{ "\"head\"", "\"contentDirectory\": 1, \"head\"", "E108" },
	{ "\"head\"", "\"contentDirectory\": \"other\", \"head\"", "E042" },
	{ "\"manifest\"", "\"manifesto\"", "E041" },
	{ "\"manifest\": {", "\"manifest\": 1, \"x\": {", "E106" },
	{ "[\"v1/content/a\"]}", "\"v1/content/a\"}", "E092" },
	{ "[\"v1/content/a\"]}", "[]}", "E092" },
	{ "[\"v1/content/a\"]}", "[1]}", "E092" },
	{ "v1/content/a", "", "E098" },
	{ "v1/content/a", "v1/content/../a", "E099" },
	{ "v1/content/a", "v1/content//a", "E099" },
	{ "v1/content/a", "v1/content/.", "E099" },
	{ "v1/content/a", "/v1/content/a", "E100" },
	{ "v1/content/a", "v1/content/a/", "E100" },
	{ "[\"v1/content/a\"]", "[\"v1/content/a\", \"v1/content/a\"]",
	  "E101" },
	{ "[\"v1/content/a\"]",
	  "[\"v1/content/a\", \"v1/content/a-\", \"v1/content/a/b\"]", "E101" },
	{ "[\"v1/content/a\"]", "[\"v1/content/a\", \"v1/content/a-/b\"]", "" },
	{ "v1/content/a", "content", "E042" },
	{ "v1/content/a", "v2/content/a", "E042" },
	{ "v1/content/a", "v01/content/a", "E014" },
	{ "v1/content/a", "v1/other/a", "E021" },
	{ "v1/content/a", "v1\\\\content\\\\a", "E035" },
	{ EMPTY512, "xyz", "E031" },
	{ EMPTY512, EMPTY_MD5, "E039" },
	{ EMPTY512, EMPTY_MD5, "E050" },
	{ "[\"v1/content/a\"]},",
	  "[\"v1/content/a\"], \"" EMPTY_MD5 "\": [\"v1/content/b\"]},",
	  "E107" },
	{ "\"versions\"", "\"version\"", "E043" },
	{ "\"versions\": {", "\"versions\": [], \"x\": {", "E044" },
	{ "\"versions\": {\"v1\"", "\"versions\": {}, \"x\": {\"v1\"", "E008" },
	{ "{\"v1\": {", "{\"v2\": {", "E009" },
	{ "{\"v1\": {", "{\"v3\": {}, \"v1\": {", "E010" },
	{ "{\"v1\": {", "{\"v01\": {}, \"v1\": {", "E012" },
	{ "{\"v1\": {", "{\"v02\": {}, \"v1\": {", "E012" },
	{ "{\"v1\": {", "{\"v2\": {}, \"v01\": {", "E011" },
	{ "{\"v1\": {", "{\"v002\": {}, \"v01\": {", "E012" },
	{ "{\"v1\": {", "{\"v01\": {", "W001" },
	{ "{\"v1\": {", "{\"1\": {}, \"v1\": {", "E046" },
	{ "{\"v1\": {", "{\"v0\": {}, \"v1\": {", "E046" },
	{ "{\"v1\": {", "{\"v1x\": {}, \"v1\": {", "E046" },
	{ "{\"v1\": {", "{\"v2\": 1, \"v1\": {", "E047" },
	{ "\"created\": \"" CREATED "\",", "", "E048" },
	{ "\"state\"", "\"stat\"", "E048" },
	{ CREATED, "2026-01-01", "E049" },
	{ CREATED, "2026-01-01T00:00:00", "E049" },
	{ CREATED, "2026-01-01T00:00Z", "E049" },
	{ CREATED, "2026-01-01 00:00:00Z", "E049" },
	{ CREATED, "2026-02-29T00:00:00Z", "E049" },
	{ CREATED, "2026-13-01T00:00:00Z", "E049" },
	{ CREATED, "2026-01-01T24:00:00Z", "E049" },
	{ CREATED, "2026-01-01T00:00:00.Z", "E049" },
	{ CREATED, "2026-01-01T00:00:00+0100", "E049" },
	{ CREATED, "2026-01-01T00:00:00+24:00", "E049" },
	{ CREATED, CREATED "x", "E049" },
	{ "\"" CREATED "\"", "1", "E049" },
	{ CREATED, "2024-02-29t23:59:60.123456789-01:30", "" },
	{ "[\"a\", \"b\"]", "\"a\"", "E051" },
	{ "[\"a\", \"b\"]", "[1]", "E051" },
	{ "[\"a\", \"b\"]", "[\"\"]", "E051" },
	{ "[\"a\", \"b\"]", "[\"a/./b\"]", "E052" },
	{ "[\"a\", \"b\"]", "[\"a//b\"]", "E052" },
	{ "[\"a\", \"b\"]", "[\"../a\"]", "E052" },
	{ "[\"a\", \"b\"]", "[\"/a\"]", "E053" },
	{ "[\"a\", \"b\"]", "[\"a/\"]", "E053" },
	{ "[\"a\", \"b\"]", "[\"/\"]", "E053" },
	{ "[\"a\", \"b\"]", "[\"a\", \"a\"]", "E095" },
	{ "[\"a\", \"b\"]", "[\"a\", \"a b\", \"a/b\"]", "E095" },
	{ "\"name\": \"n\",", "", "E054" },
	{ "\"name\": \"n\"", "\"name\": \"\"", "E054" },
	{ "\"name\": \"n\"", "\"name\": 1", "E054" },
	{ "\"user\": {", "\"user\": 1, \"x\": {", "E054" },
	{ "\"name\": \"n\"", "\"name\": \"n\", \"x\": 1", "E102" },
	{ "\"message\": \"m\"", "\"message\": 1", "E094" },
	{ "\"message\": \"m\"", "\"massage\": \"m\"", "E102" },
	{ "\"message\": \"m\"", "\"massage\": \"m\"", "W007" },
	{ "\"user\"", "\"usr\"", "W007" },
	{ ", \"address\": \"mailto:a@b.c\"", "", "W008" },
	{ "mailto:a@b.c", "a@b.c", "W009" },
	{ "\"mailto:a@b.c\"", "1", "W009" },
	{ "\"fixity\": {", "\"fixity\": 1, \"x\": {", "E111" },
	{ "\"fixity\": {" FIXITY "}", "\"fixity\": {}", "" },
	{ "\"md5\": {\"" EMPTY_MD5, "\"crc32\": {\"" EMPTY_MD5, "E056" },
	{ FIXITY, "\"md5\": 1", "E057" },
	{ FIXITY, "\"md5\": {\"" EMPTY_MD5 "\": \"v1/content/a\"}", "E057" },
	{ FIXITY, "\"md5\": {\"" EMPTY_MD5 "\": [1]}", "E057" },
	{ FIXITY, "\"md5\": {\"" EMPTY_MD5 "\": [\"v1/content/b\"]}", "E057" },
	{ FIXITY, "\"md5\": {\"" EMPTY_MD5 "\": [\"/v1/content/a\"]}", "E100" },
	{ FIXITY, "\"md5\": {\"xyz\": []}", "E057" },
	{ FIXITY, "\"md5\": {\"" EMPTY_MD5 "0\": []}", "E093" },
	{ FIXITY, "\"sha1\": {\"xyz\": []}", "E029" },
	{ FIXITY, "\"sha256\": {\"xyz\": []}", "E030" },
	{ FIXITY, "\"sha512\": {\"xyz\": []}", "E031" },
	{ FIXITY, "\"blake2b-512\": {\"xyz\": []}", "E032" },
	{ FIXITY, "\"blake2b-160\": {\"xyz\": []}", "E057" },
	{ FIXITY, "\"blake2b-160\": {\"00\": [\"v1/content/a\"]}", "" },
	{ FIXITY, "\"size\": {\"0\": [\"v1/content/a\"]}", "" },
	{ FIXITY, "\"size\": {\"0x\": [\"v1/content/a\"]}", "E057" },
	{ "\"" EMPTY_MD5 "\": [",
	  "\"D41D8CD98F00B204E9800998ECF8427E\": [], \"" EMPTY_MD5 "\": [",
	  "E097" },
};

static char *changed(const char *from, const char *to)
{
	const char *at = strstr(good, from);

	if (!at)
		fail_msg("there is no %s", from);
	return text_of("%.*s%s%s", (int)(at - good), good, to,
		       at + strlen(from));
}

static void judge(const char *text, size_t len, struct verdict *out)
{
	struct mun_val v = { .fn = verdict_take, .ctx = out, .base = "" };
	struct mun_val_inv inv;
	struct mun_err e;

	*out = (struct verdict){ .codes_len = 0 };
	v.out = &out->counts;
	assert_int_equal(
		mun_val_inventory(&v, "inventory.json", text, len, &inv, &e),
		0);
	mun_val_inv_clear(&inv);
	assert_false(v.nomem);
}

static void every_wrong_inventory_has_its_code(void **state)
{
	struct verdict v;

	(void)state;
	judge(good, strlen(good), &v);
	assert_string_equal(v.text, "");
	for (size_t i = 0; i < MUN_COUNT(changes); i++) {
		char *text = changed(changes[i].from, changes[i].to);

		judge(text, strlen(text), &v);
		if (*changes[i].code ? !verdict_has(&v, changes[i].code)
				     : v.text_len != 0)
			fail_msg("'%s' as '%s' is not %s but:\n%s",
				 changes[i].from, changes[i].to,
				 changes[i].code, v.text);
		free(text);
	}
	printf("%zu inventories judged\n", MUN_COUNT(changes));
}

/* E096 needs the same digest in both cases, so no simple change makes it. */
static void a_digest_in_both_cases_is_one_digest(void **state)
{
	struct verdict v;
	char upper[] = EMPTY512;
	char *text;
	char *to;

	(void)state;
	for (char *p = upper; *p; p++)
		*p = (char)(*p >= 'a' ? *p - 'a' + 'A' : *p);
	to = text_of("\"manifest\": {\"%s\": [\"v1/content/b\"],", upper);
	text = changed("\"manifest\": {", to);
	judge(text, strlen(text), &v);
	assert_true(verdict_has(&v, "E096"));
	free(text);
	free(to);
}

static const struct {
	const char *from;
	const char *to;
} unusable[] = {
	{ "\"id\"", "\"ID\"" },
	{ "\"sha512\"", "\"sha256\"" },
	{ "1.1/spec", "9.9/spec" },
	{ "\"head\": \"v1\"", "\"head\": \"v2\"" },
	{ "\"head\": \"v1\"", "\"head\": []" },
	{ "\"manifest\"", "\"manifesto\"" },
	{ "\"versions\"", "\"version\"" },
	{ "{\"v1\": {", "{\"x\": {}, \"v1\": {" },
	{ "\"created\"", "\"made\"" },
	{ "\"state\"", "\"stat\"" },
	{ "v1/content/a", "../../../etc/passwd" },
	{ "v1/content/a", "/etc/passwd" },
	{ "[\"a\", \"b\"]", "[\"../a\"]" },
	{ "[\"a\", \"b\"]", "[\"a\", \"a\"]" },
	{ "[\"a\", \"b\"]", "[1]" },
	{ "[\"a\", \"b\"]", "1" },
	{ "[\"v1/content/a\"]},", "[]}," },
	{ EMPTY_MD5, "xyz" },
};

static void what_cannot_be_used_is_refused(void **state)
{
	struct mun_inventory *inv;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_inventory_parse(good, strlen(good), &inv, &e), 0);
	assert_int_equal(inv->nfiles, 2);
	/* Another tool stores the same bytes once. */
	assert_string_equal(inv->files[0].content, "v1/content/a");
	assert_string_equal(inv->files[1].content, "v1/content/a");
	assert_int_equal(inv->files[1].digests.of[MUN_MD5].len, 16);
	mun_inventory_free(inv);
	for (size_t i = 0; i < MUN_COUNT(unusable); i++) {
		char *text = changed(unusable[i].from, unusable[i].to);

		if (mun_inventory_parse(text, strlen(text), &inv, &e) !=
		    MUN_ECORRUPT)
			fail_msg("'%s' as '%s' was taken", unusable[i].from,
				 unusable[i].to);
		free(text);
	}
}

static long peak_kib(void)
{
	struct rusage ru;

	assert_int_equal(getrusage(RUSAGE_SELF, &ru), 0);
	return ru.ru_maxrss;
}

/* A hundred megabytes, ten thousand levels, millions of values: refused, with
 * no more memory than the text itself. */
static void hostile_sizes_are_refused_before_they_cost(void **state)
{
	const size_t len = (size_t)100 << 20;
	const size_t less = MUN_INVENTORY_MAX - 2;
	char *text = malloc(len);
	struct mun_inventory *inv;
	struct verdict v;
	struct mun_err e;
	long before;

	(void)state;
	memset(text, ' ', len);
	text[0] = '{';
	text[len - 1] = '}';
	before = peak_kib();
	assert_int_equal(mun_inventory_parse(text, len, &inv, &e),
			 MUN_ECORRUPT);
	memset(text, '[', 10000);
	assert_int_equal(mun_inventory_parse(text, 10000, &inv, &e),
			 MUN_ECORRUPT);
	judge(text, 10000, &v);
	assert_string_equal(v.codes, " E033");
	text[0] = '[';
	for (size_t i = 1; i < less; i++)
		text[i] = i % 2 ? '0' : ',';
	assert_int_equal(mun_inventory_parse(text, less, &inv, &e),
			 MUN_ECORRUPT);
	judge(text, less, &v);
	assert_string_equal(v.codes, " E033");
	assert_true(peak_kib() - before < 8192);
	free(text);
}

/* As many files as fit are read, and fast enough not to be noticed. */
static void a_large_inventory_is_read(void **state)
{
	const unsigned int n = 50000;
	struct mun_inv_version version = { .name = "v1", .created = CREATED };
	struct mun_inventory out = { .id = "urn:x:1",
				     .head = "v1",
				     .nversions = 1,
				     .versions = &version };
	struct mun_inventory *in;
	struct mun_str text = { 0 };
	struct verdict v;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_arena_new(&out.arena, &e), 0);
	out.files = calloc(n, sizeof(*out.files));
	out.nfiles = n;
	for (unsigned int i = 0; i < n; i++) {
		struct mun_inv_file *f = &out.files[i];

		f->path = mun_arena_fmt(out.arena, "folder/%05u", i);
		f->content = mun_arena_fmt(out.arena, "v1/content/%s", f->path);
		f->digests.of[MUN_SHA512].len = 64;
		/* A quarter has the same bytes as others. */
		memcpy(f->digests.of[MUN_SHA512].bytes,
		       &(unsigned int){ i % 4 ? i : 0 }, sizeof(i));
	}
	assert_int_equal(mun_inventory_write(&out, &text, &e), 0);
	assert_int_equal(mun_inventory_parse(text.text, text.len, &in, &e), 0);
	assert_int_equal(in->nfiles, n);
	for (unsigned int i = 0; i < n; i++) {
		assert_string_equal(in->files[i].path, out.files[i].path);
		assert_string_equal(in->files[i].content, out.files[i].content);
		assert_true(
			mun_digest_equal(&in->files[i].digests.of[MUN_SHA512],
					 &out.files[i].digests.of[MUN_SHA512]));
	}
	judge(text.text, text.len, &v);
	/* No message, no user. */
	assert_string_equal(v.codes, " W007 W007");
	mun_inventory_free(in);
	mun_str_free(&text);
	free(out.files);
	mun_arena_free(out.arena);
}

static void only_a_first_version_with_all_digests_is_written(void **state)
{
	struct mun_inv_version versions[2] = { { .name = "v1" } };
	struct mun_inv_file file = { .path = "a", .content = "v1/content/a" };
	struct mun_inventory inv = { .id = "urn:x:1",
				     .head = "v1",
				     .nversions = 2,
				     .versions = versions,
				     .nfiles = 1,
				     .files = &file };
	struct mun_str text = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_inventory_write(&inv, &text, &e), MUN_EINVAL);
	inv.nversions = 1;
	assert_int_equal(mun_inventory_write(&inv, &text, &e), MUN_EINVAL);
}

static void names_of_versions_are_numbers(void **state)
{
	static const struct {
		const char *name;
		unsigned long number;
	} names[] = {
		{ "v1", 1 },
		{ "v10", 10 },
		{ "v0010", 10 },
		{ "v999999999", 999999999 },
		{ "v0000000000000012", 12 },
		{ "v", 0 },
		{ "v0", 0 },
		{ "v00", 0 },
		{ "1", 0 },
		{ "V1", 0 },
		{ "v1x", 0 },
		{ "v-1", 0 },
		{ "v+1", 0 },
		{ "v 1", 0 },
		{ "v1000000000", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++)
		assert_int_equal(mun_inventory_version(names[i].name),
				 names[i].number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: it looks at the peak of memory. */
		cmocka_unit_test(hostile_sizes_are_refused_before_they_cost),
		cmocka_unit_test(every_wrong_inventory_has_its_code),
		cmocka_unit_test(a_digest_in_both_cases_is_one_digest),
		cmocka_unit_test(what_cannot_be_used_is_refused),
		cmocka_unit_test(a_large_inventory_is_read),
		cmocka_unit_test(
			only_a_first_version_with_all_digests_is_written),
		cmocka_unit_test(names_of_versions_are_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
