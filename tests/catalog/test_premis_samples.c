/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/catalog/test_premis_samples.c - PREMIS of others, judged as LoC does
 *
 * The official schema (in-process, libxml2) is the oracle for structure: on
 * every sample, and on thousands of small damages to them.  Skipped without
 * $MUNIMENT_STANDARDS.
 */
#include "catalog/premis.h"

#include "catalog/xmltree.h"
#include "core/check.h"
#include "tests/catalog/premis_sample.h"
#include "tests/support/support.h"

#include <dirent.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>

#define SAMPLES_MAX 200

struct sample {
	char *name;
	char *xml;
	size_t len;
	bool valid; /* as the official schema has it */
	bool well_formed;
};

static struct sample samples[SAMPLES_MAX];
static size_t nsamples;
static xmlSchema *schema;

/* Codes of the linter, in the order of catalog/premis.h. */
static const char *const codes[] = {
	"xml",  "structure", "vocabulary", "date",       "digest",
	"size", "dangling",  "duplicate",  "identifier",
};

struct counts {
	size_t errors[MUN_COUNT(codes)];
	size_t warnings[MUN_COUNT(codes)];
	char first[256]; /* structure error */
};

static void count(void *ctx, const struct mun_premis_problem *p)
{
	struct counts *c = ctx;

	for (size_t i = 0; i < MUN_COUNT(codes); i++) {
		if (strcmp(codes[i], p->code) != 0)
			continue;
		if (p->error)
			c->errors[i]++;
		else
			c->warnings[i]++;
		if (p->error && i < 2 && !*c->first)
			(void)snprintf(c->first, sizeof(c->first),
				       "line %lu: %s", p->line, p->text);
		return;
	}
	fail_msg("unknown code '%s'", p->code);
}

static struct counts lint(const char *xml, size_t len)
{
	struct counts c = { 0 };
	struct mun_premis_verdict v;
	struct mun_err e;

	assert_int_equal(mun_premis_lint(xml, len, count, &c, &v, &e), 0);
	return c;
}

/* Neither "xml" nor "structure". */
static bool accepts(const struct counts *c)
{
	return !c->errors[0] && !c->errors[1];
}

static void quiet(void *ctx, xmlErrorPtr err)
{
	(void)ctx;
	(void)err;
}

/* 0 valid, 1 not well-formed, 3 invalid: as xmllint(1) exits. */
static int official(const char *xml, size_t len)
{
	xmlSchemaValidCtxt *ctxt;
	xmlDoc *doc = xmlReadMemory(xml, (int)len, NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOERROR |
					    XML_PARSE_NOWARNING);
	int rc;

	if (!doc)
		return 1;
	ctxt = xmlSchemaNewValidCtxt(schema);
	assert_non_null(ctxt);
	xmlSchemaSetValidStructuredErrors(ctxt, quiet, NULL);
	rc = xmlSchemaValidateDoc(ctxt, doc);
	assert_true(rc >= 0);
	xmlSchemaFreeValidCtxt(ctxt);
	xmlFreeDoc(doc);
	return rc ? 3 : 0;
}

static void load_folder(const char *root, const char *folder, bool valid,
			bool well_formed)
{
	char *dir = mun_test_path(root, folder);
	struct dirent *entry;
	DIR *d = opendir(dir);

	assert_non_null(d);
	while ((entry = readdir(d))) {
		struct sample *s = &samples[nsamples];
		char *path;

		if (*entry->d_name == '.')
			continue;
		assert_true(nsamples < SAMPLES_MAX);
		path = mun_test_path(dir, entry->d_name);
		s->name = mun_test_path(folder, entry->d_name);
		s->xml = mun_test_read(path, &s->len);
		s->valid = valid;
		s->well_formed = well_formed;
		assert_non_null(s->xml);
		nsamples++;
		free(path);
	}
	(void)closedir(d);
	free(dir);
}

