/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/bench_audit.c - the audit engine alone, without catalog and store
 *
 * usage: bench_audit FILE [cached|once|disk] [THREADS]
 *        bench_audit --objects COUNT [THREADS]
 *
 * The first verifies one file, the second COUNT objects of one file of one byte
 * in memory: what an object costs beside reading and hashing it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/parse.h"
#include "fixity/audit.h"
#include "fixity/hashpass.h"

struct feed {
	struct mun_audit_file file;
	const char *path; /* NULL: a byte in memory */
	enum mun_read_mode mode;
	uint64_t left;
};

static int next(void *ctx, struct mun_audit_item **out, struct mun_err *e)
{
	struct feed *f = ctx;

	*out = NULL;
	if (!f->left)
		return 0;
	f->left--;
	*out = calloc(1, sizeof(**out) + sizeof(f->file));
	if (!*out)
		return mun_fail_nomem(e, "item");
	(*out)->files = (struct mun_audit_file *)(*out + 1);
	(*out)->files[0] = f->file;
	(*out)->nfiles = 1;
	return 0;
}

static int open_file(void *ctx, const struct mun_audit_item *item, size_t file,
		     struct mun_source **out, struct mun_err *e)
{
	const struct feed *f = ctx;

	(void)item;
	(void)file;
	if (!f->path)
		return mun_source_from_memory("x", 1, out, e);
	return mun_source_open_as(f->path, f->mode, out, e);
}

static int report(void *ctx, struct mun_audit_item *item, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	free(item);
	return 0;
}

static int prepare(struct feed *f, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_digests none;
	int rc;

	rc = open_file(f, NULL, 0, &src, e);
	return rc ? rc
		  : mun_hash_source(src, 0, &none, &f->file.tree, "", NULL, e);
}

static int run(struct feed *f, uint64_t threads, struct mun_err *e)
{
	const struct mun_audit_feed feed = { f, next, open_file, report };
	const struct mun_audit_opts opts = { .threads = (unsigned int)threads };
	struct mun_audit_summary sum;
	const uint64_t n = f->left;
	int64_t ms;
	int rc;

	ms = mun_clock_monotonic_ms();
	rc = mun_audit_run(&feed, &opts, &sum, e);
	ms = mun_clock_monotonic_ms() - ms;
	if (rc)
		return rc;
	printf("%llu of %llu intact in %lld ms: %.2f us each, %.0f MB/s\n",
	       (unsigned long long)sum.outcomes[MUN_OUTCOME_INTACT],
	       (unsigned long long)n, (long long)ms,
	       (double)ms * 1000 / (double)n,
	       (double)sum.bytes / 1000 / (double)(ms ? ms : 1));
	return 0;
}

int main(int argc, char **argv)
{
	struct feed f = { .mode = MUN_READ_ONCE, .left = 1 };
	struct mun_err e = { 0 };
	char text[MUN_ERR_TEXT];
	uint64_t threads = 0;
	int rc = 0;

	if (argc < 2)
		return 64;
	if (!strcmp(argv[1], "--objects"))
		rc = argc < 3 ? MUN_EINVAL
			      : mun_parse_u64(argv[2], 1, UINT32_MAX, &f.left,
					      &e);
	else
		f.path = argv[1];
	if (f.path && argc > 2 && !strcmp(argv[2], "cached"))
		f.mode = MUN_READ_CACHED;
	if (f.path && argc > 2 && !strcmp(argv[2], "disk"))
		f.mode = MUN_READ_DISK;
	if (!rc && argc > 3)
		rc = mun_parse_u64(argv[3], 0, 256, &threads, &e);
	f.file.path = (char[]){ "image" };
	if (!rc)
		rc = prepare(&f, &e);
	for (int i = 0; !rc && i < 3; i++) {
		const uint64_t n = f.left;

		rc = run(&f, threads, &e);
		f.left = n;
	}
	if (rc)
		(void)fprintf(stderr, "%s\n",
			      mun_err_text(&e, text, sizeof(text), 1));
	mun_tree_clear(&f.file.tree);
	return rc ? 2 : 0;
}
