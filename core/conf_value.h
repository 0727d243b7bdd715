/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf_value.h - values of muniment.conf, read and judged */
#ifndef MUN_CORE_CONF_VALUE_H
#define MUN_CORE_CONF_VALUE_H

#include <stdint.h>

#include "core/err.h"

/* No period of ours is longer: 100 years, in seconds. */
#define MUN_CONF_PERIOD_MAX (UINT64_C(36500) * 86400)

/* "22:00-06:00" in minutes of the day, both 0 for "always".  MUN_EINVAL, also
 * where both times are the same. */
MUN_CHECK int mun_conf_parse_window(const char *text, uint16_t *from,
				    uint16_t *to, struct mun_err *e);

/* "90d", up to MUN_CONF_PERIOD_MAX; "off", "never" and "0": 0.  MUN_EINVAL. */
MUN_CHECK int mun_conf_parse_period(const char *text, uint64_t *seconds,
				    struct mun_err *e);

/* "80MiB/s" or "80MiB"; "0": as fast as it goes.  MUN_EINVAL. */
MUN_CHECK int mun_conf_parse_rate(const char *text, uint64_t *bytes,
				  struct mun_err *e);

/* "10%", "2.5%", up to "100%"; "off" and "0": 0.  MUN_EINVAL. */
MUN_CHECK int mun_conf_parse_percent(const char *text, double *percent,
				     struct mun_err *e);

/* "20% of 50": both at least 1; "off": both 0.  MUN_EINVAL. */
MUN_CHECK int mun_conf_parse_breaker(const char *text, unsigned int *percent,
				     unsigned int *items, struct mun_err *e);

/* What conf.c asks of its values: 0, or MUN_EINVAL that says what is wrong. */
int mun_conf_check_text(const char *value, struct mun_err *e);
int mun_conf_check_name(const char *value, struct mun_err *e);
int mun_conf_check_digests(const char *value, struct mun_err *e);
int mun_conf_check_threads(const char *value, struct mun_err *e);
int mun_conf_check_period(const char *value, struct mun_err *e);
int mun_conf_check_window(const char *value, struct mun_err *e);
int mun_conf_check_rate(const char *value, struct mun_err *e);
int mun_conf_check_digest(const char *value, struct mun_err *e);
int mun_conf_check_copies(const char *value, struct mun_err *e);
int mun_conf_check_percent(const char *value, struct mun_err *e);
int mun_conf_check_breaker(const char *value, struct mun_err *e);
int mun_conf_check_bool(const char *value, struct mun_err *e);
int mun_conf_check_url(const char *value, struct mun_err *e); /* or "" */
int mun_conf_check_signals(const char *value, struct mun_err *e);

#endif
