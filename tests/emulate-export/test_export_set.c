/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_export_set.c - several objects, rights, choices */
#include "emulate-export/export.h"

#include <stdio.h>
#include <unistd.h>

#include "catalog/custody.h"
#include "catalog/rights.h"
#include "core/json.h"
#include "emulate-export/media_set.h"
#include "tests/emulate-export/repository.h"
#include "tests/support/support.h"

#define FLOPPY ((size_t)737280)
#define OBJECTS 3u

static struct test_repository repo;
static struct mun_export_result result;
static uint8_t images[OBJECTS][FLOPPY];
static char ids[OBJECTS][MUN_UUID_LEN];
static char *masters[OBJECTS];
static const char *objects[OBJECTS];

static void must(int rc, const struct mun_err *e)
{
	char text[2048];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

/* Floppies of a PC, each with another byte in all its sectors. */
static void put_object(size_t i)
{
	static const char *const labels[OBJECTS] = { "Disk one", "Disk two",
						     "Disk three" };
	const struct test_object o = { .data = images[i],
				       .len = FLOPPY,
				       .name = "disk.img",
				       .format = "raw",
				       .label = labels[i] };

	memset(images[i], (int)(i + 1), FLOPPY);
	test_repository_put(&repo, &o);
	memcpy(ids[i], repo.id, sizeof(ids[i]));
	masters[i] = strdup(repo.master);
	objects[i] = ids[i];
}

static int setup(void **state)
{
	(void)state;
	test_repository_open(&repo);
	for (size_t i = 0; i < OBJECTS; i++)
		put_object(i);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < OBJECTS; i++)
		free(masters[i]);
	test_repository_close(&repo);
	return 0;
}

static struct mun_export_request request(const char *target)
{
	return (struct mun_export_request){ .objects = objects,
					    .nobjects = OBJECTS,
					    .target = target,
					    .output = repo.out };
}

static int export(const struct mun_export_request *q, struct mun_err *e)
{
	return mun_export(&repo.env, q, &result, e);
}

static char *read_in(const char *path)
{
	char *full = mun_test_path(result.path, path);
	char *text = mun_test_read(full, NULL);

	if (!text)
		fail_msg("no %s", full);
	free(full);
	return text;
}

/* Events of that type of all objects together. */
static size_t events(const char *type)
{
	size_t n = 0;

	for (size_t i = 0; i < OBJECTS; i++) {
		mun_auto(record) *r = NULL;
		struct mun_err e;

		must(mun_catalog_get(repo.catalog, ids[i], false, &r, &e), &e);
		for (size_t k = 0; k < r->nevents; k++)
			n += !strcmp(r->events[k].type, type);
	}
	return n;
}

static void assert_nothing_happened(void)
{
	assert_int_equal(test_repository_entries(&repo), 0);
	assert_int_equal(events("dissemination"), 0);
}

/* ---- sets ---- */

static void a_set_keeps_its_order_and_has_an_event_each(void **state)
{
	const struct mun_export_request q = request("raw");
	mun_autojson json_t *j = NULL;
	struct mun_err e;
	json_t *list;
	char *text;

	(void)state;
	must(export(&q, &e), &e);
	assert_non_null(strstr(result.path, "Disk-one"));
	assert_non_null(strstr(result.path, "and-2-more"));
	assert_int_equal(result.nimages, OBJECTS);
	assert_int_equal(events("dissemination"), OBJECTS);
	text = read_in("data/receipt.json");
	must(mun_json_parse(text, strlen(text), &j, &e), &e);
	free(text);
	list = json_object_get(j, "objects");
	assert_int_equal(json_array_size(list), OBJECTS);
	for (size_t i = 0; i < OBJECTS; i++) {
		assert_string_equal(result.images[i].object, ids[i]);
		assert_true(result.images[i].identical);
		assert_string_equal(json_string_value(json_object_get(
					    json_array_get(list, i), "object")),
				    ids[i]);
		text = read_in(result.images[i].path);
		assert_memory_equal(text, images[i], FLOPPY);
		free(text);
	}
	text = read_in("data/metadata/3/premis.xml");
	assert_non_null(strstr(text, ids[2]));
	free(text);
	text = read_in("data/README.txt");
	assert_non_null(strstr(text, "Medium 2 of 3"));
	free(text);
}

static void one_damaged_object_stops_the_set(void **state)
{
	const struct mun_export_request q = request("raw");
	struct mun_err e;

	(void)state;
	test_flip(masters[2], 5000);
	assert_int_equal(export(&q, &e), MUN_EFIXITY);
	assert_nothing_happened();
}

static void an_object_is_in_a_set_once(void **state)
{
	struct mun_export_request q = request("raw");
	struct mun_err e;

	(void)state;
	objects[2] = ids[0];
	assert_int_equal(export(&q, &e), MUN_EINVAL);
	q.nobjects = 0;
	assert_int_equal(export(&q, &e), MUN_EINVAL);
	q.nobjects = MUN_SET_MAX + 1;
	assert_int_equal(export(&q, &e), MUN_EINVAL);
	assert_nothing_happened();
}

/* ---- rights ---- */

