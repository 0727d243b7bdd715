/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_jsdos.h - js-dos as a target */
#ifndef MUN_EXPORT_TARGET_JSDOS_H
#define MUN_EXPORT_TARGET_JSDOS_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_jsdos;

#endif
