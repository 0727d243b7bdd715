/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_retro.c - what the targets of old machines share */
#include "emulate-export/target_retro.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"

const struct mun_contents_volume *
mun_retro_volume(const struct mun_target_item *i, const char *fs)
{
	const struct mun_contents *c = i->contents;

	for (size_t v = 0; c && v < c->nvolumes; v++) {
		if (mun_target_list_has(fs, c->volumes[v].fs))
			return &c->volumes[v];
	}
	return NULL;
}

bool mun_retro_has_mark(const struct mun_target_set *s, const char *word)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i].contents &&
		    mun_contents_mark(s->items[i].contents, NULL, word))
			return true;
	}
	return false;
}

bool mun_retro_is(const struct mun_target_item *i, const char *formats)
{
	return mun_target_list_has(formats, i->facts->format);
}

const char *mun_retro_table(const struct mun_target_item *i)
{
	return i->contents ? i->contents->table : "";
}

size_t mun_retro_count(const struct mun_plan *p, const char *device)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += !strcmp(p->media[i].device, device);
	return n;
}

int mun_retro_sectors(const struct mun_target_item *i, uint32_t bytes,
		      const char *drive, struct mun_err *e)
{
	const struct mun_image_facts *f = i->facts;

	if (f->sector_bytes && f->sector_bytes != bytes)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s has sectors of %" PRIu32
				" bytes, this medium of %" PRIu32,
				drive, bytes, f->sector_bytes);
	if (f->bytes % bytes)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s has sectors of %" PRIu32
				" bytes, and the image of %" PRIu64
				" bytes ends inside of one",
				drive, bytes, f->bytes);
	return 0;
}

int mun_retro_mac_floppy(const struct mun_target_item *i, struct mun_err *e)
{
	static const unsigned int kib[] = { 400, 720, 800, 1440 };

	for (size_t k = 0; k < MUN_COUNT(kib); k++) {
		if (i->facts->bytes == (uint64_t)kib[k] * 1024)
			return 0;
	}
	return mun_fail(e, MUN_EUNSUPPORTED,
			"a floppy of a Macintosh has 400, 720, 800 or 1440 "
			"KiB, this one %" PRIu64 " bytes",
			i->facts->bytes);
}

int mun_retro_at_most(const struct mun_plan *p, const char *device, size_t most,
		      const char *drives, struct mun_err *e)
{
	size_t n = mun_retro_count(p, device);

	if (n <= most)
		return 0;
	return mun_fail(e, MUN_EUNSUPPORTED,
			"there are at most %zu %s, not %zu", most, drives, n);
}

void mun_retro_suffix(struct mun_plan *p, size_t i, const char *suffix)
{
	(void)snprintf(p->media[i].suffix, sizeof(p->media[i].suffix), "%s",
		       suffix);
}

void mun_retro_needs(struct mun_plan *p, const char *text, ...)
{
	va_list ap;

	va_start(ap, text);
	(void)vsnprintf(p->needs, sizeof(p->needs), text, ap);
	va_end(ap);
}

void mun_retro_add(struct mun_retro_line *l, const char *text, ...)
{
	char part[512];
	va_list ap;
	int n;

	va_start(ap, text);
	n = vsnprintf(part, sizeof(part), text, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(part)) {
		l->sh.failed = true;
		return;
	}
	mun_str_add(&l->sh, part);
	mun_str_add(&l->bat, part);
}

void mun_retro_add_variable(struct mun_retro_line *l, const char *name)
{
	mun_str_addf(&l->sh, "\"$%s\"", name);
	mun_str_addf(&l->bat, "\"%%%s%%\"", name);
}

void mun_retro_add_path(struct mun_retro_line *l, const struct mun_plan *p,
			size_t i)
{
	mun_str_addf(&l->sh, "media/%s", p->media[i].name);
	mun_str_addf(&l->bat, "media\\%s", p->media[i].name);
}

static void add_files(struct mun_str *out, const struct mun_plan *p,
		      const char *device)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!device || !strcmp(p->media[i].device, device))
			mun_str_addf(out, "%smedia/%s", out->len ? " " : "",
				     p->media[i].name);
	}
}

void mun_retro_copy(struct mun_retro_line *l, const struct mun_plan *p,
		    const char *device)
{
	add_files(&l->copies, p, device);
}

void mun_retro_link(struct mun_retro_line *l, const struct mun_plan *p,
		    const char *device)
{
	add_files(&l->links, p, device);
}

void mun_retro_free(struct mun_retro_line *l)
{
	mun_str_free(&l->sh);
	mun_str_free(&l->bat);
	mun_str_free(&l->copies);
	mun_str_free(&l->links);
}

/* One line of cmd; an option that is not always there makes two of it, each
 * with its condition: so every path stays in quotes. */
static void bat_line(const struct mun_retro_line *l, bool given,
		     struct mun_str *o)
{
	if (l->variable)
		mun_str_addf(o, "if %sdefined %s ", given ? "" : "not ",
			     l->variable);
	mun_str_add(o, "\"%program%\"");
	mun_str_add_bytes(o, l->bat.text, l->bat.len);
	if (given)
		mun_str_addf(o, " %s\"%%%s%%\"", l->option, l->variable);
	mun_str_add(o, " %*\n");
}

int mun_retro_script(struct mun_retro_line *l, struct mun_script *s,
		     struct mun_kit *k, struct mun_err *e)
{
	bool session = l->copies.len || l->links.len;
	struct mun_str sh = { 0 };
	struct mun_str bat = { 0 };
	int rc;

	/* What is copied has to be removed in the end. */
	mun_str_addf(&sh, "%s%s\"$program\"", l->sh_first ? l->sh_first : "",
		     session ? "" : "exec ");
	mun_str_add_bytes(&sh, l->sh.text, l->sh.len);
	if (l->variable)
		mun_str_addf(&sh, " ${%s:+%s\"$%s\"}", l->variable, l->option,
			     l->variable);
	mun_str_add(&sh, " \"$@\"\n");
	mun_str_add(&bat, l->bat_first ? l->bat_first : "");
	if (l->variable)
		bat_line(l, true, &bat);
	bat_line(l, false, &bat);
	if (sh.failed || bat.failed || l->sh.failed || l->bat.failed ||
	    l->copies.failed || l->links.failed) {
		rc = mun_fail_nomem(e, "run script");
	} else {
		s->sh = sh.text;
		s->bat = bat.text;
		s->copies = l->copies.len ? l->copies.text : NULL;
		s->links = l->links.len ? l->links.text : NULL;
		rc = mun_script_add(k, s, e);
	}
	mun_str_free(&sh);
	mun_str_free(&bat);
	mun_retro_free(l);
	return rc;
}

void mun_retro_note_swap(struct mun_plan *p, const char *how)
{
	size_t waiting = 0;

	for (size_t i = 0; i < p->n; i++)
		waiting += !*p->media[i].slot;
	if (waiting)
		mun_plan_note(p, "%zu of %zu media wait to be put in: %s",
			      waiting, p->n, how);
}