static void restrict_saying(size_t i, const char *text)
{
	const struct mun_rec_rights x = { .agent = "",
					  .basis = MUN_BASIS_DONOR,
					  .act = MUN_ACT_DISSEMINATE,
					  .restricted = true,
					  .text = text,
					  .from = "",
					  .until = "",
					  .jurisdiction = "",
					  .citation = "",
					  .note = "" };
	char id[MUN_UUID_LEN];
	struct mun_err e;

	must(mun_rights_add(repo.catalog, ids[i], &x, NULL, NULL, id, &e), &e);
}

static void restrict_object(size_t i)
{
	restrict_saying(i, "not while she lives");
}

static void a_restriction_of_one_stops_the_set(void **state)
{
	const struct mun_export_request q = request("raw");
	char text[2048];
	struct mun_err e;

	(void)state;
	restrict_object(1);
	assert_int_equal(export(&q, &e), MUN_EUNSUPPORTED);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "not while she lives"));
	assert_non_null(strstr(text, "--authorised-by"));
	assert_nothing_happened();
}

/* Somebody else does, who has the same right to. */
static void restrict_now(void *ctx, const struct mun_progress *p)
{
	bool *done = ctx;

	if (!*done && strcmp(p->phase, "verifying") != 0) {
		*done = true;
		restrict_object(2);
	}
}

static void what_is_restricted_meanwhile_does_not_leave(void **state)
{
	bool done = false;
	const struct mun_progress_to to = { .fn = restrict_now, .ctx = &done };
	struct mun_export_request q = request("raw");
	char text[2048];
	struct mun_err e;

	(void)state;
	repo.env.progress = &to;
	assert_int_equal(export(&q, &e), MUN_EUNSUPPORTED);
	assert_true(done);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "not while she lives"));
	/* Who allowed what was known has not allowed this. */
	q.authorised_by = "Dr. Head";
	done = false;
	assert_int_equal(export(&q, &e), MUN_EUNSUPPORTED);
	assert_true(done);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "while the package was made"));
	repo.env.progress = NULL;
	assert_nothing_happened();
}

static void who_allows_it_is_recorded(void **state)
{
	struct mun_export_request q = request("raw");
	mun_auto(record) *r = NULL;
	const struct mun_rec_event *ev = NULL;
	bool authorizer = false;
	struct mun_err e;
	char *text;

	(void)state;
	restrict_object(1);
	q.authorised_by = "Dr. Head";
	q.purpose = "an exhibition";
	must(export(&q, &e), &e);
	must(mun_catalog_get(repo.catalog, ids[1], false, &r, &e), &e);
	for (size_t i = 0; i < r->nevents; i++)
		if (!strcmp(r->events[i].type, "dissemination"))
			ev = &r->events[i];
	assert_non_null(ev);
	assert_non_null(strstr(ev->detail, "an exhibition"));
	assert_non_null(strstr(ev->note, "not while she lives"));
	for (size_t i = 0; i < ev->nagents; i++)
		authorizer =
			authorizer || !strcmp(ev->agents[i].role, "authorizer");
	assert_true(authorizer);
	text = read_in("data/receipt.json");
	assert_non_null(strstr(text, "\"authorised_by\": \"Dr. Head\""));
	assert_non_null(strstr(text, "not while she lives"));
	free(text);
	text = read_in("data/README.txt");
	assert_non_null(strstr(text, "Dr. Head"));
	free(text);
	text = read_in("data/metadata/export.xml");
	assert_non_null(strstr(text, "agentName>Dr. Head<"));
	assert_non_null(strstr(text, ">authorizer<"));
	assert_non_null(strstr(text, "not while she lives"));
	free(text);
}

/* Each statement has up to 400 bytes of its text in a paper. */
static void many_restrictions_are_all_in_the_record(void **state)
{
	struct mun_export_request q = request("raw");
	char said[400];
	struct mun_err e;
	char *text;

	(void)state;
	memset(said, 'x', sizeof(said));
	said[sizeof(said) - 1] = '\0';
	for (size_t i = 0; i < 4; i++)
		restrict_saying(0, said);
	restrict_saying(1, "and the last");
	q.authorised_by = "Dr. Head";
	must(export(&q, &e), &e);
	text = read_in("data/metadata/export.xml");
	assert_non_null(strstr(text, "and the last"));
	free(text);
}

/* ---- findings that nobody has settled ---- */

/* Another copy is damaged; the one that is given out is verified now. */
static void an_open_incident_is_told_to_the_researcher(void **state)
{
	const struct mun_cat_incident what = { .object = ids[1],
					       .store = "main",
					       .path = "image/disk.img",
					       .kind = "mismatch",
					       .bytes = 512,
					       .text = "found by an audit" };
	const struct mun_export_request q = request("raw");
	char id[MUN_UUID_LEN];
	struct mun_err e;
	bool joined;
	char *text;

	(void)state;
	must(mun_catalog_incident_open(repo.catalog, &what, id, &joined, &e),
	     &e);
	must(export(&q, &e), &e);
	text = read_in("data/README.txt");
	assert_non_null(strstr(text, "In the repository 1 finding"));
	free(text);
	text = read_in("data/receipt.json");
	assert_non_null(strstr(text, "\"open_incidents\": 1"));
	assert_non_null(strstr(text, "\"open_incidents\": 0"));
	free(text);
}

