/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/store/test_validate.c - a valid object broken in every way
 *
 * Source of the expected codes: OCFL 1.1, "Validation Codes".
 */
#include "store/validate.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "core/file.h"
#include "core/json.h"
#include "core/log.h"
#include "fixity/digest.h"
#include "tests/store/store_support.h"

/* What is done to the object, with names below it. */
enum op {
	WRITE, /* file a, text b */
	MAKE, /* folder a, and those above it */
	REMOVE, /* a, with all in it */
	RENAME, /* a to b */
	LINK, /* symbolic link a to b */
	HARD, /* hard link a of b */
	FIFO, /* a */
	/* The inventory in root and v1: the text a becomes b, and the sidecars
	 * are made right again. */
	EDIT,
	EDIT_ROOT, /* only in the root */
	EDIT_V1, /* only in v1 */
	EDIT_V2, /* only in v2 */
};

struct breakage {
	enum op op;
	const char *a;
	const char *b;
	const char *code;
};

#define V1 "v1/content/"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
/* SHA-512 and SHA-256 of no bytes: FIPS 180-4. */
#define EMPTY512 \
	"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" \
	"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
#define CREATED "\"created\": \"2026-11-22T17:22:01Z\""

static const struct breakage breakages[] = {
	{ WRITE, "stray", "x", "E001" },
	{ MAKE, "stray", NULL, "E001" },
	{ MAKE, "v1.1", NULL, "E104" },
	{ MAKE, "v0", NULL, "E105" },
	{ MAKE, "v2", NULL, "E046" },
	{ MAKE, "v01", NULL, "E046" },
	{ WRITE, "v2", "a file", "E001" },
	{ WRITE, "logs", "a file", "E001" },
	{ WRITE, "inventory.json.sha256", "x", "E001" },
	{ WRITE, "1=ocfl_object_1.1", "ocfl_object_1.1\n", "E005" },
	{ WRITE, "0=", "", "E004" },
	{ WRITE, "0=ocfl_object_2.0", "ocfl_object_2.0\n", "E006" },
	{ WRITE, "0=ocfl_object_1.0", "ocfl_object_1.0\n", "E003" },
	{ MAKE, "0=ocfl_object_1.0", NULL, "E002" },
	{ REMOVE, "0=ocfl_object_1.1", NULL, "E003" },
	{ WRITE, "0=ocfl_object_1.1", "ocfl_object_1.1", "E007" },
	{ WRITE, "0=ocfl_object_1.1", "ocfl_object_1.1\r\n", "E007" },
	{ WRITE, "0=ocfl_object_1.1", "", "E007" },
	{ RENAME, "0=ocfl_object_1.1", "0=ocfl_object_1.0", "E038" },
	{ WRITE, "v1/stray", "x", "E015" },
	{ WRITE, "v1/inventory.json.md5", "x", "E015" },
	{ MAKE, "v1/stray", NULL, "W002" },
	{ REMOVE, "v1/content", NULL, "E016" },
	{ REMOVE, "v1", NULL, "E010" },
	{ RENAME, "v1", "v2", "E046" },
	{ WRITE, V1 "stray", "x", "E023" },
	{ MAKE, V1 "empty", NULL, "E024" },
	{ REMOVE, "inventory.json", NULL, "E063" },
	{ REMOVE, "inventory.json.sha512", NULL, "E058" },
	{ REMOVE, "v1/inventory.json.sha512", NULL, "E058" },
	{ REMOVE, "v1/inventory.json", NULL, "W010" },
	{ RENAME, "inventory.json.sha512", "inventory.json.sha256", "E059" },
	{ WRITE, "inventory.json.sha512", "", "E061" },
	{ WRITE, "inventory.json.sha512", HEX64 "inventory.json\n", "E061" },
	{ WRITE, "inventory.json.sha512", HEX64 " other.json\n", "E061" },
	{ WRITE, "inventory.json.sha512", HEX64 " inventory.json\n\n", "E061" },
	{ WRITE, "inventory.json.sha512", HEX64 " inventory.json", "E060" },
	{ WRITE, "inventory.json.sha512", EMPTY512 " \t inventory.json\n",
	  "E060" },
	{ WRITE, "inventory.json", "{", "E033" },
	{ WRITE, "inventory.json", "[]", "E033" },
	{ WRITE, "inventory.json", "\xff", "E033" },
	{ EDIT_ROOT, "First version", "Other words", "E064" },
	{ EDIT_V1, "First version", "Other words", "W011" },
	{ EDIT_V1, CREATED, "\"created\": \"2020-01-01T00:00:00Z\"", "W011" },
	{ EDIT_V1, SAMPLE_ID, "urn:uuid:other", "E037" },
	{ EDIT_V1, SAMPLE_ID, "urn:uuid:other", "E110" },
	{ EDIT_V1, "\"image/disk.img\"", "\"image/disc.img\"", "E066" },
	{ EDIT_V1, "\"v1/content/image/disk.img\"", "\"v1/content/x\"",
	  "E092" },
	{ EDIT_V1, "\"v1/content/image/disk.img\"", "\"v1/content/x\"",
	  "E023" },
	{ EDIT_V1, "\"head\": \"v1\"", "\"head\": \"v2\"", "E040" },
	{ EDIT_V1, "\"head\"", "\"contentDirectory\": \"other\", \"head\"",
	  "E019" },
	{ EDIT, "ocfl.io/1.1", "ocfl.io/1.0", "E038" },
	{ EDIT, "\"head\": \"v1\"", "\"head\": \"v2\"", "E040" },
	{ EDIT, "\"sha512\"", "\"sha256\"", "E039" },
	{ WRITE, V1 "image/disk.img", "the bytes of a disc", "E092" },
	{ WRITE, V1 "image/disk.img", "the bytes of a disc", "E093" },
	{ WRITE, V1 "image/disk.img", "", "E092" },
	{ REMOVE, V1 "image/disk.img", NULL, "E092" },
	{ RENAME, V1 "image/disk.img", V1 "image/DISK.IMG", "E092" },
	{ LINK, V1 "stray", "/etc/passwd", "E090" },
	{ LINK, "stray", "/", "E090" },
	{ LINK, "v1/stray", "..", "E090" },
	{ HARD, "logs/disk.img", V1 "image/disk.img", "E090" },
	{ HARD, V1 "stray", V1 "image/disk.img", "E090" },
	{ FIFO, "stray", NULL, "E089" },
	{ FIFO, V1 "stray", NULL, "E089" },
	{ FIFO, "logs/stray", NULL, "E089" },
	{ FIFO, "inventory.json.sha256", NULL, "E089" },
	{ WRITE, "extensions/stray", "x", "E067" },
	{ MAKE, "extensions/stray", NULL, "W013" },
	{ LINK, "extensions/0005-mutable-head/a", "b", "E090" },
};

