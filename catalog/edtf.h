/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/edtf.h - is it a date?  EDTF (ISO 8601-2) and RFC 3339 */
#ifndef MUN_CATALOG_EDTF_H
#define MUN_CATALOG_EDTF_H

#include <stdbool.h>

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

#endif
