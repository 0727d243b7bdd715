/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_rights_kept.c - rights in ledger, PREMIS, old catalogs */
#include "catalog/rights.h"

#include <stdio.h>

#include "catalog/migrate.h"
#include "catalog/premis.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/catalog/rights_sample.h"
#include "tests/support/support.h"

/* ---- the ledger ---- */

static void hear(void *ctx, const struct mun_ledger_problem *p)
{
	mun_str_addf(ctx, "%s: %s\n", p->code, p->where);
}

/* What a comparison with the ledger tells; free(). */
static char *compare(const char *ledger)
{
	const struct mun_ledger_check how = { .threads = 1 };
	struct mun_ledger_verdict v;
	struct mun_str s = { 0 };
	char *text;

	mun_str_add(&s, "");
	ok(mun_catalog_compare(c, ledger, &how, hear, &s, &v, &e));
	ok(mun_str_take(&s, &text, &e));
	return text;
}

static int load_sample(void *ctx, const char *id, struct mun_record **out,
		       struct mun_err *why)
{
	unsigned int n = 0;

	(void)ctx;
	(void)why;
	assert_int_equal(sscanf(id, "019a0000-%4x", &n), 1);
	*out = catalog_sample(n);
	return 0;
}

static void tell_problem(void *ctx, const char *where,
			 const struct mun_err *why)
{
	(void)ctx;
	fail_msg("%s: %s", where, why->lines[0].text);
}

/* Statements of all kinds, the largest there can be among them. */
static void have_rights(void)
{
	static char big[MUN_RIGHTS_TEXT_MAX + 1];
	struct mun_rec_rights x = sample_closed;
	char id[3][MUN_UUID_LEN];

	memset(big, '"', sizeof(big) - 1);
	x.text = big;
	x.note = "\xe2\x80\xae \\ \" ' \t\n </x> &amp; \xf0\x9f\x92\xbe";
	add(1, &x, id[0]);
	ok(mun_rights_add(c, catalog_sample_id(1, 0), &sample_closed, id[0],
			  big, id[1], &e));
	add(2, &sample_closed, id[2]);
	ok(mun_rights_end(c, catalog_sample_id(2, 0), id[2], NULL, NULL, &e));
}

static void a_lost_catalog_gets_its_rights_from_the_ledger(void **state)
{
	char *ledger = mun_test_path(dir, "ledger");
	char *other = mun_test_path(dir, "other.db");
	struct mun_replay_result result;
	struct mun_record *r[2];
	char *dump[2];
	char *told;

	(void)state;
	ok(mun_ledger_init(ledger, &e));
	ok(mun_catalog_attach(c, ledger, &e));
	have_rights();
	told = compare(ledger);
	assert_string_equal(told, "");
	free(told);
	dump[0] = sample_dump(c);
	r[0] = get(1);
	mun_catalog_close(c);
	ok(mun_catalog_init(other, &e));
	ok(mun_catalog_open(other, &c, &e));
	ok(mun_catalog_replay(c, ledger, load_sample, NULL, tell_problem, NULL,
			      NULL, &result, &e));
	dump[1] = sample_dump(c);
	assert_string_equal(dump[0], dump[1]);
	r[1] = get(1);
	catalog_sample_assert_same(r[0], r[1]);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	told = compare(ledger);
	assert_string_equal(told, "");
	free(told);
	for (int i = 0; i < 2; i++) {
		mun_record_free(r[i]);
		free(dump[i]);
	}
	free(ledger);
	free(other);
}

