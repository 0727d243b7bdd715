/* SPDX-License-Identifier: Apache-2.0 */
/* tests/audit/test_timer.c - units and crontabs: rendered, installed, removed */
#include "audit/timer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/spawn.h"
#include "tests/support/support.h"

struct fixture {
	char *dir;
	char *root; /* of a machine */
	char *bin; /* scripts in the place of systemctl and crontab */
	char *log; /* what they were asked */
	char *systemctl;
	char *crontab;
	struct mun_timer t;
};

static char *script(const struct fixture *f, const char *name, const char *text)
{
	char *path = mun_test_path(f->bin, name);

	mun_test_write(path, text, strlen(text));
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

/* crontab(1) with its table in the file "table" beside it, and a systemctl(1)
 * that writes down its words; "fail" in the folder names what is to fail. */
static const char systemctl_text[] =
	"#!/bin/sh\n"
	"here=$(dirname \"$0\")\n"
	"echo \"$*\" >>\"$here/log\"\n"
	"case \"$*\" in *\"$(cat \"$here/fail\" 2>/dev/null || echo none)\"*)\n"
	"	echo 'Failed: told to' >&2; exit 4;; esac\n"
	"case \"$*\" in\n"
	"*Result*) echo Result=exit-code;;\n"
	"*show*) echo ActiveState=active; echo LastTriggerUSec=@1700000000\n"
	"	echo NextElapseUSecRealtime=@1700003600;;\n"
	"esac\n";
static const char crontab_text[] =
	"#!/bin/sh\n"
	"here=$(dirname \"$0\")\n"
	"if [ -e \"$here/broken\" ]; then echo 'broken' >&2; exit 1; fi\n"
	"if [ \"$1\" = -l ]; then\n"
	"	[ -e \"$here/table\" ] || { echo 'no crontab for me' >&2; exit 1; }\n"
	"	cat \"$here/table\"\n"
	"else\n"
	"	cat >\"$here/table\"\n"
	"	echo written >>\"$here/log\"\n"
	"fi\n";

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = mun_test_dir();
	f->root = mun_test_path(f->dir, "root");
	f->bin = mun_test_path(f->dir, "bin");
	f->log = mun_test_path(f->bin, "log");
	assert_int_equal(mkdir(f->root, 0777), 0);
	assert_int_equal(mkdir(f->bin, 0777), 0);
	f->systemctl = script(f, "systemctl", systemctl_text);
	f->crontab = script(f, "crontab", crontab_text);
	f->t.program = "/usr/bin/muniment";
	f->t.repository = "/srv/Grandma's 100% disks";
	f->t.root = f->root;
	f->t.systemctl = f->systemctl;
	f->t.crontab = f->crontab;
	f->t.uid = 1234;
	f->t.gid = 567;
	assert_int_equal(setenv("HOME", "/home/eve", 1), 0);
	assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mun_fault_restore();
	mun_test_dir_remove(f->dir);
	free(f->root);
	free(f->bin);
	free(f->log);
	free(f->systemctl);
	free(f->crontab);
	free(f);
	return 0;
}

static void boot_systemd(const struct fixture *f)
{
	char *path = mun_test_path(f->root, "run/systemd/system");
	struct mun_err e;

	assert_int_equal(mun_mkdirs(path, &e), 0);
	free(path);
}

static char *unit_path(const struct fixture *f, const char *suffix)
{
	struct mun_err e;
	char *name;
	char *path;

	assert_int_equal(mun_timer_name(f->t.repository, &name, &e), 0);
	assert_int_equal(mun_fmt(&path, &e, "%s/%s/%s%s", f->root,
				 f->t.user ? "home/eve/.config/systemd/user"
					   : "etc/systemd/system",
				 name, suffix),
			 0);
	free(name);
	return path;
}

