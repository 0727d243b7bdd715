/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_ledger.c - files of a ledger; first byte: which
 *
 * Heads and digest files have one form: what is accepted is written again as it
 * was.  A whole segment is judged and read; whatever it is, nothing breaks.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixity/ledger.h"
#include "fixity/ledger_int.h"

static void head(const char *text, size_t len)
{
	struct mun_ledger_head h;
	struct mun_err e;
	char *again = NULL;

	if (mun_ledger_head_parse(text, len, &h, &e))
		return;
	if (text[len - 1] == '\n')
		len--;
	if (mun_ledger_head_text(&h, &again, &e) || strlen(again) != len ||
	    memcmp(again, text, len) != 0)
		abort();
	free(again);
}

static void digests(const char *text, size_t len)
{
	struct mun_ledger_segment s;
	struct mun_err e;
	char *again = NULL;

	if (mun_ledger_segment_parse(text, len, &s, &e))
		return;
	if (mun_ledger_segment_text(&s, &again, &e) || strlen(again) != len ||
	    memcmp(again, text, len) != 0)
		abort();
	free(again);
}

static void put(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "we");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f))
		abort();
}

static int count(void *ctx, uint64_t seq, const char *entry, size_t len,
		 struct mun_err *e)
{
	(void)entry;
	if (seq != *(uint64_t *)ctx || !len)
		return mun_fail(e, MUN_EINVAL, "not in order");
	++*(uint64_t *)ctx;
	return 0;
}

/* What verify finds good can be opened and read to its end. */
static void segment(const char *dir, const char *data, size_t len)
{
	const struct mun_ledger_check how = { .threads = 1 };
	struct mun_ledger_verdict v;
	struct mun_ledger *l = NULL;
	uint64_t n = 0;
	struct mun_err e;
	char path[80];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/00000000.jsonl", dir);
	put(path, data, len);
	if (mun_ledger_verify(dir, &how, NULL, NULL, &v, &e))
		abort();
	rc = mun_ledger_open(dir, false, &l, &e);
	if (!v.problems && rc)
		abort();
	if (!rc && (mun_ledger_read(l, 0, mun_ledger_size(l), count, &n, &e) ||
		    n != mun_ledger_size(l)))
		abort();
	mun_ledger_close(l);
	(void)unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/mun-fuzz-XXXXXX";

	if (size < 2)
		return 0;
	if (data[0] % 3 == 0) {
		head((const char *)data + 1, size - 1);
	} else if (data[0] % 3 == 1) {
		digests((const char *)data + 1, size - 1);
	} else {
		if (!mkdtemp(dir))
			abort();
		segment(dir, (const char *)data + 1, size - 1);
		(void)rmdir(dir);
	}
	return 0;
}
