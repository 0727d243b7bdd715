/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/output.h - the files of an image that is being made: whole or absent
 *
 * Every file is written under another name in the target's folder and gets its
 * own when all are whole and synced, the main one last.  What was not finished
 * is removed.
 */
#ifndef MUN_IMAGE_OUTPUT_H
#define MUN_IMAGE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

struct mun_output;
struct mun_outfile;

/**
 * mun_output_new() - files in the folder of @path, which is the main one
 * @path: must not exist: MUN_EEXIST
 */
MUN_CHECK int mun_output_new(const char *path, struct mun_output **out,
			     struct mun_err *e);

/* The last part of the main path; and without its suffix ("disk" of
 * "/a/disk.vmdk"), for names of further files. */
const char *mun_output_name(const struct mun_output *o);
const char *mun_output_stem(const struct mun_output *o);

/**
 * mun_output_file() - begin a file
 * @name: NULL for the main one; else a name in the same folder
 * @file: the output's; valid until mun_output_free()
 *
 * Return: 0, MUN_EEXIST, MUN_EINVAL for a name that is none, MUN_EIO.
 */
MUN_CHECK int mun_output_file(struct mun_output *o, const char *name,
			      struct mun_outfile **file, struct mun_err *e);

/* @len bytes at byte @off, in any order, by any number of threads (no two of
 * them on the same bytes).  What is never written is a hole. 0 or MUN_EIO. */
MUN_CHECK int mun_outfile_write(struct mun_outfile *f, const void *data,
				size_t len, uint64_t off, struct mun_err *e);

/* The file ends at byte @size: cut or extended with a hole. 0 or MUN_EIO.
 * Without this call it ends after the last byte that was written. */
MUN_CHECK int mun_outfile_set_size(struct mun_outfile *f, uint64_t size,
				   struct mun_err *e);

/* All files as long as they should be, synced and closed, under their other
 * names still.  Nothing can be written after it.  0 or MUN_EIO. */
MUN_CHECK int mun_output_settle(struct mun_output *o, struct mun_err *e);

/**
 * mun_output_source() - what was written as @name, after mun_output_settle()
 * @name: without folder
 * @out:  the caller's
 *
 * Return: 0, MUN_ENOENT where no such file was made, MUN_EIO.
 */
MUN_CHECK int mun_output_source(struct mun_output *o, const char *name,
				struct mun_source **out, struct mun_err *e);

/**
 * mun_output_finish() - sync all files, give them their names, sync the folder
 *
 * Return: 0 when all is durable; MUN_EEXIST where a name has been taken
 * meanwhile, MUN_EIO; then none of the names is there, or it is said which.
 */
MUN_CHECK int mun_output_finish(struct mun_output *o, struct mun_err *e);

/* Removes what was not finished.  NULL is fine. */
void mun_output_free(struct mun_output *o);
MUN_DEFINE_FREEP(output, mun_output_free);

#endif
