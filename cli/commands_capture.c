/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands_capture.c - options of the commands that take media in */
#include "cli/commands_capture.h"

/* What becomes of a medium that is held, and of rows (cli/batch_print.h). */
#define HELD_OPTS \
	{ "on-held", 0, MUN_OPT_LIST, "ANSWER", \
	  "when a medium is held: hold, ask, store or skip; or KIND=one" }, \
		{ "answer", 0, MUN_OPT_LIST, "LINE=ANSWER", \
		  "to a row that is held: store, merge or skip; repeatable" }, \
		{ "retry-failed", 0, MUN_OPT_FLAG, NULL, \
		  "try again what was held or failed" }, \
	{ \
		"report", 0, MUN_OPT_TEXT, "DIR", \
			"folder of the report (default: beside the CSV file)" \
	}
#define JSON_OPT \
	{ \
		"json", 0, MUN_OPT_FLAG, NULL, "print one JSON document" \
	}
#define END_OPT \
	{ \
		.name = NULL \
	}
/* What one is ready to spend on a bad medium (cli/capture_opts.h). */
#define RESCUE_OPTS \
	{ "retries", 'r', MUN_OPT_TEXT, "N", \
	  "times to try what is bad once more (default: 1)" }, \
		{ "max-time", 0, MUN_OPT_TEXT, "DURATION", \
		  "read no longer than that: 90s, 30m, 12h" }, \
		{ "max-errors", 0, MUN_OPT_TEXT, "N", \
		  "end after so many failing reads" }, \
		{ "min-rate", 0, MUN_OPT_TEXT, "SIZE", \
		  "put off what gives less a second, e.g. 64K" }, \
		{ "no-scrape", 0, MUN_OPT_FLAG, NULL, \
		  "leave the inside of bad areas unread" }, \
	{ \
		"reverse", 0, MUN_OPT_FLAG, NULL, "begin at the end" \
	}

const struct mun_cli_opt mun_opts_ingest[] = {
	{ "label", 'l', MUN_OPT_TEXT, "TEXT",
	  "what is written on it (default: the file's name)" },
	{ "collection", 'c', MUN_OPT_TEXT, "NAME", "collection it belongs to" },
	{ "identifier", 'i', MUN_OPT_LIST, "TYPE=VALUE",
	  "accession, barcode, shelfmark, ...; repeatable" },
	{ "media", 'm', MUN_OPT_TEXT, "TYPE",
	  "kind of carrier, e.g. '3.5-inch floppy disk'" },
	{ "operator", 0, MUN_OPT_TEXT, "NAME", "who does it, for the record" },
	{ "write-blocker", 0, MUN_OPT_TEXT, "TEXT",
	  "which write blocker was used" },
	{ "note", 'n', MUN_OPT_TEXT, "TEXT", "anything worth keeping" },
	{ "attach", 'a', MUN_OPT_LIST, "FILE",
	  "photograph or document to keep with it; repeatable" },
	{ "format", 0, MUN_OPT_TEXT, "NAME", "take it for this format" },
	{ "platform", 0, MUN_OPT_TEXT, "NAME",
	  "machine it was used on, e.g. pc-dos, as you know it" },
	{ "map", 0, MUN_OPT_TEXT, "FILE",
	  "ddrescue mapfile of the program that made this image" },
	{ "merge", 0, MUN_OPT_TEXT, "OBJECT",
	  "a further reading of this one: fill what it lacks" },
	{ "prefer", 0, MUN_OPT_TEXT, "WHO",
	  "of a merge, where readings do not agree: new or old" },
	{ "expect", 0, MUN_OPT_TEXT, "FILE",
	  "manifest of the donor: compare, take in only what is the same" },
	{ "expect-from", 0, MUN_OPT_TEXT, "NAME",
	  "who made that manifest, for the record" },
	{ "expect-partial", 0, MUN_OPT_FLAG, NULL,
	  "also take in what the manifest does not name" },
	{ "accept-mismatch", 0, MUN_OPT_FLAG, NULL,
	  "also take in what is not as promised, and record that" },
	RESCUE_OPTS,
	{ "loop", 0, MUN_OPT_FLAG, NULL,
	  "one medium after the other in this drive" },
	{ "csv", 0, MUN_OPT_TEXT, "FILE",
	  "of a loop: the media are the rows of this file" },
	{ "barcode", 0, MUN_OPT_FLAG, NULL,
	  "of a loop: each medium has one, typed or scanned on stdin" },
	{ "label-pattern", 0, MUN_OPT_TEXT, "TEXT",
	  "of a loop: labels that count on, e.g. 'box12-###'" },
	{ "count", 0, MUN_OPT_TEXT, "N", "of a loop: end after so many media" },
	{ "no-eject", 0, MUN_OPT_FLAG, NULL,
	  "of a loop: leave the medium in the drive" },
	{ "load-command", 0, MUN_OPT_TEXT, "PROGRAM",
	  "of a loop: a robot puts the next medium in" },
	{ "unload-command", 0, MUN_OPT_TEXT, "PROGRAM",
	  "of a loop: a robot takes it out" },
	{ "command-timeout", 0, MUN_OPT_TEXT, "DURATION",
	  "how long such a program may take (default: 10m)" },
	HELD_OPTS,
	{ "dry-run", 0, MUN_OPT_FLAG, NULL, "check everything, do nothing" },
	JSON_OPT,
	{ "json-progress", 0, MUN_OPT_FLAG, NULL,
	  "progress as lines of JSON on stderr" },
	END_OPT,
};

const struct mun_cli_opt mun_opts_batch[] = {
	{ "name", 0, MUN_OPT_TEXT, "NAME",
	  "of the batch, for its journal (default: from the file's name)" },
	{ "collection", 'c', MUN_OPT_TEXT, "NAME",
	  "collection of rows that name none" },
	{ "media", 'm', MUN_OPT_TEXT, "TYPE",
	  "kind of carrier of rows that name none" },
	{ "platform", 0, MUN_OPT_TEXT, "NAME",
	  "machine of rows that name none, e.g. amiga" },
	{ "operator", 0, MUN_OPT_TEXT, "NAME", "who does it, for the record" },
	{ "write-blocker", 0, MUN_OPT_TEXT, "TEXT",
	  "which write blocker was used" },
	RESCUE_OPTS,
	HELD_OPTS,
	{ "skip-bad-rows", 0, MUN_OPT_FLAG, NULL,
	  "do the others where rows cannot be done" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL, "check every row, do nothing" },
	{ "json-progress", 0, MUN_OPT_FLAG, NULL,
	  "progress as lines of JSON on stderr" },
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_resume[] = {
	{ "list", 0, MUN_OPT_FLAG, NULL, "only say which sessions there are" },
	{ "discard", 0, MUN_OPT_TEXT, "ID",
	  "give up a session and its bytes (with --yes)" },
	{ "yes", 'y', MUN_OPT_FLAG, NULL, "really discard" },
	{ "source", 's', MUN_OPT_TEXT, "PATH",
	  "where the medium of ID is now, e.g. /dev/sdc" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL, "the same as --list" },
	JSON_OPT,
	{ "json-progress", 0, MUN_OPT_FLAG, NULL,
	  "progress as lines of JSON on stderr" },
	END_OPT,
};
