/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_sheet_write.c - ISO, cue sheets and toc files as written */
#include "core/bytes.h"
#include "core/check.h"
#include "image/cdsector.h"
#include "image/companion.h"
#include "image/disc.h"
#include "image/writer.h"
#include "tests/image/make.h"
#include "tests/image/make_disc.h"
#include "tests/support/support.h"

#include <stdio.h>

#define RAW MUN_CD_RAW
#define DATA 700u /* more than a chunk */
#define AUDIO 20u

static const char sheet[] = "CATALOG 1234567890123\n"
			    "TITLE \"Disc\"\n"
			    "FILE \"a.bin\" BINARY\n"
			    "  TRACK 01 MODE1/2352\n"
			    "    INDEX 01 00:00:00\n"
			    "  TRACK 02 AUDIO\n"
			    "    FLAGS PRE\n"
			    "    ISRC USAB19800001\n"
			    "    TITLE \"Song\"\n"
			    "    INDEX 00 00:09:25\n"
			    "    INDEX 01 00:09:30\n"
			    "    INDEX 02 00:09:40\n"
			    "  TRACK 03 AUDIO\n"
			    "    PREGAP 00:02:00\n"
			    "    INDEX 01 00:09:41\n";

static const char single[] = "FILE a.bin BINARY\nTRACK 01 MODE1/2352\n"
			     "INDEX 01 00:00:00\n";

static uint8_t *make_bin(void)
{
	uint8_t *bin = malloc((DATA + AUDIO) * RAW);

	assert_non_null(bin);
	for (uint64_t i = 0; i < DATA; i++)
		make_cd_mode1(bin + i * RAW, i, i / 3);
	for (uint64_t i = 0; i < AUDIO; i++)
		make_cd_audio(bin + (DATA + i) * RAW, i);
	return bin;
}

struct wrote {
	char *dir;
	struct mun_convert c;
	struct mun_companions *beside;
	struct opened o; /* what was written, read back */
};

static int convert(struct opened *in, const char *name,
		   const struct mun_write_options *options, struct wrote *w,
		   struct mun_err *e)
{
	char *path;
	int rc;

	*w = (struct wrote){ .dir = mun_test_dir() };
	path = mun_test_path(w->dir, name);
	w->c.img = in->img;
	w->c.path = path;
	w->c.accept_loss = true;
	if (options)
		w->c.options = *options;
	assert_int_equal(mun_writer_for(NULL, path, &w->c.writer, e), 0);
	rc = mun_convert_run(&w->c, e);
	if (!rc) {
		struct mun_image_request q = { .file_name = name };

		assert_int_equal(mun_source_open_file(path, &w->o.src, e), 0);
		assert_int_equal(mun_companions_folder(path, &w->beside, e), 0);
		q.src = w->o.src;
		q.companions = w->beside;
		assert_int_equal(mun_image_open_with(&q, &w->o.img, e), 0);
	}
	free(path);
	return rc;
}

static void end(struct wrote *w)
{
	box_close(&w->o);
	mun_companions_close(w->beside);
	mun_loss_clear(&w->c.loss);
	mun_test_dir_remove(w->dir);
}

static bool loses(const struct wrote *w, const char *what)
{
	for (size_t i = 0; i < w->c.loss.nrows; i++)
		if (strcmp(w->c.loss.rows[i].what, what) == 0)
			return true;
	return false;
}

static void want_same(const struct opened *a, const struct opened *b)
{
	for (int v = MUN_VIEW_CONTENT; v <= MUN_VIEW_RAW; v++) {
		enum mun_view view = (enum mun_view)v;
		uint64_t size = mun_image_size(a->img, view);
		uint8_t *one;
		uint8_t *two;

		assert_int_equal(mun_image_size(b->img, view), size);
		one = box_view(a, view);
		two = box_view(b, view);
		assert_memory_equal(one, two, (size_t)size);
		free(one);
		free(two);
	}
	assert_int_equal(a->img->ntracks, b->img->ntracks);
	for (size_t i = 0; i < a->img->ntracks; i++)
		assert_memory_equal(&a->img->tracks[i], &b->img->tracks[i],
				    sizeof(struct mun_track));
	assert_string_equal(a->img->disc->mcn, b->img->disc->mcn);
}

