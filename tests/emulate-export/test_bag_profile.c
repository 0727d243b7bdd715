/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_bag_profile.c - bags as an institution wants them */
#include "emulate-export/bag_profile.h"

#include <stdio.h>

#include "core/check.h"
#include "tests/support/support.h"

#define SHA (MUN_DIGEST_BIT(MUN_SHA256) | MUN_DIGEST_BIT(MUN_SHA512))
#define INFO "\"BagIt-Profile-Info\":{\"BagIt-Profile-Identifier\":\"u:p\"}"

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
	mun_test_dir_remove(dir);
	return 0;
}

static int load(const char *text, struct mun_bag_profile **out,
		struct mun_err *e)
{
	char *path = mun_test_path(dir, "profile.json");
	int rc;

	mun_test_write(path, text, strlen(text));
	rc = mun_bag_profile_load(path, out, e);
	free(path);
	return rc;
}

/* The tags of an ordinary bag. */
static struct mun_bag_tags tags(void)
{
	struct mun_bag_tags t = { 0 };
	struct mun_err e;

	assert_int_equal(
		mun_bag_tag_add(&t, "Source-Organization", "An Archive", &e),
		0);
	assert_int_equal(
		mun_bag_tag_add(&t, "External-Identifier", "urn:1", &e), 0);
	assert_int_equal(
		mun_bag_tag_add(&t, "External-Identifier", "urn:2", &e), 0);
	return t;
}

struct rule {
	const char *body;
	enum mun_package_kind kind;
	const char *says; /* NULL: it is met */
};

static void check_rule(const struct rule *r)
{
	mun_auto(bag_profile) *p = NULL;
	struct mun_bag_tags t = tags();
	char text[1024];
	struct mun_err e;
	int rc;

	(void)snprintf(text, sizeof(text), "{" INFO "%s%s}",
		       *r->body ? "," : "", r->body);
	assert_int_equal(load(text, &p, &e), 0);
	rc = mun_bag_profile_check(p, &t, SHA, r->kind, &e);
	mun_bag_tags_clear(&t);
	if (!r->says) {
		if (rc)
			fail_msg("%s: %s", r->body,
				 mun_err_text(&e, text, sizeof(text), 0));
		return;
	}
	if (rc != MUN_EUNSUPPORTED)
		fail_msg("%s: %d", r->body, rc);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, r->says))
		fail_msg("%s: '%s' does not say '%s'", r->body, text, r->says);
}

