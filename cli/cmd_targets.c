/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_targets.c - muniment targets */
#include "cli/cli.h"
#include "cli/export_request.h"
#include "emulate-export/media_set.h"

#include <stdio.h>
#include <stdlib.h>

/* What the answers are printed to. */
struct listing {
	struct mun_jsonw *w; /* NULL: text */
	bool begun; /* the objects were named */
};

static void print_static(struct mun_jsonw *w, const struct mun_target *t)
{
	mun_jsonw_text(w, "target", t->name);
	mun_jsonw_text(w, "title", t->title);
	mun_jsonw_text(w, "program", t->program);
	mun_jsonw_text(w, "homepage", t->homepage);
	mun_jsonw_text(w, "platforms", t->platforms);
	mun_jsonw_text(w, "media", t->media);
	mun_jsonw_text(w, "formats", t->formats);
	mun_jsonw_text(w, "limits", t->limits);
	mun_jsonw_text(w, "needs", t->needs);
	mun_jsonw_text(w, "protection", t->protection);
}

/* @p: NULL where nothing is planned. */
static void json_plan(struct mun_jsonw *w, bool takes, const char *reason,
		      const struct mun_plan *p)
{
	mun_jsonw_bool(w, "takes", takes);
	mun_jsonw_text(w, "suit", p ? mun_suit_name(p->suit) : "");
	mun_jsonw_text(w, "reason", reason);
	mun_jsonw_bool(w, "starts", p && p->boots);
	mun_jsonw_text(w, "bring", p ? p->needs : "");
	mun_jsonw_array(w, "notes");
	for (size_t i = 0; p && i < p->nnotes; i++)
		mun_jsonw_text(w, NULL, p->notes[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_array(w, "images");
	for (size_t i = 0; p && i < p->n; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "name", p->media[i].name);
		mun_jsonw_text(w, "format", p->media[i].format);
		mun_jsonw_text(w, "device", p->media[i].device);
		mun_jsonw_text(w, "slot", p->media[i].slot);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

/* ---- without objects ---- */

static int list_all(struct mun_cli *c)
{
	struct mun_jsonw w;

	if (!mun_cli_flag(c, "json")) {
		for (size_t i = 0; mun_targets[i]; i++) {
			const struct mun_target *t = mun_targets[i];

			(void)printf("%-12s %s\n", t->name, t->title);
			(void)printf("%-12s   runs %s; takes %s\n", "",
				     t->platforms, t->media);
			if (*t->needs)
				(void)printf("%-12s   needs %s\n", "",
					     t->needs);
		}
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	mun_jsonw_array(&w, "objects");
	mun_jsonw_end_array(&w);
	mun_jsonw_array(&w, "targets");
	for (size_t i = 0; mun_targets[i]; i++) {
		mun_jsonw_object(&w, NULL);
		print_static(&w, mun_targets[i]);
		json_plan(&w, false, "", NULL);
		mun_jsonw_end_object(&w);
	}
	mun_jsonw_end_array(&w);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}

/* ---- with objects ---- */

static void json_verdict(struct mun_jsonw *w, const struct mun_set_object *o)
{
	const struct mun_verdict *v = &o->verdict;

	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "object", o->id);
	mun_jsonw_text(w, "label", o->record->label);
	mun_jsonw_text(w, "platform", mun_platform_name(v->platform));
	mun_jsonw_text(w, "confidence", mun_confidence_name(v->confidence));
	mun_jsonw_bool(w, "boots", v->boots == MUN_BOOTS_YES);
	mun_jsonw_array(w, "reasons");
	for (size_t i = 0; i < v->nreasons; i++)
		mun_jsonw_text(w, NULL, v->reasons[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_array(w, "others");
	for (size_t i = 0; i < v->nothers; i++)
		mun_jsonw_text(w, NULL, mun_platform_name(v->others[i]));
	mun_jsonw_end_array(w);
	mun_jsonw_end_object(w);
}

static void begin(struct listing *l, const struct mun_media_set *s)
{
	char text[1024];

	if (l->begun)
		return;
	l->begun = true;
	if (l->w)
		mun_jsonw_array(l->w, "objects");
	for (size_t i = 0; i < s->n; i++) {
		const struct mun_set_object *o = &s->objects[i];

		if (l->w) {
			json_verdict(l->w, o);
			continue;
		}
		(void)mun_verdict_text(&o->verdict, text, sizeof(text));
		(void)printf("%s: %s\n", o->id, text);
	}
	if (l->w) {
		mun_jsonw_end_array(l->w);
		mun_jsonw_array(l->w, "targets");
	} else {
		(void)printf("\n");
	}
}

static void print_answer(const struct mun_target_answer *a)
{
	const struct mun_plan *p = &a->plan;

	(void)printf("%-12s %s: ", a->target->name,
		     a->takes ? mun_suit_name(p->suit) : "no");
	(void)printf("%s\n", a->takes ? p->reason : a->refusal);
	for (size_t i = 0; a->takes && i < p->n; i++)
		(void)printf("%-12s   %s as %s%s%s\n", "", p->media[i].name,
			     p->media[i].device, *p->media[i].slot ? " " : "",
			     p->media[i].slot);
	if (a->takes && *p->needs)
		(void)printf("%-12s   bring: %s\n", "", p->needs);
}

static int print_one(void *ctx, const struct mun_media_set *s,
		     const struct mun_target_answer *a, struct mun_err *e)
{
	struct listing *l = ctx;

	(void)e;
	begin(l, s);
	if (!l->w) {
		print_answer(a);
		return 0;
	}
	mun_jsonw_object(l->w, NULL);
	print_static(l->w, a->target);
	json_plan(l->w, a->takes, a->takes ? a->plan.reason : a->refusal,
		  a->takes ? &a->plan : NULL);
	mun_jsonw_end_object(l->w);
	return 0;
}

static int list_for(struct mun_cli *c, struct mun_export_asked *a)
{
	bool json = mun_cli_flag(c, "json");
	struct mun_jsonw w;
	struct listing l = { .w = json ? &w : NULL };
	struct mun_err e;

	if (mun_export_ask(c, MUN_REPO_STORE | MUN_REPO_CATALOG, NULL, a, &e))
		return mun_cli_error(c, &e);
	if (json)
		mun_cli_json_begin(&w);
	if (mun_export_targets(&a->env, &a->req, print_one, &l, &e)) {
		if (json)
			mun_str_free(&w.out);
		return mun_cli_error(c, &e);
	}
	if (!json)
		return MUN_EXIT_DONE;
	mun_jsonw_end_array(&w);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}

int mun_cmd_targets(struct mun_cli *c)
{
	struct mun_export_asked a = { 0 };
	int status;

	if (!c->nargs)
		return list_all(c);
	status = list_for(c, &a);
	mun_export_asked_clear(&a);
	return status;
}
