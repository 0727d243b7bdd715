/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest_write.c - manifests in the forms that others read */
#include "fixity/manifest.h"

#include "core/check.h"

#include <inttypes.h>
#include <string.h>

#define COMMON \
	(MUN_DIGEST_BIT(MUN_MD5) | MUN_DIGEST_BIT(MUN_SHA1) | \
	 MUN_DIGEST_BIT(MUN_SHA256))

static const struct {
	const char *name;
	unsigned int algs; /* that its readers know */
	const char *list; /* the same, for people */
	bool several; /* in one line */
} forms[] = {
	[MUN_MANIFEST_SUMS] = { "sha256sum",
				COMMON | MUN_DIGEST_BIT(MUN_SHA512) |
					MUN_DIGEST_BIT(MUN_BLAKE2B_512),
				"md5, sha1, sha256, sha512 or blake2b-512",
				false },
	[MUN_MANIFEST_HASHDEEP] = { "hashdeep", COMMON,
				    "md5, sha1, sha256 or several of them",
				    true },
	[MUN_MANIFEST_BAGIT] = { "bagit", COMMON | MUN_DIGEST_BIT(MUN_SHA512),
				 "md5, sha1, sha256 or sha512", false },
};

const char *mun_manifest_form_name(enum mun_manifest_form form)
{
	return forms[form].name;
}

int mun_manifest_form_parse(const char *name, enum mun_manifest_form *out,
			    struct mun_err *e)
{
	for (unsigned int i = 0; i < MUN_COUNT(forms); i++) {
		if (!strcmp(forms[i].name, name)) {
			*out = (enum mun_manifest_form)i;
			return 0;
		}
	}
	return mun_fail(e, MUN_EINVAL,
			"'%s' is no form of a manifest: sha256sum, hashdeep or "
			"bagit",
			name);
}

int mun_manifest_check_algs(enum mun_manifest_form form, unsigned int algs,
			    struct mun_err *e)
{
	bool one = algs && !(algs & (algs - 1));

	if (algs && !(algs & ~forms[form].algs) && (one || forms[form].several))
		return 0;
	return mun_fail(e, MUN_EINVAL, "a %s manifest has %s", forms[form].name,
			forms[form].list);
}

void mun_manifest_head(struct mun_str *out, enum mun_manifest_form form,
		       unsigned int algs)
{
	if (form != MUN_MANIFEST_HASHDEEP)
		return;
	mun_str_add(out, "%%%% HASHDEEP-1.0\n%%%% size");
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (algs & MUN_DIGEST_BIT(i))
			mun_str_addf(out, ",%s",
				     mun_digest_name((enum mun_digest_alg)i));
	}
	mun_str_add(out, ",filename\n## made by muniment\n##\n");
}

/* As sha256sum(1) escapes since coreutils 9.0; older ones leave CR alone. */
static void add_sum(struct mun_str *out, const struct mun_digest *d,
		    const char *path)
{
	char hex[MUN_DIGEST_HEX];

	mun_digest_hex(d, hex);
	if (strpbrk(path, "\n\r\\"))
		mun_str_add_char(out, '\\');
	mun_str_add(out, hex);
	mun_str_add(out, "  ");
	for (const char *p = path; *p; p++) {
		if (*p == '\n')
			mun_str_add(out, "\\n");
		else if (*p == '\r')
			mun_str_add(out, "\\r");
		else if (*p == '\\')
			mun_str_add(out, "\\\\");
		else
			mun_str_add_char(out, *p);
	}
	mun_str_add_char(out, '\n');
}

static void add_deep(struct mun_str *out, unsigned int algs, const char *path,
		     uint64_t bytes, const struct mun_digests *d)
{
	mun_str_addf(out, "%" PRIu64, bytes);
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		char hex[MUN_DIGEST_HEX];

		if (!(algs & MUN_DIGEST_BIT(i)))
			continue;
		mun_digest_hex(&d->of[i], hex);
		mun_str_addf(out, ",%s", hex);
	}
	mun_str_addf(out, ",%s\n", path);
}

int mun_manifest_line(struct mun_str *out, enum mun_manifest_form form,
		      unsigned int algs, const char *path, uint64_t bytes,
		      const struct mun_digests *d, struct mun_err *e)
{
	const struct mun_digest *first = NULL;

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (!(algs & MUN_DIGEST_BIT(i)))
			continue;
		if (!d->of[i].len)
			return mun_fail(
				e, MUN_ENOENT, "'%s' has no %s", path,
				mun_digest_title((enum mun_digest_alg)i));
		if (!first)
			first = &d->of[i];
	}
	if (!first)
		return mun_fail(e, MUN_EINVAL, "no digest asked for");
	if (form == MUN_MANIFEST_HASHDEEP && strpbrk(path, "\n\r"))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"hashdeep has no way to write a name with a "
				"line end: '%s'",
				path);
	if (form == MUN_MANIFEST_HASHDEEP)
		add_deep(out, algs, path, bytes, d);
	else if (form == MUN_MANIFEST_BAGIT)
		mun_manifest_add(out, first, path);
	else
		add_sum(out, first, path);
	return 0;
}
