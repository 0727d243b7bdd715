/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_cqm.c - CopyQM: a DOS disk in runs
 *
 *	0 "CQ" 14	3 the BPB of the disk from its bytes per sector on:
 *	3 u16 bytes per sector	10 u16 sectors per track	12 u16 heads
 *	1c description, 60 bytes	58 how it was read: 0 as DOS, 1 blind
 *	5a cylinders in the file	5b cylinders of the disk
 *	5c u32 CRC of the data	60 label, 11 bytes	6b DOS time, date
 *	6f u16 length of the comment	71 first sector - 1
 *	74 interleave	75 skew	84 makes the sum of all 133 bytes 0
 *	then the comment, then the data: s16 LE n: n bytes; -n: one byte n times
 *
 * After libdsk, SAMdisk, and CopyQM's files as both write them.  The CRC is
 * CRC-32 but for CopyQM's slip of using 6 bits of its table's index.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 133u
#define SUM_AT 0x84u
#define DISK_MAX ((size_t)8 << 20)

struct form {
	uint32_t sector_bytes;
	uint32_t sectors; /* per track */
	uint32_t heads;
	uint32_t stored; /* cylinders */
	uint32_t cylinders;
	uint8_t base; /* number of the first sector */
	size_t comment;
};

static bool is_cqm(const uint8_t *head)
{
	return memcmp(head, "CQ\x14", 3) == 0;
}

static bool parse(const uint8_t head[static HEAD], struct form *out)
{
	uint8_t n;

	out->sector_bytes = mun_le16(head + 3);
	out->sectors = mun_le16(head + 0x10);
	out->heads = mun_le16(head + 0x12);
	out->stored = head[0x5a];
	out->cylinders = MUN_MAX(head[0x5a], head[0x5b]);
	out->comment = mun_le16(head + 0x6f);
	out->base = (uint8_t)(head[0x71] + 1);
	return mun_sector_code(out->sector_bytes, &n) && out->sectors >= 1 &&
	       out->sectors + out->base <= 256 && out->heads >= 1 &&
	       out->heads <= 2 && out->stored >= 1 &&
	       (size_t)out->sector_bytes * out->sectors * out->heads *
			       out->cylinders <=
		       DISK_MAX;
}

static bool sum_fits(const uint8_t head[static HEAD])
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < HEAD; i++)
		sum += head[i];
	return (sum & 0xff) == 0;
}

static int cqm_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct form form;
	struct mun_err e;

	(void)file_name;
	if (src->size < HEAD || mun_peek(src, head, sizeof(head), 0, &e) ||
	    !is_cqm(head))
		return MUN_BID_NO;
	return sum_fits(head) && parse(head, &form) ? MUN_BID_CHECKED
						    : MUN_BID_MAGIC;
}

/* CRC-32 without its inversions, by a table of which 64 entries are used. */
static uint32_t crc_of(const uint8_t *p, size_t len)
{
	uint32_t table[64];
	uint32_t crc = 0;

	for (uint32_t i = 0; i < MUN_COUNT(table); i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
		table[i] = c;
	}
	while (len--)
		crc = table[(*p++ ^ crc) & 0x3f] ^ crc >> 8;
	return crc;
}

/* Fill @disk, @size bytes; @at_out: how many were there. */
static int expand(struct mun_span *s, uint8_t *disk, size_t size,
		  size_t *at_out, struct mun_err *e)
{
	size_t at = 0;

	while (s->at < s->len && at < size) {
		const uint8_t *p = NULL;
		size_t begin = s->at;
		size_t n;
		bool run;
		int rc = mun_span_take(s, 2, &p, "the length of a run", e);

		if (rc)
			return rc;
		run = p[1] & 0x80;
		n = run ? 0x10000u - mun_le16(p) : mun_le16(p);
		rc = mun_span_take(s, run ? 1 : n, &p, "a run", e);
		if (rc)
			return rc;
		if (n > size - at)
			return mun_fail(e, MUN_ECORRUPT,
					"the run at byte %zu is longer than "
					"the disk",
					begin);
		if (run)
			memset(disk + at, *p, n);
		else
			memcpy(disk + at, p, n);
		at += n;
	}
	*at_out = at;
	return 0;
}

/* What was not stored is a sector without data. */
static int add_tracks(struct mun_floppy *f, const struct form *form,
		      const uint8_t *disk, size_t len, struct mun_err *e)
{
	size_t track = (size_t)form->sector_bytes * form->sectors;
	size_t at = 0;
	int rc = 0;

	for (uint32_t i = 0; i < form->cylinders * form->heads && !rc; i++) {
		struct mun_floppy_track t = {
			.cylinder = (uint16_t)(i / form->heads),
			.head = (uint8_t)(i % form->heads),
			.encoding = MUN_ENCODING_MFM,
		};

		rc = mun_floppy_plain_track(
			f, &t, form->sectors, form->sector_bytes, form->base,
			at + track <= len ? disk + at : NULL, e);
		at += track;
	}
	return rc;
}

