/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_prove.c - emulators that behave, and others */
#include "emulate-export/prove.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"
#include "emulate-export/prove_shot.h"
#include "emulate-export/prove_text.h"
#include "emulate-export/target_qemu.h"
#include "tests/emulate-export/target_case.h"

/* What a machine is that speaks as QEMU does; %s is what it shows. */
#define SPEAKS \
	"#!/usr/bin/python3\n" \
	"import json, os, sys\n" \
	"if '--version' in sys.argv:\n" \
	"    print('QEMU emulator version 9.8.7 (a fake)')\n" \
	"    sys.exit(0)\n" \
	"rows = %s\n" \
	"pipe = [a.split('path=')[1] for a in sys.argv if 'id=qmp' in a][0]\n" \
	"get = open(pipe + '.in')\n" \
	"put = open(pipe + '.out', 'w')\n" \
	"def say(what):\n" \
	"    put.write(json.dumps(what) + '\\r\\n')\n" \
	"    put.flush()\n" \
	"def dump(n):\n" \
	"    light = rows is None and bytes(range(1, 241)) * 9 or b''\n" \
	"    size = rows is None and b'640 480' or b'720 400'\n" \
	"    want = rows is None and 921600 or 864000\n" \
	"    return b'P6\\n' + size + b'\\n255\\n' + light.ljust(want, b'\\0')\n" \
	"def text(n):\n" \
	"    return b''.join(bytes(sum(([c, 7] for c in r.ljust(80)), []))\n" \
	"                    for r in rows or [])\n" \
	"say({'QMP': {}})\n" \
	"n = 0\n" \
	"for line in get:\n" \
	"    q = json.loads(line)\n" \
	"    n += 1\n" \
	"    say({'event': 'RTC_CHANGE'})\n" \
	"%s" \
	"    if q['execute'] != 'qmp_capabilities':\n" \
	"        f = dump if q['execute'] == 'screendump' else text\n" \
	"        with open(q['arguments']['filename'], 'wb') as o:\n" \
	"            o.write(f(n))\n" \
	"    say({'return': {}})\n"

struct stage {
	char *dir; /* with data/, scratch/ and the emulator */
	struct mun_case *c;
	struct mun_proof_request q;
	struct mun_proof out;
	struct mun_err err;
};

static struct stage *stage_new(const struct mun_target *t)
{
	static const struct mun_case_item floppy =
		MUN_CASE_FLOPPY(1440, 80, 2, 18, MUN_BOOTS_YES);
	struct stage *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->dir = mun_test_dir();
	s->c = mun_case_new(&floppy, 1);
	assert_int_equal(mun_case_make(s->c, t), 0);
	mun_case_write(s->c, s->dir);
	s->q = (struct mun_proof_request){
		.target = t,
		.set = &s->c->set,
		.plan = &s->c->plan,
		.data = mun_test_path(s->dir, "data"),
		.scratch = mun_test_path(s->dir, "scratch"),
		.seconds = 20,
	};
	assert_int_equal(mkdir(s->q.scratch, 0700), 0);
	return s;
}

static void stage_free(struct stage *s)
{
	mun_case_free(s->c);
	mun_test_dir_remove(s->dir);
	free((char *)(uintptr_t)s->q.data);
	free((char *)(uintptr_t)s->q.scratch);
	free(s);
	assert_int_equal(unsetenv("QEMU"), 0);
}

static void be(const struct stage *s, const char *script, mode_t mode)
{
	char *path = mun_test_path(s->dir, "emulator");

	mun_test_write(path, script, strlen(script));
	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(setenv("QEMU", path, 1), 0);
	free(path);
}

static void be_machine(const struct stage *s, const char *rows,
		       const char *does)
{
	char script[4096];

	(void)snprintf(script, sizeof(script), SPEAKS, rows, does);
	be(s, script, 0755);
}

/* Does anybody run whose arguments hold our folder? */
static unsigned int alive(const struct stage *s)
{
	DIR *d = opendir("/proc");
	struct dirent *f;
	unsigned int n = 0;

	assert_non_null(d);
	while ((f = readdir(d)) != NULL) {
		char path[300];
		char *args;
		size_t len = 0;

		(void)snprintf(path, sizeof(path), "/proc/%s/cmdline",
			       f->d_name);
		if (f->d_name[0] < '1' || f->d_name[0] > '9')
			continue;
		args = mun_test_read(path, &len);
		n += args && memmem(args, len, s->dir, strlen(s->dir));
		free(args);
	}
	(void)closedir(d);
	return n;
}

