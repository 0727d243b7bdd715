/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_platform.c - on which machine a medium was used */
#include "image/platform.h"

#include "core/check.h"
#include "image/platform_rules.h"

#include <stdio.h>
#include <string.h>

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define P(name) MUN_PLATFORM_##name
#define C(name) MUN_CONFIDENCE_##name

/* What one situation is made of; texts may be NULL. */
struct situation {
	const char *format; /* NULL: "raw" */
	const char *variant;
	enum mun_medium medium;
	uint64_t bytes;
	uint32_t sector;
	struct mun_geometry geometry;
	const char *table;
	const char *parts; /* types, with spaces */
	struct {
		const char *fs;
		const char *title;
		const char *oem;
		const char *marks; /* words, with spaces */
		enum mun_boots boots;
		const char *boot_text;
		bool damaged;
	} volumes[3]; /* what has no fs ends */
	const char *marks; /* of the medium */
	bool blind; /* contents are not known */
};

static struct mun_contents contents;

static void put(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%s", text ? text : "");
}

/* The next of words with spaces between; false after the last. */
static bool next_word(const char **at, char *out, size_t size)
{
	size_t len = *at ? strcspn(*at, " ") : 0;

	if (!len)
		return false;
	assert_true(len < size);
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len + ((*at)[len] == ' ');
	return true;
}

static void put_marks(struct mun_mark *to, size_t *n, const char *words)
{
	char word[32];

	while (next_word(&words, word, sizeof(word))) {
		assert_true(*n < MUN_CONTENTS_MARKS);
		put(to[*n].word, sizeof(to[*n].word), word);
		(void)snprintf(to[*n].text, sizeof(to[*n].text), "sign of %s",
			       word);
		(*n)++;
	}
}

static void put_parts(const char *types)
{
	char type[32];

	while (next_word(&types, type, sizeof(type))) {
		struct mun_contents_part *p =
			&contents.parts[contents.nparts++];

		p->number = (unsigned int)contents.nparts;
		put(p->type, sizeof(p->type), type);
	}
}

static void put_volumes(const struct situation *s)
{
	for (size_t i = 0; i < MUN_COUNT(s->volumes) && s->volumes[i].fs; i++) {
		struct mun_contents_volume *v =
			&contents.volumes[contents.nvolumes++];

		put(v->fs, sizeof(v->fs), s->volumes[i].fs);
		put(v->title, sizeof(v->title),
		    s->volumes[i].title ? s->volumes[i].title
					: s->volumes[i].fs);
		put(v->oem, sizeof(v->oem), s->volumes[i].oem);
		put(v->boot_text, sizeof(v->boot_text),
		    s->volumes[i].boot_text);
		v->boots = s->volumes[i].boots;
		v->bytes = s->bytes;
		v->damaged = s->volumes[i].damaged;
		v->part = s->table ? 1 : 0;
		put_marks(v->marks, &v->nmarks, s->volumes[i].marks);
		if (v->boots > contents.boots)
			contents.boots = v->boots;
	}
}

static void judge(const struct situation *s, struct mun_verdict *out)
{
	struct mun_image_facts f = {
		.medium = s->medium,
		.bytes = s->bytes,
		.sector_bytes = s->sector ? s->sector : 512,
		.geometry = s->geometry,
	};

	memset(&contents, 0, sizeof(contents));
	put(f.format, sizeof(f.format), s->format ? s->format : "raw");
	put(f.title, sizeof(f.title), "Some format");
	put(f.variant, sizeof(f.variant), s->variant);
	put(contents.table, sizeof(contents.table), s->table);
	put_parts(s->parts);
	put_volumes(s);
	put_marks(contents.marks, &contents.nmarks, s->marks);
	mun_platform_judge(&f, s->blind ? NULL : &contents, out);
}

/* ---- names ---- */

static void every_platform_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < MUN_PLATFORMS; i++) {
		enum mun_platform p = (enum mun_platform)i;

		assert_non_null(mun_platform_name(p));
		assert_non_null(mun_platform_title(p));
		assert_true(mun_platform_name(p)[0]);
		assert_int_equal(mun_platform_find(mun_platform_name(p)), p);
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(
				mun_platform_title(p),
				mun_platform_title((enum mun_platform)k));
	}
	assert_int_equal(mun_platform_find("PC-DOS"), P(UNKNOWN));
	assert_int_equal(mun_platform_find(""), P(UNKNOWN));
	assert_int_equal(mun_platform_find("pc-do"), P(UNKNOWN));
	assert_string_equal(mun_confidence_name(C(NONE)), "none");
	assert_string_equal(mun_confidence_name(C(LOW)), "low");
	assert_string_equal(mun_confidence_name(C(MEDIUM)), "medium");
	assert_string_equal(mun_confidence_name(C(HIGH)), "high");
	assert_string_equal(mun_confidence_name(C(OPERATOR)), "operator");
}

