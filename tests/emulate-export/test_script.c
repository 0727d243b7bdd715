/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_script.c - run scripts, in folders of any name */
#include "emulate-export/kit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "tests/support/support.h"

/* Names that people and archives give to folders, and worse. */
static const char *const folders[] = {
	"plain",
	"a b  c",
	"it's",
	"say \"yes\"",
	"$(touch pwned)",
	"`touch pwned`",
	"${HOME}",
	"100%PATH%",
	"wow!",
	"a&b;c|d>e<f",
	"new\nline",
	"ends with newline\n",
	"-n",
	"*?[a-z]",
	"back\\slash",
	"~",
	"\xe6\x97\xa5\xe6\x9c\xac \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
	"not utf-8 \xff\xfe",
	")(",
};

static const char *const shells[][2] = {
	{ "/bin/dash", NULL },     { "/bin/bash", NULL },
	{ "/bin/busybox", "sh" },  { "/usr/bin/busybox", "sh" },
	{ "/usr/bin/mksh", NULL },
};

/* What a fake emulator is: tells its folder and arguments, each in a line, and
 * what it finds; writes where it may. */
static const char fake[] = "#!/bin/sh\n"
			   "{\n"
			   "\tprintf '%s\\n' \"$@\"\n"
			   "\tcat media/disk.img\n"
			   "\tprintf changed >media/disk.img\n"
			   "\tcat media/disc.iso\n"
			   "} >\"$SAID\" 2>&1\n"
			   "exit 7\n";

static const struct mun_script simple = {
	.title = "Emu's",
	.variable = "EMU",
	.programs = "emu-one emu-two",
	.debian = "emu",
	.homepage = "https://example.org/",
	.windows = "%ProgramFiles(x86)%\\Emu\\emu.exe;C:\\emu.exe",
	.windows_program = "emu.exe",
	.comment = "# A comment.\n",
	.sh = "exec \"$program\" \"$@\"\n",
	.bat = "\"%program%\" %*\n",
};

struct place {
	char *dir; /* scratch */
	char *data; /* data/ of the package, in a folder of an odd name */
	char *bin; /* its programs are found */
	char *said;
};

