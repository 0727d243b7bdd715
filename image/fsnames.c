/* SPDX-License-Identifier: Apache-2.0 */
/* image/fsnames.c - what the names in a root directory tell of a machine */
#include "image/fsnames.h"

#include "core/check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DOS MUN_NAMES_DOS
#define UNIX MUN_NAMES_UNIX
#define DISC MUN_NAMES_DISC
#define ALL (DOS | UNIX | DISC)

enum kind { A_FILE, A_DIR, ANY };

/* Words with a '_' are none by themselves: see mun_fs_names_mark(). */
struct rule {
	const char *word;
	const char *name; /* '*' at its beginning or end: any text */
	enum kind kind;
	unsigned int worlds;
};

static const struct rule rules[] = {
	{ "dos-system", "IO.SYS", A_FILE, DOS | DISC },
	{ "dos-system", "IBMBIO.COM", A_FILE, DOS },
	{ "dos-system", "KERNEL.SYS", A_FILE, DOS | DISC },
	{ "dos-system", "DRBIOS.SYS", A_FILE, DOS },
	{ "dos-system", "DRDOS.SYS", A_FILE, DOS },
	{ "dos-system", "DRBIO.SYS", A_FILE, DOS },
	{ "dos-system", "WINBOOT.SYS", A_FILE, DOS },
	{ "dos-system", "JO.SYS", A_FILE, DOS },
	{ "_dos-more", "MSDOS.SYS", A_FILE, DOS | DISC },
	{ "_dos-more", "IBMDOS.COM", A_FILE, DOS },
	{ "_dos-more", "COMMAND.COM", A_FILE, DOS | DISC },
	{ "nt-system", "NTLDR", A_FILE, DOS },
	{ "nt-system", "NTDETECT.COM", A_FILE, DOS },
	{ "nt-system", "SETUPLDR.BIN", A_FILE, DOS | DISC },
	{ "nt-system", "OSLOADER.EXE", A_FILE, DOS },
	{ "nt-system", "FREELDR.SYS", A_FILE, DOS | DISC },
	{ "nt-system", "BOOTMGR", A_FILE, DOS | DISC },
	{ "nt-system", "I386", A_DIR, DISC },
	{ "windows", "WINDOWS", A_DIR, DOS },
	{ "windows", "WINNT", A_DIR, DOS },
	{ "windows", "WIN95", A_DIR, DOS | DISC },
	{ "windows", "WIN98", A_DIR, DOS | DISC },
	{ "windows", "WIN9X", A_DIR, DOS | DISC },
	{ "_setup", "SETUP.EXE", A_FILE, DOS | DISC },
	{ "_cab", "*.CAB", A_FILE, DOS | DISC },
	{ "dos-programs", "*.EXE", A_FILE, DOS | DISC },
	{ "dos-programs", "*.COM", A_FILE, DOS | DISC },
	{ "dos-programs", "*.BAT", A_FILE, DOS | DISC },
	{ "os2-system", "OS2LDR", A_FILE, DOS | DISC },
	{ "os2-system", "OS2KRNL", A_FILE, DOS | DISC },
	{ "os2-system", "OS2KRNLI", A_FILE, DOS | DISC },
	{ "os2-system", "OS2BOOT", A_FILE, DOS },
	{ "os2-system", "OS2DUMP", A_FILE, DOS },
	{ "linux-system", "VMLINUZ*", ANY, ALL },
	{ "linux-system", "BZIMAGE*", ANY, ALL },
	{ "linux-system", "LINUX", A_FILE, DOS },
	{ "linux-system", "LINUX.BIN", A_FILE, DOS },
	{ "linux-system", "LDLINUX.SYS", A_FILE, ALL },
	{ "linux-system", "SYSLINUX.CFG", A_FILE, ALL },
	{ "linux-system", "EXTLINUX.CONF", A_FILE, ALL },
	{ "linux-system", "ISOLINUX*", ANY, ALL },
	{ "linux-system", "SYSLINUX", A_DIR, ALL },
	{ "linux-system", "GRUB", A_DIR, ALL },
	{ "linux-system", "LILO.CONF", A_FILE, UNIX },
	{ "_etc", "etc", A_DIR, UNIX },
	{ "_bin", "bin", ANY, UNIX },
	{ "_proc", "proc", A_DIR, UNIX },
	{ "unix-system", "vmunix*", A_FILE, UNIX },
	{ "unix-system", "netbsd*", A_FILE, UNIX },
	{ "unix-system", "bsd", A_FILE, UNIX },
	{ "unix-system", "bsd.rd", A_FILE, UNIX | DISC },
	{ "unix-system", "kernel", A_FILE, UNIX },
	{ "unix-system", "kernel.GENERIC", A_FILE, UNIX },
	{ "unix-system", "hp-ux", A_FILE, UNIX },
	{ "unix-system", "unix", A_FILE, UNIX },
	{ "unix-system", "minix", ANY, UNIX },
	{ "msx-boot", "MSXDOS.SYS", A_FILE, DOS },
	{ "msx-boot", "MSXDOS2.SYS", A_FILE, DOS },
	{ "msx-boot", "NEXTOR.SYS", A_FILE, DOS },
	{ "atari-auto", "AUTO", A_DIR, DOS },
	{ "atari-programs", "*.PRG", A_FILE, DOS },
	{ "atari-programs", "*.TOS", A_FILE, DOS },
	{ "atari-programs", "*.TTP", A_FILE, DOS },
	{ "atari-programs", "*.ACC", A_FILE, DOS },
	{ "atari-programs", "DESKTOP.INF", A_FILE, DOS },
	{ "atari-programs", "NEWDESK.INF", A_FILE, DOS },
	{ "autorun", "AUTORUN.INF", A_FILE, DOS | DISC },
	{ "beos-system", "beos", A_DIR, UNIX | DISC },
	{ "beos-system", "haiku_loader", A_FILE, ALL },
	{ "playstation", "SYSTEM.CNF", A_FILE, DISC },
	{ "playstation", "PSX.EXE", A_FILE, DISC },
	{ "dvd-video", "VIDEO_TS", A_DIR, DISC },
	{ "video-cd", "VCD", A_DIR, DISC },
	{ "video-cd", "SVCD", A_DIR, DISC },
	{ "video-cd", "MPEGAV", A_DIR, DISC },
	{ "scumm", "*.LFL", A_FILE, ALL },
	{ "scumm", "*.SM0", A_FILE, ALL },
	{ "scumm", "*.LA0", A_FILE, ALL },
	{ "scumm", "MONKEY.000", A_FILE, ALL },
	{ "scumm", "MONKEY2.000", A_FILE, ALL },
	{ "scumm", "ATLANTIS.000", A_FILE, ALL },
	{ "scumm", "TENTACLE.000", A_FILE, ALL },
	{ "scumm", "SAMNMAX.000", A_FILE, ALL },
	{ "scumm", "LOGDIR", A_FILE, ALL }, /* AGI */
	{ "scumm", "RESOURCE.MAP", A_FILE, ALL }, /* SCI */
	{ "scumm", "SKY.DSK", A_FILE, ALL },
	{ "scumm", "QUEEN.1", A_FILE, ALL },
};

