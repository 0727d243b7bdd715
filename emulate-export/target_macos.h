/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_macos.h - Basilisk II and SheepShaver as targets */
#ifndef MUN_EXPORT_TARGET_MACOS_H
#define MUN_EXPORT_TARGET_MACOS_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_basilisk;
extern const struct mun_target mun_target_sheepshaver;

#endif
