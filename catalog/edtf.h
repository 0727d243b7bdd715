/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/edtf.h - is it a date, and when?  EDTF (ISO 8601-2) and RFC 3339 */
#ifndef MUN_CATALOG_EDTF_H
#define MUN_CATALOG_EDTF_H

#include <stdbool.h>
#include <stdint.h>

/**
 * mun_edtf_is_valid() - is @text an Extended Date/Time Format string?
 *
 * Levels 0, 1 and 2 of the specification of the Library of Congress (2019):
 * dates, date and time with its zone, intervals with open and unknown ends,
 * uncertain and approximate (?, ~, %), unspecified digits (X), seasons, years
 * beyond four digits (Y), exponential years, significant digits (S), and sets
 * ([..], {..}).  Days must exist in their month.  Ends of intervals may have a
 * time (ISO 8601-1, 5.5.2), which PREMIS records need; whether an interval ends
 * before it starts is not asked.
 */
bool mun_edtf_is_valid(const char *text);

/* Date and time with an offset or Z, seconds perhaps with a fraction
 * (RFC 3339, 5.6). */
bool mun_rfc3339_is_valid(const char *text);

/**
 * mun_edtf_span() - the first and the last moment that a date can mean
 * @text: a year, a month, a day (levels 0 and 1, with unspecified digits:
 *        "2040", "204X", "2040-06", "2040-XX-31"), or a time with its offset
 * @first_ms: milliseconds since 1970 in UTC, like mun_now_ms
 * @last_ms:  the last millisecond of that year, month, day; of a time, it
 *
 * Days are days in UTC.  Return: false for whatever else EDTF has (intervals,
 * sets, seasons, qualifiers, years beyond four digits), for a year of which no
 * digit is known, and for what is no date.
 */
bool mun_edtf_span(const char *text, int64_t *first_ms, int64_t *last_ms);

#endif
