/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/events.c - the events of an accession */
#include "ingest/events.h"

#include "core/clock.h"
#include "core/str.h"
#include "ingest/decode.h"
#include "ingest/disc_master.h"
#include "ingest/event_add.h"
#include "ingest/event_notes.h"
#include "ingest/event_readings.h"
#include "ingest/expect.h"
#include "ingest/medium_facts.h"

#include <inttypes.h>
#include <string.h>

struct agents {
	const char *operator_id; /* NULL: nobody was named */
	const char *program_id;
};

static int add_agents(const struct mun_described *d, struct mun_record *r,
		      struct agents *out, struct mun_err *e)
{
	const char *person = d->session->req.operator_name;
	int rc = 0;

	if (person[0])
		rc = mun_event_agent(r, "person", person, "", "",
				     &out->operator_id, e);
	if (!rc)
		rc = mun_event_agent(r, "software", "muniment",
				     d->program_version, "", &out->program_id,
				     e);
	return rc;
}

static void link_doers(struct mun_record *r, struct mun_rec_event *ev,
		       const struct agents *a)
{
	if (a->operator_id)
		mun_event_link_agent(r, ev, a->operator_id, MUN_BY_OPERATOR);
	mun_event_link_agent(r, ev, a->program_id, MUN_BY_PROGRAM);
}

/* "3 of 2880 sectors unreadable (LBA 120-122)": some ranges by name. */
static void add_unreadable(const struct mun_record *r, uint32_t sector,
			   struct mun_str *out)
{
	mun_str_addf(out,
		     "%" PRIu64 " of %" PRIu64 " sectors of %" PRIu32
		     " bytes unreadable, filled with 0x00 (LBA ",
		     r->unreadable_bytes / sector, r->bytes / sector, sector);
	for (size_t i = 0; i < r->nunreadable && i < MUN_NOTE_RANGES; i++) {
		uint64_t first = r->unreadable[i].off / sector;
		uint64_t last =
			(r->unreadable[i].off + r->unreadable[i].bytes - 1) /
			sector;

		mun_str_addf(out, i ? ", %" PRIu64 : "%" PRIu64, first);
		if (last > first)
			mun_str_addf(out, "-%" PRIu64, last);
	}
	if (r->nunreadable > MUN_NOTE_RANGES)
		mun_str_addf(out, " and %zu more ranges",
			     r->nunreadable - MUN_NOTE_RANGES);
	mun_str_add(out, "); the read map has every range");
}

/* What is wrong with a file's bytes as they came; NULL for nothing. */
static int file_note(const struct mun_described *d, const struct mun_record *r,
		     char **out, struct mun_err *e)
{
	const uint32_t sector = d->medium->sector_bytes;
	const uint64_t doubtful =
		mun_readmap_bytes(&d->read->map, MUN_READ_DOUBTFUL);
	struct mun_str s = { 0 };

	if (r->nunreadable)
		add_unreadable(r, sector, &s);
	if (doubtful) {
		mun_str_addf(&s,
			     "%s%" PRIu64 " bytes doubtful: a check failed, "
			     "the data is kept (LBA ",
			     s.len ? "; " : "", doubtful);
		mun_lba_ranges(&d->read->map, MUN_READ_DOUBTFUL, d->optical,
			       sector, MUN_NOTE_RANGES, &s);
		mun_str_add(&s, ")");
	}
	*out = NULL;
	return s.len || s.failed ? mun_str_take(&s, out, e) : 0;
}

/* A file was received: it has no attempts, and mostly no bad sectors. */
static int receiving(const struct mun_described *d, struct mun_record *r,
		     const struct agents *a, struct mun_err *e)
{
	mun_autofree char *note = NULL;
	struct mun_rec_event *ev;
	int rc = file_note(d, r, &note, e);

	if (rc)
		return rc;
	ev = mun_event_at_ms(r, "ingestion", d->read_started_ms,
			     d->read_ended_ms, e);
	if (!ev)
		return e->code;
	ev->detail = mun_arena_fmt(r->arena,
				   "file received, %" PRIu64
				   " bytes, read once, opened read-only%s%s%s",
				   d->medium->bytes,
				   d->read->cloned ? "; shared by the file "
						     "system (copy on write)"
						   : "",
				   d->given ? "; the read map of the program "
					      "that made it came with it: "
					    : "",
				   d->given ? d->given->comments : "");
	if (note) {
		ev->outcome = "warning";
		ev->note = mun_arena_strdup(r->arena, note);
	}
	link_doers(r, ev, a);
	mun_event_link_object(r, ev, mun_record_master(r)->id, "outcome");
	return 0;
}

