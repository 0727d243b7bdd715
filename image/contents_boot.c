/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/contents_boot.c - does the medium as a whole start a machine
 *
 * A PC starts what its boot record finds: the active partition, unless the code
 * there is a loader of its own.  Everywhere else the best of the volumes tells.
 */
#include "image/contents_int.h"

#include "image/bootcode.h"
#include "image/driver.h"

#include <string.h>

static const struct mun_contents_part *
part_of(const struct mun_contents *c, const struct mun_contents_volume *v)
{
	return v->part ? &c->parts[v->part - 1] : NULL;
}

/* What volume @v adds to the medium, where @mbr is its boot record or NULL. */
static enum mun_boots worth(const struct mun_contents *c,
			    const struct mun_contents_volume *v,
			    const struct mun_bootcode *mbr, const char **but)
{
	const struct mun_contents_part *part = part_of(c, v);

	*but = "";
	if (!mbr || !part || v->boots < MUN_BOOTS_CODE ||
	    mun_contents_mark(c, v, "efi-loader"))
		return v->boots;
	if (mbr->boots < MUN_BOOTS_CODE) {
		*but = ", but no code in the MBR";
		return MUN_BOOTS_CODE;
	}
	if (!part->active && !mbr->loader) {
		*but = ", but not active";
		return MUN_BOOTS_CODE;
	}
	return v->boots;
}

static void sum_up_volumes(struct mun_contents *c,
			   const struct mun_bootcode *mbr)
{
	for (size_t i = 0; i < c->nvolumes; i++) {
		const struct mun_contents_volume *v = &c->volumes[i];
		const struct mun_contents_part *part = part_of(c, v);
		const char *but;
		enum mun_boots boots = worth(c, v, mbr, &but);

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

/* A loader in the boot record starts systems in partitions by itself. */
static void sum_up_loader(struct mun_contents *c,
			  const struct mun_bootcode *mbr)
{
	bool known = mun_contents_mark(c, NULL, "linux-system") ||
		     mun_contents_mark(c, NULL, "unix-system");
	enum mun_boots boots = known ? MUN_BOOTS_YES : MUN_BOOTS_CODE;

	if (!mbr->loader || boots <= c->boots)
		return;
	c->boots = boots;
	mun_contents_text(c->boot_text, sizeof(c->boot_text),
			  "%s in the boot record%s", mbr->loader,
			  known ? ", and a system that it loads" : "");
}

int mun_contents_sum_up(struct mun_source *src, struct mun_contents *out,
			struct mun_err *e)
{
	bool is_mbr = strcmp(out->table, "mbr") == 0;
	struct mun_bootcode mbr;
	uint8_t sector[512];
	int rc = mun_peek(src, sector, sizeof(sector), 0, e);

	if (rc == MUN_ECORRUPT)
		memset(sector, 0, sizeof(sector));
	else if (rc)
		return mun_ctx(e, "boot record");
	mun_bootcode_look(sector, sizeof(sector), 0, 440, &mbr);
	if (is_mbr && mbr.boots)
		mun_contents_add_mark(
			out, NULL, "mbr-code", "%s%scode%s",
			mbr.loader ? mbr.loader : "", mbr.loader ? " " : "",
			mbr.boots == MUN_BOOTS_DATA
				? " that only says it is no system"
				: "");
	if (strcmp(out->table, "ahdi") == 0 && mun_bootcode_atari(sector))
		mun_contents_add_mark(out, NULL, "atari-boot",
				      "root sector adds up to 1234h");
	sum_up_volumes(out, is_mbr ? &mbr : NULL);
	if (is_mbr)
		sum_up_loader(out, &mbr);
	return 0;
}
