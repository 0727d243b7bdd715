/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/target.h - what an emulator takes; one target_NAME.c each
 *
 * A target looks at the facts of an object and plans: which device the medium
 * becomes, which files go into the package beside the image.
 */
#ifndef MUN_EXPORT_TARGET_H
#define MUN_EXPORT_TARGET_H

#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"
#include "core/str.h"
#include "image/identify.h"

/* What the packager is to make of the master. */
enum mun_image_form {
	MUN_FORM_RAW, /* the decoded bytes, byte for byte */
	MUN_FORM_QCOW2_OVERLAY, /* raw, and an empty overlay that takes writes */
};

struct mun_target_plan {
	enum mun_image_form form;
	char image_name[64]; /* "disk.img", "disc.iso", "floppy.img" */
	char overlay_name[64]; /* "disk.qcow2"; "" for MUN_FORM_RAW */
	uint64_t guest_bytes; /* size of the medium that the guest sees */
	char device[32]; /* "floppy", "cdrom", "disk": for the README */
	char note[256]; /* for the README: what the guest sees otherwise than
			 * it is on the medium; or "" */
};

struct mun_target {
	const char *name; /* --for NAME; in events and receipts */
	const char *title;
	const char *program; /* what must be installed to run it */
	const char *missing; /* what the package cannot bring: a paragraph for
			      * the README */
	/* Decide.  MUN_EUNSUPPORTED says why this medium cannot be taken. */
	int (*plan)(const struct mun_record *r,
		    const struct mun_image_facts *facts,
		    struct mun_target_plan *out, struct mun_err *e);
	/* The run script (POSIX sh), with paths relative to itself. */
	int (*script)(const struct mun_record *r,
		      const struct mun_target_plan *plan, struct mun_str *out,
		      struct mun_err *e);
};

/* Ends with NULL. */
extern const struct mun_target *const mun_targets[];

/* By name; NULL where there is none. */
const struct mun_target *mun_target_find(const char *name);

#endif
