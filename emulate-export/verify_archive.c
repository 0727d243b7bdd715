/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_archive.c - a zip or tar, read by a sandboxed child */
#include "emulate-export/verify_box.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "core/check.h"
#include "core/log.h"
#include "core/sandbox_child.h"
#include "core/sandbox_serve.h"
#include "core/str.h"
#include "core/utf8.h"
#include "emulate-export/verify_wire.h"

/* What deflate makes of zeros: no archive honestly says more of itself. */
#define RATIO_MAX UINT64_C(1032)
#define RATIO_FREE (UINT64_C(1) << 20)

struct archive_box {
	struct mun_box box;
	struct mun_source *src;
	struct mun_archive_child *child;
};

/* One walk, on the parent's side. */
struct walk {
	struct archive_box *b;
	const struct mun_box_fn *fn;
	struct mun_sandboxed *child;
	int fd;
	struct mun_wire *wire;
	bool in_entry; /* data may come */
	uint64_t left; /* bytes that it may still have */
	uint64_t claimed; /* bytes of all entries */
};

static int nonsense(struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT,
			"the reader of the archive answers nonsense");
}

/* The next message, all of it; 0, or what became of the child. */
static int hear(struct walk *w, struct mun_err *e)
{
	for (;;) {
		ssize_t n = read(w->fd, w->wire, sizeof(*w->wire));
		int rc = mun_cancel_check(e);

		if (rc)
			return rc;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return mun_sandboxed_reap(w->child, NULL, e);
		if ((size_t)n < MUN_WIRE_HEAD ||
		    w->wire->len != (size_t)n - MUN_WIRE_HEAD)
			return nonsense(e);
		return 0;
	}
}

static int answer(struct walk *w, bool want, struct mun_err *e)
{
	const uint8_t byte = want;
	ssize_t n;

	do
		n = write(w->fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : mun_sandboxed_reap(w->child, NULL, e);
}

/* "./a" is a, as tar(1) writes it; no "/" at the end. */
static char *clean(char *path)
{
	size_t n;

	while (path[0] == '.' && path[1] == '/') {
		path += 2;
		path += strspn(path, "/");
	}
	n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return path;
}

static int take_entry(struct walk *w, struct mun_err *e)
{
	const uint64_t size = w->b->src->size;
	struct mun_box_entry x = { .bytes = w->wire->bytes };
	mun_autofree char *path = NULL;
	bool want = false;
	int rc;

	if (w->in_entry || w->wire->kind > MUN_BOX_SPECIAL || !w->wire->len ||
	    w->wire->len > MUN_BOX_PATH_MAX ||
	    memchr(w->wire->body, '\0', w->wire->len))
		return nonsense(e);
	rc = mun_fmt(&path, e, "%.*s", (int)w->wire->len,
		     (const char *)w->wire->body);
	if (rc)
		return rc;
	x.path = clean(path);
	x.kind = (enum mun_box_kind)w->wire->kind;
	x.has_bytes = x.bytes != UINT64_MAX;
	if (x.has_bytes && x.kind == MUN_BOX_FILE &&
	    (ckd_add(&w->claimed, w->claimed, x.bytes) ||
	     (w->claimed > RATIO_FREE &&
	      (w->claimed - RATIO_FREE) / RATIO_MAX > size)))
		return mun_fail(e, MUN_ECORRUPT,
				"it claims to hold more than %" PRIu64
				" bytes: a bomb; if it is none, unpack it and "
				"verify the folder",
				w->claimed);
	/* What tar writes for the folder itself. */
	if (strcmp(x.path, ".") != 0 && *x.path)
		rc = w->fn->begin(w->fn->ctx, &x, &want, e);
	if (rc)
		return rc;
	w->in_entry = want && x.kind == MUN_BOX_FILE;
	w->left = x.bytes;
	return answer(w, w->in_entry, e);
}

static int take_end(struct walk *w, struct mun_err *e)
{
	char raw[256];
	char why[256];
	size_t n = MUN_MIN((size_t)w->wire->len, sizeof(raw) - 1);

	if (!w->in_entry)
		return nonsense(e);
	w->in_entry = false;
	memcpy(raw, w->wire->body, n);
	raw[n] = '\0';
	(void)mun_utf8_line(raw, why, sizeof(why));
	if (!n && w->left && w->left != UINT64_MAX)
		(void)snprintf(why, sizeof(why),
			       "it has %" PRIu64
			       " bytes less than its header says",
			       w->left);
	return w->fn->end(w->fn->ctx, *why ? why : NULL, e);
}

static int take_data(struct walk *w, struct mun_err *e)
{
	if (!w->in_entry || w->wire->len > w->left)
		return nonsense(e);
	if (w->left != UINT64_MAX)
		w->left -= w->wire->len;
	return w->fn->data(w->fn->ctx, w->wire->body, w->wire->len, e);
}

static int take_all(struct walk *w, struct mun_err *e)
{
	struct mun_sandbox_head head;
	int rc = 0;

	while (!rc) {
		rc = hear(w, e);
		if (rc)
			break;
		switch (w->wire->op) {
		case MUN_WIRE_ENTRY:
			rc = take_entry(w, e);
			break;
		case MUN_WIRE_DATA:
			rc = take_data(w, e);
			break;
		case MUN_WIRE_END:
			rc = take_end(w, e);
			break;
		case MUN_WIRE_DONE:
			if (w->wire->len != sizeof(head))
				return nonsense(e);
			memcpy(&head, w->wire->body, sizeof(head));
			return head.rc ? mun_sandbox_unpack(&head, e) : 0;
		default:
			rc = nonsense(e);
		}
	}
	return rc;
}

/*
 * What the child inherits, as it can open no file.  Names in archives are taken
 * for UTF-8.  Times in a zip are local ones, and without $TZ each conversion
 * would look at /etc/localtime again.
 */
static int start_utc(struct archive_box *b, struct mun_sandboxed **out,
		     struct mun_err *e)
{
	const struct mun_sandbox_limits limits = {
		.cpu_seconds = MUN_SANDBOX_NO_CPU_LIMIT,
	};
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t was = utf8 ? uselocale(utf8) : (locale_t)0;
	int rc = mun_sandbox_serve(mun_archive_work, b->child, 1, &limits, out,
				   e);

	if (was)
		(void)uselocale(was);
	if (utf8)
		freelocale(utf8);
	return rc;
}

static int start(struct archive_box *b, struct mun_sandboxed **out,
		 struct mun_err *e)
{
	const char *tz = getenv("TZ");
	mun_autofree char *was = NULL;
	int rc = tz ? mun_strdup(tz, &was, e) : 0;

	if (rc)
		return rc;
	if (setenv("TZ", "UTC0", 1))
		return mun_fail_nomem(e, "time zone");
	rc = start_utc(b, out, e);
	if (was)
		(void)setenv("TZ", was, 1);
	else
		(void)unsetenv("TZ");
	tzset();
	return rc;
}

static int archive_walk(struct mun_box *box, const struct mun_box_fn *fn,
			struct mun_err *e)
{
	struct archive_box *b = (struct archive_box *)box;
	struct walk w = { .b = b, .fn = fn };
	mun_auto(sandboxed) *child = NULL;
	int rc;

	w.wire = malloc(sizeof(*w.wire));
	if (!w.wire)
		return mun_fail_nomem(e, "archive");
	rc = start(b, &child, e);
	w.child = child;
	if (!rc) {
		w.fd = mun_sandboxed_fd(child, 0);
		rc = take_all(&w, e);
	}
	free(w.wire);
	return rc;
}

static int archive_open(struct mun_box *b, const char *path, int *fd_out,
			uint64_t *bytes_out, struct mun_err *e)
{
	(void)b;
	(void)fd_out;
	(void)bytes_out;
	return mun_fail(e, MUN_EUNSUPPORTED, "'%s' lies in an archive", path);
}

static void archive_close(struct mun_box *box)
{
	struct archive_box *b = (struct archive_box *)box;

	mun_source_close(b->src);
	free(b->child);
	free(b);
}

static const struct mun_box_ops archive_ops = {
	.walk = archive_walk,
	.open = archive_open,
	.close = archive_close,
};

static bool has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path);
	size_t m = strlen(suffix);

	return n > m && !strcasecmp(path + n - m, suffix);
}