_Static_assert(MUN_COUNT(rules) <= MUN_FS_NAMES_RULES, "a counter each");

void mun_fs_names_start(struct mun_fs_names *n, unsigned int worlds)
{
	memset(n, 0, sizeof(*n));
	n->worlds = worlds;
	n->where = "the root";
}

static bool matches(const char *pattern, const char *name)
{
	size_t len = strlen(pattern);
	size_t n = strlen(name);

	if (pattern[0] == '*')
		return n >= len &&
		       strcasecmp(name + n - (len - 1), pattern + 1) == 0;
	if (pattern[len - 1] == '*')
		return strncasecmp(name, pattern, len - 1) == 0;
	return strcasecmp(name, pattern) == 0;
}

/* The number of a word: that of its first rule among the first rules. */
static size_t word_of(size_t rule)
{
	size_t word = 0;

	for (size_t i = 1; i <= rule; i++)
		word += strcmp(rules[i].word, rules[i - 1].word) != 0;
	return word;
}

/* As many as there is room for, then how many more. */
static void keep(struct mun_fs_names *n, size_t word, const char *name)
{
	char *text = n->text[word];
	size_t used = strlen(text);
	size_t room = sizeof(n->text[word]) - used;

	n->count[word]++;
	/* The first is there in any case, if cut. */
	if (!used) {
		mun_contents_text(text, room, "%s", name);
		return;
	}
	if (strlen(name) + 3 > room || n->count[word] > 4)
		return;
	(void)snprintf(text + used, room, ", %s", name);
}

void mun_fs_names_add(struct mun_fs_names *n, const char *name, bool is_dir)
{
	size_t kept = MUN_FS_NAMES_WORDS;

	n->entries++;
	for (size_t i = 0; i < MUN_COUNT(rules); i++) {
		const struct rule *r = &rules[i];
		size_t word;

		if (!(r->worlds & n->worlds) ||
		    (r->kind != ANY && is_dir != (r->kind == A_DIR)) ||
		    !matches(r->name, name))
			continue;
		n->seen[i]++;
		word = word_of(i);
		if (word != kept)
			keep(n, word, name);
		kept = word;
	}
}

bool mun_fs_names_has(const struct mun_fs_names *n, const char *name)
{
	for (size_t i = 0; i < MUN_COUNT(rules); i++)
		if (n->seen[i] && strcasecmp(rules[i].name, name) == 0)
			return true;
	return false;
}

static bool has_word(const struct mun_fs_names *n, const char *word)
{
	for (size_t i = 0; i < MUN_COUNT(rules); i++)
		if (n->seen[i] && strcmp(rules[i].word, word) == 0)
			return true;
	return false;
}

static void mark_word(const struct mun_fs_names *n, size_t rule,
		      struct mun_contents *c, struct mun_contents_volume *v)
{
	size_t word = word_of(rule);

	mun_contents_add_mark(
		c, v, rules[rule].word, "%s%s in %s", n->text[word],
		n->count[word] > 4 ? " and others" : "", n->where);
}

void mun_fs_names_mark(const struct mun_fs_names *n, struct mun_contents *c,
		       struct mun_contents_volume *v)
{
	for (size_t i = 0; i < MUN_COUNT(rules); i++)
		if (n->seen[i] && rules[i].word[0] != '_')
			mark_word(n, i, c, v);
	if (has_word(n, "_setup") && has_word(n, "_cab"))
		mun_contents_add_mark(c, v, "windows",
				      "SETUP.EXE and *.CAB in %s", n->where);
	if (has_word(n, "_etc") && has_word(n, "_bin") && has_word(n, "_proc"))
		mun_contents_add_mark(c, v, "linux-system",
				      "etc, bin and proc in %s", n->where);
}