/* Whoever lifts an embargo by hand, with the right seal, is found out. */
static void rights_that_are_rewritten_are_named(void **state)
{
	static const struct {
		const char *sql;
		const char *code;
	} cases[] = {
		{ "DROP TRIGGER rights_update; UPDATE rights SET "
		  "effect = 'granted'; UPDATE rights SET seal = mun_seal("
		  "'rights', no, id, object, n, at, agent, basis, act, effect, "
		  "text, begins, ends, jurisdiction, citation, note)",
		  "row-changed" },
		{ "DROP TRIGGER rights_delete; DROP TRIGGER leaf_delete; "
		  "DELETE FROM rights; DELETE FROM leaf WHERE kind = 'rights'",
		  "catalog-behind" },
		{ "INSERT INTO rights_end SELECT 1, 1, '2026', NULL, '', NULL, "
		  "mun_seal('rights_end', 1, 1, '2026', NULL, '', NULL)",
		  "row-inserted" },
	};
	char *ledger = mun_test_path(dir, "ledger");
	char id[MUN_UUID_LEN];
	char *whole;
	size_t len;

	(void)state;
	ok(mun_ledger_init(ledger, &e));
	ok(mun_catalog_attach(c, ledger, &e));
	add(1, &sample_closed, id);
	mun_catalog_close(c);
	whole = mun_test_read(path, &len);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		char *told;

		mun_test_write(path, whole, len);
		c = catalog_sample_open(dir);
		if (sqlite3_exec(c->db, cases[i].sql, NULL, NULL, NULL))
			fail_msg("case %zu: %s", i, sqlite3_errmsg(c->db));
		told = compare(ledger);
		if (!strstr(told, cases[i].code))
			fail_msg("case %zu: %s", i, told);
		free(told);
		mun_catalog_close(c);
	}
	mun_test_write(path, whole, len);
	c = catalog_sample_open(dir);
	free(whole);
	free(ledger);
}

/* ---- PREMIS ---- */

static void rights_survive_premis(void **state)
{
	struct mun_record *r;
	struct mun_record *back;
	struct mun_str xml = { 0 };
	struct mun_str again = { 0 };

	(void)state;
	have_rights();
	r = get(1);
	ok(mun_premis_write(r, &xml, &e));
	ok(mun_premis_read(xml.text, xml.len, &back, &e));
	assert_int_equal(back->nrights, r->nrights);
	for (size_t i = 0; i < r->nrights; i++) {
		assert_string_equal(back->rights[i].text, r->rights[i].text);
		assert_string_equal(back->rights[i].note, r->rights[i].note);
		assert_string_equal(back->rights[i].why, r->rights[i].why);
	}
	ok(mun_premis_write(back, &again, &e));
	assert_string_equal(again.text, xml.text);
	mun_str_free(&xml);
	mun_str_free(&again);
	mun_record_free(r);
	mun_record_free(back);
}

/* The document of an object with rights, with one place changed. */
static int read_changed(const struct mun_str *xml, const char *from,
			const char *to)
{
	const char *place = strstr(xml->text, from);
	struct mun_record *back = NULL;
	struct mun_str s = { 0 };
	int rc;

	if (!place)
		fail_msg("the document has no '%s'", from);
	mun_str_add_bytes(&s, xml->text, (size_t)(place - xml->text));
	mun_str_add(&s, to);
	mun_str_add(&s, place + strlen(from));
	rc = mun_premis_read(s.text, s.len, &back, &e);
	if (!rc)
		mun_record_free(back);
	mun_str_free(&s);
	return rc;
}

