/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/dosbox_conf.h - configuration files of DOSBox and its kin
 *
 * Paths are relative to the folder that holds media/, with slashes, which
 * DOSBox takes everywhere.
 */
#ifndef MUN_EXPORT_DOSBOX_CONF_H
#define MUN_EXPORT_DOSBOX_CONF_H

#include "core/str.h"
#include "emulate-export/target.h"

struct mun_dosbox_dialect {
	/* imgmount takes several floppies for one drive, and "-ro"; CD-ROM
	 * drives and disks are on an IDE controller that a booted system sees.
	 */
	bool x;
};

/* Sections and [autoexec] for @p, whose slots are those of target_pc.h. */
void mun_dosbox_conf(const struct mun_target_set *s, const struct mun_plan *p,
		     const struct mun_dosbox_dialect *d, struct mun_str *o);

/* Notes that every dialect gives: drive letters, how media are changed; and how
 * well it suits: a DOS is at hand, so what does not start itself runs too. */
void mun_dosbox_notes(const struct mun_target_set *s, struct mun_plan *p,
		      const struct mun_dosbox_dialect *d);

/* Sizes of floppies in sectors that DOSBox 0.74 and DOSBox-X know; 0 ends. */
extern const uint32_t mun_dosbox_floppies[];
extern const uint32_t mun_dosbox_x_floppies[];

/* What it mounts without a system in it. */
#define MUN_DOSBOX_FAT "fat12 fat16"
#define MUN_DOSBOX_X_FAT "fat12 fat16 fat32"
#define MUN_DOSBOX_ISO "iso9660"

#endif
