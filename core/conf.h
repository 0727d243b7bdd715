/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/conf.h - muniment.conf: INI for people (docs/configuration.md)
 *
 * Only keys of the table in conf.c exist; an unknown key is an error that
 * names the line.  Writing keeps comments, order and spacing.
 */
#ifndef MUN_CORE_CONF_H
#define MUN_CORE_CONF_H

#include <stddef.h>

#include "core/err.h"

struct mun_conf;

struct mun_conf_key {
	const char *name; /* "digests" */
	const char *section; /* "repository" */
	const char *fallback; /* the value where the file says nothing */
	const char *help; /* one line */
	/* 0, or MUN_EINVAL that says what is wrong with @value. */
	int (*check)(const char *value, struct mun_err *e);
};

/* All keys there are; the table ends with a NULL name. */
extern const struct mun_conf_key mun_conf_keys[];

/* Return: 0, MUN_ENOENT, MUN_ECORRUPT (line and reason), MUN_EIO. */
MUN_CHECK int mun_conf_load(const char *path, struct mun_conf **out,
			    struct mun_err *e);
void mun_conf_free(struct mun_conf *c); /* NULL is fine */
MUN_DEFINE_FREEP(conf, mun_conf_free);

/* The value or the fallback; NULL for an unknown key.  Lives as long as @c. */
const char *mun_conf_get(const struct mun_conf *c, const char *key);

/* Change one key in the file, durably, all else byte for byte as it was.
 * Return: 0, MUN_EINVAL (unknown key, value refused), MUN_EIO. */
MUN_CHECK int mun_conf_set(const char *path, const char *key, const char *value,
			   struct mun_err *e);

#endif
