/* SPDX-License-Identifier: Apache-2.0 */
/* store/stage_int.h - a stage from the inside, and its last steps */
#ifndef MUN_STORE_STAGE_INT_H
#define MUN_STORE_STAGE_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "fixity/digest.h"
#include "store/stage.h"

struct mun_stage_file {
	const char *path; /* logical */
	struct mun_digests digests;
	bool seen; /* met on disk while tidying */
};

/* What a stage for a further version goes on from (store/version.c). */
struct mun_stage_base;

struct mun_stage {
	char *dir;
	char *id;
	char content[24]; /* "v1/content" */
	struct mun_stage_base *base; /* NULL: a first version */
	struct mun_arena *arena;
	size_t nfiles;
	struct mun_stage_file **files; /* by path */
};

/* Frees it; NULL is fine. */
void mun_stage_base_free(struct mun_stage_base *b);

/* Is @info fit to be written?  0 or MUN_EINVAL. */
MUN_CHECK int mun_stage_check_info(const struct mun_version_info *info,
				   struct mun_err *e);

/* The entry of @path, or NULL. */
struct mun_stage_file *mun_stage_find(const struct mun_stage *st,
				      const char *path);

/**
 * mun_stage_write() - make the file @dir/@name and start its way to the disk
 *
 * Not yet durable.  A file in its place is replaced.
 * Return: 0, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_stage_write(const char *dir, const char *name,
			      const void *data, size_t len, struct mun_err *e);

/**
 * mun_stage_tidy() - leave exactly the added files in the stage
 *
 * Removes everything else, also what an earlier try at a commit wrote, and
 * starts the write-back of what stays.
 * Return: 0, MUN_EINVAL (an added file is gone, no regular file any more, or
 * has a second name), MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_stage_tidy(struct mun_stage *st, struct mun_err *e);

/**
 * mun_commit_move() - move the object at @from, whole and synced, to its place
 *
 * As the last steps of mun_stage_commit(): when 0 is returned it is durable,
 * otherwise it is at @from still.
 * Return: 0, MUN_EEXIST, MUN_EUNAVAILABLE, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_commit_move(const struct mun_store *s, const char *id,
			      const char *from, struct mun_err *e);

#endif
