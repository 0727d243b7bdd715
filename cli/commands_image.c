/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands_image.c - options of the commands on image files */
#include "cli/commands_image.h"

#define FORMAT_OPT \
	{ \
		"format", 0, MUN_OPT_TEXT, "NAME", "take it for this format" \
	}
#define PARENT_OPT \
	{ \
		"parent", 0, MUN_OPT_TEXT, "FILE", \
			"the image that it is a difference to" \
	}
#define JSON_OPT \
	{ \
		"json", 0, MUN_OPT_FLAG, NULL, "print one JSON document" \
	}
#define END_OPT \
	{ \
		.name = NULL \
	}

const struct mun_cli_opt mun_opts_convert[] = {
	{ "to", 0, MUN_OPT_TEXT, "FORMAT",
	  "format to write (default: by the suffix of OUT)" },
	{ "option", 'o', MUN_OPT_LIST, "KEY=VALUE",
	  "of the format, as muniment formats lists them; repeatable" },
	{ "accept-loss", 0, MUN_OPT_FLAG, NULL,
	  "write it although something is lost" },
	FORMAT_OPT,
	PARENT_OPT,
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "say what would be lost, write nothing" },
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_info[] = {
	{ "hash", 0, MUN_OPT_FLAG, NULL,
	  "read all of it: SHA-256 of the decoded bytes, every check" },
	FORMAT_OPT,
	PARENT_OPT,
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_make_media[] = {
	{ "to", 0, MUN_OPT_TEXT, "KIND",
	  "iso or fat (default: by the suffix of --output)" },
	{ "output", 'o', MUN_OPT_TEXT, "FILE",
	  "image to make (default: here, named as DIR)" },
	{ "label", 0, MUN_OPT_TEXT, "TEXT", "name of the volume" },
	{ "size", 0, MUN_OPT_TEXT, "SIZE",
	  "fat: 1440K, 500M, ... (default: the smallest that fits)" },
	{ "no-partition", 0, MUN_OPT_FLAG, NULL,
	  "fat: no partition table on a disk" },
	{ "dos", 0, MUN_OPT_FLAG, NULL, "fat: 8.3 names alone" },
	{ "date", 0, MUN_OPT_TEXT, "TIME",
	  "of volume and folders (default: of the newest file)" },
	{ "accept-loss", 0, MUN_OPT_FLAG, NULL,
	  "make it although something is lost" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "say what would be made and lost, write nothing" },
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_map[] = {
	{ "svg", 0, MUN_OPT_TEXT, "FILE", "draw it into a new SVG file" },
	{ "png", 0, MUN_OPT_TEXT, "FILE", "draw it into a new PNG file" },
	FORMAT_OPT,
	PARENT_OPT,
	JSON_OPT,
	END_OPT,
};
