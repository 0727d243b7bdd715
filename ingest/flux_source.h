/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/flux_source.h - "gw:DRIVE" as a source: a floppy read as flux
 *
 * The external program (medium/flux.h) writes into the session's folder; from
 * then on its flux image is a file that was received, and the drive is not
 * needed any more.  Master is that image as it is; its log goes beside it as
 * metadata/gw.log, and the imaging event names the program and the device.
 */
#ifndef MUN_INGEST_FLUX_SOURCE_H
#define MUN_INGEST_FLUX_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"
#include "core/log.h"
#include "ingest/ingest.h"
#include "ingest/session_file.h"
#include "medium/flux.h"
#include "store/stage.h"

#define MUN_PATH_FLUX "image/disk.scp"
#define MUN_PATH_FLUX_LOG "metadata/gw.log"

/* What a floppy's flux takes at most, in bytes: 84 cylinders of a high density
 * disk, three times round. */
#define MUN_FLUX_BYTES ((uint64_t)128 << 20)

struct mun_flux_facts {
	char *image; /* path on disk, in the session's folder */
	char *log;
	char drive[8]; /* "" : the program's own choice */
	struct mun_flux_result by;
	int64_t started_ms;
	int64_t ended_ms;
};
void mun_flux_facts_clear(struct mun_flux_facts *f);

/* Can it be asked for as @q says?  0; MUN_EINVAL: with a map, into another
 * object, or of a drive that is none. */
MUN_CHECK int mun_flux_source_check(const struct mun_ingest_request *q,
				    struct mun_err *e);

/**
 * mun_flux_fetch() - have the disk read into @s's folder
 *
 * What an earlier run has read to its end is not read again; what it left of a
 * run that did not end is removed.
 * Return: 0; as mun_flux_read(); MUN_EIO; MUN_ENOMEM.  @out:
 * mun_flux_facts_clear() either way.
 */
MUN_CHECK int mun_flux_fetch(const struct mun_session *s,
			     const struct mun_progress_to *progress,
			     struct mun_flux_facts *out, struct mun_err *e);

/* The log as a file of the object. 0, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_flux_attach(const struct mun_flux_facts *f,
			      struct mun_stage *st, unsigned int algs,
			      struct mun_record *r, struct mun_err *e);

/* The imaging event, its agents, and what kept the disk from being written.
 * @operator_id: or NULL.  0, MUN_ENOMEM, MUN_EIO. */
MUN_CHECK int mun_flux_event(const struct mun_flux_facts *f,
			     const char *write_blocker, const char *operator_id,
			     const char *program_id, struct mun_record *r,
			     struct mun_err *e);

#endif
