/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_export.c - from a real store and catalog to a bag */
#include "emulate-export/export.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/json.h"
#include "core/log.h"
#include "tests/emulate-export/repository.h"
#include "tests/support/support.h"

#define FLOPPY ((size_t)1440 * 1024)

static struct test_repository repo;
static uint8_t image[FLOPPY];

static int setup(void **state)
{
	const struct test_object o = { .data = image,
				       .len = FLOPPY,
				       .name = "disk.img",
				       .format = "raw",
				       .imaged = true };

	(void)state;
	/* Half of it is zeros, as floppies are. */
	memset(image, 0, sizeof(image));
	mun_test_pattern(image, FLOPPY / 2, 7);
	test_repository_open(&repo);
	test_repository_put(&repo, &o);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_cancel_reset();
	test_repository_close(&repo);
	return 0;
}

static int export(enum mun_package_kind kind, struct mun_export_result *out,
		  struct mun_err *e)
{
	return test_repository_export(&repo, kind, out, e);
}

static void export_well(enum mun_package_kind kind,
			struct mun_export_result *out)
{
	struct mun_err e;
	char text[2048];

	if (export(kind, out, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
}

/* An independent judge of bags; it unpacks archives itself. */
static void assert_valid_bag(const char *package)
{
	char *tool = mun_test_path(mun_test_source_dir(),
				   "tests/emulate-export/check_bag.py");
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		execl("/usr/bin/python3", "python3", tool, package,
		      (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	free(tool);
}

static void assert_nothing_there(void)
{
	assert_int_equal(test_repository_entries(&repo), 0);
	assert_int_equal(test_repository_events(&repo, "dissemination"), 0);
}

static char *read_in(const char *package, const char *path, size_t *len)
{
	char *full = mun_test_path(package, path);
	char *text = mun_test_read(full, len);

	assert_non_null(text);
	free(full);
	return text;
}

static void every_kind_is_a_valid_bag(void **state)
{
	static const enum mun_package_kind kinds[] = { MUN_PACKAGE_DIR,
						       MUN_PACKAGE_ZIP,
						       MUN_PACKAGE_TAR };

	(void)state;
	/* One that BagIt writes otherwise than we do, and one it has not. */
	repo.env.algs = MUN_DIGEST_BIT(MUN_SHA512_256) |
			MUN_DIGEST_BIT(MUN_MD5) | MUN_DIGEST_BIT(MUN_CRC32);
	for (size_t i = 0; i < 3; i++) {
		struct mun_export_result out;

		export_well(kinds[i], &out);
		assert_true(out.verified);
		assert_valid_bag(out.path);
		assert_int_equal(test_repository_events(&repo, "dissemination"),
				 i + 1);
	}
	assert_int_equal(mun_test_count_entries(repo.out), 3);
}

static void the_package_has_the_image_and_the_papers(void **state)
{
	static const char *const papers[] = { "data/run",
					      "data/README.txt",
					      "data/metadata/premis.xml",
					      "data/metadata/export.xml",
					      "data/receipt.json",
					      "data/README.html",
					      "bag-info.txt" };
	struct mun_export_result out;
	size_t len;
	char *text;

	(void)state;
	export_well(MUN_PACKAGE_DIR, &out);
	assert_string_equal(out.images[0].object, repo.id);
	assert_string_equal(out.target, "qemu");
	assert_int_equal(out.nimages, 1);
	assert_string_equal(out.images[0].path, "data/media/floppy.img");
	assert_string_equal(out.images[0].format, "raw");
	assert_int_equal(out.images[0].bytes, FLOPPY);
	assert_non_null(strstr(out.path, "/Rescue-disk-"));
	assert_non_null(strstr(out.path, "-for-qemu"));
	text = read_in(out.path, out.images[0].path, &len);
	assert_int_equal(len, FLOPPY);
	assert_memory_equal(text, image, FLOPPY);
	free(text);
	for (size_t i = 0; i < sizeof(papers) / sizeof(*papers); i++) {
		text = read_in(out.path, papers[i], &len);
		assert_true(len > 100);
		free(text);
	}
	text = read_in(out.path, "data/metadata/premis.xml", NULL);
	assert_non_null(strstr(text, repo.id));
	free(text);
	text = read_in(out.path, "data/README.txt", NULL);
	assert_non_null(strstr(text, "All of the medium was read"));
	assert_non_null(strstr(text, "./run"));
	free(text);
}

static char *readme_of(const struct test_object *o, const char *target)
{
	struct mun_export_result out;

	test_repository_put(&repo, o);
	repo.target = target;
	export_well(MUN_PACKAGE_DIR, &out);
	repo.target = NULL;
	return read_in(out.path, "data/README.txt", NULL);
}

static void others_may_not_have_said_what_they_could_not_read(void **state)
{
	const struct test_object o = { .data = image,
				       .len = FLOPPY,
				       .name = "disk.img",
				       .format = "raw" };
	char *text;

	(void)state;
	text = readme_of(&o, "qemu");
	assert_null(strstr(text, "All of the medium was read"));
	assert_non_null(strstr(text, "The image was made elsewhere."));
	free(text);
}

/* What has no "run" in it is not started by that, configured or not. */
static void only_what_has_a_script_is_started_by_it(void **state)
{
	static const char *const targets[] = { "eaasi", "raw" };
	const struct test_object o = { .data = image,
				       .len = FLOPPY,
				       .name = "disk.img",
				       .format = "raw" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text = readme_of(&o, targets[i]);

		assert_null(strstr(text, "./run"));
		assert_null(strstr(text, "run.bat"));
		assert_non_null(strstr(text, "There is nothing to start"));
		free(text);
	}
}

/* An IPF with its first two records. */
static const uint8_t ipf[108] = {
	[0] = 0x43,  [1] = 0x41,  [2] = 0x50,  [3] = 0x53,  [7] = 0x0c,
	[8] = 0x1c,  [9] = 0xd5,  [10] = 0x73, [11] = 0xba, [12] = 0x49,
	[13] = 0x4e, [14] = 0x46, [15] = 0x4f, [19] = 0x60, [20] = 0xec,
	[21] = 0xd5, [22] = 0x35, [23] = 0x84, [27] = 0x01, [31] = 0x01,
	[35] = 0x01, [39] = 0x01, [43] = 0x01, [51] = 0x53, [59] = 0x01,
	[60] = 0x01, [61] = 0x2f, [62] = 0xcd, [63] = 0xd5, [64] = 0x07,
	[65] = 0x27, [66] = 0x0e, [71] = 0x01
};

/* Nor are their fillers zeros, as ours are. */
static void what_others_put_in_place_is_not_said_to_be_zeros(void **state)
{
	struct test_object o = { .data = image,
				 .len = FLOPPY,
				 .name = "disk.img",
				 .format = "raw",
				 .partial = true };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		char *text;

		o.imaged = i == 1;
		text = readme_of(&o, i ? "qemu" : "raw");
		for (char *p = text; (p = strchr(p, '\n')) != NULL;)
			*p = ' ';
		assert_non_null(strstr(text, "could not be read. "));
		assert_int_equal(strstr(text, "zeros in the image.") != NULL,
				 o.imaged);
		assert_int_equal(strstr(text, "made elsewhere; ") != NULL,
				 !o.imaged);
		free(text);
	}
}

static void what_nothing_decodes_is_not_said_to_be_decoded(void **state)
{
	const struct test_object o = { .data = ipf,
				       .len = sizeof(ipf),
				       .name = "game.ipf",
				       .format = "ipf" };
	mun_auto(record) *r = NULL;
	struct mun_err e;
	char *text;

	(void)state;
	text = readme_of(&o, "fs-uae");
	assert_null(strstr(text, "All of the medium was read"));
	assert_non_null(strstr(text, "Not known, as the image is kept"));
	assert_non_null(strstr(text, "Not decoded"));
	free(text);
	assert_int_equal(mun_catalog_get(repo.catalog, repo.id, false, &r, &e),
			 0);
	assert_true(r->nevents > 1);
	assert_null(strstr(r->events[r->nevents - 1].note, "decoded again"));
	assert_non_null(
		strstr(r->events[r->nevents - 1].note, "nothing decodes it"));
}

static void the_receipt_says_what_who_and_when(void **state)
{
	struct mun_export_result out;
	struct mun_err e;
	mun_autojson json_t *j = NULL;
	char hex[MUN_DIGEST_HEX];
	size_t len;
	char *text;
	json_t *object;
	json_t *img;

	(void)state;
	export_well(MUN_PACKAGE_DIR, &out);
	text = read_in(out.path, "data/receipt.json", &len);
	assert_int_equal(mun_json_parse(text, len, &j, &e), 0);
	free(text);
	mun_digest_hex(&out.images[0].content_sha256, hex);
	object = json_array_get(json_object_get(j, "objects"), 0);
	img = json_object_get(object, "image");
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(img, "digests"), "sha256")),
			    hex);
	assert_string_equal(
		json_string_value(json_object_get(
			json_object_get(json_object_get(object, "master"),
					"digests"),
			"sha256")),
		hex);
	assert_string_equal(
		json_string_value(json_object_get(object, "object")), repo.id);
	assert_string_equal(json_string_value(json_object_get(object, "event")),
			    out.event);
	assert_string_equal(json_string_value(json_object_get(j, "operator")),
			    "J. Archivist");
	assert_string_equal(json_string_value(json_object_get(j, "version")),
			    "0.1.0");
	assert_string_equal(json_string_value(json_object_get(j, "repository")),
			    "Test Archive");
}

