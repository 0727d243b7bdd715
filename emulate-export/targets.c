/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/targets.c - the table of emulators that packages are made for */
#include "emulate-export/target.h"

#include <string.h>

#include "emulate-export/target_qemu.h"

const struct mun_target *const mun_targets[] = {
	&mun_target_qemu,
	NULL,
};

const struct mun_target *mun_target_find(const char *name)
{
	for (size_t i = 0; mun_targets[i]; i++) {
		if (!strcmp(mun_targets[i]->name, name))
			return mun_targets[i];
	}
	return NULL;
}