/* ---- the table ---- */

static void no_rule_is_there_twice_or_of_no_weight(void **state)
{
	(void)state;
	for (size_t i = 0; i < mun_platform_nrules; i++) {
		const struct mun_platform_rule *r = &mun_platform_rules[i];

		assert_true(
			r->sign == MUN_SIGN_READS || r->sign == MUN_SIGN_WEAK ||
			r->sign == MUN_SIGN_USUAL || r->sign == MUN_SIGN_MADE);
		assert_true(r->platform > P(UNKNOWN) &&
			    r->platform < MUN_PLATFORMS);
		assert_int_equal(r->also & MUN_PLATFORM_BIT(r->platform), 0);
		assert_int_equal(r->also & MUN_PLATFORM_BIT(P(UNKNOWN)), 0);
		assert_int_equal(r->on == MUN_RULE_TEST, r->test != NULL);
		for (size_t k = 0; k < i; k++)
			assert_false(
				mun_platform_rules[k].on == r->on &&
				!strcmp(mun_platform_rules[k].what, r->what));
	}
}

/* A situation in which nothing but that rule's word is there. */
static void situation_of(const struct mun_platform_rule *r, struct situation *s)
{
	*s = (struct situation){ .volumes[0].fs = "swapless" };
	switch (r->on) {
	case MUN_RULE_FORMAT:
		s->format = r->what;
		break;
	case MUN_RULE_VARIANT:
		s->variant = r->what;
		break;
	case MUN_RULE_FS:
		s->volumes[0].fs = r->what;
		break;
	case MUN_RULE_TITLE:
		s->volumes[0].title = r->what;
		break;
	case MUN_RULE_OEM:
		s->volumes[0].fs = "fat12";
		s->volumes[0].oem = r->what;
		break;
	case MUN_RULE_MARK:
		s->volumes[0].marks = r->what;
		break;
	case MUN_RULE_TABLE:
		s->table = r->what;
		break;
	case MUN_RULE_PART:
		s->parts = r->what;
		break;
	case MUN_RULE_TEST:
		break;
	}
}

static void every_word_of_the_table_is_a_sign(void **state)
{
	struct mun_verdict v;
	struct situation s;

	(void)state;
	for (size_t i = 0; i < mun_platform_nrules; i++) {
		const struct mun_platform_rule *r = &mun_platform_rules[i];

		if (r->on == MUN_RULE_TEST)
			continue;
		situation_of(r, &s);
		judge(&s, &v);
		if (!mun_verdict_has(&v, r->platform))
			fail_msg("'%s' is no sign of %s", r->what,
				 mun_platform_name(r->platform));
		assert_true(v.nreasons > 0);
		/* A rule alone decides. */
		if (r->sign == MUN_SIGN_MADE)
			assert_int_equal(v.platform, r->platform);
		/* Marks are signs wherever they stand. */
		if (r->on != MUN_RULE_MARK)
			continue;
		s.volumes[0].fs = NULL;
		s.marks = r->what;
		judge(&s, &v);
		assert_true(mun_verdict_has(&v, r->platform));
	}
}

/* ---- situations ---- */

#define FLOPPY MUN_MEDIUM_FLOPPY
#define OPTICAL MUN_MEDIUM_OPTICAL
#define DISK MUN_MEDIUM_DISK
#define CHS(c, h, s) \
	{ \
		c, h, s \
	}

/* A FAT12 volume that is the floppy. */
#define FAT12(...) \
	.medium = FLOPPY, .volumes = { { .fs = "fat12", __VA_ARGS__ } }
#define DD .bytes = 737280, .geometry = CHS(80, 2, 9)
#define HD .bytes = 1474560, .geometry = CHS(80, 2, 18)

struct expected {
	const char *what;
	struct situation s;
	enum mun_platform platform;
	enum mun_confidence confidence;
	enum mun_boots boots;
	enum mun_platform also; /* among the others; UNKNOWN: no matter */
	const char *because; /* in the first reason; NULL: no matter */
};