static int tell_checks(struct mun_image *img, const uint8_t head[static HEAD],
		       const uint8_t *disk, size_t len, struct mun_err *e)
{
	uint32_t crc = mun_le32(head + 0x5c);
	int rc;

	rc = mun_image_check_fact(img, "head sum",
				  sum_fits(head) ? MUN_FACT_GOOD : MUN_FACT_BAD,
				  e, "%02x", head[SUM_AT]);
	/* Old versions leave it 0. */
	if (rc || !crc)
		return rc;
	return mun_image_check_fact(img, "data CRC-32",
				    crc_of(disk, len) == crc ? MUN_FACT_GOOD
							     : MUN_FACT_BAD,
				    e, "%08x", crc);
}

static int tell_made(struct mun_image *img, const uint8_t head[static HEAD],
		     struct mun_err *e)
{
	unsigned int time = mun_le16(head + 0x6b);
	unsigned int date = mun_le16(head + 0x6d);
	size_t text = strnlen((const char *)head + 0x1c, 0x58 - 0x1c);
	size_t label = strnlen((const char *)head + 0x60, 11);
	int rc;

	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "description",
				  head + 0x1c, text, e);
	if (!rc)
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "label",
					  head + 0x60, label, e);
	if (!rc && date)
		rc = mun_image_fact(img, MUN_FACT_MADE, "created", e,
				    "%04u-%02u-%02uT%02u:%02u:%02u",
				    1980 + (date >> 9), date >> 5 & 15,
				    date & 31, time >> 11, time >> 5 & 63,
				    (time & 31) * 2);
	return rc;
}

static int read_disk(struct mun_image *img, struct mun_span *s,
		     struct mun_floppy *f, struct mun_err *e)
{
	const uint8_t *head = s->data;
	const uint8_t *comment = NULL;
	struct form form;
	uint8_t *disk;
	size_t size;
	size_t len = 0;
	int rc;

	if (!parse(head, &form))
		return mun_fail(e, MUN_ECORRUPT,
				"%u bytes, %u sectors, %u heads, %u cylinders",
				form.sector_bytes, form.sectors, form.heads,
				form.stored);
	s->at = HEAD;
	rc = mun_span_take(s, form.comment, &comment, "the comment", e);
	if (rc)
		return rc;
	size = (size_t)form.sector_bytes * form.sectors * form.heads *
	       form.cylinders;
	disk = malloc(size);
	if (!disk)
		return mun_fail_nomem(e, "disk");
	rc = expand(s, disk, size, &len, e);
	if (!rc && len < size / form.cylinders * form.stored)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "it ends after %zu bytes of %u cylinders", len,
			      form.stored);
	if (!rc)
		rc = tell_checks(img, head, disk, len, e);
	if (!rc)
		rc = tell_made(img, head, e);
	if (!rc)
		rc = add_tracks(f, &form, disk, len, e);
	free(disk);
	if (!rc && len < size)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "not imaged", e,
				    "%u of %u cylinders were not read into "
				    "it, as DOS had nothing there",
				    form.cylinders - form.stored,
				    form.cylinders);
	return rc ? rc
		  : mun_floppy_text(img, f, "comment", comment, form.comment,
				    e);
}

static int cqm_open(struct mun_image *img, struct mun_err *e)
{
	mun_auto(floppy) *f = NULL;
	struct mun_span s = { .data = NULL };
	uint8_t head[HEAD];
	uint8_t *file = NULL;
	int rc;

	rc = mun_peek(img->src, head, sizeof(head), 0, e);
	if (!rc && (!is_cqm(head) || img->src->size < HEAD))
		rc = mun_fail(e, MUN_ECORRUPT, "its head is not CopyQM's");
	if (!rc)
		rc = mun_floppy_load(img, MUN_FLOPPY_FILE, &file, e);
	if (!rc)
		rc = mun_floppy_new(&f, e);
	s.data = file;
	s.len = (size_t)img->src->size;
	if (!rc)
		rc = read_disk(img, &s, f, e);
	free(file);
	if (rc)
		return rc;
	if (s.at < s.len)
		mun_image_note(img, "%zu bytes follow the last track",
			       s.len - s.at);
	mun_image_set_mime(img, "application/octet-stream");
	return mun_floppy_done(img, mun_steal(&f), e);
}

const struct mun_image_driver mun_image_cqm = {
	.name = "cqm",
	.title = "CopyQM",
	.suffixes = "cqm img",
	.bid = cqm_bid,
	.open = cqm_open,
	.pread = mun_floppy_pread,
	.next_extent = mun_floppy_next_extent,
};
