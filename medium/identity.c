/* SPDX-License-Identifier: Apache-2.0 */
/* medium/identity.c - is it the same medium? */
#include "medium/identity.h"

#include "core/check.h"
#include "fixity/digest.h"
#include "image/identify.h"
#include "medium/optical.h"
#include "medium/reader_source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 16u

/* How far a sector that is not all zeros is looked for: many media have much
 * that is empty, and empty sectors are all alike. */
#define LOOK_BYTES ((uint64_t)1 << 20)

/* ---- the head of a medium, as if the rest were zeros ---- */

struct head {
	struct mun_source base;
	const uint8_t *bytes;
	size_t len;
};

static int head_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	const struct head *h = (struct head *)s;
	size_t n =
		off < h->len ? (size_t)MUN_MIN((uint64_t)len, h->len - off) : 0;

	(void)e;
	if (n)
		memcpy(buf, h->bytes + off, n);
	memset((uint8_t *)buf + n, 0, len - n);
	return 0;
}

static void head_close(struct mun_source *s)
{
	(void)s;
}

static const struct mun_source_ops head_ops = {
	.pread = head_pread,
	.close = head_close,
};

/* The volume's name, as far as the head tells it; "" is no error. */
static void volume_of(const uint8_t *bytes, size_t len, uint64_t size,
		      char *out, size_t room)
{
	struct head h = {
		.base = { .ops = &head_ops, .size = size },
		.bytes = bytes,
		.len = len,
	};
	struct mun_image_facts facts = { 0 };
	struct mun_err why;

	out[0] = '\0';
	if (!mun_identify(&h.base, NULL, "raw", &facts, &why))
		(void)snprintf(out, room, "%s", facts.volume_label);
}

/* ---- the marks ---- */

int mun_identity_of_head(const void *bytes, size_t len, uint64_t size,
			 struct mun_identity *out, struct mun_err *e)
{
	struct mun_digests d = { 0 };
	int rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), bytes, len, &d,
				   e);

	if (rc)
		return rc;
	mun_hex(d.of[MUN_SHA256].bytes, 32, out->head);
	if (!out->volume[0])
		volume_of(bytes, len, size, out->volume, sizeof(out->volume));
	return 0;
}

/* Sectors that cannot be read are no error: then there is no head. */
static int take_head(struct mun_device *m, struct mun_identity *out,
		     struct mun_err *e)
{
	size_t len = (size_t)MUN_MIN((uint64_t)MUN_IDENTITY_HEAD, out->bytes);
	uint8_t *bytes = aligned_alloc(MUN_IO_ALIGN, MUN_IDENTITY_HEAD);
	struct mun_source *all = NULL;
	int rc = 0;

	if (!bytes)
		return mun_fail_nomem(e, "head of a medium");
	/* The bytes that an image of it begins with. */
	if (m->reader)
		rc = mun_reader_source(m->reader, &all, e);
	if (!rc)
		rc = mun_source_pread(all ? all : m->source, bytes, len, 0, e);
	mun_source_close(all);
	if (!rc) {
		rc = mun_identity_of_head(bytes, len, out->bytes, out, e);
	} else if (mun_device_is_medium_errno(e->sys)) {
		mun_err_clear(e);
		rc = 0;
	}
	free(bytes);
	return rc ? mun_ctx(e, "look at the medium's beginning") : 0;
}

int mun_identity_of_device(const struct mun_device *m, struct mun_identity *out,
			   struct mun_err *e)
{
	const struct mun_device_facts *f = &m->facts;
	const struct mun_reader *reader = m->reader;

	*out = (struct mun_identity){
		.bytes = reader ? reader->bytes : f->bytes,
		.sector_bytes = reader ? reader->sector_bytes : f->sector_bytes,
		.removable = f->removable || f->kind == MUN_DEVICE_OPTICAL ||
			     f->kind == MUN_DEVICE_FLOPPY,
	};
	/* A loop device says only where its file lies. */
	if (strncmp(f->name, "loop", 4) != 0)
		(void)snprintf(out->drive, sizeof(out->drive), "%s\n%s\n%s",
			       f->vendor, f->model, f->serial);
	return m->optical ? mun_optical_toc_digest(m->optical, out->toc, e) : 0;
}

