/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_mame.h - the machines of MAME as a target */
#ifndef MUN_EXPORT_TARGET_MAME_H
#define MUN_EXPORT_TARGET_MAME_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_mame;

#endif
