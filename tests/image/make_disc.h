/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make_disc.h - sectors of a CD, and sheets with their files */
#ifndef MUN_TESTS_IMAGE_MAKE_DISC_H
#define MUN_TESTS_IMAGE_MAKE_DISC_H

#include <stddef.h>
#include <stdint.h>

#include "image/companion.h"
#include "image/image.h"

#define BOX_FILES 8u

/* Files in memory, found by their name in any case, in one folder. */
struct box {
	struct mun_companions companions;
	size_t n;
	struct box_file {
		const char *name;
		const uint8_t *data;
		size_t len;
	} files[BOX_FILES];
};

void box_init(struct box *b);
void box_add(struct box *b, const char *name, const void *data, size_t len);

/* The image @name of @len bytes, with the files of @b; free with
 * box_close(). What cannot be opened ends the test. */
struct opened {
	struct mun_source *src;
	struct mun_image *img;
};

struct opened box_open(struct box *b, const char *format, const char *name,
		       const void *data, size_t len);
struct opened box_open_text(struct box *b, const char *format, const char *name,
			    const char *text);
void box_close(struct opened *o);

/* It must not open: the code and the message. */
int box_fails(struct box *b, const char *format, const char *name,
	      const void *data, size_t len, char text[static 1024]);

/* All of a view; free(). */
uint8_t *box_view(const struct opened *o, enum mun_view view);

/* What lies at byte @off of a view, and how far. */
struct mun_extent box_extent(const struct opened *o, enum mun_view view,
			     uint64_t off);

/* The value of the fact @name; "" where there is none. */
const char *box_fact(const struct opened *o, const char *name);

/* Whole sectors with data of their own, different for each @seed. */
void make_cd_mode1(uint8_t *sector, uint64_t lba, uint64_t seed);
void make_cd_form1(uint8_t *sector, uint64_t lba, uint64_t seed);
void make_cd_form2(uint8_t *sector, uint64_t lba, uint64_t seed);
void make_cd_audio(uint8_t *sector, uint64_t seed);

#endif
