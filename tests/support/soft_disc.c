/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/soft_disc.c - the sectors of a disc in memory */
#include "tests/support/soft_drive.h"

#include "tests/support/support.h"

#define LEAD 150
#define RAW 2352u

struct mun_soft_disc *mun_soft_disc_new(void)
{
	struct mun_soft_disc *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->profile = 0x0008;
	return d;
}

void mun_soft_disc_free(struct mun_soft_disc *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->room; i++)
		free(d->sectors[i]);
	free(d->sectors);
	free(d->cdtext);
	free(d);
}

struct mun_soft_track *mun_soft_track(struct mun_soft_disc *d,
				      unsigned int session, uint8_t control,
				      int32_t start)
{
	struct mun_soft_track *t = &d->tracks[d->ntracks];

	if (d->ntracks == 99)
		abort();
	*t = (struct mun_soft_track){
		.session = session,
		.number = (unsigned int)++d->ntracks,
		.control = control,
		.start = start,
	};
	if (session > d->sessions)
		d->sessions = session;
	return t;
}

void mun_soft_put(struct mun_soft_disc *d, int32_t lba, const uint8_t *raw,
		  bool audio)
{
	size_t at = (size_t)lba;

	if (lba < 0)
		abort();
	if (at >= d->room) {
		size_t room = at + 1 + at / 2;
		struct mun_soft_sector **list = realloc(
			d->sectors, room * sizeof(struct mun_soft_sector *));

		if (!list)
			abort();
		memset(list + d->room, 0,
		       (room - d->room) * sizeof(struct mun_soft_sector *));
		d->sectors = list;
		d->room = room;
	}
	if (!d->sectors[at])
		d->sectors[at] = calloc(1, sizeof(struct mun_soft_sector));
	if (!d->sectors[at])
		abort();
	memcpy(d->sectors[at]->raw, raw, RAW);
	d->sectors[at]->audio = audio;
}

/* ---- ECMA-130, clause 14.3 and annex A, as they are written there ---- */

static void put_edc(uint8_t *sector, size_t from, size_t to)
{
	uint32_t edc = 0;

	for (size_t i = from; i < to; i++) {
		edc ^= sector[i];
		for (int bit = 0; bit < 8; bit++)
			edc = edc >> 1 ^ (edc & 1 ? UINT32_C(0xd8018001) : 0);
	}
	for (size_t i = 0; i < 4; i++)
		sector[to + i] = (uint8_t)(edc >> 8 * i);
}

static uint8_t times(uint8_t a, uint8_t b)
{
	unsigned int product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1d : 0));
	}
	return (uint8_t)product;
}

/* The two bytes that make the sum of all zero, and the sum of all times x to
 * their distance from the end; 1 / (x + 1) is F4h. */
static void parity(const uint8_t *const *bytes, size_t n, uint8_t *p0,
		   uint8_t *p1)
{
	uint8_t sum = 0;
	uint8_t weighted = 0;

	for (size_t i = 0; i < n; i++) {
		sum ^= *bytes[i];
		weighted = (uint8_t)(times(weighted, 2) ^ *bytes[i]);
	}
	/* Two places further from the end. */
	weighted = times(weighted, 4);
	*p0 = times((uint8_t)(weighted ^ sum), 0xf4);
	*p1 = *p0 ^ sum;
}

static void put_ecc(uint8_t *sector)
{
	uint8_t *body = sector + 12;
	const uint8_t *at[43];

	for (size_t c = 0; c < 86; c++) {
		for (size_t i = 0; i < 24; i++)
			at[i] = body + c + 86 * i;
		parity(at, 24, body + 2064 + c, body + 2064 + 86 + c);
	}
	for (size_t n = 0; n < 52; n++) {
		for (size_t i = 0; i < 43; i++)
			at[i] = body + (2 * (44 * i + 43 * (n / 2)) % 2236) +
				n % 2;
		parity(at, 43, body + 2236 + n, body + 2236 + 52 + n);
	}
}

static uint8_t bcd(unsigned int n)
{
	return (uint8_t)(n / 10 << 4 | n % 10);
}

static void put_header(uint8_t *sector, int32_t lba, uint8_t mode)
{
	unsigned int at = (unsigned int)(lba + LEAD);

	memset(sector, 0xff, 12);
	sector[0] = 0;
	sector[11] = 0;
	sector[12] = bcd(at / 75 / 60);
	sector[13] = bcd(at / 75 % 60);
	sector[14] = bcd(at % 75);
	sector[15] = mode;
}

static void make_sector(uint8_t *s, enum mun_soft_mode mode, int32_t lba)
{

	switch (mode) {
	case MUN_SOFT_AUDIO:
		break;
	case MUN_SOFT_MODE1:
		put_header(s, lba, 1);
		put_edc(s, 0, 2064);
		memset(s + 2068, 0, 8);
		put_ecc(s);
		break;
	case MUN_SOFT_FORM1:
		memcpy(s + 16, "\1\2\x08\0\1\2\x08\0", 8);
		put_edc(s, 16, 2072);
		/* Its parity does not cover the header. */
		memset(s + 12, 0, 4);
		put_ecc(s);
		put_header(s, lba, 2);
		break;
	case MUN_SOFT_FORM2:
		memcpy(s + 16, "\1\2\x20\0\1\2\x20\0", 8);
		put_edc(s, 16, 2348);
		put_header(s, lba, 2);
		break;
	case MUN_SOFT_MODE2:
		put_header(s, lba, 2);
		break;
	}
}

void mun_soft_fill(struct mun_soft_disc *d, enum mun_soft_mode mode,
		   int32_t lba, uint32_t n, uint64_t seed)
{
	for (uint32_t i = 0; i < n; i++) {
		int32_t at = lba + (int32_t)i;
		uint8_t raw[RAW];

		mun_test_pattern(raw, sizeof(raw),
				 seed * 1000003 + (uint64_t)at);
		make_sector(raw, mode, at);
		mun_soft_put(d, at, raw, mode == MUN_SOFT_AUDIO);
	}
}

void mun_soft_put_user(struct mun_soft_disc *d, int32_t lba,
		       const uint8_t *user)
{
	uint8_t raw[RAW] = { 0 };

	memcpy(raw + 16, user, 2048);
	make_sector(raw, MUN_SOFT_MODE1, lba);
	mun_soft_put(d, lba, raw, false);
}

struct mun_soft_disc *mun_soft_disc_iso(const uint8_t *data, size_t len,
					uint16_t profile)
{
	struct mun_soft_disc *d = mun_soft_disc_new();
	int32_t n = (int32_t)((len + 2047) / 2048);

	d->profile = profile;
	for (int32_t i = 0; i < n; i++) {
		uint8_t raw[RAW] = { 0 };
		size_t at = (size_t)i * 2048;
		size_t part = len - at < 2048 ? len - at : 2048;

		memcpy(raw, data + at, part);
		if (profile < 0x0010)
			mun_soft_put_user(d, i, raw);
		else
			mun_soft_put(d, i, raw, false);
	}
	d->leadout[0] = n;
	if (profile < 0x0010)
		mun_soft_track(d, 1, 4, 0);
	return d;
}
