/* SPDX-License-Identifier: Apache-2.0 */
/* cli/repo.c - finding and opening the repository */
#include "cli/cli.h"

#include "audit/witness.h"
#include "catalog/report_facts.h"
#include "core/file.h"
#include "core/str.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool has_conf(const char *dir)
{
	char path[PATH_MAX];
	struct stat st;

	return (size_t)snprintf(path, sizeof(path), "%s/muniment.conf", dir) <
		       sizeof(path) &&
	       !stat(path, &st);
}

static int nearest_upward(char **out, struct mun_err *e)
{
	char dir[PATH_MAX];

	if (!getcwd(dir, sizeof(dir)))
		return mun_fail_sys(e, errno, "current folder");
	for (;;) {
		char *slash = strrchr(dir, '/');

		if (has_conf(dir))
			return mun_strdup(dir, out, e);
		if (!slash || slash == dir)
			break;
		*slash = '\0';
	}
	return mun_fail(e, MUN_ENOENT,
			"no repository here or above; give -C DIR, set "
			"MUNIMENT_REPOSITORY, or make one with muniment init");
}

static int find(const struct mun_cli *c, char **out, struct mun_err *e)
{
	const char *given = c->directory;

	if (!given || !given[0])
		given = getenv("MUNIMENT_REPOSITORY");
	if (!given || !given[0])
		return nearest_upward(out, e);
	if (!has_conf(given))
		return mun_fail(e, MUN_ENOENT,
				"'%s' is not a repository (no muniment.conf); "
				"make one with muniment init",
				given);
	return mun_strdup(given, out, e);
}

int mun_repo_names(const char *path, struct mun_repo **out, struct mun_err *e)
{
	mun_auto(repo) *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return mun_fail_nomem(e, "repository");
	rc = mun_strdup(path, &r->path, e);
	if (!rc)
		rc = mun_path_join(path, "muniment.conf", &r->conf_path, e);
	if (!rc)
		rc = mun_path_join(path, "catalog.db", &r->catalog_path, e);
	if (!rc)
		rc = mun_path_join(path, "ocfl", &r->store_path, e);
	if (!rc)
		rc = mun_path_join(path, "spool", &r->spool_path, e);
	if (!rc)
		rc = mun_path_join(path, "ledger", &r->ledger_path, e);
	if (!rc)
		rc = mun_path_join(path, "signing.key", &r->key_path, e);
	if (rc)
		return rc;
	*out = mun_steal(&r);
	return 0;
}

static int open_catalog(struct mun_repo *r, bool write, struct mun_err *e)
{
	struct mun_err why;
	int rc = mun_catalog_open(r->catalog_path, &r->catalog, e);

	if (rc == MUN_ENOENT)
		return mun_fail(e, MUN_ENOENT,
				"'%s' is lost; muniment rebuild makes it anew "
				"from the store",
				r->catalog_path);
	/* What only reads, reads also where nothing can be written. */
	if (rc == MUN_EIO && !write &&
	    !mun_rep_open(r->catalog_path, &r->catalog, &why))
		return 0;
	return rc;
}

static struct mun_evidence evidence_of(const struct mun_repo *r)
{
	return (struct mun_evidence){ r->ledger_path, r->key_path, r->conf };
}

static int attach(struct mun_repo *r, struct mun_err *e)
{
	struct mun_evidence w = evidence_of(r);
	int rc = mun_evidence_begin(r->catalog, &w, e);

	r->evidence = !rc;
	return rc;
}

void mun_repo_sign(struct mun_repo *r)
{
	struct mun_evidence w = evidence_of(r);
	struct mun_err e;
	char text[1024];

	if (r->evidence && mun_evidence_sign(r->catalog, &w, NULL, &e))
		mun_log(MUN_LOG_WARN, "%s",
			mun_err_text(&e, text, sizeof(text), 0));
	else if (r->evidence && r->stamp && mun_evidence_stamp(&w, &e))
		mun_log(MUN_LOG_WARN, "%s; the next audit asks again",
			mun_err_text(&e, text, sizeof(text), 0));
	r->evidence = false;
}

int mun_repo_open(const struct mun_cli *c, unsigned int parts,
		  struct mun_repo **out, struct mun_err *e)
{
	mun_auto(repo) *r = NULL;
	mun_autofree char *path = NULL;
	int rc = find(c, &path, e);

	if (!rc)
		rc = mun_repo_names(path, &r, e);
	if (!rc)
		rc = mun_conf_load(r->conf_path, &r->conf, e);
	if (!rc && parts & MUN_REPO_STORE)
		rc = mun_store_open(r->store_path, &r->store, e);
	if (!rc && parts & MUN_REPO_CATALOG)
		rc = open_catalog(
			r, (parts & MUN_REPO_EVIDENCE) == MUN_REPO_EVIDENCE, e);
	/* A dry run adds nothing, and so writes no ledger either. */
	if (!rc && (parts & MUN_REPO_EVIDENCE) == MUN_REPO_EVIDENCE &&
	    !mun_cli_flag(c, "dry-run"))
		rc = attach(r, e);
	if (rc)
		return rc;
	*out = mun_steal(&r);
	return 0;
}

void mun_repo_free(struct mun_repo *r)
{
	if (!r)
		return;
	mun_repo_sign(r);
	mun_catalog_close(r->catalog);
	mun_store_close(r->store);
	mun_conf_free(r->conf);
	free(r->path);
	free(r->conf_path);
	free(r->catalog_path);
	free(r->store_path);
	free(r->spool_path);
	free(r->ledger_path);
	free(r->key_path);
	free(r);
}

int mun_repo_ingest_env(const struct mun_cli *c, const struct mun_repo *r,
			struct mun_ingest_env *out, struct mun_err *e)
{
	*out = (struct mun_ingest_env){
		.store = r->store,
		.catalog = r->catalog,
		.spool = r->spool_path,
		.program_version = mun_version,
		.progress = &c->progress,
	};
	return mun_digest_set_parse(mun_conf_get(r->conf, "digests"),
				    &out->algs, e);
}

const char *mun_repo_operator(const struct mun_cli *c, const struct mun_repo *r)
{
	const char *name = mun_cli_text(c, "operator");
	const struct passwd *pw;

	if (name)
		return name;
	name = mun_conf_get(r->conf, "operator");
	if (name && name[0])
		return name;
	pw = getpwuid(geteuid());
	return pw && mun_text_is_clean(pw->pw_name, "") ? pw->pw_name : "";
}