/* And these are allowed. */
static const struct breakage harmless[] = {
	{ MAKE, "logs", NULL, NULL },
	{ WRITE, "logs/2026.log", "checked", NULL },
	{ MAKE, "logs/empty", NULL, NULL },
	{ MAKE, "extensions", NULL, NULL },
	{ WRITE, "extensions/0005-mutable-head/head/x", "y", NULL },
};

static void resign(const char *dir, const char *text, size_t len)
{
	struct mun_digests d = { 0 };
	char hex[MUN_DIGEST_HEX];
	struct mun_err e;
	char *sidecar;
	char *path;

	assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA512), text,
					   len, &d, &e),
			 0);
	mun_digest_hex(&d.of[MUN_SHA512], hex);
	sidecar = text_of("%s inventory.json\n", hex);
	path = mun_test_path(dir, "inventory.json.sha512");
	mun_test_write(path, sidecar, strlen(sidecar));
	free(path);
	free(sidecar);
	path = mun_test_path(dir, "inventory.json");
	mun_test_write(path, text, len);
	free(path);
}

/* The last place: state blocks stand behind the manifest. */
static char *last_of(char *text, const char *what)
{
	char *at = strstr(text, what);

	for (char *next = at; next; next = strstr(next + 1, what))
		at = next;
	return at;
}

static void edit(const char *object, const char *sub, const char *a,
		 const char *b)
{
	char *dir = mun_test_path(object, sub);
	char *path = mun_test_path(dir, "inventory.json");
	char *text = mun_test_read(path, NULL);
	bool content = !strncmp(a, "\"v1/", 4);
	char *at = content ? strstr(text, a) : last_of(text, a);
	char *changed;

	/* Or the table is wrong. */
	if (!at)
		fail_msg("there is no %s", a);
	changed =
		text_of("%.*s%s%s", (int)(at - text), text, b, at + strlen(a));
	resign(dir, changed, strlen(changed));
	free(changed);
	free(text);
	free(path);
	free(dir);
}

