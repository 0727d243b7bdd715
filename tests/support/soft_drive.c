/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/soft_drive.c - a drive of discs in memory */
#include "tests/support/soft_drive.h"

#include "core/bytes.h"
#include "core/check.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <time.h>

#define RAW 2352u
#define LEAD 150
#define GAP_DATA 11 /* bytes of an entry of the full TOC */

/* What a command is answered with. */
struct answer {
	uint8_t data[65536 + 4096];
	uint32_t len;
	uint8_t key, asc, ascq;
	bool has_info;
	int32_t info;
	enum mun_scsi_end end; /* GOOD: by key */
};

static void refuse(struct answer *a, uint8_t key, uint8_t asc, uint8_t ascq)
{
	a->key = key;
	a->asc = asc;
	a->ascq = ascq;
	a->len = 0;
}

#define UNKNOWN_COMMAND 5, 0x20, 0
#define UNKNOWN_FIELD 5, 0x24, 0
#define OUT_OF_RANGE 5, 0x21, 0
#define WRONG_MODE 5, 0x64, 0

static uint8_t bcd(unsigned int n)
{
	return (uint8_t)(n / 10 << 4 | n % 10);
}

static bool is_cd(const struct mun_soft_drive *d)
{
	return d->disc && d->disc->profile < 0x0010;
}

static bool has(const struct mun_soft_drive *d, unsigned int quirk)
{
	return d->quirks & quirk;
}

/* ---- questions ---- */

static void inquiry(struct answer *a)
{
	memset(a->data, ' ', 36);
	a->data[0] = 0x05;
	a->data[1] = 0x80;
	a->data[2] = 0x05;
	a->data[3] = 0x02;
	a->data[4] = 31;
	memset(a->data + 5, 0, 3);
	memcpy(a->data + 8, "MUNIMENT", 8);
	memcpy(a->data + 16, "SOFT DRIVE", 10);
	memcpy(a->data + 32, "1.00", 4);
	a->len = 36;
}

static void add_feature(struct answer *a, uint16_t code, bool current)
{
	uint8_t *p = a->data + a->len;

	memset(p, 0, 8);
	mun_put_be16(p, code);
	p[2] = current;
	p[3] = 4;
	a->len += 8;
}

static void configuration(struct mun_soft_drive *d, struct answer *a)
{
	if (has(d, MUN_SOFT_NO_CONFIGURATION)) {
		refuse(a, UNKNOWN_COMMAND);
		return;
	}
	memset(a->data, 0, 8);
	mun_put_be16(a->data + 6, d->disc->profile);
	a->len = 8;
	add_feature(a, 0x0000, true);
	add_feature(a, 0x0106, d->disc->copyright == 1);
	add_feature(a, 0x010d, d->disc->aacs);
	mun_put_be32(a->data, a->len - 4);
}

static void disc_information(struct mun_soft_drive *d, struct answer *a)
{
	if (has(d, MUN_SOFT_NO_DISC_INFO)) {
		refuse(a, UNKNOWN_COMMAND);
		return;
	}
	memset(a->data, 0, 34);
	mun_put_be16(a->data, 32);
	a->data[2] = d->disc->ntracks || !is_cd(d) ? 0x0e : 0;
	a->data[8] = d->disc->disc_type;
	a->len = 34;
}

static void put_msf(uint8_t *p, int32_t lba)
{
	unsigned int at = (unsigned int)(lba + LEAD);

	p[0] = (uint8_t)(at / 75 / 60);
	p[1] = (uint8_t)(at / 75 % 60);
	p[2] = (uint8_t)(at % 75);
}

static void full_entry(struct answer *a, unsigned int session, uint8_t control,
		       uint8_t point, int32_t lba)
{
	uint8_t *p = a->data + a->len;

	memset(p, 0, GAP_DATA);
	p[0] = (uint8_t)session;
	p[1] = 0x10 | control;
	p[3] = point;
	put_msf(p + 8, lba);
	a->len += GAP_DATA;
}

