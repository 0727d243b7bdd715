/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_flux_gw.c - gw that works, fails, hangs, lies */
#include "medium/flux.h"

#include "core/clock.h"
#include "core/log.h"
#include "medium/flux_text.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* What gw info prints, without a network. */
#define INFO \
	"info) echo 'Host Tools: v1.23' >&2; echo 'Device:' >&2;\n" \
	"  echo '  Port:     /dev/ttyACM0' >&2;\n" \
	"  echo '  Model:    Greaseweazle V4' >&2;\n" \
	"  echo '  Firmware: v1.5' >&2;\n" \
	"  echo '  Serial:   GW1234567890' >&2;\n" \
	"  echo '** FATAL ERROR:' >&2; echo 'no network' >&2; exit 1;;\n"

/* A flux image of 164 tracks: a header, offsets, no more. */
#define MAKE_SCP \
	"  { printf 'SCP0123456789abc'; i=0; while [ $i -lt 164 ]; do\n" \
	"      printf '\\260\\002\\001\\000'; i=$((i+1)); done;\n" \
	"    printf '\\000\\000\\000\\000\\000\\000\\000\\000';\n" \
	"    printf '\\000\\000\\000\\000\\000\\000\\000\\000';\n" \
	"    echo end; } > \"$out\"\n"

#define TRACKS \
	"  echo 'Reading c=0-81:h=0-1 revs=3' >&2; c=0\n" \
	"  while [ $c -lt 82 ]; do\n" \
	"    echo \"T$c.0: Raw Flux (250000 flux in 600.12ms)\" >&2\n" \
	"    echo \"T$c.1: Raw Flux (250001 flux in 600.12ms)\" >&2\n" \
	"    c=$((c+1)); done\n"

struct box {
	char *dir;
	char *program;
	char *out;
	char *log;
	struct mun_flux_request q;
	struct mun_flux_result r;
	struct mun_err e;
	/* What was told. */
	unsigned int told;
	struct mun_progress last;
	struct mun_progress_medium medium;
	char strip[300];
	unsigned int cancel_at;
};

static void watch(void *ctx, const struct mun_progress *p)
{
	struct box *b = ctx;

	b->told++;
	b->last = *p;
	b->medium = *p->medium;
	(void)snprintf(b->strip, sizeof(b->strip), "%s", p->medium->strip);
	if (b->cancel_at && p->done >= b->cancel_at)
		mun_cancel();
}

/* The program: @read is what it does for "read". */
static void begin(struct box *b, const char *info, const char *read)
{
	static struct mun_progress_to to;
	char text[4096];

	memset(b, 0, sizeof(*b));
	b->dir = mun_test_dir();
	b->program = mun_test_path(b->dir, "gw");
	b->out = mun_test_path(b->dir, "disk.scp");
	b->log = mun_test_path(b->dir, "gw.log");
	(void)snprintf(text, sizeof(text),
		       "#!/bin/sh\necho \"$*\" >> %s/calls\n"
		       "for out; do :; done\ncase $1 in\n%s"
		       "read)\n%s  ;;\nesac\n",
		       b->dir, info, read);
	mun_test_write(b->program, text, strlen(text));
	assert_int_equal(chmod(b->program, 0755), 0);
	to = (struct mun_progress_to){ watch, b };
	b->q = (struct mun_flux_request){ .program = b->program,
					  .drive = "",
					  .out_path = b->out,
					  .log_path = b->log,
					  .progress = &to };
}

static void end(struct box *b)
{
	free(b->program);
	free(b->out);
	free(b->log);
	mun_test_dir_remove(b->dir);
}

static int run(struct box *b)
{
	return mun_flux_read(&b->q, &b->r, &b->e);
}

static void fails(struct box *b, int code, const char *text)
{
	assert_int_equal(run(b), code);
	if (!strstr(b->e.lines[0].text, text))
		fail_msg("'%s' is not in '%s'", text, b->e.lines[0].text);
	end(b);
}

