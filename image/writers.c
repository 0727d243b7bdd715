/* SPDX-License-Identifier: Apache-2.0 */
/* image/writers.c - every format that is written; docs/formats.md has a row */
#include "image/writer.h"

/* Disks */
extern const struct mun_writer mun_write_ewf; /* fmt_ewf_write.c */
extern const struct mun_writer mun_write_qcow2; /* fmt_qcow2_write.c */
extern const struct mun_writer mun_write_vmdk; /* fmt_vmdk_write.c */
extern const struct mun_writer mun_write_vhd; /* fmt_vhd_write.c */
extern const struct mun_writer mun_write_vhdx; /* fmt_vhdx_write.c */
extern const struct mun_writer mun_write_vdi; /* fmt_vdi_write.c */
extern const struct mun_writer mun_write_chd; /* fmt_chd_write.c */

/* Apple */
extern const struct mun_writer mun_write_udif; /* fmt_dmg_write.c */
extern const struct mun_writer mun_write_dc42; /* fmt_dc42_write.c */
extern const struct mun_writer mun_write_2mg; /* fmt_2mg_write.c */

/* Optical discs */
extern const struct mun_writer mun_write_iso; /* fmt_iso_write.c */
extern const struct mun_writer mun_write_cue; /* fmt_cue_write.c */
extern const struct mun_writer mun_write_toc; /* fmt_toc_write.c */

/* Floppy disks */
extern const struct mun_writer mun_write_imd; /* fmt_imd_write.c */
extern const struct mun_writer mun_write_edsk; /* fmt_dsk_write.c */
extern const struct mun_writer mun_write_msa; /* fmt_msa_write.c */
extern const struct mun_writer mun_write_adf; /* fmt_adf_write.c */
extern const struct mun_writer mun_write_d64; /* fmt_cbm_write.c */

/* Plain sectors */
extern const struct mun_writer mun_write_raw; /* fmt_raw_write.c */
extern const struct mun_writer mun_write_split; /* fmt_split_write.c */

const struct mun_writer *const mun_writers[] = {
	/* Disks */
	&mun_write_ewf,
	&mun_write_qcow2,
	&mun_write_vmdk,
	&mun_write_vhd,
	&mun_write_vhdx,
	&mun_write_vdi,
	&mun_write_chd,
	/* Apple */
	&mun_write_udif,
	&mun_write_dc42,
	&mun_write_2mg,
	/* Optical discs */
	&mun_write_iso,
	&mun_write_cue,
	&mun_write_toc,
	/* Floppy disks */
	&mun_write_imd,
	&mun_write_edsk,
	&mun_write_msa,
	&mun_write_adf,
	&mun_write_d64,
	/* Plain sectors */
	&mun_write_raw,
	&mun_write_split,
	NULL,
};
