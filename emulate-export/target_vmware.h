/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_vmware.h - VMware Workstation as a target */
#ifndef MUN_EXPORT_TARGET_VMWARE_H
#define MUN_EXPORT_TARGET_VMWARE_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_vmware;

#endif