static void a_disk_is_read(void **state)
{
	struct box b;
	char *calls;
	char *path;
	char *log;

	(void)state;
	begin(&b, INFO, TRACKS MAKE_SCP);
	b.q.drive = "b";
	b.q.revolutions = 5;
	b.q.retries = 2;
	assert_int_equal(run(&b), 0);
	assert_string_equal(b.r.version, "1.23");
	assert_string_equal(b.r.model, "Greaseweazle V4");
	assert_string_equal(b.r.firmware, "1.5");
	assert_string_equal(b.r.serial, "GW1234567890");
	assert_int_equal(b.r.revolutions, 5);
	assert_int_equal(b.r.cylinders, 82);
	assert_int_equal(b.r.heads, 2);
	path = mun_test_path(b.dir, "calls");
	calls = mun_test_read(path, NULL);
	assert_non_null(strstr(calls, "info\nread --raw --revs=5 --retries=2 "
				      "--drive=b /"));
	log = mun_test_read(b.log, NULL);
	assert_non_null(strstr(log, " info\nHost Tools: v1.23\n"));
	assert_non_null(strstr(log, "T81.1: Raw Flux (250001 flux"));
	assert_true(b.told > 0);
	assert_int_equal(b.last.done, 164);
	assert_int_equal(b.last.total, 164);
	assert_string_equal(b.last.unit, "tracks");
	assert_int_equal(b.medium.cylinder, 81);
	assert_int_equal(b.medium.head, 1);
	assert_int_equal(strspn(b.strip, "+"), 164);
	free(calls);
	free(path);
	free(log);
	end(&b);
}

static void by_itself_gw_chooses_the_drive(void **state)
{
	struct box b;
	char *path;
	char *calls;

	(void)state;
	begin(&b, INFO, TRACKS MAKE_SCP);
	assert_int_equal(run(&b), 0);
	path = mun_test_path(b.dir, "calls");
	calls = mun_test_read(path, NULL);
	assert_non_null(strstr(calls, "read --raw --revs=3 /"));
	assert_null(strstr(calls, "--drive"));
	free(calls);
	free(path);
	end(&b);
}

static void what_is_not_installed_is_named(void **state)
{
	struct box b;

	(void)state;
	begin(&b, INFO, TRACKS MAKE_SCP);
	b.q.program = "/nowhere/gw";
	fails(&b, MUN_ENOENT, "'/nowhere/gw' is not installed");
}

static void a_device_that_is_not_there_is_said(void **state)
{
	struct box b;

	(void)state;
	begin(&b,
	      "info) echo 'Host Tools: v1.23' >&2; echo Device: >&2;\n"
	      "  echo '  Not found' >&2;;\n",
	      TRACKS MAKE_SCP);
	fails(&b, MUN_EIO, "finds no Greaseweazle");
}

