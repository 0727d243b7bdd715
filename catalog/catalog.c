/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog.c - make and open a catalog with the migrations we carry */
#include "catalog/catalog.h"

#include "catalog/migrate.h"
#include "core/embed.h"

int mun_catalog_init(const char *path, struct mun_err *e)
{
	return mun_migrate_init(path, mun_sql_migrations, e);
}

int mun_catalog_open(const char *path, struct mun_catalog **out,
		     struct mun_err *e)
{
	return mun_migrate_open(path, mun_sql_migrations, out, e);
}
