/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands_image.h - options of the commands on image files, for commands.c */
#ifndef MUN_CLI_COMMANDS_IMAGE_H
#define MUN_CLI_COMMANDS_IMAGE_H

#include "cli/cli.h"

extern const struct mun_cli_opt mun_opts_convert[];
extern const struct mun_cli_opt mun_opts_info[];
extern const struct mun_cli_opt mun_opts_make_media[];
extern const struct mun_cli_opt mun_opts_map[];

#endif
