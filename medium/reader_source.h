/* SPDX-License-Identifier: Apache-2.0 */
/* medium/reader_source.h - any range of what a reader reads */
#ifndef MUN_MEDIUM_READER_SOURCE_H
#define MUN_MEDIUM_READER_SOURCE_H

#include "core/err.h"
#include "core/source.h"
#include "medium/reader.h"

/**
 * mun_reader_source() - @r's bytes at any offset and of any length
 * @r: borrowed; must outlive the source, and read by nobody else meanwhile
 *
 * For those who look at a medium that is no file of the system: a floppy whose
 * format was chosen, a disc that is read by commands.  Whole sectors are asked
 * for.  A request that fails is MUN_EIO with the reader's errno, or EIO where
 * it has none; ENXIO where the drive or the medium is gone.
 * Return: 0 or MUN_ENOMEM.  Reads are made one at a time, by a lock.
 */
MUN_CHECK int mun_reader_source(struct mun_reader *r, struct mun_source **out,
				struct mun_err *e);

#endif
