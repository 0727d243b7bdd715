/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_place.c - a place that is away is never one that is empty */
#include "store/place.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"
#include "store/marker.h"
#include "store/mend.h"
#include "tests/store/place_support.h"

static void urls_are_folders_of_this_system(void **state)
{
	/* RFC 8089; what is no local absolute path is refused. */
	static const struct {
		const char *url;
		const char *path; /* NULL: refused */
	} table[] = {
		{ "/srv/copy", "/srv/copy" },
		{ "/srv/copy//", "/srv/copy" },
		{ "file:///srv/copy", "/srv/copy" },
		{ "file:/srv/copy", "/srv/copy" },
		{ "file:///srv/a%20b%C3%A9", "/srv/a b\xc3\xa9" },
		{ "file:///srv/100%25", "/srv/100%" },
		{ "/srv/100%25", "/srv/100%25" },
		{ "/srv/a?b#c", "/srv/a?b#c" },
		{ "", NULL },
		{ "/", NULL },
		{ "file:///", NULL },
		{ "srv/copy", NULL },
		{ "./copy", NULL },
		{ "file:", NULL },
		{ "file:srv", NULL },
		{ "file://", NULL },
		{ "file://host/srv", NULL },
		{ "file://localhost/srv", NULL },
		{ "file:///srv/a%2", NULL },
		{ "file:///srv/a%zz", NULL },
		{ "file:///srv/a%00b", NULL },
		{ "file:///srv/a?b", NULL },
		{ "file:///srv/a#b", NULL },
		{ "s3://bucket/x", NULL },
		{ "FTP:///srv", NULL },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		char *path = NULL;
		struct mun_err e;
		int rc = mun_place_path(table[i].url, &path, &e);

		assert_int_equal(rc, table[i].path ? 0 : MUN_EINVAL);
		if (!rc)
			assert_string_equal(path, table[i].path);
		free(path);
	}
}

static int init(const char *path, const char *id)
{
	struct mun_err e;

	return mun_place_init(path, id, REPOSITORY_ID, "second", &e);
}

static int try_open(const char *path, const char *id, const char *repository)
{
	struct mun_place *p = NULL;
	struct mun_err e;
	int rc = mun_place_open(path, id, repository, "second", &p, &e);

	mun_place_close(p);
	return rc;
}

static void a_place_is_made_in_an_empty_folder_once(void **state)
{
	struct mun_err e;
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "a/b");
	char *full = mun_test_path(dir, "full");
	char *file = mun_test_path(full, "thesis.doc");
	char *fresh = mun_test_path(dir, "fresh/lost+found");

	(void)state;
	assert_int_equal(mun_place_is_free(path, &e), 0);
	assert_int_equal(mun_test_count_entries(dir), 0);
	assert_int_equal(init(path, STORE_ID), 0);
	assert_int_equal(init(path, STORE_ID), 0);
	assert_int_equal(mun_test_count_entries(path), 4);
	assert_int_equal(mun_place_is_free(path, &e), MUN_EEXIST);
	assert_int_equal(init(path, OTHER_ID), MUN_EEXIST);
	assert_int_equal(mun_mkdirs(full, &e), 0);
	mun_test_write(file, "x", 1);
	assert_int_equal(mun_place_is_free(full, &e), MUN_EEXIST);
	assert_int_equal(init(full, STORE_ID), MUN_EEXIST);
	assert_int_equal(mun_test_count_entries(full), 1);
	/* The root of a disk just formatted */
	assert_int_equal(mun_mkdirs(fresh, &e), 0);
	*strrchr(fresh, '/') = '\0';
	assert_int_equal(mun_place_is_free(fresh, &e), 0);
	assert_int_equal(init(fresh, STORE_ID), 0);
	assert_int_equal(try_open(fresh, STORE_ID, REPOSITORY_ID), 0);
	assert_int_equal(mun_place_init(path, "x", REPOSITORY_ID, "n", &e),
			 MUN_EINVAL);
	assert_int_equal(mun_place_init(path, STORE_ID, REPOSITORY_ID, "", &e),
			 MUN_EINVAL);
	assert_int_equal(
		mun_place_init(path, STORE_ID, REPOSITORY_ID, "a\nb", &e),
		MUN_EINVAL);
	free(fresh);
	free(file);
	free(full);
	free(path);
	mun_test_dir_remove(dir);
}

