/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/premis_write_file.c - the file objects of a PREMIS record */
#include "catalog/premis_writer.h"

#include "catalog/vocab.h"
#include "core/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mun_premis_describes(const struct mun_rec_file *f)
{
	return strcmp(f->role, MUN_ROLE_RECORD) != 0;
}

/* BLAKE2b and SHA-512/256 are in no LoC vocabulary: their plain names. */
static const char *algorithm(enum mun_digest_alg alg)
{
	const char *list = "cryptographicHashFunctions";
	const struct mun_vocab_term *t =
		mun_vocab_by_label(list, mun_digest_title(alg));

	if (!t)
		t = mun_vocab_by_label(list, mun_digest_name(alg));
	return t ? t->label : mun_digest_title(alg);
}

static void put_digest(struct mun_premis_writer *w, enum mun_digest_alg alg,
		       const struct mun_digest *d, const char *originator)
{
	char hex[MUN_DIGEST_HEX];

	mun_digest_hex(d, hex);
	mun_xmlw_open(&w->x, "fixity", "");
	mun_premis_put_term(w, "messageDigestAlgorithm",
			    "cryptographicHashFunctions", algorithm(alg));
	mun_xmlw_text(&w->x, "messageDigest", "", hex);
	mun_xmlw_text(&w->x, "messageDigestOriginator", "", originator);
	mun_xmlw_close(&w->x, "fixity");
}

/* Ours, and beside it the same value by who computed it before us. */
static void put_digests(struct mun_premis_writer *w,
			const struct mun_rec_file *f)
{
	for (int a = 0; a < MUN_DIGEST_N; a++) {
		const struct mun_digest *d = &f->digests.of[a];

		if (!d->len)
			continue;
		put_digest(w, (enum mun_digest_alg)a, d,
			   f == w->master ? MUN_ORIGINATOR
				   ", " MUN_WHILE_READING
					  : MUN_ORIGINATOR);
		if (f->digest_originator[a])
			put_digest(w, (enum mun_digest_alg)a, d,
				   f->digest_originator[a]);
	}
}

static void put_registry(struct mun_premis_writer *w, const char *registry,
			 const char *key)
{
	if (!*key)
		return;
	mun_xmlw_open(&w->x, "formatRegistry", "");
	mun_xmlw_text(&w->x, "formatRegistryName", "", registry);
	mun_xmlw_text(&w->x, "formatRegistryKey", "", key);
	mun_xmlw_close(&w->x, "formatRegistry");
}

/* The schema wants a name or a registry: where both are unknown, no name. */
static void put_format(struct mun_premis_writer *w,
		       const struct mun_rec_file *f)
{
	mun_xmlw_open(&w->x, "format", "");
	if (*f->format || !*f->puid) {
		mun_xmlw_open(&w->x, "formatDesignation", "");
		mun_xmlw_text(&w->x, "formatName", "", f->format);
		mun_xmlw_close(&w->x, "formatDesignation");
	}
	put_registry(w, MUN_REGISTRY_PRONOM, f->puid);
	if (*f->format_note)
		mun_xmlw_text(&w->x, "formatNote", "", f->format_note);
	mun_xmlw_close(&w->x, "format");
	if (!*f->mime)
		return;
	mun_xmlw_open(&w->x, "format", "");
	put_registry(w, MUN_REGISTRY_MIME, f->mime);
	mun_xmlw_close(&w->x, "format");
}

/* An image that was made of a medium was made by a program, which the imaging
 * event names. */
static void put_creator(struct mun_premis_writer *w,
			const struct mun_rec_file *f)
{
	const struct mun_rec_event *ev = w->imaging;

	if (!ev || (f != w->master && strcmp(f->role, MUN_ROLE_READMAP) != 0))
		return;
	for (size_t i = 0; i < ev->nagents; i++) {
		const struct mun_premis_id *id = mun_premis_find_id(
			w->agents, w->r->nagents, ev->agents[i].id);
		const struct mun_rec_agent *a = &w->r->agents[id->index];

		if (strcmp(a->type, "software") != 0)
			continue;
		mun_xmlw_open(&w->x, "creatingApplication", "");
		mun_xmlw_text(&w->x, "creatingApplicationName", "", a->name);
		if (*a->version)
			mun_xmlw_text(&w->x, "creatingApplicationVersion", "",
				      a->version);
		mun_xmlw_text(&w->x, "dateCreatedByApplication", "",
			      *ev->ended ? ev->ended : ev->started);
		mun_xmlw_close(&w->x, "creatingApplication");
		return;
	}
}

