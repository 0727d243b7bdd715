/* SPDX-License-Identifier: Apache-2.0 */
/* image/platform_signs.c - signs that are more than one word */
#include "image/platform_signs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct mun_mark *mark_of(const struct mun_mark *marks, size_t n,
				      const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(marks[i].word, word))
			return &marks[i];
	}
	return NULL;
}

/* Of the medium, or of any volume. */
static const struct mun_mark *find_mark(const struct mun_platform_view *v,
					const char *word)
{
	const struct mun_mark *m = NULL;

	if (!v->c)
		return NULL;
	m = mark_of(v->c->marks, v->c->nmarks, word);
	for (size_t i = 0; !m && i < v->c->nvolumes; i++)
		m = mark_of(v->c->volumes[i].marks, v->c->volumes[i].nmarks,
			    word);
	return m;
}

static bool has_mark(const struct mun_platform_view *v, const char *word)
{
	return find_mark(v, word) != NULL;
}

static const struct mun_contents_volume *
find_fs(const struct mun_platform_view *v, const char *fs)
{
	for (size_t i = 0; v->c && i < v->c->nvolumes; i++) {
		if (!strcmp(v->c->volumes[i].fs, fs))
			return &v->c->volumes[i];
	}
	return NULL;
}

/* A FAT that is the whole of a floppy disk. */
static const struct mun_contents_volume *
floppy_fat(const struct mun_platform_view *v)
{
	const struct mun_contents_volume *vol = find_fs(v, "fat12");

	return vol && v->f->medium == MUN_MEDIUM_FLOPPY && !vol->part ? vol
								      : NULL;
}

/* Cylinders, heads and sectors; what is not known is left out. */
static bool geometry_is(const struct mun_platform_view *v, uint32_t cylinders,
			uint32_t heads, uint32_t sectors)
{
	const struct mun_geometry *g = &v->f->geometry;

	return g->cylinders == cylinders && g->heads == heads &&
	       g->sectors == sectors;
}

static void say_fat(const struct mun_contents_volume *vol, const char *what,
		    char *why, size_t size)
{
	(void)snprintf(why, size, "%s of %" PRIu64 "K, %s", vol->title,
		       vol->bytes / 1024, what);
}

/* 3.5-inch, double density, one side or two: DOS, TOS and MSX-DOS agree. */
static bool is_shared_size(const struct mun_platform_view *v)
{
	return geometry_is(v, 80, 2, 9) || geometry_is(v, 80, 1, 9) ||
	       geometry_is(v, 80, 1, 8) || geometry_is(v, 80, 2, 8) ||
	       (!v->f->geometry.cylinders && v->f->bytes == 737280);
}

/* More than 80 cylinders or 9 sectors of 250 kbit/s: what formatting programs
 * of the ST did, and those of a PC hardly ever. */
static bool is_stretched(const struct mun_platform_view *v)
{
	const struct mun_geometry *g = &v->f->geometry;

	return g->cylinders >= 80 && g->cylinders <= 86 && g->sectors >= 9 &&
	       g->sectors <= 11 && (g->cylinders > 80 || g->sectors > 9);
}

bool mun_platform_sign_fat_of_shared_size(const struct mun_platform_view *v,
					  char *why, size_t size)
{
	const struct mun_contents_volume *vol = floppy_fat(v);

	if (!vol || !is_shared_size(v))
		return false;
	say_fat(vol, "a size of DOS, Atari ST and MSX disks", why, size);
	return true;
}

bool mun_platform_sign_fat_of_stretched_size(const struct mun_platform_view *v,
					     char *why, size_t size)
{
	const struct mun_contents_volume *vol = floppy_fat(v);

	if (!vol || !is_stretched(v))
		return false;
	say_fat(vol, "as disks of an Atari ST are stretched", why, size);
	return true;
}

bool mun_platform_sign_fat_of_1024(const struct mun_platform_view *v, char *why,
				   size_t size)
{
	const struct mun_contents_volume *vol = floppy_fat(v);

	if (!vol || v->f->sector_bytes != 1024 || v->f->bytes != 1261568)
		return false;
	say_fat(vol, "sectors of 1024 bytes, 77 cylinders", why, size);
	return true;
}

/* 8 sectors of 1024 bytes: of nobody else, whatever is on it. */
bool mun_platform_sign_size_of_pc98(const struct mun_platform_view *v,
				    char *why, size_t size)
{
	if (v->f->medium != MUN_MEDIUM_FLOPPY || v->f->bytes != 1261568)
		return false;
	(void)snprintf(why, size, "a floppy of 1232K");
	return true;
}

