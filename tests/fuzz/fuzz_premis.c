/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_premis.c - any bytes as a PREMIS document
 *
 * Judged and read; and what is read as a record of ours must come back from
 * the writer, the same each time.
 */
#include "catalog/premis.h"

#include <stdlib.h>
#include <string.h>

static void ignore(void *ctx, const struct mun_premis_problem *p)
{
	(void)ctx;
	/* Each is one line that can be shown. */
	if (!*p->code || strchr(p->text, '\n'))
		abort();
}

static void write_again(const struct mun_record *r, struct mun_str *out)
{
	struct mun_err e;

	if (mun_premis_write(r, out, &e))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *xml = (const char *)data;
	struct mun_premis_verdict v;
	struct mun_record *r = NULL;
	struct mun_record *again = NULL;
	struct mun_str first = { 0 };
	struct mun_str second = { 0 };
	struct mun_err e;

	if (mun_premis_lint(xml, size, ignore, NULL, &v, &e))
		abort();
	if (mun_premis_read(xml, size, &r, &e))
		return 0;
	/* Whatever is read had no error. */
	if (v.errors)
		abort();
	write_again(r, &first);
	if (mun_premis_read(first.text, first.len, &again, &e))
		abort();
	write_again(again, &second);
	if (first.len != second.len ||
	    memcmp(first.text, second.text, first.len) != 0)
		abort();
	mun_str_free(&first);
	mun_str_free(&second);
	mun_record_free(again);
	mun_record_free(r);
	return 0;
}