static void full_toc(const struct mun_soft_disc *d, struct answer *a)
{
	a->len = 4;
	a->data[2] = 1;
	a->data[3] = (uint8_t)d->sessions;
	for (unsigned int s = 1; s <= d->sessions; s++) {
		unsigned int first = 0;
		unsigned int last = 0;

		for (size_t i = 0; i < d->ntracks; i++) {
			if (d->tracks[i].session != s)
				continue;
			first = first ? first : d->tracks[i].number;
			last = d->tracks[i].number;
		}
		full_entry(a, s, 4, 0xa0, 0);
		a->data[a->len - 3] = (uint8_t)first;
		a->data[a->len - 2] = d->disc_type;
		a->data[a->len - 1] = 0;
		full_entry(a, s, 4, 0xa1, 0);
		a->data[a->len - 3] = (uint8_t)last;
		a->data[a->len - 2] = 0;
		a->data[a->len - 1] = 0;
		full_entry(a, s, 4, 0xa2, d->leadout[s - 1]);
		for (size_t i = 0; i < d->ntracks; i++)
			if (d->tracks[i].session == s)
				full_entry(a, s, d->tracks[i].control,
					   (uint8_t)d->tracks[i].number,
					   d->tracks[i].start);
	}
	/* Of a recorder: the next session (ADR 5), which is no track. */
	full_entry(a, 1, 4, 0xb0, 0);
	a->data[a->len - GAP_DATA + 1] = 0x54;
}

static void plain_entry(struct answer *a, uint8_t control, uint8_t track,
			int32_t lba)
{
	uint8_t *p = a->data + a->len;

	memset(p, 0, 8);
	p[1] = 0x10 | control;
	p[2] = track;
	mun_put_be32(p + 4, (uint32_t)lba);
	a->len += 8;
}

static void plain_toc(const struct mun_soft_disc *d, struct answer *a)
{
	a->len = 4;
	a->data[2] = (uint8_t)d->tracks[0].number;
	a->data[3] = (uint8_t)d->tracks[d->ntracks - 1].number;
	for (size_t i = 0; i < d->ntracks; i++)
		plain_entry(a, d->tracks[i].control,
			    (uint8_t)d->tracks[i].number, d->tracks[i].start);
	plain_entry(a, 4, 0xaa, d->leadout[d->sessions - 1]);
}

static void session_info(const struct mun_soft_disc *d, struct answer *a)
{
	size_t i = 0;

	while (d->tracks[i].session != d->sessions)
		i++;
	a->len = 4;
	a->data[2] = 1;
	a->data[3] = (uint8_t)d->sessions;
	plain_entry(a, d->tracks[i].control, (uint8_t)d->tracks[i].number,
		    d->tracks[i].start);
}

static void cdtext(struct mun_soft_drive *d, struct answer *a)
{
	memset(a->data, 0, 4);
	memcpy(a->data + 4, d->disc->cdtext, d->disc->cdtext_bytes);
	a->len = 4 + (uint32_t)d->disc->cdtext_bytes;
	/* After two for the table: the length, and the first reading. */
	if (has(d, MUN_SOFT_ERRATIC_CDTEXT) && d->of[0x43] < 5)
		a->data[4 + 9] ^= 0x10;
}

static void toc(struct mun_soft_drive *d, const uint8_t *cdb, struct answer *a)
{
	if (!is_cd(d) || !d->disc->ntracks) {
		refuse(a, UNKNOWN_FIELD);
		return;
	}
	switch (cdb[2] & 15) {
	case 0:
		plain_toc(d->disc, a);
		break;
	case 1:
		if (has(d, MUN_SOFT_NO_SESSIONS))
			refuse(a, UNKNOWN_FIELD);
		else
			session_info(d->disc, a);
		break;
	case 2:
		if (has(d, MUN_SOFT_NO_FULL_TOC))
			refuse(a, UNKNOWN_FIELD);
		else
			full_toc(d->disc, a);
		break;
	case 5:
		if (has(d, MUN_SOFT_NO_CDTEXT) || !d->disc->cdtext)
			refuse(a, UNKNOWN_FIELD);
		else
			cdtext(d, a);
		break;
	default:
		refuse(a, UNKNOWN_FIELD);
		break;
	}
	if (a->len)
		mun_put_be16(a->data, (uint16_t)(a->len - 2));
}

static void sub_channel(struct mun_soft_drive *d, const uint8_t *cdb,
			struct answer *a)
{
	const char *text = "";

