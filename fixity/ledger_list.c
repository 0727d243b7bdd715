/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_list.c - what is in a ledger's folders, and what should not be */
#include "fixity/ledger_verify_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"

typedef int entry_fn(struct mun_ledger_judge *j, const char *name,
		     const struct stat *st, struct mun_err *e);

static void stray(struct mun_ledger_judge *j, const char *where,
		  const char *text)
{
	mun_ledger_problem(j, MUN_LEDGER_IN_FILES, 0, "stray-file", where, "%s",
			   text);
}

/* What a killed process leaves (core/README.md) may be removed at any time. */
static bool is_temporary(const char *name)
{
	size_t len = strlen(name);

	return !strncmp(name, ".muniment-", 10) && len > 4 &&
	       !strcmp(name + len - 4, ".tmp");
}

/* Each name in @dir/@sub, with what it is. */
static int each(struct mun_ledger_judge *j, const char *sub, entry_fn *fn,
		struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct dirent *entry;
	int rc;
	DIR *d;

	rc = mun_fmt(&path, e, "%s%s%s", j->dir, *sub ? "/" : "", sub);
	if (rc)
		return rc;
	d = opendir(path);
	if (!d && *sub && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!d)
		return mun_fail_sys(e, errno, "look into '%s'", path);
	for (errno = 0; !rc && (entry = readdir(d)); errno = 0) {
		const char *name = entry->d_name;
		struct stat st;

		if (!strcmp(name, ".") || !strcmp(name, "..") ||
		    is_temporary(name))
			continue;
		/* Gone again: somebody else's temporary. */
		if (fstatat(dirfd(d), name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		rc = fn(j, name, &st, e);
	}
	if (!rc && errno)
		rc = mun_fail_sys(e, errno, "look into '%s'", path);
	(void)closedir(d);
	return rc;
}

/* The segment of this number, made where it is new. */
static int part_of(struct mun_ledger_judge *j, uint64_t number,
		   struct mun_ledger_part **out, struct mun_err *e)
{
	struct mun_ledger_part *more;

	/* Not sorted yet; its other file was mostly seen just before. */
	for (size_t i = j->nparts; i-- > 0 && i + 4 > j->nparts;) {
		if (j->parts[i].number == number) {
			*out = &j->parts[i];
			return 0;
		}
	}
	if (!(j->nparts & (j->nparts - 1))) {
		more = reallocarray(j->parts, j->nparts ? 2 * j->nparts : 1,
				    sizeof(*more));
		if (!more)
			return mun_fail_nomem(e, "segments");
		j->parts = more;
	}
	*out = &j->parts[j->nparts++];
	**out = (struct mun_ledger_part){ .number = number };
	return 0;
}

static int root_entry(struct mun_ledger_judge *j, const char *name,
		      const struct stat *st, struct mun_err *e)
{
	bool folder = !strcmp(name, MUN_LEDGER_TOKENS) ||
		      !strcmp(name, MUN_LEDGER_KEYS);
	struct mun_ledger_part *p;
	uint64_t number;
	bool digest;
	int rc;

	if (folder ? !S_ISDIR(st->st_mode) : !S_ISREG(st->st_mode)) {
		stray(j, name, "not what belongs under this name");
		return 0;
	}
	if (folder || !strcmp(name, MUN_LEDGER_HEADS) ||
	    !strcmp(name, MUN_LEDGER_LOCK))
		return 0;
	if (!mun_ledger_segment_of(name, &number, &digest)) {
		stray(j, name, "does not belong to the ledger");
		return 0;
	}
	rc = part_of(j, number, &p, e);
	if (rc)
		return rc;
	*(digest ? &p->digest : &p->lines) = true;
	if (!digest)
		j->bytes += (uint64_t)st->st_size;
	return 0;
}

static int token_entry(struct mun_ledger_judge *j, const char *name,
		       const struct stat *st, struct mun_err *e)
{
	char where[300];
	uint64_t size;
	uint64_t n;

	(void)e;
	if (S_ISREG(st->st_mode) && mun_ledger_token_of(name, &size, &n))
		return 0;
	(void)snprintf(where, sizeof(where), MUN_LEDGER_TOKENS "/%s", name);
	stray(j, where, "does not belong to the ledger");
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct mun_ledger_part *x = a;
	const struct mun_ledger_part *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* The two files of a segment may have come far apart. */
static void merge_same(struct mun_ledger_judge *j)
{
	size_t n = 0;

	if (j->nparts)
		qsort(j->parts, j->nparts, sizeof(*j->parts), by_number);
	for (size_t i = 0; i < j->nparts; i++) {
		struct mun_ledger_part *last = n ? &j->parts[n - 1] : NULL;

		if (last && last->number == j->parts[i].number) {
			last->lines |= j->parts[i].lines;
			last->digest |= j->parts[i].digest;
		} else {
			j->parts[n++] = j->parts[i];
		}
	}
	j->nparts = n;
}

int mun_ledger_list(struct mun_ledger_judge *j, struct mun_err *e)
{
	int rc = each(j, "", root_entry, e);

	if (!rc)
		rc = each(j, MUN_LEDGER_TOKENS, token_entry, e);
	merge_same(j);
	return rc;
}

static bool is_known(const struct mun_ledger_judge *j, const char *id,
		     const uint8_t public_key[static MUN_SIGNKEY_PUBLIC])
{
	for (size_t i = 0; i < j->how->nkeys; i++) {
		const struct mun_ledger_key *k = &j->how->keys[i];

		if (!strcmp(k->id, id) &&
		    !memcmp(k->public_key, public_key, MUN_SIGNKEY_PUBLIC))
			return true;
	}
	return false;
}

/* keys/ID.pem has one form only too: that which we write. */
static int key_entry(struct mun_ledger_judge *j, const char *name,
		     const struct stat *st, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	mun_autofree char *want = NULL;
	uint8_t public_key[MUN_SIGNKEY_PUBLIC];
	char id[MUN_SIGNKEY_ID];
	char own[MUN_SIGNKEY_ID + 4];
	char where[300];
	size_t len = 0;
	int rc;

	(void)snprintf(where, sizeof(where), MUN_LEDGER_KEYS "/%s", name);
	if (!S_ISREG(st->st_mode)) {
		stray(j, where, "does not belong to the ledger");
		return 0;
	}
	rc = mun_fmt(&path, e, "%s/%s", j->dir, where);
	if (!rc)
		rc = mun_file_read(path, MUN_LEDGER_DIGEST_MAX, &text, &len, e);
	if (!rc)
		rc = mun_signkey_public_of_pem(text, len, public_key, e);
	if (!rc)
		rc = mun_signkey_pem(public_key, &want, e);
	if (rc == MUN_ECORRUPT || (!rc && strcmp(want, text) != 0)) {
		mun_ledger_problem(j, MUN_LEDGER_IN_KEYS, 0, "key-file", where,
				   "not a public key as it was written");
		return 0;
	}
	if (rc)
		return rc;
	mun_signkey_id_of(public_key, id);
	(void)snprintf(own, sizeof(own), "%s.pem", id);
	if (strcmp(own, name) != 0)
		mun_ledger_problem(j, MUN_LEDGER_IN_KEYS, 0, "key-file", where,
				   "it is the key %s", id);
	else if (!is_known(j, id, public_key))
		mun_ledger_problem(j, MUN_LEDGER_IN_KEYS, 0, "unknown-key",
				   where, "nobody knows this key");
	return 0;
}

/* A key that signed is there for people with openssl. */
static int check_present(struct mun_ledger_judge *j, struct mun_err *e)
{
	const char *last = "";

	for (size_t i = 0; i < j->nheads; i++) {
		mun_autofree char *path = NULL;
		const struct mun_ledger_seen *s = &j->heads[i];
		struct stat st;
		char where[40];
		int rc;

		if (!s->line || !strcmp(s->h.key, last))
			continue;
		last = s->h.key;
		(void)snprintf(where, sizeof(where), MUN_LEDGER_KEYS "/%s.pem",
			       last);
		rc = mun_path_join(j->dir, where, &path, e);
		if (rc)
			return rc;
		if (lstat(path, &st))
			mun_ledger_problem(j, MUN_LEDGER_IN_KEYS, s->line,
					   "key-file", where,
					   "is missing; it signed line %" PRIu64
					   " of " MUN_LEDGER_HEADS,
					   s->line);
	}
	return 0;
}

int mun_ledger_check_keys(struct mun_ledger_judge *j, struct mun_err *e)
{
	int rc = each(j, MUN_LEDGER_KEYS, key_entry, e);

	return rc ? rc : check_present(j, e);
}
