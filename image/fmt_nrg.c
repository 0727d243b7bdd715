/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_nrg.c - an image of Nero Burning ROM, versions 1 and 2
 *
 * Sectors first, then chunks, then where the chunks begin.  Big-endian.
 *	version 1: at the end "NERO", u32 offset
 *	version 2: at the end "NER5", u64 offset
 * A chunk: 0 id[4], 4 u32 length, data.  Each session has CUES and DAOI, or
 * CUEX and DAOX (disc at once), or ETNF, or ETN2 (track at once), then SINF:
 *	CUEX	8 each: 0 u8 control (high nibble), 1 track, 2 index (both BCD,
 *		0xaa: lead-out), 4 i32 LBA; of CUES 5 minute, second, frame
 *	DAO.	0 u32 length LE, 4 catalogue number[13], 18 type of the TOC,
 *		20 first track, 21 last; then for each track 0 ISRC[12],
 *		12 u16 sector size, 14 u8 mode, 18 index 0, index 1, end: byte
 *		offsets, u32 (DAOI, 30 each) or u64 (DAOX, 42 each)
 *	ETNF	20 each: 0 u32 offset, 4 u32 bytes, 11 u8 mode, 12 u32 LBA
 *	ETN2	32 each: 0 u64 offset, 8 u64 bytes, 19 u8 mode, 20 u32 LBA
 *	SINF	u32 tracks in the session
 *	CDTX	packs of CD-TEXT	MTYP	u32 kind of medium
 * Layout as in libmirage and Aaru, and in an image made by Nero.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/cdsector.h"
#include "image/cdtext.h"
#include "image/disc.h"
#include "image/disc_sheet.h"
#include "image/driver.h"

#include <stdlib.h>
#include <string.h>

/* 99 tracks and CD-TEXT in eight languages take a tenth of it. */
#define CHUNKS_BYTES_MAX (1u << 20)
#define CHUNKS_MAX 1000u
/* Between two sessions, as on any disc. */
#define GAP_FIRST (6750u + 4500u)
#define GAP (2250u + 4500u)

static uint64_t chunks_offset(struct mun_source *src, bool *v2)
{
	uint8_t tail[12];
	struct mun_err e;

	*v2 = false;
	if (src->size < sizeof(tail) ||
	    mun_peek(src, tail, sizeof(tail), src->size - sizeof(tail), &e))
		return UINT64_MAX;
	*v2 = memcmp(tail, "NER5", 4) == 0;
	if (*v2)
		return mun_be64(tail + 4);
	if (memcmp(tail + 4, "NERO", 4) == 0)
		return mun_be32(tail + 8);
	return UINT64_MAX;
}

static bool is_known(const uint8_t *id)
{
	static const char ids[][5] = { "CUES", "CUEX", "DAOI", "DAOX", "ETNF",
				       "ETN2", "SINF", "MTYP", "CDTX", "END!" };

	for (size_t i = 0; i < MUN_COUNT(ids); i++)
		if (memcmp(id, ids[i], 4) == 0)
			return true;
	return false;
}

static int nrg_bid(struct mun_source *src, const char *file_name)
{
	bool v2;
	uint64_t off = chunks_offset(src, &v2);
	struct mun_err e;
	uint8_t id[4];

	(void)file_name;
	if (off == UINT64_MAX)
		return MUN_BID_NO;
	if (mun_peek(src, id, sizeof(id), off, &e) || !is_known(id))
		return MUN_BID_MAGIC;
	return MUN_BID_CHECKED;
}

/* ---- one track ---- */

struct nrg {
	struct mun_image *img;
	struct mun_disc *disc;
	unsigned int session;
	unsigned int in_session; /* tracks of it so far */
	uint64_t lba; /* behind the last track */
	const uint8_t *cue; /* of the session, or NULL */
	uint32_t cue_len;
	bool lbas; /* they are LBAs: CUEX */
};

struct mode {
	uint8_t code;
	enum mun_track_mode mode;
	uint32_t bytes; /* a sector, as usual */
};

static const struct mode modes[] = {
	{ 0x00, MUN_TRACK_DATA, 2048 },  { 0x02, MUN_TRACK_MODE2, 2048 },
	{ 0x03, MUN_TRACK_MODE2, 2336 }, { 0x05, MUN_TRACK_DATA, 2352 },
	{ 0x06, MUN_TRACK_MODE2, 2352 }, { 0x07, MUN_TRACK_AUDIO, 2352 },
	{ 0x0f, MUN_TRACK_DATA, 2448 },  { 0x10, MUN_TRACK_AUDIO, 2448 },
	{ 0x11, MUN_TRACK_MODE2, 2448 },
};

