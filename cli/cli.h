/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/cli.h - what every command of the command line works with
 *
 * A command is a row of the table in commands.c and a file cmd_NAME.c: it
 * reads its options, opens what it needs, calls one library function, prints.
 * From the same rows come --help, the manual pages and shell completion.
 */
#ifndef MUN_CLI_CLI_H
#define MUN_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "core/conf.h"
#include "core/err.h"
#include "core/jsonw.h"
#include "core/log.h"
#include "ingest/ingest.h"
#include "store/store.h"

enum mun_cli_exit {
	MUN_EXIT_DONE = 0,
	MUN_EXIT_DAMAGE = 1, /* done, and damage or unreadable data was found */
	MUN_EXIT_FAILED = 2, /* could not be done */
	MUN_EXIT_USAGE = 64,
};

enum mun_cli_kind {
	MUN_OPT_FLAG,
	MUN_OPT_TEXT,
	MUN_OPT_LIST, /* may be given several times */
};

struct mun_cli_opt {
	const char *name; /* "label" for --label */
	char letter; /* or 0 */
	enum mun_cli_kind kind;
	const char *arg; /* "TEXT", for the help */
	const char *help; /* one line */
};

/* Values of one option, in the order given. */
struct mun_cli_value {
	size_t n;
	const char **texts;
};

struct mun_cli {
	const struct mun_cli_command *command;
	struct mun_cli_value *values; /* beside command->opts */
	size_t nargs;
	char **args;
	const char *directory; /* -C, or NULL */
	bool verbose; /* -v */
	struct mun_progress_to progress;
};

struct mun_cli_command {
	const char *name;
	const char *args; /* "SOURCE..." */
	size_t min_args;
	size_t max_args;
	const char *line; /* what it does, one line */
	const char *text; /* paragraphs for help and manual; may be NULL */
	const struct mun_cli_opt *opts; /* ends with a NULL name; may be NULL */
	int (*run)(struct mun_cli *c); /* an exit status */
};

/* In the order of the help; ends with a NULL name. */
extern const struct mun_cli_command mun_cli_commands[];
const struct mun_cli_command *mun_cli_find(const char *name);

/* Options. */
bool mun_cli_flag(const struct mun_cli *c, const char *name);
const char *mun_cli_text(const struct mun_cli *c, const char *name);
const struct mun_cli_value *mun_cli_list(const struct mun_cli *c,
					 const char *name);

/* Say what is wrong with the call; MUN_EXIT_USAGE. */
int mun_cli_usage(const struct mun_cli *c, const char *fmt, ...)
	MUN_PRINTF(2, 3);

/* Print the chain on stderr; MUN_EXIT_FAILED. */
int mun_cli_error(const struct mun_cli *c, const struct mun_err *e);

/**
 * mun_cli_parse() - options and arguments of one command
 *
 * @c->command is set.  Return: 0; or an exit status plus one where the command
 * must not run (--help was printed, or the call is wrong).
 */
int mun_cli_parse(struct mun_cli *c, int argc, char **argv);

/* The help of one command, and of all. */
void mun_cli_print_help(const struct mun_cli_command *cmd);
void mun_cli_print_overview(void);

/* Flush and close stdout; @status, or MUN_EXIT_FAILED where that fails. */
int mun_cli_close_stdout(int status);

/* A result as JSON on stdout, pretty. End with mun_cli_json_end(). */
void mun_cli_json_begin(struct mun_jsonw *w);
int mun_cli_json_end(const struct mun_cli *c, struct mun_jsonw *w, int status);

/* The repository in use. */
struct mun_repo {
	char *path;
	char *conf_path;
	char *catalog_path;
	char *store_path;
	char *spool_path;
	char *ledger_path;
	char *key_path;
	bool evidence; /* the ledger is attached: signed when freed */
	bool stamp; /* and time-stamped then */
	struct mun_conf *conf;
	struct mun_store *store;
	struct mun_catalog *catalog;
};

