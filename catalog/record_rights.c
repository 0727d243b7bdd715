/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/record_rights.c - rights statements of a record: words, bounds, time */
#include "catalog/record.h"

#include <stddef.h>
#include <string.h>

#include "catalog/edtf.h"
#include "core/check.h"
#include "core/str.h"

const struct mun_rec_word mun_rec_bases[] = {
	{ MUN_BASIS_COPYRIGHT, "copyright" },
	{ MUN_BASIS_LICENSE, "license" },
	{ MUN_BASIS_STATUTE, "statute" },
	{ MUN_BASIS_DONOR, "other" },
	{ MUN_BASIS_POLICY, "institutional policy" },
	{ MUN_BASIS_OTHER, "other" },
	{ NULL, NULL },
};

const struct mun_rec_word mun_rec_acts[] = {
	{ MUN_ACT_DISSEMINATE, "dissemination" },
	{ MUN_ACT_REPLICATE, "replication" },
	{ MUN_ACT_USE, MUN_ACT_USE },
	{ MUN_ACT_MIGRATE, "migration" },
	{ MUN_ACT_MODIFY, "modification" },
	{ MUN_ACT_DELETE, "deletion" },
	{ NULL, NULL },
};

bool mun_rec_word_is(const struct mun_rec_word *words, const char *word)
{
	for (; words->word; words++)
		if (!strcmp(words->word, word))
			return true;
	return false;
}

struct mun_rec_rights *mun_record_add_rights(struct mun_record *r)
{
	struct mun_rec_rights *l =
		mun_arena_grow(r->arena, r->rights, r->nrights, sizeof(*l));

	if (!l)
		return NULL;
	r->rights = l;
	l += r->nrights++;
	*l = (struct mun_rec_rights){
		.id = "",
		.recorded = "",
		.agent = "",
		.basis = "",
		.act = "",
		.text = "",
		.from = "",
		.until = "",
		.jurisdiction = "",
		.citation = "",
		.note = "",
		.ended = "",
		.ended_by = "",
		.why = "",
		.later = "",
	};
	return l;
}

static int check_text(const char *what, const char *text, const char *allowed,
		      struct mun_err *e)
{
	if (strlen(text) > MUN_RIGHTS_TEXT_MAX)
		return mun_fail(e, MUN_EINVAL, "%s is longer than %zu bytes",
				what, MUN_RIGHTS_TEXT_MAX);
	if (!mun_text_is_clean(text, allowed))
		return mun_fail(e, MUN_EINVAL,
				"%s is not clean UTF-8 text: control "
				"characters and broken sequences are refused",
				what);
	if (*text && !text[strspn(text, " \t\n")])
		return mun_fail(e, MUN_EINVAL, "%s is only white space", what);
	return 0;
}

static int check_texts(const struct mun_rec_rights *x, struct mun_err *e)
{
	const struct {
		const char *what;
		const char *text;
		const char *allowed;
	} texts[] = {
		{ "the text of the statement", x->text, "\n\t" },
		{ "the note", x->note, "\n\t" },
		{ "why it ended", x->why, "\n\t" },
		{ "the citation", x->citation, "" },
		{ "the jurisdiction", x->jurisdiction, "" },
	};
	int rc = 0;

	for (size_t i = 0; i < MUN_COUNT(texts) && !rc; i++)
		rc = check_text(texts[i].what, texts[i].text, texts[i].allowed,
				e);
	if (!rc && !*x->text)
		return mun_fail(e, MUN_EINVAL, "the statement says nothing");
	return rc;
}

