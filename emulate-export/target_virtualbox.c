/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_virtualbox.c - VirtualBox: a machine made by a script */
#include "emulate-export/target_virtualbox.h"

#include <string.h>

#include "core/check.h"
#include "emulate-export/target_pc.h"

static const struct mun_pc_rules rules = {
	.target = &mun_target_virtualbox,
	.floppy = { .formats = "raw",
		    .suffix = "img",
		    .drives = 2,
		    .swaps = true },
	.disc = { .formats = "iso",
		  .suffix = "iso",
		  .drives = 1,
		  .swaps = true },
	.disk = { .formats = "vdi vmdk vhd", .drives = 3 },
	.floppies = mun_pc_floppies,
};

/* A machine that is registered, not a settings file: that has absolute paths
 * and UUIDs of media in it, which are only true where it was made. */
static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_pc_plan(&rules, s, out, e);

	if (rc)
		return rc;
	mun_pc_too_fast(s, out);
	if (mun_pc_waits(out, ""))
		mun_plan_note(out, "More media than drives: choose them in "
				   "the menu Devices of the machine's window; "
				   "floppies in the folder that the script "
				   "names, where they are copies.");
	return 0;
}

static const struct slot {
	const char *slot;
	const char *controller;
	unsigned int port;
	unsigned int device;
	const char *type;
	const char *more;
	bool copied; /* into the session */
} slots[] = {
	{ "a", "Floppy", 0, 0, "fdd", "", true },
	{ "b", "Floppy", 0, 1, "fdd", "", true },
	{ "hd0", "IDE", 0, 0, "hdd", " --mtype immutable", false },
	{ "hd1", "IDE", 0, 1, "hdd", " --mtype immutable", false },
	{ "cd0", "IDE", 1, 0, "dvddrive", "", false },
	{ "hd2", "IDE", 1, 1, "hdd", " --mtype immutable", false },
};

/* How a shell spells what the two scripts share. */
struct spelling {
	const char *program;
	const char *name;
	const char *here;
	const char *session;
	char slash;
};

static const struct spelling sh_spelling = { "\"$program\"", "\"$name\"",
					     "$here", "$session", '/' };
static const struct spelling bat_spelling = { "\"%program%\"", "\"%name%\"",
					      "%here%", "%session%", '\\' };

static const char *boot_device(const struct mun_plan *p)
{
	if (!strcmp(p->media[0].device, "floppy"))
		return "floppy";
	return strcmp(p->media[0].device, "cdrom") != 0 ? "disk" : "dvd";
}

/* The commands that make the machine. */
static void make(const struct mun_target_set *s, const struct mun_plan *p,
		 const struct spelling *as, struct mun_str *o)
{
	const struct mun_pc_era *era = mun_pc_era(s);

	mun_str_addf(o,
		     "%s createvm --name %s --ostype %s --basefolder \"%s\" "
		     "--register\n"
		     "%s modifyvm %s --memory %u --boot1 %s --boot2 none "
		     "--boot3 none --boot4 none --nic1 none --rtcuseutc %s\n"
		     "%s storagectl %s --name IDE --add ide --controller "
		     "PIIX4\n"
		     "%s storagectl %s --name Floppy --add floppy\n",
		     as->program, as->name, era->virtualbox, as->session,
		     as->program, as->name, era->memory, boot_device(p),
		     era->local_clock ? "off" : "on", as->program, as->name,
		     as->program, as->name);
	for (size_t i = 0; i < MUN_COUNT(slots); i++) {
		const struct mun_plan_medium *m = mun_pc_slot(p, slots[i].slot);

		if (m)
			mun_str_addf(
				o,
				"%s storageattach %s --storagectl %s "
				"--port %u --device %u --type %s --medium "
				"\"%s%cmedia%c%s\"%s\n",
				as->program, as->name, slots[i].controller,
				slots[i].port, slots[i].device, slots[i].type,
				slots[i].copied ? as->session : as->here,
				as->slash, as->slash, m->name, slots[i].more);
	}
}