static const char *form_of_name(const char *path)
{
	if (has_suffix(path, ".zip"))
		return "zip";
	if (has_suffix(path, ".tar"))
		return "tar";
	return has_suffix(path, ".tar.gz") || has_suffix(path, ".tgz")
		       ? "tar.gz"
		       : NULL;
}

static int form_of(struct mun_source *src, const char *path, const char **out,
		   struct mun_err *e)
{
	uint8_t head[512] = { 0 };
	int rc = mun_source_pread(
		src, head, (size_t)MUN_MIN(src->size, (uint64_t)512), 0, e);

	*out = form_of_name(path);
	if (rc)
		return rc;
	if (!memcmp(head, "PK\3\4", 4) || !memcmp(head, "PK\5\6", 4))
		*out = "zip";
	else if (!memcmp(head + 257, "ustar", 5))
		*out = "tar";
	else if (head[0] == 0x1f && head[1] == 0x8b)
		*out = "tar.gz";
	return 0;
}

const char *mun_box_archive_form(const char *path)
{
	mun_auto(source) *src = NULL;
	const char *form;
	struct mun_err e;

	if (mun_source_open_file(path, &src, &e))
		return NULL;
	/* That it cannot be read is for who wants more than its form. */
	(void)!form_of(src, path, &form, &e);
	return form;
}

int mun_box_open_archive(const char *path, struct mun_box **out,
			 struct mun_err *e)
{
	struct archive_box *b = calloc(1, sizeof(*b));
	mun_auto(box) *box = NULL;
	const char *form = NULL;
	int rc;

	if (!b)
		return mun_fail_nomem(e, "archive");
	box = &b->box;
	b->box.ops = &archive_ops;
	b->child = calloc(1, sizeof(*b->child));
	if (!b->child)
		return mun_fail_nomem(e, "archive");
	rc = mun_source_open_file(path, &b->src, e);
	if (!rc)
		rc = form_of(b->src, path, &form, e);
	if (rc)
		return rc;
	if (!form)
		return mun_fail(e, MUN_EINVAL, "'%s' is no zip, tar or tar.gz",
				path);
	b->box.form = form;
	b->child->src = b->src;
	b->child->zip = !strcmp(form, "zip");
	*out = mun_steal(&box);
	return 0;
}
