/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_virtualbox.h - VirtualBox as a target */
#ifndef MUN_EXPORT_TARGET_VIRTUALBOX_H
#define MUN_EXPORT_TARGET_VIRTUALBOX_H

#include "emulate-export/target.h"

extern const struct mun_target mun_target_virtualbox;

#endif
