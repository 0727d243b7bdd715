/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/companion.h - the files that an image names beside itself
 *
 * Segments, tracks, extents, parents.  A name from inside an image never leads
 * out of the folder of that image, over a symbolic link, or to anything but a
 * regular file.
 */
#ifndef MUN_IMAGE_COMPANION_H
#define MUN_IMAGE_COMPANION_H

#include <stddef.h>

#include "core/err.h"
#include "core/source.h"

/* At most so many are opened for one image. */
#define MUN_COMPANIONS 4096u

struct mun_companions;

struct mun_companions_ops {
	int (*open)(struct mun_companions *c, const char *name,
		    struct mun_source **out, struct mun_err *e);
	void (*close)(struct mun_companions *c); /* frees @c itself */
};

struct mun_companions {
	const struct mun_companions_ops *ops;
};

/**
 * mun_companion_open() - open the file @name beside the image
 * @c:    NULL: there is nothing beside it
 * @name: as it stands in the image. A path of another system ("C:\\a\\b.bin",
 *        "/Volumes/x/b.bin") is taken by its last part only; where no file has
 *        this name, one that differs in the case of ASCII letters is taken if
 *        it is the only one.
 * @out:  the caller's; any number of threads may read it
 *
 * Return: 0; MUN_ENOENT (says where it was looked for); MUN_EINVAL for a name
 * that is none, a link, a device, a folder; MUN_EIO.
 */
MUN_CHECK int mun_companion_open(struct mun_companions *c, const char *name,
				 struct mun_source **out, struct mun_err *e);

/* The last part of a path of any system, as mun_companion_open() takes it; a
 * part of @name. */
const char *mun_companion_last(const char *name);

/**
 * mun_companions_folder() - the files of one folder
 * @path: the image's own path, or any other file of that folder
 *
 * Return: 0, MUN_ENOENT, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_companions_folder(const char *path,
				    struct mun_companions **out,
				    struct mun_err *e);

void mun_companions_close(struct mun_companions *c); /* NULL is fine */
MUN_DEFINE_FREEP(companions, mun_companions_close);

#endif
