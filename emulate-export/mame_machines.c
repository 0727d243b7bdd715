/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/mame_machines.c - which machine of MAME reads a medium */
#include "emulate-export/mame_machines.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "emulate-export/target_retro.h"

/*
 * Names of machines, of slots, of drives and the suffixes that each takes are
 * those that "mame MACHINE OPTIONS -listmedia" of 0.251 prints.
 */
#define FLOP1(machine, options, title) \
	{ \
		machine, options, "floppy", { "flop" }, title \
	}
#define FLOP2(machine, options, title) \
	{ \
		machine, options, "floppy", { "flop1", "flop2" }, title \
	}
#define FLOP4(machine, options, title) \
	{ \
		machine, options, "floppy", \
			{ "flop1", "flop2", "flop3", "flop4" }, title \
	}

static const struct mun_mame_machine apple2e =
	FLOP2("apple2ee", "", "Apple IIe");
static const struct mun_mame_machine apple2gs = {
	"apple2gs", "", "floppy", { "flop3", "flop4" }, "Apple IIGS"
};
static const struct mun_mame_machine macplus =
	FLOP2("macplus", "", "Macintosh Plus");
static const struct mun_mame_machine maciici =
	FLOP1("maciici", "", "Macintosh IIci");
static const struct mun_mame_machine maciici_disk = {
	"maciici", "", "disk", { "hard" }, "Macintosh IIci"
};
static const struct mun_mame_machine maciici_cdrom = {
	"maciici", "", "cdrom", { "cdrm" }, "Macintosh IIci"
};
static const struct mun_mame_machine a500 = FLOP1("a500", "", "Amiga 500");
static const struct mun_mame_machine a1200_disk = {
	"a1200", "", "disk", { "hard" }, "Amiga 1200"
};
static const struct mun_mame_machine cd32 = {
	"cd32", "", "cdrom", { "cdrm" }, "Amiga CD32"
};
static const struct mun_mame_machine st = FLOP1("st", "", "Atari ST");
static const struct mun_mame_machine a800 = FLOP4("a800", "", "Atari 800");
static const struct mun_mame_machine c64 = FLOP1("c64", "", "Commodore 64");
static const struct mun_mame_machine c64_1571 =
	FLOP1("c64", "-iec8 c1571", "Commodore 64 with a 1571");
static const struct mun_mame_machine c64_1581 =
	FLOP1("c64", "-iec8 c1581", "Commodore 64 with a 1581");
static const struct mun_mame_machine pet4040 =
	FLOP2("pet4032", "-ieee8 c4040", "PET 4032 with a 4040");
static const struct mun_mame_machine pet8050 =
	FLOP2("pet8032", "-ieee8 c8050", "PET 8032 with an 8050");
static const struct mun_mame_machine pet8250 =
	FLOP2("pet8032", "-ieee8 c8250", "PET 8032 with an 8250");
static const struct mun_mame_machine nms8250 =
	FLOP1("nms8250", "", "Philips NMS 8250, an MSX2");
static const struct mun_mame_machine plus3 =
	FLOP1("specpls3", "", "ZX Spectrum +3");
static const struct mun_mame_machine pentagon =
	FLOP4("pentagon", "", "Pentagon 128");
static const struct mun_mame_machine plusd =
	FLOP2("spec128", "-exp plusd", "ZX Spectrum 128 with a +D");
static const struct mun_mame_machine cpc6128 =
	FLOP2("cpc6128", "", "Amstrad CPC 6128");
static const struct mun_mame_machine pcw8256 =
	FLOP1("pcw8256", "", "Amstrad PCW 8256");
static const struct mun_mame_machine kayproii =
	FLOP2("kayproii", "", "Kaypro II");
static const struct mun_mame_machine kaypro2x =
	FLOP2("kaypro2x", "", "Kaypro 2/X");
static const struct mun_mame_machine osborne1 =
	FLOP2("osborne1", "", "Osborne 1");
