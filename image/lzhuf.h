/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/lzhuf.h - LZSS with adaptive Huffman codes, as LZHUF has them
 *
 * Haruyasu Yoshizaki's LZHUF of 1988, the "advanced compression" of TeleDisk:
 * a window of 4,096 bytes that begins as spaces, matches of 3 to 60 bytes,
 * lengths and literals in one adaptive code, positions in a static one.
 */
#ifndef MUN_IMAGE_LZHUF_H
#define MUN_IMAGE_LZHUF_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define MUN_LZHUF_WINDOW 4096u
#define MUN_LZHUF_MATCH_MIN 3u
#define MUN_LZHUF_MATCH_MAX 60u
/* Literals, then lengths from MUN_LZHUF_MATCH_MIN on. */
#define MUN_LZHUF_SYMBOLS (256u + MUN_LZHUF_MATCH_MAX - MUN_LZHUF_MATCH_MIN + 1)
#define MUN_LZHUF_NODES (2 * MUN_LZHUF_SYMBOLS - 1)
#define MUN_LZHUF_ROOT (MUN_LZHUF_NODES - 1)

/*
 * The adaptive code.  Nodes stand in the order of their weight, the two of a
 * pair side by side, the lighter at an even place; the last is the root.  Both
 * sides of the line keep the same tree.
 */
struct mun_lzhuf_tree {
	uint32_t weight[MUN_LZHUF_NODES + 1]; /* and a sentinel */
	/* The left one of the pair below; or a leaf: MUN_LZHUF_NODES + symbol */
	uint16_t below[MUN_LZHUF_NODES];
	/* The node above node i; and of leaves, from MUN_LZHUF_NODES on. */
	uint16_t above[MUN_LZHUF_NODES + MUN_LZHUF_SYMBOLS];
};

/* As it is at the start: every symbol was seen once. */
void mun_lzhuf_tree_init(struct mun_lzhuf_tree *t);

/* @symbol was coded once more. */
void mun_lzhuf_tree_count(struct mun_lzhuf_tree *t, unsigned int symbol);

/* The static code of the upper six bits of a position: its length in bits, and
 * the code in the upper bits of @code_out. */
unsigned int mun_lzhuf_position_code(unsigned int upper, uint8_t *code_out);

/**
 * mun_lzhuf_decode() - all that @in gives
 * @max:     refuse more than this
 * @out:     the caller's, free()
 * @len_out: how many bytes
 *
 * The stream does not say where it ends; what the bits that fill its last byte
 * happen to mean may follow.
 * Return: 0, MUN_ECORRUPT above @max, MUN_ENOMEM.
 */
MUN_CHECK int mun_lzhuf_decode(const uint8_t *in, size_t len, size_t max,
			       uint8_t **out, size_t *len_out,
			       struct mun_err *e);

#endif
