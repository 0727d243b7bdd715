/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_mds.c - a media descriptor of Alcohol 120%, with its .mdf
 *
 * Little-endian; layout as in libmirage and Aaru, and in an image made by
 * Alcohol.
 *	head	0 "MEDIA DESCRIPTOR", 16 u8 version, 18 u16 medium (0 to 2: CD),
 *		20 u16 sessions, 26 u16 bytes of BCA, 64 u32 disc structures,
 *		80 u32 session blocks, 84 u32 DPM (0: none)
 *	session	24 each: 8 u16 number, 10 u8 blocks, 20 u32 offset of them
 *	block	80 each: 0 u8 mode (low 3 bits), 1 u8 sub-channel (8: 96 bytes
 *		after each sector), 2 u8 ADR and control, 4 u8 point (1 to 99:
 *		a track), 12 u32 extra block (of a DVD: sectors), 16 u16 bytes
 *		a sector, with the sub-channel, 36 i32 LBA, 40 u64 offset in
 *		the file, 48 u32 files, 52 u32 footer
 *	extra	0 u32 sectors of the gap, which no file holds, 4 u32 sectors
 *	footer	16 each: 0 u32 offset of the name, 4 u32 it is UTF-16
 * Version 2 is encrypted.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/disc.h"
#include "image/disc_sheet.h"
#include "image/driver.h"

#include <stdlib.h>
#include <string.h>

static const char magic[] = "MEDIA DESCRIPTOR";

#define HEAD 88u
#define SESSION 24u
#define BLOCK 80u
#define FOOTER 16u
#define NAME_BYTES_MAX 1024u
#define FILES_MAX 64u
/* Descriptors are small; density data of a DVD makes them longest. */
#define MDS_BYTES_MAX (16u << 20)

static int mds_bid(struct mun_source *src, const char *file_name)
{
	uint8_t version;
	struct mun_err e;

	(void)file_name;
	if (!mun_peek_is(src, 0, magic, sizeof(magic) - 1) ||
	    mun_peek(src, &version, 1, 16, &e))
		return MUN_BID_NO;
	return version == 1 || version == 2 ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

struct mds {
	struct mun_image *img;
	struct mun_disc *disc;
	struct mun_disc_files files;
	uint8_t *all;
	size_t len;
	bool cd;
};

/* @bytes at @off, which must be there. */
static int at(const struct mds *m, uint64_t off, size_t bytes, const char *what,
	      const uint8_t **out, struct mun_err *e)
{
	if (off > m->len || bytes > m->len - off)
		return mun_fail(e, MUN_ECORRUPT, "%s is at byte %llu of %zu",
				what, (unsigned long long)off, m->len);
	*out = m->all + off;
	return 0;
}

/* ---- names ---- */

static void add_wide(struct mun_str *s, uint32_t c)
{
	if (c < 0x80) {
		mun_str_add_char(s, (char)c);
	} else if (c < 0x800) {
		mun_str_add_char(s, (char)(0xc0 | c >> 6));
		mun_str_add_char(s, (char)(0x80 | (c & 0x3f)));
	} else {
		mun_str_add_char(s, (char)(0xe0 | c >> 12));
		mun_str_add_char(s, (char)(0x80 | (c >> 6 & 0x3f)));
		mun_str_add_char(s, (char)(0x80 | (c & 0x3f)));
	}
}

/* Up to a NUL or the end of the descriptor. */
static void take_name(const struct mds *m, size_t off, bool wide,
		      struct mun_str *name)
{
	size_t step = wide ? 2 : 1;

	for (size_t i = off; i + step <= m->len && i - off < NAME_BYTES_MAX;
	     i += step) {
		uint32_t c = wide ? mun_le16(m->all + i) : m->all[i];

		if (!c)
			return;
		if (wide)
			add_wide(name, c);
		else
			mun_str_add_char(name, (char)c);
	}
}

/* "*.mdf" is the name of the descriptor with that suffix. */
static int resolve(const struct mds *m, struct mun_str *name, char **out,
		   struct mun_err *e)
{
	const char *own = m->img->file_name;
	const char *dot = strrchr(own, '.');
	int stem = (int)(dot ? dot - own : (long)strlen(own));

	if (!name->text || !*name->text)
		return mun_fail(e, MUN_ECORRUPT, "a file without a name");
	if (name->text[0] != '*')
		return mun_strdup(name->text, out, e);
	if (!stem)
		return mun_fail(e, MUN_ENOENT,
				"it needs '%s', and its own name is not known",
				mun_show(name->text).text);
	return mun_fmt(out, e, "%.*s%s", stem, own, name->text + 1);
}

static int open_file(struct mds *m, uint32_t footer, struct mun_source **out,
		     struct mun_err *e)
{
	mun_autofree char *file = NULL;
	struct mun_str name = { 0 };
	const uint8_t *p = NULL;
	const uint8_t *text = NULL;
	int rc = at(m, footer, FOOTER, "a footer", &p, e);

	if (!rc)
		rc = at(m, mun_le32(p), 1, "the name of a file", &text, e);
	if (rc)
		return rc;
	take_name(m, mun_le32(p), mun_le32(p + 4) != 0, &name);
	rc = name.failed ? mun_fail_nomem(e, "name of a file")
			 : resolve(m, &name, &file, e);
	mun_str_free(&name);
	if (!rc)
		rc = mun_disc_files_open(&m->files, m->img, m->disc, file, out,
					 e);
	return rc;
}

/* ---- tracks ---- */

static int set_mode(struct mun_track *t, const uint8_t *p, struct mun_err *e)
{
	uint32_t bytes = mun_le16(p + 16);

	switch (p[0] & 7) {
	case 1:
		t->mode = MUN_TRACK_AUDIO;
		break;
	case 2:
		t->mode = MUN_TRACK_DATA;
		break;
	case 6:
		return mun_fail(e, MUN_EUNSUPPORTED,
				"track %u is of unknown mode 0x%02x", t->number,
				p[0]);
	default:
		t->mode = MUN_TRACK_MODE2;
		break;
	}
	if (p[1] != 0 && p[1] != 8)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"track %u has sub-channel of unknown kind %u",
				t->number, p[1]);
	t->sub_bytes = p[1] ? MUN_CD_SUB : 0;
	t->sector_bytes = bytes - MUN_MIN(bytes, t->sub_bytes);
	t->control = p[2] & 0xb;
	if (t->sector_bytes == 2352 ||
	    (t->sector_bytes == 2048 && t->mode != MUN_TRACK_AUDIO) ||
	    (t->mode == MUN_TRACK_MODE2 && t->sector_bytes >= 2324 &&
	     t->sector_bytes < 2352))
		return 0;
	return mun_fail(e, MUN_ECORRUPT, "track %u has sectors of %u bytes",
			t->number, bytes);
}

