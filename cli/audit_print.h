/* SPDX-License-Identifier: Apache-2.0 */
/* cli/audit_print.h - what an audit and a repair say, as text and JSON */
#ifndef MUN_CLI_AUDIT_PRINT_H
#define MUN_CLI_AUDIT_PRINT_H

#include "audit/repair.h"
#include "audit/run.h"
#include "cli/cli.h"

/* Results as they come; @w is NULL for text. */
struct mun_audit_print {
	struct mun_jsonw *w;
	size_t n, room;
	struct mun_run_result *runs;
	uint64_t repaired; /* files */
	uint64_t not_repaired;
	bool out_of_memory;
	size_t nmended; /* objects with a file that was repaired, each once */
	char (*mended)[MUN_UUID_LEN];
};

/* As mun_feed_finding_fn, mun_run_result_fn, mun_repair_result_fn; the context
 * is the struct. */
void mun_print_finding(void *print, const struct mun_feed_finding *f);
void mun_print_keep_run(void *print, const struct mun_run_result *r);
void mun_print_repair(void *print, const struct mun_repair_result *r);

/* After the findings: the end of their array, stores, counts. */
void mun_print_runs(struct mun_audit_print *p);

/* Repair what @q names, print it (the member "repairs"), and verify the objects
 * that were repaired at once (the member "verified_again"). */
MUN_CHECK int mun_print_repairs(struct mun_audit_print *p,
				const struct mun_custodian *k,
				const struct mun_repair_request *q,
				struct mun_err *e);

/* Not done comes before damage, as everywhere. */
int mun_print_exit(const struct mun_audit_print *p);
void mun_print_clear(struct mun_audit_print *p);

#endif
