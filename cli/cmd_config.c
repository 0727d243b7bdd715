/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_config.c - muniment config */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

int mun_cli_check_setting(const char *key, const char *value, struct mun_err *e)
{
	for (size_t i = 0; mun_conf_keys[i].name; i++) {
		const struct mun_conf_key *k = &mun_conf_keys[i];

		if (strcmp(k->name, key) != 0)
			continue;
		if (k->check && k->check(value, e))
			return mun_ctx(e, "set '%s'", key);
		return 0;
	}
	return mun_fail(e, MUN_EINVAL, "unknown key '%s'", key);
}

static int value_json(const struct mun_cli *c, const char *value)
{
	struct mun_jsonw w;

	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, c->args[1], value);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}

static int get(struct mun_cli *c, const struct mun_repo *r)
{
	const char *value = mun_conf_get(r->conf, c->args[1]);

	if (!value)
		return mun_cli_usage(c, "unknown key '%s'", c->args[1]);
	if (mun_cli_flag(c, "json"))
		return value_json(c, value);
	(void)printf("%s\n", value);
	return MUN_EXIT_DONE;
}

static int set(struct mun_cli *c, const struct mun_repo *r)
{
	bool dry_run = mun_cli_flag(c, "dry-run");
	struct mun_err e;

	if (!mun_conf_get(r->conf, c->args[1]))
		return mun_cli_usage(c, "unknown key '%s'", c->args[1]);
	if (mun_cli_check_setting(c->args[1], c->args[2], &e) ||
	    (!dry_run &&
	     mun_conf_set(r->conf_path, c->args[1], c->args[2], &e)))
		return mun_cli_error(c, &e);
	return mun_cli_flag(c, "json") ? value_json(c, c->args[2])
				       : MUN_EXIT_DONE;
}

static int list(struct mun_cli *c, const struct mun_repo *r)
{
	struct mun_jsonw w;

	if (mun_cli_flag(c, "json"))
		mun_cli_json_begin(&w);
	for (size_t i = 0; mun_conf_keys[i].name; i++) {
		const char *key = mun_conf_keys[i].name;
		const char *value = mun_conf_get(r->conf, key);

		if (mun_cli_flag(c, "json"))
			mun_jsonw_text(&w, key, value);
		else
			(void)printf("%s = %s\n", key, value);
	}
	if (mun_cli_flag(c, "json"))
		return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
	return MUN_EXIT_DONE;
}

int mun_cmd_config(struct mun_cli *c)
{
	const char *verb = c->args[0];
	mun_auto(repo) *r = NULL;
	struct mun_err e;

	if (!((!strcmp(verb, "get") && c->nargs == 2) ||
	      (!strcmp(verb, "set") && c->nargs == 3) ||
	      (!strcmp(verb, "list") && c->nargs == 1)))
		return mun_cli_usage(c, "config wants get KEY, set KEY VALUE "
					"or list");
	if (mun_repo_open(c, 0, &r, &e))
		return mun_cli_error(c, &e);
	if (!strcmp(verb, "get"))
		return get(c, r);
	return !strcmp(verb, "set") ? set(c, r) : list(c, r);
}