/* What PREMIS has places for. */
static int check_basis(const struct mun_rec_rights *x, struct mun_err *e)
{
	const bool statute = !strcmp(x->basis, MUN_BASIS_STATUTE);
	const bool copyright = !strcmp(x->basis, MUN_BASIS_COPYRIGHT);

	if (!mun_rec_word_is(mun_rec_bases, x->basis))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no basis of rights: copyright, "
				"license, statute, donor, policy or other",
				x->basis);
	if (statute && !(*x->jurisdiction && *x->citation))
		return mun_fail(e, MUN_EINVAL,
				"a statute needs its jurisdiction and its "
				"citation");
	if (copyright && *x->citation && !*x->jurisdiction)
		return mun_fail(e, MUN_EINVAL,
				"a citation for copyright needs its "
				"jurisdiction");
	if (!statute && !copyright && *x->jurisdiction)
		return mun_fail(e, MUN_EINVAL,
				"only copyright and statutes have a "
				"jurisdiction");
	return 0;
}

static int check_date(const char *what, const char *text, int64_t *first,
		      int64_t *last, struct mun_err *e)
{
	if (!*text || mun_edtf_span(text, first, last))
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"%s '%s' is no day, month, year or time that can be "
			"compared with a clock, like 2040-06-30, 2040 or 204X",
			what, text);
}

static int check_dates(const struct mun_rec_rights *x, struct mun_err *e)
{
	int64_t from = INT64_MIN;
	int64_t until = INT64_MAX;
	int64_t ignored = 0;
	int rc = check_date("beginning", x->from, &from, &ignored, e);

	if (!rc)
		rc = check_date("end", x->until, &ignored, &until, e);
	if (!rc && from > until)
		return mun_fail(e, MUN_EINVAL,
				"it ends (%s) before it begins "
				"(%s)",
				x->until, x->from);
	return rc;
}

static int check_id(const char *what, const char *id, bool or_none,
		    struct mun_err *e)
{
	if ((or_none && !*id) || mun_uuid_is(id))
		return 0;
	return mun_fail(e, MUN_EINVAL, "%s '%s' is no UUID", what, id);
}

static int check_end(const struct mun_rec_rights *x, struct mun_err *e)
{
	int rc = check_id("who ended it", x->ended_by, true, e);

	if (!rc)
		rc = check_id("the later statement", x->later, true, e);
	if (rc)
		return rc;
	if (*x->ended && !mun_rfc3339_is_valid(x->ended))
		return mun_fail(e, MUN_EINVAL, "'%s' is not RFC 3339",
				x->ended);
	if (!*x->ended && (*x->ended_by || *x->why || *x->later))
		return mun_fail(e, MUN_EINVAL, "it did not end");
	if (*x->later && !strcmp(x->later, x->id))
		return mun_fail(e, MUN_EINVAL, "it cannot replace itself");
	return 0;
}

int mun_rec_rights_check(const struct mun_rec_rights *x, struct mun_err *e)
{
	int rc = check_id("the statement's id", x->id, false, e);

	if (!rc)
		rc = check_id("who recorded it", x->agent, true, e);
	if (!rc && !mun_rfc3339_is_valid(x->recorded))
		rc = mun_fail(e, MUN_EINVAL, "'%s' is not RFC 3339",
			      x->recorded);
	if (!rc && !mun_rec_word_is(mun_rec_acts, x->act))
		rc = mun_fail(e, MUN_EINVAL,
			      "'%s' is no act: disseminate, replicate, use, "
			      "migrate, modify or delete",
			      x->act);
	if (!rc)
		rc = check_basis(x, e);
	if (!rc)
		rc = check_texts(x, e);
	if (!rc)
		rc = check_dates(x, e);
	return rc ? rc : check_end(x, e);
}

bool mun_rec_rights_hold(const struct mun_rec_rights *x, int64_t at_ms)
{
	int64_t first = INT64_MIN;
	int64_t last = INT64_MAX;
	int64_t ignored;

	if (*x->ended)
		return false;
	/* Where the clock cannot tell, the restriction stands. */
	if (*x->from && mun_edtf_span(x->from, &first, &ignored) &&
	    at_ms < first)
		return false;
	return !*x->until || !mun_edtf_span(x->until, &ignored, &last) ||
	       at_ms <= last;
}