static const struct mun_mame_machine bbcb = FLOP2("bbcb", "", "BBC Micro B");
static const struct mun_mame_machine bbcm = FLOP2("bbcm", "", "BBC Master");
static const struct mun_mame_machine aa310 =
	FLOP1("aa310", "", "Acorn Archimedes 310");
static const struct mun_mame_machine pc9801 =
	FLOP2("pc9801rs", "", "NEC PC-9801RS");
static const struct mun_mame_machine x68000 =
	FLOP4("x68000", "", "Sharp X68000");
static const struct mun_mame_machine sun_disk = {
	"sun3_60", "", "disk", { "hard" }, "Sun 3/60"
};
static const struct mun_mame_machine sun_cdrom = {
	"sun3_60", "", "cdrom", { "cdrm" }, "Sun 3/60"
};
static const struct mun_mame_machine psu = {
	"psu", "", "cdrom", { "cdrm" }, "PlayStation"
};

/*
 * Of one platform the first row whose conditions all hold; what a row does not
 * name does not matter to it.  A file that MAME reads and that is not (wholly)
 * decoded here goes as it is: its row names no other format.
 */
static const struct row {
	enum mun_platform platform;
	enum mun_medium medium;
	const char *is; /* one of these formats; NULL: any that is decoded */
	const char *mark; /* on it; NULL: any, or none */
	uint64_t bytes; /* 0: any */
	struct mun_geometry geometry; /* 0: any */
	uint32_t sector_bytes; /* 0: any */
	const char *says; /* in its variant; NULL: anything */
	const struct mun_mame_machine *machine;
	const char *formats; /* NULL: its own */
	const char *suffix;
	uint64_t padded; /* what is shorter is made as long; 0: it is not */
} rows[] = {
#define ROW(p, m) .platform = MUN_PLATFORM_##p, .medium = MUN_MEDIUM_##m
	{ ROW(APPLE2, FLOPPY), .is = "woz", .says = "3.5", .machine = &apple2gs,
	  .suffix = "woz" },
	{ ROW(APPLE2, FLOPPY), .is = "woz nib", .machine = &apple2e },
	{ ROW(APPLE2, FLOPPY), .bytes = 819200, .machine = &apple2gs,
	  .formats = "2mg", .suffix = "2mg" },
	{ ROW(APPLE2, FLOPPY), .is = "apple2-po", .bytes = 143360,
	  .machine = &apple2e, .formats = "raw", .suffix = "po" },
	{ ROW(APPLE2, FLOPPY), .is = "2mg", .bytes = 143360, .says = "ProDOS",
	  .machine = &apple2e, .formats = "raw", .suffix = "po" },
	{ ROW(APPLE2, FLOPPY), .is = "apple2-do 2mg", .bytes = 143360,
	  .machine = &apple2e, .formats = "raw", .suffix = "do" },

	{ ROW(MAC_68K, FLOPPY), .is = "moof woz", .machine = &macplus },
	{ ROW(MAC_68K, FLOPPY), .is = "dc42", .bytes = 409600,
	  .machine = &macplus, .formats = "dc42", .suffix = "dc42" },
	{ ROW(MAC_68K, FLOPPY), .is = "dc42", .bytes = 819200,
	  .machine = &macplus, .formats = "dc42", .suffix = "dc42" },
	{ ROW(MAC_68K, FLOPPY), .bytes = 409600, .machine = &macplus,
	  .formats = "raw", .suffix = "img" },
	{ ROW(MAC_68K, FLOPPY), .bytes = 819200, .machine = &macplus,
	  .formats = "raw", .suffix = "img" },
	{ ROW(MAC_68K, FLOPPY), .bytes = 1474560, .machine = &maciici,
	  .formats = "raw", .suffix = "img" },
	{ ROW(MAC_68K, DISK), .machine = &maciici_disk, .formats = "chd" },
	{ ROW(MAC_68K, OPTICAL), .machine = &maciici_cdrom, .formats = "chd" },

	{ ROW(AMIGA, FLOPPY), .is = "ipf", .machine = &a500 },
	{ ROW(AMIGA, FLOPPY), .bytes = 901120, .machine = &a500,
	  .formats = "adf" },
	{ ROW(AMIGA, DISK), .machine = &a1200_disk, .formats = "chd" },
	{ ROW(AMIGA, OPTICAL), .machine = &cd32, .formats = "chd" },

	{ ROW(ATARI_ST, FLOPPY), .is = "stx ipf", .machine = &st },
	{ ROW(ATARI_ST, FLOPPY), .sector_bytes = 512, .machine = &st,
	  .formats = "raw", .suffix = "st" },

	{ ROW(ATARI_8BIT, FLOPPY), .is = "atr", .machine = &a800 },
	{ ROW(ATARI_8BIT, FLOPPY), .bytes = 92160, .machine = &a800,
	  .formats = "raw", .suffix = "xfd" },
	{ ROW(ATARI_8BIT, FLOPPY), .bytes = 133120, .machine = &a800,
	  .formats = "raw", .suffix = "xfd" },

	{ ROW(C64, FLOPPY), .is = "g64", .machine = &c64 },
	{ ROW(C64, FLOPPY), .is = "d64", .machine = &c64, .formats = "d64",
	  .suffix = "d64" },
	{ ROW(C64, FLOPPY), .is = "d71", .machine = &c64_1571,
	  .formats = "d71 raw", .suffix = "d71" },
	{ ROW(C64, FLOPPY), .is = "d81", .machine = &c64_1581,
	  .formats = "d81 raw", .suffix = "d81" },
	{ ROW(CBM_PET, FLOPPY), .is = "d64", .machine = &pet4040,
	  .formats = "d64", .suffix = "d64" },
	{ ROW(CBM_PET, FLOPPY), .is = "d80", .machine = &pet8050,
	  .formats = "d80 raw", .suffix = "d80" },
	{ ROW(CBM_PET, FLOPPY), .is = "d82", .machine = &pet8250,
	  .formats = "d82 raw", .suffix = "d82" },

	{ ROW(MSX, FLOPPY), .bytes = 737280, .machine = &nms8250,
	  .formats = "raw", .suffix = "dsk" },
	{ ROW(MSX, FLOPPY), .bytes = 368640, .machine = &nms8250,
	  .formats = "raw", .suffix = "dsk" },

	{ ROW(SPECTRUM, FLOPPY), .is = "dsk edsk", .machine = &plus3,
	  .formats = "edsk", .suffix = "dsk" },
	{ ROW(SPECTRUM, FLOPPY), .is = "trd", .machine = &pentagon,
	  .formats = "trd raw", .suffix = "trd" },
	{ ROW(SPECTRUM, FLOPPY), .is = "mgt", .machine = &plusd,
	  .formats = "mgt raw", .suffix = "mgt" },

	{ ROW(CPC, FLOPPY), .is = "ipf", .machine = &cpc6128 },
	{ ROW(CPC, FLOPPY), .is = "dsk", .machine = &cpc6128,
	  .formats = "dsk edsk", .suffix = "dsk" },
	{ ROW(CPC, FLOPPY), .machine = &cpc6128, .formats = "edsk",
	  .suffix = "dsk" },

	{ ROW(CPM, FLOPPY), .geometry = { 40, 1, 10 }, .sector_bytes = 512,
	  .machine = &kayproii, .formats = "imd" },
	{ ROW(CPM, FLOPPY), .geometry = { 40, 2, 10 }, .sector_bytes = 512,
	  .machine = &kaypro2x, .formats = "imd" },
	{ ROW(CPM, FLOPPY), .geometry = { 40, 1, 10 }, .sector_bytes = 256,
	  .machine = &osborne1, .formats = "imd" },
	{ ROW(CPM, FLOPPY), .is = "dsk edsk", .geometry = { 40, 1, 9 },
	  .sector_bytes = 512, .machine = &pcw8256, .formats = "edsk",
	  .suffix = "dsk" },

	{ ROW(BBC, FLOPPY), .is = "dfs", .bytes = 102400, .machine = &bbcb,
	  .formats = "raw", .suffix = "ssd" },
	{ ROW(BBC, FLOPPY), .is = "dfs", .bytes = 204800, .machine = &bbcb,
	  .formats = "raw", .suffix = "ssd" },
	{ ROW(BBC, FLOPPY), .is = "dfs", .bytes = 409600, .machine = &bbcb,
	  .formats = "raw", .suffix = "dsd" },
	/* Usually cut off behind the last file; drives have whole tracks. */
	{ ROW(BBC, FLOPPY), .is = "dfs", .padded = 102400, .machine = &bbcb,
	  .formats = "raw", .suffix = "ssd" },
	{ ROW(BBC, FLOPPY), .is = "dfs", .padded = 204800, .machine = &bbcb,
	  .formats = "raw", .suffix = "ssd" },
	{ ROW(BBC, FLOPPY), .bytes = 163840, .machine = &bbcm, .formats = "raw",
	  .suffix = "ads" },
	{ ROW(BBC, FLOPPY), .bytes = 327680, .machine = &bbcm, .formats = "raw",
	  .suffix = "adm" },
	{ ROW(BBC, FLOPPY), .bytes = 655360, .machine = &bbcm, .formats = "raw",
	  .suffix = "adl" },
	{ ROW(ARCHIMEDES, FLOPPY), .bytes = 819200, .machine = &aa310,
	  .formats = "raw", .suffix = "adf" },

	{ ROW(PC98, FLOPPY), .is = "d88 nfd", .machine = &pc9801 },
	{ ROW(PC98, FLOPPY), .bytes = 1261568, .machine = &pc9801,
	  .formats = "raw", .suffix = "hdm" },
	{ ROW(X68000, FLOPPY), .is = "d88", .machine = &x68000 },
	{ ROW(X68000, FLOPPY), .bytes = 1261568, .machine = &x68000,
	  .formats = "raw", .suffix = "xdf" },

	{ ROW(SUN, DISK), .machine = &sun_disk, .formats = "chd" },
	{ ROW(SUN, OPTICAL), .machine = &sun_cdrom, .formats = "chd" },
	{ ROW(CONSOLE, OPTICAL), .mark = "playstation", .machine = &psu,
	  .formats = "chd" },
#undef ROW
};