	memset(a->data, 0, 24);
	mun_put_be16(a->data + 2, 20);
	a->data[4] = cdb[3];
	a->len = 24;
	if (cdb[3] == 2) {
		text = d->disc->mcn;
	} else if (cdb[3] == 3 && cdb[6] >= 1 && cdb[6] <= d->disc->ntracks) {
		a->data[6] = cdb[6];
		text = d->disc->tracks[cdb[6] - 1].isrc;
	} else {
		refuse(a, UNKNOWN_FIELD);
		return;
	}
	if (*text)
		a->data[8] = 0x80;
	memcpy(a->data + 9, text, strlen(text));
}

static void capacity(struct mun_soft_drive *d, struct answer *a)
{
	int32_t last = d->disc->leadout[0];

	if (d->disc->sessions)
		last = d->disc->leadout[d->disc->sessions - 1];
	mun_put_be32(a->data, (uint32_t)last - 1);
	mun_put_be32(a->data + 4, 2048);
	a->len = 8;
}

static void structure(struct mun_soft_drive *d, const uint8_t *cdb,
		      struct answer *a)
{
	bool bd = d->disc->profile >= 0x40 && d->disc->profile < 0x50;

	if (is_cd(d) || has(d, MUN_SOFT_NO_STRUCTURE) ||
	    bd != ((cdb[1] & 15) == 1)) {
		refuse(a, UNKNOWN_FIELD);
		return;
	}
	memset(a->data, 0, 4 + 2048);
	if (cdb[7] == 0) {
		mun_test_pattern(a->data + 4, 2048, d->disc->profile);
		a->len = 4 + 2048;
	} else if (cdb[7] == 1 && !bd) {
		a->data[4] = d->disc->copyright;
		a->len = 8;
	} else {
		refuse(a, UNKNOWN_FIELD);
		return;
	}
	mun_put_be16(a->data, (uint16_t)(a->len - 2));
}

/* ---- sectors ---- */

static const struct mun_soft_sector *sector_at(const struct mun_soft_drive *d,
					       int32_t lba)
{
	if (lba < 0 || (size_t)lba >= d->disc->room)
		return NULL;
	return d->disc->sectors[lba];
}

static uint64_t draw(struct mun_soft_drive *d)
{
	uint8_t bytes[8];

	mun_test_pattern(bytes, sizeof(bytes), d->random++);
	return mun_le64(bytes);
}

/* Does a fault of this kind hit the sector now? */
static const struct mun_soft_fault *
hit(struct mun_soft_drive *d, enum mun_soft_fault_kind kind, int32_t lba)
{
	for (size_t i = 0; i < d->nfaults; i++) {
		struct mun_soft_fault *f = &d->faults[i];

		if (f->kind != kind || lba < f->first || lba > f->last)
			continue;
		if (kind != MUN_SOFT_TRANSIENT)
			return f;
		if (!f->times)
			continue;
		f->times--;
		return f;
	}
	return NULL;
}

static void fail_at(struct mun_soft_drive *d, struct answer *a, uint8_t key,
		    uint8_t asc, uint8_t ascq, int32_t lba)
{
	refuse(a, key, asc, ascq);
	a->has_info = !has(d, MUN_SOFT_NO_INFO);
	a->info = lba;
}

/* Can the sector be read at all? */
static bool readable(struct mun_soft_drive *d, int32_t lba, struct answer *a)
{
	if (hit(d, MUN_SOFT_HANG, lba)) {
		a->end = MUN_SCSI_TIMEOUT;
		a->len = 0;
		return false;
	}
	if (hit(d, MUN_SOFT_HARDWARE, lba)) {
		refuse(a, 4, 0x09, 0);
		return false;
	}
	if (hit(d, MUN_SOFT_SCRAMBLED, lba)) {
		refuse(a, 5, 0x6f, 3);
		return false;
	}
	if (!sector_at(d, lba) || hit(d, MUN_SOFT_BAD, lba) ||
	    hit(d, MUN_SOFT_TRANSIENT, lba)) {
		fail_at(d, a, 3, 0x11, 5, lba);
		return false;
	}
	return true;
}

static void harm(struct mun_soft_drive *d, int32_t lba, uint8_t *raw)
{
	const struct mun_soft_fault *f = hit(d, MUN_SOFT_FLIP, lba);

	for (unsigned int i = 0; f && i < f->times; i++)
		raw[(f->at + 97 * i) % RAW] ^= (uint8_t)(i * 2 + 1);
	if (hit(d, MUN_SOFT_NOISE, lba))
		mun_put_le64(raw + 400, draw(d));
}

