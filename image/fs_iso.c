/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_iso.c - ISO 9660 and High Sierra volumes
 *
 * Offsets of ISO 9660 are on top of image/iso9660.c.  High Sierra (1986) has
 * the same 8 bytes later: 9 "CDROM", 16 system[32], 48 volume[32], 88 u32x2
 * blocks, 136 u16x2 bytes of a block, 180 root directory record.  A boot record
 * of El Torito has the sector of its catalog at 71.
 */
#include "image/iso_dir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/iso9660.h"
#include "image/label.h"

#include <string.h>
#include <strings.h>

#define DESCRIPTORS 16u
#define AT ((uint64_t)16 * MUN_ISO_SECTOR)
#define NO_CATALOG 0u

struct found {
	const struct mun_fs_place *p;
	struct mun_contents *c;
	struct mun_contents_volume *v;
	struct mun_iso iso;
	uint8_t primary[MUN_ISO_SECTOR];
	uint32_t catalog; /* sector */
	struct mun_fs_names names;
	struct mun_fs_names boot_names;
	struct mun_iso_dir efi; /* bytes 0: none */
	struct mun_iso_dir efi_boot;
	struct mun_iso_dir boot;
	char efi_loader[32];
};

/* The primary descriptor and the boot record by themselves. */
static int read_descriptors(struct found *f, struct mun_err *e)
{
	static const char torito[] = "EL TORITO SPECIFICATION";
	uint8_t d[MUN_ISO_SECTOR];
	bool primary = false;

	for (uint64_t i = 0; i < DESCRIPTORS; i++) {
		int rc = mun_peek(f->p->src, d, sizeof(d),
				  AT + i * MUN_ISO_SECTOR, e);

		if (rc)
			return mun_ctx(e, "volume descriptor");
		if (memcmp(d + 1, "CD001", 5) != 0 || d[0] == 255)
			return 0;
		if (d[0] == 1 && !primary) {
			memcpy(f->primary, d, sizeof(d));
			primary = true;
		}
		if (d[0] == 0 && f->catalog == NO_CATALOG &&
		    memcmp(d + 7, torito, sizeof(torito) - 1) == 0)
			f->catalog = mun_le32(d + 71);
	}
	return 0;
}

/* ---- what it says of itself ---- */

/* "2026072217352700": digits, then hundredths; no date is all zeros. */
static bool is_date(const uint8_t *p)
{
	bool any = false;

	for (size_t i = 0; i < 16; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		any |= p[i] != '0';
	}
	return any;
}

/* What Linux shows as its UUID: when it was changed, or else made. */
static void put_serial(const uint8_t *d, struct mun_contents_volume *v)
{
	const char *date = (const char *)d + 830;

	if (!is_date(d + 830))
		date = (const char *)d + 813;
	if (!is_date((const uint8_t *)date))
		return;
	mun_contents_text(v->serial, sizeof(v->serial),
			  "%.4s-%.2s-%.2s-%.2s-%.2s-%.2s-%.2s", date, date + 4,
			  date + 6, date + 8, date + 10, date + 12, date + 14);
}

static int is_at(struct mun_source *src, uint64_t off, const char *text,
		 bool *any, struct mun_err *e)
{
	bool is = false;
	int rc = mun_peek_match(src, off, text, strlen(text), &is, e);

	*any |= is;
	return rc;
}

/* What is there for a Macintosh; PRONOM has an id for each pair. */
static int look_for_hybrid(struct found *f, struct mun_err *e)
{
	struct mun_source *src = f->p->src;
	bool map = false;
	bool hfs = false;
	int rc = is_at(src, 512, "PM", &map, e);

	if (!rc)
		rc = is_at(src, 2048, "PM", &map, e);
	if (!rc)
		rc = is_at(src, 1024, "BD", &hfs, e);
	if (!rc)
		rc = is_at(src, 1024, "H+", &hfs, e);
	if (rc)
		return rc;
	if (map || hfs)
		mun_contents_add_mark(f->c, f->v, "hfs-hybrid", "%s",
				      map ? "Apple partition map beside it"
					  : "HFS volume beside it");
	mun_contents_text(f->v->puid, sizeof(f->v->puid), "%s",
			  map          ? f->iso.udf ? "fmt/1757" : "fmt/1741"
			  : f->iso.udf ? "fmt/1739"
				       : "fmt/468");
	return 0;
}