static int imaging(const struct mun_described *d, struct mun_record *r,
		   const struct agents *a, struct mun_err *e)
{
	/* Where nobody counted, there is one run of which only that is known. */
	struct mun_attempt one = { .drive = *d->medium };
	const struct mun_attempts only = { 1, &one };
	/* Of a disc with a sheet what was read is a part of the image. */
	const struct mun_rec_file *sectors =
		mun_record_file(r, MUN_PATH_DISC_BIN);
	const struct mun_event_readings x = {
		.attempts = d->read->attempts.n ? &d->read->attempts : &only,
		.uncounted = !d->read->attempts.n,
		.map = &d->read->map,
		.sector_bytes = d->optical
					? mun_optical_sector_bytes(d->optical)
					: d->medium->sector_bytes,
		.runout = mun_medium_runout(d),
		.write_blocker = d->session->req.write_blocker,
		.operator_id = a->operator_id,
		.program_id = a->program_id,
		.optical = d->optical,
		.file_id = sectors ? sectors->id : mun_record_master(r)->id,
	};

	mun_time_text(d->read_started_ms, one.started);
	mun_time_text(d->read_ended_ms, one.ended);
	return mun_event_readings(&x, r, e);
}

static int digesting(const struct mun_described *d, struct mun_record *r,
		     const struct agents *a, struct mun_err *e)
{
	struct mun_rec_event *ev;
	struct mun_str s = { 0 };
	mun_autofree char *detail = NULL;
	int rc;

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (r->content.of[i].len)
			mun_str_addf(&s, "%s, ",
				     mun_digest_title((enum mun_digest_alg)i));
	}
	mun_str_add(&s, "BEP 52 hash tree; computed while reading");
	rc = mun_str_take(&s, &detail, e);
	if (rc)
		return rc;
	ev = mun_event_at_ms(r, "message digest calculation",
			     d->read_started_ms, d->read_ended_ms, e);
	if (!ev)
		return e->code;
	ev->detail = mun_arena_strdup(r->arena, detail);
	mun_event_link_agent(r, ev, a->program_id, MUN_BY_PROGRAM);
	mun_event_link_object(r, ev, mun_record_master(r)->id, "");
	return 0;
}

static int identifying(const struct mun_described *d, struct mun_record *r,
		       const struct agents *a, struct mun_err *e)
{
	struct mun_rec_event *ev =
		mun_event_at_ms(r, "format identification", d->read_ended_ms,
				d->read_ended_ms, e);

	if (!ev)
		return e->code;
	ev->detail = mun_arena_fmt(
		r->arena, "%s%s%s%s%s", d->image->title,
		d->image->variant[0] ? "; " : "", d->image->variant,
		d->image->puid[0] ? "; PRONOM " : "", d->image->puid);
	ev->note = mun_arena_strdup(r->arena, d->image->note);
	mun_event_link_agent(r, ev, a->program_id, MUN_BY_PROGRAM);
	mun_event_link_object(r, ev, mun_record_master(r)->id, "");
	return 0;
}

/* "MD5: good; SHA-1: not verified" */
static int checks_note(const struct mun_image *img, char **out,
		       struct mun_err *e)
{
	struct mun_str s = { 0 };

	for (size_t i = 0; i < img->nfacts; i++) {
		const struct mun_image_fact *f = &img->facts[i];

		if (f->kind == MUN_FACT_CHECK && s.len < 4000)
			mun_str_addf(&s, "%s%s: %s", s.len ? "; " : "", f->name,
				     mun_check_word(f));
	}
	if (!s.len)
		mun_str_add(&s, "the container carries no checksum");
	return mun_str_take(&s, out, e);
}

