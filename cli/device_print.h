/* SPDX-License-Identifier: Apache-2.0 */
/* cli/device_print.h - a drive and what is in it, as text and as JSON */
#ifndef MUN_CLI_DEVICE_PRINT_H
#define MUN_CLI_DEVICE_PRINT_H

#include "core/jsonw.h"
#include "medium/device.h"

/* Of a device, on standard output; of a file nothing. */
void mun_device_print_text(const struct mun_device *m);

/* "device" and, of a disc, "optical", of the object that is open in @w; of a
 * file nothing. */
void mun_device_print_json(struct mun_jsonw *w, const struct mun_device *m);

#endif
