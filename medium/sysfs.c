/* SPDX-License-Identifier: Apache-2.0 */
/* medium/sysfs.c - what the kernel tells of a block device and its drive */
#include "medium/sysfs.h"

#include "core/check.h"
#include "core/file.h"
#include "core/parse.h"
#include "medium/drive_text.h"
#include "medium/kernel.h"
#include "medium/scsi_identity.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Major numbers of the kernel's devices.txt. */
#define FLOPPY_MAJOR 2
#define OPTICAL_MAJOR 11
#define OPTICAL_TYPE "5" /* peripheral device type */

static bool join(char *out, size_t size, const char *dir, const char *name)
{
	int n = snprintf(out, size, "%s/%s", dir, name);

	return n > 0 && (size_t)n < size;
}

size_t mun_sysfs_bytes(const char *dir, const char *name, void *out,
		       size_t size)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	if (!join(path, sizeof(path), dir, name))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, out, size);
	(void)close(fd);
	return n > 0 ? (size_t)n : 0;
}

void mun_sysfs_text(const char *dir, const char *name, char *out, size_t size)
{
	char raw[256];
	size_t n = mun_sysfs_bytes(dir, name, raw, sizeof(raw));
	const char *end = memchr(raw, '\n', n);

	mun_drive_text(raw, end ? (size_t)(end - raw) : n, out, size);
}

bool mun_sysfs_has(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return join(path, sizeof(path), dir, name) && !access(path, F_OK);
}

/* Is @out still empty?  Then the first of these that says something. */
static void first_text(const char *dir, const char *const *names, char *out,
		       size_t size)
{
	for (; *names && !out[0]; names++)
		mun_sysfs_text(dir, *names, out, size);
}

static bool find(unsigned int major, unsigned int minor, char dir[PATH_MAX])
{
	char link[PATH_MAX];
	char number[32];

	(void)snprintf(number, sizeof(number), "dev/block/%u:%u", major, minor);
	return join(link, sizeof(link), mun_kernel.sys, number) &&
	       realpath(link, dir);
}

/* A partition's disk is the folder above it. */
static void to_disk(char dir[PATH_MAX])
{
	char *slash = strrchr(dir, '/');

	if (slash && slash != dir && mun_sysfs_has(dir, "partition"))
		*slash = '\0';
}

/* A part of the path that begins with @word and a digit: ".../ata3/host2/...".
 */
static bool passes(const char *dir, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = dir; (p = strstr(p, word)); p++)
		if (p > dir && p[-1] == '/' && isdigit((unsigned char)p[len]))
			return true;
	return false;
}

static const char *bus_of(const char *dir, const char *name)
{
	static const struct {
		const char *in_path; /* ... and a digit */
		const char *bus;
	} ways[] = {
		{ "usb", "usb" },     { "ata", "ata" },
		{ "fw", "ieee1394" }, { "mmc", "mmc" },
		{ "nvme", "nvme" },   { "virtio", "virtio" },
		{ "floppy.", "fdc" },
	};
	static const char *const names[] = { "loop", "nbd",  "zram",
					     "ram",  "dm-",  "md",
					     "vd",   "nvme", "fd" };

	for (size_t i = 0; i < MUN_COUNT(ways); i++)
		if (passes(dir, ways[i].in_path))
			return ways[i].bus;
	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return strcmp(names[i], "fd") ? names[i] : "fdc";
	return mun_sysfs_has(dir, "device/type") ? "scsi" : "";
}

static enum mun_device_kind kind_of(unsigned int major, const char *dir)
{
	char type[16];

	if (major == FLOPPY_MAJOR)
		return MUN_DEVICE_FLOPPY;
	mun_sysfs_text(dir, "device/type", type, sizeof(type));
	return major == OPTICAL_MAJOR || !strcmp(type, OPTICAL_TYPE)
		       ? MUN_DEVICE_OPTICAL
		       : MUN_DEVICE_DISK;
}

/* The serial number of a stick is that of its USB device, above it. */
static void usb_serial(const char *dir, struct mun_device_facts *f)
{
	char up[PATH_MAX];
	char *slash;

	(void)snprintf(up, sizeof(up), "%s", dir);
	while ((slash = strrchr(up, '/')) && slash != up && !f->serial[0]) {
		*slash = '\0';
		if (!mun_sysfs_has(up, "idVendor"))
			continue;
		mun_sysfs_text(up, "serial", f->serial, sizeof(f->serial));
		return;
	}
}

/* SCSI pages as the kernel read them; then no command is needed. */
static void scsi_pages(const char *dir, struct mun_device_facts *f)
{
	unsigned char page[4 + 255];
	size_t n = mun_sysfs_bytes(dir, "device/vpd_pg80", page, sizeof(page));

	if (!f->serial[0])
		(void)mun_scsi_serial_parse(page, n, f->serial,
					    sizeof(f->serial));
	n = mun_sysfs_bytes(dir, "device/vpd_pg83", page, sizeof(page));
	if (!f->wwid[0])
		(void)mun_scsi_wwid_parse(page, n, f->wwid, sizeof(f->wwid));
}

