/* SPDX-License-Identifier: Apache-2.0 */
/* image/drivers.c - every format there is; docs/formats.md has a row for each */
#include "image/image.h"

/* Disks */
extern const struct mun_image_driver mun_image_ewf; /* fmt_ewf.c */
extern const struct mun_image_driver mun_image_aff; /* fmt_aff.c */
extern const struct mun_image_driver mun_image_qcow; /* fmt_qcow.c */
extern const struct mun_image_driver mun_image_qcow2; /* fmt_qcow2.c */
extern const struct mun_image_driver mun_image_qed; /* fmt_qed.c */
extern const struct mun_image_driver mun_image_vmdk; /* fmt_vmdk.c */
extern const struct mun_image_driver mun_image_vhd; /* fmt_vhd.c */
extern const struct mun_image_driver mun_image_vhdx; /* fmt_vhdx.c */
extern const struct mun_image_driver mun_image_vdi; /* fmt_vdi.c */
extern const struct mun_image_driver mun_image_parallels; /* fmt_parallels.c */
extern const struct mun_image_driver mun_image_bochs; /* fmt_bochs.c */
extern const struct mun_image_driver mun_image_cloop; /* fmt_cloop.c */
extern const struct mun_image_driver mun_image_rside; /* fmt_rside.c */
extern const struct mun_image_driver mun_image_chd; /* fmt_chd.c */

/* Apple */
extern const struct mun_image_driver mun_image_udif; /* fmt_dmg.c */
extern const struct mun_image_driver mun_image_ndif; /* fmt_ndif.c */
extern const struct mun_image_driver mun_image_dc42; /* fmt_dc42.c */
extern const struct mun_image_driver mun_image_2mg; /* fmt_2mg.c */
extern const struct mun_image_driver mun_image_macbinary; /* fmt_macbinary.c */
extern const struct mun_image_driver
	mun_image_applesingle; /* fmt_macbinary.c */
extern const struct mun_image_driver mun_image_apple2_do; /* fmt_apple2.c */
extern const struct mun_image_driver mun_image_apple2_po; /* fmt_apple2.c */
extern const struct mun_image_driver mun_image_apple2_d13; /* fmt_apple2.c */

/* Optical discs */
extern const struct mun_image_driver mun_image_iso; /* fmt_iso.c */
extern const struct mun_image_driver mun_image_udf; /* fmt_iso_udf.c */
extern const struct mun_image_driver mun_image_cue; /* fmt_cue.c */
extern const struct mun_image_driver mun_image_toc; /* fmt_toc.c */
extern const struct mun_image_driver mun_image_nrg; /* fmt_nrg.c */
extern const struct mun_image_driver mun_image_mds; /* fmt_mds.c */
extern const struct mun_image_driver mun_image_ccd; /* fmt_ccd.c */
extern const struct mun_image_driver mun_image_cdraw; /* fmt_cdraw.c */

/* Floppy disks, by sector */
extern const struct mun_image_driver mun_image_imd; /* fmt_imd.c */
extern const struct mun_image_driver mun_image_td0; /* fmt_td0.c */
extern const struct mun_image_driver mun_image_cqm; /* fmt_cqm.c */
extern const struct mun_image_driver mun_image_dsk; /* fmt_dsk.c */
extern const struct mun_image_driver mun_image_edsk; /* fmt_dsk.c */
extern const struct mun_image_driver mun_image_d88; /* fmt_d88.c */
extern const struct mun_image_driver mun_image_msa; /* fmt_msa.c */
extern const struct mun_image_driver mun_image_stx; /* fmt_stx.c */
extern const struct mun_image_driver mun_image_dim_atari; /* fmt_dim.c */
extern const struct mun_image_driver mun_image_dim_x68k; /* fmt_dim.c */
extern const struct mun_image_driver mun_image_fdi; /* fmt_fdi.c */
extern const struct mun_image_driver mun_image_adf; /* fmt_adf.c */
extern const struct mun_image_driver mun_image_adf_ext; /* fmt_adf_ext.c */
extern const struct mun_image_driver mun_image_d64; /* fmt_cbm.c */
extern const struct mun_image_driver mun_image_d71; /* fmt_cbm.c */
extern const struct mun_image_driver mun_image_d81; /* fmt_cbm.c */
extern const struct mun_image_driver mun_image_d80; /* fmt_cbm.c */
extern const struct mun_image_driver mun_image_d82; /* fmt_cbm.c */
extern const struct mun_image_driver mun_image_d67; /* fmt_cbm.c */
extern const struct mun_image_driver mun_image_atr; /* fmt_atr.c */
extern const struct mun_image_driver mun_image_dfs; /* fmt_8bit.c */
extern const struct mun_image_driver mun_image_trd; /* fmt_8bit.c */
extern const struct mun_image_driver mun_image_mgt; /* fmt_8bit.c */