/* clang-format off */
static const struct expected plain[] = {
	{ "nothing at all", { .bytes = 1 }, P(UNKNOWN), C(NONE), MUN_BOOTS_NO,
	  P(UNKNOWN), "no partition table" },
	{ "a format of no machine, not looked into", { .format = "ewf", .blind
	  = true }, P(UNKNOWN), C(NONE), MUN_BOOTS_NO, P(UNKNOWN),
	  "of no machine alone" },
	{ "a file system of no machine", { .volumes = { { .fs = "ucsd-pascal",
	  .title = "UCSD Pascal" } } }, P(UNKNOWN), C(NONE), MUN_BOOTS_NO,
	  P(UNKNOWN), "UCSD Pascal is of no machine alone" },
	{ "a blank 720K without any sign", { DD, FAT12(.title = "FAT12") },
	  P(PC_DOS), C(LOW), MUN_BOOTS_NO, P(ATARI_ST),
	  "a size of DOS, Atari ST and MSX disks" },
	{ "... which MSX reads, too", { DD, FAT12(.oem = "") }, P(PC_DOS),
	  C(LOW), MUN_BOOTS_NO, P(MSX), NULL },
	{ "... with code that nobody knows", { DD, FAT12(.boots =
	  MUN_BOOTS_CODE, .boot_text = "code, of what is not known") },
	  P(PC_DOS), C(LOW), MUN_BOOTS_CODE, P(ATARI_ST), NULL },
	{ "... with that of a formatter", { DD, FAT12(.boots = MUN_BOOTS_DATA,
	  .boot_text = "the boot sector is a formatter's") }, P(PC_DOS), C(LOW),
	  MUN_BOOTS_DATA, P(ATARI_ST), NULL },
	{ "... formatted by DOS 5", { DD, FAT12(.oem = "MSDOS5.0") },
	  P(PC_DOS), C(MEDIUM), MUN_BOOTS_NO, P(ATARI_ST), NULL },
	{ "... by an Atari", { DD, FAT12(.title = "FAT12 (Atari ST)") },
	  P(ATARI_ST), C(MEDIUM), MUN_BOOTS_NO, P(PC_DOS), "(Atari ST)" },
	{ "... that starts an Atari", { DD, FAT12(.title = "FAT12 (Atari ST)",
	  .marks = "atari-boot", .boots = MUN_BOOTS_YES) }, P(ATARI_ST), C(HIGH),
	  MUN_BOOTS_YES, P(UNKNOWN), "atari-boot" },
	{ "... whose folder AUTO an Atari runs", { DD, FAT12(.title =
	  "FAT12 (Atari ST)", .marks = "atari-auto", .boots = MUN_BOOTS_YES,
	  .boot_text = "AUTO/A.PRG, which the system in ROM runs") },
	  P(ATARI_ST), C(MEDIUM), MUN_BOOTS_YES, P(PC_DOS), "(Atari ST)" },
	{ "... with code of a PC and programs of an Atari", { DD, FAT12(.title =
	  "FAT12 (Atari ST)", .marks = "atari-programs", .boots =
	  MUN_BOOTS_CODE, .boot_text = "code, of what is not known") },
	  P(ATARI_ST), C(MEDIUM), MUN_BOOTS_NO, P(PC_DOS), "(Atari ST)" },
	{ "... formatted by a PC and used on an Atari", { DD, FAT12(.oem =
	  "MSDOS5.0", .marks = "atari-programs") }, P(ATARI_ST), C(MEDIUM),
	  MUN_BOOTS_NO, P(PC_DOS), NULL },
	{ "... by MSX-DOS", { DD, FAT12(.title = "FAT12 (MSX)", .marks =
	  "msx-boot", .boots = MUN_BOOTS_CODE) }, P(MSX), C(HIGH),
	  MUN_BOOTS_CODE, P(PC_DOS), NULL },
	{ "an Atari floppy of 82 cylinders", { .bytes = 839680, .geometry =
	  CHS(82, 2, 10), FAT12(.oem = "") }, P(ATARI_ST), C(MEDIUM),
	  MUN_BOOTS_NO, P(PC_DOS), "stretched" },
	{ "1440K of a PC", { HD, FAT12(.oem = "MSDOS5.0") }, P(PC_DOS),
	  C(MEDIUM), MUN_BOOTS_NO, P(PC_WIN9X), "a size of PC disks" },
	{ "a start disk of DOS", { HD, FAT12(.oem = "MSDOS5.0", .marks =
	  "dos-system dos-programs", .boots = MUN_BOOTS_YES, .boot_text =
	  "code at 3Eh, IO.SYS in the root") }, P(PC_DOS), C(HIGH),
	  MUN_BOOTS_YES, P(PC), "dos-system" },
	{ "DOS before 2.0", { .bytes = 163840, .geometry = CHS(40, 1, 8),
	  FAT12(.title = "FAT12 (before DOS 2.0)") }, P(PC_DOS), C(HIGH),
	  MUN_BOOTS_NO, P(UNKNOWN), NULL },
	{ "a floppy of a PC-98", { .bytes = 1261568, .sector = 1024, .geometry
	  = CHS(77, 2, 8), FAT12(.oem = "NEC 2.00") }, P(PC98), C(MEDIUM),
	  MUN_BOOTS_NO, P(X68000), NULL },
	{ "its size alone", { .bytes = 1261568, .medium = FLOPPY }, P(PC98),
	  C(LOW), MUN_BOOTS_NO, P(X68000), "1232K" },
	{ "a floppy that Windows 95 had in its drive", { HD, FAT12(.oem =
	  "8zYq,IHC") }, P(PC_DOS), C(MEDIUM), MUN_BOOTS_NO, P(PC_WIN9X), NULL },
	{ "a floppy of OS/2", { HD, FAT12(.oem = "IBM 20.0", .marks =
	  "os2-system", .boots = MUN_BOOTS_YES) }, P(PC_OS2), C(HIGH),
	  MUN_BOOTS_YES, P(PC_DOS), NULL },
	{ "an Amiga floppy", { .format = "adf", .medium = FLOPPY, .bytes =
	  901120, .volumes = { { .fs = "amiga-ofs", .marks = "amiga-boot", .boots
	  = MUN_BOOTS_YES } } }, P(AMIGA), C(HIGH), MUN_BOOTS_YES, P(UNKNOWN),
	  "amiga-boot" },
	{ "an ADF of which nothing is known", { .format = "adf" }, P(AMIGA),
	  C(MEDIUM), MUN_BOOTS_NO, P(UNKNOWN), NULL },
	{ "the same in gzip", { .format = "gzip", .variant =
	  "gzip of adf, 880K Amiga DD" }, P(AMIGA), C(MEDIUM), MUN_BOOTS_NO,
	  P(UNKNOWN), "gzip of adf" },
	{ "another whose name begins so", { .format = "gzip", .variant =
	  "gzip of adfs, 880K" }, P(UNKNOWN), C(NONE), MUN_BOOTS_NO, P(UNKNOWN),
	  NULL },
	{ "what is named by the way", { .format = "raw", .variant =
	  "gzip of adf, 880K" }, P(UNKNOWN), C(NONE), MUN_BOOTS_NO, P(UNKNOWN),
	  NULL },
	{ "a CPC disk file of which nothing is known", { .format = "edsk" },
	  P(CPC), C(MEDIUM), MUN_BOOTS_NO, P(SPECTRUM), NULL },
	{ "of a PC in such a file", { .format = "edsk", .bytes = 368640,
	  .geometry = CHS(40, 2, 9), FAT12(.marks = "dos-programs") }, P(PC_DOS),
	  C(MEDIUM), MUN_BOOTS_NO, P(UNKNOWN), NULL },
	{ "of a Kaypro in such a file", { .format = "edsk", .volumes = { { .fs
	  = "cpm", .marks = "cpm-kaypro" } } }, P(CPM), C(HIGH), MUN_BOOTS_NO,
	  P(UNKNOWN), NULL },
	{ "CP/M of nobody", { .volumes = { { .fs = "cpm", .marks = "cpm-system"
	  } } }, P(CPM), C(MEDIUM), MUN_BOOTS_NO, P(CPC), NULL },
	{ "a WOZ of 5.25 inches", { .format = "woz", .variant =
	  "WOZ 2, 5.25-inch", .blind = true }, P(APPLE2), C(HIGH), MUN_BOOTS_NO,
	  P(UNKNOWN), NULL },
	{ "a WOZ of 3.5 inches", { .format = "woz", .variant =
	  "WOZ 2, 3.5-inch", .blind = true }, P(APPLE2), C(MEDIUM), MUN_BOOTS_NO,
	  P(MAC_68K), NULL },
};
/* clang-format on */

