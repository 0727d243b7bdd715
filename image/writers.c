/* SPDX-License-Identifier: Apache-2.0 */
/* image/writers.c - every format that is written; docs/formats.md has a row */
#include "image/writer.h"

const struct mun_writer *const mun_writers[] = {
	NULL,
};
