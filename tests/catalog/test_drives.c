/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_drives.c - the running record of drives */
#include "catalog/drives.h"

#include <string.h>

#include "catalog/migrate.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/support/support.h"

/* Agents of the world: A was given other firmware; N has no serial number. */
enum { A, A_NEW, B, N, BLOCKER, AGENTS };
static const struct mun_rec_agent agents[AGENTS] = {
	[A] = { "019a0000-aaaa-7000-8000-00000000000a", "hardware",
		"TEAC FD-05HGS", "firmware 1.0", "serial 4711" },
	[A_NEW] = { "019a0000-aaaa-7000-8000-00000000000b", "hardware",
		    "TEAC FD-05HGS", "firmware 1.1",
		    "serial 4711; bus usb; naa.5000c500a1b2c3d4" },
	[B] = { "019a0000-bbbb-7000-8000-00000000000c", "hardware",
		"PLEXTOR CD-R PX-W4824A", "", "serial 4712; bus ata" },
	[N] = { "019a0000-cccc-7000-8000-00000000000d", "hardware",
		"TEAC FD-05PUB", "", "" },
	[BLOCKER] = { "019a0000-dddd-7000-8000-00000000000e", "hardware",
		      "Tableau T8u", "", MUN_BLOCKER_NOTE },
};

/* One reading of one medium. */
struct did {
	unsigned int object; /* from 1 */
	int agent;
	const char *started;
	bool old; /* an event without a reading */
	uint64_t unreadable, untried, doubtful;
};

static char *dir;
static struct mun_catalog *c;

static int set_up(void **state)
{
	(void)state;
	dir = mun_test_dir();
	c = catalog_sample_new(dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_catalog_close(c);
	mun_test_dir_remove(dir);
	return 0;
}

static void add_imaging(struct mun_record *r, const struct did *d,
			unsigned int n)
{
	struct mun_rec_event *ev = mun_record_add_event(r);
	struct mun_rec_reading *x;

	assert_non_null(ev);
	ev->id = mun_arena_fmt(r->arena, "019a0000-eeee-7000-8000-%06x%06x",
			       d->object, n);
	ev->type = "imaging";
	ev->started = d->started;
	ev->outcome = d->unreadable ? "warning" : "success";
	mun_event_link_agent(r, ev, agents[d->agent].id, "");
	if (d->old)
		return;
	mun_event_link_agent(r, ev, agents[BLOCKER].id, "");
	x = mun_event_add_reading(r, ev);
	assert_non_null(x);
	*x = (struct mun_rec_reading){
		.drive = agents[d->agent].id,
		.stopped = d->untried ? MUN_STOPPED_TIME : "",
		.bytes = 1000,
		.sector_bytes = 10,
		.unreadable = d->unreadable,
		.untried = d->untried,
		.doubtful = d->doubtful,
		.good = 1000 - d->unreadable - d->untried - d->doubtful,
		.read_bytes = 500,
		.reads = 40,
		.failed_reads = d->unreadable / 10,
		.slow_reads = 3,
		.corrected = 2,
		.reopened = 1,
		.elapsed_ms = 12345,
	};
}

/* The object of @list[0], with as many readings as belong to it. */
static size_t put(const struct did *list, size_t n)
{
	struct mun_record *r = catalog_sample_small(list->object);
	uint64_t lost = 0;
	struct mun_err e;
	size_t k = 0;

	for (int i = 0; i < AGENTS; i++) {
		struct mun_rec_agent *a = mun_record_add_agent(r);

		assert_non_null(a);
		*a = agents[i];
	}
	for (; k < n && list[k].object == list->object; k++) {
		add_imaging(r, &list[k], (unsigned int)k);
		lost = list[k].unreadable;
	}
	r->outcome = lost ? "partial" : "complete";
	r->unreadable_bytes = lost;
	assert_int_equal(mun_catalog_put(c, r, &e), 0);
	mun_record_free(r);
	return k;
}

static struct mun_drives *world(const struct did *list, size_t n)
{
	struct mun_drives *d = NULL;
	struct mun_err e;

	for (size_t i = 0; i < n;)
		i += put(list + i, n - i);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	assert_int_equal(mun_drives_load(c, &d, &e), 0);
	return d;
}
#define WORLD(list) world(list, MUN_COUNT(list))

static const struct mun_drive *drive(const struct mun_drives *d,
				     const char *name)
{
	struct mun_err e;
	size_t i = 0;

	if (mun_drives_find(d, name, &i, &e))
		fail_msg("%s", e.lines[0].text);
	return &d->of[i];
}

static struct mun_drive_judgement judge(const struct mun_drives *d,
					const char *name)
{
	struct mun_drive_judgement j;

	mun_drives_judge(d, (size_t)(drive(d, name) - d->of), &j);
	return j;
}

static void without_imaging_there_is_no_drive(void **state)
{
	struct mun_drives *d = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_drives_load(c, &d, &e), 0);
	assert_int_equal(d->n, 0);
	mun_drives_free(d);
}

