/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/loop_label.c - labels that count on, also at several drives at once */
#include "ingest/loop.h"

#include "core/file.h"
#include "core/log.h"
#include "core/parse.h"
#include "core/str.h"
#include "fixity/digest.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DIGITS_MAX 9
#define WAIT_NS 20000000L

struct pattern {
	const char *text;
	size_t at; /* of the first '#' */
	size_t digits;
	uint64_t last; /* number that it can have */
	uint64_t used; /* highest that is taken; 0: none */
};

static int parse(const char *text, struct pattern *p, struct mun_err *e)
{
	*p = (struct pattern){ .text = text, .at = strcspn(text, "#") };
	p->digits = strspn(text + p->at, "#");
	if (!p->digits || p->digits > DIGITS_MAX ||
	    strchr(text + p->at + p->digits, '#'))
		return mun_fail(e, MUN_EINVAL,
				"'%s' has to have one run of '#', 1 to %d of "
				"them, for the number",
				text, DIGITS_MAX);
	if (!mun_text_is_clean(text, ""))
		return mun_fail(e, MUN_EINVAL,
				"the pattern is not clean UTF-8 text");
	p->last = 9;
	for (size_t i = 1; i < p->digits; i++)
		p->last = p->last * 10 + 9;
	return 0;
}

int mun_loop_pattern_check(const char *pattern, struct mun_err *e)
{
	struct pattern p;

	return parse(pattern, &p, e);
}

/* The number of a label that is of this pattern; 0 where it is not. */
static uint64_t number_of(const struct pattern *p, const char *label)
{
	uint64_t n = 0;

	if (strlen(label) != strlen(p->text) ||
	    strncmp(label, p->text, p->at) != 0 ||
	    strcmp(label + p->at + p->digits, p->text + p->at + p->digits) != 0)
		return 0;
	for (size_t i = 0; i < p->digits; i++) {
		char c = label[p->at + i];

		if (!isdigit((unsigned char)c))
			return 0;
		n = n * 10 + (uint64_t)(c - '0');
	}
	return n;
}

static int look_at(void *ctx, const struct mun_catalog_row *row,
		   struct mun_err *e)
{
	struct pattern *p = ctx;
	uint64_t n = number_of(p, row->label);

	(void)e;
	if (n > p->used)
		p->used = n;
	return 0;
}

/* What other processes have given out, and perhaps not stored so far. */
static int read_given(const char *dir, const char *name, struct pattern *p,
		      struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	uint64_t n = 0;
	int rc = mun_path_join(dir, name, &path, e);

	if (!rc)
		rc = mun_file_read(path, 64, &text, &len, e);
	if (rc == MUN_ENOENT)
		return 0;
	if (rc)
		return rc;
	text[strcspn(text, "\n")] = '\0';
	rc = mun_parse_u64(text, 0, UINT64_MAX, &n, e);
	if (!rc && n > p->used)
		p->used = n;
	return rc ? mun_ctx(e, "'%s'", path) : 0;
}

static int give(struct mun_catalog *c, const char *dir, const char *name,
		struct pattern *p, char **out, struct mun_err *e)
{
	char text[32];
	int rc = mun_catalog_list(c, NULL, NULL, look_at, p, e);

	if (!rc)
		rc = read_given(dir, name, p, e);
	if (rc)
		return rc;
	if (p->used >= p->last)
		return mun_fail(e, MUN_EINVAL,
				"all numbers of '%s' are used: more '#' make "
				"more of them",
				p->text);
	(void)snprintf(text, sizeof(text), "%" PRIu64 "\n", p->used + 1);
	rc = mun_file_replace(dir, name, text, strlen(text), e);
	if (rc)
		return rc;
	return mun_fmt(out, e, "%.*s%0*" PRIu64 "%s", (int)p->at, p->text,
		       (int)p->digits, p->used + 1,
		       p->text + p->at + p->digits);
}

static int take_lock(const char *path, int *fd, struct mun_err *e)
{
	const struct timespec wait = { .tv_nsec = WAIT_NS };
	int rc;

	/* Another one holds it for as long as giving takes. */
	while ((rc = mun_lock_take(path, fd, e)) == MUN_EBUSY) {
		rc = mun_cancel_check(e);
		if (rc)
			return rc;
		(void)nanosleep(&wait, NULL);
	}
	return rc;
}

int mun_loop_label(struct mun_catalog *c, const char *dir, const char *pattern,
		   char **out, struct mun_err *e)
{
	mun_autofree char *lock = NULL;
	mun_autoclose int fd = -1;
	struct mun_digests d = { 0 };
	struct pattern p;
	char name[32];
	char hex[17];
	int rc = parse(pattern, &p, e);

	if (!rc)
		rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), pattern,
				       strlen(pattern), &d, e);
	if (!rc)
		rc = mun_mkdirs(dir, e);
	if (rc)
		return rc;
	mun_hex(d.of[MUN_SHA256].bytes, 8, hex);
	(void)snprintf(name, sizeof(name), "%s.count", hex);
	rc = mun_fmt(&lock, e, "%s/%s.lock", dir, hex);
	if (!rc)
		rc = take_lock(lock, &fd, e);
	if (!rc)
		rc = give(c, dir, name, &p, out, e);
	return rc ? mun_ctx(e, "next label of '%s'", pattern) : 0;
}
