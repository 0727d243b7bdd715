/* SPDX-License-Identifier: Apache-2.0 */
/* image/drivers.c - every format there is; docs/formats.md has a row for each */
#include "image/image.h"

extern const struct mun_image_driver mun_image_floppy; /* fmt_floppy.c */
extern const struct mun_image_driver mun_image_iso; /* fmt_iso.c */
extern const struct mun_image_driver mun_image_raw; /* fmt_raw.c */
extern const struct mun_image_driver mun_image_qcow; /* fmt_qcow.c */
extern const struct mun_image_driver mun_image_qcow2; /* fmt_qcow2.c */

const struct mun_image_driver *const mun_image_drivers[] = {
	&mun_image_floppy,
	&mun_image_iso,
	&mun_image_raw,
	&mun_image_qcow,
	&mun_image_qcow2,
	NULL,
};
