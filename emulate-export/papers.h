/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/papers.h - what a package says: README, receipt */
#ifndef MUN_EXPORT_PAPERS_H
#define MUN_EXPORT_PAPERS_H

#include "catalog/record.h"
#include "core/err.h"
#include "core/str.h"
#include "emulate-export/export.h"
#include "emulate-export/target.h"
#include "image/identify.h"

/* All that the two papers are made of; everything is borrowed. */
struct mun_papers {
	const struct mun_export_env *env;
	const struct mun_record *record;
	const struct mun_rec_file *master;
	const struct mun_target *target;
	const struct mun_target_plan *plan;
	const struct mun_image_facts *facts;
	const struct mun_digests *content; /* of the image as exported */
	const char *folder; /* of the bag */
	const char *event; /* id that the dissemination event will have */
	int64_t when_ms;
};

/* data/README.txt, for a person who knows neither us nor the emulator. */
MUN_CHECK int mun_readme_write(const struct mun_papers *p, struct mun_str *out,
			       struct mun_err *e);

/* data/metadata/receipt.json (docs/targets.md, "Receipt"). */
MUN_CHECK int mun_receipt_write(const struct mun_papers *p, struct mun_str *out,
				struct mun_err *e);

#endif
