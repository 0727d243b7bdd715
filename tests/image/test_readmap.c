/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_readmap.c - runs, mapfiles, and a source that has a map */
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

/* No gap, no overlap, nothing empty, no two neighbours alike; all counted. */
static void assert_is_whole(const struct mun_readmap *m)
{
	uint64_t bytes[MUN_COUNT(states)] = { 0 };
	enum mun_read_state last = 0;
	uint64_t at = 0;
	size_t n = 0;

	MUN_READMAP_EACH(run, m)
	{
		assert_int_equal(run->off, at);
		assert_true(run->bytes > 0);
		assert_int_not_equal(run->state, last);
		for (size_t i = 0; i < MUN_COUNT(states); i++)
			if (run->state == states[i])
				bytes[i] += run->bytes;
		last = run->state;
		at += run->bytes;
		n++;
	}
	assert_int_equal(at, m->size);
	assert_int_equal(n, m->nruns);
	for (size_t i = 0; i < MUN_COUNT(states); i++)
		assert_int_equal(mun_readmap_bytes(m, states[i]), bytes[i]);
}

static uint64_t count(const uint8_t *model, size_t size, enum mun_read_state s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += model[i] == (uint8_t)s;
	return n;
}

/* Everything that can be asked, against one byte of state per byte. */
static void assert_is_like(const struct mun_readmap *m, const uint8_t *model)
{
	assert_is_whole(m);
	for (size_t i = 0; i < m->size; i++) {
		const struct mun_read_run *bad = mun_readmap_next_bad(m, i);
		size_t want = i;

		assert_int_equal(mun_readmap_at(m, i), model[i]);
		while (want < m->size && model[want] == MUN_READ_GOOD)
			want++;
		if (want == m->size) {
			assert_null(bad);
			continue;
		}
		assert_non_null(bad);
		assert_true(bad->off <= want && want < bad->off + bad->bytes);
		assert_true(want == i || bad->off == want);
	}
	for (size_t i = 0; i < MUN_COUNT(states); i++)
		assert_int_equal(mun_readmap_bytes(m, states[i]),
				 count(model, m->size, states[i]));
}

#define MODEL_BYTES 97u

static void any_marks_are_as_in_an_array_of_bytes(void **state)
{
	struct mun_err e;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		uint8_t model[MODEL_BYTES];
		uint8_t dice[3 * 60];
		struct mun_readmap m;

		memset(model, MUN_READ_NOT_TRIED, sizeof(model));
		assert_int_equal(mun_readmap_init(&m, MODEL_BYTES, &e), 0);
		mun_test_pattern(dice, sizeof(dice), seed);
		for (size_t i = 0; i < sizeof(dice); i += 3) {
			size_t off = dice[i] % (MODEL_BYTES + 1);
			size_t len = dice[i + 1] % (MODEL_BYTES + 1 - off);
			enum mun_read_state s =
				states[dice[i + 2] % MUN_COUNT(states)];

			/* Long marks would soon leave nothing but themselves. */
			if (dice[i + 2] & 0x80)
				len %= 8;
			assert_int_equal(mun_readmap_mark(&m, off, len, s, &e),
					 0);
			memset(model + off, (int)s, len);
			assert_is_like(&m, model);
		}
		mun_readmap_clear(&m);
	}
}

/* As many runs as make blocks that are split and joined. */
#define MANY_BYTES 40000u

