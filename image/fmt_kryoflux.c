/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_kryoflux.c - KryoFlux stream, the flux of one side of one cylinder
 *
 * From the "KryoFlux Stream Protocol" of the Software Preservation Society, a
 * run of codes:
 *	00-07 xx	a time		08, 09 x, 0a x x	nothing
 *	0b		65536 more	0c x x			a time
 *	0d type u16 length data		out of band	0e-ff	a time
 * Out of band (little endian): 1 u32 position in the stream without what is out
 * of band, u32 ms; 2 an index: u32 position, u32, u32; 3 the end: u32 position,
 * u32 result; 4 text "name=value, ..."; 0d (length 0d0d) nothing follows.
 *
 * A disk is a folder of them, NAMEcc.s.raw for cylinder cc and side s.  The
 * first one stands for the disk, and the others belong to it.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/source.h"
#include "core/str.h"
#include "image/companion.h"
#include "image/driver.h"
#include "image/fluxfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Five revolutions of a HD disk are half a megabyte. */
#define FILE_MAX ((uint64_t)32 << 20)
#define BID_WINDOW 65536u
#define TRACKS 200u /* two digits of cylinders, two sides */

enum { OOB = 0x0d };

enum oob { OOB_INFO = 1, OOB_INDEX, OOB_END, OOB_TEXT, OOB_EOF = 0x0d };

/* What a walk over the codes has met. */
struct walk {
	const uint8_t *p;
	size_t len; /* bytes there */
	size_t off;
	uint32_t stream; /* position without what is out of band */
	uint32_t times;
	unsigned int indexes;
	unsigned int agreed; /* positions that were told rightly */
	uint32_t result;
	bool ended; /* end of stream was told */
	bool eof;
	bool wrong; /* a position that is not ours, or a block of no kind */
	bool cut;
	/* Each text block, in turn. */
	int (*text)(struct mun_image *img, const uint8_t *p, size_t len,
		    struct mun_err *e);
	struct mun_image *img;
};

static size_t code_bytes(uint8_t code)
{
	if (code <= 0x07 || code == 0x09)
		return 2;
	return code == 0x0a || code == 0x0c ? 3 : 1;
}

/* A position that the device told: that of the codes so far. */
static void agree(struct walk *w, const uint8_t *data, size_t len)
{
	if (len < 8 || mun_le32(data) != w->stream)
		w->wrong = true;
	else
		w->agreed++;
}

static int take_oob(struct walk *w, enum oob type, const uint8_t *data,
		    size_t len, struct mun_err *e)
{
	switch ((int)type) {
	case OOB_INFO:
		agree(w, data, len);
		return 0;
	case OOB_INDEX:
		/* Its position is of a time that is still to come, or was. */
		w->wrong |= len < 12;
		w->indexes++;
		return 0;
	case OOB_END:
		agree(w, data, len);
		w->ended = true;
		w->result = len >= 8 ? mun_le32(data + 4) : UINT32_MAX;
		return 0;
	case OOB_TEXT:
		return w->text ? w->text(w->img, data, len, e) : 0;
	default:
		w->wrong = true;
		return 0;
	}
}

static int walk_codes(struct walk *w, struct mun_err *e)
{
	int rc = 0;

	while (!rc && !w->eof && !w->wrong && w->off < w->len) {
		const uint8_t *p = w->p + w->off;
		size_t left = w->len - w->off;
		size_t n = *p == OOB ? 4 : code_bytes(*p);

		w->cut = n > left;
		if (w->cut)
			break;
		if (*p != OOB) {
			w->times += *p <= 0x07 || *p == 0x0c || *p > OOB;
			w->stream += (uint32_t)n;
			w->off += n;
			continue;
		}
		if (p[1] == OOB_EOF) {
			w->eof = true;
			w->off += 4;
			break;
		}
		n += mun_le16(p + 2);
		w->cut = n > left;
		if (w->cut)
			break;
		rc = take_oob(w, (enum oob)p[1], p + 4, n - 4, e);
		w->off += n;
	}
	return rc;
}

static bool begins_so(const uint8_t *p)
{
	return p[0] == OOB &&
	       (p[1] == OOB_TEXT || p[1] == OOB_INFO || p[1] == OOB_INDEX);
}

static int kryoflux_bid(struct mun_source *src, const char *file_name)
{
	static const struct walk none;
	mun_autofree uint8_t *buf = NULL;
	struct walk w = none;
	uint8_t head[4];
	struct mun_err e;

	(void)file_name;
	if (src->size > FILE_MAX || mun_peek(src, head, sizeof(head), 0, &e) ||
	    !begins_so(head))
		return MUN_BID_NO;
	w.len = (size_t)MUN_MIN(src->size, (uint64_t)BID_WINDOW);
	buf = malloc(w.len + 1);
	if (!buf || mun_peek(src, buf, w.len, 0, &e))
		return MUN_BID_NO;
	w.p = buf;
	if (walk_codes(&w, &e) || w.wrong)
		return MUN_BID_NO;
	return w.agreed ? MUN_BID_CHECKED : MUN_BID_NO;
}

/* "name=KryoFlux DiskSystem, version=3.00s, ..." */
static int tell_text(struct mun_image *img, const uint8_t *p, size_t len,
		     struct mun_err *e)
{
	const uint8_t *end = p + len;
	int rc = 0;