static void each_rule_is_kept(void **state)
{
	static const struct rule rules[] = {
		{ "", MUN_PACKAGE_DIR, NULL },
		{ "\"Bag-Info\":{\"Source-Organization\":{\"required\":true}}",
		  MUN_PACKAGE_DIR, NULL },
		{ "\"Bag-Info\":{\"source-organization\":{\"required\":true}}",
		  MUN_PACKAGE_DIR, NULL },
		{ "\"Bag-Info\":{\"Contact-Name\":{\"required\":true}}",
		  MUN_PACKAGE_DIR, "--bag-info 'Contact-Name" },
		{ "\"Bag-Info\":{\"Contact-Name\":{\"required\":false}}",
		  MUN_PACKAGE_DIR, NULL },
		{ "\"Bag-Info\":{\"External-Identifier\":"
		  "{\"repeatable\":false}}",
		  MUN_PACKAGE_DIR, "once" },
		{ "\"Bag-Info\":{\"Source-Organization\":"
		  "{\"values\":[\"Another\"]}}",
		  MUN_PACKAGE_DIR, "An Archive" },
		{ "\"Bag-Info\":{\"Source-Organization\":"
		  "{\"values\":[\"Another\",\"An Archive\"]}}",
		  MUN_PACKAGE_DIR, NULL },
		{ "\"Manifests-Allowed\":[\"sha512\"]", MUN_PACKAGE_DIR,
		  "sha256" },
		{ "\"Manifests-Allowed\":[\"sha512\",\"SHA-256\"]",
		  MUN_PACKAGE_DIR, NULL },
		{ "\"Tag-Manifests-Allowed\":[\"md5\"]", MUN_PACKAGE_DIR,
		  "sha256" },
		{ "\"Serialization\":\"required\"", MUN_PACKAGE_DIR,
		  "--package" },
		{ "\"Serialization\":\"required\"", MUN_PACKAGE_TAR, NULL },
		{ "\"Serialization\":\"forbidden\"", MUN_PACKAGE_ZIP,
		  "--package dir" },
		{ "\"Accept-Serialization\":[\"application/zip\"]",
		  MUN_PACKAGE_TAR, "application/x-tar" },
		{ "\"Accept-Serialization\":[\"application/zip\"]",
		  MUN_PACKAGE_ZIP, NULL },
		{ "\"Accept-BagIt-Version\":[\"0.97\"]", MUN_PACKAGE_DIR,
		  "1.0" },
		{ "\"Tag-Files-Required\":[\"bag-info.txt\"]", MUN_PACKAGE_DIR,
		  NULL },
		{ "\"Tag-Files-Required\":[\"dpn/info.txt\"]", MUN_PACKAGE_DIR,
		  "dpn/info.txt" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(rules); i++)
		check_rule(&rules[i]);
}

static void digests_that_are_asked_for_are_known_or_refused(void **state)
{
	mun_auto(bag_profile) *p = NULL;
	mun_auto(bag_profile) *other = NULL;
	unsigned int algs;
	struct mun_err e;

	(void)state;
	assert_int_equal(load("{" INFO ",\"Manifests-Required\":[\"md5\"],"
			      "\"Tag-Manifests-Required\":[\"sha1\"]}",
			      &p, &e),
			 0);
	assert_int_equal(mun_bag_profile_algs(p, &algs, &e), 0);
	assert_int_equal(algs,
			 MUN_DIGEST_BIT(MUN_MD5) | MUN_DIGEST_BIT(MUN_SHA1));
	assert_string_equal(mun_bag_profile_identifier(p), "u:p");
	assert_int_equal(load("{" INFO
			      ",\"Manifests-Required\":[\"whirlpool\"]}",
			      &other, &e),
			 0);
	assert_int_equal(mun_bag_profile_algs(other, &algs, &e),
			 MUN_EUNSUPPORTED);
}

static void what_is_no_profile_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{",
		"1",
		"{\"BagIt-Profile-Info\":[]}",
		"{" INFO ",\"Bag-Info\":[]}",
		"{" INFO ",\"Serialization\":1}",
		"{" INFO ",\"Manifests-Required\":\"md5\"}",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(texts); i++) {
		mun_auto(bag_profile) *p = NULL;
		struct mun_err e;

		assert_int_equal(load(texts[i], &p, &e), MUN_ECORRUPT);
		assert_null(p);
	}
}

static void a_line_takes_the_place_of_ours(void **state)
{
	static const char *const bad[] = {
		"no colon",
		": value",
		"Name:",
		"Na me: x",
		"Payload-Oxum: 1.1",
		"bagging-date: 2026-01-01",
		"Bag-Software-Agent: x",
	};
	struct mun_bag_tags t = tags();
	struct mun_str s = { 0 };
	const char *value = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_bag_tag_set(&t, "external-identifier=mine", &e),
			 0);
	assert_int_equal(mun_bag_tag_find(&t, "External-Identifier", &value),
			 1);
	assert_string_equal(value, "mine");
	assert_int_equal(mun_bag_tag_set(&t, "X: a\nPayload-Oxum: 9.9", &e), 0);
	for (size_t i = 0; i < MUN_COUNT(bad); i++)
		assert_int_equal(mun_bag_tag_set(&t, bad[i], &e), MUN_EINVAL);
	mun_bag_tags_write(&t, &s);
	assert_string_equal(s.text, "Source-Organization: An Archive\n"
				    "external-identifier: mine\n"
				    "X: a\\x0aPayload-Oxum: 9.9\n");
	mun_str_free(&s);
	mun_bag_tags_clear(&t);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_rule_is_kept),
		TEST(digests_that_are_asked_for_are_known_or_refused),
		TEST(what_is_no_profile_is_refused),
		TEST(a_line_takes_the_place_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
