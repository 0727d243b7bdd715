/* SPDX-License-Identifier: Apache-2.0 */
/* core/page.c - reports as a page that needs nothing else, and as CSV */
#include "core/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char style[] =
	"@page{size:auto;margin:18mm 15mm 20mm}\n"
	"html{font:15px/1.45 'Liberation Sans','DejaVu Sans',Arial,"
	"Helvetica,sans-serif;color:#000;background:#fff}\n"
	"body{max-width:62rem;margin:0 auto;padding:1.5rem}\n"
	"h1{font-size:1.7rem;line-height:1.2;margin:0 0 .2rem}\n"
	"h2{font-size:1.25rem;margin:2.2rem 0 .6rem;padding-top:.5rem;"
	"border-top:2px solid #000;break-after:avoid}\n"
	"h3{font-size:1rem;margin:1.3rem 0 .4rem;break-after:avoid}\n"
	"p{margin:.4rem 0;max-width:46rem}\n"
	".sub{color:#333;margin:0 0 1.2rem}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-size:.84rem;margin:.4rem 0;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{border-bottom:1px solid #999;padding:.25rem .55rem;"
	"text-align:left;vertical-align:top}\n"
	"th{border-bottom:1.5px solid #000;vertical-align:bottom;"
	"font-weight:bold}\n"
	"td.n,th.n{text-align:right}td.n{white-space:nowrap}\n"
	"td.l{white-space:pre-line}\n"
	".sum{border:1.5px solid #000;padding:.7rem 1rem;margin:1rem 0}\n"
	".sum ul{margin:.3rem 0 0;padding-left:1.2rem}\n"
	".sum li{margin:.15rem 0}\n"
	"dl{display:grid;grid-template-columns:minmax(11rem,max-content) 1fr;"
	"gap:.15rem 1rem;margin:.4rem 0;font-size:.9rem}\n"
	"dt{color:#333}\ndd{margin:0;overflow-wrap:anywhere;"
	"white-space:pre-line}\n"
	"code{font-family:'Liberation Mono','DejaVu Sans Mono',monospace;"
	"font-size:.92em;overflow-wrap:anywhere}\n"
	"figure{margin:.8rem 0;break-inside:avoid}\n"
	"figcaption{font-size:.84rem;color:#333;margin-top:.2rem}\n"
	"svg{width:100%;max-width:46rem;height:auto;font-size:13px;"
	"font-family:inherit}\n"
	".ex{border-left:4px solid #000;padding-left:.9rem;"
	"margin:1.1rem 0}\n"
	".ex.ok{border-left-style:double}\n"
	"footer{margin-top:2.5rem;border-top:1px solid #999;"
	"padding-top:.5rem;font-size:.8rem;color:#333}\n"
	"@media print{html{font-size:10pt}body{max-width:none;padding:0}"
	"thead{display:table-header-group}tr,.sum{break-inside:avoid}"
	".wide{overflow:visible}.wide table{font-size:7.6pt}"
	"th,td{padding:.18rem .32rem}}\n";

void mun_html_text(struct mun_str *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			mun_str_add(out, "&amp;");
			break;
		case '<':
			mun_str_add(out, "&lt;");
			break;
		case '>':
			mun_str_add(out, "&gt;");
			break;
		case '"':
			mun_str_add(out, "&quot;");
			break;
		case '\'':
			mun_str_add(out, "&#39;");
			break;
		default:
			mun_str_add_char(out, *text);
			break;
		}
	}
}

void mun_page_begin_with(struct mun_str *out, const char *title,
			 const char *policy)
{
	mun_str_addf(out,
		     "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		     "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
		     "content=\"width=device-width,initial-scale=1\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" "
		     "content=\"%s\">\n<title>",
		     policy);
	mun_html_text(out, title);
	mun_str_addf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n",
		     style);
}

void mun_page_begin(struct mun_str *out, const char *title)
{
	mun_page_begin_with(out, title,
			    "default-src 'none';style-src 'unsafe-inline'");
}

void mun_page_count(struct mun_str *out, uint64_t n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			mun_str_add_char(out, ',');
		mun_str_add_char(out, digits[i]);
	}
}

void mun_page_share(struct mun_str *out, uint64_t n, uint64_t of)
{
	mun_page_count(out, n);
	mun_str_add(out, " of ");
	mun_page_count(out, of);
	if (of) {
		double percent = 100.0 * (double)n / (double)of;

		/* Rounded, but never to all or to nothing. */
		if (n < of && percent > 99.9)
			percent = 99.9;
		if (n && percent < 0.1)
			percent = 0.1;
		mun_str_addf(out, " (%.*f %%)", n == of || !n ? 0 : 1, percent);
	}
}

void mun_csv_text(struct mun_str *out, const char *text)
{
	mun_str_add_char(out, '"');
	if (*text && strchr("=+-@\t\r", *text))
		mun_str_add_char(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			mun_str_add_char(out, '"');
		mun_str_add_char(out, *text);
	}
	mun_str_add_char(out, '"');
}
