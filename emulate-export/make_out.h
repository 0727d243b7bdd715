/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_out.h - the image as it is written: from first to last */
#ifndef MUN_EMULATE_EXPORT_MAKE_OUT_H
#define MUN_EMULATE_EXPORT_MAKE_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "emulate-export/make_tree.h"
#include "fixity/digest.h"
#include "image/output.h"

struct mun_make_out {
	struct mun_output *files;
	struct mun_outfile *f;
	struct mun_hasher *hasher; /* SHA-256 of all until now */
	uint8_t *buf;
	size_t fill; /* bytes in @buf, not yet written */
	uint64_t off; /* of buf[0] in the image */
	uint64_t total; /* bytes that there will be: for the progress */
	const struct mun_progress_to *progress;
	struct mun_make_reader reader;
};

/* The file @path is begun, under another name.  0; MUN_EEXIST, MUN_EIO, ...:
 * see image/output.h.  @o is to be freed whatever is returned. */
MUN_CHECK int mun_make_out_open(struct mun_make_out *o, const char *path,
				const struct mun_make_tree *t, uint64_t total,
				struct mun_err *e);

/* Where the next byte goes. */
uint64_t mun_make_out_pos(const struct mun_make_out *o);

/* @len bytes more.  0, MUN_EIO, MUN_ECANCELLED. */
MUN_CHECK int mun_make_out_put(struct mun_make_out *o, const void *data,
			       size_t len, struct mun_err *e);

/* Zeros until byte @off, which lies not before the position: a hole where
 * there are many. */
MUN_CHECK int mun_make_out_zeros(struct mun_make_out *o, uint64_t off,
				 struct mun_err *e);

/* All bytes of the file @n.  0 or as the reader's calls. */
MUN_CHECK int mun_make_out_file(struct mun_make_out *o,
				const struct mun_make_node *n,
				struct mun_err *e);

/**
 * mun_make_out_finish() - durable, read back, equal, under its name
 * @hex: SHA-256 of what was read back
 *
 * Return: 0; MUN_EFIXITY where other bytes came back; MUN_EEXIST, MUN_EIO,
 * MUN_ECANCELLED.
 */
MUN_CHECK int mun_make_out_finish(struct mun_make_out *o, char hex[static 65],
				  struct mun_err *e);

/* Removes what was not finished; frees what @o holds. */
void mun_make_out_free(struct mun_make_out *o);

#endif