/* clang-format off */
static const struct expected large[] = {
	{ "a disk with DOS", { .medium = DISK, .table = "mbr", .parts = "0x06",
	  .volumes = { { .fs = "fat16", .marks = "dos-system", .boots =
	  MUN_BOOTS_YES } } }, P(PC_DOS), C(HIGH), MUN_BOOTS_YES, P(PC_WIN9X),
	  "dos-system" },
	{ "a disk with Windows 98", { .medium = DISK, .table = "mbr", .parts =
	  "0x0c", .volumes = { { .fs = "fat32", .oem = "MSWIN4.1", .marks =
	  "windows" } } }, P(PC_WIN9X), C(MEDIUM), MUN_BOOTS_NO, P(PC_NT), NULL
	  },
	{ "a disk with Windows NT", { .medium = DISK, .table = "mbr", .parts =
	  "0x07", .volumes = { { .fs = "ntfs", .marks = "nt-system windows",
	  .boots = MUN_BOOTS_YES } } }, P(PC_NT), C(HIGH), MUN_BOOTS_YES,
	  P(PC_WIN9X), "nt-system" },
	{ "two systems of a PC that both were made for it", { .medium = DISK,
	  .table = "mbr", .parts = "0x06 0x07", .volumes = { { .fs = "fat16",
	  .marks = "dos-system" }, { .fs = "ntfs" } } }, P(PC_DOS), C(MEDIUM),
	  MUN_BOOTS_NO, P(PC_NT), NULL },
	{ "a disk with Linux", { .medium = DISK, .table = "mbr", .parts =
	  "0x83", .volumes = { { .fs = "ext4" } } }, P(PC_UNIX), C(MEDIUM),
	  MUN_BOOTS_NO, P(PC), NULL },
	{ "types of partitions alone", { .medium = DISK, .table = "mbr", .parts
	  = "0x07" }, P(PC_NT), C(LOW), MUN_BOOTS_NO, P(PC_OS2), NULL },
	{ "a table alone", { .medium = DISK, .table = "mbr" }, P(PC),
	  C(MEDIUM), MUN_BOOTS_NO, P(PC_DOS), "partition table: mbr" },
	{ "a virtual disk with nothing on it", { .format = "vmdk" }, P(PC),
	  C(LOW), MUN_BOOTS_NO, P(UNKNOWN), NULL },
	{ "a disk of an Amiga", { .medium = DISK, .table = "rdb" }, P(AMIGA),
	  C(HIGH), MUN_BOOTS_NO, P(UNKNOWN), NULL },
	{ "a disk of a Macintosh", { .medium = DISK, .table = "apm", .parts =
	  "Apple_HFS", .volumes = { { .fs = "hfs", .marks = "mac-system-folder",
	  .boots = MUN_BOOTS_YES } } }, P(MAC_68K), C(HIGH), MUN_BOOTS_YES,
	  P(MAC_PPC), NULL },
	{ "... whose system is for PowerPC only", { .medium = DISK, .table =
	  "apm", .parts = "Apple_HFS", .volumes = { { .fs = "hfs", .marks =
	  "mac-system-folder mac-boot-blocks mac-ppc", .boots = MUN_BOOTS_YES } }
	  }, P(MAC_PPC), C(HIGH), MUN_BOOTS_YES, P(MAC_68K), "mac-ppc" },
	{ "a volume of HFS whose parts contradict each other", { .volumes = { {
	  .fs = "mfs", .damaged = true } } }, P(MAC_68K), C(MEDIUM),
	  MUN_BOOTS_NO, P(UNKNOWN), NULL },
};
/* clang-format on */

