/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_signkey.c - Ed25519 keys and the files that hold them */
#include "fixity/signkey.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "tests/support/support.h"

struct fixture {
	char *dir;
	char *path;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir = mun_test_dir();
	f->path = mun_test_path(f->dir, "sign.key");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mun_fault_restore();
	free(f->path);
	mun_test_dir_remove(f->dir);
	free(f);
	return 0;
}

/* RFC 8032, 7.1, TEST 1, 2 and 3. */
static const struct {
	const char *public_key, *message, *signature;
} rfc8032[] = {
	{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	  "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	  "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	  "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static void signatures_of_the_rfc_verify_and_changed_ones_do_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(rfc8032); i++) {
		size_t len = strlen(rfc8032[i].message) / 2;
		uint8_t key[MUN_SIGNKEY_PUBLIC];
		uint8_t signature[MUN_SIGNKEY_SIGNATURE];
		uint8_t data[8];
		struct mun_err e;

		assert_true(mun_unhex(rfc8032[i].public_key, key, sizeof(key)));
		assert_true(mun_unhex(rfc8032[i].signature, signature,
				      sizeof(signature)));
		assert_true(mun_unhex(rfc8032[i].message, data, len));
		assert_int_equal(
			mun_signkey_verify(key, data, len, signature, &e), 0);
		assert_int_equal(
			mun_signkey_verify(key, "other", 5, signature, &e),
			MUN_EFIXITY);
		signature[40] ^= 1;
		assert_int_equal(
			mun_signkey_verify(key, data, len, signature, &e),
			MUN_EFIXITY);
		signature[40] ^= 1;
		key[0] ^= 1;
		assert_int_not_equal(
			mun_signkey_verify(key, data, len, signature, &e), 0);
	}
}

static void the_id_is_of_the_public_key(void **state)
{
	uint8_t key[MUN_SIGNKEY_PUBLIC];
	char id[MUN_SIGNKEY_ID];

	(void)state;
	assert_true(mun_unhex(rfc8032[0].public_key, key, sizeof(key)));
	mun_signkey_id_of(key, id);
	/* printf d75a98... | xxd -r -p | sha256sum | cut -c1-16 */
	assert_string_equal(id, "21fe31dfa154a261");
}

