/* SPDX-License-Identifier: Apache-2.0 */
/* cli/picture_files.h - --svg FILE and --png FILE */
#ifndef MUN_CLI_PICTURE_FILES_H
#define MUN_CLI_PICTURE_FILES_H

#include "cli/cli.h"
#include "image/picture.h"

/* Was one of the two given? */
bool mun_picture_wanted(const struct mun_cli *c);

/* Write @p into the files that were named, which must not be there.  0, or why
 * not. */
MUN_CHECK int mun_picture_files(const struct mun_cli *c,
				const struct mun_picture *p, struct mun_err *e);

#endif
