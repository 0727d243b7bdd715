/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/page.h - reports as one HTML page that needs nothing else, and as CSV
 *
 * No scripts, nothing fetched, black on white, made to be printed on A4 or
 * Letter: all reports look alike.
 */
#ifndef MUN_CORE_PAGE_H
#define MUN_CORE_PAGE_H

#include <stdint.h>

#include "core/str.h"

/* From the doctype to <body>, with the style sheet.  @title is text. */
void mun_page_begin(struct mun_str *out, const char *title);

/* The same with another Content-Security-Policy (ours: no quotes to escape). */
void mun_page_begin_with(struct mun_str *out, const char *title,
			 const char *policy);

/* Text that HTML and XML show as it is. */
void mun_html_text(struct mun_str *out, const char *text);

/* "1,234,567". */
void mun_page_count(struct mun_str *out, uint64_t n);

/* "952 of 1,000 (95.2 %)"; a share of nothing is none. */
void mun_page_share(struct mun_str *out, uint64_t n, uint64_t of);

/*
 * A text as a field of RFC 4180.  One that a spreadsheet would take for a
 * formula is shown behind an apostrophe, which it takes for "this is text";
 * numbers and times of ours begin with a digit and need none of this.
 */
void mun_csv_text(struct mun_str *out, const char *text);

#endif
