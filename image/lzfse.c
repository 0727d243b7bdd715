/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/lzfse.c - LZFSE: a stream of blocks
 *
 *	"bvx-"	u32 LE length, then that many bytes as they are
 *	"bvxn"	u32 LE length, u32 LE payload, then LZVN
 *	"bvx2"	u32 LE length, a packed header, literals, then triplets; both
 *		coded with finite state entropy (tANS)
 *	"bvx1"	the same with an unpacked header, which nobody writes
 *	"bvx$"	the end
 */
#include "image/lzfse.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/fse.h"
#include "image/lzvn.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How far the encoder goes in one block. */
#define LITERALS_MAX 40000u
#define MATCHES_MAX 10000u

#define L_SYMBOLS 20u
#define M_SYMBOLS 20u
#define D_SYMBOLS 64u
#define SYMBOLS (L_SYMBOLS + M_SYMBOLS + D_SYMBOLS + 256u)
#define L_STATES 64u
#define M_STATES 64u
#define D_STATES 256u
#define LITERAL_STATES 1024u

#define HEAD 32u /* of "bvx2", before the frequencies */

struct block {
	uint32_t raw; /* bytes that come of it */
	uint32_t literals;
	uint32_t literal_bytes;
	unsigned int literal_spare; /* bits at the top that are not used */
	uint16_t literal_state[4];
	uint32_t matches;
	uint32_t lmd_bytes;
	unsigned int lmd_spare;
	uint16_t l_state;
	uint16_t m_state;
	uint16_t d_state;
	uint32_t head_bytes;
	uint16_t freq[SYMBOLS];
};

struct decoder {
	const uint8_t *in;
	size_t in_len;
	size_t at; /* where the current block begins */
	uint8_t *out;
	size_t out_len;
	size_t done;
	struct block block;
	struct mun_fse_state l[L_STATES];
	struct mun_fse_state m[M_STATES];
	struct mun_fse_state d[D_STATES];
	struct mun_fse_state literal[LITERAL_STATES];
	uint8_t literals[LITERALS_MAX];
};

static int broken(const struct decoder *d, const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "LZFSE block at %zu: %s", d->at, what);
}

static uint32_t field(uint64_t packed, unsigned int off, unsigned int n)
{
	return (uint32_t)((packed >> off) & (((uint64_t)1 << n) - 1));
}

/* One frequency; how many bits it took in @used. */
static uint16_t frequency(uint32_t bits, unsigned int *used)
{
	if (!(bits & 1)) {
		*used = 2;
		return (uint16_t)(bits >> 1 & 1);
	}
	if (!(bits & 2)) {
		*used = 3;
		return (uint16_t)(2 + (bits >> 2 & 1));
	}
	if (!(bits & 4)) {
		*used = 5;
		return (uint16_t)(4 + (bits >> 3 & 3));
	}
	if (!(bits & 8)) {
		*used = 8;
		return (uint16_t)(8 + (bits >> 4 & 15));
	}
	*used = 14;
	return (uint16_t)(24 + (bits >> 4 & 0x3ff));
}

/* All frequencies, from the lowest bit of @p up; no whole byte is left over. */
static bool read_frequencies(const uint8_t *p, size_t len, uint16_t *freq)
{
	uint32_t have = 0;
	unsigned int n = 0;

	memset(freq, 0, SYMBOLS * sizeof(*freq));
	if (!len)
		return true;
	for (unsigned int i = 0; i < SYMBOLS; i++) {
		unsigned int used = 0;

		for (; len && n <= 24; len--, n += 8)
			have |= (uint32_t)*p++ << n;
		freq[i] = frequency(have, &used);
		if (used > n)
			return false;
		have >>= used;
		n -= used;
	}
	return !len && n < 8;
}