static void a_mixed_disc_comes_back_from_each_sheet(void **state)
{
	static struct mun_write_option per_track[] = { { "per-track", "yes" } };
	const struct mun_write_options many = { per_track, 1 };
	static const struct {
		const char *name;
		bool per_track;
		unsigned int files;
		bool keeps_titles;
	} cases[] = {
		{ "x.cue", false, 2, true },
		{ "x.cue", true, 4, true },
		{ "x.toc", false, 2, false },
	};
	uint8_t *bin = make_bin();
	struct opened o;
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, (DATA + AUDIO) * RAW);
	o = box_open_text(&b, NULL, "a.cue", sheet);
	assert_int_equal(o.img->tracks[1].pregap_stored, 5);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_err e;
		struct wrote w;

		assert_int_equal(convert(&o, cases[i].name,
					 cases[i].per_track ? &many : NULL, &w,
					 &e),
				 0);
		assert_int_equal(mun_test_count_entries(w.dir), cases[i].files);
		want_same(&o, &w.o);
		assert_int_equal(w.c.loss.nrows, !cases[i].keeps_titles);
		assert_string_equal(box_fact(&w.o, "title of track 2"),
				    cases[i].keeps_titles ? "Song" : "");
		end(&w);
	}
	box_close(&o);
	free(bin);
}

static void an_iso_holds_the_user_data(void **state)
{
	uint8_t *bin = make_bin();
	struct mun_err e;
	struct opened o;
	struct wrote w;
	struct box b;
	uint8_t *all;

	(void)state;
	/* A volume, so that it is an ISO. */
	all = calloc(32, 2048);
	make_iso(all, DATA, "WRITTEN");
	for (uint64_t i = 16; i < 32; i++) {
		memcpy(bin + i * RAW + 16, all + i * 2048, 2048);
		mun_cd_make_mode1(bin + i * RAW, i);
	}
	free(all);
	box_init(&b);
	box_add(&b, "a.bin", bin, DATA * RAW);
	o = box_open_text(&b, NULL, "a.cue", single);
	assert_int_equal(convert(&o, "x.iso", NULL, &w, &e), 0);
	assert_string_equal(w.o.img->format->name, "iso");
	assert_int_equal(w.o.img->bytes, DATA * 2048);
	all = box_view(&w.o, MUN_VIEW_CONTENT);
	for (size_t i = 0; i < DATA; i++)
		assert_memory_equal(all + i * 2048, bin + i * RAW + 16, 2048);
	free(all);
	/* And back: whole sectors follow from it, so nothing was lost. */
	assert_int_equal(w.c.loss.nrows, 0);
	{
		static struct mun_write_option whole[] = { { "sectors",
							     "2352" } };
		const struct mun_write_options options = { whole, 1 };
		struct wrote back;

		assert_int_equal(convert(&w.o, "y.cue", &options, &back, &e),
				 0);
		want_same(&o, &back.o);
		end(&back);
		assert_int_equal(convert(&w.o, "y.toc", NULL, &back, &e), 0);
		assert_int_equal(back.o.img->raw_bytes, DATA * 2048);
		end(&back);
	}
	end(&w);
	box_close(&o);
	/* The time of one sector is another: it does not follow any more. */
	bin[20 * RAW + 14] ^= 1;
	mun_put_le32(bin + 20 * RAW + 2064,
		     mun_cd_edc(0, bin + 20 * RAW, 2064));
	o = box_open_text(&b, NULL, "a.cue", single);
	assert_int_equal(convert(&o, "x.iso", NULL, &w, &e), 0);
	assert_int_equal(w.c.loss.nrows, 1);
	assert_true(loses(&w, "headers, EDC and ECC of sectors"));
	end(&w);
	box_close(&o);
	free(bin);
}

