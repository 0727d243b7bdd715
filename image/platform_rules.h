/* SPDX-License-Identifier: Apache-2.0 */
/* image/platform_rules.h - signs by which a platform is known, as a table */
#ifndef MUN_IMAGE_PLATFORM_RULES_H
#define MUN_IMAGE_PLATFORM_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/platform.h"

/* How much a sign says: steps of which each outweighs any number of those
 * below it (docs/platforms.md). */
enum mun_sign {
	MUN_SIGN_READS = 1, /* such a machine reads it as well */
	MUN_SIGN_WEAK = 2, /* one would think of it first */
	MUN_SIGN_USUAL = 4, /* usual there, seen elsewhere too */
	MUN_SIGN_MADE = 8, /* made for that machine alone */
};

/* What a rule looks at, and what "what" is of it. */
enum mun_rule_on {
	MUN_RULE_FORMAT, /* the name of the image's format */
	MUN_RULE_VARIANT, /* words in its variant */
	MUN_RULE_FS, /* the name of a file system */
	MUN_RULE_TITLE, /* words in its title */
	MUN_RULE_OEM, /* how the OEM id of a boot sector begins */
	MUN_RULE_MARK, /* the word of a mark, of a volume or of the medium */
	MUN_RULE_TABLE, /* the name of the partition table */
	MUN_RULE_PART, /* the type of a partition */
	MUN_RULE_TEST, /* anything: a function; "what" is for its reader */
};

/* What is looked at; @c is NULL where only the format is known. */
struct mun_platform_view {
	const struct mun_image_facts *f;
	const struct mun_contents *c;
};

struct mun_platform_rule {
	enum mun_rule_on on;
	const char *what;
	enum mun_sign sign;
	enum mun_platform platform;
	uint32_t also; /* bits of those that read it as well */
	/* Is it so, and why?  Of MUN_RULE_TEST. */
	bool (*test)(const struct mun_platform_view *v, char *why, size_t size);
};

#define MUN_PLATFORM_BIT(p) (1u << (unsigned int)(p))
_Static_assert(MUN_PLATFORMS <= 32, "platforms as bits of 32");

/* Does a machine of platform @p start from it?  On a hybrid disc the System
 * Folder starts no PC, and El Torito no Macintosh (image/platform_boots.c). */
enum mun_boots mun_platform_boots(const struct mun_contents *c,
				  enum mun_platform p);

/* In the order in which reasons of one weight are told. */
extern const struct mun_platform_rule mun_platform_rules[];
extern const size_t mun_platform_nrules;

#endif