/* What could not be read, in DFXML (element error: dfxml_schema issue 37). */
static void put_unreadable(struct mun_premis_writer *w)
{
	const struct mun_record *r = w->r;
	char attrs[96];
	struct mun_str error = { 0 };

	if (!r->nunreadable)
		return;
	mun_xmlw_open(&w->x, "objectCharacteristicsExtension", "");
	w->x.prefix = "";
	mun_xmlw_open(&w->x, "dfxml",
		      " xmlns=\"" MUN_DFXML_NS "\" version=\"2.0.0-beta.0\"");
	mun_xmlw_open(&w->x, "diskimageobject", "");
	mun_xmlw_open(&w->x, "byte_runs", "");
	for (size_t i = 0; i < r->nunreadable; i++) {
		(void)snprintf(attrs, sizeof(attrs),
			       " offset=\"%" PRIu64 "\" len=\"%" PRIu64
			       "\" type=\"unreadable\"",
			       r->unreadable[i].off, r->unreadable[i].bytes);
		mun_xmlw_text(&w->x, "byte_run", attrs, "");
	}
	mun_xmlw_close(&w->x, "byte_runs");
	if (r->sector_bytes)
		mun_xmlw_u64(&w->x, "sector_size", "", r->sector_bytes);
	mun_str_addf(&error, "%" PRIu64 " bytes unreadable, in %zu runs",
		     r->unreadable_bytes, r->nunreadable);
	if (error.failed)
		w->x.out->failed = true;
	else
		mun_xmlw_text(&w->x, "error", "", error.text);
	mun_str_free(&error);
	mun_xmlw_close(&w->x, "diskimageobject");
	mun_xmlw_close(&w->x, "dfxml");
	w->x.prefix = "premis:";
	mun_xmlw_close(&w->x, "objectCharacteristicsExtension");
}

static void put_characteristics(struct mun_premis_writer *w,
				const struct mun_rec_file *f)
{
	mun_xmlw_open(&w->x, "objectCharacteristics", "");
	mun_xmlw_text(&w->x, "compositionLevel", "", "0");
	put_digests(w, f);
	mun_xmlw_u64(&w->x, "size", "", f->bytes);
	put_format(w, f);
	put_creator(w, f);
	if (f == w->master)
		put_unreadable(w);
	mun_xmlw_close(&w->x, "objectCharacteristics");
}

static void put_location(struct mun_premis_writer *w, const char *path)
{
	mun_xmlw_open(&w->x, "storage", "");
	mun_xmlw_open(&w->x, "contentLocation", "");
	mun_xmlw_text(&w->x, "contentLocationType", "", MUN_LOCATION_TYPE);
	mun_xmlw_text(&w->x, "contentLocationValue", "", path);
	mun_xmlw_close(&w->x, "contentLocation");
	mun_xmlw_close(&w->x, "storage");
}

static void put_file(struct mun_premis_writer *w, const struct mun_rec_file *f)
{
	char root[2 * MUN_TREE_HASH + 1] = "";

	if (f->tree.npieces)
		mun_hex(f->tree.root, sizeof(f->tree.root), root);
	mun_xmlw_open(&w->x, "object", " xsi:type=\"premis:file\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_UUID, f->id, "");
	mun_premis_put_prop(w, MUN_PROP_ROLE, f->role);
	mun_premis_put_prop(w, MUN_PROP_TREE, root);
	put_characteristics(w, f);
	if (*f->original_name)
		mun_xmlw_text(&w->x, "originalName", "", f->original_name);
	put_location(w, f->path);
	if (w->master && f != w->master) {
		mun_premis_open_relation(w, "reference", "documents");
		mun_premis_put_id(w, "relatedObjectIdentifier", MUN_PREMIS_UUID,
				  w->master->id, "");
		mun_xmlw_close(&w->x, "relationship");
	}
	mun_xmlw_close(&w->x, "object");
}

/* So that no link of ours leads nowhere. */
static void put_elsewhere(struct mun_premis_writer *w, const char *id)
{
	mun_xmlw_open(&w->x, "object", " xsi:type=\"premis:file\"");
	mun_premis_put_id(w, "objectIdentifier", MUN_PREMIS_UUID, id, "");
	mun_premis_put_prop(w, MUN_PROP_ROLE, MUN_ROLE_ELSEWHERE);
	mun_xmlw_open(&w->x, "objectCharacteristics", "");
	mun_xmlw_open(&w->x, "format", "");
	mun_xmlw_open(&w->x, "formatDesignation", "");
	mun_xmlw_text(&w->x, "formatName", "", "");
	mun_xmlw_close(&w->x, "formatDesignation");
	mun_xmlw_close(&w->x, "format");
	mun_xmlw_close(&w->x, "objectCharacteristics");
	mun_xmlw_close(&w->x, "object");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Is the object of @id written otherwise? */
static bool is_described(const struct mun_premis_writer *w, const char *id)
{
	const struct mun_premis_id *found;

	if (strcmp(id, MUN_LINK_CARRIER) == 0)
		return true;
	found = mun_premis_find_id(w->files, w->r->nfiles + 1, id);
	return found && (found->index == SIZE_MAX ||
			 mun_premis_describes(&w->r->files[found->index]));
}

static void put_all_elsewhere(struct mun_premis_writer *w)
{
	const struct mun_record *r = w->r;
	const char **ids;
	size_t n = 0;

	for (size_t i = 0; i < r->nevents; i++)
		n += r->events[i].nobjects;
	ids = calloc(n + 1, sizeof(*ids));
	if (!ids) {
		w->x.out->failed = true;
		return;
	}
	n = 0;
	for (size_t i = 0; i < r->nevents; i++)
		for (size_t k = 0; k < r->events[i].nobjects; k++)
			if (!is_described(w, r->events[i].objects[k].id))
				ids[n++] = r->events[i].objects[k].id;
	if (n)
		qsort(ids, n, sizeof(*ids), by_text);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(ids[i - 1], ids[i]) != 0)
			put_elsewhere(w, ids[i]);
	free(ids);
}

void mun_premis_put_files(struct mun_premis_writer *w)
{
	for (size_t i = 0; i < w->r->nfiles; i++)
		if (mun_premis_describes(&w->r->files[i]))
			put_file(w, &w->r->files[i]);
	put_all_elsewhere(w);
}