static void make_parents(const char *path)
{
	char *dir = strdup(path);
	struct mun_err e;

	*strrchr(dir, '/') = '\0';
	assert_int_equal(mun_mkdirs(dir, &e), 0);
	free(dir);
}

static void break_it(const char *object, const struct breakage *x)
{
	char *a = mun_test_path(object, x->a);
	char *b = mun_test_path(object, x->b ? x->b : "");
	struct mun_err e;

	if (x->op < EDIT)
		make_parents(a);
	switch (x->op) {
	case WRITE:
		mun_test_write(a, x->b, strlen(x->b));
		break;
	case MAKE:
		assert_int_equal(mun_mkdirs(a, &e), 0);
		break;
	case REMOVE:
		assert_int_equal(mun_tree_remove(a, &e), 0);
		break;
	case RENAME:
		assert_int_equal(rename(a, b), 0);
		break;
	case LINK:
		assert_int_equal(symlink(x->b, a), 0);
		break;
	case HARD:
		assert_int_equal(link(b, a), 0);
		break;
	case FIFO:
		assert_int_equal(mkfifo(a, 0666), 0);
		break;
	case EDIT:
		edit(object, ".", x->a, x->b);
		edit(object, "v1", x->a, x->b);
		break;
	case EDIT_ROOT:
		edit(object, ".", x->a, x->b);
		break;
	case EDIT_V1:
		edit(object, "v1", x->a, x->b);
		break;
	case EDIT_V2:
		edit(object, "v2", x->a, x->b);
		break;
	}
	free(b);
	free(a);
}

/* What the validator says of the sample, broken as @x says. */
static void judge(const struct breakage *x, struct verdict *out)
{
	struct sample s;
	char *dir;

	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	break_it(dir, x);
	verdict_of(dir, out);
	free(dir);
	sample_close(&s);
}

static void must_be_told(const struct breakage *x, const struct verdict *v)
{
	if (!verdict_has(v, x->code) ||
	    (x->code[0] == 'E' && !v->counts.errors))
		fail_msg("%s: not told for '%s', '%s' but:\n%s", x->code, x->a,
			 x->b ? x->b : "", v->text);
}

static void every_breakage_has_its_code(void **state)
{
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(breakages); i++) {
		judge(&breakages[i], &v);
		must_be_told(&breakages[i], &v);
	}
	printf("%zu breakages told\n", MUN_COUNT(breakages));
}

static void what_is_allowed_is_no_breakage(void **state)
{
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(harmless); i++) {
		judge(&harmless[i], &v);
		assert_string_equal(v.text, "");
	}
}

/* Give @object the version folder and inventory of version @n, which has the
 * state of the first. */
static void add_version(const char *object, unsigned int n)
{
	char *name = text_of("v%u", n);
	char *dir = mun_test_path(object, name);
	char *path = mun_test_path(object, "inventory.json");
	char *old = mun_test_read(path, NULL);
	json_t *j = json_loads(old, 0, NULL);
	json_t *versions = json_object_get(j, "versions");
	json_t *first = json_object_get(versions, "v1");
	char *text;

	assert_int_equal(mkdir(dir, 0777), 0);
	(void)json_object_set_new(j, "head", json_string(name));
	(void)json_object_set(versions, name, first);
	text = json_dumps(j, JSON_INDENT(1));
	resign(dir, text, strlen(text));
	resign(object, text, strlen(text));
	free(text);
	json_decref(j);
	free(old);
	free(path);
	free(dir);
	free(name);
}

