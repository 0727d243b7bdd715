/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/target.h - what an emulator takes; one target_NAME.c each
 *
 * A target looks at the facts of one object or a set and plans: which device
 * each medium becomes and in which formats the emulator reads it.  The packager
 * (media.c) chooses among those the best that loses nothing and makes the
 * image; then the target writes its kit: configuration and run scripts.
 *
 * Nothing that comes from a medium or a person (labels, file names) enters a
 * kit: names of files are ours, so no quoting can go wrong.
 */
#ifndef MUN_EXPORT_TARGET_H
#define MUN_EXPORT_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"
#include "emulate-export/kit.h"
#include "image/contents.h"
#include "image/identify.h"
#include "image/platform.h"

#define MUN_SET_MAX 64u /* objects of one package */

/* One object of a set; everything is borrowed and read-only. */
struct mun_target_item {
	const struct mun_record *record;
	const struct mun_image_facts *facts;
	const struct mun_contents *contents;
	const struct mun_verdict *verdict;
	const struct mun_image *img; /* its tracks and tables, not its bytes */
	/* What it is: the operator's word first, then the facts; UNKNOWN only
	 * where neither says anything (mun_target_medium_of()). */
	enum mun_medium medium;
};

struct mun_target_set {
	enum mun_platform platform; /* of the set: said, or of its first item
				     * that tells */
	size_t n; /* 1 to MUN_SET_MAX */
	const struct mun_target_item *items; /* in the order given */
};

/* How well a target suits; a refusal is MUN_EUNSUPPORTED. */
enum mun_suit {
	MUN_SUIT_DATA, /* can be attached; the platform is another, or not
			* known: what reads it the user has to bring */
	MUN_SUIT_FAIR, /* runs on it; another target is truer to it, or the
			* user has to bring an operating system */
	MUN_SUIT_GOOD, /* made for it, and starts with what is at hand or with
			* firmware that is named */
};
const char *mun_suit_name(enum mun_suit s); /* "data" "fair" "good" */

/* What becomes of one item. */
struct mun_plan_medium {
	/* ---- decided by the target ---- */
	char device[16]; /* "floppy" "cdrom" "disk" "tape" "cartridge" "files"
			  * */
	char slot[24]; /* where it is attached at the start: "a", "df0", "8";
			* "" : it waits in the swap list */
	/* Names of image formats (image/drivers.c, image/writers.c) that the
	 * emulator reads, best first, space-separated: "raw", "iso cue chd". */
	char formats[96];
	char options[96]; /* for the writer: "key=value key=value", or "" */
	char stem[40]; /* of its file: "disk1"; [a-z0-9-] */
	char suffix[8]; /* "img"; "": the usual one of the format */
	/* Size that the machine has to see, or 0: as it is.  Longer than the
	 * image: what is behind its end reads as zeros; shorter: hidden. */
	uint64_t guest_bytes;
	/* By a qcow2 layer above a raw image (QEMU); else @pad: by zeros that
	 * are appended to a raw image, and told. */
	bool overlay;
	bool pad;
	/* ---- filled in by the packager before the kit is asked for ---- */
	char format[16]; /* which of @formats it became */
	char name[80]; /* its main file below media/: "disk1.img" */
	char overlay_name[80]; /* below media/, or "" */
	uint64_t bytes; /* decoded, as packaged */
};

/* One for each medium, and some for all of them. */
#define MUN_PLAN_NOTES (MUN_SET_MAX + 8u)

struct mun_plan {
	enum mun_suit suit;
	char reason[256]; /* "boots from the floppy: FAT12, IO.SYS and
			   * MSDOS.SYS in the root" */
	/* The machine starts from the first medium; else it is only attached. */
	bool boots;
	char needs[256]; /* firmware or system to be brought for this set: "a
			  * Kickstart ROM 1.3 (or the AROS one that FS-UAE
			  * has)"; or "" */
	size_t nnotes; /* for the README: what is otherwise than on the medium,
			* what the user should do */
	char notes[MUN_PLAN_NOTES][256];
	size_t n; /* as in the set */
	struct mun_plan_medium media[MUN_SET_MAX];
};

