/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/par2.h - parity files of one file, as PAR2 has them
 *
 * Parity Volume Set Specification 2.0 (2003-05-11): the file is cut in slices;
 * recovery blocks are sums of all slices, each times a power of its own number
 * in GF(2^16); any n of them give back any n damaged slices.  What is written
 * here par2cmdline verifies and repairs with, and the other way round.  A set
 * is of one file; sets of several files are refused.
 *
 * Memory is bounded by the options, whatever the size of the file: where the
 * recovery blocks do not fit, the work is done in columns (the same range of
 * bytes of every slice), one after the other.
 */
#ifndef MUN_FIXITY_PAR2_H
#define MUN_FIXITY_PAR2_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "core/source.h"

#define MUN_PAR2_BLOCKS_MAX 32768u /* slices of one set, by the specification */
#define MUN_PAR2_MEMORY ((size_t)256 << 20)
#define MUN_PAR2_MEMORY_MIN ((size_t)4 << 20)
#define MUN_PAR2_NAME_MAX 240u /* bytes; suffixes must fit in 255 */

/* How much parity, and in which pieces. */
struct mun_par2_plan {
	uint64_t bytes; /* of the file */
	uint64_t slice_bytes; /* a multiple of 4 */
	uint32_t blocks; /* slices of the file */
	uint32_t recovery; /* recovery blocks, slice_bytes each */
};

/* NULL, or a field that is 0, means the default. */
struct mun_par2_options {
	size_t memory; /* bytes at most, about; MUN_PAR2_MEMORY */
	unsigned int threads; /* as many as this process may use */
	const struct mun_progress_to *progress;
};

/**
 * mun_par2_plan() - the slices and recovery blocks for a file
 * @bytes:   of the file
 * @percent: of the file's blocks that may be lost, 1..100
 *
 * docs/parity.md explains the choice.  The empty file has no blocks and needs
 * no parity: all of @out is 0.
 * Return: 0, or MUN_EINVAL for a percentage or size outside of what PAR2 can
 * say.
 */
MUN_CHECK int mun_par2_plan(uint64_t bytes, unsigned int percent,
			    struct mun_par2_plan *out, struct mun_err *e);

/* What mun_par2_create() wrote: the index, and the volume with the recovery
 * blocks. */
struct mun_par2_created {
	struct mun_par2_file {
		char name[256]; /* in the folder */
		uint64_t bytes;
	} files[2];
	size_t nfiles; /* 0 for the empty file, else 2 */
	uint8_t md5[16]; /* of the file, as it was read */
};

/**
 * mun_par2_create() - write NAME.par2 and NAME.vol000+NNN.par2
 * @src:     the file; read by several threads at once
 * @name:    of the file, 1..MUN_PAR2_NAME_MAX bytes and no '/': repairing
 *           programs look for it beside the parity files; both are named by it
 * @creator: text of the Creator packet, e.g. "muniment 1.2"
 * @plan:    of mun_par2_plan(), or another: slices at a multiple of 4 bytes
 *           that cover the file exactly
 * @dir:     existing folder for both
 *
 * The same bytes, name, creator and plan give the same files.  Durable when 0
 * is returned; otherwise neither file came into being.  The source is read
 * once where the recovery blocks fit in the memory, else twice.
 *
 * Return: 0; MUN_EINVAL for a name or plan that cannot be; MUN_EEXIST where
 * one of the two is there already; MUN_EIO, MUN_ENOMEM, MUN_ECANCELLED; the
 * source's error; MUN_EFIXITY where it was read twice and gave other bytes;
 * MUN_EUNSUPPORTED where OpenSSL's policy forbids MD5.
 */
MUN_CHECK int mun_par2_create(struct mun_source *src, const char *name,
			      const char *creator,
			      const struct mun_par2_plan *plan, const char *dir,
			      const struct mun_par2_options *opts,
			      struct mun_par2_created *out, struct mun_err *e);

/* A set of parity files that was read.  Any number of threads may use it. */
struct mun_par2_set;

struct mun_par2_info {
	const char *name; /* bytes as recorded, terminated; never trust it as
			   * a path */
	size_t name_len;
	const char *creator; /* "" where no intact packet tells */
	struct mun_par2_plan plan; /* recovery: blocks that are intact */
	uint8_t md5[16]; /* of the file */
	/* What was found: blocks named by a header, the intact and the others
	 * (as far as their headers can still be seen). */
	uint32_t recovery_damaged;
};

