/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands_export.c - options of the commands that give media out */
#include "cli/commands_export.h"

#define PLATFORM_OPT \
	{ \
		"platform", 0, MUN_OPT_TEXT, "NAME", \
			"the machine that it is for, whatever it looks like; " \
			"for the record" \
	}
#define LOSS_OPT \
	{ \
		"accept-loss", 0, MUN_OPT_FLAG, NULL, \
			"also in a format that cannot hold all of the medium" \
	}
#define JSON_OPT \
	{ \
		"json", 0, MUN_OPT_FLAG, NULL, "print one JSON document" \
	}
#define END_OPT \
	{ \
		.name = NULL \
	}

const struct mun_cli_opt mun_opts_export[] = {
	{ "for", 0, MUN_OPT_TEXT, "TARGET",
	  "emulator, of muniment targets (default: what suits best)" },
	{ "output", 'o', MUN_OPT_TEXT, "DIR",
	  "folder to make the package in (default: here)" },
	{ "package", 0, MUN_OPT_TEXT, "KIND",
	  "dir, zip or tar (default: dir)" },
	{ "each", 0, MUN_OPT_FLAG, NULL,
	  "a package for each object, not one for all" },
	{ "collection", 'c', MUN_OPT_TEXT, "NAME",
	  "with --each: all objects of it" },
	PLATFORM_OPT,
	LOSS_OPT,
	{ "prove", 0, MUN_OPT_FLAG, NULL,
	  "start it, without a screen, and keep a picture of what is seen" },
	{ "expect", 0, MUN_OPT_TEXT, "TEXT",
	  "with --prove: what has to be on the screen or serial line" },
	{ "picture", 0, MUN_OPT_TEXT, "FILE",
	  "with --prove: a PNG that the screen has to be like" },
	{ "profile", 0, MUN_OPT_TEXT, "FILE",
	  "a BagIt profile (JSON) that the bag has to meet" },
	{ "bag-info", 0, MUN_OPT_LIST, "NAME=VALUE",
	  "a line of bag-info.txt; repeatable" },
	{ "purpose", 0, MUN_OPT_TEXT, "TEXT",
	  "for what it is given out, for the record" },
	{ "authorised-by", 0, MUN_OPT_TEXT, "NAME",
	  "who allows it in spite of a restriction, for the record" },
	{ "operator", 0, MUN_OPT_TEXT, "NAME", "who does it, for the record" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "check fixity and decide, write nothing" },
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_targets[] = {
	PLATFORM_OPT,
	LOSS_OPT,
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_verify[] = {
	{ "repository", 0, MUN_OPT_FLAG, NULL,
	  "also compare with what the repository at hand recorded (as -C does)" },
	{ "base", 0, MUN_OPT_TEXT, "DIR",
	  "manifest: folder of the files (default: that of FILE)" },
	{ "algorithm", 0, MUN_OPT_TEXT, "NAME",
	  "manifest: digest of plain lines" },
	{ "strict", 0, MUN_OPT_FLAG, NULL,
	  "manifest: find files that it does not name" },
	JSON_OPT,
	END_OPT,
};
