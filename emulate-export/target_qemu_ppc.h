/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_qemu_ppc.h - QEMU's Power Macintosh as a target */
#ifndef MUN_EXPORT_TARGET_QEMU_PPC_H
#define MUN_EXPORT_TARGET_QEMU_PPC_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_qemu_ppc;

#endif
