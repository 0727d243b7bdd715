/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_optical.c - what drives tell of discs */
#include "core/bytes.h"
#include "core/check.h"
#include "core/jsonw.h"
#include "image/cdtext.h"
#include "tests/medium/optical_box.h"
#include "tests/support/support.h"

static struct mun_soft_drive *drive_of(struct mun_soft_disc *disc)
{
	return mun_soft_drive_new(disc);
}

static void done(struct mun_soft_drive *d, struct mun_optical *o)
{
	mun_optical_free(o);
	mun_transport_close(&d->transport);
}

static void one_track_of_data_becomes_an_iso(void **state)
{
	struct mun_soft_drive *d = drive_of(box_data(100));
	struct mun_optical *o = box_open(d);
	uint64_t off;

	(void)state;
	assert_int_equal(o->kind, MUN_OPTICAL_CD);
	assert_int_equal(o->form, MUN_OPTICAL_AS_ISO);
	assert_string_equal(o->profile_name, "CD-ROM");
	assert_int_equal(o->ntracks, 1);
	assert_int_equal(o->tracks[0].mode, MUN_TRACK_DATA);
	assert_int_equal(o->tracks[0].sectors, 100);
	assert_int_equal(o->tracks[0].volume_end, 80);
	assert_int_equal(mun_optical_sectors(o), 100);
	assert_int_equal(mun_optical_lba(o, 99 * 2048 + 5), 99);
	assert_true(mun_optical_off(o, 99, &off));
	assert_int_equal(off, 99 * 2048);
	assert_false(mun_optical_off(o, 100, &off));
	assert_string_equal(o->note, "");
	done(d, o);
}

static void a_mixed_disc_has_its_tracks_modes_and_pauses(void **state)
{
	struct mun_soft_drive *d = drive_of(box_mixed());
	struct mun_optical *o = box_open(d);
	uint64_t off;

	(void)state;
	assert_int_equal(o->form, MUN_OPTICAL_AS_BIN);
	assert_int_equal(o->ntracks, 3);
	assert_int_equal(o->tracks[0].mode, MUN_TRACK_DATA);
	assert_int_equal(o->tracks[0].sectors, 350);
	assert_int_equal(o->tracks[1].mode, MUN_TRACK_AUDIO);
	assert_int_equal(o->tracks[1].pregap, 150);
	assert_int_equal(o->tracks[1].sectors, 360);
	assert_int_equal(o->tracks[2].pregap, 40);
	assert_int_equal(o->tracks[2].control, 2);
	assert_string_equal(o->tracks[2].isrc, "DEMUA9800001");
	assert_string_equal(o->mcn, "4006381333931");
	assert_int_equal(mun_optical_sectors(o), BOX_MIXED_END);
	for (int32_t lba = 0; lba < BOX_MIXED_END; lba++) {
		assert_true(mun_optical_off(o, lba, &off));
		assert_int_equal(off, (uint64_t)lba * 2352);
		assert_int_equal(mun_optical_lba(o, off), lba);
	}
	done(d, o);
}

static void the_gap_between_sessions_is_in_no_image(void **state)
{
	struct mun_soft_drive *d = drive_of(box_enhanced());
	struct mun_optical *o = box_open(d);
	uint64_t off;

	(void)state;
	assert_int_equal(o->sessions, 2);
	assert_int_equal(o->ntracks, 3);
	assert_int_equal(o->tracks[2].session, 2);
	assert_int_equal(o->tracks[2].mode, MUN_TRACK_MODE2);
	assert_true(o->tracks[2].xa);
	assert_int_equal(mun_optical_sectors(o), 260);
	assert_false(mun_optical_off(o, 200, &off));
	assert_false(mun_optical_off(o, 11599, &off));
	assert_true(mun_optical_off(o, 11600, &off));
	assert_int_equal(off, 200 * 2352);
	assert_int_equal(mun_optical_lba(o, 200 * 2352), 11600);
	done(d, o);
}

/* Without the full table: where the first session ends can be computed. */
static void sessions_are_found_without_the_full_table(void **state)
{
	struct mun_soft_drive *d = drive_of(box_enhanced());
	struct mun_optical *o;

	(void)state;
	d->quirks = MUN_SOFT_NO_FULL_TOC;
	o = box_open(d);
	assert_int_equal(o->sessions, 2);
	assert_int_equal(o->leadout[0], 200);
	assert_int_equal(o->leadout[1], 11660);
	assert_int_equal(o->tracks[1].sectors, 80);
	assert_non_null(strstr(o->note, "no full table"));
	done(d, o);
}

