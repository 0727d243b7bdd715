/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/migrate.h - bring the schema of a catalog up to date
 *
 * Migrations are numbered from 1 in the order of their table (schemas/sql,
 * embedded); each is applied in one transaction, which also sets user_version
 * and writes its SHA-256 down.
 */
#ifndef MUN_CATALOG_MIGRATE_H
#define MUN_CATALOG_MIGRATE_H

#include "catalog/query.h"
#include "core/embed.h"

/* Apply all of @migrations to the empty database of @c. */
MUN_CHECK int mun_migrate_new(struct mun_catalog *c,
			      const struct mun_embedded *migrations,
			      struct mun_err *e);

/**
 * mun_migrate() - judge the file of @c and apply what is missing
 *
 * Return: 0; MUN_ECORRUPT where the file is no catalog of ours, or says that
 * other migrations were applied than these; MUN_EUNSUPPORTED where it has more
 * than these (nothing was changed); MUN_EIO.
 */
MUN_CHECK int mun_migrate(struct mun_catalog *c,
			  const struct mun_embedded *migrations,
			  struct mun_err *e);

/* Open, and migrate: mun_catalog_open() with other migrations, for tests. */
MUN_CHECK int mun_migrate_open(const char *path,
			       const struct mun_embedded *migrations,
			       struct mun_catalog **out, struct mun_err *e);

/* Make a new file, whole or not at all: mun_catalog_init() likewise. */
MUN_CHECK int mun_migrate_init(const char *path,
			       const struct mun_embedded *migrations,
			       struct mun_err *e);

#endif
