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

static bool is_payload(const struct mun_package_file *f)
{
	return !strncmp(f->path, "data/", 5);
}

/* @p: NULL where it is not yet known. */
static int add_sizes(struct mun_bag_tags *t, const struct mun_package *p,
		     struct mun_err *e)
{
	uint64_t bytes = 0;
	uint64_t files = 0;
	char text[48];
	int rc;

	for (size_t i = 0; p && i < p->nfiles; i++) {
		if (!is_payload(&p->files[i]))
			continue;
		bytes += p->files[i].bytes;
		files++;
	}
	mun_human_bytes(bytes, text);
	rc = mun_bag_tag_add(t, "Bag-Size", text, e);
	(void)snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64, bytes,
		       files);
	return rc ? rc : mun_bag_tag_add(t, "Payload-Oxum", text, e);
}

static int add_object(struct mun_bag_tags *t, const struct mun_record *r,
		      struct mun_err *e)
{
	char text[sizeof("urn:uuid:") + MUN_UUID_LEN];
	int rc = mun_bag_tag_add(t, "External-Description", r->label, e);

	(void)snprintf(text, sizeof(text), "urn:uuid:%s", r->id);
	if (!rc)
		rc = mun_bag_tag_add(t, "External-Identifier", text, e);
	for (size_t i = 0; i < r->nidentifiers && !rc; i++) {
		mun_autofree char *id = NULL;

		rc = mun_fmt(&id, e, "%s=%s", r->identifiers[i].type,
			     r->identifiers[i].value);
		if (!rc)
			rc = mun_bag_tag_add(t, "External-Identifier", id, e);
	}
	return rc;
}

static int add_own(struct mun_bag_tags *t, const struct mun_bag_info *i,
		   int64_t when_ms, const struct mun_package *p,
		   struct mun_err *e)
{
	mun_autofree char *agent = NULL;
	char day[MUN_TIME_LEN];
	int rc;

	mun_time_text(when_ms, day);
	day[10] = '\0'; /* "2026-11-22" */
	rc = mun_bag_tag_add(t, "Source-Organization", i->repository, e);
	for (size_t k = 0; k < i->set->n && !rc; k++)
		rc = add_object(t, i->set->objects[k].record, e);
	/* It may not be repeated. */
	if (!rc)
		rc = mun_bag_tag_add(t, "Bag-Group-Identifier",
				     i->set->objects[0].record->collection, e);
	if (!rc)
		rc = mun_bag_tag_add(t, "Bagging-Date", day, e);
	if (!rc)
		rc = add_sizes(t, p, e);
	if (!rc)
		rc = mun_fmt(&agent, e, "muniment %s", i->program_version);
	return rc ? rc : mun_bag_tag_add(t, "Bag-Software-Agent", agent, e);
}

static int add_all(struct mun_bag_tags *t, const struct mun_bag_info *i,
		   int64_t when_ms, const struct mun_package *p,
		   struct mun_err *e)
{
	int rc = add_own(t, i, when_ms, p, e);

	for (size_t k = 0; k < i->nlines && !rc; k++)
		rc = mun_bag_tag_set(t, i->lines[k], e);
	if (!rc && i->profile)
		rc = mun_bag_tag_add(t, "BagIt-Profile-Identifier",
				     mun_bag_profile_identifier(i->profile), e);
	return rc;
}

int mun_bag_check(const struct mun_bag_info *i, unsigned int algs,
		  struct mun_err *e)
{
	struct mun_bag_tags t = { 0 };
	int rc = add_all(&t, i, 0, NULL, e);

	if (!rc && i->profile)
		rc = mun_bag_profile_check(i->profile, &t, mun_bag_algs(algs),
					   i->kind, e);
	mun_bag_tags_clear(&t);
	return rc;
}

static int put_info(struct mun_package *p, const struct mun_bag_info *i,
		    struct mun_err *e)
{
	struct mun_bag_tags t = { 0 };
	struct mun_str s = { 0 };
	int rc = add_all(&t, i, p->when_ms, p, e);

	if (!rc)
		mun_bag_tags_write(&t, &s);
	if (!rc && s.failed)
		rc = mun_fail_nomem(e, "bag-info.txt");
	if (!rc)
		rc = mun_package_put(p, "bag-info.txt", 0444, s.text, s.len, e);
	mun_str_free(&s);
	mun_bag_tags_clear(&t);
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
