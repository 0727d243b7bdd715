/* SPDX-License-Identifier: Apache-2.0 */
/* core/json.c - foreign JSON read with bounds (jansson) */
#include "core/json.h"

#include <stdbool.h>

/*
 * jansson makes a value for each level before it notices that there are too
 * many, so the depth is looked at first.  What is not JSON may be counted
 * wrongly here; jansson refuses it afterwards.
 */
static int check_depth(const char *text, size_t len, struct mun_err *e)
{
	bool in_string = false;
	bool escaped = false; /* the character before was a backslash */
	unsigned int depth = 0;
	size_t column = 1;
	size_t line = 1;

	for (size_t i = 0; i < len; i++, column++) {
		char c = text[i];

		if (c == '\n') {
			line++;
			column = 0;
		} else if (in_string) {
			in_string = c != '"' || escaped;
			escaped = c == '\\' && !escaped;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > MUN_JSON_DEPTH)
				return mun_fail(
					e, MUN_ECORRUPT,
					"line %zu, column %zu: more than %d levels",
					line, column, MUN_JSON_DEPTH);
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return 0;
}

int mun_json_parse(const char *text, size_t len, json_t **out,
		   struct mun_err *e)
{
	json_error_t why;
	json_t *j;
	int rc;

	rc = check_depth(text, len, e);
	if (rc)
		return rc;
	j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!j && json_error_code(&why) == json_error_out_of_memory)
		return mun_fail_nomem(e, "JSON");
	if (!j)
		return mun_fail(e, MUN_ECORRUPT, "line %d, column %d: %s",
				why.line, why.column, why.text);
	*out = j;
	return 0;
}
