/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/contents_facts.h - what is on the medium, looked at once and recorded */
#ifndef MUN_INGEST_CONTENTS_FACTS_H
#define MUN_INGEST_CONTENTS_FACTS_H

#include "ingest/describe.h"

/**
 * mun_contents_record() - look into the image in the stage, judge, record
 * @d:       of it the image, as it was recognised
 * @decoded: of the stage's copy; its unreadable ranges where it has any
 * @r:       has its unreadable ranges; gets the properties of
 *           catalog/record_contents.h
 *
 * What lies on disk is looked at, not the medium again.  An image that is kept
 * and not decoded, or that breaks off, is judged by its format alone.  Call
 * while no other thread of ours runs.  Return: 0, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_contents_record(const struct mun_described *d,
				  const struct mun_decoded *decoded,
				  struct mun_stage *st, struct mun_record *r,
				  struct mun_err *e);

/**
 * mun_contents_again() - the same of an image whose sectors have changed
 * @path: of it; opened as @r->format
 *
 * Replaces what the machine has recorded, not what the operator said.  An image
 * that is no such one (any more) leaves all as it is, and a warning is logged.
 * Return: as above.
 */
MUN_CHECK int mun_contents_again(const char *path, struct mun_record *r,
				 struct mun_err *e);

/* Add what the operator said, by the name @said; NULL or "": nothing.  0,
 * MUN_ENOMEM. */
MUN_CHECK int mun_contents_said(const char *said, struct mun_record *r,
				struct mun_err *e);

#endif
