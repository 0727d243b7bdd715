/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/vdisk.h - images in memory, opened, read and written in tests */
#ifndef MUN_TESTS_IMAGE_VDISK_H
#define MUN_TESTS_IMAGE_VDISK_H

#include <stddef.h>
#include <stdint.h>

#include "core/source.h"
#include "image/image.h"
#include "image/loss.h"

struct vdisk {
	struct mun_source *src;
	struct mun_image *img;
};

/* Open the bytes, which stay the caller's, as @format (NULL: by bids).  What
 * cannot be opened ends the test. */
struct vdisk vdisk_open(const uint8_t *bytes, size_t len, const char *format,
			struct mun_image *parent);
void vdisk_close(struct vdisk *v);

/* Opening must fail: the code; and the text where @text is given. */
int vdisk_open_fails(const uint8_t *bytes, size_t len, const char *format,
		     struct mun_image *parent, char text[static 1024]);

/* The disk is @want, in whatever portions it is read. */
void vdisk_is(struct mun_image *img, const uint8_t *want, size_t len);

/* "data 0+512 hole 512+1024", all of them; free(). */
char *vdisk_extents(struct mun_image *img);

/* The value of the first such fact, or NULL. */
const char *vdisk_fact(const struct mun_image *img, enum mun_fact_kind kind,
		       const char *name);
/* How the check came out; there must be one. */
enum mun_fact_state vdisk_check(const struct mun_image *img, const char *name);

/**
 * vdisk_write() - what the writer @name makes of these bytes
 * @options: "key=value key=value", or NULL
 * @loss:    NULL: nothing may be lost
 *
 * The file as bytes; free().  What cannot be written ends the test.
 */
uint8_t *vdisk_write(const uint8_t *content, size_t len, const char *name,
		     const char *options, unsigned int threads,
		     struct mun_loss *loss, size_t *len_out);

/* The same bytes read back from what the writer made, twice the same. */
void vdisk_round_trip(const uint8_t *content, size_t len, const char *name,
		      const char *options);

/* What planning these options for a disk of @bytes says. */
int vdisk_plan_fails(uint64_t bytes, const char *name, const char *options,
		     char text[static 1024]);

#endif
