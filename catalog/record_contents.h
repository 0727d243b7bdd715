/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/record_contents.h - what is on a medium and where it was used, as
 * properties of its record
 *
 * Written once, when the object is taken in, and read back as they are: what
 * later versions would see or judge otherwise does not change what was recorded.
 * Objects of versions before have none.
 *
 *   partition table     "mbr", "gpt, damaged"
 *   partition 1         "0x06, 33521664 bytes at byte 32256, active, name BOOT"
 *   file system 1       "fat16, 33521664 bytes at byte 32256, in partition 1;
 *                        FAT16"
 *   file system 1, label, serial, OEM id, PRONOM id, boots, marks
 *   boots               "yes: code at 3Eh, IO.SYS in the root"
 *   marks               "mbr-code, cd-audio": words of image/contents.h
 *   platform            "pc-dos": a name of image/platform.h
 *   platform, confidence  "high"
 *   platform, boots     "yes"
 *   platform, others    "pc, pc-windows9x"
 *   platform, reasons   "...; ...", the most telling first
 *   platform by operator  "pc-windows9x"
 */
#ifndef MUN_CATALOG_RECORD_CONTENTS_H
#define MUN_CATALOG_RECORD_CONTENTS_H

#include <stdbool.h>

#include "catalog/record.h"
#include "core/err.h"
#include "image/contents.h"
#include "image/platform.h"

/* Names of properties: never renamed.  Those of partitions and file systems are
 * followed by their number (of the table; from 1) and what is told of them. */
#define MUN_PROPERTY_TABLE "partition table"
#define MUN_PROPERTY_PARTITION "partition "
#define MUN_PROPERTY_FILE_SYSTEM "file system "
#define MUN_PROPERTY_BOOTS "boots"
#define MUN_PROPERTY_MARKS "marks"
#define MUN_PROPERTY_PLATFORM "platform"
#define MUN_PROPERTY_PLATFORM_CONFIDENCE "platform, confidence"
#define MUN_PROPERTY_PLATFORM_BOOTS "platform, boots"
#define MUN_PROPERTY_PLATFORM_OTHERS "platform, others"
#define MUN_PROPERTY_PLATFORM_REASONS "platform, reasons"
#define MUN_PROPERTY_PLATFORM_OPERATOR "platform by operator"

/* Add what is on the medium.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_record_add_contents(struct mun_record *r,
				      const struct mun_contents *c,
				      struct mun_err *e);

/* Add the verdict of the machine (not one overridden).  0 or MUN_ENOMEM. */
MUN_CHECK int mun_record_add_verdict(struct mun_record *r,
				     const struct mun_verdict *v,
				     struct mun_err *e);

/* Add, or replace, what the operator said.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_record_set_platform(struct mun_record *r,
				      enum mun_platform said,
				      struct mun_err *e);

/* Take out all that the first two have added: it is seen anew. */
void mun_record_drop_contents(struct mun_record *r);

/**
 * mun_record_verdict() - the verdict that is recorded, the operator's word over
 * the machine's
 *
 * Return: false where none is recorded, or not in words that are known here;
 * then @out is that nothing is known.
 */
bool mun_record_verdict(const struct mun_record *r, struct mun_verdict *out);

/* What the operator said; MUN_PLATFORM_UNKNOWN where nothing. */
enum mun_platform mun_record_platform_said(const struct mun_record *r);

/* Is @name that of a property of the above? */
bool mun_record_is_contents(const char *name);

/* One of its words: "yes".  MUN_BOOTS_NO where it is none of them. */
enum mun_boots mun_boots_find(const char *name);

#endif
