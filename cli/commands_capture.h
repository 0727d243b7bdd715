/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands_capture.h - options of the commands that take media in */
#ifndef MUN_CLI_COMMANDS_CAPTURE_H
#define MUN_CLI_COMMANDS_CAPTURE_H

#include "cli/cli.h"

extern const struct mun_cli_opt mun_opts_ingest[];
extern const struct mun_cli_opt mun_opts_batch[];
extern const struct mun_cli_opt mun_opts_resume[];

#endif