static void nobody_is_left(const struct stage *s)
{
	struct timespec ms20 = { .tv_nsec = 20000000 };

	for (int i = 0; i < 250 && alive(s); i++)
		(void)nanosleep(&ms20, NULL);
	assert_int_equal(alive(s), 0);
}

static void try_it(struct stage *s, enum mun_proof_result want,
		   const char *text)
{
	int rc = mun_prove(&s->q, &s->out, &s->err);

	if (rc || s->out.result != want || !strstr(s->out.text, text))
		print_message("%d %s: %s\n", rc, mun_proof_name(s->out.result),
			      rc ? s->err.lines[0].text : s->out.text);
	assert_int_equal(rc, 0);
	assert_int_equal(s->out.result, want);
	assert_non_null(strstr(s->out.text, text));
	assert_true(mun_text_is_clean(s->out.text, ""));
	assert_true(mun_text_is_clean(s->out.screen_text, "\n"));
	nobody_is_left(s);
}

static void text_that_is_expected_is_found(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);
	struct mun_shot shot = { 0 };
	char *path = mun_test_path(s->dir, "scratch/screen.png");
	size_t len;
	char *png;

	(void)state;
	be_machine(s, "[b'', b'A:\\\\>ver \\x07\\x1b[1m\\xb0']", "");
	s->q.expect_text = "A:\\>ver";
	try_it(s, MUN_PROOF_PROVED, "was seen");
	assert_string_equal(s->out.screen_text, "\nA:\\>ver ..[1m\u2591\n");
	assert_string_equal(s->out.version, "9.8.7 (a fake)");
	assert_string_equal(s->out.criterion, "the given text");
	assert_null(strstr(s->out.command, s->dir));
	assert_string_equal(s->out.screenshot, "screen.png");
	png = mun_test_read(path, &len);
	assert_int_equal(mun_shot_png(png, len, &shot, &s->err), 0);
	assert_int_equal(shot.width, 720);
	assert_int_equal(shot.height, 400);
	mun_shot_clear(&shot);
	free(png);
	free(path);
	stage_free(s);
}

static void a_still_screen_of_a_system_is_proof(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s, "[b'Welcome', b'login:']", "");
	try_it(s, MUN_PROOF_PROVED, "its last line: \"login:\"");
	stage_free(s);
}

static void a_picture_in_graphics_is_proof(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s, "None", "");
	try_it(s, MUN_PROOF_PROVED, "still and not blank");
	assert_string_equal(s->out.screen_text, "");
	stage_free(s);
}

static void what_finds_no_system_is_none(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s,
		   "[b'SeaBIOS (version 1)', b'Booting from Floppy...',"
		   " b'Non-System disk or disk error']",
		   "");
	try_it(s, MUN_PROOF_FAILED, "Non-System disk or disk error");
	stage_free(s);
}

static void that_there_is_no_system_is_said_in_many_words(void **state)
{
	static const char *const says[] = {
		"Replace and strike any key when ready",
		"Replace the disk, and then press any key",
		"THIS DISK IS NOT BOOTABLE",
		"A disk read error occurred",
		"grub rescue>",
		"Bad or missing Command Interpreter",
		"OS/2 !! SYS01475",
	};
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		char text[128];

		(void)snprintf(text, sizeof(text),
			       "SeaBIOS (version 1)\n  %s\n", says[i]);
		assert_true(mun_text_refuses(text, line, sizeof(line)));
		assert_string_equal(line, says[i]);
	}
	assert_false(mun_text_refuses("Starting MS-DOS...\nA:\\>", line,
				      sizeof(line)));
}

static void firmware_alone_is_none(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s,
		   "[b'SeaBIOS (version 1)', b'', b'Booting from Floppy...']",
		   "");
	s->q.seconds = 8;
	try_it(s, MUN_PROOF_FAILED, "only the firmware had spoken");
	stage_free(s);
}

static void what_is_blank_or_moves_is_none(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s, "[b'']", "");
	s->q.seconds = 7;
	try_it(s, MUN_PROOF_FAILED, "blank");
	stage_free(s);
	s = stage_new(&mun_target_qemu);
	be_machine(s, "[b'']", "    rows[0] = b'tick %d' % n\n");
	s->q.seconds = 7;
	try_it(s, MUN_PROOF_FAILED, "still changing");
	stage_free(s);
}