static void put(const char *folder, const char *name, const char *text,
		mode_t mode)
{
	char *path = mun_test_path(folder, name);

	mun_test_write(path, text, strlen(text));
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static char *make_folder(const char *in, const char *name)
{
	char *path = mun_test_path(in, name);

	assert_int_equal(mkdir(path, 0700), 0);
	return path;
}

static void set_up(struct place *p, const char *folder,
		   const struct mun_script *s)
{
	struct mun_kit k = { 0 };
	struct mun_err e;
	char *package;
	char *media;

	p->dir = mun_test_dir();
	package = make_folder(p->dir, folder);
	p->data = make_folder(package, "data");
	p->bin = make_folder(p->dir, "bin");
	p->said = mun_test_path(p->dir, "said");
	media = make_folder(p->data, "media");
	assert_int_equal(mun_script_add(&k, s, &e), 0);
	assert_int_equal(k.n, 2);
	for (size_t i = 0; i < k.n; i++)
		put(p->data, k.files[i].path, k.files[i].text.text,
		    k.files[i].mode);
	put(media, "disk.img", "the disk", 0444);
	put(media, "disc.iso", "the disc", 0444);
	mun_kit_clear(&k);
	free(package);
	free(media);
}

static void tear_down(struct place *p)
{
	free(p->data);
	free(p->bin);
	free(p->said);
	mun_test_dir_remove(p->dir);
}

/* Run @run by shell @sh from the folder @cwd; what it says is in p->said.  The
 * exit status. */
static int run(const struct place *p, const char *const sh[2], const char *cwd,
	       const char *run_path, const char *argument)
{
	char path[4096];
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const char *argv[6] = { sh[1] ? "busybox" : "sh" };
		size_t n = 1;

		(void)snprintf(path, sizeof(path), "%s:/usr/bin:/bin", p->bin);
		if (chdir(cwd) || setenv("PATH", path, 1) ||
		    setenv("SAID", p->said, 1) || setenv("CDPATH", p->bin, 1) ||
		    !freopen(p->said, "w", stderr))
			_exit(99);
		if (sh[1])
			argv[n++] = sh[1];
		argv[n++] = run_path;
		if (argument)
			argv[n++] = argument;
		/* execv() changes none of them. */
		execv(sh[0], (char **)(uintptr_t)argv);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool is_there(const char *const sh[2])
{
	return access(sh[0], X_OK) == 0;
}

static void in_any_folder_by_any_shell(void **state)
{
	static const char argument[] = "a  \"b\" $(touch pwned) *\n'";
	char want[128];

	(void)state;
	(void)snprintf(want, sizeof(want), "%s\nthe diskthe disc", argument);
	for (size_t i = 0; i < MUN_COUNT(folders) * MUN_COUNT(shells); i++) {
		const char *folder = folders[i / MUN_COUNT(shells)];
		const char *const *sh = shells[i % MUN_COUNT(shells)];
		struct place p;
		char *script;
		int rc;

		if (!is_there(sh))
			continue;
		set_up(&p, folder, &simple);
		put(p.bin, "emu-two", fake, 0755);
		script = mun_test_path(p.data, "run");
		/* From elsewhere; from its folder; by its folder's name. */
		rc = run(&p, sh, "/", script, argument);
		if (rc != 7 || !mun_test_has_text(p.said, want))
			fail_msg("'%s' by %s: %d", folder, sh[0], rc);
		put(p.data, "media/disk.img", "the disk", 0644);
		assert_int_equal(run(&p, sh, p.data, "./run", argument), 7);
		assert_true(mun_test_has_text(p.said, want));
		put(p.data, "media/disk.img", "the disk", 0644);
		assert_int_equal(run(&p, sh, p.data, "run", argument), 7);
		assert_true(mun_test_has_text(p.said, want));
		/* bin, the package, said: nothing was made by a name. */
		assert_int_equal(mun_test_count_entries(p.dir), 3);
		assert_int_equal(mun_test_count_entries(p.data), 3);
		free(script);
		tear_down(&p);
	}
}

static void by_a_link_to_it_too(void **state)
{
	struct place p;
	char *script;
	char *link;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(folders); i++) {
		set_up(&p, folders[i], &simple);
		put(p.bin, "emu-one", fake, 0755);
		script = mun_test_path(p.data, "run");
		link = mun_test_path(p.bin, "link");
		assert_int_equal(symlink(script, link), 0);
		if (run(&p, shells[0], "/", link, "x") != 7 ||
		    !mun_test_has_text(p.said, "x\nthe diskthe disc"))
			fail_msg("'%s'", folders[i]);
		free(script);
		free(link);
		tear_down(&p);
	}
}

/* $CDPATH is where cd looks first, and there is a folder of that name. */
static void not_where_cd_would_look(void **state)
{
	struct place p;
	char *package;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(shells); i++) {
		if (!is_there(shells[i]))
			continue;
		set_up(&p, "plain", &simple);
		put(p.bin, "emu-one", fake, 0755);
		free(make_folder(p.bin, "data"));
		free(make_folder(p.bin, "data/media"));
		package = mun_test_path(p.dir, "plain");
		if (run(&p, shells[i], package, "data/run", "x") != 7 ||
		    !mun_test_has_text(p.said, "x\nthe diskthe disc"))
			fail_msg("%s", shells[i][0]);
		free(package);
		tear_down(&p);
	}
}

