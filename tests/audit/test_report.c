/* SPDX-License-Identifier: Apache-2.0 */
/* tests/audit/test_report.c - the audit report: every figure, every form */
#include "audit/report.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/premis.h"
#include "core/json.h"
#include "core/str.h"
#include "tests/audit/report_world.h"
#include "tests/support/support.h"

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	world_new(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	mun_fault_restore();
	world_free(*state);
	free(*state);
	return 0;
}

static struct mun_report_request
request(const struct world *w, const char *period, unsigned int formats)
{
	struct mun_report_request q = {
		.formats = formats,
		.conf = w->conf,
		.operator_name = "Ada <Archivist>",
		.program_version = "0.1-test",
	};
	struct mun_err e;

	assert_int_equal(mun_period_parse(period, &q.period, &e), 0);
	return q;
}

static void make(struct world *w, struct mun_report_request *q,
		 struct mun_report_made *made)
{
	char *dir = mun_test_path(w->dir, "reports");
	struct mun_err e;
	char text[2048];

	q->dir = dir;
	if (mun_report_make(w->c, q, made, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	free(dir);
}

static char *file_of(const struct mun_report_made *made, const char *name)
{
	char *path = mun_test_path(made->folder, name);
	char *text = mun_test_read(path, NULL);

	free(path);
	return text;
}

static json_t *json_of(const struct mun_report_made *made)
{
	char *text = file_of(made, "report.json");
	struct mun_err e;
	json_t *j;

	assert_non_null(text);
	if (mun_json_parse(text, strlen(text), &j, &e))
		fail_msg("%s", e.lines[0].text);
	free(text);
	return j;
}

/* The row of @table whose columns have these values, "a=b,c=d". */
static json_t *row_of(json_t *j, const char *table, const char *key,
		      const char *value, const char *key2, const char *value2)
{
	json_t *rows = json_object_get(j, table);
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *is = json_string_value(json_object_get(row, key));

		if (!is || strcmp(is, value) != 0)
			continue;
		if (!key2)
			return row;
		is = json_string_value(json_object_get(row, key2));
		if (is && strcmp(is, value2) == 0)
			return row;
	}
	fail_msg("no row %s=%s in %s", key, value, table);
	return NULL;
}

static void is(json_t *row, const char *key, int64_t want)
{
	json_t *value = json_object_get(row, key);

	if (!json_is_integer(value) || json_integer_value(value) != want)
		fail_msg("%s is %lld, not %lld", key,
			 (long long)json_integer_value(value), (long long)want);
}

static void says(json_t *row, const char *key, const char *want)
{
	const char *text = json_string_value(json_object_get(row, key));

	assert_non_null(text);
	assert_string_equal(text, want);
}

/* What the world says, counted by hand from report_world.c. */
static void the_figures_of_a_quarter_are_those_of_its_end(void **state)
{
	struct mun_report_request q =
		request(*state, "2026-Q3", MUN_REPORT_JSON);
	struct mun_report_made made;
	json_t *row;
	json_t *j;

	make(*state, &q, &made);
	j = json_of(&made);
	row = json_object_get(j, "header");
	says(row, "as_of", "2026-10-01T00:00:00Z");
	assert_true(json_is_true(json_object_get(row, "complete")));
	is(row, "policy_changes", 1);
	row = row_of(j, "stores", "store", "main", NULL, NULL);
	is(row, "objects", 11);
	is(row, "bytes", 11000);
	row = row_of(j, "stores", "store", "gone", NULL, NULL);
	says(row, "state", "removed");
	/* Letters in main: 1 to 5, all verified in July, 88 days ago. */
	row = row_of(j, "coverage", "store", "main", "collection", "Letters");
	is(row, "copies", 5);
	is(row, "checked", 5);
	is(row, "checked_bytes", 5000);
	is(row, "never", 0);
	is(row, "overdue", 0);
	is(row, "oldest_seconds", 88 * 86400 - 1);
	/* The others: 6 to 8 in July; 9 and 10 in January, which is 254 days
	 * ago, 164 too late. */
	row = row_of(j, "coverage", "store", "main", "collection", WORLD_EVIL);
	is(row, "copies", 5);
	is(row, "checked", 3);
	is(row, "overdue", 2);
	is(row, "worst_overdue_seconds",
	   (11 + 28 + 31 + 30 + 31 + 30 + 31 + 31 + 30 - 90 + 1) * 86400 - 1);
	/* 11 is of no collection, and was never verified; it came 47 days ago,
	 * which is within 90. */
	row = row_of(j, "coverage", "store", "main", "collection", "");
	is(row, "never", 1);
	is(row, "overdue", 0);
	row = row_of(j, "coverage", "store", "tape", "collection", "Letters");
	is(row, "checked", 3);
	row = row_of(j, "copies", "collection", "Letters", NULL, NULL);
	is(row, "wanted", 1);
	is(row, "one", 2);
	is(row, "two", 3);
	is(row, "lacking", 0);
	row = row_of(j, "copies", "collection", WORLD_EVIL, NULL, NULL);
	is(row, "wanted", 2);
	is(row, "lacking", 5);
	json_decref(j);
	free(made.folder);
}

static void outcomes_are_counted_apart(void **state)
{
	struct mun_report_request q =
		request(*state, "2026-Q3", MUN_REPORT_JSON);
	struct mun_report_made made;
	json_t *row;
	json_t *j;

	make(*state, &q, &made);
	assert_true(made.damage);
	j = json_of(&made);
	row = row_of(j, "outcomes", "store", "main", NULL, NULL);
	is(row, "verified", 6);
	is(row, "mismatch", 1);
	is(row, "missing", 1);
	is(row, "unreadable", 0);
	is(row, "verified_bytes", 8000);
	is(row, "store_unavailable", 2);
	is(row, "not_run", 5);
	row = row_of(j, "activity", "store", "main", NULL, NULL);
	is(row, "runs", 3);
	is(row, "interrupted", 1);
	is(row, "without_end", 1);
	is(row, "sweeps", 1);
	is(row, "sweeps_complete", 1);
	assert_int_equal(json_array_size(json_object_get(j, "runs")), 5);
	assert_int_equal(json_array_size(json_object_get(j, "days")), 2);
	row = row_of(j, "events", "type", "fixity check", NULL, NULL);
	is(row, "events", 11);
	is(row, "fail", 2);
	row = row_of(j, "ages", "store", "main", "age", "never verified");
	is(row, "copies", 1);
	is(row, "of", 11);
	json_decref(j);
	free(made.folder);
}

static void every_exception_has_its_whole_life(void **state)
{
	struct mun_report_request q =
		request(*state, "2026-Q3", MUN_REPORT_JSON);
	struct mun_report_made made;
	json_t *row;
	json_t *j;

	make(*state, &q, &made);
	j = json_of(&made);
	/* That of February was closed before the quarter began. */
	assert_int_equal(json_array_size(json_object_get(j, "exceptions")), 3);
	row = row_of(j, "exceptions", "kind", "mismatch", NULL, NULL);
	says(row, "state", "verified");
	assert_true(json_is_true(json_object_get(row, "closed")));
	says(row, "last_good", "2026-01-20T00:00:01Z");
	says(row, "path", "image/disk.img");
	is(row, "recorded_bytes", 900);
	is(row, "findings", 1);
	row = row_of(j, "exceptions", "kind", "missing", NULL, NULL);
	says(row, "state", "open");
	/* The second finding is of October. */
	is(row, "findings", 1);
	row = row_of(j, "exceptions", "kind", "store_fault", NULL, NULL);
	says(row, "state", "acknowledged");
	says(row, "object", "");
	assert_true(json_is_null(json_object_get(row, "recorded_bytes")));
	row = row_of(j, "exception_findings", "actual",
		     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
		     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
		     NULL, NULL);
	says(row, "algorithm", "SHA-256 (hash tree)");
	is(row, "length", 900);
	row = row_of(j, "exception_life", "what", "repaired", NULL, NULL);
	says(row, "event", "019a0011-0000-7000-8000-000000000001");
	says(row, "at", "2026-07-07T00:00:00Z");
	row = row_of(j, "exception_life", "what", "acknowledged", "text",
		     "cable");
	says(row, "who", "Ada Archivist");
	row = row_of(j, "exception_life", "what", "told", "who",
		     "command mail -s x");
	assert_true(json_is_true(json_object_get(row, "delivered")));
	row = row_of(j, "exception_life", "what", "told", "who",
		     "webhook https://example.org");
	assert_true(json_is_false(json_object_get(row, "delivered")));
	json_decref(j);
	free(made.folder);
}

/* Findings keep the size in words; each form of words gives the number. */
static void the_size_as_found_is_told(void **state)
{
	struct world *w = *state;
	struct mun_report_request q = request(w, "2026-Q3", MUN_REPORT_JSON);
	struct mun_report_made made;
	json_t *j;

	world_sql(w->c,
		  "INSERT INTO finding VALUES "
		  "(2, 3, 7, 14, 'mismatch', 0, 512, '', '', 'file is 512 "
		  "bytes shorter', zeroblob(16), 0, 'image/disk.img'),"
		  "(2, 4, 7, 14, 'mismatch', 900, 7, '', '', 'file is 7 "
		  "bytes longer', zeroblob(16), 0, 'image/disk.img'),"
		  "(5, 1, 7, 14, 'mismatch', 0, 33, '', '', 'it has 33 "
		  "bytes, 900 were recorded', zeroblob(16), 0, "
		  "'image/disk.img')");
	make(w, &q, &made);
	j = json_of(&made);
	is(row_of(j, "exception_findings", "text", "file is 512 bytes shorter",
		  NULL, NULL),
	   "found_bytes", 900 - 512);
	is(row_of(j, "exception_findings", "text", "file is 7 bytes longer",
		  NULL, NULL),
	   "found_bytes", 907);
	is(row_of(j, "exception_findings", "text",
		  "it has 33 bytes, 900 were recorded", NULL, NULL),
	   "found_bytes", 33);
	assert_true(json_is_null(
		json_object_get(row_of(j, "exception_findings", "algorithm",
				       "SHA-256 (hash tree)", NULL, NULL),
				"found_bytes")));
	json_decref(j);
	free(made.folder);
}

static void a_report_of_the_past_does_not_know_what_came_later(void **state)
{
	struct mun_report_request q =
		request(*state, "2026-01", MUN_REPORT_JSON);
	struct mun_report_made made;
	json_t *row;
	json_t *j;

	make(*state, &q, &made);
	assert_false(made.damage);
	j = json_of(&made);
	row = row_of(j, "stores", "store", "main", NULL, NULL);
	is(row, "objects", 10);
	row = row_of(j, "stores", "store", "gone", NULL, NULL);
	says(row, "state", "active");
	row = row_of(j, "stores", "store", "tape", NULL, NULL);
	is(row, "objects", 0);
	row = row_of(j, "outcomes", "store", "main", NULL, NULL);
	is(row, "verified", 10);
	is(row, "mismatch", 0);
	assert_int_equal(json_array_size(json_object_get(j, "exceptions")), 0);
	row = row_of(j, "coverage", "store", "main", "collection", WORLD_EVIL);
	is(row, "checked", 5);
	json_decref(j);
	free(made.folder);
	/* While the incident of February was open, it is told. */
	q = request(*state, "2026-02", MUN_REPORT_JSON);
	make(*state, &q, &made);
	j = json_of(&made);
	row = row_of(j, "exceptions", "text", "old", NULL, NULL);
	assert_true(json_is_true(json_object_get(row, "closed")));
	json_decref(j);
	free(made.folder);
}

static void what_is_not_begun_is_refused(void **state)
{
	struct world *w = *state;
	struct mun_report_request q = request(w, "2027", MUN_REPORT_JSON);
	struct mun_report_made made;
	struct mun_err e;

	q.dir = w->dir;
	assert_int_equal(mun_report_make(w->c, &q, &made, &e), MUN_EINVAL);
}

/* One cell begins with "=", which a spreadsheet would run; it has a quote too. */
static void nothing_in_csv_is_a_formula(void **state)
{
	struct mun_report_request q =
		request(*state, "2026-Q3", MUN_REPORT_CSV);
	struct mun_report_made made;
	char *text;

	make(*state, &q, &made);
	text = file_of(&made, "coverage.csv");
	assert_non_null(text);
	assert_non_null(strstr(
		text, "\"main\",\"'=cmd|' /C calc'!A0 \"\"<b>\\\",5,5,3,3000,"
		      "0,2,"));
	assert_null(strstr(text, ",\"=cmd"));
	free(text);
	text = file_of(&made, "header.csv");
	assert_non_null(strstr(text, "\"made_by\",\"Made by\","
				     "\"Ada <Archivist>\"\r\n"));
	free(text);
	free(made.folder);
}

static void nothing_in_html_is_markup_of_others(void **state)
{
	struct mun_report_request q =
		request(*state, "2026-Q3", MUN_REPORT_HTML);
	struct mun_report_made made;
	char *text;

	make(*state, &q, &made);
	text = file_of(&made, "report.html");
	assert_non_null(text);
	assert_null(strstr(text, "<b>\\"));
	assert_null(strstr(text, "<Archivist>"));
	assert_null(strstr(text, "no such <file>"));
	assert_non_null(strstr(text, "no such &lt;file&gt;"));
	assert_null(strstr(text, "<script"));
	/* Nothing is fetched. */
	assert_null(strstr(text, "src="));
	assert_null(strstr(text, "href="));
	assert_null(strstr(text, "url(h"));
	assert_null(strstr(text, "@import"));
	assert_non_null(strstr(text, "<desc"));
	free(text);
	free(made.folder);
}

static void premis_has_the_events_of_the_period_and_is_clean(void **state)
{
	struct mun_report_request q =
		request(*state, "2026-Q3", MUN_REPORT_PREMIS);
	struct mun_premis_verdict v;
	struct mun_report_made made;
	unsigned int events = 0;
	struct mun_err e;
	char *text;

	make(*state, &q, &made);
	text = file_of(&made, "premis.xml");
	assert_non_null(text);
	assert_int_equal(
		mun_premis_lint(text, strlen(text), NULL, NULL, &v, &e), 0);
	assert_int_equal(v.errors, 0);
	for (const char *p = text; (p = strstr(p, "<premis:event>")); p++)
		events++;
	/* 8 + 3 fixity checks, the recovery, the ingest of 11. */
	assert_int_equal(events, 13);
	free(text);
	free(made.folder);
	q = request(*state, "2026-01", MUN_REPORT_PREMIS);
	make(*state, &q, &made);
	text = file_of(&made, "premis.xml");
	assert_int_equal(
		mun_premis_lint(text, strlen(text), NULL, NULL, &v, &e), 0);
	assert_int_equal(v.errors, 0);
	assert_non_null(strstr(text, "TEAC FD-05HGS"));
	free(text);
	free(made.folder);
}

/* The chain: each report has the digest of the one before it. */
static void reports_are_chained_and_never_replaced(void **state)
{
	struct world *w = *state;
	struct mun_report_request q = request(w, "2026-Q3", MUN_REPORT_JSON);
	struct mun_report_made first;
	struct mun_report_made second;
	json_t *row;
	json_t *j;

	make(w, &q, &first);
	assert_non_null(strstr(first.folder, "/reports/2026-Q3"));
	world_now("2026-10-02T12:00:05Z");
	make(w, &q, &second);
	assert_non_null(strstr(second.folder, "/reports/2026-Q3.2"));
	j = json_of(&first);
	says(json_object_get(j, "evidence"), "previous_digest", "");
	json_decref(j);
	j = json_of(&second);
	row = json_object_get(j, "evidence");
	says(row, "previous_digest", first.digest);
	says(row, "previous_verdict",
	     "made by this repository with this digest");
	is(row, "reports_before", 0); /* as of the end of September */
	json_decref(j);
	free(second.folder);
	/* One byte of it is another: the next report says so. */
	{
		char *sums = mun_test_path(first.folder, "SHA256SUMS");

		assert_int_equal(chmod(sums, 0644), 0);
		mun_test_write(sums, "x", 1);
		free(sums);
	}
	q.previous = first.folder;
	make(w, &q, &second);
	j = json_of(&second);
	row = json_object_get(j, "evidence");
	assert_string_not_equal(
		json_string_value(json_object_get(row, "previous_digest")),
		first.digest);
	assert_non_null(strstr(
		json_string_value(json_object_get(row, "previous_verdict")),
		"no report with this digest"));
	json_decref(j);
	free(first.folder);
	free(second.folder);
}

static void sha256sum_finds_a_changed_file(void **state)
{
	struct mun_report_request q =
		request(*state, "2026-Q3",
			MUN_REPORT_JSON | MUN_REPORT_HTML | MUN_REPORT_CSV |
				MUN_REPORT_PREMIS);
	struct mun_report_made made;
	unsigned int lines = 0;
	char *text;

	make(*state, &q, &made);
	text = file_of(&made, "SHA256SUMS");
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	/* All files but itself. */
	assert_int_equal(lines + 1, mun_test_count_entries(made.folder));
	while (*text && lines--) {
		struct mun_digests d = { 0 };
		struct mun_err e;
		char hex[MUN_DIGEST_HEX];
		char *line = text;
		char name[64];
		char *content;
		size_t len;
		char *path;

		for (unsigned int i = 0; i < lines; i++)
			line = strchr(line, '\n') + 1;
		assert_int_equal(sscanf(line, "%*64s  %63[^\n]", name), 1);
		path = mun_test_path(made.folder, name);
		content = mun_test_read(path, &len);
		assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256),
						   content, len, &d, &e),
				 0);
		mun_digest_hex(&d.of[MUN_SHA256], hex);
		assert_memory_equal(line, hex, 64);
		free(content);
		free(path);
	}
	free(text);
	free(made.folder);
}

