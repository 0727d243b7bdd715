/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_bag.c - tag files of bags, all together
 *
 * The input is a bag in memory: files that begin with "\n@@ PATH\n".  What a
 * whole bag promises holds: every digest was compared.
 */
#include "emulate-export/verify_int.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MARK "\n@@ "
#define FILES 64

struct memory {
	struct mun_box box;
	const uint8_t *data;
	size_t size;
};

static int give(const struct mun_box_fn *fn, const char *path,
		const uint8_t *data, size_t len, struct mun_err *e)
{
	struct mun_box_entry x = { .path = path, .bytes = len };
	size_t n = strlen(path);
	bool want = false;
	int rc;

	x.kind = n && path[n - 1] == '>' ? MUN_BOX_LINK : MUN_BOX_FILE;
	x.has_bytes = x.kind == MUN_BOX_FILE;
	rc = fn->begin(fn->ctx, &x, &want, e);
	if (rc || !want)
		return rc;
	rc = fn->data(fn->ctx, data, len, e);
	return rc ? rc : fn->end(fn->ctx, NULL, e);
}

static int walk(struct mun_box *b, const struct mun_box_fn *fn,
		struct mun_err *e)
{
	const struct memory *m = (const struct memory *)b;
	const uint8_t *p = m->data;
	const uint8_t *end = p + m->size;
	const uint8_t *next;
	int rc = 0;

	for (int i = 0; !rc && p && i < FILES; i++, p = next) {
		char path[256] = "";
		const uint8_t *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n;

		if (!nl)
			break;
		n = MUN_MIN((size_t)(nl - p), sizeof(path) - 1);
		memcpy(path, p, n);
		nl++;
		next = memmem(nl, (size_t)(end - nl), MARK, sizeof(MARK) - 1);
		rc = give(fn, path, nl, (size_t)((next ? next : end) - nl), e);
		if (next)
			next += sizeof(MARK) - 1;
	}
	return rc;
}

static int open_none(struct mun_box *b, const char *path, int *fd_out,
		     uint64_t *bytes_out, struct mun_err *e)
{
	(void)b;
	(void)fd_out;
	(void)bytes_out;
	return mun_fail(e, MUN_EUNSUPPORTED, "'%s'", path);
}

static const struct mun_box_ops ops = { .walk = walk, .open = open_none };

static void look(void *ctx, const struct mun_verify_finding *f)
{
	size_t *n = ctx;

	*n += strlen(f->path) + strlen(f->by) + strlen(f->text) +
	      strlen(f->expected) + strlen(f->found) + strlen(f->algorithm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mun_verify_request q = { .path = "" };
	struct memory m = { { &ops, "folder" }, data, size };
	struct mun_verify_result r;
	struct mun_err e;
	size_t n = 0;
	int rc;

	/* Decoders and the linter of PREMIS have targets of their own, and run
	 * in children, of which a fuzzer knows nothing. */
	if (memmem(data, size, "\"images\"", 8) ||
	    memmem(data, size, "\"image\"", 7) || memmem(data, size, ".xml", 4))
		return 0;
	rc = mun_verify_box(&m.box, &q, look, &n, &r, &e);
	if (!rc && !r.damage && !r.undone &&
	    (!r.digests || r.digests < r.payload_files))
		abort();
	return 0;
}
