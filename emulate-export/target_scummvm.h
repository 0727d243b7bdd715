/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_scummvm.h - ScummVM as a target */
#ifndef MUN_EXPORT_TARGET_SCUMMVM_H
#define MUN_EXPORT_TARGET_SCUMMVM_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_scummvm;

#endif