int mun_identity_take(struct mun_device *m, const char *volume,
		      struct mun_identity *out, struct mun_err *e)
{
	int rc = mun_identity_of_device(m, out, e);

	if (rc)
		return rc;
	if (volume)
		(void)snprintf(out->volume, sizeof(out->volume), "%s", volume);
	return take_head(m, out, e);
}

/* ---- comparing ---- */

static void say(struct mun_str *out, unsigned int *n)
{
	if ((*n)++)
		mun_str_add(out, "; ");
}

static void compare_text(const char *what, const char *then, const char *now,
			 struct mun_str *out, unsigned int *n)
{
	if (!*then || !*now || !strcmp(then, now))
		return;
	say(out, n);
	mun_str_addf(out, "%s %s then, %s now", what, then, now);
}

/* Vendor, model, serial of struct mun_identity's drive. */
struct drive {
	char line[3][sizeof(((struct mun_identity *)0)->drive)];
};

static struct drive drive_of(const char *text)
{
	struct drive d = { 0 };

	for (size_t i = 0; i < MUN_COUNT(d.line); i++) {
		size_t len = strcspn(text, "\n");

		memcpy(d.line[i], text, len);
		text += len;
		if (*text)
			text++;
	}
	return d;
}

/* The same serial number in another case (a USB bridge says less of the model)
 * is the same drive. */
static void compare_drives(const struct mun_identity *then,
			   const struct mun_identity *now, struct mun_str *out,
			   unsigned int *n)
{
	const struct drive a = drive_of(then->drive);
	const struct drive b = drive_of(now->drive);

	if (then->removable || now->removable)
		return;
	compare_text("serial number", a.line[2], b.line[2], out, n);
	if (*a.line[2] && *b.line[2])
		return;
	compare_text("vendor", a.line[0], b.line[0], out, n);
	compare_text("model", a.line[1], b.line[1], out, n);
}

unsigned int mun_identity_differs(const struct mun_identity *then,
				  const struct mun_identity *now,
				  struct mun_str *out)
{
	unsigned int n = 0;

	if (then->bytes != now->bytes) {
		say(out, &n);
		mun_str_addf(out,
			     "%" PRIu64 " bytes then, %" PRIu64 " bytes now",
			     then->bytes, now->bytes);
	}
	if (then->sector_bytes && now->sector_bytes &&
	    then->sector_bytes != now->sector_bytes) {
		say(out, &n);
		mun_str_addf(out,
			     "sectors of %" PRIu32 " bytes then, of %" PRIu32
			     " now",
			     then->sector_bytes, now->sector_bytes);
	}
	compare_drives(then, now, out, &n);
	compare_text("volume", then->volume, now->volume, out, &n);
	if (*then->toc && *now->toc && strcmp(then->toc, now->toc) != 0) {
		say(out, &n);
		mun_str_add(out, "another table of contents");
	}
	if (*then->head && *now->head && strcmp(then->head, now->head) != 0) {
		say(out, &n);
		mun_str_add(out, "its first sectors hold other bytes");
	}
	return n;
}

/* ---- proving ---- */

struct proof {
	struct mun_device *m;
	struct mun_source *image;
	const struct mun_readmap *map;
	uint32_t step; /* bytes of a sector */
	uint8_t *then, *now; /* one sector each */
	unsigned int equal, unreadable;
};

/* What comes of audio depends on where the drive thinks that it is. */
static bool is_audio(const struct mun_device *m, uint64_t off)
{
	const struct mun_optical *o = m->optical;
	int32_t lba = o ? mun_optical_lba(o, off) : 0;

	for (unsigned int i = o ? o->ntracks : 0; i-- > 0;)
		if (o->tracks[i].start <= lba)
			return o->tracks[i].mode == MUN_TRACK_AUDIO;
	return false;
}

static bool is_empty(const uint8_t *p, size_t len)
{
	return p[0] == 0 && !memcmp(p, p + 1, len - 1);
}

/* The sector of byte @at of all that is good, counted from the first, or the
 * next one that says anything; false where there is none. */