/* @n sectors of audio from sample @shift on. */
static void put_audio(struct mun_soft_drive *d, int32_t lba, uint32_t n,
		      int shift, uint8_t *out)
{
	int64_t from = ((int64_t)lba * 588 + shift) * 4;

	for (uint32_t i = 0; i < n * RAW; i += 4) {
		int64_t at = from + i;
		const struct mun_soft_sector *s =
			sector_at(d, (int32_t)(at / (int64_t)RAW));

		if (at < 0 || !s)
			memset(out + i, 0, 4);
		else
			memcpy(out + i, s->raw + at % (int64_t)RAW, 4);
	}
	for (uint32_t i = 0; i < n; i++)
		harm(d, lba + (int32_t)i, out + (size_t)i * RAW);
}

static int jitter(struct mun_soft_drive *d)
{
	int shift = d->offset;

	if (d->jitter && (!d->jitter_every || !(draw(d) % d->jitter_every)))
		shift += (int)(draw(d) % (2 * d->jitter + 1)) - (int)d->jitter;
	return shift;
}

static const struct mun_soft_track *track_of(const struct mun_soft_disc *disc,
					     int32_t lba, bool *pause)
{
	const struct mun_soft_track *t = NULL;

	*pause = false;
	for (size_t i = 0; i < disc->ntracks; i++)
		if (lba >=
		    disc->tracks[i].start - (int32_t)disc->tracks[i].pregap)
			t = &disc->tracks[i];
	if (t)
		*pause = lba < t->start;
	return t ? t : &disc->tracks[0];
}

static void put_q(struct mun_soft_drive *d, int32_t lba, uint8_t *q)
{
	bool pause;
	int32_t of = lba + (has(d, MUN_SOFT_Q_OFF) ? 1 : 0);
	const struct mun_soft_track *t = track_of(d->disc, of, &pause);

	memset(q, 0, 16);
	q[0] = (uint8_t)(t->control << 4 | 1);
	/* One in a hundred tells the catalogue number. */
	if (lba % 97 == 13) {
		q[0] = (uint8_t)(t->control << 4 | 2);
		return;
	}
	q[1] = (uint8_t)t->number;
	q[2] = !pause;
	put_msf(q + 7, of);
	if (has(d, MUN_SOFT_BINARY_Q))
		return;
	q[1] = bcd(q[1]);
	for (int i = 7; i < 10; i++)
		q[i] = bcd(q[i]);
}

static bool has_sectors(struct mun_soft_drive *d, int32_t lba, uint32_t n,
			struct answer *a)
{
	int32_t end = d->disc->sessions
			      ? d->disc->leadout[d->disc->sessions - 1]
			      : d->disc->leadout[0];

	if (lba < 0 || n > (uint32_t)end || lba > end - (int32_t)n ||
	    (has(d, MUN_SOFT_NO_HIDDEN) && lba < d->disc->tracks[0].start)) {
		refuse(a, OUT_OF_RANGE);
		return false;
	}
	return true;
}

/* Is each sector of the kind that was expected?  0: any. */
static bool kinds_fit(struct mun_soft_drive *d, uint8_t expected, int32_t lba,
		      uint32_t n, struct answer *a)
{
	const struct mun_soft_sector *first = sector_at(d, lba);

	for (uint32_t i = 0; i < n; i++) {
		const struct mun_soft_sector *s =
			sector_at(d, lba + (int32_t)i);

		if (!s || !first)
			continue;
		if ((expected == 1 && !s->audio) ||
		    (expected > 1 && s->audio) ||
		    (has(d, MUN_SOFT_STRICT) && s->audio != first->audio)) {
			refuse(a, WRONG_MODE);
			return false;
		}
	}
	return true;
}

