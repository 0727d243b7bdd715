/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_version.c - muniment version */
#include "cli/cli.h"
#include "fixity/sha256_lanes.h"

#include <stdio.h>

const char mun_version[] = MUN_VERSION;

int mun_cmd_version(struct mun_cli *c)
{
	struct mun_jsonw w;

	if (!mun_cli_flag(c, "json")) {
		(void)printf("muniment %s\n", mun_version);
		if (c->verbose)
			(void)printf("SHA-256 of hash trees: %s\n",
				     mun_sha256_lanes_name());
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, "name", "muniment");
	mun_jsonw_text(&w, "version", mun_version);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}
