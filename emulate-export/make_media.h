/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_media.h - an image made from a folder of files
 *
 * The same files, names and times give the same bytes, whoever makes them,
 * where and when: nothing of the folder's own time, of inodes, owners, order
 * in the folder, locale or time zone goes in.
 */
#ifndef MUN_EMULATE_EXPORT_MAKE_MEDIA_H
#define MUN_EMULATE_EXPORT_MAKE_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "image/loss.h"

enum mun_make_kind {
	MUN_MAKE_ISO, /* ISO 9660 with Joliet and Rock Ridge */
	MUN_MAKE_FAT, /* a floppy, or a disk of one partition */
};

/* Who sees another name than the folder has. */
enum mun_make_view {
	/* In 8.3 characters; those who know the long name see that, too. */
	MUN_MAKE_SHORT,
	/* Joliet: Windows sees it; Rock Ridge keeps the name as it is. */
	MUN_MAKE_JOLIET,
	/* All see it: the medium has no place for the name as it is. */
	MUN_MAKE_NAME,
};

struct mun_make_changed {
	const char *path; /* in the folder, as mun_escape() writes it */
	const char *as; /* the last part of it, likewise */
	enum mun_make_view view;
};

struct mun_make {
	/* What is asked for; borrowed. */
	const char *dir;
	const char *path; /* of the image: must not exist */
	enum mun_make_kind kind;
	const char *label; /* of the volume; NULL: none */
	uint64_t size; /* FAT: bytes of the medium; 0: the smallest */
	bool no_partition; /* FAT: the volume begins with the medium */
	bool dos; /* FAT: 8.3 names alone */
	bool has_date; /* the time of the volume and of its folders, ... */
	int64_t date; /* ... seconds since 1970; else that of the newest file */
	bool accept_loss;
	bool dry_run; /* plan, write nothing */
	const struct mun_progress_to *progress;

	/* What came of it; free with mun_make_clear(). */
	struct mun_loss loss;
	bool refused; /* something would be lost: nothing was written */
	bool written;
	uint64_t files;
	uint64_t folders; /* without the top one */
	uint64_t bytes; /* of the files */
	uint64_t image_bytes;
	uint64_t free_bytes; /* FAT: left in it */
	char layout[160]; /* "FAT12, 1440K floppy, ..." for people */
	struct mun_make_changed *changed;
	size_t nchanged;
	char sha256[65]; /* of the image as read back; "" if not written */
	struct mun_arena *arena; /* holds @changed and its texts */
};

/* "short", "joliet", "name": in JSON. */
const char *mun_make_view_name(enum mun_make_view v);

/**
 * mun_make_media() - make the image @m->path of all in @m->dir
 *
 * No link is followed, nothing but regular files is opened; what is neither a
 * file nor a folder is a loss.  The image is whole and durable, and was read
 * back and compared, or it is not there.
 *
 * Return: 0, also where it was refused for its losses (@m->refused);
 * MUN_EINVAL for a call that cannot be meant (label, size, a result that would
 * lie in the folder itself); MUN_EUNSUPPORTED for what does not fit, with what
 * it needs and what there is; MUN_EBUSY where the folder changed meanwhile;
 * MUN_EEXIST, MUN_ENOENT, MUN_EIO, MUN_ENOMEM, MUN_ECANCELLED; MUN_EFIXITY
 * where the disk gave back other bytes.
 */
MUN_CHECK int mun_make_media(struct mun_make *m, struct mun_err *e);

/* Frees what came of it, not @m. */
void mun_make_clear(struct mun_make *m);

/**
 * mun_make_kind_for() - "iso" or "fat"; or by the suffix of a path
 * @name: NULL: by @path (.iso; .img .ima .flp .vfd .dsk)
 *
 * Return: 0 or MUN_EINVAL, which says what there is.
 */
MUN_CHECK int mun_make_kind_for(const char *name, const char *path,
				enum mun_make_kind *out, struct mun_err *e);

/* "1440K", "1.44M", "1.2M", "2.88M" as floppies are called, else as
 * mun_parse_size().  0 or MUN_EINVAL. */
MUN_CHECK int mun_make_size(const char *text, uint64_t *out, struct mun_err *e);

#endif
