/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove_watch.c - does it run?  The criterion of a proof */
#include "emulate-export/prove_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/utf8.h"

#define STILL_S 5 /* a screen is no longer changing */
#define NOTHING_MS 30000 /* ... and nothing will come of it any more */
#define STILL_PERMILLE 4u /* a cursor may blink, a clock may go */
#define SEEN_MS 1500 /* a text is in memory before it is in the picture */
#define LIKE_PERMILLE 20u
#define SAME_PERMILLE 4u
#define PICTURE_MAX ((size_t)32 << 20) /* bytes of a PNG */

void mun_watch_decide(struct mun_watch *w, enum mun_proof_result result,
		      const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)mun_utf8_line(n < 0 ? "" : text, w->out->text,
			    sizeof(w->out->text));
	w->out->result = result;
	w->decided = true;
}

static int read_picture(struct mun_watch *w, struct mun_err *e)
{
	mun_autofree char *data = NULL;
	size_t len = 0;
	int rc = mun_file_read(w->q->expect_picture, PICTURE_MAX, &data, &len,
			       e);

	if (!rc)
		rc = mun_shot_png(data, len, &w->want, e);
	return rc ? mun_ctx(e, "picture '%s'", w->q->expect_picture) : 0;
}

int mun_watch_begin(struct mun_watch *w, const struct mun_proof_request *q,
		    unsigned int still_s, struct mun_proof *out,
		    struct mun_err *e)
{
	memset(w, 0, sizeof(*w));
	w->q = q;
	w->out = out;
	w->still_s = still_s ? still_s : STILL_S;
	w->begin_ms = w->since_ms = mun_clock_monotonic_ms();
	(void)snprintf(out->criterion, sizeof(out->criterion), "%s%s%s",
		       q->expect_text ? "the given text" : "",
		       q->expect_text && q->expect_picture ? " and " : "",
		       q->expect_picture ? "like the given picture" : "");
	if (!*out->criterion)
		(void)snprintf(out->criterion, sizeof(out->criterion),
			       "screen still for %u s, not blank, and not "
			       "of the firmware alone",
			       w->still_s);
	return q->expect_picture ? read_picture(w, e) : 0;
}

void mun_watch_clear(struct mun_watch *w)
{
	mun_shot_clear(&w->want);
	mun_shot_clear(&w->base);
	mun_shot_clear(&w->shot);
	mun_shot_clear(&w->idle);
}

/* The screen is text: what is in its memory does not blink. */
static bool has_changed(const struct mun_watch *w, const struct mun_look *l)
{
	if ((l->text != NULL) != w->base_is_text)
		return true;
	if (l->text)
		return strcmp(l->text, w->base_text) != 0;
	return mun_shot_differ(&w->base, l->shot) > STILL_PERMILLE;
}

static bool is_blank(const struct mun_watch *w, const struct mun_look *l)
{
	return l->text ? strspn(l->text, " \n") == strlen(l->text)
		       : mun_shot_blank(&w->shot);
}

static int keep(struct mun_watch *w, const struct mun_look *l,
		struct mun_err *e)
{
	const char *said = l->text && *l->text ? l->text : l->console;
	int rc = mun_shot_copy(l->shot, &w->shot, e);

	if (*said)
		mun_text_lines(said, strlen(said), w->out->screen_text,
			       sizeof(w->out->screen_text));
	w->blank = is_blank(w, l);
	if (rc || !has_changed(w, l))
		return rc;
	w->since_ms = mun_clock_monotonic_ms();
	w->base_is_text = l->text != NULL;
	if (l->text)
		mun_text_cut(l->text, w->base_text, sizeof(w->base_text));
	return mun_shot_copy(l->shot, &w->base, e);
}

/* ---- what the user wants to see ---- */

static bool has_text(const struct mun_watch *w, const struct mun_look *l)
{
	return (l->text && mun_text_has(l->text, w->q->expect_text)) ||
	       mun_text_has(l->console, w->q->expect_text);
}

bool mun_watch_is_like(const struct mun_watch *w, const struct mun_shot *s)
{
	return mun_shot_differ(s, &w->want) <= LIKE_PERMILLE;
}

static bool is_as_wanted(const struct mun_watch *w, const struct mun_look *l)
{
	if (w->q->expect_text && !has_text(w, l))
		return false;
	return !w->q->expect_picture || mun_watch_is_like(w, &w->shot);
}

static unsigned int seconds_since(int64_t when)
{
	return (unsigned int)((mun_clock_monotonic_ms() - when + 500) / 1000);
}

static void found_wanted(struct mun_watch *w)
{
	unsigned int after = seconds_since(w->begin_ms);

	if (w->q->expect_text)
		mun_watch_decide(
			w, MUN_PROOF_PROVED, "\"%.120s\" was seen after %u s%s",
			w->q->expect_text, after,
			w->q->expect_picture ? ", and the picture" : "");
	else
		mun_watch_decide(w, MUN_PROOF_PROVED,
				 "the screen was like the picture after %u s",
				 after);
}

