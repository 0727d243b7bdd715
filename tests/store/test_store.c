/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_store.c - storage roots: made, opened, away, listed */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"
#include "store/layout.h"
#include "tests/store/store_support.h"

#define HEX63 "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEX127 HEX63 "0" HEX63
#define SIDECAR "0" HEX127

static void a_new_root_is_valid_and_can_be_made_again(void **state)
{
	struct verdict v = { .codes_len = 0 };
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_open(&s);
	assert_int_equal(mun_store_init(s.root, &e), 0);
	verdict_of(s.root, &v);
	assert_int_equal(v.counts.errors + v.counts.warnings, 0);
	assert_int_equal(mun_store_check_root(s.store, verdict_take, &v, &e),
			 0);
	assert_string_equal(v.text, "");
	sample_close(&s);
}

static void a_folder_of_other_things_is_no_root(void **state)
{
	char *dir = mun_test_dir();
	char *file = mun_test_path(dir, "letter.txt");
	struct mun_store *store;
	struct mun_err e;

	(void)state;
	mun_test_write(file, "dear", 4);
	assert_int_equal(mun_store_init(dir, &e), MUN_EEXIST);
	assert_int_equal(mun_test_count_entries(dir), 1);
	assert_int_equal(mun_store_open(dir, &store, &e), MUN_EUNAVAILABLE);
	assert_int_equal(mun_store_open(file, &store, &e), MUN_EUNAVAILABLE);
	free(file);
	mun_test_dir_remove(dir);
}

/* The declaration is the last: without it nobody takes the folder for a
 * store, with it all else is there. */
static void every_fault_of_init_can_be_repeated(void **state)
{
	bool fired;
	int n = 0;

	(void)state;
	do {
		char *dir = mun_test_dir();
		char *root = mun_test_path(dir, "a/ocfl");
		struct mun_store *store;
		struct verdict v;
		struct mun_err e;
		int rc;

		mun_fault_install(MUN_CALL_MUTATING, ENOSPC);
		mun_fault_arm(n++);
		rc = mun_store_init(root, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		assert_int_equal(rc, fired ? MUN_EIO : 0);
		if (!mun_store_open(root, &store, &e)) {
			verdict_of(root, &v);
			assert_string_equal(v.text, "");
			mun_store_close(store);
		}
		assert_int_equal(mun_store_init(root, &e), 0);
		verdict_of(root, &v);
		assert_string_equal(v.text, "");
		free(root);
		mun_test_dir_remove(dir);
	} while (fired);
	assert_true(n > 20);
}

static const struct {
	const char *file;
	const char *text; /* NULL: removed */
	int code;
} spoilt[] = {
	{ MUN_ROOT_DECLARATION, NULL, MUN_EUNAVAILABLE },
	{ MUN_ROOT_DECLARATION, "ocfl_1.0\n", MUN_ECORRUPT },
	{ MUN_ROOT_DECLARATION, "ocfl_1.1", MUN_ECORRUPT },
	{ MUN_ROOT_LAYOUT, NULL, MUN_ECORRUPT },
	{ MUN_ROOT_LAYOUT, "{", MUN_ECORRUPT },
	{ MUN_ROOT_LAYOUT, "{\"description\": \"\"}", MUN_ECORRUPT },
	{ MUN_ROOT_LAYOUT,
	  "{\"extension\": \"0002-flat-direct-storage-layout\","
	  "\"description\": \"\"}",
	  MUN_EUNSUPPORTED },
	{ MUN_ROOT_CONFIG, "{\"tupleSize\": 2}", MUN_EUNSUPPORTED },
	{ MUN_ROOT_CONFIG, "{\"tupleSize\": 99}", MUN_ECORRUPT },
	/* The extension's defaults are ours. */
	{ MUN_ROOT_CONFIG, NULL, 0 },
	{ MUN_ROOT_CONFIG, "{}", 0 },
};

static void a_spoilt_root_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(spoilt); i++) {
		struct mun_store *store = NULL;
		struct sample s;
		struct mun_err e;
		char *path;

		sample_open(&s);
		path = mun_test_path(s.root, spoilt[i].file);
		assert_int_equal(unlink(path), 0);
		if (spoilt[i].text)
			mun_test_write(path, spoilt[i].text,
				       strlen(spoilt[i].text));
		assert_int_equal(mun_store_open(s.root, &store, &e),
				 spoilt[i].code);
		mun_store_close(store);
		free(path);
		sample_close(&s);
	}
}

