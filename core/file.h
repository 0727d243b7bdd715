/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/file.h - files and folders that come into being whole or not at all
 *
 * "Durable" means: the bytes, the name and the folder that holds the name have
 * been given to fsync(2) and it did not fail.
 */
#ifndef MUN_CORE_FILE_H
#define MUN_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/**
 * mun_write_all() - write @len bytes at the descriptor's position
 *
 * Goes on after short writes and EINTR.
 * Return: 0 or MUN_EIO; after an error the position is unknown.
 */
MUN_CHECK int mun_write_all(int fd, const void *data, size_t len,
			    struct mun_err *e);

/* As mun_write_all(), at byte @off; the position does not move. */
MUN_CHECK int mun_pwrite_all(int fd, const void *data, size_t len, uint64_t off,
			     struct mun_err *e);

/**
 * mun_pread_full() - read exactly @len bytes at byte @off
 *
 * Return: 0, MUN_EIO (sys is the errno), or MUN_ECORRUPT where the file ends
 * before (sys is 0).
 */
MUN_CHECK int mun_pread_full(int fd, void *buf, size_t len, uint64_t off,
			     struct mun_err *e);

/**
 * mun_file_write_new() - make the file @dir/@name, which must not exist
 *
 * Durable when 0 is returned; otherwise no file @name came into being.
 * Return: 0, MUN_EEXIST, or MUN_EIO.
 */
MUN_CHECK int mun_file_write_new(const char *dir, const char *name,
				 const void *data, size_t len,
				 struct mun_err *e);

/* As above, but an old @name is replaced in one step: at every moment the name
 * shows either the old bytes or the new. */
MUN_CHECK int mun_file_replace(const char *dir, const char *name,
			       const void *data, size_t len, struct mun_err *e);

/**
 * mun_file_read() - the whole of a small regular file
 * @max: refuse more bytes than this (MUN_ECORRUPT)
 * @out: owned by the caller, free(); a NUL follows the last byte
 *
 * Return: 0, MUN_ENOENT, MUN_ECORRUPT, MUN_ENOMEM, MUN_EINVAL for what is not
 * a regular file, or MUN_EIO.
 */
MUN_CHECK int mun_file_read(const char *path, size_t max, char **out,
			    size_t *len_out, struct mun_err *e);

/* fsync(2) of a folder: makes the names in it durable. */
MUN_CHECK int mun_dir_sync(const char *path, struct mun_err *e);

/* fsync(2) of a file by name. */
MUN_CHECK int mun_file_sync(const char *path, struct mun_err *e);

/* mkdir -p; each folder made is durable in its parent.  An existing folder is
 * success. */
MUN_CHECK int mun_mkdirs(const char *path, struct mun_err *e);

/**
 * mun_tree_sync() - fsync every file and folder at and below @path
 *
 * Return: 0 or MUN_EIO; MUN_ECORRUPT for anything that is neither a regular
 * file nor a folder.
 */
MUN_CHECK int mun_tree_sync(const char *path, struct mun_err *e);

/* rm -r without following links or leaving the file system; a missing @path is
 * success. */
MUN_CHECK int mun_tree_remove(const char *path, struct mun_err *e);

/* "@dir/@name", owned by the caller. */
MUN_CHECK int mun_path_join(const char *dir, const char *name, char **out,
			    struct mun_err *e);

/* What follows the last '/' of @path, a part of it; all of it without one. */
const char *mun_path_last(const char *path);

/* Is @name a file name that no shell, configuration or file system takes for
 * anything else: at most 64 of A-Z a-z 0-9 . _ -, a letter or digit first? */
bool mun_path_is_plain(const char *name);

/**
 * mun_path_is_safe() - is @path relative, and does it stay below its root?
 *
 * No empty, "." or ".." component, no leading or trailing '/', not empty.
 */
bool mun_path_is_safe(const char *path);

/**
 * mun_lock_take() - an exclusive lock that dies with the process
 * @path: file that is made where it is missing; it keeps the owner's pid
 * @fd_out: keep it open for as long as the lock is to be held, then close()
 *
 * Return: 0, MUN_EBUSY (the error names the owner's pid), or MUN_EIO.
 */
MUN_CHECK int mun_lock_take(const char *path, int *fd_out, struct mun_err *e);

/**
 * mun_lock_try() - as above, for a file whose content is the caller's matter
 * @fd_out: open for reading and writing, also where the lock is another's
 * @ours:   is the lock ours now?
 *
 * Return: 0 (look at @ours), or MUN_EIO and @fd_out is -1.
 */
MUN_CHECK int mun_lock_try(const char *path, int *fd_out, bool *ours,
			   struct mun_err *e);

#endif
