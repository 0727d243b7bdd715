/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_texts.c - reading.json and provenance.json of a merge */
#include "ingest/merge_build.h"

#include "core/clock.h"
#include "core/jsonw.h"
#include "core/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int finish(struct mun_jsonw *w, char **out, struct mun_err *e)
{
	int rc;

	mun_jsonw_end_object(w);
	rc = mun_jsonw_finish(w, e);
	return rc ? rc : mun_str_take(&w->out, out, e);
}

static void put_path(struct mun_jsonw *w, const char *key, const char *path)
{
	struct mun_str s = { 0 };

	mun_escape(&s, path, strlen(path));
	mun_jsonw_text(w, key, s.text ? s.text : "");
	w->failed = w->failed || s.failed;
	mun_str_free(&s);
}

static void put_digests(struct mun_jsonw *w, const struct mun_digests *d)
{
	char hex[MUN_DIGEST_HEX];

	mun_jsonw_object(w, "digests");
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (!d->of[i].len)
			continue;
		mun_digest_hex(&d->of[i], hex);
		mun_jsonw_text(w, mun_digest_name((enum mun_digest_alg)i), hex);
	}
	mun_jsonw_end_object(w);
}

/* @runout: of what @m has as bad; and what was @mended of what is good. */
static void put_map(struct mun_jsonw *w, const struct mun_readmap *m,
		    const struct mun_range_list *runout,
		    const struct mun_range_list *mended)
{
	uint64_t none = mun_range_list_bytes(runout);
	uint64_t good = mun_readmap_bytes(m, MUN_READ_GOOD);
	uint64_t doubtful = mun_readmap_bytes(m, MUN_READ_DOUBTFUL);

	mun_jsonw_u64(w, "bytes", m->size);
	mun_jsonw_u64(w, "good_bytes", good);
	mun_jsonw_u64(w, "doubtful_bytes", doubtful);
	mun_jsonw_u64(w, "unreadable_bytes", m->size - good - doubtful - none);
	mun_jsonw_u64(w, "runout_bytes", none);
	mun_range_list_json(w, "runout", runout);
	mun_range_list_json(w, "mended", mended);
}

static void put_summary(struct mun_jsonw *w, const struct mun_merge_build *b)
{
	const struct mun_merge_summary *s = &b->pass->sum;

	mun_jsonw_object(w, "merge");
	mun_jsonw_u64(w, "version", mun_version_number(b->st));
	mun_jsonw_text(w, "prefer", b->pass->prefer ? b->pass->prefer : "");
	mun_jsonw_u64(w, "sector_size", b->pass->sector_bytes);
	mun_jsonw_u64(w, "filled_bytes", s->filled_bytes);
	mun_jsonw_u64(w, "lost_bytes", s->lost_bytes);
	mun_jsonw_u64(w, "runout_bytes", s->runout_bytes);
	mun_jsonw_u64(w, "doubtful_bytes", s->doubtful_bytes);
	mun_jsonw_u64(w, "disagreements", s->disagreements);
	mun_jsonw_u64(w, "outvoted", s->outvoted);
	mun_jsonw_u64(w, "liar", s->liar);
	mun_jsonw_text(w, "liar_name", s->liar_name);
	mun_jsonw_end_object(w);
}

static void put_request(struct mun_jsonw *w, const struct mun_ingest_request *q)
{
	mun_jsonw_text(w, "operator", q->operator_name ? q->operator_name : "");
	mun_jsonw_text(w, "write_blocker",
		       q->write_blocker ? q->write_blocker : "");
	mun_jsonw_text(w, "note", q->note ? q->note : "");
	mun_jsonw_bool(w, "read_elsewhere", q->map != NULL);
}

int mun_merge_reading_text(const struct mun_merge_build *b, char **out,
			   struct mun_err *e)
{
	struct mun_jsonw w;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, "format", "muniment-reading-1");
	mun_jsonw_u64(&w, "reading", b->old->n + 1);
	mun_jsonw_text(&w, "name", b->fresh_name);
	mun_jsonw_text(&w, "kind", b->fresh->is_device ? "device" : "file");
	put_path(&w, "source", b->s->req.source);
	mun_jsonw_text(&w, "began", b->s->created);
	mun_jsonw_text(&w, "session", b->s->id);
	mun_jsonw_text(&w, "program", "muniment");
	mun_jsonw_text(&w, "version", b->env->program_version);
	put_request(&w, &b->s->req);
	put_map(&w, &b->fresh->map, &b->fresh->runout, b->fresh_mended);
	put_digests(&w, &b->fresh->digests);
	put_summary(&w, b);
	if (b->attempts->n)
		mun_attempts_json(&w, b->attempts);
	return finish(&w, out, e);
}

int mun_merge_first_text(const struct mun_merge_build *b, char **out,
			 struct mun_err *e)
{
	const struct mun_record *r = b->old->r;
	struct mun_jsonw w;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, "format", "muniment-reading-1");
	mun_jsonw_u64(&w, "reading", 1);
	mun_jsonw_text(&w, "name", b->old->of[0].name);
	mun_jsonw_text(&w, "kind", r->source_kind);
	mun_jsonw_text(&w, "source", r->source);
	mun_jsonw_text(&w, "began", r->created);
	mun_jsonw_text(&w, "session", r->id);
	mun_jsonw_text(&w, "write_blocker", r->write_blocker);
	put_map(&w, &b->old->map, &b->old->runout, &b->old->of[0].mended);
	put_digests(&w, &b->old->file->digests);
	return finish(&w, out, e);
}

static void put_readings(struct mun_jsonw *w, const struct mun_merge_build *b)
{
	char path[64];

	mun_jsonw_array(w, "readings");
	for (size_t i = 0; i <= b->old->n; i++) {
		mun_jsonw_object(w, NULL);
		(void)snprintf(path, sizeof(path), MUN_READS "%zu/reading.json",
			       i + 1);
		mun_jsonw_u64(w, "reading", i + 1);
		mun_jsonw_text(w, "told_in", path);
		mun_jsonw_text(w, "name",
			       i < b->old->n ? b->old->of[i].name
					     : b->fresh_name);
		mun_jsonw_u64(w, "differs_bytes", b->pass->differs[i].bytes);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

/* The extents, which may be many, are put in as they were written. */
int mun_merge_provenance_text(const struct mun_merge_build *b, char **out,
			      struct mun_err *e)
{
	char now[MUN_TIME_LEN];
	mun_autofree char *head = NULL;
	struct mun_str s = { 0 };
	struct mun_jsonw w;
	size_t len;
	int rc;

	mun_time_text(b->started_ms, now);
	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, "format", "muniment-provenance-1");
	mun_jsonw_text(&w, "object", b->old->r->id);
	mun_jsonw_u64(&w, "version", mun_version_number(b->st));
	mun_jsonw_text(&w, "merged", now);
	mun_jsonw_text(&w, "master", b->old->file->path);
	mun_jsonw_u64(&w, "sector_size", b->pass->sector_bytes);
	mun_jsonw_text(&w, "prefer", b->pass->prefer ? b->pass->prefer : "");
	put_readings(&w, b);
	rc = finish(&w, &head, e);
	if (rc)
		return rc;
	/* Two objects become one: "}" and "{", with their newlines, go. */
	len = strlen(head);
	while (len && head[len - 1] != '}')
		len--;
	mun_str_add_bytes(&s, head, len - 2);
	mun_str_add(&s, ",");
	mun_str_add_bytes(&s, b->pass->extents.text + 1,
			  b->pass->extents.len - 1);
	return mun_str_take(&s, out, e);
}