static void what_is_not_understood_in_rights_is_refused(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} cases[] = {
		/* of another object; with a role; twice */
		{ ">019a0000-0004-7000-8000-000000000000</premis:"
		  "linkingObjectIdentifierValue>",
		  ">019a0000-0004-7000-8000-000000000002</premis:"
		  "linkingObjectIdentifierValue>" },
		{ "</premis:linkingObjectIdentifierValue>\n"
		  "      </premis:linkingObjectIdentifier>\n"
		  "      <premis:linkingAgentIdentifier>",
		  "</premis:linkingObjectIdentifierValue>\n"
		  "<premis:linkingObjectRole>source</premis:linkingObjectRole>"
		  "      </premis:linkingObjectIdentifier>\n"
		  "      <premis:linkingAgentIdentifier>" },
		{ "<premis:rightsExtension>",
		  "<premis:rightsExtension/><premis:rightsExtension>" },
		/* words */
		{ ">donor agreement<", ">deed of gift<" },
		{ ">citation<", ">URI<" },
		{ ">dissemination<", ">dissemination <" },
		{ "eventType/dis\">dissemination<",
		  "eventType/exp\">exporting<" },
		{ "urn:x-muniment:rights:1", "urn:x-muniment:rights:2" },
		{ "<statement ", "<statements " },
		{ " recorded=", " noted=" },
		{ " recorded=", " by=\"x\" recorded=" },
		{ "<ended at=", "<ended why=\"x\" at=" },
		{ "<ended at=", "<ended since=" },
		{ " later=", " latest=" },
		/* values */
		{ "\"2026-11-01T00:00:00Z\"", "\"yesterday\"" },
		{ "<premis:endDate>204X<", "<premis:endDate>2040~<" },
		{ "<premis:endDate>204X<", "<premis:endDate>2020<" },
		{ "<premis:startDate>2026<", "<premis:startDate>202X~<" },
		{ "<premis:restriction>", "<premis:restriction>\x7f" },
		{ "later=\"019a0000-0004-7000-8000-00000000003d\"",
		  "later=\"019a0000-0004-7000-8000-00000000003f\"" },
		{ "later=\"019a0000-0004-7000-8000-00000000003d\"",
		  "later=\"019a0000-0004-7000-8000-00000000003c\"" },
		{ "by=\"019a", "by=\"019b" },
		/* what belongs to another basis, or to none */
		{ "<premis:otherRightsInformation>",
		  "<premis:licenseInformation><premis:licenseTerms>x"
		  "</premis:licenseTerms></premis:licenseInformation>"
		  "<premis:otherRightsInformation>" },
		{ "<premis:rightsGrantedNote>copies",
		  "<premis:rightsGrantedNote>x</premis:rightsGrantedNote>"
		  "<premis:rightsGrantedNote>copies" },
		{ "</premis:rightsGranted>",
		  "</premis:rightsGranted><premis:rightsGranted><premis:act>"
		  "use</premis:act></premis:rightsGranted>" },
	};
	struct mun_record *r = catalog_sample(4);
	struct mun_str xml = { 0 };

	(void)state;
	ok(mun_premis_write(r, &xml, &e));
	assert_int_equal(read_changed(&xml, ">letter of 1 November 2026<",
				      ">letter of 2 November 2026<"),
			 0);
	for (size_t i = 0; i < MUN_COUNT(cases); i++)
		if (read_changed(&xml, cases[i].from, cases[i].to) !=
		    MUN_ECORRUPT)
			fail_msg("'%s' was read", cases[i].to);
	mun_str_free(&xml);
	mun_record_free(r);
}

static void a_record_with_loose_ends_is_not_written(void **state)
{
	for (int i = 0; i < 6; i++) {
		struct mun_record *r = catalog_sample(4);
		struct mun_str xml = { 0 };

		(void)state;
		if (i == 0)
			r->rights[1].id = r->rights[0].id;
		else if (i == 1)
			r->rights[0].later = catalog_sample_id(9, 9);
		else if (i == 2)
			r->rights[0].agent = catalog_sample_id(9, 9);
		else if (i == 3)
			r->rights[0].ended_by = catalog_sample_id(9, 9);
		else if (i == 4)
			r->rights[0].ended = "";
		else
			r->rights[0].recorded = "";
		assert_int_equal(mun_premis_write(r, &xml, &e), MUN_EINVAL);
		mun_str_free(&xml);
		mun_record_free(r);
	}
}

/* ---- a catalog of the release before ---- */

static void an_older_catalog_takes_rights(void **state)
{
	struct mun_embedded old[6] = { { NULL, NULL, 0 } };
	static const char *const tables[] = {
		"agent",    "collection",     "object",     "identifier",
		"property", "unreadable",     "file",       "digest",
		"tree",     "content_digest", "event",      "event_agent",
		"reading",  "event_object",   "repository", "store",
		"leaf",     "listing",        "known",      "audit_state",
	};
	char *other = mun_test_path(dir, "old.db");
	struct mun_str sql = { 0 };
	struct mun_record *r;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		old[i] = mun_sql_migrations[i];
	ok(mun_migrate_init(other, old, &e));
	mun_catalog_close(c);
	/* The rows of today, in the tables of then. */
	mun_str_addf(&sql, "ATTACH '%s' AS n;", path);
	for (size_t i = 0; i < MUN_COUNT(tables); i++)
		mun_str_addf(&sql, "INSERT INTO %s SELECT * FROM n.%s;",
			     tables[i], tables[i]);
	mun_str_add(&sql, "INSERT INTO search (search) VALUES ('rebuild');");
	catalog_sample_sql(other, sql.text);
	mun_str_free(&sql);
	ok(mun_catalog_open(other, &c, &e));
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	have_rights();
	r = get(1);
	assert_int_equal(r->nrights, 2);
	mun_record_free(r);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	free(other);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_lost_catalog_gets_its_rights_from_the_ledger),
		T(rights_that_are_rewritten_are_named),
		T(rights_survive_premis),
		T(what_is_not_understood_in_rights_is_refused),
		T(a_record_with_loose_ends_is_not_written),
		T(an_older_catalog_takes_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