static void the_event_names_who_did_it_with_what(void **state)
{
	struct mun_export_result out;
	mun_auto(record) *r = NULL;
	const struct mun_rec_event *ev = NULL;
	struct mun_err e;

	(void)state;
	export_well(MUN_PACKAGE_DIR, &out);
	assert_int_equal(mun_catalog_get(repo.catalog, repo.id, false, &r, &e),
			 0);
	for (size_t i = 0; i < r->nevents; i++) {
		if (!strcmp(r->events[i].id, out.event))
			ev = &r->events[i];
	}
	assert_non_null(ev);
	assert_string_equal(ev->type, "dissemination");
	assert_string_equal(ev->outcome, "success");
	assert_non_null(strstr(ev->detail, "-for-qemu"));
	assert_int_equal(ev->nagents, 2);
	assert_int_equal(ev->nobjects, 1);
	assert_string_equal(ev->objects[0].id, mun_record_master(r)->id);
	for (size_t i = 0; i < 2; i++) {
		const char *role = ev->agents[i].role;

		assert_true(!strcmp(role, "implementer") ||
			    !strcmp(role, "executing program"));
	}
}

static void what_could_not_be_read_is_told(void **state)
{
	const struct test_object o = { .data = image,
				       .len = FLOPPY,
				       .name = "disk.img",
				       .format = "raw",
				       .partial = true };
	struct mun_export_result out;
	char *text;

	(void)state;
	test_repository_put(&repo, &o);
	export_well(MUN_PACKAGE_DIR, &out);
	assert_valid_bag(out.path);
	text = read_in(out.path, "data/README.txt", NULL);
	assert_non_null(strstr(text, "512 bytes, in 1 place"));
	assert_non_null(
		strstr(text, "sectors 2 to 2 (512 bytes at byte 1024)"));
	free(text);
	text = read_in(out.path, "data/receipt.json", NULL);
	assert_non_null(strstr(text, "\"offset\": 1024"));
	free(text);
	text = read_in(out.path, "data/metadata/disk.map", NULL);
	assert_non_null(strstr(text, "0x400 0x200 -"));
	free(text);
}

