/* SPDX-License-Identifier: Apache-2.0 */
/* audit/metrics.h - the state of a repository as a Prometheus text file */
#ifndef MUN_AUDIT_METRICS_H
#define MUN_AUDIT_METRICS_H

#include "audit/status.h"
#include "core/str.h"

/* Append all metrics (text format 0.0.4; docs/reports.md has their names). */
void mun_metrics_text(const struct mun_status *s, struct mun_str *out);

/* The same into the file @path, which is replaced in one step, as node
 * exporters want it.  0, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_metrics_write(const struct mun_status *s, const char *path,
				struct mun_err *e);

#endif