static void many_runs_are_as_in_an_array_of_bytes(void **state)
{
	uint8_t *model = malloc(MANY_BYTES);
	struct mun_readmap m;
	struct mun_err e;
	uint64_t dice = 1;
	size_t most = 0;

	(void)state;
	assert_non_null(model);
	memset(model, MUN_READ_NOT_TRIED, MANY_BYTES);
	assert_int_equal(mun_readmap_init(&m, MANY_BYTES, &e), 0);
	for (unsigned int i = 0; i < 60000; i++) {
		size_t off;
		size_t len;
		enum mun_read_state s;

		dice = dice * 6364136223846793005u + 1442695040888963407u;
		off = (dice >> 33) % MANY_BYTES;
		len = 1 + (dice >> 20) % 3;
		/* Now and then what takes whole blocks away. */
		if (i % 5000 == 4999)
			len = 15000;
		len = MUN_MIN(len, MANY_BYTES - off);
		s = states[(dice >> 50) % MUN_COUNT(states)];
		assert_int_equal(mun_readmap_mark(&m, off, len, s, &e), 0);
		memset(model + off, (int)s, len);
		assert_int_equal(mun_readmap_at(&m, off), s);
		most = MUN_MAX(most, m.nruns);
		if (i % 1000 != 0)
			continue;
		assert_is_whole(&m);
		for (size_t at = 0; at < MANY_BYTES; at++)
			assert_int_equal(mun_readmap_at(&m, at), model[at]);
	}
	assert_true(most > 4000);
	assert_int_equal(mun_readmap_mark(&m, 0, MANY_BYTES, MUN_READ_GOOD, &e),
			 0);
	assert_is_whole(&m);
	assert_int_equal(m.nruns, 1);
	mun_readmap_clear(&m);
	free(model);
}

static void runs_of_a_state_are_found_both_ways(void **state)
{
	uint8_t model[600];
	struct mun_readmap m;
	struct mun_readmap copy;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, sizeof(model), &e), 0);
	mun_test_pattern(model, sizeof(model), 5);
	for (size_t i = 0; i < sizeof(model); i++) {
		model[i] = (uint8_t)states[model[i] % 3];
		assert_int_equal(mun_readmap_mark(&m, i, 1, model[i], &e), 0);
	}
	assert_int_equal(mun_readmap_copy(&m, &copy, &e), 0);
	assert_int_equal(copy.nruns, m.nruns);
	for (size_t i = 0; i <= sizeof(model); i++) {
		const uint8_t want = MUN_READ_NOT_TRIMMED;
		const struct mun_read_run *next =
			mun_readmap_next_in(&copy, i, want);
		const struct mun_read_run *prev =
			mun_readmap_prev_in(&copy, i, want);
		size_t to = i;
		size_t from = i;

		while (to < sizeof(model) && model[to] != want)
			to++;
		while (from > 0 && model[from - 1] != want)
			from--;
		assert_int_equal(next != NULL, to < sizeof(model));
		assert_int_equal(prev != NULL, from > 0);
		if (next)
			assert_true(next->off <= to &&
				    to < next->off + next->bytes);
		if (prev)
			assert_true(prev->off < from &&
				    from <= prev->off + prev->bytes);
		assert_null(mun_readmap_next_in(&copy, i, MUN_READ_DOUBTFUL));
		assert_null(mun_readmap_prev_in(&copy, i, MUN_READ_BAD));
	}
	mun_readmap_clear(&m);
	mun_readmap_clear(&copy);
}

static void reading_forward_keeps_two_runs(void **state)
{
	struct mun_readmap m;
	struct mun_err e;
	const uint64_t step = 1 << 20;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, step * 1000, &e), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(
			mun_readmap_mark(&m, i * step, step, MUN_READ_GOOD, &e),
			0);
		assert_int_equal(m.nruns, i < 999 ? 2 : 1);
	}
	mun_readmap_clear(&m);
}

static void a_mark_outside_is_refused_and_changes_nothing(void **state)
{
	static const struct {
		uint64_t off, bytes;
	} bad[] = {
		{ 0, 101 },        { 100, 1 },
		{ 101, 0 },        { UINT64_MAX, 1 },
		{ 1, UINT64_MAX }, { UINT64_MAX, UINT64_MAX },
	};
	struct mun_readmap m;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, 100, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		assert_int_equal(mun_readmap_mark(&m, bad[i].off, bad[i].bytes,
						  MUN_READ_BAD, &e),
				 MUN_EINVAL);
		assert_int_equal(mun_readmap_bytes(&m, MUN_READ_NOT_TRIED),
				 100);
	}
	assert_int_equal(mun_readmap_mark(&m, 100, 0, MUN_READ_BAD, &e), 0);
	assert_int_equal(m.nruns, 1);
	mun_readmap_clear(&m);
}

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
	assert_is_whole(m);
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
		assert_is_whole(&m);
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