static void hidden_audio_is_part_of_the_first_track(void **state)
{
	struct mun_soft_drive *d = drive_of(box_audio());
	struct mun_optical *o = box_open(d);

	(void)state;
	assert_int_equal(o->tracks[0].start, 30);
	assert_int_equal(o->tracks[0].pregap, 30);
	assert_int_equal(o->tracks[0].sectors, 110);
	assert_int_equal(o->tracks[1].pregap, 10);
	assert_int_equal(o->tracks[2].pregap, 0);
	assert_int_equal(mun_optical_sectors(o), 400);
	done(d, o);

	d = drive_of(box_audio());
	d->quirks = MUN_SOFT_NO_HIDDEN;
	o = box_open(d);
	assert_int_equal(o->tracks[0].pregap, 0);
	assert_int_equal(o->tracks[0].unread_pregap, 30);
	assert_int_equal(mun_optical_sectors(o), 370);
	assert_non_null(strstr(o->note, "30 sectors before track 1"));
	done(d, o);
}

static void pauses_are_not_made_up(void **state)
{
	static const unsigned int quirks[] = { MUN_SOFT_NO_Q, MUN_SOFT_Q_OFF };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(quirks); i++) {
		struct mun_soft_drive *d = drive_of(box_mixed());
		struct mun_optical *o;

		d->quirks = quirks[i];
		o = box_open(d);
		/* Where data end can be seen without Q. */
		assert_int_equal(o->tracks[1].pregap, 150);
		assert_int_equal(o->tracks[2].pregap, 0);
		assert_int_equal(o->tracks[1].sectors, 400);
		assert_non_null(strstr(o->note, "does not give Q"));
		done(d, o);
	}
}

static void every_length_of_pause_is_found(void **state)
{
	(void)state;
	for (uint32_t pause = 0; pause < 340; pause += 1 + pause / 20) {
		for (unsigned int quirks = 0; quirks < 2; quirks++) {
			struct mun_soft_disc *disc = mun_soft_disc_new();
			struct mun_soft_drive *d;
			struct mun_optical *o;

			mun_soft_fill(disc, MUN_SOFT_AUDIO, 0, 400, 8);
			(void)mun_soft_track(disc, 1, 0, 0);
			mun_soft_track(disc, 1, 0, 345)->pregap = pause;
			disc->leadout[0] = 400;
			d = drive_of(disc);
			d->quirks = quirks ? MUN_SOFT_BINARY_Q : 0;
			o = box_open(d);
			/* One sector in a hundred does not tell. */
			if ((345 - 1 - (int)pause) % 97 == 13)
				assert_in_range(o->tracks[1].pregap, pause,
						pause + 1);
			else
				assert_int_equal(o->tracks[1].pregap, pause);
			/* A drive is not worn out by it. */
			assert_in_range(d->reads, 1, 30);
			done(d, o);
		}
	}
}

