/* SPDX-License-Identifier: Apache-2.0 */
/* image/cdecc.c - a sector of a CD mended by its own parity */
#include "image/cdecc.h"

#include "core/bytes.h"
#include "core/check.h"
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
#define ROUNDS 12

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

/* ---- vectors ---- */

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

/* Both syndromes: the sum of the bytes, and of each times x to the power of
 * its distance from the end.  Zeros: nothing is wrong that can be seen. */
static bool syndromes(const uint8_t *body, const struct vector *v, uint8_t *s0,
		      uint8_t *s1)
{
	*s0 = 0;
	*s1 = 0;
	for (size_t i = 0; i < v->len; i++) {
		uint8_t d = body[v->at[i]];

		*s0 ^= d;
		*s1 = (uint8_t)(times(*s1, 2) ^ d);
	}
	return *s0 || *s1;
}

/* ---- which vectors are wrong ---- */

struct state {
	uint8_t *body;
	bool p[P_VECTORS];
	bool q[Q_VECTORS];
};

static void vector_of(bool q, size_t n, struct vector *v)
{
	if (q)
		q_vector(n, v);
	else
		p_vector(n, v);
}

static void look(struct state *s)
{
	struct vector v;
	uint8_t s0;
	uint8_t s1;

	for (size_t n = 0; n < P_VECTORS; n++) {
		p_vector(n, &v);
		s->p[n] = syndromes(s->body, &v, &s0, &s1);
	}
	for (size_t n = 0; n < Q_VECTORS; n++) {
		q_vector(n, &v);
		s->q[n] = syndromes(s->body, &v, &s0, &s1);
	}
}

/* The number of the other vector of a byte; parity of Q has none. */
static size_t crossing(bool q, size_t at)
{
	size_t word = at / 2;

	if (q)
		return at % P_VECTORS;
	return 2 * ((word / 43 + 52 - word % 43) % 26) + at % 2;
}

static bool crosses_wrong(const struct state *s, bool q, size_t at)
{
	if (at >= Q_PARITY)
		return true;
	return q ? s->p[crossing(q, at)] : s->q[crossing(q, at)];
}

/* ---- mending one vector ---- */

/* If one byte is wrong it is by @error, at the place that s1 tells; if more
 * are, that place is any. */
static bool find_one(const uint8_t *body, const struct vector *v, size_t *at,
		     uint8_t *error)
{
	uint8_t s1;
	size_t back;

	if (!syndromes(body, v, error, &s1) || !*error || !s1)
		return false;
	back = exponent[divided(s1, *error)];
	if (back >= v->len)
		return false;
	*at = v->at[v->len - 1 - back];
	return true;
}

/* With this byte mended, does its other vector have none or one wrong left? */
static bool helps_other(const struct state *s, bool q, size_t at)
{
	struct vector v;
	uint8_t error;
	size_t left;
	uint8_t s0;
	uint8_t s1;

	if (at >= Q_PARITY)
		return true;
	vector_of(!q, crossing(q, at), &v);
	if (!syndromes(s->body, &v, &s0, &s1))
		return true;
	return find_one(s->body, &v, &left, &error) &&
	       crosses_wrong(s, !q, left);
}

enum way { ONE_PROVED, ONE_LIKELY, TWO, ONE_GUESSED, WAYS };

static bool mend_one(const struct state *s, bool q, const struct vector *v,
		     enum way way)
{
	uint8_t error;
	size_t at;

	if (!find_one(s->body, v, &at, &error))
		return false;
	if (way != ONE_GUESSED && !crosses_wrong(s, q, at))
		return false;
	s->body[at] ^= error;
	if (way != ONE_PROVED || helps_other(s, q, at))
		return true;
	s->body[at] ^= error;
	return false;
}

/* Two bytes are wrong and it is known which, as no others are in two wrong
 * vectors: two equations for two errors. */
