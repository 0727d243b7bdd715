/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_notices.h - rows of policy and notice; inside transactions */
#ifndef MUN_CATALOG_CATALOG_NOTICES_H
#define MUN_CATALOG_CATALOG_NOTICES_H

#include "catalog/query.h"

struct mun_notice_row {
	const char *at;
	int64_t incident; /* number; 0: none */
	const char *what;
	const char *channel;
	const char *target;
	bool delivered;
	const char *text;
};

/* The facts, with their leaves. */
MUN_CHECK int mun_catalog_policy_put(struct mun_catalog *c, const char *at,
				     const char *text, struct mun_err *e);
MUN_CHECK int mun_catalog_notice_put(struct mun_catalog *c,
				     const struct mun_notice_row *n,
				     struct mun_err *e);

#endif
