/* SPDX-License-Identifier: Apache-2.0 */
/* store/replica_own.c - OCFL's own files of a copy (store/replica_int.h) */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/inventory_json.h"
#include "store/layout.h"
#include "store/replica_int.h"
#include "store/stage_int.h"

/* What is done with each of them: written, or read back and compared. */
typedef int own_fn(struct mun_replica *r, const char *dir, const char *name,
		   const char *text, size_t len, struct mun_err *e);

static int do_pair(struct mun_replica *r, const char *dir,
		   const struct mun_pair *p, own_fn *fn, struct mun_err *e)
{
	int rc;

	rc = fn(r, dir, "inventory.json", p->text, p->len, e);
	return rc ? rc
		  : fn(r, dir, MUN_OBJECT_SIDECAR, p->sidecar, p->sidecar_len,
		       e);
}

/* A version's own inventory is no must in OCFL; one that is there has to hold.
 */
static int do_version(struct mun_replica *r, const char *name, own_fn *fn,
		      struct mun_err *e)
{
	struct mun_pair p = { .text = NULL };
	mun_autofree char *from = NULL;
	mun_autofree char *to = NULL;
	int rc;

	rc = mun_path_join(r->source.dir, name, &from, e);
	if (!rc)
		rc = mun_path_join(r->object, name, &to, e);
	if (rc)
		return rc;
	rc = mun_pair_read(from, &p, e);
	if (rc == MUN_ENOENT) {
		mun_err_clear(e);
		return 0;
	}
	if (rc) {
		r->tally.source_fault = true;
		if (rc == MUN_ECORRUPT || rc == MUN_EINVAL)
			rc = e->code = MUN_EFIXITY;
		return mun_ctx(e, "'%s'", from);
	}
	rc = do_pair(r, to, &p, fn, e);
	mun_pair_clear(&p);
	return rc;
}

static int do_all(struct mun_replica *r, own_fn *fn, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->inv->nversions; i++) {
		const char *name = r->inv->versions[i].name;

		if (mun_inventory_version(name) >= r->first)
			rc = do_version(r, name, fn, e);
	}
	if (!rc)
		rc = do_pair(r, r->object, &r->source.pair, fn, e);
	return rc ? rc
		  : fn(r, r->object, MUN_OBJECT_DECLARATION,
		       MUN_OBJECT_DECLARATION_TEXT,
		       strlen(MUN_OBJECT_DECLARATION_TEXT), e);
}

static int write_one(struct mun_replica *r, const char *dir, const char *name,
		     const char *text, size_t len, struct mun_err *e)
{
	/* A version may have no content of its own. */
	if (mun_sys.mkdir(dir, 0777) && errno != EEXIST)
		return mun_fail_sys(e, errno, "make the folder '%s'", dir);
	r->out->files++;
	return mun_stage_write(dir, name, text, len, e);
}

int mun_replica_own_write(struct mun_replica *r, struct mun_err *e)
{
	return do_all(r, write_one, e);
}

/* All of @src is @text; read in blocks that O_DIRECT likes. */
static int compare(struct mun_source *src, const char *text, size_t len,
		   bool *same, struct mun_err *e)
{
	const size_t block = 64u << 10;
	mun_autofree void *buf = aligned_alloc(MUN_IO_ALIGN, block);
	int rc = 0;

	if (!buf)
		return mun_fail_nomem(e, "buffer");
	*same = src->size == len;
	for (size_t off = 0; !rc && *same && off < len; off += block) {
		size_t n = MUN_MIN(len - off, block);

		rc = mun_source_pread(src, buf, n, off, e);
		*same = !rc && !memcmp(buf, text + off, n);
	}
	return rc;
}

static int verify_one(struct mun_replica *r, const char *dir, const char *name,
		      const char *text, size_t len, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *path = NULL;
	bool same = false;
	int rc;

	(void)r;
	rc = mun_path_join(dir, name, &path, e);
	if (!rc)
		rc = mun_source_open_direct(path, &src, e);
	if (!rc)
		rc = compare(src, text, len, &same, e);
	if (!rc && !same)
		rc = mun_fail(e, MUN_EFIXITY,
			      "read back from '%s': not what was written",
			      path);
	return rc;
}

int mun_replica_own_verify(struct mun_replica *r, struct mun_err *e)
{
	return do_all(r, verify_one, e);
}
