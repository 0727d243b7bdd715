/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/guard.h - is this the medium that was meant?  Asked before imaging
 *
 * Of a medium only the head is read.  What is doubtful is held: a question for
 * a person, and no error.
 */
#ifndef MUN_INGEST_GUARD_H
#define MUN_INGEST_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "core/err.h"
#include "core/log.h"
#include "image/identify.h"
#include "medium/device.h"
#include "medium/identity.h"

/* Why a medium is held; the words are kept in journals. */
enum mun_hold_kind {
	MUN_HOLD_AGAIN, /* "again": it is the medium that was last in the drive */
	MUN_HOLD_SAME, /* "same": an object was made of it already */
	MUN_HOLD_VOLUME, /* "volume": its label is not the one expected */
	MUN_HOLD_UNIDENTIFIED, /* "unidentified": nothing on it is known */
	MUN_HOLD_PROMISE, /* "promise": not the digests that were promised */
	MUN_HOLD_CHANGED, /* "changed": its row was changed after it was done */
	MUN_HOLD_KINDS
};
const char *mun_hold_name(enum mun_hold_kind k);
/* MUN_HOLD_KINDS for a word that is none. */
enum mun_hold_kind mun_hold_of_name(const char *name);

struct mun_hold {
	enum mun_hold_kind kind;
	char other[MUN_UUID_LEN]; /* the object that it seems to be; or "" */
	char reason[512]; /* for people */
};

/* What a medium shows before it is read. */
struct mun_look {
	bool taken; /* false: it cannot be looked at without reading it all */
	struct mun_device_facts device;
	struct mun_identity identity;
	struct mun_image_facts image;
	char drive[280]; /* vendor, model, serial; "" for files */
	const char *path; /* lent */
};

/**
 * mun_guard_look() - open @path, recognise what is on it, take its marks
 * @format: driver, or NULL: they bid
 *
 * Flux is not looked at: it has to be read for that.
 * Return: as mun_device_open() and mun_received_open(); also then @out has what
 * is known of the device, once it was open.
 */
MUN_CHECK int mun_guard_look(const char *path, const char *format,
			     struct mun_look *out, struct mun_err *e);

/* Are they the same medium, as far as the marks tell?  Needs a mark that both
 * know and that hardly two media share, and none that differs. */
bool mun_guard_same(const struct mun_identity *a, const struct mun_identity *b);

struct mun_guard {
	struct mun_catalog *catalog;
	const struct mun_look *last; /* medium before in this drive, or NULL */
	const char *volume; /* the label expected, or "" */
	bool format_given; /* a person said what it is */
	bool merge; /* it is meant to be one that is known */
	const struct mun_progress_to *progress; /* may be NULL */
};

/* Is the head a mark?  Not where it could not be read, and not that of a blank
 * medium. */
bool mun_guard_has_head(const struct mun_identity *x);

/**
 * mun_guard_judge() - is it to be held?
 *
 * A file is "same" where an object has all its bytes: it is read for that, but
 * a large one only where some object has its size.
 * @holds: room for MUN_HOLD_KINDS, in the order of enum mun_hold_kind
 * @n:     how many there are
 *
 * Return: 0, MUN_EIO, MUN_ECORRUPT, MUN_ENOMEM.
 */
MUN_CHECK int mun_guard_judge(const struct mun_guard *g,
			      const struct mun_look *look,
			      struct mun_hold *holds, size_t *n,
			      struct mun_err *e);

#endif