/* clang-format off */
static const struct expected discs[] = {
	{ "ISO 9660 without a sign", { .medium = OPTICAL, .volumes = { { .fs =
	  "iso9660" } } }, P(ANY), C(MEDIUM), MUN_BOOTS_NO, P(PC_WIN9X), NULL },
	{ "... with AUTORUN.INF", { .medium = OPTICAL, .volumes = { { .fs =
	  "iso9660", .marks = "autorun dos-programs" } } }, P(PC_WIN9X),
	  C(MEDIUM), MUN_BOOTS_NO, P(ANY), NULL },
	{ "... with programs", { .medium = OPTICAL, .volumes = { { .fs =
	  "iso9660", .marks = "dos-programs" } } }, P(PC_WIN9X), C(MEDIUM),
	  MUN_BOOTS_NO, P(PC_DOS), NULL },
	{ "a disc that starts a PC", { .medium = OPTICAL, .volumes = { { .fs =
	  "iso9660", .marks = "el-torito-x86", .boots = MUN_BOOTS_YES } } },
	  P(PC), C(HIGH), MUN_BOOTS_YES, P(ANY), NULL },
	{ "... with Linux", { .medium = OPTICAL, .table = "mbr", .volumes = { {
	  .fs = "iso9660", .marks = "el-torito-x86 linux-system", .boots =
	  MUN_BOOTS_YES } } }, P(PC_UNIX), C(MEDIUM), MUN_BOOTS_YES, P(PC), NULL
	  },
	{ "a hybrid", { .medium = OPTICAL, .volumes = { { .fs = "iso9660" }, {
	  .fs = "hfs" } } }, P(MAC_68K), C(MEDIUM), MUN_BOOTS_NO, P(ANY), NULL },
	{ "... with programs for both", { .medium = OPTICAL, .volumes = { { .fs
	  = "iso9660", .marks = "autorun" }, { .fs = "hfs" } } }, P(ANY),
	  C(HIGH), MUN_BOOTS_NO, P(PC_WIN9X), "a hybrid disc" },
	{ "... which both start from", { .medium = OPTICAL, .volumes = { { .fs
	  = "iso9660", .marks = "el-torito-x86", .boots = MUN_BOOTS_YES }, { .fs
	  = "hfs", .marks = "mac-system-folder", .boots = MUN_BOOTS_CODE } } },
	  P(MAC_68K), C(LOW), MUN_BOOTS_CODE, P(PC), NULL },
	{ "a PlayStation disc", { .medium = OPTICAL, .volumes = { { .fs =
	  "iso9660", .marks = "playstation" } } }, P(CONSOLE), C(HIGH),
	  MUN_BOOTS_NO, P(ANY), NULL },
	{ "CD-i", { .medium = OPTICAL, .volumes = { { .fs = "iso9660", .marks =
	  "cd-i" } } }, P(CONSOLE), C(HIGH), MUN_BOOTS_NO, P(ANY), "CD-i" },
	{ "a Video CD, which is CD-i as well", { .medium = OPTICAL, .volumes =
	  { { .fs = "iso9660", .marks = "cd-i video-cd" } } }, P(ANY), C(HIGH),
	  MUN_BOOTS_NO, P(MAC_PPC), "video-cd" },
	{ "music", { .medium = OPTICAL, .marks = "cd-audio" }, P(AUDIO),
	  C(HIGH), MUN_BOOTS_NO, P(UNKNOWN), NULL },
	{ "a disc of an ARM: EFI alone says little", { .medium = OPTICAL,
	  .volumes = { { .fs = "iso9660", .marks = "el-torito-efi" } } }, P(ANY),
	  C(MEDIUM), MUN_BOOTS_NO, P(PC), NULL },
};
/* clang-format on */