/* A hard disk of 12 MiB that is mostly a hole. */
static void a_sparse_disk_stays_sparse(void **state)
{
	const size_t len = (size_t)12 << 20;
	uint8_t *disk = calloc(1, len);
	const struct test_object o = {
		.data = disk, .len = len, .name = "disk.img", .format = "raw"
	};
	struct mun_export_result out;
	struct stat st;
	char *path;
	char *text;

	(void)state;
	assert_non_null(disk);
	mun_test_pattern(disk + 5000000, 100000, 3);
	test_repository_put(&repo, &o);
	export_well(MUN_PACKAGE_DIR, &out);
	assert_valid_bag(out.path);
	assert_string_equal(out.images[0].path, "data/media/disk.img");
	path = mun_test_path(out.path, out.images[0].path);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_blocks * 512 < 1 << 20);
	text = mun_test_read(path, NULL);
	assert_memory_equal(text, disk, len);
	free(text);
	free(path);
	path = mun_test_path(out.path, "data/media/disk.qcow2");
	assert_int_equal(access(path, R_OK), 0);
	free(path);
	free(disk);
}

static void a_flipped_bit_in_the_store_refuses_it(void **state)
{
	static const uint64_t places[] = { 0, 1 << 20, FLOPPY - 1 };
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		test_flip(repo.master, places[i]);
		assert_int_equal(export(MUN_PACKAGE_DIR, &out, &e),
				 MUN_EFIXITY);
		assert_false(out.verified);
		assert_nothing_there();
		test_flip(repo.master, places[i]);
	}
	export_well(MUN_PACKAGE_DIR, &out);
}

/* The file is what it was, but not what the medium was said to hold. */
static void content_that_is_not_the_recorded_one_refuses_it(void **state)
{
	const struct test_object o = { .data = image,
				       .len = FLOPPY,
				       .name = "disk.img",
				       .format = "raw",
				       .other_content = true };
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	test_repository_put(&repo, &o);
	assert_int_equal(export(MUN_PACKAGE_DIR, &out, &e), MUN_EFIXITY);
	assert_nothing_there();
	assert_int_equal(export(MUN_PACKAGE_ZIP, &out, &e), MUN_EFIXITY);
	assert_nothing_there();
}

static void a_missing_or_shortened_file_refuses_it(void **state)
{
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	assert_int_equal(chmod(repo.master, 0600), 0);
	assert_int_equal(truncate(repo.master, FLOPPY - 1), 0);
	assert_int_equal(export(MUN_PACKAGE_DIR, &out, &e), MUN_EFIXITY);
	assert_nothing_there();
	assert_int_equal(unlink(repo.master), 0);
	assert_int_equal(export(MUN_PACKAGE_DIR, &out, &e), MUN_EFIXITY);
	assert_nothing_there();
}

