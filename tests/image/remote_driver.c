/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/remote_driver.c - a driver that does what the test tells it */
#include "tests/image/remote_driver.h"

#include "image/companion.h"
#include "image/disc.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "tests/support/support.h"

#include <sys/wait.h>

struct remote_task task;

static struct mun_source *beside; /* of the image that is open */

static int bid(struct mun_source *src, const char *file_name)
{
	(void)src;
	(void)file_name;
	return MUN_BID_MAGIC;
}

static int test_open(struct mun_image *img, struct mun_err *e);

/* Each view is the source, changed in a way of its own. */
static int test_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	uint8_t *p = buf;
	int rc = 0;

	if (task.misdeed)
		rc = task.misdeed(img, e);
	if (rc)
		return rc;
	if (beside)
		return mun_source_pread(beside, buf, len, off, e);
	if (task.parent && img->parent)
		return mun_image_pread(img->parent, view, buf, len, off, e);
	rc = mun_source_pread(img->src, buf, len, off, e);
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(p[i] ^ (0x11 * (view + 1)));
	return rc;
}

/* Runs of 1000 bytes, and every kind there is. */
static int test_extent(struct mun_image *img, enum mun_view view, uint64_t off,
		       struct mun_extent *out, struct mun_err *e)
{
	(void)img;
	(void)view;
	if (task.extent)
		return task.extent(off, out, e);
	if (beside)
		return mun_source_next_extent(beside, off, out, e);
	out->off = off;
	out->bytes = 1000 - off % 1000;
	out->kind = (enum mun_extent_kind)(off / 1000 % 5);
	return 0;
}

static int test_verify(struct mun_image *img, struct mun_err *e)
{
	uint8_t byte;
	int rc = mun_image_pread(img, MUN_VIEW_CONTENT, &byte, 1, 0, e);

	mun_image_settle(img, "CRC-32",
			 byte & 1 ? MUN_FACT_GOOD : MUN_FACT_BAD);
	return rc;
}

static void test_close(struct mun_image *img)
{
	(void)img;
	mun_source_close(beside);
	beside = NULL;
}

static struct mun_image_driver driver = {
	.name = "test",
	.title = "A test",
	.suffixes = "",
	.bid = bid,
	.open = test_open,
	.close = test_close,
};

const struct mun_image_driver *const mun_image_drivers[] = { &driver, NULL };

/* Two tracks; on the first a copy that is better, on the second a tag. */
static int fill_floppy(struct mun_floppy *f, struct mun_err *e)
{
	static const uint8_t tag[MUN_FLOPPY_TAG] = "tag of many";
	uint8_t data[512];
	int rc = 0;

	for (uint16_t c = 0; !rc && c < 2; c++) {
		const struct mun_floppy_track t = {
			.cylinder = (uint16_t)(1 - c),
			.encoding = MUN_ENCODING_MFM,
			.kbps = 250,
		};

		rc = mun_floppy_add_track(f, &t, e);
		for (uint8_t r = 9; !rc && r > 0; r--) {
			struct mun_sector s = {
				.c = (uint8_t)(1 - c),
				.r = r > 8 ? 1 : r,
				.n = 2,
				.bytes = 512,
				.st1 = r,
				.flags = r == 3 ? MUN_SECTOR_BAD_DATA : 0,
			};

			memset(data, 16 * c + r, sizeof(data));
			rc = mun_floppy_add_sector(f, &s, data, c ? tag : NULL,
						   e);
		}
	}
	return rc;
}

static int open_floppy(struct mun_image *img, struct mun_err *e)
{
	struct mun_floppy *f = NULL;
	int rc = mun_floppy_new(&f, e);

	if (!rc)
		rc = fill_floppy(f, e);
	if (!rc)
		rc = mun_floppy_text(img, f, "comment", "made\r\nhere", 10, e);
	return rc ? rc : mun_floppy_done(img, f, e);
}

