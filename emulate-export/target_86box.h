/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_86box.h - 86Box as a target */
#ifndef MUN_EXPORT_TARGET_86BOX_H
#define MUN_EXPORT_TARGET_86BOX_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_86box;

#endif
