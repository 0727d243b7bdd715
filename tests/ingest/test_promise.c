/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_promise.c - what donors promise, and parity files */
#include "ingest/expect.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "core/sys.h"
#include "ingest/describe.h"
#include "ingest/listing.h"
#include "ingest/session.h"
#include "tests/ingest/box.h"
#include "tests/support/support.h"

#define BYTES ((size_t)300001)
#define MD5_A "0cc175b9c0f1b6a831c399e269772661"
#define MD5_B "92eb5ffee6ae2fec3ad71c777531578f"

static struct test_box box;
static uint8_t image[BYTES];
static char *source;

static int setup(void **state)
{
	(void)state;
	mun_test_pattern(image, BYTES, 5);
	test_box_open(&box);
	source = test_box_file(&box, "disk.img", image, BYTES);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	test_box_close(&box);
	free(source);
	return 0;
}

static int ingest(const struct mun_expectation *x,
		  struct mun_ingest_result *out, struct mun_err *e)
{
	const struct mun_ingest_request req = { .source = source,
						.operator_name = "J. Archivist",
						.expect = x };

	memset(e, 0, sizeof(*e));
	return mun_ingest(&box.env, &req, out, e);
}

/* As it lies in the store, and as the catalog has it. */
static struct mun_record *stored(const char *id)
{
	char dir[4200];
	struct mun_record *r;
	char urn[MUN_URN_LEN];
	struct mun_err e;
	char *path;

	mun_object_urn(id, urn);
	test_must(mun_store_object_dir(box.store, urn, &path, &e), &e);
	(void)snprintf(dir, sizeof(dir), "%s/v1/content", path);
	test_must(mun_described_load(dir, id, &r, &e), &e);
	free(path);
	return r;
}

static const struct mun_rec_event *event_of(const struct mun_record *r,
					    const char *type, const char *word)
{
	for (size_t i = 0; i < r->nevents; i++) {
		if (!strcmp(r->events[i].type, type) &&
		    strstr(r->events[i].detail, word))
			return &r->events[i];
	}
	return NULL;
}

static bool links_agent(const struct mun_record *r,
			const struct mun_rec_event *ev, const char *name)
{
	for (size_t i = 0; i < ev->nagents; i++) {
		for (size_t k = 0; k < r->nagents; k++) {
			if (!strcmp(ev->agents[i].id, r->agents[k].id) &&
			    !strcmp(r->agents[k].name, name))
				return true;
		}
	}
	return false;
}

static void a_kept_promise_is_recorded_with_who_made_it(void **state)
{
	char *line = test_box_line(MUN_SHA1, image, BYTES, "box 1/disk.img");
	const struct mun_expectation *x =
		test_box_promise(&box, "donor.sha1", line, source, false);
	const struct mun_rec_file *master;
	const struct mun_rec_event *ev;
	struct mun_ingest_result out;
	mun_auto(record) *r = NULL;
	struct mun_err e;

	(void)state;
	assert_non_null(x);
	test_must(ingest(x, &out, &e), &e);
	assert_string_equal(out.expected, "match");
	test_box_assert_master(&box, out.id, image, BYTES);
	test_box_assert_clean(&box);
	r = stored(out.id);
	master = mun_record_master(r);
	/* Computed in the same pass, although it is not among the digests. */
	assert_true(master->digests.of[MUN_SHA1].len == 20);
	assert_string_equal(master->digest_originator[MUN_SHA1], "Ada & Sons");
	assert_null(master->digest_originator[MUN_SHA256]);
	ev = event_of(r, "fixity check", "donor.sha1");
	assert_non_null(ev);
	assert_string_equal(ev->outcome, "success");
	assert_non_null(strstr(ev->detail, "line 1 (box 1/disk.img)"));
	assert_non_null(strstr(ev->detail, "of Ada & Sons"));
	assert_non_null(strstr(ev->note, "found the same"));
	assert_true(links_agent(r, ev, "Ada & Sons"));
	assert_true(links_agent(r, ev, "muniment"));
	/* The manifest itself is kept, and its digest named. */
	{
		const struct mun_rec_file *f =
			mun_record_file(r, "documentation/donor.sha1");
		char hex[MUN_DIGEST_HEX];

		assert_non_null(f);
		assert_int_equal(f->bytes, strlen(line));
		mun_digest_hex(&f->digests.of[MUN_SHA512], hex);
		assert_non_null(strstr(ev->detail, hex));
	}
	free(line);
}

