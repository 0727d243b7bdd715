/* SPDX-License-Identifier: Apache-2.0 */
/* image/fse.c - finite state entropy (tANS) as LZFSE has it */
#include "image/fse.h"

#include "core/bytes.h"

#include <string.h>

void mun_fse_begin(struct mun_fse_bits *b, const uint8_t *p, size_t len,
		   unsigned int spare)
{
	b->p = p;
	b->len = len;
	b->failed = spare > len * 8;
	b->left = b->failed ? 0 : len * 8 - spare;
}

/* At most 32. */
static uint32_t take(struct mun_fse_bits *b, unsigned int n)
{
	uint64_t v = 0;
	size_t byte;

	if (n > b->left) {
		b->failed = true;
		b->left = 0;
		return 0;
	}
	b->left -= n;
	byte = b->left / 8;
	if (b->len - byte >= 8)
		v = mun_le64(b->p + byte);
	else
		for (size_t i = 0; byte + i < b->len; i++)
			v |= (uint64_t)b->p[byte + i] << 8 * i;
	return (uint32_t)((v >> b->left % 8) & (((uint64_t)1 << n) - 1));
}

static unsigned int log2_of(uint32_t v)
{
	return 31u - (unsigned int)__builtin_clz(v);
}

/*
 * A symbol of frequency f has f of the @n states, one after the other.  Its
 * first states take k bits and its last k - 1, so that what they lead to covers
 * all states once.
 */
static void fill_symbol(struct mun_fse_state *table, uint32_t n, uint32_t f,
			unsigned int extra, uint32_t base)
{
	unsigned int k = log2_of(n) - log2_of(f);
	uint32_t longer = (2 * n >> k) - f;

	for (uint32_t j = 0; j < f; j++) {
		bool is_long = j < longer;
		unsigned int bits = is_long ? k : k - 1;

		table[j].bits = (uint8_t)(bits + extra);
		table[j].extra = (uint8_t)extra;
		table[j].base = base;
		table[j].next = (uint16_t)(is_long ? ((f + j) << k) - n
						   : (j - longer) << bits);
	}
}

/* What a symbol of lengths (@symbols 20) or of distances stands for. */
static unsigned int extra_bits(uint32_t symbol, const uint8_t *last4)
{
	if (!last4)
		return symbol / 4;
	return symbol < 16 ? 0 : last4[symbol - 16];
}

bool mun_fse_values(struct mun_fse_state *table, uint32_t n,
		    const uint16_t *freq, uint32_t symbols,
		    const uint8_t *last4)
{
	uint32_t base = 0;
	uint32_t used = 0;

	memset(table, 0, n * sizeof(*table));
	for (uint32_t i = 0; i < symbols; i++) {
		unsigned int extra = extra_bits(i, last4);

		if (freq[i] > n - used)
			return false;
		if (freq[i])
			fill_symbol(table + used, n, freq[i], extra, base);
		used += freq[i];
		base += (uint32_t)1 << extra;
	}
	return true;
}

bool mun_fse_literals(struct mun_fse_state *table, uint32_t n,
		      const uint16_t *freq)
{
	uint32_t used = 0;

	memset(table, 0, n * sizeof(*table));
	for (uint32_t i = 0; i < 256; i++) {
		if (freq[i] > n - used)
			return false;
		if (freq[i])
			fill_symbol(table + used, n, freq[i], 0, i);
		used += freq[i];
	}
	return true;
}

uint32_t mun_fse_step(const struct mun_fse_state *table, uint16_t *state,
		      struct mun_fse_bits *b)
{
	const struct mun_fse_state *s = &table[*state];
	uint32_t v = take(b, s->bits);

	*state = (uint16_t)(s->next + (v >> s->extra));
	return s->base + (v & (((uint32_t)1 << s->extra) - 1));
}