/* Our own are samples too. */
static void load_ours(void)
{
	struct mun_record *r = premis_sample_full();
	struct sample *s = &samples[nsamples++];
	struct mun_str out = { 0 };
	struct mun_err e;

	assert_int_equal(mun_premis_write(r, &out, &e), 0);
	s->name = strdup("ours/full");
	s->xml = out.text;
	s->len = out.len;
	s->valid = true;
	s->well_formed = true;
	mun_record_free(r);
}

static void load_schema(const char *standards)
{
	char *path = mun_test_path(standards, "schemas/premis/premis-v3-0.xsd");
	xmlSchemaParserCtxt *ctxt = xmlSchemaNewParserCtxt(path);

	assert_non_null(ctxt);
	schema = xmlSchemaParse(ctxt);
	assert_non_null(schema);
	xmlSchemaFreeParserCtxt(ctxt);
	free(path);
}

static int load(void **state)
{
	const char *standards = mun_test_standards();
	char *root = mun_test_path(standards, "premis-samples");

	(void)state;
	load_schema(standards);
	load_ours();
	load_folder(root, "valid", true, true);
	load_folder(root, "invalid", false, true);
	load_folder(root, "not-wellformed", false, false);
	free(root);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	for (size_t i = 0; i < nsamples; i++) {
		free(samples[i].name);
		free(samples[i].xml);
	}
	xmlSchemaFree(schema);
	return 0;
}

static void print_counts(const struct sample *s, const struct counts *c)
{
	print_message("%-60.60s", s->name);
	for (size_t i = 0; i < MUN_COUNT(codes); i++)
		if (c->errors[i] || c->warnings[i])
			print_message(" %s %zu/%zu", codes[i], c->errors[i],
				      c->warnings[i]);
	print_message("\n");
}

static void every_sample_gets_the_official_verdict(void **state)
{
	size_t agreed = 0;

	(void)state;
	print_message("errors/warnings by code:\n");
	for (size_t i = 0; i < nsamples; i++) {
		const struct sample *s = &samples[i];
		struct counts c = lint(s->xml, s->len);

		print_counts(s, &c);
		assert_int_equal(official(s->xml, s->len) == 0, s->valid);
		if (accepts(&c) == s->valid &&
		    (c.errors[0] == 0) == s->well_formed)
			agreed++;
		else
			print_error("%s: %s\n", s->name, c.first);
	}
	print_message("%zu of %zu samples judged as by the schema\n", agreed,
		      nsamples);
	assert_int_equal(agreed, nsamples);
	assert_true(nsamples >= 70);
}

/* Refusals say where and why. */
static void keep_line(void *ctx, const struct mun_premis_problem *p)
{
	unsigned long *line = ctx;

	assert_true(*p->text != '\0');
	if (p->error && !*line)
		*line = p->line;
}

static void every_refusal_has_a_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < nsamples; i++) {
		struct mun_premis_verdict v;
		struct mun_err e;
		unsigned long line = 0;

		if (samples[i].valid)
			continue;
		assert_int_equal(mun_premis_lint(samples[i].xml, samples[i].len,
						 keep_line, &line, &v, &e),
				 0);
		assert_true(v.errors > 0);
		assert_true(line > 0);
	}
}

static char *canonical(const char *xml, size_t len)
{
	xmlDoc *doc = xmlReadMemory(xml, (int)len, NULL, NULL, XML_PARSE_NONET);
	xmlChar *text = NULL;

	assert_non_null(doc);
	assert_true(xmlC14NDocDumpMemory(doc, NULL, XML_C14N_1_0, NULL, 1,
					 &text) >= 0);
	xmlFreeDoc(doc);
	return (char *)text;
}

static void valid_samples_are_read_without_loss(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < nsamples; i++) {
		struct mun_str out = { 0 };
		struct mun_err e;
		char *a;
		char *b;

		if (!samples[i].valid)
			continue;
		assert_int_equal(mun_premis_roundtrip(samples[i].xml,
						      samples[i].len, &out, &e),
				 0);
		a = canonical(samples[i].xml, samples[i].len);
		b = canonical(out.text, out.len);
		assert_string_equal(a, b);
		xmlFree(a);
		xmlFree(b);
		mun_str_free(&out);
		n++;
	}
	print_message("%zu valid samples read and written again\n", n);
}

