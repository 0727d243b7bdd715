/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf.c - the keys of muniment.conf, and reading it */
#include "core/conf.h"

#include <ini.h>
#include <string.h>

#include "core/check.h"
#include "core/conf_text.h"
#include "core/file.h"
#include "core/parse.h"
#include "core/str.h"

/* inih reads lines of INI_MAX_LINE (200) bytes and cuts longer ones in two. */
#define LINE_MAX_BYTES 196
#define FILE_MAX_BYTES ((size_t)1 << 20)
#define NKEYS 4

static int check_text(const char *value, struct mun_err *e)
{
	if (!mun_text_is_clean(value, ""))
		return mun_fail(e, MUN_EINVAL,
				"control characters, or not UTF-8");
	return 0;
}

static int check_name(const char *value, struct mun_err *e)
{
	if (!*value)
		return mun_fail(e, MUN_EINVAL, "a name cannot be empty");
	return check_text(value, e);
}

/* The names of fixity/digest.h, which is above us; a test there compares. */
static bool is_digest(const char *name, size_t len)
{
	static const char *const names[] = { "md5",        "sha1",
					     "sha256",     "sha512",
					     "sha512-256", "blake2b-512",
					     "crc32" };

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (strlen(names[i]) == len && !memcmp(names[i], name, len))
			return true;
	return false;
}

static int check_digests(const char *value, struct mun_err *e)
{
	for (;;) {
		size_t len = strcspn(value, ",");

		if (!is_digest(value, len))
			return mun_fail(
				e, MUN_EINVAL,
				"'%.*s' is none of md5, sha1, sha256, sha512, sha512-256, blake2b-512, crc32",
				(int)MUN_MIN(len, (size_t)64), value);
		if (!value[len])
			return 0;
		value += len + 1;
	}
}

static int check_threads(const char *value, struct mun_err *e)
{
	uint64_t n;

	return mun_parse_u64(value, 0, 64, &n, e);
}

const struct mun_conf_key mun_conf_keys[] = {
	{ "name", "repository", "muniment repository",
	  "what the repository is called in reports and records", check_name },
	{ "digests", "repository", "sha256,sha512",
	  "digests taken of everything ingested, separated by commas",
	  check_digests },
	{ "operator", "repository", "",
	  "who is recorded as operator where --operator says nothing",
	  check_text },
	{ "audit-threads", "repository", "0",
	  "threads of an audit, 0 to 64; 0 is one for each processor",
	  check_threads },
	{ NULL, NULL, NULL, NULL, NULL },
};
_Static_assert(MUN_COUNT(mun_conf_keys) == NKEYS + 1, "NKEYS");

struct mun_conf {
	char *values[NKEYS]; /* NULL: the file says nothing */
};

/* What the callbacks of inih work with. */
struct reading {
	const char *text; /* what is still to be read */
	int line; /* the one at hand */
	struct mun_conf *conf;
	struct mun_err *e;
	int rc; /* of the first value that was refused ... */
	int rc_line; /* ... and its line */
};

/* As fgets(3): inih asks for line after line, which lets us count them. */
static char *next_line(char *buf, int size, void *ctx)
{
	struct reading *r = ctx;
	size_t len = strcspn(r->text, "\n");

	if (!*r->text || size < 2)
		return NULL;
	len += r->text[len] == '\n';
	len = MUN_MIN(len, (size_t)size - 1);
	memcpy(buf, r->text, len);
	buf[len] = '\0';
	r->text += len;
	r->line++;
	return buf;
}

/* The place of @key in the table, or NKEYS.  @section may be NULL. */
static size_t find_key(const char *section, const char *key)
{
	size_t i;

	for (i = 0; i < NKEYS; i++)
		if (!strcmp(mun_conf_keys[i].name, key) &&
		    (!section || !strcmp(mun_conf_keys[i].section, section)))
			break;
	return i;
}

static int take_value(struct reading *r, const char *section, const char *name,
		      const char *value)
{
	size_t i = find_key(section, name);
	int rc;

	if (i == NKEYS)
		return mun_fail(r->e, MUN_ECORRUPT,
				"there is no key '%s' in section [%s]", name,
				section);
	/* Also what inih makes of a line that begins with a blank. */
	if (r->conf->values[i])
		return mun_fail(
			r->e, MUN_ECORRUPT,
			"'%s' is given twice (or goes on in a line that begins with a blank)",
			name);
	rc = mun_conf_keys[i].check(value, r->e);
	if (rc) {
		r->e->code = MUN_ECORRUPT;
		return mun_ctx(r->e, "value of '%s'", name);
	}
	return mun_strdup(value, &r->conf->values[i], r->e);
}

/* inih wants 0 for "refuse this line"; it reads on all the same. */
static int on_value(void *ctx, const char *section, const char *name,
		    const char *value)
{
	struct reading *r = ctx;

	if (r->rc)
		return 1;
	r->rc = take_value(r, section, name, value);
	r->rc_line = r->line;
	return r->rc == 0;
}