static void put_sectors(struct mun_soft_drive *d, int32_t lba, uint32_t n,
			uint32_t stride, struct answer *a)
{
	bool audio = sector_at(d, lba)->audio;
	uint8_t *samples = audio ? calloc(n, RAW) : NULL;

	if (audio && !samples)
		abort();
	if (audio)
		put_audio(d, lba, n, jitter(d), samples);
	for (uint32_t i = 0; i < n; i++) {
		int32_t at = lba + (int32_t)i;
		uint8_t *raw = a->data + (size_t)i * stride;

		if (audio) {
			memcpy(raw, samples + (size_t)i * RAW, RAW);
			continue;
		}
		if (hit(d, MUN_SOFT_ELSEWHERE, at) && sector_at(d, at + 1))
			at++;
		memcpy(raw, sector_at(d, at)->raw, RAW);
		harm(d, lba + (int32_t)i, raw);
	}
	free(samples);
}

static void read_cd(struct mun_soft_drive *d, const uint8_t *cdb,
		    struct answer *a)
{
	int32_t lba = (int32_t)mun_be32(cdb + 2);
	uint32_t n = (uint32_t)cdb[6] << 16 | mun_be16(cdb + 7);
	bool q = (cdb[10] & 7) == 2;
	uint32_t stride = RAW + (q ? 16 : 0);

	d->reads++;
	/* All of a sector or the user data of audio; no other parts. */
	if (!is_cd(d) || has(d, MUN_SOFT_NO_READ_CD)) {
		refuse(a, UNKNOWN_COMMAND);
		return;
	}
	if ((cdb[9] != 0xf8 && !(cdb[9] == 0x10 && cdb[1] == 4)) ||
	    (cdb[10] & 7 && (!q || has(d, MUN_SOFT_NO_Q))) ||
	    n * stride > 65536) {
		refuse(a, UNKNOWN_FIELD);
		return;
	}
	if (!has_sectors(d, lba, n, a) ||
	    !kinds_fit(d, cdb[1] >> 2 & 7, lba, n, a))
		return;
	for (uint32_t i = 0; i < n; i++)
		if (!readable(d, lba + (int32_t)i, a))
			return;
	put_sectors(d, lba, n, stride, a);
	a->len = n * stride;
	for (uint32_t i = 0; i < n; i++) {
		int32_t at = lba + (int32_t)i;

		if (q)
			put_q(d, at, a->data + (size_t)i * stride + RAW);
		if (hit(d, MUN_SOFT_RECOVERED, at)) {
			a->key = 1;
			a->asc = 0x18;
		}
	}
	if (has(d, MUN_SOFT_SHORT))
		a->len -= RAW / 2;
}

static void read_user(struct mun_soft_drive *d, const uint8_t *cdb,
		      struct answer *a)
{
	int32_t lba = (int32_t)mun_be32(cdb + 2);
	uint32_t n = cdb[0] == 0x28 ? mun_be16(cdb + 7) : mun_be32(cdb + 6);

	d->reads++;
	if (n * 2048u > 65536) {
		refuse(a, UNKNOWN_FIELD);
		return;
	}
	if (!has_sectors(d, lba, n, a) ||
	    (is_cd(d) && !kinds_fit(d, 2, lba, n, a)))
		return;
	for (uint32_t i = 0; i < n; i++) {
		int32_t at = lba + (int32_t)i;

		if (!readable(d, at, a))
			return;
		memcpy(a->data + (size_t)i * 2048,
		       sector_at(d, at)->raw + (is_cd(d) ? 16 : 0), 2048);
	}
	a->len = n * 2048u;
	if (has(d, MUN_SOFT_SHORT))
		a->len -= 1024;
}

/* ---- the drive ---- */

static bool not_ready(struct mun_soft_drive *d, uint8_t op, struct answer *a)
{
	if (op == 0x12)
		return false;
	if (d->changed) {
		d->changed = false;
		refuse(a, 6, 0x28, 0);
		return true;
	}
	if (d->open || !d->disc) {
		refuse(a, 2, 0x3a, d->open ? 2 : 1);
		return op != 0x1b;
	}
	if (d->becoming) {
		d->becoming -= op == 0;
		refuse(a, 2, 0x04, 1);
		return true;
	}
	return false;
}