/* Floppy disks, by bit cells or flux */
extern const struct mun_image_driver mun_image_hfe; /* fmt_hfe.c */
extern const struct mun_image_driver mun_image_mfm; /* fmt_mfm.c */
extern const struct mun_image_driver mun_image_86f; /* fmt_86f.c */
extern const struct mun_image_driver mun_image_g64; /* fmt_g64.c */
extern const struct mun_image_driver mun_image_nib; /* fmt_nib.c */
extern const struct mun_image_driver mun_image_mnib; /* fmt_nib.c */
extern const struct mun_image_driver mun_image_woz; /* fmt_woz.c */
extern const struct mun_image_driver mun_image_moof; /* fmt_woz.c */
extern const struct mun_image_driver mun_image_scp; /* fmt_scp.c */
extern const struct mun_image_driver mun_image_kryoflux; /* fmt_kryoflux.c */
extern const struct mun_image_driver mun_image_a2r; /* fmt_a2r.c */

/* Wrapped, and in parts */
extern const struct mun_image_driver mun_image_gz; /* fmt_gz.c */
extern const struct mun_image_driver mun_image_imz; /* fmt_imz.c */
extern const struct mun_image_driver mun_image_split; /* fmt_split.c */

/* Named, and kept as they are: disks */
extern const struct mun_image_driver mun_image_aaru; /* fmt_named_disk.c */
extern const struct mun_image_driver mun_image_aff4; /* fmt_named_disk.c */
extern const struct mun_image_driver mun_image_ad1; /* fmt_named_disk.c */
extern const struct mun_image_driver mun_image_luks; /* fmt_named_disk.c */
extern const struct mun_image_driver mun_image_partimage; /* fmt_named_disk.c */
extern const struct mun_image_driver mun_image_ntfsclone; /* fmt_named_disk.c */

/* Named, and kept as they are: optical discs */
extern const struct mun_image_driver mun_image_b5t; /* fmt_named_disc.c */
extern const struct mun_image_driver mun_image_cdi; /* fmt_named_disc.c */
extern const struct mun_image_driver mun_image_gdi; /* fmt_named_disc.c */
extern const struct mun_image_driver mun_image_c2d; /* fmt_named_disc.c */
extern const struct mun_image_driver mun_image_isz; /* fmt_named_disc.c */
extern const struct mun_image_driver mun_image_daa; /* fmt_named_disc.c */
extern const struct mun_image_driver mun_image_cso; /* fmt_named_disc.c */
extern const struct mun_image_driver mun_image_ecm; /* fmt_named_disc.c */
extern const struct mun_image_driver mun_image_uif; /* fmt_named_disc.c */

/* Named, and kept as they are: floppy disks */
extern const struct mun_image_driver mun_image_ipf; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_ctraw; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_mfi; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_psi; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_pri; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_pbit; /* fmt_named_floppy.c */
extern const struct mun_image_driver
	mun_image_transcopy; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_dmk; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_udi; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_scl; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_nfd; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_hdcopy; /* fmt_named_floppy.c */
extern const struct mun_image_driver
	mun_image_savedskf; /* fmt_named_floppy.c */
