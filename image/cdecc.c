/* SPDX-License-Identifier: Apache-2.0 */
/* image/cdecc.c - a sector of a CD mended by its own parity */
#include "image/cdecc.h"

#include "core/bytes.h"
#include "image/cdsector.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

/* The part that P and Q cover begins with the header. */
#define BODY 12u
#define BODY_BYTES 2340u
#define P_VECTORS 86u
#define P_LEN 26u /* 24 and two of parity */
#define Q_VECTORS 52u
#define Q_LEN 45u /* 43 and two of parity */
#define Q_PARITY 2236u /* of the body */
#define VECTOR_MAX Q_LEN
/* Each round mends what the one before has made mendable; a sector that is
 * not whole by then never is. */
#define ROUNDS 16

/* GF(2^8) over x^8 + x^4 + x^3 + x^2 + 1. */
static uint8_t power[510];
static uint8_t exponent[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
	unsigned int x = 1;

	for (unsigned int i = 0; i < 255; i++) {
		power[i] = (uint8_t)x;
		power[i + 255] = (uint8_t)x;
		exponent[x] = (uint8_t)i;
		x = x << 1 ^ (x & 0x80 ? 0x11du : 0);
	}
}

static uint8_t times(uint8_t a, uint8_t b)
{
	return a && b ? power[exponent[a] + exponent[b]] : 0;
}

static uint8_t divided(uint8_t a, uint8_t b)
{
	return a ? power[exponent[a] + 255u - exponent[b]] : 0;
}

/* A code word: where its bytes are in the body. */
struct vector {
	size_t len;
	uint16_t at[VECTOR_MAX];
};

static void p_vector(size_t column, struct vector *v)
{
	v->len = P_LEN;
	for (size_t i = 0; i < P_LEN; i++)
		v->at[i] = (uint16_t)(column + P_VECTORS * i);
}

/* Diagonals of words over the 26 rows; @n: of the even bytes of a word or of
 * the odd ones. */
static void q_vector(size_t n, struct vector *v)
{
	size_t row = n / 2;
	size_t byte = n % 2;

	v->len = Q_LEN;
	for (size_t i = 0; i < Q_LEN - 2; i++)
		v->at[i] = (uint16_t)((row + i) % 26 * 86 + 2 * i + byte);
	v->at[Q_LEN - 2] = (uint16_t)(Q_PARITY + n);
	v->at[Q_LEN - 1] = (uint16_t)(Q_PARITY + Q_VECTORS + n);
}

enum outcome { WHOLE, MENDED, BEYOND };

/* Both syndromes: the sum of the bytes, and of each times x to the power of
 * its distance from the end. */
static void syndromes(const uint8_t *body, const struct vector *v, uint8_t *s0,
		      uint8_t *s1)
{
	*s0 = 0;
	*s1 = 0;
	for (size_t i = 0; i < v->len; i++) {
		uint8_t d = body[v->at[i]];

		*s0 ^= d;
		*s1 = (uint8_t)(times(*s1, 2) ^ d);
	}
}

/* One byte is wrong, by s0, at the place that s1 tells: or more are. */
static enum outcome mend_one(uint8_t *body, const struct vector *v)
{
	uint8_t s0;
	uint8_t s1;
	size_t back;

	syndromes(body, v, &s0, &s1);
	if (!s0 && !s1)
		return WHOLE;
	if (!s0 || !s1)
		return BEYOND;
	back = exponent[divided(s1, s0)];
	if (back >= v->len)
		return BEYOND;
	body[v->at[v->len - 1 - back]] ^= s0;
	return MENDED;
}