/* @from: what is recorded where a track of data should be. */
static void the_mode_is_that_of_the_sectors(void **state)
{
	static const struct {
		enum mun_soft_mode mode;
		uint8_t control;
		enum mun_track_mode want;
		const char *note;
	} cases[] = {
		{ MUN_SOFT_MODE1, 4, MUN_TRACK_DATA, "" },
		{ MUN_SOFT_FORM1, 4, MUN_TRACK_MODE2, "" },
		{ MUN_SOFT_FORM2, 4, MUN_TRACK_MODE2, "" },
		{ MUN_SOFT_MODE2, 4, MUN_TRACK_MODE2, "" },
		{ MUN_SOFT_AUDIO, 4, MUN_TRACK_AUDIO, "is called data" },
		{ MUN_SOFT_MODE1, 0, MUN_TRACK_DATA, "is called audio" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_soft_disc *disc = mun_soft_disc_new();
		struct mun_soft_drive *d;
		struct mun_optical *o;

		(void)mun_soft_track(disc, 1, cases[i].control, 0);
		mun_soft_fill(disc, cases[i].mode, 0, 50, 9);
		disc->leadout[0] = 50;
		d = drive_of(disc);
		o = box_open(d);
		assert_int_equal(o->tracks[0].mode, cases[i].want);
		assert_int_equal(o->form, cases[i].want == MUN_TRACK_DATA
						  ? MUN_OPTICAL_AS_ISO
						  : MUN_OPTICAL_AS_BIN);
		assert_int_equal(o->tracks[0].xa,
				 cases[i].mode == MUN_SOFT_FORM1 ||
					 cases[i].mode == MUN_SOFT_FORM2);
		assert_true(!*cases[i].note == !o->note[0]);
		assert_non_null(strstr(o->note, cases[i].note));
		done(d, o);
	}
}

static void a_mode_that_nothing_tells_is_said_to_be_a_guess(void **state)
{
	struct mun_soft_drive *d = drive_of(box_enhanced());
	struct mun_optical *o;

	(void)state;
	mun_soft_fault(d, MUN_SOFT_BAD, 11600, 11659);
	o = box_open(d);
	assert_int_equal(o->tracks[2].mode, MUN_TRACK_MODE2);
	assert_non_null(strstr(o->note, "taken for Mode 2"));
	done(d, o);
}

static void dvd_and_bd_are_as_the_drive_counts_them(void **state)
{
	static const struct {
		uint16_t profile;
		uint8_t copyright;
		bool aacs;
		enum mun_optical_kind kind;
		const char *protection;
	} cases[] = {
		{ 0x0010, 0, false, MUN_OPTICAL_DVD, "" },
		{ 0x0010, 1, false, MUN_OPTICAL_DVD, "CSS" },
		{ 0x0012, 2, false, MUN_OPTICAL_DVD, "CPRM" },
		{ 0x001b, 0, false, MUN_OPTICAL_DVD, "" },
		{ 0x0040, 0, true, MUN_OPTICAL_BD, "AACS" },
		{ 0x0041, 0, false, MUN_OPTICAL_BD, "" },
	};
	static uint8_t data[70 * 2048];

	(void)state;
	mun_test_pattern(data, sizeof(data), 10);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_soft_disc *disc =
			mun_soft_disc_iso(data, sizeof(data), cases[i].profile);
		struct mun_soft_drive *d;
		struct mun_optical *o;

		disc->copyright = cases[i].copyright;
		disc->aacs = cases[i].aacs;
		d = drive_of(disc);
		o = box_open(d);
		assert_int_equal(o->kind, cases[i].kind);
		assert_int_equal(o->form, MUN_OPTICAL_AS_ISO);
		assert_int_equal(o->sectors, 70);
		assert_int_equal(o->ntracks, 0);
		assert_string_equal(o->protection, cases[i].protection);
		assert_int_equal(o->structure_bytes, 2052);
		done(d, o);
	}
}

static void open_fails(struct mun_soft_drive *d, int want, const char *says)
{
	struct mun_optical *o = NULL;
	struct mun_err e;
	char text[512];

	assert_int_equal(mun_optical_open(&d->transport, &o, &e), want);
	mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, says))
		fail_msg("'%s' does not say '%s'", text, says);
	assert_null(o);
	mun_transport_close(&d->transport);
}

static void no_disc_is_said_to_be_none(void **state)
{
	struct mun_soft_drive *d = drive_of(NULL);

	(void)state;
	open_fails(d, MUN_EINVAL, "no disc in the drive");
	d = drive_of(box_data(30));
	d->open = true;
	open_fails(d, MUN_EINVAL, "the tray is open");
	d = drive_of(mun_soft_disc_new());
	open_fails(d, MUN_EINVAL, "blank");
	d = drive_of(box_data(30));
	d->gone = true;
	open_fails(d, MUN_EIO, "not ready");
	d = drive_of(box_mixed());
	d->quirks = MUN_SOFT_NO_READ_CD;
	open_fails(d, MUN_EUNSUPPORTED, "another drive");
}

static void a_drive_that_spins_up_is_waited_for(void **state)
{
	struct mun_soft_drive *d = drive_of(box_data(30));
	struct mun_optical *o;

	(void)state;
	d->becoming = 3;
	d->changed = true;
	o = box_open(d);
	assert_int_equal(o->ntracks, 1);
	done(d, o);
}

static void old_drives_are_enough_for_data(void **state)
{
	struct mun_soft_drive *d = drive_of(box_data(30));
	struct mun_optical *o;

	(void)state;
	d->quirks = MUN_SOFT_NO_READ_CD | MUN_SOFT_NO_CONFIGURATION |
		    MUN_SOFT_NO_FULL_TOC | MUN_SOFT_NO_SESSIONS |
		    MUN_SOFT_NO_DISC_INFO | MUN_SOFT_NO_CDTEXT;
	o = box_open(d);
	assert_int_equal(o->form, MUN_OPTICAL_AS_ISO);
	assert_true(o->cooked);
	assert_non_null(strstr(o->note, "own check"));
	done(d, o);
}

