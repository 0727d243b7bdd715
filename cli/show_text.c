/* SPDX-License-Identifier: Apache-2.0 */
/* cli/show_text.c - one object for people */
#include "cli/show.h"

#include "catalog/record_contents.h"
#include "cli/rights_print.h"
#include "core/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void line(const char *what, const char *text)
{
	if (text && text[0])
		(void)printf("%-14s %s\n", what, text);
}

const char *mun_show_drive(const struct mun_record *r, const char *id)
{
	for (size_t i = 0; i < r->nagents; i++)
		if (!strcmp(r->agents[i].id, id))
			return r->agents[i].name;
	return "";
}

/* Beside its note, the last reading's drive is what one asks for first. */
static void drive(const struct mun_record *r)
{
	const struct mun_rec_reading *x = mun_record_reading(r);
	const struct mun_rec_agent *a = NULL;

	for (size_t i = 0; x && i < r->nagents; i++)
		if (!strcmp(r->agents[i].id, x->drive))
			a = &r->agents[i];
	if (a)
		(void)printf("%-14s %s%s%s\n", "drive", a->name,
			     a->note[0] ? "; " : "", a->note);
	line("protection", mun_record_property(r, MUN_PROPERTY_PROTECTION));
}

static void readings(const struct mun_record *r)
{
	bool any = false;

	for (size_t i = 0; i < r->nevents; i++) {
		const struct mun_rec_event *ev = &r->events[i];
		const struct mun_rec_reading *x = ev->reading;

		if (!x)
			continue;
		(void)printf("%s  %s  %-8s  %s: %" PRIu64 " of %" PRIu64
			     " reads failed",
			     any ? "" : "\nreadings\n", ev->started,
			     mun_rec_reading_outcome(x),
			     mun_show_drive(r, x->drive), x->failed_reads,
			     x->reads);
		any = true;
		if (x->unreadable)
			(void)printf("; %" PRIu64 " bytes unreadable",
				     x->unreadable);
		if (x->doubtful)
			(void)printf("; %" PRIu64 " bytes doubtful",
				     x->doubtful);
		if (x->untried)
			(void)printf("; %" PRIu64 " bytes not tried",
				     x->untried);
		if (x->stopped[0])
			(void)printf("; stopped: %s", x->stopped);
		(void)putchar('\n');
	}
}

/* What a property is about. */
enum about { ABOUT_MEDIUM, ABOUT_CONTENTS, ABOUT_IMAGE };

static enum about about(const char *name)
{
	if (!strncmp(name, MUN_PROPERTY_MEDIUM, strlen(MUN_PROPERTY_MEDIUM)))
		return ABOUT_MEDIUM;
	return mun_record_is_contents(name) ? ABOUT_CONTENTS : ABOUT_IMAGE;
}

static void properties(const struct mun_record *r, const char *head,
		       enum about what)
{
	const size_t len = strlen(MUN_PROPERTY_MEDIUM);
	bool any = false;

	for (size_t i = 0; i < r->nproperties; i++) {
		const struct mun_rec_property *p = &r->properties[i];

		/* Told above, beside the drive. */
		if (about(p->name) != what ||
		    !strcmp(p->name, MUN_PROPERTY_PROTECTION))
			continue;
		if (!any)
			(void)printf("\n%s\n", head);
		any = true;
		(void)printf("  %s: %s\n",
			     p->name + (what == ABOUT_MEDIUM ? len : 0),
			     p->value);
	}
}

/* In one line; the reasons are among the properties. */
static void platform(const struct mun_record *r)
{
	struct mun_verdict v;
	char text[256];

	if (!mun_record_verdict(r, &v))
		return;
	v.nreasons = 0;
	(void)mun_verdict_text(&v, text, sizeof(text));
	line("platform", text);
}

static void version(const struct mun_record *r)
{
	const char *n = mun_record_property(r, MUN_PROPERTY_READINGS);

	if (r->version > 1)
		(void)printf("%-14s %u%s%s%s\n", "version", r->version,
			     n ? ", merged of " : "", n ? n : "",
			     n ? " readings" : "");
}

static void facts(const struct mun_record *r)
{
	char bytes[16];

	mun_human_bytes(r->bytes, bytes);
	line("object", r->id);
	line("label", r->label);
	line("collection", r->collection);
	line("note", r->note);
	for (size_t i = 0; i < r->nidentifiers; i++)
		line(r->identifiers[i].type, r->identifiers[i].value);
	line("taken in", r->created);
	line("from", r->source);
	line("carrier", r->media_type);
	line("write blocker", r->write_blocker);
	drive(r);
	line("format", r->format);
	line("variant", r->variant);
	line("volume label", r->volume_label);
	platform(r);
	(void)printf("%-14s %" PRIu64 " (%s), sectors of %" PRIu32 "\n",
		     "bytes", r->bytes, bytes, r->sector_bytes);
	version(r);
	line("outcome", r->outcome);
	for (size_t i = 0; i < r->nunreadable; i++)
		(void)printf("%-14s %" PRIu64 " bytes at offset %" PRIu64 "\n",
			     "unreadable", r->unreadable[i].bytes,
			     r->unreadable[i].off);
	if (mun_record_doubtful_bytes(r))
		(void)printf("%-14s %" PRIu64 " bytes\n", "doubtful",
			     mun_record_doubtful_bytes(r));
}

static void digests(const struct mun_record *r)
{
	char hex[MUN_DIGEST_HEX];

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (!r->content.of[i].len)
			continue;
		mun_digest_hex(&r->content.of[i], hex);
		line(mun_digest_name((enum mun_digest_alg)i), hex);
	}
}

void mun_show_text(const struct mun_record *r)
{
	facts(r);
	digests(r);
	properties(r, "the medium", ABOUT_MEDIUM);
	properties(r, "on the medium", ABOUT_CONTENTS);
	readings(r);
	properties(r, "the image says", ABOUT_IMAGE);
	if (r->nrights)
		(void)printf("\nrights\n");
	mun_rights_text(r, "  ");
	(void)printf("\nfiles\n");
	for (size_t i = 0; i < r->nfiles; i++)
		(void)printf("  %12" PRIu64 "  %-28s %s\n", r->files[i].bytes,
			     r->files[i].path, r->files[i].role);
	(void)printf("\nevents\n");
	for (size_t i = 0; i < r->nevents; i++) {
		const struct mun_rec_event *ev = &r->events[i];

		(void)printf("  %s  %-26s %-8s %s%s%s\n", ev->started, ev->type,
			     ev->outcome, ev->detail, ev->note[0] ? "; " : "",
			     ev->note);
	}
	(void)printf("\nagents\n");
	for (size_t i = 0; i < r->nagents; i++)
		(void)printf("  %-10s %s %s %s\n", r->agents[i].type,
			     r->agents[i].name, r->agents[i].version,
			     r->agents[i].note);
}
