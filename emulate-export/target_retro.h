/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/target_retro.h - what the targets of old machines share
 */
#ifndef MUN_EXPORT_TARGET_RETRO_H
#define MUN_EXPORT_TARGET_RETRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "emulate-export/kit.h"
#include "emulate-export/target.h"

/* The first volume of @i whose file system is one of the space-separated @fs;
 * NULL: there is none. */
const struct mun_contents_volume *
mun_retro_volume(const struct mun_target_item *i, const char *fs);

/* Has any item of @s, or its medium, the mark @word? */
bool mun_retro_has_mark(const struct mun_target_set *s, const char *word);

/* Is the image of @i in one of the space-separated @formats? */
bool mun_retro_is(const struct mun_target_item *i, const char *formats);

/* The kind of its partition table ("rdb"), or "". */
const char *mun_retro_table(const struct mun_target_item *i);

/* How many media of @p are of @device. */
size_t mun_retro_count(const struct mun_plan *p, const char *device);

/* 0, or MUN_EUNSUPPORTED: "... has sectors of @bytes, this medium of ...". */
MUN_CHECK int mun_retro_sectors(const struct mun_target_item *i, uint32_t bytes,
				const char *drive, struct mun_err *e);

/* 0, or MUN_EUNSUPPORTED: no size of a Macintosh's floppy. */
MUN_CHECK int mun_retro_mac_floppy(const struct mun_target_item *i,
				   struct mun_err *e);

/* 0, or MUN_EUNSUPPORTED: more than @most of @device, which @drives tells for
 * people: "drives for hard disks". */
MUN_CHECK int mun_retro_at_most(const struct mun_plan *p, const char *device,
				size_t most, const char *drives,
				struct mun_err *e);

/* Set the suffix of medium @i of @p: that of a raw image. */
void mun_retro_suffix(struct mun_plan *p, size_t i, const char *suffix);

/* Set what the user has to bring. */
void mun_retro_needs(struct mun_plan *p, const char *text, ...)
	MUN_PRINTF(2, 3);

/*
 * A command line under way, for sh and for cmd.  Zero it, append, and hand it
 * to mun_retro_script(), which frees it whatever happens.
 */
struct mun_retro_line {
	const char *sh_first; /* whole lines before it; NULL: none */
	const char *bat_first;
	/* A variable of the script that may be empty, and the option that
	 * takes it, put at the end where it is not; NULL: none. */
	const char *variable;
	const char *option;
	struct mun_str sh; /* what follows the program */
	struct mun_str bat;
	struct mun_str copies; /* as in struct mun_script */
	struct mun_str links;
};

/* The same for both; a variable of the script, in quotes; "media/NAME" of
 * medium @i, with the slashes that each has. */
void mun_retro_add(struct mun_retro_line *l, const char *text, ...)
	MUN_PRINTF(2, 3);
void mun_retro_add_variable(struct mun_retro_line *l, const char *name);
void mun_retro_add_path(struct mun_retro_line *l, const struct mun_plan *p,
			size_t i);

/* Let the media of @device (NULL: of any) be copied for the session, writable;
 * or let them be there to be read. */
void mun_retro_copy(struct mun_retro_line *l, const struct mun_plan *p,
		    const char *device);
void mun_retro_link(struct mun_retro_line *l, const struct mun_plan *p,
		    const char *device);

/* Where it is not handed to mun_retro_script(). */
void mun_retro_free(struct mun_retro_line *l);

/**
 * mun_retro_script() - add the scripts that run "$program" with that line
 * @s: all but sh, bat, copies, and links
 *
 * Return: as mun_script_add().
 */
MUN_CHECK int mun_retro_script(struct mun_retro_line *l, struct mun_script *s,
			       struct mun_kit *k, struct mun_err *e);

/* Tell that further floppies wait, and how they are changed. */
void mun_retro_note_swap(struct mun_plan *p, const char *how);

#endif
