/* SPDX-License-Identifier: Apache-2.0 */
/* audit/status.c - how a repository is, gathered in one pass */
#include "audit/status.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/report_int.h"
#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"

struct gathering {
	struct mun_figures f;
	const struct mun_holdings *holdings;
	struct mun_status *s;
};

static int take_part(struct mun_status_part *p, const char *store,
		     const char *collection, const struct mun_figures_group *g,
		     struct mun_err *e)
{
	int rc = mun_strdup(store, &p->store, e);

	if (!rc && collection)
		rc = mun_strdup(collection, &p->collection, e);
	p->objects = g->objects;
	p->bytes = g->bytes;
	p->never = g->never;
	p->overdue = g->overdue;
	p->worst_overdue_ms = g->worst_overdue;
	p->oldest_check_ms = g->oldest;
	p->next_due = INT64_MAX;
	for (size_t i = 0; i < MUN_VERDICTS; i++)
		p->outcomes[i] = g->last[i];
	return rc;
}

/* Is the store there?  Said of each store once, wherever it is looked at. */
static void take_state(const struct gathering *a, struct mun_status_part *p,
		       const char *state)
{
	const struct mun_holding *h = NULL;
	char why[512];

	(void)snprintf(p->state, sizeof(p->state), "%s", state);
	if (a->holdings)
		h = mun_holdings_find(a->holdings, p->store);
	if (!h || h->place)
		return;
	(void)snprintf(p->state, sizeof(p->state), "away");
	(void)snprintf(p->why, sizeof(p->why), "%.*s", (int)sizeof(p->why) - 1,
		       mun_err_text(&h->away, why, sizeof(why), 0));
}

static int take_stores(struct gathering *a, struct mun_err *e)
{
	struct mun_status *s = a->s;
	int rc = 0;

	s->stores = calloc(a->f.nstores + 1, sizeof(*s->stores));
	if (!s->stores)
		return mun_fail_nomem(e, "stores");
	for (size_t i = 0; i < a->f.nstores && !rc; i++) {
		const struct mun_figures_store *x = &a->f.stores[i];
		struct mun_status_part *p = &s->stores[s->nstores];

		if (strcmp(x->state, "removed") == 0)
			continue;
		s->nstores++;
		rc = take_part(p, x->name, NULL, &x->sum, e);
		if (rc)
			return rc;
		p->in_policy = x->in_policy;
		p->lacking = s->objects - x->objects;
		p->rate = x->rate;
		p->has_forecast = x->has_forecast;
		p->forecast = x->forecast;
		if (x->has_forecast)
			p->next_due = x->next_due;
		take_state(a, p, x->state);
	}
	return rc;
}

static int take_collections(struct gathering *a, struct mun_err *e)
{
	struct mun_status *s = a->s;
	int rc = 0;

	s->collections = calloc(a->f.ngroups + 1, sizeof(*s->collections));
	if (!s->collections)
		return mun_fail_nomem(e, "collections");
	for (size_t i = 0; i < a->f.ngroups && !rc; i++) {
		const struct mun_figures_group *g = &a->f.groups[i];
		struct mun_status_part *p = &s->collections[s->ncollections++];

		rc = take_part(p, a->f.stores[g->store].name, g->collection, g,
			       e);
		p->in_policy = *g->exempt ? 0 : g->objects;
	}
	return rc;
}

static int take_incident(void *ctx, const struct mun_rep_incident *i,
			 struct mun_err *e)
{
	struct mun_status *s = ctx;
	struct mun_status_incident *x = &s->newest[s->nnewest];
	int rc;

	s->incidents++;
	s->unacknowledged += !i->acknowledged;
	if (s->nnewest == MUN_STATUS_NEWEST)
		return 0;
	(void)snprintf(x->id, sizeof(x->id), "%s", i->id);
	(void)snprintf(x->object, sizeof(x->object), "%s", i->object);
	(void)snprintf(x->store, sizeof(x->store), "%s", i->store);
	(void)snprintf(x->kind, sizeof(x->kind), "%s", i->kind);
	(void)snprintf(x->state, sizeof(x->state), "%s", i->state);
	(void)snprintf(x->opened, sizeof(x->opened), "%s", i->opened);
	s->nnewest++;
	rc = mun_strdup(i->path, &x->path, e);
	return rc ? rc : mun_strdup(i->label, &x->label, e);
}

static int read_catalog(void *ctx, struct mun_err *e)
{
	struct gathering *a = ctx;
	struct mun_status *s = a->s;
	int rc = mun_figures_holdings(&a->f, e);

	if (rc)
		return rc;
	memcpy(s->repository, a->f.repository, sizeof(s->repository));
	for (size_t i = 0; i < MUN_COUNT(a->f.with); i++)
		s->objects += a->f.with[i];
	s->copies = a->f.all.objects;
	s->partial = a->f.partial;
	s->short_of_copies = a->f.lacking;
	/* main has every object. */
	s->bytes = a->f.stores[0].bytes;
	for (size_t i = MUN_V_MISMATCH; i < MUN_VERDICTS; i++)
		s->damaged += a->f.all.last[i];
	rc = take_stores(a, e);
	if (!rc)
		rc = take_collections(a, e);
	return rc ? rc : mun_rep_open_incidents(a->f.c, take_incident, s, e);
}

