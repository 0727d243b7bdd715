/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_events.c - a merge in PREMIS events */
#include "ingest/merge_build.h"

#include "core/clock.h"
#include "core/str.h"
#include "ingest/event_add.h"
#include "ingest/event_notes.h"
#include "ingest/event_readings.h"

#include <inttypes.h>
#include <string.h>

struct doers {
	const char *operator_id; /* or NULL */
	const char *program_id;
};

static int add_doers(const struct mun_merge_build *b, struct doers *out,
		     struct mun_err *e)
{
	const char *person = b->s->req.operator_name;
	int rc = 0;

	*out = (struct doers){ 0 };
	if (person && *person)
		rc = mun_event_agent(b->r, "person", person, "", "",
				     &out->operator_id, e);
	if (!rc)
		rc = mun_event_agent(b->r, "software", "muniment",
				     b->env->program_version, "",
				     &out->program_id, e);
	return rc;
}

static void link_doers(struct mun_record *r, struct mun_rec_event *ev,
		       const struct doers *d)
{
	if (d->operator_id)
		mun_event_link_agent(r, ev, d->operator_id, MUN_BY_OPERATOR);
	mun_event_link_agent(r, ev, d->program_id, MUN_BY_PROGRAM);
}

/* An image of the medium came as a file. */
static int received(struct mun_merge_build *b, const struct doers *d,
		    struct mun_err *e)
{
	char ended[MUN_TIME_LEN];
	struct mun_rec_event *ev;
	struct mun_str name = { 0 };

	mun_time_text(b->started_ms, ended);
	ev = mun_event_at(b->r, "ingestion", b->s->created, ended, e);
	if (!ev)
		return e->code;
	mun_escape(&name, b->s->req.source, strlen(b->s->req.source));
	ev->detail = mun_arena_fmt(
		b->r->arena,
		"file received as reading %zu of the medium: %s, %" PRIu64
		" bytes, read once, opened read-only%s",
		b->old->n + 1, name.text ? name.text : "", b->fresh->bytes,
		b->s->req.map ? "; with the read map of the program that made "
				"it"
			      : "");
	mun_str_free(&name);
	link_doers(b->r, ev, d);
	mun_event_link_object(b->r, ev, b->reading, "outcome");
	return mun_arena_failed(b->r->arena, e);
}

static int read_again(struct mun_merge_build *b, const struct doers *d,
		      struct mun_err *e)
{
	const struct mun_event_readings x = {
		.attempts = b->attempts,
		.map = &b->fresh->map,
		.sector_bytes = b->fresh->sector_bytes,
		.runout = mun_range_list_bytes(&b->fresh->runout),
		.write_blocker =
			b->s->req.write_blocker ? b->s->req.write_blocker : "",
		.operator_id = d->operator_id,
		.program_id = d->program_id,
		.file_id = b->reading,
	};

	if (!b->fresh->is_device || !b->attempts->n)
		return received(b, d, e);
	return mun_event_readings(&x, b->r, e);
}

/* " (LBA 40-41, 50)" */
static void put_lost(const struct mun_merge_build *b, struct mun_str *s)
{
	const struct mun_range_list *l = &b->pass->lost;
	uint32_t sector = b->pass->sector_bytes;

	for (size_t i = 0; i < l->n && i < MUN_NOTE_RANGES; i++) {
		uint64_t first = l->of[i].off / sector;
		uint64_t last = (l->of[i].off + l->of[i].bytes - 1) / sector;

		mun_str_addf(s, "%s%" PRIu64, i ? ", " : " (LBA ", first);
		if (last > first)
			mun_str_addf(s, "-%" PRIu64, last);
	}
	if (l->n > MUN_NOTE_RANGES)
		mun_str_addf(s, " and %zu more ranges", l->n - MUN_NOTE_RANGES);
	if (l->n)
		mun_str_add(s, ")");
}

