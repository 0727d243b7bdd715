/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_qemu.h - the PC of QEMU as a target */
#ifndef MUN_EXPORT_TARGET_QEMU_H
#define MUN_EXPORT_TARGET_QEMU_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_qemu;

#endif