static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void names_are_stable_and_differ_by_path(void **state)
{
	/* FNV-1a of 64 bits, by its definition (draft-eastlake-fnv) in Python */
	static const struct {
		const char *path;
		const char *name;
	} table[] = {
		{ "/srv/archive", "muniment-audit-archive-ae333160a8c46492" },
		{ "/mnt/archive", "muniment-audit-archive-" },
		{ "/srv/Grandma's 100% disks",
		  "muniment-audit-grandma-s-100-disks-" },
		{ "/srv/\xc3\x9c", "muniment-audit-" },
		{ "/", "muniment-audit-" },
	};
	char *names[MUN_COUNT(table)];
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		assert_int_equal(mun_timer_name(table[i].path, &names[i], &e),
				 0);
		assert_memory_equal(names[i], table[i].name,
				    strlen(table[i].name));
		assert_int_equal(
			strspn(names[i],
			       "abcdefghijklmnopqrstuvwxyz-0123456789"),
			strlen(names[i]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[k], names[i]);
	}
	for (size_t i = 0; i < MUN_COUNT(table); i++)
		free(names[i]);
}

static char *service_of(const struct mun_timer *t)
{
	struct mun_err e;
	char *text;

	assert_int_equal(mun_timer_service(t, &text, &e), 0);
	return text;
}

static void assert_says(const char *text, const char *line, bool yes)
{
	char *want;
	struct mun_err e;

	assert_int_equal(mun_fmt(&want, &e, "\n%s\n", line), 0);
	if (!strstr(text, want) == yes)
		fail_msg("%s '%s' in:\n%s", yes ? "no" : "there is", line,
			 text);
	free(want);
}

static void the_service_may_write_no_store_unless_it_may_repair(void **state)
{
	static const char *const stores[] = { "/mnt/tape 2" };
	static const char *const writable[] = { "/var/lib/metrics" };
	struct fixture *f = *state;
	char *text;

	f->t.stores = stores;
	f->t.nstores = 1;
	f->t.writable = writable;
	f->t.nwritable = 1;
	text = service_of(&f->t);
	assert_says(text,
		    "ExecStart=:\"/usr/bin/muniment\" -C "
		    "\"/srv/Grandma's 100%% disks\" audit --due",
		    true);
	assert_says(text, "ProtectSystem=strict", true);
	assert_says(text, "User=1234", true);
	assert_says(text, "Group=567", true);
	assert_says(text, "ReadWritePaths=\"/srv/Grandma's 100%% disks\"",
		    true);
	assert_says(text, "ReadOnlyPaths=\"-/srv/Grandma's 100%% disks/ocfl\"",
		    true);
	assert_says(text, "ReadOnlyPaths=\"-/mnt/tape 2\"", true);
	assert_says(text, "ReadWritePaths=\"-/var/lib/metrics\"", true);
	assert_says(text, "RestrictAddressFamilies=AF_UNIX", true);
	assert_says(text, "PrivateNetwork=yes", true);
	assert_says(text, "PrivateTmp=yes", true);
	assert_says(text, "CapabilityBoundingSet=", true);
	free(text);

	f->t.repair = true;
	f->t.network = true;
	f->t.uid = 0;
	text = service_of(&f->t);
	assert_null(strstr(text, "ReadOnlyPaths"));
	assert_null(strstr(text, "User="));
	assert_says(text, "ReadWritePaths=\"-/mnt/tape 2\"", true);
	assert_says(text, "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
		    true);
	assert_says(text, "PrivateNetwork=yes", false);
	free(text);

	f->t.repository = "/tmp/here";
	text = service_of(&f->t);
	assert_says(text, "PrivateTmp=yes", false);
	free(text);

	/* A user's manager cannot do these. */
	f->t.user = true;
	text = service_of(&f->t);
	assert_null(strstr(text, "Protect"));
	assert_null(strstr(text, "Capability"));
	assert_says(text, "NoNewPrivileges=yes", true);
	free(text);
}

static void a_path_that_a_unit_cannot_hold_is_refused(void **state)
{
	static const char *const paths[] = { "relative", "/a\nb", "/a\"b",
					     "/a\\b",    "/\xff", "" };
	struct fixture *f = *state;
	struct mun_err e;
	char *text;

	for (size_t i = 0; i < MUN_COUNT(paths); i++) {
		f->t.repository = paths[i];
		assert_int_equal(mun_timer_service(&f->t, &text, &e),
				 MUN_EINVAL);
		assert_int_equal(mun_timer_cron(&f->t, &text, &e), MUN_EINVAL);
		f->t.repository = "/srv";
		f->t.program = paths[i];
		assert_int_equal(mun_timer_service(&f->t, &text, &e),
				 MUN_EINVAL);
		f->t.program = "/usr/bin/muniment";
	}
}

