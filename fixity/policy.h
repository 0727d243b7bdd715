/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/policy.h - what muniment.conf promises for a collection in a store
 *
 * Most particular first: [collection NAME on STORE], [collection NAME],
 * [store STORE], [repository], the built-in value.
 */
#ifndef MUN_FIXITY_POLICY_H
#define MUN_FIXITY_POLICY_H

#include "core/conf.h"
#include "core/str.h"
#include "fixity/schedule.h"

/* @collection may be "".  MUN_EINVAL where a value is not one. */
MUN_CHECK int mun_policy_get(const struct mun_conf *c, const char *store,
			     const char *collection, struct mun_policy *out,
			     struct mun_err *e);

/* Collections that sections speak of, each once, @room of them at @names; lent,
 * of @c.  Return: how many there are, which may be more than @room. */
size_t mun_policy_collections(const struct mun_conf *c, const char **names,
			      size_t room);

/* All that muniment.conf says of policy, as canonical text (a line each,
 * sorted): the fact "policy in force", the same for the same policy. */
MUN_CHECK int mun_policy_text(const struct mun_conf *c, struct mun_str *out,
			      struct mun_err *e);

#endif
