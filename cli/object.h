/* SPDX-License-Identifier: Apache-2.0 */
/* cli/object.h - the object that an argument means */
#ifndef MUN_CLI_OBJECT_H
#define MUN_CLI_OBJECT_H

#include "cli/cli.h"

/* Open the repository and the record of c->args[0], without piece layers
 * unless asked for.  0 or an error. */
MUN_CHECK int mun_object_open(const struct mun_cli *c, unsigned int parts,
			      bool layers, struct mun_repo **repo,
			      struct mun_record **record, struct mun_err *e);

#endif
