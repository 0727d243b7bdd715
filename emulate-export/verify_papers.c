/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_papers.c - PREMIS records, and the form of tag manifests */
#include "emulate-export/verify_int.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/premis.h"
#include "fixity/digest.h"

/* ---- PREMIS ---- */

#define NAMESPACE "http://www.loc.gov/premis/v3"
#define TOLD_MAX 20u /* problems of one document; more are counted */

struct telling {
	struct mun_verify *v;
	const char *path;
	size_t told;
};

static void problem(void *ctx, const struct mun_premis_problem *p)
{
	struct telling *t = ctx;

	if (t->told++ >= TOLD_MAX)
		return;
	mun_verify_say_at(t->v, MUN_VERIFY_PREMIS,
			  p->error ? MUN_VERIFY_DAMAGE : MUN_VERIFY_WARNING,
			  t->path, "", p->line, "%s: %s", p->code, p->text);
}

static int lint(struct mun_verify *v, const struct mun_vfile *f,
		struct mun_err *e)
{
	struct telling t = { .v = v, .path = f->path };
	struct mun_premis_verdict verdict = { 0 };
	char text[1024];
	int rc = mun_premis_lint_sandboxed(f->text, (size_t)f->bytes, problem,
					   &t, &verdict, e);

	if (rc == MUN_ECORRUPT) {
		mun_verify_say(v, MUN_VERIFY_PREMIS, MUN_VERIFY_DAMAGE, f->path,
			       "%s", mun_err_text(e, text, sizeof(text), 0));
		rc = 0;
	}
	if (t.told > TOLD_MAX)
		mun_verify_say(v, MUN_VERIFY_PREMIS, MUN_VERIFY_WARNING,
			       f->path, "and %zu more", t.told - TOLD_MAX);
	v->out->records++;
	return rc;
}

static bool is_premis(const struct mun_vfile *f)
{
	const char *slash = strrchr(f->path, '/');
	const char *name = slash ? slash + 1 : f->path;

	if (!f->kept || strncmp(f->path, "data/metadata/", 14) != 0)
		return false;
	return !strcmp(name, "premis.xml") ||
	       memmem(f->text, (size_t)f->bytes, NAMESPACE,
		      sizeof(NAMESPACE) - 1);
}

int mun_verify_premis(struct mun_verify *v, struct mun_err *e)
{
	int rc = 0;

	/* What others keep under data/ is no matter of ours. */
	for (size_t i = 0; v->out->receipt && !rc && i < v->nfiles; i++) {
		if (is_premis(&v->files[i]))
			rc = lint(v, &v->files[i], e);
	}
	return rc;
}

/* ---- tag manifests ---- */

/*
 * No digest covers a tag manifest, so what may be written in two ways (hex
 * digits in upper case) could be changed unseen.  We write in one way: lower
 * case, two blanks, a line feed.
 */
static void check_form(struct mun_verify *v, const struct mun_vmanifest *m)
{
	const struct mun_vfile *f = mun_verify_file(v, m->name);
	const size_t digits = 2 * mun_sum_bytes(m->alg);
	const char *p = f->text;
	const char *end = f->text + f->bytes;

	for (size_t line = 1; p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		if (!nl || (size_t)(nl - p) < digits + 3 ||
		    strspn(p, "0123456789abcdef") != digits ||
		    memcmp(p + digits, "  ", 2) != 0 || p[digits + 2] == ' ' ||
		    p[digits + 2] == '.' || p[digits + 2] == '*' ||
		    memchr(p, '\r', (size_t)(nl - p))) {
			mun_verify_say_at(v, MUN_VERIFY_MISMATCH,
					  MUN_VERIFY_DAMAGE, f->path, "", line,
					  "not as a package has it: it was "
					  "changed");
			return;
		}
		p = nl + 1;
	}
}

int mun_verify_form(struct mun_verify *v, struct mun_err *e)
{
	(void)e;
	for (size_t i = 0; v->out->receipt && i < v->nmanifests; i++) {
		if (v->manifests[i].tag)
			check_form(v, &v->manifests[i]);
	}
	return 0;
}
