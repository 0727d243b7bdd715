/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/package.h - a package while it is built: folder, zip, or tar
 *
 * Everything happens in the folder ".NAME.partial" beside the package's place,
 * and gets its name by one rename.  The folder is locked for as long as we
 * live, so what a killed process left behind is told from what another one is
 * making.  What the files are to be is kept, and compared when they are read
 * back.
 */
#ifndef MUN_EXPORT_PACKAGE_H
#define MUN_EXPORT_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/log.h"
#include "core/pipeline.h"
#include "core/source.h"
#include "emulate-export/export.h"
#include "fixity/digest.h"

#define MUN_PACKAGE_FILES 4096u

struct mun_package_file {
	char path[128]; /* below the bag's folder: "data/run" */
	mode_t mode; /* permissions */
	uint64_t bytes;
	struct mun_digests digests; /* of what was given to us */
	const struct mun_tree *tree; /* likewise, borrowed; or NULL */
	bool seen; /* by the check */
};

struct mun_package {
	const struct mun_package_ops *ops;
	char *output; /* the folder of it all */
	char *folder; /* name of the bag: "NAME-for-qemu" */
	char *partial; /* output/.ITEM.partial */
	char *item; /* partial/ITEM: the bag's folder, or the archive */
	char *place; /* output/ITEM */
	int lock_fd;
	unsigned int algs; /* digests of every file */
	int64_t when_ms; /* the time that archives give to all files */
	const struct mun_progress_to *progress;
	size_t nfiles, room;
	struct mun_package_file *files; /* owned; moves when one is added */
	bool in_place;
	void *priv; /* the kind's own */
};

/* How a kind of package writes and reads; const tables. */
struct mun_package_ops {
	const char *suffix; /* of the item: "", ".zip" */
	int (*open)(struct mun_package *p, struct mun_err *e);
	/* One file: begin, blocks in order without gaps, end. */
	int (*begin)(struct mun_package *p, const struct mun_package_file *f,
		     struct mun_err *e);
	int (*write)(struct mun_package *p, const struct mun_block *b,
		     struct mun_err *e);
	int (*end)(struct mun_package *p, const struct mun_package_file *f,
		   struct mun_err *e);
	/* A file that shares its blocks with @path; *@done false: cannot.
	 * NULL: never can. */
	int (*clone)(struct mun_package *p, const struct mun_package_file *f,
		     const char *path, bool *done, struct mun_err *e);
	/* Nothing follows: make it durable. */
	int (*seal)(struct mun_package *p, struct mun_err *e);
	/* Read all of it from the disk with @algs, give each file to
	 * mun_package_compare(). */
	int (*check)(struct mun_package *p, unsigned int algs,
		     struct mun_err *e);
	void (*close)(struct mun_package *p);
};

extern const struct mun_package_ops mun_package_dir_ops;
extern const struct mun_package_ops mun_package_zip_ops;
extern const struct mun_package_ops mun_package_tar_ops;

struct mun_package_opts {
	enum mun_package_kind kind;
	const char *output; /* made where it is missing */
	const char *folder;
	unsigned int algs;
	int64_t when_ms;
	const struct mun_progress_to *progress; /* may be NULL */
};

/* The name that the package will have: "FOLDER" or "FOLDER.zip". */
MUN_CHECK int mun_package_place(const struct mun_package_opts *o, char **out,
				struct mun_err *e);

/**
 * mun_package_open() - begin
 * @out: the caller's: mun_package_free(); strings in @o are copied
 *
 * What a dead process left under the same temporary name is removed.
 * Return: 0; MUN_EBUSY when a living one is at it; MUN_EIO; MUN_ENOMEM.
 */
MUN_CHECK int mun_package_open(const struct mun_package_opts *o,
			       struct mun_package **out, struct mun_err *e);

/* What was not put in place is removed.  NULL is fine. */
void mun_package_free(struct mun_package *p);
MUN_DEFINE_FREEP(package, mun_package_free);

/* A file of @len bytes in memory.  0, MUN_EINVAL (repeated or too long path),
 * MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_package_put(struct mun_package *p, const char *path,
			      mode_t mode, const void *data, size_t len,
			      struct mun_err *e);

/**
 * mun_package_copy() - a file with all bytes of @src, digested as they pass
 * @same_as: a file on disk with exactly these bytes, whose blocks may be
 *           shared, or NULL
 * @phase:   for progress
 * @out:     the digests (p->algs), may be NULL
 *
 * Memory: a ring of 8 MiB.  Return: as mun_package_put(), or the source's
 * error, MUN_ECANCELLED.
 */
MUN_CHECK int mun_package_copy(struct mun_package *p, const char *path,
			       struct mun_source *src, const char *same_as,
			       const char *phase, struct mun_digests *out,
			       struct mun_err *e);

/* What is known of bytes, from when they were taken in. */
struct mun_package_known {
	const struct mun_digests *digests; /* any number of them */
	const struct mun_tree *tree; /* with its pieces, if more than one */
};

/**
 * mun_package_copy_known() - bytes that have to be those that are known
 * @known: must outlive @p
 * @out:   the digests (p->algs), may be NULL
 *
 * Compared piece by piece with the tree while they pass, and again when the
 * package is read back.  Bytes that agree have the digests that are known: only
 * others of @p->algs are computed, and then all of them.
 * Return: as mun_package_copy(); MUN_EFIXITY at the first piece that differs,
 * for another size, or another digest; MUN_EINVAL for a tree without pieces.
 */
MUN_CHECK int mun_package_copy_known(struct mun_package *p, const char *path,
				     struct mun_source *src,
				     const char *same_as, const char *phase,
				     const struct mun_package_known *known,
				     struct mun_digests *out,
				     struct mun_err *e);

/* A folder for what is only made on the way: empty, not in the package, gone
 * with it.  @out: the caller's.  0, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_package_scratch(struct mun_package *p, char **out,
				  struct mun_err *e);

/* Nothing follows.  Durable, under its temporary name, when 0 is returned. */
MUN_CHECK int mun_package_seal(struct mun_package *p, struct mun_err *e);

/**
 * mun_package_check() - read it all back from the disk and compare
 * @algs: some of those that it was opened with
 *
 * Return: 0; MUN_EFIXITY for a file that is not what was given; MUN_ECORRUPT
 * for a file too many or too few, or a broken archive; MUN_EIO.
 */
MUN_CHECK int mun_package_check(struct mun_package *p, unsigned int algs,
				struct mun_err *e);

/* For the kinds: a file that was found.  0, MUN_EFIXITY, MUN_ECORRUPT. */
MUN_CHECK int mun_package_compare(struct mun_package *p, const char *path,
				  mode_t mode, uint64_t bytes,
				  const struct mun_digests *d,
				  struct mun_err *e);

/* Give it its name, durably.  0, MUN_EEXIST, MUN_EIO; all or nothing. */
MUN_CHECK int mun_package_publish(struct mun_package *p, struct mun_err *e);

/* Take a published one back under its temporary name, to be removed. */
void mun_package_withdraw(struct mun_package *p);

/* By path; NULL where there is none. */
const struct mun_package_file *mun_package_file(const struct mun_package *p,
						const char *path);

#endif