/* Where it is, and how long: of a CD in a block of its own. */
static int set_place(struct mds *m, struct mun_track *t, const uint8_t *p,
		     struct mun_err *e)
{
	int64_t lba = (int32_t)mun_le32(p + 36);
	const uint8_t *extra = NULL;
	int rc;

	t->start = (uint64_t)MUN_MAX(lba, 0);
	t->sectors = mun_le32(p + 12);
	if (!m->cd)
		return 0;
	rc = at(m, mun_le32(p + 12), 8, "the length of a track", &extra, e);
	if (rc)
		return rc;
	t->sectors = mun_le32(extra + 4);
	/* What is before LBA 0 is no part of the disc's sectors. */
	t->pregap = (uint32_t)MUN_MIN((uint64_t)mun_le32(extra), t->start);
	return 0;
}

/* One file, or several that go on where the one before has ended. */
static int add_runs(struct mds *m, const struct mun_track *t, const uint8_t *p,
		    struct mun_err *e)
{
	uint32_t files = mun_le32(p + 48);
	struct mun_disc_run run = {
		.off = mun_le64(p + 40),
		.stride = t->sector_bytes + t->sub_bytes,
		.main_bytes = t->sector_bytes,
		.sub = t->sub_bytes ? MUN_SUB_PACKED : MUN_SUB_NONE,
		.track = (unsigned int)m->img->ntracks,
	};
	uint64_t left = t->sectors;
	int rc = 0;

	if (files == 0 || files > FILES_MAX)
		return mun_fail(e, MUN_ECORRUPT, "track %u lies in %u files",
				t->number, files);
	for (uint32_t i = 0; i < files && !rc; i++, run.off = 0) {
		rc = open_file(m, mun_le32(p + 52) + i * FOOTER, &run.src, e);
		if (rc)
			return rc;
		run.sectors = left;
		if (i + 1 < files && run.off <= run.src->size)
			run.sectors = MUN_MIN(left, (run.src->size - run.off) /
							    run.stride);
		left -= run.sectors;
		rc = mun_disc_add_run(m->disc, &run, e);
	}
	return rc;
}

static int add_track(struct mds *m, const uint8_t *p, unsigned int session,
		     struct mun_err *e)
{
	struct mun_track t = { .session = session, .number = p[4] };
	int rc = set_mode(&t, p, e);

	if (!rc)
		rc = set_place(m, &t, p, e);
	if (!rc)
		rc = add_runs(m, &t, p, e);
	return rc ? rc : mun_disc_add_track(m->img, &t, e);
}

