/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_hyperv.h - Hyper-V as a target */
#ifndef MUN_EXPORT_TARGET_HYPERV_H
#define MUN_EXPORT_TARGET_HYPERV_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_hyperv;

#endif
