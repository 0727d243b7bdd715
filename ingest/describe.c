/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/describe.c - from facts to record, map, hash trees and PREMIS */
#include "ingest/describe.h"

#include "catalog/premis.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "fixity/torrent.h"
#include "ingest/attach.h"
#include "ingest/capture.h"
#include "ingest/contents_facts.h"
#include "ingest/describe_own.h"
#include "ingest/disc_master.h"
#include "ingest/events.h"
#include "ingest/expect.h"
#include "ingest/medium_facts.h"

#include <string.h>

/* Names that muniment gives to files of its own beside the master. */
static bool is_ours(const char *name)
{
	size_t len = strlen(name);

	return !strcmp(name, "disk.map") ||
	       (len >= 5 && !strcmp(name + len - 5, ".par2"));
}

int mun_master_path(const struct mun_received *r, const char *source,
		    char **out, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	int rc;

	if (!mun_received_keeps_name(r))
		return mun_strdup(strcmp(r->facts.format, "iso")
					  ? "image/disk.img"
					  : "image/disc.iso",
				  out, e);
	rc = mun_attach_name(source, &name, e);
	return rc ? rc
		  : mun_fmt(out, e, "image/%s%s",
			    is_ours(name) ? "received-" : "", name);
}

int mun_derived_id(const char *text, char out[static MUN_UUID_LEN],
		   struct mun_err *e)
{
	struct mun_digests d = { 0 };
	uint8_t *b = d.of[MUN_SHA256].bytes;
	char hex[33];
	int rc;

	rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), text, strlen(text),
			       &d, e);
	if (rc)
		return rc;
	/* RFC 9562, 5.8: version 8 is for ids made in one's own way. */
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x80);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	mun_hex(b, 16, hex);
	(void)snprintf(out, MUN_UUID_LEN, "%.8s-%.4s-%.4s-%.4s-%.12s", hex,
		       hex + 8, hex + 12, hex + 16, hex + 20);
	return 0;
}

static const char *copy(struct mun_record *r, const char *text)
{
	return mun_arena_strdup(r->arena, text);
}

static int add_unreadable(struct mun_record *r, uint64_t off, uint64_t bytes,
			  struct mun_err *e)
{
	r->unreadable = mun_arena_grow(r->arena, r->unreadable, r->nunreadable,
				       sizeof(*r->unreadable));
	if (!r->unreadable)
		return mun_fail_nomem(e, "unreadable ranges");
	r->unreadable[r->nunreadable++] = (struct mun_rec_range){ off, bytes };
	r->unreadable_bytes += bytes;
	return 0;
}

/* What the container says of the sectors in it. */
static int unreadable_inside(struct mun_record *r, const struct mun_decoded *d,
			     struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < d->nunreadable; i++)
		rc = add_unreadable(r, d->unreadable[i].off,
				    d->unreadable[i].bytes, e);
	return rc;
}

static int escaped(struct mun_record *r, const char *bytes, const char **out,
		   struct mun_err *e)
{
	struct mun_str s = { 0 };
	mun_autofree char *text = NULL;
	int rc;

	mun_escape(&s, bytes, strlen(bytes));
	rc = mun_str_take(&s, &text, e);
	if (!rc)
		*out = copy(r, text);
	return rc;
}

static int object_facts(const struct mun_described *d, struct mun_stage *st,
			const struct mun_decoded *decoded, struct mun_record *r,
			struct mun_err *e)
{
	const struct mun_ingest_request *q = &d->session->req;
	int rc;

	r->created = copy(r, d->session->created);
	r->label = copy(r, q->label);
	r->collection = copy(r, q->collection);
	r->note = copy(r, q->note);
	r->media_type = copy(r, q->media_type);
	r->write_blocker = copy(r, q->write_blocker);
	r->source_kind = d->medium->is_device || d->flux ? "device" : "file";
	r->format = copy(r, d->image->format);
	r->variant = copy(r, d->image->variant);
	r->volume_label = copy(r, d->image->volume_label);
	r->bytes = d->image->bytes;
	r->sector_bytes = d->image->sector_bytes;
	r->content = decoded->made ? decoded->digests : d->read->digests;
	rc = escaped(r, q->source, &r->source, e);
	if (!rc && decoded->made && !mun_disc_has_sheet(d->optical))
		rc = unreadable_inside(r, decoded, e);
	else if (!rc)
		rc = mun_medium_ranges(d, r, e);
	/* First: what a container calls its own facts is not for ours. */
	if (!rc)
		rc = mun_contents_record(d, decoded, st, r, e);
	if (!rc)
		rc = mun_contents_said(q->platform, r, e);
	if (!rc)
		rc = mun_decoded_properties(d->received, decoded, r, e);
	if (!rc)
		rc = mun_medium_properties(d, r, e);
	r->outcome = r->nunreadable ? "partial" : "complete";
	for (size_t i = 0; !rc && i < q->nidentifiers; i++) {
		struct mun_rec_identifier *id = mun_record_add_identifier(r);

		if (!id)
			return mun_fail_nomem(e, "identifier");
		id->type = copy(r, q->identifiers[i].type);
		id->value = copy(r, q->identifiers[i].value);
	}
	return rc;
}

