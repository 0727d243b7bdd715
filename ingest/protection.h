/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/protection.h - what kept a medium from being written to, for the record */
#ifndef MUN_INGEST_PROTECTION_H
#define MUN_INGEST_PROTECTION_H

#include "core/str.h"
#include "medium/device.h"

/* The value of MUN_PROPERTY_PROTECTION where nothing did. */
#define MUN_PROTECTION_NONE "none"

/**
 * mun_protection_kinds() - append which protections were in force
 * @blocker: hardware write blocker as the operator named it, or ""
 *
 * "kernel read-only flag, write-protect tab", or MUN_PROTECTION_NONE.  That it
 * was only opened to be read protects it from us and from nobody else.
 */
void mun_protection_kinds(const struct mun_device_facts *f, const char *blocker,
			  struct mun_str *out);

/* Append all of it: flags before and after, of the device, its disk, its
 * partitions; the tab; the blocker; or plainly that there was none. */
void mun_protection_text(const struct mun_device_facts *f, const char *blocker,
			 struct mun_str *out);

/* "protected", "writable", or "" where the drive does not tell. */
const char *mun_tab_word(enum mun_write_tab tab);

/* Append what is known of sectors that the device does not show; nothing where
 * nothing is. */
void mun_hidden_text(const struct mun_device_facts *f, struct mun_str *out);

#endif
