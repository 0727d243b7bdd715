/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_ingest.c - files of all kinds taken in, and what is refused */
#include "ingest/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/sandbox.h"
#include "core/sys.h"
#include "medium/device.h"
#include "ingest/session.h"
#include "tests/ingest/box.h"
#include "tests/support/support.h"

#define FLOPPY ((size_t)1474560)

static struct test_box box;
static uint8_t image[FLOPPY];

static int setup(void **state)
{
	(void)state;
	mun_test_pattern(image, FLOPPY, 1);
	test_box_open(&box);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_sys = mun_sys_real;
	test_box_close(&box);
	return 0;
}

static struct mun_ingest_result ingest(const char *path)
{
	const struct mun_ingest_request req = { .source = path,
						.operator_name = "" };
	struct mun_ingest_result out;
	struct mun_err e;

	test_must(mun_ingest(&box.env, &req, &out, &e), &e);
	return out;
}

/* Record of an object, with its hash trees; mun_record_free(). */
static struct mun_record *record_of(const char *id)
{
	struct mun_record *r;
	struct mun_err e;

	test_must(mun_catalog_get(box.catalog, id, true, &r, &e), &e);
	return r;
}

static char *premis_of(const char *id)
{
	char urn[MUN_URN_LEN];
	struct mun_err e;
	char *path;
	char *text;

	mun_object_urn(id, urn);
	test_must(mun_store_file_path(box.store, urn, "metadata/premis.xml",
				      &path, &e),
		  &e);
	text = mun_test_read(path, NULL);
	assert_non_null(text);
	free(path);
	return text;
}

static void files_of_any_size_are_kept_as_they_are(void **state)
{
	static const size_t sizes[] = { 1,       511,           512,   513,
					4095,    4097,          16384, 737280,
					1 << 20, (1 << 20) + 1, FLOPPY };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *path = test_box_file(&box, "a.img", image, sizes[i]);
		struct mun_ingest_result out = ingest(path);
		struct mun_digests want = { 0 };
		struct mun_err e;

		test_must(mun_digest_memory(box.env.algs, image, sizes[i],
					    &want, &e),
			  &e);
		assert_string_equal(out.outcome, "complete");
		assert_int_equal(out.bytes, sizes[i]);
		assert_int_equal(out.unreadable_bytes, 0);
		assert_true(mun_digest_equal(&out.digests.of[MUN_SHA256],
					     &want.of[MUN_SHA256]));
		assert_true(mun_digest_equal(&out.digests.of[MUN_SHA512],
					     &want.of[MUN_SHA512]));
		assert_string_equal(out.label, "a.img");
		test_box_assert_master(&box, out.id, image, sizes[i]);
		free(path);
	}
	test_box_assert_clean(&box);
	assert_int_equal(mun_test_count_entries(box.spool), 0);
}

static void all_seven_digests_are_kept_everywhere(void **state)
{
	char *path = test_box_file(&box, "a.img", image, FLOPPY);
	mun_auto(record) *r = NULL;
	struct mun_ingest_result out;
	struct mun_digests want = { 0 };
	struct mun_err e;
	char *premis;

	(void)state;
	box.env.algs = MUN_DIGEST_ALL;
	out = ingest(path);
	test_must(mun_digest_memory(MUN_DIGEST_ALL, image, FLOPPY, &want, &e),
		  &e);
	r = record_of(out.id);
	premis = premis_of(out.id);
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		char hex[MUN_DIGEST_HEX];

		assert_true(mun_digest_equal(&want.of[i], &out.digests.of[i]));
		assert_true(mun_digest_equal(&want.of[i], &r->content.of[i]));
		for (size_t f = 0; f < r->nfiles; f++)
			assert_true(r->files[f].digests.of[i].len > 0);
		mun_digest_hex(&want.of[i], hex);
		assert_non_null(strstr(premis, hex));
	}
	test_box_assert_clean(&box);
	free(premis);
	free(path);
}