static void a_broken_promise_takes_nothing_in(void **state)
{
	char *line = test_box_line(MUN_SHA512, image, BYTES - 1, "disk.img");
	char *real = test_box_line(MUN_SHA512, image, BYTES, "disk.img");
	const struct mun_expectation *x =
		test_box_promise(&box, "donor", line, source, false);
	struct mun_ingest_result out;
	char text[2048];
	struct mun_err e;

	(void)state;
	assert_int_equal(ingest(x, &out, &e), MUN_EFIXITY);
	assert_string_equal(out.expected, "mismatch");
	assert_string_equal(out.id, "");
	mun_err_text(&e, text, sizeof(text), 0);
	/* One line with both. */
	line[128] = '\0';
	real[128] = '\0';
	assert_non_null(strstr(text, line));
	assert_non_null(strstr(text, real));
	assert_non_null(strstr(text, "disk.img"));
	assert_null(strchr(text, '\n'));
	assert_int_equal(test_box_catalogued(&box), 0);
	assert_int_equal(test_box_stored(&box), 0);
	assert_int_equal(mun_test_count_entries(box.spool), 0);
	free(line);
	free(real);
}

static void a_broken_one_can_be_accepted_and_is_recorded(void **state)
{
	char *line = test_box_line(MUN_SHA256, image, BYTES - 1, "disk.img");
	const struct mun_expectation *x =
		test_box_promise(&box, "donor", line, source, true);
	const struct mun_rec_event *ev;
	struct mun_ingest_result out;
	mun_auto(record) *r = NULL;
	struct mun_err e;

	(void)state;
	test_must(ingest(x, &out, &e), &e);
	assert_string_equal(out.expected, "mismatch");
	test_box_assert_master(&box, out.id, image, BYTES);
	test_box_assert_clean(&box);
	r = stored(out.id);
	/* It is not what the donor computed. */
	assert_null(mun_record_master(r)->digest_originator[MUN_SHA256]);
	ev = event_of(r, "fixity check", "of the manifest donor");
	assert_non_null(ev);
	assert_string_equal(ev->outcome, "fail");
	assert_non_null(strstr(ev->detail, "taken in although it differs"));
	line[64] = '\0';
	assert_non_null(strstr(ev->note, line));
	free(line);
}

static void another_size_is_a_broken_promise(void **state)
{
	char hex[MUN_DIGEST_HEX];
	struct mun_digests d;
	struct mun_err e;
	const struct mun_expectation *x;
	struct mun_ingest_result out;
	char text[256];

	(void)state;
	test_must(mun_digest_memory(MUN_DIGEST_BIT(MUN_MD5), image, BYTES, &d,
				    &e),
		  &e);
	mun_digest_hex(&d.of[MUN_MD5], hex);
	(void)snprintf(text, sizeof(text), "%s300002,%s,C:\\disks\\disk.img\n",
		       "%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n", hex);
	x = test_box_promise(&box, "known.txt", text, source, false);
	assert_non_null(x);
	assert_int_equal(ingest(x, &out, &e), MUN_EFIXITY);
	assert_string_equal(out.expected, "mismatch");
	text[strlen("%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n30000")] = '1';
	x = test_box_promise(&box, "known.txt", text, source, false);
	test_must(ingest(x, &out, &e), &e);
	assert_string_equal(out.expected, "match");
}

/* Whatever stands in a manifest, the record has to hold it. */
static void names_of_any_bytes_are_recorded(void **state)
{
	char *path = test_box_file(&box, "d\xe9 <&>\n\x01.img", image, BYTES);
	char *name = strrchr(path, '/') + 1;
	char *line =
		test_box_line(MUN_MD5, image, BYTES, "d\xe9 <&>\\n\x01.img");
	const struct mun_expectation *x;
	struct mun_ingest_result out;
	mun_auto(record) *r = NULL;
	char text[256];
	struct mun_err e;

	(void)state;
	(void)snprintf(text, sizeof(text), "\\%s", line);
	free(source);
	source = path;
	x = test_box_promise(&box, "m\xff%.md5", text, path, false);
	assert_non_null(x);
	assert_string_equal(x->entry, name);
	test_must(ingest(x, &out, &e), &e);
	assert_string_equal(out.expected, "match");
	test_box_assert_clean(&box);
	r = stored(out.id);
	assert_non_null(
		event_of(r, "fixity check", "d\\xe9 <&>\\x0a\\x01.img"));
	free(line);
}

