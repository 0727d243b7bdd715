/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_init.c - muniment init */
#include "cli/cli.h"

#include "core/file.h"
#include "core/str.h"

#include <string.h>
#include <sys/stat.h>

static int conf_text(const char *name, const char *digests, struct mun_str *s,
		     struct mun_err *e)
{
	unsigned int set;
	int rc = mun_digest_set_parse(digests, &set, e);

	if (!rc && !mun_text_is_clean(name, ""))
		rc = mun_fail(e, MUN_EINVAL, "the name is not clean text");
	if (rc)
		return rc;
	mun_str_addf(s,
		     "; muniment.conf - see muniment config --help\n\n"
		     "[repository]\n"
		     "; what reports and packages call this repository\n"
		     "name = %s\n\n"
		     "; kept for every file: md5, sha1, sha256, sha512,\n"
		     "; sha512-256, blake2b-512, crc32 (OCFL adds sha512)\n"
		     "digests = %s\n",
		     name, digests);
	return s->failed ? mun_fail_nomem(e, "configuration") : 0;
}

/* The configuration comes last: with it the folder is a repository. */
static int make(const struct mun_repo *r, const char *conf, size_t len,
		struct mun_err *e)
{
	int rc = mun_mkdirs(r->path, e);

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
		rc = mun_file_write_new(r->path, "muniment.conf", conf, len, e);
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
	const char *name = mun_cli_text(c, "name");
	const char *digests = mun_cli_text(c, "digests");
	mun_auto(repo) *r = NULL;
	struct mun_str conf = { 0 };
	struct mun_jsonw w;
	struct mun_err e;
	struct stat st;
	int rc;

	rc = mun_repo_names(where(c), &r, &e);
	if (!rc && !stat(r->conf_path, &st))
		rc = mun_fail(&e, MUN_EEXIST, "'%s' is a repository already",
			      r->path);
	if (!rc)
		rc = conf_text(name ? name : "muniment repository",
			       digests ? digests : "sha256,sha512", &conf, &e);
	if (!rc)
		rc = make(r, conf.text, conf.len, &e);
	mun_str_free(&conf);
	if (rc)
		return mun_cli_error(c, &e);
	if (!mun_cli_flag(c, "json")) {
		(void)printf("repository made in %s\n", r->path);
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, "path", r->path);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}
