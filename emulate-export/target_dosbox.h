/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_dosbox.h - DOSBox 0.74 as a target */
#ifndef MUN_EXPORT_TARGET_DOSBOX_H
#define MUN_EXPORT_TARGET_DOSBOX_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_dosbox;

#endif
