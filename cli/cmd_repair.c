/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_repair.c - muniment repair */
#include "cli/audit_print.h"
#include "cli/cli.h"
#include "cli/custodian.h"

#include <stdio.h>

static int repair(struct mun_cli *c, struct mun_audit_print *p,
		  struct mun_err *e)
{
	bool dry_run = mun_cli_flag(c, "dry-run");
	struct mun_cli_custody y;
	struct mun_repair_request q = {
		.store = mun_cli_text(c, "store"),
		.dry_run = dry_run,
	};
	int rc = mun_cli_custody_open(c, 0, !dry_run, &y, e);

	if (rc)
		return rc;
	y.repo->stamp = true;
	q.objects = y.nobjects ? y.objects : NULL;
	q.nobjects = y.nobjects;
	rc = mun_print_repairs(p, &y.k, &q, e);
	mun_cli_custody_close(&y);
	return rc;
}

int mun_cmd_repair(struct mun_cli *c)
{
	struct mun_audit_print p = { 0 };
	struct mun_jsonw w;
	struct mun_err e;
	int status;

	if (!c->nargs && !mun_cli_flag(c, "all"))
		return mun_cli_usage(c, "repair needs OBJECT or --all");
	if (c->nargs && mun_cli_flag(c, "all"))
		return mun_cli_usage(c, "give either OBJECT or --all");
	if (mun_cli_flag(c, "json")) {
		p.w = &w;
		mun_cli_json_begin(&w);
	}
	if (repair(c, &p, &e))
		status = mun_cli_error(c, &e);
	else
		status = p.not_repaired ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE;
	if (p.w) {
		mun_jsonw_u64(&w, "repaired", p.repaired);
		mun_jsonw_u64(&w, "not_repaired", p.not_repaired);
		status = mun_cli_json_end(c, &w, status);
	} else if (status != MUN_EXIT_FAILED) {
		(void)printf("%ju files repaired, %ju not\n",
			     (uintmax_t)p.repaired, (uintmax_t)p.not_repaired);
	}
	mun_print_clear(&p);
	return status;
}
