/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/reader.h - one read of a medium that may fail, and how it failed
 *
 * Below the strategy (medium/rescue.h) and above the drive: a block device past
 * the page cache, a SCSI drive, a CD read raw, a floppy drive; in tests a model
 * of a failing drive.  A reader never retries by itself, never reads around,
 * and never fills in: one call is one request to the drive, whose outcome is
 * data, not an error.
 */
#ifndef MUN_MEDIUM_READER_H
#define MUN_MEDIUM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

enum mun_reply_end {
	MUN_REPLY_ALL, /* every byte came and passed the drive's checks */
	MUN_REPLY_MIXED, /* every byte is in the buffer; states[] says how well
			 * each sector was read */
	MUN_REPLY_FAILED, /* nothing of the buffer is to be used */
	MUN_REPLY_GONE, /* about the drive, not these sectors: it is not ready,
			* fell off the bus, or the medium was taken out */
};

/* How well one sector was read, in a MIXED reply; numbers are of the map's
 * characters (image/readmap.h). */
enum mun_sector_end {
	MUN_SECTOR_GOOD = '+',
	MUN_SECTOR_CORRECTED = 'c', /* good after the host's own ECC */
	MUN_SECTOR_DOUBTFUL = '!', /* its data came, a check failed */
	MUN_SECTOR_BAD = '-', /* no data: the buffer has zeros */
};

struct mun_read_reply {
	enum mun_reply_end end;
	/* Of FAILED and GONE, for the record: */
	int sys; /* errno, or 0 */
	uint8_t key, asc, ascq; /* sense, or zeros */
	/* The drive said which sector it was: the bytes before are read by a
	 * request that ends there.  Only of FAILED. */
	bool has_bad_off;
	uint64_t bad_off; /* bytes, of a sector inside the request */
	/* Of MIXED: one enum mun_sector_end for each sector.  The caller's,
	 * with room for max_bytes / sector_bytes; NULL: MIXED is not wanted,
	 * and what is not wholly good is FAILED. */
	uint8_t *states;
};

struct mun_reader;
struct mun_reader_ops {
	/* Whole sectors.  0 with @reply filled; or MUN_ECANCELLED, MUN_EIO for
	 * what is not about the medium (and then nothing was read). */
	int (*read)(struct mun_reader *r, void *buf, size_t len, uint64_t off,
		    struct mun_read_reply *reply, struct mun_err *e);
	/* After GONE: open the drive again and make sure that it is the same
	 * medium (its size, its serial).  0; MUN_EIO: still away; MUN_EINVAL:
	 * another medium is in it.  NULL: cannot. */
	int (*reopen)(struct mun_reader *r, struct mun_err *e);
	/* @on: what follows is scraping: read-ahead off.  NULL: nothing. */
	void (*gently)(struct mun_reader *r, bool on);
	void (*close)(struct mun_reader *r); /* frees @r */
};

struct mun_reader {
	const struct mun_reader_ops *ops;
	uint64_t bytes; /* of the medium, whole sectors */
	uint32_t sector_bytes; /* the smallest read: 512, 2048, 2352, ... */
	uint32_t max_bytes; /* the largest sensible one, whole sectors */
	uint32_t align; /* of the buffer: 1, or 4096 for O_DIRECT */
};

static inline void mun_reader_close(struct mun_reader *r)
{
	if (r)
		r->ops->close(r);
}
MUN_DEFINE_FREEP(reader, mun_reader_close);

#endif
