/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_hyperv.c - Hyper-V, generation 1, by PowerShell */
#include "emulate-export/target_hyperv.h"

#include <string.h>

#include "core/check.h"
#include "emulate-export/target_pc.h"

/* It knows floppies by ".vfd", and of the sizes that it can make itself. */
static const uint32_t floppies[] = { 1440, 2400, 2880, 0 };

static const struct mun_pc_rules rules = {
	.target = &mun_target_hyperv,
	.floppy = { .formats = "raw",
		    .suffix = "vfd",
		    .drives = 1,
		    .swaps = true },
	.disc = { .formats = "iso",
		  .suffix = "iso",
		  .drives = 1,
		  .swaps = true },
	.disk = { .formats = "vhd", .options = "type=dynamic", .drives = 3 },
	.floppies = floppies,
	.disk_max = UINT64_C(2040) * 1024 * 1024 * 1024,
};

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	mun_pc_too_fast(s, out);
	mun_plan_note(out, "The script needs the rights of an administrator "
			   "of Hyper-V, and files on NTFS that are neither "
			   "compressed nor encrypted.");
	if (mun_pc_waits(out, ""))
		mun_plan_note(out, "More media than drives: choose them in "
				   "the menu Media of the machine's window; "
				   "floppies in the folder that the script "
				   "names, where they are copies.");
	return 0;
}

static const char head[] =
	"# Starts this package in Hyper-V (generation 1, no network).  Hard disks\n"
	"# are differencing disks over those in the package, which is only read;\n"
	"# the machine and all that it wrote are removed when it was switched off.\n"
	"$ErrorActionPreference = 'Stop'\n"
	"$media = Join-Path (Split-Path -Parent $PSScriptRoot) 'media'\n"
	"$name = 'muniment-' + [guid]::NewGuid()\n"
	"$session = Join-Path ([IO.Path]::GetTempPath()) $name\n"
	"New-Item -ItemType Directory -Path $session | Out-Null\n"
	"\n"
	"function Copy-Floppy($file) {\n"
	"    $to = Join-Path $session $file\n"
	"    Copy-Item -LiteralPath (Join-Path $media $file) -Destination $to\n"
	"    (Get-Item -LiteralPath $to).IsReadOnly = $false\n"
	"    $to\n"
	"}\n"
	"\n"
	"function New-Layer($file) {\n"
	"    $to = Join-Path $session $file\n"
	"    New-VHD -Differencing -Path $to -ParentPath "
	"(Join-Path $media $file) | Out-Null\n"
	"    $to\n"
	"}\n"
	"\n"
	"try {\n";

static const char tail[] =
	"    Start-VM -VM $vm\n"
	"    vmconnect.exe localhost $name\n"
	"    while ((Get-VM -Name $name).State -ne 'Off') {\n"
	"        Start-Sleep -Seconds 2\n"
	"    }\n"
	"} finally {\n"
	"    $vm = Get-VM -Name $name -ErrorAction SilentlyContinue\n"
	"    if ($vm) {\n"
	"        if ($vm.State -ne 'Off') { Stop-VM -VM $vm -TurnOff -Force }\n"
	"        Remove-VM -VM $vm -Force\n"
	"    }\n"
	"    Remove-Item -LiteralPath $session -Recurse -Force\n"
	"}\n";

static const char *startup_order(const struct mun_plan *p)
{
	if (!strcmp(p->media[0].device, "floppy"))
		return "'Floppy', 'IDE', 'CD', 'LegacyNetworkAdapter'";
	return strcmp(p->media[0].device, "cdrom") != 0
		       ? "'IDE', 'CD', 'Floppy', 'LegacyNetworkAdapter'"
		       : "'CD', 'IDE', 'Floppy', 'LegacyNetworkAdapter'";
}

/* Less than 32 MB it does not give. */
static unsigned int memory_of(const struct mun_target_set *s)
{
	return MUN_MAX(mun_pc_era(s)->memory, 32u);
}