/* A mount point without its disk: nothing may be concluded. */
static void a_store_that_is_away_is_not_a_store_without_objects(void **state)
{
	struct mun_inventory *inv;
	struct mun_source *src;
	struct sample s;
	struct mun_err e;
	char *moved;
	char *dir;
	bool yes;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	moved = mun_test_path(s.dir, "moved");
	assert_int_equal(rename(s.root, moved), 0);
	for (int empty = 0; empty < 2; empty++) {
		if (empty)
			assert_int_equal(mkdir(s.root, 0777), 0);
		assert_int_equal(mun_store_available(s.store, &e),
				 MUN_EUNAVAILABLE);
		assert_int_equal(mun_store_has(s.store, SAMPLE_ID, &yes, &e),
				 MUN_EUNAVAILABLE);
		assert_int_equal(
			mun_store_inventory(s.store, SAMPLE_ID, &inv, &e),
			MUN_EUNAVAILABLE);
		assert_int_equal(mun_store_open_file(s.store, SAMPLE_ID,
						     "image/disk.img",
						     MUN_READ_CACHED, &src, &e),
				 MUN_EUNAVAILABLE);
	}
	free(moved);
	free(dir);
	sample_close(&s);
}

static void what_is_lost_is_told_apart_from_what_is_broken(void **state)
{
	struct mun_inventory *inv;
	struct mun_source *src;
	struct sample s;
	struct mun_err e;
	char *path;
	char *dir;
	bool yes;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	assert_int_equal(mun_store_has(s.store, SAMPLE_ID, &yes, &e), 0);
	assert_true(yes);
	assert_int_equal(mun_store_has(s.store, "urn:other", &yes, &e), 0);
	assert_false(yes);
	assert_int_equal(mun_store_inventory(s.store, "urn:other", &inv, &e),
			 MUN_ENOENT);
	assert_int_equal(mun_store_open_file(s.store, SAMPLE_ID, "image/none",
					     MUN_READ_CACHED, &src, &e),
			 MUN_ENOENT);
	path = mun_test_path(dir, "v1/content/image/disk.img");
	assert_int_equal(unlink(path), 0);
	free(path);
	assert_int_equal(mun_store_open_file(s.store, SAMPLE_ID,
					     "image/disk.img", MUN_READ_DISK,
					     &src, &e),
			 MUN_ENOENT);
	path = mun_test_path(dir, "inventory.json.sha512");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mun_store_inventory(s.store, SAMPLE_ID, &inv, &e),
			 MUN_ECORRUPT);
	mun_test_write(path, "0123 inventory.json\n", 20);
	assert_int_equal(mun_store_inventory(s.store, SAMPLE_ID, &inv, &e),
			 MUN_ECORRUPT);
	free(path);
	path = mun_test_path(dir, "inventory.json");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mun_store_inventory(s.store, SAMPLE_ID, &inv, &e),
			 MUN_ENOENT);
	free(path);
	free(dir);
	sample_close(&s);
}

static void the_inventory_of_another_object_is_not_taken(void **state)
{
	struct mun_inventory *inv;
	struct sample s;
	struct mun_err e;
	char *other;
	char *dir;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	assert_int_equal(mun_store_object_dir(s.store, "urn:other", &other, &e),
			 0);
	*strrchr(other, '/') = '\0';
	assert_int_equal(mun_mkdirs(other, &e), 0);
	other[strlen(other)] = '/';
	assert_int_equal(rename(dir, other), 0);
	assert_int_equal(mun_store_inventory(s.store, "urn:other", &inv, &e),
			 MUN_ECORRUPT);
	free(other);
	free(dir);
	sample_close(&s);
}

struct listing {
	unsigned int good;
	unsigned int bad;
	unsigned int stop_after;
	char last[128];
};

static int take_listed(void *ctx, const char *dir, const char *id,
		       const struct mun_err *why, struct mun_err *e)
{
	struct listing *l = ctx;

	assert_true(strcmp(l->last, dir) < 0);
	(void)snprintf(l->last, sizeof(l->last), "%s", dir);
	assert_int_equal(id == NULL, why != NULL);
	if (id)
		l->good++;
	else
		l->bad++;
	if (l->stop_after && l->good + l->bad == l->stop_after)
		return mun_fail(e, MUN_ECANCELLED, "enough");
	return 0;
}

