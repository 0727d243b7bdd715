/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_mapfile.c - read maps as mapfiles; ddrescue's own answers */
#include "core/check.h"
#include "image/readmap.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const enum mun_read_state states[] = {
	MUN_READ_NOT_TRIED, MUN_READ_NOT_TRIMMED, MUN_READ_NOT_SCRAPED,
	MUN_READ_BAD,       MUN_READ_GOOD,        MUN_READ_DOUBTFUL
};

/* The manual's own example ("Mapfile structure"). */
static const char example[] =
	"# Mapfile. Created by GNU ddrescue version 1.27\n"
	"# Command line: ddrescue -d -c18 /dev/fd0 fdimage mapfile\n"
	"# Start time:   2015-07-21 09:37:44\n"
	"# Current time: 2015-07-21 09:38:19\n"
	"# Copying non-tried blocks... Pass 1 (forwards)\n"
	"# current_pos  current_status  current_pass\n"
	"0x00120000     ?               1\n"
	"#      pos        size  status\n"
	"0x00000000  0x00117000  +\n"
	"0x00117000  0x00000200  -\n"
	"0x00117200  0x00001000  /\n"
	"0x00118200  0x00007E00  *\n"
	"0x00120000  0x00048000  ?\n";

static void assert_is_example(const struct mun_readmap *m)
{
	static const struct mun_read_run want[] = {
		{ 0, 0x117000, MUN_READ_GOOD },
		{ 0x117000, 0x200, MUN_READ_BAD },
		{ 0x117200, 0x1000, MUN_READ_NOT_SCRAPED },
		{ 0x118200, 0x7e00, MUN_READ_NOT_TRIMMED },
		{ 0x120000, 0x48000, MUN_READ_NOT_TRIED },
	};

	assert_int_equal(m->size, 0x168000);
	assert_int_equal(m->nruns, MUN_COUNT(want));
	for (size_t i = 0; i < MUN_COUNT(want); i++) {
		const struct mun_read_run *run =
			mun_readmap_run(m, want[i].off);

		assert_int_equal(run->off, want[i].off);
		assert_int_equal(run->bytes, want[i].bytes);
		assert_int_equal(run->state, want[i].state);
	}
	assert_int_equal(m->status.pos, 0x120000);
	assert_int_equal(m->status.phase, '?');
	assert_int_equal(m->status.pass, 1);
}

static void the_manuals_example_is_read_and_written_alike(void **state)
{
	struct mun_readmap m;
	struct mun_readmap again;
	struct mun_str text = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(
		mun_readmap_parse(example, sizeof(example) - 1, &m, &e), 0);
	assert_is_example(&m);
	assert_int_equal(mun_readmap_write(&m, "Command line: muniment\nx\ry",
					   &text, &e),
			 0);
	/* From the status line on, byte for byte what ddrescue wrote. */
	assert_non_null(strstr(text.text, strstr(example, "# current_pos")));
	assert_non_null(strstr(text.text, "# Command line: muniment\n"));
	assert_non_null(strstr(text.text, "\n# x\\x0dy\n"));
	assert_int_equal(mun_readmap_parse(text.text, text.len, &again, &e), 0);
	assert_is_example(&again);
	mun_readmap_clear(&m);
	mun_readmap_clear(&again);
	mun_str_free(&text);
}

static void the_status_line_tells_what_is_left_to_do(void **state)
{
	static const struct {
		enum mun_read_state second;
		const char *want;
	} cases[] = {
		{ MUN_READ_NOT_TRIED, "\n0x00000200     ?               1\n" },
		{ MUN_READ_NOT_TRIMMED,
		  "\n0x00000200     *               1\n" },
		{ MUN_READ_NOT_SCRAPED,
		  "\n0x00000200     /               1\n" },
		{ MUN_READ_BAD, "\n0x00000000     +               1\n" },
		{ MUN_READ_GOOD, "\n0x00000000     +               1\n" },
		{ MUN_READ_DOUBTFUL, "\n0x00000000     +               1\n" },
	};
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_readmap m;
		struct mun_str s = { 0 };

		assert_int_equal(mun_readmap_init(&m, 1024, &e), 0);
		assert_int_equal(
			mun_readmap_mark(&m, 0, 512, MUN_READ_GOOD, &e), 0);
		assert_int_equal(
			mun_readmap_mark(&m, 512, 512, cases[i].second, &e), 0);
		assert_int_equal(mun_readmap_write(&m, NULL, &s, &e), 0);
		assert_non_null(strstr(s.text, cases[i].want));
		mun_str_free(&s);
		mun_readmap_clear(&m);
	}
}

