/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/imgwrite.h - a large, sparse file written past the page cache
 *
 * For disk images: what is aligned is written with O_DIRECT where the file
 * system has it, so that gigabytes neither cost a copy nor push other
 * programs' pages out of memory; what is not is written the ordinary way.
 * Bytes that are never written are holes and read as zeros.
 */
#ifndef MUN_CORE_IMGWRITE_H
#define MUN_CORE_IMGWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct mun_imgwriter;

/**
 * mun_imgwriter_open() - begin, or go on with, the file @path
 * @resume: keep the bytes that are there; else an old file is emptied
 * @out:    the caller's: mun_imgwriter_free()
 *
 * Made where it is missing.  A symbolic link is not followed, and nothing but
 * a regular file is ever written to.  The name is durable only after the
 * caller's mun_dir_sync() of the folder.
 * Return: 0, MUN_EINVAL for what is not a regular file, MUN_ENOENT for a
 * missing folder, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_imgwriter_open(const char *path, bool resume,
				 struct mun_imgwriter **out, struct mun_err *e);

/**
 * mun_imgwriter_write() - put @len bytes at byte @off, in any order
 * @data: best aligned to MUN_IO_ALIGN (core/source.h), as @off; other requests
 *        work and go through the page cache
 *
 * Return: 0, MUN_EINVAL for a range that ends above 2^63 - 1, or MUN_EIO;
 * after an error any part of the range may have been written.
 */
MUN_CHECK int mun_imgwriter_write(struct mun_imgwriter *w, const void *data,
				  size_t len, uint64_t off, struct mun_err *e);

/* A checkpoint: all that was written is on the disk when 0 is returned, and
 * readable after a crash by mun_imgwriter_open(resume).  0 or MUN_EIO. */
MUN_CHECK int mun_imgwriter_sync(struct mun_imgwriter *w, struct mun_err *e);

/**
 * mun_imgwriter_finish() - make the file exactly @size bytes, sync, close
 *
 * Also after an error the writer can only be freed.
 * Return: 0 when bytes and size are durable; MUN_EINVAL when more than @size
 * bytes were written (they would be lost); MUN_EIO.
 */
MUN_CHECK int mun_imgwriter_finish(struct mun_imgwriter *w, uint64_t size,
				   struct mun_err *e);

/* Without mun_imgwriter_finish() the file stays as it is.  NULL is fine. */
void mun_imgwriter_free(struct mun_imgwriter *w);
MUN_DEFINE_FREEP(imgwriter, mun_imgwriter_free);

#endif
