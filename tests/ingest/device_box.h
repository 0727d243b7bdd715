/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/ingest/device_box.h - a failing drive, and what its image has to be
 *
 * One at a time.  Ends the test where something is not as it has to be.
 */
#ifndef MUN_TESTS_INGEST_DEVICE_BOX_H
#define MUN_TESTS_INGEST_DEVICE_BOX_H

#include "ingest/acquire.h"
#include "tests/support/failing_drive.h"
#include "tests/support/support.h"

/* Two megabytes and a bit, odd. */
#define SECTOR 512u
#define SECTORS ((size_t)4800)
#define BYTES (SECTORS * SECTOR)
#define ALGS (MUN_DIGEST_BIT(MUN_SHA256) | MUN_DIGEST_BIT(MUN_SHA512))

extern struct device_box {
	char *dir; /* session's folder */
	char *image;
	struct mun_failing_drive *drive;
	uint8_t truth[BYTES];
	char want[SECTORS + 1]; /* states of the map, sector by sector */
} device_box;

/* Of cmocka: a fine medium in an empty folder; all of it away. */
int device_box_open(void **state);
int device_box_close(void **state);

/* Sectors that are never read; and a choice of them. */
void device_box_bad(size_t first, size_t n);
void device_box_damage(void);

/* The medium as one opens it; @reader may be NULL: it is gone. */
struct mun_device device_box_device(struct mun_reader *reader);

/* One run over it.  mun_acquire_clear(). */
int device_box_acquire(struct mun_acquire *a, struct mun_rescue_policy policy,
		       struct mun_err *e);

/* Fails the test with the chain of errors, where @rc is not 0. */
void device_box_must(int rc, const struct mun_err *e);

/* What the image has to be, of want; then map, image, digests and tree of a run
 * against that, one by one or all. */
void device_box_truth(void);
void device_box_assert_map(const struct mun_readmap *m);
void device_box_assert_image(void);
void device_box_assert_digests(const struct mun_acquire *a);
void device_box_assert_all(const struct mun_acquire *a);

/* The drive counts the reads of each sector from here on. */
void device_box_forget(void);

/* The map of the checkpoint that lies there; false: none. */
bool device_box_checkpoint(struct mun_readmap *out);

/* Nothing of an earlier run is there any more. */
void device_box_again(void);

/* A run that was ended goes on: all is as it has to be, and nothing that the
 * checkpoint vouches for is read again.  @n: for messages. */
void device_box_resume(int n);

#endif
