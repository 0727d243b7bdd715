/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_tree.h - a folder of files as it is at one moment
 *
 * All names are held in memory, no contents.  A file is opened again when its
 * bytes are wanted, and must then be what it was.
 */
#ifndef MUN_EMULATE_EXPORT_MAKE_TREE_H
#define MUN_EMULATE_EXPORT_MAKE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "image/loss.h"

#define MUN_MAKE_MOST_ENTRIES 1000000u
#define MUN_MAKE_MOST_LEVELS 128u /* each holds a descriptor */

/* Joliet: 64 and ";1"; FAT: 255. */
#define MUN_MAKE_WIDE 260u

/* Which file it is, and in which state. */
struct mun_make_stamp {
	uint64_t dev;
	uint64_t ino;
	uint64_t size;
	struct timespec modified;
	struct timespec changed;
};

struct mun_make_node {
	struct mun_make_node *parent; /* NULL: the top */
	const char *name; /* bytes, as the folder has them; "" at the top */
	struct mun_make_node **kids; /* of a folder: in the order of bytes */
	size_t nkids;
	bool is_dir;
	const char *left_out; /* what it is, if neither file nor folder */
	bool read_only; /* its owner may not write it */
	bool executable; /* its owner may execute it */
	unsigned int level; /* 0: the top */
	uint64_t size; /* bytes; 0 of a folder */
	int64_t mtime; /* seconds since 1970 */
	struct mun_make_stamp stamp;

	/* What the names became (make_names.c). */
	char short_name[13]; /* "README.TXT", in the character set asked for */
	bool short_is_name; /* and that is its name, but for the case */
	uint16_t *wide; /* UTF-16; NULL: none */
	size_t nwide; /* units */

	/* Where it lies: for the makers of file systems alone. */
	uint32_t at[2]; /* ISO: LBA in both trees; FAT: first cluster */
	uint32_t bytes[2]; /* of a folder: of its entries */
	uint32_t number[2]; /* ISO: of a folder in the path table */
	struct mun_make_node **sorted[2]; /* ISO: kids by their identifiers */
};

struct mun_make_tree {
	const char *dir; /* as given */
	int fd; /* of it */
	struct mun_arena *arena;
	struct mun_make_node *top;
	struct mun_make_node **files; /* all, as they are met: see above */
	size_t nfiles;
	struct mun_make_node **dirs; /* all; each after its parent */
	size_t ndirs;
	uint64_t bytes; /* of all files */
	int64_t newest; /* the time of the newest file; 1980-01-01 if none */
};

/**
 * mun_make_tree_read() - all names below @dir
 * @loss: what is neither a file nor a folder is added here
 *
 * Return: 0; MUN_ENOENT, MUN_EIO, MUN_ENOMEM, MUN_ECANCELLED; MUN_EINVAL for
 * what is not a folder; MUN_EUNSUPPORTED beyond the limits above.
 */
MUN_CHECK int mun_make_tree_read(const char *dir, struct mun_make_tree **out,
				 struct mun_loss *loss, struct mun_err *e);

/* Is the folder @dir/.. of the path @path among those of the tree?  Then an
 * image would be made of itself: MUN_EINVAL. */
MUN_CHECK int mun_make_tree_apart(const struct mun_make_tree *t,
				  const char *path, struct mun_err *e);

/* No folder has got or lost a name since: 0, or MUN_EBUSY; MUN_EIO. */
MUN_CHECK int mun_make_tree_unchanged(const struct mun_make_tree *t,
				      struct mun_err *e);
/* NULL is fine. */
void mun_make_tree_free(struct mun_make_tree *t);
MUN_DEFINE_FREEP(make_tree, mun_make_tree_free);

/* "a/b/c" as it is, escaped for people and JSON. */
void mun_make_node_path(const struct mun_make_node *n, struct mun_str *out);

/* One row: the path of @n, shortened from the left where it is too long. */
MUN_CHECK int mun_make_lost(struct mun_loss *l, const struct mun_make_node *n,
			    const char *what, const char *why,
			    struct mun_err *e);

/* A file that is being read. */
struct mun_make_reader {
	const struct mun_make_tree *t;
	const struct mun_make_node *parent; /* whose descriptor is: */
	int dir;
	const struct mun_make_node *n; /* the file that is open, or NULL */
	int fd;
	uint64_t off;
};

/* Nothing is open yet; @t must outlive @r. */
void mun_make_reader_init(struct mun_make_reader *r,
			  const struct mun_make_tree *t);
/* Close what is open.  Also after an error; twice is fine. */
void mun_make_reader_close(struct mun_make_reader *r);

/* Open @n, which must be as it was.  0, MUN_EBUSY (it is another, longer,
 * shorter, newer), MUN_EIO, MUN_ENOENT. */
MUN_CHECK int mun_make_reader_open(struct mun_make_reader *r,
				   const struct mun_make_node *n,
				   struct mun_err *e);

/* The next @len bytes.  0, MUN_EBUSY where it ends before, MUN_EIO. */
MUN_CHECK int mun_make_reader_read(struct mun_make_reader *r, void *buf,
				   size_t len, struct mun_err *e);

/* All was read: it must end here, and be as it was.  0, MUN_EBUSY, MUN_EIO. */
MUN_CHECK int mun_make_reader_end(struct mun_make_reader *r, struct mun_err *e);

#endif