/**
 * mun_par2_load() - read the parity files of one set
 * @files:  the set's files in any order, read by several threads at once;
 *          lent until mun_par2_set_free(), not closed by it
 * @opts:   threads
 * @out:    the caller's: mun_par2_set_free()
 *
 * Every packet is verified by its own MD5; what is damaged, repeated, foreign
 * or not understood is passed over.  Unreadable ranges count as damaged.
 *
 * Return: 0; MUN_ECORRUPT where no intact set of Main, File Description and
 * Input File Slice Checksum packets is left, or they contradict themselves;
 * MUN_EUNSUPPORTED for a set of more than one file, or without files; MUN_EIO
 * where nothing at all could be read; MUN_ENOMEM; MUN_ECANCELLED.
 */
MUN_CHECK int mun_par2_load(struct mun_source *const *files, size_t nfiles,
			    const struct mun_par2_options *opts,
			    struct mun_par2_set **out, struct mun_err *e);

/* Lives as long as @set. */
const struct mun_par2_info *mun_par2_set_info(const struct mun_par2_set *set);

void mun_par2_set_free(struct mun_par2_set *set); /* NULL is fine */
MUN_DEFINE_FREEP(par2_set, mun_par2_set_free);

/* Bytes of the file. */
struct mun_par2_range {
	uint64_t off;
	uint64_t bytes;
};

/* What is wrong with a file; mun_par2_damage_clear() frees what it holds. */
struct mun_par2_damage {
	uint8_t *slices; /* plan.blocks of them: is it damaged? */
	uint32_t blocks; /* damaged slices */
	uint32_t lacking; /* recovery blocks that a repair has too few */
	struct mun_par2_range *ranges; /* the damaged slices, ascending, joined,
					* inside of the file's bytes */
	size_t nranges;
};

/* Free what it holds; it is then the damage of nothing. */
void mun_par2_damage_clear(struct mun_par2_damage *damage);

/**
 * mun_par2_check() - which slices of @src are not those of the set
 * @src:     the file as it is: may be shorter or longer than it was (bytes
 *           after its end are not looked at); ranges that cannot be read are
 *           damaged; read by several threads at once
 * @where:   only slices that touch these ranges; NULL: all slices
 * @nwhere:  of them
 * @damage:  cleared first; set also with the damage of nothing
 *
 * Return: 0, with damage or without; MUN_ENOMEM, MUN_ECANCELLED.
 */
MUN_CHECK int mun_par2_check(const struct mun_par2_set *set,
			     struct mun_source *src,
			     const struct mun_par2_range *where, size_t nwhere,
			     const struct mun_par2_options *opts,
			     struct mun_par2_damage *damage, struct mun_err *e);

/* Takes repaired bytes, in ascending order within one slice.  Never called by
 * two threads at once. */
typedef int mun_par2_write_fn(void *ctx, uint64_t off, const void *data,
			      size_t len, struct mun_err *e);

/**
 * mun_par2_repair() - give back the damaged slices of @src
 * @src, @where, @nwhere: as for mun_par2_check(); where the slices that touch
 *           @where do not explain it all, the others are checked as well
 * @write:   gets the bytes of damaged slices, and no others: the caller takes
 *           the rest of the file from where it is.  A slice is handed over
 *           after its MD5 was found right, and never past the file's end.
 * @damage:  what was found, also with MUN_EFIXITY
 *
 * Where slices do not fit in the memory they are worked out twice: once for
 * their MD5s, and, these being right, once more for @write.
 *
 * Return: 0 when every damaged slice was handed over (none: @src was intact);
 * MUN_EFIXITY when too few recovery blocks are intact (@damage->lacking says
 * how many more are needed, the ranges which bytes are lost) or what was
 * worked out is not what was recorded, in which case nothing was handed over;
 * what @write returned; MUN_EUNSUPPORTED for a system of equations that is too
 * large; MUN_ENOMEM, MUN_ECANCELLED, MUN_EIO for the parity files.
 */
MUN_CHECK int
mun_par2_repair(const struct mun_par2_set *set, struct mun_source *src,
		const struct mun_par2_range *where, size_t nwhere,
		const struct mun_par2_options *opts, mun_par2_write_fn *write,
		void *ctx, struct mun_par2_damage *damage, struct mun_err *e);

#endif