static void the_status_line_is_kept(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "512 ? 4\n0 1024 ?\n", "\n0x00000200     ?  "
					 "             4\n" },
		{ "01000 - 010\n0 1024 -\n", "\n0x00000200     -  "
					     "             10\n" },
		{ "0 F\n0 1024 ?\n", "\n0x00000000     F  "
				     "             1\n" },
		{ "0 + 5000000000\n0 1024 +\n", "\n0x00000000     +  "
						"             2147483647\n" },
	};
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_readmap m;
		struct mun_str s = { 0 };

		assert_int_equal(mun_readmap_parse(cases[i].text,
						   strlen(cases[i].text), &m,
						   &e),
				 0);
		assert_int_equal(mun_readmap_write(&m, NULL, &s, &e), 0);
		assert_non_null(strstr(s.text, cases[i].want));
		mun_str_free(&s);
		mun_readmap_clear(&m);
	}
}

/* One letter for each 256 bytes of a map of 2048. */
static void assert_letters(const struct mun_readmap *m, const char *want)
{
	char got[9] = "";

	assert_int_equal(m->size, 2048);
	for (size_t i = 0; i < 8; i++)
		got[i] = (char)mun_readmap_at(m, i * 256);
	assert_string_equal(got, want);
}

#define EIGHT "0 ? 1\n0 512 +\n512 1024 -\n1536 256 ?\n1792 256 -\n"

static void what_is_doubtful_is_bad_to_ddrescue_and_known_to_us(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ EIGHT, "++----?-" },
		{ "# doubtful: 512 256\n" EIGHT, "++!---?-" },
		{ "# doubtful: 0x200 0400\n# x\n# doubtful: 1280 256 # y\n" EIGHT,
		  "++!--!?-" },
		/* The blocks have the last word. */
		{ "# doubtful: 0 2048\n" EIGHT, "++!!!!?!" },
		{ "# doubtful: 1024 999999\n" EIGHT, "++--!!?!" },
		/* What is none is a comment. */
		{ "# doubtful: 1024 256 256\n" EIGHT, "++----?-" },
		{ "# doubtful: 1024\n" EIGHT, "++----?-" },
		{ "# doubtful: 1024 many\n" EIGHT, "++----?-" },
		{ "# Doubtful: 1024 256\n" EIGHT, "++----?-" },
		{ " # doubtful: 1024 256\n" EIGHT, "++----?-" },
		{ EIGHT "# doubtful: 1024 256\n", "++----?-" },
		{ "# doubtful: 256 0xffffffffffffffff\n" EIGHT, "++----?-" },
		/* Backwards. */
		{ "# doubtful: 1024 256\n# doubtful: 512 256\n" EIGHT,
		  "++--!-?-" },
	};
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_str text = { 0 };
		struct mun_readmap m;
		struct mun_readmap again;

		assert_int_equal(mun_readmap_parse(cases[i].text,
						   strlen(cases[i].text), &m,
						   &e),
				 0);
		assert_letters(&m, cases[i].want);
		assert_int_equal(mun_readmap_write(&m, "c", &text, &e), 0);
		assert_int_equal(
			mun_readmap_parse(text.text, text.len, &again, &e), 0);
		assert_letters(&again, cases[i].want);
		/* Its blocks are those that ddrescue would write. */
		assert_non_null(strstr(text.text,
				       "  status\n"
				       "0x00000000  0x00000200  +\n"
				       "0x00000200  0x00000400  -\n"
				       "0x00000600  0x00000100  ?\n"
				       "0x00000700  0x00000100  -\n"));
		mun_str_free(&text);
		mun_readmap_clear(&m);
		mun_readmap_clear(&again);
	}
}

/* What ddrescuelog 1.27 takes, though ddrescue would not write it so. */
static void what_ddrescue_takes_is_taken(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
		size_t nruns;
	} cases[] = {
		{ "0 + 1\n", 0, 0 },
		{ "0x0 ?\n0 512 +\n", 512, 1 },
		{ "0 ? 1 # note\n0 01000 + # octal\n512 0X200 -\n", 1024, 2 },
		{ "\n \t\n#c\n  0\t?\t1\r\n 0 512 +\r\n", 512, 1 },
		{ "0 ? 1\n0 512 +\n512 512 +", 1024, 1 },
		/* What is before the first block was not tried. */
		{ "0 ? 1\n512 512 +\n", 1024, 2 },
		{ "0 F 1\n0 0x7fffffffffffffff ?\n", INT64_MAX, 1 },
	};
	struct mun_readmap m;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		assert_int_equal(mun_readmap_parse(cases[i].text,
						   strlen(cases[i].text), &m,
						   &e),
				 0);
		assert_int_equal(m.size, cases[i].size);
		assert_int_equal(m.nruns, cases[i].nruns);
		mun_readmap_clear(&m);
	}
}

