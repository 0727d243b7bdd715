/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_ask.h - what a disc says of itself, for medium/optical*.c */
#ifndef MUN_MEDIUM_OPTICAL_ASK_H
#define MUN_MEDIUM_OPTICAL_ASK_H

#include "core/err.h"
#include "medium/optical.h"

/* Of each: 0, MUN_EIO, MUN_EINVAL, MUN_ENOMEM; what the drive refuses is a
 * note. */

/* Profile and, by it, the kind; protection that the drive's features tell.
 * MUN_EINVAL: blank. */
MUN_CHECK int mun_optical_ask_profile(struct mun_transport *t,
				      struct mun_optical *o, struct mun_err *e);

/* DVD, BD: size, structure, protection. */
MUN_CHECK int mun_optical_ask_structure(struct mun_transport *t,
					struct mun_optical *o,
					struct mun_err *e);

/* CD: sessions and tracks.  MUN_ECORRUPT, MUN_EUNSUPPORTED. */
MUN_CHECK int mun_optical_ask_toc(struct mun_transport *t,
				  struct mun_optical *o, struct mun_err *e);

/* Only what tells one disc from another: enough for the digest of its table of
 * contents.  @out: mun_optical_free(). */
MUN_CHECK int mun_optical_glance(struct mun_transport *t,
				 struct mun_optical **out, struct mun_err *e);

/* CD: catalogue number, ISRCs, CD-TEXT. */
MUN_CHECK int mun_optical_ask_texts(struct mun_transport *t,
				    struct mun_optical *o, struct mun_err *e);

/* CD: by reading sectors: the modes of the tracks, where the volumes on them
 * end, and where the pregaps begin. */
MUN_CHECK int mun_optical_probe(struct mun_transport *t, struct mun_optical *o,
				struct mun_err *e);

#endif
