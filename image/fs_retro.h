/* SPDX-License-Identifier: Apache-2.0 */
/* image/fs_retro.h - finders of what is neither a PC's nor a Unix's */
#ifndef MUN_IMAGE_FS_RETRO_H
#define MUN_IMAGE_FS_RETRO_H

#include "image/contents.h"

extern const struct mun_fs_finder mun_fs_hfs; /* fs_hfs.c: and HFS Plus */
extern const struct mun_fs_finder mun_fs_mfs; /* fs_mfs.c */
extern const struct mun_fs_finder mun_fs_apfs; /* fs_mfs.c */
extern const struct mun_fs_finder mun_fs_amiga; /* fs_amiga.c */
extern const struct mun_fs_finder mun_fs_amiga_pfs; /* fs_amiga.c */
extern const struct mun_fs_finder mun_fs_amiga_sfs; /* fs_amiga.c */
extern const struct mun_fs_finder mun_fs_cbm; /* fs_cbm.c */
extern const struct mun_fs_finder mun_fs_apple_dos; /* fs_apple2.c */
extern const struct mun_fs_finder mun_fs_prodos; /* fs_prodos.c */
extern const struct mun_fs_finder mun_fs_pascal; /* fs_pascal.c: UCSD */
extern const struct mun_fs_finder mun_fs_trdos; /* fs_spectrum.c */
extern const struct mun_fs_finder mun_fs_mgt; /* fs_spectrum.c: weak */
extern const struct mun_fs_finder mun_fs_acorn_dfs; /* fs_acorn.c */
extern const struct mun_fs_finder mun_fs_adfs; /* fs_acorn.c */
extern const struct mun_fs_finder mun_fs_atari_dos; /* fs_atari8.c */
extern const struct mun_fs_finder mun_fs_dec; /* fs_dec.c: RT-11, Files-11 */
extern const struct mun_fs_finder mun_fs_japan; /* fs_japan.c: marks only */
extern const struct mun_fs_finder mun_fs_cpm; /* fs_cpm.c: weak */

#endif
