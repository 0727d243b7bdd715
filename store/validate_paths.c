/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_paths.c - the rules for paths inside an inventory */
#include "store/validate_paths.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"

const struct mun_path_codes mun_content_codes = {
	"content path", "E098", "E099", "E100", "E101",
};

const struct mun_path_codes mun_logical_codes = {
	"logical path", "E051", "E052", "E053", "E095",
};

static bool elements_are_safe(const char *p, size_t len)
{
	for (size_t i = 0; i <= len;) {
		size_t n = 0;

		while (i + n < len && p[i + n] != '/')
			n++;
		if (n == 0 || (n == 1 && p[i] == '.') ||
		    (n == 2 && p[i] == '.' && p[i + 1] == '.'))
			return false;
		i += n + 1;
	}
	return true;
}

bool mun_val_path(struct mun_val *v, const char *where, const char *path,
		  const struct mun_path_codes *codes)
{
	size_t len = strlen(path);
	const char *p = path;
	bool ok = true;

	if (!len) {
		mun_val_report(v, codes->empty, where, "empty %s", codes->what);
		return false;
	}
	if (*p == '/' || p[len - 1] == '/') {
		mun_val_report(v, codes->slash, where,
			       "%s '%s' begins or ends with '/'", codes->what,
			       path);
		ok = false;
	}
	/* That slash is told; is there more? */
	if (len && *p == '/') {
		p++;
		len--;
	}
	if (len && p[len - 1] == '/')
		len--;
	if (!elements_are_safe(p, len)) {
		mun_val_report(v, codes->element, where,
			       "%s '%s' has an element that is '.', '..' or "
			       "empty",
			       codes->what, path);
		ok = false;
	}
	return ok;
}

/* '/' before all else, so that "a" and "a/b" stand together. */
static int by_tree(const void *a, const void *b)
{
	const struct mun_val_path *pa = a;
	const struct mun_val_path *pb = b;
	const unsigned char *x = (const unsigned char *)pa->path;
	const unsigned char *y = (const unsigned char *)pb->path;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	if (*x == *y)
		return 0;
	if (!*x || !*y)
		return *x ? 1 : -1;
	if (*x == '/' || *y == '/')
		return *x == '/' ? -1 : 1;
	return *x < *y ? -1 : 1;
}

void mun_val_conflicts(struct mun_val *v, const char *where,
		       struct mun_val_path *of, size_t n,
		       const struct mun_path_codes *codes)
{
	if (!n)
		return;
	qsort(of, n, sizeof(*of), by_tree);
	for (size_t i = 1; i < n; i++) {
		const char *a = of[i - 1].path;
		const char *b = of[i].path;
		size_t len = strlen(a);

		if (!strcmp(a, b))
			mun_val_report(v, codes->unique, where,
				       "%s '%s' stands twice", codes->what, a);
		else if (!strncmp(a, b, len) && b[len] == '/')
			mun_val_report(v, codes->unique, where,
				       "%s '%s' is the begin of '%s'",
				       codes->what, a, b);
	}
}

int mun_val_paths_add(struct mun_val_paths *p, const char *path,
		      const char *digest, struct mun_err *e)
{
	if (p->n == p->room) {
		size_t room = MUN_MAX(p->room * 2, (size_t)16);
		void *of = reallocarray(p->of, room, sizeof(*p->of));

		if (!of)
			return mun_fail_nomem(e, "paths");
		p->of = of;
		p->room = room;
	}
	p->of[p->n++] = (struct mun_val_path){ path, digest };
	return 0;
}
