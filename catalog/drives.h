/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/drives.h - the running record of each drive, over all media
 *
 * Made of the imaging events: nothing is stored twice.  A drive is what has
 * one name and one serial number, whatever its firmware; without a serial
 * number it is one agent.  Media whose events are older than statistics count
 * as media, and as what their object says; the rest of them is not known.
 */
#ifndef MUN_CATALOG_DRIVES_H
#define MUN_CATALOG_DRIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"

/* How a drive left a medium, after the last time that it read it. */
enum mun_drive_outcome {
	MUN_DRIVE_COMPLETE,
	MUN_DRIVE_DOUBTFUL, /* some sectors failed a check */
	MUN_DRIVE_PARTIAL, /* some are missing */
	MUN_DRIVE_OUTCOMES
};
const char *mun_drive_outcome_name(enum mun_drive_outcome o);

/* What other drives made of a medium that this one could not wholly read. */
enum mun_drive_others {
	MUN_OTHERS_NONE, /* none tried it, or nothing was left to them */
	MUN_OTHERS_BETTER, /* one read what this one could not */
	MUN_OTHERS_NOT, /* none did */
};

#define MUN_DRIVE_LAST 10u

struct mun_drive {
	const char *id; /* UUID of the agent that was used last */
	const char *name; /* "TEAC FD-05HGS" */
	const char *firmware; /* as it was last, or "" */
	const char *serial; /* or "" */
	const char *note; /* of that agent: serial, bus, ... */
	size_t nagents;
	const char **agents; /* UUIDs of all that it was */
	char first_used[MUN_TIME_LEN];
	char last_used[MUN_TIME_LEN];
	uint64_t media;
	uint64_t outcomes[MUN_DRIVE_OUTCOMES]; /* of them */
	/* Of media with statistics; bytes of the others are not in the sums. */
	uint64_t known;
	uint64_t medium_bytes;
	uint64_t read_bytes;
	uint64_t unreadable; /* bytes, after the last reading of each */
	uint64_t doubtful;
	uint64_t reads; /* requests */
	uint64_t failed_reads;
	uint64_t slow_reads;
	uint64_t corrected;
	uint64_t reopened;
	/* Newest first. */
	size_t nlast;
	enum mun_drive_outcome last[MUN_DRIVE_LAST];
	/* Of its media that others tried, too: how many they read better, and
	 * how many they did not. */
	uint64_t others_better;
	uint64_t others_not;
};

struct mun_drives {
	struct mun_arena *arena; /* owns all texts and lists */
	size_t n;
	struct mun_drive *of; /* last used first */
};
void mun_drives_free(struct mun_drives *d); /* NULL is fine */
MUN_DEFINE_FREEP(drives, mun_drives_free);

/* All drives.  0, MUN_EIO, MUN_ECORRUPT, MUN_ECANCELLED, MUN_ENOMEM. */
MUN_CHECK int mun_drives_load(struct mun_catalog *c, struct mun_drives **out,
			      struct mun_err *e);

/**
 * mun_drives_find() - the drive that a person means
 * @text: agent's UUID or a prefix of it (4 digits at least), serial number or
 *        name, letters of either case; or a part of the name
 *
 * Return: 0; MUN_ENOENT; MUN_EINVAL when several match (the text names some).
 */
MUN_CHECK int mun_drives_find(const struct mun_drives *d, const char *text,
			      size_t *index, struct mun_err *e);

/* One medium as one drive left it; texts are lent for the call. */
struct mun_drive_medium {
	const char *object; /* UUID */
	const char *label;
	const char *started; /* of its last reading there */
	const char *stopped; /* MUN_STOPPED_*, or "" */
	enum mun_drive_outcome outcome;
	unsigned int readings; /* by this drive */
	bool known; /* else the numbers below are not; but @unreadable is the
		     * object's */
	uint64_t bytes; /* of the medium */
	uint64_t unreadable;
	uint64_t doubtful;
	uint64_t untried;
	uint64_t read_bytes; /* all its readings together */
	uint64_t reads;
	uint64_t failed_reads;
	enum mun_drive_others others;
	const char *other; /* MUN_OTHERS_BETTER: name of the drive that did */
};
typedef int mun_drive_medium_fn(void *ctx, const struct mun_drive_medium *m,
				struct mun_err *e);

/* The media of drive @index of @d, newest first.  Errors as of
 * mun_drives_load(), and of @fn. */
MUN_CHECK int mun_drives_media(struct mun_catalog *c,
			       const struct mun_drives *d, size_t index,
			       mun_drive_medium_fn *fn, void *ctx,
			       struct mun_err *e);

/* A bad drive, or bad media? */
enum mun_drive_verdict {
	MUN_DRIVE_GOOD, /* nothing was left unread */
	MUN_DRIVE_MEDIA, /* what was left is the media's */
	MUN_DRIVE_SUSPECT, /* it fails where others read */
	MUN_DRIVE_UNCLEAR, /* too little to say */
};

struct mun_drive_judgement {
	enum mun_drive_verdict verdict;
	/* Media left partial, of all, by this drive and by all others. */
	uint64_t partial, media;
	uint64_t others_partial, others_media;
	/* If it were like the others: how likely so many or more of its media
	 * were partial (hypergeometric, one-sided); 1 without others. */
	double chance;
	char why[200]; /* one line for people */
};

/**
 * mun_drives_judge() - tell a bad drive from bad media
 *
 * Media that several drives tried decide where there are any: those that
 * another one could read speak against the drive, the others for it.
 * Otherwise the share of partial media does, against that of all others.
 */
void mun_drives_judge(const struct mun_drives *d, size_t index,
		      struct mun_drive_judgement *out);
const char *mun_drive_verdict_name(enum mun_drive_verdict v);

/* The serial number in an agent's note ("serial 4711; bus usb; ..."), copied
 * into @a; "" where there is none.  NULL when memory is out. */
const char *mun_drive_serial(struct mun_arena *a, const char *note);

/* Note of the agent that a write blocker is, which reads no media. */
#define MUN_BLOCKER_NOTE "write blocker, as the operator named it"

#endif