static bool has_geometry(const struct mun_image_facts *f,
			 const struct mun_geometry *g)
{
	return !g->sectors || (f->geometry.cylinders == g->cylinders &&
			       f->geometry.heads == g->heads &&
			       f->geometry.sectors == g->sectors);
}

static bool fits(const struct row *r, const struct mun_target_item *item)
{
	const struct mun_image_facts *f = item->facts;

	if (r->medium != item->medium ||
	    (r->is ? !mun_retro_is(item, r->is) : *f->preserved_only != '\0'))
		return false;
	if (r->mark && !(item->contents &&
			 mun_contents_mark(item->contents, NULL, r->mark)))
		return false;
	return (!r->bytes || r->bytes == f->bytes) &&
	       (!r->padded || r->padded > f->bytes) &&
	       (!r->sector_bytes || r->sector_bytes == f->sector_bytes) &&
	       (!r->says || strstr(f->variant, r->says)) &&
	       has_geometry(f, &r->geometry);
}

int mun_mame_choose(enum mun_platform platform,
		    const struct mun_target_item *item,
		    struct mun_mame_choice *out, struct mun_err *e)
{
	bool known = false;

	for (size_t i = 0; i < MUN_COUNT(rows); i++) {
		const struct row *r = &rows[i];

		if (r->platform != platform)
			continue;
		known = true;
		if (!fits(r, item))
			continue;
		*out = (struct mun_mame_choice){
			.machine = r->machine,
			.formats =
				r->formats ? r->formats : item->facts->format,
			.suffix = r->suffix ? r->suffix : "",
			.padded = r->padded,
		};
		return 0;
	}
	if (!known)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"which machine of MAME reads it is not known: "
				"the platform is %s",
				mun_platform_title(platform));
	return mun_fail(e, MUN_EUNSUPPORTED,
			"of %s there is no drive in MAME's machines here for "
			"%s of %" PRIu64 " bytes",
			mun_platform_title(platform), item->facts->title,
			item->facts->bytes);
}
