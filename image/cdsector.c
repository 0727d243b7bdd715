/* SPDX-License-Identifier: Apache-2.0 */
/* image/cdsector.c - one sector of a CD: times, EDC and ECC */
#include "image/cdsector.h"

#include "core/bytes.h"

#include <pthread.h>
#include <string.h>

/* ---- EDC: a CRC of 32 bits, sent bit 0 first ---- */

#define EDC_POLYNOMIAL UINT32_C(0xd8018001) /* reflected */
#define SLICES 8u

static uint32_t edc_table[SLICES][256];
/* Divided by x + 1 in the field of annex A. */
static uint8_t third[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Times x in GF(2^8) over x^8 + x^4 + x^3 + x^2 + 1. */
static inline uint8_t twice(uint8_t a)
{
	return (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1d : 0));
}

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t edc = i;

		for (int bit = 0; bit < 8; bit++)
			edc = edc >> 1 ^ (edc & 1 ? EDC_POLYNOMIAL : 0);
		edc_table[0][i] = edc;
		third[twice((uint8_t)i) ^ i] = (uint8_t)i;
	}
	for (unsigned int s = 1; s < SLICES; s++) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t edc = edc_table[s - 1][i];

			edc_table[s][i] = edc >> 8 ^ edc_table[0][edc & 0xff];
		}
	}
}

uint32_t mun_cd_edc(uint32_t edc, const void *data, size_t len)
{
	const uint8_t *p = data;

	(void)pthread_once(&once, make_tables);
	for (; len >= SLICES; p += SLICES, len -= SLICES) {
		uint32_t a = edc ^ mun_le32(p);
		uint32_t b = mun_le32(p + 4);

		edc = edc_table[7][a & 0xff] ^ edc_table[6][a >> 8 & 0xff] ^
		      edc_table[5][a >> 16 & 0xff] ^ edc_table[4][a >> 24] ^
		      edc_table[3][b & 0xff] ^ edc_table[2][b >> 8 & 0xff] ^
		      edc_table[1][b >> 16 & 0xff] ^ edc_table[0][b >> 24];
	}
	for (; len; p++, len--)
		edc = edc >> 8 ^ edc_table[0][(edc ^ *p) & 0xff];
	return edc;
}

/* ---- checks ---- */

static const uint8_t sync_bytes[12] = { 0,    0xff, 0xff, 0xff, 0xff, 0xff,
					0xff, 0xff, 0xff, 0xff, 0xff, 0 };

bool mun_cd_has_sync(const uint8_t *sector)
{
	return memcmp(sector, sync_bytes, sizeof(sync_bytes)) == 0;
}

/* Bits 5 to 7 mark blocks of packet writing. */
static unsigned int mode_of(const uint8_t *sector)
{
	return sector[15] & 0x1fu;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return !p[0] && memcmp(p, p + 1, len - 1) == 0;
}

static enum mun_cd_check check_empty(const uint8_t *sector)
{
	return is_zero(sector + 16, 2336) ? MUN_CD_GOOD : MUN_CD_BAD;
}

static bool edc_fits(const uint8_t *from, size_t len)
{
	return mun_cd_edc(0, from, len) == mun_le32(from + len);
}

enum mun_cd_check mun_cd_check_mode1(const uint8_t sector[static 2352])
{
	if (!mun_cd_has_sync(sector))
		return MUN_CD_BAD;
	if (mode_of(sector) == 0)
		return check_empty(sector);
	if (mode_of(sector) != 1)
		return MUN_CD_BAD;
	return edc_fits(sector, 2064) ? MUN_CD_GOOD : MUN_CD_BAD;
}

/*
 * The subheader stands twice; its bit 5 tells the form.  Where the two differ,
 * one of them is damaged and the EDC will tell, or there are no subheaders on
 * this disc.
 */
enum mun_cd_check mun_cd_check_forms(const uint8_t sub[static 2336], bool xa)
{
	bool form2 = sub[2] & 0x20;
	bool same = memcmp(sub, sub + 4, 4) == 0;

	if (!form2 && edc_fits(sub, 2056))
		return MUN_CD_GOOD;
	if (form2 && edc_fits(sub, 2332))
		return MUN_CD_GOOD;
	if (form2 && same && mun_le32(sub + 2332) == 0)
		return MUN_CD_UNCHECKED;
	return xa ? MUN_CD_BAD : MUN_CD_UNCHECKED;
}

enum mun_cd_check mun_cd_check_mode2(const uint8_t sector[static 2352], bool xa)
{
	if (!mun_cd_has_sync(sector))
		return MUN_CD_BAD;
	switch (mode_of(sector)) {
	case 0:
		return check_empty(sector);
	case 1:
		return mun_cd_check_mode1(sector);
	case 2:
		return mun_cd_check_forms(sector + 16, xa);
	default:
		return MUN_CD_BAD;
	}
}

/* ---- ECC: P and Q parity of annex A ---- */

/*
 * Both are Reed-Solomon codes with two parity bytes, over vectors of every
 * 86th byte (P, 86 vectors of 24) or every 88th modulo 2236 (Q, 52 of 43)
 * from the header on.  With a = sum of x^(k-i) d(i) and b = sum of d(i), the
 * parity that makes both syndromes zero is p0 = (x a + b) / (x + 1), then
 * p1 = p0 + b.
 */
