/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/export_event.h - that a package was given out, in the catalog */
#ifndef MUN_EXPORT_EXPORT_EVENT_H
#define MUN_EXPORT_EXPORT_EVENT_H

#include <stdint.h>

#include "catalog/catalog.h"
#include "core/err.h"

struct mun_dissemination {
	const char *object; /* ids */
	const char *master;
	const char *event;
	const char *target; /* for people */
	const char *package; /* its name */
	const char *operator_name; /* "" or NULL: nobody is named */
	const char *program_version;
	int64_t started_ms;
};

/* Record the event "dissemination", which ends now, with its agents.
 * Return: 0, or as mun_catalog_add_events(). */
MUN_CHECK int mun_export_event(struct mun_catalog *c,
			       const struct mun_dissemination *d,
			       struct mun_err *e);

#endif
