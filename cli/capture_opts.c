/* SPDX-License-Identifier: Apache-2.0 */
/* cli/capture_opts.c - what one is ready to spend on a bad medium */
#include "cli/capture_opts.h"

#include "core/parse.h"

#define RETRIES_DEFAULT 1
#define RETRIES_MAX 10000u
#define TIME_MAX_S ((uint64_t)10 * 366 * 86400)

static int wrong(const struct mun_cli *c, const char *name, const char *wants,
		 const char *text)
{
	return mun_cli_usage(c, "--%s wants %s, not '%s'", name, wants, text);
}

static int number(const struct mun_cli *c, const char *name, uint64_t min,
		  uint64_t max, uint64_t *out)
{
	const char *text = mun_cli_text(c, name);
	struct mun_err why;

	if (!text || !mun_parse_u64(text, min, max, out, &why))
		return 0;
	return wrong(c, name, "a number", text);
}

static int max_time(const struct mun_cli *c, uint64_t *out_ms)
{
	const char *text = mun_cli_text(c, "max-time");
	uint64_t seconds = 0;
	struct mun_err why;

	if (text && (mun_parse_duration(text, &seconds, &why) || !seconds ||
		     seconds > TIME_MAX_S))
		return wrong(c, "max-time", "a time such as 30m", text);
	*out_ms = seconds * 1000;
	return 0;
}

static int min_rate(const struct mun_cli *c, uint64_t *out)
{
	const char *text = mun_cli_text(c, "min-rate");
	struct mun_err why;

	if (!text || !mun_parse_size(text, out, &why))
		return 0;
	return wrong(c, "min-rate", "bytes a second such as 64K", text);
}

int mun_capture_policy(const struct mun_cli *c, struct mun_rescue_policy *out)
{
	uint64_t retries = RETRIES_DEFAULT;
	int status;

	*out = (struct mun_rescue_policy){
		.no_scrape = mun_cli_flag(c, "no-scrape"),
		.reverse = mun_cli_flag(c, "reverse"),
	};
	status = number(c, "retries", 0, RETRIES_MAX, &retries);
	if (!status)
		status = number(c, "max-errors", 1, UINT64_MAX,
				&out->max_errors);
	if (!status)
		status = max_time(c, &out->max_time_ms);
	if (!status)
		status = min_rate(c, &out->min_rate);
	out->retries = (unsigned int)retries;
	return status;
}
