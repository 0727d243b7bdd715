/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/test_torrent.c - v2 torrents (BEP 52), written and read
 *
 * tree_libtorrent.py has libtorrent load what is written here.
 */
#include "fixity/torrent.h"

#include "core/check.h"
#include "tests/support/support.h"

#define MIB MUN_TREE_PIECE

static struct mun_tree tree_of(size_t bytes, uint64_t seed)
{
	mun_auto(tree_builder) *b = NULL;
	uint8_t *data = malloc(bytes + 1);
	struct mun_tree t;
	struct mun_err e;

	assert_non_null(data);
	mun_test_pattern(data, bytes, seed);
	assert_int_equal(mun_tree_builder_new(&b, &e), 0);
	assert_int_equal(mun_tree_builder_update(b, data, bytes, &e), 0);
	assert_int_equal(mun_tree_builder_final(b, &t, &e), 0);
	free(data);
	return t;
}

static void one_small_file_is_these_bytes(void **state)
{
	struct mun_torrent_file f = { .path = "image/a.img" };
	struct mun_str out = { 0 };
	struct mun_err e;
	/* Put together by hand from BEP 3 and BEP 52. */
	static const char want[] =
		"d4:infod9:file treed5:imaged5:a.imgd0:d6:lengthi5e11:pieces "
		"root32:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAeeee12:meta versioni2e"
		"4:name3:obj12:piece lengthi1048576ee12:piece layersdee";

	(void)state;
	f.tree.bytes = 5;
	f.tree.npieces = 1;
	memset(f.tree.root, 'A', sizeof(f.tree.root));
	assert_int_equal(mun_torrent_write("obj", &f, 1, &out, &e), 0);
	assert_string_equal(out.text, want);
	mun_str_free(&out);
}

/* Names of which plain string order, dictionary order and folder order all
 * differ: '.' and '!' sort before '/'. */
static const char *const paths[] = {
	"b",       "a/b/c",     "a!/x",    "a.b",     "a/b.c",  "a/b/d/e",
	"a-b/c/d", "\xff/\x01", "a/b/c.d", "0/empty", "same/1", "same/2",
};
static const size_t lengths[] = { 5,       3 * MIB + 1, MIB,     MIB + 1,
				  4096,    2 * MIB,     17,      5 * MIB,
				  MIB - 1, 0,           4 * MIB, 4 * MIB };

static void fill(struct mun_torrent_file *files, bool reversed)
{
	const size_t n = MUN_COUNT(paths);

	for (size_t i = 0; i < n; i++) {
		size_t at = reversed ? n - 1 - i : i;

		files[at].path = paths[i];
		files[at].tree = tree_of(lengths[i], lengths[i]);
	}
}

static void clear(struct mun_torrent_file *files)
{
	for (size_t i = 0; i < MUN_COUNT(paths); i++)
		mun_tree_clear(&files[i].tree);
}

static const struct mun_torrent_file *by_name(const struct mun_torrent *t,
					      const char *path)
{
	for (size_t i = 0; i < t->nfiles; i++) {
		if (!strcmp(t->files[i].path, path))
			return &t->files[i];
	}
	fail_msg("no '%s'", path);
	return NULL;
}

static void what_is_written_is_read_back(void **state)
{
	struct mun_torrent_file files[MUN_COUNT(paths)];
	struct mun_str out = { 0 };
	struct mun_torrent t;
	struct mun_err e;

	(void)state;
	fill(files, false);
	assert_int_equal(mun_torrent_write("urn:uuid:x", files,
					   MUN_COUNT(paths), &out, &e),
			 0);
	assert_int_equal(mun_torrent_read(out.text, out.len, &t, &e), 0);
	assert_string_equal(t.name, "urn:uuid:x");
	assert_int_equal(t.nfiles, MUN_COUNT(paths));
	for (size_t i = 0; i < MUN_COUNT(paths); i++) {
		const struct mun_torrent_file *f = by_name(&t, paths[i]);

		assert_int_equal(f->tree.bytes, lengths[i]);
		assert_int_equal(f->tree.npieces, files[i].tree.npieces);
		assert_memory_equal(f->tree.root, files[i].tree.root, 32);
		if (f->tree.npieces)
			assert_memory_equal(f->tree.pieces,
					    files[i].tree.pieces,
					    32 * f->tree.npieces);
	}
	mun_torrent_clear(&t);
	mun_str_free(&out);
	clear(files);
}

static void the_order_of_the_files_changes_nothing(void **state)
{
	struct mun_torrent_file files[MUN_COUNT(paths)];
	struct mun_str a = { 0 }, b = { 0 };
	struct mun_err e;

	(void)state;
	fill(files, false);
	assert_int_equal(
		mun_torrent_write("x", files, MUN_COUNT(paths), &a, &e), 0);
	clear(files);
	fill(files, true);
	assert_int_equal(
		mun_torrent_write("x", files, MUN_COUNT(paths), &b, &e), 0);
	clear(files);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.text, b.text, a.len);
	mun_str_free(&a);
	mun_str_free(&b);
}