/* What is in the container was decoded from the copy that is kept. */
static int decoding(const struct mun_described *d,
		    const struct mun_decoded *decoded, struct mun_record *r,
		    const struct agents *a, struct mun_err *e)
{
	mun_autofree char *note = NULL;
	struct mun_rec_event *ev;
	int rc = checks_note(d->received->img, &note, e);

	if (rc)
		return rc;
	ev = mun_event_at_ms(r, "fixity check", decoded->started_ms,
			     decoded->ended_ms, e);
	if (!ev)
		return e->code;
	ev->detail = mun_arena_fmt(
		r->arena,
		"decoded from the copy in the object; "
		"checksums inside the container compared%s%s",
		decoded->failure[0] ? "; not decoded: " : "", decoded->failure);
	ev->note = mun_arena_strdup(r->arena, note);
	if (decoded->check_failed || decoded->failure[0])
		ev->outcome = "fail";
	mun_event_link_agent(r, ev, a->program_id, MUN_BY_PROGRAM);
	mun_event_link_object(r, ev, mun_record_master(r)->id, "");
	return 0;
}

/* A file is ingested by being read; a device's image also has to be taken in. */
static int ingesting(struct mun_record *r, const struct agents *a,
		     struct mun_err *e)
{
	int64_t now = mun_now_ms();
	struct mun_rec_event *ev = mun_event_at_ms(r, "ingestion", now, now, e);

	if (!ev)
		return e->code;
	ev->detail = "image and metadata made one OCFL object";
	link_doers(r, ev, a);
	return 0;
}

static int taking(const struct mun_described *d, struct mun_record *r,
		  const struct agents *a, struct mun_err *e)
{
	if (d->flux)
		return mun_flux_event(d->flux, d->session->req.write_blocker,
				      a->operator_id, a->program_id, r, e);
	return d->medium->is_device ? imaging(d, r, a, e)
				    : receiving(d, r, a, e);
}

int mun_describe_events(const struct mun_described *d,
			const struct mun_decoded *decoded, struct mun_record *r,
			struct mun_err *e)
{
	struct agents a = { 0 };
	int rc = add_agents(d, r, &a, e);

	if (!rc)
		rc = taking(d, r, &a, e);
	if (!rc)
		rc = digesting(d, r, &a, e);
	if (!rc)
		rc = identifying(d, r, &a, e);
	if (!rc && decoded->made)
		rc = decoding(d, decoded, r, &a, e);
	if (!rc && (d->medium->is_device || d->flux))
		rc = ingesting(r, &a, e);
	return rc;
}

static void link_program(struct mun_record *r, struct mun_rec_event *ev)
{
	for (size_t i = 0; i < r->nagents; i++) {
		/* Others may have read the medium. */
		if (!strcmp(r->agents[i].type, "software") &&
		    !strcmp(r->agents[i].name, "muniment"))
			mun_event_link_agent(r, ev, r->agents[i].id,
					     MUN_BY_PROGRAM);
	}
}

int mun_event_parity(const struct mun_parity *p, struct mun_record *r,
		     struct mun_err *e)
{
	struct mun_rec_event *ev =
		mun_event_at_ms(r, "creation", p->started_ms, p->ended_ms, e);

	if (!ev)
		return e->code;
	ev->detail = mun_arena_fmt(r->arena,
				   "PAR2 parity of the master, %u %%: %" PRIu32
				   " recovery blocks for %" PRIu32
				   " blocks of %" PRIu64 " bytes",
				   p->percent, p->plan.recovery, p->plan.blocks,
				   p->plan.slice_bytes);
	link_program(r, ev);
	mun_event_link_object(r, ev, mun_record_master(r)->id, "source");
	for (size_t i = 0; i < r->nfiles; i++) {
		if (!strcmp(r->files[i].role, MUN_ROLE_PARITY))
			mun_event_link_object(r, ev, r->files[i].id, "outcome");
	}
	return mun_arena_failed(r->arena, e);
}