struct mun_target {
	const char *name; /* --for NAME; in events and receipts */
	const char *title; /* "DOSBox" */
	const char *homepage; /* "https://www.dosbox.com/" */
	const char *program; /* what must be installed, for people: "dosbox
			      * (Debian: dosbox)" */
	const char *platforms; /* names of image/platform.h, space-separated;
				* "any" where it takes data of any kind */
	const char *media; /* devices: "floppy cdrom disk" */
	const char *formats; /* all that it reads and we can give, for people */
	/* Formats that are kept and not decoded here, and of which it reads the
	 * very file: "g64 ipf"; "any"; NULL: none. */
	const char *kept;
	const char *limits; /* "at most two drives; ...": a paragraph, or "" */
	const char *needs; /* firmware, systems: named, never shipped; or "" */
	const char *protection; /* how the image is kept from being written */
	/* What the package cannot bring: a paragraph for the README. */
	const char *missing;
	/* Decide.  MUN_EUNSUPPORTED says why this set cannot be taken, as a
	 * sentence for people. */
	int (*plan)(const struct mun_target_set *s, struct mun_plan *out,
		    struct mun_err *e);
	/* Configuration and run scripts; none where it is NULL. */
	int (*kit)(const struct mun_target_set *s, const struct mun_plan *p,
		   struct mun_kit *k, struct mun_err *e);
};

/* Ends with NULL; in the order of docs/targets.md. */
extern const struct mun_target *const mun_targets[];

/* By name; NULL where there is none. */
const struct mun_target *mun_target_find(const char *name);

/* ---- for the targets: target_common.c ---- */

/* What an object is: what the operator said (--media), then what the image and
 * its contents are, then its size: there were no hard disks as small as a
 * floppy. */
enum mun_medium mun_target_medium_of(const struct mun_record *r,
				     const struct mun_image_facts *f,
				     const struct mun_contents *c);

/* Does @t's list of platforms have that of the set, or of any item's others? */
bool mun_target_takes_platform(const struct mun_target *t,
			       const struct mun_target_set *s);

/**
 * mun_target_begin() - zero @out, refuse what no emulator can take
 *
 * Sets n, a stem for each medium ("disk", "disc", "floppy"; with a number
 * where there are several), and the suit and reason by the verdicts.
 * Return: 0; MUN_EUNSUPPORTED: an image that is kept and not decoded, an empty
 * one, a platform that is none of @t's (unless an item is mere data or @t takes
 * "any"), a device that is none of @t's.
 */
MUN_CHECK int mun_target_begin(const struct mun_target *t,
			       const struct mun_target_set *s,
			       struct mun_plan *out, struct mun_err *e);

/* Has @word in the space-separated @list? */
bool mun_target_list_has(const char *list, const char *word);

/* A note for the README; what does not fit is cut at a word. */
void mun_plan_note(struct mun_plan *p, const char *text, ...) MUN_PRINTF(2, 3);

/* Set device, slot and formats of medium @i. */
void mun_plan_attach(struct mun_plan *p, size_t i, const char *device,
		     const char *slot, const char *formats);

/* Cylinders, heads and sectors as a BIOS would: of the partition table or boot
 * sector where they tell, else of the image, else by size (16 heads, 63
 * sectors; 255 above 504 MiB).  False: no multiple of 512 bytes. */
bool mun_target_chs(const struct mun_target_item *i, struct mun_geometry *out);

/* The size of a PC floppy that holds @item, in bytes, by its own boot sector or
 * the next size that was sold; 0: there is none. */
uint64_t mun_target_floppy_bytes(const struct mun_target_item *item);

#endif
