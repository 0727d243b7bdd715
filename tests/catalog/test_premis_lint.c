/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/catalog/test_premis_lint.c - what the linter finds, and what it lets be
 *
 * Each case changes one place of a document without a fault.  The verdicts on
 * structure are compared with the official schema in test_premis_samples.c;
 * here stands what the schema lets through (docs/premis-mapping.md).
 */
#include "catalog/premis.h"

#include "core/check.h"
#include "tests/catalog/premis_sample.h"
#include "tests/support/support.h"

#include <stdio.h>

#define PRESERVATION "http://id.loc.gov/vocabulary/preservation/"

/* The first problem of the wanted code, and how many there were. */
struct seen {
	const char *code;
	size_t errors;
	size_t warnings;
	size_t other_errors;
	unsigned long line;
	char text[600];
};

static void see(void *ctx, const struct mun_premis_problem *p)
{
	struct seen *s = ctx;

	assert_true(*p->text != '\0');
	assert_null(strchr(p->text, '\n'));
	if (strcmp(p->code, s->code) != 0) {
		s->other_errors += p->error;
		return;
	}
	if (!s->line) {
		s->line = p->line;
		(void)snprintf(s->text, sizeof(s->text), "%s", p->text);
	}
	s->errors += p->error;
	s->warnings += !p->error;
}

static struct seen lint(const char *xml, size_t len, const char *code)
{
	struct seen s = { .code = code };
	struct mun_premis_verdict v;
	struct mun_err e;

	assert_int_equal(mun_premis_lint(xml, len, see, &s, &v, &e), 0);
	assert_int_equal(v.errors, s.errors + s.other_errors);
	return s;
}

static char *full_document(void)
{
	struct mun_record *r = premis_sample_full();
	struct mun_str out = { 0 };
	struct mun_err e;

	assert_int_equal(mun_premis_write(r, &out, &e), 0);
	mun_record_free(r);
	return out.text;
}

/* @xml with the first @from as @to; free(). */
static char *change(const char *xml, const char *from, const char *to)
{
	const char *at = strstr(xml, from);
	struct mun_str out = { 0 };

	if (!at)
		fail_msg("the document has no '%s'", from);
	mun_str_add_bytes(&out, xml, (size_t)(at - xml));
	mun_str_add(&out, to);
	mun_str_add(&out, at + strlen(from));
	assert_false(out.failed);
	return out.text;
}

static void our_own_document_has_no_problem(void **state)
{
	char *xml = full_document();
	struct mun_premis_verdict v;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_premis_lint(xml, strlen(xml), NULL, NULL, &v, &e),
			 0);
	assert_int_equal(v.errors, 0);
	assert_int_equal(v.warnings, 0);
	free(xml);
}

#define IMAGING \
	" authority=\"eventType\" authorityURI=\"" PRESERVATION \
	"eventType\" valueURI=\"" PRESERVATION "eventType/ima\">imaging<"
#define EVENT_TIME ">2026-09-01T10:14:02Z/2026-09-01T10:15:30Z<"
#define AGENT_1 \
	"<premis:agentIdentifierValue>0192f0a0-0000-7000-8000-000000000101"
#define AGENT_0 \
	"<premis:agentIdentifierValue>0192f0a0-0000-7000-8000-000000000100"

#define RIGHTS_0 \
	"<premis:rightsStatementIdentifierValue>" \
	"0192f0a0-0000-7000-8000-000000000300"
#define RIGHTS_1 \
	"<premis:rightsStatementIdentifierValue>" \
	"0192f0a0-0000-7000-8000-000000000301"
/* Behind what only rights have, the last digits follow. */
#define RIGHTS_OBJECT \
	"</premis:rightsGranted>\n" \
	"      <premis:linkingObjectIdentifier>\n" \
	"        <premis:linkingObjectIdentifierType>UUID" \
	"</premis:linkingObjectIdentifierType>\n" \
	"        <premis:linkingObjectIdentifierValue>" \
	"0192f0a0-0000-7000-8000-000000000"
#define RIGHTS_AGENT \
	"</premis:linkingObjectIdentifier>\n" \
	"      <premis:linkingAgentIdentifier>\n" \
	"        <premis:linkingAgentIdentifierType>UUID" \
	"</premis:linkingAgentIdentifierType>\n" \
	"        <premis:linkingAgentIdentifierValue>" \
	"0192f0a0-0000-7000-8000-000000000"