static void texts(const char *dir, struct mun_device_facts *f)
{
	/* SCSI and ATA, NVMe, MMC and SD cards, virtio; a loop's file. */
	static const char *const model[] = { "device/model", "device/name",
					     "loop/backing_file", NULL };
	static const char *const revision[] = { "device/rev",
						"device/firmware_rev",
						"device/fwrev", NULL };
	static const char *const serial[] = { "device/serial", "serial", NULL };
	static const char *const wwid[] = { "device/wwid", "wwid", NULL };
	static const char *const vendor[] = { "device/vendor", NULL };

	first_text(dir, model, f->model, sizeof(f->model));
	first_text(dir, revision, f->revision, sizeof(f->revision));
	first_text(dir, serial, f->serial, sizeof(f->serial));
	first_text(dir, wwid, f->wwid, sizeof(f->wwid));
	/* Of NVMe and virtio it is a PCI number. */
	if (strcmp(f->bus, "nvme") && strcmp(f->bus, "virtio"))
		first_text(dir, vendor, f->vendor, sizeof(f->vendor));
}

void mun_sysfs_drive(unsigned int major, unsigned int minor,
		     struct mun_device_facts *f)
{
	char removable[16];
	char dir[PATH_MAX];

	f->kind = major == FLOPPY_MAJOR    ? MUN_DEVICE_FLOPPY
		  : major == OPTICAL_MAJOR ? MUN_DEVICE_OPTICAL
					   : MUN_DEVICE_DISK;
	if (!find(major, minor, dir))
		return;
	to_disk(dir);
	f->kind = kind_of(major, dir);
	mun_drive_text(mun_path_last(dir), strlen(mun_path_last(dir)), f->name,
		       sizeof(f->name));
	(void)snprintf(f->bus, sizeof(f->bus), "%s", bus_of(dir, f->name));
	mun_sysfs_text(dir, "removable", removable, sizeof(removable));
	f->removable = !strcmp(removable, "1");
	texts(dir, f);
	scsi_pages(dir, f);
	if (!strcmp(f->bus, "usb"))
		usb_serial(dir, f);
}

/* "8:16" */
bool mun_sysfs_number(const char *dir, unsigned int *major, unsigned int *minor)
{
	char text[32];
	uint64_t high;
	uint64_t low;
	struct mun_err ignored;
	char *colon;

	mun_sysfs_text(dir, "dev", text, sizeof(text));
	colon = strchr(text, ':');
	if (!colon)
		return false;
	*colon = '\0';
	if (mun_parse_u64(text, 0, UINT32_MAX, &high, &ignored) ||
	    mun_parse_u64(colon + 1, 0, UINT32_MAX, &low, &ignored))
		return false;
	*major = (unsigned int)high;
	*minor = (unsigned int)low;
	return true;
}

static bool set_node(struct mun_sysfs_node *n, const char *dir)
{
	if (!mun_sysfs_number(dir, &n->major, &n->minor))
		return false;
	(void)snprintf(n->dir, sizeof(n->dir), "%s", dir);
	(void)snprintf(n->name, sizeof(n->name), "%.63s", mun_path_last(dir));
	return true;
}

static int add_node(struct mun_sysfs_nodes *nodes, const char *dir,
		    struct mun_err *e)
{
	struct mun_sysfs_node *more =
		reallocarray(nodes->of, nodes->n + 1, sizeof(*more));

	if (!more)
		return mun_fail_nomem(e, "partitions");
	nodes->of = more;
	if (set_node(&more[nodes->n], dir))
		nodes->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct mun_sysfs_node *x = a;
	const struct mun_sysfs_node *y = b;

	return strverscmp(x->name, y->name);
}

static int add_partitions(struct mun_sysfs_nodes *nodes, const char *disk,
			  struct mun_err *e)
{
	char dir[PATH_MAX];
	struct dirent *d;
	DIR *entries = opendir(disk);
	int rc = 0;

	if (!entries)
		return mun_fail_sys(e, errno, "look into '%s'", disk);
	while (!rc && (d = readdir(entries)))
		if (d->d_name[0] != '.' &&
		    join(dir, sizeof(dir), disk, d->d_name) &&
		    mun_sysfs_has(dir, "partition"))
			rc = add_node(nodes, dir, e);
	(void)closedir(entries);
	if (nodes->n > 2)
		qsort(nodes->of + 1, nodes->n - 1, sizeof(*nodes->of), by_name);
	return rc;
}

int mun_sysfs_nodes(unsigned int major, unsigned int minor,
		    struct mun_sysfs_nodes *out, struct mun_err *e)
{
	char dir[PATH_MAX];
	int rc;

	*out = (struct mun_sysfs_nodes){ 0 };
	if (!find(major, minor, dir))
		return mun_fail(e, MUN_ENOENT,
				"the kernel shows no device %u:%u", major,
				minor);
	to_disk(dir);
	rc = add_node(out, dir, e);
	if (!rc && !out->n)
		rc = mun_fail(e, MUN_EIO, "no number in '%s/dev'", dir);
	if (!rc)
		rc = add_partitions(out, dir, e);
	if (rc) {
		mun_sysfs_nodes_clear(out);
		return rc;
	}
	for (size_t i = 0; i < out->n; i++)
		if (out->of[i].major == major && out->of[i].minor == minor)
			out->self = i;
	return 0;
}

void mun_sysfs_nodes_clear(struct mun_sysfs_nodes *nodes)
{
	free(nodes->of);
	*nodes = (struct mun_sysfs_nodes){ 0 };
}
