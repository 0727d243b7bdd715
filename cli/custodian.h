/* SPDX-License-Identifier: Apache-2.0 */
/* cli/custodian.h - the repository, with its stores and who works on them */
#ifndef MUN_CLI_CUSTODIAN_H
#define MUN_CLI_CUSTODIAN_H

#include "audit/run.h"
#include "cli/cli.h"

struct mun_cli_custody {
	struct mun_repo *repo;
	struct mun_holdings *holdings;
	char operator_id[MUN_UUID_LEN]; /* "" : nobody is named */
	char program_id[MUN_UUID_LEN];
	size_t nobjects;
	char (*ids)[MUN_UUID_LEN];
	const char **objects;
	struct mun_custodian k;
};

/**
 * mun_cli_custody_open() - open all of it
 * @first: of the command's arguments that are OBJECTs; nargs: none
 * @write: facts will be added: the ledger is attached, agents are known
 */
MUN_CHECK int mun_cli_custody_open(struct mun_cli *c, size_t first, bool write,
				   struct mun_cli_custody *out,
				   struct mun_err *e);
void mun_cli_custody_close(struct mun_cli_custody *y); /* zeroed is fine */

/* On stderr, why nothing could be done in a store, its name first. */
void mun_cli_store_error(const char *store, const char *why);

#endif
