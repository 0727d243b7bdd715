/* SPDX-License-Identifier: Apache-2.0 */
/* image/lzhuf.c - LZSS with adaptive Huffman codes, as LZHUF has them */
#include "image/lzhuf.h"

#include "core/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_MAX 0x8000u /* then all are halved */
#define LEAF(symbol) ((uint16_t)(MUN_LZHUF_NODES + (symbol)))
#define IS_LEAF(node) ((node) >= MUN_LZHUF_NODES)

/* @node is what stands below the place @i. */
static void hang(struct mun_lzhuf_tree *t, unsigned int i, unsigned int node)
{
	t->below[i] = (uint16_t)node;
	t->above[node] = (uint16_t)i;
	if (!IS_LEAF(node))
		t->above[node + 1] = (uint16_t)i;
}

void mun_lzhuf_tree_init(struct mun_lzhuf_tree *t)
{
	unsigned int pair = 0;

	for (unsigned int i = 0; i < MUN_LZHUF_SYMBOLS; i++) {
		t->weight[i] = 1;
		hang(t, i, LEAF(i));
	}
	for (unsigned int i = MUN_LZHUF_SYMBOLS; i < MUN_LZHUF_NODES; i++) {
		t->weight[i] = t->weight[pair] + t->weight[pair + 1];
		hang(t, i, pair);
		pair += 2;
	}
	t->weight[MUN_LZHUF_NODES] = UINT32_MAX;
	t->above[MUN_LZHUF_ROOT] = 0;
}

/* Leaves alone, in their order, with half the weight. */
static void collect_leaves(struct mun_lzhuf_tree *t)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MUN_LZHUF_NODES; i++) {
		if (!IS_LEAF(t->below[i]))
			continue;
		t->weight[n] = (t->weight[i] + 1) / 2;
		t->below[n] = t->below[i];
		n++;
	}
}

/* Build the tree anew above the leaves: each pair in turn gets a node, which
 * is put behind those that are no heavier. */
static void rebuild(struct mun_lzhuf_tree *t)
{
	unsigned int pair = 0;

	collect_leaves(t);
	for (unsigned int n = MUN_LZHUF_SYMBOLS; n < MUN_LZHUF_NODES; n++) {
		uint32_t weight = t->weight[pair] + t->weight[pair + 1];
		unsigned int at = n;

		while (weight < t->weight[at - 1])
			at--;
		memmove(t->weight + at + 1, t->weight + at,
			(n - at) * sizeof(*t->weight));
		memmove(t->below + at + 1, t->below + at,
			(n - at) * sizeof(*t->below));
		t->weight[at] = weight;
		t->below[at] = (uint16_t)pair;
		pair += 2;
	}
	for (unsigned int i = 0; i < MUN_LZHUF_NODES; i++)
		hang(t, i, t->below[i]);
}

/* Node @i became heavier than its neighbour: it changes places with the last
 * one that is lighter than it.  Return: where it is now. */
static unsigned int move_up(struct mun_lzhuf_tree *t, unsigned int i)
{
	uint32_t weight = t->weight[i];
	unsigned int mine = t->below[i];
	unsigned int to = i + 1;

	while (weight > t->weight[to + 1])
		to++;
	t->weight[i] = t->weight[to];
	t->weight[to] = weight;
	hang(t, i, t->below[to]);
	hang(t, to, mine);
	return to;
}

void mun_lzhuf_tree_count(struct mun_lzhuf_tree *t, unsigned int symbol)
{
	unsigned int i;

	if (t->weight[MUN_LZHUF_ROOT] == WEIGHT_MAX)
		rebuild(t);
	i = t->above[LEAF(symbol)];
	for (;;) {
		t->weight[i]++;
		if (t->weight[i] > t->weight[i + 1])
			i = move_up(t, i);
		if (i == MUN_LZHUF_ROOT)
			return;
		i = t->above[i];
	}
}

/* How many of the 64 values have a code of 3, 4 ... 8 bits; they follow each
 * other in order. */
static const uint8_t position_counts[] = { 1, 3, 8, 12, 24, 16 };

unsigned int mun_lzhuf_position_code(unsigned int upper, uint8_t *code_out)
{
	unsigned int code = 0;
	unsigned int bits = 3;
	unsigned int left = position_counts[0];

	for (unsigned int i = 0; i < upper; i++) {
		code += 256u >> bits;
		if (--left == 0)
			left = position_counts[++bits - 3];
	}
	*code_out = (uint8_t)code;
	return bits;
}

