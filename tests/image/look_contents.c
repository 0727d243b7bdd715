/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/look_contents.c - what is in the images given, in lines of fields
 * with tabs between, for scripts that compare it with what others say
 */
#include "core/source.h"
#include "image/contents.h"
#include "image/remote.h"

#include <stdio.h>
#include <stdlib.h>

static void show_marks(const char *of, const struct mun_mark *marks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)printf("mark\t%s\t%s\t%s\n", of, marks[i].word,
			     marks[i].text);
}

static void show_volume(const struct mun_contents_volume *v)
{
	(void)printf("volume\t%u\t%llu\t%llu\t%s\t%s\t%s\t%s\t%s\t%s\t%u\t%s\t"
		     "%s\t%s\n",
		     v->part, (unsigned long long)v->off,
		     (unsigned long long)v->bytes, v->fs, v->title, v->label,
		     v->serial, v->puid, v->oem, v->block_bytes,
		     mun_boots_name(v->boots), v->boot_text,
		     v->damaged ? "damaged" : "");
	show_marks(v->fs, v->marks, v->nmarks);
}

static void show(const char *path, const struct mun_contents *c)
{
	(void)printf("image\t%s\t%s\t%s\t%s\t%s\t%s\n", path, c->table,
		     mun_boots_name(c->boots), c->boot_text,
		     c->table_damaged ? "damaged" : "", c->more ? "more" : "");
	show_marks("", c->marks, c->nmarks);
	for (size_t i = 0; i < c->nparts; i++) {
		const struct mun_contents_part *p = &c->parts[i];

		(void)printf("part\t%u\t%llu\t%llu\t%s\t%s\t%s\n", p->number,
			     (unsigned long long)p->off,
			     (unsigned long long)p->bytes, p->type, p->name,
			     p->active ? "active" : "");
	}
	for (size_t i = 0; i < c->nvolumes; i++)
		show_volume(&c->volumes[i]);
}

int main(int argc, char **argv)
{
	struct mun_contents *c = calloc(1, sizeof(*c));
	int status = 0;

	for (int i = 1; c && i < argc; i++) {
		mun_auto(image) *img = NULL;
		char text[1024];
		struct mun_err e;
		int rc = mun_remote_open_path(argv[i], NULL, NULL, &img, &e);

		if (!rc)
			rc = mun_contents_of(img, c, &e);
		if (rc) {
			(void)printf("error\t%s\t%s\n", argv[i],
				     mun_err_text(&e, text, sizeof(text), 0));
			status = 1;
			continue;
		}
		show(argv[i], c);
	}
	free(c);
	return status;
}