static int master(const struct mun_described *d, struct mun_stage *st,
		  struct mun_record *r, struct mun_err *e)
{
	const char *slash = strrchr(r->source, '/');
	struct mun_rec_file *f = NULL;
	int rc;

	rc = mun_stage_add(st, d->master, &d->read->digests, e);
	if (rc)
		return rc;
	f = mun_attach_entry(r, d->master, MUN_ROLE_MASTER, &d->read->digests,
			     &d->read->tree, e);
	if (!f)
		return e->code;
	f->format = copy(r, d->image->title);
	f->puid = copy(r, d->image->puid);
	f->mime = copy(r, d->image->mime);
	f->format_note = copy(r, d->image->note);
	if (!d->medium->is_device && !d->flux)
		f->original_name = copy(r, slash ? slash + 1 : r->source);
	return 0;
}

static int read_map(const struct mun_described *d, struct mun_stage *st,
		    struct mun_record *r, struct mun_err *e)
{
	mun_autofree char *comment = NULL;
	struct mun_str text = { 0 };
	struct mun_rec_file *f = NULL;
	int rc;

	rc = mun_fmt(&comment, e, "Mapfile. Created by muniment %s\n%s",
		     d->program_version, r->source);
	/* One that came with the image stays as it came. */
	if (!rc && d->given && d->given->told == d->given->map.size)
		mun_str_add_bytes(&text, d->given->text, d->given->len);
	else if (!rc && d->given)
		rc = mun_readmap_write(&d->given->map, d->given->comments,
				       &text, e);
	else if (!rc)
		rc = mun_readmap_write(&d->read->map, comment, &text, e);
	if (!rc && text.failed)
		rc = mun_fail_nomem(e, "read map");
	if (!rc)
		rc = mun_attach_bytes(st, r, MUN_PATH_MAP, MUN_ROLE_READMAP,
				      text.text, text.len, d->session->algs, &f,
				      e);
	if (!rc)
		f->format = "GNU ddrescue mapfile";
	mun_str_free(&text);
	return rc;
}

static int capture(const struct mun_described *d, struct mun_stage *st,
		   struct mun_record *r, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_rec_file *f = NULL;
	int rc = mun_capture_text(d, &text, e);

	if (!rc)
		rc = mun_attach_bytes(st, r, MUN_PATH_CAPTURE, MUN_ROLE_CAPTURE,
				      text, strlen(text), d->session->algs, &f,
				      e);
	if (!rc) {
		f->format = "JSON";
		f->mime = "application/json";
	}
	return rc;
}

/* The manifest that made the promise is kept, as it was when it was read. */
static int keep_manifest(const struct mun_described *d, struct mun_stage *st,
			 struct mun_record *r, const char **id_out,
			 struct mun_err *e)
{
	const struct mun_expectation *x = d->session->req.expect;
	struct mun_rec_file *f;
	int rc = mun_attach_file(st, r, x->manifest, d->session->algs, e);

	if (rc)
		return rc;
	f = &r->files[r->nfiles - 1];
	f->format = "Manifest of digests";
	*id_out = f->id;
	if (mun_digest_equal(&f->digests.of[MUN_SHA512], &x->manifest_sha512))
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"the manifest '%s' has changed since it was read",
			x->manifest);
}

static int promise(const struct mun_described *d, struct mun_stage *st,
		   struct mun_record *r, const char **id_out, struct mun_err *e)
{
	const struct mun_expectation *x = d->session->req.expect;
	/* Of a disc with a sheet the promise is of its sectors. */
	struct mun_rec_file *f = mun_disc_has_sheet(d->optical)
					 ? mun_record_file(r, MUN_PATH_DISC_BIN)
					 : mun_record_master(r);
	const char *who = mun_expectation_originator(x, r->arena);

