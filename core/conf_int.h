/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf_int.h - what the files of conf share */
#ifndef MUN_CORE_CONF_INT_H
#define MUN_CORE_CONF_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/conf.h"
#include "core/conf_name.h"

#define MUN_CONF_MAX_BYTES ((size_t)1 << 20)
#define MUN_CONF_NKEYS 21

struct mun_conf_entry {
	char *title; /* as written where it came first */
	struct mun_conf_place place; /* without a key */
	struct mun_conf_section shown;
	char *values[MUN_CONF_NKEYS]; /* NULL: the file says nothing */
};

struct mun_conf {
	size_t n;
	struct mun_conf_entry *entries; /* [repository] first */
};

/* The key's place in mun_conf_keys, or MUN_CONF_NKEYS. */
size_t mun_conf_key_find(const char *key);

/* A text in memory; as mun_conf_load(), without the path in errors. */
MUN_CHECK int mun_conf_parse(const char *text, size_t len,
			     struct mun_conf **out, struct mun_err *e);

#endif
