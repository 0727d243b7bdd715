/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_msa.c - Magic Shadow Archiver: Atari ST disks, track by track
 *
 *	0 0E 0F	2 u16 BE sectors per track	4 sides - 1
 *	6 first cylinder	8 last cylinder, all of them u16 BE
 *	then for each track, both sides of a cylinder one after the other,
 *	u16 BE bytes that follow: as many as the track has and these are they,
 *	or fewer: E5, byte, u16 BE count stands for a run
 */
#include "image/image.h"

#include "core/bytes.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 10u
#define RUN 0xe5u
#define SECTOR 512u
/* No drive steps further, and no track holds more: ED has 36. */
#define CYLINDERS_MAX 86u
#define SECTORS_MAX 48u

struct form {
	unsigned int sectors;
	unsigned int sides;
	unsigned int first;
	unsigned int last;
};

static bool parse(const uint8_t head[static HEAD], struct form *out)
{
	out->sectors = mun_be16(head + 2);
	out->sides = mun_be16(head + 4) + 1u;
	out->first = mun_be16(head + 6);
	out->last = mun_be16(head + 8);
	return head[0] == 0x0e && head[1] == 0x0f && out->sectors >= 1 &&
	       out->sectors <= SECTORS_MAX && out->sides <= 2 &&
	       out->first <= out->last && out->last < CYLINDERS_MAX;
}

static int msa_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD + 2];
	struct form form;
	struct mun_err e;
	unsigned int len;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) || !parse(head, &form))
		return MUN_BID_NO;
	len = mun_be16(head + HEAD);
	return len && len <= form.sectors * SECTOR ? MUN_BID_CHECKED
						   : MUN_BID_NO;
}

/* Fill @track from @len bytes at @p. */
static int expand(const uint8_t *p, size_t len, uint8_t *track, size_t size,
		  struct mun_err *e)
{
	size_t in = 0;
	size_t out = 0;

	while (in < len && out < size) {
		size_t run;

		if (p[in] != RUN) {
			track[out++] = p[in++];
			continue;
		}
		if (len - in < 4)
			return mun_fail(e, MUN_ECORRUPT, "it ends in a run");
		run = mun_be16(p + in + 2);
		if (run > size - out)
			return mun_fail(e, MUN_ECORRUPT,
					"a run of %zu bytes where %zu are left",
					run, size - out);
		memset(track + out, p[in + 1], run);
		out += run;
		in += 4;
	}
	if (in < len || out < size)
		return mun_fail(e, MUN_ECORRUPT,
				"%zu bytes give %zu, %zu of them are wanted",
				len, out, size);
	return 0;
}

static int read_track(struct mun_span *s, struct mun_floppy *f,
		      const struct form *form, const struct mun_floppy_track *t,
		      struct mun_err *e)
{
	uint8_t track[SECTORS_MAX * SECTOR];
	size_t size = (size_t)form->sectors * SECTOR;
	const uint8_t *p = NULL;
	size_t len;
	int rc;

	rc = mun_span_take(s, 2, &p, "the length of a track", e);
	if (rc)
		return rc;
	len = mun_be16(p);
	if (len > size)
		return mun_fail(e, MUN_ECORRUPT, "%zu bytes for a track of %zu",
				len, size);
	rc = mun_span_take(s, len, &p, "a track", e);
	if (!rc && len < size) {
		rc = expand(p, len, track, size, e);
		p = track;
	}
	return rc ? rc
		  : mun_floppy_plain_track(f, t, form->sectors, SECTOR, 1, p,
					   e);
}

static int read_tracks(struct mun_span *s, struct mun_floppy *f,
		       const struct form *form, struct mun_err *e)
{
	unsigned int tracks = (form->last - form->first + 1) * form->sides;

	s->at = HEAD;
	for (unsigned int i = 0; i < tracks; i++) {
		struct mun_floppy_track t = {
			.cylinder = (uint16_t)(form->first + i / form->sides),
			.head = (uint8_t)(i % form->sides),
			.encoding = MUN_ENCODING_MFM,
		};

		if (read_track(s, f, form, &t, e))
			return mun_ctx(e, "cylinder %u, side %u", t.cylinder,
				       t.head);
	}
	return 0;
}

static int msa_open(struct mun_image *img, struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	struct mun_span s = { .data = NULL };
	uint8_t head[HEAD];
	struct form form;
	uint8_t *file = NULL;
	int rc;

	rc = mun_peek(img->src, head, sizeof(head), 0, e);
	if (!rc && !parse(head, &form))
		rc = mun_fail(e, MUN_ECORRUPT, "its head is not that of MSA");
	if (!rc)
		rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);
	if (!rc)
		rc = mun_floppy_new(&f, e);
	s.data = file;
	s.len = (size_t)img->src->size;
	if (!rc)
		rc = read_tracks(&s, f, &form, e);
	free(file);
	if (rc)
		return rc;
	if (s.at < s.len)
		mun_image_note(img, "%zu bytes follow the last track",
			       s.len - s.at);
	mun_image_set_puid(img, "fmt/1472");
	mun_image_set_mime(img, "application/vnd.msa-disk-image");
	return mun_floppy_done(img, mun_steal(&f), e);
}

const struct mun_image_driver mun_image_msa = {
	.name = "msa",
	.title = "Magic Shadow Archiver (Atari ST)",
	.suffixes = "msa",
	.bid = msa_bid,
	.open = msa_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