static void a_session_remembers_what_was_promised(void **state)
{
	char *line = test_box_line(MUN_SHA256, image, BYTES - 1, "disk.img");
	const struct mun_expectation *x =
		test_box_promise(&box, "donor", line, source, false);
	struct mun_ingest_result out;
	struct mun_err e;
	char *ocfl;

	(void)state;
	/* It cannot be read; later it can, and is still not what it should. */
	for (int n = 0; !test_box_sessions(&box); n++) {
		assert_true(n < 100);
		mun_fault_install(MUN_CALL_MUTATING, EIO);
		mun_fault_arm(n);
		assert_int_not_equal(ingest(x, &out, &e), 0);
		assert_true(mun_fault_fired());
		mun_fault_restore();
	}
	assert_int_equal(mun_ingest_resume(&box.env, out.id, &out, &e),
			 MUN_EFIXITY);
	assert_string_equal(out.expected, "mismatch");
	assert_int_equal(test_box_sessions(&box), 0);
	assert_int_equal(test_box_stored(&box), 0);
	/* And one that is kept, by a run that comes after the reading. */
	free(line);
	line = test_box_line(MUN_SHA256, image, BYTES, "disk.img");
	x = test_box_promise(&box, "donor", line, source, false);
	ocfl = mun_test_path(box.ocfl, "0=ocfl_1.1");
	assert_int_equal(unlink(ocfl), 0);
	assert_int_not_equal(ingest(x, &out, &e), 0);
	mun_test_write(ocfl, "ocfl_1.1\n", 9);
	if (out.id[0]) {
		test_must(mun_ingest_resume(&box.env, out.id, &out, &e), &e);
		assert_string_equal(out.expected, "match");
	}
	free(ocfl);
	free(line);
}

static void a_manifest_that_changed_is_not_kept_as_the_old_one(void **state)
{
	char *line = test_box_line(MUN_SHA256, image, BYTES, "disk.img");
	const struct mun_expectation *x =
		test_box_promise(&box, "donor", line, source, false);
	struct mun_ingest_result out;
	struct mun_err e;
	char *path = mun_test_path(box.dir, "donor");

	(void)state;
	mun_test_write(path, "other", 5);
	assert_int_equal(ingest(x, &out, &e), MUN_EINVAL);
	assert_int_equal(test_box_stored(&box), 0);
	/* Put back, the session goes on. */
	mun_test_write(path, line, strlen(line));
	test_must(mun_ingest_resume(&box.env, out.id, &out, &e), &e);
	assert_string_equal(out.expected, "match");
	test_box_assert_clean(&box);
	free(path);
	free(line);
}

static void entries_are_found_by_name_and_folders(void **state)
{
	static const struct {
		const char *manifest;
		const char *source;
		const char *want; /* entry; NULL: none; "?": error */
	} cases[] = {
		{ MD5_A "  disk.img\n", "/m/disk.img", "disk.img" },
		{ MD5_A "  x/y/disk.img\n", "/m/disk.img", "x/y/disk.img" },
		{ MD5_A "  /x/disk.img\n", "/m/disk.img", "/x/disk.img" },
		{ MD5_A "  disk.img\n", "/m/disk2.img", NULL },
		{ MD5_A "  xdisk.img\n", "/m/disk.img", NULL },
		{ MD5_A "  1/disk.img\n" MD5_B "  2/disk.img\n",
		  "/m/2/disk.img", "2/disk.img" },
		{ MD5_A "  1/disk.img\n" MD5_B "  2/disk.img\n",
		  "/m/3/disk.img", "?" },
		{ MD5_A "  1/a/disk.img\n" MD5_B "  2/a/disk.img\n",
		  "/m/2/a/disk.img", "2/a/disk.img" },
		{ MD5_A "  21/a/disk.img\n" MD5_B "  1/b/disk.img\n",
		  "/m/1/a/disk.img", "21/a/disk.img" },
		{ MD5_A "  disk.img\n" MD5_B "  2/disk.img\n", "/2/disk.img",
		  "2/disk.img" },
		{ MD5_A "  disk.img\n" MD5_B "  disk.img\n", "/m/disk.img",
		  "?" },
		{ MD5_A "  D:\\x\\disk.img\n" MD5_B "  D:\\y\\disk.img\n",
		  "/m/y/disk.img", "D:\\y\\disk.img" },
		{ MD5_A "  data/100%25.img\n", "/m/100%.img", "data/100%.img" },
		{ MD5_A "  data/100%25.img\n", "/m/100%25.img",
		  "data/100%.img" },
	};
	char *path = mun_test_path(box.dir, "m");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct mun_expectation *x;
		mun_auto(expect) *all = NULL;
		struct mun_err e;
		int rc;

		mun_test_write(path, cases[i].manifest,
			       strlen(cases[i].manifest));
		test_must(mun_expect_load(path, NULL, false, &all, &e), &e);
		rc = mun_expect_match(all, &cases[i].source, 1, &e);
		if (cases[i].want && cases[i].want[0] == '?') {
			assert_int_equal(rc, MUN_EINVAL);
			continue;
		}
		test_must(rc, &e);
		x = mun_expect_of(all, 0);
		if (!cases[i].want)
			assert_null(x);
		else if (!x || strcmp(x->entry, cases[i].want) != 0)
			fail_msg("case %zu: '%s'", i, x ? x->entry : "none");
	}
	free(path);
}

