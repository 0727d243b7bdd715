/* SPDX-License-Identifier: Apache-2.0 */
/* image/writers.c - every format that is written; docs/formats.md has a row */
#include "image/writer.h"

extern const struct mun_writer mun_write_raw; /* fmt_raw_write.c */
extern const struct mun_writer mun_write_split; /* fmt_split_write.c */
extern const struct mun_writer mun_write_qcow2; /* fmt_qcow2_write.c */

const struct mun_writer *const mun_writers[] = {
	&mun_write_raw,
	&mun_write_split,
	&mun_write_qcow2,
	NULL,
};
