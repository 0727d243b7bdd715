/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/bench_ledger.c - make, verify and prove a long ledger
 *
 * usage: bench_ledger FOLDER make ENTRIES   entries of about 320 bytes
 *        bench_ledger FOLDER verify [THREADS]
 *        bench_ledger FOLDER prove SEQ
 * Times go to standard output; "prove" writes its proof there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/parse.h"
#include "fixity/ledger.h"
#include "fixity/ledger_proof.h"

#define BATCH 20000u /* entries in a sync, as an audit of one second */
#define RUN 50000u /* entries in a run, which ends with a head */

static void print_log(void *ctx, enum mun_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	(void)fprintf(stderr, "%s\n", text);
}

static size_t entry_of(uint64_t n, char out[static 512])
{
	char time[MUN_TIME_LEN];

	mun_time_text(INT64_C(1767225600000) + (int64_t)n * 40, time);
	return (size_t)snprintf(
		out, 512,
		"{\"agent\":\"muniment 0.2.0\",\"detail\":\"fixity check of "
		"image/disk.img: 1474560 bytes, 2 pieces of 1048576 bytes, "
		"tree of SHA-256\",\"event\":\"0192f3a4-%04x-7%03x-8%03x-"
		"%012" PRIx64 "\",\"object\":\"urn:uuid:0192f3a4-5b6c-7d8e-"
		"9f00-%012" PRIx64 "\",\"outcome\":\"intact\",\"seq\":%" PRIu64
		",\"store\":\"main\",\"time\":\"%s\",\"type\":\"fixity "
		"check\"}",
		(unsigned int)(n & 0xffff), (unsigned int)(n & 0xfff),
		(unsigned int)(n >> 12 & 0xfff), n, n % 20000, n, time);
}

static int load_key(const char *dir, struct mun_signkey **out,
		    struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_path_join(dir, "sign.key", &path, e);
	if (!rc)
		rc = mun_signkey_load(path, out, e);
	return rc == MUN_ENOENT ? mun_signkey_create(path, out, e) : rc;
}

static int fill(struct mun_ledger *l, const struct mun_signkey *key,
		uint64_t entries, struct mun_err *e)
{
	struct mun_ledger_head h;
	char entry[512];
	int rc = 0;

	for (uint64_t n = mun_ledger_size(l); !rc && n < entries; n++) {
		rc = mun_ledger_append(l, entry, entry_of(n, entry), e);
		if (!rc && (n + 1) % BATCH == 0)
			rc = mun_ledger_sync(l, e);
		if (!rc && ((n + 1) % RUN == 0 || n + 1 == entries))
			rc = mun_ledger_sign(l, key, &h, e);
	}
	return rc;
}

static int make(const char *dir, const char *ledger,
		const struct mun_signkey *key, const char *count,
		struct mun_err *e)
{
	int64_t since = mun_clock_monotonic_ms();
	mun_auto(ledger) *l = NULL;
	uint64_t entries;
	int64_t ms;
	int rc;

	rc = mun_parse_u64(count, 1, UINT32_MAX, &entries, e);
	if (!rc)
		rc = mun_mkdirs(dir, e);
	if (!rc)
		rc = mun_ledger_init(ledger, e);
	if (!rc)
		rc = mun_ledger_open(ledger, true, &l, e);
	if (!rc)
		rc = fill(l, key, entries, e);
	if (rc)
		return rc;
	ms = MUN_MAX(mun_clock_monotonic_ms() - since, 1);
	printf("make: %" PRIu64 " entries in %" PRId64 " ms, %" PRId64
	       " a second\n",
	       entries, ms, (int64_t)entries * 1000 / ms);
	return 0;
}

static void print_problem(void *ctx, const struct mun_ledger_problem *p)
{
	(void)ctx;
	printf("%s %s: %s\n", p->code, p->where, p->text);
}

static int verify(const char *ledger, const struct mun_ledger_key *key,
		  const char *threads, struct mun_err *e)
{
	int64_t since = mun_clock_monotonic_ms();
	struct mun_ledger_check how = { .keys = key, .nkeys = 1 };
	struct mun_ledger_verdict v;
	uint64_t n = 0;
	int rc = 0;

	if (threads)
		rc = mun_parse_u64(threads, 0, 256, &n, e);
	how.threads = (unsigned int)n;
	if (!rc)
		rc = mun_ledger_verify(ledger, &how, print_problem, NULL, &v,
				       e);
	if (rc)
		return rc;
	printf("verify: %" PRIu64 " entries, %" PRIu64 " heads, %" PRIu64
	       " problems in %" PRId64 " ms\n",
	       v.entries, v.heads, v.problems,
	       mun_clock_monotonic_ms() - since);
	return 0;
}

static int prove(const char *ledger, const struct mun_ledger_key *key,
		 const char *seq, struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	mun_autofree char *text = NULL;
	uint64_t n;
	int rc;

	rc = mun_parse_u64(seq, 0, UINT32_MAX, &n, e);
	if (!rc)
		rc = mun_ledger_open(ledger, false, &l, e);
	if (!rc)
		rc = mun_ledger_proof_json(l, n, key, 1, &text, e);
	if (!rc)
		(void)fputs(text, stdout);
	return rc;
}

static int run(char **argv, struct mun_err *e)
{
	mun_autofree char *ledger = NULL;
	mun_auto(signkey) *key = NULL;
	struct mun_ledger_key known;
	int rc;

	rc = mun_path_join(argv[1], "ledger", &ledger, e);
	if (!rc)
		rc = mun_mkdirs(argv[1], e);
	if (!rc)
		rc = load_key(argv[1], &key, e);
	if (rc)
		return rc;
	memcpy(known.id, mun_signkey_id(key), sizeof(known.id));
	memcpy(known.public_key, mun_signkey_public(key),
	       sizeof(known.public_key));
	if (!strcmp(argv[2], "make") && argv[3])
		return make(argv[1], ledger, key, argv[3], e);
	if (!strcmp(argv[2], "verify"))
		return verify(ledger, &known, argv[3], e);
	if (!strcmp(argv[2], "prove") && argv[3])
		return prove(ledger, &known, argv[3], e);
	return mun_fail(e, MUN_EINVAL, "make, verify or prove");
}

int main(int argc, char **argv)
{
	struct mun_err e;
	char text[2048];

	if (argc < 3 || argc > 4) {
		(void)fprintf(stderr, "usage: bench_ledger FOLDER make|verify|"
				      "prove [NUMBER]\n");
		return 64;
	}
	mun_log_set_sink(print_log, NULL);
	if (!run(argv, &e))
		return 0;
	(void)fprintf(stderr, "bench_ledger: %s\n",
		      mun_err_text(&e, text, sizeof(text), 0));
	return 2;
}