static void a_broken_mapfile_is_refused_with_line_and_reason(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "", "line 0: the status line is missing" },
		{ "# only a comment\n", "line 1: the status line is missing" },
		{ "0x0\n", "line 1: not a status line" },
		{ "0x0 x 1\n", "line 1: not a status line" },
		{ "0x0 ? 1 1\n", "line 1: not a status line" },
		{ "0x0 ? 0\n", "line 1: the pass" },
		{ "0x0 ? 0x2\n", "line 1: the pass" },
		{ "0 ? 1\n\n0 512\n", "line 3: not a block line" },
		{ "0 ? 1\n0 512 + +\n", "line 2: not a block line" },
		{ "0 ? 1\n0x 512 +\n", "line 2: not a block line" },
		{ "0 ? 1\n0 -512 +\n", "line 2: not a block line" },
		{ "0 ? 1\n0 08 +\n", "line 2: not a block line" },
		{ "0 ? 1\n0 18446744073709551616 +\n", "not a block line" },
		{ "0 ? 1\n0 512 F\n", "line 2: unknown block status" },
		{ "0 ? 1\n0 512 ++\n", "line 2: unknown block status" },
		{ "0 ? 1\n0 0 +\n", "line 2: a block of no bytes" },
		{ "0 ? 1\n0 0x8000000000000000 +\n", "beyond 63 bits" },
		{ "0 ? 1\n0xffffffffffffffff 2 +\n", "beyond 63 bits" },
		{ "0 ? 1\n0 512 +\n1024 512 -\n", "line 3: a gap" },
		{ "0 ? 1\n0 512 +\n256 512 -\n", "line 3: the block overlaps" },
		{ "0 ? 1\n512 512 +\n0 512 -\n", "line 3: the block overlaps" },
	};
	char text[512];
	struct mun_readmap m;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		assert_int_equal(mun_readmap_parse(cases[i].text,
						   strlen(cases[i].text), &m,
						   &e),
				 MUN_ECORRUPT);
		mun_err_text(&e, text, sizeof(text), 0);
		if (!strstr(text, cases[i].why))
			fail_msg("'%s' gave '%s'", cases[i].why, text);
		assert_null(m.blocks);
	}
}

