/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_verify_package.c - receipts, records, and failures */
#include "emulate-export/verify_package.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/sys.h"
#include "emulate-export/verify_int.h"
#include "emulate-export/verify_names.h"
#include "emulate-export/verify_text.h"
#include "tests/emulate-export/repository.h"
#include "tests/emulate-export/small_package.h"
#include "tests/support/support.h"

static struct small_package package;
static struct small_verdict verdict;
static char *dir;

static int setup(void **state)
{
	(void)state;
	dir = mun_test_dir();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_test_dir_remove(dir);
	return 0;
}

static void judge(const struct small_options *o)
{
	char *bag;

	small_package_make(&package, o);
	bag = small_package_write(&package, dir, MUN_PACKAGE_DIR);
	small_verify(bag, NULL, &verdict);
	free(bag);
}

/* ---- receipts ---- */

static void a_receipt_that_is_none_is_damage(void **state)
{
	static const char *const receipts[] = {
		"no JSON",
		"[]",
		"{}",
		"{\"objects\": {}}",
		"{\"objects\": []}",
		"{\"objects\": [1]}",
		"{\"objects\": [{\"object\": 1, \"event\": \"x\"}]}",
		"{\"objects\": [{\"object\": \"" SMALL_OBJECT
		"\", \"event\": \"" SMALL_EVENT "\", \"image\": 7}]}",
		"{\"objects\": [{\"object\": \"" SMALL_OBJECT
		"\", \"event\": \"" SMALL_EVENT
		"\", \"image\": {\"path\": \"../../etc/passwd\"}}]}",
		"{\"objects\": [{\"object\": \"" SMALL_OBJECT
		"\", \"event\": \"" SMALL_EVENT
		"\", \"image\": {\"path\": \"data/media/disk.img\", "
		"\"format\": \"raw\", \"bytes\": -1, \"digests\": {}}}]}",
		"{\"objects\": [{\"object\": \"" SMALL_OBJECT
		"\", \"event\": \"" SMALL_EVENT
		"\", \"image\": {\"path\": \"data/media/disk.img\", "
		"\"format\": \"raw\", \"bytes\": 512, \"digests\": "
		"{\"sha256\": \"12\"}}}]}",
		"{\"images\": 1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(receipts) / sizeof(receipts[0]); i++) {
		judge(&(struct small_options){ .receipt = receipts[i] });
		if (!verdict.result.receipt || !verdict.result.damage ||
		    verdict.findings[0].kind != MUN_VERIFY_RECEIPT)
			fail_msg("%s: %zu findings", receipts[i], verdict.n);
	}
}

static void an_image_that_the_receipt_names_is_there(void **state)
{
	(void)state;
	judge(&(struct small_options){
		.receipt = "{\"objects\": [{\"object\": \"" SMALL_OBJECT
			   "\", \"event\": \"" SMALL_EVENT
			   "\", \"image\": {\"path\": \"data/media/b.img\", "
			   "\"format\": \"raw\", \"bytes\": 1, \"digests\": "
			   "{\"md5\": \"00000000000000000000000000000000\"}}}]"
			   "}" });
	assert_true(small_has(&verdict, MUN_VERIFY_MISSING, MUN_VERIFY_DAMAGE,
			      "data/media/b.img"));
}

/* Whoever changes a second file of an image changes the manifests, too. */
static void each_file_of_an_image_is_in_the_receipt(void **state)
{
	(void)state;
	judge(&(struct small_options){
		.receipt =
			"{\"objects\": [{\"object\": \"" SMALL_OBJECT
			"\", \"event\": \"" SMALL_EVENT
			"\", \"image\": {\"path\": \"data/media/disk.img\", "
			"\"format\": \"none\", \"bytes\": 1, \"digests\": {}, "
			"\"files\": [{\"path\": \"data/run\", \"bytes\": 21, "
			"\"digests\": {\"md5\": "
			"\"00000000000000000000000000000000\"}}, "
			"{\"path\": \"data/media/lost\", \"bytes\": 1, "
			"\"digests\": {}}, 5]}}]}" });
	assert_true(small_has(&verdict, MUN_VERIFY_MISMATCH, MUN_VERIFY_DAMAGE,
			      "data/run"));
	assert_true(small_has(&verdict, MUN_VERIFY_MISSING, MUN_VERIFY_DAMAGE,
			      "data/media/lost"));
	/* The digest and the size of data/run, the file that is lost, the
	 * number that is no file, the image without a digest. */
	assert_int_equal(verdict.result.damage, 5);
}

