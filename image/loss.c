/* SPDX-License-Identifier: Apache-2.0 */
/* image/loss.c - what a target format cannot hold */
#include "image/loss.h"

#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 1000u

/* A text that is cut ends with a whole character. */
static void trim(char *text, size_t size)
{
	size_t len = strnlen(text, size - 1);

	mun_utf8_trim(text, &len);
	memset(text + len, 0, size - len);
}

/* Room for one row more: the table doubles. */
static int grow(struct mun_loss *l, struct mun_err *e)
{
	size_t n = l->nrows;
	struct mun_loss_row *rows;

	if (n & (n - 1))
		return 0;
	rows = realloc(l->rows, (n ? 2 * n : 1) * sizeof(*rows));
	if (!rows)
		return mun_fail_nomem(e, "report of losses");
	l->rows = rows;
	return 0;
}

int mun_loss_add(struct mun_loss *l, struct mun_err *e, const char *what,
		 const char *where, const char *why, ...)
{
	struct mun_loss_row *row;
	va_list args;
	int rc;

	if (l->nrows > MOST_ROWS)
		return 0;
	rc = grow(l, e);
	if (rc)
		return rc;
	row = &l->rows[l->nrows++];
	memset(row, 0, sizeof(*row));
	if (l->nrows > MOST_ROWS) {
		what = "more";
		where = "elsewhere";
		why = "more is lost than is listed here";
	}
	(void)snprintf(row->what, sizeof(row->what), "%s", what);
	(void)snprintf(row->where, sizeof(row->where), "%s", where);
	va_start(args, why);
	(void)vsnprintf(row->why, sizeof(row->why), why, args);
	va_end(args);
	trim(row->what, sizeof(row->what));
	trim(row->where, sizeof(row->where));
	trim(row->why, sizeof(row->why));
	return 0;
}

void mun_loss_clear(struct mun_loss *l)
{
	free(l->rows);
	*l = (struct mun_loss){ 0 };
}
