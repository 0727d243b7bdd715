/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_libvirt.c - the machine as a domain of libvirt */
#include "emulate-export/target_libvirt.h"

#include <string.h>

#include "core/check.h"
#include "emulate-export/target_pc.h"

/* Where in a package the domain's paths begin: replaced by the script, and a
 * folder that will not be there for who forgets it. */
#define HERE "/PATH-OF-THE-PACKAGE/data"

static const struct slot {
	const char *slot;
	const char *device;
	const char *target;
	const char *bus;
} slots[] = {
	{ "a", "floppy", "fda", "fdc" },  { "b", "floppy", "fdb", "fdc" },
	{ "hd0", "disk", "hda", "ide" },  { "hd1", "disk", "hdb", "ide" },
	{ "cd0", "cdrom", "hdc", "ide" }, { "hd2", "disk", "hdd", "ide" },
};

/*
 * A floppy or CD-ROM is read-only.  A disk is "transient": libvirt puts a layer
 * above it that it removes at the end.
 */
static void disk(const struct mun_plan *p, const struct slot *at,
		 struct mun_str *o)
{
	const struct mun_plan_medium *m = mun_pc_slot(p, at->slot);
	bool layer = m && *m->overlay_name;

	if (!m)
		return;
	mun_str_addf(o,
		     "    <disk type='file' device='%s'>\n"
		     "      <driver name='qemu' type='%s'/>\n"
		     "      <source file='" HERE "/media/%s'/>\n",
		     at->device, layer ? "qcow2" : "raw", mun_pc_file(m));
	if (layer)
		mun_str_addf(o,
			     "      <backingStore type='file'>\n"
			     "        <format type='raw'/>\n"
			     "        <source file='" HERE "/media/%s'/>\n"
			     "        <backingStore/>\n"
			     "      </backingStore>\n",
			     m->name);
	mun_str_addf(o,
		     "      <target dev='%s' bus='%s'/>\n"
		     "      %s\n"
		     "    </disk>\n",
		     at->target, at->bus,
		     strcmp(at->device, "disk") != 0 ? "<readonly/>"
						     : "<transient/>");
}

static const char *boot_device(const struct mun_plan *p)
{
	if (!strcmp(p->media[0].device, "floppy"))
		return "fd";
	return strcmp(p->media[0].device, "cdrom") != 0 ? "hd" : "cdrom";
}

static void domain(const struct mun_target_set *s, const struct mun_plan *p,
		   struct mun_str *o)
{
	const struct mun_pc_era *era = mun_pc_era(s);

	mun_str_addf(o,
		     "<domain type='qemu'>\n"
		     "  <name>muniment</name>\n"
		     "  <memory unit='MiB'>%u</memory>\n"
		     "  <vcpu>1</vcpu>\n"
		     "  <os>\n"
		     "    <type arch='i686' machine='pc'>hvm</type>\n"
		     "    <boot dev='%s'/>\n"
		     "  </os>\n"
		     "  <features>\n"
		     "    <acpi/>\n"
		     "  </features>\n",
		     era->memory, boot_device(p));
	if (*era->cpu)
		mun_str_addf(o,
			     "  <cpu mode='custom' match='exact'>\n"
			     "    <model fallback='forbid'>%s</model>\n"
			     "  </cpu>\n",
			     era->cpu);
	mun_str_addf(o,
		     "  <clock offset='%s'/>\n"
		     "  <on_poweroff>destroy</on_poweroff>\n"
		     "  <on_reboot>restart</on_reboot>\n"
		     "  <on_crash>destroy</on_crash>\n"
		     "  <devices>\n",
		     era->local_clock ? "localtime" : "utc");
	for (size_t i = 0; i < MUN_COUNT(slots); i++)
		disk(p, &slots[i], o);
	mun_str_addf(o,
		     "    <graphics type='vnc' autoport='yes' "
		     "listen='127.0.0.1'/>\n"
		     "    <video>\n"
		     "      <model type='%s'/>\n"
		     "    </video>\n"
		     "    <memballoon model='none'/>\n"
		     "  </devices>\n"
		     "</domain>\n",
		     era->cirrus ? "cirrus" : "vga");
}

/* The folder's name goes into XML: by a program that knows how to escape it. */
static const char script[] =
	"#!/usr/bin/env python3\n"
	"\"\"\"Prints libvirt.xml with the paths of this package in it.\n"
	"\n"
	"    virsh create <(config/libvirt)\n"
	"    virt-viewer muniment\n"
	"\"\"\"\n"
	"import os\n"
	"import sys\n"
	"from xml.sax.saxutils import escape\n"
	"\n"
	"config = os.path.dirname(os.path.realpath(__file__))\n"
	"data = escape(os.path.dirname(config), {\n"
	"    \"'\": \"&apos;\", \"\\n\": \"&#10;\", \"\\t\": \"&#9;\","
	" \"\\r\": \"&#13;\"})\n"
	"with open(os.path.join(config, \"libvirt.xml\")) as f:\n"
	"    sys.stdout.write(f.read().replace(\"" HERE "\", data))\n";

int mun_libvirt_add(const struct mun_target_set *s, const struct mun_plan *p,
		    struct mun_kit *k, struct mun_err *e)
{
	struct mun_str *o = NULL;
	int rc = mun_kit_file(k, "config/libvirt.xml", 0444, &o, e);

	if (rc)
		return rc;
	domain(s, p, o);
	rc = mun_kit_file(k, "config/libvirt", 0555, &o, e);
	if (rc)
		return rc;
	mun_str_add(o, script);
	return mun_kit_done(k, e);
}