static void starts_follow_the_windows(void **state)
{
	static const struct mun_window night[] = { { 22 * 60, 6 * 60 } };
	static const struct mun_window two[] = { { 1350, 30 },
						 { 1350, 30 },
						 { 750, 790 } };
	static const struct mun_window open[] = { { 60, 120 }, { 0, 0 } };
	struct fixture *f = *state;
	const struct {
		const struct mun_window *w;
		size_t n;
		const char *lines[2];
		const char *delay;
	} table[] = {
		{ NULL, 0, { "OnCalendar=hourly" }, "RandomizedDelaySec=600" },
		{ open, 2, { "OnCalendar=hourly" }, "RandomizedDelaySec=600" },
		{ night,
		  1,
		  { "OnCalendar=*-*-* 22,23,00,01,02,03,04,05:00:00" },
		  "RandomizedDelaySec=600" },
		{ two,
		  3,
		  { "OnCalendar=*-*-* 22,23:30:00",
		    "OnCalendar=*-*-* 12:30:00" },
		  "RandomizedDelaySec=600" },
	};

	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		const char *first;
		struct mun_err e;
		char *text;

		f->t.windows = table[i].w;
		f->t.nwindows = table[i].n;
		assert_int_equal(mun_timer_timer(&f->t, &text, &e), 0);
		assert_says(text, "Persistent=true", true);
		assert_says(text, table[i].delay, true);
		first = strstr(text, "OnCalendar");
		assert_non_null(first);
		for (int k = 0; k < 2 && table[i].lines[k]; k++)
			assert_says(text, table[i].lines[k], true);
		/* And no more than that. */
		for (int k = 0; k < 2 && table[i].lines[k]; k++)
			first = strstr(first + 1, "OnCalendar");
		assert_null(first);
		free(text);
	}
}

static void a_short_window_is_not_missed_by_the_delay(void **state)
{
	static const struct mun_window w[] = { { 135, 165 } };
	struct fixture *f = *state;
	struct mun_err e;
	char *text;

	f->t.windows = w;
	f->t.nwindows = 1;
	assert_int_equal(mun_timer_timer(&f->t, &text, &e), 0);
	assert_says(text, "OnCalendar=*-*-* 02:15:00", true);
	assert_says(text, "RandomizedDelaySec=450", true);
	free(text);
	/* Whatever the repository's own delay is. */
	for (int i = 0; i < 200; i++) {
		char path[32];
		int minute = -1;
		int hour = -1;

		(void)snprintf(path, sizeof(path), "/srv/%d", i);
		f->t.repository = path;
		assert_int_equal(mun_timer_cron(&f->t, &text, &e), 0);
		assert_int_equal(sscanf(strchr(text, '\n') + 1, "%d %d * * * ",
					&minute, &hour),
				 2);
		assert_in_range(hour * 60 + minute, 135, 142);
		free(text);
	}
}

/* systemd's own judgement, on units as they would be installed. */
static void systemd_has_nothing_to_say_against_them(void **state)
{
	static const char *const stores[] = { "/mnt/tape 2", "/mnt/50%" };
	static const struct mun_window w[] = { { 1320, 360 }, { 750, 790 } };
	static const char *const repositories[] = {
		"/srv/archive", "/srv/Grandma's 100% disks $HOME", "/tmp/x y"
	};
	const char *version[] = { "systemd-analyze", "--version", NULL };
	struct mun_spawn q = { .argv = version, .max_output = 65536 };
	struct fixture *f = *state;
	struct mun_spawned r;
	struct mun_err e;

	if (mun_spawn_run(&q, &r, &e) || r.status) {
		print_message("SKIPPED: no systemd-analyze\n");
		mun_spawned_clear(&r);
		skip();
	}
	mun_spawned_clear(&r);
	boot_systemd(f);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", f->dir, 1), 0);
	f->t.program = "/bin/true";
	f->t.stores = stores;
	f->t.nstores = 2;
	f->t.windows = w;
	f->t.nwindows = 2;
	for (size_t i = 0; i < MUN_COUNT(repositories) * 8; i++) {
		enum mun_timer_kind kind;
		const char *argv[] = {
			"systemd-analyze", "verify", NULL, NULL, NULL, NULL
		};
		char *service;
		char *timer;

		f->t.repository = repositories[i / 8];
		f->t.user = i & 1;
		f->t.repair = i & 2;
		f->t.network = i & 4;
		f->t.uid = i & 1 ? 0 : 1;
		assert_int_equal(mun_timer_install(&f->t, &kind, &e), 0);
		service = unit_path(f, ".service");
		timer = unit_path(f, ".timer");
		argv[2] = service;
		argv[3] = timer;
		argv[4] = f->t.user ? "--user" : "--system";
		q.argv = argv;
		assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
		if (r.status || strstr(r.errors, "muniment"))
			fail_msg("%s: %s%s", f->t.repository, r.output,
				 r.errors);
		mun_spawned_clear(&r);
		free(service);
		free(timer);
	}
}

