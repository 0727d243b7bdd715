/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_vmware.c - VMware Workstation, Player and Fusion */
#include "emulate-export/target_vmware.h"

#include <string.h>

#include "core/check.h"
#include "emulate-export/target_pc.h"

static const struct mun_pc_rules rules = {
	.target = &mun_target_vmware,
	.floppy = { .formats = "raw",
		    .suffix = "flp",
		    .drives = 2,
		    .swaps = true },
	.disc = { .formats = "iso",
		  .suffix = "iso",
		  .drives = 1,
		  .swaps = true },
	.disk = { .formats = "vmdk",
		  .options = "subformat=monolithicSparse adapter=ide",
		  .drives = 3 },
	.floppies = mun_pc_floppies,
};

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	mun_pc_too_fast(s, out);
	if (mun_pc_waits(out, ""))
		mun_plan_note(out, "More media than drives: choose them in "
				   "the settings of the machine's removable "
				   "devices; floppies in the folder that the "
				   "script names, where they are copies.");
	return 0;
}

static void add_floppies(const struct mun_plan *p, struct mun_str *o)
{
	for (unsigned int n = 0; n < 2; n++) {
		const struct mun_plan_medium *m = mun_pc_slot(p, n ? "b" : "a");

		mun_str_addf(o, "floppy%u.present = \"%s\"\n", n,
			     m ? "TRUE" : "FALSE");
		if (m)
			mun_str_addf(o,
				     "floppy%u.fileType = \"file\"\n"
				     "floppy%u.fileName = \"media/%s\"\n"
				     "floppy%u.startConnected = \"TRUE\"\n",
				     n, n, m->name, n);
	}
}

static void add_ide(const struct mun_plan *p, struct mun_str *o)
{
	static const struct {
		const char *slot;
		const char *at;
		const char *more;
	} slots[] = {
		{ "hd0", "ide0:0", "mode = \"independent-nonpersistent\"" },
		{ "hd1", "ide0:1", "mode = \"independent-nonpersistent\"" },
		{ "cd0", "ide1:0", "deviceType = \"cdrom-image\"" },
		{ "hd2", "ide1:1", "mode = \"independent-nonpersistent\"" },
	};

	for (size_t i = 0; i < MUN_COUNT(slots); i++) {
		const struct mun_plan_medium *m = mun_pc_slot(p, slots[i].slot);

		if (m)
			mun_str_addf(o,
				     "%s.present = \"TRUE\"\n"
				     "%s.fileName = \"media/%s\"\n"
				     "%s.%s\n",
				     slots[i].at, slots[i].at, m->name,
				     slots[i].at, slots[i].more);
	}
}

static const char *boot_order(const struct mun_plan *p)
{
	if (!strcmp(p->media[0].device, "floppy"))
		return "floppy,hdd,cdrom";
	return strcmp(p->media[0].device, "cdrom") != 0 ? "hdd,floppy,cdrom"
							: "cdrom,hdd,floppy";
}

static void config(const struct mun_target_set *s, const struct mun_plan *p,
		   struct mun_str *o)
{
	const struct mun_pc_era *era = mun_pc_era(s);

	mun_str_addf(o,
		     ".encoding = \"UTF-8\"\n"
		     "config.version = \"8\"\n"
		     "virtualHW.version = \"8\"\n"
		     "displayName = \"muniment\"\n"
		     "guestOS = \"%s\"\n"
		     "memsize = \"%u\"\n"
		     "numvcpus = \"1\"\n"
		     "bios.bootOrder = \"%s\"\n"
		     "ethernet0.present = \"FALSE\"\n",
		     era->vmware, era->memory, boot_order(p));
	add_floppies(p, o);
	add_ide(p, o);
}

static const char comment[] =
	"# Hard disks are \"nonpersistent\": what the machine writes is gone\n"
	"# when it is switched off.  Floppies, and what VMware writes of its\n"
	"# own, are copies for the session, which is removed then.\n"
	"#\n"
	"#   ./run                            in a window\n"
	"#   VMWARE=/opt/bin/vmplayer ./run   another program of VMware\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str copies = { 0 };
	struct mun_str sh = { 0 };
	struct mun_str bat = { 0 };
	struct mun_str *vmx = NULL;
	struct mun_script script = {
		.title = "VMware",
		.variable = "VMWARE",
		.programs = "vmplayer vmware",
		.debian = "",
		.homepage = "https://www.vmware.com/products/"
			    "desktop-hypervisor.html",
		.windows = "%ProgramFiles(x86)%\\VMware\\VMware Player\\"
			   "vmplayer.exe;"
			   "%ProgramFiles(x86)%\\VMware\\VMware Workstation\\"
			   "vmplayer.exe",
		.windows_program = "vmplayer.exe",
		.comment = comment,
		.links = "media/*",
	};
	int rc = mun_kit_file(k, "config/machine.vmx", 0444, &vmx, e);

	if (rc)
		return rc;
	config(s, p, vmx);
	mun_str_add(&copies, "config/machine.vmx");
	mun_pc_files(p, "floppy", &copies);
	mun_str_addf(&sh,
		     "cp -- config/machine.vmx machine.vmx\n"
		     "%s"
		     "\"$program\" machine.vmx \"$@\"\n",
		     mun_pc_copies_sh(p));
	mun_str_addf(&bat,
		     "copy /b /y \"config\\machine.vmx\" \"machine.vmx\" "
		     ">nul\n"
		     "%s"
		     "\"%%program%%\" \"%%session%%\\machine.vmx\" %%*\n",
		     mun_pc_copies_bat(p));
	if (copies.failed || sh.failed || bat.failed)
		rc = mun_fail_nomem(e, "run script");
	script.copies = copies.text;
	script.sh = sh.text;
	script.bat = bat.text;
	if (!rc)
		rc = mun_script_add(k, &script, e);
	mun_str_free(&copies);
	mun_str_free(&sh);
	mun_str_free(&bat);
	return rc;
}

const struct mun_target mun_target_vmware = {
	.name = "vmware",
	.title = "VMware Workstation",
	.homepage = "https://www.vmware.com/",
	.program = "VMware Workstation or Player (not in Debian)",
	.platforms = "pc-windows-nt pc-unix pc-os2 pc-windows9x pc-dos pc-beos "
		     "pc",
	.media = "floppy cdrom disk",
	.formats = "vmdk (monolithicSparse), raw (floppies), iso",
	.limits = "Two floppy drives, one CD-ROM drive for discs with one data "
		  "track, three hard disks of whole sectors. Runs on the "
		  "processor of the host, much faster than machines of the "
		  "time: some old programs fail by that.",
	.needs = "",
	.protection = "Hard disks are attached as independent-nonpersistent, "
		      "floppies are copies for the session.",
	.missing = "No operating system is supplied beyond what is on the "
		   "medium itself. Windows that was installed on other "
		   "hardware may want to be activated or repaired.",
	.plan = plan,
	.kit = kit,
};
