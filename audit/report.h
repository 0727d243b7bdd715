/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/report.h - the audit report: eight parts, in four forms
 *
 * docs/reports.md explains each part.  Everything is computed from the catalog
 * as of the end of the period (or now, whichever is earlier) in one read
 * transaction, so a report of last year made today says what was so then.
 */
#ifndef MUN_AUDIT_REPORT_H
#define MUN_AUDIT_REPORT_H

#include "catalog/report_facts.h"
#include "core/conf.h"
#include "core/log.h"
#include "fixity/ledger.h"

/* A period as people name it: "2026", "2026-Q3", "2026-07", or
 * "2026-01-15..2026-03-31" (both days are in it); UTC. */
struct mun_period {
	char name[32];
	int64_t from; /* ms, inclusive */
	int64_t to; /* ms, exclusive */
};
MUN_CHECK int mun_period_parse(const char *text, struct mun_period *out,
			       struct mun_err *e);

enum mun_report_for {
	MUN_REPORT_GENERAL,
	MUN_REPORT_NDSA, /* Levels of Digital Preservation 2.0 (2019) */
	MUN_REPORT_ISO16363,
	MUN_REPORT_CTS, /* CoreTrustSeal 2023-2025 */
	MUN_REPORT_FOR_N
};

/* "", "ndsa", "iso16363", "cts"; MUN_EINVAL. */
const char *mun_report_for_name(enum mun_report_for f);
MUN_CHECK int mun_report_for_parse(const char *text, enum mun_report_for *out,
				   struct mun_err *e);

#define MUN_REPORT_HTML 1u
#define MUN_REPORT_CSV 2u
#define MUN_REPORT_JSON 4u
#define MUN_REPORT_PREMIS 8u

/* Names separated by commas ("html,csv"), or "all"; a set of MUN_REPORT_*. */
MUN_CHECK int mun_report_formats_parse(const char *text, unsigned int *out,
				       struct mun_err *e);

struct mun_report_problem {
	const char *code;
	const char *where;
	const char *text;
};

struct mun_report_request {
	struct mun_period period;
	enum mun_report_for for_whom;
	unsigned int formats; /* MUN_REPORT_* */
	const char *dir; /* reports are kept in it, each in a folder */
	const char *previous; /* folder of the report before; NULL: the newest
			       * in @dir of this repository */
	const struct mun_conf *conf;
	const char *operator_name; /* or "" */
	const char *program_version;
	/* The ledger against the catalog, as mun_catalog_compare() judged it;
	 * NULL: it was not asked (the report says so). */
	const struct mun_ledger_verdict *ledger;
	const struct mun_report_problem *problems; /* of that comparison */
	size_t nproblems;
};

struct mun_report_made {
	char *folder; /* free() */
	char digest[65]; /* SHA-256 of its SHA256SUMS: the report's */
	bool damage; /* the report tells of open incidents, damage, or a ledger
		      * that does not agree */
};

/**
 * mun_report_make() - write the report as the folder DIR/PERIOD, whole or absent
 *
 * Beside the forms that were asked for it holds about.txt and SHA256SUMS (for
 * sha256sum -c).  A folder of that name that is there already is never
 * touched: the next is PERIOD.2.  That the report was made, and its digest, is
 * then a fact of the catalog; where that cannot be written (a read-only
 * catalog) the report stands and the log says so.
 * Return: 0; MUN_EINVAL (the period has not begun); MUN_EIO, MUN_ECORRUPT,
 * MUN_ECANCELLED, MUN_ENOMEM.
 */
MUN_CHECK int mun_report_make(struct mun_catalog *c,
			      const struct mun_report_request *q,
			      struct mun_report_made *out, struct mun_err *e);

#endif
