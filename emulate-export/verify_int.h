/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_int.h - what the parts of a verification share */
#ifndef MUN_EXPORT_VERIFY_INT_H
#define MUN_EXPORT_VERIFY_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/json.h"
#include "core/str.h"
#include "emulate-export/verify_box.h"
#include "emulate-export/verify_package.h"
#include "emulate-export/verify_text.h"
#include "fixity/sums.h"

/* Tag files that are read at all, in bytes. */
#define MUN_VERIFY_MANIFEST_MAX ((size_t)256 << 20)
#define MUN_VERIFY_TAG_MAX ((size_t)16 << 20)
#define MUN_VERIFY_XML_MAX ((size_t)64 << 20)
#define MUN_VERIFY_KEPT_MAX ((size_t)1 << 30) /* together */
/* Of all paths together: a small tar.gz may have many long ones. */
#define MUN_VERIFY_NAMES_MAX ((size_t)512 << 20)

#define MUN_VERIFY_NONE UINT32_MAX

struct mun_vfile {
	const char *path; /* below the bag's folder */
	uint64_t bytes;
	char *text; /* its bytes, where it is a tag file that is read */
	const char *why; /* they could not be had, or NULL */
	bool kept; /* text is set */
	bool listed; /* in a manifest of its kind */
	bool checked; /* its digests were computed */
	bool broken; /* a finding names it */
};

struct mun_vline {
	const char *path; /* decoded */
	const char *literal; /* as it stands there, where that differs */
	const uint8_t *value;
	uint32_t line;
	uint32_t file; /* number of the file, or MUN_VERIFY_NONE */
};

struct mun_vmanifest {
	const char *name;
	unsigned int alg;
	bool tag;
	size_t nlines;
	struct mun_vline *lines; /* by file, then by line */
};

/* An image as the receipt has it. */
struct mun_vimage {
	const char *path;
	const char *format;
	uint64_t bytes; /* decoded */
	bool has_bytes;
	unsigned int set; /* digests below, of the decoded bytes */
	struct mun_sum_values values;
	unsigned int file_set; /* and of the file as it is packaged */
	struct mun_sum_values file_values;
	uint64_t file_bytes;
	bool has_file_bytes;
	uint32_t file;
	bool raw; /* the file's first @bytes are the decoded ones; zeros may
		   * follow, where a machine wants more */
	bool same_size; /* of another format: they may be all the same */
	bool proved; /* compared and told, whatever came of it */
};

/* An object of which the package is, and the event that it was given out. */
struct mun_vexport {
	const char *object;
	const char *event;
};

struct mun_verify {
	const struct mun_verify_request *q;
	mun_verify_fn *fn;
	void *ctx;
	struct mun_verify_result *out;
	struct mun_arena *arena;
	struct mun_box *box;
	const char *base; /* "NAME/", or "" */
	size_t nfiles;
	struct mun_vfile *files; /* by path */
	bool has_data; /* a folder data/ was seen */
	bool is_one; /* 1.0 or newer, or unknown */
	enum mun_tag_encoding encoding;
	size_t nmanifests;
	struct mun_vmanifest *manifests;
	unsigned int algs; /* of the manifests */
	size_t nfetch;
	const char **fetch; /* paths, by strcmp() */
	const struct mun_vfile *receipt_file;
	json_t *receipt; /* or NULL */
	size_t nexports;
	struct mun_vexport *exports;
	size_t nimages;
	struct mun_vimage *images;
	uint64_t done; /* bytes, for progress */
	uint64_t total;
};

/* As mun_verify_package(), of what is open; @box stays the caller's.  @q->path
 * is not looked at. */
MUN_CHECK int mun_verify_box(struct mun_box *box,
			     const struct mun_verify_request *q,
			     mun_verify_fn *fn, void *ctx,
			     struct mun_verify_result *out, struct mun_err *e);

/* ---- telling (verify_package.c) ---- */

/* Give @f to the caller, count it. */
void mun_verify_tell(struct mun_verify *v, const struct mun_verify_finding *f);

/* The usual form: kind, weight, path, text. */
void mun_verify_say(struct mun_verify *v, enum mun_verify_kind kind,
		    enum mun_verify_weight weight, const char *path,
		    const char *fmt, ...) MUN_PRINTF(5, 6);

/* With the file and line that say it. */
void mun_verify_say_at(struct mun_verify *v, enum mun_verify_kind kind,
		       enum mun_verify_weight weight, const char *path,
		       const char *by, size_t line, const char *fmt, ...)
	MUN_PRINTF(7, 8);

/* What 1.0 forbids, earlier drafts let pass with a warning. */
static inline enum mun_verify_weight
mun_verify_since_one(const struct mun_verify *v)
{
	return v->is_one ? MUN_VERIFY_DAMAGE : MUN_VERIFY_WARNING;
}

/* By its path below the bag's folder; NULL where there is none. */
struct mun_vfile *mun_verify_file(const struct mun_verify *v, const char *path);

/* Compare one digest; a difference is told with @by.  True: the same. */
bool mun_verify_compare(struct mun_verify *v, enum mun_verify_kind kind,
			const char *path, const char *by, size_t line,
			unsigned int alg, const uint8_t *want,
			const uint8_t *got);

/* As above for a size, which the receipt says. */
void mun_verify_compare_size(struct mun_verify *v, enum mun_verify_kind kind,
			     const char *path, uint64_t want, uint64_t got);

/* Below data/? */
bool mun_verify_is_payload(const char *path);

/* ---- the parts, in the order in which they run ---- */

/* All entries of the box; files, kept texts.  MUN_ECORRUPT: a broken archive,
 * which was told; what came before stays. (verify_list.c) */
MUN_CHECK int mun_verify_list(struct mun_verify *v, struct mun_err *e);
void mun_verify_list_free(struct mun_verify *v);

/* bagit.txt; false: it is no bag that could be judged (verify_bag.c). */
bool mun_verify_declaration(struct mun_verify *v);
/* bag-info.txt, fetch.txt (verify_bag.c). */
MUN_CHECK int mun_verify_info(struct mun_verify *v, struct mun_err *e);
MUN_CHECK int mun_verify_fetch(struct mun_verify *v, struct mun_err *e);

/* Every manifest, its lines, and the files that they name
 * (verify_manifest.c). */
MUN_CHECK int mun_verify_manifests(struct mun_verify *v, struct mun_err *e);

/* Both ways: what is promised and what is there (verify_complete.c). */
MUN_CHECK int mun_verify_complete(struct mun_verify *v, struct mun_err *e);

/* Names that other systems would mix up (verify_complete.c). */
MUN_CHECK int mun_verify_names(struct mun_verify *v, struct mun_err *e);

/* The receipt, as far as it can be understood (verify_receipt.c). */
MUN_CHECK int mun_verify_receipt(struct mun_verify *v, struct mun_err *e);

/* Read every file that something is promised of, compare (verify_digests.c). */
MUN_CHECK int mun_verify_digests(struct mun_verify *v, struct mun_err *e);

/* Decode the images, compare (verify_images.c). */
MUN_CHECK int mun_verify_images(struct mun_verify *v, struct mun_err *e);

/* PREMIS records in data/metadata (verify_papers.c). */
MUN_CHECK int mun_verify_premis(struct mun_verify *v, struct mun_err *e);

/* Tag manifests of ours have one form (verify_papers.c). */
MUN_CHECK int mun_verify_form(struct mun_verify *v, struct mun_err *e);

/* What the catalog recorded of this export (verify_event.c). */
MUN_CHECK int mun_verify_event(struct mun_verify *v, struct mun_err *e);

#endif
