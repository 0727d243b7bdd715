/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/manifest_read.h - a manifest of anybody, in any form, as entries
 *
 * Forms are recognised by content: sha256sum and its relatives (md5sum, b2sum,
 * md5 -r), BSD and OpenSSL lines ("SHA256 (name) = hex"), both mixed, hashdeep,
 * BagIt.  The bytes are not trusted: nothing is done with a path here, lines
 * that say nothing usable are problems with their number, and a file that is
 * promised two different digests is one too.
 */
#ifndef MUN_FIXITY_MANIFEST_READ_H
#define MUN_FIXITY_MANIFEST_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "fixity/digest.h"
#include "fixity/manifest.h"

#define MUN_MANIFEST_MAX ((size_t)256 << 20) /* bytes that are read at all */
#define MUN_MANIFEST_PATH_MAX ((size_t)32 << 10) /* bytes of one name */
#define MUN_MANIFEST_PROBLEMS 1000 /* that are kept; all are counted */

struct mun_manifest_entry {
	const char *path; /* bytes, decoded, without leading "./" */
	const char *literal; /* as it stands there, where a bag's %-encoding
			      * was decoded; else NULL */
	size_t line; /* from 1; of the first that names it */
	uint64_t bytes; /* promised size */
	bool has_bytes;
	bool is_unsafe; /* absolute, or with "..": a name, never a path */
	bool is_conflict; /* two lines promise different things */
	unsigned int algs; /* of the digests below */
	const uint8_t *values; /* one after the other: see
				* mun_manifest_digests() */
};

struct mun_manifest_problem {
	size_t line;
	const char *text;
};

struct mun_manifest {
	struct mun_arena *arena; /* owns everything below */
	enum mun_manifest_form form; /* BSD lines count as sums */
	unsigned int algs; /* of all entries together */
	size_t nentries;
	struct mun_manifest_entry *entries; /* one for each path, by path */
	size_t nproblems; /* in all */
	size_t nkept; /* of them, below */
	struct mun_manifest_problem *problems; /* by line */
};

/* What is known from elsewhere; zero it. */
struct mun_manifest_hint {
	const char *name; /* of the file: "manifest-sha256.txt"; or NULL */
	bool has_alg; /* plain lines have digests of @alg */
	enum mun_digest_alg alg; /* else their length tells */
};

/**
 * mun_manifest_read() - all entries of @text (@len bytes)
 * @hint: or NULL.  A name as a bag has it tells the form and the algorithm.
 * @out:  the caller's: mun_manifest_free()
 *
 * A byte order mark, CR LF on every line, blank lines and comments are taken;
 * bytes of names are kept as they are, whatever their encoding.  Memory grows
 * with @len: some four times it, ten for a list of the shortest names.
 * Return: 0; MUN_ECORRUPT for more than MUN_MANIFEST_MAX bytes, UTF-16, or
 * where not one line is that of a manifest (empty ones too); MUN_ENOMEM.
 */
MUN_CHECK int mun_manifest_read(const char *text, size_t len,
				const struct mun_manifest_hint *hint,
				struct mun_manifest **out, struct mun_err *e);
void mun_manifest_free(struct mun_manifest *m); /* NULL is fine */
MUN_DEFINE_FREEP(manifest, mun_manifest_free);

/* The promised values; absent ones have len 0. */
void mun_manifest_digests(const struct mun_manifest_entry *en,
			  struct mun_digests *out);

/* The entry of exactly that path, or NULL. */
const struct mun_manifest_entry *mun_manifest_find(const struct mun_manifest *m,
						   const char *path);

#endif