static void what_a_drive_read_is_added_up(void **state)
{
	static const struct did list[] = {
		{ 1, A, "2026-01-02T10:00:00Z", .unreadable = 0 },
		{ 2, A, "2026-01-03T10:00:00Z", .unreadable = 20,
		  .untried = 100 },
		{ 2, A, "2026-01-03T11:00:00Z", .unreadable = 30 },
		{ 3, A, "2026-01-01T10:00:00Z", .doubtful = 10 },
		{ 4, B, "2026-01-04T10:00:00Z", .unreadable = 0 },
	};
	struct mun_drives *d = WORLD(list);
	const struct mun_drive *x;

	(void)state;
	assert_int_equal(d->n, 2);
	/* Last used first; the blocker is none. */
	assert_string_equal(d->of[0].name, agents[B].name);
	x = drive(d, "TEAC");
	assert_string_equal(x->id, agents[A].id);
	assert_string_equal(x->serial, "4711");
	assert_string_equal(x->firmware, "1.0");
	assert_string_equal(x->first_used, "2026-01-01T10:00:00Z");
	assert_string_equal(x->last_used, "2026-01-03T11:00:00Z");
	assert_int_equal(x->media, 3);
	assert_int_equal(x->known, 3);
	assert_int_equal(x->outcomes[MUN_DRIVE_COMPLETE], 1);
	assert_int_equal(x->outcomes[MUN_DRIVE_DOUBTFUL], 1);
	assert_int_equal(x->outcomes[MUN_DRIVE_PARTIAL], 1);
	/* A medium counts once, as its last reading left it; what was done
	 * counts each time. */
	assert_int_equal(x->medium_bytes, 3000);
	assert_int_equal(x->unreadable, 30);
	assert_int_equal(x->doubtful, 10);
	assert_int_equal(x->read_bytes, 2000);
	assert_int_equal(x->reads, 160);
	assert_int_equal(x->failed_reads, 5);
	assert_int_equal(x->slow_reads, 12);
	assert_int_equal(x->corrected, 8);
	assert_int_equal(x->reopened, 4);
	assert_int_equal(x->nlast, 3);
	assert_int_equal(x->last[0], MUN_DRIVE_PARTIAL);
	assert_int_equal(x->last[1], MUN_DRIVE_COMPLETE);
	assert_int_equal(x->last[2], MUN_DRIVE_DOUBTFUL);
	mun_drives_free(d);
}

static void a_drive_stays_one_with_other_firmware(void **state)
{
	static const struct did list[] = {
		{ 1, A_NEW, "2026-03-01T10:00:00Z", .unreadable = 0 },
		{ 2, A, "2026-02-01T10:00:00Z", .unreadable = 0 },
		{ 3, N, "2026-01-01T10:00:00Z", .unreadable = 0 },
	};
	struct mun_drives *d = WORLD(list);

	(void)state;
	assert_int_equal(d->n, 2);
	assert_int_equal(d->of[0].nagents, 2);
	assert_int_equal(d->of[0].media, 2);
	assert_string_equal(d->of[0].id, agents[A_NEW].id);
	assert_string_equal(d->of[0].firmware, "1.1");
	assert_string_equal(d->of[0].first_used, "2026-02-01T10:00:00Z");
	assert_string_equal(d->of[1].serial, "");
	mun_drives_free(d);
}

