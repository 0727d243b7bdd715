/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/papers.h - what a package says: README, receipt, PREMIS, losses
 *
 * Written from facts that others have found; texts of people and media are
 * escaped by the rules of each form (plain text, HTML, XML, JSON).
 */
#ifndef MUN_EXPORT_PAPERS_H
#define MUN_EXPORT_PAPERS_H

#include "core/err.h"
#include "core/str.h"
#include "emulate-export/export.h"
#include "emulate-export/kit.h"
#include "emulate-export/media_set.h"
#include "emulate-export/package.h"
#include "emulate-export/prove.h"
#include "emulate-export/target.h"

/* All that the papers are made of; everything is borrowed. */
struct mun_papers {
	const struct mun_export_env *env;
	const struct mun_export_request *req;
	const struct mun_media_set *set; /* with what each became */
	const struct mun_target *target;
	const struct mun_plan *plan;
	const struct mun_package *package; /* its files so far */
	const struct mun_proof *proof;
	const char *folder; /* of the bag */
	/* Ids that the events will have: one dissemination for each object. */
	const char (*events)[MUN_UUID_LEN];
	const char *rights; /* restrictions that were set aside, for people; or
			     * "" */
	int64_t when_ms;
};

/* data/README.txt, for a person who knows neither us nor the emulator. */
MUN_CHECK int mun_readme_write(const struct mun_papers *p, struct mun_str *out,
			       struct mun_err *e);

/* data/README.html, the same with pictures. */
MUN_CHECK int mun_readme_write_html(const struct mun_papers *p,
				    struct mun_str *out, struct mun_err *e);

/* data/receipt.json (schemas/json/receipt.schema.json). */
MUN_CHECK int mun_receipt_write(const struct mun_papers *p, struct mun_str *out,
				struct mun_err *e);

/* data/metadata/export.xml: the package as PREMIS 3: its files, the master that
 * they are derived from, the emulator as an environment, the events. */
MUN_CHECK int mun_export_premis_write(const struct mun_papers *p,
				      struct mun_str *out, struct mun_err *e);

#endif