static void units_are_installed_looked_at_and_removed(void **state)
{
	static const struct mun_window w[] = { { 1320, 360 } };
	struct fixture *f = *state;

	boot_systemd(f);
	for (int user = 0; user < 2; user++) {
		struct mun_timer_status s;
		enum mun_timer_kind kind;
		struct mun_err e;
		char *service;
		char *timer;
		char *log;

		f->t.user = user;
		service = unit_path(f, ".service");
		timer = unit_path(f, ".timer");
		assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
		assert_int_equal(s.kind, MUN_TIMER_NONE);
		assert_null(s.where);
		mun_timer_status_clear(&s);

		(void)unlink(f->log);
		assert_int_equal(mun_timer_install(&f->t, &kind, &e), 0);
		assert_int_equal(kind, MUN_TIMER_SYSTEMD);
		assert_true(is_there(service) && is_there(timer));
		log = mun_test_read(f->log, NULL);
		assert_non_null(strstr(log, user ? "--user daemon-reload\n"
						 : "daemon-reload\n"));
		assert_non_null(strstr(log, "enable --now muniment-audit-"));
		free(log);

		assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
		assert_int_equal(s.kind, MUN_TIMER_SYSTEMD);
		assert_false(s.differs);
		assert_true(s.enabled);
		assert_int_equal(s.linger, !user);
		assert_string_equal(s.where, timer);
		assert_string_equal(s.result, "exit-code");
		assert_int_equal(s.last, INT64_C(1700000000000));
		assert_int_equal(s.next, INT64_C(1700003600000));
		mun_timer_status_clear(&s);

		/* Another window now: it says so until it is made anew. */
		f->t.windows = w;
		f->t.nwindows = 1;
		assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
		assert_true(s.differs);
		mun_timer_status_clear(&s);
		assert_int_equal(mun_timer_install(&f->t, &kind, &e), 0);
		assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
		assert_false(s.differs);
		mun_timer_status_clear(&s);

		assert_int_equal(mun_timer_remove(&f->t, &kind, &e), 0);
		assert_int_equal(kind, MUN_TIMER_SYSTEMD);
		assert_false(is_there(service) || is_there(timer));
		assert_int_equal(mun_timer_remove(&f->t, &kind, &e), 0);
		assert_int_equal(kind, MUN_TIMER_NONE);
		f->t.nwindows = 0;
		free(service);
		free(timer);
	}
}

static void two_repositories_do_not_touch_each_other(void **state)
{
	struct fixture *f = *state;
	struct mun_timer other = f->t;
	enum mun_timer_kind kind;
	struct mun_timer_status s;
	struct mun_err e;

	boot_systemd(f);
	other.repository = "/mnt/Grandma's 100% disks";
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), 0);
	assert_int_equal(mun_timer_install(&other, &kind, &e), 0);
	assert_int_equal(mun_timer_remove(&other, &kind, &e), 0);
	assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
	assert_int_equal(s.kind, MUN_TIMER_SYSTEMD);
	assert_false(s.differs);
	mun_timer_status_clear(&s);
}