static void paths_that_cannot_be_are_refused(void **state)
{
	static const char *const pairs[][2] = {
		{ "a", "a" },     { "a", "a/b" },    { "a/b", "a/b/c" },
		{ "ok", "../x" }, { "ok", "/abs" },  { "ok", "a//b" },
		{ "ok", "" },     { "x/./y", "ok" },
	};
	struct mun_err e;
	struct mun_str deep = { 0 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(pairs); i++) {
		struct mun_torrent_file f[2] = { { .path = pairs[i][0] },
						 { .path = pairs[i][1] } };
		struct mun_str out = { 0 };

		assert_int_equal(mun_torrent_write("x", f, 2, &out, &e),
				 MUN_EINVAL);
		mun_str_free(&out);
	}
	/* 28 components can be read back (32 dictionaries), 29 cannot. */
	for (int n = 1; n <= 29; n++) {
		struct mun_torrent_file f = { 0 };
		struct mun_str out = { 0 };
		struct mun_torrent t;

		mun_str_add(&deep, n > 1 ? "/d" : "d");
		f.path = deep.text;
		assert_int_equal(mun_torrent_write("x", &f, 1, &out, &e),
				 n <= 28 ? 0 : MUN_EINVAL);
		if (n <= 28) {
			assert_int_equal(
				mun_torrent_read(out.text, out.len, &t, &e), 0);
			mun_torrent_clear(&t);
		}
		mun_str_free(&out);
	}
	mun_str_free(&deep);
}

static void a_lost_layer_is_refused(void **state)
{
	struct mun_torrent_file f = {
		.path = "a", .tree = { .bytes = 2 * MIB, .npieces = 2 }
	};
	struct mun_str out = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_torrent_write("x", &f, 1, &out, &e), MUN_EINVAL);
	mun_str_free(&out);
}

#define ROOT "32:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FILE_A "d1:ad0:d6:lengthi5e11:pieces root" ROOT "eee"
#define REST "12:meta versioni2e4:name1:n12:piece lengthi1048576ee"
#define END "12:piece layersdee"

static void foreign_torrents_are_taken_or_refused(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "d4:infod9:file tree" FILE_A REST END, 0 },
		/* unknown keys of any kind, hybrid torrents have them */
		{ "d8:announce3:abc13:creation datei-7e4:infod9:file tree" FILE_A
		  "5:filesld6:lengthi5e4:pathl1:aeee" REST END,
		  0 },
		{ "d4:infod9:file tree" FILE_A REST "e", 0 },
		{ "", MUN_ECORRUPT },
		{ "d", MUN_ECORRUPT },
		{ "de", MUN_ECORRUPT },
		{ "le", MUN_ECORRUPT },
		{ "d4:infod9:file tree" FILE_A REST END "x", MUN_ECORRUPT },
		{ "d4:infod9:file tree" FILE_A
		  "12:meta versioni2e4:name1:n12:piece lengthi16384ee" END,
		  MUN_EUNSUPPORTED },
		{ "d4:infod9:file tree" FILE_A
		  "12:meta versioni1e4:name1:n12:piece lengthi1048576ee" END,
		  MUN_EUNSUPPORTED },
		/* no name; no version; no tree */
		{ "d4:infod9:file tree" FILE_A
		  "12:meta versioni2e12:piece lengthi1048576ee" END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file tree" FILE_A
		  "4:name1:n12:piece lengthi1048576ee" END,
		  MUN_ECORRUPT },
		{ "d4:infod" REST END, MUN_ECORRUPT },
		/* keys twice, or not sorted */
		{ "d4:infod9:file treed1:bd0:d6:lengthi0eee1:ad0:d6:lengthi0eeee" REST
			  END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file treed1:ad0:d6:lengthi0eee1:ad0:d6:lengthi0eeee" REST
			  END,
		  MUN_ECORRUPT },
		/* a file that is also a folder; a file without a name */
		{ "d4:infod9:file treed1:ad0:d6:lengthi0ee1:bd0:d6:lengthi0eeeee" REST
			  END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file treed0:d6:lengthi0eee" REST END,
		  MUN_ECORRUPT },
		/* no length, negative, with zeros, too large, root too short */
		{ "d4:infod9:file treed1:ad0:deeee" REST END, MUN_ECORRUPT },
		{ "d4:infod9:file treed1:ad0:d6:lengthi-5eeee" REST END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file treed1:ad0:d6:lengthi05eeee" REST END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file treed1:ad0:d6:lengthi99999999999999999999eeee" REST
			  END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file treed1:ad0:d6:lengthi5e11:pieces root1:Aeee" REST
			  END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file treed1:ad0:d6:lengthi5eeee" REST END,
		  MUN_ECORRUPT },
		/* paths that lead outside */
		{ "d4:infod9:file treed2:..d0:d6:lengthi0eeee" REST END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file treed3:a/bd0:d6:lengthi0eeee" REST END,
		  MUN_ECORRUPT },
		/* strings and layers that are not there */
		{ "d4:infod9:file tree99999999999999999999:a", MUN_ECORRUPT },
		{ "d4:info18446744073709551615:", MUN_ECORRUPT },
		{ "d4:infod9:file treed1:ad0:d6:lengthi2097152e11:pieces root" ROOT
		  "eee" REST END,
		  MUN_ECORRUPT },
		{ "d4:infod9:file treed1:ad0:d6:lengthi2097152e11:pieces root" ROOT
		  "eee" REST "12:piece layersd" ROOT
		  "64:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
		  "BBBBBBee",
		  MUN_ECORRUPT },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_torrent t = { 0 };
		struct mun_err e;
		int rc = mun_torrent_read(cases[i].text, strlen(cases[i].text),
					  &t, &e);

		if (rc != cases[i].rc)
			fail_msg("case %zu gives %d: %s", i, rc,
				 rc ? e.lines[0].text : "");
		if (!rc) {
			assert_int_equal(t.nfiles, 1);
			assert_string_equal(t.files[0].path, "a");
			mun_torrent_clear(&t);
		}
	}
}