#define MUN_REPO_STORE 1u
#define MUN_REPO_CATALOG 2u
/* The command adds facts: the catalog, with its ledger; a head is signed when
 * the repository is freed. */
#define MUN_REPO_EVIDENCE (4u | MUN_REPO_CATALOG)

/**
 * mun_repo_open() - -C DIR, $MUNIMENT_REPOSITORY, or the nearest one upward
 * @parts: MUN_REPO_* that the command needs opened
 */
MUN_CHECK int mun_repo_open(const struct mun_cli *c, unsigned int parts,
			    struct mun_repo **out, struct mun_err *e);
void mun_repo_free(struct mun_repo *r); /* NULL is fine */
MUN_DEFINE_FREEP(repo, mun_repo_free);

/* Sign what was added, and have it time-stamped where that was asked for;
 * mun_repo_free() does it too.  Failures are said and change no status: the
 * next command goes on. */
void mun_repo_sign(struct mun_repo *r);

/* Names of its parts, nothing opened; @path is copied. */
MUN_CHECK int mun_repo_names(const char *path, struct mun_repo **out,
			     struct mun_err *e);

/* What an ingest needs of it; the digests are those of the configuration. */
MUN_CHECK int mun_repo_ingest_env(const struct mun_cli *c,
				  const struct mun_repo *r,
				  struct mun_ingest_env *out,
				  struct mun_err *e);

/* --operator, the configured one, or the name of the user. */
const char *mun_repo_operator(const struct mun_cli *c,
			      const struct mun_repo *r);

/* Would the configuration take this value?  0 or MUN_EINVAL. */
MUN_CHECK int mun_cli_check_setting(const char *key, const char *value,
				    struct mun_err *e);

/* Terminal. */
void mun_cli_terminal_start(struct mun_cli *c);
void mun_cli_terminal_stop(void);

/* What the progress from now on is of: a path or an id. */
void mun_cli_progress_source(const char *source);

extern const char mun_version[];

/* The commands. */
int mun_cmd_audit(struct mun_cli *c);
int mun_cmd_batch(struct mun_cli *c);
int mun_cmd_cat(struct mun_cli *c);
int mun_cmd_check(struct mun_cli *c);
int mun_cmd_config(struct mun_cli *c);
int mun_cmd_convert(struct mun_cli *c);
int mun_cmd_drives(struct mun_cli *c);
int mun_cmd_export(struct mun_cli *c);
int mun_cmd_targets(struct mun_cli *c);
int mun_cmd_formats(struct mun_cli *c);
int mun_cmd_help(struct mun_cli *c);
int mun_cmd_incidents(struct mun_cli *c);
int mun_cmd_info(struct mun_cli *c);
int mun_cmd_ingest(struct mun_cli *c);
int mun_cmd_init(struct mun_cli *c);
int mun_cmd_ledger(struct mun_cli *c);
int mun_cmd_list(struct mun_cli *c);
int mun_cmd_make_media(struct mun_cli *c);
int mun_cmd_manifest(struct mun_cli *c);
int mun_cmd_map(struct mun_cli *c);
int mun_cmd_premis(struct mun_cli *c);
int mun_cmd_rebuild(struct mun_cli *c);
int mun_cmd_repair(struct mun_cli *c);
int mun_cmd_replicate(struct mun_cli *c);
int mun_cmd_report(struct mun_cli *c);
int mun_cmd_resume(struct mun_cli *c);
int mun_cmd_rights(struct mun_cli *c);
int mun_cmd_schedule(struct mun_cli *c);
int mun_cmd_search(struct mun_cli *c);
int mun_cmd_show(struct mun_cli *c);
int mun_cmd_status(struct mun_cli *c);
int mun_cmd_store(struct mun_cli *c);
int mun_cmd_verify(struct mun_cli *c);
int mun_cmd_version(struct mun_cli *c);

#endif
