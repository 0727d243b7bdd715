/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_emulatorjs.h - EmulatorJS as a target */
#ifndef MUN_EXPORT_TARGET_EMULATORJS_H
#define MUN_EXPORT_TARGET_EMULATORJS_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_emulatorjs;

#endif