static void foreign_documents_are_not_our_records(void **state)
{
	(void)state;
	for (size_t i = 1; i < nsamples; i++) {
		struct mun_record *r = NULL;
		struct mun_err e;

		assert_int_equal(
			mun_premis_read(samples[i].xml, samples[i].len, &r, &e),
			MUN_ECORRUPT);
		assert_non_null(strstr(e.lines[0].text, "line "));
	}
}

static void our_own_records_are_officially_valid(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 102; seed++) {
		struct mun_record *r = seed == 100 ? premis_sample_full()
				       : seed == 101
					       ? premis_sample_minimal()
					       : premis_sample_random(seed);
		struct mun_str out = { 0 };
		struct mun_err e;
		struct counts c;

		assert_int_equal(mun_premis_write(r, &out, &e), 0);
		if (official(out.text, out.len))
			fail_msg("seed %d is invalid:\n%s", (int)seed,
				 out.text);
		c = lint(out.text, out.len);
		for (size_t k = 0; k < MUN_COUNT(codes); k++)
			if (c.errors[k])
				fail_msg("seed %d: %s errors in\n%s", (int)seed,
					 codes[k], out.text);
		mun_str_free(&out);
		mun_record_free(r);
	}
}

/* --- damages --- */

static uint64_t random_state;

static size_t below(size_t n)
{
	uint64_t value;

	mun_test_pattern(&value, sizeof(value), random_state++);
	return n ? (size_t)(value % n) : 0;
}

/* Any element below the root, or NULL. */
static xmlNode *any_element(xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc);
	xmlNode *found = NULL;
	size_t seen = 0;

	for (xmlNode *n = root; n;) {
		xmlNode *next = mun_xml_element(n->children);

		if (n != root && below(++seen) == 0)
			found = n;
		while (!next && n && n != root) {
			next = mun_xml_element(n->next);
			n = n->parent;
		}
		n = next;
	}
	return found;
}

static void rename_like(xmlNode *node, const xmlNode *other)
{
	if (other)
		xmlNodeSetName(node, other->name);
	else
		xmlNodeSetName(node, (const xmlChar *)"unheardOf");
}

static void swap_with_next(xmlNode *node)
{
	xmlNode *next = mun_xml_element(node->next);

	if (!next)
		return;
	xmlUnlinkNode(next);
	xmlAddPrevSibling(node, next);
}

static void set_text(xmlNode *node, const char *text)
{
	if (!mun_xml_element(node->children))
		xmlNodeSetContent(node, (const xmlChar *)text);
}

static void set_attribute(xmlNode *node)
{
	static const char *const attrs[][2] = {
		{ "version", "3.0" },
		{ "version", "2.3" },
		{ "xmlID", "a1" },
		{ "xmlID", "1 a" },
		{ "simpleLink", "http://x/" },
		{ "simpleLink", "a:b:%zz" },
		{ "authority", "x" },
		{ "valueURI", "http://[x" },
		{ "unknown", "yes" },
		{ "unknown", "no" },
		{ "LinkAgentXmlID", "a" },
		{ "foo", "bar" },
	};
	size_t i = below(MUN_COUNT(attrs));

	(void)xmlSetProp(node, (const xmlChar *)attrs[i][0],
			 (const xmlChar *)attrs[i][1]);
}

/* Not " premis:file ": libxml2 does not drop the blanks around a QName, which
 * XML Schema says it should (whiteSpace of QName is collapse); we do. */
