/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_minivmac.h - the Macintosh of Mini vMac as a target */
#ifndef MUN_EXPORT_TARGET_MINIVMAC_H
#define MUN_EXPORT_TARGET_MINIVMAC_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_minivmac;

#endif
