/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/verify_box.h - what lies in a folder or an archive, in order
 *
 * One walk over all of it: each entry is told, and of those that are wanted the
 * bytes come, in order.  Nothing is written anywhere and no link is followed.
 */
#ifndef MUN_EXPORT_VERIFY_BOX_H
#define MUN_EXPORT_VERIFY_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum mun_box_kind {
	MUN_BOX_FILE,
	MUN_BOX_FOLDER,
	MUN_BOX_LINK, /* symbolic, or a hard link of a tar */
	MUN_BOX_SPECIAL, /* a device, a FIFO, a socket */
};

/* Of names and paths; a longer one breaks the archive. */
#define MUN_BOX_PATH_MAX ((size_t)32 << 10)
#define MUN_BOX_ENTRIES 4000000u

struct mun_box_entry {
	const char *path; /* as it stands there, without "/" at the end; lent */
	enum mun_box_kind kind;
	bool has_bytes;
	uint64_t bytes; /* as its header says */
};

/* Any result but 0 ends the walk and is its result. */
struct mun_box_fn {
	/* @want: are its bytes to come?  Only files can be wanted. */
	int (*begin)(void *ctx, const struct mun_box_entry *x, bool *want,
		     struct mun_err *e);
	int (*data)(void *ctx, const void *data, size_t len, struct mun_err *e);
	/* No more bytes; @why they are not all or not to be trusted, else
	 * NULL. */
	int (*end)(void *ctx, const char *why, struct mun_err *e);
	void *ctx;
};

struct mun_box;

struct mun_box_ops {
	int (*walk)(struct mun_box *b, const struct mun_box_fn *fn,
		    struct mun_err *e);
	/* One regular file, to be read in any order: MUN_EUNSUPPORTED where
	 * that takes unpacking. */
	int (*open)(struct mun_box *b, const char *path, int *fd_out,
		    uint64_t *bytes_out, struct mun_err *e);
	void (*close)(struct mun_box *b); /* frees @b itself */
};

struct mun_box {
	const struct mun_box_ops *ops;
	const char *form; /* "folder", "zip" */
};

/**
 * mun_box_open_folder() - the folder @path
 *
 * Return: 0, MUN_ENOENT, MUN_EINVAL for what is no folder, MUN_EIO,
 * MUN_ENOMEM.  Of a walk: MUN_EIO where a folder in it cannot be listed; a file
 * that cannot be read is told to end().
 */
MUN_CHECK int mun_box_open_folder(const char *path, struct mun_box **out,
				  struct mun_err *e);

/**
 * mun_box_open_archive() - the zip, tar or tar.gz @path
 *
 * Every walk is a sandboxed child of its own, which takes the archive apart
 * and hands the pieces over (core/sandbox_serve.h): call while no other thread
 * of ours runs.
 * Return: 0, MUN_ENOENT, MUN_EINVAL for what is no regular file, MUN_EIO,
 * MUN_ENOMEM.  Of a walk: MUN_ECORRUPT where the archive is broken, cut off,
 * claims more than it can hold, or its reader was killed.
 */
MUN_CHECK int mun_box_open_archive(const char *path, struct mun_box **out,
				   struct mun_err *e);

/* "zip", "tar" or "tar.gz" by the first bytes, else by the name; NULL: none. */
const char *mun_box_archive_form(const char *path);

void mun_box_close(struct mun_box *b); /* NULL is fine */
MUN_DEFINE_FREEP(box, mun_box_close);

#endif