/* clang-format off */
static const struct expected contradictions[] = {
	{ "a floppy of two machines", { DD, FAT12(.marks =
	  "atari-boot amiga-boot") }, P(ATARI_ST), C(LOW), MUN_BOOTS_NO,
	  P(AMIGA), NULL },
	{ "a disk image of a Mac with Windows on it", { .format = "udif",
	  .medium = DISK, .table = "mbr", .volumes = { { .fs = "fat16", .boots =
	  MUN_BOOTS_CODE, .boot_text = "code, that loads BOOTMGR" } } },
	  P(PC_NT), C(LOW), MUN_BOOTS_CODE, P(MAC_PPC), NULL },
	{ "an Amiga disk in a container of the Atari", { .format = "msa",
	  .volumes = { { .fs = "amiga-ffs" } } }, P(AMIGA), C(LOW), MUN_BOOTS_NO,
	  P(ATARI_ST), NULL },
};
/* clang-format on */

static void expect(const struct expected *x, size_t n)
{
	for (size_t i = 0; i < n; i++, x++) {
		struct mun_verdict v;

		judge(&x->s, &v);
		if (v.platform != x->platform ||
		    v.confidence != x->confidence || v.boots != x->boots)
			fail_msg("%s: %s (%s), boots %d", x->what,
				 mun_platform_name(v.platform),
				 mun_confidence_name(v.confidence),
				 (int)v.boots);
		if (x->also && !mun_verdict_has(&v, x->also))
			fail_msg("%s: not %s as well", x->what,
				 mun_platform_name(x->also));
		assert_true(v.nreasons > 0);
		if (x->because && !strstr(v.reasons[0], x->because))
			fail_msg("%s: because \"%s\"", x->what, v.reasons[0]);
	}
}

