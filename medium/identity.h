/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/identity.h - is it the same medium?  For resuming, and for guards
 *
 * A path is no identity: another disk may be sdb after a reboot, and the next
 * floppy is in the same drive.  The marks are those that a medium has by
 * itself; a mark that is "" or 0 is not known and proves nothing.
 */
#ifndef MUN_MEDIUM_IDENTITY_H
#define MUN_MEDIUM_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "image/readmap.h"
#include "medium/device.h"

/* How much of the beginning is a mark: large enough to hold a boot sector, a
 * volume descriptor (at 32 KiB of a CD) and the first directory of a floppy. */
#define MUN_IDENTITY_HEAD ((size_t)64 << 10)

struct mun_identity {
	uint64_t bytes;
	uint32_t sector_bytes;
	bool removable; /* then @drive may differ: another drive is allowed */
	char drive[320]; /* vendor, model and serial, separated by newlines */
	char volume[129]; /* volume label of what is on it, escaped; or "" */
	char toc[65]; /* SHA-256 of the table of contents, hex; optical */
	char head[65]; /* SHA-256 of the first MUN_IDENTITY_HEAD bytes, hex; ""
			* where any of them could not be read */
};

/**
 * mun_identity_take() - the marks of an open medium
 * @volume: as identification found it; NULL: as the head tells it
 *
 * Reads the head, in one request: where that fails there is no head.  Call
 * while no other thread of ours runs (the volume is looked for in a sandbox).
 * Return: 0, MUN_EIO (the drive is gone), MUN_ENOMEM.
 */
MUN_CHECK int mun_identity_take(struct mun_device *m, const char *volume,
				struct mun_identity *out, struct mun_err *e);

/* The marks that need no read: sizes, the drive, the table of contents. */
MUN_CHECK int mun_identity_of_device(const struct mun_device *m,
				     struct mun_identity *out,
				     struct mun_err *e);

/* The marks that its first @len bytes give (MUN_IDENTITY_HEAD, or all of a
 * medium of @size bytes that is smaller): head, and volume where it is "".  0,
 * MUN_ENOMEM; as mun_identity_take() in a sandbox. */
MUN_CHECK int mun_identity_of_head(const void *bytes, size_t len, uint64_t size,
				   struct mun_identity *out, struct mun_err *e);

/**
 * mun_identity_differs() - compare, and say what is not the same
 * @out: appended: "4 000 787 030 016 bytes then, 512 110 190 592 now; ..."
 *
 * Return: how many marks differ; marks that one side does not know do not.
 */
unsigned int mun_identity_differs(const struct mun_identity *then,
				  const struct mun_identity *now,
				  struct mun_str *out);

/**
 * mun_identity_prove() - sectors that were read before, read again
 * @image: what was read then
 * @map:   what of it is good
 *
 * Up to 16 sectors spread over what is good are read from @m and compared,
 * rather such as are not all zeros, and none of audio, which no drive gives
 * twice from the same place.  A sector that cannot be read any more proves
 * nothing.
 * Return: 0 (at least one was equal and none differs; or nothing is good yet);
 * MUN_EINVAL (which sector differs, or none could be read); MUN_EIO.
 */
MUN_CHECK int mun_identity_prove(struct mun_device *m, struct mun_source *image,
				 const struct mun_readmap *map,
				 struct mun_err *e);

#endif
