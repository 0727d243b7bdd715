/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/export_job.h - one export on its way; for export*.c only */
#ifndef MUN_EXPORT_EXPORT_JOB_H
#define MUN_EXPORT_EXPORT_JOB_H

#include "emulate-export/bag.h"
#include "emulate-export/export.h"
#include "emulate-export/media.h"
#include "emulate-export/media_set.h"
#include "emulate-export/package.h"

/* What mun_export() declares lives as long. */
struct mun_export_job {
	const struct mun_export_env *env;
	const struct mun_export_request *req;
	const struct mun_target *target;
	struct mun_media_set set;
	struct mun_media_job media;
	struct mun_plan plan;
	struct mun_proof proof;
	char folder[160]; /* of the bag */
	char *rights; /* restrictions that are set aside, for people; or NULL */
	char (*events)[MUN_UUID_LEN]; /* one for each object */
	struct mun_digest receipt; /* SHA-256 of receipt.json */
	int64_t when_ms;
};

/* What bag-info.txt is made of. */
static inline struct mun_bag_info
mun_export_bag_info(const struct mun_export_job *j)
{
	return (struct mun_bag_info){
		.set = &j->set,
		.repository = j->env->repository_name,
		.program_version = j->env->program_version,
		.kind = j->req->kind,
		.profile = j->req->profile,
		.lines = j->req->bag_info,
		.nlines = j->req->nbag_info,
	};
}

/* All of the package: media, kit, proof, documents, papers, manifests; sealed
 * and read back. */
MUN_CHECK int mun_export_fill(struct mun_export_job *j, struct mun_package *p,
			      struct mun_err *e);

/* The dissemination events of all objects, and that of the proof; in one
 * transaction. @package: its name.  0, or as mun_catalog_add_events_all(). */
MUN_CHECK int mun_export_record(const struct mun_export_job *j,
				const char *package, struct mun_err *e);

#endif
