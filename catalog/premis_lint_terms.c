/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/premis_lint_terms.c - are terms in the LoC vocabulary they claim?
 *
 * A claim is an attribute that names id.loc.gov.  A claim that does not hold is
 * an error.  Without a claim any term is legal PREMIS; but where the data
 * dictionary recommends a vocabulary, a term that is not in it is a warning.
 */
#include "catalog/premis_linter.h"

#include "catalog/premis_names.h"
#include "catalog/vocab.h"
#include "core/check.h"

#include <string.h>

struct binding {
	const char *element;
	const char *vocabulary;
	const char *other; /* another that is in use, or NULL */
	bool closed; /* warn of terms from elsewhere */
};

static const struct binding bindings[] = {
	{ "act", "eventType", "actionsGranted", false },
	{ "agentType", "agentType", NULL, true },
	{ "contentLocationType", "contentLocationType", NULL, false },
	{ "copyrightStatus", "copyrightStatus", NULL, true },
	{ "environmentFunctionType", "environmentFunctionType", NULL, true },
	{ "environmentRegistryRole", "environmentRegistryRole", NULL, false },
	{ "eventOutcome", "eventOutcome", NULL, true },
	{ "eventType", "eventType", NULL, true },
	{ "formatRegistryRole", "formatRegistryRole", NULL, false },
	{ "inhibitorTarget", "inhibitorTarget", NULL, false },
	{ "inhibitorType", "inhibitorType", NULL, false },
	{ "linkingEnvironmentRole", "linkingEnvironmentRole", NULL, false },
	{ "linkingObjectRole", "eventRelatedObjectRole", NULL, true },
	{ "messageDigestAlgorithm", "cryptographicHashFunctions", NULL, true },
	{ "preservationLevelRole", "preservationLevelRole", NULL, true },
	{ "preservationLevelType", "preservationLevelType", NULL, false },
	{ "relatedEnvironmentCharacteristic", "environmentCharacteristic", NULL,
	  true },
	{ "relatedEnvironmentPurpose", "eventType", "environmentPurpose",
	  false },
	{ "relationshipSubType", "relationshipSubType", NULL, true },
	{ "relationshipType", "relationshipType", NULL, true },
	{ "rightsBasis", "rightsBasis", NULL, true },
	{ "signatureEncoding", "signatureEncoding", NULL, false },
	{ "signatureMethod", "signatureMethod", NULL, false },
	{ "storageMedium", "storageMedium", NULL, false },
};

/* The role of an agent in an event, and of one in rights. */
static const struct binding event_agent_role = { "linkingAgentRole",
						 "eventRelatedAgentRole",
						 "linkingAgentRoleEvent",
						 true };
static const struct binding rights_agent_role = { "linkingAgentRole",
						  "rightsRelatedAgentRole",
						  NULL, true };

static const struct binding *binding_of(const xmlNode *node)
{
	const char *name = mun_xml_name(node);

	if (strcmp(name, "linkingAgentRole") == 0) {
		const xmlNode *p = node->parent ? node->parent->parent : NULL;

		return mun_xml_is(p, MUN_PREMIS_NS, "rightsStatement")
			       ? &rights_agent_role
			       : &event_agent_role;
	}
	for (size_t i = 0; i < MUN_COUNT(bindings); i++)
		if (strcmp(bindings[i].element, name) == 0)
			return &bindings[i];
	return NULL;
}

static bool allows(const struct binding *b, const char *vocabulary)
{
	return !b || strcmp(b->vocabulary, vocabulary) == 0 ||
	       (b->other && strcmp(b->other, vocabulary) == 0);
}

static void tell(struct mun_premis_linter *l, bool error, const xmlNode *node,
		 const char *what, const char *detail)
{
	mun_premis_problem(l, error, "vocabulary", mun_xml_line(node),
			   "%s: %s '%s'", mun_xml_name(node), what, detail);
}

static void check_term(struct mun_premis_linter *l, const xmlNode *node,
		       const struct binding *b, const struct mun_vocab_term *t)
{
	if (!allows(b, t->vocabulary))
		tell(l, true, node, "takes no term of the vocabulary",
		     t->vocabulary);
	else if (t->deprecated)
		tell(l, false, node, "the vocabulary has retired the term",
		     t->label);
}

