/* SPDX-License-Identifier: Apache-2.0 */
/* cli/manifest_verify_file.h - a manifest verified, for two commands */
#ifndef MUN_CLI_MANIFEST_VERIFY_FILE_H
#define MUN_CLI_MANIFEST_VERIFY_FILE_H

#include "cli/cli.h"

/* As muniment manifest verify @file; options as @c has them.  An exit status.
 * (cmd_manifest.c) */
int mun_manifest_verify_file(const struct mun_cli *c, const char *file);

#endif