static void set_type(xmlNode *node)
{
	static const char *const names[] = {
		"file",
		"premis:file",
		"premis:bitstream",
		"premis:representation",
		"premis:intellectualEntity",
		"premis:objectComplexType",
		"nothing:file",
		"premis:eventComplexType",
		"premis:frob",
		"premis:stringPlusAuthority",
		"premis:countryCode",
		"",
	};
	const xmlNs *ns = xmlSearchNsByHref(
		node->doc, node,
		(const xmlChar *)"http://www.w3.org/2001/XMLSchema-instance");

	if (ns)
		(void)xmlSetNsProp(
			node, (xmlNs *)(uintptr_t)ns, (const xmlChar *)"type",
			(const xmlChar *)names[below(MUN_COUNT(names))]);
}

static void damage(xmlDoc *doc)
{
	static const char *const texts[] = {
		"",    " ",    "-1",
		"0",   "text", "\n",
		"1e3", "+7",   "9223372036854775808"
	};
	xmlNode *node = any_element(doc);
	xmlNode *other = any_element(doc);

	if (!node || !other)
		return;
	switch (below(10)) {
	case 0:
		xmlUnlinkNode(node);
		xmlFreeNode(node);
		break;
	case 1:
		xmlAddNextSibling(node, xmlCopyNode(node, 1));
		break;
	case 2:
		swap_with_next(node);
		break;
	case 3:
		rename_like(node, below(3) ? other : NULL);
		break;
	case 4:
		set_text(node, texts[below(MUN_COUNT(texts))]);
		break;
	case 5:
		xmlAddChild(node, xmlNewText((const xmlChar *)"stray"));
		break;
	case 6:
		set_attribute(node);
		break;
	case 7:
		set_type(node);
		break;
	case 8:
		xmlAddChild(node, xmlCopyNode(other, 1));
		break;
	default:
		xmlSetNs(node, NULL);
		break;
	}
}

/* One damaged document: are both of one mind? */
static bool agree_on(const struct sample *s, size_t *refused)
{
	xmlDoc *doc =
		xmlReadMemory(s->xml, (int)s->len, NULL, NULL, XML_PARSE_NONET);
	xmlChar *text = NULL;
	int len = 0;
	struct counts c;
	int verdict;

	assert_non_null(doc);
	for (size_t n = 1 + below(2); n; n--)
		damage(doc);
	xmlDocDumpMemory(doc, &text, &len);
	xmlFreeDoc(doc);
	verdict = official((const char *)text, (size_t)len);
	c = lint((const char *)text, (size_t)len);
	*refused += verdict != 0;
	if (accepts(&c) != (verdict == 0) && getenv("MUN_SHOW"))
		print_error("--- %s: official %d, ours '%s'\n%s\n", s->name,
			    verdict, c.first, (const char *)text);
	xmlFree(text);
	return accepts(&c) == (verdict == 0);
}

#define DAMAGES 3000

static void damaged_samples_get_the_official_verdict(void **state)
{
	size_t agreed = 0;
	size_t refused = 0;
	size_t nvalid = 0;

	(void)state;
	while (nvalid < nsamples && samples[nvalid].valid)
		nvalid++;
	for (size_t i = 0; i < DAMAGES; i++) {
		random_state = i * 1000;
		agreed += agree_on(&samples[i % nvalid], &refused);
	}
	print_message("%zu of %d damaged documents judged as by the schema "
		      "(%zu invalid)\n",
		      agreed, DAMAGES, refused);
	assert_int_equal(agreed, DAMAGES);
	/* Damages that nobody minds would prove nothing. */
	assert_true(refused > DAMAGES / 4 && refused < DAMAGES * 19 / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_gets_the_official_verdict),
		cmocka_unit_test(every_refusal_has_a_line),
		cmocka_unit_test(valid_samples_are_read_without_loss),
		cmocka_unit_test(foreign_documents_are_not_our_records),
		cmocka_unit_test(our_own_records_are_officially_valid),
		cmocka_unit_test(damaged_samples_get_the_official_verdict),
	};

	if (!mun_test_standards()) {
		print_message("SKIPPED: no $MUNIMENT_STANDARDS\n");
		return MUN_TEST_SKIPPED;
	}
	return cmocka_run_group_tests(tests, load, unload);
}
