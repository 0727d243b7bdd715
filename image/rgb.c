/* SPDX-License-Identifier: Apache-2.0 */
/* image/rgb.c - pictures of pixels as PNG: screens of emulated machines */
#include "image/rgb.h"

#include <png.h>
#include <stdlib.h>

int mun_rgb_write(const uint8_t *rgb, uint32_t width, uint32_t height,
		  struct mun_str *out, struct mun_err *e)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
			    .width = width,
			    .height = height,
			    .format = PNG_FORMAT_RGB };
	mun_autofree uint8_t *file = NULL;
	png_alloc_size_t bytes = 0;

	if (png_image_write_get_memory_size(image, bytes, 0, rgb, 0, NULL))
		file = malloc(bytes);
	if (!file ||
	    !png_image_write_to_memory(&image, file, &bytes, 0, rgb, 0, NULL))
		return mun_fail_nomem(e, "picture");
	mun_str_add_bytes(out, file, bytes);
	return out->failed ? mun_fail_nomem(e, "picture") : 0;
}

static int read_pixels(png_image *image, uint32_t side, uint8_t **out,
		       struct mun_err *e)
{
	const png_color black = { 0, 0, 0 };
	mun_autofree uint8_t *rgb = NULL;

	if (image->width > side || image->height > side)
		return mun_fail(e, MUN_ECORRUPT, "a PNG of %u by %u pixels",
				image->width, image->height);
	image->format = PNG_FORMAT_RGB;
	rgb = malloc(PNG_IMAGE_SIZE(*image));
	if (!rgb)
		return mun_fail_nomem(e, "picture");
	if (!png_image_finish_read(image, &black, rgb, 0, NULL))
		return mun_fail(e, MUN_ECORRUPT, "a PNG that is broken: %s",
				image->message);
	*out = mun_steal(&rgb);
	return 0;
}

int mun_rgb_read(const void *data, size_t len, uint32_t side, uint8_t **out,
		 uint32_t *width, uint32_t *height, struct mun_err *e)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	int rc;

	if (!png_image_begin_read_from_memory(&image, data, len))
		return mun_fail(e, MUN_ECORRUPT, "no PNG: %s", image.message);
	rc = read_pixels(&image, side, out, e);
	if (!rc) {
		*width = image.width;
		*height = image.height;
	}
	png_image_free(&image);
	return rc;
}