/* Packs with texts for the disc and a track. */
static void put_cdtext(struct mun_soft_disc *disc)
{
	static const char text[2][12] = { "Disc\0One\0Two", "\0\0" };

	disc->cdtext_bytes = 2 * MUN_CDTEXT_PACK;
	disc->cdtext = calloc(2, MUN_CDTEXT_PACK);
	assert_non_null(disc->cdtext);
	for (uint8_t i = 0; i < 2; i++) {
		uint8_t *pack = disc->cdtext + i * MUN_CDTEXT_PACK;

		pack[0] = MUN_CDTEXT_TITLE;
		pack[1] = i ? 3 : 0;
		pack[2] = i;
		memcpy(pack + 4, text[i], sizeof(text[i]));
		mun_cdtext_seal(pack);
	}
}

static void cdtext_is_read_until_it_fits(void **state)
{
	struct mun_soft_disc *disc = box_mixed();
	struct mun_soft_drive *d;
	struct mun_optical *o;

	(void)state;
	put_cdtext(disc);
	d = drive_of(disc);
	d->quirks = MUN_SOFT_ERRATIC_CDTEXT;
	o = box_open(d);
	assert_int_equal(o->cdtext_bytes, disc->cdtext_bytes);
	assert_memory_equal(o->cdtext, disc->cdtext, o->cdtext_bytes);
	done(d, o);
}

static void wrong_packs_are_told(void **state)
{
	struct mun_soft_disc *disc = box_mixed();
	struct mun_soft_drive *d;
	struct mun_optical *o;

	(void)state;
	put_cdtext(disc);
	disc->cdtext[5] ^= 1;
	d = drive_of(disc);
	o = box_open(d);
	assert_int_equal(o->cdtext_bytes, disc->cdtext_bytes);
	assert_non_null(strstr(o->note, "1 of 2 packs"));
	done(d, o);

	disc = box_mixed();
	put_cdtext(disc);
	disc->cdtext[5] ^= 1;
	disc->cdtext[MUN_CDTEXT_PACK + 5] ^= 1;
	d = drive_of(disc);
	o = box_open(d);
	assert_int_equal(o->cdtext_bytes, 0);
	done(d, o);
}

static void the_sheet_says_what_the_disc_is(void **state)
{
	struct mun_soft_disc *disc = box_mixed();
	struct mun_str s = { 0 };
	struct mun_soft_drive *d;
	struct mun_optical *o;
	struct mun_err e;

	(void)state;
	put_cdtext(disc);
	d = drive_of(disc);
	o = box_open(d);
	assert_int_equal(mun_optical_cue(o, &s, &e), 0);
	assert_string_equal(s.text, "CATALOG 4006381333931\n"
				    "CDTEXTFILE \"disc.cdt\"\n"
				    "TITLE \"Disc\"\n"
				    "FILE \"disc.bin\" BINARY\n"
				    "  TRACK 01 MODE1/2352\n"
				    "    TITLE \"One\"\n"
				    "    INDEX 01 00:00:00\n"
				    "  TRACK 02 AUDIO\n"
				    "    TITLE \"Two\"\n"
				    "    INDEX 00 00:04:50\n"
				    "    INDEX 01 00:06:50\n"
				    "  TRACK 03 AUDIO\n"
				    "    ISRC DEMUA9800001\n"
				    "    FLAGS DCP\n"
				    "    INDEX 00 00:11:35\n"
				    "    INDEX 01 00:12:00\n");
	mun_str_free(&s);
	done(d, o);

	d = drive_of(box_enhanced());
	o = box_open(d);
	memset(&s, 0, sizeof(s));
	assert_int_equal(mun_optical_cue(o, &s, &e), 0);
	assert_string_equal(s.text, "REM SESSION 01\n"
				    "FILE \"disc.bin\" BINARY\n"
				    "  TRACK 01 AUDIO\n"
				    "    INDEX 01 00:00:00\n"
				    "  TRACK 02 AUDIO\n"
				    "    INDEX 01 00:01:45\n"
				    "REM LEAD-OUT 01:30:00\n"
				    "REM SESSION 02\n"
				    "REM LEAD-IN 01:00:00\n"
				    "REM PREGAP 00:02:00\n"
				    "  TRACK 03 MODE2/2352\n"
				    "    INDEX 01 00:02:50\n");
	mun_str_free(&s);
	done(d, o);

	d = drive_of(box_data(30));
	o = box_open(d);
	assert_int_equal(mun_optical_cue(o, &s, &e), MUN_EINVAL);
	done(d, o);
}

