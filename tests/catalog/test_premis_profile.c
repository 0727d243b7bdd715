/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/catalog/test_premis_profile.c - schemas/muniment-premis-profile.xsd
 *
 * It takes every record of ours and refuses what the official schema lets
 * through.  Validated in-process by what xmllint(1) is made of.
 */
#include "catalog/premis.h"

#include "core/check.h"
#include "tests/catalog/premis_sample.h"
#include "tests/support/support.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>

static xmlSchema *profile;

static void quiet(void *ctx, xmlErrorPtr err)
{
	char *text = ctx;

	if (!*text)
		(void)snprintf(text, 300, "line %d: %s", err->line,
			       err->message);
}

/* "" where it is valid, else the first reason. */
static bool is_valid(const char *xml, size_t len, char why[static 300])
{
	xmlDoc *doc = xmlReadMemory(xml, (int)len, NULL, NULL, XML_PARSE_NONET);
	xmlSchemaValidCtxt *ctxt = xmlSchemaNewValidCtxt(profile);
	int rc;

	assert_non_null(doc);
	assert_non_null(ctxt);
	*why = '\0';
	xmlSchemaSetValidStructuredErrors(ctxt, quiet, why);
	rc = xmlSchemaValidateDoc(ctxt, doc);
	assert_true(rc >= 0);
	xmlSchemaFreeValidCtxt(ctxt);
	xmlFreeDoc(doc);
	return rc == 0;
}

static struct mun_str document(struct mun_record *r)
{
	struct mun_str out = { 0 };
	struct mun_err e;

	assert_int_equal(mun_premis_write(r, &out, &e), 0);
	mun_record_free(r);
	return out;
}

static int load(void **state)
{
	char *path = mun_test_path(mun_test_source_dir(),
				   "schemas/muniment-premis-profile.xsd");
	xmlSchemaParserCtxt *ctxt = xmlSchemaNewParserCtxt(path);

	(void)state;
	assert_non_null(ctxt);
	profile = xmlSchemaParse(ctxt);
	assert_non_null(profile);
	xmlSchemaFreeParserCtxt(ctxt);
	free(path);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	xmlSchemaFree(profile);
	return 0;
}

static void every_record_of_ours_is_in_the_profile(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 102; seed++) {
		struct mun_str xml =
			document(seed == 100   ? premis_sample_full()
				 : seed == 101 ? premis_sample_minimal()
					       : premis_sample_random(seed));
		char why[300];

		if (!is_valid(xml.text, xml.len, why))
			fail_msg("seed %d: %s", (int)seed, why);
		mun_str_free(&xml);
	}
}

#define ID(n) "0192f0a0-0000-7000-8000-" n

static void what_muniment_does_not_write_is_not_in_it(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} cases[] = {
		{ ">imaging<", ">frobnicate<" },
		{ "eventType/ima\"", "agentType/per\"" },
		{ ">2026-09-01T10:14:02Z/2026-09-01T10:15:30Z<",
		  ">last Tuesday<" },
		{ "<premis:messageDigest>", "<premis:messageDigest>z" },
		{ "<premis:messageDigest>", "<premis:messageDigest>0" },
		{ "ObjectIdentifierValue>" ID("000000000020"),
		  "ObjectIdentifierValue>" ID("999999999999") },
		{ "agentIdentifierValue>" ID("000000000101"),
		  "agentIdentifierValue>" ID("000000000100") },
		{ "eventIdentifierValue>" ID("000000000201"),
		  "eventIdentifierValue>" ID("000000000200") },
		{ "linkingAgentIdentifierValue>" ID("000000000101"),
		  "linkingAgentIdentifierValue>" ID("000000000109") },
		{ "relatedEventIdentifierValue>" ID("000000000200"),
		  "relatedEventIdentifierValue>" ID("000000000209") },
		{ "objectIdentifierValue>" ID("000000000010"),
		  "objectIdentifierValue>file-1" },
		{ "<premis:size>", "<premis:size>-" },
		{ ">2026-014/3<", "> <" },
		{ ">role<", ">colour<" },
		{ "version=\"3.0\"", "version=\"3.1\"" },
		{ ">implementer<", ">bystander<" },
		{ ">documents<", ">represents<" },
		{ "#environment<", "#room<" },
		{ "rightsStatementIdentifierValue>" ID("000000000301"),
		  "rightsStatementIdentifierValue>" ID("000000000300") },
		{ "rightsStatementIdentifierValue>" ID("000000000301"),
		  "rightsStatementIdentifierValue>second" },
		{ ">dissemination<", ">distribution<" },
		{ "rightsBasis/oth\"", "eventType/oth\"" },
		{ ">donor agreement<", ">hearsay<" },
		{ "<premis:endDate>2040<", "<premis:endDate>2040~<" },
		{ "<premis:restriction>half<", "<premis:restriction> <" },
		{ "urn:x-muniment:rights:1", "urn:x-muniment:rights:2" },
		{ ">citation<", ">quotation<" },
	};
	struct mun_str good = document(premis_sample_full());

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const char *at = strstr(good.text, cases[i].from);
		struct mun_str xml = { 0 };
		char why[300];

		if (!at)
			fail_msg("no '%s'", cases[i].from);
		mun_str_add_bytes(&xml, good.text, (size_t)(at - good.text));
		mun_str_add(&xml, cases[i].to);
		mun_str_add(&xml, at + strlen(cases[i].from));
		if (is_valid(xml.text, xml.len, why))
			fail_msg("'%s' is in the profile", cases[i].to);
		mun_str_free(&xml);
	}
	mun_str_free(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_of_ours_is_in_the_profile),
		cmocka_unit_test(what_muniment_does_not_write_is_not_in_it),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