static void files_that_are_given_out_have_no_image(void **state)
{
	(void)state;
	judge(&(struct small_options){
		.receipt = "{\"objects\": [{\"object\": \"" SMALL_OBJECT
			   "\", \"event\": \"" SMALL_EVENT "\"}]}" });
	assert_int_equal(verdict.n, 0);
	assert_int_equal(verdict.result.images, 0);
}

static void the_form_of_older_receipts_is_read(void **state)
{
	struct small_file *f;
	char *bag;

	(void)state;
	judge(&(struct small_options){ 0 });
	assert_int_equal(verdict.n, 0);
	/* The digest of an empty file, which the image is not. */
	judge(&(struct small_options){
		.receipt = "{\"object\": \"" SMALL_OBJECT
			   "\", \"event\": \"" SMALL_EVENT
			   "\", \"images\": [{\"path\": "
			   "\"data/media/disk.img\", \"format\": \"raw\", "
			   "\"bytes\": 512, \"digests\": {\"md5\": "
			   "\"d41d8cd98f00b204e9800998ecf8427e\"}}]}" });
	assert_int_equal(verdict.n, 1);
	assert_true(small_has(&verdict, MUN_VERIFY_CONTENT, MUN_VERIFY_DAMAGE,
			      "data/media/disk.img"));
	assert_string_equal(verdict.findings[0].by, "data/receipt.json");
	assert_string_equal(verdict.result.event, SMALL_EVENT);
	/* And in its older place. */
	small_package_make(&package, &(struct small_options){ 0 });
	f = small_package_file(&package, "data/receipt.json");
	f->path = "data/metadata/receipt.json";
	bag = small_package_write(&package, dir, MUN_PACKAGE_DIR);
	small_verify(bag, NULL, &verdict);
	assert_true(verdict.result.receipt);
	assert_int_equal(verdict.result.images, 1);
	free(bag);
}

static void zeros_may_follow_a_raw_image_and_nothing_else(void **state)
{
	(void)state;
	judge(&(struct small_options){ .padding = 512 });
	assert_int_equal(verdict.n, 0);
	assert_int_equal(verdict.result.images, 1);
	judge(&(struct small_options){ .padding = 512, .bad_padding = true });
	assert_int_equal(verdict.n, 1);
	assert_true(small_has(&verdict, MUN_VERIFY_CONTENT, MUN_VERIFY_DAMAGE,
			      "data/media/disk.img"));
}

static void without_a_receipt_it_is_a_bag_of_others(void **state)
{
	(void)state;
	judge(&(struct small_options){ .receipt = "" });
	assert_int_equal(verdict.n, 0);
	assert_false(verdict.result.receipt);
	assert_int_equal(verdict.result.images, 0);
	assert_int_equal(verdict.result.digests, 4 + 8);
}

static void hex_in_capitals_is_a_change_of_ours_only(void **state)
{
	static const char *const receipts[] = { NULL, "" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct small_file *f;
		char *bag;
		char *p;

		small_package_make(&package, &(struct small_options){
						     .receipt = receipts[i] });
		f = small_package_file(&package, "tagmanifest-sha256.txt");
		for (p = f->text; *p < 'a' || *p > 'f'; p++)
			;
		*p = (char)(*p - 0x20);
		bag = small_package_write(&package, dir, MUN_PACKAGE_DIR);
		small_verify(bag, NULL, &verdict);
		assert_int_equal(verdict.result.damage, i ? 0 : 1);
		assert_int_equal(verdict.n, i ? 0 : 1);
		free(bag);
	}
}

/* No digest covers a tag manifest: what it loses must be seen all the same. */
static void a_changed_tag_manifest_of_ours_is_named(void **state)
{
	static const char *const receipts[] = { NULL, "" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct small_file *f;
		char *bag;
		char *nl;

		small_package_make(
			&package,
			&(struct small_options){ .receipt = receipts[i % 2] });
		f = small_package_file(&package, "tagmanifest-sha512.txt");
		nl = memchr(f->text, '\n', f->len);
		assert_non_null(nl);
		if (i < 2) {
			*nl = '\r';
		} else {
			/* Its first line is that of bagit.txt. */
			f->len -= (size_t)(nl + 1 - f->text);
			memmove(f->text, nl + 1, f->len);
		}
		bag = small_package_write(&package, dir, MUN_PACKAGE_DIR);
		small_verify(bag, NULL, &verdict);
		assert_int_equal(verdict.result.damage, i % 2 ? 0 : 1);
		assert_true(i % 2 || small_names(&verdict,
						 i ? "bagit.txt"
						   : "tagmanifest-sha512.txt"));
		free(bag);
	}
}

