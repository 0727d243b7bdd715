/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_libvirt.h - the machine as a domain of libvirt */
#ifndef MUN_EXPORT_TARGET_LIBVIRT_H
#define MUN_EXPORT_TARGET_LIBVIRT_H

#include "emulate-export/target.h"

/**
 * mun_libvirt_add() - config/libvirt.xml, and config/libvirt that starts it
 * @p: of a target for a PC: slots as in target_pc.h
 *
 * A domain has absolute paths: the script puts them in.
 * Return: 0, MUN_EINVAL, MUN_ENOMEM.
 */
MUN_CHECK int mun_libvirt_add(const struct mun_target_set *s,
			      const struct mun_plan *p, struct mun_kit *k,
			      struct mun_err *e);

#endif