static const char *verdict(json_t *j, const char *area, const char *what)
{
	json_t *row =
		row_of(j, "assessment", "area", area, "requirement", what);

	return json_string_value(json_object_get(row, "verdict"));
}

static void what_cannot_be_known_is_never_scored_as_met(void **state)
{
	static const char unknown[] = "not known to muniment: answer yourself";
	struct mun_report_request q =
		request(*state, "2026-Q3", MUN_REPORT_JSON);
	struct mun_report_made made;
	json_t *j;

	q.for_whom = MUN_REPORT_NDSA;
	make(*state, &q, &made);
	assert_non_null(strstr(made.folder, "/2026-Q3-ndsa"));
	j = json_of(&made);
	assert_string_equal(verdict(j, "Content",
				    "Creators are encouraged to use lasting "
				    "formats"),
			    unknown);
	assert_string_equal(verdict(j, "Control",
				    "Who and what may read, write, move, "
				    "delete is decided"),
			    unknown);
	/* Three of eleven objects have a second copy; where, nobody knows. */
	assert_string_equal(
		verdict(j, "Storage", "Two complete copies in separate places"),
		"partly met");
	assert_string_equal(verdict(j, "Storage",
				    "Three complete copies, one in another "
				    "region"),
			    "not met");
	/* 2 of 14 are overdue. */
	assert_string_equal(verdict(j, "Integrity",
				    "Integrity is verified at fixed intervals"),
			    "partly met");
	/* 3 of the 4 that were imaged have a write blocker recorded. */
	assert_string_equal(verdict(j, "Integrity",
				    "Write blockers are used with original "
				    "media"),
			    "partly met");
	/* Object 8 is missing and nobody has repaired it. */
	assert_string_equal(verdict(j, "Integrity",
				    "Corrupted content is replaced or "
				    "repaired"),
			    "not met");
	/* Three fixity checks on tape name nobody. */
	assert_string_equal(verdict(j, "Control",
				    "Logs name the people and programs that "
				    "acted"),
			    "partly met");
	assert_string_equal(verdict(j, "Storage", "All levels"),
			    "below level 1");
	assert_int_equal(json_array_size(json_object_get(j, "assessment")),
			 5 + 38);
	json_decref(j);
	free(made.folder);
	q.for_whom = MUN_REPORT_ISO16363;
	make(*state, &q, &made);
	j = json_of(&made);
	assert_non_null(strstr(
		json_string_value(
			json_object_get(row_of(j, "assessment", "area",
					       "5.1.1.3.1", NULL, NULL),
					"evidence")),
		"3 incidents opened in the period, 1 closed; at its end 2 "
		"not closed, 1 of them not acknowledged"));
	json_decref(j);
	free(made.folder);
}