extern const struct mun_image_driver
	mun_image_apridisk; /* fmt_named_floppy.c */
extern const struct mun_image_driver
	mun_image_fluxengine; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_dms; /* fmt_named_floppy.c */
extern const struct mun_image_driver mun_image_x64; /* fmt_named_floppy.c */

/* Plain sectors */
extern const struct mun_image_driver mun_image_floppy; /* fmt_floppy.c */
extern const struct mun_image_driver mun_image_raw; /* fmt_raw.c */

const struct mun_image_driver *const mun_image_drivers[] = {
	/* Disks */
	&mun_image_ewf,
	&mun_image_aff,
	&mun_image_qcow,
	&mun_image_qcow2,
	&mun_image_qed,
	&mun_image_vmdk,
	&mun_image_vhd,
	&mun_image_vhdx,
	&mun_image_vdi,
	&mun_image_parallels,
	&mun_image_bochs,
	&mun_image_cloop,
	&mun_image_rside,
	&mun_image_chd,
	/* Apple */
	&mun_image_udif,
	&mun_image_ndif,
	&mun_image_dc42,
	&mun_image_2mg,
	&mun_image_macbinary,
	&mun_image_applesingle,
	&mun_image_apple2_do,
	&mun_image_apple2_po,
	&mun_image_apple2_d13,
	/* Optical discs */
	&mun_image_iso,
	&mun_image_udf,
	&mun_image_cue,
	&mun_image_toc,
	&mun_image_nrg,
	&mun_image_mds,
	&mun_image_ccd,
	&mun_image_cdraw,
	/* Floppy disks, by sector */
	&mun_image_imd,
	&mun_image_td0,
	&mun_image_cqm,
	&mun_image_dsk,
	&mun_image_edsk,
	&mun_image_d88,
	&mun_image_msa,
	&mun_image_stx,
	&mun_image_dim_atari,
	&mun_image_dim_x68k,
	&mun_image_fdi,
	&mun_image_adf,
	&mun_image_adf_ext,
	&mun_image_d64,
	&mun_image_d71,
	&mun_image_d81,
	&mun_image_d80,
	&mun_image_d82,
	&mun_image_d67,
	&mun_image_atr,
	&mun_image_dfs,
	&mun_image_trd,
	&mun_image_mgt,
	/* Floppy disks, by bit cells or flux */
	&mun_image_hfe,
	&mun_image_mfm,
	&mun_image_86f,
	&mun_image_g64,
	&mun_image_nib,
	&mun_image_mnib,
	&mun_image_woz,
	&mun_image_moof,
	&mun_image_scp,
	&mun_image_kryoflux,
	&mun_image_a2r,
	/* Wrapped, and in parts */
	&mun_image_gz,
	&mun_image_imz,
	&mun_image_split,
	/* Named, and kept as they are: disks */
	&mun_image_aaru,
	&mun_image_aff4,
	&mun_image_ad1,
	&mun_image_luks,
	&mun_image_partimage,
	&mun_image_ntfsclone,
	/* Named, and kept as they are: optical discs */
	&mun_image_b5t,
	&mun_image_cdi,
	&mun_image_gdi,
	&mun_image_c2d,
	&mun_image_isz,
	&mun_image_daa,
	&mun_image_cso,
	&mun_image_ecm,
	&mun_image_uif,
	/* Named, and kept as they are: floppy disks */
	&mun_image_ipf,
	&mun_image_ctraw,
	&mun_image_mfi,
	&mun_image_psi,
	&mun_image_pri,
	&mun_image_pbit,
	&mun_image_transcopy,
	&mun_image_dmk,
	&mun_image_udi,
	&mun_image_scl,
	&mun_image_nfd,
	&mun_image_hdcopy,
	&mun_image_savedskf,
	&mun_image_apridisk,
	&mun_image_fluxengine,
	&mun_image_dms,
	&mun_image_x64,
	/* Plain sectors */
	&mun_image_floppy,
	&mun_image_raw,
	NULL,
};
