/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_simh.h - the PDP-11 and VAX of SIMH as a target */
#ifndef MUN_EXPORT_TARGET_SIMH_H
#define MUN_EXPORT_TARGET_SIMH_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_simh;

#endif