/* Run ddrescuelog without a shell; its standard output goes to @out. */
static int ddrescuelog(const char *option, const char *path, const char *out)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (!freopen(out, "w", stdout))
			_exit(126);
		execlp("ddrescuelog", "ddrescuelog", option, path,
		       (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void scatter(struct mun_readmap *m, uint64_t seed)
{
	uint8_t dice[4 * 200];
	struct mun_err e;

	assert_int_equal(mun_readmap_init(m, (uint64_t)700 << 20, &e), 0);
	mun_test_pattern(dice, sizeof(dice), seed);
	for (size_t i = 0; i < sizeof(dice); i += 4) {
		uint64_t off = (uint64_t)(dice[i] << 8 | dice[i + 1]) * 2048;
		uint64_t bytes = (uint64_t)(dice[i + 2] + 1) * 512;

		assert_int_equal(
			mun_readmap_mark(
				m, off, bytes,
				states[dice[i + 3] % MUN_COUNT(states)], &e),
			0);
	}
}

/* ddrescuelog -n swaps finished for bad sectors and all else for finished; its
 * manual page: "invert block types (finished <--> others)". */
static void assert_inverted(const struct mun_readmap *m,
			    const struct mun_readmap *inverted)
{
	assert_int_equal(inverted->size, m->size);
	MUN_READMAP_EACH(run, m)
	{
		bool good = run->state == MUN_READ_GOOD;

		for (int end = 0; end < 2; end++) {
			uint64_t at = run->off + (end ? run->bytes - 1 : 0);

			assert_int_equal(good, mun_readmap_at(inverted, at) !=
						       MUN_READ_GOOD);
		}
	}
	assert_int_equal(mun_readmap_bytes(inverted, MUN_READ_GOOD),
			 m->size - mun_readmap_bytes(m, MUN_READ_GOOD));
}

static void ddrescuelog_reads_ours_and_we_read_its_own(void **state)
{
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "a.map");
	char *out = mun_test_path(dir, "b.map");
	struct mun_err e;

	(void)state;
	mun_test_write(path, "0 ? 1\n0 512 +\n", 14);
	if (ddrescuelog("-t", path, out) == 127) {
		print_message("ddrescuelog is not installed\n");
		skip();
	}
	for (uint64_t seed = 0; seed < 8; seed++) {
		struct mun_str text = { 0 };
		struct mun_readmap m;
		struct mun_readmap inverted;
		char *answer;
		size_t len;

		scatter(&m, seed);
		assert_int_equal(mun_readmap_write(&m, "test", &text, &e), 0);
		mun_test_write(path, text.text, text.len);
		assert_int_equal(ddrescuelog("-t", path, out), 0);
		assert_int_equal(ddrescuelog("-n", path, out), 0);
		answer = mun_test_read(out, &len);
		assert_non_null(answer);
		assert_int_equal(mun_readmap_parse(answer, len, &inverted, &e),
				 0);
		assert_inverted(&m, &inverted);
		free(answer);
		mun_readmap_clear(&m);
		mun_readmap_clear(&inverted);
		mun_str_free(&text);
	}
	free(path);
	free(out);
	mun_test_dir_remove(dir);
}

/* Run a program without a shell, silently. */
static int run(const char *const argv[])
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) ||
		    !freopen("/dev/null", "w", stderr))
			_exit(126);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ddrescue_goes_on_with_ours_and_we_with_what_it_leaves(void **state)
{
	enum { BYTES = 1 << 20 };
	char *dir = mun_test_dir();
	char *in = mun_test_path(dir, "in");
	char *out = mun_test_path(dir, "out");
	char *path = mun_test_path(dir, "map");
	const char *const go_on[] = { "ddrescue", "-q", "-r1", in,
				      out,        path, NULL };
	uint8_t *bytes = malloc(BYTES);
	struct mun_str text = { 0 };
	struct mun_readmap m;
	struct mun_err e;
	char *answer;
	size_t len;
	int rc;

	(void)state;
	assert_non_null(bytes);
	mun_test_pattern(bytes, BYTES, 9);
	mun_test_write(in, bytes, BYTES);
	assert_int_equal(mun_readmap_init(&m, BYTES, &e), 0);
	for (uint64_t i = 0; i < MUN_COUNT(states); i++)
		assert_int_equal(mun_readmap_mark(&m, (2 * i + 1) << 16, 4096,
						  states[i], &e),
				 0);
	assert_int_equal(mun_readmap_write(&m, NULL, &text, &e), 0);
	mun_test_write(path, text.text, text.len);
	rc = run(go_on);
	if (rc == 127) {
		print_message("ddrescue is not installed\n");
		skip();
	}
	assert_int_equal(rc, 0);
	mun_readmap_clear(&m);
	answer = mun_test_read(path, &len);
	assert_int_equal(mun_readmap_parse(answer, len, &m, &e), 0);
	assert_int_equal(m.nruns, 1);
	assert_int_equal(mun_readmap_bytes(&m, MUN_READ_GOOD), BYTES);
	assert_int_equal(m.status.phase, '+');
	free(answer);
	/* All but what the map said was read: there ddrescue wrote nothing. */
	answer = mun_test_read(out, &len);
	assert_int_equal(len, BYTES);
	assert_int_not_equal(
		memcmp(answer + (9 << 16), bytes + (9 << 16), 4096), 0);
	memcpy(answer + (9 << 16), bytes + (9 << 16), 4096);
	assert_memory_equal(answer, bytes, BYTES);
	free(answer);
	mun_readmap_clear(&m);
	mun_str_free(&text);
	free(bytes);
	free(in);
	free(out);
	free(path);
	mun_test_dir_remove(dir);
}

static void an_empty_map_is_written_and_read(void **state)
{
	struct mun_readmap m;
	struct mun_readmap again;
	struct mun_str text = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, 0, &e), 0);
	assert_int_equal(m.nruns, 0);
	assert_null(mun_readmap_next_bad(&m, 0));
	assert_int_equal(mun_readmap_write(&m, NULL, &text, &e), 0);
	assert_int_equal(mun_readmap_parse(text.text, text.len, &again, &e), 0);
	assert_int_equal(again.size, 0);
	mun_str_free(&text);
	mun_readmap_clear(&again);
	mun_readmap_clear(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manuals_example_is_read_and_written_alike),
		cmocka_unit_test(the_status_line_tells_what_is_left_to_do),
		cmocka_unit_test(the_status_line_is_kept),
		cmocka_unit_test(
			what_is_doubtful_is_bad_to_ddrescue_and_known_to_us),
		cmocka_unit_test(what_ddrescue_takes_is_taken),
		cmocka_unit_test(
			a_broken_mapfile_is_refused_with_line_and_reason),
		cmocka_unit_test(ddrescuelog_reads_ours_and_we_read_its_own),
		cmocka_unit_test(
			ddrescue_goes_on_with_ours_and_we_with_what_it_leaves),
		cmocka_unit_test(an_empty_map_is_written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