static void one_that_hangs_is_ended(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be(s,
	   "#!/bin/sh\n[ \"$1\" = --version ] && exit 1\ntrap '' TERM\n"
	   "while :; do sleep 1; done\n",
	   0755);
	s->q.seconds = 1;
	try_it(s, MUN_PROOF_FAILED, "nothing was seen");
	assert_string_equal(s->out.screenshot, "");
	stage_free(s);
}

static void one_that_floods_is_ended(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);
	int64_t start = mun_clock_monotonic_ms();

	(void)state;
	be(s,
	   "#!/bin/sh\n[ \"$1\" = --version ] && exit 1\n"
	   "yes >&2 & exec yes 'a very long line that says nothing'\n",
	   0755);
	s->q.seconds = 2;
	try_it(s, MUN_PROOF_FAILED, "nothing was seen");
	assert_in_range(mun_clock_monotonic_ms() - start, 2000, 30000);
	stage_free(s);
}

static void one_that_dies_says_why(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be(s, "#!/bin/sh\nprintf 'no \\033[31mmachine\\n' >&2\nexit 3\n", 0755);
	try_it(s, MUN_PROOF_FAILED, "(status 3): no machine");
	be(s, "#!/bin/sh\nkill -SEGV $$\n", 0755);
	mun_test_dir_remove(strdup(s->q.scratch));
	assert_int_equal(mkdir(s->q.scratch, 0700), 0);
	try_it(s, MUN_PROOF_FAILED, "signal 11");
	stage_free(s);
}

static void one_that_goes_away_in_the_middle_fails(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s, "[b'hello']", "    if n == 4: sys.exit(0)\n");
	try_it(s, MUN_PROOF_FAILED, "ended by itself");
	assert_string_equal(s->out.screen_text, "hello\n");
	stage_free(s);
}

static void one_that_is_not_there_is_no_failure(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	assert_int_equal(setenv("QEMU", "/nowhere/qemu", 1), 0);
	try_it(s, MUN_PROOF_NOT_PROVED, "is not installed");
	assert_string_equal(s->out.version, "");
	mun_test_dir_remove(strdup(s->q.scratch));
	assert_int_equal(mkdir(s->q.scratch, 0700), 0);
	/* For root, dash finds it, and cannot run it. */
	be(s, "#!/bin/sh\n", 0644);
	try_it(s, MUN_PROOF_NOT_PROVED,
	       geteuid() ? "is not installed" : "Permission denied");
	stage_free(s);
}

static void children_are_ended_too(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);
	char does[4400];

	(void)state;
	(void)snprintf(
		does, sizeof(does),
		"    if n == 1: os.system('(trap \"\" TERM; exec sh -c "
		"\"while :; do sleep 1; done\" %s) >/dev/null 2>&1 &')\n",
		s->dir);
	be_machine(s, "[b'here']", does);
	s->q.expect_text = "here";
	try_it(s, MUN_PROOF_PROVED, "was seen");
	stage_free(s);
}

static void writing_to_the_package_is_an_error(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s, "[b'here']", "    open('media/new', 'w').close()\n");
	s->q.expect_text = "here";
	assert_int_equal(mun_prove(&s->q, &s->out, &s->err), MUN_EIO);
	assert_non_null(strstr(s->err.lines[0].text, "written to the package"));
	nobody_is_left(s);
	stage_free(s);
}

static void a_full_disk_is_an_error(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s, "[b'here']",
		   "    if n > 1:\n"
		   "        say({'error': {'desc': 'No space left'}})\n"
		   "        continue\n");
	assert_int_equal(mun_prove(&s->q, &s->out, &s->err), MUN_EIO);
	assert_non_null(strstr(s->err.lines[0].text, "No space left"));
	nobody_is_left(s);
	stage_free(s);
}

static void its_environment_holds_no_secrets(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);
	char *path = mun_test_path(s->dir, "scratch/env");
	char *env;

	(void)state;
	assert_int_equal(setenv("AWS_SECRET_ACCESS_KEY", "hush", 1), 0);
	be(s, "#!/bin/sh\nenv >\"$HOME/../env\"\n", 0755);
	try_it(s, MUN_PROOF_FAILED, "ended by itself");
	assert_int_equal(unsetenv("AWS_SECRET_ACCESS_KEY"), 0);
	env = mun_test_read(path, NULL);
	assert_non_null(env);
	assert_null(strstr(env, "hush"));
	assert_non_null(strstr(env, s->q.scratch));
	free(env);
	free(path);
	stage_free(s);
}