static int read_head(struct decoder *d, struct mun_err *e)
{
	const uint8_t *p = d->in + d->at;
	size_t left = d->in_len - d->at;
	struct block *b = &d->block;
	uint64_t v[3];

	if (left < HEAD)
		return broken(d, "ends in its header", e);
	for (unsigned int i = 0; i < 3; i++)
		v[i] = mun_le64(p + 8 + (size_t)8 * i);
	b->raw = mun_le32(p + 4);
	b->literals = field(v[0], 0, 20);
	b->literal_bytes = field(v[0], 20, 20);
	b->matches = field(v[0], 40, 20);
	b->literal_spare = 7 - field(v[0], 60, 3);
	for (unsigned int i = 0; i < 4; i++)
		b->literal_state[i] = (uint16_t)field(v[1], 10 * i, 10);
	b->lmd_bytes = field(v[1], 40, 20);
	b->lmd_spare = 7 - field(v[1], 60, 3);
	b->head_bytes = field(v[2], 0, 32);
	b->l_state = (uint16_t)field(v[2], 32, 10);
	b->m_state = (uint16_t)field(v[2], 42, 10);
	b->d_state = (uint16_t)field(v[2], 52, 10);
	if (b->head_bytes < HEAD || b->head_bytes > left ||
	    b->literal_bytes > left - b->head_bytes ||
	    b->lmd_bytes > left - b->head_bytes - b->literal_bytes)
		return broken(d, "is longer than the stream", e);
	if (b->literals > LITERALS_MAX || b->literals % 4 ||
	    b->matches > MATCHES_MAX || b->l_state >= L_STATES ||
	    b->m_state >= M_STATES || b->d_state >= D_STATES)
		return broken(d, "has a number that cannot be", e);
	if (!read_frequencies(p + HEAD, b->head_bytes - HEAD, b->freq))
		return broken(d, "frequencies do not fill their place", e);
	return 0;
}

static int fill_tables(struct decoder *d, struct mun_err *e)
{
	static const uint8_t l_last4[4] = { 2, 3, 5, 8 };
	static const uint8_t m_last4[4] = { 3, 5, 8, 11 };
	const uint16_t *f = d->block.freq;

	if (!mun_fse_values(d->l, L_STATES, f, L_SYMBOLS, l_last4) ||
	    !mun_fse_values(d->m, M_STATES, f + L_SYMBOLS, M_SYMBOLS,
			    m_last4) ||
	    !mun_fse_values(d->d, D_STATES, f + L_SYMBOLS + M_SYMBOLS,
			    D_SYMBOLS, NULL) ||
	    !mun_fse_literals(d->literal, LITERAL_STATES,
			      f + L_SYMBOLS + M_SYMBOLS + D_SYMBOLS))
		return broken(d, "has more symbols than states", e);
	return 0;
}

/* Four states in turn. */
static int read_literals(struct decoder *d, struct mun_err *e)
{
	struct block *b = &d->block;
	struct mun_fse_bits in;

	mun_fse_begin(&in, d->in + d->at + b->head_bytes, b->literal_bytes,
		      b->literal_spare);
	for (uint32_t i = 0; i < b->literals && !in.failed; i++)
		d->literals[i] = (uint8_t)mun_fse_step(
			d->literal, &b->literal_state[i % 4], &in);
	return in.failed ? broken(d, "literals end before they are all", e) : 0;
}

static int copy_match(struct decoder *d, uint32_t m, uint32_t distance,
		      struct mun_err *e)
{
	uint8_t *to = d->out + d->done;
	const uint8_t *from;

	if (!m)
		return 0;
	if (distance == 0 || distance > d->done)
		return broken(d, "copies from before the first byte", e);
	if (m > d->out_len - d->done)
		return broken(d, "has more bytes than there is room for", e);
	from = to - distance;
	if (distance >= m)
		memcpy(to, from, m);
	else
		for (uint32_t i = 0; i < m; i++)
			to[i] = from[i];
	d->done += m;
	return 0;
}

