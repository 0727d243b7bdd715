/* SPDX-License-Identifier: Apache-2.0 */
/* medium/ask_ata.h - what an ATA drive behind SCSI commands says and hides */
#ifndef MUN_MEDIUM_ASK_ATA_H
#define MUN_MEDIUM_ASK_ATA_H

#include <stdbool.h>

#include "medium/device.h"
#include "medium/scsi_identity.h"

/**
 * mun_ask_ata() - identity and hidden sectors, where it is an ATA drive
 *
 * Asked only of drives whose medium does not come out, as the system itself
 * does when one is plugged in: some sticks and card readers do not survive it.
 */
void mun_ask_ata(struct mun_transport *t, const struct mun_scsi_inquiry *q,
		 struct mun_device_facts *f);

/**
 * mun_ask() - one command, again after a unit attention
 * @why: of a failure, for people; "" where it succeeded
 *
 * Return: did it end well?
 */
bool mun_ask(struct mun_transport *t, struct mun_scsi_cmd *cmd,
	     char why[static 96]);

#endif
