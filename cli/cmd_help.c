/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_help.c - muniment help */
#include "cli/cli.h"
#include "cli/manual.h"

#include <string.h>

int mun_cmd_help(struct mun_cli *c)
{
	const char *dir = mun_cli_text(c, "man-pages");
	const char *shell = mun_cli_text(c, "completion");
	const struct mun_cli_command *cmd;
	struct mun_err e;

	if (dir)
		return mun_manual_write(dir, &e) ? mun_cli_error(c, &e)
						 : MUN_EXIT_DONE;
	if (shell && strcmp(shell, "bash") != 0)
		return mun_cli_usage(c, "no completion for '%s'", shell);
	if (shell) {
		mun_manual_completion();
		return MUN_EXIT_DONE;
	}
	if (!c->nargs) {
		mun_cli_print_overview();
		return MUN_EXIT_DONE;
	}
	cmd = mun_cli_find(c->args[0]);
	if (!cmd)
		return mun_cli_usage(c, "unknown command '%s'", c->args[0]);
	mun_cli_print_help(cmd);
	return MUN_EXIT_DONE;
}
