/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/target_eaasi.c - EaaSI: an object for its import
 *
 * Its object archives keep METS: a file group "DIGITAL OBJECTS" whose files
 * refer to the kind of drive (DEVICETYPE) and of file (FILETYPE), each by the
 * number that it has in Wikidata.
 */
#include "emulate-export/target_eaasi.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/jsonw.h"
#include "emulate-export/target_pc.h"

#define WIKIDATA "https://www.wikidata.org/entity/"

static const struct device {
	const char *device;
	const char *drive; /* CD-ROM, floppy disk */
	const char *file; /* "" : none that fits */
} devices[] = {
	{ "cdrom", "Q495265", "Q877050" }, /* an ISO image */
	{ "floppy", "Q493576", "" },
};

static const struct device *device_of(const struct mun_plan *p)
{
	return &devices[strcmp(p->media[0].device, "cdrom") != 0];
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_eaasi, s, out, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < s->n; i++) {
		bool disc = s->items[i].medium == MUN_MEDIUM_OPTICAL;

		if (s->items[i].medium != s->items[0].medium)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"an object of EaaSI has media of one "
					"kind: export the floppies and the "
					"discs apart");
		if (disc && !mun_pc_is_iso(s->items[i].facts))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"EaaSI takes a disc as one ISO image; "
					"this one has %u tracks, of sectors of "
					"%" PRIu32 " bytes",
					s->items[i].facts->tracks,
					s->items[i].facts->sector_bytes);
		mun_plan_attach(out, i, disc ? "cdrom" : "floppy", "",
				disc ? "iso raw" : "raw adf d64");
		(void)snprintf(out->media[i].suffix,
			       sizeof(out->media[i].suffix), "%s",
			       disc ? "iso" : "");
	}
	out->boots = false;
	/* An environment has to be chosen there. */
	if (out->suit == MUN_SUIT_GOOD)
		out->suit = MUN_SUIT_FAIR;
	mun_plan_note(out, "eaasi/import.json is what EaaSI's object import "
			   "takes (POST): copy the files of media/ to its "
			   "import folder first. eaasi/mets.xml is the object "
			   "as its archive keeps it.");
	mun_plan_note(out, "EaaSI keeps neither checksums nor read errors: "
			   "give it the receipt and the read map too.");
	return 0;
}

static void add_reference(struct mun_str *o, const char *element,
			  const char *id, const char *type, const char *number)
{
	mun_str_addf(o,
		     "    <%s ID=\"%s\">\n"
		     "      <mdRef ID=\"%s\" LOCTYPE=\"URL\" MDTYPE=\"OTHER\" "
		     "OTHERMDTYPE=\"%s\" xlink:href=\"" WIKIDATA "%s\"/>\n"
		     "    </%s>\n",
		     element, id, number, type, number, element);
}

static void mets(const struct mun_target_set *s, const struct mun_plan *p,
		 struct mun_str *o)
{
	const struct device *d = device_of(p);
	const char *id = s->items[0].record->id;

	mun_str_addf(o,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<mets xmlns=\"http://www.loc.gov/METS/\" "
		     "xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
		     "ID=\"object-%s\" LABEL=\"%s\">\n"
		     "  <amdSec>\n",
		     id, id);
	if (*d->file)
		add_reference(o, "techMD", "format", "FILETYPE", d->file);
	add_reference(o, "sourceMD", "device", "DEVICETYPE", d->drive);
	mun_str_add(o, "  </amdSec>\n"
		       "  <fileSec>\n"
		       "    <fileGrp USE=\"DIGITAL OBJECTS\">\n");
	for (size_t i = 0; i < p->n; i++)
		mun_str_addf(o,
			     "      <file ID=\"file-%zu\" SIZE=\"%" PRIu64
			     "\" ADMID=\"device%s\">\n"
			     "        <FLocat LOCTYPE=\"URL\" "
			     "xlink:href=\"../media/%s\" "
			     "xlink:title=\"%s\"/>\n"
			     "      </file>\n",
			     i + 1, p->media[i].bytes,
			     *d->file ? " format" : "", p->media[i].name,
			     p->media[i].name);
	mun_str_add(o, "    </fileGrp>\n"
		       "  </fileSec>\n"
		       "  <structMap>\n"
		       "    <div>\n");
	for (size_t i = 0; i < p->n; i++)
		mun_str_addf(o,
			     "      <div ORDER=\"%zu\"><fptr "
			     "FILEID=\"file-%zu\"/></div>\n",
			     i + 1, i + 1);
	mun_str_add(o, "    </div>\n"
		       "  </structMap>\n"
		       "</mets>\n");
}

/* Names without a folder are looked for in the server's import folder. */
static int import_json(const struct mun_target_set *s, const struct mun_plan *p,
		       struct mun_str *o, struct mun_err *e)
{
	const struct device *d = device_of(p);
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, "label", s->items[0].record->id);
	mun_jsonw_array(&w, "files");
	for (size_t i = 0; i < p->n; i++) {
		mun_jsonw_object(&w, NULL);
		mun_jsonw_text(&w, "url", p->media[i].name);
		mun_jsonw_text(&w, "deviceId", d->drive);
		if (*d->file)
			mun_jsonw_text(&w, "fileFmt", d->file);
		mun_jsonw_text(&w, "filename", p->media[i].name);
		mun_jsonw_end_object(&w);
	}
	mun_jsonw_end_array(&w);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		mun_str_add_bytes(o, w.out.text, w.out.len);
	mun_str_free(&w.out);
	return rc;
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str *o = NULL;
	int rc = mun_kit_file(k, "eaasi/mets.xml", 0444, &o, e);

	if (rc)
		return rc;
	mets(s, p, o);
	rc = mun_kit_file(k, "eaasi/import.json", 0444, &o, e);
	if (!rc)
		rc = import_json(s, p, o, e);
	return rc ? rc : mun_kit_done(k, e);
}

const struct mun_target mun_target_eaasi = {
	.name = "eaasi",
	.title = "EaaSI",
	.homepage = "https://www.eaasi.cloud/",
	.program = "a server of EaaSI, and the right to import",
	.platforms = "pc-dos pc-windows9x pc-windows-nt pc-os2 pc-unix pc-beos "
		     "pc mac-68k mac-ppc amiga atari-st c64 apple2 any",
	.media = "floppy cdrom",
	.formats = "raw, adf, d64, iso",
	.limits = "Media of one kind in an object; discs with one data track. "
		  "Hard disks are environments there, and have an import of "
		  "their own.",
	.needs = "An environment of EaaSI that reads the medium.",
	.protection = "EaaSI runs every session on a layer above the object.",
	.missing = "No emulator and no operating system: EaaSI has them.",
	.plan = plan,
	.kit = kit,
};
