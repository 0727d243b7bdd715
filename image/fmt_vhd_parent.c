/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhd_parent.c - what a differencing VHD is a difference to */
#include "image/fmt_vhd.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/clock.h"
#include "image/driver.h"
#include "image/guid.h"
#include "image/label.h"

#include <stdio.h>
#include <string.h>

/* A path of Windows: 260 characters, and some more for long names. */
#define LOCATOR_MAX 1024u

static const struct locator {
	char code[4];
	const char *name;
	bool utf16; /* little endian; else bytes, mostly UTF-8 */
} locators[] = {
	{ "W2ku", "path", true },
	{ "W2ru", "relative path", true },
	{ "MacX", "URL", false },
};

static void swap16(uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint8_t x = p[i];

		p[i] = p[i + 1];
		p[i + 1] = x;
	}
}

/* One locator of the dynamic header: a fact, if it is of a known kind. */
static int tell_locator(struct mun_image *img, const uint8_t *row,
			struct mun_err *e)
{
	uint8_t raw[LOCATOR_MAX];
	char text[256];
	size_t len = MUN_MIN(mun_be32(row + 8), LOCATOR_MAX);
	const struct locator *l = NULL;
	int rc;

	for (size_t i = 0; i < MUN_COUNT(locators); i++)
		if (memcmp(locators[i].code, row, 4) == 0)
			l = &locators[i];
	if (!l || !len)
		return 0;
	rc = mun_peek(img->src, raw, len, mun_be64(row + 16), e);
	if (rc)
		return rc;
	if (l->utf16)
		swap16(raw, len);
	mun_label(raw, l->utf16 ? len & ~(size_t)1 : len,
		  l->utf16 ? MUN_LABEL_UCS2BE : MUN_LABEL_UTF8, text,
		  sizeof(text));
	return text[0] ? mun_image_fact(img, MUN_FACT_PARENT, l->name, e, "%s",
					text)
		       : 0;
}

/* The last part of a path, of whatever system. */
static const char *last_part(const char *path)
{
	const char *last = path;

	for (const char *p = path; *p; p++)
		if ((*p == '/' || *p == '\\') && p[1])
			last = p + 1;
	return last;
}

/* The parent is a VHD with this UUID; any other image has none that could be
 * compared. */
static int check_parent(struct mun_image *img, const uint8_t *uuid,
			struct mun_err *e)
{
	const struct mun_vhd *p;
	char want[MUN_GUID_LEN];
	char has[MUN_GUID_LEN];

	if (img->parent->driver != &mun_image_vhd) {
		mun_image_note(img, "the parent given is not a VHD: whether it "
				    "is the right one cannot be checked");
		return 0;
	}
	p = img->parent->priv;
	if (memcmp(p->uuid, uuid, 16) == 0)
		return 0;
	mun_guid_text(uuid, MUN_GUID_BE, want);
	mun_guid_text(p->uuid, MUN_GUID_BE, has);
	return mun_fail(e, MUN_EINVAL,
			"it is a difference to the image %s, and the parent "
			"given is %s",
			want, has);
}

int mun_vhd_parent(struct mun_image *img, const uint8_t *header,
		   struct mun_err *e)
{
	struct mun_vhd *v = img->priv;
	char text[MUN_GUID_LEN];
	char name[256];
	int rc;

	mun_label(header + 64, 512, MUN_LABEL_UCS2BE, name, sizeof(name));
	if (!img->parent)
		return mun_fail(e, MUN_ENOENT,
				"it is a difference to '%.150s': give that "
				"image with --parent",
				last_part(name));
	mun_guid_text(header + 40, MUN_GUID_BE, text);
	rc = mun_image_fact(img, MUN_FACT_PARENT, "name", e, "%s", name);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_PARENT, "UUID", e, "%s",
				    text);
	mun_time_text(((int64_t)mun_be32(header + 56) + MUN_VHD_EPOCH) * 1000,
		      text);
	if (!rc && mun_be32(header + 56))
		rc = mun_image_fact(img, MUN_FACT_PARENT, "modified", e, "%s",
				    text);
	for (unsigned int i = 0; !rc && i < MUN_VHD_LOCATORS; i++)
		rc = tell_locator(img, header + 576 + (size_t)24 * i, e);
	if (!rc)
		rc = check_parent(img, header + 40, e);
	v->pieces.parent = img->parent;
	return rc;
}