struct code {
	size_t vectors;
	size_t bytes; /* of data in each */
	size_t step;
	size_t step_vector; /* between two that begin at an even byte */
	size_t off; /* of the parity, from the header */
};

static const struct code code_p = { 86, 24, 86, 2, 2064 };
static const struct code code_q = { 52, 43, 88, 86, 2236 };

static void parity(const uint8_t *body, const struct code *c, size_t vector,
		   uint8_t out[static 2])
{
	size_t at = vector / 2 * c->step_vector + vector % 2;
	uint8_t a = 0;
	uint8_t b = 0;

	for (size_t i = 0; i < c->bytes; i++) {
		a = twice(a ^ body[at]);
		b ^= body[at];
		at += c->step;
		if (at >= c->off)
			at -= c->off;
	}
	out[0] = third[twice(a) ^ b];
	out[1] = out[0] ^ b;
}

/* @body begins with the header; its P parity is part of what Q protects. */
static void make_parity(uint8_t *body, const struct code *c)
{
	uint8_t two[2];

	for (size_t i = 0; i < c->vectors; i++) {
		parity(body, c, i, two);
		body[c->off + i] = two[0];
		body[c->off + c->vectors + i] = two[1];
	}
}

static bool parity_good(const uint8_t *body, const struct code *c)
{
	uint8_t two[2];

	for (size_t i = 0; i < c->vectors; i++) {
		parity(body, c, i, two);
		if (body[c->off + i] != two[0] ||
		    body[c->off + c->vectors + i] != two[1])
			return false;
	}
	return true;
}

bool mun_cd_ecc_good(const uint8_t sector[static 2352])
{
	uint8_t body[2340];

	(void)pthread_once(&once, make_tables);
	memcpy(body, sector + 12, sizeof(body));
	if (mode_of(sector) == 2)
		memset(body, 0, 4);
	return parity_good(body, &code_p) && parity_good(body, &code_q);
}

void mun_cd_make_ecc(uint8_t sector[static 2352])
{
	uint8_t header[4];

	(void)pthread_once(&once, make_tables);
	memcpy(header, sector + 12, sizeof(header));
	if (mode_of(sector) == 2)
		memset(sector + 12, 0, sizeof(header));
	make_parity(sector + 12, &code_p);
	make_parity(sector + 12, &code_q);
	memcpy(sector + 12, header, sizeof(header));
}

static void make_header(uint8_t *sector, uint64_t lba, uint8_t mode)
{
	struct mun_msf msf = mun_cd_msf(lba + MUN_CD_LEAD);

	memcpy(sector, sync_bytes, sizeof(sync_bytes));
	sector[12] = mun_cd_to_bcd((unsigned int)(msf.minute % 100));
	sector[13] = mun_cd_to_bcd(msf.second);
	sector[14] = mun_cd_to_bcd(msf.frame);
	sector[15] = mode;
}

void mun_cd_make_mode1(uint8_t sector[static 2352], uint64_t lba)
{
	make_header(sector, lba, 1);
	mun_put_le32(sector + 2064, mun_cd_edc(0, sector, 2064));
	memset(sector + 2068, 0, 8);
	make_parity(sector + 12, &code_p);
	make_parity(sector + 12, &code_q);
}

void mun_cd_make_form1(uint8_t sector[static 2352], uint64_t lba)
{
	mun_put_le32(sector + 2072, mun_cd_edc(0, sector + 16, 2056));
	memset(sector + 12, 0, 4);
	make_parity(sector + 12, &code_p);
	make_parity(sector + 12, &code_q);
	make_header(sector, lba, 2);
}

/* ---- times ---- */

uint8_t mun_cd_to_bcd(unsigned int n)
{
	return (uint8_t)(n / 10 << 4 | n % 10);
}

unsigned int mun_cd_from_bcd(uint8_t bcd)
{
	return (bcd >> 4) * 10u + (bcd & 15u);
}

bool mun_cd_is_bcd(uint8_t bcd)
{
	return bcd >> 4 < 10 && (bcd & 15) < 10;
}

struct mun_msf mun_cd_msf(uint64_t sectors)
{
	struct mun_msf msf = {
		.minute = sectors / (60 * MUN_CD_FRAMES),
		.second = (unsigned int)(sectors / MUN_CD_FRAMES % 60),
		.frame = (unsigned int)(sectors % MUN_CD_FRAMES),
	};

	return msf;
}

/* At most @digits_max decimal digits. */
static bool parse_digits(const char **text, unsigned int digits_max,
			 uint64_t *out)
{
	unsigned int n = 0;

	*out = 0;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		if (++n > digits_max)
			return false;
		*out = *out * 10 + (uint64_t)(**text - '0');
	}
	return n > 0;
}

static bool parse_colon(const char **text)
{
	if (**text != ':')
		return false;
	(*text)++;
	return true;
}

bool mun_cd_parse_msf(const char **text, uint64_t *sectors)
{
	uint64_t minute;
	uint64_t second;
	uint64_t frame;

	/* Sheets of longer media count minutes beyond 99. */
	if (!parse_digits(text, 3, &minute) || !parse_colon(text) ||
	    !parse_digits(text, 2, &second) || !parse_colon(text) ||
	    !parse_digits(text, 2, &frame))
		return false;
	if (second > 59 || frame >= MUN_CD_FRAMES)
		return false;
	*sectors = (minute * 60 + second) * MUN_CD_FRAMES + frame;
	return true;
}