struct bits {
	const uint8_t *in;
	size_t len;
	size_t at; /* in bits */
};

/* One bit more into @v; false at the end. */
static bool bit(struct bits *b, unsigned int *v)
{
	if (b->at >> 3 >= b->len)
		return false;
	*v = *v << 1 | (b->in[b->at >> 3] >> (7 - (b->at & 7)) & 1);
	b->at++;
	return true;
}

static bool bits(struct bits *b, unsigned int n, unsigned int *v)
{
	*v = 0;
	while (n--)
		if (!bit(b, v))
			return false;
	return true;
}

struct decoder {
	struct bits b;
	struct mun_lzhuf_tree tree;
	uint8_t upper[256]; /* the position by its first eight bits */
	uint8_t upper_bits[256];
	uint8_t *out;
	size_t len;
	size_t room;
	size_t max;
};

static void fill_positions(struct decoder *d)
{
	for (unsigned int i = 0; i < 64; i++) {
		uint8_t code;
		unsigned int n = mun_lzhuf_position_code(i, &code);

		for (unsigned int k = 0; k < 256u >> n; k++) {
			d->upper[code + k] = (uint8_t)i;
			d->upper_bits[code + k] = (uint8_t)n;
		}
	}
}

static bool get_symbol(struct decoder *d, unsigned int *symbol)
{
	unsigned int node = d->tree.below[MUN_LZHUF_ROOT];

	while (!IS_LEAF(node)) {
		unsigned int right = 0;

		if (!bit(&d->b, &right))
			return false;
		node = d->tree.below[node + right];
	}
	*symbol = node - MUN_LZHUF_NODES;
	mun_lzhuf_tree_count(&d->tree, *symbol);
	return true;
}

/* Six bits by the static code, six as they are. */
static bool get_position(struct decoder *d, unsigned int *position)
{
	unsigned int first;
	unsigned int rest;
	unsigned int n;

	if (!bits(&d->b, 8, &first))
		return false;
	/* Bits of the eight that the code did not take are the next ones. */
	n = d->upper_bits[first];
	d->b.at -= 8 - n;
	if (!bits(&d->b, 6, &rest))
		return false;
	*position = (unsigned int)d->upper[first] << 6 | rest;
	return true;
}

static int make_room(struct decoder *d, size_t n, struct mun_err *e)
{
	uint8_t *p;
	size_t room = d->room ? d->room : 65536;

	if (n > d->max - d->len)
		return mun_fail(e, MUN_ECORRUPT,
				"it decompresses to more than %zu bytes",
				d->max);
	while (room < d->len + n)
		room *= 2;
	if (room == d->room)
		return 0;
	p = realloc(d->out, room);
	if (!p)
		return mun_fail_nomem(e, "decompressed image");
	d->out = p;
	d->room = room;
	return 0;
}

/* Bytes from @back before here; before the first there are spaces. */
static void copy(struct decoder *d, size_t back, size_t n)
{
	while (n--) {
		d->out[d->len] = back > d->len ? ' ' : d->out[d->len - back];
		d->len++;
	}
}

static int decode(struct decoder *d, struct mun_err *e)
{
	unsigned int symbol;
	unsigned int position = 0;

	while (get_symbol(d, &symbol)) {
		size_t n = 1;

		if (symbol > 255 && !get_position(d, &position))
			return 0;
		if (symbol > 255)
			n = symbol - 256 + MUN_LZHUF_MATCH_MIN;
		if (make_room(d, n, e))
			return e->code;
		if (symbol > 255)
			copy(d, position + 1u, n);
		else
			d->out[d->len++] = (uint8_t)symbol;
	}
	return 0;
}

int mun_lzhuf_decode(const uint8_t *in, size_t len, size_t max, uint8_t **out,
		     size_t *len_out, struct mun_err *e)
{
	struct decoder *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return mun_fail_nomem(e, "decompression");
	d->b.in = in;
	d->b.len = len;
	d->max = max;
	mun_lzhuf_tree_init(&d->tree);
	fill_positions(d);
	rc = make_room(d, 0, e);
	if (!rc)
		rc = decode(d, e);
	if (rc) {
		free(d->out);
	} else {
		*out = d->out;
		*len_out = d->len;
	}
	free(d);
	return rc;
}
