/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/dump_kits.c - writes the kits of every target to a folder
 *
 * dump_kits DIR: DIR/TARGET/CASE/data/..., for kits_test.py, which parses them.
 * A refused one is the file DIR/TARGET/CASE/refused with the reason.
 */
#include "tests/emulate-export/target_case.h"

#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"

/* Nothing of a label may be in a kit, whatever it says. */
#define LABEL "PWNED\"'$(touch x)`y`\n%PATH%<b>&amp;]]>\x01\xff"

#define YES MUN_BOOTS_YES
#define NO MUN_BOOTS_NO

static struct mun_case_item labelled(struct mun_case_item i)
{
	i.label = LABEL;
	return i;
}

static struct mun_case_item of(struct mun_case_item i, enum mun_platform p)
{
	i.platform = p;
	i.label = LABEL;
	return i;
}

static const struct mun_case_item hd_floppy =
	MUN_CASE_FLOPPY(1440, 80, 2, 18, YES);
static const struct mun_case_item dd_floppy =
	MUN_CASE_FLOPPY(360, 40, 2, 9, NO);
static const struct mun_case_item cut_floppy =
	MUN_CASE_FLOPPY(700, 80, 2, 18, YES);
static const struct mun_case_item disc = MUN_CASE_DISC;
static const struct mun_case_item mixed = MUN_CASE_MIXED;
static const struct mun_case_item boot_disk = MUN_CASE_DISK(520, "fat16", YES);
static const struct mun_case_item data_disk = MUN_CASE_DISK(520, "fat16", NO);
static const struct mun_case_item mac_disk = {
	.medium = MUN_MEDIUM_DISK,
	.bytes = 104857600,
	.sector_bytes = 512,
	.tracks = 1,
	.table = "apm",
	.fs = "hfs",
	.platform = MUN_PLATFORM_MAC_PPC,
	.boots = YES,
};
static const struct mun_case_item amiga_floppy = {
	.medium = MUN_MEDIUM_FLOPPY,
	.bytes = 901120,
	.sector_bytes = 512,
	.geometry = { 80, 2, 11 },
	.tracks = 1,
	.format = "adf",
	.fs = "amiga-ofs",
	.platform = MUN_PLATFORM_AMIGA,
	.boots = YES,
};
static const struct mun_case_item game = {
	.medium = MUN_MEDIUM_FLOPPY,
	.bytes = 737280,
	.sector_bytes = 512,
	.geometry = { 80, 2, 9 },
	.tracks = 1,
	.format = "floppy",
	.fs = "fat12",
	.mark = "scumm",
	.platform = MUN_PLATFORM_PC_DOS,
};

/* Home computers and others: one of each that becomes a kit of its own. */
#define OLD(what, size, fmt, p) \
	{ \
		what, \
		{ \
			.medium = MUN_MEDIUM_FLOPPY, .bytes = (size), \
			.tracks = 1, .format = (fmt), \
			.platform = MUN_PLATFORM_##p, .boots = YES, \
			.label = LABEL \
		} \
	}
#define OLD_DISK(what, size, tab, p) \
	{ \
		what, \
		{ \
			.medium = MUN_MEDIUM_DISK, .bytes = (size), \
			.tracks = 1, .table = (tab), \
			.platform = MUN_PLATFORM_##p, .boots = YES, \
			.label = LABEL \
		} \
	}
static const struct {
	const char *name;
	struct mun_case_item item;
} old[] = {
	OLD("amiga-hd", 1802240, "adf", AMIGA),
	OLD("atari", 737280, "floppy", ATARI_ST),
	OLD("c64", 174848, "d64", C64),
	OLD("pet", 1066496, "d82", CBM_PET),
	OLD("mac", 819200, "dc42", MAC_68K),
	OLD("msx", 737280, "floppy", MSX),
	OLD("spectrum", 819200, "mgt", SPECTRUM),
	OLD("cpc", 184320, "edsk", CPC),
	OLD("rx01", 256256, "floppy", DEC),
	OLD_DISK("amiga-disk", 20971520, "rdb", AMIGA),
	OLD_DISK("atari-disk", 20971520, "ahdi", ATARI_ST),
	OLD_DISK("sun-disk", 20971520, "sun", SUN),
	OLD_DISK("rl02", 10485760, NULL, DEC),
};

static void dump(const char *dir, const char *what,
		 const struct mun_case_item *items, size_t n)
{
	for (size_t t = 0; mun_targets[t]; t++) {
		struct mun_case *c = mun_case_new(items, n);
		char *target = mun_test_path(dir, mun_targets[t]->name);
		char *place = mun_test_path(target, what);

		(void)mkdir(target, 0755);
		assert_int_equal(mkdir(place, 0755), 0);
		if (mun_case_make(c, mun_targets[t])) {
			char *refused = mun_test_path(place, "refused");

			/* Every refusal says why, in a sentence. */
			assert_true(strlen(c->err.lines[0].text) > 10);
			mun_test_write(refused, c->err.lines[0].text,
				       strlen(c->err.lines[0].text));
			free(refused);
		} else {
			mun_case_write(c, place);
		}
		mun_case_free(c);
		free(target);
		free(place);
	}
}

static void every_target_gives_its_kit(void **state)
{
	const char *dir = *state;
	const struct mun_case_item one[] = {
		labelled(hd_floppy),
		labelled(dd_floppy),
		labelled(cut_floppy),
		labelled(disc),
		labelled(mixed),
		labelled(boot_disk),
		labelled(data_disk),
		of(boot_disk, MUN_PLATFORM_PC_WIN9X),
		of(boot_disk, MUN_PLATFORM_PC_NT),
		of(disc, MUN_PLATFORM_MAC_PPC),
		labelled(mac_disk),
		labelled(amiga_floppy),
		labelled(game),
	};
	static const char *const names[] = {
		"floppy",   "data-floppy", "cut-floppy", "disc", "mixed",
		"disk",     "data-disk",   "windows",    "nt",   "mac-disc",
		"mac-disk", "amiga",       "game",
	};
	const struct mun_case_item floppies[] = { one[0], one[0], one[1],
						  one[1] };
	const struct mun_case_item discs[] = { one[3], one[3], one[3] };
	const struct mun_case_item all[] = { one[5], one[6], one[0],
					     one[1], one[3], one[3] };

	for (size_t i = 0; i < MUN_COUNT(one); i++)
		dump(dir, names[i], &one[i], 1);
	for (size_t i = 0; i < MUN_COUNT(old); i++)
		dump(dir, old[i].name, &old[i].item, 1);
	for (size_t i = 0; i < MUN_COUNT(old); i++) {
		const struct mun_case_item two[] = { old[i].item, old[i].item };
		char name[32];

		(void)snprintf(name, sizeof(name), "two-%s", old[i].name);
		dump(dir, name, two, MUN_COUNT(two));
	}
	dump(dir, "floppies", floppies, MUN_COUNT(floppies));
	dump(dir, "discs", discs, MUN_COUNT(discs));
	dump(dir, "all", all, MUN_COUNT(all));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(every_target_gives_its_kit,
					  argc > 1 ? argv[1] : NULL),
	};

	if (argc != 2)
		return 64;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
