/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/bag.h - the tag files that make a package a BagIt bag */
#ifndef MUN_EXPORT_BAG_H
#define MUN_EXPORT_BAG_H

#include "core/err.h"
#include "emulate-export/bag_profile.h"
#include "emulate-export/media_set.h"
#include "emulate-export/package.h"

struct mun_bag_info {
	const struct mun_media_set *set;
	const char *repository;
	const char *program_version;
	enum mun_package_kind kind;
	const struct mun_bag_profile *profile; /* or NULL */
	/* "Name=value" each, of a person. */
	const char *const *lines;
	size_t nlines;
};

/* Digests that a bag of @algs has: those that BagIt can name, and always
 * SHA-256 and SHA-512 (RFC 8493, section 2.4). */
unsigned int mun_bag_algs(unsigned int algs);

/* bagit.txt, the first file (RFC 8493, section 2.1.1). */
MUN_CHECK int mun_bag_begin(struct mun_package *p, struct mun_err *e);

/**
 * mun_bag_check() - will the bag meet its profile?
 *
 * Before anything is written: sizes are not known then, and no rule can be
 * about them.  Return: 0, or as mun_bag_tag_set(), mun_bag_profile_check().
 */
MUN_CHECK int mun_bag_check(const struct mun_bag_info *i, unsigned int algs,
			    struct mun_err *e);

/**
 * mun_bag_end() - bag-info.txt and the manifests of all that is in @p
 *
 * Payload is what lies below data/.  One payload and one tag manifest for each
 * algorithm of @p that BagIt can name (RFC 8493, sections 2.1.3 and 2.2).
 */
MUN_CHECK int mun_bag_end(struct mun_package *p, const struct mun_bag_info *i,
			  struct mun_err *e);

#endif
