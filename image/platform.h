/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/platform.h - on which machine a medium was used: a verdict with reasons
 *
 * A verdict is a judgement from facts, each of which it names; it is never more
 * certain than they are, and an operator's word goes before it.
 */
#ifndef MUN_IMAGE_PLATFORM_H
#define MUN_IMAGE_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

#include "image/contents.h"
#include "image/identify.h"

/* In catalog, PREMIS and receipts: by name, never renamed. */
enum mun_platform {
	MUN_PLATFORM_UNKNOWN,
	MUN_PLATFORM_PC_DOS, /* "pc-dos": MS-DOS, DR-DOS, Windows 1 to 3 */
	MUN_PLATFORM_PC_WIN9X, /* "pc-windows9x": 95, 98, ME */
	MUN_PLATFORM_PC_NT, /* "pc-windows-nt": NT, 2000, XP and later */
	MUN_PLATFORM_PC_OS2, /* "pc-os2" */
	MUN_PLATFORM_PC_UNIX, /* "pc-unix": Linux, BSD, Minix on a PC */
	MUN_PLATFORM_PC_BEOS, /* "pc-beos" */
	MUN_PLATFORM_PC, /* "pc": boots a PC, with what is not known */
	MUN_PLATFORM_MAC_68K, /* "mac-68k" */
	MUN_PLATFORM_MAC_PPC, /* "mac-ppc" */
	MUN_PLATFORM_APPLE2, /* "apple2" */
	MUN_PLATFORM_AMIGA, /* "amiga" */
	MUN_PLATFORM_ATARI_ST, /* "atari-st" */
	MUN_PLATFORM_ATARI_8BIT, /* "atari-8bit" */
	MUN_PLATFORM_C64, /* "c64": and VIC-20, C128, Plus/4 by marks */
	MUN_PLATFORM_CBM_PET, /* "cbm-pet" */
	MUN_PLATFORM_MSX, /* "msx" */
	MUN_PLATFORM_SPECTRUM, /* "spectrum" */
	MUN_PLATFORM_CPC, /* "amstrad-cpc" */
	MUN_PLATFORM_CPM, /* "cpm": CP/M on some machine */
	MUN_PLATFORM_BBC, /* "acorn-bbc" */
	MUN_PLATFORM_ARCHIMEDES, /* "acorn-archimedes" */
	MUN_PLATFORM_PC98, /* "pc98" */
	MUN_PLATFORM_X68000, /* "x68000" */
	MUN_PLATFORM_SUN, /* "sun" */
	MUN_PLATFORM_DEC, /* "dec": PDP-11, VAX */
	MUN_PLATFORM_CONSOLE, /* "console": a disc of a game console */
	MUN_PLATFORM_AUDIO, /* "audio-cd" */
	MUN_PLATFORM_ANY, /* "any": data that several machines read */
	MUN_PLATFORMS
};

/* "pc-dos"; and for people: "PC, DOS".  Static texts. */
const char *mun_platform_name(enum mun_platform p);
const char *mun_platform_title(enum mun_platform p);

/* By name; MUN_PLATFORM_UNKNOWN where there is none such ("unknown" too). */
enum mun_platform mun_platform_find(const char *name);

/* Steps, not a measure: what a person would say. */
enum mun_confidence {
	MUN_CONFIDENCE_NONE, /* "none": nothing tells */
	MUN_CONFIDENCE_LOW, /* "low": one weak sign, or signs that disagree */
	MUN_CONFIDENCE_MEDIUM, /* "medium": usual there, seen elsewhere too */
	MUN_CONFIDENCE_HIGH, /* "high": made for that machine alone */
	MUN_CONFIDENCE_OPERATOR, /* "operator": a person said so */
};
const char *mun_confidence_name(enum mun_confidence c);

#define MUN_VERDICT_OTHERS 4u
#define MUN_VERDICT_REASONS 6u

struct mun_verdict {
	enum mun_platform platform; /* the likeliest */
	enum mun_confidence confidence;
	enum mun_boots boots; /* a machine of that platform, from this medium */
	/* For people, the most telling first: "FAT12 boot sector, OEM id
	 * MSDOS5.0"; clean UTF-8. */
	size_t nreasons;
	char reasons[MUN_VERDICT_REASONS][160];
	/* Others that read it as well, or could be meant; likeliest first. */
	size_t nothers;
	enum mun_platform others[MUN_VERDICT_OTHERS];
};

/* Judge.  @c may be NULL: by the format alone (a kept image, flux). */
void mun_platform_judge(const struct mun_image_facts *f,
			const struct mun_contents *c, struct mun_verdict *out);

/* What an operator said; what was judged stays in the reasons and others. */
void mun_platform_override(struct mun_verdict *v, enum mun_platform said);

/* Is @p the verdict or one of its others? */
bool mun_verdict_has(const struct mun_verdict *v, enum mun_platform p);

/* "PC, DOS, bootable (high): FAT12 boot sector, OEM id MSDOS5.0; IO.SYS ..." in
 * one line.  Return: what snprintf() would. */
int mun_verdict_text(const struct mun_verdict *v, char *out, size_t size);

#endif
