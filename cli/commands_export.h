/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands_export.h - options of the commands that give media out */
#ifndef MUN_CLI_COMMANDS_EXPORT_H
#define MUN_CLI_COMMANDS_EXPORT_H

#include "cli/cli.h"

extern const struct mun_cli_opt mun_opts_export[];
extern const struct mun_cli_opt mun_opts_targets[];
extern const struct mun_cli_opt mun_opts_verify[];

#endif
