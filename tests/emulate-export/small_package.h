/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/small_package.h - a package of a few files, made by hand */
#ifndef MUN_TESTS_SMALL_PACKAGE_H
#define MUN_TESTS_SMALL_PACKAGE_H

#include <stddef.h>

#include "emulate-export/export.h"
#include "emulate-export/verify_package.h"

#define SMALL_FILES 16
#define SMALL_OBJECT "01890a5d-ac96-774b-bcce-b302099a8057"
#define SMALL_EVENT "01890a5d-ac96-774b-bcce-b302099a8058"

struct small_file {
	const char *path;
	char text[8192];
	size_t len;
};

struct small_package {
	size_t n;
	struct small_file files[SMALL_FILES];
};

/* What may be otherwise; zero it. */
struct small_options {
	const char *receipt; /* NULL: a right one; "": none */
	const char *extra; /* a payload file that no manifest has, or NULL */
	const char *premis; /* data/metadata/premis.xml, or NULL */
	size_t padding; /* zeros behind the raw image */
	bool bad_padding; /* and one that is none */
};

/* Payload, tag files, manifests of SHA-256 and SHA-512 of both kinds. */
void small_package_make(struct small_package *p, const struct small_options *o);

struct small_file *small_package_file(struct small_package *p,
				      const char *path);

/* Below @dir, as "@dir/small", "@dir/small.zip" or "@dir/small.tar"; the path
 * is the caller's. */
char *small_package_write(const struct small_package *p, const char *dir,
			  enum mun_package_kind kind);

/* What a verification said. */
struct small_verdict {
	struct mun_verify_result result;
	size_t n;
	struct {
		enum mun_verify_kind kind;
		enum mun_verify_weight weight;
		char path[96];
		char by[64];
		char text[160];
	} findings[32];
};

/* Fails the test where it cannot be done. */
void small_verify(const char *path, struct mun_catalog *catalog,
		  struct small_verdict *out);

/* Is there a finding of that kind and weight that names @path, or whose text
 * has it? */
bool small_has(const struct small_verdict *v, enum mun_verify_kind kind,
	       enum mun_verify_weight weight, const char *path);

/* Does any damage name @path: as what is damaged, or as what says so? */
bool small_names(const struct small_verdict *v, const char *path);

#endif
