/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_formats.c - muniment formats */
#include "cli/cli.h"
#include "image/image.h"

#include <stdio.h>

int mun_cmd_formats(struct mun_cli *c)
{
	bool json = mun_cli_flag(c, "json");
	struct mun_jsonw w;

	if (json) {
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "formats");
	}
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		const struct mun_image_driver *d = mun_image_drivers[i];

		if (!json) {
			(void)printf("%-10s %s (%s)\n", d->name, d->title,
				     d->suffixes);
			continue;
		}
		mun_jsonw_object(&w, NULL);
		mun_jsonw_text(&w, "name", d->name);
		mun_jsonw_text(&w, "title", d->title);
		mun_jsonw_text(&w, "suffixes", d->suffixes);
		mun_jsonw_end_object(&w);
	}
	if (!json)
		return MUN_EXIT_DONE;
	mun_jsonw_end_array(&w);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}