static void a_sparse_file_stays_sparse(void **state)
{
	const off_t size = (off_t)64 << 20;
	char *path = mun_test_path(box.dir, "sparse.img");
	struct mun_ingest_result out;
	char urn[MUN_URN_LEN];
	struct mun_err e;
	struct stat st;
	char *stored;
	uint8_t b;
	int fd;

	(void)state;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	/* Data amid a hole, and across a megabyte. */
	assert_int_equal(pwrite(fd, image, 5000, 3 << 20), 5000);
	assert_int_equal(pwrite(fd, image, 70000, (9 << 20) - 1000), 70000);
	assert_int_equal(close(fd), 0);
	out = ingest(path);
	assert_int_equal(out.bytes, size);
	mun_object_urn(out.id, urn);
	test_must(mun_store_file_path(box.store, urn, "image/disk.img", &stored,
				      &e),
		  &e);
	assert_int_equal(stat(stored, &st), 0);
	assert_int_equal(st.st_size, size);
	if (st.st_blocks * 512 > 1 << 20)
		fail_msg("%jd blocks", (intmax_t)st.st_blocks);
	fd = open(stored, O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, &b, 1, 3 << 20), 1);
	assert_int_equal(b, image[0]);
	assert_int_equal(close(fd), 0);
	test_box_assert_clean(&box);
	free(stored);
	free(path);
}

static void a_second_copy_says_of_what(void **state)
{
	char *path = test_box_file(&box, "a.img", image, FLOPPY);
	struct mun_ingest_result first;
	struct mun_ingest_result again;
	struct mun_ingest_result other;

	(void)state;
	first = ingest(path);
	assert_string_equal(first.same_as, "");
	again = ingest(path);
	assert_string_equal(again.same_as, first.id);
	assert_string_not_equal(again.id, first.id);
	mun_test_write(path, image, FLOPPY - 512);
	other = ingest(path);
	assert_string_equal(other.same_as, "");
	assert_int_equal(test_box_catalogued(&box), 3);
	test_box_assert_clean(&box);
	free(path);
}

/* Texts that XML, JSON and SQL each treat in their own way. */
static const char *const texts[] = {
	"plain",
	"<&>\"']]> ]]&gt;",
	"  two blanks before and behind  ",
	"100 % %s %n %41",
	"Größe \xe2\x82\xac \xf0\x9f\x92\xbe",
	"back\\slash \\u0041 \\n",
	"'; DROP TABLE object; --",
	"line \xe2\x80\xa8 separator, \xef\xbf\xbd, \xf4\x8f\xbf\xbd",
};
#define NTEXTS (sizeof(texts) / sizeof(texts[0]))

static void texts_come_back_as_they_were_given(void **state)
{
	char *path = test_box_file(&box, "a.img", image, 1000);

	(void)state;
	for (size_t i = 0; i < NTEXTS; i++) {
		const struct mun_ingest_identifier ids[] = {
			{ "barcode", texts[i] },
			{ texts[i], "31234000123456" },
		};
		const struct mun_ingest_request req = {
			.source = path,
			.label = texts[i],
			.collection = texts[i],
			.media_type = texts[i],
			.operator_name = texts[i],
			.write_blocker = texts[i],
			.note = texts[i],
			.nidentifiers = 2,
			.identifiers = ids,
		};
		mun_auto(record) *r = NULL;
		struct mun_ingest_result out;
		struct mun_err e;

		test_must(mun_ingest(&box.env, &req, &out, &e), &e);
		r = record_of(out.id);
		assert_string_equal(out.label, texts[i]);
		assert_string_equal(r->label, texts[i]);
		assert_string_equal(r->collection, texts[i]);
		assert_string_equal(r->media_type, texts[i]);
		assert_string_equal(r->write_blocker, texts[i]);
		assert_string_equal(r->note, texts[i]);
		assert_int_equal(r->nidentifiers, 2);
		/* The store's record has the same: compared by the check. */
		test_box_assert_clean(&box);
	}
	free(path);
}

static void a_note_may_have_several_lines(void **state)
{
	static const char note[] = "first\n\tsecond, indented\n\nfourth\n";
	char *path = test_box_file(&box, "a.img", image, 1000);
	const struct mun_ingest_request req = { .source = path,
						.operator_name = "",
						.note = note };
	mun_auto(record) *r = NULL;
	struct mun_ingest_result out;
	struct mun_err e;

	(void)state;
	test_must(mun_ingest(&box.env, &req, &out, &e), &e);
	r = record_of(out.id);
	assert_string_equal(r->note, note);
	test_box_assert_clean(&box);
	free(path);
}

