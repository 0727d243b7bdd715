/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_v86.h - v86 as a target */
#ifndef MUN_EXPORT_TARGET_V86_H
#define MUN_EXPORT_TARGET_V86_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_v86;

#endif
