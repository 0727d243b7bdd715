/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_fsuae.h - the Amiga of FS-UAE as a target */
#ifndef MUN_EXPORT_TARGET_FSUAE_H
#define MUN_EXPORT_TARGET_FSUAE_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_fsuae;

#endif