static bool mend_two(const struct state *s, bool q, const struct vector *v)
{
	size_t wrong[2] = { 0, 0 };
	size_t n = 0;
	uint8_t error;
	uint8_t xi;
	uint8_t xk;
	uint8_t s0;
	uint8_t s1;

	for (size_t i = 0; i < v->len; i++) {
		if (v->at[i] >= Q_PARITY || !crosses_wrong(s, q, v->at[i]))
			continue;
		if (n < 2)
			wrong[n] = i;
		n++;
	}
	if (n != 2 || !syndromes(s->body, v, &s0, &s1))
		return false;
	xi = power[v->len - 1 - wrong[0]];
	xk = power[v->len - 1 - wrong[1]];
	error = divided((uint8_t)(s1 ^ times(s0, xk)), xi ^ xk);
	s->body[v->at[wrong[0]]] ^= error;
	s->body[v->at[wrong[1]]] ^= (uint8_t)(s0 ^ error);
	return true;
}

/* ---- rounds: what is certain first ---- */

static bool round_of(struct state *s, bool q, enum way way)
{
	bool changed = false;

	look(s);
	for (size_t n = 0; n < (q ? Q_VECTORS : P_VECTORS); n++) {
		struct vector v;

		if (!(q ? s->q[n] : s->p[n]))
			continue;
		vector_of(q, n, &v);
		if (way == TWO)
			changed |= mend_two(s, q, &v);
		else
			changed |= mend_one(s, q, &v, way);
	}
	return changed;
}

/*
 * In which order ways are tried: a later one where the earlier ones change
 * nothing more.  What mends scattered bytes spoils whole columns, and the other
 * way round; since it is proved in the end, all may be tried.
 */
static const struct plan {
	bool q_first;
	enum way ways[WAYS];
} plans[] = {
	{ false, { ONE_PROVED, ONE_LIKELY, TWO, ONE_GUESSED } },
	{ true, { TWO, ONE_PROVED, ONE_LIKELY, ONE_GUESSED } },
	{ true, { ONE_PROVED, ONE_LIKELY, TWO, ONE_GUESSED } },
	{ false, { TWO, ONE_PROVED, ONE_LIKELY, ONE_GUESSED } },
	{ false, { ONE_GUESSED, ONE_GUESSED, TWO, ONE_GUESSED } },
	{ true, { ONE_GUESSED, ONE_GUESSED, TWO, ONE_GUESSED } },
};

static bool any_round(struct state *s, const struct plan *plan)
{
	for (size_t i = 0; i < WAYS; i++) {
		bool a = round_of(s, plan->q_first, plan->ways[i]);
		bool b = round_of(s, !plan->q_first, plan->ways[i]);

		if (a || b)
			return true;
	}
	return false;
}

static bool edc_fits(const uint8_t *sector, unsigned int mode)
{
	if (mode == 1)
		return mun_cd_edc(0, sector, 2064) == mun_le32(sector + 2064);
	return mun_cd_edc(0, sector + 16, 2056) == mun_le32(sector + 2072);
}

bool mun_cd_header_fits(const uint8_t sector[static 2352], int32_t lba)
{
	int64_t time = (int64_t)lba + MUN_CD_LEAD;
	struct mun_msf msf;

	if (time < 0)
		return false;
	msf = mun_cd_msf((uint64_t)time);
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

static bool follow(const struct plan *plan, uint8_t *work, unsigned int mode,
		   int32_t lba)
{
	struct state s = { .body = work + BODY };
	uint8_t header[4];

	memcpy(header, work + BODY, sizeof(header));
	for (int i = 0; i < ROUNDS; i++) {
		if (mode == 2)
			memset(work + BODY, 0, sizeof(header));
		if (!any_round(&s, plan))
			return false;
		if (is_whole(work, mode, header, lba))
			return true;
	}
	return false;
}

bool mun_cd_mend(uint8_t sector[static 2352], unsigned int mode, int32_t lba)
{
	uint8_t work[2352];

	(void)pthread_once(&once, make_tables);
	for (size_t i = 0; i < MUN_COUNT(plans); i++) {
		memcpy(work, sector, sizeof(work));
		if (!follow(&plans[i], work, mode, lba))
			continue;
		memcpy(sector, work, sizeof(work));
		return true;
	}
	return false;
}