static void an_empty_repository_has_a_report(void **state)
{
	struct world *w = *state;
	struct mun_report_request q =
		request(w, "2025-Q3",
			MUN_REPORT_JSON | MUN_REPORT_HTML | MUN_REPORT_CSV |
				MUN_REPORT_PREMIS);
	struct mun_report_made made;
	char *text;
	json_t *j;

	make(w, &q, &made);
	assert_false(made.damage);
	j = json_of(&made);
	is(row_of(j, "stores", "store", "main", NULL, NULL), "objects", 0);
	json_decref(j);
	text = file_of(&made, "report.html");
	assert_non_null(strstr(text, "0 objects, "));
	assert_null(strstr(text, "nan"));
	free(text);
	/* PREMIS has no document without an object. */
	assert_null(file_of(&made, "premis.xml"));
	free(made.folder);
}

/* Fail each system call in turn: no run may leave half a report.  There is one
 * before it, which must not get lost from the chain either. */
static void every_fault_leaves_a_whole_report_or_none(void **state)
{
	struct world *w = *state;
	struct mun_report_request q =
		request(w, "2026-Q3", MUN_REPORT_JSON | MUN_REPORT_HTML);
	bool fired = true;
	int n = 0;

	mun_fault_install(MUN_CALL_MUTATING, EIO);
	for (; fired; n++) {
		char *dir = mun_test_dir();
		struct mun_report_made first;
		struct mun_report_made made;
		enum mun_call call;
		unsigned int now;
		struct mun_err e;
		int rc;

		q.dir = dir;
		mun_fault_arm(-1);
		assert_int_equal(mun_report_make(w->c, &q, &first, &e), 0);
		mun_fault_arm(n);
		rc = mun_report_make(w->c, &q, &made, &e);
		fired = mun_fault_fired();
		call = mun_fault_call();
		mun_fault_arm(-1);
		now = mun_test_count_entries(dir);
		if (rc && now == 2) {
			/* After the rename only the sync of the folder can
			 * fail: the report is there, and whole. */
			assert_true(call == MUN_CALL_OPEN ||
				    call == MUN_CALL_FSYNC ||
				    call == MUN_CALL_CLOSE);
		} else {
			assert_int_equal(now, rc ? 1 : 2);
		}
		assert_int_equal(rc != 0, fired);
		if (!rc) {
			json_t *j = json_of(&made);

			says(json_object_get(j, "evidence"), "previous_digest",
			     first.digest);
			json_decref(j);
			assert_int_equal(mun_test_count_entries(made.folder),
					 4);
		}
		free(first.folder);
		free(made.folder);
		mun_test_dir_remove(dir);
	}
	mun_fault_restore();
	assert_in_range(n, 15, 60);
}