/* To an object of three versions. */
static const struct breakage version_breakages[] = {
	{ REMOVE, "v2", NULL, "E010" },
	{ RENAME, "v3", "v4", "E046" },
	{ RENAME, "v2", "v02", "E046" },
	{ REMOVE, "v2/inventory.json.sha512", NULL, "E058" },
	{ MAKE, "v2/content", NULL, "W003" },
	{ WRITE, "v2/content/image/disk.img", "more", "E023" },
	{ EDIT_V1, "First version", "Other words", "W011" },
	{ EDIT_V1, "\"image/disk.img\"", "\"image/disc.img\"", "E066" },
	{ EDIT_V2, "\"image/disk.img\"", "\"image/disc.img\"", "E066" },
	{ EDIT_V2, "\"v1\": {", "\"v1\": 1, \"v3\": {", "E047" },
	{ EDIT_V2, "\"head\": \"v2\"", "\"head\": \"v1\"", "E040" },
	{ EDIT_V1, "\"head\"", "\"contentDirectory\": \"other\", \"head\"",
	  "E019" },
	{ EDIT_V2, "\"head\"", "\"contentDirectory\": \"other\", \"head\"",
	  "E020" },
	{ EDIT_V2, "ocfl.io/1.1", "ocfl.io/1.0", "E103" },
	{ EDIT_V2, "\"v1/content/image/disk.img\"", "\"v1/content/x\"",
	  "E023" },
	{ EDIT_V1, SAMPLE_ID, "urn:uuid:other", "E110" },
};

static void versions_object(struct sample *s, char **dir)
{
	sample_open(s);
	*dir = sample_object(s, SAMPLE_ID);
	add_version(*dir, 2);
	add_version(*dir, 3);
}

static void every_breakage_between_versions_has_its_code(void **state)
{
	static const struct breakage older = { EDIT_V1, "ocfl.io/1.1",
					       "ocfl.io/1.0", NULL };
	struct verdict v;
	struct sample s;
	char *dir;

	(void)state;
	/* As it is, and with a first version of the older OCFL. */
	versions_object(&s, &dir);
	verdict_of(dir, &v);
	assert_string_equal(v.text, "");
	break_it(dir, &older);
	verdict_of(dir, &v);
	assert_string_equal(v.text, "");
	free(dir);
	sample_close(&s);
	for (size_t i = 0; i < MUN_COUNT(version_breakages); i++) {
		versions_object(&s, &dir);
		break_it(dir, &version_breakages[i]);
		verdict_of(dir, &v);
		must_be_told(&version_breakages[i], &v);
		free(dir);
		sample_close(&s);
	}
}

/* To the storage root; OBJ stands for the object's folder. */
static const struct breakage root_breakages[] = {
	{ REMOVE, "0=ocfl_1.1", NULL, "E069" },
	{ WRITE, "0=ocfl_1.0", "ocfl_1.0\n", "E076" },
	{ MAKE, "0=ocfl_1.0", NULL, "E075" },
	{ WRITE, "1=ocfl_1.1", "ocfl_1.1\n", "E078" },
	{ WRITE, "0=ocfl_2.0", "ocfl_2.0\n", "E079" },
	{ WRITE, "0=ocfl_1.1", "ocfl_1.0\n", "E080" },
	{ RENAME, "0=ocfl_1.1", "0=ocfl_1.0", "E081" },
	{ WRITE, "ocfl_layout.json", "{", "E070" },
	{ WRITE, "ocfl_layout.json", "{\"extension\": \"x\"}", "E070" },
	{ WRITE, "ocfl_layout.json",
	  "{\"extension\": \"x\", \"description\": \"\"}", "E071" },
	{ WRITE, "extensions/0004-hashed-n-tuple-storage-layout/config.json",
	  "{\"tupleSize\": 99}", "E071" },
	{ WRITE, "extensions/0004-hashed-n-tuple-storage-layout/config.json",
	  "{\"tupleSize\": 2}", "E083" },
	{ WRITE, "extensions/stray", "x", "E112" },
	{ MAKE, "extensions/stray", NULL, "W016" },
	{ WRITE, "abc/stray", "x", "E072" },
	{ WRITE, "abc/stray", "x", "E085" },
	{ WRITE, "abc/0=ocfl_1.1", "ocfl_1.1\n", "E074" },
	{ MAKE, "abc/def", NULL, "E073" },
	{ LINK, "abc", "..", "E090" },
	{ LINK, "abc/def", "..", "E090" },
	{ FIFO, "abc/def", NULL, "E089" },
	{ RENAME, "OBJ", "object", "E083" },
	{ RENAME, "OBJ", "object", "E073" },
	{ REMOVE, "OBJ/0=ocfl_object_1.1", NULL, "E003" },
	{ WRITE, "OBJ/../stray", "x", "E072" },
	{ WRITE, "OBJ/v1/content/image/disk.img", "x", "E092" },
};

