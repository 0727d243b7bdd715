/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_json.c - what a drive told of a disc, as JSON */
#include "core/jsonw.h"
#include "medium/optical.h"

#include <stdlib.h>

static const char *mode_word(const struct mun_optical_track *t)
{
	switch (t->mode) {
	case MUN_TRACK_DATA:
		return "data";
	case MUN_TRACK_MODE2:
		return "mode 2";
	case MUN_TRACK_AUDIO:
		break;
	}
	return "audio";
}

static void add_track(struct mun_jsonw *w, const struct mun_optical_track *t)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_u64(w, "session", t->session);
	mun_jsonw_u64(w, "number", t->number);
	mun_jsonw_text(w, "mode", mode_word(t));
	mun_jsonw_u64(w, "control", t->control);
	mun_jsonw_u64(w, "lba", (uint64_t)t->start);
	mun_jsonw_u64(w, "sectors", t->sectors);
	mun_jsonw_u64(w, "pregap", t->pregap);
	if (t->unread_pregap)
		mun_jsonw_u64(w, "unread_pregap", t->unread_pregap);
	if (t->volume_end)
		mun_jsonw_u64(w, "volume_end", t->volume_end);
	if (t->isrc[0])
		mun_jsonw_text(w, "isrc", t->isrc);
	mun_jsonw_end_object(w);
}

static void add_tracks(struct mun_jsonw *w, const struct mun_optical *o)
{
	mun_jsonw_array(w, "lead_outs");
	for (unsigned int i = 0; i < o->sessions; i++)
		mun_jsonw_u64(w, NULL, (uint64_t)o->leadout[i]);
	mun_jsonw_end_array(w);
	mun_jsonw_array(w, "tracks");
	for (unsigned int i = 0; i < o->ntracks; i++)
		add_track(w, &o->tracks[i]);
	mun_jsonw_end_array(w);
}

/* A reply of a drive, byte by byte; nothing where there was none. */
static void add_hex(struct mun_jsonw *w, const char *name, const uint8_t *data,
		    size_t len)
{
	char *hex = len ? malloc(2 * len + 1) : NULL;

	if (len && !hex) {
		w->out.failed = true;
		return;
	}
	if (!len)
		return;
	mun_hex(data, len, hex);
	mun_jsonw_text(w, name, hex);
	free(hex);
}

void mun_optical_json(struct mun_jsonw *w, const struct mun_optical *o)
{
	static const char *const kinds[] = {
		[MUN_OPTICAL_CD] = "CD",
		[MUN_OPTICAL_DVD] = "DVD",
		[MUN_OPTICAL_BD] = "BD",
	};

	mun_jsonw_object(w, "optical");
	mun_jsonw_text(w, "kind", kinds[o->kind]);
	mun_jsonw_text(w, "profile", o->profile_name);
	mun_jsonw_text(w, "form",
		       o->form == MUN_OPTICAL_AS_ISO ? "iso" : "bin");
	mun_jsonw_bool(w, "raw", o->kind == MUN_OPTICAL_CD && !o->cooked);
	mun_jsonw_u64(w, "sectors", mun_optical_sectors(o));
	if (o->ntracks)
		add_tracks(w, o);
	mun_jsonw_text(w, "mcn", o->mcn);
	mun_jsonw_text(w, "protection", o->protection);
	mun_jsonw_text(w, "note", o->note);
	add_hex(w, "full_toc", o->full_toc, o->full_toc_bytes);
	add_hex(w, "cdtext", o->cdtext, o->cdtext_bytes);
	add_hex(w, "structure", o->structure, o->structure_bytes);
	mun_jsonw_end_object(w);
}
