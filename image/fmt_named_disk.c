/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_named_disk.c - disk and forensic formats that are named and kept */
#include "image/fmt_named.h"

#include "core/bytes.h"
#include "image/driver.h"

#include <string.h>

static bool check_aaru(struct mun_source *src, const uint8_t *head)
{
	(void)src;
	return memcmp(head, "DICMFRMT", 8) == 0 ||
	       memcmp(head, "AARUFRMT", 8) == 0 ||
	       memcmp(head, "AARUFMT\0", 8) == 0;
}

MUN_NAMED(aaru, "aaru", "Aaru image", "aif aaruf dicf",
	  .medium = MUN_MEDIUM_UNKNOWN, .check = check_aaru,
	  .reason = "blocks of Aaru are kept as they are, not decoded");

/* The name of the ZIP's first file, at 30. */
static bool check_aff4(struct mun_source *src, const uint8_t *head)
{
	(void)src;
	return memcmp(head + 30, "container.description", 21) == 0 ||
	       memcmp(head + 30, "information.turtle", 18) == 0;
}

MUN_NAMED(aff4, "aff4", "AFF4, forensic image in a ZIP", "aff4",
	  .magic = "PK\3\4", .magic_bytes = 4, .medium = MUN_MEDIUM_DISK,
	  .check = check_aff4,
	  .reason = "streams of AFF4 are kept as they are, not decoded");

/* 6 u16 version, big endian. */
static bool check_luks(struct mun_source *src, const uint8_t *head)
{
	unsigned int version = mun_be16(head + 6);

	(void)src;
	return version == 1 || version == 2;
}

MUN_NAMED(luks, "luks", "LUKS, encrypted volume", "luks img",
	  .magic = "LUKS\xba\xbe", .magic_bytes = 6, .medium = MUN_MEDIUM_DISK,
	  .check = check_luks,
	  .reason = "encrypted: what is in it needs its passphrase");

MUN_NAMED(partimage, "partimage", "Partimage", "000 partimg",
	  .magic = "PaRtImAgE-VoLuMe", .magic_bytes = 16,
	  .medium = MUN_MEDIUM_DISK,
	  .reason = "blocks of Partimage are kept as they are, not decoded");

MUN_NAMED(ntfsclone, "ntfsclone", "ntfsclone image", "ntfsclone img",
	  .magic = "\0ntfsclone-image", .magic_bytes = 16,
	  .medium = MUN_MEDIUM_DISK,
	  .reason = "clusters of ntfsclone are kept as they are, not decoded");

MUN_NAMED(ad1, "ad1", "AD1, files of AccessData", "ad1",
	  .magic = "ADSEGMENTEDFILE", .magic_bytes = 15,
	  .medium = MUN_MEDIUM_UNKNOWN,
	  .reason = "holds files of a disk, not its sectors");
