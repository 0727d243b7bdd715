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
 * Both are Reed-Solomon codes with two parity bytes, over vectors of bytes from
 * the header on: of P the 86 columns of 24 rows, of Q the 52 diagonals of 43
 * steps (26 of words of two bytes) over the 26 rows that P has made of them.
 * With a = sum of x^(k-i) d(i) and b = sum of d(i), the parity that makes both
 * syndromes zero is p0 = (x a + b) / (x + 1), then p1 = p0 + b.  Eight vectors
 * are done at once, a byte of a word each.
 */
#define P_BYTES 172u
#define Q_BYTES 104u
#define P_ROW 86u
#define P_ROWS 24u
#define Q_STEPS 43u
#define Q_ROWS ((size_t)26)
#define WORDS_MAX 11u

struct sums {
	uint64_t a[WORDS_MAX];
	uint64_t b[WORDS_MAX];
};

static inline uint64_t twice_eight(uint64_t a)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	return (a & ones * 0x7f) << 1 ^ (a >> 7 & ones) * 0x1d;
}

/* One byte more of each vector; @words * 8 bytes are read. */
static inline void add_bytes(struct sums *s, const uint8_t *bytes, size_t words)
{
	for (size_t i = 0; i < words; i++) {
		uint64_t d;

		memcpy(&d, bytes + 8 * i, sizeof(d));
		s->b[i] ^= d;
		s->a[i] = twice_eight(s->a[i] ^ d);
	}
}

static void end_sums(const struct sums *s, size_t vectors, uint8_t *out)
{
	uint8_t a[sizeof(s->a)];
	uint8_t b[sizeof(s->b)];

	memcpy(a, s->a, sizeof(a));
	memcpy(b, s->b, sizeof(b));
	for (size_t i = 0; i < vectors; i++) {
		out[i] = third[twice(a[i]) ^ b[i]];
		out[vectors + i] = out[i] ^ b[i];
	}
}

/* Two columns too many are summed, which are in the next row. */
static void sum_p(const uint8_t *body, uint8_t out[static P_BYTES])
{
	struct sums s = { .a = { 0 } };

	for (size_t i = 0; i < P_ROWS; i++)
		add_bytes(&s, body + i * P_ROW, 11);
	end_sums(&s, P_ROW, out);
}

/* Step i of diagonal n is in row n + i, word i: a column that is turned. */
static void sum_q(const uint8_t *body, uint8_t out[static Q_BYTES])
{
	struct sums s = { .a = { 0 } };

	for (size_t i = 0; i < Q_STEPS; i++) {
		uint8_t column[4 * Q_ROWS + 8] = { 0 };

		for (size_t row = 0; row < Q_ROWS; row++)
			memcpy(column + 2 * row, body + row * P_ROW + 2 * i, 2);
		memcpy(column + 2 * Q_ROWS, column, 2 * Q_ROWS);
		add_bytes(&s, column + 2 * (i % Q_ROWS), 7);
	}
	end_sums(&s, 2 * Q_ROWS, out);
}

bool mun_cd_ecc_good(const uint8_t sector[static 2352])
{
	uint8_t body[2340];
	uint8_t p[P_BYTES];
	uint8_t q[Q_BYTES];

	(void)pthread_once(&once, make_tables);
	memcpy(body, sector + 12, sizeof(body));
	if (mode_of(sector) == 2)
		memset(body, 0, 4);
	sum_p(body, p);
	sum_q(body, q);
	return memcmp(p, sector + 2076, sizeof(p)) == 0 &&
	       memcmp(q, sector + 2248, sizeof(q)) == 0;
}

/* The parity of Mode 2 does not cover the header. */
void mun_cd_make_ecc(uint8_t sector[static 2352])
{
	uint8_t header[4];

	(void)pthread_once(&once, make_tables);
	memcpy(header, sector + 12, sizeof(header));
	if (mode_of(sector) == 2)
		memset(sector + 12, 0, sizeof(header));
	sum_p(sector + 12, sector + 2076);
	sum_q(sector + 12, sector + 2248);
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
	mun_cd_make_ecc(sector);
}

void mun_cd_make_form1(uint8_t sector[static 2352], uint64_t lba)
{
	make_header(sector, lba, 2);
	mun_put_le32(sector + 2072, mun_cd_edc(0, sector + 16, 2056));
	mun_cd_make_ecc(sector);
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
		.minute = sectors / MUN_CD_FRAMES / 60,
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