/* What is left: the sizes that DOS made. */
bool mun_platform_sign_fat_of_pc_size(const struct mun_platform_view *v,
				      char *why, size_t size)
{
	const struct mun_contents_volume *vol = floppy_fat(v);

	if (!vol || is_shared_size(v) || is_stretched(v) ||
	    v->f->sector_bytes == 1024)
		return false;
	say_fat(vol, "a size of PC disks", why, size);
	return true;
}

static bool is_fat(const struct mun_contents_volume *vol)
{
	return !strncmp(vol->fs, "fat", 3);
}

/* What nobody can read, and what programs that format a disk for any machine
 * put there, tells of none. */
static bool tells_of_a_system(const struct mun_contents_volume *vol)
{
	return vol->boots != MUN_BOOTS_NO && !strstr(vol->title, "(Atari") &&
	       !strstr(vol->boot_text, "not known") &&
	       !strstr(vol->boot_text, "formatter");
}

/* A FAT whose boot sector has code of a PC (or text that says so): not
 * Atari's, not an MSX's. */
static const struct mun_contents_volume *
pc_boot_sector(const struct mun_platform_view *v)
{
	if (has_mark(v, "atari-boot") || has_mark(v, "msx-boot"))
		return NULL;
	for (size_t i = 0; v->c && i < v->c->nvolumes; i++) {
		const struct mun_contents_volume *vol = &v->c->volumes[i];

		if (is_fat(vol) && tells_of_a_system(vol))
			return vol;
	}
	return NULL;
}

static bool asks_for_nt(const struct mun_contents_volume *vol)
{
	return strstr(vol->boot_text, "NTLDR") ||
	       strstr(vol->boot_text, "BOOTMGR");
}

bool mun_platform_sign_boot_sector_of_nt(const struct mun_platform_view *v,
					 char *why, size_t size)
{
	const struct mun_contents_volume *vol = pc_boot_sector(v);

	if (!vol || !asks_for_nt(vol))
		return false;
	(void)snprintf(why, size, "formatted by Windows NT or later: %s",
		       vol->boot_text);
	return true;
}

bool mun_platform_sign_boot_sector_of_pc(const struct mun_platform_view *v,
					 char *why, size_t size)
{
	const struct mun_contents_volume *vol = pc_boot_sector(v);

	if (!vol || asks_for_nt(vol))
		return false;
	(void)snprintf(why, size, "boot sector of a PC: %s", vol->boot_text);
	return true;
}

/* Programs of DOS on a disc come from later years. */
bool mun_platform_sign_programs_on_disc(const struct mun_platform_view *v,
					char *why, size_t size)
{
	if (v->f->medium != MUN_MEDIUM_OPTICAL || !has_mark(v, "dos-programs"))
		return false;
	(void)snprintf(why, size, "programs of DOS or Windows on a disc");
	return true;
}

bool mun_platform_sign_programs_on_disk(const struct mun_platform_view *v,
					char *why, size_t size)
{
	if (v->f->medium == MUN_MEDIUM_OPTICAL || !has_mark(v, "dos-programs"))
		return false;
	(void)snprintf(why, size, "programs of DOS in the root");
	return true;
}

/* A Video CD says that it is CD-i as well, for its players. */
bool mun_platform_sign_cd_i_alone(const struct mun_platform_view *v, char *why,
				  size_t size)
{
	const struct mun_mark *m = find_mark(v, "cd-i");

	if (!m || has_mark(v, "video-cd"))
		return false;
	(void)snprintf(why, size, "CD-i: %s", m->text);
	return true;
}

static bool are_apple_cells(const struct mun_platform_view *v)
{
	return !strcmp(v->f->format, "woz") || !strcmp(v->f->format, "a2r");
}

/* Drives of 5.25 inches were an Apple II's; of 3.5 a Macintosh's, too. */
bool mun_platform_sign_cells_of_525(const struct mun_platform_view *v,
				    char *why, size_t size)
{
	if (!are_apple_cells(v) || !strstr(v->f->variant, "5.25"))
		return false;
	(void)snprintf(why, size, "%s of an Apple II: %s", v->f->format,
		       v->f->variant);
	return true;
}

bool mun_platform_sign_cells_of_35(const struct mun_platform_view *v, char *why,
				   size_t size)
{
	if (!are_apple_cells(v) || strstr(v->f->variant, "5.25"))
		return false;
	(void)snprintf(why, size, "image format: %s", v->f->title);
	return true;
}

