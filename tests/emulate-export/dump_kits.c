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
