/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_chd_write.h - what the files of the CHD writer share */
#ifndef MUN_IMAGE_FMT_CHD_WRITE_H
#define MUN_IMAGE_FMT_CHD_WRITE_H

#include <openssl/evp.h>

#include "core/str.h"
#include "image/fmt_chd.h"
#include "image/writer.h"

struct mun_chd_writing {
	struct mun_image *img; /* whose MUN_VIEW_CONTENT is written */
	struct mun_outfile *file;
	bool of_cd;
	uint32_t hunk_bytes;
	uint32_t unit_bytes;
	uint64_t bytes; /* logical */
	uint64_t hunks;
	struct mun_chd_entry *map; /* owned */
	uint64_t start; /* where the hunks begin in the file */
	uint64_t end; /* and end, so far */
	uint64_t zero_hunk; /* the first one of zeros, or UINT64_MAX */
	uint8_t *zero; /* owned: a hunk of zeros, compressed */
	size_t zero_len;
	EVP_MD_CTX *sha1; /* of the data */
	struct mun_str meta; /* all pieces, as in the file */
	size_t meta_last; /* where the last one begins */
	struct mun_str hashes; /* of each: tag and SHA-1 */
};

/* Metadata follow the header; @text ends with a NUL there. Texts of one tag in
 * order. 0 or MUN_ENOMEM. */
MUN_CHECK int mun_chd_add_meta(struct mun_chd_writing *w, uint32_t tag,
			       const char *text, struct mun_err *e);

/* The map at the end, and the header. */
MUN_CHECK int mun_chd_finish(struct mun_chd_writing *w, struct mun_err *e);

/* A disc as frames of 2448 bytes, tracks padded to a multiple of four: the
 * image that is written.  @out: mun_image_free(). */
MUN_CHECK int mun_chd_frames(struct mun_image *disc, struct mun_image **out,
			     struct mun_err *e);

/* The metadata of its tracks. */
MUN_CHECK int mun_chd_track_meta(struct mun_chd_writing *w,
				 const struct mun_image *disc,
				 struct mun_err *e);

/* Split frame @i of @frames into main channel and sub-channel; true where sync
 * and ECC could be left out, as they can be made again. */
bool mun_chd_take_apart(const uint8_t *frame, uint8_t *apart, size_t i,
			size_t frames);

#endif
