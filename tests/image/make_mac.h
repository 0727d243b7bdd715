/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make_mac.h - images of the Macintosh, built byte by byte */
#ifndef MUN_TESTS_IMAGE_MAKE_MAC_H
#define MUN_TESTS_IMAGE_MAKE_MAC_H

#include <stddef.h>
#include <stdint.h>

#include "image/companion.h"
#include "image/image.h"

void put_be16(uint8_t *p, uint32_t v);
void put_be32(uint8_t *p, uint32_t v);
void put_be64(uint8_t *p, uint64_t v);
uint32_t make_crc32(uint32_t crc, const uint8_t *p, size_t len);
uint16_t make_crc16(const uint8_t *p, size_t len);

/* All of these return how many bytes they made at @out. */

/* @version 1 to 3; dates are 2000-02-29T12:00:00 and a second later. */
size_t make_macbinary(uint8_t *out, int version, const char *name,
		      const uint8_t *data, size_t data_len, const uint8_t *rsrc,
		      size_t rsrc_len);

/* A resource fork with one resource, called "name". */
size_t make_rsrc(uint8_t *out, const char *type, int16_t id,
		 const uint8_t *data, size_t len);

struct make_entry {
	uint32_t id;
	const void *data;
	size_t len;
};

/* AppleSingle (0x00051600) or AppleDouble (0x00051607) */
size_t make_appledouble(uint8_t *out, uint32_t magic,
			const struct make_entry *entries, size_t n);

struct make_run {
	uint32_t type;
	uint64_t sector;
	uint64_t sectors;
	uint64_t off;
	uint64_t bytes;
};

struct make_table {
	const char *name; /* as it stands in XML */
	uint64_t first;
	uint64_t sectors;
	uint32_t crc;
	const struct make_run *runs; /* an end is added */
	size_t n;
};

/* A "mish" table. */
size_t make_mish(uint8_t *out, const struct make_table *t);

/* Data, a property list with the tables, and a trailer with right sums. */
size_t make_udif(uint8_t *out, const uint8_t *data, size_t data_len,
		 const struct make_table *tables, size_t n, uint64_t sectors);

/* A "koly" block with the fields that every image has. */
void make_koly(uint8_t koly[static 512], uint64_t data_off, uint64_t data_len,
	       uint64_t xml_off, uint64_t xml_len, uint64_t sectors);

/* The property list alone. */
size_t make_plist(uint8_t *out, const struct make_table *tables, size_t n);

/* Files beside an image; names end with NULL. */
struct make_beside {
	struct mun_companions companions; /* make_beside_ops */
	struct make_file {
		const char *name;
		const uint8_t *data;
		size_t len;
	} files[4];
};
extern const struct mun_companions_ops make_beside_ops;

/* Open @data; what cannot be opened ends the test.  The source is closed by
 * make_close(). */
struct mun_image *make_open(const uint8_t *data, size_t len,
			    const char *file_name, const char *format,
			    struct mun_companions *beside);
void make_close(struct mun_image *img);

/* Open it, which must fail; the code, and the text. */
int make_open_fails(const uint8_t *data, size_t len, const char *file_name,
		    const char *format, struct mun_companions *beside,
		    char *text, size_t size);

/* All of a view; free(). */
uint8_t *make_read(struct mun_image *img, enum mun_view view);

/* The fact called @name, or NULL. */
const struct mun_image_fact *make_fact(const struct mun_image *img,
				       const char *name);

#endif
