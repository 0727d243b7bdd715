/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_formats.c - muniment formats */
#include "cli/cli.h"
#include "image/image.h"
#include "image/writer.h"

#include <stdio.h>

static const char *help_of(const struct mun_writer *w)
{
	return w->help ? w->help : "";
}

static void print_json(struct mun_jsonw *w)
{
	mun_jsonw_array(w, "formats");
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		const struct mun_image_driver *d = mun_image_drivers[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "name", d->name);
		mun_jsonw_text(w, "title", d->title);
		mun_jsonw_text(w, "suffixes", d->suffixes);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_array(w, "written");
	for (size_t i = 0; mun_writers[i]; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "name", mun_writers[i]->name);
		mun_jsonw_text(w, "title", mun_writers[i]->title);
		mun_jsonw_text(w, "suffixes", mun_writers[i]->suffixes);
		mun_jsonw_text(w, "options", help_of(mun_writers[i]));
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void print_text(void)
{
	(void)printf("Read:\n");
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		const struct mun_image_driver *d = mun_image_drivers[i];

		(void)printf("  %-12s %s (%s)\n", d->name, d->title,
			     d->suffixes);
	}
	(void)printf("\nWritten (convert --to NAME -o KEY=VALUE):\n");
	for (size_t i = 0; mun_writers[i]; i++) {
		const struct mun_writer *w = mun_writers[i];

		(void)printf("  %-12s %s (%s)\n", w->name, w->title,
			     w->suffixes);
		if (help_of(w)[0])
			(void)printf("  %-12s -o %s\n", "", help_of(w));
	}
}

int mun_cmd_formats(struct mun_cli *c)
{
	struct mun_jsonw w;

	if (!mun_cli_flag(c, "json")) {
		print_text();
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	print_json(&w);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}
