/* SPDX-License-Identifier: Apache-2.0 */
/* cli/rebuild_stores.c - the stores of a repository whose catalog is lost */
#include "cli/rebuild_stores.h"

#include "core/json.h"
#include "core/log.h"
#include "fixity/ledger.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

static int keep(struct mun_rebuild_stores *s, struct mun_place *place,
		struct mun_err *e)
{
	void *grown =
		reallocarray(s->places, s->n + 1, sizeof(struct mun_place *));

	if (!grown) {
		mun_place_close(place);
		return mun_fail_nomem(e, "stores");
	}
	s->places = grown;
	s->places[s->n++] = place;
	return 0;
}

static int open_store(struct mun_rebuild_stores *s, const json_t *entry,
		      struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_place *place;
	struct mun_err why;
	char text[512];

	if (!text_of(entry, "url")[0])
		return 0;
	if (!mun_place_path(text_of(entry, "url"), &path, &why) &&
	    !mun_place_open(path, text_of(entry, "id"), s->repository,
			    text_of(entry, "name"), &place, &why))
		return keep(s, place, e);
	mun_log(MUN_LOG_WARN, "%s", mun_err_text(&why, text, sizeof(text), 0));
	return 0;
}

/* Entries of other kinds are most of them: they are not parsed. */
static int look(void *ctx, uint64_t seq, const char *entry, size_t len,
		struct mun_err *e)
{
	struct mun_rebuild_stores *s = ctx;
	mun_autojson json_t *j = NULL;
	int rc;

	(void)seq;
	if (!memmem(entry, len, "\"kind\":\"store\"", 14) &&
	    !memmem(entry, len, "\"kind\":\"repository\"", 19))
		return 0;
	rc = mun_json_parse(entry, len, &j, e);
	if (rc)
		return rc;
	if (!strcmp(text_of(j, "kind"), "repository"))
		(void)snprintf(s->repository, sizeof(s->repository), "%s",
			       text_of(j, "id"));
	return strcmp(text_of(j, "kind"), "store") != 0 ? 0
							: open_store(s, j, e);
}

int mun_rebuild_stores_find(const char *ledger, struct mun_rebuild_stores *out,
			    struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	int rc = mun_ledger_open(ledger, false, &l, e);

	*out = (struct mun_rebuild_stores){ 0 };
	if (rc == MUN_ENOENT)
		return 0;
	if (!rc)
		rc = mun_ledger_read(l, 0, mun_ledger_size(l), look, out, e);
	if (rc)
		mun_rebuild_stores_clear(out);
	return rc;
}

void mun_rebuild_stores_clear(struct mun_rebuild_stores *s)
{
	for (size_t i = 0; i < s->n; i++)
		mun_place_close(s->places[i]);
	free(s->places);
	*s = (struct mun_rebuild_stores){ 0 };
}
