/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_mac.c - with what a Macintosh starts from a volume
 *
 * The system file has the type "zsys", the Finder "FNDR"; a New World machine
 * loads a file of type "tbxi".  Resource "vers": 0 version and revision in BCD
 * (07 55: 7.5.5), 6 short text, a length and its characters.
 */
#include "image/fs_mac.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/charset.h"
#include "image/fs_tools.h"
#include "image/macfork.h"

#include <stdlib.h>
#include <string.h>

#define FORK_MOST ((uint64_t)64 << 20)
#define POWERPC_ONLY 0x0850u /* Mac OS 8.5 left the 68000 */

bool mun_mac_boot_blocks(const uint8_t *boot)
{
	return boot[0] == 'L' && boot[1] == 'K' &&
	       !mun_fs_all(boot + 2, 1022, 0);
}

/* What the blessed folder holds. */
struct mac_system {
	bool file; /* a system file */
	bool finder;
	bool tbxi;
	bool cut; /* its entries could not be followed to the end */
	struct mun_hfs_fork rsrc; /* of the system file */
	uint16_t version; /* BCD; 0: not known */
	char version_text[32];
};

static int see_item(void *ctx, const struct mun_hfs_item *item,
		    struct mun_err *e)
{
	struct mac_system *s = ctx;

	(void)e;
	if (item->folder)
		return 0;
	if (memcmp(item->type, "zsys", 4) == 0 && !s->file) {
		s->file = true;
		s->rsrc = item->rsrc;
	}
	if (memcmp(item->type, "FNDR", 4) == 0)
		s->finder = true;
	if (memcmp(item->type, "tbxi", 4) == 0)
		s->tbxi = true;
	return 0;
}

/* ---- the version of a system file ---- */

/* A fork as a source of its bytes. */
struct fork_source {
	struct mun_source base;
	struct mun_source *src;
	const struct mun_hfs_fork *fork;
};

static int fork_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	struct fork_source *f = (struct fork_source *)s;

	return mun_hfs_fork_read(f->src, f->fork, buf, len, off, e);
}

static const struct mun_source_ops fork_ops = {
	.pread = fork_pread,
};

static int read_version(struct mun_source *src, struct mac_system *s,
			struct mun_err *e)
{
	struct fork_source f = {
		.base = { .ops = &fork_ops, .size = s->rsrc.bytes },
		.src = src,
		.fork = &s->rsrc,
	};
	const struct mun_mac_part whole = { .bytes = s->rsrc.bytes };
	struct mun_rsrc r;
	uint8_t vers[6 + 32] = { 0 };
	int rc;

	rc = mun_rsrc_find(&f.base, whole, "vers", 1, &r, e);
	if (rc || r.data.bytes < 7)
		return rc;
	rc = mun_source_pread(
		&f.base, vers,
		(size_t)MUN_MIN(r.data.bytes, (uint64_t)sizeof(vers)),
		r.data.off, e);
	if (rc)
		return rc;
	s->version = mun_be16(vers);
	if (vers[6] < sizeof(vers) - 7)
		mun_charset_label(vers + 7, vers[6], MUN_CHARSET_MACROMAN,
				  s->version_text, sizeof(s->version_text));
	return 0;
}

/* Without a version all the rest is still so. */
static int find_version(struct mun_source *src, struct mac_system *s,
			struct mun_err *e)
{
	int rc;

	if (!s->file || s->rsrc.bytes == 0 || s->rsrc.bytes > FORK_MOST)
		return 0;
	rc = read_version(src, s, e);
	return rc == MUN_ECORRUPT ? 0 : rc;
}

/* ---- what it comes to ---- */

static void tell_marks(const struct mun_mac_boot *b, const struct mac_system *s,
		       bool folder, struct mun_contents *c,
		       struct mun_contents_volume *v)
{
	const struct mun_contents_part *part = b->part;

	if (mun_mac_boot_blocks(b->boot))
		mun_contents_add_mark(c, v, "mac-boot-blocks",
				      "boot blocks \"LK\"");
	if (folder && s->file)
		mun_contents_add_mark(c, v, "mac-system-folder",
				      "blessed folder with a system file%s%s",
				      s->version_text[0] ? ", " : "",
				      s->version_text);
	else if (folder)
		mun_contents_add_mark(c, v, "mac-system-folder",
				      s->cut ? "blessed folder, damaged"
					     : "blessed folder, no system file "
					       "in it");
	if (s->tbxi)
		mun_contents_add_mark(c, v, "mac-ppc",
				      "boot file of a New World machine");
	else if (s->version >= POWERPC_ONLY)
		mun_contents_add_mark(c, v, "mac-ppc",
				      "system %s, for PowerPC only",
				      s->version_text);
	else if (part && strcmp(part->type, "Apple_Bootstrap") == 0)
		mun_contents_add_mark(c, v, "mac-ppc",
				      "partition Apple_Bootstrap");
}

static void tell_boots(const struct mun_mac_boot *b, const struct mac_system *s,
		       bool folder, struct mun_contents_volume *v)
{
	bool blocks = mun_mac_boot_blocks(b->boot);
	const char *lk = blocks ? "boot blocks \"LK\", " : "";

	if (s->tbxi)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "%sblessed folder with a \"tbxi\" file", lk);
	else if (blocks && s->file)
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "%sblessed folder with a system file%s%s", lk,
			     s->version_text[0] ? ", " : "", s->version_text);
	else if (blocks && folder)
		mun_fs_boots(v, MUN_BOOTS_CODE,
			     s->cut ? "%sblessed folder, damaged"
				    : "%sblessed folder without a system file",
			     lk);
	else if (blocks)
		mun_fs_boots(v, MUN_BOOTS_CODE, "%sno blessed folder", lk);
	else if (folder)
		mun_fs_boots(v, MUN_BOOTS_NO,
			     "blessed folder%s, no boot "
			     "blocks",
			     s->file ? " with a system file" : "");
	else
		mun_fs_boots(v, MUN_BOOTS_NO,
			     "no boot blocks, no blessed folder");
}

int mun_mac_tell_boot(const struct mun_mac_boot *b, struct mun_contents *c,
		      struct mun_contents_volume *v, struct mun_err *e)
{
	struct mac_system s = { .file = false };
	bool folder = false;
	int rc = 0;

	if (b->sound && b->blessed)
		rc = mun_hfs_folder(b->cat, b->blessed, &folder, NULL, NULL,
				    see_item, &s, e);
	if (rc == MUN_ECORRUPT) {
		v->damaged = true;
		s.cut = true;
		rc = 0;
	}
	if (!rc && folder)
		rc = find_version(b->cat->src, &s, e);
	if (rc)
		return rc;
	tell_marks(b, &s, folder, c, v);
	tell_boots(b, &s, folder, v);
	return 0;
}