static void a_long_label_is_not_cut_within_a_letter(void **state)
{
	char *path = test_box_file(&box, "a.img", image, 1000);
	mun_auto(record) *r = NULL;
	struct mun_ingest_result out;
	char label[1 + 3 * 200 + 1] = "x";
	struct mun_ingest_request req = { .source = path,
					  .operator_name = "",
					  .label = label };
	struct mun_err e;

	(void)state;
	for (int i = 0; i < 200; i++)
		memcpy(label + 1 + (ptrdiff_t)3 * i, "\xe2\x82\xac", 4);
	test_must(mun_ingest(&box.env, &req, &out, &e), &e);
	r = record_of(out.id);
	assert_string_equal(r->label, label);
	assert_true(strlen(out.label) >= 250);
	assert_int_equal((strlen(out.label) - 1) % 3, 0);
	test_box_assert_clean(&box);
	free(path);
}

/* Names of files; where a wanted name is given, so it is called inside. */
static const struct {
	const char *name;
	const char *stored;
} names[] = {
	{ "plain.txt", "documentation/plain.txt" },
	{ "two\nlines", "documentation/two%0Alines" },
	{ "100%", "documentation/100%25" },
	{ "bad\xff\xfe.txt", "documentation/bad%FF%FE.txt" },
	{ "back\\slash", "documentation/back%5Cslash" },
	{ "Gr\xc3\xb6\xc3\x9f"
	  "e",
	  "documentation/Gr\xc3\xb6\xc3\x9f"
	  "e" },
	{ "-rf", "documentation/-rf" },
	{ "...", "documentation/..." },
	{ " ", "documentation/ " },
};
#define NNAMES (sizeof(names) / sizeof(names[0]))

static void attachments_with_odd_names_are_kept(void **state)
{
	char *path = test_box_file(&box, "a.img", image, 1000);
	const char *files[NNAMES];
	struct mun_ingest_request req = { .source = path,
					  .operator_name = "",
					  .nattachments = NNAMES,
					  .attachments = files };
	mun_auto(record) *r = NULL;
	struct mun_ingest_result out;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < NNAMES; i++)
		files[i] = test_box_file(&box, names[i].name, image, 100 + i);
	test_must(mun_ingest(&box.env, &req, &out, &e), &e);
	r = record_of(out.id);
	for (size_t i = 0; i < NNAMES; i++) {
		const struct mun_rec_file *f =
			mun_record_file(r, names[i].stored);

		if (!f)
			fail_msg("no '%s'", names[i].stored);
		assert_int_equal(f->bytes, 100 + i);
		assert_string_equal(f->role, MUN_ROLE_DOCUMENTATION);
		free((void *)(uintptr_t)files[i]);
	}
	test_box_assert_clean(&box);
	free(path);
}

static void attachments_of_one_name_and_of_long_names_are_all_kept(void **state)
{
	char *path = test_box_file(&box, "a.img", image, 1000);
	char *dirs[3];
	char long_ascii[256];
	char long_euro[256];
	char long_bad[256];
	const char *files[8];
	struct mun_ingest_request req = { .source = path,
					  .operator_name = "",
					  .attachments = files };
	mun_auto(record) *r = NULL;
	struct mun_ingest_result out;
	struct mun_err e;
	size_t n = 0;

	(void)state;
	memset(long_ascii, 'a', 255);
	memset(long_bad, '\xfe', 255);
	for (size_t i = 0; i < 85; i++)
		memcpy(long_euro + 3 * i, "\xe2\x82\xac", 3);
	long_ascii[255] = long_euro[255] = long_bad[255] = '\0';
	for (size_t i = 0; i < 3; i++) {
		dirs[i] = mun_test_path(box.dir, i == 0   ? "x"
						 : i == 1 ? "y"
							  : "z");
		assert_int_equal(mkdir(dirs[i], 0700), 0);
		files[n] = mun_test_path(dirs[i], "same.txt");
		mun_test_write(files[n++], image + i, 50);
		files[n] = mun_test_path(dirs[i], i == 0   ? long_ascii
						  : i == 1 ? long_euro
							   : long_bad);
		mun_test_write(files[n++], image + i, 60 + i);
	}
	/* The same name of 255 letters again: another number. */
	files[n] = mun_test_path(dirs[1], long_ascii);
	mun_test_write(files[n++], image, 70);
	/* Empty, which is a fact too. */
	files[n] = mun_test_path(dirs[1], "empty");
	mun_test_write(files[n++], "", 0);
	req.nattachments = n;
	test_must(mun_ingest(&box.env, &req, &out, &e), &e);
	r = record_of(out.id);
	/* image, torrent, PREMIS record. */
	assert_int_equal(r->nfiles, n + 3);
	test_box_assert_clean(&box);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)files[i]);
	for (size_t i = 0; i < 3; i++)
		free(dirs[i]);
	free(path);
}