static void a_missing_program_is_told_with_its_package(void **state)
{
	struct place p;
	char *script;
	char *said;

	(void)state;
	set_up(&p, "a b", &simple);
	script = mun_test_path(p.data, "run");
	assert_int_equal(run(&p, shells[0], "/", script, NULL), 127);
	said = mun_test_read(p.said, NULL);
	assert_non_null(strstr(said, "Emu's is not installed"));
	assert_non_null(strstr(said, "apt install emu."));
	assert_non_null(strstr(said, "EMU=/path"));
	free(said);
	/* A program that is named and not there. */
	assert_int_equal(setenv("EMU", "/nowhere", 1), 0);
	assert_int_equal(run(&p, shells[0], "/", script, NULL), 127);
	/* Named from where the person is. */
	put(p.bin, "mine", fake, 0755);
	assert_int_equal(setenv("EMU", "bin/mine", 1), 0);
	assert_int_equal(run(&p, shells[0], p.dir, script, NULL), 7);
	assert_int_equal(unsetenv("EMU"), 0);
	free(script);
	tear_down(&p);
}

static void missing_firmware_is_told_before_anything_starts(void **state)
{
	struct mun_script s = simple;
	struct place p;
	char *script;
	char *said;

	(void)state;
	s.needs[0] = (struct mun_script_need){ .variable = "KICK",
					       .file = "firmware/kick.rom",
					       .what = "a Kickstart's ROM" };
	s.sh = "exec \"$program\" \"$KICK\" \"$@\"\n";
	set_up(&p, "it's", &s);
	put(p.bin, "emu-one", fake, 0755);
	script = mun_test_path(p.data, "run");
	assert_int_equal(run(&p, shells[0], "/", script, NULL), 66);
	said = mun_test_read(p.said, NULL);
	assert_non_null(strstr(said, "a Kickstart's ROM is needed"));
	assert_non_null(strstr(said, "KICK="));
	assert_null(strstr(said, "the disk"));
	free(said);
	/* Named from where the person is; it has to be there. */
	put(p.dir, "my rom", "", 0444);
	assert_int_equal(setenv("KICK", "my rom", 1), 0);
	assert_int_equal(run(&p, shells[0], p.dir, script, NULL), 7);
	said = mun_test_read(p.said, NULL);
	assert_int_equal(strncmp(said, p.dir, strlen(p.dir)), 0);
	assert_non_null(strstr(said, "/my rom\n"));
	free(said);
	assert_int_equal(setenv("KICK", "not there", 1), 0);
	assert_int_equal(run(&p, shells[0], p.dir, script, NULL), 66);
	assert_int_equal(unsetenv("KICK"), 0);
	/* Put where it is looked for. */
	free(make_folder(p.data, "firmware"));
	put(p.data, "firmware/kick.rom", "", 0444);
	assert_int_equal(run(&p, shells[0], "/", script, NULL), 7);
	free(script);
	tear_down(&p);
}

static void optional_firmware_is_an_empty_word_without_it(void **state)
{
	struct mun_script s = simple;
	struct place p;
	char *script;

	(void)state;
	s.needs[0] = (struct mun_script_need){ .variable = "KICK",
					       .file = "firmware/kick.rom",
					       .what = "a ROM",
					       .optional = true };
	s.sh = "exec \"$program\" \"<$KICK>\" \"$@\"\n";
	set_up(&p, "a b", &s);
	put(p.bin, "emu-one", fake, 0755);
	script = mun_test_path(p.data, "run");
	assert_int_equal(run(&p, shells[0], "/", script, NULL), 7);
	assert_true(mun_test_has_text(p.said, "<>\nthe diskthe disc"));
	/* What is named has to be there all the same. */
	assert_int_equal(setenv("KICK", "/nowhere", 1), 0);
	assert_int_equal(run(&p, shells[0], "/", script, NULL), 66);
	assert_int_equal(unsetenv("KICK"), 0);
	free(script);
	tear_down(&p);
}