/* Does a living process hold the lock file? */
static bool is_held(const char *path)
{
	mun_autoclose int fd = mun_sys.open(path, O_RDONLY | O_CLOEXEC, 0);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;
}

/* Sessions are folders named by their object; audits hold a lock each. */
static int look_into_spool(struct mun_status *s, const char *repository,
			   struct mun_err *e)
{
	mun_autofree char *spool = NULL;
	struct dirent *d;
	DIR *dir;
	int rc = mun_path_join(repository, "spool", &spool, e);

	if (rc)
		return rc;
	dir = opendir(spool);
	if (!dir)
		return 0;
	while (!rc && (d = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe) */
		const size_t len = strlen(d->d_name);
		mun_autofree char *path = NULL;

		s->sessions += mun_uuid_is(d->d_name);
		if (strncmp(d->d_name, "audit-", 6) != 0 || len < 11 ||
		    strcmp(d->d_name + len - 5, ".lock") != 0)
			continue;
		rc = mun_path_join(spool, d->d_name, &path, e);
		s->audits += !rc && is_held(path);
	}
	(void)closedir(dir);
	return rc;
}

/* Tokens are files SIZE-N.tsr; when they say, only a verification knows, but
 * they were kept when they came. */
static void newest_token(struct mun_status *s, const char *ledger)
{
	mun_autofree char *tokens = NULL;
	struct mun_err e;
	struct dirent *d;
	struct stat st;
	DIR *dir;

	if (mun_path_join(ledger, "tokens", &tokens, &e))
		return;
	dir = opendir(tokens);
	if (!dir)
		return;
	while ((d = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe) */
		const size_t len = strlen(d->d_name);

		if (len < 4 || strcmp(d->d_name + len - 4, ".tsr") != 0 ||
		    fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		s->token_ms =
			MUN_MAX(s->token_ms, (int64_t)st.st_mtim.tv_sec * 1000);
	}
	(void)closedir(dir);
}

static int look_into_ledger(struct mun_status *s, const char *repository,
			    struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_auto(ledger) *l = NULL;
	struct mun_err why;
	char text[512];
	int rc = mun_path_join(repository, "ledger", &path, e);

	if (rc)
		return rc;
	rc = mun_ledger_open(path, false, &l, &why);
	s->has_ledger = rc != MUN_ENOENT;
	if (rc == MUN_ENOENT)
		return 0;
	if (!rc) {
		s->entries = mun_ledger_size(l);
		rc = mun_ledger_head(l, &s->head, &why);
		if (rc == MUN_ENOENT) {
			s->head = (struct mun_ledger_head){ 0 };
			rc = 0;
		}
	}
	if (rc) {
		(void)snprintf(s->ledger_problem, sizeof(s->ledger_problem),
			       "%.*s", (int)sizeof(s->ledger_problem) - 1,
			       mun_err_text(&why, text, sizeof(text), 0));
		return 0;
	}
	s->unsigned_entries = s->entries - MUN_MIN(s->entries, s->head.size);
	newest_token(s, path);
	return 0;
}

int mun_status_gather(struct mun_catalog *c, const struct mun_conf *conf,
		      const char *repository,
		      const struct mun_holdings *holdings,
		      struct mun_status **out, struct mun_err *e)
{
	mun_auto(status) *s = calloc(1, sizeof(*s));
	struct gathering a = { .f = { .c = c, .conf = conf },
			       .holdings = holdings,
			       .s = s };
	int rc;

	if (!s)
		return mun_fail_nomem(e, "status");
	s->now = a.f.as_of = a.f.from = a.f.made = mun_now_ms();
	mun_time_text(s->now, a.f.span.from);
	mun_time_text(s->now + 1000, a.f.span.to);
	rc = mun_strdup(mun_conf_get(conf, "name"), &s->name, e);
	if (!rc)
		rc = mun_arena_new(&a.f.arena, e);
	if (!rc)
		rc = mun_rep_read(c, read_catalog, &a, e);
	mun_figures_free(&a.f);
	if (!rc)
		rc = look_into_spool(s, repository, e);
	if (!rc)
		rc = look_into_ledger(s, repository, e);
	if (rc)
		return mun_ctx(e, "state of '%s'", repository);
	*out = mun_steal(&s);
	return 0;
}

static void free_parts(struct mun_status_part *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(p[i].store);
		free(p[i].collection);
	}
	free(p);
}

void mun_status_free(struct mun_status *s)
{
	if (!s)
		return;
	free_parts(s->stores, s->nstores);
	free_parts(s->collections, s->ncollections);
	for (size_t i = 0; i < MUN_STATUS_NEWEST; i++) {
		free(s->newest[i].path);
		free(s->newest[i].label);
	}
	free(s->name);
	free(s);
}

bool mun_status_is_bad(const struct mun_status *s)
{
	return s->incidents || s->damaged || *s->ledger_problem;
}
