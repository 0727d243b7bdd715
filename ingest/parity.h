/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/parity.h - PAR2 files beside the master of an object */
#ifndef MUN_INGEST_PARITY_H
#define MUN_INGEST_PARITY_H

#include "catalog/record.h"
#include "core/conf.h"
#include "core/err.h"
#include "core/log.h"
#include "fixity/par2.h"
#include "store/stage.h"

/**
 * mun_parity_percent() - how much the policy wants for a collection
 * @conf: or NULL: nothing
 *
 * Rounded up: less than was promised would be a broken promise.
 * @out: 0 (none) to 100.  Return: 0 or MUN_EINVAL (muniment.conf).
 */
MUN_CHECK int mun_parity_percent(const struct mun_conf *conf,
				 const char *collection, unsigned int *out,
				 struct mun_err *e);

struct mun_parity {
	/* Given */
	unsigned int percent; /* 1 to 100 */
	unsigned int algs; /* digests of the files */
	const char *program_version;
	const struct mun_progress_to *progress; /* or NULL */
	/* Made */
	struct mun_par2_plan plan;
	int64_t started_ms;
	int64_t ended_ms;
};

/**
 * mun_parity_make() - parity files into the stage, and their entries into @r
 * @r: has its master, which lies in the stage, with an MD5 that proves that
 *     the parity is of the same bytes
 *
 * What an interrupted run left of them is removed first.
 * Return: 0; MUN_EFIXITY where other bytes were read than before; MUN_EIO,
 * MUN_ENOMEM, MUN_ECANCELLED; MUN_EUNSUPPORTED where MD5 is forbidden.
 */
MUN_CHECK int mun_parity_make(struct mun_parity *p, struct mun_stage *st,
			      struct mun_record *r, struct mun_err *e);

#endif
