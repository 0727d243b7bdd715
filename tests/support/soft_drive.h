/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/support/soft_drive.h - a drive of discs in memory, with faults on demand
 *
 * A disc is sectors of 2352 bytes at LBAs, a table of contents, and texts; the
 * drive answers the commands that medium/ sends, as MMC-6 and real drives do.
 * Nothing here is shared with what is tested, not even EDC and ECC.
 * Mistakes of the test end it by abort().
 */
#ifndef MUN_TESTS_SOFT_DRIVE_H
#define MUN_TESTS_SOFT_DRIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "medium/transport.h"

enum mun_soft_mode {
	MUN_SOFT_AUDIO,
	MUN_SOFT_MODE1,
	MUN_SOFT_FORM1, /* Mode 2, XA */
	MUN_SOFT_FORM2,
	MUN_SOFT_MODE2, /* without subheaders: 2336 bytes as they are */
};

struct mun_soft_track {
	unsigned int session;
	unsigned int number;
	uint8_t control;
	int32_t start; /* of index 1 */
	uint32_t pregap; /* sectors before it with index 0 */
	char isrc[13];
};

/* One sector that is there. */
struct mun_soft_sector {
	uint8_t raw[2352];
	bool audio;
};

struct mun_soft_disc {
	uint16_t profile; /* 0x0008 ... 0x0040 */
	size_t ntracks;
	struct mun_soft_track tracks[99];
	size_t sessions;
	int32_t leadout[32];
	char mcn[14];
	uint8_t *cdtext; /* packs */
	size_t cdtext_bytes;
	uint8_t disc_type;
	uint8_t copyright; /* DVD: 1 CSS, 2 CPRM */
	bool aacs; /* BD */
	/* By LBA from 0 on; NULL: nothing is recorded there.  Of DVD and BD
	 * the first 2048 bytes. */
	struct mun_soft_sector **sectors;
	size_t room;
};

struct mun_soft_disc *mun_soft_disc_new(void);
void mun_soft_disc_free(struct mun_soft_disc *d);

/* Append a track; its sectors are put by the test. */
struct mun_soft_track *mun_soft_track(struct mun_soft_disc *d,
				      unsigned int session, uint8_t control,
				      int32_t start);

/* Record the sector @lba: @raw is 2352 bytes, as it will be read. */
void mun_soft_put(struct mun_soft_disc *d, int32_t lba, const uint8_t *raw,
		  bool audio);

/* @n sectors from @lba on with pseudo-random content (@seed and the LBA tell
 * it), whole: sync, header, EDC, ECC. */
void mun_soft_fill(struct mun_soft_disc *d, enum mun_soft_mode mode,
		   int32_t lba, uint32_t n, uint64_t seed);

/* A sector of Mode 1 with these 2048 bytes. */
void mun_soft_put_user(struct mun_soft_disc *d, int32_t lba,
		       const uint8_t *user);

/* @len bytes of an ISO image as one data track; @profile of a DVD or BD: the
 * same in sectors of 2048 bytes. */
struct mun_soft_disc *mun_soft_disc_iso(const uint8_t *data, size_t len,
					uint16_t profile);

/**
 * mun_soft_disc_sheet() - a disc as a cue sheet or cdrdao's toc file says
 * @path: of the sheet; what it names is beside it
 *
 * Knows what the sheets of the tests have: of cue FILE BINARY, TRACK, INDEX,
 * PREGAP, FLAGS, ISRC, CATALOG, REM SESSION (with the usual gaps), CDTEXTFILE;
 * of toc TRACK, FILE or DATAFILE, SILENCE, START, PREGAP, ISRC, CATALOG.
 * Sectors of 2048 and 2336 bytes are made whole.
 */
struct mun_soft_disc *mun_soft_disc_sheet(const char *path);

/* ---- the drive ---- */

/* What it does not know, or does wrong. */
#define MUN_SOFT_NO_FULL_TOC 0x0001u
#define MUN_SOFT_NO_CDTEXT 0x0002u
#define MUN_SOFT_NO_READ_CD 0x0004u
#define MUN_SOFT_NO_Q 0x0008u
#define MUN_SOFT_NO_CONFIGURATION 0x0010u
#define MUN_SOFT_NO_STRUCTURE 0x0020u
#define MUN_SOFT_NO_SESSIONS 0x0040u
#define MUN_SOFT_NO_DISC_INFO 0x0080u
#define MUN_SOFT_STRICT \
	0x0100u /* sectors of the kind that is expected only:
				 * any expected one at a change of kinds is
				 * 5/64/00 */
