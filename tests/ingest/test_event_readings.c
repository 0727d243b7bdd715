/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_event_readings.c - runs of reading as events, in words */
#include "ingest/event_readings.h"

#include <stdio.h>
#include <string.h>

#include "catalog/drives.h"
#include "catalog/premis.h"
#include "core/check.h"
#include "ingest/event_add.h"
#include "ingest/protection.h"
#include "tests/support/support.h"

#define SECTOR 512u
#define SIZE (2880u * SECTOR)
#define MASTER "019a0000-0000-7000-8000-000000000001"

static const struct mun_device_facts teac = {
	.is_device = true,
	.kind = MUN_DEVICE_DISK,
	.bytes = SIZE,
	.sector_bytes = SECTOR,
	.name = "sdb",
	.vendor = "TEAC",
	.model = "FD-05HGS",
	.revision = "1.02",
	.serial = "4711",
	.wwid = "naa.5000c500a1b2c3d4",
	.bus = "usb",
	.was_readonly = false,
	.is_readonly = true,
};

/* What is made of some attempts. */
struct made {
	struct mun_record *r;
	struct mun_readmap map;
	const char *program;
	const char *person;
};

static void begin(struct made *m)
{
	struct mun_rec_file *f;
	struct mun_err e;

	assert_int_equal(mun_record_new(&m->r, &e), 0);
	m->r->id = "019a0000-0000-7000-8000-000000000000";
	m->r->created = "2026-11-22T17:30:00Z";
	m->r->source_kind = "device";
	m->r->outcome = "complete";
	f = mun_record_add_file(m->r);
	f->id = MASTER;
	f->path = "image/disk.img";
	f->role = MUN_ROLE_MASTER;
	assert_int_equal(mun_event_agent(m->r, "software", "muniment", "1", "",
					 &m->program, &e),
			 0);
	assert_int_equal(
		mun_event_agent(m->r, "person", "Ada", "", "", &m->person, &e),
		0);
	assert_int_equal(mun_readmap_init(&m->map, SIZE, &e), 0);
	assert_int_equal(mun_readmap_mark(&m->map, 0, SIZE, MUN_READ_GOOD, &e),
			 0);
}

static void mark(struct made *m, uint64_t lba, uint64_t n,
		 enum mun_read_state state)
{
	struct mun_err e;

	assert_int_equal(
		mun_readmap_mark(&m->map, lba * SECTOR, n * SECTOR, state, &e),
		0);
}

static const struct mun_rec_event *tell(struct made *m,
					const struct mun_attempts *all,
					const char *blocker, uint64_t runout)
{
	const struct mun_event_readings x = {
		.attempts = all,
		.map = &m->map,
		.sector_bytes = SECTOR,
		.runout = runout,
		.write_blocker = blocker,
		.operator_id = m->person,
		.program_id = m->program,
		.file_id = MASTER,
	};
	struct mun_str xml = { 0 };
	struct mun_err e;

	assert_int_equal(mun_event_readings(&x, m->r, &e), 0);
	assert_int_equal(m->r->nevents, all->n);
	/* It is a record that can be written. */
	if (mun_premis_write(m->r, &xml, &e))
		fail_msg("%s", e.lines[0].text);
	mun_str_free(&xml);
	return m->r->events;
}

static void end(struct made *m)
{
	mun_record_free(m->r);
	mun_readmap_clear(&m->map);
}

static struct mun_attempt attempt(const char *started, const char *ended)
{
	struct mun_attempt a = {
		.drive = teac,
		.policy = { .retries = 1 },
		.stats = { .read_bytes = SIZE,
			   .reads = 24,
			   .elapsed_ms = 83456 },
		.good_after = SIZE,
	};

	(void)snprintf(a.started, sizeof(a.started), "%s", started);
	(void)snprintf(a.ended, sizeof(a.ended), "%s", ended);
	return a;
}

static void adds_up(const struct mun_rec_reading *x)
{
	assert_int_equal(x->good + x->unreadable + x->runout + x->doubtful +
				 x->untried,
			 x->bytes);
}

static const struct mun_rec_agent *agent(const struct made *m, const char *id)
{
	for (size_t i = 0; i < m->r->nagents; i++)
		if (!strcmp(m->r->agents[i].id, id))
			return &m->r->agents[i];
	fail_msg("no agent %s", id);
	return NULL;
}

