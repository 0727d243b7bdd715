/* SPDX-License-Identifier: Apache-2.0 */
/* image/volume.c - file systems and tables that a few fixed bytes give away */
#include "image/volume.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <string.h>

struct magic {
	uint32_t off;
	uint32_t len; /* 0: no second magic */
	const char *bytes;
};

struct known {
	struct mun_volume volume;
	struct magic magic[2]; /* all of them */
};

#define MAGIC(off, text) \
	{ \
		(off), sizeof(text) - 1, (text) \
	}

/* The stricter ones first; a format's own documentation gives each. */
static const struct known table[] = {
	{ { "raw CD sectors of 2352 bytes", "", MUN_MEDIUM_OPTICAL, 2352 },
	  { MAGIC(0, "\0\377\377\377\377\377\377\377\377\377\377\0") } },
	{ { "High Sierra volume", "", MUN_MEDIUM_OPTICAL, 2048 },
	  { MAGIC(32777, "CDROM\1") } },
	{ { "NTFS volume", "", MUN_MEDIUM_DISK, 0 }, { MAGIC(3, "NTFS    ") } },
	{ { "exFAT volume", "fmt/1609", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(3, "EXFAT   ") } },
	{ { "HPFS volume", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(8192, "\x49\xe8\x95\xf9") } },
	{ { "HFS Plus volume", "fmt/1742", MUN_MEDIUM_UNKNOWN, 0 },
	  { MAGIC(1024, "H+\0\4") } },
	{ { "HFSX volume", "fmt/1742", MUN_MEDIUM_UNKNOWN, 0 },
	  { MAGIC(1024, "HX\0\5") } },
	{ { "HFS volume", "fmt/1105", MUN_MEDIUM_UNKNOWN, 0 },
	  { MAGIC(1024, "BD"), MAGIC(1038, "\0\3") } },
	{ { "MFS volume", "fmt/2068", MUN_MEDIUM_UNKNOWN, 0 },
	  { MAGIC(1024, "\xd2\xd7"), MAGIC(1038, "\0\4") } },
	{ { "Apple partition map", "fmt/1740", MUN_MEDIUM_UNKNOWN, 0 },
	  { MAGIC(0, "ER\2\0"), MAGIC(512, "PM") } },
	{ { "Amiga rigid disk block", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(0, "RDSK") } },
	{ { "Atari partition table", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(455, "GEM") } },
	{ { "Atari partition table", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(455, "BGM") } },
	{ { "Atari partition table", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(455, "XGM") } },
	{ { "Atari partition table", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(454, "\1RAW") } },
	{ { "BSD disklabel", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(512, "WEV\x82"), MAGIC(644, "WEV\x82") } },
	{ { "Sun disklabel", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(508, "\xda\xbe") } },
	{ { "BeFS volume", "", MUN_MEDIUM_DISK, 0 },
	  { MAGIC(544, "1SFB"), MAGIC(548, "EGIB") } },
	{ { "romfs volume", "", MUN_MEDIUM_UNKNOWN, 0 },
	  { MAGIC(0, "-rom1fs-") } },
	{ { "ext2/3/4 volume", "", MUN_MEDIUM_UNKNOWN, 0 },
	  { MAGIC(1080, "\x53\xef"), MAGIC(1084, "\1\0") } },
};

static const struct mun_volume udf_disc = { "UDF volume", "fmt/1738",
					    MUN_MEDIUM_OPTICAL, 2048 };
static const struct mun_volume udf_disk = { "UDF volume", "fmt/1738",
					    MUN_MEDIUM_DISK, 512 };

/* @got is set when every magic of @k is there. */
static int matches(struct mun_source *src, const struct known *k, bool *got,
		   struct mun_err *e)
{
	uint8_t buf[16];

	*got = false;
	for (size_t i = 0; i < MUN_COUNT(k->magic) && k->magic[i].len; i++) {
		const struct magic *m = &k->magic[i];
		int rc = mun_peek(src, buf, m->len, m->off, e);

		if (rc)
			return rc;
		if (memcmp(buf, m->bytes, m->len) != 0)
			return 0;
	}
	*got = true;
	return 0;
}

/*
 * ECMA-167: a descriptor "NSR02" or "NSR03" in the recognition area, which
 * counts in 2048 bytes on every medium, and an anchor (tag 2, which carries
 * its own address) in block 256, which counts in the medium's own sectors.
 */
static int probe_udf(struct mun_source *src, const struct mun_volume **out,
		     struct mun_err *e)
{
	bool nsr = false;
	uint8_t buf[16];
	int rc;

	for (uint64_t i = 16; i < 32 && !nsr; i++) {
		rc = mun_peek(src, buf, sizeof(buf), i * 2048, e);
		if (rc)
			return rc;
		nsr = memcmp(buf + 1, "NSR02", 5) == 0 ||
		      memcmp(buf + 1, "NSR03", 5) == 0;
	}
	if (!nsr)
		return 0;
	*out = &udf_disc;
	rc = mun_peek(src, buf, sizeof(buf), (uint64_t)256 * 512, e);
	if (!rc && mun_le16(buf) == 2 && mun_le32(buf + 12) == 256)
		*out = &udf_disk;
	return rc;
}

int mun_volume_probe(struct mun_source *src, const struct mun_volume **out,
		     struct mun_err *e)
{
	*out = NULL;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		bool got;
		int rc = matches(src, &table[i], &got, e);

		if (rc)
			return rc;
		if (got) {
			*out = &table[i].volume;
			return 0;
		}
	}
	return probe_udf(src, out, e);
}
