/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands_custody.c - options of the commands of custody */
#include "cli/commands_custody.h"

#define JSON_OPT \
	{ \
		"json", 0, MUN_OPT_FLAG, NULL, "print one JSON document" \
	}
#define OPERATOR_OPT \
	{ \
		"operator", 0, MUN_OPT_TEXT, "NAME", \
			"who does it, for the record" \
	}
#define END_OPT \
	{ \
		.name = NULL \
	}

const struct mun_cli_opt mun_opts_drives[] = {
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_audit[] = {
	{ "all", 0, MUN_OPT_FLAG, NULL, "every object of the repository" },
	{ "due", 0, MUN_OPT_FLAG, NULL,
	  "what is due by the policy, longest overdue first" },
	{ "store", 0, MUN_OPT_TEXT, "NAME", "only in this store" },
	{ "presence", 0, MUN_OPT_FLAG, NULL,
	  "existence and size only, of everything in the stores" },
	{ "full", 0, MUN_OPT_FLAG, NULL,
	  "verify whole-file digests beside the hash tree" },
	{ "repair", 0, MUN_OPT_FLAG, NULL,
	  "repair what is damaged, from copies or parity" },
	{ "rate", 0, MUN_OPT_TEXT, "RATE",
	  "bytes a second at most, like 80MiB/s" },
	{ "time-limit", 0, MUN_OPT_TEXT, "TIME",
	  "stop after this long, like 2h; the next audit goes on" },
	{ "daemon", 0, MUN_OPT_FLAG, NULL,
	  "audit what is due until stopped, for containers" },
	{ "threads", 'j', MUN_OPT_TEXT, "N",
	  "threads (default: one for each processor, 8 at least)" },
	{ "direct", 0, MUN_OPT_FLAG, NULL,
	  "read every byte from the disk, also what is in memory" },
	OPERATOR_OPT,
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_incidents[] = {
	{ "all", 0, MUN_OPT_FLAG, NULL, "with list: closed ones too" },
	{ "store", 0, MUN_OPT_TEXT, "NAME", "with list: of this store" },
	{ "reason", 0, MUN_OPT_TEXT, "TEXT",
	  "with ack, repaired: why, for the record" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "with ack, repaired: change nothing" },
	OPERATOR_OPT,
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_ledger[] = {
	{ "from", 0, MUN_OPT_TEXT, "FILE",
	  "with verify: a head kept elsewhere, which must be in the past" },
	{ "tsa-request", 0, MUN_OPT_TEXT, "FILE",
	  "with stamp: write the request, to be carried there" },
	{ "tsa-response", 0, MUN_OPT_TEXT, "FILE",
	  "with stamp: take the answer that was brought" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "with stamp, rotate: change nothing" },
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_repair[] = {
	{ "all", 0, MUN_OPT_FLAG, NULL, "everything that is damaged" },
	{ "store", 0, MUN_OPT_TEXT, "NAME", "only in this store" },
	OPERATOR_OPT,
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "say what could be repaired, and from where" },
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_replicate[] = {
	{ "to", 0, MUN_OPT_TEXT, "NAME", "only to this store" },
	{ "collection", 'c', MUN_OPT_TEXT, "NAME", "only this collection" },
	OPERATOR_OPT,
	{ "dry-run", 0, MUN_OPT_FLAG, NULL, "say what lacks a copy" },
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_rights[] = {
	{ "restrict", 0, MUN_OPT_TEXT, "TEXT",
	  "record that the act is restricted, and how" },
	{ "grant", 0, MUN_OPT_TEXT, "TEXT",
	  "record that the act is granted, and how" },
	{ "act", 0, MUN_OPT_TEXT, "ACT",
	  "disseminate, replicate, use, migrate, modify or delete (default: "
	  "disseminate)" },
	{ "basis", 0, MUN_OPT_TEXT, "BASIS",
	  "copyright, license, statute, donor, policy or other (default: "
	  "other)" },
	{ "from", 0, MUN_OPT_TEXT, "DATE",
	  "when it begins to hold, like 2026-07 (default: always)" },
	{ "until", 0, MUN_OPT_TEXT, "DATE",
	  "the last day, month or year that it holds (default: for ever)" },
	{ "jurisdiction", 0, MUN_OPT_TEXT, "COUNTRY",
	  "of a copyright or statute, like nl" },
	{ "cite", 0, MUN_OPT_TEXT, "TEXT",
	  "the law, licence, agreement or letter that it rests on" },
	{ "note", 0, MUN_OPT_TEXT, "TEXT", "anything more about it" },
	{ "end", 0, MUN_OPT_TEXT, "ID",
	  "this statement holds no more; a new one takes its place" },
	{ "reason", 0, MUN_OPT_TEXT, "TEXT", "with end: why, for the record" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "check everything, record nothing" },
	OPERATOR_OPT,
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_schedule[] = {
	{ "user", 0, MUN_OPT_FLAG, NULL,
	  "units of the user, not of the machine" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "with install: print the units, install nothing" },
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_opt mun_opts_store[] = {
	{ "all", 0, MUN_OPT_FLAG, NULL, "with list: removed ones too" },
	{ "reason", 0, MUN_OPT_TEXT, "TEXT",
	  "with pause, resume, remove: why, for the record" },
	{ "yes", 'y', MUN_OPT_FLAG, NULL, "really remove" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL, "check everything, do nothing" },
	OPERATOR_OPT,
	JSON_OPT,
	END_OPT,
};
