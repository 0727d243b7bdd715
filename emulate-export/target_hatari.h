/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_hatari.h - the Atari ST of Hatari as a target */
#ifndef MUN_EXPORT_TARGET_HATARI_H
#define MUN_EXPORT_TARGET_HATARI_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_hatari;

#endif
