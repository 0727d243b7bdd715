/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_flux_source.c - a floppy read as flux, with every fault */
#include "ingest/flux_source.h"

#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* A gw that makes an image of four tracks, and counts how often it did. */
static const char program[] =
	"#!/bin/sh\n"
	"for out; do :; done\n"
	"[ \"$1\" = info ] && { echo 'Host Tools: v1.23' >&2; exit 0; }\n"
	"echo x >> \"${0%/bin/gw}/reads\"\n"
	"for t in 0.0 0.1 1.0 1.1; do echo \"T$t: Raw Flux\" >&2; done\n"
	"{ printf 'SCP0123456789abc'; for i in 1 2 3 4; do printf '\\001';\n"
	"  head -c 3 /dev/zero; done; head -c 700 /dev/zero; } > \"$out\"\n";

struct box {
	char *dir;
	char *bin;
	char *reads;
	char *marker;
	struct mun_session s;
};

static void begin(struct box *b)
{
	char *gw;
	char *path;

	memset(b, 0, sizeof(*b));
	b->dir = mun_test_dir();
	b->bin = mun_test_path(b->dir, "bin");
	b->reads = mun_test_path(b->dir, "reads");
	b->marker = mun_test_path(b->dir, "flux/flux.json");
	assert_int_equal(mkdir(b->bin, 0755), 0);
	gw = mun_test_path(b->bin, "gw");
	mun_test_write(gw, program, strlen(program));
	assert_int_equal(chmod(gw, 0755), 0);
	path = malloc(4096);
	assert_non_null(path);
	(void)snprintf(path, 4096, "%s:/usr/bin:/bin", b->bin);
	assert_int_equal(setenv("PATH", path, 1), 0);
	free(path);
	free(gw);
	b->s.dir = b->dir;
	b->s.req.source = "gw:a";
}

static void end(struct box *b)
{
	free(b->bin);
	free(b->reads);
	free(b->marker);
	mun_test_dir_remove(b->dir);
}

static int fetch(struct box *b, struct mun_err *e)
{
	struct mun_flux_facts f;
	int rc = mun_flux_fetch(&b->s, NULL, &f, e);

	if (!rc) {
		size_t len = 0;
		char *image = mun_test_read(f.image, &len);

		assert_int_equal(len, 732);
		assert_memory_equal(image, "SCP", 3);
		free(image);
		assert_string_equal(f.drive, "a");
		assert_string_equal(f.by.version, "1.23");
		assert_int_equal(f.by.cylinders, 2);
		assert_int_equal(f.by.heads, 2);
		assert_int_equal(f.by.revolutions, 3);
		assert_true(f.started_ms > 0 && f.ended_ms >= f.started_ms);
	}
	mun_flux_facts_clear(&f);
	return rc;
}

/* How often the disk was read. */
static size_t reads(const struct box *b)
{
	size_t len = 0;
	char *text = mun_test_read(b->reads, &len);

	free(text);
	return len / 2;
}

static void what_was_read_is_not_read_again(void **state)
{
	struct mun_err e;
	struct box b;

	(void)state;
	begin(&b);
	assert_int_equal(fetch(&b, &e), 0);
	assert_int_equal(fetch(&b, &e), 0);
	assert_int_equal(reads(&b), 1);
	end(&b);
}

static void a_run_without_its_mark_did_not_end(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "{}",
					     "{\"drive\": 1}" };
	struct mun_err e;
	struct box b;

	(void)state;
	begin(&b);
	assert_int_equal(fetch(&b, &e), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		mun_test_write(b.marker, texts[i], strlen(texts[i]));
		assert_int_equal(fetch(&b, &e), 0);
		assert_int_equal(reads(&b), i + 2);
	}
	assert_int_equal(remove(b.marker), 0);
	assert_int_equal(fetch(&b, &e), 0);
	assert_int_equal(reads(&b), 7);
	end(&b);
}

/* After any of them the next run has the disk, whole. */
static void every_fault_can_be_gone_on_from(void **state)
{
	unsigned int fired = 0;
	bool hit = true;

	(void)state;
	mun_fault_install(MUN_CALL_MUTATING | MUN_CALL_BIT(MUN_CALL_UNLINK),
			  EIO);
	for (int n = 0; hit; n++) {
		struct mun_err e;
		struct box b;
		int rc;

		begin(&b);
		mun_fault_arm(n);
		rc = fetch(&b, &e);
		hit = mun_fault_fired();
		mun_fault_arm(-1);
		assert_int_equal(rc, hit ? MUN_EIO : 0);
		assert_int_equal(fetch(&b, &e), 0);
		fired += hit;
		end(&b);
	}
	mun_fault_restore();
	assert_true(fired >= 8);
}

static void what_gw_cannot_do_is_refused(void **state)
{
	static const struct mun_ingest_request of[] = {
		{ .source = "gw:x" },
		{ .source = "gw:a", .map = "a.map" },
		{ .source = "gw:a", .merge = "0" },
	};
	const struct mun_ingest_request good = { .source = "gw:" };
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		assert_int_equal(mun_flux_source_check(&of[i], &e), MUN_EINVAL);
	assert_int_equal(mun_flux_source_check(&good, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_read_is_not_read_again),
		cmocka_unit_test(a_run_without_its_mark_did_not_end),
		cmocka_unit_test(every_fault_can_be_gone_on_from),
		cmocka_unit_test(what_gw_cannot_do_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
