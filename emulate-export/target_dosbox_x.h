/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_dosbox_x.h - DOSBox-X as a target */
#ifndef MUN_EXPORT_TARGET_DOSBOX_X_H
#define MUN_EXPORT_TARGET_DOSBOX_X_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_dosbox_x;

#endif
