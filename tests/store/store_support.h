/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/store_support.h - a small store, and what the validator says */
#ifndef MUN_TESTS_STORE_SUPPORT_H
#define MUN_TESTS_STORE_SUPPORT_H

#include "store/stage.h"
#include "store/store.h"
#include "store/validate.h"
#include "tests/support/support.h"

#define SAMPLE_ID "urn:uuid:0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"

/* A scratch folder with "ocfl" (a store) and "stage" in it. */
struct sample {
	char *dir;
	char *root; /* dir/ocfl */
	char *stage; /* dir/stage */
	struct mun_store *store;
};

extern const struct mun_version_info sample_info;

void sample_open(struct sample *s);
void sample_close(struct sample *s);

/* A stage with four files, two of the same bytes, ready to be committed. */
struct mun_stage *sample_stage(const struct sample *s, const char *id);

/* Commit that, and the folder of the object; free(). */
char *sample_object(const struct sample *s, const char *id);

/* What was reported. */
struct verdict {
	struct mun_ocfl_verdict counts;
	char codes[8192]; /* " E001 E092 W004 " in the order told */
	char text[16384]; /* a line each, for failures of the test */
	size_t codes_len;
	size_t text_len;
};

mun_ocfl_report_fn verdict_take;

/* Validate with content; ends the test where no judgement can be made. */
void verdict_of(const char *path, struct verdict *out);

bool verdict_has(const struct verdict *v, const char *code);

/* printf into a fresh string; free(). */
char *text_of(const char *fmt, ...) MUN_PRINTF(1, 2);

/* Copy a tree of folders and regular files. */
void copy_tree(const char *from, const char *to);

#endif