static void payload_that_nobody_promises_is_named(void **state)
{
	(void)state;
	judge(&(struct small_options){ .extra = "more" });
	assert_true(small_has(&verdict, MUN_VERIFY_EXTRA, MUN_VERIFY_DAMAGE,
			      "data/extra"));
	assert_int_equal(verdict.result.damage, 1);
}

static void a_record_that_is_no_premis_is_damage(void **state)
{
	(void)state;
	judge(&(struct small_options){ .premis = "<premis/>" });
	assert_true(small_has(&verdict, MUN_VERIFY_PREMIS, MUN_VERIFY_DAMAGE,
			      "data/metadata/premis.xml"));
	assert_int_equal(verdict.result.records, 1);
	judge(&(struct small_options){ .premis = "no XML at all" });
	assert_true(small_has(&verdict, MUN_VERIFY_PREMIS, MUN_VERIFY_DAMAGE,
			      "data/metadata/premis.xml"));
	/* Of others it is payload like any other. */
	judge(&(struct small_options){ .premis = "<premis/>", .receipt = "" });
	assert_int_equal(verdict.result.damage, 0);
	assert_int_equal(verdict.result.records, 0);
}

/* ---- what the repository recorded ---- */

static struct test_repository repo;
static struct mun_export_result out;

static void make_export(void)
{
	static uint8_t image[64 * 1024];
	const struct test_object o = {
		.data = image,
		.len = sizeof(image),
		.name = "disk.img",
		.format = "raw",
	};
	struct mun_err e;

	mun_test_pattern(image, sizeof(image), 11);
	test_repository_open(&repo);
	test_repository_put(&repo, &o);
	assert_int_equal(
		test_repository_export(&repo, MUN_PACKAGE_DIR, &out, &e), 0);
}

/* Change the receipt and every digest that covers it, as who wants to deceive
 * would. */
static void forge(const char *bag)
{
	struct small_package p = { 0 };
	char *path = mun_test_path(bag, "data/receipt.json");
	char *text = mun_test_read(path, NULL);
	char *label = strstr(text, "\"repository\"");
	struct small_options o = { .receipt = text };
	char *forged;

	assert_non_null(label);
	memcpy(label, "\"REPOSITORY\"", 12);
	/* A new package around it: its digests are all right. */
	small_package_make(&p, &o);
	forged = small_package_write(&p, dir, MUN_PACKAGE_DIR);
	small_verify(forged, NULL, &verdict);
	free(forged);
	free(text);
	free(path);
}

static void a_forged_receipt_is_found_in_the_catalog(void **state)
{
	char *forged;

	(void)state;
	make_export();
	small_verify(out.path, repo.catalog, &verdict);
	assert_int_equal(verdict.n, 0);
	assert_true(verdict.result.recorded);
	small_verify(out.path, NULL, &verdict);
	assert_false(verdict.result.recorded);
	forge(out.path);
	/* Digests alone say nothing of the receipt. */
	assert_false(small_names(&verdict, "catalog"));
	forged = mun_test_path(dir, "small");
	small_verify(forged, repo.catalog, &verdict);
	assert_true(small_has(&verdict, MUN_VERIFY_EVENT, MUN_VERIFY_DAMAGE,
			      "data/receipt.json"));
	assert_false(verdict.result.recorded);
	free(forged);
	test_repository_close(&repo);
}

static void an_export_that_nobody_recorded_is_none(void **state)
{
	char *bag;

	(void)state;
	make_export();
	small_package_make(&package, &(struct small_options){ 0 });
	bag = small_package_write(&package, dir, MUN_PACKAGE_DIR);
	small_verify(bag, repo.catalog, &verdict);
	/* Another repository's object: nobody can say. */
	assert_true(small_has(&verdict, MUN_VERIFY_EVENT, MUN_VERIFY_UNDONE,
			      "data/receipt.json"));
	assert_int_equal(verdict.result.damage, 0);
	assert_int_equal(verdict.result.undone, 1);
	free(bag);
	test_repository_close(&repo);
}

/* ---- failures ---- */

static size_t told;

static void count(void *ctx, const struct mun_verify_finding *f)
{
	(void)ctx;
	(void)f;
	told++;
}

/* ---- more than memory should hold ---- */

/* Files with names of 32 KiB, without end. */
static size_t met;

static int walk_names(struct mun_box *b, const struct mun_box_fn *fn,
		      struct mun_err *e)
{
	static char path[MUN_BOX_PATH_MAX + 1];
	int rc = 0;

