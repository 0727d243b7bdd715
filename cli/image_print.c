/* SPDX-License-Identifier: Apache-2.0 */
/* cli/image_print.c - what an image says of itself, as text and as JSON */
#include "cli/image_print.h"

#include "core/check.h"
#include "image/disc.h"
#include "image/floppy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The group a row stands in, in the JSON and as a word of the text. */
static const struct {
	enum mun_fact_kind kind;
	const char *key;
	const char *word;
} groups[] = {
	{ MUN_FACT_MADE, "made", "made" },
	{ MUN_FACT_CHECK, "checks", "check" },
	{ MUN_FACT_SNAPSHOT, "snapshots", "snapshot" },
	{ MUN_FACT_PART, "parts", "part" },
	{ MUN_FACT_PARENT, "parents", "parent" },
	{ MUN_FACT_LIMIT, "limits", "not told" },
};

static const char *const state_words[] = {
	[MUN_FACT_NONE] = "not made",
	[MUN_FACT_GOOD] = "good",
	[MUN_FACT_BAD] = "bad",
};

/* Stable words of the JSON. */
static const char *mode_word(enum mun_track_mode mode)
{
	static const char *const words[] = {
		[MUN_TRACK_DATA] = "data",
		[MUN_TRACK_AUDIO] = "audio",
		[MUN_TRACK_MODE2] = "mode2",
	};

	return words[mode];
}

static void print_fact(const struct mun_image_fact *f, const char *word)
{
	const char *colon = f->name[0] && f->value[0] ? ": " : "";

	if (f->kind == MUN_FACT_CHECK)
		(void)printf("%-14s %s: %s%s%s\n", word, f->name,
			     state_words[f->state], f->value[0] ? ", " : "",
			     f->value);
	else
		(void)printf("%-14s %s%s%s\n", word, f->name, colon, f->value);
}

static void print_facts(const struct mun_image *img)
{
	for (size_t g = 0; g < MUN_COUNT(groups); g++)
		for (size_t i = 0; i < img->nfacts; i++)
			if (img->facts[i].kind == groups[g].kind)
				print_fact(&img->facts[i], groups[g].word);
}

static void print_track(const struct mun_track *t)
{
	(void)printf("track %-8u session %u, %s, LBA %" PRIu64 ", %" PRIu64
		     " sectors of %" PRIu32,
		     t->number, t->session, mode_word(t->mode), t->start,
		     t->sectors, t->sector_bytes);
	if (t->sub_bytes)
		(void)printf("+%" PRIu32, t->sub_bytes);
	if (t->pregap)
		(void)printf(", pregap %" PRIu32, t->pregap);
	if (t->isrc[0])
		(void)printf(", ISRC %s", t->isrc);
	(void)putchar('\n');
}

static void print_states(const struct mun_image_sums *sums)
{
	const struct mun_states *s = &sums->states;

	if (!sums->counted)
		return;
	(void)printf("sectors        ");
	if (!s->unreadable_bytes && !s->doubtful_bytes)
		(void)printf("all readable, no failed check\n");
	else
		(void)printf("%" PRIu64 " bytes unreadable, %" PRIu64
			     " bytes with a failed check\n",
			     s->unreadable_bytes, s->doubtful_bytes);
}

static void print_head(const struct mun_image *img)
{
	(void)printf("format         %s (%s)\n", img->format->name,
		     img->format->title);
	if (img->variant[0])
		(void)printf("variant        %s\n", img->variant);
	(void)printf("bytes          %" PRIu64 "\n", img->bytes);
	(void)printf("sector size    %" PRIu32 "\n", img->sector_bytes);
	if (img->volume_label[0])
		(void)printf("volume label   %s\n", img->volume_label);
	if (img->geometry.cylinders)
		(void)printf("geometry       %" PRIu32 " cylinders, %" PRIu32
			     " heads, %" PRIu32 " sectors\n",
			     img->geometry.cylinders, img->geometry.heads,
			     img->geometry.sectors);
	if (img->puid[0])
		(void)printf("PRONOM         %s\n", img->puid);
	if (img->note[0])
		(void)printf("note           %s\n", img->note);
	if (img->preserved_only[0])
		(void)printf("not decoded    %s\n", img->preserved_only);
}

static void print_sums(const struct mun_image_sums *sums)
{
	if (sums->sha256[0])
		(void)printf("sha256         %s\n", sums->sha256);
	if (sums->raw_sha256[0])
		(void)printf("raw sha256     %s\n", sums->raw_sha256);
}

