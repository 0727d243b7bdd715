/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_spectrum.c - disks of the ZX Spectrum and the SAM Coupe
 *
 * TR-DOS, sectors of 256: 8 of the first track: 225 first free sector, 226 and
 *	its track, 227 kind of disk (16h to 19h), 228 files, 229 free sectors,
 *	231 10h, 245 label of 8; before it 16 bytes a file: 0 name of 8, 8 type,
 *	13 sectors, 14 first sector, 15 track
 * DISCiPLE, +D, SAM, sectors of 512: 80 entries of 256 in tracks 0 to 3 of the
 *	first side: 0 type, 1 name of 10, 11 sectors (big endian), 13 track, 14
 *	sector; SAM: 210 label of the disk; "BOOT" 256 bytes into track 4
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

#define TRD_SECTOR 256u
#define TRD_INFO 2048u
#define TRD_FILES 128u
#define TRD_MOST ((uint64_t)160 * 16 * TRD_SECTOR)

/* Tracks of both sides. */
static unsigned int trd_tracks(uint8_t kind)
{
	return (kind & 1 ? 40u : 80u) * (kind < 0x18 ? 2u : 1u);
}

static bool is_trd(const uint8_t *t, uint64_t size)
{
	const uint8_t *i = t + TRD_INFO;

	return size >= TRD_INFO + TRD_SECTOR && size % TRD_SECTOR == 0 &&
	       size <= TRD_MOST && !i[0] && i[231] == 0x10 && i[227] >= 0x16 &&
	       i[227] <= 0x19 && i[228] <= TRD_FILES && i[225] < 16 &&
	       i[226] <= trd_tracks(i[227]) &&
	       mun_le16(i + 229) <= trd_tracks(i[227]) * 16u &&
	       mun_fs_printable(i + 245, 8);
}

/* Do the files that are told lie on the disk?  01 at the start: removed. */
static bool trd_agrees(const uint8_t *t)
{
	const uint8_t *i = t + TRD_INFO;

	for (size_t k = 0; k < i[228]; k++)
		if (!t[16 * k] || t[16 * k + 14] >= 16 ||
		    t[16 * k + 15] > trd_tracks(i[227]))
			return false;
	return true;
}

static void tell_trd(const uint8_t *t, struct mun_contents_volume *v)
{
	const uint8_t *i = t + TRD_INFO;

	for (size_t k = 0; k < i[228]; k++)
		if (memcmp(t + 16 * k, "boot    B", 9) == 0) {
			mun_fs_boots(v, MUN_BOOTS_YES, "RUN starts boot.B");
			return;
		}
	mun_fs_boots(v, MUN_BOOTS_NO, "no file boot.B");
}

static int find_trd(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	struct mun_contents_volume *v;
	uint8_t t[TRD_INFO + TRD_SECTOR];
	const uint8_t *i = t + TRD_INFO;
	int rc;

	if (p->part || p->medium == MUN_MEDIUM_OPTICAL)
		return 0;
	rc = mun_peek(p->src, t, sizeof(t), 0, e);
	if (rc || !is_trd(t, p->src->size))
		return rc;
	v = mun_fs_add(c, p, "spectrum-trdos", "TR-DOS (Spectrum)", TRD_SECTOR);
	if (!v)
		return 0;
	mun_charset_label(i + 245, 8, MUN_CHARSET_ASCII, v->label,
			  sizeof(v->label));
	v->bytes = (uint64_t)trd_tracks(i[227]) * 16 * TRD_SECTOR;
	/* Images of it commonly end after the last file. */
	v->damaged = !trd_agrees(t);
	tell_trd(t, v);
	return 0;
}

const struct mun_fs_finder mun_fs_trdos = {
	.name = "spectrum-trdos",
	.find = find_trd,
};

/* ---- MGT ---- */

#define MGT_BYTES 819200u
#define MGT_TRACK ((uint64_t)10 * 512)
#define MGT_ENTRIES 80u

static bool mgt_file(const uint8_t *f)
{
	unsigned int sectors = mun_be16(f + 11);
	unsigned int track = f[13] & 0x7fu;

	return (f[0] & 0x3f) <= 21 && mun_fs_printable(f + 1, 10) &&
	       sectors >= 1 && sectors <= 1560 && track < 80 && f[13] >= 4 &&
	       f[14] >= 1 && f[14] <= 10;
}

/* What the types of files say: 16 and above are SAM's. */
struct mgt {
	unsigned int files;
	unsigned int sam;
	bool other; /* an entry that is none */
};

static int see_mgt(const struct mun_fs_place *p, struct mgt *m,
		   uint8_t first[static 256], struct mun_err *e)
{
	for (unsigned int i = 0; i < MGT_ENTRIES && !m->other; i++) {
		uint64_t track = (uint64_t)(i / 20) * 2 * MGT_TRACK;
		uint8_t f[256];
		int rc = mun_peek(p->src, f, sizeof(f),
				  track + (uint64_t)(i % 20) * 256, e);

		if (rc)
			return rc;
		if (i == 0)
			memcpy(first, f, sizeof(f));
		if (!f[0])
			continue;
		m->files++;
		m->sam += (f[0] & 0x3fu) >= 16;
		m->other = !mgt_file(f);
	}
	return 0;
}

static int tell_sam(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_contents_volume *v, struct mun_err *e)
{
	uint8_t b[4];
	int rc = mun_peek(p->src, b, sizeof(b),
			  (uint64_t)4 * 2 * MGT_TRACK + 256, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] &= 0x5f;
	if (memcmp(b, "BOOT", sizeof(b)) != 0)
		return 0;
	mun_contents_add_mark(c, v, "sam-boot", "\"BOOT\" in track 4");
	mun_fs_boots(v, MUN_BOOTS_YES, "boot file of a SAM Coupe in track 4");
	return 0;
}

static int find_mgt(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	struct mun_contents_volume *v;
	struct mgt m = { .files = 0 };
	uint8_t first[256] = { 0 };
	int rc;

	if (p->part || p->src->size != MGT_BYTES)
		return 0;
	rc = see_mgt(p, &m, first, e);
	if (rc || m.other || !m.files)
		return rc;
	v = mun_fs_add(c, p, "spectrum-mgt",
		       m.sam ? "SAM Coupe disk" : "DISCiPLE or +D (Spectrum)",
		       512);
	if (!v)
		return 0;
	mun_fs_size(v, p, MGT_BYTES);
	if (m.sam && first[210] > ' ' && mun_fs_printable(first + 210, 10))
		mun_charset_label(first + 210, 10, MUN_CHARSET_ASCII, v->label,
				  sizeof(v->label));
	mun_fs_boots(v, MUN_BOOTS_NO, "no boot file");
	return tell_sam(p, c, v, e);
}

const struct mun_fs_finder mun_fs_mgt = {
	.name = "spectrum-mgt",
	.weak = true,
	.find = find_mgt,
};