static void a_medium_that_was_wholly_read(void **state)
{
	struct mun_attempt a =
		attempt("2026-11-22T17:20:00Z", "2026-11-22T17:21:23Z");
	const struct mun_attempts all = { 1, &a };
	const struct mun_rec_event *ev;
	const struct mun_rec_agent *drive;
	struct made m;

	(void)state;
	begin(&m);
	ev = tell(&m, &all, "", 0);
	assert_string_equal(ev->type, "imaging");
	assert_string_equal(ev->started, "2026-11-22T17:20:00Z");
	assert_string_equal(ev->ended, "2026-11-22T17:21:23Z");
	assert_string_equal(ev->outcome, "success");
	assert_string_equal(
		ev->detail,
		"device read; 1474560 bytes; sector size 512; retry passes: 1; "
		"opened read-only and exclusively; kernel read-only flag of "
		"the device: set (before: not set); write-protect tab: the "
		"drive does not tell; write blocker: none");
	assert_string_equal(ev->note,
			    "1474560 of 1474560 bytes read well; 0 of 24 reads "
			    "failed; took 1m23s");
	assert_int_equal(ev->nagents, 3);
	drive = agent(&m, ev->agents[2].id);
	assert_string_equal(drive->type, "hardware");
	assert_string_equal(drive->name, "TEAC FD-05HGS");
	assert_string_equal(drive->version, "firmware 1.02");
	assert_string_equal(drive->note,
			    "serial 4711; bus usb; naa.5000c500a1b2c3d4");
	assert_string_equal(mun_drive_serial(m.r->arena, drive->note), "4711");
	assert_int_equal(ev->nobjects, 2);
	assert_string_equal(ev->objects[0].id, MUN_LINK_CARRIER);
	assert_string_equal(ev->objects[1].id, MASTER);
	assert_string_equal(ev->reading->drive, drive->id);
	assert_string_equal(ev->reading->stopped, "");
	assert_int_equal(ev->reading->good, SIZE);
	adds_up(ev->reading);
	end(&m);
}

static void what_was_not_had_is_named_and_counted(void **state)
{
	struct mun_attempt a =
		attempt("2026-11-22T17:20:00Z", "2026-11-22T17:21:23Z");
	const struct mun_attempts all = { 1, &a };
	const struct mun_rec_event *ev;
	struct made m;

	(void)state;
	a.policy = (struct mun_rescue_policy){
		.retries = 3,
		.max_time_ms = 1800000,
		.max_errors = 100,
		.min_rate = 65536,
		.no_scrape = true,
		.reverse = true,
	};
	a.stop = MUN_RESCUE_TIME;
	a.stats = (struct mun_rescue_stats){
		.read_bytes = 1000,
		.reads = 400,
		.failed_reads = 12,
		.slow_reads = 5,
		.corrected = 2,
		.reopened = 1,
		.elapsed_ms = 1800200,
		.nerrors = 2,
		.errors = { { .key = 3,
			      .asc = 0x11,
			      .count = 11,
			      .first_off = (uint64_t)64 * SECTOR },
			    { .sys = 5,
			      .count = 1,
			      .first_off = (uint64_t)2001 * SECTOR } },
	};
	begin(&m);
	mark(&m, 64, 1, MUN_READ_BAD);
	mark(&m, 2000, 3, MUN_READ_BAD);
	mark(&m, 100, 2, MUN_READ_DOUBTFUL);
	mark(&m, 2800, 80, MUN_READ_NOT_TRIED);
	mark(&m, 2799, 1, MUN_READ_NOT_SCRAPED);
	ev = tell(&m, &all, "", (uint64_t)2 * SECTOR);
	assert_string_equal(ev->outcome, "warning");
	assert_non_null(strstr(ev->detail,
			       "retry passes: 3, --max-time 30m00s, "
			       "--max-errors 100, --min-rate 65536, "
			       "--no-scrape, --reverse"));
	assert_string_equal(
		ev->note,
		"1430016 of 1474560 bytes read well; 4 sectors (2048 bytes) "
		"unreadable, filled with 0x00, the run-out among them (LBA 64, "
		"2000-2002); 1024 of these bytes are run-out, which holds no "
		"data; 2 sectors (1024 bytes) doubtful: a check failed, the "
		"data is kept (LBA 100-101); 41472 bytes not tried to the end, "
		"filled with 0x00; 12 of 400 reads failed: 11 x medium error, "
		"unrecovered read error (3/11/00) (the first from LBA 64 on), 1 "
		"x "
		"Input/output error (the first from LBA 2001 on); 5 were slow; 2 "
		"sectors mended by error correction; the drive went away and "
		"was opened again 1 times; took 30m00s; stopped after "
		"--max-time 30m00s; the read map has every range");
	assert_string_equal(ev->reading->stopped, MUN_STOPPED_TIME);
	assert_int_equal(ev->reading->unreadable, 2 * SECTOR);
	assert_int_equal(ev->reading->runout, 2 * SECTOR);
	assert_int_equal(ev->reading->doubtful, 2 * SECTOR);
	assert_int_equal(ev->reading->untried, 81 * SECTOR);
	assert_int_equal(ev->reading->failed_reads, 12);
	assert_int_equal(ev->reading->slow_reads, 5);
	assert_int_equal(ev->reading->corrected, 2);
	assert_int_equal(ev->reading->reopened, 1);
	adds_up(ev->reading);
	end(&m);
}