static int find_mode(uint8_t code, const struct mode **out, struct mun_err *e)
{
	for (size_t i = 0; i < MUN_COUNT(modes); i++) {
		if (modes[i].code == code) {
			*out = &modes[i];
			return 0;
		}
	}
	return mun_fail(e, MUN_EUNSUPPORTED, "a track of unknown mode 0x%02x",
			code);
}

/* @bytes a sector: 2448 are 2352 and the sub-channel. */
static int set_sizes(struct mun_track *t, uint32_t bytes, struct mun_err *e)
{
	t->sub_bytes = bytes == 2448 ? MUN_CD_SUB : 0;
	t->sector_bytes = bytes - t->sub_bytes;
	if (bytes == 2448 || bytes == 2352 ||
	    (bytes == 2336 && t->mode == MUN_TRACK_MODE2) ||
	    (bytes == 2048 && t->mode != MUN_TRACK_AUDIO))
		return 0;
	return mun_fail(e, MUN_EUNSUPPORTED, "track %u has sectors of %u bytes",
			t->number, bytes);
}

static int add_track(struct nrg *n, struct mun_track *t, uint64_t off,
		     struct mun_err *e)
{
	struct mun_disc_run run = {
		.src = n->img->src,
		.off = off,
		.sectors = t->pregap_stored + t->sectors,
		.stride = t->sector_bytes + t->sub_bytes,
		.main_bytes = t->sector_bytes,
		.sub = t->sub_bytes ? MUN_SUB_PACKED : MUN_SUB_NONE,
		.track = (unsigned int)n->img->ntracks,
	};
	int rc = mun_disc_add_run(n->disc, &run, e);

	n->in_session++;
	n->lba = t->start + t->sectors;
	return rc ? rc : mun_disc_add_track(n->img, t, e);
}

static void begin_session(struct nrg *n)
{
	if (n->img->ntracks)
		n->lba += n->session == 1 ? GAP_FIRST : GAP;
	n->session++;
	n->in_session = 0;
}

/* ---- disc at once ---- */

/*
 * What CUEX says of a track that its offsets do not: where on the disc it is,
 * its flags, and where index 2 and above are.
 */
static void take_cues(const struct nrg *n, struct mun_track *t)
{
	for (uint32_t at = 0; at + 8 <= n->cue_len; at += 8) {
		const uint8_t *c = n->cue + at;
		unsigned int index = mun_cd_from_bcd(c[2]);
		int64_t lba = (int32_t)mun_be32(c + 4);

		if (!mun_cd_is_bcd(c[1]) || mun_cd_from_bcd(c[1]) != t->number)
			continue;
		if (index == 1)
			t->control = c[0] >> 4 & 0xb;
		if (!n->lbas || lba < 0)
			continue;
		if (index == 1 && (uint64_t)lba >= t->start)
			t->start = (uint64_t)lba;
		else if (index >= 2 && index - 2 < MUN_TRACK_INDEXES &&
			 (uint64_t)lba > t->start &&
			 (uint64_t)lba - t->start < t->sectors)
			t->indexes[index - 2] =
				(uint32_t)((uint64_t)lba - t->start);
	}
}

/* @at: index 0, index 1 and the end, in bytes of the file. */
static int dao_lengths(struct mun_track *t, const uint64_t at[static 3],
		       struct mun_err *e)
{
	uint64_t stride = t->sector_bytes + t->sub_bytes;
	uint64_t gap;

	if (at[1] < at[0] || at[2] < at[1] || (at[1] - at[0]) % stride)
		return mun_fail(e, MUN_ECORRUPT,
				"track %u begins at byte %llu, its gap at "
				"%llu, and it ends at %llu",
				t->number, (unsigned long long)at[1],
				(unsigned long long)at[0],
				(unsigned long long)at[2]);
	gap = (at[1] - at[0]) / stride;
	t->sectors = (at[2] - at[1]) / stride + ((at[2] - at[1]) % stride != 0);
	if (gap > UINT32_MAX || t->sectors > UINT32_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"track %u is longer than any disc", t->number);
	t->pregap_stored = (uint32_t)gap;
	t->pregap = (uint32_t)gap;
	return 0;
}