static void every_breakage_of_a_root_has_its_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(root_breakages); i++) {
		struct breakage x = root_breakages[i];
		struct verdict v;
		struct sample s;
		char *a = NULL;
		char *dir;

		sample_open(&s);
		dir = sample_object(&s, SAMPLE_ID);
		if (!strncmp(x.a, "OBJ", 3))
			x.a = a = text_of("%s%s", dir + strlen(s.root) + 1,
					  x.a + 3);
		break_it(s.root, &x);
		verdict_of(s.root, &v);
		must_be_told(&x, &v);
		free(a);
		free(dir);
		sample_close(&s);
	}
}

static void an_identifier_is_unique_in_a_root(void **state)
{
	struct verdict v;
	struct sample s;
	char *copy;
	char *dir;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	copy = mun_test_path(s.root, "copy");
	copy_tree(dir, copy);
	verdict_of(s.root, &v);
	assert_int_equal(v.counts.objects, 2);
	assert_true(verdict_has(&v, "E037"));
	assert_true(verdict_has(&v, "E083"));
	/* One object in the root, one in folders of it. */
	assert_true(verdict_has(&v, "W015"));
	free(copy);
	free(dir);
	sample_close(&s);
}

static void without_reading_only_what_lies_there_is_told(void **state)
{
	const struct mun_ocfl_opts opts = { .content = false };
	struct breakage x = { WRITE, V1 "image/disk.img", "altered", NULL };
	struct verdict v = { .codes_len = 0 };
	struct sample s;
	struct mun_err e;
	char *dir;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	break_it(dir, &x);
	assert_int_equal(
		mun_ocfl_validate(dir, &opts, verdict_take, &v, &v.counts, &e),
		0);
	assert_string_equal(v.text, "");
	free(dir);
	sample_close(&s);
}

static void what_is_no_folder_cannot_be_judged(void **state)
{
	const struct mun_ocfl_opts opts = { .content = true };
	struct mun_ocfl_verdict out;
	char *dir = mun_test_dir();
	char *x = mun_test_path(dir, "x");
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_ocfl_validate(x, &opts, NULL, NULL, &out, &e),
			 MUN_ENOENT);
	mun_test_write(x, "", 0);
	assert_int_equal(mun_ocfl_validate(x, &opts, NULL, NULL, &out, &e),
			 MUN_EINVAL);
	assert_int_equal(unlink(x), 0);
	assert_int_equal(mkfifo(x, 0666), 0);
	assert_int_equal(mun_ocfl_validate(x, &opts, NULL, NULL, &out, &e),
			 MUN_EINVAL);
	assert_int_equal(unlink(x), 0);
	/* A loop of links. */
	assert_int_equal(symlink("x", x), 0);
	assert_int_equal(mun_ocfl_validate(x, &opts, NULL, NULL, &out, &e),
			 MUN_EIO);
	assert_int_equal(e.sys, ELOOP);
	free(x);
	mun_test_dir_remove(dir);
}

/* Names of every kind come out as one clean line (verdict_take() looks). */
static void hostile_names_are_escaped(void **state)
{
	static const char *const names[] = {
		"a\nb",         "\x1b[31m", "%s%n", "\xff\xfe",
		"\xe2\x80\xae", " ",        "-rf",
	};
	struct verdict v;
	struct sample s;
	char *dir;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		char *deep = text_of("%s/" V1 "%s", dir, names[i]);
		char *top = text_of("%s/%s", dir, names[i]);

		mun_test_write(deep, "", 0);
		mun_test_write(top, "", 0);
		free(deep);
		free(top);
	}
	verdict_of(dir, &v);
	assert_int_equal(v.counts.errors, 2 * MUN_COUNT(names));
	assert_true(verdict_has(&v, "E001"));
	assert_true(verdict_has(&v, "E023"));
	free(dir);
	sample_close(&s);
}

