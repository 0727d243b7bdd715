/* SPDX-License-Identifier: Apache-2.0 */
/* cli/image_open.h - an image file or device that a command looks into */
#ifndef MUN_CLI_IMAGE_OPEN_H
#define MUN_CLI_IMAGE_OPEN_H

#include "cli/cli.h"
#include "image/companion.h"
#include "image/image.h"
#include "medium/device.h"

struct mun_opened {
	struct mun_device medium;
	struct mun_source *view; /* of a device; NULL: medium.source */
	struct mun_companions *companions;
	struct mun_source *parent;
	struct mun_companions *parent_companions;
	struct mun_image *img;
};

/**
 * mun_opened_open() - the image @path, decoded in the sandbox
 *
 * With --format and --parent of the command, where it has them.  Call while no
 * other thread of ours runs.
 * Return: 0 or an error that names @path; @out: mun_opened_close() either way.
 */
MUN_CHECK int mun_opened_open(const struct mun_cli *c, const char *path,
			      struct mun_opened *out, struct mun_err *e);

/* As mun_opened_open(), for who reads the body: a device is refused, as its bad
 * sectors would become zeros without a word. */
MUN_CHECK int mun_opened_file(const struct mun_cli *c, const char *path,
			      struct mun_opened *out, struct mun_err *e);
void mun_opened_close(struct mun_opened *o);

#endif
