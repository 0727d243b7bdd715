/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/capture.c - the raw facts of reading a device, kept with the image
 *
 * docs/on-disk-layout.md explains each member; the schema is
 * schemas/json/capture.schema.json.
 */
#include "ingest/capture.h"

#include "core/clock.h"
#include "core/jsonw.h"
#include "ingest/attempts.h"
#include "ingest/medium_facts.h"
#include "ingest/protection.h"
#include "medium/floppy_drive.h"
#include "medium/optical.h"

static void drive(struct mun_jsonw *w, const struct mun_device_facts *m)
{
	mun_jsonw_object(w, "drive");
	mun_jsonw_text(w, "name", m->name);
	mun_jsonw_text(w, "vendor", m->vendor);
	mun_jsonw_text(w, "model", m->model);
	mun_jsonw_text(w, "revision", m->revision);
	mun_jsonw_text(w, "serial", m->serial);
	mun_jsonw_text(w, "wwid", m->wwid);
	mun_jsonw_text(w, "bus", m->bus);
	mun_jsonw_text(w, "bridge", m->bridge);
	mun_jsonw_bool(w, "removable", m->removable);
	mun_jsonw_text(w, "could_not_be_asked", m->unasked);
	mun_jsonw_end_object(w);
}

static void medium(struct mun_jsonw *w, const struct mun_device_facts *m)
{
	mun_jsonw_object(w, "medium");
	mun_jsonw_u64(w, "bytes", m->bytes);
	mun_jsonw_u64(w, "sector_size", m->sector_bytes);
	mun_jsonw_u64(w, "physical_sector_size", m->physical_bytes);
	mun_jsonw_u64(w, "disk_sequence", m->disk_seq);
	mun_jsonw_u64(w, "native_sectors", m->native_sectors);
	mun_jsonw_u64(w, "real_sectors", m->real_sectors);
	mun_jsonw_bool(w, "kernel_readonly_before", m->was_readonly);
	mun_jsonw_bool(w, "kernel_readonly", m->is_readonly);
	mun_jsonw_bool(w, "disk_readonly", m->disk_readonly);
	mun_jsonw_u64(w, "partitions", m->partitions);
	mun_jsonw_u64(w, "partitions_readonly", m->partitions_readonly);
	mun_jsonw_text(w, "write_protect_tab", mun_tab_word(m->tab));
	mun_jsonw_end_object(w);
}

/* The marks by which it is known again; "" where one is not known. */
static void identity(struct mun_jsonw *w, const struct mun_identity *x)
{
	static const struct mun_identity none;

	if (!x)
		x = &none;
	mun_jsonw_object(w, "identity");
	mun_jsonw_text(w, "head_sha256", x->head);
	mun_jsonw_text(w, "toc_sha256", x->toc);
	mun_jsonw_text(w, "volume", x->volume);
	mun_jsonw_end_object(w);
}

static void reading(struct mun_jsonw *w, const struct mun_described *d)
{
	const struct mun_readmap *m = &d->read->map;
	const uint64_t good = mun_readmap_bytes(m, MUN_READ_GOOD);
	const uint64_t bad = mun_readmap_bytes(m, MUN_READ_BAD);
	const uint64_t doubtful = mun_readmap_bytes(m, MUN_READ_DOUBTFUL);
	const uint64_t runout = mun_medium_runout(d);
	char text[MUN_TIME_LEN];

	mun_jsonw_object(w, "reading");
	mun_time_text(d->read_started_ms, text);
	mun_jsonw_text(w, "started", text);
	mun_time_text(d->read_ended_ms, text);
	mun_jsonw_text(w, "ended", text);
	mun_jsonw_u64(w, "good_bytes", good);
	mun_jsonw_u64(w, "unreadable_bytes", bad - runout);
	mun_jsonw_u64(w, "runout_bytes", runout);
	mun_jsonw_u64(w, "doubtful_bytes", doubtful);
	mun_jsonw_u64(w, "untried_bytes", m->size - good - bad - doubtful);
	mun_jsonw_u64(w, "resumed_bytes", d->read->resumed_bytes);
	mun_jsonw_end_object(w);
}

static int protection(struct mun_jsonw *w, const struct mun_described *d,
		      struct mun_err *e)
{
	const char *blocker = d->session->req.write_blocker;
	struct mun_str s = { 0 };
	int rc = 0;

	mun_protection_kinds(d->medium, blocker, &s);
	if (s.failed)
		rc = mun_fail_nomem(e, "write protection");
	else
		mun_jsonw_text(w, "write_protection", s.text);
	mun_str_free(&s);
	mun_jsonw_text(w, "write_blocker", blocker);
	return rc;
}

/* As the controller was told to read it; of other drives null. */
static void floppy(struct mun_jsonw *w, const struct mun_device *m)
{
	const struct mun_floppy_geometry *g = m ? m->floppy : NULL;

	if (!g) {
		mun_jsonw_null(w, "floppy");
		return;
	}
	mun_jsonw_object(w, "floppy");
	mun_jsonw_text(w, "format", g->name);
	mun_jsonw_u64(w, "cylinders", g->cylinders);
	mun_jsonw_u64(w, "heads", g->heads);
	mun_jsonw_u64(w, "sectors", g->sectors);
	mun_jsonw_end_object(w);
}

static void optical(struct mun_jsonw *w, const struct mun_optical *disc)
{
	if (disc)
		mun_optical_json(w, disc);
	else
		mun_jsonw_null(w, "optical");
}

static void one_runout(void *ctx, uint64_t off, uint64_t bytes)
{
	struct mun_jsonw *w = ctx;

	mun_jsonw_object(w, NULL);
	mun_jsonw_u64(w, "offset", off);
	mun_jsonw_u64(w, "length", bytes);
	mun_jsonw_end_object(w);
}

int mun_capture_text(const struct mun_described *d, char **out,
		     struct mun_err *e)
{
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, "program", "muniment");
	mun_jsonw_text(&w, "version", d->program_version);
	rc = protection(&w, d, e);
	drive(&w, d->medium);
	medium(&w, d->medium);
	identity(&w, d->identity);
	floppy(&w, d->read->medium);
	optical(&w, d->optical);
	mun_jsonw_array(&w, "runout");
	mun_medium_each_runout(d, one_runout, &w);
	mun_jsonw_end_array(&w);
	reading(&w, d);
	mun_attempts_json(&w, &d->read->attempts);
	mun_jsonw_end_object(&w);
	if (!rc)
		rc = mun_jsonw_finish(&w, e);
	if (!rc)
		rc = mun_str_take(&w.out, out, e);
	mun_str_free(&w.out);
	return rc;
}
