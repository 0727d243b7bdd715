/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest_verify.h - the files of a folder against a manifest */
#ifndef MUN_FIXITY_MANIFEST_VERIFY_H
#define MUN_FIXITY_MANIFEST_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "fixity/manifest_read.h"

enum mun_manifest_outcome {
	MUN_MANIFEST_INTACT, /* every promised digest and size is met */
	MUN_MANIFEST_MISMATCH,
	MUN_MANIFEST_MISSING,
	MUN_MANIFEST_UNREADABLE, /* it is there and cannot be read */
	MUN_MANIFEST_EXTRA, /* it is there and not in the manifest */
	MUN_MANIFEST_REFUSED, /* a line that nothing can be done with */
	MUN_MANIFEST_NOT_RUN, /* no digest to compare with */
	MUN_MANIFEST_OUTCOMES
};

/* "intact", "not_run": in JSON. */
const char *mun_manifest_outcome_name(enum mun_manifest_outcome outcome);

struct mun_manifest_finding {
	enum mun_manifest_outcome outcome; /* never intact */
	size_t line; /* 0: of no line (extra) */
	const char *path; /* bytes; "" for a line without one */
	const char *algorithm; /* name, where one differs, else "" */
	const char *expected; /* hex or a size, else "" */
	const char *actual;
	const char *text; /* why, for people; or "" */
};

/* Everything that is not intact; a result other than 0 ends it. */
typedef int mun_manifest_finding_fn(void *ctx,
				    const struct mun_manifest_finding *f,
				    struct mun_err *e);

/* Entries by outcome; files for extra ones, lines for refused ones. */
struct mun_manifest_tally {
	uint64_t of[MUN_MANIFEST_OUTCOMES];
	uint64_t bytes; /* read and compared */
};

struct mun_manifest_options {
	bool strict; /* find files that are not in the manifest too */
	const char *self; /* path of the manifest: no extra file; or NULL */
	const struct mun_progress_to *progress; /* or NULL */
};

/**
 * mun_manifest_verify() - read the files below @base that @m names
 * @opts: or NULL
 * @fn:   gets the findings: refused lines, then files by path, then extras
 * @out:  counts; set also after an error, as far as it came
 *
 * Only regular files whose real path lies below @base are opened: a line with
 * an absolute path, with "..", or that a symbolic link leads out with, is
 * refused.  An entry that a bag's percent-encoding finds nothing by is looked
 * for as it is written (bags before the RFC).  With @strict, files that no
 * line names are found, in a bag's payload manifest below data/ only; links
 * are not followed there.
 *
 * Return: 0, whatever was found; MUN_ENOENT, MUN_EINVAL where @base is no
 * folder; MUN_EUNSUPPORTED for a digest that OpenSSL's policy forbids;
 * MUN_EIO where a folder cannot be listed; MUN_ECANCELLED, MUN_ENOMEM.
 */
MUN_CHECK int mun_manifest_verify(const struct mun_manifest *m,
				  const char *base,
				  const struct mun_manifest_options *opts,
				  mun_manifest_finding_fn *fn, void *ctx,
				  struct mun_manifest_tally *out,
				  struct mun_err *e);

/**
 * mun_manifest_compare() - what was promised against what is
 * @bytes, @actual: of the file; at least the promised digests where they are
 *                  known (absent ones are not compared)
 * @fn:             gets the first difference
 *
 * Counts it in @out.  Return: 0 or what @fn returned.
 */
MUN_CHECK int mun_manifest_compare(const struct mun_manifest_entry *en,
				   uint64_t bytes,
				   const struct mun_digests *actual,
				   mun_manifest_finding_fn *fn, void *ctx,
				   struct mun_manifest_tally *out,
				   struct mun_err *e);

/* Lines that nothing can be done with, each a finding and counted. */
MUN_CHECK int mun_manifest_refused(const struct mun_manifest *m,
				   mun_manifest_finding_fn *fn, void *ctx,
				   struct mun_manifest_tally *out,
				   struct mun_err *e);

#endif