static void what_old_events_do_not_tell_is_not_zero(void **state)
{
	static const struct did list[] = {
		{ 1, A, "2026-01-01T10:00:00Z", .old = true, .unreadable = 70 },
		{ 2, A, "2026-01-02T10:00:00Z", .old = true },
		{ 3, A_NEW, "2026-01-03T10:00:00Z", .unreadable = 10 },
	};
	struct mun_drives *d = WORLD(list);
	const struct mun_drive *x = &d->of[0];

	(void)state;
	assert_int_equal(d->n, 1);
	assert_int_equal(x->media, 3);
	assert_int_equal(x->known, 1);
	assert_int_equal(x->medium_bytes, 1000);
	assert_int_equal(x->unreadable, 10);
	/* The objects say what became of them. */
	assert_int_equal(x->outcomes[MUN_DRIVE_PARTIAL], 2);
	assert_int_equal(x->outcomes[MUN_DRIVE_COMPLETE], 1);
	mun_drives_free(d);
}

static void only_the_newest_outcomes_are_remembered(void **state)
{
	struct did list[25];
	char when[25][MUN_TIME_LEN];
	struct mun_drives *d;

	(void)state;
	for (unsigned int i = 0; i < MUN_COUNT(list); i++) {
		/* In an order that is not that of time. */
		unsigned int day = 1 + i * 7 % 25;

		(void)snprintf(when[i], sizeof(when[i]),
			       "2026-01-%02uT10:00:00Z", day);
		list[i] = (struct did){ i + 1, A, when[i],
					.unreadable = day % 3 ? 0 : 10 };
	}
	d = WORLD(list);
	assert_int_equal(d->of[0].nlast, MUN_DRIVE_LAST);
	for (unsigned int i = 0; i < MUN_DRIVE_LAST; i++)
		assert_int_equal(d->of[0].last[i], (25 - i) % 3
							   ? MUN_DRIVE_COMPLETE
							   : MUN_DRIVE_PARTIAL);
	mun_drives_free(d);
}

static void a_drive_that_others_outdo_is_suspected(void **state)
{
	static const struct did list[] = {
		/* B goes on where A gave up, and reads the rest. */
		{ 1, A, "2026-01-01T10:00:00Z", .unreadable = 50 },
		{ 1, B, "2026-01-01T11:00:00Z", .unreadable = 0 },
		/* The other way round: A adds nothing. */
		{ 2, B, "2026-01-02T10:00:00Z", .unreadable = 30 },
		{ 2, A, "2026-01-02T11:00:00Z", .unreadable = 30 },
		/* B left much untried, but lacks less than A lost. */
		{ 3, A, "2026-01-03T10:00:00Z", .unreadable = 500 },
		{ 3, B, "2026-01-03T11:00:00Z", .unreadable = 100,
		  .untried = 300 },
	};
	struct mun_drives *d = WORLD(list);
	struct mun_drive_judgement j = judge(d, "TEAC");

	(void)state;
	assert_int_equal(drive(d, "TEAC")->others_better, 2);
	assert_int_equal(drive(d, "TEAC")->others_not, 1);
	assert_int_equal(j.verdict, MUN_DRIVE_SUSPECT);
	assert_int_equal(drive(d, "PLEXTOR")->others_better, 0);
	assert_int_equal(drive(d, "PLEXTOR")->others_not, 2);
	assert_int_equal(judge(d, "PLEXTOR").verdict, MUN_DRIVE_MEDIA);
	mun_drives_free(d);
}

static void what_is_untried_is_not_held_against_a_drive(void **state)
{
	static const struct did list[] = {
		{ 1, A, "2026-01-01T10:00:00Z", .untried = 400 },
		{ 1, B, "2026-01-01T11:00:00Z", .unreadable = 100 },
	};
	struct mun_drives *d = WORLD(list);

	(void)state;
	assert_int_equal(drive(d, "TEAC")->others_better, 0);
	assert_int_equal(drive(d, "PLEXTOR")->others_better, 0);
	mun_drives_free(d);
}

/* @of_a of @media media of A partial, @of_b of those of B. */
static struct mun_drive_judgement shares(unsigned int of_a, unsigned int of_b,
					 unsigned int media)
{
	static struct did list[128];
	struct mun_drives *d;
	struct mun_drive_judgement j;

	assert_true(2 * media <= MUN_COUNT(list));
	for (unsigned int i = 0; i < 2 * media; i++)
		list[i] = (struct did){
			.object = i + 1,
			.agent = i < media ? A : B,
			.started = "2026-01-01T10:00:00Z",
			.unreadable =
				i % media < (i < media ? of_a : of_b) ? 10 : 0,
		};
	d = world(list, (size_t)2 * media);
	j = judge(d, "4711");
	mun_drives_free(d);
	return j;
}

