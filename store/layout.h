/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/layout.h - where an object lies, and the constant files of a root
 *
 * Extension 0004-hashed-n-tuple-storage-layout.  Roots of ours have its
 * defaults; the validator meets others too.
 */
#ifndef MUN_STORE_LAYOUT_H
#define MUN_STORE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "fixity/digest.h"

#define MUN_LAYOUT_NAME "0004-hashed-n-tuple-storage-layout"

#define MUN_ROOT_DECLARATION "0=ocfl_1.1"
#define MUN_ROOT_LAYOUT "ocfl_layout.json"
#define MUN_ROOT_CONFIG_DIR "extensions/" MUN_LAYOUT_NAME
#define MUN_ROOT_CONFIG MUN_ROOT_CONFIG_DIR "/config.json"

#define MUN_OBJECT_DECLARATION "0=ocfl_object_1.1"
#define MUN_OBJECT_DECLARATION_TEXT "ocfl_object_1.1\n"
#define MUN_OBJECT_SIDECAR "inventory.json.sha512"

/* A file of the root whose bytes never differ. */
struct mun_root_file {
	const char *dir; /* below the root, "" for the root itself */
	const char *name;
	const char *text;
	const char *code; /* of OCFL, for other bytes */
};

/* In the order in which they are written: the declaration is the last.  Ends
 * with a NULL name. */
extern const struct mun_root_file mun_root_files[];

/* The algorithm that OCFL calls exactly @name, if we can compute it. */
bool mun_layout_alg(const char *name, enum mun_digest_alg *out);

struct mun_layout {
	enum mun_digest_alg alg;
	size_t tuple_size; /* hex digits */
	size_t tuples;
	bool short_root; /* the last folder is only the rest of the digest */
};

extern const struct mun_layout mun_layout_default;

/**
 * mun_layout_parse() - the parameters in an extension's config.json
 *
 * What is not there has its default.
 * Return: 0, MUN_ECORRUPT (the text says what), MUN_ENOMEM.
 */
MUN_CHECK int mun_layout_parse(const char *text, size_t len,
			       struct mun_layout *out, struct mun_err *e);

/* Do both put every object at the same place? */
bool mun_layout_equal(const struct mun_layout *a, const struct mun_layout *b);

/* The folder of object @id below the root; the caller's, free().
 * 0, MUN_ENOMEM, MUN_EUNSUPPORTED. */
MUN_CHECK int mun_layout_path(const struct mun_layout *l, const char *id,
			      char **out, struct mun_err *e);

#endif
