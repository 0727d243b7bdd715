/* SPDX-License-Identifier: Apache-2.0 */
/* store/inventory_json.c - inventory.json as JSON, its size bounded */
#include "store/inventory_json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_int.h"

/* A file of an inventory has about 8 values and 500 bytes. */
#define MAX_VALUES ((size_t)2 << 20)

/* Commas and brackets outside strings: at least as many as there are values
 * but for one. */
static size_t count_values(const char *text, size_t len)
{
	bool in_string = false;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				in_string = false;
		} else if (text[i] == '"') {
			in_string = true;
		} else if (text[i] == ',' || text[i] == '[' || text[i] == '{') {
			n++;
		}
	}
	return n;
}

int mun_inventory_json(const char *text, size_t len, json_t **out,
		       struct mun_err *e)
{
	mun_autojson json_t *j = NULL;
	size_t values;
	int rc;

	if (len > MUN_INVENTORY_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"%zu bytes, more than %zu are not read", len,
				MUN_INVENTORY_MAX);
	values = count_values(text, len);
	if (values > MAX_VALUES)
		return mun_fail(e, MUN_ECORRUPT,
				"%zu values, more than %zu are not read",
				values, MAX_VALUES);
	rc = mun_json_parse(text, len, &j, e);
	if (rc)
		return rc;
	if (!json_is_object(j))
		return mun_fail(e, MUN_ECORRUPT, "not a JSON object");
	*out = mun_steal(&j);
	return 0;
}

unsigned long mun_inventory_version(const char *name)
{
	size_t zeros;
	size_t digits;

	if (name[0] != 'v')
		return 0;
	zeros = strspn(name + 1, "0");
	digits = strspn(name + 1 + zeros, "0123456789");
	/* Nine digits are more versions than anyone will make. */
	if (digits == 0 || digits > 9 || zeros > 32 || name[1 + zeros + digits])
		return 0;
	return strtoul(name + 1, NULL, 10);
}
