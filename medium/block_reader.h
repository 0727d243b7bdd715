/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/block_reader.h - reads of a block device, past the page cache
 *
 * O_DIRECT: what is asked for is what the drive is asked for, so that a bad
 * sector costs only itself.
 */
#ifndef MUN_MEDIUM_BLOCK_READER_H
#define MUN_MEDIUM_BLOCK_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "medium/device.h"
#include "medium/reader.h"

/**
 * mun_block_reader() - the sectors of an open block device
 * @path:  by which it is opened again; copied
 * @fd:    borrowed; its number stays, also when the drive is opened again
 * @facts: of the device: its size
 *
 * A read ends as FAILED for what the block layer reports of the medium (EIO,
 * ENODATA, EILSEQ, EREMOTEIO, ETIMEDOUT) while the device is there with the
 * same size and disk sequence number, and, where its medium comes out, says
 * that it is ready; and as GONE otherwise.  A short read is
 * gone on with; where its rest fails, bad_off is the first missing sector.
 *
 * reopen() lets the old descriptor go, so that the device can be claimed again,
 * protects what it finds as mun_device_open() does, and takes it for the same
 * medium where size, serial number and wwid are the same and, if the medium
 * comes out of the drive or the kernel counts it as another, sectors that were
 * read before are still the same.
 * Return: 0; MUN_ENOMEM; MUN_EIO (gone already, or another size).
 */
MUN_CHECK int mun_block_reader(const char *path, int fd,
			       const struct mun_device_facts *facts,
			       struct mun_reader **out, struct mun_err *e);

/* Has @r, opened on disk sequence number @then, been opened again since on what
 * is now @now, and found that to be the same medium?  False of other readers.
 */
bool mun_block_reader_followed(const struct mun_reader *r, uint64_t then,
			       uint64_t now);

#endif
