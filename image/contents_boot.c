/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/contents_boot.c - does the medium as a whole start a machine
 *
 * A PC starts what its boot record finds: the active partition, unless the code
 * there is a loader of its own.  Everywhere else the best of the volumes tells.
 */
#include "image/contents_int.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/bootcode.h"
#include "image/driver.h"

#include <string.h>

static const struct mun_contents_part *
part_of(const struct mun_contents *c, const struct mun_contents_volume *v)
{
	return v->part ? &c->parts[v->part - 1] : NULL;
}

/* One whose boot sector the code in an MBR would start.  A Macintosh finds its
 * volumes by itself. */
static bool is_of_pc(const struct mun_contents_volume *v)
{
	static const char *const names[] = {
		"fat12", "fat16", "fat32", "exfat", "ntfs", "hpfs",
		"ext2",  "ext3",  "ext4",  "minix", "ufs",  "befs"
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (strcmp(v->fs, names[i]) == 0)
			return true;
	return false;
}

/* What volume @v adds to the medium, where @record is the boot record of a PC,
 * or NULL. */
static enum mun_boots worth(const struct mun_contents *c,
			    const struct mun_contents_volume *v,
			    const struct mun_bootcode *record, const char **but)
{
	const struct mun_contents_part *part = part_of(c, v);
	bool gpt = strcmp(c->table, "gpt") == 0;

	*but = "";
	if (!record || !part || v->boots < MUN_BOOTS_CODE || !is_of_pc(v) ||
	    mun_contents_mark(c, v, "efi-loader"))
		return v->boots;
	if (record->boots < MUN_BOOTS_CODE) {
		*but = gpt ? ", but the disk is for EFI"
			   : ", but no code in the MBR";
		return MUN_BOOTS_CODE;
	}
	if (!part->active && !record->loader) {
		*but = ", but not active";
		return MUN_BOOTS_CODE;
	}
	return v->boots;
}

static void sum_up_volumes(struct mun_contents *c,
			   const struct mun_bootcode *record)
{
	for (size_t i = 0; i < c->nvolumes; i++) {
		const struct mun_contents_volume *v = &c->volumes[i];
		const struct mun_contents_part *part = part_of(c, v);
		const char *but;
		enum mun_boots boots = worth(c, v, record, &but);

		if (boots <= c->boots)
			continue;
		c->boots = boots;
		if (part)
			mun_contents_text(c->boot_text, sizeof(c->boot_text),
					  "partition %u (%s): %s%s",
					  part->number, v->fs, v->boot_text,
					  but);
		else
			mun_contents_text(c->boot_text, sizeof(c->boot_text),
					  "%s", v->boot_text);
	}
}

/*
 * GRUB's first sector says where the rest of it is: 5ch u64 sector of GRUB 2,
 * 44h u32 of the older one.  Whether there is anything tells if it can go on.
 */
static int has_core(struct mun_source *src, const uint8_t *record, bool *out,
		    struct mun_err *e)
{
	const uint64_t at[] = { mun_le64(record + 0x5c),
				mun_le32(record + 0x44) };
	uint8_t core[512];

	*out = false;
	for (size_t i = 0; i < MUN_COUNT(at) && !*out; i++) {
		int rc;

		if (!at[i] || at[i] >= src->size / sizeof(core))
			continue;
		rc = mun_peek(src, core, sizeof(core), at[i] * sizeof(core), e);
		if (rc == MUN_ECORRUPT)
			continue;
		if (rc)
			return mun_ctx(e, "core of GRUB");
		for (size_t k = 0; k < sizeof(core); k++)
			*out |= core[k] != 0;
	}
	return 0;
}

/*
 * A loader in the first sector starts systems in partitions by itself.  Where
 * there is no volume that it could load from (a rescue floppy), it is what
 * starts.
 */
static int sum_up_loader(struct mun_source *src, struct mun_contents *c,
			 const uint8_t *record, const struct mun_bootcode *code,
			 struct mun_err *e)
{
	bool known = mun_contents_mark(c, NULL, "linux-system") ||
		     mun_contents_mark(c, NULL, "unix-system");
	bool core = false;
	int rc = 0;

	if (strcmp(code->loader, "GRUB") == 0 && !c->nvolumes)
		rc = has_core(src, record, &core, e);
	if (rc || c->boots >= (known || core ? MUN_BOOTS_YES : MUN_BOOTS_CODE))
		return rc;
	c->boots = known || core ? MUN_BOOTS_YES : MUN_BOOTS_CODE;
	mun_contents_text(c->boot_text, sizeof(c->boot_text),
			  "%s in the boot record%s", code->loader,
			  known  ? ", and a system that it loads"
			  : core ? ", and the rest of it behind"
				 : "");
	return 0;
}

/* A disk that starts by itself, as some games of PCs do: it needs no file
 * system, but 55 AA, without which any first sector might be code. */
static void sum_up_alone(struct mun_contents *c,
			 const struct mun_bootcode *code)
{
	if (c->nvolumes || c->table[0] || !code->is_signed ||
	    code->boots <= c->boots)
		return;
	c->boots = code->boots;
	mun_contents_text(c->boot_text, sizeof(c->boot_text),
			  "code and 55AA in the first sector, and no file "
			  "system that is known");
}

static void mark_record(struct mun_contents *c, const struct mun_bootcode *mbr)
{
	if (mbr->boots)
		mun_contents_add_mark(
			c, NULL, "mbr-code", "%s%scode%s",
			mbr->loader ? mbr->loader : "", mbr->loader ? " " : "",
			mbr->boots == MUN_BOOTS_DATA ? " that starts no system"
						     : "");
}

int mun_contents_sum_up(struct mun_source *src, struct mun_contents *out,
			struct mun_err *e)
{
	/* A GPT has an MBR before it, in which there may be code too. */
	bool has_record = strcmp(out->table, "mbr") == 0 ||
			  strcmp(out->table, "gpt") == 0;
	struct mun_bootcode code;
	uint8_t sector[512];
	int rc = mun_peek(src, sector, sizeof(sector), 0, e);
	bool lost = rc == MUN_ECORRUPT;

	if (lost)
		memset(sector, 0, sizeof(sector));
	else if (rc)
		return mun_ctx(e, "boot record");
	mun_bootcode_look(sector, sizeof(sector), 0, 440, &code);
	if (has_record)
		mark_record(out, &code);
	if (strcmp(out->table, "ahdi") == 0 && mun_bootcode_atari(sector))
		mun_contents_add_mark(out, NULL, "atari-boot",
				      "root sector adds up to 1234h");
	sum_up_volumes(out, has_record ? &code : NULL);
	sum_up_alone(out, &code);
	if (lost && out->boots == MUN_BOOTS_NO)
		mun_contents_text(out->boot_text, sizeof(out->boot_text),
				  "the first sector cannot be decoded");
	if (code.loader && (has_record || !out->nvolumes))
		return sum_up_loader(src, out, sector, &code, e);
	return 0;
}