/* What came of it; in LBA, as far as that is short. */
static void put_note(const struct mun_merge_build *b, struct mun_str *s)
{
	const struct mun_merge_summary *m = &b->pass->sum;

	mun_str_addf(s,
		     "%" PRIu64 " bytes filled that were unreadable or "
		     "doubtful; %" PRIu64 " still unreadable",
		     m->filled_bytes, m->lost_bytes);
	put_lost(b, s);
	mun_str_addf(s, "; %" PRIu64 " doubtful", m->doubtful_bytes);
	if (m->runout_bytes)
		mun_str_addf(s,
			     "; %" PRIu64 " of run-out, which nobody can read "
			     "and which hold no data",
			     m->runout_bytes);
	if (!m->disagreements) {
		mun_str_add(s, "; no reading contradicts another");
		return;
	}
	mun_str_addf(s,
		     "; readings that had them do not agree on %" PRIu64
		     " sectors, each in metadata/provenance.json",
		     m->disagreements);
	if (m->liar)
		mun_str_addf(s,
			     "; in %" PRIu64 " of them one stood alone against "
			     "two or more, most often reading %u (%s)",
			     m->outvoted, m->liar, m->liar_name);
}

static int merged(struct mun_merge_build *b, const struct doers *d,
		  struct mun_err *e)
{
	const struct mun_merge_summary *m = &b->pass->sum;
	const char *prefer = b->pass->prefer;
	struct mun_rec_event *ev;
	struct mun_str note = { 0 };

	ev = mun_event_at_ms(b->r,
			     b->pass->changed ? "modification"
					      : "metadata modification",
			     b->started_ms, b->ended_ms, e);
	if (!ev)
		return e->code;
	ev->detail = mun_arena_fmt(
		b->r->arena,
		"%zu readings of the medium merged sector by sector (%" PRIu32
		" bytes): what one lacks is taken from those that have it; of "
		"three or more that have it the majority decides, else the "
		"master keeps what it had%s%s; every reading can be made again "
		"out of metadata/reads",
		b->old->n + 1, b->pass->sector_bytes,
		prefer ? "; preferred, as the operator said: " : "",
		prefer ? prefer : "");
	put_note(b, &note);
	ev->note = mun_arena_strdup(b->r->arena, note.text ? note.text : "");
	if (m->lost_bytes || m->doubtful_bytes || m->disagreements)
		ev->outcome = "warning";
	mun_str_free(&note);
	link_doers(b->r, ev, d);
	mun_event_link_object(b->r, ev, b->old_master, "source");
	mun_event_link_object(b->r, ev, b->reading, "source");
	mun_event_link_object(b->r, ev, b->provenance, "outcome");
	if (b->pass->changed)
		mun_event_link_object(b->r, ev, b->new_master, "outcome");
	return mun_arena_failed(b->r->arena, e);
}

static int digested(struct mun_merge_build *b, const struct doers *d,
		    struct mun_err *e)
{
	struct mun_rec_event *ev =
		mun_event_at_ms(b->r, "message digest calculation",
				b->started_ms, b->ended_ms, e);
	struct mun_str s = { 0 };

	if (!ev)
		return e->code;
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++)
		if (b->pass->digests.of[i].len)
			mun_str_addf(&s, "%s, ",
				     mun_digest_title((enum mun_digest_alg)i));
	mun_str_add(&s, "BEP 52 hash tree; computed while merging");
	ev->detail = mun_arena_strdup(b->r->arena, s.text ? s.text : "");
	mun_str_free(&s);
	mun_event_link_agent(b->r, ev, d->program_id, MUN_BY_PROGRAM);
	mun_event_link_object(b->r, ev, b->new_master, "");
	return mun_arena_failed(b->r->arena, e);
}

int mun_merge_events(struct mun_merge_build *b, struct mun_err *e)
{
	struct doers d;
	int rc = add_doers(b, &d, e);

	if (!rc)
		rc = read_again(b, &d, e);
	if (!rc)
		rc = merged(b, &d, e);
	if (!rc && b->pass->changed)
		rc = digested(b, &d, e);
	return rc;
}