static void run_outs_are_the_last_two_of_data(void **state)
{
	struct mun_soft_drive *d = drive_of(box_data(100));
	struct mun_optical *o = box_open(d);

	(void)state;
	assert_false(mun_optical_runout(o, 97 * 2048));
	assert_true(mun_optical_runout(o, 98 * 2048));
	assert_true(mun_optical_runout(o, 99 * 2048));
	/* The volume reaches into it, or may. */
	o->tracks[0].volume_end = 99;
	assert_false(mun_optical_runout(o, 98 * 2048));
	assert_true(mun_optical_runout(o, 99 * 2048));
	o->tracks[0].volume_end = 0;
	assert_false(mun_optical_runout(o, 99 * 2048));
	done(d, o);

	d = drive_of(box_mixed());
	o = box_open(d);
	assert_true(mun_optical_runout(o, 348 * 2352));
	assert_true(mun_optical_runout(o, 349 * 2352));
	assert_false(mun_optical_runout(o, 350 * 2352));
	assert_false(mun_optical_runout(o, 347 * 2352));
	assert_false(mun_optical_runout(o, (BOX_MIXED_END - 1) * 2352));
	done(d, o);
}

static void the_digest_is_that_of_the_disc(void **state)
{
	struct mun_soft_drive *a = drive_of(box_mixed());
	struct mun_soft_drive *b = drive_of(box_mixed());
	struct mun_soft_drive *c = drive_of(box_enhanced());
	struct mun_optical *oa = box_open(a);
	struct mun_optical *oc = box_open(c);
	struct mun_optical *ob;
	struct mun_err e;
	char da[65];
	char db[65];
	char dc[65];

	(void)state;
	/* Whatever a drive can not do. */
	b->quirks = MUN_SOFT_NO_FULL_TOC | MUN_SOFT_NO_Q | MUN_SOFT_NO_SESSIONS;
	memset(b->disc->mcn, 0, sizeof(b->disc->mcn));
	ob = box_open(b);
	assert_int_equal(mun_optical_toc_digest(oa, da, &e), 0);
	assert_int_equal(mun_optical_toc_digest(ob, db, &e), 0);
	assert_int_equal(mun_optical_toc_digest(oc, dc, &e), 0);
	assert_string_equal(da, db);
	assert_string_not_equal(da, dc);
	done(a, oa);
	done(b, ob);
	done(c, oc);
}

static void the_record_has_the_replies_as_they_came(void **state)
{
	struct mun_soft_drive *d = drive_of(box_mixed());
	struct mun_optical *o = box_open(d);
	mun_autofree char *hex = malloc(2 * o->full_toc_bytes + 1);
	struct mun_jsonw w;
	struct mun_err e;

	(void)state;
	assert_non_null(hex);
	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_optical_json(&w, o);
	mun_jsonw_end_object(&w);
	assert_int_equal(mun_jsonw_finish(&w, &e), 0);
	mun_hex(o->full_toc, o->full_toc_bytes, hex);
	assert_non_null(strstr(w.out.text, hex));
	assert_non_null(strstr(w.out.text, "\"mcn\": \"4006381333931\""));
	assert_non_null(strstr(w.out.text, "\"isrc\": \"DEMUA9800001\""));
	mun_str_free(&w.out);
	done(d, o);
}

/* ---- drives that lie ---- */

struct liar {
	unsigned int reply; /* which one is changed */
	unsigned int seen;
	uint32_t at;
	uint8_t value;
	bool cut; /* ... or ends at @at */
};

static void lie(void *ctx, const uint8_t *cdb, uint8_t *data, uint32_t *len)
{
	struct liar *l = ctx;

	(void)cdb;
	if (l->seen++ != l->reply)
		return;
	if (l->cut)
		*len = MUN_MIN(*len, l->at);
	else if (l->at < *len)
		data[l->at] = l->value;
}

