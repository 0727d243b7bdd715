/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/platform_signs.h - signs that are more than one word, for the table of
 * image/platform_rules.c
 *
 * Each says whether it is so, and why, for people.
 */
#ifndef MUN_IMAGE_PLATFORM_SIGNS_H
#define MUN_IMAGE_PLATFORM_SIGNS_H

#include "image/platform_rules.h"

typedef bool mun_platform_sign(const struct mun_platform_view *v, char *why,
			       size_t size);

mun_platform_sign mun_platform_sign_system_of_68k;
mun_platform_sign mun_platform_sign_cd_i_alone;
mun_platform_sign mun_platform_sign_apple_map;
mun_platform_sign mun_platform_sign_apple_map_of_disc;
mun_platform_sign mun_platform_sign_cells_of_525;
mun_platform_sign mun_platform_sign_cells_of_35;
mun_platform_sign mun_platform_sign_cpc_container;
mun_platform_sign mun_platform_sign_cpm_of_nobody;
mun_platform_sign mun_platform_sign_programs_on_disk;
mun_platform_sign mun_platform_sign_programs_on_disc;
mun_platform_sign mun_platform_sign_fat_of_1024;
mun_platform_sign mun_platform_sign_fat_of_stretched_size;
mun_platform_sign mun_platform_sign_boot_sector_of_nt;
mun_platform_sign mun_platform_sign_fat_of_pc_size;
mun_platform_sign mun_platform_sign_boot_sector_of_pc;
mun_platform_sign mun_platform_sign_fat_of_shared_size;
mun_platform_sign mun_platform_sign_oem_ihc;
mun_platform_sign mun_platform_sign_size_of_pc98;
mun_platform_sign mun_platform_sign_disc_for_both;

#endif