static void what_systemd_refuses_is_not_left_lying_about(void **state)
{
	struct fixture *f = *state;
	char *fail = mun_test_path(f->bin, "fail");
	enum mun_timer_kind kind;
	struct mun_err e;
	char *service = unit_path(f, ".service");
	char *timer = unit_path(f, ".timer");
	char *before;
	char text[512];

	boot_systemd(f);
	mun_test_write(fail, "enable", 6);
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), MUN_EIO);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "status 4: Failed: told to"));
	assert_false(is_there(service) || is_there(timer));
	/* And what was there before stays as it was. */
	(void)unlink(fail);
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), 0);
	before = mun_test_read(service, NULL);
	mun_test_write(fail, "enable", 6);
	f->t.repair = true;
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), MUN_EIO);
	assert_true(mun_test_has_text(service, before));
	free(before);
	free(service);
	free(timer);
	free(fail);
}

static void every_fault_leaves_whole_units_or_none(void **state)
{
	struct fixture *f = *state;
	char *service = unit_path(f, ".service");
	char *timer = unit_path(f, ".timer");
	enum mun_timer_kind kind;
	struct mun_err e;
	char *want_service;
	char *want_timer;
	bool fired;
	int n = 0;

	boot_systemd(f);
	want_service = service_of(&f->t);
	assert_int_equal(mun_timer_timer(&f->t, &want_timer, &e), 0);
	mun_fault_install(MUN_CALL_MUTATING, ENOSPC);
	do {
		int rc;

		mun_fault_arm(n++);
		rc = mun_timer_install(&f->t, &kind, &e);
		fired = mun_fault_fired();
		mun_fault_arm(-1);
		if (!rc)
			assert_true(is_there(service) && is_there(timer));
		else
			assert_true(fired);
		if (is_there(service))
			assert_true(mun_test_has_text(service, want_service));
		if (is_there(timer))
			assert_true(mun_test_has_text(timer, want_timer));
		assert_int_equal(mun_timer_remove(&f->t, &kind, &e), 0);
		assert_false(is_there(service) || is_there(timer));
	} while (fired);
	mun_fault_restore();
	assert_true(n > 10);
	free(want_service);
	free(want_timer);
	free(service);
	free(timer);
}

static void a_crontab_keeps_all_lines_of_others(void **state)
{
	static const char *const tables[] = {
		NULL, "", "MAILTO=eve\n# a remark\n0 1 * * * true\n",
		"0 1 * * * no newline at the end"
	};
	struct fixture *f = *state;
	char *path = mun_test_path(f->bin, "table");

	for (size_t i = 0; i < MUN_COUNT(tables); i++) {
		const char *old = tables[i] ? tables[i] : "";
		struct mun_timer_status s;
		enum mun_timer_kind kind;
		struct mun_err e;
		char *block;
		char *want;

		(void)unlink(path);
		if (tables[i])
			mun_test_write(path, old, strlen(old));
		assert_int_equal(mun_timer_cron(&f->t, &block, &e), 0);
		assert_non_null(
			strstr(block, " * * * * '/usr/bin/muniment' -C "
				      "'/srv/Grandma'\\''s 100\\% disks' audit "
				      "--due\n"));
		assert_int_equal(mun_fmt(&want, &e, "%s%s%s", old,
					 *old && old[strlen(old) - 1] != '\n'
						 ? "\n"
						 : "",
					 block),
				 0);
		assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
		assert_int_equal(s.kind, MUN_TIMER_NONE);
		mun_timer_status_clear(&s);
		for (int k = 0; k < 3; k++) {
			assert_int_equal(mun_timer_install(&f->t, &kind, &e),
					 0);
			assert_int_equal(kind, MUN_TIMER_CRON);
			assert_true(mun_test_has_text(path, want));
		}
		assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
		assert_int_equal(s.kind, MUN_TIMER_CRON);
		assert_false(s.differs);
		assert_string_equal(s.where, "crontab");
		mun_timer_status_clear(&s);
		f->t.program = "/opt/muniment";
		assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
		assert_true(s.differs);
		mun_timer_status_clear(&s);
		f->t.program = "/usr/bin/muniment";
		assert_int_equal(mun_timer_remove(&f->t, &kind, &e), 0);
		assert_int_equal(kind, MUN_TIMER_CRON);
		free(want);
		assert_int_equal(mun_fmt(&want, &e, "%s%s", old,
					 *old && old[strlen(old) - 1] != '\n'
						 ? "\n"
						 : ""),
				 0);
		assert_true(mun_test_has_text(path, want));
		free(block);
		free(want);
	}
	free(path);
}

