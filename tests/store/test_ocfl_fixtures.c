/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/store/test_ocfl_fixtures.c - the verdicts on the official fixtures
 *
 * Expected values: the folder's name, "E003_E063_empty" and the like
 * (https://github.com/OCFL/fixtures, README).
 */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/store/store_support.h"

static unsigned int judged;

/* All codes that the name of a fixture carries, or any of them? */
static bool has_codes(const struct verdict *v, const char *name, bool all)
{
	bool every = true;
	bool any = false;

	while ((*name == 'E' || *name == 'W') &&
	       strspn(name + 1, "0123456789") == 3) {
		char code[5] = { name[0], name[1], name[2], name[3], 0 };
		bool has = verdict_has(v, code);

		every = every && has;
		any = any || has;
		name += 4;
		if (*name == '_')
			name++;
	}
	return all ? every && any : any;
}

static bool is_right(const char *kind, const char *name,
		     const struct verdict *v)
{
	if (!strcmp(kind, "good-objects"))
		return !v->counts.errors && !v->counts.warnings;
	if (!strcmp(kind, "warn-objects"))
		return !v->counts.errors && has_codes(v, name, true);
	return v->counts.errors && has_codes(v, name, false);
}

static unsigned int judge_one(const char *dir, const char *kind,
			      const char *name)
{
	char *scratch = mun_test_dir();
	char *copy = mun_test_path(scratch, "object");
	char *from = mun_test_path(dir, name);
	struct verdict v;
	bool right;

	copy_tree(from, copy);
	if (!strcmp(name, "E003_E063_empty")) {
		char *keep = mun_test_path(copy, ".keep");

		(void)unlink(keep);
		free(keep);
	}
	verdict_of(copy, &v);
	right = is_right(kind, name, &v);
	if (!right)
		printf("wrong: %s/%s:\n%s", kind, name, v.text);
	judged++;
	free(from);
	free(copy);
	mun_test_dir_remove(scratch);
	return !right;
}

static unsigned int judge_all(const char *version, const char *kind)
{
	char *dir = text_of("%s/ocfl/fixtures/%s/%s", mun_test_standards(),
			    version, kind);
	DIR *d = opendir(dir);
	unsigned int wrong = 0;
	const struct dirent *ent;

	assert_non_null(d);
	while ((ent = readdir(d))) {
		if (ent->d_name[0] != '.')
			wrong += judge_one(dir, kind, ent->d_name);
	}
	(void)closedir(d);
	free(dir);
	return wrong;
}

static void every_fixture_gets_the_verdict_of_its_name(void **state)
{
	static const char *const kinds[] = { "good-objects", "warn-objects",
					     "bad-objects" };
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		wrong += judge_all("1.0", kinds[i]);
		wrong += judge_all("1.1", kinds[i]);
	}
	printf("%u OCFL fixtures judged, %u wrong\n", judged, wrong);
	assert_int_equal(wrong, 0);
	/* 10 + 14 + 52 and 12 + 13 + 55 of OCFL/fixtures d323fc2 */
	assert_true(judged >= 156);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fixture_gets_the_verdict_of_its_name),
	};

	if (!mun_test_standards()) {
		printf("SKIP: no OCFL fixtures: set MUNIMENT_STANDARDS\n");
		return MUN_TEST_SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
