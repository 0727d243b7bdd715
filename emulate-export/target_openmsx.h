/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_openmsx.h - the MSX of openMSX as a target */
#ifndef MUN_EXPORT_TARGET_OPENMSX_H
#define MUN_EXPORT_TARGET_OPENMSX_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_openmsx;

#endif