static void a_block_in_the_middle_is_replaced_where_it_is(void **state)
{
	struct fixture *f = *state;
	char *path = mun_test_path(f->bin, "table");
	struct mun_timer other = f->t;
	enum mun_timer_kind kind;
	struct mun_err e;
	char *ours;
	char *theirs;
	char *text;

	other.repository = "/srv/other";
	mun_test_write(path, "# first\n", 8);
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), 0);
	assert_int_equal(mun_timer_install(&other, &kind, &e), 0);
	f->t.program = "/opt/muniment";
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), 0);
	assert_int_equal(mun_timer_cron(&f->t, &ours, &e), 0);
	assert_int_equal(mun_timer_cron(&other, &theirs, &e), 0);
	assert_int_equal(mun_fmt(&text, &e, "# first\n%s%s", ours, theirs), 0);
	assert_true(mun_test_has_text(path, text));
	assert_int_equal(mun_timer_remove(&f->t, &kind, &e), 0);
	free(text);
	assert_int_equal(mun_fmt(&text, &e, "# first\n%s", theirs), 0);
	assert_true(mun_test_has_text(path, text));
	free(text);
	free(ours);
	free(theirs);
	free(path);
}

static void a_crontab_that_cannot_be_read_is_not_written(void **state)
{
	struct fixture *f = *state;
	char *path = mun_test_path(f->bin, "table");
	char *broken = mun_test_path(f->bin, "broken");
	enum mun_timer_kind kind;
	struct mun_err e;
	char *block;

	mun_test_write(path, "0 1 * * * true\n", 15);
	mun_test_write(broken, "", 0);
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), MUN_EIO);
	assert_int_equal(mun_timer_remove(&f->t, &kind, &e), MUN_EIO);
	(void)unlink(broken);
	assert_true(mun_test_has_text(path, "0 1 * * * true\n"));
	/* Half of our block: which lines are whose? */
	assert_int_equal(mun_timer_cron(&f->t, &block, &e), 0);
	*strstr(block, " end\n") = '\0';
	mun_test_write(path, block, strlen(block));
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), MUN_EIO);
	assert_int_equal(mun_timer_remove(&f->t, &kind, &e), MUN_EIO);
	assert_true(mun_test_has_text(path, block));
	free(block);
	free(broken);
	free(path);
}

static void without_either_it_says_so(void **state)
{
	struct fixture *f = *state;
	struct mun_timer_status s;
	enum mun_timer_kind kind;
	struct mun_err e;

	f->t.crontab = "/nowhere/crontab";
	assert_int_equal(mun_timer_install(&f->t, &kind, &e), MUN_ENOENT);
	assert_int_equal(kind, MUN_TIMER_NONE);
	assert_int_equal(mun_timer_look(&f->t, &s, &e), 0);
	assert_int_equal(s.kind, MUN_TIMER_NONE);
	mun_timer_status_clear(&s);
	assert_int_equal(mun_timer_remove(&f->t, &kind, &e), 0);
	assert_int_equal(kind, MUN_TIMER_NONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(names_are_stable_and_differ_by_path),
		TEST(the_service_may_write_no_store_unless_it_may_repair),
		TEST(a_path_that_a_unit_cannot_hold_is_refused),
		TEST(starts_follow_the_windows),
		TEST(a_short_window_is_not_missed_by_the_delay),
		TEST(systemd_has_nothing_to_say_against_them),
		TEST(units_are_installed_looked_at_and_removed),
		TEST(two_repositories_do_not_touch_each_other),
		TEST(what_systemd_refuses_is_not_left_lying_about),
		TEST(every_fault_leaves_whole_units_or_none),
		TEST(a_crontab_keeps_all_lines_of_others),
		TEST(a_block_in_the_middle_is_replaced_where_it_is),
		TEST(a_crontab_that_cannot_be_read_is_not_written),
		TEST(without_either_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
