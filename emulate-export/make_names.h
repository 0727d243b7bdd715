/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_names.h - names of files as other systems can have them
 *
 * All of a folder at a time, as no two may be the same there.  What needs no
 * change gets its name first; the rest goes by the order of bytes, so that the
 * result depends on the names alone.
 */
#ifndef MUN_EMULATE_EXPORT_MAKE_NAMES_H
#define MUN_EMULATE_EXPORT_MAKE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "emulate-export/make_tree.h"

enum mun_make_charset {
	/* A-Z 0-9 _, of one folder never the same: ECMA-119, level 1. */
	MUN_MAKE_D_CHARACTERS,
	/* What DOS allows in ASCII; the rest is '_': aliases of long names. */
	MUN_MAKE_DOS_ASCII,
	/* ... and the letters of code page 437: where there is no long name. */
	MUN_MAKE_DOS_437,
};

/**
 * mun_make_short_names() - 8.3 names of all in the folder @dir
 *
 * Sets short_name and short_is_name of each.  Never the name of a DOS device,
 * nor, of MUN_MAKE_DOS_ASCII, another's wide name: make those before.
 * Return: 0, MUN_ENOMEM, or MUN_EUNSUPPORTED where there are no names left.
 */
MUN_CHECK int mun_make_short_names(struct mun_make_node *dir,
				   enum mun_make_charset set,
				   struct mun_err *e);

/**
 * mun_make_wide_names() - UTF-16 names of all in @dir, as Windows takes them
 * @most: units
 *
 * No '*', '/', ':', ';' (of Joliet: @joliet), '?', '\', quotes, '<', '>', '|',
 * control characters; no '.' or blank at the end; no DOS device; no two that
 * differ by case alone.  What is not UTF-8 becomes '_' byte for byte.
 * Sets wide and nwide; mun_make_wide_is_name() tells whether it was changed.
 */
MUN_CHECK int mun_make_wide_names(struct mun_make_tree *t,
				  struct mun_make_node *dir, size_t most,
				  bool joliet, struct mun_err *e);
bool mun_make_wide_is_name(const struct mun_make_node *n);

/* UTF-16 as UTF-8, and a short name in code page 437 likewise. */
void mun_make_wide_text(const uint16_t *wide, size_t n, struct mun_str *out);
void mun_make_short_text(const char *name, struct mun_str *out);

#endif