static int add_dao_track(struct nrg *n, const uint8_t *p, bool wide,
			 unsigned int number, struct mun_err *e)
{
	const struct mode *mode = NULL;
	struct mun_track t = { .session = n->session, .number = number };
	uint64_t at[3];
	char isrc[13] = { 0 };
	int rc = find_mode(p[14], &mode, e);

	for (size_t i = 0; i < 3; i++)
		at[i] = wide ? mun_be64(p + 18 + 8 * i)
			     : mun_be32(p + 18 + 4 * i);
	if (rc)
		return rc;
	t.mode = mode->mode;
	rc = set_sizes(&t, mun_be16(p + 12), e);
	if (!rc)
		rc = dao_lengths(&t, at, e);
	if (rc)
		return rc;
	if (mode->bytes != t.sector_bytes + t.sub_bytes)
		mun_image_note(n->img,
			       "track %u has sectors of %u bytes, not "
			       "of %u",
			       number, t.sector_bytes + t.sub_bytes,
			       mode->bytes);
	memcpy(isrc, p, 12);
	if (isrc[0] && !mun_isrc_parse(isrc, t.isrc))
		mun_image_note(n->img, "the ISRC of track %u is none", number);
	/* The two seconds before LBA 0 are stored, as a gap like any. */
	t.start = n->lba + t.pregap;
	if (n->img->ntracks == 0)
		t.start = t.pregap > MUN_CD_LEAD ? t.pregap - MUN_CD_LEAD : 0;
	take_cues(n, &t);
	return add_track(n, &t, at[0], e);
}

static int take_dao(struct nrg *n, const uint8_t *p, uint32_t len, bool wide,
		    struct mun_err *e)
{
	uint32_t entry = wide ? 42 : 30;
	uint32_t tracks = len >= 22 ? (len - 22) / entry : 0;
	int rc = 0;

	if (!tracks || tracks > MUN_CD_TRACKS)
		return mun_fail(e, MUN_ECORRUPT,
				"a session of %u bytes, %u tracks", len,
				tracks);
	begin_session(n);
	if (p[4] && !n->disc->mcn[0]) {
		char mcn[14] = { 0 };

		memcpy(mcn, p + 4, 13);
		if (!mun_mcn_parse(mcn, n->disc->mcn))
			mun_image_note(n->img, "the catalogue number is none");
	}
	for (uint32_t i = 0; i < tracks && !rc; i++)
		rc = add_dao_track(n, p + 22 + (size_t)i * entry, wide,
				   p[20] + i, e);
	n->cue = NULL;
	n->cue_len = 0;
	return rc;
}

/* ---- track at once ---- */

/* Two seconds come before each track, and no file holds them. The LBA that the
 * chunk tells is that of a disc without them. */
static int add_etn_track(struct nrg *n, const uint8_t *p, bool wide,
			 struct mun_err *e)
{
	const struct mode *mode = NULL;
	struct mun_track t = {
		.session = n->session,
		.number = (unsigned int)n->img->ntracks + 1,
	};
	uint64_t off = wide ? mun_be64(p) : mun_be32(p);
	uint64_t bytes = wide ? mun_be64(p + 8) : mun_be32(p + 4);
	int rc = find_mode(p[wide ? 19 : 11], &mode, e);

	if (rc)
		return rc;
	t.mode = mode->mode;
	rc = set_sizes(&t, mode->bytes, e);
	if (!rc && bytes / mode->bytes > UINT32_MAX)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "track %u is longer than any disc", t.number);
	if (rc)
		return rc;
	t.sectors = bytes / mode->bytes + (bytes % mode->bytes != 0);
	t.pregap = n->img->ntracks ? MUN_CD_LEAD : 0;
	t.start = n->lba + t.pregap;
	return add_track(n, &t, off, e);
}

static int take_etn(struct nrg *n, const uint8_t *p, uint32_t len, bool wide,
		    struct mun_err *e)
{
	uint32_t entry = wide ? 32 : 20;
	int rc = 0;

	if (len < entry)
		return mun_fail(e, MUN_ECORRUPT, "a session of %u bytes", len);
	begin_session(n);
	for (uint32_t at = 0; at + entry <= len && !rc; at += entry)
		rc = add_etn_track(n, p + at, wide, e);
	return rc;
}

/* ---- chunks ---- */

