/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/targets.c - the table of emulators that packages are made for */
#include "emulate-export/target.h"

#include <string.h>

#include "emulate-export/target_86box.h"
#include "emulate-export/target_dosbox.h"
#include "emulate-export/target_dosbox_x.h"
#include "emulate-export/target_eaasi.h"
#include "emulate-export/target_emulatorjs.h"
#include "emulate-export/target_fsuae.h"
#include "emulate-export/target_fuse.h"
#include "emulate-export/target_hatari.h"
#include "emulate-export/target_hyperv.h"
#include "emulate-export/target_jsdos.h"
#include "emulate-export/target_macos.h"
#include "emulate-export/target_mame.h"
#include "emulate-export/target_minivmac.h"
#include "emulate-export/target_openmsx.h"
#include "emulate-export/target_qemu.h"
#include "emulate-export/target_qemu_ppc.h"
#include "emulate-export/target_raw.h"
#include "emulate-export/target_scummvm.h"
#include "emulate-export/target_simh.h"
#include "emulate-export/target_v86.h"
#include "emulate-export/target_vice.h"
#include "emulate-export/target_virtualbox.h"
#include "emulate-export/target_vmware.h"

const struct mun_target *const mun_targets[] = {
	/* PCs */
	&mun_target_qemu,
	&mun_target_dosbox,
	&mun_target_dosbox_x,
	&mun_target_86box,
	&mun_target_virtualbox,
	&mun_target_vmware,
	&mun_target_hyperv,
	&mun_target_scummvm,
	/* Macintosh */
	&mun_target_qemu_ppc,
	&mun_target_sheepshaver,
	&mun_target_basilisk,
	&mun_target_minivmac,
	/* Home computers and others */
	&mun_target_fsuae,
	&mun_target_hatari,
	&mun_target_vice,
	&mun_target_openmsx,
	&mun_target_fuse,
	&mun_target_simh,
	&mun_target_mame,
	/* Browsers */
	&mun_target_v86,
	&mun_target_jsdos,
	&mun_target_emulatorjs,
	/* Archives, and nothing that starts */
	&mun_target_eaasi,
	&mun_target_raw,
	NULL,
};

const struct mun_target *mun_target_find(const char *name)
{
	for (size_t i = 0; mun_targets[i]; i++) {
		if (!strcmp(mun_targets[i]->name, name))
			return mun_targets[i];
	}
	return NULL;
}
