/* SPDX-License-Identifier: Apache-2.0 */
/* cli/device_print.c - a drive and what is in it, as text and as JSON */
#include "cli/device_print.h"

#include "medium/floppy_drive.h"
#include "medium/optical.h"

#include <inttypes.h>
#include <stdio.h>

/* Stable words of the JSON. */
static const char *const kinds[] = {
	[MUN_DEVICE_FILE] = "file",
	[MUN_DEVICE_DISK] = "disk",
	[MUN_DEVICE_FLOPPY] = "floppy",
	[MUN_DEVICE_OPTICAL] = "optical",
};

static const char *const tabs[] = {
	[MUN_TAB_UNKNOWN] = "",
	[MUN_TAB_PROTECTED] = "protected",
	[MUN_TAB_WRITABLE] = "writable",
};

static void print_drive(const struct mun_device_facts *f)
{
	const char *gap = f->vendor[0] && f->model[0] ? " " : "";
	const char *none = f->vendor[0] || f->model[0] ? "" : "not named";

	(void)printf("drive          %s%s%s%s", f->vendor, gap, f->model, none);
	if (f->revision[0])
		(void)printf(", firmware %s", f->revision);
	if (f->serial[0])
		(void)printf(", serial %s", f->serial);
	(void)printf(" (%s", f->name[0] ? f->name : kinds[f->kind]);
	if (f->bus[0])
		(void)printf(", %s", f->bus);
	(void)printf("%s)\n", f->removable ? ", removable" : "");
	if (f->wwid[0])
		(void)printf("wwid           %s\n", f->wwid);
	if (f->bridge[0])
		(void)printf("bridge         %s\n", f->bridge);
}

static void print_protection(const struct mun_device_facts *f)
{
	(void)printf("read-only      %s (before: %s)",
		     f->is_readonly ? "yes" : "no",
		     f->was_readonly ? "yes" : "no");
	if (f->partitions)
		(void)printf(", whole disk: %s, partitions: %u of %u",
			     f->disk_readonly ? "yes" : "no",
			     f->partitions_readonly, f->partitions);
	(void)putchar('\n');
	if (f->tab != MUN_TAB_UNKNOWN)
		(void)printf("write tab      %s\n", tabs[f->tab]);
}

/* None is said only where somebody was asked. */
static void print_hidden(const struct mun_device_facts *f)
{
	uint64_t hidden = mun_device_hidden_bytes(f);

	if (hidden)
		(void)printf("hidden         %" PRIu64
			     " bytes that the drive does not show\n",
			     hidden);
	else if (f->native_sectors || f->real_sectors)
		(void)printf("hidden         none\n");
	if (f->unasked[0])
		(void)printf("not known      %s\n", f->unasked);
}

static void print_disc(const struct mun_optical *o)
{
	(void)printf("disc           %s", o->profile_name);
	if (o->ntracks)
		(void)printf(", %u session%s, %u track%s", o->sessions,
			     o->sessions == 1 ? "" : "s", o->ntracks,
			     o->ntracks == 1 ? "" : "s");
	if (o->protection[0])
		(void)printf(", protected by %s", o->protection);
	(void)printf("\n");
	if (o->note[0])
		(void)printf("note           %s\n", o->note);
}

void mun_device_print_text(const struct mun_device *m)
{
	if (!m->facts.is_device)
		return;
	print_drive(&m->facts);
	if (m->optical)
		print_disc(m->optical);
	if (m->floppy)
		(void)printf("disk format    %s\n", m->floppy->name);
	print_protection(&m->facts);
	print_hidden(&m->facts);
}

static void json_texts(struct mun_jsonw *w, const struct mun_device_facts *f)
{
	mun_jsonw_text(w, "kind", kinds[f->kind]);
	mun_jsonw_text(w, "name", f->name);
	mun_jsonw_text(w, "bus", f->bus);
	mun_jsonw_text(w, "vendor", f->vendor);
	mun_jsonw_text(w, "model", f->model);
	mun_jsonw_text(w, "revision", f->revision);
	mun_jsonw_text(w, "serial", f->serial);
	mun_jsonw_text(w, "wwid", f->wwid);
	mun_jsonw_text(w, "bridge", f->bridge);
}

void mun_device_print_json(struct mun_jsonw *w, const struct mun_device *m)
{
	const struct mun_device_facts *f = &m->facts;

	if (!f->is_device)
		return;
	mun_jsonw_object(w, "device");
	json_texts(w, f);
	mun_jsonw_bool(w, "removable", f->removable);
	mun_jsonw_u64(w, "bytes", f->bytes);
	mun_jsonw_u64(w, "sector_size", f->sector_bytes);
	mun_jsonw_u64(w, "physical_sector_size", f->physical_bytes);
	mun_jsonw_u64(w, "disk_sequence", f->disk_seq);
	mun_jsonw_bool(w, "kernel_readonly_before", f->was_readonly);
	mun_jsonw_bool(w, "kernel_readonly", f->is_readonly);
	mun_jsonw_bool(w, "disk_readonly", f->disk_readonly);
	mun_jsonw_u64(w, "partitions", f->partitions);
	mun_jsonw_u64(w, "partitions_readonly", f->partitions_readonly);
	mun_jsonw_text(w, "write_protect_tab", tabs[f->tab]);
	mun_jsonw_u64(w, "native_sectors", f->native_sectors);
	mun_jsonw_u64(w, "real_sectors", f->real_sectors);
	mun_jsonw_u64(w, "hidden_bytes", mun_device_hidden_bytes(f));
	mun_jsonw_text(w, "unasked", f->unasked);
	mun_jsonw_end_object(w);
	if (m->optical)
		mun_optical_json(w, m->optical);
}
