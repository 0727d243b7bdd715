/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical.c - what is on a disc in a drive */
#include "medium/optical.h"

#include "medium/mmc.h"
#include "medium/optical_ask.h"
#include "medium/optical_toc.h"

#include <stdlib.h>
#include <string.h>

/* Formats 0 and 1, where the drive has no full table, or one that cannot be. */
static int plain_toc(struct mun_transport *t, struct mun_optical *o,
		     struct mun_err *e)
{
	mun_autofree uint8_t *toc = NULL;
	mun_autofree uint8_t *sessions = NULL;
	size_t sessions_len = 0;
	size_t len = 0;
	struct mun_mmc m;
	char text[96];
	int rc = mun_mmc_list(t, 0, &toc, &len, &m, e);

	if (rc)
		return rc;
	if (m.end != MUN_MMC_DONE) {
		mun_sense_text(&m.sense, text);
		return mun_fail(e, MUN_EIO, "no table of contents: %s", text);
	}
	rc = mun_mmc_list(t, 1, &sessions, &sessions_len, &m, e);
	if (rc)
		return rc;
	if (!sessions)
		mun_optical_note(o, "the drive does not tell sessions: taken "
				    "for one");
	return mun_optical_take_plain(o, toc, len, sessions, sessions_len, e);
}

int mun_optical_ask_toc(struct mun_transport *t, struct mun_optical *o,
			struct mun_err *e)
{
	struct mun_mmc m;
	int rc = mun_mmc_list(t, 2, &o->full_toc, &o->full_toc_bytes, &m, e);

	if (rc)
		return rc;
	if (m.end != MUN_MMC_DONE) {
		mun_optical_note(o, "the drive has no full table of contents");
		return plain_toc(t, o, e);
	}
	rc = mun_optical_take_full(o, o->full_toc, o->full_toc_bytes, e);
	if (rc != MUN_ECORRUPT)
		return rc;
	/* As recorded by some against copying: drives know better. */
	mun_optical_note(o, "the full table of contents cannot be");
	mun_err_clear(e);
	return plain_toc(t, o, e);
}

static void choose_form(struct mun_optical *o)
{
	bool iso = o->kind != MUN_OPTICAL_CD ||
		   (o->ntracks == 1 && o->sessions == 1 &&
		    o->tracks[0].mode == MUN_TRACK_DATA &&
		    o->tracks[0].start == 0);

	o->form = iso ? MUN_OPTICAL_AS_ISO : MUN_OPTICAL_AS_BIN;
}

static int ask_what(struct mun_transport *t, struct mun_optical *o,
		    struct mun_err *e)
{
	int rc = mun_mmc_ready(t, e);

	if (!rc)
		rc = mun_optical_ask_profile(t, o, e);
	if (rc)
		return rc;
	return o->kind == MUN_OPTICAL_CD ? mun_optical_ask_toc(t, o, e)
					 : mun_optical_ask_structure(t, o, e);
}

static int open_disc(struct mun_transport *t, bool all,
		     struct mun_optical **out, struct mun_err *e)
{
	mun_auto(optical) *o = calloc(1, sizeof(*o));
	int rc;

	if (!o)
		return mun_fail_nomem(e, "disc");
	o->disc_type = 0xff;
	rc = ask_what(t, o, e);
	if (!rc && all && o->kind == MUN_OPTICAL_CD)
		rc = mun_optical_ask_texts(t, o, e);
	if (!rc && all && o->kind == MUN_OPTICAL_CD)
		rc = mun_optical_probe(t, o, e);
	if (rc)
		return rc;
	choose_form(o);
	*out = mun_steal(&o);
	return 0;
}

int mun_optical_open(struct mun_transport *t, struct mun_optical **out,
		     struct mun_err *e)
{
	return open_disc(t, true, out, e);
}

int mun_optical_glance(struct mun_transport *t, struct mun_optical **out,
		       struct mun_err *e)
{
	return open_disc(t, false, out, e);
}

void mun_optical_free(struct mun_optical *o)
{
	if (!o)
		return;
	free(o->full_toc);
	free(o->cdtext);
	free(o->structure);
	free(o);
}
