/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_scummvm.c - ScummVM: games of engines that it knows */
#include "emulate-export/target_scummvm.h"

#include <stdio.h>

#include "emulate-export/target_pc.h"

/* What 7-Zip takes out of an image. */
#define READABLE "fat12 fat16 fat32 iso9660 udf hfs"

/*
 * ScummVM plays files, and a package holds the medium: the files are taken out
 * of the image when it starts, for the session, by 7-Zip.  So what is kept in
 * the package stays the medium whose digests are known.
 */
static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	const struct mun_mark *mark = NULL;
	int rc = mun_target_begin(&mun_target_scummvm, s, out, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < s->n; i++) {
		const struct mun_target_item *item = &s->items[i];

		if (!mark)
			mark = mun_contents_mark(item->contents, NULL, "scumm");
		if (!mun_pc_reads(item, READABLE))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"the files cannot be taken out of the "
					"image: none of " READABLE);
		if (item->medium == MUN_MEDIUM_OPTICAL &&
		    !mun_pc_is_iso(item->facts))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"the game's music is in audio tracks, "
					"which no file holds");
		mun_plan_attach(out, i, "files", "",
				item->medium == MUN_MEDIUM_OPTICAL ? "iso raw"
								   : "raw");
		(void)snprintf(out->media[i].suffix,
			       sizeof(out->media[i].suffix), "%s",
			       item->medium == MUN_MEDIUM_OPTICAL ? "iso"
								  : "img");
	}
	if (!mark)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"no files of an engine that ScummVM knows");
	out->suit = MUN_SUIT_GOOD;
	out->boots = false;
	(void)snprintf(out->reason, sizeof(out->reason),
		       "files of a game engine: %s", mark->text);
	(void)snprintf(out->needs, sizeof(out->needs),
		       "7-Zip, which takes the files out of the image");
	if (s->n > 1)
		mun_plan_note(out, "All media are taken into one folder, in "
				   "the order given: of files with one name "
				   "the first is kept.");
	return 0;
}

static void take_out(const struct mun_plan *p, const char *program,
		     const char *after, char slash, struct mun_str *o)
{
	for (size_t i = 0; i < p->n; i++)
		mun_str_addf(o, "%s x -y -aos -ogame media%c%s%s\n", program,
			     slash, p->media[i].name, after);
}

static void sh_commands(const struct mun_plan *p, struct mun_str *o)
{
	mun_str_add(o, "for name in 7zz 7z 7za; do\n"
		       "\tif [ -z \"$SEVENZIP\" ] && command -v \"$name\" "
		       ">/dev/null 2>&1; then\n"
		       "\t\tSEVENZIP=$name\n"
		       "\tfi\n"
		       "done\n"
		       "if [ -z \"$SEVENZIP\" ]; then\n"
		       "\techo 'run: 7-Zip is not installed; on Debian and "
		       "Ubuntu: sudo apt install 7zip' >&2\n"
		       "\texit 127\n"
		       "fi\n");
	take_out(p, "\"$SEVENZIP\"", " >/dev/null", '/', o);
	mun_str_add(o, "\"$program\" --path=game --auto-detect \"$@\"\n");
}

static void bat_commands(const struct mun_plan *p, struct mun_str *o)
{
	mun_str_add(o, "if not defined SEVENZIP "
		       "set \"SEVENZIP=%ProgramFiles%\\7-Zip\\7z.exe\"\n"
		       "if not exist \"%SEVENZIP%\" echo run.bat: 7-Zip is not "
		       "installed: https://www.7-zip.org/\n");
	take_out(p, "\"%SEVENZIP%\"", " >nul", '\\', o);
	mun_str_add(o, "\"%program%\" --path=game --auto-detect %*\n");
}

static const char comment[] =
	"# The game's files are taken out of the image for the session, and\n"
	"# removed when ScummVM ends.\n"
	"#\n"
	"#   ./run                          in a window\n"
	"#   ./run --fullscreen             any option of ScummVM\n"
	"#   SCUMMVM=/opt/scummvm ./run     another program\n"
	"#   SEVENZIP=/opt/7zz ./run        another 7-Zip\n"
	"#   MUNIMENT_SESSION=~/mine ./run  keep what was saved there\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str sh = { 0 };
	struct mun_str bat = { 0 };
	struct mun_script script = {
		.title = "ScummVM",
		.variable = "SCUMMVM",
		.programs = "scummvm",
		.debian = "scummvm",
		.homepage = "https://www.scummvm.org/downloads/",
		.windows = "%ProgramFiles%\\ScummVM\\scummvm.exe",
		.windows_program = "scummvm.exe",
		.comment = comment,
		.needs = { { .variable = "SEVENZIP",
			     .file = "firmware/7zz",
			     .what = "7-Zip",
			     .optional = true } },
		.links = "media/*",
	};
	int rc = 0;

	(void)s;
	sh_commands(p, &sh);
	bat_commands(p, &bat);
	if (sh.failed || bat.failed)
		rc = mun_fail_nomem(e, "run script");
	script.sh = sh.text;
	script.bat = bat.text;
	if (!rc)
		rc = mun_script_add(k, &script, e);
	mun_str_free(&sh);
	mun_str_free(&bat);
	return rc;
}

const struct mun_target mun_target_scummvm = {
	.name = "scummvm",
	.title = "ScummVM",
	.homepage = "https://www.scummvm.org/",
	.program = "scummvm (Debian: scummvm), and 7-Zip (Debian: 7zip)",
	.platforms = "pc-dos pc-windows9x mac-68k mac-ppc any",
	.media = "floppy cdrom disk",
	.formats = "raw, iso",
	.limits = "Only media on which files of an engine that ScummVM knows "
		  "were seen; no music of audio tracks.",
	.needs = "7-Zip, which takes the files out of the image.",
	.protection = "ScummVM gets copies of the files, for the session.",
	.missing = "Nothing else is needed: the game is on the medium.",
	.plan = plan,
	.kit = kit,
};