static void a_mapped_source_keeps_bytes_and_tells_what_was_lost(void **state)
{
	static const struct mun_extent want[] = {
		{ 0, 100, MUN_EXTENT_DATA },
		{ 100, 60, MUN_EXTENT_UNREADABLE },
		{ 160, 10, MUN_EXTENT_DOUBTFUL },
		{ 170, 30, MUN_EXTENT_DATA },
		{ 200, 56, MUN_EXTENT_DATA }, /* beyond the map */
	};
	uint8_t bytes[256];
	uint8_t back[256];
	struct mun_readmap m;
	struct mun_source *src;
	struct mun_source *mapped;
	struct mun_extent x;
	struct mun_err e;
	uint64_t off = 0;

	(void)state;
	mun_test_pattern(bytes, sizeof(bytes), 1);
	assert_int_equal(mun_readmap_init(&m, 200, &e), 0);
	assert_int_equal(mun_readmap_mark(&m, 0, 200, MUN_READ_GOOD, &e), 0);
	assert_int_equal(mun_readmap_mark(&m, 100, 40, MUN_READ_BAD, &e), 0);
	assert_int_equal(mun_readmap_mark(&m, 140, 20, MUN_READ_NOT_TRIED, &e),
			 0);
	assert_int_equal(mun_readmap_mark(&m, 160, 10, MUN_READ_DOUBTFUL, &e),
			 0);
	assert_int_equal(mun_source_from_memory(bytes, sizeof(bytes), &src, &e),
			 0);
	assert_int_equal(mun_readmap_source(src, &m, &mapped, &e), 0);
	assert_int_equal(mapped->size, sizeof(bytes));
	for (size_t i = 0; i < MUN_COUNT(want); i++) {
		assert_int_equal(mun_source_next_extent(mapped, off, &x, &e),
				 0);
		assert_int_equal(x.off, want[i].off);
		assert_int_equal(x.bytes, want[i].bytes);
		assert_int_equal(x.kind, want[i].kind);
		off += x.bytes;
	}
	assert_int_equal(off, sizeof(bytes));
	assert_int_equal(mun_source_next_extent(mapped, 130, &x, &e), 0);
	assert_int_equal(x.off, 130);
	assert_int_equal(x.bytes, 30);
	assert_int_equal(mun_source_pread(mapped, back, sizeof(back), 0, &e),
			 0);
	assert_memory_equal(back, bytes, sizeof(bytes));
	mun_source_close(mapped);
	mun_readmap_clear(&m);
}

/* A map may be longer than what was imaged so far. */
static void a_mapped_source_ends_where_its_parent_ends(void **state)
{
	uint8_t bytes[64] = { 0 };
	struct mun_readmap m;
	struct mun_source *src;
	struct mun_source *mapped;
	struct mun_extent x;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_readmap_init(&m, 512, &e), 0);
	assert_int_equal(mun_source_from_memory(bytes, sizeof(bytes), &src, &e),
			 0);
	assert_int_equal(mun_readmap_source(src, &m, &mapped, &e), 0);
	assert_int_equal(mun_source_next_extent(mapped, 10, &x, &e), 0);
	assert_int_equal(x.bytes, 54);
	assert_int_equal(x.kind, MUN_EXTENT_UNREADABLE);
	mun_source_close(mapped);
	mun_readmap_clear(&m);
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
		cmocka_unit_test(any_marks_are_as_in_an_array_of_bytes),
		cmocka_unit_test(many_runs_are_as_in_an_array_of_bytes),
		cmocka_unit_test(runs_of_a_state_are_found_both_ways),
		cmocka_unit_test(reading_forward_keeps_two_runs),
		cmocka_unit_test(a_mark_outside_is_refused_and_changes_nothing),
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
		cmocka_unit_test(
			a_mapped_source_keeps_bytes_and_tells_what_was_lost),
		cmocka_unit_test(a_mapped_source_ends_where_its_parent_ends),
		cmocka_unit_test(an_empty_map_is_written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