static void the_marker_says_whose_it_is(void **state)
{
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "copies");
	char *marker = mun_test_path(path, MUN_PLACE_MARKER);
	char *spool = mun_test_path(path, "spool");

	(void)state;
	assert_int_equal(try_open(path, STORE_ID, REPOSITORY_ID),
			 MUN_EUNAVAILABLE);
	assert_int_equal(init(path, STORE_ID), 0);
	assert_int_equal(try_open(path, STORE_ID, REPOSITORY_ID), 0);
	assert_int_equal(try_open(path, OTHER_ID, REPOSITORY_ID),
			 MUN_EUNAVAILABLE);
	assert_int_equal(try_open(path, STORE_ID, OTHER_ID), MUN_EUNAVAILABLE);
	/* A link would make any folder this place's spool. */
	assert_int_equal(rmdir(spool), 0);
	assert_int_equal(symlink("/tmp", spool), 0);
	assert_int_equal(try_open(path, STORE_ID, REPOSITORY_ID), MUN_ECORRUPT);
	assert_int_equal(unlink(spool), 0);
	assert_int_equal(try_open(path, STORE_ID, REPOSITORY_ID), 0);
	assert_int_equal(unlink(marker), 0);
	assert_int_equal(try_open(path, STORE_ID, REPOSITORY_ID),
			 MUN_EUNAVAILABLE);
	free(spool);
	free(marker);
	free(path);
	mun_test_dir_remove(dir);
}

#define GOOD \
	"\"type\": \"muniment-store\", \"version\": 1, \"id\": \"" STORE_ID \
	"\", \"repository\": \"" REPOSITORY_ID "\", "

static void hostile_markers_are_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
	} table[] = {
		{ "{" GOOD "\"name\": \"a\"}", 0 },
		{ "{" GOOD "\"name\": \"a\", \"more\": [1]}", 0 },
		{ "", MUN_ECORRUPT },
		{ "null", MUN_ECORRUPT },
		{ "[]", MUN_ECORRUPT },
		{ "{" GOOD "\"name\": 5}", MUN_ECORRUPT },
		{ "{" GOOD "\"name\": \"a\\nb\"}", MUN_ECORRUPT },
		{ "{" GOOD "\"name\": \"a\", \"name\": \"b\"}", MUN_ECORRUPT },
		{ "{\"type\": \"other\", \"version\": 1}", MUN_ECORRUPT },
		{ "{\"type\": \"muniment-store\"}", MUN_ECORRUPT },
		{ "{\"type\": \"muniment-store\", \"version\": 2}",
		  MUN_EUNSUPPORTED },
		{ "{\"type\": \"muniment-store\", \"version\": 1, "
		  "\"id\": \"../../etc\"}",
		  MUN_ECORRUPT },
	};
	char *big = calloc(1, MUN_MARKER_MAX + 1);
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, MUN_PLACE_MARKER);
	char *real = mun_test_path(dir, "real");
	struct mun_marker m;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++)
		assert_int_equal(mun_marker_parse(table[i].text,
						  strlen(table[i].text), &m,
						  &e),
				 table[i].code);
	memset(big, ' ', MUN_MARKER_MAX + 1);
	memcpy(big, table[0].text, strlen(table[0].text));
	assert_int_equal(mun_marker_parse(big, MUN_MARKER_MAX, &m, &e), 0);
	assert_int_equal(mun_marker_parse(big, MUN_MARKER_MAX + 1, &m, &e),
			 MUN_ECORRUPT);
	/* Neither a link nor a FIFO is read. */
	mun_test_write(real, table[0].text, strlen(table[0].text));
	assert_int_equal(mun_marker_read(dir, &m, &e), MUN_ENOENT);
	assert_int_equal(symlink(real, path), 0);
	assert_int_equal(mun_marker_read(dir, &m, &e), MUN_EIO);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0666), 0);
	assert_int_equal(mun_marker_read(dir, &m, &e), MUN_EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(real, path), 0);
	assert_int_equal(mun_marker_read(dir, &m, &e), 0);
	assert_string_equal(m.id, STORE_ID);
	free(real);
	free(path);
	free(big);
	mun_test_dir_remove(dir);
}

/* The place says that it is away; so does (@root) a reader of the object. */
static void must_be_away(const struct two *t, bool root, const char *what)
{
	struct mun_source *src;
	struct mun_mend *m;
	struct mun_err e;
	char text[2048];

	assert_int_equal(mun_place_available(t->to, &e), MUN_EUNAVAILABLE);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, what))
		fail_msg("'%s' does not say '%s'", text, what);
	assert_int_equal(
		mun_mend_begin(t->to, SAMPLE_ID, MASTER, &t->trees[0], &m, &e),
		MUN_EUNAVAILABLE);
	/* A root does not know whose it is: only the place does. */
	if (!root)
		return;
	assert_int_equal(mun_store_open_file(t->to->store, SAMPLE_ID, MASTER,
					     MUN_READ_CACHED, &src, &e),
			 MUN_EUNAVAILABLE);
}

