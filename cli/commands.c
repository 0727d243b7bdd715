/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands.c - the table of commands: help, manual, completion and calls */
#include "cli/cli.h"
#include "cli/commands_capture.h"
#include "cli/commands_custody.h"
#include "cli/commands_export.h"
#include "cli/commands_image.h"

#include <stdint.h>
#include <string.h>

#define JSON_OPT \
	{ \
		"json", 0, MUN_OPT_FLAG, NULL, "print one JSON document" \
	}
#define END_OPT \
	{ \
		.name = NULL \
	}

static const struct mun_cli_opt cat_opts[] = {
	{ "damaged", 0, MUN_OPT_FLAG, NULL,
	  "go on after damage, with zeros in its place" },
	{ "raw-sectors", 0, MUN_OPT_FLAG, NULL,
	  "of a disc: all 2352 bytes of each sector, all tracks" },
	END_OPT,
};

static const struct mun_cli_opt check_opts[] = {
	{ "ocfl", 0, MUN_OPT_TEXT, "PATH",
	  "judge an OCFL object or storage root anywhere" },
	{ "premis", 0, MUN_OPT_TEXT, "FILE", "judge a PREMIS 3 document" },
	{ "content", 0, MUN_OPT_FLAG, NULL,
	  "also read every stored byte (as an audit does)" },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt config_opts[] = {
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "with set: only say whether the value is accepted" },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt formats_opts[] = {
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt help_opts[] = {
	{ "man-pages", 0, MUN_OPT_TEXT, "DIR",
	  "write all manual pages into DIR" },
	{ "completion", 0, MUN_OPT_TEXT, "SHELL",
	  "print shell completion: bash" },
	END_OPT,
};

static const struct mun_cli_opt init_opts[] = {
	{ "name", 0, MUN_OPT_TEXT, "TEXT", "name of the repository" },
	{ "digests", 0, MUN_OPT_TEXT, "LIST",
	  "digests to keep (default: sha256,sha512)" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL, "check everything, make nothing" },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt list_opts[] = {
	{ "collection", 'c', MUN_OPT_TEXT, "NAME", "only this collection" },
	{ "restricted", 0, MUN_OPT_FLAG, NULL,
	  "only those that may not be disseminated now" },
	{ "status", 's', MUN_OPT_TEXT, "STATUS",
	  "only: unchecked, intact, partial, mismatch, missing, ..." },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt manifest_opts[] = {
	{ "all", 0, MUN_OPT_FLAG, NULL, "export: every object" },
	{ "format", 0, MUN_OPT_TEXT, "FORM",
	  "export: sha256sum, hashdeep or bagit (default: sha256sum)" },
	{ "algorithm", 0, MUN_OPT_TEXT, "NAME",
	  "export: digest (default: sha256); verify: of plain lines" },
	{ "paths", 0, MUN_OPT_TEXT, "KIND",
	  "export: content (where they lie; default) or logical" },
	{ "output", 'o', MUN_OPT_TEXT, "FILE",
	  "export: file to make (default: stdout)" },
	{ "base", 0, MUN_OPT_TEXT, "DIR",
	  "verify: folder of the files (default: that of FILE)" },
	{ "catalog", 0, MUN_OPT_FLAG, NULL,
	  "verify: against the recorded digests, reading nothing" },
	{ "strict", 0, MUN_OPT_FLAG, NULL,
	  "verify: find files that the manifest does not name" },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt premis_opts[] = {
	END_OPT,
};

static const struct mun_cli_opt rebuild_opts[] = {
	{ "yes", 'y', MUN_OPT_FLAG, NULL,
	  "put a catalog that is there aside and make a new one" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL,
	  "read every record, keep the catalog as it is" },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt report_opts[] = {
	{ "period", 0, MUN_OPT_TEXT, "PERIOD",
	  "2026, 2026-Q3, 2026-07 or 2026-01-15..2026-03-31" },
	{ "for", 0, MUN_OPT_TEXT, "SCHEME",
	  "arrange the facts for ndsa, iso16363 or cts" },
	{ "format", 0, MUN_OPT_TEXT, "LIST",
	  "html, csv, json, premis or all (default: html)" },
	{ "output", 'o', MUN_OPT_TEXT, "DIR",
	  "folder of the reports (default: here)" },
	{ "previous", 0, MUN_OPT_TEXT, "FOLDER",
	  "the report before this one (default: the newest in DIR)" },
	{ "no-ledger", 0, MUN_OPT_FLAG, NULL,
	  "do not compare ledger and catalog; the report says so" },
	{ "operator", 0, MUN_OPT_TEXT, "NAME", "who does it, for the record" },
	{ "dry-run", 0, MUN_OPT_FLAG, NULL, "check the call, make nothing" },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt search_opts[] = {
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt show_opts[] = {
	{ "map", 0, MUN_OPT_FLAG, NULL,
	  "which sectors were read how well, and where the bad ones are" },
	{ "svg", 0, MUN_OPT_TEXT, "FILE", "with --map: draw it as SVG" },
	{ "png", 0, MUN_OPT_TEXT, "FILE", "with --map: draw it as PNG" },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt status_opts[] = {
	{ "metrics", 0, MUN_OPT_TEXT, "FILE",
	  "also write Prometheus metrics into FILE" },
	JSON_OPT,
	END_OPT,
};

static const struct mun_cli_opt version_opts[] = {
	JSON_OPT,
	END_OPT,
};

const struct mun_cli_command mun_cli_commands[] = {
	{ "init", "[DIR]", 0, 1, "Make a repository",
	  "Makes muniment.conf, catalog.db, the OCFL storage root and the spool "
	  "in DIR\n(default: -C DIR, $MUNIMENT_REPOSITORY, or the current "
	  "folder).",
	  init_opts, mun_cmd_init },
	{ "ingest", "SOURCE...", 1, SIZE_MAX,
	  "Take media or image files in, all the way to the catalog",
	  "SOURCE is a regular file or a block device, which is opened read-only "
	  "and never\nwritten; or gw:DRIVE, a floppy read as flux by "
	  "Greaseweazle's gw.  Sectors that cannot be read are kept as zeros "
	  "and recorded; the status\nis then 1.  An interrupted ingest is "
	  "finished with muniment resume.",
	  mun_opts_ingest, mun_cmd_ingest },
	{ "batch", "FILE.csv", 1, 1,
	  "Take in the media of a CSV file, one row for each",
	  "All rows are checked first; with an error in any, nothing is begun.  "
	  "Run again, it\ngoes on: rows that are done are not done twice.  What "
	  "is doubtful is held and asked.\nThe columns are described in "
	  "batches.md.",
	  mun_opts_batch, mun_cmd_batch },
	{ "resume", "[ID...]", 0, SIZE_MAX,
	  "Finish ingests that were interrupted",
	  "Without ID every session that nobody works on is finished.",
	  mun_opts_resume, mun_cmd_resume },
	{ "list", "", 0, 0, "List the objects", NULL, list_opts, mun_cmd_list },
	{ "show", "OBJECT", 1, 1, "Show all that is known of one object", NULL,
	  show_opts, mun_cmd_show },
	{ "search", "TEXT...", 1, SIZE_MAX,
	  "Find objects by label, note or identifier",
	  "All words must occur; the last one may be the beginning of a word.",
	  search_opts, mun_cmd_search },
	{ "drives", "[DRIVE]", 0, 1, "Show what each drive read, and how well",
	  "DRIVE is a serial number, a name, a part of one, or an agent's id: "
	  "then its media\ncome, too, newest first, and a judgement whether "
	  "the drive or its media are bad.\nOutcomes are of the last media, "
	  "newest first: c complete, d doubtful, p partial.",
	  mun_opts_drives, mun_cmd_drives },
	{ "cat", "OBJECT [PATH]", 1, 2,
	  "Write the decoded bytes of the medium, or a stored file, to stdout",
	  "PATH is a file of the object as muniment show names it, e.g. "
	  "metadata/premis.xml.\nEvery byte is verified before it is written; "
	  "damage ends the output with status 1.\nWith --damaged all that "
	  "verifies is written; what does not is zeros, and told on\nstderr.",
	  cat_opts, mun_cmd_cat },
	{ "premis", "OBJECT", 1, 1,
	  "Print the PREMIS 3 record, with all events to this day", NULL,
	  premis_opts, mun_cmd_premis },
	{ "audit", "[OBJECT...]", 0, SIZE_MAX,
	  "Verify stored files, oldest check first",
	  "Every file is read and compared with its hash tree, in every store "
	  "that has it.\nInterrupted, it goes on from there next time.  With "
	  "--due it takes what the\npolicy says is due, within the store's "
	  "window and rate.  Status 1 when anything\nis not intact.",
	  mun_opts_audit, mun_cmd_audit },
	{ "repair", "[OBJECT...]", 0, SIZE_MAX,
	  "Give damaged files their bytes back",
	  "Damaged pieces are taken from another store's copy whose piece "
	  "verifies, else\nfrom parity; the damaged bytes are kept in "
	  "quarantine/ until the incident is\nclosed.  Status 1 when "
	  "something could not be repaired.",
	  mun_opts_repair, mun_cmd_repair },
	{ "incidents", "[list [OBJECT] | show ID | ack|repaired ID...]", 0,
	  SIZE_MAX, "List damage and what became of it",
	  "An incident is open until a person has acknowledged it and a repair "
	  "was verified;\nnothing closes itself.  Status 1 while one is open.",
	  mun_opts_incidents, mun_cmd_incidents },
	{ "store", "add NAME URL | list | pause|resume|remove NAME", 1, 3,
	  "Keep copies elsewhere",
	  "URL is file:///FOLDER, empty or missing.  A store that is away is "
	  "unavailable;\nnothing in it is called missing.",
	  mun_opts_store, mun_cmd_store },
	{ "replicate", "[OBJECT...]", 0, SIZE_MAX,
	  "Copy objects to the stores that lack them",
	  "Whole OCFL objects, verified by reading them back.  Interrupted, it "
	  "goes on next\ntime.",
	  mun_opts_replicate, mun_cmd_replicate },
	{ "rights", "OBJECT", 1, 1,
	  "Say what may and may not be done with an object",
	  "Lists the statements of the object, or records one.  While a "
	  "restriction of\ndisseminate or use holds, muniment export refuses, "
	  "unless --authorised-by says\nwho allowed it.  A statement is never "
	  "changed: it ends by itself after --until, or\nby --end.",
	  mun_opts_rights, mun_cmd_rights },
	{ "schedule", "forecast|install|status|remove", 1, 1,
	  "Say when what will be verified, and have it done",
	  "install writes a systemd service and timer, or a line in the "
	  "crontab, that run\nmuniment audit --due.",
	  mun_opts_schedule, mun_cmd_schedule },
	{ "ledger", "verify|head|stamp|rotate | prove EVENT|OBJECT", 1, 2,
	  "Prove what happened, and that nobody rewrote it",
	  "verify compares ledger and catalog, all of both.  prove prints a "
	  "document that\ndocs/verify_proof.py verifies without muniment.  "
	  "head prints the newest signed\nhead, to be kept elsewhere.",
	  mun_opts_ledger, mun_cmd_ledger },
	{ "status", "", 0, 0, "Say on one screen how the repository is",
	  "Stores, coverage, what is overdue, incidents, ledger, forecast.  "
	  "Status 1 when\nthere is damage or an incident is not closed.",
	  status_opts, mun_cmd_status },
	{ "report", "", 0, 0, "Make the audit report of a period",
	  "Eight parts, as HTML, CSV, JSON or PREMIS, in a folder of its own in "
	  "DIR, with\ndigests.  Status 1 when it tells of damage.",
	  report_opts, mun_cmd_report },
	{ "targets", "[OBJECT...]", 0, SIZE_MAX,
	  "List the emulators that packages are made for",
	  "With objects: which of them could run these, and why; several "
	  "objects are a set of\nmedia in this order.",
	  mun_opts_targets, mun_cmd_targets },
	{ "export", "OBJECT...", 0, SIZE_MAX,
	  "Make a package that starts in an emulator",
	  "A BagIt bag with the image, a run script, a README and the record; "
	  "refused when\nthe object is not intact at that moment.  Several "
	  "objects are one set of media, in\nthis order, or with --each a "
	  "package each.  Status 1 when a start that was to be\nproved failed.",
	  mun_opts_export, mun_cmd_export },
	{ "verify", "PACKAGE|FILE", 1, 1,
	  "Check a package or a manifest anywhere (no repository needed)",
	  "PACKAGE is a BagIt bag: a folder, zip, tar or tar.gz, of anybody.  "
	  "All digests,\ncompleteness both ways; of our own packages also the "
	  "images, decoded again, and the\nrecords.  Nothing is unpacked to "
	  "disk, nothing fetched.  Status 1: each difference\nis named; 2: it "
	  "could not be judged.",
	  mun_opts_verify, mun_cmd_verify },
	{ "manifest", "export [OBJECT...] | verify FILE", 1, SIZE_MAX,
	  "Write digests in the forms of others, or verify theirs",
	  "export lists stored files with their recorded digests, for "
	  "sha256sum -c in the\nrepository's folder, hashdeep, or a bag.  "
	  "verify takes any of these forms, and BSD\nlines, and reads the files "
	  "that it names.  Status 1 when anything is not intact,\n2 when lines "
	  "could not be used.",
	  manifest_opts, mun_cmd_manifest },
	{ "info", "IMAGE", 1, 1,
	  "Say what an image file is (no repository needed)",
	  "Format, variant, size, tracks, and what the container says of its "
	  "making and of\nitself.  The body is read only with --hash; the "
	  "status is then 1 where sectors are\nlost or a check inside it "
	  "fails.",
	  mun_opts_info, mun_cmd_info },
	{ "map", "IMAGE", 1, 1,
	  "Show how well each sector of an image file was read",
	  "Runs of data, zeros, holes, sectors with a failed check, and "
	  "unreadable ones; or a\npicture: a floppy as cylinders by sectors, "
	  "else a map of blocks.  Status 1 when\nthere is a sector that was "
	  "not read well.",
	  mun_opts_map, mun_cmd_map },
	{ "convert", "IMAGE OUT", 2, 2,
	  "Write an image file in another format (no repository needed)",
	  "What the format cannot hold is listed; then nothing is written and "
	  "the status is\n1, unless --accept-loss is given.  OUT must not "
	  "exist; it is whole or absent.  Of a\nfolder an .iso or .img is made, "
	  "as by muniment make-media.",
	  mun_opts_convert, mun_cmd_convert },
	{ "make-media", "DIR", 1, 1,
	  "Make a disc or disk image of a folder of files",
	  "iso: ISO 9660 with Joliet and Rock Ridge; fat: a floppy, or a disk "
	  "with one\npartition.  The same files give the same bytes.  What "
	  "cannot be held is listed; then\nnothing is written and the status "
	  "is 1, unless --accept-loss is given.",
	  mun_opts_make_media, mun_cmd_make_media },
	{ "check", "", 0, 0,
	  "Check the repository, an OCFL object or a PREMIS document",
	  "Without --ocfl or --premis: OCFL structure, the catalog itself, the "
	  "catalog against\nthe store both ways, and every record.  Status 1 "
	  "when an error was found.",
	  check_opts, mun_cmd_check },
	{ "rebuild", "", 0, 0,
	  "Make a lost catalog anew from ledger and stores", NULL, rebuild_opts,
	  mun_cmd_rebuild },
	{ "config", "get|set|list [KEY [VALUE]]", 1, 3,
	  "Read or change muniment.conf",
	  "set keeps comments and order, and refuses unknown keys.",
	  config_opts, mun_cmd_config },
	{ "formats", "", 0, 0,
	  "List the image formats that are read and written", NULL,
	  formats_opts, mun_cmd_formats },
	{ "version", "", 0, 0, "Print the version", NULL, version_opts,
	  mun_cmd_version },
	{ "help", "[COMMAND]", 0, 1, "Print help", NULL, help_opts,
	  mun_cmd_help },
	{ .name = NULL },
};

const struct mun_cli_command *mun_cli_find(const char *name)
{
	for (size_t i = 0; mun_cli_commands[i].name; i++) {
		if (!strcmp(mun_cli_commands[i].name, name))
			return &mun_cli_commands[i];
	}
	return NULL;
}
