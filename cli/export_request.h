/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export_request.h - the objects, platform and environment of an export */
#ifndef MUN_CLI_EXPORT_REQUEST_H
#define MUN_CLI_EXPORT_REQUEST_H

#include "cli/cli.h"
#include "emulate-export/export.h"

struct mun_export_asked {
	struct mun_repo *repo;
	struct mun_export_env env;
	struct mun_export_request req;
	char (*ids)[MUN_UUID_LEN];
	size_t room; /* of ids */
	const char **objects; /* the same, as a request has them */
};

/* Open the repository, find the objects that c->args mean and those of
 * @collection (or NULL), take --platform and --accept-loss; all the rest of
 * @a->req is the caller's.  End it with
 * mun_export_asked_clear(), also after a failure.  MUN_EINVAL for a platform
 * that nobody knows. */
MUN_CHECK int mun_export_ask(struct mun_cli *c, unsigned int parts,
			     const char *collection, struct mun_export_asked *a,
			     struct mun_err *e);
void mun_export_asked_clear(struct mun_export_asked *a);

#endif