static void must_be_there(const struct two *t)
{
	struct mun_err e;

	assert_int_equal(mun_place_available(t->to, &e), 0);
	assert_int_equal(mun_place_available(t->from, &e), 0);
	assert_true(has_all(t, t->to));
}

static void what_goes_away_meanwhile_is_noticed(void **state)
{
	struct two t;
	struct mun_err e;
	char *moved;
	char *marker;
	char *text;

	(void)state;
	two_open(&t);
	two_copy(&t);
	must_be_there(&t);
	moved = mun_test_path(t.dir, "moved");
	/* The path, and then an empty folder in its place */
	assert_int_equal(rename(t.path, moved), 0);
	must_be_away(&t, true, "second");
	assert_int_equal(mkdir(t.path, 0777), 0);
	must_be_away(&t, true, "second");
	assert_int_equal(rmdir(t.path), 0);
	assert_int_equal(rename(moved, t.path), 0);
	must_be_there(&t);
	/* The marker: gone, spoilt, that of another */
	marker = mun_test_path(t.path, MUN_PLACE_MARKER);
	text = mun_test_read(marker, NULL);
	assert_int_equal(unlink(marker), 0);
	must_be_away(&t, false, MUN_PLACE_MARKER);
	mun_test_write(marker, "{", 1);
	must_be_away(&t, false, MUN_PLACE_MARKER);
	text[strstr(text, STORE_ID) - text + 35] = '9';
	mun_test_write(marker, text, strlen(text));
	must_be_away(&t, false, "another store");
	free(text);
	assert_int_equal(unlink(marker), 0);
	assert_int_equal(
		mun_place_init(t.path, OTHER_ID, REPOSITORY_ID, "x", &e),
		MUN_EEXIST);
	free(marker);
	free(moved);
	two_close(&t);
}

static void main_goes_away_with_its_configuration(void **state)
{
	struct mun_err e;
	struct two t;
	char *conf;

	(void)state;
	two_open(&t);
	conf = mun_test_path(t.from->path, "muniment.conf");
	assert_int_equal(unlink(conf), 0);
	assert_int_equal(mun_place_available(t.from, &e), MUN_EUNAVAILABLE);
	mun_test_write(conf, "", 0);
	assert_int_equal(mun_place_available(t.from, &e), 0);
	free(conf);
	two_close(&t);
}

/* In a name space of its own, so that nothing is left mounted. */
static int with_mounts(void)
{
	struct two t;
	struct mun_err e;
	char *elsewhere;

	two_open(&t);
	two_copy(&t);
	/* Something mounted over the path, and over the root alone */
	if (mount("none", t.path, "tmpfs", 0, "size=4m"))
		return MUN_TEST_SKIPPED;
	must_be_away(&t, true, "second");
	assert_int_equal(umount(t.path), 0);
	must_be_there(&t);
	elsewhere = strdup(mun_store_path(t.to->store));
	assert_int_equal(mount("none", elsewhere, "tmpfs", 0, "size=4m"), 0);
	must_be_away(&t, true, "away");
	/* Even a root with the same declaration is another device. */
	assert_int_equal(mun_store_init(elsewhere, &e), 0);
	must_be_away(&t, true, "another file system");
	assert_int_equal(umount(elsewhere), 0);
	must_be_there(&t);
	free(elsewhere);
	/* A bind mount of another store */
	elsewhere = mun_test_path(t.dir, "elsewhere");
	assert_int_equal(init(elsewhere, OTHER_ID), 0);
	assert_int_equal(mount(elsewhere, t.path, NULL, MS_BIND, NULL), 0);
	must_be_away(&t, false, "another store");
	assert_int_equal(umount(t.path), 0);
	must_be_there(&t);
	free(elsewhere);
	two_close(&t);
	return 0;
}

