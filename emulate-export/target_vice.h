/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_vice.h - the Commodores of VICE as a target */
#ifndef MUN_EXPORT_TARGET_VICE_H
#define MUN_EXPORT_TARGET_VICE_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_vice;

#endif
