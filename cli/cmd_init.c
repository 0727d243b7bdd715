/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_init.c - muniment init */
#include "cli/cli.h"

#include "audit/witness.h"
#include "core/file.h"
#include "core/sys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define CONF "muniment.conf"
#define CONF_NEW CONF ".new"

static const char conf_text[] =
	"; muniment.conf - see docs/configuration.md\n\n"
	"[repository]\n"
	"; what reports and packages call this repository\n"
	"name = muniment repository\n\n"
	"; kept for every file: md5, sha1, sha256, sha512,\n"
	"; sha512-256, blake2b-512, crc32 (OCFL adds sha512)\n"
	"digests = sha256,sha512\n";

/* Under a name of its own, until everything that it speaks of is there. */
static int prepare_conf(const struct mun_repo *r, const char *path,
			const char *name, const char *digests,
			struct mun_err *e)
{
	int rc = mun_file_replace(r->path, CONF_NEW, conf_text,
				  strlen(conf_text), e);

	if (!rc && name)
		rc = mun_conf_set(path, "name", name, e);
	if (!rc && digests)
		rc = mun_conf_set(path, "digests", digests, e);
	if (rc)
		(void)mun_sys.unlink(path);
	return rc;
}

/* The ledger begins with the repository's name for itself and its key. */
static int begin_ledger(const struct mun_repo *r, struct mun_err *e)
{
	const struct mun_evidence w = { r->ledger_path, r->key_path, NULL };
	mun_auto(catalog) *c = NULL;
	int rc = mun_catalog_open(r->catalog_path, &c, e);

	if (!rc)
		rc = mun_evidence_begin(c, &w, e);
	return rc ? rc : mun_evidence_sign(c, &w, NULL, e);
}

/* The configuration comes last: with it the folder is a repository. */
static int make(const struct mun_repo *r, const char *name, const char *digests,
		struct mun_err *e)
{
	mun_autofree char *conf = NULL;
	int rc = mun_path_join(r->path, CONF_NEW, &conf, e);

	if (!rc)
		rc = mun_mkdirs(r->path, e);
	if (!rc)
		rc = prepare_conf(r, conf, name, digests, e);
	if (!rc)
		rc = mun_store_init(r->store_path, e);
	if (!rc)
		rc = mun_mkdirs(r->spool_path, e);
	if (!rc) {
		rc = mun_catalog_init(r->catalog_path, e);
		/* Left by an init that was cut short: opening it judges it. */
		if (rc == MUN_EEXIST)
			rc = 0;
	}
	if (!rc)
		rc = begin_ledger(r, e);
	if (!rc && mun_sys.rename_new(conf, r->conf_path))
		rc = mun_fail_sys(e, errno, "rename '%s'", conf);
	return rc ? rc : mun_dir_sync(r->path, e);
}

/* What make() would refuse, before anything is made. */
static int check(const char *name, const char *digests, struct mun_err *e)
{
	int rc = name ? mun_cli_check_setting("name", name, e) : 0;

	if (!rc && digests)
		rc = mun_cli_check_setting("digests", digests, e);
	return rc;
}

static const char *where(const struct mun_cli *c)
{
	const char *env = getenv("MUNIMENT_REPOSITORY");

	if (c->nargs)
		return c->args[0];
	if (c->directory)
		return c->directory;
	return env && env[0] ? env : ".";
}

int mun_cmd_init(struct mun_cli *c)
{
	bool dry_run = mun_cli_flag(c, "dry-run");
	mun_auto(repo) *r = NULL;
	struct mun_jsonw w;
	struct mun_err e;
	struct stat st;
	int rc;

	rc = mun_repo_names(where(c), &r, &e);
	if (!rc && !stat(r->conf_path, &st))
		rc = mun_fail(&e, MUN_EEXIST, "'%s' is a repository already",
			      r->path);
	if (!rc && dry_run)
		rc = check(mun_cli_text(c, "name"), mun_cli_text(c, "digests"),
			   &e);
	if (!rc && !dry_run)
		rc = make(r, mun_cli_text(c, "name"),
			  mun_cli_text(c, "digests"), &e);
	if (rc)
		return mun_cli_error(c, &e);
	if (!mun_cli_flag(c, "json")) {
		(void)printf("repository %s in %s\n",
			     dry_run ? "can be made" : "made", r->path);
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, "path", r->path);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}