static void no_failure_passes_for_a_disk(void **state)
{
	static const struct {
		const char *read, *text;
	} of[] = {
		{ "  echo '** FATAL ERROR:' >&2; echo 'No Index' >&2; exit 1\n",
		  "failed: No Index" },
		/* As gw does it: 0, although its device refused. */
		{ "  echo 'Command Failed: GetFluxStatus: No Index' >&2\n"
		  "  exit 0\n",
		  "failed: Command Failed: GetFluxStatus: No Index" },
		{ TRACKS MAKE_SCP "  exit 3\n", "T81.1: Raw" },
		{ "  exit 3\n", "failed" },
		{ "  kill -9 $$\n", "failed" },
		{ TRACKS, "made no file" },
		{ TRACKS "  : > \"$out\"\n", "not a flux image" },
		{ TRACKS "  echo garbage > \"$out\"\n", "not a flux image" },
		{ TRACKS "  head -c 5000 /dev/zero > \"$out\"\n",
		  "not a flux image" },
		{ TRACKS "  { printf SCP; head -c 5000 /dev/zero; } > "
			 "\"$out\"\n",
		  "read 164 tracks, but" },
		{ "  printf 'a\\033[31mb\\377'; exit 1\n", "a\\x1b[31mb\\xff" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct box b;

		begin(&b, INFO, of[i].read);
		fails(&b, MUN_EIO, of[i].text);
	}
}

static void what_hangs_is_ended(void **state)
{
	int64_t start = mun_clock_monotonic_ms();
	struct box b;

	(void)state;
	begin(&b, INFO, "  echo 'T0.0: Raw Flux' >&2; exec sleep 100\n");
	b.q.silence_ms = 300;
	fails(&b, MUN_EIO, "said nothing for 0 seconds");
	assert_in_range(mun_clock_monotonic_ms() - start, 0, 10000);
}

static void one_can_stop_it(void **state)
{
	int64_t start = mun_clock_monotonic_ms();
	struct box b;

	(void)state;
	begin(&b, INFO,
	      "  echo 'Reading c=0-79:h=0 revs=3' >&2\n"
	      "  echo 'T0.0: x' >&2; echo 'T1.0: x' >&2; sleep 100\n");
	b.cancel_at = 2;
	assert_int_equal(run(&b), MUN_ECANCELLED);
	mun_cancel_reset();
	assert_int_equal(b.last.total, 80);
	assert_int_equal(strspn(b.strip, "+"), 2);
	assert_int_equal(strlen(b.strip), 80);
	assert_in_range(mun_clock_monotonic_ms() - start, 0, 10000);
	end(&b);
}

static void drives_that_are_none_are_refused(void **state)
{
	static const char *const drives[] = { "c", "4",   "aa",
					      "-", "a b", "--help" };

	(void)state;
	for (size_t i = 0; i < sizeof(drives) / sizeof(drives[0]); i++) {
		struct box b;

		begin(&b, INFO, TRACKS MAKE_SCP);
		b.q.drive = drives[i];
		fails(&b, MUN_EINVAL, "drives are a, b");
	}
}

static void a_log_that_is_there_is_not_overwritten(void **state)
{
	struct box b;

	(void)state;
	begin(&b, INFO, TRACKS MAKE_SCP);
	mun_test_write(b.log, "x", 1);
	fails(&b, MUN_EEXIST, "gw.log");
}

/* Whatever fails of ours: no disk is reported, and the log is named. */
static void every_fault_is_told(void **state)
{
	unsigned int fired = 0;

	(void)state;
	mun_fault_install(MUN_CALL_MUTATING, EIO);
	for (int n = 0;; n++) {
		struct box b;
		int rc;
		bool hit;

		begin(&b, INFO, TRACKS MAKE_SCP);
		mun_fault_arm(n);
		rc = run(&b);
		hit = mun_fault_fired();
		mun_fault_arm(-1);
		assert_int_equal(rc, hit ? MUN_EIO : 0);
		end(&b);
		fired += hit;
		if (!hit)
			break;
	}
	mun_fault_restore();
	assert_true(fired >= 5);
}

static const char transcript[] =
	"Host Tools: v1.23\nDevice:\n  Model:    Greaseweazle F7\r\n"
	"Reading c=0-39,44/1:h=0-1 revs=3\nT0.0: a\nT0.1: b\nT39.1 -> 78.1: c\n"
	"T0.0: a again\nT999.0: no\nT1.7: no\nT1: no\nT.1: no\n"
	"Command Failed: x\nmore\n\nT3.0: d";

static void lines_may_be_split_anywhere(void **state)
{
	struct mun_flux_text whole;

	(void)state;
	mun_flux_text_begin(&whole);
	mun_flux_text_feed(&whole, transcript, sizeof(transcript) - 1);
	mun_flux_text_end(&whole);
	assert_int_equal(whole.tracks, 4);
	assert_int_equal(whole.total, 82);
	assert_int_equal(whole.cylinders, 40);
	assert_int_equal(whole.heads, 2);
	assert_string_equal(whole.model, "Greaseweazle F7");
	assert_string_equal(whole.why, "Command Failed: x");
	assert_true(whole.failed);
	for (size_t step = 1; step < 40; step++) {
		struct mun_flux_text t;

		mun_flux_text_begin(&t);
		for (size_t at = 0; at < sizeof(transcript) - 1; at += step) {
			size_t left = sizeof(transcript) - 1 - at;

			mun_flux_text_feed(&t, transcript + at,
					   left < step ? left : step);
		}
		mun_flux_text_end(&t);
		memset(t.line, 0, sizeof(t.line));
		memset(whole.line, 0, sizeof(whole.line));
		assert_memory_equal(&t, &whole, sizeof(t));
	}
}

static void only_gw_and_a_colon_is_flux(void **state)
{
	const char *drive = NULL;

	(void)state;
	assert_true(mun_flux_is_source("gw:", &drive));
	assert_string_equal(drive, "");
	assert_true(mun_flux_is_source("gw:b", &drive));
	assert_string_equal(drive, "b");
	assert_false(mun_flux_is_source("gw", &drive));
	assert_false(mun_flux_is_source("./gw:b", &drive));
	assert_false(mun_flux_is_source("/dev/fd0", &drive));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_is_read),
		cmocka_unit_test(by_itself_gw_chooses_the_drive),
		cmocka_unit_test(what_is_not_installed_is_named),
		cmocka_unit_test(a_device_that_is_not_there_is_said),
		cmocka_unit_test(no_failure_passes_for_a_disk),
		cmocka_unit_test(what_hangs_is_ended),
		cmocka_unit_test(one_can_stop_it),
		cmocka_unit_test(drives_that_are_none_are_refused),
		cmocka_unit_test(a_log_that_is_there_is_not_overwritten),
		cmocka_unit_test(every_fault_is_told),
		cmocka_unit_test(lines_may_be_split_anywhere),
		cmocka_unit_test(only_gw_and_a_colon_is_flux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