static void each_run_is_an_event_by_its_own_drive(void **state)
{
	struct mun_attempt two[] = {
		attempt("2026-11-22T17:20:00Z", "2026-11-22T17:20:00Z"),
		attempt("2026-11-23T09:00:00Z", "2026-11-23T09:01:00Z"),
	};
	const struct mun_attempts all = { 2, two };
	const struct mun_rec_event *ev;
	struct made m;

	(void)state;
	two[0].interrupted = true;
	two[0].good_after = 1000 * (uint64_t)SECTOR;
	two[0].bad_after = 4 * (uint64_t)SECTOR;
	two[0].untried_after = 1876 * (uint64_t)SECTOR;
	two[1].good_before = two[0].good_after;
	(void)snprintf(two[1].drive.serial, sizeof(two[1].drive.serial),
		       "4712");
	(void)snprintf(two[1].drive.bridge, sizeof(two[1].drive.bridge),
		       "ACME USB Dock");
	begin(&m);
	mark(&m, 7, 1, MUN_READ_BAD);
	ev = tell(&m, &all, "Tableau T8u", 0);
	assert_null(strstr(ev[0].detail, "behind"));
	assert_non_null(strstr(ev[1].detail, "; in or behind ACME USB Dock; "));
	/* The blocker is an agent of both, and only once in the record. */
	assert_int_equal(m.r->nagents, 5);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ev[i].nagents, 4);
		assert_string_equal(agent(&m, ev[i].agents[3].id)->name,
				    "Tableau T8u");
		assert_string_equal(agent(&m, ev[i].agents[3].id)->note,
				    MUN_BLOCKER_NOTE);
		adds_up(ev[i].reading);
	}
	assert_string_equal(ev[0].ended, "");
	assert_string_equal(ev[0].reading->stopped, MUN_STOPPED_INTERRUPTED);
	assert_int_equal(ev[0].reading->untried, 1876 * SECTOR);
	assert_non_null(strstr(ev[0].detail, "run 1 of 2"));
	assert_non_null(strstr(ev[0].note, "interrupted"));
	assert_null(strstr(ev[0].note, "LBA"));
	assert_int_equal(ev[0].nobjects, 1);
	assert_non_null(strstr(ev[1].detail,
			       "run 2 of 2, 512000 bytes were there before"));
	assert_non_null(strstr(ev[1].note, "(LBA 7)"));
	assert_int_equal(ev[1].nobjects, 2);
	assert_string_not_equal(ev[0].reading->drive, ev[1].reading->drive);
	assert_int_equal(ev[1].reading->good_before, 1000 * SECTOR);
	end(&m);
}