/* A hundred megabytes, nested without end, not text: one clear line each. */
static void hostile_inventories_are_refused(void **state)
{
	char *deep = malloc(10000);
	struct verdict v;
	struct sample s;
	char *path;
	char *dir;

	(void)state;
	memset(deep, '[', 10000);
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	path = mun_test_path(dir, "inventory.json");
	mun_test_write(path, deep, 10000);
	verdict_of(dir, &v);
	assert_non_null(strstr(v.text, "E033 inventory.json: line 1, column 65:"
				       " more than 64 levels"));
	assert_int_equal(truncate(path, (off_t)100 << 20), 0);
	verdict_of(dir, &v);
	assert_non_null(strstr(v.text, "E033 inventory.json: 104857600 bytes, "
				       "more than 67108864 are not read"));
	assert_int_equal(truncate(path, 0), 0);
	verdict_of(dir, &v);
	assert_true(verdict_has(&v, "E033"));
	free(path);
	path = mun_test_path(dir, "inventory.json.sha512");
	assert_int_equal(truncate(path, (off_t)100 << 20), 0);
	verdict_of(dir, &v);
	assert_non_null(strstr(v.text, "E061 inventory.json.sha512"));
	free(path);
	path = mun_test_path(dir, "0=ocfl_object_1.1");
	assert_int_equal(truncate(path, (off_t)100 << 20), 0);
	verdict_of(dir, &v);
	assert_true(verdict_has(&v, "E007"));
	free(path);
	free(dir);
	free(deep);
	sample_close(&s);
}

static void folders_without_end_need_no_stack(void **state)
{
	char *cwd = getcwd(NULL, 0);
	struct verdict v;
	struct sample s;
	char *dir;
	char *content;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	content = mun_test_path(dir, "v1/content");
	assert_int_equal(chdir(content), 0);
	/* Longer than any path that a system call takes. */
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(mkdir("dd", 0777), 0);
		assert_int_equal(chdir("dd"), 0);
	}
	verdict_of(dir, &v);
	assert_true(verdict_has(&v, "E000"));
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(chdir(".."), 0);
		assert_int_equal(rmdir("dd"), 0);
	}
	assert_int_equal(chdir(cwd), 0);
	free(cwd);
	free(content);
	free(dir);
	sample_close(&s);
}

/* Each read fails once: it is told, or no judgement is made; never "good". */
static void what_cannot_be_read_is_never_good(void **state)
{
	const struct mun_ocfl_opts opts = { .content = true };
	unsigned int judged = 0;
	struct sample s;
	bool fired;
	int n = 0;
	char *dir;

	(void)state;
	sample_open(&s);
	dir = sample_object(&s, SAMPLE_ID);
	do {
		struct verdict v = { .codes_len = 0 };
		struct mun_err e;
		int rc;

		mun_fault_install(MUN_CALL_BIT(MUN_CALL_OPEN) |
					  MUN_CALL_BIT(MUN_CALL_READ) |
					  MUN_CALL_BIT(MUN_CALL_PREAD) |
					  MUN_CALL_BIT(MUN_CALL_FSTAT),
				  EIO);
		mun_fault_arm(n++);
		rc = mun_ocfl_validate(s.root, &opts, verdict_take, &v,
				       &v.counts, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		assert_true(rc == 0 || rc == MUN_EIO);
		assert_int_equal(fired, rc || v.counts.errors);
		if (fired && !rc) {
			assert_true(verdict_has(&v, "E000"));
			judged++;
		}
	} while (fired);
	assert_true(judged > 30);
	free(dir);
	sample_close(&s);
}

static void a_cancelled_check_says_so(void **state)
{
	const struct mun_ocfl_opts opts = { .content = true };
	struct mun_ocfl_verdict out;
	struct sample s;
	struct mun_err e;

	(void)state;
	sample_open(&s);
	free(sample_object(&s, SAMPLE_ID));
	mun_cancel();
	assert_int_equal(mun_ocfl_validate(s.root, &opts, NULL, NULL, &out, &e),
			 MUN_ECANCELLED);
	mun_cancel_reset();
	sample_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_breakage_has_its_code),
		cmocka_unit_test(what_is_allowed_is_no_breakage),
		cmocka_unit_test(every_breakage_between_versions_has_its_code),
		cmocka_unit_test(every_breakage_of_a_root_has_its_code),
		cmocka_unit_test(an_identifier_is_unique_in_a_root),
		cmocka_unit_test(without_reading_only_what_lies_there_is_told),
		cmocka_unit_test(what_is_no_folder_cannot_be_judged),
		cmocka_unit_test(hostile_names_are_escaped),
		cmocka_unit_test(hostile_inventories_are_refused),
		cmocka_unit_test(folders_without_end_need_no_stack),
		cmocka_unit_test(what_cannot_be_read_is_never_good),
		cmocka_unit_test(a_cancelled_check_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
