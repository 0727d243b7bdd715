/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/bench_deflate12.c - our deflate against zlib, cluster by cluster
 *
 *	bench_deflate12 FILE
 *
 * What does not shrink counts as it is, and clusters of zeros not at all, as
 * in QCOW2.  Processor time, so that other programs disturb little.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "core/check.h"
#include "core/source.h"
#include "image/deflate12.h"

#define CLUSTER ((size_t)65536)

struct sum {
	uint64_t bytes;
	double seconds;
};

static double used(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* As QEMU calls it. */
static size_t by_zlib(const uint8_t *in, uint8_t *out)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in,
		       .avail_in = CLUSTER,
		       .next_out = out,
		       .avail_out = CLUSTER - 1 };
	int rc;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -12, 9,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	rc = deflate(&z, Z_FINISH);
	(void)deflateEnd(&z);
	return rc == Z_STREAM_END ? z.total_out : 0;
}

static void count(struct sum *s, size_t n, double since)
{
	s->seconds += used() - since;
	s->bytes += n ? n : CLUSTER;
}

static bool is_zero(const uint8_t *p)
{
	return p[0] == 0 && memcmp(p, p + 1, CLUSTER - 1) == 0;
}

static int run(struct mun_source *src, struct mun_deflate12 *d,
	       struct mun_err *e)
{
	static uint8_t in[CLUSTER];
	static uint8_t out[CLUSTER];
	struct sum ours = { 0 };
	struct sum theirs = { 0 };
	double mb = 0;

	for (uint64_t at = 0; at + CLUSTER <= src->size; at += CLUSTER) {
		double since;
		size_t n;

		if (mun_source_pread(src, in, CLUSTER, at, e))
			return e->code;
		if (is_zero(in))
			continue;
		since = used();
		n = by_zlib(in, out);
		count(&theirs, n, since);
		since = used();
		n = mun_deflate12(d, in, CLUSTER, out, CLUSTER - 1);
		count(&ours, n, since);
		mb += CLUSTER / 1e6;
	}
	if (mb <= 0)
		return mun_fail(e, MUN_EINVAL, "nothing but zeros");
	printf("zlib %7.1f MB/s %12" PRIu64 " bytes\n", mb / theirs.seconds,
	       theirs.bytes);
	printf("ours %7.1f MB/s %12" PRIu64 " bytes\n", mb / ours.seconds,
	       ours.bytes);
	printf("%.2f times as fast, %+.2f %% in size\n",
	       theirs.seconds / ours.seconds,
	       100 * (double)ours.bytes / (double)theirs.bytes - 100);
	return 0;
}

int main(int argc, char **argv)
{
	mun_auto(deflate12) *d = NULL;
	mun_auto(source) *src = NULL;
	struct mun_err e;
	char text[512];
	int rc;

	if (argc != 2) {
		fputs("usage: bench_deflate12 FILE\n", stderr);
		return 64;
	}
	rc = mun_source_open_file(argv[1], &src, &e);
	if (!rc)
		rc = mun_deflate12_new(&d, &e);
	if (!rc)
		rc = run(src, d, &e);
	if (rc)
		fprintf(stderr, "%s\n",
			mun_err_text(&e, text, sizeof(text), 0));
	return rc ? 2 : 0;
}