/* Does CP/M on it tell of a machine that is no CPC? */
static bool is_other_cpm(const struct mun_contents_volume *vol)
{
	for (size_t i = 0; i < vol->nmarks; i++) {
		const char *word = vol->marks[i].word;

		if (!strncmp(word, "cpm-", 4) && strcmp(word, "cpm-system") &&
		    strcmp(word, "cpm-amstrad-cpc"))
			return true;
	}
	return false;
}

bool mun_platform_sign_cpm_of_nobody(const struct mun_platform_view *v,
				     char *why, size_t size)
{
	const struct mun_contents_volume *vol = find_fs(v, "cpm");

	if (!vol || is_other_cpm(vol) || has_mark(v, "cpm-amstrad-cpc"))
		return false;
	(void)snprintf(why, size, "file system: %s", vol->title);
	return true;
}

static bool has_mac_volume(const struct mun_platform_view *v)
{
	return find_fs(v, "hfs") || find_fs(v, "hfsplus") ||
	       find_fs(v, "hfsx") || has_mark(v, "hfs-hybrid");
}

static bool has_disc_volume(const struct mun_platform_view *v)
{
	return find_fs(v, "iso9660") || find_fs(v, "high-sierra") ||
	       find_fs(v, "udf");
}

static bool has_pc_sign(const struct mun_platform_view *v)
{
	return has_mark(v, "dos-programs") || has_mark(v, "windows") ||
	       has_mark(v, "autorun");
}

/* A hybrid that has something for both is made for neither. */
bool mun_platform_sign_disc_for_both(const struct mun_platform_view *v,
				     char *why, size_t size)
{
	if (!has_mac_volume(v) || !has_disc_volume(v) || !has_pc_sign(v))
		return false;
	(void)snprintf(why, size,
		       "a hybrid disc: HFS for a Macintosh, ISO 9660 with "
		       "programs of a PC");
	return true;
}

/* What starts a 68000 starts a PowerPC, too, but for newer systems. */
bool mun_platform_sign_system_of_68k(const struct mun_platform_view *v,
				     char *why, size_t size)
{
	const struct mun_mark *m = find_mark(v, "mac-system-folder");

	if (!m || has_mark(v, "mac-ppc"))
		return false;
	(void)snprintf(why, size, "%s", m->text);
	return true;
}

/* The disk file of the CPC also holds what others wrote. */
bool mun_platform_sign_cpc_container(const struct mun_platform_view *v,
				     char *why, size_t size)
{
	if (strcmp(v->f->format, "dsk") != 0 &&
	    strcmp(v->f->format, "edsk") != 0)
		return false;
	for (size_t i = 0; v->c && i < v->c->nvolumes; i++) {
		if (strcmp(v->c->volumes[i].fs, "cpm") != 0 ||
		    is_other_cpm(&v->c->volumes[i]))
			return false;
	}
	(void)snprintf(why, size, "image format: %s", v->f->title);
	return true;
}

/* A driver of partitions is on every disk, and on many a disc. */
bool mun_platform_sign_apple_map(const struct mun_platform_view *v, char *why,
				 size_t size)
{
	if (!v->c || strcmp(v->c->table, "apm") != 0 ||
	    v->f->medium == MUN_MEDIUM_OPTICAL)
		return false;
	(void)snprintf(why, size, "Apple partition map");
	return true;
}

bool mun_platform_sign_apple_map_of_disc(const struct mun_platform_view *v,
					 char *why, size_t size)
{
	if (!v->c || strcmp(v->c->table, "apm") != 0 ||
	    v->f->medium != MUN_MEDIUM_OPTICAL)
		return false;
	(void)snprintf(why, size, "Apple partition map on a disc");
	return true;
}

/* Windows 95 and later write a number before "IHC" over the OEM id of a disk
 * that is not write-protected. */
bool mun_platform_sign_oem_ihc(const struct mun_platform_view *v, char *why,
			       size_t size)
{
	for (size_t i = 0; v->c && i < v->c->nvolumes; i++) {
		const struct mun_contents_volume *vol = &v->c->volumes[i];
		size_t len = strlen(vol->oem);

		if (!is_fat(vol) || len < 3 ||
		    strcmp(vol->oem + len - 3, "IHC") != 0)
			continue;
		(void)snprintf(why, size,
			       "OEM id ends with IHC: was in a drive of "
			       "Windows 95 or later");
		return true;
	}
	return false;
}
