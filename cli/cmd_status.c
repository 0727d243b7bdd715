/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_status.c - muniment status */
#include "audit/metrics.h"
#include "cli/cli.h"
#include "cli/custodian.h"

#include <stdio.h>

static int print(struct mun_cli *c, const struct mun_status *s,
		 struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_jsonw w;
	int rc;

	if (mun_cli_flag(c, "json")) {
		mun_cli_json_begin(&w);
		mun_status_json(s, &w);
		return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
	}
	rc = mun_status_text(s, &text, e);
	if (rc)
		return mun_cli_error(c, e);
	(void)fputs(text, stdout);
	return MUN_EXIT_DONE;
}

int mun_cmd_status(struct mun_cli *c)
{
	const char *metrics = mun_cli_text(c, "metrics");
	mun_auto(status) *s = NULL;
	struct mun_cli_custody y;
	struct mun_err e;
	int status;
	int rc = mun_cli_custody_open(c, c->nargs, false, &y, &e);

	if (rc)
		return mun_cli_error(c, &e);
	rc = mun_status_gather(y.repo->catalog, y.repo->conf, y.repo->path,
			       y.holdings, &s, &e);
	if (!rc && metrics)
		rc = mun_metrics_write(s, metrics, &e);
	mun_cli_custody_close(&y);
	if (rc)
		return mun_cli_error(c, &e);
	status = print(c, s, &e);
	if (!status && mun_status_is_bad(s))
		return MUN_EXIT_DAMAGE;
	return status;
}
