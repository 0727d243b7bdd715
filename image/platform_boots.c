/* SPDX-License-Identifier: Apache-2.0 */
/* image/platform_boots.c - does a machine of a platform start from a medium? */
#include "image/platform_rules.h"

#include <string.h>

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool has_mark(const struct mun_contents_volume *vol, const char *word)
{
	for (size_t i = 0; i < vol->nmarks; i++) {
		if (!strcmp(vol->marks[i].word, word))
			return true;
	}
	return false;
}

/* Three machines have FAT, and each asks for a boot sector of its own. */
static bool fat_boots_other(const struct mun_contents_volume *vol,
			    enum mun_platform p)
{
	/* Its system is in ROM, and runs the folder AUTO of any disk. */
	const bool atari =
		has_mark(vol, "atari-boot") ||
		(strstr(vol->title, "(Atari") && vol->boots == MUN_BOOTS_YES);
	const bool msx = has_mark(vol, "msx-boot");

	if (p == MUN_PLATFORM_ATARI_ST)
		return !atari;
	if (p == MUN_PLATFORM_MSX)
		return !msx;
	return atari || msx;
}

/* Is what starts from that volume another machine? */
static bool boots_other(const struct mun_contents_volume *vol,
			enum mun_platform p)
{
	const bool mac = begins_with(vol->fs, "hfs") || !strcmp(vol->fs, "mfs");

	if (begins_with(vol->fs, "fat"))
		return fat_boots_other(vol, p);
	if (begins_with(vol->fs, "amiga-"))
		return p != MUN_PLATFORM_AMIGA;
	return mac != (p == MUN_PLATFORM_MAC_68K || p == MUN_PLATFORM_MAC_PPC);
}

enum mun_boots mun_platform_boots(const struct mun_contents *c,
				  enum mun_platform p)
{
	enum mun_boots boots = MUN_BOOTS_NO;
	bool others = false;

	for (size_t i = 0; i < c->nvolumes; i++) {
		if (boots_other(&c->volumes[i], p))
			others = true;
		else if (c->volumes[i].boots > boots)
			boots = c->volumes[i].boots;
	}
	return others ? boots : c->boots;
}