static const struct mun_script in_session = {
	.title = "Emu",
	.variable = "EMU",
	.programs = "emu-one",
	.debian = "",
	.homepage = "https://example.org/",
	.windows_program = "emu.exe",
	.copies = "media/disk.img",
	.links = "media/*",
	.sh = "\"$program\" \"$@\"\n",
	.bat = "\"%program%\" %*\n",
};

static void a_session_writes_to_copies_and_leaves_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(folders) * MUN_COUNT(shells); i++) {
		const char *folder = folders[i / MUN_COUNT(shells)];
		const char *const *sh = shells[i % MUN_COUNT(shells)];
		struct place p;
		char *script;
		char *disk;
		char *tmp;

		if (!is_there(sh))
			continue;
		set_up(&p, folder, &in_session);
		put(p.bin, "emu-one", fake, 0755);
		script = mun_test_path(p.data, "run");
		disk = mun_test_path(p.data, "media/disk.img");
		tmp = make_folder(p.dir, "tmp dir");
		assert_int_equal(setenv("TMPDIR", tmp, 1), 0);
		if (run(&p, sh, "/", script, "x") != 7 ||
		    !mun_test_has_text(p.said, "x\nthe diskthe disc") ||
		    !mun_test_has_text(disk, "the disk"))
			fail_msg("'%s' by %s", folder, sh[0]);
		assert_int_equal(mun_test_count_entries(tmp), 0);
		assert_int_equal(unsetenv("TMPDIR"), 0);
		free(tmp);
		free(script);
		free(disk);
		tear_down(&p);
	}
}

static void a_session_of_one_s_own_goes_on(void **state)
{
	struct place p;
	struct stat st;
	char *script;
	char *mine;

	(void)state;
	set_up(&p, "a b", &in_session);
	put(p.bin, "emu-one", fake, 0755);
	script = mun_test_path(p.data, "run");
	mine = mun_test_path(p.dir, "my own/media/disk.img");
	assert_int_equal(setenv("MUNIMENT_SESSION", "my own", 1), 0);
	assert_int_equal(run(&p, shells[0], p.dir, script, "x"), 7);
	assert_true(mun_test_has_text(p.said, "x\nthe diskthe disc"));
	assert_true(mun_test_has_text(mine, "changed"));
	/* Who is not root has to be let. */
	assert_int_equal(stat(mine, &st), 0);
	assert_true(st.st_mode & S_IWUSR);
	assert_int_equal(run(&p, shells[0], p.dir, script, "y"), 7);
	assert_true(mun_test_has_text(p.said, "y\nchangedthe disc"));
	assert_int_equal(unsetenv("MUNIMENT_SESSION"), 0);
	free(mine);
	free(script);
	tear_down(&p);
}

static void a_full_disk_starts_nothing(void **state)
{
	struct place p;
	char *script;
	char *said;

	(void)state;
	set_up(&p, "a b", &in_session);
	put(p.bin, "emu-one", fake, 0755);
	put(p.bin, "cp", "#!/bin/sh\nexit 1\n", 0755);
	script = mun_test_path(p.data, "run");
	assert_int_equal(run(&p, shells[0], "/", script, "x"), 1);
	said = mun_test_read(p.said, NULL);
	assert_null(strstr(said, "the disc"));
	free(said);
	free(script);
	tear_down(&p);
}

/* A copy that was cut off is made anew when the session goes on. */
static void half_a_copy_is_none(void **state)
{
	struct place p;
	char *script;
	char *cp;

	(void)state;
	set_up(&p, "a b", &in_session);
	put(p.bin, "emu-one", fake, 0755);
	put(p.bin, "cp",
	    "#!/bin/sh\n"
	    "for to; do :; done\n"
	    "printf the >\"$to\"\n"
	    "chmod 0444 \"$to\"\n"
	    "exit 1\n",
	    0755);
	script = mun_test_path(p.data, "run");
	cp = mun_test_path(p.bin, "cp");
	assert_int_equal(setenv("MUNIMENT_SESSION", "my own", 1), 0);
	assert_int_equal(run(&p, shells[0], p.dir, script, "x"), 1);
	assert_int_equal(unlink(cp), 0);
	assert_int_equal(run(&p, shells[0], p.dir, script, "x"), 7);
	assert_true(mun_test_has_text(p.said, "x\nthe diskthe disc"));
	assert_int_equal(unsetenv("MUNIMENT_SESSION"), 0);
	free(cp);
	free(script);
	tear_down(&p);
}

