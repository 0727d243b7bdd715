/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_apple2.c - disks of DOS 3.2 and DOS 3.3 of the Apple II
 *
 * Beneath Apple DOS: track 0 sector 0: 0 sectors to load, 1 code; what it loads
 * is in tracks 0 to 2.  The table of contents: image/apple2.h.
 */
#include "image/fs_retro.h"

#include "image/apple2.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

#define SECTOR 256u

/* How the first sector of DOS begins: LDA $27, CMP #9, BNE; of DOS 3.2: copies
 * itself out of the way. */
static bool is_dos_boot(const uint8_t *s)
{
	return memcmp(s, "\x01\xa5\x27\xc9\x09\xd0", 6) == 0 ||
	       memcmp(s, "\x99\xb9\x00\x08\x0a\x0a\x0a", 7) == 0;
}

/* Is any of tracks 1 and 2, where DOS is, not empty? */
static int has_dos(const struct mun_fs_place *p, unsigned int sectors,
		   bool *out, struct mun_err *e)
{
	unsigned int full = 0;

	for (unsigned int i = sectors; i < 3 * sectors; i++) {
		uint8_t s[SECTOR];
		int rc =
			mun_peek(p->src, s, sizeof(s), (uint64_t)i * SECTOR, e);

		if (rc)
			return rc;
		if (!mun_fs_all(s, sizeof(s), s[0]))
			full++;
	}
	/* Files of a disk without DOS may lie there too: DOS fills them. */
	*out = full >= sectors;
	return 0;
}

static int tell_dos(const struct mun_fs_place *p, unsigned int sectors,
		    struct mun_contents *c, struct mun_contents_volume *v,
		    struct mun_err *e)
{
	uint8_t boot[SECTOR];
	bool dos = false;
	int rc = mun_peek(p->src, boot, sizeof(boot), 0, e);

	if (!rc)
		rc = has_dos(p, sectors, &dos, e);
	if (rc)
		return rc;
	dos = dos && is_dos_boot(boot);
	if (dos) {
		mun_contents_add_mark(c, v, "apple2-dos",
				      "DOS in tracks 0 to 2");
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "boot sector of DOS, DOS in tracks 0 to 2");
	} else if (boot[0] && boot[1] && !mun_fs_all(boot, SECTOR, boot[0])) {
		mun_fs_boots(v, MUN_BOOTS_CODE,
			     "boot sector with code, no DOS in tracks 0 to 2");
	} else {
		mun_fs_boots(v, MUN_BOOTS_NO, "no boot sector");
	}
	return 0;
}

static int find_dos(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	unsigned int sectors = p->src->size == MUN_APPLE2_D13 ? 13 : 16;
	struct mun_contents_volume *v;
	unsigned int number;
	bool is;
	int rc;

	if (p->part || (p->src->size != MUN_APPLE2_D13 &&
			p->src->size != MUN_APPLE2_140K &&
			p->src->size != (uint64_t)40 * 16 * SECTOR))
		return 0;
	rc = mun_apple2_vtoc(p->src, sectors, &is, &number, e);
	if (rc || !is)
		return rc;
	v = mun_fs_add(c, p, sectors == 13 ? "apple-dos32" : "apple-dos33",
		       sectors == 13 ? "Apple DOS 3.2" : "Apple DOS 3.3",
		       SECTOR);
	if (!v)
		return 0;
	mun_fs_size(v, p, p->src->size);
	mun_contents_text(v->serial, sizeof(v->serial), "%u", number);
	return tell_dos(p, sectors, c, v, e);
}

const struct mun_fs_finder mun_fs_apple_dos = {
	.name = "apple-dos",
	.find = find_dos,
};