static void count_entry(void *ctx, const struct mun_manifest_entry *en)
{
	(void)en;
	++*(size_t *)ctx;
}

static void two_sources_are_not_one_entry(void **state)
{
	static const char *const both[] = { "/1/disk.img", "/2/disk.img" };
	static const char *const fine[] = { "/1/disk.img", "/2/b.img" };
	static const char text[] =
		MD5_A "  disk.img\n" MD5_B "  b.img\n" MD5_B "  c.img\n";
	mun_auto(expect) *x = NULL;
	mun_auto(expect) *y = NULL;
	struct mun_err e;
	size_t n = 0;
	char *path = test_box_file(&box, "m", text, sizeof(text) - 1);

	(void)state;
	test_must(mun_expect_load(path, "", false, &x, &e), &e);
	assert_int_equal(mun_expect_match(x, both, 2, &e), MUN_EINVAL);
	assert_non_null(strstr(e.lines[0].text, "/1/disk.img"));
	assert_non_null(strstr(e.lines[0].text, "/2/disk.img"));
	test_must(mun_expect_load(path, "", false, &y, &e), &e);
	test_must(mun_expect_match(y, fine, 2, &e), &e);
	assert_int_equal(mun_expect_unmatched(y, count_entry, &n), 1);
	assert_int_equal(n, 1);
	free(path);
}

static void we_are_no_donor(void **state)
{
	static const char *const names[] = { "muniment",
					     "muniment, computed while reading",
					     "a\nb", "caf\xe9" };
	char *path = test_box_file(&box, "m", MD5_A "  a\n", 36);
	struct mun_expect *x = NULL;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++)
		assert_int_equal(mun_expect_load(path, names[i], false, &x, &e),
				 MUN_EINVAL);
	free(path);
}

/* The exit status of a command of the shell. */
static int shell(const char *command)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Debian's par2 on a copy of the folder; false where there is none. */
static bool par2(const char *verb, const char *dir, bool want)
{
	char command[16384];
	int status;

	if (access("/usr/bin/par2", X_OK))
		return false;
	(void)snprintf(command, sizeof(command),
		       "/usr/bin/par2 %s -qq '%s/disk.img.par2' >/dev/null",
		       verb, dir);
	status = shell(command);
	assert_int_equal(status == 0, want);
	return true;
}

static void parity_files_are_files_of_the_object(void **state)
{
	static const char *const names[] = { "image/disk.img.par2", NULL };
	const struct mun_rec_event *ev;
	struct mun_ingest_result out;
	mun_auto(record) *r = NULL;
	char command[16384];
	size_t parity = 0;
	struct mun_err e;
	char copy[4096];
	char *back;
	char *img;
	size_t len;

	(void)state;
	test_box_parity(&box, "9.5%");
	test_must(ingest(NULL, &out, &e), &e);
	test_box_assert_clean(&box);
	test_must(mun_catalog_get(box.catalog, out.id, true, &r, &e), &e);
	for (size_t i = 0; i < r->nfiles; i++)
		parity += !strcmp(r->files[i].role, MUN_ROLE_PARITY);
	assert_int_equal(parity, 2);
	assert_non_null(mun_record_file(r, names[0]));
	assert_string_equal(mun_record_file(r, names[0])->mime,
			    "application/x-par2");
	ev = event_of(r, "creation", "10 %");
	assert_non_null(ev);
	assert_int_equal(ev->nobjects, 3);
	/* Damage in a copy, and its repair, by a program that is not ours. */
	(void)snprintf(copy, sizeof(copy), "%s/copy", box.dir);
	(void)snprintf(command, sizeof(command),
		       "cp -r '%s/v1/content/image' '%s' && chmod -R u+w '%s'",
		       out.path, copy, copy);
	assert_int_equal(shell(command), 0);
	if (!par2("verify", copy, true)) {
		print_message("no par2: it is not compared with\n");
		return;
	}
	img = mun_test_path(copy, "disk.img");
	back = mun_test_read(img, &len);
	assert_int_equal(len, BYTES);
	back[77777] ^= 4;
	mun_test_write(img, back, len);
	free(back);
	(void)par2("verify", copy, false);
	(void)par2("repair", copy, true);
	back = mun_test_read(img, &len);
	assert_int_equal(len, BYTES);
	assert_memory_equal(back, image, BYTES);
	free(back);
	free(img);
}

