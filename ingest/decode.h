/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/decode.h - what a received image file holds, proved from the stage
 *
 * An image in a container (QCOW2, E01, BIN/CUE, IMD ...) is kept as it was
 * received, with the files that it names; its decoded bytes are digested from
 * those copies, and what the container says is made properties of the record.
 */
#ifndef MUN_INGEST_DECODE_H
#define MUN_INGEST_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"
#include "core/log.h"
#include "fixity/digest.h"
#include "fixity/tree.h"
#include "image/companion.h"
#include "image/identify.h"
#include "image/image.h"
#include "medium/device.h"
#include "store/stage.h"

/* A source opened as the image that it is. */
struct mun_received {
	struct mun_image_facts facts;
	struct mun_image *img; /* NULL: opened as raw, as it is broken */
	struct mun_companions *companions; /* NULL: a device */
	struct mun_source *view; /* of a device */
	struct mun_source *copy; /* in the stage, once decoded from there */
	char broken[256]; /* why it could not be opened as what it seems to
			   * be; or "" */
};

/**
 * mun_received_open() - recognise @medium, in the sandbox
 * @path:   of the source; what the image names is looked for beside it
 * @format: driver, or NULL: they bid
 *
 * An image that breaks its format is taken for raw sectors, and @out->broken
 * says so: it is kept as it was received.  A file that it names and that is
 * not there is an error.  Call while no other thread of ours runs.
 * Return: as mun_remote_open().  @out: mun_received_close() either way.
 */
MUN_CHECK int mun_received_open(struct mun_device *medium, const char *path,
				const char *format, struct mun_received *out,
				struct mun_err *e);
void mun_received_close(struct mun_received *r);

/* Has it to keep the name that it came with?  A container has; sectors are
 * sectors under any name. */
bool mun_received_keeps_name(const struct mun_received *r);

/* What the stage's copy decodes to. */
struct mun_decoded {
	bool made; /* false: the decoded bytes are the file's own */
	struct mun_digests digests;
	struct mun_tree tree;
	size_t nunreadable;
	struct mun_rec_range *unreadable; /* owned */
	size_t ndoubtful;
	struct mun_rec_range *doubtful; /* owned */
	char failure[256]; /* it could not be decoded: why; or "" */
	bool check_failed; /* a checksum inside it does not fit */
	int64_t started_ms;
	int64_t ended_ms;
};

/**
 * mun_decode_stage() - decode the copy in the stage and digest what comes
 * @path:   of the master in the stage, on disk
 * @r:      opened from the source; from now on its image is the copy's
 * @algs:   digests to make
 *
 * A copy that cannot be decoded to its end is no error: failure says why.
 * Return: 0, MUN_EIO, MUN_ENOMEM, MUN_ECANCELLED.  @out: mun_decoded_clear().
 */
MUN_CHECK int mun_decode_stage(struct mun_received *r, const char *path,
			       unsigned int algs,
			       const struct mun_progress_to *progress,
			       struct mun_decoded *out, struct mun_err *e);
void mun_decoded_clear(struct mun_decoded *d);

/* Copy every file that the image names into image/ of the stage, with an entry
 * of the role part. */
MUN_CHECK int mun_received_parts(const struct mun_received *r,
				 struct mun_stage *st, struct mun_record *rec,
				 unsigned int algs, struct mun_err *e);

/* Properties of @rec: what the image and its decoding tell. */
MUN_CHECK int mun_decoded_properties(const struct mun_received *r,
				     const struct mun_decoded *d,
				     struct mun_record *rec, struct mun_err *e);

/* How a check inside the image came out: "good", "bad", "not verified".
 * Stable words of the record. */
const char *mun_check_word(const struct mun_image_fact *f);

#endif
