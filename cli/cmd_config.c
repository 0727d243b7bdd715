/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_config.c - muniment config */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

int mun_cli_check_setting(const char *key, const char *value, struct mun_err *e)
{
	return mun_conf_check(key, value, e);
}

static int value_json(const struct mun_cli *c, const char *value)
{
	struct mun_jsonw w;

	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, c->args[1], value);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}

/* What holds at args[1]; or the exit status of what is wrong with it. */
static int look_up(struct mun_cli *c, const struct mun_repo *r,
		   const char **value)
{
	struct mun_err e;
	int rc = mun_conf_get_dotted(r->conf, c->args[1], value, &e);
	char text[1024];

	if (rc == MUN_EINVAL && strchr(c->args[1], '.'))
		return mun_cli_usage(c, "%s",
				     mun_err_text(&e, text, sizeof(text), 0));
	if (rc == MUN_EINVAL)
		return mun_cli_usage(c, "unknown key '%s'", c->args[1]);
	return rc ? mun_cli_error(c, &e) : 0;
}

static int get(struct mun_cli *c, const struct mun_repo *r)
{
	const char *value;
	int status = look_up(c, r, &value);

	if (status)
		return status;
	if (mun_cli_flag(c, "json"))
		return value_json(c, value);
	(void)printf("%s\n", value);
	return MUN_EXIT_DONE;
}

static int set(struct mun_cli *c, const struct mun_repo *r)
{
	bool dry_run = mun_cli_flag(c, "dry-run");
	const char *was;
	struct mun_err e;
	int status = look_up(c, r, &was);

	if (status)
		return status;
	if (mun_conf_check(c->args[1], c->args[2], &e) ||
	    (!dry_run &&
	     mun_conf_set(r->conf_path, c->args[1], c->args[2], &e)))
		return mun_cli_error(c, &e);
	return mun_cli_flag(c, "json") ? value_json(c, c->args[2])
				       : MUN_EXIT_DONE;
}

/* All keys of [repository] with what holds, and of the other sections what
 * they say themselves. */
static int list_section(const struct mun_conf *conf,
			const struct mun_conf_section *s, struct mun_jsonw *w,
			struct mun_err *e)
{
	for (size_t i = 0; mun_conf_keys[i].name; i++) {
		const char *key = mun_conf_keys[i].name;
		mun_autofree char *name = NULL;
		const char *value =
			s->kind == MUN_CONF_REPOSITORY
				? mun_conf_get(conf, key)
				: mun_conf_get_in(conf, s->title, key);
		int rc;

		if (!value)
			continue;
		rc = mun_conf_dotted(s, key, &name, e);
		if (rc)
			return rc;
		if (w)
			mun_jsonw_text(w, name, value);
		else
			(void)printf("%s = %s\n", name, value);
	}
	return 0;
}

static int list(struct mun_cli *c, const struct mun_repo *r)
{
	bool json = mun_cli_flag(c, "json");
	const struct mun_conf_section *s;
	struct mun_jsonw w;
	struct mun_err e;
	int rc = 0;

	if (json)
		mun_cli_json_begin(&w);
	for (size_t i = 0; !rc && (s = mun_conf_sections(r->conf, i)); i++)
		rc = list_section(r->conf, s, json ? &w : NULL, &e);
	if (rc)
		return mun_cli_error(c, &e);
	return json ? mun_cli_json_end(c, &w, MUN_EXIT_DONE) : MUN_EXIT_DONE;
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