static void stop_now(void *ctx, const struct mun_progress *p)
{
	(void)ctx;
	if (p->done >= 1)
		mun_cancel();
}

static void a_wish_to_stop_ends_all(void **state)
{
	const struct mun_progress_to to = { .fn = stop_now };
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	be_machine(s, "[b'']", "");
	s->q.progress = &to;
	assert_int_equal(mun_prove(&s->q, &s->out, &s->err), MUN_ECANCELLED);
	mun_cancel_reset();
	nobody_is_left(s);
	stage_free(s);
}

/* With the call of number @n failing, or none (-1: they are counted for the
 * sample): whether one did. */
static bool prove_with_fault(int n)
{
	struct stage *s = stage_new(&mun_target_qemu);
	bool fired;
	int rc;

	be_machine(s, "[b'here']", "");
	s->q.expect_text = "here";
	mun_fault_arm(n);
	rc = mun_prove(&s->q, &s->out, &s->err);
	fired = mun_fault_fired();
	if (n < 0)
		mun_fault_sample(4);
	mun_fault_arm(-1);
	/* What only was looked at may be missed, and comes again. */
	if (!fired || !rc)
		assert_int_equal(s->out.result, MUN_PROOF_PROVED);
	else
		assert_int_equal(rc, MUN_EIO);
	nobody_is_left(s);
	stage_free(s);
	return fired;
}

static void every_fault_ends_it_cleanly(void **state)
{
	int n = 0;

	(void)state;
	mun_fault_install(MUN_CALL_MUTATING, ENOSPC);
	assert_false(prove_with_fault(-1));
	while (prove_with_fault(n))
		n = mun_fault_next(n);
	mun_fault_restore();
	assert_in_range(n, 10, 100);
}

static void what_nobody_can_start_is_not_proved(void **state)
{
	struct mun_target other = mun_target_qemu;
	struct stage *s = stage_new(&mun_target_qemu);

	(void)state;
	other.name = "other";
	s->q.target = &other;
	try_it(s, MUN_PROOF_NOT_PROVED, "without a person");
	stage_free(s);
}

static void a_picture_is_compared(void **state)
{
	struct stage *s = stage_new(&mun_target_qemu);
	char *path = mun_test_path(s->dir, "want.png");
	struct mun_str png = { 0 };
	struct mun_shot want = { 720, 400, calloc(3, (size_t)720 * 400) };

	(void)state;
	assert_non_null(want.rgb);
	want.rgb[5] = 255; /* a speck is none */
	assert_int_equal(mun_shot_write(&want, &png, &s->err), 0);
	mun_test_write(path, png.text, png.len);
	be_machine(s, "[b'x']", "");
	s->q.expect_picture = path;
	try_it(s, MUN_PROOF_PROVED, "like the picture");
	mun_test_write(path, "no picture", 10);
	mun_test_dir_remove(strdup(s->q.scratch));
	assert_int_equal(mkdir(s->q.scratch, 0700), 0);
	assert_int_equal(mun_prove(&s->q, &s->out, &s->err), MUN_ECORRUPT);
	mun_str_free(&png);
	mun_shot_clear(&want);
	free(path);
	stage_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_is_expected_is_found),
		cmocka_unit_test(a_still_screen_of_a_system_is_proof),
		cmocka_unit_test(a_picture_in_graphics_is_proof),
		cmocka_unit_test(a_picture_is_compared),
		cmocka_unit_test(what_finds_no_system_is_none),
		cmocka_unit_test(that_there_is_no_system_is_said_in_many_words),
		cmocka_unit_test(firmware_alone_is_none),
		cmocka_unit_test(what_is_blank_or_moves_is_none),
		cmocka_unit_test(one_that_hangs_is_ended),
		cmocka_unit_test(one_that_floods_is_ended),
		cmocka_unit_test(one_that_dies_says_why),
		cmocka_unit_test(one_that_goes_away_in_the_middle_fails),
		cmocka_unit_test(one_that_is_not_there_is_no_failure),
		cmocka_unit_test(children_are_ended_too),
		cmocka_unit_test(writing_to_the_package_is_an_error),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(its_environment_holds_no_secrets),
		cmocka_unit_test(a_wish_to_stop_ends_all),
		cmocka_unit_test(every_fault_ends_it_cleanly),
		cmocka_unit_test(what_nobody_can_start_is_not_proved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
