/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/remote_driver.h - a driver that does what the test tells it, here
 * and in the child
 *
 * It is the only one in mun_image_drivers.
 */
#ifndef MUN_TESTS_IMAGE_REMOTE_DRIVER_H
#define MUN_TESTS_IMAGE_REMOTE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/source.h"
#include "image/image.h"
#include "image/remote.h"

#define REMOTE_BYTES ((size_t)5 * 1024 * 1024 + 123)

/* What the driver is to do; set before the image is opened. */
struct remote_task {
	bool own; /* no pread, no next_extent */
	bool floppy;
	bool disc;
	bool verifies;
	const char *beside; /* file that it reads */
	bool parent; /* its bytes are the parent's */
	void (*lie)(struct mun_image *img); /* at the end of open() */
	int (*misdeed)(struct mun_image *img, struct mun_err *e); /* in pread */
	int (*extent)(uint64_t off, struct mun_extent *out, struct mun_err *e);
};

extern struct remote_task task;
extern uint8_t bytes[REMOTE_BYTES]; /* of the source */

int set_up(void **state); /* nothing to do */

/* Take over what the task says of the driver's own table; new_source() does. */
void set_driver(void);
struct mun_source *new_source(void);

struct mun_image *open_here(struct mun_source *src);
struct mun_image *open_there(struct mun_source *src, unsigned int threads);

void no_child_is_left(void);

/* The open must fail with @rc and say @says. */
void refused(const struct mun_remote_request *q, int rc, const char *says);

#endif