static void a_key_is_made_used_and_loaded_again(void **state)
{
	struct fixture *f = *state;
	mun_auto(signkey) *made = NULL;
	mun_auto(signkey) *loaded = NULL;
	mun_autofree char *pem = NULL;
	uint8_t signature[MUN_SIGNKEY_SIGNATURE];
	uint8_t public_key[MUN_SIGNKEY_PUBLIC];
	struct mun_err e;
	struct stat st;

	assert_int_equal(mun_signkey_create(f->path, &made, &e), 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(mun_test_count_entries(f->dir), 1);
	assert_int_equal(mun_signkey_load(f->path, &loaded, &e), 0);
	assert_string_equal(mun_signkey_id(made), mun_signkey_id(loaded));
	assert_memory_equal(mun_signkey_public(made),
			    mun_signkey_public(loaded), MUN_SIGNKEY_PUBLIC);
	assert_int_equal(mun_signkey_sign(loaded, "abc", 3, signature, &e), 0);
	assert_int_equal(mun_signkey_verify(mun_signkey_public(made), "abc", 3,
					    signature, &e),
			 0);
	assert_int_equal(mun_signkey_pem(mun_signkey_public(made), &pem, &e),
			 0);
	assert_int_equal(strncmp(pem, "-----BEGIN PUBLIC KEY-----\n", 27), 0);
	assert_int_equal(
		mun_signkey_public_of_pem(pem, strlen(pem), public_key, &e), 0);
	assert_memory_equal(public_key, mun_signkey_public(made),
			    MUN_SIGNKEY_PUBLIC);
}

static void two_keys_differ_and_neither_replaces_the_other(void **state)
{
	struct fixture *f = *state;
	char *second = mun_test_path(f->dir, "second.key");
	char *before;
	char *after;
	mun_auto(signkey) *a = NULL;
	mun_auto(signkey) *b = NULL;
	struct mun_signkey *c = NULL;
	struct mun_err e;

	assert_int_equal(mun_signkey_create(f->path, &a, &e), 0);
	assert_int_equal(mun_signkey_create(second, &b, &e), 0);
	assert_string_not_equal(mun_signkey_id(a), mun_signkey_id(b));
	before = mun_test_read(f->path, NULL);
	assert_int_equal(mun_signkey_create(f->path, &c, &e), MUN_EEXIST);
	assert_null(c);
	after = mun_test_read(f->path, NULL);
	assert_string_equal(before, after);
	free(before);
	free(after);
	free(second);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0601, 0666 };
	struct fixture *f = *state;
	mun_auto(signkey) *made = NULL;
	struct mun_signkey *k = NULL;
	struct mun_err e;

	assert_int_equal(mun_signkey_create(f->path, &made, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(modes); i++) {
		assert_int_equal(chmod(f->path, modes[i]), 0);
		assert_int_equal(mun_signkey_load(f->path, &k, &e), MUN_EINVAL);
	}
	assert_int_equal(chmod(f->path, 0400), 0);
	assert_int_equal(mun_signkey_load(f->path, &k, &e), 0);
	mun_signkey_free(k);
}

static void what_is_no_key_is_refused_without_asking(void **state)
{
	/* openssl ecparam -name prime256v1 -genkey | openssl pkcs8 -topk8
	 * -nocrypt; and an Ed25519 key with a passphrase */
	static const char *const texts[] = {
		"",
		"not a key\n",
		"-----BEGIN PRIVATE KEY-----\n"
		"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgP5OSTlbSQ+aJKyt2\n"
		"-----END PRIVATE KEY-----\n",
	};
	struct fixture *f = *state;
	struct mun_signkey *k = NULL;
	uint8_t public_key[MUN_SIGNKEY_PUBLIC];
	char large[5000];
	struct mun_err e;

	assert_int_equal(mun_signkey_load(f->path, &k, &e), MUN_ENOENT);
	for (size_t i = 0; i < MUN_COUNT(texts); i++) {
		mun_test_write(f->path, texts[i], strlen(texts[i]));
		assert_int_equal(chmod(f->path, 0600), 0);
		assert_int_equal(mun_signkey_load(f->path, &k, &e),
				 MUN_ECORRUPT);
		assert_int_equal(mun_signkey_public_of_pem(texts[i],
							   strlen(texts[i]),
							   public_key, &e),
				 MUN_ECORRUPT);
	}
	memset(large, 'x', sizeof(large));
	mun_test_write(f->path, large, sizeof(large));
	assert_int_equal(mun_signkey_load(f->path, &k, &e), MUN_ECORRUPT);
	assert_null(k);
}

/* Keys that the openssl command made: one that is ours, and four that are
 * not. */
static void keys_of_the_openssl_command_are_told_apart(void **state)
{
	static const struct {
		const char *command;
		int want;
	} cases[] = {
		{ "openssl genpkey -algorithm ed25519 -out %s", 0 },
		{ "openssl genpkey -algorithm x25519 -out %s", MUN_ECORRUPT },
		{ "openssl genpkey -algorithm ed448 -out %s", MUN_ECORRUPT },
		{ "openssl ecparam -name prime256v1 -genkey -noout -out %s",
		  MUN_ECORRUPT },
		{ "openssl genpkey -algorithm ed25519 -aes-128-cbc -pass pass:x -out %s",
		  MUN_ECORRUPT },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_str command = { 0 };
		struct mun_signkey *k = NULL;
		struct mun_err e;
		const char *path = strstr(cases[i].command, "%s");
		char *argv[] = { NULL, NULL, NULL, NULL };
		pid_t pid;
		int status;

		mun_str_add_bytes(&command, cases[i].command,
				  (size_t)(path - cases[i].command));
		mun_str_addf(&command, "'%s' 2>/dev/null", f->path);
		argv[0] = (char[]){ "sh" };
		argv[1] = (char[]){ "-c" };
		argv[2] = command.text;
		pid = fork();
		assert_true(pid >= 0);
		if (!pid) {
			(void)execv("/bin/sh", argv);
			_exit(127);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(chmod(f->path, 0600), 0);
		assert_int_equal(mun_signkey_load(f->path, &k, &e),
				 cases[i].want);
		mun_signkey_free(k);
		mun_str_free(&command);
	}
}

static void every_fault_leaves_a_whole_key_or_none(void **state)
{
	struct fixture *f = *state;
	int n = 0;

	mun_fault_install(MUN_CALL_MUTATING, EIO);
	for (;; n++) {
		struct mun_signkey *k = NULL;
		struct mun_signkey *again = NULL;
		struct mun_err e;
		int rc;

		mun_fault_arm(n);
		rc = mun_signkey_create(f->path, &k, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			mun_signkey_free(k);
			break;
		}
		assert_int_equal(rc, MUN_EIO);
		mun_fault_arm(-1);
		assert_int_equal(mun_test_count_entries(f->dir), 0);
		assert_int_equal(mun_signkey_load(f->path, &again, &e),
				 MUN_ENOENT);
	}
	/* open, write, fsync, close, rename, open and fsync of the folder */
	assert_int_equal(n, 7);
}

static int (*open_before)(const char *path, int flags, mode_t mode);
static mode_t widest;

static int watch_open(const char *path, int flags, mode_t mode)
{
	if (flags & O_CREAT)
		widest |= mode;
	return open_before(path, flags, mode);
}

static void no_moment_shows_the_key_to_others(void **state)
{
	struct fixture *f = *state;
	mun_auto(signkey) *k = NULL;
	struct mun_err e;

	open_before = mun_sys.open;
	mun_sys.open = watch_open;
	widest = 0;
	assert_int_equal(mun_signkey_create(f->path, &k, &e), 0);
	mun_sys = mun_sys_real;
	assert_int_equal(widest, 0600);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(signatures_of_the_rfc_verify_and_changed_ones_do_not),
		TEST(the_id_is_of_the_public_key),
		TEST(a_key_is_made_used_and_loaded_again),
		TEST(two_keys_differ_and_neither_replaces_the_other),
		TEST(a_key_that_others_may_read_is_refused),
		TEST(what_is_no_key_is_refused_without_asking),
		TEST(keys_of_the_openssl_command_are_told_apart),
		TEST(every_fault_leaves_a_whole_key_or_none),
		TEST(no_moment_shows_the_key_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
