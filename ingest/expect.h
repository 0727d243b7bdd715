/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/expect.h - a donor's manifest and the sources that it speaks of
 *
 * An entry is found by the name of the source; where several files have that
 * name, by how many of the folders above are the same.
 */
#ifndef MUN_INGEST_EXPECT_H
#define MUN_INGEST_EXPECT_H

#include <stddef.h>

#include "core/err.h"
#include "fixity/manifest_read.h"
#include "ingest/ingest.h"

struct mun_expect;

/**
 * mun_expect_load() - read the manifest @file
 * @donor: who computed it, or NULL; clean text that is not "muniment"
 *
 * Return: 0; MUN_ENOENT, MUN_EIO; MUN_ECORRUPT for what is no manifest;
 * MUN_EINVAL for a donor that cannot be one; MUN_ENOMEM.
 */
MUN_CHECK int mun_expect_load(const char *file, const char *donor,
			      bool accept_mismatch, struct mun_expect **out,
			      struct mun_err *e);
void mun_expect_free(struct mun_expect *x); /* NULL is fine */
MUN_DEFINE_FREEP(expect, mun_expect_free);

/* The manifest; lives as long as @x. */
const struct mun_manifest *mun_expect_manifest(const struct mun_expect *x);

/**
 * mun_expect_match() - find the entry of each of @n sources; to be called once
 *
 * Return: 0, also where there is none for some; MUN_EINVAL where several
 * entries fit a source equally well, one entry fits two sources, or its lines
 * contradict each other (the text names all).
 */
MUN_CHECK int mun_expect_match(struct mun_expect *x, const char *const *sources,
			       size_t n, struct mun_err *e);

/* Of source @i; NULL: the manifest has no entry for it.  Lent. */
const struct mun_expectation *mun_expect_of(const struct mun_expect *x,
					    size_t i);

/* Entries that no source fits, in the manifest's order of paths: calls @fn
 * (may be NULL) for each.  Return: how many. */
size_t mun_expect_unmatched(const struct mun_expect *x,
			    void (*fn)(void *ctx,
				       const struct mun_manifest_entry *en),
			    void *ctx);

/**
 * mun_expectation_check() - is this what was promised?
 * @actual: at least the promised digests
 *
 * Return: 0; MUN_EFIXITY, whose text has both digests, or sizes, of the first
 * that differ; MUN_EINVAL where a promised digest was not computed.
 */
MUN_CHECK int mun_expectation_check(const struct mun_expectation *x,
				    uint64_t bytes,
				    const struct mun_digests *actual,
				    struct mun_err *e);

/* Who computed what was promised: the donor, or else "manifest NAME".  In
 * @arena; NULL when memory is out. */
const char *mun_expectation_originator(const struct mun_expectation *x,
				       struct mun_arena *arena);

/* Set of algorithms that were promised. */
unsigned int mun_expectation_algs(const struct mun_expectation *x);

#endif