static void add_drives(const struct mun_plan *p, struct mun_str *o)
{
	static const struct {
		const char *slot;
		unsigned int controller;
		unsigned int location;
	} slots[] = { { "hd0", 0, 0 }, { "hd1", 0, 1 }, { "hd2", 1, 1 } };
	const struct mun_plan_medium *m;

	for (size_t i = 0; i < MUN_COUNT(slots); i++) {
		m = mun_pc_slot(p, slots[i].slot);
		if (m)
			mun_str_addf(o,
				     "    Add-VMHardDiskDrive -VM $vm "
				     "-ControllerType IDE -ControllerNumber %u "
				     "-ControllerLocation %u -Path "
				     "(New-Layer '%s')\n",
				     slots[i].controller, slots[i].location,
				     m->name);
	}
	m = mun_pc_slot(p, "cd0");
	if (m)
		mun_str_addf(o,
			     "    Add-VMDvdDrive -VM $vm -ControllerNumber 1 "
			     "-ControllerLocation 0 -Path (Join-Path $media "
			     "'%s')\n",
			     m->name);
	m = mun_pc_slot(p, "a");
	if (m)
		mun_str_addf(o,
			     "    Set-VMFloppyDiskDrive -VM $vm -Path "
			     "(Copy-Floppy '%s')\n",
			     m->name);
	for (size_t i = 0; i < p->n; i++) {
		if (!*p->media[i].slot && !strcmp(p->media[i].device, "floppy"))
			mun_str_addf(o, "    Copy-Floppy '%s' | Out-Null\n",
				     p->media[i].name);
	}
	if (mun_pc_waits(p, "floppy"))
		mun_str_add(o, "    Write-Host \"The other floppies: "
			       "$session\"\n");
}

static void powershell(const struct mun_target_set *s, const struct mun_plan *p,
		       struct mun_str *o)
{
	mun_str_add(o, head);
	mun_str_addf(o,
		     "    $vm = New-VM -Name $name -Generation 1 -NoVHD "
		     "-MemoryStartupBytes %uMB -Path $session\n"
		     "    Get-VMNetworkAdapter -VM $vm | "
		     "Remove-VMNetworkAdapter\n"
		     "    Get-VMDvdDrive -VM $vm | Remove-VMDvdDrive\n"
		     "    Set-VMBios -VM $vm -StartupOrder @(%s)\n",
		     memory_of(s), startup_order(p));
	add_drives(p, o);
	mun_str_add(o, tail);
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	static const struct mun_script script = {
		.title = "Hyper-V",
		.variable = "POWERSHELL",
		.programs = "powershell",
		.debian = "",
		.homepage = "https://learn.microsoft.com/windows-server/"
			    "virtualization/hyper-v/",
		.windows = "%SystemRoot%\\System32\\WindowsPowerShell\\v1.0\\"
			   "powershell.exe",
		.windows_program = "powershell.exe",
		.comment = "# Start it as an administrator.\n",
		.bat = "\"%program%\" -NoProfile -ExecutionPolicy Bypass "
		       "-File \"config\\hyperv.ps1\" %*\n",
	};
	struct mun_str *o = NULL;
	int rc = mun_kit_file(k, "config/hyperv.ps1", 0444, &o, e);

	if (rc)
		return rc;
	powershell(s, p, o);
	return mun_script_add(k, &script, e);
}

const struct mun_target mun_target_hyperv = {
	.name = "hyperv",
	.title = "Hyper-V",
	.homepage = "https://learn.microsoft.com/windows-server/"
		    "virtualization/hyper-v/",
	.program = "Hyper-V of Windows Pro or Server, with its PowerShell "
		   "module",
	.platforms = "pc-windows-nt pc-unix pc-windows9x pc-dos pc",
	.media = "floppy cdrom disk",
	.formats = "vhd (dynamic), raw (floppies, as .vfd), iso",
	.limits = "One floppy drive (720 KB, 1.2 MB or 1.44 MB), one CD-ROM "
		  "drive for discs with one data track, three hard disks of "
		  "whole sectors and at most 2,040 GiB. No sound. Runs on the "
		  "processor of the host, much faster than machines of the "
		  "time: some old programs fail by that.",
	.needs = "",
	.protection = "Hard disks are parents of differencing disks, floppies "
		      "are copies for the session.",
	.missing = "No operating system is supplied beyond what is on the "
		   "medium itself. Windows that was installed on other "
		   "hardware may want to be activated or repaired.",
	.plan = plan,
	.kit = kit,
};
