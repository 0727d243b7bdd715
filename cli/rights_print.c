/* SPDX-License-Identifier: Apache-2.0 */
/* cli/rights_print.c - rights statements as JSON and as text */
#include "cli/rights_print.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"

static const char *agent_name(const struct mun_record *r, const char *id)
{
	for (size_t i = 0; i < r->nagents; i++)
		if (!strcmp(r->agents[i].id, id))
			return r->agents[i].name;
	return "";
}

static void one_json(struct mun_jsonw *w, const struct mun_record *r,
		     const struct mun_rec_rights *x)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "id", x->id);
	mun_jsonw_text(w, "effect", x->restricted ? "restricted" : "granted");
	mun_jsonw_text(w, "act", x->act);
	mun_jsonw_text(w, "text", x->text);
	mun_jsonw_bool(w, "holds", mun_rec_rights_hold(x, mun_now_ms()));
	mun_jsonw_text(w, "from", x->from);
	mun_jsonw_text(w, "until", x->until);
	mun_jsonw_text(w, "basis", x->basis);
	mun_jsonw_text(w, "jurisdiction", x->jurisdiction);
	mun_jsonw_text(w, "citation", x->citation);
	mun_jsonw_text(w, "note", x->note);
	mun_jsonw_text(w, "recorded", x->recorded);
	mun_jsonw_text(w, "recorded_by", agent_name(r, x->agent));
	mun_jsonw_text(w, "ended", x->ended);
	mun_jsonw_text(w, "ended_by", agent_name(r, x->ended_by));
	mun_jsonw_text(w, "reason", x->why);
	mun_jsonw_text(w, "later", x->later);
	mun_jsonw_end_object(w);
}

void mun_rights_json(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_array(w, "rights");
	for (size_t i = 0; i < r->nrights; i++)
		one_json(w, r, &r->rights[i]);
	mun_jsonw_end_array(w);
}

/* A text may have several lines: none of them may pass for one of ours. */
static void lines(const char *indent, const char *what, const char *text)
{
	if (!*text)
		return;
	(void)printf("%s    %s", indent, what);
	for (; *text; text++) {
		(void)putchar(*text);
		if (*text == '\n')
			(void)printf("%s    | ", indent);
	}
	(void)putchar('\n');
}

static const char *state_of(const struct mun_rec_rights *x)
{
	if (*x->ended)
		return ", ended";
	return mun_rec_rights_hold(x, mun_now_ms()) ? "" : ", not now";
}

static void one_text(const struct mun_record *r, const struct mun_rec_rights *x,
		     const char *indent)
{
	const char *by = agent_name(r, x->agent);
	const char *ended_by = agent_name(r, x->ended_by);

	(void)printf("%s%s  %s %s%s", indent, x->id, x->act,
		     x->restricted ? "restricted" : "granted", state_of(x));
	if (*x->from)
		(void)printf("  from %s", x->from);
	if (*x->until)
		(void)printf("  until %s", x->until);
	(void)printf("  (%s%s%s%s%s)\n", x->basis, *x->jurisdiction ? ", " : "",
		     x->jurisdiction, *x->citation ? ": " : "", x->citation);
	lines(indent, "", x->text);
	lines(indent, "note: ", x->note);
	(void)printf("%s    recorded %s%s%s\n", indent, x->recorded,
		     *by ? " by " : "", by);
	if (!*x->ended)
		return;
	(void)printf("%s    ended %s%s%s%s%s\n", indent, x->ended,
		     *ended_by ? " by " : "", ended_by,
		     *x->later ? ", in its place " : "", x->later);
	lines(indent, "reason: ", x->why);
}

void mun_rights_text(const struct mun_record *r, const char *indent)
{
	for (size_t i = 0; i < r->nrights; i++)
		one_text(r, &r->rights[i], indent);
}
