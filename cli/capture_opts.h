/* SPDX-License-Identifier: Apache-2.0 */
/* cli/capture_opts.h - what one is ready to spend on a bad medium */
#ifndef MUN_CLI_CAPTURE_OPTS_H
#define MUN_CLI_CAPTURE_OPTS_H

#include "cli/cli.h"
#include "medium/rescue.h"

/* The policy that --retries and its like ask for; 0, or MUN_EXIT_USAGE (told).
 */
int mun_capture_policy(const struct mun_cli *c, struct mun_rescue_policy *out);

#endif