/* What comes of it is a disc that can be, or an error. */
static void check_disc(const struct mun_optical *o)
{
	uint64_t sectors = mun_optical_sectors(o);
	uint64_t at = 0;

	assert_true(sectors > 0 && sectors <= INT32_MAX);
	for (unsigned int i = 0; i < o->ntracks; i++) {
		const struct mun_optical_track *t = &o->tracks[i];
		uint64_t off;

		assert_true(t->sectors > 0 && t->start >= 0);
		assert_true((int32_t)t->pregap <= t->start);
		assert_true(mun_optical_off(o, t->start, &off));
		assert_int_equal(off, (at + t->pregap) *
					      mun_optical_sector_bytes(o));
		at += t->pregap + t->sectors;
		assert_true(t->start + (int32_t)t->sectors <=
			    o->leadout[t->session - 1]);
	}
}

static unsigned int try_liar(struct mun_soft_drive *d, struct liar *l)
{
	struct mun_optical *o = NULL;
	struct mun_err e;
	int rc;

	d->lie_ctx = l;
	d->transport.peripheral = MUN_PERIPHERAL_NOT_ASKED;
	rc = mun_optical_open(&d->transport, &o, &e);
	if (!rc)
		check_disc(o);
	else
		assert_true(rc == MUN_ECORRUPT || rc == MUN_EINVAL ||
			    rc == MUN_EIO || rc == MUN_EUNSUPPORTED);
	mun_optical_free(o);
	return l->seen;
}

static void no_reply_is_believed_too_far(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct liar l = { .reply = UINT32_MAX };
	struct mun_soft_drive *d = drive_of(box_enhanced());
	unsigned int replies;

	(void)state;
	d->lie = lie;
	replies = try_liar(d, &l);
	assert_in_range(replies, 8, 100);
	for (unsigned int r = 0; r < replies; r++) {
		for (uint32_t at = 0; at < 60; at++) {
			for (size_t v = 0; v <= MUN_COUNT(values); v++) {
				l = (struct liar){ .reply = r, .at = at };
				l.cut = v == MUN_COUNT(values);
				l.value = l.cut ? 0 : values[v];
				(void)try_liar(d, &l);
			}
		}
	}
	mun_transport_close(&d->transport);
}

/* Each command in turn finds the drive gone. */
static void a_drive_that_goes_away_is_an_error(void **state)
{
	(void)state;
	for (unsigned int n = 1;; n++) {
		struct mun_soft_drive *d = drive_of(box_mixed());
		struct mun_optical *o = NULL;
		struct mun_err e;
		int rc;

		d->gone_after = n;
		rc = mun_optical_open(&d->transport, &o, &e);
		if (!rc) {
			assert_false(d->gone);
			done(d, o);
			assert_in_range(n, 20, 200);
			return;
		}
		assert_null(o);
		assert_true(rc == MUN_EIO || rc == MUN_EINVAL);
		mun_transport_close(&d->transport);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_track_of_data_becomes_an_iso),
		cmocka_unit_test(a_mixed_disc_has_its_tracks_modes_and_pauses),
		cmocka_unit_test(the_gap_between_sessions_is_in_no_image),
		cmocka_unit_test(sessions_are_found_without_the_full_table),
		cmocka_unit_test(hidden_audio_is_part_of_the_first_track),
		cmocka_unit_test(pauses_are_not_made_up),
		cmocka_unit_test(every_length_of_pause_is_found),
		cmocka_unit_test(the_mode_is_that_of_the_sectors),
		cmocka_unit_test(
			a_mode_that_nothing_tells_is_said_to_be_a_guess),
		cmocka_unit_test(dvd_and_bd_are_as_the_drive_counts_them),
		cmocka_unit_test(no_disc_is_said_to_be_none),
		cmocka_unit_test(a_drive_that_spins_up_is_waited_for),
		cmocka_unit_test(old_drives_are_enough_for_data),
		cmocka_unit_test(cdtext_is_read_until_it_fits),
		cmocka_unit_test(wrong_packs_are_told),
		cmocka_unit_test(the_sheet_says_what_the_disc_is),
		cmocka_unit_test(run_outs_are_the_last_two_of_data),
		cmocka_unit_test(the_digest_is_that_of_the_disc),
		cmocka_unit_test(the_record_has_the_replies_as_they_came),
		cmocka_unit_test(no_reply_is_believed_too_far),
		cmocka_unit_test(a_drive_that_goes_away_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
