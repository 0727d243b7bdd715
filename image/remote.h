/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/remote.h - an image that is decoded by a child in the sandbox
 *
 * What comes from outside is parsed by a process that can only read and compute
 * (core/sandbox.h).  The image that the caller gets behaves as any other: its
 * tables are checked copies, its bytes come through shared memory, several
 * threads read at once.  A child that dies makes every further call
 * MUN_ECORRUPT; nothing else happens.
 */
#ifndef MUN_IMAGE_REMOTE_H
#define MUN_IMAGE_REMOTE_H

#include <stdbool.h>

#include "core/err.h"
#include "core/source.h"
#include "image/companion.h"
#include "image/contents.h"
#include "image/image.h"

struct mun_remote_request {
	struct mun_source *src; /* must outlive the image; read by several
				 * threads at once */
	/* This process reads @src for the child: where that takes more than
	 * pread(2), as commands to a drive do. */
	bool served;
	const char *file_name; /* without folder; may be NULL */
	const char *format; /* NULL: they bid */
	struct mun_companions *companions; /* served by this process; NULL */
	struct mun_source *parent; /* of a differencing image; NULL */
	const char *parent_name; /* without folder */
	struct mun_companions *parent_companions;
	unsigned int threads; /* 0: as many as there are processors, up to 8 */
	/* The child stays even where nobody needs it to decode. */
	bool stays;
};

/**
 * mun_remote_open() - as mun_image_open_with(), in a child
 * @out: the caller's: mun_image_free(), which ends the child
 *
 * Call while no other thread of ours runs.  Where the decoded bytes are the
 * source's own they are read from it directly, without the child.
 * Return: as mun_image_open_with(); MUN_ECORRUPT where the child was killed
 * or answers what makes no sense.
 */
MUN_CHECK int mun_remote_open(const struct mun_remote_request *q,
			      struct mun_image **out, struct mun_err *e);

/* A file and what lies beside it, both owned by the image. @parent: path of the
 * image that it is a difference to, or NULL. */
MUN_CHECK int mun_remote_open_path(const char *path, const char *format,
				   const char *parent, struct mun_image **out,
				   struct mun_err *e);

/**
 * mun_remote_contents() - mun_contents_read() by the child of @img
 * @asked_out: false: @img has no child, and its bytes can be read by any
 *             process that has our descriptors; @out is not set
 *
 * Where @img has no child any more but only this process can read its bytes
 * (mun_remote_request.served), another one is made for it: call while no other
 * thread of ours runs.
 * Return: as mun_contents_of().
 */
MUN_CHECK int mun_remote_contents(struct mun_image *img,
				  struct mun_contents *out, bool *asked_out,
				  struct mun_err *e);

#endif
