/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_package.c - is a package whole? the parts in their order */
#include "emulate-export/verify_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/check.h"

static const char *const kind_names[MUN_VERIFY_KINDS] = {
	[MUN_VERIFY_MISMATCH] = "mismatch",
	[MUN_VERIFY_MISSING] = "missing",
	[MUN_VERIFY_EXTRA] = "extra",
	[MUN_VERIFY_UNREADABLE] = "unreadable",
	[MUN_VERIFY_REFUSED] = "refused",
	[MUN_VERIFY_INVALID] = "invalid",
	[MUN_VERIFY_ARCHIVE] = "archive",
	[MUN_VERIFY_CONTENT] = "content",
	[MUN_VERIFY_RECEIPT] = "receipt",
	[MUN_VERIFY_PREMIS] = "premis",
	[MUN_VERIFY_EVENT] = "event",
	[MUN_VERIFY_UNDECIDED] = "undecided",
};

const char *mun_verify_kind_name(enum mun_verify_kind kind)
{
	return kind_names[kind];
}

void mun_verify_tell(struct mun_verify *v, const struct mun_verify_finding *f)
{
	switch (f->weight) {
	case MUN_VERIFY_WARNING:
		v->out->warnings++;
		break;
	case MUN_VERIFY_DAMAGE:
		v->out->damage++;
		break;
	case MUN_VERIFY_UNDONE:
		v->out->undone++;
		break;
	}
	if (v->fn)
		v->fn(v->ctx, f);
}

static void say(struct mun_verify *v, const struct mun_verify_finding *what,
		const char *fmt, va_list ap) MUN_PRINTF(3, 0);

static void say(struct mun_verify *v, const struct mun_verify_finding *what,
		const char *fmt, va_list ap)
{
	struct mun_verify_finding f = *what;
	char text[1024];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	f.algorithm = "";
	f.expected = "";
	f.found = "";
	f.text = text;
	mun_verify_tell(v, &f);
}

void mun_verify_say(struct mun_verify *v, enum mun_verify_kind kind,
		    enum mun_verify_weight weight, const char *path,
		    const char *fmt, ...)
{
	const struct mun_verify_finding f = {
		.kind = kind, .weight = weight, .path = path, .by = ""
	};
	va_list ap;

	va_start(ap, fmt);
	say(v, &f, fmt, ap);
	va_end(ap);
}

void mun_verify_say_at(struct mun_verify *v, enum mun_verify_kind kind,
		       enum mun_verify_weight weight, const char *path,
		       const char *by, size_t line, const char *fmt, ...)
{
	const struct mun_verify_finding f = {
		.kind = kind,
		.weight = weight,
		.path = path,
		.by = by,
		.line = line,
	};
	va_list ap;

	va_start(ap, fmt);
	say(v, &f, fmt, ap);
	va_end(ap);
}

/* What was compared, by name. */
static void tell_algorithms(struct mun_verify *v)
{
	char *out = v->out->algorithms;
	size_t n = 0;

	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if (!(v->algs & 1u << i))
			continue;
		n += (size_t)snprintf(out + n, MUN_VERIFY_ALGS - n, "%s%s",
				      n ? "," : "", mun_sum_name(i));
		if (n >= MUN_VERIFY_ALGS)
			return;
	}
}

/* The archive may be broken; false: then nothing came out of it. */
static int list(struct mun_verify *v, bool *go_on, struct mun_err *e)
{
	char text[1024];
	int rc = mun_verify_list(v, e);

	*go_on = true;
	if (rc != MUN_ECORRUPT)
		return rc;
	mun_verify_say(v, MUN_VERIFY_ARCHIVE, MUN_VERIFY_DAMAGE, "", "%s",
		       mun_err_text(e, text, sizeof(text), 0));
	*go_on = v->base != NULL;
	return 0;
}

static int judge(struct mun_verify *v, struct mun_err *e)
{
	static int (*const parts[])(struct mun_verify *, struct mun_err *) = {
		mun_verify_fetch,    mun_verify_manifests, mun_verify_receipt,
		mun_verify_complete, mun_verify_info,      mun_verify_names,
		mun_verify_digests,  mun_verify_images,    mun_verify_premis,
		mun_verify_form,     mun_verify_event,
	};
	bool go_on = true;
	int rc = list(v, &go_on, e);

	if (rc || !go_on)
		return rc;
	if (!mun_verify_declaration(v))
		return 0;
	for (size_t i = 0; !rc && i < MUN_COUNT(parts); i++) {
		rc = parts[i](v, e);
		if (!rc)
			rc = mun_cancel_check(e);
	}
	tell_algorithms(v);
	/* Manifests of digests that nobody here knows are no proof. */
	if (!rc && !v->algs)
		mun_verify_say(v, MUN_VERIFY_UNDECIDED, MUN_VERIFY_UNDONE, "",
			       "no digest could be compared");
	return rc;
}

bool mun_verify_is_package(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	return S_ISDIR(st.st_mode) ||
	       (S_ISREG(st.st_mode) && mun_box_archive_form(path));
}

int mun_verify_box(struct mun_box *box, const struct mun_verify_request *q,
		   mun_verify_fn *fn, void *ctx, struct mun_verify_result *out,
		   struct mun_err *e)
{
	struct mun_verify v = {
		.q = q, .fn = fn, .ctx = ctx, .out = out, .box = box
	};
	mun_auto(arena) *arena = NULL;
	int rc = mun_arena_new(&arena, e);

	*out = (struct mun_verify_result){ 0 };
	if (rc)
		return rc;
	v.arena = arena;
	(void)snprintf(out->form, sizeof(out->form), "%s", box->form);
	rc = judge(&v, e);
	json_decref(v.receipt);
	mun_verify_list_free(&v);
	return rc;
}

int mun_verify_package(const struct mun_verify_request *q, mun_verify_fn *fn,
		       void *ctx, struct mun_verify_result *out,
		       struct mun_err *e)
{
	mun_auto(box) *box = NULL;
	struct stat st;
	int rc;

	*out = (struct mun_verify_result){ 0 };
	if (stat(q->path, &st))
		return mun_fail_sys(e, errno, "look at '%s'", q->path);
	rc = S_ISDIR(st.st_mode) ? mun_box_open_folder(q->path, &box, e)
				 : mun_box_open_archive(q->path, &box, e);
	if (!rc)
		rc = mun_verify_box(box, q, fn, ctx, out, e);
	return rc ? mun_ctx(e, "verify '%s'", q->path) : 0;
}
