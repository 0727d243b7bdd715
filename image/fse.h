/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fse.h - finite state entropy (tANS) as LZFSE has it
 *
 * What is coded so is written backwards: bits are taken from the top of the
 * payload, read as one little-endian number, down to its bottom.
 */
#ifndef MUN_IMAGE_FSE_H
#define MUN_IMAGE_FSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a state stands for, and how the next one is made. */
struct mun_fse_state {
	uint8_t bits; /* to take in all */
	uint8_t extra; /* of which these many, the low ones, add to base */
	uint16_t next; /* to add the other bits to */
	uint32_t base; /* the value */
};

/* Bits from the top of a payload down. */
struct mun_fse_bits {
	const uint8_t *p;
	size_t len;
	size_t left; /* bits; the next to be taken is below this one */
	bool failed; /* more were asked for than there are */
};

/* @spare: bits at the top that are not used */
void mun_fse_begin(struct mun_fse_bits *b, const uint8_t *p, size_t len,
		   unsigned int spare);

/**
 * mun_fse_values() - the table of @n states of lengths or distances
 * @n:     a power of 2
 * @freq:  how many of the states each symbol has
 * @last4: extra bits of the lengths 16 to 19; NULL: distances
 *
 * States that no symbol has give 0 and lead to the first.
 * Return: false where the symbols want more states than there are.
 */
bool mun_fse_values(struct mun_fse_state *table, uint32_t n,
		    const uint16_t *freq, uint32_t symbols,
		    const uint8_t *last4);

/* The same of 256 literals. */
bool mun_fse_literals(struct mun_fse_state *table, uint32_t n,
		      const uint16_t *freq);

/* The value of a state, and on to the next, which is in the table too.  Zero
 * bits where there are none left: see @b->failed. */
uint32_t mun_fse_step(const struct mun_fse_state *table, uint16_t *state,
		      struct mun_fse_bits *b);

#endif