static void a_source_with_an_odd_name_is_kept(void **state)
{
	static const char *const odd[] = { "new\nline", "%s%n", "\xff\xfe",
					   "-x" };
	char longest[256];

	(void)state;
	memset(longest, '\xfe', 255);
	longest[255] = '\0';
	for (size_t i = 0; i < 5; i++) {
		char *path = test_box_file(&box, i < 4 ? odd[i] : longest,
					   image, 1000 + i);
		struct mun_ingest_result out = ingest(path);

		test_box_assert_master(&box, out.id, image, 1000 + i);
		free(path);
	}
	test_box_assert_clean(&box);
}

static void assert_refused(const char *path, const char *why)
{
	const struct mun_ingest_request req = { .source = path,
						.operator_name = "" };
	struct mun_ingest_result out;
	char text[1024];
	struct mun_err e;

	assert_int_not_equal(mun_ingest_check(&box.env, &req, &e), 0);
	assert_int_not_equal(mun_ingest(&box.env, &req, &out, &e), 0);
	mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, why))
		fail_msg("'%s' does not say '%s'", text, why);
	assert_null(strchr(text, '\n'));
	assert_string_equal(out.id, "");
	assert_int_equal(mun_test_count_entries(box.spool), 0);
	assert_int_equal(test_box_catalogued(&box), 0);
	assert_int_equal(test_box_stored(&box), 0);
}

static void what_is_no_medium_is_refused_and_leaves_nothing(void **state)
{
	char *empty = test_box_file(&box, "empty", "", 0);
	char *fifo = mun_test_path(box.dir, "fifo");
	char *loop = mun_test_path(box.dir, "loop\n");

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink(loop, loop), 0);
	assert_refused(empty, "is empty");
	assert_refused(fifo, "is a FIFO");
	assert_refused(loop, "symbolic links");
	assert_refused(box.dir, "is a directory");
	assert_refused("/dev/null", "is a character device");
	assert_refused("/nonexistent/x", "No such file");
	assert_refused("", "No such file");
	test_box_assert_clean(&box);
	free(empty);
	free(fifo);
	free(loop);
}

static void unclean_texts_and_lost_attachments_are_refused(void **state)
{
	static const char *const unclean[] = {
		"next\xc2\x85line", "new\nline",   "bell\a", "\xff",
		"\xed\xa0\x80",     "\xef\xbf\xbe"
	};
	char *path = test_box_file(&box, "a.img", image, 1000);
	const char *gone[] = { "/nonexistent/paper" };
	struct mun_ingest_request req = { .source = path,
					  .operator_name = "",
					  .nattachments = 1,
					  .attachments = gone };
	struct mun_ingest_result out;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_ingest(&box.env, &req, &out, &e), MUN_ENOENT);
	assert_string_equal(out.id, "");
	req.nattachments = 0;
	for (size_t i = 0; i < sizeof(unclean) / sizeof(unclean[0]); i++) {
		req.label = unclean[i];
		assert_int_equal(mun_ingest(&box.env, &req, &out, &e),
				 MUN_EINVAL);
		assert_string_equal(out.id, "");
	}
	assert_int_equal(mun_test_count_entries(box.spool), 0);
	assert_int_equal(test_box_stored(&box), 0);
	free(path);
}

/* The source changes as soon as its first megabyte has been read. */
static const char *victim;
enum change { GROWN, SHORTENED, REWRITTEN };
static enum change change;