static void the_share_of_partial_media_tells_where_nothing_else_does(void **s)
{
	struct mun_drive_judgement j = shares(5, 0, 5);

	(void)s;
	/* 1 of the 252 ways to take 5 of 10. */
	assert_true(j.chance > 0.003968 && j.chance < 0.003969);
	assert_int_equal(j.verdict, MUN_DRIVE_SUSPECT);
	assert_int_equal(j.partial, 5);
	assert_int_equal(j.media, 5);
	assert_int_equal(j.others_partial, 0);
	assert_int_equal(j.others_media, 5);
}

static void as_many_as_elsewhere_are_the_media(void **state)
{
	(void)state;
	assert_int_equal(shares(4, 5, 20).verdict, MUN_DRIVE_MEDIA);
}

static void a_few_more_than_elsewhere_are_unclear(void **state)
{
	(void)state;
	assert_int_equal(shares(3, 1, 20).verdict, MUN_DRIVE_UNCLEAR);
}

static void too_few_media_say_nothing(void **state)
{
	(void)state;
	assert_int_equal(shares(4, 0, 4).verdict, MUN_DRIVE_UNCLEAR);
}

static void a_drive_without_partial_media_is_good(void **state)
{
	(void)state;
	assert_int_equal(shares(0, 3, 5).verdict, MUN_DRIVE_GOOD);
}

struct seen {
	size_t n;
	char text[2048];
};

static int see(void *ctx, const struct mun_drive_medium *m, struct mun_err *e)
{
	struct seen *s = ctx;
	size_t len = strlen(s->text);

	(void)e;
	s->n++;
	(void)snprintf(
		s->text + len, sizeof(s->text) - len,
		"%.13s %s %s known %d lost %u readings %u others %u %s\n",
		m->started, m->label, mun_drive_outcome_name(m->outcome),
		m->known, (unsigned int)m->unreadable, m->readings, m->others,
		m->other);
	return 0;
}

static void its_media_come_newest_first(void **state)
{
	static const struct did list[] = {
		{ 1, A, "2026-01-01T10:00:00Z", .unreadable = 50 },
		{ 1, B, "2026-01-01T11:00:00Z", .unreadable = 20 },
		{ 1, A_NEW, "2026-01-01T12:00:00Z", .unreadable = 20 },
		{ 2, A_NEW, "2026-03-01T10:00:00Z", .doubtful = 5 },
		{ 3, A, "2025-12-01T10:00:00Z", .old = true, .unreadable = 9 },
		{ 4, B, "2026-01-01T10:00:00Z", .unreadable = 0 },
		{ 5, A, "2026-02-01T10:00:00Z", .unreadable = 10 },
		{ 5, B, "2026-02-01T11:00:00Z", .unreadable = 0 },
	};
	struct mun_drives *d = WORLD(list);
	struct seen s = { 0 };
	struct mun_err e;
	size_t i = 0;

	(void)state;
	assert_int_equal(mun_drives_find(d, "4711", &i, &e), 0);
	assert_int_equal(mun_drives_media(c, d, i, see, &s, &e), 0);
	assert_string_equal(
		s.text,
		"2026-03-01T10 Diskette 2 \"Lohn & Gehalt\" doubtful known 1 "
		"lost 0 readings 1 others 0 \n"
		"2026-02-01T10 Diskette 5 \"Lohn & Gehalt\" partial known 1 "
		"lost 10 readings 1 others 1 PLEXTOR CD-R PX-W4824A\n"
		"2026-01-01T12 Diskette 1 \"Lohn & Gehalt\" partial known 1 "
		"lost 20 readings 2 others 2 \n"
		"2025-12-01T10 Diskette 3 \"Lohn & Gehalt\" partial known 0 "
		"lost 9 readings 1 others 0 \n");
	mun_drives_free(d);
}

