/* SPDX-License-Identifier: Apache-2.0 */
/* core/parse.h - numbers, sizes and durations as people write them */
#ifndef MUN_CORE_PARSE_H
#define MUN_CORE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

/* A decimal number, all of @text, between @min and @max; else MUN_EINVAL. */
MUN_CHECK int mun_parse_u64(const char *text, uint64_t min, uint64_t max,
			    uint64_t *out, struct mun_err *e);

/* Bytes: "4096", "64K", "4M", "80MiB", "2G", "1TiB" (powers of 1024), "1MB"
 * (powers of 1000).  MUN_EINVAL for anything else or an overflow. */
MUN_CHECK int mun_parse_size(const char *text, uint64_t *out,
			     struct mun_err *e);

/* Seconds: "90d", "12h", "30m", "45s", "2w"; a bare number is an error. */
MUN_CHECK int mun_parse_duration(const char *text, uint64_t *out,
				 struct mun_err *e);

/* yes/no, true/false, on/off, 1/0. */
MUN_CHECK int mun_parse_bool(const char *text, bool *out, struct mun_err *e);

/* "1.4 MB" style with at most 3 digits, powers of 1000; fits in 16 bytes. */
void mun_human_bytes(uint64_t bytes, char out[static 16]);

#endif
