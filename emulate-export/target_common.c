/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_common.c - what most emulators ask of a medium */
#include "emulate-export/target.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"

#define SECTOR 512u
#define FLOPPY_MAX ((uint64_t)5760 * SECTOR) /* 2.88 MB, extra density */

const char *mun_suit_name(enum mun_suit s)
{
	static const char *const names[] = {
		[MUN_SUIT_DATA] = "data",
		[MUN_SUIT_FAIR] = "fair",
		[MUN_SUIT_GOOD] = "good",
	};

	return names[s];
}

bool mun_target_list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !strncmp(list, word, len))
			return true;
		list += n;
		list += strspn(list, " ");
	}
	return false;
}

void mun_plan_note(struct mun_plan *p, const char *text, ...)
{
	static const char cut[] = " ...";
	size_t size = sizeof(p->notes[0]);
	char *to = p->notes[p->nnotes];
	char *at;
	va_list ap;
	int n;

	if (p->nnotes == MUN_PLAN_NOTES)
		return;
	va_start(ap, text);
	n = vsnprintf(to, size, text, ap);
	va_end(ap);
	if (n >= (int)size) {
		to[size - sizeof(cut) + 1] = '\0';
		at = strrchr(to, ' ');
		memcpy(at ? at : to + size - sizeof(cut), cut, sizeof(cut));
	}
	p->nnotes++;
}

void mun_plan_attach(struct mun_plan *p, size_t i, const char *device,
		     const char *slot, const char *formats)
{
	struct mun_plan_medium *m = &p->media[i];

	(void)snprintf(m->device, sizeof(m->device), "%s", device);
	(void)snprintf(m->slot, sizeof(m->slot), "%s", slot);
	(void)snprintf(m->formats, sizeof(m->formats), "%s", formats);
}

/* ---- what a medium is ---- */

static bool says(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

/*
 * What the operator saw counts before what the image holds: a partition table
 * can be on anything, and so can ISO 9660, as on the floppies of rescue
 * systems.  Without a word of theirs, what has the size of a floppy is one.
 */
enum mun_medium mun_target_medium_of(const struct mun_record *r,
				     const struct mun_image_facts *f,
				     const struct mun_contents *c)
{
	static const char *const no_floppy[] = { "hard", "card", "flash",
						 "usb" };
	bool floppy = says(r->media_type, "floppy") ||
		      says(r->media_type, "diskette");

	if (f->medium == MUN_MEDIUM_OPTICAL)
		return floppy && f->bytes <= FLOPPY_MAX ? MUN_MEDIUM_FLOPPY
							: MUN_MEDIUM_OPTICAL;
	if (floppy)
		return MUN_MEDIUM_FLOPPY;
	for (size_t i = 0; i < MUN_COUNT(no_floppy); i++)
		if (says(r->media_type, no_floppy[i]))
			return MUN_MEDIUM_DISK;
	if (f->medium == MUN_MEDIUM_FLOPPY)
		return MUN_MEDIUM_FLOPPY;
	/* A table of an Amiga or a Macintosh is on no floppy. */
	if (f->medium == MUN_MEDIUM_DISK && c && *c->table &&
	    strcmp(c->table, "mbr") != 0)
		return MUN_MEDIUM_DISK;
	return f->bytes <= FLOPPY_MAX ? MUN_MEDIUM_FLOPPY : MUN_MEDIUM_DISK;
}

/* ---- sizes ---- */

/* What a disk that is cut off is most likely a part of, in sectors. */
static const uint32_t floppy_common[] = { 320,  360,  640,  720,
					  1440, 2400, 2880, 5760 };

uint64_t mun_target_floppy_bytes(const struct mun_target_item *item)
{
	const struct mun_image_facts *f = item->facts;
	uint64_t have = f->bytes / SECTOR + (f->bytes % SECTOR != 0);
	uint64_t said = (uint64_t)f->geometry.cylinders * f->geometry.heads *
			f->geometry.sectors;
	uint64_t slack = UINT64_C(2) * f->geometry.sectors;

	/* What the volume says of itself comes before the size of the image,
	 * as long as both differ by no more than a cylinder or it is cut off.
	 */
	if (said && said <= FLOPPY_MAX / SECTOR && have <= said + slack)
		return said * SECTOR;
	for (size_t i = 0; i < MUN_COUNT(floppy_common); i++)
		if (have <= floppy_common[i])
			return (uint64_t)floppy_common[i] * SECTOR;
	return 0;
}

bool mun_target_chs(const struct mun_target_item *i, struct mun_geometry *out)
{
	const struct mun_geometry *g = &i->facts->geometry;
	uint64_t sectors = i->facts->bytes / SECTOR;
	uint64_t cylinder;

	if (!sectors || i->facts->bytes % SECTOR)
		return false;
	*out = (struct mun_geometry){ .heads = 16, .sectors = 63 };
	if (g->heads && g->heads <= 255 && g->sectors && g->sectors <= 63)
		*out = *g;
	else if (sectors > UINT64_C(1024) * 16 * 63)
		out->heads = 255;
	cylinder = (uint64_t)out->heads * out->sectors;
	/* A rest of a cylinder is lost to a BIOS; a disk smaller than one has
	 * a track for a cylinder. */
	if (sectors < cylinder) {
		*out = (struct mun_geometry){ .heads = 1, .sectors = 1 };
		while (out->sectors < 63 && sectors % (out->sectors + 1) == 0)
			out->sectors++;
		cylinder = out->sectors;
	}
	out->cylinders =
		(uint32_t)MUN_MIN(sectors / cylinder, (uint64_t)UINT32_MAX);
	return true;
}

/* ---- the beginning of every plan ---- */

bool mun_target_takes_platform(const struct mun_target *t,
			       const struct mun_target_set *s)
{
	if (mun_target_list_has(t->platforms, "any") ||
	    mun_target_list_has(t->platforms, mun_platform_name(s->platform)))
		return true;
	for (size_t i = 0; i < s->n; i++) {
		const struct mun_verdict *v = s->items[i].verdict;

		if (v->platform == MUN_PLATFORM_UNKNOWN ||
		    v->platform == MUN_PLATFORM_ANY)
			return true;
		for (size_t k = 0; k < v->nothers; k++)
			if (mun_target_list_has(
				    t->platforms,
				    mun_platform_name(v->others[k])))
				return true;
	}
	return false;
}

static const char *device_of(enum mun_medium m)
{
	static const char *const names[] = {
		[MUN_MEDIUM_UNKNOWN] = "disk",
		[MUN_MEDIUM_FLOPPY] = "floppy",
		[MUN_MEDIUM_OPTICAL] = "cdrom",
		[MUN_MEDIUM_DISK] = "disk",
	};

	return names[m];
}

static int check_item(const struct mun_target *t,
		      const struct mun_target_item *i, struct mun_err *e)
{
	if (i->facts->preserved_only[0] &&
	    !(t->kept && (mun_target_list_has(t->kept, i->facts->format) ||
			  mun_target_list_has(t->kept, "any"))))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the image is kept as it is and not decoded: "
				"%s",
				i->facts->preserved_only);
	if (!i->facts->bytes)
		return mun_fail(e, MUN_EUNSUPPORTED, "the image is empty");
	if (!mun_target_list_has(t->media, device_of(i->medium)))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s takes %s, and this is a %s", t->title,
				t->media, device_of(i->medium));
	return 0;
}

