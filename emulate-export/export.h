/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/export.h - packages that start in an emulator, with proof
 *
 * A package is a BagIt 1.0 bag (RFC 8493): the image in a form that the
 * emulator starts, a run script that leaves it untouched, a README for the
 * researcher, the PREMIS record, and a receipt.  Nothing is exported that
 * fails its fixity check at that moment, and nothing is called done before it
 * was read back.
 */
#ifndef MUN_EXPORT_EXPORT_H
#define MUN_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "core/err.h"
#include "core/log.h"
#include "core/uuid.h"
#include "emulate-export/target.h"
#include "fixity/digest.h"
#include "store/store.h"

enum mun_package_kind { MUN_PACKAGE_DIR, MUN_PACKAGE_ZIP, MUN_PACKAGE_TAR };

struct mun_export_env {
	struct mun_store *store;
	struct mun_catalog *catalog;
	const char *operator_name; /* for the dissemination event */
	const char *program_version;
	const char *repository_name;
	unsigned int algs; /* digests of the bag: these and sha256, sha512 */
	const struct mun_progress_to *progress; /* may be NULL */
};

struct mun_export_request {
	const char *object; /* UUID */
	const char *target; /* "qemu" */
	const char *output; /* folder in which the package is made; NULL: "." */
	enum mun_package_kind kind;
	bool dry_run; /* check and decide, write nothing */
};

struct mun_export_image {
	char path[256]; /* in the package */
	char format[16]; /* "raw", "qcow2" */
	uint64_t bytes; /* decoded */
	struct mun_digest content_sha256; /* of its decoded bytes */
};

struct mun_export_result {
	char object[MUN_UUID_LEN];
	char target[32];
	char path[4096]; /* the package */
	size_t nimages;
	struct mun_export_image images[4];
	bool verified; /* read back, and decoded bytes compared */
	char event[MUN_UUID_LEN]; /* the dissemination event */
};

/**
 * mun_export() - make a package of one object for one target
 *
 * The package is built under a temporary name beside its place, read back, and
 * renamed; then the dissemination event is recorded.
 * Return: 0; MUN_EFIXITY when the object is not intact now (nothing is
 * written); MUN_EEXIST where the package's name is taken; MUN_EUNSUPPORTED for
 * an unknown target or one that cannot take this medium; MUN_ENOENT;
 * MUN_EUNAVAILABLE; MUN_EIO; MUN_ECANCELLED.
 */
MUN_CHECK int mun_export(const struct mun_export_env *env,
			 const struct mun_export_request *req,
			 struct mun_export_result *out, struct mun_err *e);

#endif
