/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_zip.h - a zip says each name twice */
#ifndef MUN_EXPORT_VERIFY_ZIP_H
#define MUN_EXPORT_VERIFY_ZIP_H

#include "core/err.h"
#include "core/source.h"

/**
 * mun_zip_names() - has each file one name?
 *
 * A name stands in the directory at the end, by which most programs unpack, and
 * before the bytes of the file, where libarchive takes it from.  Where those
 * differ, another program would unpack other names than were judged.
 *
 * Return: 0, also for what has no directory at its end, which is for who reads
 * it to say; MUN_ECORRUPT: a file with two names, or a directory that is not
 * what its end says; MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_zip_names(struct mun_source *src, struct mun_err *e);

#endif