/* The text of a form, without the one figure that a report itself changes: that
 * it was made is a further fact. */
static char *form_of(const struct mun_report_made *made, const char *name)
{
	char *text = file_of(made, name);
	char *at = strstr(text, "catalog_entries");

	for (; at && *at && *at != '\n'; at++)
		*at = ' ';
	return text;
}

static void the_same_catalog_gives_the_same_report(void **state)
{
	static const char *const names[] = { "report.json", "premis.xml",
					     "days.csv", "exceptions.csv" };
	struct mun_report_request q =
		request(*state, "2026-Q3",
			MUN_REPORT_JSON | MUN_REPORT_CSV | MUN_REPORT_PREMIS);
	struct mun_report_made before;
	struct mun_report_made a;
	struct mun_report_made b;

	make(*state, &q, &before);
	q.previous = before.folder;
	make(*state, &q, &a);
	make(*state, &q, &b);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *one = form_of(&a, names[i]);
		char *two = form_of(&b, names[i]);

		assert_string_equal(one, two);
		free(one);
		free(two);
	}
	free(before.folder);
	free(a.folder);
	free(b.folder);
}

static void periods_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		const char *from;
		const char *to;
	} good[] = {
		{ "2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z" },
		{ "2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z" },
		{ "2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z" },
		{ "2026-Q1", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z" },
		{ "2026-Q4", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z" },
		{ "2024-02-28..2024-02-29", "2024-02-28T00:00:00Z",
		  "2024-03-01T00:00:00Z" },
		{ "2026-07-01..2026-07-01", "2026-07-01T00:00:00Z",
		  "2026-07-02T00:00:00Z" },
	};
	static const char *const bad[] = {
		"",
		"26",
		"2026-13",
		"2026-00",
		"2026-Q0",
		"2026-Q5",
		"2026-7",
		"2026-07-01",
		"2026-07-01..",
		"2026-02-29..2026-03-01",
		"2026-07-02..2026-07-01",
		"2026-07-01...2026-07-02",
		"2026 ",
		"-2026",
		"1969",
		"last year",
		"2026/../..",
		"2026-07-01..2026-07-02x",
	};
	struct mun_period p;
	char text[MUN_TIME_LEN];
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(mun_period_parse(good[i].text, &p, &e), 0);
		mun_time_text(p.from, text);
		assert_string_equal(text, good[i].from);
		mun_time_text(p.to, text);
		assert_string_equal(text, good[i].to);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mun_period_parse(bad[i], &p, &e) != MUN_EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_figures_of_a_quarter_are_those_of_its_end),
		TEST(outcomes_are_counted_apart),
		TEST(every_exception_has_its_whole_life),
		TEST(the_size_as_found_is_told),
		TEST(a_report_of_the_past_does_not_know_what_came_later),
		TEST(what_is_not_begun_is_refused),
		TEST(nothing_in_csv_is_a_formula),
		TEST(nothing_in_html_is_markup_of_others),
		TEST(premis_has_the_events_of_the_period_and_is_clean),
		TEST(reports_are_chained_and_never_replaced),
		TEST(sha256sum_finds_a_changed_file),
		TEST(what_cannot_be_known_is_never_scored_as_met),
		TEST(an_empty_repository_has_a_report),
		TEST(every_fault_leaves_a_whole_report_or_none),
		TEST(the_same_catalog_gives_the_same_report),
		cmocka_unit_test(periods_are_read_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