static ssize_t meddling_pwrite(int fd, const void *data, size_t len, off_t off)
{
	if (victim && len >= 4096) {
		int f = open(victim, O_RDWR | O_CLOEXEC);
		struct timespec now[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

		assert_true(f >= 0);
		if (change == GROWN)
			assert_int_equal(pwrite(f, "x", 1, FLOPPY), 1);
		else if (change == SHORTENED)
			assert_int_equal(ftruncate(f, 5000), 0);
		else
			assert_int_equal(pwrite(f, "x", 1, 7), 1);
		/* Clocks are coarse: the change itself must be seen. */
		assert_int_equal(futimens(f, now), 0);
		assert_int_equal(close(f), 0);
		victim = NULL;
	}
	return mun_sys_real.pwrite(fd, data, len, off);
}

static int no_clone(int to, int from)
{
	(void)to;
	(void)from;
	errno = EOPNOTSUPP;
	return -1;
}

static void a_source_that_changes_is_not_kept(void **state)
{
	static const enum change kinds[] = { GROWN, SHORTENED, REWRITTEN };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *path = test_box_file(&box, "a.img", image, FLOPPY);
		const struct mun_ingest_request req = { .source = path,
							.operator_name = "" };
		struct mun_ingest_result out;
		struct mun_err e;

		victim = path;
		change = kinds[i];
		mun_sys.pwrite = meddling_pwrite;
		mun_sys.ficlone = no_clone;
		assert_int_not_equal(mun_ingest(&box.env, &req, &out, &e), 0);
		mun_sys = mun_sys_real;
		assert_null(victim);
		assert_int_equal(test_box_catalogued(&box), 0);
		assert_int_equal(test_box_stored(&box), 0);
		/* The session says so again, and can be given up. */
		assert_int_equal(test_box_sessions(&box), 1);
		assert_int_equal(mun_ingest_resume(&box.env, out.id, &out, &e),
				 MUN_EINVAL);
		test_must(mun_session_discard(&box.env, out.id, &e), &e);
		assert_int_equal(mun_test_count_entries(box.spool), 0);
		test_box_assert_clean(&box);
		free(path);
	}
}

/* Inode numbers use all 64 bits on some file systems (overlayfs). */
static int huge_inode(int fd, struct stat *st)
{
	int rc = mun_sys_real.fstat(fd, st);

	st->st_ino = UINT64_MAX - 5;
	return rc;
}

static ssize_t no_pwrite(int fd, const void *data, size_t len, off_t off)
{
	if (len < 4096)
		return mun_sys_real.pwrite(fd, data, len, off);
	errno = ENOSPC;
	return -1;
}

static void a_source_with_a_huge_inode_number_can_be_resumed(void **state)
{
	char *path = test_box_file(&box, "a.img", image, FLOPPY);
	const struct mun_ingest_request req = { .source = path,
						.operator_name = "" };
	struct mun_ingest_result out;
	struct mun_err e;

	(void)state;
	mun_sys.fstat = huge_inode;
	mun_sys.pwrite = no_pwrite;
	mun_sys.ficlone = no_clone;
	assert_int_equal(mun_ingest(&box.env, &req, &out, &e), MUN_EIO);
	mun_sys.pwrite = mun_sys_real.pwrite;
	test_must(mun_ingest_resume(&box.env, out.id, &out, &e), &e);
	mun_sys = mun_sys_real;
	test_box_assert_clean(&box);
	free(path);
}

/* Read by a parser in its sandbox, into a buffer that happens to be aligned. */
static int read_aligned(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	struct mun_device *m = ctx;
	void *buf;
	int rc;

	if (posix_memalign(&buf, 4096, FLOPPY))
		return mun_fail_nomem(e, "buffer");
	rc = mun_source_pread(m->source, buf, FLOPPY, 0, e);
	mun_str_add_bytes(answer, buf, rc ? 0 : 16);
	free(buf);
	return rc;
}

static void a_source_can_be_read_in_the_sandbox(void **state)
{
	char *path = test_box_file(&box, "a.img", image, FLOPPY);
	struct mun_str answer = { 0 };
	struct mun_device m;
	struct mun_err e;

	(void)state;
	test_must(mun_device_open(path, &m, &e), &e);
	test_must(mun_sandbox_run(read_aligned, &m, NULL, &answer, &e), &e);
	assert_int_equal(answer.len, 16);
	assert_memory_equal(answer.text, image, 16);
	mun_str_free(&answer);
	mun_device_close(&m);
	free(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(files_of_any_size_are_kept_as_they_are),
		TEST(all_seven_digests_are_kept_everywhere),
		TEST(a_sparse_file_stays_sparse),
		TEST(a_second_copy_says_of_what),
		TEST(texts_come_back_as_they_were_given),
		TEST(a_note_may_have_several_lines),
		TEST(a_long_label_is_not_cut_within_a_letter),
		TEST(attachments_with_odd_names_are_kept),
		TEST(attachments_of_one_name_and_of_long_names_are_all_kept),
		TEST(a_source_with_an_odd_name_is_kept),
		TEST(what_is_no_medium_is_refused_and_leaves_nothing),
		TEST(unclean_texts_and_lost_attachments_are_refused),
		TEST(a_source_that_changes_is_not_kept),
		TEST(a_source_can_be_read_in_the_sandbox),
		TEST(a_source_with_a_huge_inode_number_can_be_resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
