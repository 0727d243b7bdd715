/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_raw.h - the image alone as a target */
#ifndef MUN_EXPORT_TARGET_RAW_H
#define MUN_EXPORT_TARGET_RAW_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_raw;

#endif
