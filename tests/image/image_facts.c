/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/image_facts.c - what we take each image file for, a line per file
 *
 * FILE, format, variant, label, medium, sector size, bytes, CxHxS, tracks,
 * PUID, note; tab-separated.  Each file is opened here and again in the
 * sandbox, and a difference ends the program, as does an error.  Run by
 * corpus.py.
 */
#include "core/source.h"
#include "image/identify.h"
#include "image/image.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *path, const struct mun_err *e)
{
	char text[1024];

	fprintf(stderr, "%s: %s\n", path,
		mun_err_text(e, text, sizeof(text), 0));
	return 2;
}

/* The sandbox must make no difference. */
static int differs(const struct mun_image *img, const struct mun_image_facts *f)
{
	return strcmp(img->driver->name, f->format) != 0 ||
	       strcmp(img->variant, f->variant) != 0 ||
	       strcmp(img->volume_label, f->volume_label) != 0 ||
	       strcmp(img->puid, f->puid) != 0 ||
	       strcmp(img->note, f->note) != 0 || img->medium != f->medium ||
	       img->sector_bytes != f->sector_bytes || img->bytes != f->bytes ||
	       img->ntracks != f->tracks ||
	       memcmp(&img->geometry, &f->geometry, sizeof(f->geometry)) != 0;
}

static int facts(const char *path)
{
	static const char *const media[] = { "unknown", "floppy", "optical",
					     "disk" };
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_image_facts f;
	struct mun_err e;

	if (mun_source_open_file(path, &src, &e) ||
	    mun_image_open(src, path, NULL, &img, &e) ||
	    mun_identify(src, path, NULL, &f, &e))
		return fail(path, &e);
	if (differs(img, &f)) {
		fprintf(stderr, "%s: the sandbox sees it differently\n", path);
		return 2;
	}
	printf("%s\t%s\t%s\t%s\t%s\t%u\t%" PRIu64 "\t%ux%ux%u\t%u\t%s\t%s\n",
	       path, f.format, f.variant, f.volume_label, media[f.medium],
	       f.sector_bytes, f.bytes, f.geometry.cylinders, f.geometry.heads,
	       f.geometry.sectors, f.tracks, f.puid, f.note);
	return 0;
}

int main(int argc, char **argv)
{
	int worst = 0;

	for (int i = 1; i < argc; i++)
		if (facts(argv[i]))
			worst = 2;
	return fflush(stdout) || ferror(stdout) ? 2 : worst;
}