static void what_an_iso_cannot_be_is_refused(void **state)
{
	uint8_t *bin = make_bin();
	char text[1024];
	struct mun_err e;
	struct opened o;
	struct wrote w;
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, (DATA + AUDIO) * RAW);
	o = box_open_text(&b, NULL, "a.cue", sheet);
	assert_int_equal(convert(&o, "x.iso", NULL, &w, &e), MUN_EUNSUPPORTED);
	mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "one data track"));
	assert_int_equal(mun_test_count_entries(w.dir), 0);
	mun_loss_clear(&w.c.loss);
	mun_test_dir_remove(w.dir);
	box_close(&o);
	free(bin);
}

/* Bad sectors stay bad ones where their EDC is kept, and are lost in an ISO. */
static void states_are_kept_by_whole_sectors_only(void **state)
{
	uint8_t *bin = make_bin();
	struct mun_err e;
	struct opened o;
	struct wrote w;
	struct box b;

	(void)state;
	bin[30 * RAW + 77] ^= 1;
	box_init(&b);
	box_add(&b, "a.bin", bin, DATA * RAW);
	o = box_open_text(&b, NULL, "a.cue", single);
	assert_int_equal(convert(&o, "x.cue", NULL, &w, &e), 0);
	assert_int_equal(w.c.loss.nrows, 0);
	assert_int_equal(box_extent(&w.o, MUN_VIEW_RAW, 30 * RAW).kind,
			 MUN_EXTENT_DOUBTFUL);
	end(&w);
	box_close(&o);
	/* A missing end cannot be told by a sheet. */
	b.files[0].len = 10 * RAW;
	o = box_open_text(&b, NULL, "a.cue",
			  "FILE a.bin BINARY\nTRACK 01 MODE1/2352\n"
			  "INDEX 01 00:00:00\nTRACK 02 AUDIO\n"
			  "INDEX 01 00:00:20\n");
	assert_int_equal(convert(&o, "x.cue", NULL, &w, &e), 0);
	assert_true(loses(&w, "unreadable sectors"));
	end(&w);
	box_close(&o);
	free(bin);
}

static void sessions_and_cd_text_go_with_a_cue_sheet(void **state)
{
	uint8_t *bin = make_bin();
	uint8_t packs[18] = "\x80\0\0\0Disc\0";
	struct mun_err e;
	struct opened o;
	struct wrote w;
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, 40 * RAW);
	box_add(&b, "a.cdt", packs, sizeof(packs));
	o = box_open_text(&b, NULL, "a.cue",
			  "CDTEXTFILE \"a.cdt\"\nREM SESSION 01\n"
			  "FILE a.bin BINARY\nTRACK 01 MODE1/2352\n"
			  "INDEX 01 00:00:00\nREM SESSION 02\n"
			  "TRACK 02 MODE1/2352\nINDEX 01 00:00:20\n");
	assert_int_equal(o.img->tracks[1].start, 20 + 11400);
	assert_int_equal(convert(&o, "x.cue", NULL, &w, &e), 0);
	assert_int_equal(w.c.loss.nrows, 0);
	want_same(&o, &w.o);
	assert_int_equal(w.o.img->disc->cdtext_bytes, 18);
	assert_memory_equal(w.o.img->disc->cdtext, packs, 18);
	end(&w);
	assert_int_equal(convert(&o, "x.toc", NULL, &w, &e), 0);
	assert_true(loses(&w, "sessions"));
	assert_true(loses(&w, "CD-TEXT"));
	end(&w);
	box_close(&o);
	free(bin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mixed_disc_comes_back_from_each_sheet),
		cmocka_unit_test(an_iso_holds_the_user_data),
		cmocka_unit_test(what_an_iso_cannot_be_is_refused),
		cmocka_unit_test(states_are_kept_by_whole_sectors_only),
		cmocka_unit_test(sessions_and_cd_text_go_with_a_cue_sheet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
