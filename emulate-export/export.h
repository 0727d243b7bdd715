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
#include "emulate-export/prove.h"
#include "emulate-export/target.h"
#include "fixity/digest.h"
#include "store/store.h"

struct mun_media_set;
struct mun_bag_profile;

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
	const char *const *objects; /* UUIDs, in the order of the set */
	size_t nobjects; /* 1 to MUN_SET_MAX */
	const char *target; /* "qemu"; NULL: the one that suits best */
	const char *output; /* folder in which the package is made; NULL: "." */
	enum mun_package_kind kind;
	enum mun_platform platform; /* by the operator, or UNKNOWN */
	bool accept_loss; /* make it though the format cannot hold it all */
	const char *purpose; /* for what it is given out; or NULL */
	const char *authorised_by; /* who allowed it in spite of a restriction
				    * of rights; or NULL */
	bool prove; /* start it headless, and keep what was seen */
	const char *expect_text; /* for the proof, not only blanks; or NULL */
	const char *expect_picture; /* likewise, a PNG; or NULL */
	const struct mun_bag_profile *profile; /* that the bag has to meet; NULL
						*/
	const char *const *bag_info; /* "Name=value" each */
	size_t nbag_info;
	bool dry_run; /* check and decide, write nothing */
};

struct mun_export_image {
	char object[MUN_UUID_LEN];
	char path[112]; /* in the package */
	char format[16]; /* "raw", "qcow2" */
	bool identical; /* decodes to the master's bytes */
	uint64_t bytes; /* decoded */
	struct mun_digest content_sha256; /* of its decoded bytes */
	size_t losses; /* what that format could not hold */
};

struct mun_export_result {
	char target[32];
	char reason[256]; /* why that target, and how well it suits */
	enum mun_suit suit;
	enum mun_platform platform;
	char path[4096]; /* the package */
	size_t nimages;
	struct mun_export_image images[MUN_SET_MAX];
	bool verified; /* read back, and decoded bytes compared */
	struct mun_proof proof;
	char event[MUN_UUID_LEN]; /* dissemination event of the first object */
};

/**
 * mun_export() - make a package of one object or a set for one target
 *
 * The package is built under a temporary name beside its place, read back, and
 * renamed; then a dissemination event is recorded for each object, all or none.
 * Return: 0; MUN_EFIXITY when an object is not intact now (nothing is
 * written); MUN_EEXIST where the package's name is taken; MUN_EUNSUPPORTED for
 * an unknown target, one that cannot take these media, a loss that was not
 * accepted, a restriction of rights that nobody set aside (also one that was
 * recorded while it was made), a profile that the package does not meet;
 * MUN_EINVAL for a text that no record can hold, or that says nothing;
 * MUN_ENOENT; MUN_EUNAVAILABLE; MUN_EIO; MUN_ECANCELLED.
 */
MUN_CHECK int mun_export(const struct mun_export_env *env,
			 const struct mun_export_request *req,
			 struct mun_export_result *out, struct mun_err *e);

/* What a target makes of a set. */
struct mun_target_answer {
	const struct mun_target *target;
	bool takes; /* it does, with the plan's suit and reason */
	char refusal[512]; /* why not */
	struct mun_plan plan;
};

/* One target after the other, in the order of the table; lent for the call. A
 * result other than 0 ends it and is returned. */
typedef int mun_target_answer_fn(void *ctx, const struct mun_media_set *set,
				 const struct mun_target_answer *a,
				 struct mun_err *e);

/**
 * mun_export_targets() - what each target would make of these objects
 * @ids, @n, @said, @accept_loss: as of the request
 *
 * Looks at the images now; their fixity is not checked.
 * Return: 0, or as mun_media_set_load() and mun_media_set_open().
 */
MUN_CHECK int mun_export_targets(const struct mun_export_env *env,
				 const struct mun_export_request *req,
				 mun_target_answer_fn *fn, void *ctx,
				 struct mun_err *e);

#endif