static void without_policy_there_is_no_parity(void **state)
{
	struct mun_ingest_result out;
	mun_auto(record) *r = NULL;
	struct mun_err e;

	(void)state;
	test_box_parity(&box, "off");
	test_must(ingest(NULL, &out, &e), &e);
	test_must(mun_catalog_get(box.catalog, out.id, false, &r, &e), &e);
	for (size_t i = 0; i < r->nfiles; i++)
		assert_string_not_equal(r->files[i].role, MUN_ROLE_PARITY);
	assert_int_equal(r->content.of[MUN_MD5].len, 0);
}

static int no_finding(void *ctx, const struct mun_manifest_finding *f,
		      struct mun_err *e)
{
	(void)e;
	mun_str_addf(ctx, "%s %s; ", mun_manifest_outcome_name(f->outcome),
		     f->path);
	return 0;
}

static int add_line(void *ctx, const struct mun_listed *l, struct mun_err *e)
{
	return mun_manifest_line(ctx, MUN_MANIFEST_SUMS,
				 MUN_DIGEST_BIT(MUN_SHA256), l->content,
				 l->file->bytes, &l->file->digests, e);
}

static void the_catalog_is_compared_without_reading(void **state)
{
	struct mun_ingest_result out;
	struct mun_manifest_tally t;
	struct mun_str text = { 0 };
	struct mun_str got = { 0 };
	struct mun_manifest *m;
	struct mun_err e;
	char *line;

	(void)state;
	test_must(ingest(NULL, &out, &e), &e);
	test_must(mun_listing(box.store, box.catalog, NULL, 0, add_line, &text,
			      &e),
		  &e);
	/* By the name it had; by that name another; nobody; not comparable. */
	line = test_box_line(MUN_SHA512, image, BYTES, "/elsewhere/disk.img");
	mun_str_add(&text, line);
	free(line);
	mun_str_add(&text, MD5_A "  no.img\n" MD5_A "  x/disk.img\n");
	test_must(mun_manifest_read(text.text, text.len, NULL, &m, &e), &e);
	test_must(mun_listing_compare(box.store, box.catalog, m, true,
				      no_finding, &got, &t, &e),
		  &e);
	assert_string_equal(got.text, "missing no.img; not_run x/disk.img; ");
	assert_int_equal(t.of[MUN_MANIFEST_INTACT], 4);
	assert_int_equal(t.bytes, 0);
	mun_manifest_free(m);
	mun_str_free(&got);
	/* What is not named is extra; a digest that differs is told. */
	got = (struct mun_str){ 0 };
	line = test_box_line(MUN_SHA256, image, 5, "y/disk.img");
	test_must(mun_manifest_read(line, strlen(line), NULL, &m, &e), &e);
	test_must(mun_listing_compare(box.store, box.catalog, m, true,
				      no_finding, &got, &t, &e),
		  &e);
	assert_int_equal(t.of[MUN_MANIFEST_EXTRA], 2);
	assert_int_equal(t.of[MUN_MANIFEST_MISMATCH], 1);
	assert_non_null(strstr(got.text, "mismatch y/disk.img; "));
	mun_manifest_free(m);
	free(line);
	mun_str_free(&got);
	mun_str_free(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_kept_promise_is_recorded_with_who_made_it),
		TEST(a_broken_promise_takes_nothing_in),
		TEST(a_broken_one_can_be_accepted_and_is_recorded),
		TEST(another_size_is_a_broken_promise),
		TEST(names_of_any_bytes_are_recorded),
		TEST(a_session_remembers_what_was_promised),
		TEST(a_manifest_that_changed_is_not_kept_as_the_old_one),
		TEST(entries_are_found_by_name_and_folders),
		TEST(two_sources_are_not_one_entry),
		TEST(we_are_no_donor),
		TEST(parity_files_are_files_of_the_object),
		TEST(without_policy_there_is_no_parity),
		TEST(the_catalog_is_compared_without_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