static const struct change {
	const char *from;
	const char *to;
	const char *code;
	size_t errors;
	size_t warnings;
} changes[] = {
	/* the five of "schema-valid proves little" */
	{ ">imaging<", ">frobnicate<", "vocabulary", 1, 0 },
	{ EVENT_TIME, ">last Tuesday<", "date", 1, 0 },
	{ "<premis:messageDigest>", "<premis:messageDigest>z", "digest", 1, 0 },
	{ "ObjectIdentifierValue>0192f0a0-0000-7000-8000-000000000020",
	  "ObjectIdentifierValue>0192f0a0-0000-7000-8000-999999999999",
	  "dangling", 1, 0 },
	{ AGENT_1, AGENT_0, "duplicate", 1, 0 },
	/* terms: claimed, wrongly claimed, not claimed */
	{ IMAGING, ">imaging<", "vocabulary", 0, 0 },
	{ IMAGING, ">frobnicate<", "vocabulary", 0, 1 },
	{ IMAGING, ">Imaging<", "vocabulary", 0, 0 },
	{ "eventType/ima\"", "eventType/xyz\"", "vocabulary", 1, 0 },
	{ "eventType/ima\"", "eventType/cre\"", "vocabulary", 1, 0 },
	{ "eventType/ima\"", "eventOutcome/suc\"", "vocabulary", 2, 0 },
	{ "eventType/ima\"", "eventType/ima.html\"", "vocabulary", 0, 1 },
	{ IMAGING,
	  " valueURI=\"https"
	  "://id.loc.gov/vocabulary/"
	  "preservation/eventType/ima\">imaging<",
	  "vocabulary", 0, 0 },
	{ IMAGING, " authorityURI=\"" PRESERVATION "eventType\">imaging<",
	  "vocabulary", 0, 0 },
	{ IMAGING, " authorityURI=\"" PRESERVATION "eventType\">frob<",
	  "vocabulary", 1, 0 },
	{ IMAGING, " authorityURI=\"" PRESERVATION "eventTypes\">imaging<",
	  "vocabulary", 1, 0 },
	{ IMAGING, " authorityURI=\"" PRESERVATION "agentType\">person<",
	  "vocabulary", 1, 0 },
	{ IMAGING, " authority=\"" PRESERVATION "eventType/\">frob<",
	  "vocabulary", 1, 0 },
	{ IMAGING, " valueURI=\"http://example.org/t/1\">frob<", "vocabulary",
	  0, 0 },
	{ IMAGING, " valueURI=\"" PRESERVATION "eventType/ima\"><",
	  "vocabulary", 0, 1 },
	{ ">SHA-256<", ">SHA256<", "vocabulary", 0, 0 },
	{ ">warning<", ">success<", "vocabulary", 1, 0 },
	/* dates */
	{ EVENT_TIME, "><", "date", 1, 0 },
	{ EVENT_TIME, ">2026-02-30<", "date", 1, 0 },
	{ EVENT_TIME, ">2026-02~/2026-03?<", "date", 0, 0 },
	{ EVENT_TIME, ">2026-09-01T10:14:02.123+02:00<", "date", 0, 0 },
	{ EVENT_TIME, ">2026-09-01T10:14:02.5Z/2026-09-01T10:15:30.5Z<", "date",
	  0, 0 },
	{ EVENT_TIME, ">2026-09-01T10:15:30Z/2026-09-01T10:14:02Z<", "date", 0,
	  1 },
	{ EVENT_TIME, ">2026-09-01 10:14:02<", "date", 1, 0 },
	{ EVENT_TIME, ">OPEN<", "date", 1, 0 },
	/* rights: identifiers, terms, dates */
	{ RIGHTS_1, RIGHTS_0, "duplicate", 1, 0 },
	{ RIGHTS_OBJECT "001", RIGHTS_OBJECT "009", "dangling", 1, 0 },
	{ RIGHTS_AGENT "100", RIGHTS_AGENT "109", "dangling", 1, 0 },
	{ "rightsBasis/oth\"", "rightsBasis/cop\"", "vocabulary", 1, 0 },
	{ ">dissemination<", ">frobnicate<", "vocabulary", 1, 0 },
	{ "eventType/dis\"", "actionsGranted/dis\"", "vocabulary", 1, 1 },
	{ "copyrightStatus/unk\"", "copyrightStatus/pub\"", "vocabulary", 1,
	  0 },
	{ "<premis:endDate>2040<", "<premis:endDate>never<", "date", 1, 0 },
	{ "<premis:endDate>2040<", "<premis:endDate>OPEN<", "date", 0, 0 },
	{ "<premis:endDate>204X-12-31<", "<premis:endDate>2026-10-02<", "date",
	  0, 0 },
	{ "<premis:endDate>204X-12-31<", "<premis:endDate>2026-10-01<", "date",
	  0, 0 },
	{ "<premis:endDate>204X-12-31<", "<premis:endDate>2026-10<", "date", 0,
	  0 },
	{ "<premis:endDate>204X-12-31<", "<premis:endDate>2026-09-30<", "date",
	  0, 1 },
	{ "<premis:endDate>204X-12-31<", "<premis:endDate>2025<", "date", 0,
	  1 },
	/* digests */
	{ "<premis:messageDigest>", "<premis:messageDigest>0", "digest", 1, 0 },
	{ ">SHA-256<", ">MD5<", "digest", 1, 0 },
	{ ">BLAKE2b-512<", ">sha-256<", "digest", 1, 0 },
	{ ">BLAKE2b-512<", ">unheard of<", "digest", 0, 0 },
	/* sizes */
	{ "<premis:size>", "<premis:size>-", "size", 1, 0 },
	{ "<premis:size>70000", "<premis:size>-0", "size", 0, 0 },
	{ "<premis:size>70000", "<premis:size>x", "size", 0, 0 },
	/* identifiers */
	{ "<premis:agentIdentifierType>UUID", "<premis:agentIdentifierType> ",
	  "identifier", 1, 0 },
	{ ">2026-014/3<", "><", "identifier", 1, 0 },
	{ ">2026-014/3<", ">&#10;<", "identifier", 1, 0 },
	/* duplicates */
	{ ">31234000567890<", ">0192f0a0-0000-7000-8000-000000000020<",
	  "duplicate", 0, 0 },
	{ ">barcode</premis:objectIdentifierType>",
	  ">accession</premis:objectIdentifierType>", "duplicate", 0, 0 },
	{ "eventIdentifierValue>0192f0a0-0000-7000-8000-000000000201",
	  "eventIdentifierValue>0192f0a0-0000-7000-8000-000000000200",
	  "duplicate", 1, 0 },
	/* links */
	{ "linkingAgentIdentifierValue>0192f0a0-0000-7000-8000-"
	  "000000000101",
	  "linkingAgentIdentifierValue>0192f0a0-0000-7000-8000-"
	  "900000000101",
	  "dangling", 1, 0 },
	{ "linkingAgentIdentifierType>UUID", "linkingAgentIdentifierType>ORCID",
	  "dangling", 0, 1 },
	{ "relatedEventIdentifierValue>", "relatedEventIdentifierValue>x",
	  "dangling", 1, 0 },
	{ "linkingEnvironmentIdentifierValue>",
	  "linkingEnvironmentIdentifierValue>x", "dangling", 1, 0 },
	/* structure: a sample of each kind */
	{ "<premis:compositionLevel>0", "<premis:compositionLevel>x",
	  "structure", 1, 0 },
	{ "<premis:size>", "<premis:size>9999999999999999999", "structure", 1,
	  0 },
	{ " version=\"3.0\">", " version=\"2.0\">", "structure", 1, 0 },
	{ " version=\"3.0\">", ">", "structure", 1, 0 },
	{ " xsi:type=\"premis:file\"", "", "structure", 1, 0 },
	{ "\"premis:file\"", "\"file\"", "structure", 1, 0 },
	{ "<premis:formatNote>", "<premis:formatNote xml:lang=\"en\">",
	  "structure", 1, 0 },
	{ "<premis:event>", "stray<premis:event>", "structure", 1, 0 },
};

