/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands_custody.h - options of the commands of custody, for commands.c */
#ifndef MUN_CLI_COMMANDS_CUSTODY_H
#define MUN_CLI_COMMANDS_CUSTODY_H

#include "cli/cli.h"

extern const struct mun_cli_opt mun_opts_audit[];
extern const struct mun_cli_opt mun_opts_drives[];
extern const struct mun_cli_opt mun_opts_incidents[];
extern const struct mun_cli_opt mun_opts_ledger[];
extern const struct mun_cli_opt mun_opts_repair[];
extern const struct mun_cli_opt mun_opts_replicate[];
extern const struct mun_cli_opt mun_opts_rights[];
extern const struct mun_cli_opt mun_opts_schedule[];
extern const struct mun_cli_opt mun_opts_store[];

#endif