/* ---- what a person says ---- */

static void texts_that_no_record_can_hold_are_refused(void **state)
{
	static const char *const bad[] = { "two\nlines", "\x1b[2J", "\xff" };
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mun_export_request q = request("raw");

		q.purpose = bad[i];
		assert_int_equal(export(&q, &e), MUN_EINVAL);
		q.purpose = NULL;
		q.authorised_by = bad[i];
		assert_int_equal(export(&q, &e), MUN_EINVAL);
	}
	assert_nothing_happened();
}

/* A variable that was not set is no name, and no text that could be seen. */
static void texts_that_say_nothing_are_refused(void **state)
{
	static const char *const blank[] = { "", " ", "  " };
	struct mun_err e;

	(void)state;
	restrict_object(1);
	for (size_t i = 0; i < 3; i++) {
		struct mun_export_request q = request("raw");

		q.authorised_by = blank[i];
		assert_int_equal(export(&q, &e),
				 i ? MUN_EINVAL : MUN_EUNSUPPORTED);
		q.authorised_by = "Dr. Head";
		q.prove = true;
		q.expect_text = blank[i];
		assert_int_equal(export(&q, &e), MUN_EINVAL);
	}
	assert_nothing_happened();
}

/* The operator's word is not only obeyed, it is recorded. */
static void the_platform_is_the_operators(void **state)
{
	struct mun_export_request q = request("raw");
	struct mun_err e;
	char *text;

	(void)state;
	q.platform = MUN_PLATFORM_ATARI_ST;
	must(export(&q, &e), &e);
	assert_int_equal(result.platform, MUN_PLATFORM_ATARI_ST);
	text = read_in("data/receipt.json");
	assert_non_null(strstr(text, "\"confidence\": \"operator\""));
	free(text);
	for (size_t i = 0; i < OBJECTS; i++) {
		mun_auto(record) *r = NULL;
		const char *note;

		must(mun_catalog_get(repo.catalog, ids[i], false, &r, &e), &e);
		note = r->events[r->nevents - 1].note;
		assert_non_null(
			strstr(note, "platform by the operator: atari-st"));
	}
}

/* ---- choices ---- */

struct asked {
	size_t targets, taking;
	bool raw;
};

static int count(void *ctx, const struct mun_media_set *s,
		 const struct mun_target_answer *a, struct mun_err *e)
{
	struct asked *k = ctx;

	(void)e;
	assert_int_equal(s->n, OBJECTS);
	k->targets++;
	k->taking += a->takes;
	/* There is a reason either way. */
	assert_true(a->takes ? a->plan.reason[0] : a->refusal[0]);
	if (a->takes && !strcmp(a->target->name, "raw"))
		k->raw = true;
	return 0;
}

static void every_target_answers_with_a_reason(void **state)
{
	const struct mun_export_request q = request(NULL);
	struct asked k = { 0 };
	struct mun_err e;
	size_t n = 0;

	(void)state;
	while (mun_targets[n])
		n++;
	must(mun_export_targets(&repo.env, &q, count, &k, &e), &e);
	assert_int_equal(k.targets, n);
	assert_true(k.raw);
	assert_nothing_happened();
}

static void without_a_target_the_best_is_taken(void **state)
{
	struct mun_export_request q = request(NULL);
	struct mun_err e;

	(void)state;
	q.platform = MUN_PLATFORM_AMIGA;
	q.dry_run = true;
	must(export(&q, &e), &e);
	assert_non_null(mun_target_find(result.target));
	assert_true(result.suit >= MUN_SUIT_DATA);
	assert_nothing_happened();
}

static void a_store_that_is_away_is_no_missing_file(void **state)
{
	const struct mun_export_request q = request("raw");
	char *ocfl = mun_test_path(repo.dir, "ocfl");
	char *away = mun_test_path(repo.dir, "away");
	struct mun_err e;

	(void)state;
	assert_int_equal(rename(ocfl, away), 0);
	assert_int_equal(export(&q, &e), MUN_EUNAVAILABLE);
	assert_int_equal(rename(away, ocfl), 0);
	assert_nothing_happened();
	free(ocfl);
	free(away);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_set_keeps_its_order_and_has_an_event_each),
		TEST(one_damaged_object_stops_the_set),
		TEST(an_object_is_in_a_set_once),
		TEST(a_restriction_of_one_stops_the_set),
		TEST(what_is_restricted_meanwhile_does_not_leave),
		TEST(who_allows_it_is_recorded),
		TEST(many_restrictions_are_all_in_the_record),
		TEST(an_open_incident_is_told_to_the_researcher),
		TEST(texts_that_no_record_can_hold_are_refused),
		TEST(texts_that_say_nothing_are_refused),
		TEST(the_platform_is_the_operators),
		TEST(every_target_answers_with_a_reason),
		TEST(without_a_target_the_best_is_taken),
		TEST(a_store_that_is_away_is_no_missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