static void small_media_are_told_apart(void **state)
{
	(void)state;
	expect(plain, MUN_COUNT(plain));
}

static void disks_are_told_apart(void **state)
{
	(void)state;
	expect(large, MUN_COUNT(large));
}

static void discs_are_told_apart(void **state)
{
	(void)state;
	expect(discs, MUN_COUNT(discs));
}

/* Nobody is sure, and what speaks against it is told. */
static void what_contradicts_itself_is_of_low_confidence(void **state)
{
	(void)state;
	expect(contradictions, MUN_COUNT(contradictions));
	for (size_t i = 0; i < MUN_COUNT(contradictions); i++) {
		struct mun_verdict v;
		bool but = false;

		judge(&contradictions[i].s, &v);
		for (size_t k = 0; k < v.nreasons; k++)
			but = but || !strncmp(v.reasons[k], "but: ", 5);
		assert_true(but);
	}
}

/* ---- limits ---- */

static void a_medium_full_of_signs_is_judged(void **state)
{
	struct mun_image_facts f = { .format = "raw", .medium = DISK };
	struct mun_verdict v;

	(void)state;
	memset(&contents, 0, sizeof(contents));
	contents.nvolumes = MUN_CONTENTS_VOLUMES;
	for (size_t i = 0; i < MUN_CONTENTS_VOLUMES; i++) {
		struct mun_contents_volume *vol = &contents.volumes[i];

		put(vol->fs, sizeof(vol->fs), "fat16");
		memset(vol->title, 'T', sizeof(vol->title) - 1);
		memset(vol->oem, 'O', sizeof(vol->oem) - 1);
		memset(vol->boot_text, 'B', sizeof(vol->boot_text) - 1);
		vol->boots = MUN_BOOTS_YES;
		vol->nmarks = MUN_CONTENTS_MARKS;
		for (size_t k = 0; k < MUN_CONTENTS_MARKS; k++) {
			put(vol->marks[k].word, sizeof(vol->marks[k].word),
			    k % 2 ? "dos-system" : "amiga-boot");
			memset(vol->marks[k].text, 'M',
			       sizeof(vol->marks[k].text) - 1);
			/* None like another. */
			vol->marks[k].text[0] = (char)('A' + (int)k);
			vol->marks[k].text[1] = (char)('A' + (int)i);
		}
	}
	mun_platform_judge(&f, &contents, &v);
	assert_int_equal(v.nreasons, MUN_VERDICT_REASONS);
	assert_true(v.nothers <= MUN_VERDICT_OTHERS);
	assert_int_equal(v.confidence, C(LOW));
	for (size_t i = 0; i < v.nreasons; i++)
		assert_true(strnlen(v.reasons[i], sizeof(v.reasons[i])) <
			    sizeof(v.reasons[i]));
	for (size_t i = 0; i < v.nothers; i++)
		assert_int_not_equal(v.others[i], v.platform);
}

static void what_two_volumes_say_is_told_once(void **state)
{
	const struct situation s = {
		.medium = DISK,
		.table = "mbr",
		.parts = "0x83 0x83",
		.volumes = { { .fs = "ext2" }, { .fs = "ext2" } },
	};
	struct mun_verdict v;

	(void)state;
	judge(&s, &v);
	assert_int_equal(v.platform, P(PC_UNIX));
	assert_int_equal(v.nreasons, 3); /* table, file system, partition */
	for (size_t i = 0; i < v.nreasons; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(v.reasons[i], v.reasons[k]);
	}
}

/* Those of a sibling, of the same weight, come after its own. */
static void its_own_reasons_are_told_first(void **state)
{
	const struct situation s = {
		.medium = DISK,
		.volumes = { { .fs = "exfat",
			       .marks = "linux-system dos-programs" } },
	};
	struct mun_verdict v;

	(void)state;
	judge(&s, &v);
	assert_int_equal(v.platform, P(PC_NT));
	assert_int_equal(v.nreasons, 3);
	assert_memory_equal(v.reasons[0], "file system: ", 13);
	assert_string_equal(v.reasons[1], "sign of linux-system");
}

/* ---- the operator ---- */