	for (unsigned int n = 0; !rc && p < end && n < 32; n++) {
		const uint8_t *stop = memchr(p, ',', (size_t)(end - p));
		const uint8_t *eq;
		char name[32] = { 0 };

		stop = stop ? stop : end;
		while (p < stop && *p == ' ')
			p++;
		eq = memchr(p, '=', (size_t)(stop - p));
		if (eq && (size_t)(eq - p) < sizeof(name)) {
			for (size_t i = 0; p + i < eq; i++)
				name[i] = p[i] > ' ' && p[i] < 0x7f ? (char)p[i]
								    : '?';
			rc = mun_image_fact_bytes(img, MUN_FACT_MADE, name,
						  eq + 1,
						  (size_t)(stop - eq - 1), e);
		}
		p = stop + 1;
	}
	return rc;
}

static void set_puid(struct mun_image *img)
{
	for (size_t i = 0; i < img->nfacts; i++) {
		const struct mun_image_fact *f = &img->facts[i];

		if (strcmp(f->name, "version") != 0)
			continue;
		mun_image_variant(img, "KryoFlux %.20s", f->value);
		mun_image_set_puid(img, f->value[0] == '3' ? "fmt/2015"
					: !strncmp(f->value, "2.2", 3)
						? "fmt/656"
					: f->value[0] == '2' ? "fmt/655"
							     : "");
		return;
	}
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Which track "track12.1.raw" is of, by side and cylinder; false for another
 * name.  @stem: how much of it is before the digits. */
static bool track_of(const char *name, size_t *stem, unsigned int *number)
{
	size_t len = strlen(name);
	const char *end;

	if (len < 8)
		return false;
	end = name + len - 8;
	if (!is_digit(end[0]) || !is_digit(end[1]) || end[2] != '.' ||
	    (end[3] != '0' && end[3] != '1') || strcmp(end + 4, ".raw") != 0)
		return false;
	*stem = len - 8;
	*number = (unsigned int)((end[0] - '0') * 10 + (end[1] - '0')) * 2 +
		  (unsigned int)(end[3] - '0');
	return true;
}

/* The stream of track @number, if it is there; @add: it belongs to @img. */
static int find_stream(struct mun_image *img, size_t stem, unsigned int number,
		       bool add, bool *found, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *name = NULL;
	struct mun_err why;
	char what[40];
	int rc = mun_fmt(&name, e, "%.*s%02u.%u.raw", (int)stem, img->file_name,
			 number / 2, number % 2);

	*found = false;
	if (rc)
		return rc;
	rc = mun_companion_open(img->companions, name, &src, &why);
	if (rc == MUN_EIO || rc == MUN_ENOMEM) {
		*e = why;
		return rc;
	}
	*found = !rc;
	if (rc || !add)
		return 0;
	(void)snprintf(what, sizeof(what), "stream of cylinder %u, side %u",
		       number / 2, number % 2);
	return mun_image_part(img, name, what, e);
}

/* The rest of the disk: of its first track only, or each would bring all. */
static int add_others(struct mun_image *img, struct mun_err *e)
{
	unsigned int mine = 0;
	unsigned int others = 0;
	bool found = false;
	size_t stem = 0;
	int rc = 0;

	if (!img->companions || !track_of(img->file_name, &stem, &mine))
		return 0;
	for (unsigned int n = 0; !rc && !found && n < mine; n++)
		rc = find_stream(img, stem, n, false, &found, e);
	if (rc || found)
		return rc;
	for (unsigned int n = mine + 1; !rc && n < TRACKS; n++) {
		rc = find_stream(img, stem, n, true, &found, e);
		others += found;
	}
	if (!rc && others)
		mun_image_variant(img, "%u further streams of the disk",
				  others);
	return rc;
}

static int tell(struct mun_image *img, const struct walk *w, struct mun_err *e)
{
	bool good = w->eof && w->ended && !w->wrong && !w->cut && !w->result;
	int rc;

	set_puid(img);
	mun_image_variant(img, "one track, %u index pulses", w->indexes);
	mun_image_note(img, "a stream is one track of a disk: the others are "
			    "in files of their own");
	rc = mun_image_fact(img, MUN_FACT_MADE, "flux transitions", e, "%u",
			    w->times);
	if (rc)
		return rc;
	if (good)
		return mun_image_check_fact(img, "structure", MUN_FACT_GOOD, e,
					    "every position that is told is "
					    "right");
	return mun_image_check_fact(
		img, "structure", MUN_FACT_BAD, e, "%s at byte %zu",
		w->wrong            ? "a block that does not fit the stream"
		: w->cut || !w->eof ? "the file ends within the stream"
		: !w->ended         ? "no end of stream before the end"
				    : "the device told of a failure",
		w->off);
}

static int kryoflux_open(struct mun_image *img, struct mun_err *e)
{
	struct walk w = { .img = img, .text = tell_text };
	mun_autofree uint8_t *buf = NULL;
	int rc;

	if (img->src->size > FILE_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a stream of %llu bytes: none is so long",
				(unsigned long long)img->src->size);
	w.len = (size_t)img->src->size;
	buf = malloc(w.len + 1);
	if (!buf)
		return mun_fail_nomem(e, "stream");
	rc = mun_source_pread(img->src, buf, w.len, 0, e);
	if (rc)
		return rc;
	if (w.len < 4 || !begins_so(buf))
		return mun_fail(e, MUN_ECORRUPT,
				"no block out of band at byte 0");
	w.p = buf;
	mun_fluxfile_begin(img, MUN_FLUX_REASON);
	rc = walk_codes(&w, e);
	if (!rc)
		rc = tell(img, &w, e);
	if (!rc)
		rc = add_others(img, e);
	return rc ? rc : mun_image_one_track(img, e);
}

const struct mun_image_driver mun_image_kryoflux = {
	.name = "kryoflux",
	.title = "KryoFlux stream",
	.suffixes = "raw",
	.bid = kryoflux_bid,
	.open = kryoflux_open,
};
