/* SPDX-License-Identifier: Apache-2.0 */
/* cli/show_map.h - muniment show OBJECT --map */
#ifndef MUN_CLI_SHOW_MAP_H
#define MUN_CLI_SHOW_MAP_H

#include "cli/cli.h"

/* Text, JSON, or the pictures that were asked for; an exit status. */
int mun_show_map(struct mun_cli *c);

#endif