/* A claim by the URI of a term. */
static void check_uri(struct mun_premis_linter *l, const xmlNode *node,
		      const struct binding *b, const char *uri,
		      const char *text)
{
	const struct mun_vocab_term *t = mun_vocab_by_uri(uri);
	const char *dot = strrchr(uri, '.');

	if (!t && dot &&
	    strspn(dot, ".abcdefghijklmnopqrstuvwxyz") == strlen(dot)) {
		/* ".../dep.html" is a page about the term. */
		const char *bare =
			mun_arena_strndup(l->arena, uri, (size_t)(dot - uri));

		t = bare ? mun_vocab_by_uri(bare) : NULL;
		if (t)
			tell(l, false, node,
			     "a page about the term, not its URI:", uri);
	}
	if (!t) {
		tell(l, true, node, "no LoC term has the URI", uri);
		return;
	}
	check_term(l, node, b, t);
	if (!*text)
		tell(l, false, node, "no text beside the term", t->label);
	else if (!mun_vocab_same(t->label, text))
		mun_premis_problem(l, true, "vocabulary", mun_xml_line(node),
				   "%s: the text is '%s', the term of its "
				   "URI '%s'",
				   mun_xml_name(node), text, t->label);
}

/* A claim by the URI of a vocabulary: what follows the base, perhaps "". */
static void check_vocabulary(struct mun_premis_linter *l, const xmlNode *node,
			     const struct binding *b, const char *tail,
			     const char *text)
{
	const struct mun_vocab_term *t;
	const char *name =
		mun_arena_strndup(l->arena, tail, strcspn(tail, "/ \t\r\n"));

	if (!name)
		return;
	if (!*name && b)
		name = b->vocabulary;
	if (!*name)
		return; /* the base alone says too little to be wrong */
	if (!mun_vocab_is(name)) {
		tell(l, true, node, "there is no LoC vocabulary", name);
		return;
	}
	t = mun_vocab_by_label(name, text);
	if (t)
		check_term(l, node, b, t);
	else
		mun_premis_problem(l, true, "vocabulary", mun_xml_line(node),
				   "%s: '%s' is no term of the LoC "
				   "vocabulary %s",
				   mun_xml_name(node), text, name);
}

static void check_unclaimed(struct mun_premis_linter *l, const xmlNode *node,
			    const struct binding *b, const char *text)
{
	if (!b->closed || mun_vocab_by_label(b->vocabulary, text) ||
	    (b->other && mun_vocab_by_label(b->other, text)))
		return;
	/* LoC's list ends before BLAKE2 and SHA-3. */
	if (strcmp(b->element, "messageDigestAlgorithm") == 0 &&
	    mun_premis_digest_digits(text))
		return;
	mun_premis_problem(l, false, "vocabulary", mun_xml_line(node),
			   "%s: '%s' is not in the LoC vocabulary %s",
			   mun_xml_name(node), text, b->vocabulary);
}

void mun_premis_lint_term(struct mun_premis_linter *l, const xmlNode *node)
{
	static const char *const claims[] = { "authorityURI", "authority" };
	const struct binding *b = binding_of(node);
	const char *uri = mun_xml_attr(l->arena, node, NULL, "valueURI");
	const char *text;

	if (!node->properties && !b)
		return;
	text = mun_premis_trimmed(l, node);
	if (uri && mun_vocab_uri_tail(uri)) {
		check_uri(l, node, b, uri, text);
		return;
	}
	for (size_t i = 0; i < MUN_COUNT(claims); i++) {
		const char *claim =
			mun_xml_attr(l->arena, node, NULL, claims[i]);
		const char *tail = claim ? mun_vocab_uri_tail(claim) : NULL;

		if (!tail)
			continue;
		/* Some give the term's own URI here. */
		if (mun_vocab_by_uri(claim))
			check_uri(l, node, b, claim, text);
		else
			check_vocabulary(l, node, b, tail, text);
		return;
	}
	/* Another authority's term is not ours to judge. */
	if (b && !uri)
		check_unclaimed(l, node, b, text);
}
