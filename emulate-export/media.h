/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/media.h - the images of a package: which format, made, proved
 *
 * The first format of the target's list that holds all of the medium is taken:
 * the very file that is kept where it is of that format, else one that is
 * written.  Then the packaged image is decoded again, and its bytes have to be
 * those of the master.  What a format cannot hold and the package's metadata
 * do (the read map, the record) is told, and no loss.
 */
#ifndef MUN_EXPORT_MEDIA_H
#define MUN_EXPORT_MEDIA_H

#include <stdbool.h>

#include "core/err.h"
#include "core/log.h"
#include "emulate-export/media_set.h"
#include "emulate-export/package.h"
#include "emulate-export/target.h"

struct mun_media_job {
	const struct mun_store *store;
	bool accept_loss;
	bool alone; /* the set has one object: names of its parts are free */
	const struct mun_progress_to *progress; /* may be NULL */
};

/**
 * mun_media_choose() - in which format, under which names, with what losses
 * @m: format and names are filled in; @o: what it will be, and the losses
 *
 * Writes nothing.  Of a disc it may read the body (states of its sectors).
 * Return: 0; MUN_EUNSUPPORTED where no format of the list holds it, or not
 * without loss and that is not accepted: the text says what; as a writer's
 * plan().
 */
MUN_CHECK int mun_media_choose(const struct mun_media_job *j,
			       struct mun_set_object *o,
			       struct mun_plan_medium *m, struct mun_err *e);

/**
 * mun_media_put() - as chosen, into the package, and decode it again
 *
 * Return: 0; MUN_EFIXITY where it does not decode to the master's bytes (the
 * digests that are recorded); MUN_EIO; as a writer or the decoder.
 */
MUN_CHECK int mun_media_put(const struct mun_media_job *j,
			    struct mun_set_object *o,
			    const struct mun_plan_medium *m,
			    struct mun_package *p, struct mun_err *e);

/* Is @rc the answer "this form cannot hold it" or "it cannot be decoded", after
 * which another form may do?  All else is a failure, and no answer. */
bool mun_media_refuses(int rc);

/* The digest by which the content of @r is compared: the strongest that is
 * recorded.  0 or MUN_ECORRUPT. */
MUN_CHECK int mun_media_proof(const struct mun_record *r,
			      enum mun_digest_alg *out, struct mun_err *e);

#endif