static void an_existing_name_is_left_alone(void **state)
{
	struct mun_export_result first;
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	export_well(MUN_PACKAGE_DIR, &first);
	assert_int_equal(export(MUN_PACKAGE_DIR, &out, &e), MUN_EEXIST);
	assert_valid_bag(first.path);
	assert_int_equal(mun_test_count_entries(repo.out), 1);
	assert_int_equal(test_repository_events(&repo, "dissemination"), 1);
}

static void what_is_not_known_is_refused(void **state)
{
	const char *objects[] = { repo.id };
	struct mun_export_request req = { .objects = objects,
					  .nobjects = 1,
					  .target = "vax",
					  .output = repo.out };
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_export(&repo.env, &req, &out, &e),
			 MUN_EUNSUPPORTED);
	req.target = "qemu";
	objects[0] = "01930000-0000-7000-8000-000000000000";
	assert_int_equal(mun_export(&repo.env, &req, &out, &e), MUN_ENOENT);
	assert_nothing_there();
}

static void a_dry_run_checks_and_writes_nothing(void **state)
{
	const char *objects[] = { repo.id };
	struct mun_export_request req = { .objects = objects,
					  .nobjects = 1,
					  .target = "qemu",
					  .output = repo.out,
					  .dry_run = true };
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_export(&repo.env, &req, &out, &e), 0);
	assert_string_equal(out.images[0].path, "data/media/floppy.img");
	assert_false(out.verified);
	assert_int_equal(access(repo.out, F_OK), -1);
	assert_nothing_there();
	test_flip(repo.master, 5);
	assert_int_equal(mun_export(&repo.env, &req, &out, &e), MUN_EFIXITY);
}

static void a_cancelled_export_leaves_nothing(void **state)
{
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	mun_cancel();
	assert_int_equal(export(MUN_PACKAGE_DIR, &out, &e), MUN_ECANCELLED);
	mun_cancel_reset();
	assert_nothing_there();
}

/* A repository may keep other digests; there is always one to prove by. */
static void a_repository_of_old_digests_can_export(void **state)
{
	const struct test_object o = { .data = image,
				       .len = FLOPPY,
				       .name = "disk.img",
				       .format = "raw",
				       .algs = MUN_DIGEST_BIT(MUN_MD5) };
	struct mun_export_result out;

	(void)state;
	test_repository_put(&repo, &o);
	export_well(MUN_PACKAGE_TAR, &out);
	assert_valid_bag(out.path);
	assert_int_equal(out.images[0].content_sha256.len, 32);
}

static void hostile_labels_make_harmless_names(void **state)
{
	static const char *const labels[] = {
		"../../etc/passwd",
		"",
		"$(touch x)`; '\"",
		"-rf",
		"\xc3\xa4\xc3\xb6\xc3\xbc",
		"CON",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	struct test_object o = {
		.data = "x", .len = 1, .name = "disk.img", .format = "raw"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		struct mun_export_result out;
		const char *name;

		o.label = labels[i];
		test_repository_put(&repo, &o);
		export_well(MUN_PACKAGE_DIR, &out);
		name = strrchr(out.path, '/') + 1;
		assert_int_equal(strlen(name),
				 strspn(name, "abcdefghijklmnopqrstuvwxyz"
					      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "0123456789-"));
		assert_true(*name != '-');
		assert_true(strlen(name) <= 64);
		assert_valid_bag(out.path);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_kind_is_a_valid_bag),
		TEST(the_package_has_the_image_and_the_papers),
		TEST(others_may_not_have_said_what_they_could_not_read),
		TEST(only_what_has_a_script_is_started_by_it),
		TEST(what_others_put_in_place_is_not_said_to_be_zeros),
		TEST(what_nothing_decodes_is_not_said_to_be_decoded),
		TEST(the_receipt_says_what_who_and_when),
		TEST(the_event_names_who_did_it_with_what),
		TEST(what_could_not_be_read_is_told),
		TEST(a_sparse_disk_stays_sparse),
		TEST(a_flipped_bit_in_the_store_refuses_it),
		TEST(content_that_is_not_the_recorded_one_refuses_it),
		TEST(a_missing_or_shortened_file_refuses_it),
		TEST(an_existing_name_is_left_alone),
		TEST(what_is_not_known_is_refused),
		TEST(a_dry_run_checks_and_writes_nothing),
		TEST(a_cancelled_export_leaves_nothing),
		TEST(a_repository_of_old_digests_can_export),
		TEST(hostile_labels_make_harmless_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
