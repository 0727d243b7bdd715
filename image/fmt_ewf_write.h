/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf_write.h - the parts of the writer of E01; for it only */
#ifndef MUN_IMAGE_FMT_EWF_WRITE_H
#define MUN_IMAGE_FMT_EWF_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/output.h"
#include "image/writer.h"

#define MUN_EWF_CHUNK 32768u /* bytes; other programs expect no other */
#define MUN_EWF_ENTRIES 16375u /* of a table; old programs take no more */

/* --- fmt_ewf_text.c: the headers --------------------------------------- */

struct mun_ewf_texts {
	uint8_t *wide; /* header2, packed; owned */
	size_t wide_len;
	uint8_t *narrow; /* header, packed; owned */
	size_t narrow_len;
};

#define MUN_EWF_TEXT_KEYS "case evidence description examiner notes date"

/* MUN_EINVAL for options that no header can hold. */
MUN_CHECK int mun_ewf_check_texts(const struct mun_write_options *o,
				  struct mun_err *e);
MUN_CHECK int mun_ewf_make_texts(const struct mun_write_options *o,
				 struct mun_ewf_texts *out, struct mun_err *e);
void mun_ewf_free_texts(struct mun_ewf_texts *t);

/* --- fmt_ewf_layout.c: segments, sections, tables ---------------------- */

struct mun_ewf_layout {
	struct mun_output *out; /* borrowed */
	uint64_t segment_bytes; /* of a segment at most, if one chunk fits */
	const struct mun_ewf_texts *texts; /* borrowed */
	struct mun_outfile **files; /* owned; the files are the output's */
	unsigned int nfiles;
	uint64_t at; /* where the next section or chunk goes */
	uint64_t volume_at; /* its data, in the first file */
	uint64_t copy_at; /* ... and again; 0: in the first bytes of the last */
	uint64_t chunks_at; /* section of the table that is open */
	uint32_t n; /* its entries; 0: none is open */
	uint8_t entries[4 * MUN_EWF_ENTRIES + 4];
};

/* The first segment, up to its chunks.  @segments: there will be at most. */
MUN_CHECK int mun_ewf_begin(struct mun_ewf_layout *l, uint64_t segments,
			    struct mun_err *e);

/* Room for a chunk: in which file, and where. */
MUN_CHECK int mun_ewf_add_chunk(struct mun_ewf_layout *l, size_t bytes,
				bool packed, unsigned int *file, uint64_t *at,
				struct mun_err *e);

/* A section of @len bytes, behind what there is. */
MUN_CHECK int mun_ewf_add_section(struct mun_ewf_layout *l, const char *type,
				  const void *data, size_t len,
				  struct mun_err *e);

/* The last table, and room for a copy of the volume; then the sections that
 * close the image can be added. */
MUN_CHECK int mun_ewf_end_chunks(struct mun_ewf_layout *l, struct mun_err *e);

/* The last section, and the volume wherever it belongs. */
MUN_CHECK int mun_ewf_finish(struct mun_ewf_layout *l, const uint8_t *volume,
			     struct mun_err *e);

#endif