static void what_the_operator_says_stands_before_what_was_seen(void **state)
{
	const struct situation s = { HD, FAT12(.oem = "MSDOS5.0",
					       .marks = "dos-system",
					       .boots = MUN_BOOTS_YES) };
	struct mun_verdict v;

	(void)state;
	judge(&s, &v);
	assert_int_equal(v.platform, P(PC_DOS));
	assert_int_equal(v.nothers, MUN_VERDICT_OTHERS);
	mun_platform_override(&v, P(AMIGA));
	assert_int_equal(v.platform, P(AMIGA));
	assert_int_equal(v.confidence, C(OPERATOR));
	assert_int_equal(v.others[0], P(PC_DOS));
	assert_int_equal(v.nothers, MUN_VERDICT_OTHERS);
	/* It starts a PC; an Amiga it does not. */
	assert_int_equal(v.boots, MUN_BOOTS_CODE);
	assert_string_equal(v.reasons[0], "said by the operator; by its signs: "
					  "PC, DOS (high)");
	assert_string_equal(v.reasons[1], "sign of dos-system");
	/* What was said before is not lost by saying it again. */
	mun_platform_override(&v, P(PC_DOS));
	assert_int_equal(v.platform, P(PC_DOS));
	for (size_t i = 0; i < v.nothers; i++)
		assert_int_not_equal(v.others[i], P(PC_DOS));
}

static void the_operator_may_say_the_same_or_know_what_nobody_sees(void **state)
{
	const struct situation none = { .bytes = 512 };
	const struct situation dos = { HD, FAT12(.marks = "dos-system",
						 .boots = MUN_BOOTS_YES) };
	struct mun_verdict v;

	(void)state;
	judge(&dos, &v);
	mun_platform_override(&v, P(PC_DOS));
	assert_int_equal(v.boots, MUN_BOOTS_YES);
	assert_false(v.nothers && v.others[0] == P(PC_DOS));
	judge(&none, &v);
	mun_platform_override(&v, P(MSX));
	assert_int_equal(v.platform, P(MSX));
	assert_int_equal(v.nothers, 0);
	assert_true(mun_verdict_has(&v, P(MSX)));
	assert_false(mun_verdict_has(&v, P(UNKNOWN)));
}

/* ---- text ---- */

static void a_verdict_is_told_in_one_line_of_any_length(void **state)
{
	struct mun_verdict v = {
		.platform = P(PC_DOS),
		.confidence = C(HIGH),
		.boots = MUN_BOOTS_YES,
		.nreasons = 2,
		.reasons = { "one", "two" },
	};
	static const char all[] = "PC, DOS, bootable (high): one; two";
	char out[64];

	(void)state;
	assert_int_equal(mun_verdict_text(&v, out, sizeof(out)),
			 sizeof(all) - 1);
	assert_string_equal(out, all);
	for (size_t size = 0; size < sizeof(all); size++) {
		memset(out, 'x', sizeof(out));
		assert_int_equal(mun_verdict_text(&v, out, size),
				 sizeof(all) - 1);
		assert_int_equal(out[size], 'x');
		if (size) {
			assert_int_equal(out[size - 1], '\0');
			assert_memory_equal(out, all, size - 1);
		}
	}
	v.nreasons = 0;
	v.boots = MUN_BOOTS_CODE;
	(void)mun_verdict_text(&v, out, sizeof(out));
	assert_string_equal(out, "PC, DOS, boot code without a system (high)");
	memset(&v, 0, sizeof(v));
	(void)mun_verdict_text(&v, out, sizeof(out));
	assert_string_equal(out, "not known (none)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_platform_has_a_name_of_its_own),
		cmocka_unit_test(no_rule_is_there_twice_or_of_no_weight),
		cmocka_unit_test(every_word_of_the_table_is_a_sign),
		cmocka_unit_test(small_media_are_told_apart),
		cmocka_unit_test(disks_are_told_apart),
		cmocka_unit_test(discs_are_told_apart),
		cmocka_unit_test(what_contradicts_itself_is_of_low_confidence),
		cmocka_unit_test(a_medium_full_of_signs_is_judged),
		cmocka_unit_test(what_two_volumes_say_is_told_once),
		cmocka_unit_test(its_own_reasons_are_told_first),
		cmocka_unit_test(
			what_the_operator_says_stands_before_what_was_seen),
		cmocka_unit_test(
			the_operator_may_say_the_same_or_know_what_nobody_sees),
		cmocka_unit_test(a_verdict_is_told_in_one_line_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