static int add_session(struct mds *m, const uint8_t *s, unsigned int number,
		       struct mun_err *e)
{
	const uint8_t *blocks = NULL;
	size_t n = s[10];
	int rc = at(m, mun_le32(s + 20), n * BLOCK, "a table of tracks",
		    &blocks, e);

	for (size_t i = 0; blocks && !rc && i < n; i++) {
		const uint8_t *p = blocks + i * BLOCK;

		if (p[4] >= 1 && p[4] <= MUN_CD_TRACKS)
			rc = add_track(m, p, number, e);
	}
	return rc;
}

static int add_sessions(struct mds *m, struct mun_err *e)
{
	unsigned int n = mun_le16(m->all + 20);
	const uint8_t *sessions = NULL;
	int rc;

	if (n == 0 || n > MUN_CD_TRACKS)
		return mun_fail(e, MUN_ECORRUPT, "%u sessions", n);
	rc = at(m, mun_le32(m->all + 80), (size_t)n * SESSION,
		"the table of sessions", &sessions, e);
	for (unsigned int i = 0; i < n && !rc; i++)
		rc = add_session(m, sessions + (size_t)i * SESSION, i + 1, e);
	return rc;
}

/* ---- the descriptor ---- */

static int tell_limits(struct mds *m, struct mun_err *e)
{
	int rc = 0;

	if (mun_le32(m->all + 84))
		rc = mun_image_fact(m->img, MUN_FACT_LIMIT, "DPM", e,
				    "the density of the tracks is kept, not "
				    "decoded");
	if (!rc && mun_le32(m->all + 64))
		rc = mun_image_fact(m->img, MUN_FACT_LIMIT, "disc structures",
				    e, "of the lead-in: kept, not decoded");
	if (!rc && mun_le16(m->all + 26))
		rc = mun_image_fact(m->img, MUN_FACT_LIMIT, "BCA", e,
				    "%u bytes: kept, not decoded",
				    mun_le16(m->all + 26));
	return rc;
}

static int load(struct mds *m, struct mun_err *e)
{
	struct mun_source *src = m->img->src;

	if (src->size < HEAD || src->size > MDS_BYTES_MAX)
		return mun_fail(e, MUN_ECORRUPT, "a descriptor of %llu bytes",
				(unsigned long long)src->size);
	m->len = (size_t)src->size;
	m->all = malloc(m->len);
	if (!m->all)
		return mun_fail_nomem(e, "media descriptor");
	return mun_source_pread(src, m->all, m->len, 0, e);
}

static int build(struct mds *m, struct mun_err *e)
{
	unsigned int medium = mun_le16(m->all + 18);
	int rc = mun_disc_new(&m->disc, e);

	m->cd = medium <= 2;
	mun_image_variant(m->img, m->cd ? "CD" : "DVD");
	if (!rc)
		rc = add_sessions(m, e);
	if (!rc)
		rc = tell_limits(m, e);
	if (!rc)
		rc = mun_disc_done(m->img, mun_steal(&m->disc), e);
	mun_disc_free(m->disc);
	mun_disc_files_clear(&m->files);
	return rc;
}

static int keep(struct mun_image *img, struct mun_err *e)
{
	img->medium = MUN_MEDIUM_OPTICAL;
	img->sector_bytes = 1;
	img->bytes = img->src->size;
	mun_image_variant(img, "version 2");
	mun_image_preserve_only(img, "version 2 of the descriptor (MDX) is "
				     "encrypted");
	return mun_image_one_track(img, e);
}

static int read_version(struct mun_source *src, uint8_t *version,
			struct mun_err *e)
{
	bool is;
	int rc = mun_peek_match(src, 0, magic, sizeof(magic) - 1, &is, e);

	if (!rc && !is)
		rc = mun_fail(e, MUN_ECORRUPT, "it does not begin as one");
	return rc ? rc : mun_peek(src, version, 1, 16, e);
}

static int mds_open(struct mun_image *img, struct mun_err *e)
{
	struct mds m = { .img = img };
	uint8_t version = 0;
	int rc = read_version(img->src, &version, e);

	mun_image_set_puid(img, "fmt/1759");
	mun_image_set_mime(img, "application/x-mds");
	if (!rc && version == 2)
		return keep(img, e);
	if (!rc && version != 1)
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "version %u of the descriptor", version);
	if (!rc)
		rc = load(&m, e);
	if (!rc)
		rc = build(&m, e);
	free(m.all);
	return rc;
}

const struct mun_image_driver mun_image_mds = {
	.name = "mds",
	.title = "Alcohol 120% descriptor with its MDF",
	.suffixes = "mds mdx",
	.bid = mds_bid,
	.open = mds_open,
	.pread = mun_disc_pread,
	.next_extent = mun_disc_next_extent,
};
