/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/verify_event.c - the receipt against what the catalog recorded
 *
 * Who changes a package and all its digests is not found out by digests: the
 * event of the export, which the ledger of the repository protects, has that of
 * the receipt.
 */
#include "emulate-export/verify_int.h"

#include <string.h>

#include "catalog/record.h"

/* In the note of the event: "receipt SHA-256 HEX" (export_event.c). */
#define MARK "receipt SHA-256 "
#define SHA256_BYTES 32u

static void say(struct mun_verify *v, enum mun_verify_weight weight,
		const struct mun_vexport *x, const char *text)
{
	mun_verify_say_at(v, MUN_VERIFY_EVENT, weight, v->receipt_file->path,
			  "catalog", 0, "%s (object %s, event %s)", text,
			  x->object, x->event);
}

static bool recorded_digest(const char *note, uint8_t out[SHA256_BYTES])
{
	const char *p = note ? strstr(note, MARK) : NULL;
	char hex[2 * SHA256_BYTES + 1];

	if (!p || strlen(p + sizeof(MARK) - 1) < sizeof(hex) - 1)
		return false;
	memcpy(hex, p + sizeof(MARK) - 1, sizeof(hex) - 1);
	hex[sizeof(hex) - 1] = '\0';
	return mun_unhex(hex, out, SHA256_BYTES);
}

static const struct mun_rec_event *find(const struct mun_record *r,
					const char *id)
{
	for (size_t i = 0; i < r->nevents; i++) {
		if (!strcmp(r->events[i].id, id) &&
		    !strcmp(r->events[i].type, "dissemination"))
			return &r->events[i];
	}
	return NULL;
}

/* @is: of the receipt in the package. */
static int compare(struct mun_verify *v, const struct mun_vexport *x,
		   const struct mun_sum_values *is, bool *fits,
		   struct mun_err *e)
{
	const unsigned int alg = mun_sum_find("sha256");
	const struct mun_rec_event *ev;
	mun_auto(record) *r = NULL;
	uint8_t was[SHA256_BYTES];
	int rc = mun_catalog_get(v->q->catalog, x->object, false, &r, e);

	*fits = false;
	if (rc == MUN_ENOENT) {
		say(v, MUN_VERIFY_UNDONE, x,
		    "the repository at hand does not "
		    "have the object");
		return 0;
	}
	if (rc)
		return rc;
	ev = find(r, x->event);
	if (!ev)
		say(v, MUN_VERIFY_DAMAGE, x,
		    "the repository recorded no such export");
	else if (!recorded_digest(ev->note, was))
		say(v, MUN_VERIFY_WARNING, x,
		    "the repository recorded no digest of the receipt");
	else
		*fits = mun_verify_compare(v, MUN_VERIFY_EVENT,
					   v->receipt_file->path, "catalog", 0,
					   alg, was, is->of[alg]);
	return 0;
}

static int digest_of(const struct mun_vfile *f, struct mun_sum_values *out,
		     struct mun_err *e)
{
	mun_auto(sums) *s = NULL;
	int rc = mun_sums_new(1u << mun_sum_find("sha256"), &s, e);

	if (!rc)
		rc = mun_sums_add(s, f->text, (size_t)f->bytes, e);
	return rc ? rc : mun_sums_final(s, out, e);
}

int mun_verify_event(struct mun_verify *v, struct mun_err *e)
{
	struct mun_sum_values is = { 0 };
	bool all = v->nexports > 0;
	int rc;

	if (!v->q->catalog)
		return 0;
	if (!v->receipt_file || !v->receipt_file->kept) {
		mun_verify_say(
			v, MUN_VERIFY_EVENT, MUN_VERIFY_UNDONE, "",
			"without a receipt it cannot be looked up in the "
			"repository");
		return 0;
	}
	rc = digest_of(v->receipt_file, &is, e);
	for (size_t i = 0; !rc && i < v->nexports; i++) {
		bool fits = false;

		rc = compare(v, &v->exports[i], &is, &fits, e);
		all &= fits;
	}
	v->out->recorded = all;
	return rc;
}