/* What inih would read otherwise than it looks. */
static int check_lines(const char *text, size_t len, struct mun_err *e)
{
	unsigned int line = 1;

	if (strlen(text) != len || !mun_text_is_clean(text, "\n\t\r"))
		return mun_fail(e, MUN_ECORRUPT,
				"control characters, or not UTF-8");
	for (; *text; line++) {
		size_t n = strcspn(text, "\n");

		if (n > LINE_MAX_BYTES)
			return mun_fail(e, MUN_ECORRUPT,
					"line %u has more than %d bytes", line,
					LINE_MAX_BYTES);
		text += n + (text[n] == '\n');
	}
	return 0;
}

static int parse(const char *text, size_t len, struct mun_conf **out,
		 struct mun_err *e)
{
	mun_auto(conf) *c = NULL;
	struct reading r = { .text = text, .e = e };
	int line;
	int rc;

	rc = check_lines(text, len, e);
	if (rc)
		return rc;
	c = calloc(1, sizeof(*c));
	if (!c)
		return mun_fail_nomem(e, "configuration");
	r.conf = c;
	line = ini_parse_stream(next_line, &r, on_value, &r);
	if (r.rc && r.rc_line == line)
		return mun_ctx(e, "line %d", line);
	if (line)
		return mun_fail(e, MUN_ECORRUPT,
				"line %d: neither [section] nor key = value",
				line);
	*out = mun_steal(&c);
	return 0;
}

int mun_conf_load(const char *path, struct mun_conf **out, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	size_t len;
	int rc;

	rc = mun_file_read(path, FILE_MAX_BYTES, &text, &len, e);
	if (rc)
		return rc;
	rc = parse(text, len, out, e);
	return rc ? mun_ctx(e, "configuration '%s'", path) : 0;
}

void mun_conf_free(struct mun_conf *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < NKEYS; i++)
		free(c->values[i]);
	free(c);
}

const char *mun_conf_get(const struct mun_conf *c, const char *key)
{
	size_t i = find_key(NULL, key);

	if (i == NKEYS)
		return NULL;
	return c->values[i] ? c->values[i] : mun_conf_keys[i].fallback;
}

/* Does the changed file say what was asked for, and all else as before? */
static int check_change(const struct mun_conf *was, const char *text,
			size_t len, size_t key, const char *value,
			struct mun_err *e)
{
	mun_auto(conf) *is = NULL;
	int rc;

	rc = parse(text, len, &is, e);
	if (rc) {
		e->code = MUN_EINVAL;
		return mun_ctx(e, "cannot be written into the file");
	}
	for (size_t i = 0; i < NKEYS; i++) {
		const char *want = i == key ? value : was->values[i];
		const char *have = is->values[i];

		if (!want != !have || (want && strcmp(want, have) != 0))
			return mun_fail(
				e, MUN_EINVAL,
				"the file could not hold it: it would be read as '%s'",
				have ? have : "");
	}
	return 0;
}

static int write_back(const char *path, const char *text, size_t len,
		      struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	mun_autofree char *dir = NULL;
	int rc;

	if (!slash)
		return mun_file_replace(".", path, text, len, e);
	rc = mun_fmt(&dir, e, "%.*s", (int)(slash - path + 1), path);
	return rc ? rc : mun_file_replace(dir, slash + 1, text, len, e);
}

static int change(const char *path, size_t key, const char *value,
		  struct mun_err *e)
{
	const struct mun_conf_key *k = &mun_conf_keys[key];
	mun_auto(conf) *was = NULL;
	mun_autofree char *old = NULL;
	mun_autofree char *text = NULL;
	size_t old_len;
	int rc;

	rc = mun_file_read(path, FILE_MAX_BYTES, &old, &old_len, e);
	if (rc)
		return rc;
	rc = parse(old, old_len, &was, e);
	if (rc)
		return mun_ctx(e, "configuration '%s'", path);
	rc = mun_conf_text_set(old, k->section, k->name, value, &text, e);
	if (!rc)
		rc = check_change(was, text, strlen(text), key, value, e);
	if (!rc && strlen(text) > FILE_MAX_BYTES)
		rc = mun_fail(e, MUN_EINVAL, "the file would be too large");
	return rc ? rc : write_back(path, text, strlen(text), e);
}

int mun_conf_set(const char *path, const char *key, const char *value,
		 struct mun_err *e)
{
	size_t i = find_key(NULL, key);
	int rc;

	if (i == NKEYS)
		return mun_fail(e, MUN_EINVAL, "there is no key '%s'", key);
	rc = mun_conf_keys[i].check(value, e);
	if (!rc)
		rc = change(path, i, value, e);
	return rc ? mun_ctx(e, "set '%s'", key) : 0;
}