static void sh_commands(const struct mun_target_set *s,
			const struct mun_plan *p, struct mun_str *o)
{
	mun_str_add(o,
		    "name=muniment-$$\n"
		    "leave() {\n"
		    "\t\"$program\" unregistervm \"$name\" >/dev/null 2>&1 ||\n"
		    "\t\ttrue\n"
		    "\tcd /\n"
		    "\tif [ -z \"$MUNIMENT_SESSION\" ]; then\n"
		    "\t\trm -rf -- \"$session\"\n"
		    "\tfi\n"
		    "}\n"
		    "trap leave EXIT\n");
	make(s, p, &sh_spelling, o);
	mun_str_add(o, mun_pc_copies_sh(p));
	mun_str_add(o, "\"$program\" startvm \"$name\" \"$@\"\n"
		       "while \"$program\" showvminfo \"$name\" "
		       "--machinereadable |\n"
		       "\tgrep -Eq '^VMState=.(starting|running|paused|"
		       "stopping)'; do\n"
		       "\tsleep 2\n"
		       "done\n");
}

static void bat_commands(const struct mun_target_set *s,
			 const struct mun_plan *p, struct mun_str *o)
{
	mun_str_add(o, "set \"name=muniment-%RANDOM%%RANDOM%\"\n");
	make(s, p, &bat_spelling, o);
	mun_str_add(o, mun_pc_copies_bat(p));
	mun_str_add(o, "\"%program%\" startvm \"%name%\" %*\n"
		       ":running\n"
		       "ping -n 3 127.0.0.1 >nul\n"
		       "\"%program%\" showvminfo \"%name%\" "
		       "--machinereadable | findstr /r "
		       "/c:\"^VMState=.starting\" /c:\"^VMState=.running\" "
		       "/c:\"^VMState=.paused\" /c:\"^VMState=.stopping\" "
		       ">nul\n"
		       "if not errorlevel 1 goto running\n"
		       "\"%program%\" unregistervm \"%name%\"\n");
}

static const char comment[] =
	"# Makes a machine, starts it, and takes it away when it has ended.\n"
	"# Hard disks are \"immutable\": what the machine writes goes to a layer\n"
	"# that is removed; floppies are copies for the session.\n"
	"#\n"
	"#   ./run                              in a window\n"
	"#   ./run --type headless              options of startvm\n"
	"#   VBOXMANAGE=/opt/VBoxManage ./run   another program\n";

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_str copies = { 0 };
	struct mun_str sh = { 0 };
	struct mun_str bat = { 0 };
	struct mun_script script = {
		.title = "VirtualBox",
		.variable = "VBOXMANAGE",
		.programs = "VBoxManage vboxmanage",
		.debian = "",
		.homepage = "https://www.virtualbox.org/wiki/Downloads",
		.windows = "%ProgramFiles%\\Oracle\\VirtualBox\\"
			   "VBoxManage.exe",
		.windows_program = "VBoxManage.exe",
		.comment = comment,
		/* The session is the folder of the machine too. */
		.links = "media/*",
	};
	int rc = 0;

	sh_commands(s, p, &sh);
	bat_commands(s, p, &bat);
	mun_pc_files(p, "floppy", &copies);
	if (sh.failed || bat.failed || copies.failed)
		rc = mun_fail_nomem(e, "run script");
	script.sh = sh.text;
	script.bat = bat.text;
	if (copies.len) {
		script.copies = copies.text;
		script.links = NULL;
	}
	if (!rc)
		rc = mun_script_add(k, &script, e);
	mun_str_free(&copies);
	mun_str_free(&sh);
	mun_str_free(&bat);
	return rc;
}

const struct mun_target mun_target_virtualbox = {
	.name = "virtualbox",
	.title = "VirtualBox",
	.homepage = "https://www.virtualbox.org/",
	.program = "VirtualBox (VBoxManage; not in Debian's stable release)",
	.platforms = "pc-windows-nt pc-unix pc-os2 pc-windows9x pc-dos pc-beos "
		     "pc",
	.media = "floppy cdrom disk",
	.formats = "vdi, vmdk, vhd, raw (floppies), iso",
	.limits = "Two floppy drives, one CD-ROM drive for discs with one data "
		  "track, three hard disks of whole sectors. Runs on the "
		  "processor of the host, much faster than machines of the "
		  "time: some old programs fail by that.",
	.needs = "",
	.protection = "Hard disks are attached as immutable, floppies are "
		      "copies for the session.",
	.missing = "No operating system is supplied beyond what is on the "
		   "medium itself. Windows that was installed on other "
		   "hardware may want to be activated or repaired.",
	.plan = plan,
	.kit = kit,
};