/* What a script cannot hold is refused, not quoted somehow. */
static void texts_that_are_none_of_ours_are_refused(void **state)
{
	struct mun_script s;
	struct mun_err e;
	static const char *const bad[] = {
		"media/$(x)", "media/a b;", "/etc/passwd", "disk.img",
		"media/",     "media/*/x",  "media/%x%",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		struct mun_kit k = { 0 };

		s = in_session;
		s.copies = bad[i];
		if (mun_script_add(&k, &s, &e) != MUN_EINVAL)
			fail_msg("'%s'", bad[i]);
		mun_kit_clear(&k);
	}
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "", "lower", "A B" };
		struct mun_kit k = { 0 };

		s = simple;
		s.variable = names[i];
		assert_int_equal(mun_script_add(&k, &s, &e), MUN_EINVAL);
		mun_kit_clear(&k);
	}
}

/* For Windows: the text is checked as far as that can be done without it; the
 * rest is in kits_test.py. */
static void a_batch_file_has_its_line_ends(void **state)
{
	struct mun_kit k = { 0 };
	struct mun_err e;
	const char *text;

	(void)state;
	assert_int_equal(mun_script_add(&k, &in_session, &e), 0);
	assert_string_equal(k.files[1].path, "run.bat");
	text = k.files[1].text.text;
	for (const char *at = text; *at; at++) {
		if (*at == '\n')
			assert_true(at > text && at[-1] == '\r');
		if (*at == '\r')
			assert_int_equal(at[1], '\n');
	}
	assert_non_null(strstr(text, "pushd \"%~dp0\"\r\n"));
	/* "C:\x\" as an argument would hide the quote behind it. */
	assert_non_null(strstr(text, "if defined session if "
				     "\"%session:~-1%\"==\"\\\" "
				     "set \"session=%session%.\"\r\n"));
	mun_kit_clear(&k);
}

static void what_runs_on_one_system_says_so_on_the_other(void **state)
{
	struct mun_script s = simple;
	struct place p;
	char *script;
	char *said;

	(void)state;
	s.sh = NULL;
	set_up(&p, "it's", &s);
	script = mun_test_path(p.data, "run");
	assert_int_equal(run(&p, shells[0], "/", script, NULL), 127);
	said = mun_test_read(p.said, NULL);
	assert_non_null(strstr(said, "Emu's is a program for Windows"));
	free(said);
	free(script);
	tear_down(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_any_folder_by_any_shell),
		cmocka_unit_test(by_a_link_to_it_too),
		cmocka_unit_test(not_where_cd_would_look),
		cmocka_unit_test(a_missing_program_is_told_with_its_package),
		cmocka_unit_test(
			missing_firmware_is_told_before_anything_starts),
		cmocka_unit_test(optional_firmware_is_an_empty_word_without_it),
		cmocka_unit_test(a_session_writes_to_copies_and_leaves_nothing),
		cmocka_unit_test(a_session_of_one_s_own_goes_on),
		cmocka_unit_test(a_full_disk_starts_nothing),
		cmocka_unit_test(half_a_copy_is_none),
		cmocka_unit_test(texts_that_are_none_of_ours_are_refused),
		cmocka_unit_test(a_batch_file_has_its_line_ends),
		cmocka_unit_test(what_runs_on_one_system_says_so_on_the_other),
	};

	(void)unsetenv("EMU");
	(void)unsetenv("MUNIMENT_SESSION");
	(void)unsetenv("TMPDIR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