void mun_image_print_text(const struct mun_image *img,
			  const struct mun_image_sums *sums)
{
	print_head(img);
	/* Of a plain disk the one track says nothing new. */
	for (size_t i = 0; img->disc && i < img->ntracks; i++)
		print_track(&img->tracks[i]);
	if (img->disc && img->disc->mcn[0])
		(void)printf("catalogue no.  %s\n", img->disc->mcn);
	print_facts(img);
	print_states(sums);
	print_sums(sums);
}

static void json_tracks(struct mun_jsonw *w, const struct mun_image *img)
{
	mun_jsonw_u64(w, "tracks", img->ntracks);
	mun_jsonw_array(w, "track_list");
	for (size_t i = 0; i < img->ntracks; i++) {
		const struct mun_track *t = &img->tracks[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_u64(w, "session", t->session);
		mun_jsonw_u64(w, "number", t->number);
		mun_jsonw_text(w, "mode", mode_word(t->mode));
		mun_jsonw_u64(w, "sector_size", t->sector_bytes);
		mun_jsonw_u64(w, "sub_channel", t->sub_bytes);
		mun_jsonw_u64(w, "start", t->start);
		mun_jsonw_u64(w, "sectors", t->sectors);
		mun_jsonw_u64(w, "pregap", t->pregap);
		mun_jsonw_u64(w, "postgap", t->postgap);
		mun_jsonw_text(w, "isrc", t->isrc);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_text(w, "catalogue_number", img->disc ? img->disc->mcn : "");
}

static void json_facts(struct mun_jsonw *w, const struct mun_image *img,
		       enum mun_fact_kind kind, const char *key)
{
	mun_jsonw_array(w, key);
	for (size_t i = 0; i < img->nfacts; i++) {
		const struct mun_image_fact *f = &img->facts[i];

		if (f->kind != kind)
			continue;
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "name", f->name);
		mun_jsonw_text(w, "value", f->value);
		if (kind == MUN_FACT_CHECK)
			mun_jsonw_text(w, "state", state_words[f->state]);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

void mun_states_print_json(struct mun_jsonw *w, const struct mun_states *s)
{
	mun_jsonw_object(w, "states");
	mun_jsonw_u64(w, "data_bytes", s->data_bytes);
	mun_jsonw_u64(w, "zero_bytes", s->zero_bytes);
	mun_jsonw_u64(w, "hole_bytes", s->hole_bytes);
	mun_jsonw_u64(w, "unreadable_bytes", s->unreadable_bytes);
	mun_jsonw_u64(w, "doubtful_bytes", s->doubtful_bytes);
	mun_jsonw_end_object(w);
}

static void json_geometry(struct mun_jsonw *w, const struct mun_image *img)
{
	if (!img->geometry.cylinders)
		return;
	mun_jsonw_object(w, "geometry");
	mun_jsonw_u64(w, "cylinders", img->geometry.cylinders);
	mun_jsonw_u64(w, "heads", img->geometry.heads);
	mun_jsonw_u64(w, "sectors", img->geometry.sectors);
	mun_jsonw_end_object(w);
}

void mun_image_print_json(struct mun_jsonw *w, const struct mun_image *img,
			  const struct mun_image_sums *sums)
{
	mun_jsonw_text(w, "format", img->format->name);
	mun_jsonw_text(w, "title", img->format->title);
	mun_jsonw_text(w, "variant", img->variant);
	mun_jsonw_u64(w, "bytes", img->bytes);
	mun_jsonw_u64(w, "raw_bytes", mun_image_size(img, MUN_VIEW_RAW));
	mun_jsonw_u64(w, "sub_channel_bytes", img->sub_bytes);
	mun_jsonw_u64(w, "sector_size", img->sector_bytes);
	mun_jsonw_text(w, "volume_label", img->volume_label);
	mun_jsonw_text(w, "puid", img->puid);
	mun_jsonw_text(w, "mime", img->mime);
	mun_jsonw_text(w, "note", img->note);
	mun_jsonw_text(w, "preserved_only", img->preserved_only);
	json_tracks(w, img);
	json_geometry(w, img);
	for (size_t g = 0; g < MUN_COUNT(groups); g++)
		json_facts(w, img, groups[g].kind, groups[g].key);
	if (sums->counted)
		mun_states_print_json(w, &sums->states);
	if (sums->sha256[0])
		mun_jsonw_text(w, "content_sha256", sums->sha256);
	if (sums->raw_sha256[0])
		mun_jsonw_text(w, "raw_sha256", sums->raw_sha256);
}
