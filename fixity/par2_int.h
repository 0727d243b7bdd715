/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/par2_int.h - what the files par2_*.c share
 *
 * A packet, numbers little-endian (specification, "Conventions" and "Packet
 * Header"):
 *	0 magic "PAR2\0PKT"	8 length of all, a multiple of 4
 *	16 MD5 from byte 32 on	32 set id	48 type	64 body
 */
#ifndef MUN_FIXITY_PAR2_INT_H
#define MUN_FIXITY_PAR2_INT_H

#include <stdbool.h>

#include "core/str.h"
#include "fixity/par2.h"

#define MUN_PAR2_ID 16u /* bytes of an id, a type, an MD5 */
#define MUN_PAR2_HEADER 64u
#define MUN_PAR2_RECOVERY_HEAD (MUN_PAR2_HEADER + 4) /* and the exponent */
#define MUN_PAR2_SUMS 20u /* bytes of a slice's MD5 and CRC-32 */
#define MUN_PAR2_16K 16384u

extern const uint8_t mun_par2_magic[8];
extern const uint8_t mun_par2_main[MUN_PAR2_ID];
extern const uint8_t mun_par2_file_desc[MUN_PAR2_ID];
extern const uint8_t mun_par2_slice_sums[MUN_PAR2_ID];
extern const uint8_t mun_par2_recovery[MUN_PAR2_ID];
extern const uint8_t mun_par2_creator[MUN_PAR2_ID];

/* Append a whole packet; @body is padded with zeros to a multiple of 4.
 * Return: 0, MUN_ENOMEM, MUN_EUNSUPPORTED. */
MUN_CHECK int mun_par2_packet(struct mun_str *out,
			      const uint8_t set_id[static MUN_PAR2_ID],
			      const uint8_t type[static MUN_PAR2_ID],
			      const void *body, size_t len, struct mun_err *e);

/* MD5 of memory.  Return: 0 or MUN_EUNSUPPORTED. */
MUN_CHECK int mun_par2_md5(const void *data, size_t len,
			   uint8_t out[static MUN_PAR2_ID], struct mun_err *e);

/* MD5 of what identifies a file: that of its first 16 KiB, length, name. */
MUN_CHECK int mun_par2_file_id(const uint8_t md5_16k[static MUN_PAR2_ID],
			       uint64_t bytes, const void *name,
			       size_t name_len, uint8_t out[static MUN_PAR2_ID],
			       struct mun_err *e);

/* Bytes of the file that slice @i < blocks holds. */
uint64_t mun_par2_slice_len(const struct mun_par2_plan *plan, uint32_t i);

/* The smallest number of slices that hold @bytes. */
uint64_t mun_par2_blocks(uint64_t bytes, uint64_t slice_bytes);

/* Options with the defaults filled in. */
struct mun_par2_options mun_par2_defaults(const struct mun_par2_options *opts);

/* One of @n tasks; @worker < threads, and no two at once have the same. */
typedef int mun_par2_task_fn(void *ctx, size_t task, unsigned int worker,
			     struct mun_err *e);

/**
 * mun_par2_each() - do tasks 0..@n-1, taken in this order by @threads threads
 *
 * After an error no further task is begun.
 * Return: 0, or the first error.
 */
MUN_CHECK int mun_par2_each(unsigned int threads, size_t n,
			    mun_par2_task_fn *fn, void *ctx, struct mun_err *e);

/* The same range of bytes of some slices, in memory. */
struct mun_par2_batch {
	uint8_t *data; /* row i: slice slices[i], zeros after the file's end */
	size_t stride;
	const uint32_t *slices; /* ascending */
	uint32_t n;
	uint64_t off; /* of the range, in each slice */
	size_t bytes;
	uint64_t round, rounds; /* of all batches of all columns */
};

/*
 * Sums of products of slices: row r = its start + sum of factor(r, i) * slice
 * i, column by column.  The caller sets the first part, and zeroes the rest;
 * mun_par2_sum_run() sets the second before the first hook is called.
 */
struct mun_par2_sum {
	struct mun_source *src;
	const struct mun_par2_plan *plan;
	const uint32_t *slices; /* that go in, ascending */
	uint32_t nslices;
	uint32_t nrows; /* 1 at least */
	uint32_t nspare; /* further rows, which are the caller's to use */
	struct mun_par2_options opts; /* all set */
	const char *phase;
	/* Slices that cannot be read are marked here, and taken for zeros, so
	 * the sums are worthless.  NULL: they are errors. */
	uint8_t *lost;
	uint32_t *nlost;
	void *ctx; /* of the hooks */
	uint16_t (*factor)(void *ctx, uint32_t row, uint32_t slice);
	/* Fill row @row, @bytes from @off of each slice, in planes; NULL:
	 * zeros.  Any worker. */
	int (*begin)(void *ctx, struct mun_par2_sum *s, uint32_t row,
		     struct mun_err *e);
	/* All sums of this column are there. */
	int (*end)(void *ctx, struct mun_par2_sum *s, struct mun_err *e);
	/* Once for each batch, in order, by any worker; NULL: nothing. */
	int (*beside)(void *ctx, const struct mun_par2_batch *b,
		      struct mun_err *e);
	/* For rows @first..@first+@n-1 of each batch, any worker; NULL. */
	int (*group)(void *ctx, const struct mun_par2_batch *b, uint32_t first,
		     uint32_t n, struct mun_err *e);

	/* of the column at hand */
	uint64_t off;
	size_t bytes;
	uint8_t *rows; /* nrows + nspare of them; MUN_PAR2_FRONT bytes in
			* front of each are the caller's, 0 at first */
	size_t stride;
};

#define MUN_PAR2_FRONT 64u

/* Will one column do it all?  The work is then to be whole slices at a time. */
bool mun_par2_sum_shape(const struct mun_par2_sum *s);

/**
 * mun_par2_sum_run() - go through all columns
 *
 * Return: 0; what a hook or the source returned; MUN_ENOMEM, MUN_ECANCELLED.
 */
MUN_CHECK int mun_par2_sum_run(struct mun_par2_sum *s, struct mun_err *e);

/**
 * mun_par2_sum_combine() - sums of rows: for use in the hook end()
 * @out, @in: first of the @n rows that are set, and of the @n that go in;
 *            all of them in planes
 * @factor:   of row out + o for row in + i
 */
MUN_CHECK int mun_par2_sum_combine(struct mun_par2_sum *s, uint32_t out,
				   uint32_t in, uint32_t n,
				   const uint16_t *matrix, struct mun_err *e);

/* Row @i. */
static inline uint8_t *mun_par2_row(const struct mun_par2_sum *s, uint32_t i)
{
	return s->rows + i * s->stride;
}

/* A set that was read; nothing in it changes afterwards. */
struct mun_par2_set {
	struct mun_par2_info info;
	char *name, *creator; /* info's, owned */
	struct mun_source **files; /* lent, but for the array */
	uint8_t set_id[MUN_PAR2_ID];
	uint8_t file_id[MUN_PAR2_ID];
	uint8_t (*sums)[MUN_PAR2_SUMS]; /* of each slice */
	struct mun_par2_block {
		uint32_t exponent;
		uint32_t file; /* of files */
		uint64_t off; /* of the data */
	} * recovery; /* intact, by exponent, each exponent once */
};

/* Does @code say that bytes are not there, rather than that we cannot work? */
bool mun_par2_is_lost(int code);

/**
 * mun_par2_solve() - choose recovery blocks, and what slices are made of them
 * @bases:     constants of the @n damaged slices
 * @exponents: of the @have recovery blocks that can be used
 * @memory:    for the equations, bytes
 * @chosen:    @n of 0..@have-1 at return
 * @inverse:   @n * @n at return: slice j is the sum over k of [j][k] times
 *             what block chosen[k] says of the damaged slices
 *
 * Some sets of blocks do not determine the slices (the specification's flaw
 * with exponents whose powers coincide): then others are taken.
 * Return: 0; MUN_EFIXITY where no @n blocks do; MUN_EUNSUPPORTED for more than
 * @memory; MUN_ENOMEM, MUN_ECANCELLED.
 */
MUN_CHECK int mun_par2_solve(const uint16_t *bases, uint32_t n,
			     const uint32_t *exponents, uint32_t have,
			     size_t memory, uint32_t *chosen, uint16_t *inverse,
			     struct mun_err *e);

/* Count @slices anew, and say where they are.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_par2_damage_tell(const struct mun_par2_set *set,
				   struct mun_par2_damage *damage,
				   struct mun_err *e);

#endif
