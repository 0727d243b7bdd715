/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/conf.h - muniment.conf: INI for people (docs/configuration.md)
 *
 * Sections are [repository], [store NAME], [collection NAME] and [collection
 * NAME on STORE].  Only keys of the table in conf.c exist, each in some kinds
 * of sections; an unknown key is an error that names the line.  Writing keeps
 * comments, order and spacing.
 */
#ifndef MUN_CORE_CONF_H
#define MUN_CORE_CONF_H

#include <stddef.h>

#include "core/err.h"

struct mun_conf;

enum mun_conf_kind {
	MUN_CONF_REPOSITORY = 1,
	MUN_CONF_STORE = 2,
	MUN_CONF_COLLECTION = 4,
	MUN_CONF_ON = 8, /* a collection on a store */
};

struct mun_conf_key {
	const char *name; /* "digests" */
	unsigned int kinds; /* enum mun_conf_kind, or-ed: where it may stand */
	const char *fallback; /* the value where the file says nothing */
	const char
		*older; /* key that speaks where this one does not; or NULL */
	const char *help; /* one line */
	/* 0, or MUN_EINVAL that says what is wrong with @value. */
	int (*check)(const char *value, struct mun_err *e);
};

/* All keys there are; the table ends with a NULL name. */
extern const struct mun_conf_key mun_conf_keys[];

/* A section in which the file says something; lent, of the mun_conf. */
struct mun_conf_section {
	const char *title; /* as written: "collection Maps on tape" */
	enum mun_conf_kind kind;
	const char *collection; /* "" where there is none */
	const char *store; /* "" where there is none */
};

/* Return: 0, MUN_ENOENT, MUN_ECORRUPT (line and reason), MUN_EIO. */
MUN_CHECK int mun_conf_load(const char *path, struct mun_conf **out,
			    struct mun_err *e);
void mun_conf_free(struct mun_conf *c); /* NULL is fine */
MUN_DEFINE_FREEP(conf, mun_conf_free);

/* The value in [repository] or the fallback; NULL for an unknown key.  Lives as
 * long as @c, as do all values. */
const char *mun_conf_get(const struct mun_conf *c, const char *key);

/* What the section of that title ("store tape") itself says; else NULL. */
const char *mun_conf_get_in(const struct mun_conf *c, const char *section,
			    const char *key);

/**
 * mun_conf_find() - what holds for a collection on a store
 * @collection: or ""
 * @store:      or ""
 *
 * The first that says something: [collection NAME on STORE], [collection NAME],
 * [store STORE], [repository], the same for the older name of the key, the
 * fallback.
 * Return: the value, or NULL for an unknown key.
 */
const char *mun_conf_find(const struct mun_conf *c, const char *collection,
			  const char *store, const char *key);

/* Section number @i, in the order of the file but with [repository] first, even
 * an empty one; NULL behind the last. */
const struct mun_conf_section *mun_conf_sections(const struct mun_conf *c,
						 size_t i);

/*
 * Dotted names: "KEY", "store.NAME.KEY", "collection.NAME.KEY",
 * "collection.NAME@STORE.KEY".  The name of a collection may hold dots; one
 * that ends like "@store" is put in double quotes, and so is in its section one
 * that ends like " on store".
 */

/**
 * mun_conf_get_dotted() - what holds there, as mun_conf_find() would say
 *
 * Any key may be asked for anywhere.
 * Return: 0, MUN_EINVAL (no such key, or no such place), MUN_ENOMEM.
 */
MUN_CHECK int mun_conf_get_dotted(const struct mun_conf *c, const char *dotted,
				  const char **value, struct mun_err *e);

/* The dotted name of @key in @s; *@out is the caller's.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_conf_dotted(const struct mun_conf_section *s, const char *key,
			      char **out, struct mun_err *e);

/* Would mun_conf_set() take it?  0, MUN_EINVAL or MUN_ENOMEM. */
MUN_CHECK int mun_conf_check(const char *dotted, const char *value,
			     struct mun_err *e);

/* Change one key (a dotted name) in the file, durably, all else byte for byte
 * as it was.  Return: 0, MUN_EINVAL (unknown key, value refused), MUN_EIO. */
MUN_CHECK int mun_conf_set(const char *path, const char *dotted,
			   const char *value, struct mun_err *e);

#endif
