/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/capture.c - the raw facts of reading a device, kept with the image */
#include "ingest/capture.h"

#include "core/clock.h"
#include "core/jsonw.h"

static void drive(struct mun_jsonw *w, const struct mun_device_facts *m)
{
	mun_jsonw_object(w, "drive");
	mun_jsonw_text(w, "name", m->name);
	mun_jsonw_text(w, "vendor", m->vendor);
	mun_jsonw_text(w, "model", m->model);
	mun_jsonw_text(w, "revision", m->revision);
	mun_jsonw_text(w, "serial", m->serial);
	mun_jsonw_end_object(w);
}

static void medium(struct mun_jsonw *w, const struct mun_device_facts *m)
{
	mun_jsonw_object(w, "medium");
	mun_jsonw_u64(w, "bytes", m->bytes);
	mun_jsonw_u64(w, "sector_size", m->sector_bytes);
	mun_jsonw_u64(w, "physical_sector_size", m->physical_bytes);
	mun_jsonw_u64(w, "disk_sequence", m->disk_seq);
	mun_jsonw_bool(w, "kernel_readonly_before", m->was_readonly);
	mun_jsonw_bool(w, "kernel_readonly", m->is_readonly);
	mun_jsonw_end_object(w);
}

static void reading(struct mun_jsonw *w, const struct mun_described *d)
{
	const struct mun_readmap *m = &d->read->map;
	char text[MUN_TIME_LEN];

	mun_jsonw_object(w, "reading");
	mun_time_text(d->read_started_ms, text);
	mun_jsonw_text(w, "started", text);
	mun_time_text(d->read_ended_ms, text);
	mun_jsonw_text(w, "ended", text);
	mun_jsonw_u64(w, "good_bytes", mun_readmap_bytes(m, MUN_READ_GOOD));
	mun_jsonw_u64(w, "unreadable_bytes",
		      mun_readmap_bytes(m, MUN_READ_BAD));
	mun_jsonw_u64(w, "resumed_bytes", d->read->resumed_bytes);
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
	mun_jsonw_text(&w, "write_blocker", d->session->req.write_blocker);
	drive(&w, d->medium);
	medium(&w, d->medium);
	reading(&w, d);
	if (d->optical)
		mun_optical_json(&w, d->optical);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	return rc ? rc : mun_str_take(&w.out, out, e);
}