/* Two bytes are wrong and it is known which: two equations for two errors. */
static enum outcome mend_two(uint8_t *body, const struct vector *v, size_t i,
			     size_t k)
{
	uint8_t xi = power[v->len - 1 - i];
	uint8_t xk = power[v->len - 1 - k];
	uint8_t error;
	uint8_t s0;
	uint8_t s1;

	syndromes(body, v, &s0, &s1);
	if (!s0 && !s1)
		return WHOLE;
	error = divided((uint8_t)(s1 ^ times(s0, xk)), xi ^ xk);
	body[v->at[i]] ^= error;
	body[v->at[k]] ^= (uint8_t)(s0 ^ error);
	return MENDED;
}

/* ---- rounds ---- */

/* What a round of one code could not mend: bytes that the other may take for
 * wrong. */
struct suspects {
	bool is[BODY_BYTES];
};

static bool mend_vector(uint8_t *body, const struct vector *v,
			const struct suspects *other, struct suspects *mine)
{
	size_t wrong[2] = { 0, 0 };
	size_t n = 0;
	enum outcome out;

	for (size_t i = 0; i < v->len; i++) {
		if (!other->is[v->at[i]])
			continue;
		if (n < 2)
			wrong[n] = i;
		n++;
	}
	/* Two that are known are mended with certainty; a single one that is
	 * found might be two others. */
	if (n == 2)
		out = mend_two(body, v, wrong[0], wrong[1]);
	else
		out = mend_one(body, v);
	for (size_t i = 0; i < v->len; i++)
		mine->is[v->at[i]] = out == BEYOND;
	return out == MENDED;
}

static bool round_of(uint8_t *body, bool q, const struct suspects *other,
		     struct suspects *mine)
{
	bool changed = false;

	memset(mine, 0, sizeof(*mine));
	for (size_t n = 0; n < (q ? Q_VECTORS : P_VECTORS); n++) {
		struct vector v;

		if (q)
			q_vector(n, &v);
		else
			p_vector(n, &v);
		changed |= mend_vector(body, &v, other, mine);
	}
	return changed;
}

static bool edc_fits(const uint8_t *sector, unsigned int mode)
{
	if (mode == 1)
		return mun_cd_edc(0, sector, 2064) == mun_le32(sector + 2064);
	return mun_cd_edc(0, sector + 16, 2056) == mun_le32(sector + 2072);
}

bool mun_cd_header_fits(const uint8_t sector[static 2352], int32_t lba)
{
	struct mun_msf msf;

	if (lba < -(int32_t)MUN_CD_LEAD)
		return false;
	msf = mun_cd_msf((uint64_t)(lba + (int32_t)MUN_CD_LEAD));
	return sector[12] == mun_cd_to_bcd((unsigned int)(msf.minute % 100)) &&
	       sector[13] == mun_cd_to_bcd(msf.second) &&
	       sector[14] == mun_cd_to_bcd(msf.frame);
}

/* @header: as the parity does not cover it (Mode 2). */
static bool is_whole(uint8_t *sector, unsigned int mode, const uint8_t *header,
		     int32_t lba)
{
	if (mode == 2)
		memcpy(sector + BODY, header, 4);
	return edc_fits(sector, mode) && (sector[15] & 0x1fu) == mode &&
	       mun_cd_header_fits(sector, lba) &&
	       (mode == 1 || !(sector[18] & 0x20));
}

bool mun_cd_mend(uint8_t sector[static 2352], unsigned int mode, int32_t lba)
{
	struct suspects p = { .is = { false } };
	struct suspects q = { .is = { false } };
	uint8_t work[2352];
	uint8_t header[4];

	(void)pthread_once(&once, make_tables);
	memcpy(work, sector, sizeof(work));
	memcpy(header, sector + BODY, sizeof(header));
	for (int i = 0; i < ROUNDS; i++) {
		bool changed;

		if (mode == 2)
			memset(work + BODY, 0, sizeof(header));
		changed = round_of(work + BODY, i % 2, i % 2 ? &p : &q,
				   i % 2 ? &q : &p);
		if (changed && is_whole(work, mode, header, lba)) {
			memcpy(sector, work, sizeof(work));
			return true;
		}
		if (!changed && i % 2)
			return false;
	}
	return false;
}
