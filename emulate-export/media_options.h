/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/media_options.h - "key=value key=value" for a writer */
#ifndef MUN_EXPORT_MEDIA_OPTIONS_H
#define MUN_EXPORT_MEDIA_OPTIONS_H

#include "core/err.h"
#include "image/writer.h"

#define MUN_MEDIA_OPTIONS 8u

/* Not to be moved: it points into itself. */
struct mun_media_options {
	struct mun_write_options options;
	struct mun_write_option list[MUN_MEDIA_OPTIONS];
	char text[96];
};

/* 0, or MUN_EINVAL where a word has no '=', or there are too many. */
MUN_CHECK int mun_media_options_parse(const char *text,
				      struct mun_media_options *out,
				      struct mun_err *e);

#endif
