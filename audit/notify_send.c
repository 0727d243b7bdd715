/* SPDX-License-Identifier: Apache-2.0 */
/* audit/notify_send.c - a message to notify-command and webhook, and its fact */
#include "audit/notify_send.h"

#include <string.h>

#include "catalog/custody.h"
#include "core/http.h"
#include "core/spawn.h"
#include "core/str.h"

#define TIME_LIMIT_MS 60000u
#define KEPT_OUTPUT ((size_t)4 << 10)
#define MOST_ANSWER ((size_t)64 << 10)

struct channel {
	const char *name; /* "command", "webhook" */
	const char *target; /* the command or URL */
	bool delivered;
	char why[256]; /* not; or "" */
};

static const char *setting(const struct mun_conf *c, const char *key)
{
	const char *value = mun_conf_get(c, key);

	return value ? value : "";
}

bool mun_notify_is_configured(const struct mun_conf *c)
{
	return *setting(c, "notify-command") || *setting(c, "webhook");
}

/* "NAME=value" into the caller's list. */
static int variable(const char **list, size_t *n, const char *name,
		    const char *value, struct mun_err *e)
{
	char *text = NULL;
	int rc = mun_fmt(&text, e, "%s=%s", name, value);

	if (!rc)
		list[(*n)++] = text;
	return rc;
}

static int environment(const struct mun_custodian *k,
		       const struct mun_message *m, const char **list,
		       size_t *n, struct mun_err *e)
{
	int rc = variable(list, n, "MUNIMENT_EVENT",
			  mun_notify_event_name(m->event), e);

	if (!rc)
		rc = variable(list, n, "MUNIMENT_STORE", m->store, e);
	if (!rc)
		rc = variable(list, n, "MUNIMENT_TEXT", m->text, e);
	if (!rc)
		rc = variable(list, n, "MUNIMENT_NAME",
			      setting(k->conf, "name"), e);
	return rc;
}

static int run_command(const struct mun_custodian *k,
		       const struct mun_message *m, const char *command,
		       struct mun_err *e)
{
	const char *env[8] = { NULL };
	const struct mun_spawn q = {
		.shell = command,
		.env = env,
		.input = m->json,
		.input_len = strlen(m->json),
		.max_output = KEPT_OUTPUT,
		.timeout_ms = TIME_LIMIT_MS,
	};
	struct mun_spawned out = { 0 };
	size_t n = 0;
	int rc = environment(k, m, env, &n, e);

	if (!rc) {
		rc = mun_spawn_run(&q, &out, e);
		if (!rc)
			rc = mun_spawned_check(&out, "notify-command", e);
		mun_spawned_clear(&out);
	}
	for (size_t i = 0; i < n; i++) {
		char *text = (char *)(uintptr_t)env[i];

		free(text);
	}
	return rc;
}

static int post(const struct mun_message *m, const char *url, struct mun_err *e)
{
	const struct mun_http q = {
		.url = url,
		.content_type = "application/json",
		.body = m->json,
		.body_len = strlen(m->json),
		.max_answer = MOST_ANSWER,
		.timeout_ms = TIME_LIMIT_MS,
	};

	return mun_http_post(&q, NULL, NULL, e);
}

/* Did it arrive?  If not, that is said and kept, and nothing more. */
static void outcome(struct channel *c, int rc, const struct mun_err *e)
{
	c->delivered = rc == 0;
	if (!rc)
		return;
	(void)mun_err_text(e, c->why, sizeof(c->why), 0);
	mun_log(MUN_LOG_WARN, "the %s was not told: %s", c->name, c->why);
}

static int write_down(const struct mun_custodian *k,
		      const struct mun_message *m, const struct channel *c,
		      struct mun_err *e)
{
	mun_autofree char *text = NULL;
	int rc = mun_fmt(&text, e, "%s%s%s", m->kept, *c->why ? "; " : "",
			 c->why);

	if (rc || !m->nincidents)
		return rc ? rc
			  : mun_catalog_notice(k->catalog, NULL, m->what,
					       c->name, c->target, c->delivered,
					       text, e);
	for (size_t i = 0; i < m->nincidents && !rc; i++)
		rc = mun_catalog_notice(k->catalog, m->incidents[i], m->what,
					c->name, c->target, c->delivered, text,
					e);
	return rc;
}

int mun_notify_send(const struct mun_custodian *k, const struct mun_message *m,
		    struct mun_err *e)
{
	struct channel all[] = {
		{ .name = "command",
		  .target = setting(k->conf, "notify-command") },
		{ .name = "webhook", .target = setting(k->conf, "webhook") },
	};
	struct mun_err why;
	int rc = 0;

	if (*all[0].target)
		outcome(&all[0], run_command(k, m, all[0].target, &why), &why);
	if (*all[1].target)
		outcome(&all[1], post(m, all[1].target, &why), &why);
	/* What did not arrive first: the last notice of a message says whether
	 * anybody has it. */
	for (int arrived = 0; arrived < 2; arrived++)
		for (size_t i = 0; i < 2 && !rc; i++)
			if (*all[i].target && all[i].delivered == arrived)
				rc = write_down(k, m, &all[i], e);
	return rc;
}
