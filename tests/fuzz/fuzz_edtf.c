/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_edtf.c - any text as a date */
#include "catalog/edtf.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	int64_t first;
	int64_t last;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	/* Only printable ASCII can be a date. */
	if ((mun_edtf_is_valid(text) || mun_rfc3339_is_valid(text)) &&
	    strpbrk(text, "\t\n\r \x7f"))
		abort();
	/* Whatever can be compared is a date, and begins before it ends. */
	if (mun_edtf_span(text, &first, &last) &&
	    (!mun_edtf_is_valid(text) || first > last))
		abort();
	free(text);
	return 0;
}
