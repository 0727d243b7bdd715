/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/protection.c - what kept a medium from being written to, in words */
#include "ingest/protection.h"

#include "core/check.h"

#include <inttypes.h>

static void add_kind(struct mun_str *out, size_t start, const char *kind)
{
	mun_str_addf(out, "%s%s", out->len > start ? ", " : "", kind);
}

void mun_protection_kinds(const struct mun_device_facts *f, const char *blocker,
			  struct mun_str *out)
{
	const size_t start = out->len;

	if (f->is_readonly)
		add_kind(out, start, "kernel read-only flag");
	if (f->tab == MUN_TAB_PROTECTED)
		add_kind(out, start, "write-protect tab");
	if (blocker[0])
		add_kind(out, start, "hardware write blocker");
	if (out->len == start)
		mun_str_add(out, MUN_PROTECTION_NONE);
}

static const char *flag(bool set)
{
	return set ? "set" : "not set";
}

static void add_flags(const struct mun_device_facts *f, struct mun_str *out)
{
	mun_str_addf(out,
		     "; kernel read-only flag of the device: %s (before: %s)",
		     flag(f->is_readonly), flag(f->was_readonly));
	if (f->disk_readonly || f->partitions)
		mun_str_addf(out, ", of the whole disk: %s",
			     flag(f->disk_readonly));
	if (f->partitions)
		mun_str_addf(out, ", of its partitions: set on %u of %u",
			     f->partitions_readonly, f->partitions);
}

void mun_protection_text(const struct mun_device_facts *f, const char *blocker,
			 struct mun_str *out)
{
	static const char *const tabs[] = {
		[MUN_TAB_UNKNOWN] = "the drive does not tell",
		[MUN_TAB_PROTECTED] = "protected",
		[MUN_TAB_WRITABLE] = "not protected",
	};

	mun_str_add(out, "opened read-only and exclusively");
	add_flags(f, out);
	mun_str_addf(out, "; write-protect tab: %s", tabs[f->tab]);
	mun_str_addf(out, "; write blocker: %s", blocker[0] ? blocker : "none");
	if (!f->is_readonly && f->tab != MUN_TAB_PROTECTED && !blocker[0])
		mun_str_add(out, "; no write protection of any kind was in "
				 "force");
}

const char *mun_tab_word(enum mun_write_tab tab)
{
	static const char *const words[] = {
		[MUN_TAB_UNKNOWN] = "",
		[MUN_TAB_PROTECTED] = "protected",
		[MUN_TAB_WRITABLE] = "writable",
	};

	return words[tab];
}

void mun_hidden_text(const struct mun_device_facts *f, struct mun_str *out)
{
	const uint64_t shown = f->sector_bytes ? f->bytes / f->sector_bytes : 0;
	const uint64_t all = MUN_MAX(f->native_sectors, f->real_sectors);
	const uint64_t hidden = all > shown ? all - shown : 0;

	if (!f->native_sectors && !f->real_sectors)
		return;
	if (hidden)
		mun_str_addf(out, "%" PRIu64 " sectors that were not read",
			     hidden);
	else
		mun_str_add(out, "none");
	mun_str_addf(out, ": %" PRIu64 " sectors are shown", shown);
	if (f->native_sectors)
		mun_str_addf(out, ", %" PRIu64 " by READ NATIVE MAX ADDRESS",
			     f->native_sectors);
	if (f->real_sectors)
		mun_str_addf(out,
			     ", %" PRIu64 " by DEVICE CONFIGURATION IDENTIFY",
			     f->real_sectors);
}