	(void)b;
	memset(path, 'n', sizeof(path) - 1);
	for (size_t i = 200; i < sizeof(path) - 1; i += 200)
		path[i] = '/';
	for (met = 0; !rc && met < 2 * MUN_VERIFY_NAMES_MAX / sizeof(path);
	     met++) {
		const struct mun_box_entry x = { .path = path,
						 .kind = MUN_BOX_FILE };
		bool want = false;
		int n = snprintf(path, sizeof(path), "%08zu", met);

		path[n] = '/';
		rc = fn->begin(fn->ctx, &x, &want, e);
		assert_false(want);
	}
	return rc;
}

static void names_without_end_are_refused(void **state)
{
	static const struct mun_box_ops ops = { .walk = walk_names };
	const struct mun_verify_request q = { .path = "" };
	struct mun_box box = { &ops, "tar.gz" };
	struct mun_verify_result r;
	struct mun_err e;

	(void)state;
	told = 0;
	assert_int_equal(mun_verify_box(&box, &q, count, NULL, &r, &e), 0);
	assert_int_equal(r.damage, 1);
	assert_int_equal(told, 1);
	assert_int_equal(met,
			 MUN_VERIFY_NAMES_MAX / (MUN_BOX_PATH_MAX + 1) + 1);
}

/* Each call fails once: an error or a finding, never "whole". */
static void fail_each(enum mun_package_kind kind, unsigned int calls, int err)
{
	char *path = small_package_write(&package, dir, kind);
	const struct mun_verify_request q = { .path = path };
	int n = 0;

	for (;; n++) {
		struct mun_verify_result r;
		struct mun_err e;
		bool fired;
		int rc;

		mun_fault_install(calls, err);
		mun_fault_arm(n);
		told = 0;
		rc = mun_verify_package(&q, count, NULL, &r, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		/* In the child it is an error here, and not seen. */
		if (!rc && !fired && !r.damage && !r.undone)
			break;
		if (!rc && !r.damage && !r.undone)
			fail_msg("%s failed unseen, call %d",
				 mun_fault_call_name(), n);
		if (!rc)
			assert_true(told > 0);
		if (err == ENOMEM && rc != MUN_ENOMEM)
			fail_msg("memory was out at call %d: %d", n, rc);
		assert_true(n < 1000);
	}
	print_message("%d calls\n", n);
	assert_true(n > 2);
	free(path);
}

static void every_failed_read_is_told(void **state)
{
	const unsigned int calls = MUN_CALL_BIT(MUN_CALL_OPEN) |
				   MUN_CALL_BIT(MUN_CALL_PREAD) |
				   MUN_CALL_BIT(MUN_CALL_FSTAT);

	(void)state;
	small_package_make(&package, &(struct small_options){ 0 });
	fail_each(MUN_PACKAGE_DIR, calls, EIO);
	fail_each(MUN_PACKAGE_DIR, MUN_CALL_BIT(MUN_CALL_PREAD), ENOMEM);
	fail_each(MUN_PACKAGE_ZIP, MUN_CALL_BIT(MUN_CALL_PREAD), EIO);
	fail_each(MUN_PACKAGE_TAR, MUN_CALL_BIT(MUN_CALL_PREAD), EIO);
}

static void short_reads_and_interruptions_change_nothing(void **state)
{
	static const enum mun_package_kind kinds[] = { MUN_PACKAGE_DIR,
						       MUN_PACKAGE_ZIP,
						       MUN_PACKAGE_TAR };

	(void)state;
	small_package_make(&package, &(struct small_options){ 0 });
	for (size_t i = 0; i < 3; i++) {
		char *path = small_package_write(&package, dir, kinds[i]);

		mun_fault_install(0, EIO);
		mun_fault_short_reads(7);
		mun_fault_eintr(true);
		small_verify(path, NULL, &verdict);
		mun_fault_restore();
		assert_int_equal(verdict.n, 0);
		assert_int_equal(verdict.result.digests, 16);
		free(path);
	}
}

/* ---- the parts ---- */

static void names_are_compared_in_one_form(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool fold;
		bool same;
	} cases[] = {
		{ "caf\xc3\xa9", "cafe\xcc\x81", false, true },
		{ "caf\xc3\xa9", "caf\xc3\x89", false, false },
		{ "caf\xc3\xa9", "CAFE\xcc\x81", true, true },
		/* Hangul "gag", composed and as letters. */
		{ "\xea\xb0\x81", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", false,
		  true },
		/* Two marks in either order: below, above. */
		{ "q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87", false, true },
		/* Two of one class: their order counts. */
		{ "q\xcc\x87\xcc\x81", "q\xcc\x81\xcc\x87", false, false },
		/* One that becomes four. */
		{ "\xe1\xbe\x82", "\xce\xb1\xcc\x93\xcc\x80\xcd\x85", false,
		  true },
		{ "a\xff", "a\xff", false, true },
		{ "a\xff", "a\xfe", false, false },
		{ "A.TXT", "a.txt", true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mun_str a = { 0 };
		struct mun_str b = { 0 };
		struct mun_err e;

		assert_int_equal(
			mun_name_key(cases[i].a, cases[i].fold, &a, &e), 0);
		assert_int_equal(
			mun_name_key(cases[i].b, cases[i].fold, &b, &e), 0);
		if (!strcmp(a.text, b.text) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
		mun_str_free(&a);
		mun_str_free(&b);
	}
}

static void paths_that_lead_out_are_known(void **state)
{
	static const char *const bad[] = {
		"",         "/etc/passwd", "../a",        "data/../../a",
		"data/..",  "~/a",         "~root/a",     "C:\\a",
		"c:a",      "\\\\h\\s",    "data\\..\\a", "data//a",
		"data/./a", "data/",       "./a",
	};
	static const char *const good[] = { "a",       "data/a..b", "data/...",
					    "data/~a", "data/a:b",  "data/a\\b",
					    "data/.a" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!mun_tag_path_unsafe(bad[i]))
			fail_msg("'%s' passes", bad[i]);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (mun_tag_path_unsafe(good[i]))
			fail_msg("'%s' does not pass", good[i]);
	}
}

static void text_is_read_in_its_encoding(void **state)
{
	static const struct {
		enum mun_tag_encoding enc;
		const char *in;
		size_t len;
		const char *text; /* NULL: it is none */
	} cases[] = {
		{ MUN_TAG_UTF8, "\xc3\xa9", 2, "\xc3\xa9" },
		{ MUN_TAG_LATIN1, "a\xe9", 2, "a\xc3\xa9" },
		{ MUN_TAG_UTF16, "\xff\xfe\xe9\0", 4, "\xc3\xa9" },
		{ MUN_TAG_UTF16, "\xfe\xff\0\xe9", 4, "\xc3\xa9" },
		{ MUN_TAG_UTF16, "\0a", 2, "a" },
		{ MUN_TAG_UTF16LE, "\x3d\xd8\x00\xde", 4, "\xf0\x9f\x98\x80" },
		{ MUN_TAG_UTF16BE, "\x4e\x2d", 2, "\xe4\xb8\xad" },
		{ MUN_TAG_UTF16LE, "a", 1, NULL },
		{ MUN_TAG_UTF16LE, "\x3d\xd8", 2, NULL },
		{ MUN_TAG_UTF16LE, "\x00\xde", 2, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mun_str s = { 0 };
		bool ok = mun_tag_text(cases[i].enc, cases[i].in, cases[i].len,
				       &s);

		if (ok != (cases[i].text != NULL) ||
		    (ok && strcmp(s.text, cases[i].text) != 0))
			fail_msg("case %zu", i);
		mun_str_free(&s);
	}
	assert_int_equal(mun_tag_encoding_find("utf-8"), MUN_TAG_UTF8);
	assert_int_equal(mun_tag_encoding_find("EBCDIC"), MUN_TAG_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_receipt_that_is_none_is_damage),
		cmocka_unit_test(an_image_that_the_receipt_names_is_there),
		cmocka_unit_test(each_file_of_an_image_is_in_the_receipt),
		cmocka_unit_test(files_that_are_given_out_have_no_image),
		cmocka_unit_test(the_form_of_older_receipts_is_read),
		cmocka_unit_test(zeros_may_follow_a_raw_image_and_nothing_else),
		cmocka_unit_test(without_a_receipt_it_is_a_bag_of_others),
		cmocka_unit_test(hex_in_capitals_is_a_change_of_ours_only),
		cmocka_unit_test(a_changed_tag_manifest_of_ours_is_named),
		cmocka_unit_test(payload_that_nobody_promises_is_named),
		cmocka_unit_test(a_record_that_is_no_premis_is_damage),
		cmocka_unit_test(a_forged_receipt_is_found_in_the_catalog),
		cmocka_unit_test(an_export_that_nobody_recorded_is_none),
		cmocka_unit_test(names_without_end_are_refused),
		cmocka_unit_test(every_failed_read_is_told),
		cmocka_unit_test(short_reads_and_interruptions_change_nothing),
		cmocka_unit_test(names_are_compared_in_one_form),
		cmocka_unit_test(paths_that_lead_out_are_known),
		cmocka_unit_test(text_is_read_in_its_encoding),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
