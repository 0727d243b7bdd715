/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate.c - OCFL validation: reports, and what all parts share */
#include "store/validate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/regular.h"
#include "core/str.h"
#include "store/store_int.h"
#include "store/validate_int.h"

/* Foreign names in a message may be long; a sentence needs no more. */
#define TEXT_BYTES 1024

void mun_val_report(struct mun_val *v, const char *code, const char *where,
		    const char *fmt, ...)
{
	struct mun_ocfl_problem p = { .code = "" };
	struct mun_str place = { 0 };
	struct mun_str text = { 0 };
	char line[TEXT_BYTES];
	va_list ap;

	if (code[0] == 'W')
		v->out->warnings++;
	else
		v->out->errors++;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	mun_escape(&place, v->base, strlen(v->base));
	if (*v->base && *where)
		mun_str_add_char(&place, '/');
	mun_escape(&place, where, strlen(where));
	mun_escape(&text, line, strlen(line));
	if (place.failed || text.failed) {
		v->nomem = true;
	} else if (v->fn) {
		memcpy(p.code, code, MUN_MIN(strlen(code), sizeof(p.code) - 1));
		p.where = place.text ? place.text : "";
		p.text = text.text ? text.text : "";
		v->fn(v->ctx, &p);
	}
	mun_str_free(&place);
	mun_str_free(&text);
}

void mun_val_unreadable(struct mun_val *v, const char *where,
			const struct mun_err *why)
{
	char buf[TEXT_BYTES / 2];

	mun_val_report(v, "E000", where, "cannot be read: %s",
		       mun_err_text(why, buf, sizeof(buf), 0));
}

bool mun_val_is_fatal(int rc)
{
	return rc == MUN_ENOMEM || rc == MUN_ECANCELLED ||
	       rc == MUN_EUNSUPPORTED;
}

bool mun_val_entry(struct mun_val *v, const char *where, const struct stat *st)
{
	struct mun_seen_key key = { { st->st_dev, st->st_ino } };
	struct mun_err e;
	bool before;

	if (S_ISDIR(st->st_mode))
		return true;
	if (S_ISLNK(st->st_mode)) {
		mun_val_report(v, "E090", where, "is a symbolic link");
		return false;
	}
	if (!S_ISREG(st->st_mode)) {
		mun_val_report(v, "E089", where, "is %s",
			       mun_regular_kind(st->st_mode));
		return false;
	}
	/* A name outside of what is judged here does not count. */
	if (st->st_nlink > 1) {
		if (mun_seen_add(v->inodes, key, &before, &e))
			v->nomem = true;
		else if (before)
			mun_val_report(v, "E090", where,
				       "is a hard link to another file here");
	}
	return true;
}

int mun_val_read(const char *path, size_t max, char **out, size_t *len_out,
		 struct mun_err *e)
{
	mun_autofree char *buf = NULL;
	mun_autoclose int fd = -1;
	struct stat st;
	size_t len;
	int rc;

	rc = mun_regular_open(path, O_NOFOLLOW, &fd, &st, e);
	if (rc)
		return rc;
	if ((uint64_t)st.st_size > max)
		return mun_fail(e, MUN_ECORRUPT,
				"%jd bytes, more than %zu are not read",
				(intmax_t)st.st_size, max);
	len = (size_t)st.st_size;
	buf = malloc(len + 1);
	if (!buf)
		return mun_fail_nomem(e, "file contents");
	rc = mun_pread_full(fd, buf, len, 0, e);
	if (rc)
		return rc;
	buf[len] = '\0';
	*len_out = len;
	*out = mun_steal(&buf);
	return 0;
}

/* Of what kind is the folder with the entries @l? */
static bool is_root(const struct mun_dirlist *l)
{
	bool root = false;

	for (size_t i = 0; i < l->n; i++) {
		if (mun_val_is_declaration(l->of[i].name, false))
			return false;
		if (mun_val_is_declaration(l->of[i].name, true))
			root = true;
	}
	return root || (mun_dirlist_find(l, "ocfl_layout.json") &&
			!mun_dirlist_find(l, "inventory.json"));
}

static int check_folder(const char *path, struct mun_err *e)
{
	struct stat st;

	if (stat(path, &st))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	if (!S_ISDIR(st.st_mode))
		return mun_fail(e, MUN_EINVAL, "'%s' is %s, not a folder", path,
				mun_regular_kind(st.st_mode));
	return 0;
}

static int judge(struct mun_val *v, const char *path, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *inside = NULL;
	int rc;

	rc = check_folder(path, e);
	/* Who names a link means the folder that it leads to. */
	if (!rc)
		rc = mun_path_join(path, ".", &inside, e);
	if (!rc)
		rc = mun_dirlist_read(inside, &l, e);
	if (!rc)
		rc = mun_seen_new(&v->inodes, e);
	if (rc)
		return rc;
	rc = is_root(l) ? mun_val_root(v, inside, l, e)
			: mun_val_object(v, inside, l, 0, NULL, e);
	if (!rc && v->nomem)
		rc = mun_fail_nomem(e, "report");
	return rc;
}

int mun_ocfl_validate(const char *path, const struct mun_ocfl_opts *opts,
		      mun_ocfl_report_fn *fn, void *ctx,
		      struct mun_ocfl_verdict *out, struct mun_err *e)
{
	struct mun_val v = {
		.opts = *opts,
		.fn = fn,
		.ctx = ctx,
		.out = out,
		.base = "",
	};
	int rc;

	*out = (struct mun_ocfl_verdict){ 0 };
	rc = judge(&v, path, e);
	mun_seen_free(v.inodes);
	return rc ? mun_ctx(e, "validate '%s'", path) : 0;
}