#define MUN_SOFT_Q_OFF 0x0200u /* Q is of the sector after */
#define MUN_SOFT_NO_INFO 0x0400u /* sense data without the LBA */
#define MUN_SOFT_DESCRIPTOR 0x0800u /* sense data in descriptors */
#define MUN_SOFT_NO_HIDDEN 0x1000u /* nothing before track 1 is read */
#define MUN_SOFT_SHORT 0x2000u /* READ CD gives half of the last sector */
#define MUN_SOFT_ERRATIC_CDTEXT 0x4000u /* wrong the first time */
#define MUN_SOFT_BINARY_Q 0x8000u /* numbers of Q are not BCD */
#define MUN_SOFT_NO_SENSE 0x10000u /* CHECK CONDITION and nothing more */

enum mun_soft_fault_kind {
	MUN_SOFT_BAD, /* 3/11/05 */
	MUN_SOFT_TRANSIENT, /* the same, @times times */
	MUN_SOFT_SCRAMBLED, /* 5/6F/03: CSS without its keys */
	MUN_SOFT_HARDWARE, /* 4/09/00 */
	MUN_SOFT_HANG, /* the command runs into its time-out */
	MUN_SOFT_RECOVERED, /* 1/18/00, with the data */
	MUN_SOFT_FLIP, /* data come, with @times bytes of them changed */
	MUN_SOFT_NOISE, /* audio: another value at each read */
	MUN_SOFT_ELSEWHERE, /* data come, those of the next sector */
};

struct mun_soft_fault {
	enum mun_soft_fault_kind kind;
	int32_t first;
	int32_t last;
	unsigned int times;
	uint32_t at; /* FLIP: first byte of the sector, 0 to 2351 */
};

struct mun_soft_drive {
	struct mun_transport transport;
	struct mun_soft_disc *disc; /* the drive's; NULL: empty */
	unsigned int quirks; /* MUN_SOFT_* */
	struct mun_soft_fault faults[64];
	size_t nfaults;
	/* Audio begins up to so many samples off, another time elsewhere; and
	 * always so many. */
	unsigned int jitter;
	unsigned int jitter_every; /* ... at one read of so many; 0: at all */
	int offset;
	unsigned int delay_ms; /* of each read */
	unsigned int becoming; /* so many TEST UNIT READY are 2/04/01 */
	bool open; /* the tray */
	bool changed; /* the next command is told 6/28/00 */
	bool gone; /* off the bus */
	unsigned int gone_after; /* commands until it is; 0: never */
	/* Any reply but of reads is changed by the test before it is sent. */
	void (*lie)(void *ctx, const uint8_t *cdb, uint8_t *data,
		    uint32_t *len);
	void *lie_ctx;
	/* Counted */
	unsigned int commands;
	unsigned int reads; /* READ CD, READ (10), READ (12) */
	unsigned int failed_reads;
	unsigned int ejects;
	unsigned int of[256]; /* by operation code */
	uint64_t random;
};

/* @disc becomes the drive's.  Closed with mun_transport_close(), which frees
 * it. */
struct mun_soft_drive *mun_soft_drive_new(struct mun_soft_disc *disc);

struct mun_soft_fault *mun_soft_fault(struct mun_soft_drive *d,
				      enum mun_soft_fault_kind kind,
				      int32_t first, int32_t last);

/**
 * mun_soft_drive_open() - a drive as a text file describes it
 * @path: lines "disc FILE" (.cue, .toc, .iso, beside it), "profile HEX", "bad
 *        LBA[-LBA]", "flip LBA AT TIMES", "transient LBA TIMES", "scrambled
 *        LBA[-LBA]", "noise LBA[-LBA]", "jitter SAMPLES [EVERY]", "quirks HEX",
 *        "copyright N", "aacs", "gone-after COMMANDS", "unrecorded LBA[-LBA]",
 *        "delay MS", "open"
 */
struct mun_soft_drive *mun_soft_drive_open(const char *path);

#endif