/* "disk", or "disk3" where there are several of one kind. */
static void name_stem(const struct mun_target_set *s, size_t i, char *out,
		      size_t size)
{
	static const char *const names[] = {
		[MUN_MEDIUM_UNKNOWN] = "disk",
		[MUN_MEDIUM_FLOPPY] = "floppy",
		[MUN_MEDIUM_OPTICAL] = "disc",
		[MUN_MEDIUM_DISK] = "disk",
	};
	const char *name = names[s->items[i].medium];
	size_t of_it = 0;
	size_t number = 0;

	for (size_t k = 0; k < s->n; k++) {
		if (strcmp(names[s->items[k].medium], name) != 0)
			continue;
		of_it++;
		if (k <= i)
			number++;
	}
	if (of_it > 1)
		(void)snprintf(out, size, "%s%zu", name, number);
	else
		(void)snprintf(out, size, "%s", name);
}

/* Reasons that have no room are left out whole. */
static void verdict_in(const struct mun_verdict *v, char *out, size_t size)
{
	char *last;

	if (mun_verdict_text(v, out, size) < (int)size)
		return;
	last = memrchr(out, ';', strlen(out));
	if (last)
		*last = '\0';
}

/* By the first item: it is what the machine starts from. */
static void judge_suit(const struct mun_target *t,
		       const struct mun_target_set *s, struct mun_plan *p)
{
	const struct mun_verdict *v = s->items[0].verdict;
	bool said = mun_target_list_has(t->platforms,
					mun_platform_name(s->platform));
	char text[224];

	verdict_in(v, text, sizeof(text));
	p->boots = said && v->boots == MUN_BOOTS_YES;
	p->suit = !said                       ? MUN_SUIT_DATA
		  : v->boots == MUN_BOOTS_YES ? MUN_SUIT_GOOD
					      : MUN_SUIT_FAIR;
	(void)snprintf(p->reason, sizeof(p->reason), "%s%s",
		       p->suit == MUN_SUIT_DATA ? "as data: " : "", text);
}

int mun_target_begin(const struct mun_target *t, const struct mun_target_set *s,
		     struct mun_plan *out, struct mun_err *e)
{
	memset(out, 0, sizeof(*out));
	if (!s->n || s->n > MUN_SET_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a package holds 1 to %u objects", MUN_SET_MAX);
	for (size_t i = 0; i < s->n; i++) {
		int rc = check_item(t, &s->items[i], e);

		if (rc)
			return rc;
	}
	if (!mun_target_takes_platform(t, s))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"%s runs %s, and this is %s", t->title,
				t->platforms, mun_platform_name(s->platform));
	out->n = s->n;
	for (size_t i = 0; i < s->n; i++)
		name_stem(s, i, out->media[i].stem, sizeof(out->media[i].stem));
	judge_suit(t, s, out);
	return 0;
}
