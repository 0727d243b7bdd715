/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/package_int.h - inside of packages; for package*.c only */
#ifndef MUN_EXPORT_PACKAGE_INT_H
#define MUN_EXPORT_PACKAGE_INT_H

#include "emulate-export/package.h"

/* A further file in the list; @out is good until the next one.  0, MUN_EINVAL
 * (a path that is taken, or none), MUN_ENOMEM. */
MUN_CHECK int mun_package_add(struct mun_package *p, const char *path,
			      mode_t mode, uint64_t bytes,
			      struct mun_package_file **out, struct mun_err *e);

/* A file was found where it should be, with the mode and size that it should
 * have.  0, MUN_EFIXITY, MUN_ECORRUPT. */
MUN_CHECK int mun_package_found(struct mun_package *p, const char *path,
				mode_t mode, uint64_t bytes,
				struct mun_package_file **out,
				struct mun_err *e);

#endif
