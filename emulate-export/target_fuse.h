/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_fuse.h - the Spectrum of Fuse as a target */
#ifndef MUN_EXPORT_TARGET_FUSE_H
#define MUN_EXPORT_TARGET_FUSE_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_fuse;

#endif