static void many_ranges_are_cut_and_said_to_be(void **state)
{
	struct mun_attempt a =
		attempt("2026-11-22T17:20:00Z", "2026-11-22T17:21:23Z");
	const struct mun_attempts all = { 1, &a };
	const struct mun_rec_event *ev;
	struct made m;

	(void)state;
	begin(&m);
	for (unsigned int i = 0; i < 23; i++)
		mark(&m, 2 * i, 1, MUN_READ_BAD);
	ev = tell(&m, &all, "", 0);
	assert_non_null(strstr(ev->note, ", 36, 38 and 3 more ranges)"));
	end(&m);
}

static void statistics_that_nobody_took_are_not_zero(void **state)
{
	struct mun_attempt a = attempt("2026-11-22T17:20:00Z", "");
	const struct mun_attempts all = { 1, &a };
	struct mun_event_readings x = {
		.attempts = &all,
		.uncounted = true,
		.sector_bytes = SECTOR,
		.write_blocker = "",
	};
	struct mun_err e;
	struct made m;

	(void)state;
	begin(&m);
	x.map = &m.map;
	x.program_id = m.program;
	assert_int_equal(mun_event_readings(&x, m.r, &e), 0);
	assert_null(m.r->events[0].reading);
	assert_null(strstr(m.r->events[0].note, "reads"));
	end(&m);
}

static void protection_is_said_plainly(void **state)
{
#define HEAD "opened read-only and exclusively; kernel read-only flag of the "
	static const struct {
		struct mun_device_facts facts;
		const char *blocker;
		const char *kinds;
		const char *text;
	} cases[] = {
		{ { .tab = MUN_TAB_WRITABLE },
		  "",
		  "none",
		  HEAD "device: not set (before: not set); write-protect tab: "
		       "not protected; write blocker: none; no write "
		       "protection of any kind was in force" },
		{ { .is_readonly = true,
		    .was_readonly = true,
		    .disk_readonly = true,
		    .partitions = 3,
		    .partitions_readonly = 2,
		    .tab = MUN_TAB_PROTECTED },
		  "Tableau T8u",
		  "kernel read-only flag, write-protect tab, hardware write "
		  "blocker",
		  HEAD "device: set (before: set), of the whole disk: set, of "
		       "its partitions: set on 2 of 3; write-protect tab: "
		       "protected; write blocker: Tableau T8u" },
		{ { .was_readonly = true },
		  "T",
		  "hardware write blocker",
		  HEAD "device: not set (before: set); write-protect tab: the "
		       "drive does not tell; write blocker: T" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_str kinds = { 0 };
		struct mun_str text = { 0 };

		mun_protection_kinds(&cases[i].facts, cases[i].blocker, &kinds);
		mun_protection_text(&cases[i].facts, cases[i].blocker, &text);
		assert_string_equal(kinds.text, cases[i].kinds);
		assert_string_equal(text.text, cases[i].text);
		mun_str_free(&kinds);
		mun_str_free(&text);
	}
}

static void hidden_sectors_are_told_where_they_were_asked_for(void **state)
{
	static const struct {
		uint64_t native, real;
		const char *text;
	} cases[] = {
		{ 0, 0, NULL },
		{ 2880, 0,
		  "none: 2880 sectors are shown, 2880 by READ NATIVE MAX "
		  "ADDRESS" },
		{ 3000, 3200,
		  "320 sectors that were not read: 2880 sectors are shown, "
		  "3000 by READ NATIVE MAX ADDRESS, 3200 by DEVICE "
		  "CONFIGURATION IDENTIFY" },
		{ 3000, 0,
		  "120 sectors that were not read: 2880 sectors are shown, "
		  "3000 by READ NATIVE MAX ADDRESS" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_device_facts f = teac;
		struct mun_str s = { 0 };

		f.native_sectors = cases[i].native;
		f.real_sectors = cases[i].real;
		mun_hidden_text(&f, &s);
		if (cases[i].text)
			assert_string_equal(s.text, cases[i].text);
		else
			assert_int_equal(s.len, 0);
		mun_str_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_medium_that_was_wholly_read),
		cmocka_unit_test(what_was_not_had_is_named_and_counted),
		cmocka_unit_test(each_run_is_an_event_by_its_own_drive),
		cmocka_unit_test(many_ranges_are_cut_and_said_to_be),
		cmocka_unit_test(statistics_that_nobody_took_are_not_zero),
		cmocka_unit_test(protection_is_said_plainly),
		cmocka_unit_test(
			hidden_sectors_are_told_where_they_were_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