static void every_object_is_listed_in_order(void **state)
{
	struct listing l = { 0 };
	struct sample s;
	struct mun_err e;
	char *path;
	char *dir;

	(void)state;
	sample_open(&s);
	for (int i = 0; i < 20; i++) {
		char *id = text_of("urn:x:%d", i);

		dir = sample_object(&s, id);
		/* One whose inventory is lost, one that lies elsewhere. */
		if (i == 7) {
			path = mun_test_path(dir, "inventory.json");
			assert_int_equal(unlink(path), 0);
			free(path);
		}
		if (i == 8) {
			path = strdup(dir);
			path[strlen(path) - 1] ^= 1;
			assert_int_equal(rename(dir, path), 0);
			free(path);
		}
		free(dir);
		free(id);
	}
	assert_int_equal(mun_store_list(s.store, take_listed, &l, &e), 0);
	assert_int_equal(l.good, 18);
	assert_int_equal(l.bad, 2);
	l = (struct listing){ .stop_after = 3 };
	assert_int_equal(mun_store_list(s.store, take_listed, &l, &e),
			 MUN_ECANCELLED);
	assert_int_equal(l.good + l.bad, 3);
	sample_close(&s);
}

/* Source of the path: sha256sum of the identifier. */
static void an_object_lies_where_its_identifier_says(void **state)
{
	struct mun_err e;
	char *path;

	(void)state;
	assert_int_equal(mun_store_object_path("object-01", &path, &e), 0);
	assert_string_equal(path, "3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319"
				  "b58aa3d77606d0d90dfc6161608ac987d4");
	free(path);
}

/* What OCFL allows, or the validator tells in other words, but this program
 * never writes.  OBJ stands for the object's folder; NULL makes a folder. */
static const struct {
	const char *path;
	const char *text;
	const char *codes;
} foreign[] = {
	{ "spec.md", "as OCFL allows", "" },
	{ "extensions/0005-mutable-head", NULL, "" },
	{ "abc/stray", "x", " E072" },
	{ "abc", NULL, " E073" },
	{ "abc/def/012", NULL, " E073" },
	{ "ABC/x", NULL, " E083" },
	{ "abc/defg", NULL, " E083" },
	{ "OBJ/../stray", "x", " E072" },
	{ "OBJ/../stray", NULL, " E083" },
	{ MUN_ROOT_DECLARATION, "ocfl_1.1\r\n", " E080" },
	{ MUN_ROOT_LAYOUT, "{}", " E070" },
	{ MUN_ROOT_CONFIG, "{}", " E071" },
	{ "OBJ/" MUN_OBJECT_DECLARATION, "ocfl_object_1.1", " E007" },
	{ "OBJ/inventory.json.sha512", SIDECAR " inventory.json\n", "" },
	{ "OBJ/inventory.json.sha512", SIDECAR "  inventory.json\n", " E061" },
	{ "OBJ/inventory.json.sha512", SIDECAR "\tinventory.json\n", " E061" },
	{ "OBJ/inventory.json.sha512", SIDECAR " inventory.json", " E061" },
	{ "OBJ/inventory.json.sha512", SIDECAR "0 inventory.json\n", " E061" },
	{ "OBJ/v1/inventory.json.sha512", "A" HEX127 " inventory.json\n",
	  " E061" },
};

static void what_this_program_never_writes_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(foreign); i++) {
		struct verdict v = { .codes_len = 0 };
		bool in_object = !strncmp(foreign[i].path, "OBJ", 3);
		struct sample s;
		struct mun_err e;
		char *path;
		char *dir;

		sample_open(&s);
		dir = sample_object(&s, SAMPLE_ID);
		path = in_object ? text_of("%s%s", dir, foreign[i].path + 3)
				 : mun_test_path(s.root, foreign[i].path);
		if (foreign[i].text) {
			char *parent = strdup(path);

			*strrchr(parent, '/') = '\0';
			assert_int_equal(mun_mkdirs(parent, &e), 0);
			mun_test_write(path, foreign[i].text,
				       strlen(foreign[i].text));
			free(parent);
		} else {
			assert_int_equal(mun_mkdirs(path, &e), 0);
		}
		assert_int_equal(
			mun_store_check_root(s.store, verdict_take, &v, &e), 0);
		if (strcmp(v.codes, foreign[i].codes) != 0)
			fail_msg("%s: not%s but %s", foreign[i].path,
				 foreign[i].codes, v.text);
		free(path);
		free(dir);
		sample_close(&s);
	}
}

/* What stands in the place of image/disk.img, or of the folder above it. */
static void leave(const char *at, const char *other)
{
	(void)at;
	(void)other;
}

static void put_link(const char *at, const char *other)
{
	assert_int_equal(rename(at, other), 0);
	assert_int_equal(symlink(other, at), 0);
}

static void put_fifo(const char *at, const char *other)
{
	assert_int_equal(rename(at, other), 0);
	assert_int_equal(mkfifo(at, 0600), 0);
}

static void put_folder(const char *at, const char *other)
{
	assert_int_equal(rename(at, other), 0);
	assert_int_equal(mkdir(at, 0700), 0);
}

static void put_nothing(const char *at, const char *other)
{
	assert_int_equal(rename(at, other), 0);
}