/* A store on a disk of its own that is taken out in the middle. */
static int with_a_disk(void)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;
	int rc;

	two_open(&t);
	mun_place_close(t.to);
	assert_int_equal(mun_tree_remove(t.path, &e), 0);
	assert_int_equal(mkdir(t.path, 0777), 0);
	if (mount("none", t.path, "tmpfs", 0, "size=16m"))
		return MUN_TEST_SKIPPED;
	assert_int_equal(init(t.path, STORE_ID), 0);
	assert_int_equal(mun_place_open(t.path, STORE_ID, REPOSITORY_ID,
					"second", &t.to, &e),
			 0);
	two_copy(&t);
	must_be_there(&t);
	assert_int_equal(umount2(t.path, MNT_DETACH), 0);
	must_be_away(&t, true, "second");
	rc = mun_replicate(t.from, t.to, SAMPLE_ID, t.files, 2, NULL, &r, &e);
	assert_int_equal(rc, MUN_EUNAVAILABLE);
	/* Nothing was made in the empty mount point. */
	assert_int_equal(mun_test_count_entries(t.path), 0);
	two_close(&t);
	return 0;
}

/* The damaged file stays, and nothing else changes. */
static void mend_without_room(const struct two *t)
{
	char *stored = stored_in(t->to, "v1/content/" MASTER);
	struct mun_mend *m;
	struct mun_err e;
	int rc;

	flip_bit(stored, 5);
	assert_int_equal(
		mount("none", t->path, "tmpfs", MS_REMOUNT, "size=3200k"), 0);
	assert_int_equal(
		mun_mend_begin(t->to, SAMPLE_ID, MASTER, &t->trees[0], &m, &e),
		0);
	rc = mun_mend_write(m, t->master, MASTER_BYTES, 0, &e);
	if (!rc)
		rc = mun_mend_commit(m, "incident", NULL, &e);
	assert_int_equal(rc, MUN_EIO);
	assert_int_equal(e.sys, ENOSPC);
	mun_mend_free(m);
	assert_int_equal(mun_test_count_entries(t->to->spool), 0);
	assert_int_equal(mun_test_count_entries(t->to->quarantine), 0);
	assert_false(has_all(t, t->to));
	flip_bit(stored, 5);
	assert_true(has_all(t, t->to));
	free(stored);
}

/* A disk that is too small for the copy says so and keeps nothing half. */
static int with_a_full_disk(void)
{
	struct mun_replica_result r;
	struct mun_err e;
	struct two t;

	two_open(&t);
	mun_place_close(t.to);
	assert_int_equal(mun_tree_remove(t.path, &e), 0);
	assert_int_equal(mkdir(t.path, 0777), 0);
	if (mount("none", t.path, "tmpfs", 0, "size=2m"))
		return MUN_TEST_SKIPPED;
	assert_int_equal(init(t.path, STORE_ID), 0);
	assert_int_equal(mun_place_open(t.path, STORE_ID, REPOSITORY_ID,
					"second", &t.to, &e),
			 0);
	assert_int_equal(mun_replicate(t.from, t.to, SAMPLE_ID, t.files, 2,
				       NULL, &r, &e),
			 MUN_EIO);
	assert_int_equal(e.sys, ENOSPC);
	assert_false(r.source_fault);
	assert_int_equal(objects_of(t.to, false), 0);
	assert_int_equal(mount("none", t.path, "tmpfs", MS_REMOUNT, "size=16m"),
			 0);
	two_copy(&t);
	mend_without_room(&t);
	assert_int_equal(umount2(t.path, MNT_DETACH), 0);
	two_close(&t);
	return 0;
}

static void in_a_name_space(int (*fn)(void))
{
	int status;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (unshare(CLONE_NEWNS) ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
			_exit(MUN_TEST_SKIPPED);
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == MUN_TEST_SKIPPED) {
		printf("skipped: needs the right to mount\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void what_is_mounted_over_a_store_is_not_the_store(void **state)
{
	(void)state;
	in_a_name_space(with_mounts);
}

static void a_disk_taken_out_is_a_store_that_is_away(void **state)
{
	(void)state;
	in_a_name_space(with_a_disk);
}

static void a_full_disk_is_said_and_nothing_half_is_kept(void **state)
{
	(void)state;
	in_a_name_space(with_a_full_disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_folders_of_this_system),
		cmocka_unit_test(a_place_is_made_in_an_empty_folder_once),
		cmocka_unit_test(the_marker_says_whose_it_is),
		cmocka_unit_test(hostile_markers_are_refused),
		cmocka_unit_test(what_goes_away_meanwhile_is_noticed),
		cmocka_unit_test(main_goes_away_with_its_configuration),
		cmocka_unit_test(what_is_mounted_over_a_store_is_not_the_store),
		cmocka_unit_test(a_disk_taken_out_is_a_store_that_is_away),
		cmocka_unit_test(a_full_disk_is_said_and_nothing_half_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
