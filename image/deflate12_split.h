/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/deflate12_split.h - literals and matches, gathered into blocks that end
 * where the data changes
 *
 * For image/deflate12.c only.
 */
#ifndef MUN_IMAGE_DEFLATE12_SPLIT_H
#define MUN_IMAGE_DEFLATE12_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/deflate12_block.h"

/* Bytes whose statistics are held against those of the block before. */
#define MUN_SPLIT_SEGMENT 8192u

#define MUN_SPLIT_SEQUENCES 16384u
#define MUN_SPLIT_LOGS 4096u
#define MUN_SPLIT_LOG_BITS 8u /* of fraction */

struct mun_split {
	const uint8_t *in;
	uint32_t len;
	uint32_t run_at; /* literals since the last match begin here */
	uint32_t block_at;
	uint32_t segment_at;
	size_t nsequences;
	size_t segment_sequence; /* the first of the segment */
	uint64_t block_cost; /* up to the segment */
	struct mun_frequencies block; /* up to the segment */
	struct mun_frequencies segment;
	struct mun_bits bits;
	struct mun_block_coder coder;
	struct mun_sequence sequence[MUN_SPLIT_SEQUENCES];
	uint16_t log[MUN_SPLIT_LOGS]; /* binary, MUN_SPLIT_LOG_BITS */
};

/* The tables that stay. */
void mun_split_init(struct mun_split *s);

/* For @len bytes at @in, into @room bytes at @out. */
void mun_split_begin(struct mun_split *s, const uint8_t *in, uint32_t len,
		     uint8_t *out, size_t room);

static inline void mun_split_literal(struct mun_split *s, uint32_t at)
{
	s->segment.literal[s->in[at]]++;
}

static inline void mun_split_match(struct mun_split *s, uint32_t at,
				   uint32_t length, uint32_t distance)
{
	struct mun_sequence *q = &s->sequence[s->nsequences++];
	unsigned int slot = mun_deflate_slot(distance);

	*q = (struct mun_sequence){
		.literals = (uint16_t)(at - s->run_at),
		.distance = (uint16_t)distance,
		.length = (uint8_t)(length - MUN_DEFLATE_LENGTH_MIN),
		.slot = (uint8_t)slot,
	};
	s->segment.literal[mun_deflate_length_symbol(q->length)]++;
	s->segment.distance[slot]++;
	s->run_at = at + length;
}

/**
 * mun_split_segment() - a segment ends at byte @at
 * @at: at most MUN_SPLIT_SEGMENT bytes and one match behind the last; the end
 *      of the input is the end of the last segment, and of the stream
 *
 * Return: false where the output has no more room.
 */
bool mun_split_segment(struct mun_split *s, uint32_t at);

/* @n * log2(@n), with MUN_SPLIT_LOG_BITS of fraction. */
uint64_t mun_split_nlog(const struct mun_split *s, uint32_t n);

#endif
