/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_eaasi.h - EaaSI as a target */
#ifndef MUN_EXPORT_TARGET_EAASI_H
#define MUN_EXPORT_TARGET_EAASI_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_eaasi;

#endif