static int open_disc(struct mun_image *img, struct mun_err *e)
{
	int rc = mun_disc_new(&img->disc, e);

	if (rc)
		return rc;
	img->disc->cdtext = malloc(18);
	if (!img->disc->cdtext)
		return mun_fail_nomem(e, "CD-TEXT");
	memset(img->disc->cdtext, 0x80, 18);
	img->disc->cdtext_bytes = 18;
	img->disc->cooked = true;
	img->disc->sectors = 4711;
	memcpy(img->disc->mcn, "0123456789012", 14);
	return 0;
}

/* What is told of an image, so that nothing is left at 0. */
static int tell(struct mun_image *img, struct mun_err *e)
{
	int rc;

	img->sector_bytes = 512;
	img->bytes = img->src->size;
	img->raw_bytes = img->src->size - 1;
	img->sub_bytes = img->src->size - 2;
	img->medium = MUN_MEDIUM_DISK;
	img->geometry = (struct mun_geometry){ 80, 2, 18 };
	mun_image_variant(img, "Variant, with \xc3\xa9");
	mun_image_note(img, "note");
	mun_image_set_puid(img, "fmt/1");
	mun_image_set_mime(img, "application/x-test");
	memcpy(img->volume_label, "LABEL", 6);
	rc = mun_image_fact(img, MUN_FACT_MADE, "creator", e, "me");
	if (!rc)
		rc = mun_image_check_fact(img, "CRC-32", MUN_FACT_NONE, e,
					  "12345678");
	if (!rc)
		rc = mun_image_one_track(img, e);
	if (!rc) {
		img->tracks->pregap = 150;
		memcpy(img->tracks->isrc, "DEA620000001", 13);
	}
	return rc;
}

static int test_open(struct mun_image *img, struct mun_err *e)
{
	int rc = tell(img, e);

	if (!rc && task.floppy)
		rc = open_floppy(img, e);
	if (!rc && task.disc)
		rc = open_disc(img, e);
	if (!rc && task.beside)
		rc = mun_companion_open(img->companions, task.beside, &beside,
					e);
	if (!rc && task.beside)
		img->bytes = img->raw_bytes = beside->size;
	if (!rc && task.parent && img->depth == 0) {
		if (!img->parent)
			return mun_fail(e, MUN_ENOENT, "it needs its parent");
		img->bytes = img->raw_bytes = img->parent->bytes;
	}
	if (!rc && task.lie)
		task.lie(img);
	return rc;
}

uint8_t bytes[REMOTE_BYTES];

int set_up(void **state)
{
	(void)state;
	memset(&task, 0, sizeof(task));
	return 0;
}

/* The driver for @task, which must be set before. */
void set_driver(void)
{
	driver.pread = task.own ? NULL : test_pread;
	driver.next_extent = task.own ? NULL : test_extent;
	driver.verify = task.verifies ? test_verify : NULL;
	if (task.floppy) {
		driver.pread = mun_floppy_pread;
		driver.next_extent = mun_floppy_next_extent;
	}
}

struct mun_source *new_source(void)
{
	struct mun_source *src;
	struct mun_err e;

	mun_test_pattern(bytes, sizeof(bytes), 7);
	assert_int_equal(mun_source_from_memory(bytes, sizeof(bytes), &src, &e),
			 0);
	set_driver();
	return src;
}

struct mun_image *open_here(struct mun_source *src)
{
	const struct mun_image_request q = { .src = src, .file_name = "x" };
	struct mun_image *img;
	struct mun_err e;

	assert_int_equal(mun_image_open_with(&q, &img, &e), 0);
	return img;
}

struct mun_image *open_there(struct mun_source *src, unsigned int threads)
{
	const struct mun_remote_request q = {
		.src = src,
		.file_name = "x",
		.threads = threads,
	};
	struct mun_image *img;
	struct mun_err e;
	char text[1024];

	if (mun_remote_open(&q, &img, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	return img;
}

void no_child_is_left(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

void refused(const struct mun_remote_request *q, int rc, const char *says)
{
	struct mun_image *img;
	struct mun_err e;
	char text[1024];

	assert_int_equal(mun_remote_open(q, &img, &e), rc);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, says))
		fail_msg("'%s' is not in '%s'", says, text);
	no_child_is_left();
}
