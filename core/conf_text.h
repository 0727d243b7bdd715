/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf_text.h - change one value in the text of an INI file */
#ifndef MUN_CORE_CONF_TEXT_H
#define MUN_CORE_CONF_TEXT_H

#include "core/err.h"

/**
 * mun_conf_text_set() - @old with @key of @section set to @value
 * @out: the new text, the caller's: free()
 *
 * The line of the key keeps its indentation, its spacing and its comment; a
 * key that is missing is put at the end of its section, a section that is
 * missing at the end of the text.  All else stays byte for byte.  What @value
 * may be is not looked at: read the result and compare.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_conf_text_set(const char *old, const char *section,
				const char *key, const char *value, char **out,
				struct mun_err *e);

#endif
