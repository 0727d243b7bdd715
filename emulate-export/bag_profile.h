/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/bag_profile.h - what an institution asks of the bags it takes
 *
 * BagIt Profiles Specification 1.4: a JSON document that says which tags, which
 * digests, and which forms a bag must have.
 */
#ifndef MUN_EXPORT_BAG_PROFILE_H
#define MUN_EXPORT_BAG_PROFILE_H

#include "core/attr.h"
#include "core/err.h"
#include "emulate-export/bag_tags.h"
#include "emulate-export/export.h"

struct mun_bag_profile;

/* Read a profile.  @out: the caller's, mun_bag_profile_free().  Return: 0;
 * MUN_ENOENT, MUN_EIO; MUN_ECORRUPT for what is none. */
MUN_CHECK int mun_bag_profile_load(const char *path,
				   struct mun_bag_profile **out,
				   struct mun_err *e);
void mun_bag_profile_free(struct mun_bag_profile *p); /* NULL is fine */
MUN_DEFINE_FREEP(bag_profile, mun_bag_profile_free);

/* The URI that it is known by; "" where it has none. */
const char *mun_bag_profile_identifier(const struct mun_bag_profile *p);

/**
 * mun_bag_profile_algs() - the digests that it asks for
 * Return: 0; MUN_EUNSUPPORTED for one that we do not compute.
 */
MUN_CHECK int mun_bag_profile_algs(const struct mun_bag_profile *p,
				   unsigned int *algs, struct mun_err *e);

/**
 * mun_bag_profile_check() - does a bag of ours meet it?
 * @algs: of its manifests
 *
 * Return: 0; MUN_EUNSUPPORTED: the text says the first thing that it does not
 * have, and how it is given where a person can.
 */
MUN_CHECK int mun_bag_profile_check(const struct mun_bag_profile *p,
				    const struct mun_bag_tags *tags,
				    unsigned int algs,
				    enum mun_package_kind kind,
				    struct mun_err *e);

#endif
