/* SPDX-License-Identifier: Apache-2.0 */
/* cli/show_json.c - one object as JSON */
#include "cli/show.h"

#include "catalog/record_contents.h"
#include "cli/contents_print.h"
#include "cli/ingested.h"
#include "cli/rights_print.h"
#include "core/str.h"

/* Who else computed the same, by algorithm. */
static void originators(struct mun_jsonw *w, const struct mun_rec_file *f)
{
	mun_jsonw_object(w, "digest_originators");
	for (int i = 0; i < MUN_DIGEST_N; i++)
		if (f->digest_originator[i])
			mun_jsonw_text(w,
				       mun_digest_name((enum mun_digest_alg)i),
				       f->digest_originator[i]);
	mun_jsonw_end_object(w);
}

static void properties(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_array(w, "properties");
	for (size_t i = 0; i < r->nproperties; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "name", r->properties[i].name);
		mun_jsonw_text(w, "value", r->properties[i].value);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void files(struct mun_jsonw *w, const struct mun_record *r)
{
	char root[2 * MUN_TREE_HASH + 1];

	mun_jsonw_array(w, "files");
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct mun_rec_file *f = &r->files[i];

		mun_hex(f->tree.root, MUN_TREE_HASH, root);
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "id", f->id);
		mun_jsonw_text(w, "path", f->path);
		mun_jsonw_text(w, "role", f->role);
		mun_jsonw_u64(w, "bytes", f->bytes);
		mun_jsonw_text(w, "format", f->format);
		mun_jsonw_text(w, "puid", f->puid);
		mun_jsonw_text(w, "mime", f->mime);
		mun_jsonw_text(w, "format_note", f->format_note);
		mun_jsonw_text(w, "original_name", f->original_name);
		mun_digests_json(w, "digests", &f->digests);
		originators(w, f);
		mun_jsonw_text(w, "tree_root", root);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void identifiers(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_array(w, "identifiers");
	for (size_t i = 0; i < r->nidentifiers; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "type", r->identifiers[i].type);
		mun_jsonw_text(w, "value", r->identifiers[i].value);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void agents(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_array(w, "agents");
	for (size_t i = 0; i < r->nagents; i++) {
		const struct mun_rec_agent *a = &r->agents[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "id", a->id);
		mun_jsonw_text(w, "type", a->type);
		mun_jsonw_text(w, "name", a->name);
		mun_jsonw_text(w, "version", a->version);
		mun_jsonw_text(w, "note", a->note);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void links(struct mun_jsonw *w, const char *key, size_t n,
		  const struct mun_rec_link *l)
{
	mun_jsonw_array(w, key);
	for (size_t i = 0; i < n; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "id", l[i].id);
		mun_jsonw_text(w, "role", l[i].role);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void events(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_array(w, "events");
	for (size_t i = 0; i < r->nevents; i++) {
		const struct mun_rec_event *ev = &r->events[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "id", ev->id);
		mun_jsonw_text(w, "type", ev->type);
		mun_jsonw_text(w, "started", ev->started);
		mun_jsonw_text(w, "ended", ev->ended);
		mun_jsonw_text(w, "outcome", ev->outcome);
		mun_jsonw_text(w, "detail", ev->detail);
		mun_jsonw_text(w, "note", ev->note);
		links(w, "agents", ev->nagents, ev->agents);
		links(w, "objects", ev->nobjects, ev->objects);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

/* How each run of reading the medium went. */
static void readings(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_array(w, "readings");
	for (size_t i = 0; i < r->nevents; i++) {
		const struct mun_rec_event *ev = &r->events[i];
		const struct mun_rec_number *n = mun_rec_reading_numbers;

		if (!ev->reading)
			continue;
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "event", ev->id);
		mun_jsonw_text(w, "started", ev->started);
		mun_jsonw_text(w, "ended", ev->ended);
		mun_jsonw_text(w, "drive", ev->reading->drive);
		mun_jsonw_text(w, "drive_name",
			       mun_show_drive(r, ev->reading->drive));
		mun_jsonw_text(w, "outcome",
			       mun_rec_reading_outcome(ev->reading));
		mun_jsonw_text(w, "stopped", ev->reading->stopped);
		for (; n->name; n++)
			mun_jsonw_u64(w, n->name,
				      *mun_rec_reading_number(ev->reading, n));
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

/* As it was recorded: objects of versions before have none. */
static void platform(struct mun_jsonw *w, const struct mun_record *r)
{
	const enum mun_platform said = mun_record_platform_said(r);
	struct mun_verdict v;
	bool recorded = mun_record_verdict(r, &v);

	mun_jsonw_object(w, "platform");
	mun_jsonw_bool(w, "recorded", recorded);
	mun_verdict_print_json(w, &v);
	mun_jsonw_text(w, "by_operator",
		       said == MUN_PLATFORM_UNKNOWN ? ""
						    : mun_platform_name(said));
	mun_jsonw_end_object(w);
}

static void unreadable(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_array(w, "unreadable");
	for (size_t i = 0; i < r->nunreadable; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_u64(w, "offset", r->unreadable[i].off);
		mun_jsonw_u64(w, "length", r->unreadable[i].bytes);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

void mun_show_json(struct mun_jsonw *w, const struct mun_record *r)
{
	mun_jsonw_text(w, "id", r->id);
	mun_jsonw_text(w, "label", r->label);
	mun_jsonw_text(w, "collection", r->collection);
	mun_jsonw_text(w, "note", r->note);
	mun_jsonw_text(w, "created", r->created);
	mun_jsonw_text(w, "source", r->source);
	mun_jsonw_text(w, "source_kind", r->source_kind);
	mun_jsonw_text(w, "media_type", r->media_type);
	mun_jsonw_text(w, "write_blocker", r->write_blocker);
	mun_jsonw_text(w, "format", r->format);
	mun_jsonw_text(w, "variant", r->variant);
	mun_jsonw_text(w, "volume_label", r->volume_label);
	mun_jsonw_text(w, "outcome", r->outcome);
	mun_jsonw_u64(w, "version", r->version);
	mun_jsonw_u64(w, "bytes", r->bytes);
	mun_jsonw_u64(w, "sector_size", r->sector_bytes);
	mun_jsonw_u64(w, "unreadable_bytes", r->unreadable_bytes);
	unreadable(w, r);
	mun_jsonw_u64(w, "doubtful_bytes", mun_record_doubtful_bytes(r));
	mun_jsonw_text(w, "write_protection",
		       mun_record_property(r, MUN_PROPERTY_PROTECTION));
	readings(w, r);
	mun_digests_json(w, "digests", &r->content);
	platform(w, r);
	identifiers(w, r);
	properties(w, r);
	files(w, r);
	agents(w, r);
	events(w, r);
	mun_rights_json(w, r);
}