static void check_session(const struct nrg *n, const uint8_t *p, uint32_t len)
{
	uint32_t tracks = len >= 4 ? mun_be32(p) : 0;

	if (tracks != n->in_session)
		mun_image_note(n->img, "session %u has %u tracks, not %u",
			       n->session, n->in_session, tracks);
}

static int take_chunk(struct nrg *n, const uint8_t *id, const uint8_t *p,
		      uint32_t len, struct mun_err *e)
{
	bool wide = id[3] == 'X' || id[3] == '2';

	if (memcmp(id, "CUES", 4) == 0 || memcmp(id, "CUEX", 4) == 0) {
		n->cue = p;
		n->cue_len = len;
		n->lbas = wide;
		return 0;
	}
	if (memcmp(id, "DAOI", 4) == 0 || memcmp(id, "DAOX", 4) == 0)
		return take_dao(n, p, len, wide, e);
	if (memcmp(id, "ETNF", 4) == 0 || memcmp(id, "ETN2", 4) == 0)
		return take_etn(n, p, len, wide, e);
	if (memcmp(id, "SINF", 4) == 0) {
		check_session(n, p, len);
		return 0;
	}
	if (memcmp(id, "CDTX", 4) == 0)
		return mun_cdtext_take(n->img, n->disc, p, len, e);
	if (memcmp(id, "MTYP", 4) == 0 && len >= 4)
		return mun_image_fact(n->img, MUN_FACT_MADE, "type of medium",
				      e, "0x%08x", mun_be32(p));
	return mun_image_fact(n->img, MUN_FACT_LIMIT, "chunk", e,
			      "%02x %02x %02x %02x of %u bytes is not decoded",
			      id[0], id[1], id[2], id[3], len);
}

static int take_chunks(struct nrg *n, const uint8_t *all, size_t len,
		       struct mun_err *e)
{
	size_t at = 0;

	for (unsigned int i = 0; i < CHUNKS_MAX && len - at >= 8; i++) {
		const uint8_t *chunk = all + at;
		uint32_t bytes = mun_be32(chunk + 4);
		int rc;

		if (memcmp(chunk, "END!", 4) == 0)
			return 0;
		if (bytes > len - at - 8)
			return mun_fail(e, MUN_ECORRUPT,
					"a chunk of %u bytes, %zu before the "
					"end",
					bytes, len - at - 8);
		rc = take_chunk(n, chunk, chunk + 8, bytes, e);
		if (rc)
			return rc;
		at += 8 + (size_t)bytes;
	}
	mun_image_note(n->img, "the chunks do not end");
	return 0;
}

static int load_chunks(struct mun_source *src, uint64_t off, size_t footer,
		       uint8_t **out, size_t *len, struct mun_err *e)
{
	if (off > src->size - footer ||
	    src->size - footer - off > CHUNKS_BYTES_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"its chunks begin at byte %llu of %llu",
				(unsigned long long)off,
				(unsigned long long)src->size);
	*len = (size_t)(src->size - footer - off);
	*out = malloc(*len + 1);
	if (!*out)
		return mun_fail_nomem(e, "chunks");
	return mun_source_pread(src, *out, *len, off, e);
}

static int nrg_open(struct mun_image *img, struct mun_err *e)
{
	mun_autofree uint8_t *all = NULL;
	mun_auto(disc) *d = NULL;
	struct nrg n = { .img = img };
	size_t len = 0;
	bool v2;
	uint64_t off = chunks_offset(img->src, &v2);
	int rc;

	if (off == UINT64_MAX)
		return mun_fail(e, MUN_ECORRUPT, "it does not end as one");
	mun_image_set_puid(img, "fmt/1743");
	mun_image_set_mime(img, "application/x-nrg");
	mun_image_variant(img, "version %d", v2 ? 2 : 1);
	rc = load_chunks(img->src, off, v2 ? 12 : 8, &all, &len, e);
	if (!rc)
		rc = mun_disc_new(&d, e);
	n.disc = d;
	if (!rc)
		rc = take_chunks(&n, all, len, e);
	return rc ? rc : mun_disc_done(img, mun_steal(&d), e);
}

const struct mun_image_driver mun_image_nrg = {
	.name = "nrg",
	.title = "Nero Burning ROM image",
	.suffixes = "nrg",
	.bid = nrg_bid,
	.open = nrg_open,
	.pread = mun_disc_pread,
	.next_extent = mun_disc_next_extent,
};