static void nesting_is_bounded(void **state)
{
	const size_t levels = 100000;
	char *text = malloc(2 * levels + 16);
	struct mun_torrent t;
	struct mun_err e;

	(void)state;
	assert_non_null(text);
	memcpy(text, "d1:x", 4);
	memset(text + 4, 'l', levels);
	memset(text + 4 + levels, 'e', levels + 1);
	assert_int_equal(mun_torrent_read(text, 2 * levels + 5, &t, &e),
			 MUN_ECORRUPT);
	free(text);
}

/* A megabyte that asks for a copy of its layer for each of 3000 files. */
static void shared_layers_do_not_take_all_memory(void **state)
{
	struct mun_torrent_file *files = calloc(3000, sizeof(*files));
	struct mun_tree tree = { .npieces = 32768 };
	struct mun_str out = { 0 };
	struct mun_torrent t;
	struct mun_err e;
	char names[3000][8];

	(void)state;
	assert_non_null(files);
	tree.bytes = tree.npieces * MIB;
	tree.pieces = calloc(tree.npieces, 32);
	assert_non_null(tree.pieces);
	assert_int_equal(mun_tree_root(&tree, tree.root, &e), 0);
	for (unsigned int i = 0; i < 3000; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%u", i);
		files[i].path = names[i];
		files[i].tree = tree;
	}
	/* 40 identical files of 32 GiB are still read back */
	assert_int_equal(mun_torrent_write("x", files, 40, &out, &e), 0);
	assert_int_equal(mun_torrent_read(out.text, out.len, &t, &e), 0);
	assert_int_equal(t.nfiles, 40);
	mun_torrent_clear(&t);
	mun_str_free(&out);
	assert_int_equal(mun_torrent_write("x", files, 3000, &out, &e), 0);
	assert_int_equal(mun_torrent_read(out.text, out.len, &t, &e),
			 MUN_ECORRUPT);
	assert_non_null(strstr(e.lines[0].text, "share"));
	mun_str_free(&out);
	free(tree.pieces);
	free(files);
}

/* Every byte of a layer, a root and a length counts. */
static void flipped_bits_are_noticed(void **state)
{
	struct mun_torrent_file f = { .path = "a" };
	struct mun_str out = { 0 };
	struct mun_err e;
	size_t silent = 0;

	(void)state;
	f.tree = tree_of(3 * MIB + 7, 1);
	assert_int_equal(mun_torrent_write("x", &f, 1, &out, &e), 0);
	for (size_t i = 0; i < out.len; i++) {
		struct mun_torrent t;

		out.text[i] ^= 1;
		if (!mun_torrent_read(out.text, out.len, &t, &e)) {
			silent++;
			mun_torrent_clear(&t);
		}
		out.text[i] ^= 1;
	}
	/* What nothing else says: the path and the name, one byte each, and
	 * the seven digits of a length, unless the count of pieces changes. */
	assert_in_range(silent, 2, 9);
	mun_str_free(&out);
	mun_tree_clear(&f.tree);
}

static void every_cut_is_refused(void **state)
{
	struct mun_torrent_file f = { .path = "a/b" };
	struct mun_str out = { 0 };
	struct mun_err e;

	(void)state;
	f.tree = tree_of(2 * MIB, 1);
	assert_int_equal(mun_torrent_write("x", &f, 1, &out, &e), 0);
	for (size_t len = 0; len < out.len; len++) {
		struct mun_torrent t;
		char *cut = malloc(len + 1); /* so that ASan sees its end */

		assert_non_null(cut);
		memcpy(cut, out.text, len);
		assert_int_equal(mun_torrent_read(cut, len, &t, &e),
				 MUN_ECORRUPT);
		free(cut);
	}
	mun_str_free(&out);
	mun_tree_clear(&f.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_small_file_is_these_bytes),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(the_order_of_the_files_changes_nothing),
		cmocka_unit_test(paths_that_cannot_be_are_refused),
		cmocka_unit_test(a_lost_layer_is_refused),
		cmocka_unit_test(foreign_torrents_are_taken_or_refused),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(shared_layers_do_not_take_all_memory),
		cmocka_unit_test(flipped_bits_are_noticed),
		cmocka_unit_test(every_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
