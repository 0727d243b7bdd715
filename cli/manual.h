/* SPDX-License-Identifier: Apache-2.0 */
/* cli/manual.h - manual pages and completion out of the command table */
#ifndef MUN_CLI_MANUAL_H
#define MUN_CLI_MANUAL_H

#include "core/err.h"

/* Write muniment.1 and muniment-COMMAND.1 into the folder @dir.  0 or
 * MUN_EIO. */
MUN_CHECK int mun_manual_write(const char *dir, struct mun_err *e);

/* Print the completion script for bash. */
void mun_manual_completion(void);

#endif
