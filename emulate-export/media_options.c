/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/media_options.c - "key=value key=value" for a writer */
#include "emulate-export/media_options.h"

#include <stdio.h>
#include <string.h>

int mun_media_options_parse(const char *text, struct mun_media_options *out,
			    struct mun_err *e)
{
	char *rest = out->text;
	char *word;

	memset(out, 0, sizeof(*out));
	out->options.list = out->list;
	(void)snprintf(out->text, sizeof(out->text), "%s", text);
	while ((word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');

		if (!*word)
			continue;
		if (!equals || out->options.n == MUN_MEDIA_OPTIONS)
			return mun_fail(e, MUN_EINVAL, "option '%s'", word);
		*equals = '\0';
		out->list[out->options.n++] =
			(struct mun_write_option){ .key = word,
						   .value = equals + 1 };
	}
	return 0;
}