static void a_drive_is_found_by_what_people_know_of_it(void **state)
{
	static const struct did list[] = {
		{ 1, A, "2026-01-01T10:00:00Z", .unreadable = 0 },
		{ 2, B, "2026-01-01T10:00:00Z", .unreadable = 0 },
		{ 3, N, "2026-01-01T10:00:00Z", .unreadable = 0 },
	};
	static const struct {
		const char *text;
		int rc;
		int agent;
	} cases[] = {
		{ "019a0000-aaaa-7000-8000-00000000000a", 0, A },
		{ "019A0000-BBBB", 0, B },
		{ "4711", 0, A },
		{ "4712", 0, B },
		{ "teac fd-05hgs", 0, A },
		{ "TEAC FD-05PUB", 0, N },
		{ "plextor", 0, B },
		{ "TEAC", MUN_EINVAL, 0 },
		{ "019a", MUN_EINVAL, 0 },
		{ "019", MUN_ENOENT, 0 },
		{ "Tableau", MUN_ENOENT, 0 },
		{ "47", MUN_ENOENT, 0 },
		{ "", MUN_ENOENT, 0 },
	};
	struct mun_drives *d = WORLD(list);
	struct mun_err e;

	(void)state;
	for (size_t k = 0; k < MUN_COUNT(cases); k++) {
		size_t i = 0;
		int rc = mun_drives_find(d, cases[k].text, &i, &e);

		if (rc != cases[k].rc)
			fail_msg("'%s' gives %d", cases[k].text, rc);
		if (!rc)
			assert_string_equal(d->of[i].id,
					    agents[cases[k].agent].id);
	}
	mun_drives_free(d);
}

/* All entries of the ledger that @old gives. */
static char *entries(struct mun_catalog *old)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(old, MUN_STMT_ENTRIES);
	struct mun_str s = { 0 };
	struct mun_err e;
	char *text;
	int rc;

	mun_query_int(&q, 0);
	mun_query_int(&q, INT64_MAX);
	while ((rc = mun_query_row(&q, &e)) > 0)
		mun_str_addf(&s, "%s\n", mun_column_text(&q, 1));
	assert_int_equal(rc, 0);
	assert_int_equal(mun_str_take(&s, &text, &e), 0);
	return text;
}

/* Made before there were readings: version 3, with what it then had. */
static void an_old_catalog_tells_of_its_drives(void **state)
{
	char *path = mun_test_path(dir, "old.db");
	char *script = mun_test_path(mun_test_source_dir(),
				     "tests/catalog/data/catalog-v1.sql");
	char *sql = mun_test_read(script, NULL);
	const struct mun_embedded then[] = {
		mun_sql_migrations[0],
		{ NULL, NULL, 0 },
	};
	const struct mun_embedded three[] = {
		mun_sql_migrations[0],
		mun_sql_migrations[1],
		mun_sql_migrations[2],
		{ NULL, NULL, 0 },
	};
	struct mun_catalog *old = NULL;
	struct mun_drives *d = NULL;
	char *before;
	char *after;
	struct mun_err e;

	(void)state;
	assert_non_null(sql);
	assert_int_equal(mun_migrate_init(path, then, &e), 0);
	catalog_sample_sql(path, sql);
	assert_int_equal(mun_migrate_open(path, three, &old, &e), 0);
	before = entries(old);
	mun_catalog_close(old);
	assert_int_equal(mun_catalog_open(path, &old, &e), 0);
	assert_int_equal(catalog_sample_problems(old, NULL), 0);
	/* What was signed then is still what the rows say. */
	after = entries(old);
	assert_non_null(strstr(before, "\"type\":\"imaging\""));
	assert_string_equal(after, before);
	free(before);
	free(after);
	assert_int_equal(mun_drives_load(old, &d, &e), 0);
	assert_true(d->n > 0);
	for (size_t i = 0; i < d->n; i++) {
		assert_true(d->of[i].media > 0);
		assert_int_equal(d->of[i].known, 0);
	}
	mun_drives_free(d);
	mun_catalog_close(old);
	free(sql);
	free(script);
	free(path);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(without_imaging_there_is_no_drive),
		T(what_a_drive_read_is_added_up),
		T(a_drive_stays_one_with_other_firmware),
		T(what_old_events_do_not_tell_is_not_zero),
		T(only_the_newest_outcomes_are_remembered),
		T(a_drive_that_others_outdo_is_suspected),
		T(what_is_untried_is_not_held_against_a_drive),
		T(the_share_of_partial_media_tells_where_nothing_else_does),
		T(as_many_as_elsewhere_are_the_media),
		T(a_few_more_than_elsewhere_are_unclear),
		T(too_few_media_say_nothing),
		T(a_drive_without_partial_media_is_good),
		T(its_media_come_newest_first),
		T(a_drive_is_found_by_what_people_know_of_it),
		T(an_old_catalog_tells_of_its_drives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