static void what_the_schema_lets_through_is_found(void **state)
{
	char *good = full_document();

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(changes); i++) {
		char *xml = change(good, changes[i].from, changes[i].to);
		struct seen s = lint(xml, strlen(xml), changes[i].code);

		if (s.errors != changes[i].errors ||
		    s.warnings != changes[i].warnings)
			fail_msg("'%s' -> '%s': %zu errors, %zu warnings: %s",
				 changes[i].from, changes[i].to, s.errors,
				 s.warnings, s.text);
		if (s.errors && !s.line)
			fail_msg("'%s': no line", changes[i].to);
		free(xml);
	}
	free(good);
}

/* Documents of one level link to those of the others: legal PREMIS. */
#define HEAD \
	"<premis version=\"3.0\" xmlns=\"http://www.loc.gov/premis/v3\" " \
	"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
#define ID(kind, value) \
	"<" kind "Identifier><" kind "IdentifierType>local</" kind \
	"IdentifierType><" kind "IdentifierValue>" value "</" kind \
	"IdentifierValue></" kind "Identifier>"
#define FORMAT \
	"<objectCharacteristics><format><formatDesignation><formatName>x" \
	"</formatName></formatDesignation></format></objectCharacteristics>"
#define RELATION(type, subtype, value) \
	"<relationship><relationshipType>" type "</relationshipType>" \
	"<relationshipSubType>" subtype \
	"</relationshipSubType>" ID("relatedObject", value) "</relationship>"
