/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/validate_int.h - the validator from the inside
 *
 * Everything below takes hostile data.  A finding is reported and the work
 * goes on; a return code other than 0 means that no judgement is possible any
 * more (memory, cancelled, or the folder asked for cannot be read at all).
 */
#ifndef MUN_STORE_VALIDATE_INT_H
#define MUN_STORE_VALIDATE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/json.h"
#include "fixity/digest.h"
#include "store/dirlist.h"
#include "store/seen.h"
#include "store/validate.h"

/* One call of mun_ocfl_validate(). */
struct mun_val {
	struct mun_ocfl_opts opts;
	mun_ocfl_report_fn *fn;
	void *ctx;
	struct mun_ocfl_verdict *out;
	const char *base; /* the object below the root, or "" */
	struct mun_seen *inodes; /* files with several names (E090) */
	uint64_t bytes_total; /* content to read, 0 in a storage root */
	uint64_t bytes_done;
	bool nomem; /* a finding could not be told */
};

/* Report @code at @where (below v->base; bytes, will be escaped). */
void mun_val_report(struct mun_val *v, const char *code, const char *where,
		    const char *fmt, ...) MUN_PRINTF(4, 5);

/* E000: what could not be read at @where, as @why says. */
void mun_val_unreadable(struct mun_val *v, const char *where,
			const struct mun_err *why);

/* Does @rc end the work?  Else it is about one file and can be reported. */
bool mun_val_is_fatal(int rc);

/**
 * mun_val_entry() - judge by its kind what stands at @where
 *
 * Reports links (E090: also a second name of a file that was met before) and
 * what is neither file nor folder (E089).
 * Return: is it a regular file or a folder?
 */
bool mun_val_entry(struct mun_val *v, const char *where, const struct stat *st);

/**
 * mun_val_read() - a small regular file, no link followed
 *
 * Return: 0; MUN_ECORRUPT for more than @max bytes; MUN_EINVAL for what is no
 * regular file; MUN_ENOENT, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_val_read(const char *path, size_t max, char **out,
			   size_t *len_out, struct mun_err *e);

/* Look at the declarations ("0=" PREFIX VERSION) among the entries of @path.
 * @root: those of a storage root, else of an object.
 * @version_out: 10 or 11, 0 where there is none that is known. */
MUN_CHECK int mun_val_declaration(struct mun_val *v, const char *path,
				  const struct mun_dirlist *l, bool root,
				  unsigned int *version_out, struct mun_err *e);

/* Is @name (that of a file) a declaration, well or badly formed? */
bool mun_val_is_declaration(const char *name, bool root);

/* The folder extensions/ at @path: E067 or E112, W013 or W016. */
MUN_CHECK int mun_val_extensions(struct mun_val *v, const char *path, bool root,
				 struct mun_err *e);

/* What an inventory says, after mun_val_inventory() judged it.  Members are
 * NULL or 0 where it says nothing that can be used. */
struct mun_val_inv {
	json_t *json; /* owns what follows */
	const char *where; /* "v1/inventory.json" */
	const char *id;
	const char *head;
	const char *content_dir; /* "content" where it says nothing */
	bool content_dir_set;
	unsigned int spec; /* 10, 11 */
	bool has_alg;
	enum mun_digest_alg alg;
	json_t *manifest;
	json_t *versions;
	json_t *fixity;
	unsigned long last; /* highest number of a version */
	size_t width; /* digits of a zero-padded version, else 0 */
	/* Every content path of the manifest, by strcmp(). */
	size_t npaths;
	struct mun_val_path *paths;
};

struct mun_val_path {
	const char *path;
	const char *digest; /* as the manifest has it */
};

/**
 * mun_val_inventory() - judge inventory text by itself
 * @where: borrowed by @out
 * @out:   mun_val_inv_clear(), also after an error
 *
 * Return: 0 (also for what is not JSON: then out->json is NULL), MUN_ENOMEM.
 */
MUN_CHECK int mun_val_inventory(struct mun_val *v, const char *where,
				const char *text, size_t len,
				struct mun_val_inv *out, struct mun_err *e);
void mun_val_inv_clear(struct mun_val_inv *inv);

/* The entry of content path @path, or NULL. */
const struct mun_val_path *mun_val_inv_find(const struct mun_val_inv *inv,
					    const char *path);

/* Blocks of an inventory (validate_blocks.c, validate_paths.c). */
MUN_CHECK int mun_val_manifest(struct mun_val *v, struct mun_val_inv *inv,
			       struct mun_err *e);
MUN_CHECK int mun_val_versions(struct mun_val *v, struct mun_val_inv *inv,
			       struct mun_err *e);
MUN_CHECK int mun_val_fixity(struct mun_val *v, const struct mun_val_inv *inv,
			     struct mun_err *e);

/* Is @name a digest algorithm of the specification or of a registered
 * extension, which we may be unable to compute? */
bool mun_val_alg_is_known(const char *name);

