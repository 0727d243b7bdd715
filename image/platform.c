/* SPDX-License-Identifier: Apache-2.0 */
/* image/platform.c - names of platforms, and a verdict as it is told */
#include "image/platform.h"

#include "core/check.h"

#include <stdio.h>
#include <string.h>

/* One row per enumerator; "by name" is for programs and never changes. */
static const struct {
	const char *name;
	const char *title;
} platforms[MUN_PLATFORMS] = {
	[MUN_PLATFORM_UNKNOWN] = { "unknown", "not known" },
	[MUN_PLATFORM_PC_DOS] = { "pc-dos", "PC, DOS" },
	[MUN_PLATFORM_PC_WIN9X] = { "pc-windows9x", "PC, Windows 95 to ME" },
	[MUN_PLATFORM_PC_NT] = { "pc-windows-nt", "PC, Windows NT and later" },
	[MUN_PLATFORM_PC_OS2] = { "pc-os2", "PC, OS/2" },
	[MUN_PLATFORM_PC_UNIX] = { "pc-unix", "PC, Unix or Linux" },
	[MUN_PLATFORM_PC_BEOS] = { "pc-beos", "PC, BeOS" },
	[MUN_PLATFORM_PC] = { "pc", "PC" },
	[MUN_PLATFORM_MAC_68K] = { "mac-68k", "Macintosh, 68000" },
	[MUN_PLATFORM_MAC_PPC] = { "mac-ppc", "Macintosh, PowerPC" },
	[MUN_PLATFORM_APPLE2] = { "apple2", "Apple II" },
	[MUN_PLATFORM_AMIGA] = { "amiga", "Amiga" },
	[MUN_PLATFORM_ATARI_ST] = { "atari-st", "Atari ST" },
	[MUN_PLATFORM_ATARI_8BIT] = { "atari-8bit", "Atari 400, 800, XL, XE" },
	[MUN_PLATFORM_C64] = { "c64", "Commodore 64, VIC-20, 128" },
	[MUN_PLATFORM_CBM_PET] = { "cbm-pet", "Commodore PET, CBM" },
	[MUN_PLATFORM_MSX] = { "msx", "MSX" },
	[MUN_PLATFORM_SPECTRUM] = { "spectrum", "ZX Spectrum" },
	[MUN_PLATFORM_CPC] = { "amstrad-cpc", "Amstrad CPC" },
	[MUN_PLATFORM_CPM] = { "cpm", "CP/M" },
	[MUN_PLATFORM_BBC] = { "acorn-bbc", "Acorn BBC Micro" },
	[MUN_PLATFORM_ARCHIMEDES] = { "acorn-archimedes", "Acorn Archimedes" },
	[MUN_PLATFORM_PC98] = { "pc98", "NEC PC-98" },
	[MUN_PLATFORM_X68000] = { "x68000", "Sharp X68000" },
	[MUN_PLATFORM_SUN] = { "sun", "Sun" },
	[MUN_PLATFORM_DEC] = { "dec", "DEC PDP-11, VAX" },
	[MUN_PLATFORM_CONSOLE] = { "console", "game console" },
	[MUN_PLATFORM_AUDIO] = { "audio-cd", "audio CD" },
	[MUN_PLATFORM_ANY] = { "any", "any machine that reads the medium" },
};

static const char *const confidences[] = {
	[MUN_CONFIDENCE_NONE] = "none",         [MUN_CONFIDENCE_LOW] = "low",
	[MUN_CONFIDENCE_MEDIUM] = "medium",     [MUN_CONFIDENCE_HIGH] = "high",
	[MUN_CONFIDENCE_OPERATOR] = "operator",
};

const char *mun_platform_name(enum mun_platform p)
{
	return platforms[p < MUN_PLATFORMS ? p : MUN_PLATFORM_UNKNOWN].name;
}

const char *mun_platform_title(enum mun_platform p)
{
	return platforms[p < MUN_PLATFORMS ? p : MUN_PLATFORM_UNKNOWN].title;
}

enum mun_platform mun_platform_find(const char *name)
{
	for (size_t i = 0; i < MUN_PLATFORMS; i++) {
		if (!strcmp(platforms[i].name, name))
			return (enum mun_platform)i;
	}
	return MUN_PLATFORM_UNKNOWN;
}

const char *mun_confidence_name(enum mun_confidence c)
{
	return confidences[c <= MUN_CONFIDENCE_OPERATOR ? c
							: MUN_CONFIDENCE_NONE];
}

bool mun_verdict_has(const struct mun_verdict *v, enum mun_platform p)
{
	if (p == MUN_PLATFORM_UNKNOWN)
		return false;
	if (v->platform == p)
		return true;
	for (size_t i = 0; i < v->nothers; i++) {
		if (v->others[i] == p)
			return true;
	}
	return false;
}

/* First among the others, the last of which goes where there is no room. */
static void put_first(struct mun_verdict *v, enum mun_platform p)
{
	size_t n = v->nothers < MUN_VERDICT_OTHERS ? v->nothers
						   : MUN_VERDICT_OTHERS - 1;

	if (p == MUN_PLATFORM_UNKNOWN)
		return;
	memmove(v->others + 1, v->others, n * sizeof(*v->others));
	v->others[0] = p;
	v->nothers = n + 1;
}

static void drop(struct mun_verdict *v, enum mun_platform p)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nothers; i++) {
		if (v->others[i] != p)
			v->others[n++] = v->others[i];
	}
	v->nothers = n;
}

/* As put_first(), of the reasons. */
static void say_first(struct mun_verdict *v, const char *text)
{
	size_t n = v->nreasons < MUN_VERDICT_REASONS ? v->nreasons
						     : MUN_VERDICT_REASONS - 1;

	memmove(v->reasons + 1, v->reasons, n * sizeof(v->reasons[0]));
	(void)snprintf(v->reasons[0], sizeof(v->reasons[0]), "%s", text);
	v->nreasons = n + 1;
}

void mun_platform_override(struct mun_verdict *v, enum mun_platform said)
{
	const enum mun_platform judged = v->platform;
	char text[160];

	(void)snprintf(text, sizeof(text),
		       "said by the operator; by its signs: %s (%s)",
		       mun_platform_title(judged),
		       mun_confidence_name(v->confidence));
	say_first(v, text);
	drop(v, said);
	if (said != judged)
		put_first(v, judged);
	/* What starts one machine is mere code to another. */
	if (said != judged && v->boots == MUN_BOOTS_YES)
		v->boots = MUN_BOOTS_CODE;
	v->platform = said;
	v->confidence = MUN_CONFIDENCE_OPERATOR;
}

static const char *boots_word(enum mun_boots b)
{
	switch (b) {
	case MUN_BOOTS_YES:
		return ", bootable";
	case MUN_BOOTS_CODE:
		return ", boot code without a system";
	case MUN_BOOTS_DATA:
	case MUN_BOOTS_NO:
		break;
	}
	return "";
}

int mun_verdict_text(const struct mun_verdict *v, char *out, size_t size)
{
	size_t len = 0;
	int n = snprintf(out, size, "%s%s (%s)",
			 mun_platform_title(v->platform), boots_word(v->boots),
			 mun_confidence_name(v->confidence));

	for (size_t i = 0; n >= 0 && i < v->nreasons; i++) {
		len += (size_t)n;
		n = snprintf(len < size ? out + len : NULL,
			     len < size ? size - len : 0, "%s%s",
			     i ? "; " : ": ", v->reasons[i]);
	}
	return n < 0 ? n : (int)(len + (size_t)n);
}