/* What is kept of it shows it. */
static void look_for_wanted(struct mun_watch *w, const struct mun_look *l)
{
	int64_t now = mun_clock_monotonic_ms();

	if (!w->seen_ms && !is_as_wanted(w, l))
		return;
	if (!w->seen_ms)
		w->seen_ms = now;
	if (w->q->expect_picture || now - w->seen_ms >= SEEN_MS)
		found_wanted(w);
}

/* ---- what is seen when nothing in particular is wanted ---- */

/* For people: the last line that says something. */
static void last_line(const char *text, char *out, size_t size)
{
	const char *line = "";
	size_t line_len = 0;
	struct mun_str s = { 0 };

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > strspn(text, " ")) {
			line = text + strspn(text, " ");
			line_len = len - strspn(text, " ");
		}
		text += len + (text[len] == '\n');
	}
	mun_str_add_bytes(&s, line, line_len);
	mun_text_cut(s.text && !s.failed ? s.text : "", out, size);
	mun_str_free(&s);
}

/* It may try again and again, so that the screen is never still. */
static bool only_firmware(struct mun_watch *w, const struct mun_look *l)
{
	int64_t now = mun_clock_monotonic_ms();
	char line[100];

	/* Between two attempts it may be blank. */
	if (!l->text || !mun_text_only_bios(l->text)) {
		w->bios_ms = 0;
		return false;
	}
	if (w->blank)
		return false;
	if (!w->bios_ms)
		w->bios_ms = now;
	last_line(l->text, line, sizeof(line));
	if (now - w->bios_ms >= NOTHING_MS)
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "nothing came after the firmware's \"%s\"",
				 line);
	return true;
}

static void look_at_all(struct mun_watch *w, const struct mun_look *l,
			int64_t still)
{
	unsigned int after = seconds_since(w->begin_ms);
	char line[100] = "";

	if (w->blank)
		return;
	if (mun_shot_differ(&w->idle, &w->shot) <= SAME_PERMILLE) {
		if (still >= NOTHING_MS)
			mun_watch_over(w);
		return;
	}
	if (l->text)
		last_line(l->text, line, sizeof(line));
	mun_watch_decide(w, MUN_PROOF_PROVED,
			 "after %u s the screen was still and not blank%s%s%s",
			 after, *line ? "; its last line: \"" : "", line,
			 *line ? "\"" : "");
}

int mun_watch_look(struct mun_watch *w, const struct mun_look *l,
		   struct mun_err *e)
{
	char line[120];
	int64_t still;
	int rc;

	if (w->decided || !l->shot)
		return 0;
	rc = keep(w, l, e);
	if (rc)
		return rc;
	still = mun_clock_monotonic_ms() - w->since_ms;
	if (w->q->expect_text || w->q->expect_picture)
		look_for_wanted(w, l);
	else if (only_firmware(w, l) &&
		 !mun_text_refuses(l->text, line, sizeof(line)))
		return 0;
	if (w->decided || still < (int64_t)w->still_s * 1000)
		return 0;
	if (l->text && mun_text_refuses(l->text, line, sizeof(line)))
		mun_watch_decide(w, MUN_PROOF_FAILED, "the machine says: %s",
				 line);
	else if (!w->q->expect_text && !w->q->expect_picture)
		look_at_all(w, l, still);
	return 0;
}

void mun_watch_over(struct mun_watch *w)
{
	unsigned int after = seconds_since(w->begin_ms);
	const struct mun_proof_request *q = w->q;

	if (!w->decided && w->seen_ms)
		found_wanted(w);
	if (w->decided)
		return;
	if (!w->shot.rgb && !*w->out->screen_text)
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "nothing was seen of a screen in %u s", after);
	else if (q->expect_text)
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "\"%.120s\" was not seen in %u s%s",
				 q->expect_text, after,
				 q->expect_picture ? " with the picture" : "");
	else if (q->expect_picture && (w->want.width != w->shot.width ||
				       w->want.height != w->shot.height))
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "the screen has %u by %u pixels, the picture "
				 "%u by %u",
				 w->shot.width, w->shot.height, w->want.width,
				 w->want.height);
	else if (q->expect_picture)
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "the screen was not like the picture in %u s",
				 after);
	else if (mun_shot_differ(&w->idle, &w->shot) <= SAME_PERMILLE)
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "after %u s the screen shows what it shows "
				 "without the medium",
				 after);
	else if (w->blank)
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "the screen was blank after %u s", after);
	else if (w->bios_ms)
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "only the firmware had spoken after %u s",
				 after);
	else
		mun_watch_decide(w, MUN_PROOF_FAILED,
				 "the screen was still changing after %u s",
				 after);
}
