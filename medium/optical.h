/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/optical.h - what is on a disc in a drive, and reading it raw
 *
 * MMC-6: READ TOC/PMA/ATIP (formats 0, 1, 2, 4, 5), READ SUB-CHANNEL (MCN,
 * ISRC), READ DISC INFORMATION, GET CONFIGURATION, READ DISC STRUCTURE, READ
 * CD.  Sectors of data are read in all their 2352 bytes, so that EDC and ECC
 * are ours to check (ECMA-130); of DVD and BD a drive gives 2048 bytes only.
 */
#ifndef MUN_MEDIUM_OPTICAL_H
#define MUN_MEDIUM_OPTICAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "image/image.h"
#include "image/readmap.h"
#include "medium/reader.h"
#include "medium/transport.h"

enum mun_optical_kind { MUN_OPTICAL_CD, MUN_OPTICAL_DVD, MUN_OPTICAL_BD };

/* How the disc is kept. */
enum mun_optical_form {
	/* One session, one data track of Mode 1 (or DVD, BD): image/disc.iso,
	 * 2048 bytes a sector. */
	MUN_OPTICAL_AS_ISO,
	/* Anything else: image/disc.bin, 2352 bytes a sector, all tracks of all
	 * sessions one after the other, and image/disc.cue. */
	MUN_OPTICAL_AS_BIN,
};

#define MUN_OPTICAL_TRACKS 99u
#define MUN_OPTICAL_SESSIONS 32u

struct mun_optical_track {
	unsigned int session; /* from 1 */
	unsigned int number; /* 1 to 99 */
	enum mun_track_mode mode;
	bool xa; /* MODE2: its sectors have subheaders, so that what fails is
		  * damaged and not of another kind */
	uint8_t control; /* of Q, 4 bits */
	int32_t start; /* LBA of index 1 */
	uint32_t sectors; /* from index 1 to the pregap of the next track, or
			   * to the lead-out */
	/* Sectors before start that belong to it and are in the image.  Of
	 * track 1 from LBA 0 on, where the drive reads them (a hidden track);
	 * of the first track of a later session none. */
	uint32_t pregap;
	uint32_t unread_pregap; /* and those from LBA 0 on that it does not */
	uint32_t volume_end; /* LBA after the ISO 9660 volume on it; 0: none */
	char isrc[13]; /* "" if none */
};

struct mun_optical {
	enum mun_optical_kind kind;
	enum mun_optical_form form;
	uint16_t profile; /* GET CONFIGURATION: 0x0008 CD-ROM, 0x0010 DVD-ROM */
	char profile_name[24]; /* "CD-ROM", "CD-R", "DVD-ROM", "BD-R" ... */
	unsigned int sessions;
	int32_t leadout[MUN_OPTICAL_SESSIONS]; /* LBA, by session - 1 */
	uint8_t disc_type; /* of the full TOC: 0x00 CD-DA or CD-ROM, 0x10 CD-i,
			    * 0x20 XA; 0xff not told */
	/* The drive does not give raw sectors: 2048 bytes by READ (10), and
	 * what its own check says; one data track only. */
	bool cooked;
	unsigned int ntracks; /* 0 for DVD and BD */
	struct mun_optical_track tracks[MUN_OPTICAL_TRACKS];
	uint64_t sectors; /* DVD, BD: READ CAPACITY */
	char mcn[14]; /* "" if none */
	/* As the drive gave them, for the record; owned. */
	uint8_t *full_toc; /* format 2, whole reply */
	size_t full_toc_bytes;
	uint8_t *cdtext; /* packs of 18 bytes, CRC checked */
	size_t cdtext_bytes;
	uint8_t *structure; /* DVD, BD: physical format, format 00h */
	size_t structure_bytes;
	/* DVD: "CSS", "CPRM"; BD: "AACS"; "" none.  Read as the drive gives it,
	 * never decrypted. */
	char protection[24];
	/* What could not be had, one line for people: "no full TOC: the drive
	 * refuses format 2; taken for one session". */
	char note[240];
};

/**
 * mun_optical_open() - ask the drive for all that the disc says of itself
 * @out: mun_optical_free()
 *
 * Return: 0; MUN_EINVAL (no disc, a blank one, tray open: says which); MUN_EIO;
 * MUN_ECORRUPT (a table of contents that no disc has); MUN_EUNSUPPORTED (the
 * drive does not give what this disc needs); MUN_ENOMEM.
 */
MUN_CHECK int mun_optical_open(struct mun_transport *t,
			       struct mun_optical **out, struct mun_err *e);
void mun_optical_free(struct mun_optical *o); /* NULL is fine */
MUN_DEFINE_FREEP(optical, mun_optical_free);

/**
 * mun_optical_reader() - the disc's sectors, as its form wants them
 * @t, @o: borrowed; must outlive @out
 *
 * AS_ISO: 2048 bytes a sector; each CD sector is read raw, its EDC checked,
 * mended by its ECC where that can be proved by the EDC (state CORRECTED), and
 * else DOUBTFUL with the data as they came.  AS_BIN: 2352 bytes a sector, with
 * what the drive cannot give (lead-outs and lead-ins between sessions) left
 * out.  Audio is read so that each request overlaps the one before, and is
 * moved where the overlap does not fit at once (jitter); what never agrees is
 * DOUBTFUL.
 */
MUN_CHECK int mun_optical_reader(struct mun_transport *t,
				 const struct mun_optical *o,
				 struct mun_reader **out, struct mun_err *e);

/* Bytes of a sector of the image, 2048 or 2352, and how many sectors. */
uint32_t mun_optical_sector_bytes(const struct mun_optical *o);
uint64_t mun_optical_sectors(const struct mun_optical *o);

/* The LBA of byte @off of the image, for people; and back: false where the
 * image does not hold it. */
int32_t mun_optical_lba(const struct mun_optical *o, uint64_t off);
bool mun_optical_off(const struct mun_optical *o, int32_t lba, uint64_t *off);

/* The cue sheet of an AS_BIN image whose file is "disc.bin": tracks, indexes,
 * sessions, MCN, ISRC, flags, texts of CD-TEXT. */
MUN_CHECK int mun_optical_cue(const struct mun_optical *o, struct mun_str *out,
			      struct mun_err *e);

/**
 * mun_optical_runout() - is the unreadable sector at @off one that nobody reads?
 *
 * The last two sectors of a data track that was written track-at-once, before
 * the lead-out or an audio track, are links and hold no data (MMC-6, run-out).
 * Only where a volume on the track is known to end before them: what is not
 * known is not called harmless.
 */
bool mun_optical_runout(const struct mun_optical *o, uint64_t off);

struct mun_jsonw;

/* "optical": {...} of an open object: all that the drive told of the disc, and
 * the raw replies in hex; docs/optical.md. */
void mun_optical_json(struct mun_jsonw *w, const struct mun_optical *o);

/* SHA-256 of what the table of contents says, hex: for medium/identity.h. */
MUN_CHECK int mun_optical_toc_digest(const struct mun_optical *o,
				     char out[static 65], struct mun_err *e);

#endif
