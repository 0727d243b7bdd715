/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/source.h - bytes that can only be read
 *
 * A medium, a file, a partition, a decoded image: all are a mun_source.  There
 * is no write function, on purpose.  Wrappers (slice, retry, readmap, cache)
 * are sources too and stack; a wrapper never changes data.  A source may be
 * read by several threads at once where its constructor says so.
 */
#ifndef MUN_CORE_SOURCE_H
#define MUN_CORE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum mun_extent_kind {
	MUN_EXTENT_DATA,
	MUN_EXTENT_HOLE, /* not allocated; reads as zeros */
	MUN_EXTENT_UNREADABLE, /* known to be lost; filled with zeros */
	MUN_EXTENT_ZERO, /* zeros, and the format says so */
	MUN_EXTENT_DOUBTFUL, /* read, but its own check failed (CRC, EDC) */
};

struct mun_extent {
	uint64_t off; /* bytes */
	uint64_t bytes;
	enum mun_extent_kind kind;
};

struct mun_source;

struct mun_source_ops {
	/* Exactly @len bytes at byte @off, inside the source, or an error. */
	int (*pread)(struct mun_source *s, void *buf, size_t len, uint64_t off,
		     struct mun_err *e);
	/* The extent that holds byte @off < size, from @off on; NULL: data. */
	int (*next_extent)(struct mun_source *s, uint64_t off,
			   struct mun_extent *out, struct mun_err *e);
	void (*close)(struct mun_source *s); /* frees @s itself */
	/* As mun_source_pread_ready(); NULL: nothing ever is. */
	size_t (*pread_ready)(struct mun_source *s, void *buf, size_t len,
			      uint64_t off);
};

struct mun_source {
	const struct mun_source_ops *ops;
	uint64_t size; /* bytes */
};

/**
 * mun_source_pread() - read exactly @len bytes at byte @off
 *
 * Return: 0; MUN_EINVAL for a range that is not inside the source; MUN_EIO
 * (sys is the errno) where the bytes cannot be read; MUN_ECORRUPT where a
 * decoder finds its format broken, or a file that has become shorter.
 */
MUN_CHECK int mun_source_pread(struct mun_source *s, void *buf, size_t len,
			       uint64_t off, struct mun_err *e);

/**
 * mun_source_pread_ready() - what can be had without waiting for a device
 *
 * Return: how many bytes from byte @off on were read into @buf, which are the
 * source's; fewer than @len, or none, say nothing: mun_source_pread() does.
 */
size_t mun_source_pread_ready(struct mun_source *s, void *buf, size_t len,
			      uint64_t off);

/* What lies at byte @off < size: @out starts there and is never empty.
 * Return: 0, MUN_EINVAL, or MUN_EIO. */
MUN_CHECK int mun_source_next_extent(struct mun_source *s, uint64_t off,
				     struct mun_extent *out, struct mun_err *e);

void mun_source_close(struct mun_source *s); /* NULL is fine */
MUN_DEFINE_FREEP(source, mun_source_close);

/**
 * mun_source_open_file() - a regular file, opened O_RDONLY
 *
 * Holes are told by next_extent.  Any number of threads may read it.
 * Return: 0, MUN_ENOENT, MUN_EINVAL for what is not a regular file (said by
 * kind: directory, FIFO, device ...; never blocks on one), or MUN_EIO.
 */
MUN_CHECK int mun_source_open_file(const char *path, struct mun_source **out,
				   struct mun_err *e);

/**
 * mun_source_open_direct() - as mun_source_open_file(), past the page cache
 *
 * Reads come from the device (O_DIRECT), so what is verified is what the disk
 * holds and other programs' cache is left alone.  Where the file system has no
 * O_DIRECT, ordinary reads after POSIX_FADV_DONTNEED.  Buffers should be
 * aligned to MUN_IO_ALIGN and offsets too; other requests work but are slower.
 */
MUN_CHECK int mun_source_open_direct(const char *path, struct mun_source **out,
				     struct mun_err *e);

#define MUN_IO_ALIGN 4096u

/**
 * mun_source_open_once() - as mun_source_open_file(), for one pass over it
 *
 * What the page cache holds is taken from there; the rest comes past it, so a
 * pass over gigabytes costs neither a copy nor other programs' pages.
 */
MUN_CHECK int mun_source_open_once(const char *path, struct mun_source **out,
				   struct mun_err *e);

enum mun_read_mode {
	MUN_READ_CACHED, /* mun_source_open_file() */
	MUN_READ_DISK, /* mun_source_open_direct() */
	MUN_READ_ONCE, /* mun_source_open_once() */
};

/* One of the three, chosen at run time. */
MUN_CHECK int mun_source_open_as(const char *path, enum mun_read_mode mode,
				 struct mun_source **out, struct mun_err *e);

/* As mun_source_open_once(), of an open regular file; @fd, @size and @name as
 * of mun_source_from_fd(). */
MUN_CHECK int mun_source_once_from_fd(int fd, uint64_t size, const char *name,
				      struct mun_source **out,
				      struct mun_err *e);

/* As mun_source_open_as(), of a regular file that is open; @fd, @size and @name
 * as of mun_source_from_fd(). */
MUN_CHECK int mun_source_as_from_fd(int fd, uint64_t size, const char *name,
				    enum mun_read_mode mode,
				    struct mun_source **out, struct mun_err *e);

/**
 * mun_source_from_fd() - an open descriptor of known size
 * @fd:   owned by the source from now on (also when this fails)
 * @size: bytes
 * @name: for errors; copied
 */
MUN_CHECK int mun_source_from_fd(int fd, uint64_t size, const char *name,
				 struct mun_source **out, struct mun_err *e);

/* Bytes in memory, which must outlive the source. */
MUN_CHECK int mun_source_from_memory(const void *data, size_t len,
				     struct mun_source **out,
				     struct mun_err *e);

/**
 * mun_source_slice() - @bytes from byte @off of @parent
 * @owns: close @parent with the slice
 *
 * Return: 0, MUN_EINVAL for a range outside @parent, MUN_ENOMEM.
 */
MUN_CHECK int mun_source_slice(struct mun_source *parent, uint64_t off,
			       uint64_t bytes, bool owns,
			       struct mun_source **out, struct mun_err *e);

#endif