static bool find_sample(struct proof *p, uint64_t at, uint64_t *off)
{
	struct mun_err why;

	MUN_READMAP_EACH(run, p->map)
	{
		uint64_t first;
		uint64_t end = run->off + run->bytes;

		if (run->state != MUN_READ_GOOD)
			continue;
		if (at >= run->bytes) {
			at -= run->bytes;
			continue;
		}
		first = (run->off + at + p->step - 1) / p->step * p->step;
		end = MUN_MIN(end, first + LOOK_BYTES);
		for (*off = first; *off + p->step <= end; *off += p->step) {
			if (is_audio(p->m, *off) ||
			    mun_source_pread(p->image, p->then, p->step, *off,
					     &why))
				continue;
			if (!is_empty(p->then, p->step))
				return true;
		}
		*off = first;
		return first + p->step <= run->off + run->bytes &&
		       !is_audio(p->m, first) &&
		       !mun_source_pread(p->image, p->then, p->step, first,
					 &why);
	}
	return false;
}

/* One sector of the medium; @had: false where it could not be read. */
static int read_sector(struct proof *p, uint64_t off, bool *had,
		       struct mun_err *e)
{
	struct mun_reader *reader = p->m->reader;
	uint8_t state = MUN_SECTOR_BAD;
	struct mun_read_reply reply = { .states = &state };
	int rc;

	*had = false;
	if (!reader) {
		rc = mun_source_pread(p->m->source, p->now, p->step, off, e);
		*had = !rc;
		if (!rc || !mun_device_is_medium_errno(e->sys))
			return rc;
		mun_err_clear(e);
		return 0;
	}
	rc = reader->ops->read(reader, p->now, p->step, off, &reply, e);
	if (rc)
		return rc;
	if (reply.end == MUN_REPLY_GONE)
		return mun_fail(e, MUN_EIO, "the drive is gone, or not ready");
	*had = reply.end == MUN_REPLY_ALL ||
	       (reply.end == MUN_REPLY_MIXED &&
		(state == MUN_SECTOR_GOOD || state == MUN_SECTOR_CORRECTED));
	return 0;
}

static int compare_sector(struct proof *p, uint64_t off, struct mun_err *e)
{
	bool had;
	int rc = read_sector(p, off, &had, e);

	if (rc)
		return rc;
	if (!had) {
		p->unreadable++;
		return 0;
	}
	if (memcmp(p->then, p->now, p->step) != 0)
		return mun_fail(e, MUN_EINVAL,
				"sector %" PRIu64
				" is not what was read there before",
				off / p->step);
	p->equal++;
	return 0;
}

static int compare_samples(struct proof *p, struct mun_err *e)
{
	uint64_t good = mun_readmap_bytes(p->map, MUN_READ_GOOD);
	uint64_t last = UINT64_MAX;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < SAMPLES; i++) {
		uint64_t off;

		/* good / SAMPLES first: the product may not fit. */
		if (!find_sample(p, good / SAMPLES * i, &off) || off == last)
			continue;
		last = off;
		rc = compare_sector(p, off, e);
	}
	if (!rc && p->unreadable && !p->equal)
		rc = mun_fail(e, MUN_EINVAL,
			      "none of %u sectors that were read before can be "
			      "read now",
			      p->unreadable);
	return rc;
}

int mun_identity_prove(struct mun_device *m, struct mun_source *image,
		       const struct mun_readmap *map, struct mun_err *e)
{
	struct proof p = { .m = m, .image = image, .map = map };
	size_t room;
	int rc;

	p.step = m->reader ? m->reader->sector_bytes : m->facts.sector_bytes;
	room = ((size_t)p.step + MUN_IO_ALIGN - 1) / MUN_IO_ALIGN *
	       MUN_IO_ALIGN;
	p.then = aligned_alloc(MUN_IO_ALIGN, room);
	p.now = aligned_alloc(MUN_IO_ALIGN, room);
	rc = p.then && p.now ? compare_samples(&p, e)
			     : mun_fail_nomem(e, "sectors");
	free(p.then);
	free(p.now);
	return rc;
}
