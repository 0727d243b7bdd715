/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/manifest.h - "digest  path" lists: the forms there are, and writing them
 *
 * sums: coreutils (sha256sum(1)): a name with newline, carriage return or
 * backslash is escaped, and its line begins with a backslash.  hashdeep: its
 * header, then size, digests and name with commas between.  bagit: RFC 8493,
 * 2.1.3: CR, LF and % in a path are written %0D, %0A and %25.  Reading any of
 * them is fixity/manifest_read.h; mun_manifest_parse() is for a bag's own.
 */
#ifndef MUN_FIXITY_MANIFEST_H
#define MUN_FIXITY_MANIFEST_H

#include "core/err.h"
#include "core/str.h"
#include "fixity/digest.h"

enum mun_manifest_form {
	MUN_MANIFEST_SUMS,
	MUN_MANIFEST_HASHDEEP,
	MUN_MANIFEST_BAGIT,
	MUN_MANIFEST_FORMS
};

/* "sha256sum" (of any algorithm), "hashdeep", "bagit". */
const char *mun_manifest_form_name(enum mun_manifest_form form);

/* By that name.  0 or MUN_EINVAL. */
MUN_CHECK int mun_manifest_form_parse(const char *name,
				      enum mun_manifest_form *out,
				      struct mun_err *e);

/**
 * mun_manifest_check_algs() - can a manifest of this form have these digests?
 *
 * Programs that read them know md5, sha1, sha256 (all forms), sha512 and
 * blake2b-512 (sums), sha512 (bagit).  hashdeep takes several in one line, the
 * others take one.
 * Return: 0 or MUN_EINVAL, which says what there could be.
 */
MUN_CHECK int mun_manifest_check_algs(enum mun_manifest_form form,
				      unsigned int algs, struct mun_err *e);

/* What stands before the first line: the header of hashdeep, or nothing. */
void mun_manifest_head(struct mun_str *out, enum mun_manifest_form form,
		       unsigned int algs);

/**
 * mun_manifest_line() - append the line of one file
 * @bytes: its size; hashdeep says it
 * @d:     values of @algs, which mun_manifest_check_algs() takes
 *
 * Return: 0; MUN_ENOENT where one of the values is absent (nothing is
 * appended, the text names the file and the algorithm); MUN_EUNSUPPORTED for a
 * name that hashdeep cannot write (with a line end).
 */
MUN_CHECK int mun_manifest_line(struct mun_str *out,
				enum mun_manifest_form form, unsigned int algs,
				const char *path, uint64_t bytes,
				const struct mun_digests *d, struct mun_err *e);

/* Append one line of a bag's manifest. */
void mun_manifest_add(struct mun_str *out, const struct mun_digest *d,
		      const char *path);

/* Append @len bytes of a path of a bag, its %0A, %0D and %25 decoded; any
 * other percent sign stands for itself, as bags before the RFC have it. */
void mun_manifest_decode(struct mun_str *out, const char *p, size_t len);

/* Called for each line; @path is only lent, and safe (mun_path_is_safe). */
typedef int mun_manifest_fn(void *ctx, const struct mun_digest *d,
			    const char *path, struct mun_err *e);

/**
 * mun_manifest_parse() - each line of @text (@len bytes)
 *
 * Accepts LF, CR LF; blanks or tabs between; an asterisk before the path.
 * Return: 0, MUN_ECORRUPT with the line's number (not hex, wrong length, no
 * path, an unsafe path), or what @fn returned.
 */
MUN_CHECK int mun_manifest_parse(enum mun_digest_alg alg, const char *text,
				 size_t len, mun_manifest_fn *fn, void *ctx,
				 struct mun_err *e);

#endif