static void describe(struct found *f)
{
	struct mun_contents_volume *v = f->v;
	const struct mun_iso *iso = &f->iso;

	mun_contents_text(v->fs, sizeof(v->fs), "iso9660");
	mun_contents_text(v->title, sizeof(v->title), "ISO 9660%s%s%s",
			  iso->enhanced ? ":1999" : "",
			  iso->joliet ? ", Joliet" : "",
			  iso->rock_ridge ? ", Rock Ridge" : "");
	mun_label(iso->volume_id, sizeof(iso->volume_id), MUN_LABEL_UTF8,
		  v->label, sizeof(v->label));
	if (!v->label[0] && iso->joliet)
		mun_label(iso->joliet_id, sizeof(iso->joliet_id),
			  MUN_LABEL_UCS2BE, v->label, sizeof(v->label));
	mun_label(iso->system_id, sizeof(iso->system_id), MUN_LABEL_UTF8,
		  v->oem, sizeof(v->oem));
	put_serial(f->primary, v);
	v->bytes = iso->volume_bytes;
	v->block_bytes = mun_le16(f->primary + 128);
	v->damaged = !iso->agrees;
}

/* ---- directories ---- */

static struct mun_iso_dir dir_of(const struct found *f,
				 const struct mun_fs_entry *entry)
{
	return (struct mun_iso_dir){ entry->at, entry->bytes, f->v->block_bytes,
				     false };
}

static void root_entry(void *ctx, const struct mun_fs_entry *entry)
{
	struct found *f = ctx;

	mun_fs_names_add(&f->names, entry->name, entry->is_dir);
	if (entry->is_dir && strcasecmp(entry->name, "EFI") == 0)
		f->efi = dir_of(f, entry);
	if (entry->is_dir && strcasecmp(entry->name, "BOOT") == 0)
		f->boot = dir_of(f, entry);
}

static void boot_entry(void *ctx, const struct mun_fs_entry *entry)
{
	struct found *f = ctx;

	mun_fs_names_add(&f->boot_names, entry->name, entry->is_dir);
}

static void efi_entry(void *ctx, const struct mun_fs_entry *entry)
{
	struct found *f = ctx;

	if (entry->is_dir && strcasecmp(entry->name, "BOOT") == 0)
		f->efi_boot = dir_of(f, entry);
}

static void efi_boot_entry(void *ctx, const struct mun_fs_entry *entry)
{
	struct found *f = ctx;

	if (!entry->is_dir && mun_fs_is_efi_loader(entry->name) &&
	    !f->efi_loader[0])
		mun_contents_text(f->efi_loader, sizeof(f->efi_loader), "%s",
				  entry->name);
}

static int read_directories(struct found *f, const struct mun_iso_dir *root,
			    struct mun_err *e)
{
	struct mun_source *src = f->p->src;
	int rc = mun_iso_list(src, root, root_entry, f, e);

	if (!rc && f->boot.bytes)
		rc = mun_iso_list(src, &f->boot, boot_entry, f, e);
	if (!rc && f->efi.bytes)
		rc = mun_iso_list(src, &f->efi, efi_entry, f, e);
	if (!rc && f->efi_boot.bytes)
		rc = mun_iso_list(src, &f->efi_boot, efi_boot_entry, f, e);
	return rc;
}

/* ---- what it is for ---- */