#define ENTITY(inside) \
	"<object xsi:type=\"intellectualEntity\">" ID("object", "e") inside \
		"</object>"
#define REPR(inside) \
	"<object xsi:type=\"representation\">" ID("object", "r") inside \
		"</object>"
#define FILE_(inside) \
	"<object xsi:type=\"file\">" ID("object", "f") FORMAT inside "</object>"
#define EVENT(value) \
	"<event>" ID("event", "v") "<eventType>imaging</eventType>" \
				   "<eventDateTime>2026</eventDateTime>" ID( \
					   "linkingObject", value) "</event>"
#define TAIL "</premis>"

static void a_link_may_leave_to_a_level_that_is_elsewhere(void **state)
{
	static const struct {
		const char *xml;
		size_t errors;
		size_t warnings;
	} cases[] = {
		{ HEAD ENTITY("") EVENT("e") TAIL, 0, 0 },
		{ HEAD ENTITY("") EVENT("x") TAIL, 0, 1 },
		{ HEAD FILE_("") EVENT("x") TAIL, 1, 0 },
		{ HEAD ENTITY(RELATION("structural", "is Represented By", "x"))
			  TAIL,
		  0, 1 },
		{ HEAD ENTITY(RELATION("structural", "is Represented By", "x"))
			  REPR("") TAIL,
		  1, 0 },
		{ HEAD REPR(RELATION("structural", "represents", "x")) TAIL, 0,
		  1 },
		{ HEAD ENTITY("")
			  REPR(RELATION("structural", "represents", "x")) TAIL,
		  1, 0 },
		{ HEAD REPR(RELATION("structural", "includes", "x")) TAIL, 0,
		  1 },
		{ HEAD REPR(RELATION("structural", "includes", "x")) FILE_("")
			  TAIL,
		  1, 0 },
		{ HEAD FILE_(RELATION("structural", "is Included In", "x"))
			  TAIL,
		  0, 1 },
		{ HEAD REPR("") FILE_(
			  RELATION("structural", "is Included In", "x")) TAIL,
		  1, 0 },
		{ HEAD FILE_(RELATION("derivation", "has Source", "x")) TAIL, 0,
		  1 },
		{ HEAD ENTITY("")
			  FILE_(RELATION("derivation", "has Source", "x")) TAIL,
		  1, 0 },
		/* a root alone is not judged */
		{ "<event xmlns=\"http://www.loc.gov/premis/v3\">" ID(
			  "event",
			  "v") "<eventType>imaging</eventType>"
			       "<eventDateTime>2026</eventDateTime>" ID(
				       "linkingObject", "x") "</event>",
		  0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct seen s =
			lint(cases[i].xml, strlen(cases[i].xml), "dangling");

		if (s.errors != cases[i].errors || s.other_errors ||
		    s.warnings != cases[i].warnings)
			fail_msg("%zu errors (%zu others), %zu warnings in %s",
				 s.errors, s.other_errors, s.warnings,
				 cases[i].xml);
	}
}

#define WHOLE HEAD ENTITY("") TAIL

static void what_is_no_safe_xml_is_one_xml_problem(void **state)
{
	static const struct {
		const char *xml;
		const char *why; /* part of the text */
		unsigned long line;
	} cases[] = {
		{ "", "empty", 0 },
		{ "x", "", 1 },
		{ "<a>\n<b>\n</a>", "mismatch", 3 },
		{ "\n<premis>", "", 2 },
		{ "<?xml version=\"1.0\" encoding=\"windows-1252\"?>" WHOLE,
		  "encoding", 1 },
		{ "<?xml version=\"1.0\" encoding=\"EBCDIC-US\"?>" WHOLE,
		  "encoding", 1 },
		{ "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\xff</a>", "",
		  2 },
		{ "<a>\x01</a>", "", 1 },
		{ "<a>&nothing;</a>", "", 1 },
		{ "<x:a/>", "", 1 },
		{ "<!DOCTYPE a [\n<!ENTITY b \"c\">]>\n<a>&b;</a>", "'b'", 2 },
		{ "<!DOCTYPE a [\n<!ENTITY % b \"c\">]>\n<a/>", "'b'", 2 },
		{ "<!DOCTYPE a [<!ENTITY b SYSTEM \"/etc/passwd\">]><a>&b;</a>",
		  "'b'", 1 },
		{ "<!DOCTYPE a [<!NOTATION n SYSTEM \"n\">"
		  "<!ENTITY b SYSTEM \"u\" NDATA n>]><a/>",
		  "'b'", 1 },
		{ "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\"><a>&b;</a>",
		  "'b'", 1 },
		{ "<!DOCTYPE a SYSTEM \"x.dtd\"><a c=\"&b;\"/>", "'b'", 1 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct seen s = lint(cases[i].xml, strlen(cases[i].xml), "xml");

		if (s.errors != 1 || s.other_errors || s.warnings ||
		    s.line != cases[i].line || !strstr(s.text, cases[i].why))
			fail_msg("%zu errors (%zu others), line %lu '%s' in %s",
				 s.errors, s.other_errors, s.line, s.text,
				 cases[i].xml);
	}
}

static void a_billion_laughs_cost_nothing(void **state)
{
	struct mun_str xml = { 0 };
	struct seen s;

	(void)state;
	mun_str_add(&xml, "<!DOCTYPE lolz [<!ENTITY lol0 \"lol\">");
	for (int i = 1; i < 10; i++)
		mun_str_addf(&xml, "<!ENTITY lol%d \"&lol%d;&lol%d;\">", i,
			     i - 1, i - 1);
	mun_str_add(&xml, "]><lolz>&lol9;</lolz>");
	s = lint(xml.text, xml.len, "xml");
	assert_int_equal(s.errors, 1);
	assert_non_null(strstr(s.text, "entities are not expanded"));
	mun_str_free(&xml);
}

static void nesting_and_number_are_bounded(void **state)
{
	struct mun_str xml = { 0 };
	struct seen s;

	(void)state;
	for (int i = 0; i < 10000; i++)
		mun_str_add(&xml, "<a>");
	s = lint(xml.text, xml.len, "xml");
	assert_int_equal(s.errors, 1);
	assert_non_null(strstr(s.text, "depth"));
	mun_str_free(&xml);
	memset(&xml, 0, sizeof(xml));
	mun_str_add(&xml, "<a>");
	for (int i = 0; i < 2000001; i++)
		mun_str_add(&xml, "<b/>");
	mun_str_add(&xml, "</a>");
	s = lint(xml.text, xml.len, "xml");
	assert_int_equal(s.errors, 1);
	assert_non_null(strstr(s.text, "too many"));
	mun_str_free(&xml);
}

static void a_document_beyond_the_limit_is_refused(void **state)
{
	const size_t len = MUN_PREMIS_MAX + 1;
	char *xml = malloc(len);
	struct seen s;

	(void)state;
	assert_non_null(xml);
	memset(xml, ' ', len);
	s = lint(xml, len, "xml");
	assert_int_equal(s.errors, 1);
	assert_non_null(strstr(s.text, "bytes"));
	free(xml);
}

static void only_premis_3_roots_are_taken(void **state)
{
	static const char *const bad[] = {
		"<premis xmlns=\"info:lc/xmlns/premis-v2\" version=\"2.0\"/>",
		"<premis version=\"3.0\"/>",
		"<size xmlns=\"http://www.loc.gov/premis/v3\">1</size>",
		"<html/>",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		struct seen s = lint(bad[i], strlen(bad[i]), "structure");

		assert_int_equal(s.errors, 1);
		assert_int_equal(s.line, 1);
		assert_non_null(strstr(s.text, "root"));
	}
}

struct tally {
	size_t calls;
	unsigned long lines; /* their sum */
	char last[600];
};

static void add_up(void *ctx, const struct mun_premis_problem *p)
{
	struct tally *t = ctx;

	t->calls++;
	t->lines += p->line;
	(void)snprintf(t->last, sizeof(t->last), "%s %s", p->code, p->text);
}

/* 1,500 objects without xsi:type. */
static char *many_problems(void)
{
	struct mun_str xml = { 0 };

	mun_str_add(&xml, HEAD "\n");
	for (int i = 0; i < 1500; i++)
		mun_str_add(&xml, "<object/>\n");
	mun_str_add(&xml, TAIL);
	assert_false(xml.failed);
	return xml.text;
}

static void at_most_a_thousand_problems_are_told(void **state)
{
	char *xml = many_problems();
	struct tally t = { 0 };
	struct mun_premis_verdict v;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_premis_lint(xml, strlen(xml), add_up, &t, &v, &e),
			 0);
	assert_int_equal(t.calls, 1000);
	assert_int_equal(v.errors, 1500);
	free(xml);
}

static void assert_same_in_sandbox(const char *xml)
{
	struct tally a = { 0 };
	struct tally b = { 0 };
	struct mun_premis_verdict va;
	struct mun_premis_verdict vb;
	struct mun_err e;
	char text[1024];

	assert_int_equal(mun_premis_lint(xml, strlen(xml), add_up, &a, &va, &e),
			 0);
	if (mun_premis_lint_sandboxed(xml, strlen(xml), add_up, &b, &vb, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	assert_int_equal(va.errors, vb.errors);
	assert_int_equal(va.warnings, vb.warnings);
	assert_int_equal(a.calls, b.calls);
	assert_int_equal(a.lines, b.lines);
	assert_string_equal(a.last, b.last);
}

static void the_sandbox_tells_the_same(void **state)
{
	char *full = full_document();
	char *many = many_problems();

	(void)state;
	assert_same_in_sandbox(full);
	assert_same_in_sandbox(many);
	assert_same_in_sandbox("not XML");
	assert_same_in_sandbox(HEAD ENTITY("") EVENT("x") TAIL);
	assert_same_in_sandbox(
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" HEAD ENTITY(
			"<originalName>caf\xe9</originalName>") TAIL);
	free(full);
	free(many);
}

static void a_damaged_record_is_not_read(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} cases[] = {
		{ ">imaging<", ">frobnicate<" },
		{ ">role<", ">rôle<" },
		{ ">source<", ">origin<" },
		{ ">PRONOM<", ">LoC<" },
		{ ">collection<", ">note<" },
		{ "#representation<", "#other<" },
		{ "<premis:size>", "<premis:size>+" },
		{ "<premis:compositionLevel>", "<!DOCTYPE a><" },
		{ "<premis:messageDigestOriginator>",
		  "<premis:messageDigestOrigin>" },
		{ "</premis:premis>", "" },
		{ "<byte_run ", "<byte_walk " },
		{ "offset=\"61440\"", "offset=\"-1\"" },
		{ ">those of the master file<", ">others<" },
		{ "xsi:type=\"premis:file\"", "xsi:type=\"premis:bitstream\"" },
		{ ">decoded bytes<", ">sector bytes<" },
		{ "<premis:eventDetail>", "<premis:eventDetailExtension><a/>"
					  "</premis:eventDetailExtension>"
					  "<premis:eventDetail>" },
	};
	char *good = full_document();

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		char *xml = change(good, cases[i].from, cases[i].to);
		struct mun_record *r = NULL;
		struct mun_err e;
		char text[1024];

		if (mun_premis_read(xml, strlen(xml), &r, &e) != MUN_ECORRUPT)
			fail_msg("'%s' was read", cases[i].to);
		assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
				       "line "));
		free(xml);
	}
	free(good);
}

static void a_cut_record_is_not_read(void **state)
{
	char *xml = full_document();
	const size_t len = strlen(xml);

	(void)state;
	for (size_t n = 0; n + 1 < len; n += 1 + n / 40) {
		struct mun_record *r = NULL;
		struct mun_err e;

		assert_int_equal(mun_premis_read(xml, n, &r, &e), MUN_ECORRUPT);
	}
	free(xml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_document_has_no_problem),
		cmocka_unit_test(what_the_schema_lets_through_is_found),
		cmocka_unit_test(a_link_may_leave_to_a_level_that_is_elsewhere),
		cmocka_unit_test(what_is_no_safe_xml_is_one_xml_problem),
		cmocka_unit_test(a_billion_laughs_cost_nothing),
		cmocka_unit_test(nesting_and_number_are_bounded),
		cmocka_unit_test(a_document_beyond_the_limit_is_refused),
		cmocka_unit_test(only_premis_3_roots_are_taken),
		cmocka_unit_test(at_most_a_thousand_problems_are_told),
		cmocka_unit_test(the_sandbox_tells_the_same),
		cmocka_unit_test(a_damaged_record_is_not_read),
		cmocka_unit_test(a_cut_record_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