/* Triplets: so many literals, then so many bytes from so far back. */
static int run_matches(struct decoder *d, struct mun_err *e)
{
	struct block *b = &d->block;
	uint32_t distance = 0;
	uint32_t used = 0;
	struct mun_fse_bits in;

	mun_fse_begin(&in, d->in + d->at + b->head_bytes + b->literal_bytes,
		      b->lmd_bytes, b->lmd_spare);
	for (uint32_t i = 0; i < b->matches; i++) {
		uint32_t l = mun_fse_step(d->l, &b->l_state, &in);
		uint32_t m = mun_fse_step(d->m, &b->m_state, &in);
		uint32_t back = mun_fse_step(d->d, &b->d_state, &in);
		int rc;

		if (in.failed)
			return broken(d, "triplets end before they are all", e);
		if (l > b->literals - used)
			return broken(d, "wants more literals than it has", e);
		if (l > d->out_len - d->done)
			return broken(
				d, "has more bytes than there is room for", e);
		memcpy(d->out + d->done, d->literals + used, l);
		d->done += l;
		used += l;
		distance = back ? back : distance;
		rc = copy_match(d, m, distance, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int decode_fse(struct decoder *d, struct mun_err *e)
{
	size_t before = d->done;
	int rc = read_head(d, e);

	if (!rc)
		rc = fill_tables(d, e);
	if (!rc)
		rc = read_literals(d, e);
	if (!rc)
		rc = run_matches(d, e);
	if (rc)
		return rc;
	if (d->done - before != d->block.raw)
		return broken(d, "does not give the bytes that it says", e);
	d->at += (size_t)d->block.head_bytes + d->block.literal_bytes +
		 d->block.lmd_bytes;
	return 0;
}

static int decode_lzvn(struct decoder *d, struct mun_err *e)
{
	size_t left = d->in_len - d->at;
	uint32_t raw;
	uint32_t payload;
	int rc;

	if (left < 12)
		return broken(d, "ends in its header", e);
	raw = mun_le32(d->in + d->at + 4);
	payload = mun_le32(d->in + d->at + 8);
	if (payload > left - 12)
		return broken(d, "is longer than the stream", e);
	if (raw > d->out_len - d->done)
		return broken(d, "has more bytes than there is room for", e);
	rc = mun_lzvn_decode(d->in + d->at + 12, payload, d->out, d->done, raw,
			     e);
	if (rc)
		return mun_ctx(e, "LZFSE block at %zu", d->at);
	d->done += raw;
	d->at += (size_t)12 + payload;
	return 0;
}

static int copy_plain(struct decoder *d, struct mun_err *e)
{
	size_t left = d->in_len - d->at;
	uint32_t raw;

	if (left < 8)
		return broken(d, "ends in its header", e);
	raw = mun_le32(d->in + d->at + 4);
	if (raw > left - 8)
		return broken(d, "is longer than the stream", e);
	if (raw > d->out_len - d->done)
		return broken(d, "has more bytes than there is room for", e);
	memcpy(d->out + d->done, d->in + d->at + 8, raw);
	d->done += raw;
	d->at += (size_t)8 + raw;
	return 0;
}

/* One block, whatever it is; @end after the last. */
static int decode_block(struct decoder *d, bool *end, struct mun_err *e)
{
	const uint8_t *p = d->in + d->at;

	if (d->in_len - d->at < 4)
		return broken(d, "the stream has no end", e);
	if (memcmp(p, "bvx2", 4) == 0)
		return decode_fse(d, e);
	if (memcmp(p, "bvxn", 4) == 0)
		return decode_lzvn(d, e);
	if (memcmp(p, "bvx-", 4) == 0)
		return copy_plain(d, e);
	if (memcmp(p, "bvx1", 4) == 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"LZFSE block at %zu: version 1 is not decoded",
				d->at);
	*end = memcmp(p, "bvx$", 4) == 0;
	return *end ? 0 : broken(d, "is of no known kind", e);
}

int mun_lzfse_decode(const uint8_t *in, size_t in_len, uint8_t *out,
		     size_t out_len, struct mun_err *e)
{
	mun_autofree struct decoder *d = malloc(sizeof(*d));
	bool end = false;
	int rc = 0;

	if (!d)
		return mun_fail_nomem(e, "LZFSE decoder");
	d->in = in;
	d->in_len = in_len;
	d->at = 0;
	d->out = out;
	d->out_len = out_len;
	d->done = 0;
	while (!rc && !end)
		rc = decode_block(d, &end, e);
	if (!rc && d->done != out_len)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "LZFSE stream has %zu bytes, not %zu", d->done,
			      out_len);
	return rc;
}
