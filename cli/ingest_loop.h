/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ingest_loop.h - muniment ingest DEVICE --loop */
#ifndef MUN_CLI_INGEST_LOOP_H
#define MUN_CLI_INGEST_LOOP_H

#include "cli/cli.h"

/* Options that make sense only with --loop, or not with it.  0 or
 * MUN_EXIT_USAGE. */
int mun_loop_usage(const struct mun_cli *c);

/* Medium after medium in the drive of the call; an exit status. */
int mun_cli_loop(struct mun_cli *c, struct mun_repo *r,
		 const struct mun_ingest_env *env,
		 const struct mun_ingest_request *base);

#endif
