/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/verify_package.h - is a package whole? anywhere, by itself
 *
 * A bag (RFC 8493, and its drafts from 0.93 on) of anybody: a folder, a zip, a
 * tar, a tar.gz.  Every digest of every manifest is compared, everything that
 * a manifest promises is looked for, and everything that is there is looked up.
 * A package of ours has a receipt: its images are decoded again and compared
 * with it, and its PREMIS records are judged.
 *
 * Nothing is believed: archives are taken apart in a sandboxed child and
 * nothing is unpacked to disk; paths that lead out, links and devices are
 * refused; nothing is ever fetched.
 */
#ifndef MUN_EXPORT_VERIFY_PACKAGE_H
#define MUN_EXPORT_VERIFY_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "core/err.h"
#include "core/log.h"

enum mun_verify_kind {
	MUN_VERIFY_MISMATCH, /* another digest or size than promised */
	MUN_VERIFY_MISSING, /* promised, and not there */
	MUN_VERIFY_EXTRA, /* there, and promised by nobody */
	MUN_VERIFY_UNREADABLE, /* there, and its bytes cannot be had */
	MUN_VERIFY_REFUSED, /* a path that leads out, a link, a device */
	MUN_VERIFY_INVALID, /* against the rules of BagIt */
	MUN_VERIFY_ARCHIVE, /* the archive itself is broken */
	MUN_VERIFY_CONTENT, /* an image does not decode to what was exported */
	MUN_VERIFY_RECEIPT, /* the receipt is none */
	MUN_VERIFY_PREMIS, /* a record that is not PREMIS 3 */
	MUN_VERIFY_EVENT, /* not what the catalog recorded */
	MUN_VERIFY_UNDECIDED, /* could not be judged here */
	MUN_VERIFY_KINDS
};

/* "mismatch", "missing": in JSON. */
const char *mun_verify_kind_name(enum mun_verify_kind kind);

enum mun_verify_weight {
	MUN_VERIFY_WARNING, /* odd, and the package is whole all the same */
	MUN_VERIFY_DAMAGE, /* it is not whole */
	MUN_VERIFY_UNDONE, /* nobody can say */
};

/* Strings are lent for the call, and bytes: not always UTF-8. */
struct mun_verify_finding {
	enum mun_verify_kind kind;
	enum mun_verify_weight weight;
	const char *path; /* below the bag's folder; "": the package */
	const char *by; /* file that promises or says it, or "" */
	size_t line; /* of @by, from 1; 0: none */
	const char *algorithm; /* "sha256", "size"; or "" */
	const char *expected; /* hex or a number, else "" */
	const char *found;
	const char *text; /* for people; may be "" with an algorithm */
};

typedef void mun_verify_fn(void *ctx, const struct mun_verify_finding *f);

struct mun_verify_request {
	const char *path; /* folder or archive */
	struct mun_catalog *catalog; /* of the repository that exported it; or
				      * NULL */
	const struct mun_progress_to *progress; /* or NULL */
};

#define MUN_VERIFY_ALGS 128

struct mun_verify_result {
	char form[8]; /* "folder", "zip", "tar", "tar.gz" */
	char version[16]; /* of BagIt; "" where it is not known */
	char encoding[32]; /* of the tag files */
	char algorithms[MUN_VERIFY_ALGS]; /* "sha256,sha512": compared */
	uint64_t payload_files;
	uint64_t payload_bytes;
	uint64_t tag_files;
	uint64_t digests; /* that were compared and are the promised ones */
	uint64_t to_fetch; /* lines of fetch.txt */
	uint64_t images; /* decoded, or compared byte for byte */
	uint64_t records; /* PREMIS documents that were judged */
	bool receipt; /* it has one: a package of ours */
	char object[40]; /* UUIDs that the receipt says, or "" */
	char event[40];
	bool recorded; /* the catalog has the receipt's digest, and it fits */
	uint64_t damage; /* findings by weight */
	uint64_t undone;
	uint64_t warnings;
};

/* Does @path look like a package: a folder, or an archive by its name or its
 * first bytes?  False also where it cannot be read. */
bool mun_verify_is_package(const char *path);

/**
 * mun_verify_package() - judge all of it
 * @fn:  gets each finding
 * @out: set also after an error, as far as it came
 *
 * Memory: about 1 KiB for each file that it holds, its tag files, and up to
 * 512 MiB for an image in an archive that has to be decoded.  Call while no
 * other thread of ours runs (core/sandbox.h).
 * Return: 0 when the judgement was made, whatever it is: see the counts;
 * MUN_ENOENT, MUN_EINVAL for what is neither folder nor archive; MUN_EIO where
 * the package cannot be read; MUN_ENOMEM; MUN_ECANCELLED.
 */
MUN_CHECK int mun_verify_package(const struct mun_verify_request *q,
				 mun_verify_fn *fn, void *ctx,
				 struct mun_verify_result *out,
				 struct mun_err *e);

#endif