/* "SHA-256 as promised: 0a5d...", or what differs, in one line. */
static int promise_note(const struct mun_described *d,
			const struct mun_record *r, char **out,
			struct mun_err *e)
{
	const struct mun_expectation *x = d->session->req.expect;
	const struct mun_rec_file *f = mun_record_master(r);
	struct mun_str s = { 0 };
	char hex[MUN_DIGEST_HEX];

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		const struct mun_digest *want = &x->digests.of[i];
		const char *title = mun_digest_title((enum mun_digest_alg)i);

		if (!want->len)
			continue;
		mun_digest_hex(want, hex);
		mun_str_addf(&s, "%s%s promised %s", s.len ? "; " : "", title,
			     hex);
		mun_digest_hex(&f->digests.of[i], hex);
		if (mun_digest_equal(want, &f->digests.of[i]))
			mun_str_add(&s, ", found the same");
		else
			mun_str_addf(&s, ", found %s", hex);
	}
	if (x->has_bytes && x->bytes != f->bytes)
		mun_str_addf(&s, "; promised %" PRIu64 " bytes, found %" PRIu64,
			     x->bytes, f->bytes);
	return mun_str_take(&s, out, e);
}

/* Which line of which file of whom. */
static int promise_detail(const struct mun_described *d,
			  const struct mun_record *r, const char *manifest,
			  char **out, struct mun_err *e)
{
	const struct mun_expectation *x = d->session->req.expect;
	struct mun_str s = { 0 };
	char hex[MUN_DIGEST_HEX];

	mun_str_add(&s, "compared, as it was read, with line ");
	mun_str_addf(&s, "%" PRIu64 " (", x->line);
	mun_escape(&s, x->entry, strlen(x->entry));
	mun_str_add(&s, ") of the manifest ");
	for (size_t i = 0; i < r->nfiles; i++) {
		if (!strcmp(r->files[i].id, manifest))
			mun_str_add(&s, r->files[i].original_name);
	}
	mun_digest_hex(&x->manifest_sha512, hex);
	mun_str_addf(&s, " (SHA-512 %s)%s%s", hex, *x->donor ? " of " : "",
		     x->donor);
	if (!d->promise_met)
		mun_str_add(&s, "; taken in although it differs");
	return mun_str_take(&s, out, e);
}

int mun_event_promise(const struct mun_described *d, const char *manifest,
		      struct mun_record *r, struct mun_err *e)
{
	const struct mun_expectation *x = d->session->req.expect;
	mun_autofree char *detail = NULL;
	mun_autofree char *note = NULL;
	const char *donor = NULL;
	struct mun_rec_event *ev;
	int rc = promise_detail(d, r, manifest, &detail, e);

	if (!rc)
		rc = promise_note(d, r, &note, e);
	if (!rc && *x->donor)
		rc = mun_event_agent(r, "organization", x->donor, "",
				     "computed the digests that were promised",
				     &donor, e);
	if (rc)
		return rc;
	ev = mun_event_at_ms(r, "fixity check", d->read_started_ms,
			     d->read_ended_ms, e);
	if (!ev)
		return e->code;
	ev->detail = mun_arena_strdup(r->arena, detail);
	ev->note = mun_arena_strdup(r->arena, note);
	ev->outcome = d->promise_met ? "success" : "fail";
	link_program(r, ev);
	if (donor)
		mun_event_link_agent(r, ev, donor, "");
	mun_event_link_object(r, ev, mun_record_master(r)->id, "");
	mun_event_link_object(r, ev, manifest, "source");
	return mun_arena_failed(r->arena, e);
}

int mun_event_readback(struct mun_record *r, int64_t started_ms,
		       int64_t ended_ms, struct mun_err *e)
{
	struct mun_rec_event *ev =
		mun_event_at_ms(r, "fixity check", started_ms, ended_ms, e);

	if (!ev)
		return e->code;
	ev->detail = mun_arena_fmt(r->arena,
				   "read back from the store after ingest: %zu "
				   "files, BEP 52 hash trees compared",
				   r->nfiles);
	link_program(r, ev);
	return mun_arena_failed(r->arena, e);
}
