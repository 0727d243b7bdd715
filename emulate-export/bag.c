/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/bag.c - the tag files that make a package a BagIt bag */
#include "emulate-export/bag.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/parse.h"
#include "core/str.h"
#include "core/utf8.h"
#include "fixity/manifest.h"

/* Algorithms in names of manifests are lower-case letters and digits only:
 * "sha512-256" is "sha512256" (RFC 8493, section 2.4). */
static void alg_name(enum mun_digest_alg alg, char out[static 16])
{
	size_t n = 0;

	for (const char *p = mun_digest_name(alg); *p && n < 15; p++) {
		if (isalnum((unsigned char)*p))
			out[n++] = *p;
	}
	out[n] = '\0';
}

unsigned int mun_bag_algs(unsigned int algs)
{
	/* A CRC is no digest: it proves nothing against intent. */
	algs &= ~MUN_DIGEST_BIT(MUN_CRC32);
	return algs | MUN_DIGEST_BIT(MUN_SHA256) | MUN_DIGEST_BIT(MUN_SHA512);
}

int mun_bag_begin(struct mun_package *p, struct mun_err *e)
{
	static const char text[] = "BagIt-Version: 1.0\n"
				   "Tag-File-Character-Encoding: UTF-8\n";

	return mun_package_put(p, "bagit.txt", 0444, text, sizeof(text) - 1, e);
}

/* A value is one line whatever it was: foreign line ends are escaped. */
static void add_line(struct mun_str *s, const char *text)
{
	size_t room = 4 * strlen(text) + 1;
	char *line = malloc(room);

	if (!line) {
		s->failed = true;
		return;
	}
	mun_str_add_bytes(s, line, mun_utf8_line(text, line, room));
	free(line);
}

static void add_info(struct mun_str *s, const char *label, const char *value)
{
	if (!*value)
		return;
	mun_str_addf(s, "%s: ", label);
	add_line(s, value);
	mun_str_add_char(s, '\n');
}

static bool is_payload(const struct mun_package_file *f)
{
	return !strncmp(f->path, "data/", 5);
}

static void add_sizes(struct mun_str *s, const struct mun_package *p)
{
	uint64_t bytes = 0;
	uint64_t files = 0;
	char human[16];

	for (size_t i = 0; i < p->nfiles; i++) {
		if (!is_payload(&p->files[i]))
			continue;
		bytes += p->files[i].bytes;
		files++;
	}
	mun_human_bytes(bytes, human);
	mun_str_addf(s, "Bag-Size: %s\n", human);
	mun_str_addf(s, "Payload-Oxum: %" PRIu64 ".%" PRIu64 "\n", bytes,
		     files);
}

static void add_identifiers(struct mun_str *s, const struct mun_record *r)
{
	mun_str_addf(s, "External-Identifier: urn:uuid:%s\n", r->id);
	for (size_t i = 0; i < r->nidentifiers; i++) {
		mun_str_add(s, "External-Identifier: ");
		add_line(s, r->identifiers[i].type);
		mun_str_add_char(s, '=');
		add_line(s, r->identifiers[i].value);
		mun_str_add_char(s, '\n');
	}
}

static int put_info(struct mun_package *p, const struct mun_bag_info *i,
		    struct mun_err *e)
{
	struct mun_str s = { 0 };
	char day[MUN_TIME_LEN];
	int rc;

	mun_time_text(p->when_ms, day);
	day[10] = '\0'; /* "2026-11-22" */
	add_info(&s, "Source-Organization", i->repository);
	for (size_t k = 0; k < i->set->n; k++) {
		const struct mun_record *r = i->set->objects[k].record;

		add_info(&s, "External-Description", r->label);
		add_identifiers(&s, r);
	}
	/* It may not be repeated. */
	add_info(&s, "Bag-Group-Identifier",
		 i->set->objects[0].record->collection);
	add_info(&s, "Bagging-Date", day);
	add_sizes(&s, p);
	mun_str_addf(&s, "Bag-Software-Agent: muniment %s\n",
		     i->program_version);
	rc = s.failed ? mun_fail_nomem(e, "bag-info.txt")
		      : mun_package_put(p, "bag-info.txt", 0444, s.text, s.len,
					e);
	mun_str_free(&s);
	return rc;
}

/* The first @n files that are payload, or those that are not. */
static int put_manifest(struct mun_package *p, enum mun_digest_alg alg,
			bool payload, size_t n, struct mun_err *e)
{
	struct mun_str s = { 0 };
	char name[16];
	char path[64];
	int rc;

	alg_name(alg, name);
	(void)snprintf(path, sizeof(path), "%smanifest-%s.txt",
		       payload ? "" : "tag", name);
	for (size_t i = 0; i < n; i++) {
		const struct mun_package_file *f = &p->files[i];

		if (is_payload(f) == payload)
			mun_manifest_add(&s, &f->digests.of[alg], f->path);
	}
	rc = s.failed || !s.text
		     ? mun_fail_nomem(e, path)
		     : mun_package_put(p, path, 0444, s.text, s.len, e);
	mun_str_free(&s);
	return rc;
}

static int put_manifests(struct mun_package *p, bool payload, struct mun_err *e)
{
	/* Those that are now made do not list each other. */
	size_t n = p->nfiles;
	unsigned int algs = mun_bag_algs(p->algs);
	int rc = 0;

	for (unsigned int i = 0; i < MUN_DIGEST_N && !rc; i++) {
		if (algs & MUN_DIGEST_BIT(i))
			rc = put_manifest(p, (enum mun_digest_alg)i, payload, n,
					  e);
	}
	return rc;
}

int mun_bag_end(struct mun_package *p, const struct mun_bag_info *i,
		struct mun_err *e)
{
	int rc = put_info(p, i, e);

	if (!rc)
		rc = put_manifests(p, true, e);
	if (!rc)
		rc = put_manifests(p, false, e);
	return rc ? mun_ctx(e, "write the manifests") : 0;
}