static void mark_system(struct found *f)
{
	/* "CD-RTOS CD-BRIDGE" is a Video CD, or a Photo CD. */
	if (strncmp(f->v->oem, "CD-RTOS", 7) == 0 &&
	    !strstr(f->v->oem, "CD-BRIDGE"))
		mun_contents_add_mark(f->c, f->v, "cd-i", "system id %s",
				      f->v->oem);
	if (strncmp(f->v->oem, "PLAYSTATION", 11) == 0)
		mun_contents_add_mark(f->c, f->v, "playstation", "system id %s",
				      f->v->oem);
}

/* An EFI loader in a folder starts nothing from a disc: that takes an entry in
 * the catalog. */
static void mark_efi(struct found *f)
{
	if (f->efi_loader[0])
		mun_contents_add_mark(f->c, f->v, "efi-loader", "EFI/BOOT/%s",
				      f->efi_loader);
}

static int look_at_iso(struct found *f, struct mun_err *e)
{
	struct mun_iso_dir root;
	int rc = read_descriptors(f, e);

	if (rc)
		return rc;
	f->v = mun_contents_add_volume(f->c, f->p);
	if (!f->v)
		return 0;
	describe(f);
	root = mun_iso_dir_of(f->primary + 156, f->v->block_bytes, false);
	rc = look_for_hybrid(f, e);
	if (!rc)
		rc = read_directories(f, &root, e);
	if (rc)
		return rc;
	mun_fs_names_mark(&f->names, f->c, f->v);
	mun_fs_names_mark(&f->boot_names, f->c, f->v);
	mark_system(f);
	mark_efi(f);
	if (f->catalog == NO_CATALOG)
		return 0;
	return mun_iso_boot(f->p->src, f->catalog, f->c, f->v, e);
}

static int look_at_high_sierra(struct found *f, struct mun_err *e)
{
	uint8_t *d = f->primary;
	struct mun_contents_volume *v;
	struct mun_iso_dir root;
	uint32_t block;
	int rc = mun_peek(f->p->src, d, MUN_ISO_SECTOR, AT, e);

	if (rc)
		return mun_ctx(e, "volume descriptor");
	block = mun_le16(d + 136);
	if (memcmp(d + 9, "CDROM", 5) != 0 || d[8] != 1 ||
	    (block != 512 && block != 1024 && block != 2048))
		return 0;
	v = f->v = mun_contents_add_volume(f->c, f->p);
	if (!v)
		return 0;
	mun_contents_text(v->fs, sizeof(v->fs), "high-sierra");
	mun_contents_text(v->title, sizeof(v->title), "High Sierra");
	mun_label(d + 48, 32, MUN_LABEL_UTF8, v->label, sizeof(v->label));
	mun_label(d + 16, 32, MUN_LABEL_UTF8, v->oem, sizeof(v->oem));
	v->block_bytes = block;
	v->bytes = (uint64_t)mun_le32(d + 88) * block;
	v->damaged = mun_le32(d + 88) != mun_be32(d + 92);
	root = mun_iso_dir_of(d + 180, block, true);
	rc = read_directories(f, &root, e);
	if (!rc)
		mun_fs_names_mark(&f->names, f->c, v);
	return rc;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	mun_autofree struct found *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return mun_fail_nomem(e, "ISO 9660 volume");
	f->p = p;
	f->c = out;
	mun_fs_names_start(&f->names, MUN_NAMES_DISC);
	mun_fs_names_start(&f->boot_names, MUN_NAMES_DISC);
	f->boot_names.where = "the folder boot";
	rc = mun_iso_read(p->src, &f->iso, e);
	/* What cannot be decoded of its root ends only the looking there. */
	if (rc && (rc != MUN_ECORRUPT || !f->iso.primary))
		return rc;
	return f->iso.primary ? look_at_iso(f, e) : look_at_high_sierra(f, e);
}

const struct mun_fs_finder mun_fs_iso = {
	.name = "iso9660",
	.find = find,
};