static const struct {
	void (*put)(const char *at, const char *other);
	bool above; /* it is done to the folder */
	int rc;
} strange[] = {
	{ leave, false, 0 },
	{ put_link, false, MUN_ECORRUPT },
	{ put_link, true, MUN_ECORRUPT },
	{ put_fifo, false, MUN_ECORRUPT },
	{ put_folder, false, MUN_ECORRUPT },
	{ put_nothing, false, MUN_ENOENT },
	{ put_nothing, true, MUN_ENOENT },
};

static int no_such_call(int dir, const char *rel, int flags)
{
	(void)dir;
	(void)rel;
	(void)flags;
	errno = ENOSYS;
	return -1;
}

static int swift_calls;

static int counted(int dir, const char *rel, int flags)
{
	int fd = mun_sys_real.open_beneath(dir, rel, flags);

	swift_calls += fd >= 0;
	return fd;
}

/* Has this system the call?  No path is empty. */
static bool has_call(void)
{
	return mun_sys_real.open_beneath(AT_FDCWD, "", O_RDONLY) >= 0 ||
	       (errno != ENOSYS && errno != EPERM);
}

static void open_as(const struct sample *s, enum mun_read_mode mode, int want,
		    char text[MUN_ERR_TEXT])
{
	struct mun_source *src = NULL;
	struct mun_err e = { 0 };

	assert_int_equal(mun_store_open_file(s->store, SAMPLE_ID,
					     "image/disk.img", mode, &src, &e),
			 want);
	(void)mun_err_text(&e, text, MUN_ERR_TEXT, 0);
	if (!want) {
		static const char bytes[] = "the bytes of a disk";
		char got[sizeof(bytes) - 1];

		assert_int_equal(src->size, sizeof(got));
		assert_int_equal(mun_source_pread(src, got, sizeof(got), 0, &e),
				 0);
		assert_memory_equal(got, bytes, sizeof(got));
	}
	mun_source_close(src);
}

/* Also where the system has no openat2(2), and with the same words. */
static void no_link_and_no_device_is_followed_to_a_file(void **state)
{
	static const enum mun_read_mode modes[] = { MUN_READ_CACHED,
						    MUN_READ_DISK,
						    MUN_READ_ONCE };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(strange); i++) {
		char swift[MUN_ERR_TEXT];
		char slow[MUN_ERR_TEXT];
		struct sample s;
		char *dir;
		char *at;
		char *other;

		sample_open(&s);
		dir = sample_object(&s, SAMPLE_ID);
		at = text_of("%s/v1/content/image%s", dir,
			     strange[i].above ? "" : "/disk.img");
		other = mun_test_path(s.dir, "other");
		strange[i].put(at, other);
		for (size_t m = 0; m < MUN_COUNT(modes); m++) {
			swift_calls = 0;
			mun_sys.open_beneath = counted;
			open_as(&s, modes[m], strange[i].rc, swift);
			mun_sys.open_beneath = no_such_call;
			open_as(&s, modes[m], strange[i].rc, slow);
			mun_sys = mun_sys_real;
			assert_string_equal(swift, slow);
			assert_int_equal(swift_calls,
					 !strange[i].rc && has_call());
		}
		free(other);
		free(at);
		free(dir);
		sample_close(&s);
	}
}

/* A link at the root is the person's own choice. */
static void a_root_may_be_reached_by_a_link(void **state)
{
	char text[MUN_ERR_TEXT];
	struct sample s;
	struct sample linked;
	struct mun_err e;
	char *link;
	char *dir;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	link = mun_test_path(s.dir, "link");
	assert_int_equal(symlink(s.root, link), 0);
	assert_int_equal(mun_store_open(link, &linked.store, &e), 0);
	open_as(&linked, MUN_READ_CACHED, 0, text);
	mun_store_close(linked.store);
	free(link);
	free(dir);
	sample_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_root_is_valid_and_can_be_made_again),
		cmocka_unit_test(a_folder_of_other_things_is_no_root),
		cmocka_unit_test(every_fault_of_init_can_be_repeated),
		cmocka_unit_test(a_spoilt_root_is_refused),
		cmocka_unit_test(
			a_store_that_is_away_is_not_a_store_without_objects),
		cmocka_unit_test(
			what_is_lost_is_told_apart_from_what_is_broken),
		cmocka_unit_test(the_inventory_of_another_object_is_not_taken),
		cmocka_unit_test(every_object_is_listed_in_order),
		cmocka_unit_test(what_this_program_never_writes_is_told),
		cmocka_unit_test(an_object_lies_where_its_identifier_says),
		cmocka_unit_test(no_link_and_no_device_is_followed_to_a_file),
		cmocka_unit_test(a_root_may_be_reached_by_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