/* Judge sidecar @text of the inventory @inv_text: E060, E061. */
MUN_CHECK int mun_val_sidecar(struct mun_val *v, const char *where,
			      const char *text, size_t len,
			      enum mun_digest_alg alg, const char *inv_text,
			      size_t inv_len, struct mun_err *e);

/* Inventory and sidecar among the entries @l of @path. @prefix: "" or "v1/".
 * @text_out: NULL where there is no inventory that can be read. */
struct mun_val_loaded {
	char *text;
	size_t len;
	bool there; /* there is a file of that name */
};
MUN_CHECK int mun_val_load(struct mun_val *v, const char *path,
			   const char *prefix, const struct mun_dirlist *l,
			   struct mun_val_loaded *out, struct mun_err *e);
MUN_CHECK int mun_val_sidecars(struct mun_val *v, const char *path,
			       const char *prefix, const struct mun_dirlist *l,
			       const struct mun_val_inv *inv,
			       const struct mun_val_loaded *loaded,
			       struct mun_err *e);

/* The content files of an object, from its root inventory. */
struct mun_val_expect;
struct mun_val_file {
	const char *path; /* content path, in the inventory's JSON */
	const char *digest; /* in the manifest */
	unsigned long version; /* that it lies in */
	bool on_disk;
	uint64_t bytes;
	struct mun_val_expect *expect;
};
struct mun_val_files {
	struct mun_arena *arena;
	bool known; /* there is a manifest that can be used */
	uint64_t bytes; /* of all that are on disk */
	size_t n;
	struct mun_val_file *of; /* by path */
};

/* One entry for each path of the manifest of @root, which must outlive @out.
 * 0 or MUN_ENOMEM; mun_val_files_clear() also then. */
MUN_CHECK int mun_val_files_new(const struct mun_val_inv *root,
				struct mun_val_files *out, struct mun_err *e);
/* Frees what @files holds. */
void mun_val_files_clear(struct mun_val_files *files);
struct mun_val_file *mun_val_files_find(const struct mun_val_files *files,
					const char *path);

/* Expect what manifest and fixity block of @inv say of the files: E092, E093.
 */
MUN_CHECK int mun_val_files_expect(struct mun_val *v,
				   struct mun_val_files *files,
				   const struct mun_val_inv *inv,
				   struct mun_err *e);

/**
 * mun_val_walk() - everything below the folder @path/@rel, links not followed
 * @file:  called with each regular file
 * @empty: called with each empty folder below @rel; may be NULL
 *
 * Links and special files are reported.  Needs memory for one folder's entries
 * and the names of folders still to come, and no stack for depth.
 */
struct mun_val_visitor {
	int (*file)(void *ctx, const char *rel, const struct stat *st,
		    struct mun_err *e);
	void (*empty)(void *ctx, const char *rel);
	void *ctx;
};
MUN_CHECK int mun_val_walk(struct mun_val *v, const char *path, const char *rel,
			   const struct mun_val_visitor *visitor,
			   struct mun_err *e);

/* Names still to come, the last one first. */
struct mun_val_stack {
	char **of;
	size_t n;
	size_t room;
};
MUN_CHECK int mun_val_push(struct mun_val_stack *s, const char *dir,
			   const char *name, struct mun_err *e);
void mun_val_stack_clear(struct mun_val_stack *s);

/* Walk the content folder @rel ("v1/content") of the object @path. */
MUN_CHECK int mun_val_files_walk(struct mun_val *v, const char *path,
				 const char *rel, struct mun_val_files *files,
				 bool *any_out, struct mun_err *e);

/* Missing files, sizes, and digests where opts.content asks for them. */
MUN_CHECK int mun_val_files_verify(struct mun_val *v, const char *path,
				   struct mun_val_files *files,
				   struct mun_err *e);

/* Compare the inventory of version folder @name with the object's. */
MUN_CHECK int mun_val_prior(struct mun_val *v, const char *name,
			    const struct mun_val_inv *root,
			    const struct mun_val_inv *prior,
			    struct mun_val_files *files, struct mun_err *e);

/* An object root with the entries @l; @max_spec: newest OCFL allowed here
 * (E081), 0 for any.
 * @id_out: its identifier, free(), NULL where it has none; may be NULL. */
MUN_CHECK int mun_val_object(struct mun_val *v, const char *path,
			     const struct mun_dirlist *l, unsigned int max_spec,
			     char **id_out, struct mun_err *e);

/* A storage root. */
MUN_CHECK int mun_val_root(struct mun_val *v, const char *path,
			   const struct mun_dirlist *l, struct mun_err *e);

/* RFC 3339, to the second, with a zone. */
bool mun_val_is_time(const char *text);

/* RFC 3986: a scheme, ":", and something of the characters allowed. */
bool mun_val_is_uri(const char *text);

/* A name of the OCFL Extensions repository. */
bool mun_val_is_registered(const char *name);

#endif