	for (unsigned int i = 0; d->promise_met && i < MUN_DIGEST_N; i++) {
		if (x->digests.of[i].len)
			f->digest_originator[i] = who;
	}
	return keep_manifest(d, st, r, id_out, e);
}

static int parity(const struct mun_described *d, struct mun_stage *st,
		  struct mun_record *r, struct mun_parity *p, struct mun_err *e)
{
	*p = (struct mun_parity){
		.percent = d->session->parity,
		.algs = d->session->algs,
		.program_version = d->program_version,
		.progress = d->progress,
	};
	return p->percent ? mun_parity_make(p, st, r, e) : 0;
}

/* The parts first: the master's copy is decoded with them beside it. */
static int decode(const struct mun_described *d, struct mun_stage *st,
		  struct mun_record *r, struct mun_decoded *out,
		  struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = mun_received_parts(d->received, st, r, d->session->algs, e);

	if (!rc)
		rc = mun_stage_path(st, d->master, &path, e);
	if (!rc)
		rc = mun_decode_stage(d->received, path, d->session->algs,
				      d->progress, out, e);
	return rc;
}

/* A sheet, and the sectors that were read; their map, not what can be seen in
 * the image, says which of them are to be trusted. */
static int image_of_disc(const struct mun_described *d, struct mun_stage *st,
			 struct mun_record *r, struct mun_decoded *decoded,
			 struct mun_err *e)
{
	int rc = mun_disc_put(d, st, r, e);

	if (!rc)
		rc = decode(d, st, r, decoded, e);
	if (!rc)
		rc = mun_disc_check(d, decoded, e);
	if (rc)
		return rc;
	decoded->nunreadable = 0;
	decoded->ndoubtful = 0;
	return object_facts(d, st, decoded, r, e);
}

/* The master and what belongs to it. */
static int image(const struct mun_described *d, struct mun_stage *st,
		 struct mun_record *r, struct mun_decoded *decoded,
		 struct mun_err *e)
{
	int rc;

	/* Entries get their ids from that of the object. */
	r->id = copy(r, d->session->id);
	if (mun_disc_has_sheet(d->optical))
		return image_of_disc(d, st, r, decoded, e);
	rc = decode(d, st, r, decoded, e);
	if (!rc)
		rc = object_facts(d, st, decoded, r, e);
	return rc ? rc : master(d, st, r, e);
}

int mun_describe(const struct mun_described *d, struct mun_stage *st,
		 struct mun_record **out, struct mun_err *e)
{
	const struct mun_ingest_request *q = &d->session->req;
	struct mun_decoded decoded = { 0 };
	struct mun_parity made = { 0 };
	const char *manifest = NULL;
	mun_auto(record) *r = NULL;
	int rc;

	rc = mun_record_new(&r, e);
	if (!rc)
		rc = image(d, st, r, &decoded, e);
	if (!rc)
		rc = parity(d, st, r, &made, e);
	/* A file on a failing disk can have unreadable places too. */
	if (!rc && (d->medium->is_device || d->given ||
		    mun_readmap_next_bad(&d->read->map, 0)))
		rc = read_map(d, st, r, e);
	if (!rc && d->medium->is_device)
		rc = capture(d, st, r, e);
	if (!rc && d->flux)
		rc = mun_flux_attach(d->flux, st, d->session->algs, r, e);
	for (size_t i = 0; !rc && i < q->nattachments; i++)
		rc = mun_attach_file(st, r, q->attachments[i], d->session->algs,
				     e);
	if (!rc && q->expect)
		rc = promise(d, st, r, &manifest, e);
	if (!rc)
		rc = mun_own_trees(st, r, d->session->algs, e);
	if (!rc)
		mun_own_sort(r);
	if (!rc)
		rc = mun_describe_events(d, &decoded, r, e);
	if (!rc && made.plan.recovery)
		rc = mun_event_parity(&made, r, e);
	if (!rc && q->expect)
		rc = mun_event_promise(d, manifest, r, e);
	mun_decoded_clear(&decoded);
	if (!rc)
		rc = mun_arena_failed(r->arena, e);
	if (!rc)
		rc = mun_own_premis(st, r, d->session->algs, e);
	if (rc)
		return mun_ctx(e, "describe '%s'", d->session->req.source);
	mun_own_sort(r);
	*out = mun_steal(&r);
	return 0;
}
