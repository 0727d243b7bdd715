/* SPDX-License-Identifier: Apache-2.0 */
/* core/embed.h - files that the binary carries (cmake/MunEmbed.cmake) */
#ifndef MUN_CORE_EMBED_H
#define MUN_CORE_EMBED_H

#include <stddef.h>

/* A table of these ends with a NULL name; a NUL follows the last byte. */
struct mun_embedded {
	const char *name; /* without its folder */
	const unsigned char *bytes;
	size_t len;
};

extern const struct mun_embedded mun_sql_migrations[];

#endif