static void answer(struct mun_soft_drive *d, const uint8_t *cdb,
		   struct answer *a)
{
	if (not_ready(d, cdb[0], a))
		return;
	switch (cdb[0]) {
	case 0x00:
	case 0x1e:
	case 0xbb:
		break;
	case 0x12:
		inquiry(a);
		break;
	case 0x1b:
		d->open = true;
		d->ejects++;
		break;
	case 0x25:
		capacity(d, a);
		break;
	case 0x28:
	case 0xa8:
		read_user(d, cdb, a);
		break;
	case 0x42:
		sub_channel(d, cdb, a);
		break;
	case 0x43:
		toc(d, cdb, a);
		break;
	case 0x46:
		configuration(d, a);
		break;
	case 0x51:
		disc_information(d, a);
		break;
	case 0xad:
		structure(d, cdb, a);
		break;
	case 0xbe:
		read_cd(d, cdb, a);
		break;
	default:
		refuse(a, UNKNOWN_COMMAND);
		break;
	}
}

static void put_sense(const struct mun_soft_drive *d, const struct answer *a,
		      struct mun_scsi_cmd *cmd)
{
	uint8_t *s = cmd->sense;

	if (has(d, MUN_SOFT_NO_SENSE))
		return;
	if (!has(d, MUN_SOFT_DESCRIPTOR)) {
		s[0] = a->has_info ? 0xf0 : 0x70;
		s[2] = a->key;
		mun_put_be32(s + 3, a->has_info ? (uint32_t)a->info : 0);
		s[7] = 10;
		s[12] = a->asc;
		s[13] = a->ascq;
		cmd->sense_len = 18;
		return;
	}
	s[0] = 0x72;
	s[1] = a->key;
	s[2] = a->asc;
	s[3] = a->ascq;
	s[7] = a->has_info ? 12 : 0;
	if (a->has_info) {
		s[9] = 0x0a;
		s[10] = 0x80;
		mun_put_be32(s + 16, (uint32_t)a->info);
	}
	cmd->sense_len = (uint8_t)(8 + s[7]);
}

static bool is_read(uint8_t op)
{
	return op == 0xbe || op == 0x28 || op == 0xa8;
}

static void wait_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&ts, NULL);
}

/* Bytes of the reply that the command asks for. */
static void give(struct mun_soft_drive *d, struct answer *a,
		 struct mun_scsi_cmd *cmd)
{
	if (d->lie && !is_read(cmd->cdb[0]) && a->len)
		d->lie(d->lie_ctx, cmd->cdb, a->data, &a->len);
	cmd->got = MUN_MIN(a->len, cmd->data_len);
	if (cmd->got)
		memcpy(cmd->data, a->data, cmd->got);
}

static int run(struct mun_transport *t, struct mun_scsi_cmd *cmd,
	       struct mun_err *e)
{
	struct mun_soft_drive *d = (struct mun_soft_drive *)t;
	struct answer *a = calloc(1, sizeof(*a));
	unsigned int reads = d->reads;

	(void)e;
	if (!a)
		abort();
	d->commands++;
	d->of[cmd->cdb[0]]++;
	if (d->gone_after && d->commands > d->gone_after)
		d->gone = true;
	if (d->delay_ms && is_read(cmd->cdb[0]))
		wait_ms(d->delay_ms);
	cmd->end = MUN_SCSI_GONE;
	if (!d->gone) {
		a->end = MUN_SCSI_GOOD;
		answer(d, cmd->cdb, a);
		give(d, a, cmd);
		cmd->end = a->key ? MUN_SCSI_CHECK : a->end;
		if (a->key)
			put_sense(d, a, cmd);
		if (d->reads > reads && (a->key > 1 || a->end))
			d->failed_reads++;
	}
	free(a);
	return 0;
}

static void close_drive(struct mun_transport *t)
{
	struct mun_soft_drive *d = (struct mun_soft_drive *)t;

	mun_soft_disc_free(d->disc);
	free(d);
}

static const struct mun_transport_ops ops = {
	.run = run,
	.close = close_drive,
};

struct mun_soft_drive *mun_soft_drive_new(struct mun_soft_disc *disc)
{
	struct mun_soft_drive *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->transport.ops = &ops;
	d->disc = disc;
	return d;
}

struct mun_soft_fault *mun_soft_fault(struct mun_soft_drive *d,
				      enum mun_soft_fault_kind kind,
				      int32_t first, int32_t last)
{
	struct mun_soft_fault *f = &d->faults[d->nfaults];

	if (d->nfaults == MUN_COUNT(d->faults))
		abort();
	d->nfaults++;
	*f = (struct mun_soft_fault){
		.kind = kind, .first = first, .last = last, .times = 1
	};
	return f;
}
