/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/target_case.h - sets of media in a few words, for targets
 */
#ifndef MUN_TESTS_TARGET_CASE_H
#define MUN_TESTS_TARGET_CASE_H

#include "emulate-export/target.h"
#include "tests/support/support.h"

#define MUN_CASE_ITEMS 24u

/* One medium; a zero says that nothing is known. */
struct mun_case_item {
	enum mun_medium medium;
	const char *media_type; /* what the operator said, or NULL */
	uint64_t bytes;
	uint32_t sector_bytes;
	struct mun_geometry geometry;
	unsigned int tracks;
	const char *format; /* of the master; NULL: "raw" */
	const char *table; /* of partitions, or NULL */
	const char *fs; /* of one volume, or NULL */
	const char *mark; /* of it, or NULL */
	const char *label; /* its label and the object's, or NULL */
	bool kept; /* not decoded */
	enum mun_platform platform; /* the verdict */
	enum mun_boots boots;
};

/* Common ones. */
#define MUN_CASE_FLOPPY(kib, c, h, s, what) \
	{ \
		.medium = MUN_MEDIUM_FLOPPY, .bytes = (kib)*1024ull, \
		.sector_bytes = 512, .geometry = { (c), (h), (s) }, \
		.tracks = 1, .format = "floppy", .fs = "fat12", \
		.platform = MUN_PLATFORM_PC_DOS, .boots = (what) \
	}
#define MUN_CASE_DISC \
	{ \
		.medium = MUN_MEDIUM_OPTICAL, .bytes = 5081088, \
		.sector_bytes = 2048, .tracks = 1, .format = "iso", \
		.fs = "iso9660", .platform = MUN_PLATFORM_ANY \
	}
/* Audio tracks behind the data. */
#define MUN_CASE_MIXED \
	{ \
		.medium = MUN_MEDIUM_OPTICAL, .bytes = 2352 * 4000ull, \
		.sector_bytes = 2352, .tracks = 3, .format = "cue", \
		.fs = "iso9660", .platform = MUN_PLATFORM_PC_DOS \
	}
/* 16 heads, 63 sectors. */
#define MUN_CASE_DISK(cylinders, filesystem, what) \
	{ \
		.medium = MUN_MEDIUM_DISK, \
		.bytes = (cylinders)*16 * 63 * 512ull, .sector_bytes = 512, \
		.geometry = { (cylinders), 16, 63 }, .tracks = 1, \
		.format = "raw", .table = "mbr", .fs = (filesystem), \
		.platform = MUN_PLATFORM_PC_DOS, .boots = (what) \
	}

struct mun_case {
	struct mun_target_set set;
	struct mun_target_item items[MUN_CASE_ITEMS];
	struct mun_record *records[MUN_CASE_ITEMS];
	struct mun_image_facts facts[MUN_CASE_ITEMS];
	struct mun_contents contents[MUN_CASE_ITEMS];
	struct mun_verdict verdicts[MUN_CASE_ITEMS];
	struct mun_plan plan;
	struct mun_kit kit;
	struct mun_err err;
};

/* A set of @n media; its platform is that of the first that has one.  Ends with
 * mun_case_free(). */
struct mun_case *mun_case_new(const struct mun_case_item *items, size_t n);
void mun_case_free(struct mun_case *c);

/* Plan for @t, name the files as the packager does, make the kit.  What
 * plan() returned. */
int mun_case_make(struct mun_case *c, const struct mun_target *t);

/* The text of a file of the kit; fails the test where there is none. */
const char *mun_case_text(const struct mun_case *c, const char *path);

/* Write the kit and empty media below @dir/data. */
void mun_case_write(const struct mun_case *c, const char *dir);

/* Run "data/run" below @dir by /bin/sh with @path as $PATH, from "/"; what it
 * says (both streams) is written to @dir/said.  The exit status. */
int mun_case_run(const char *dir, const char *path, const char *argument);

#endif
