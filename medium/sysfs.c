/* SPDX-License-Identifier: Apache-2.0 */
/* medium/sysfs.c - who uses a block device, and what drive it is */
#include "medium/sysfs.h"

#include "core/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* First line of a sysfs attribute, escaped and without blanks at its ends. */
static void attribute(const char *dir, const char *name, char *out, size_t size)
{
	struct mun_str clean = { 0 };
	char path[PATH_MAX];
	char raw[256];
	char *p = raw;
	ssize_t n;
	int fd;

	out[0] = '\0';
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, raw, sizeof(raw) - 1);
	(void)close(fd);
	if (n <= 0)
		return;
	raw[n] = '\0';
	raw[strcspn(raw, "\n")] = '\0';
	p += strspn(p, " ");
	for (size_t len = strlen(p); len && p[len - 1] == ' '; len--)
		p[len - 1] = '\0';
	mun_escape(&clean, p, strlen(p));
	if (!clean.failed && clean.text && clean.len < size)
		memcpy(out, clean.text, clean.len + 1);
	mun_str_free(&clean);
}

/* Unit serial number, INQUIRY page 80h: four bytes of head, then the text. */
static void serial_of_page(const char *dir, char *out, size_t size)
{
	struct mun_str clean = { 0 };
	char path[PATH_MAX];
	unsigned char raw[256];
	ssize_t n;
	size_t len;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/device/vpd_pg80", dir) >=
	    sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, raw, sizeof(raw));
	(void)close(fd);
	if (n <= 4)
		return;
	len = (size_t)n - 4;
	if (len > raw[3])
		len = raw[3];
	while (len && (raw[3 + len] == ' ' || raw[3 + len] == '\0'))
		len--;
	mun_escape(&clean, raw + 4, len);
	if (!clean.failed && clean.text && clean.len < size)
		memcpy(out, clean.text, clean.len + 1);
	mun_str_free(&clean);
}

void mun_sysfs_drive(unsigned int major, unsigned int minor,
		     struct mun_device_facts *f)
{
	char link[64];
	char dir[PATH_MAX];
	char part[PATH_MAX + 16];
	char *slash;

	(void)snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major,
		       minor);
	if (!realpath(link, dir))
		return;
	/* A partition's drive is the folder above it. */
	(void)snprintf(part, sizeof(part), "%s/partition", dir);
	slash = strrchr(dir, '/');
	if (!access(part, F_OK) && slash && slash != dir)
		*slash = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		(void)snprintf(f->name, sizeof(f->name), "%.60s", slash + 1);
	attribute(dir, "device/vendor", f->vendor, sizeof(f->vendor));
	attribute(dir, "device/model", f->model, sizeof(f->model));
	attribute(dir, "device/rev", f->revision, sizeof(f->revision));
	attribute(dir, "device/serial", f->serial, sizeof(f->serial));
	if (!f->serial[0])
		serial_of_page(dir, f->serial, sizeof(f->serial));
	if (!f->model[0] && !strncmp(f->name, "loop", 4))
		attribute(dir, "loop/backing_file", f->model, sizeof(f->model));
}

/* Is "major:minor" mounted?  Then *@where is the mount point. */
static int mounted(const char *number, bool *yes, char *where, size_t size,
		   struct mun_err *e)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t room = 0;

	*yes = false;
	if (!f)
		return mun_fail_sys(e, errno, "open '/proc/self/mountinfo'");
	while (!*yes && getline(&line, &room, f) > 0) {
		char dev[32];
		char point[PATH_MAX];

		/* proc(5): id, parent, major:minor, root, mount point */
		if (sscanf(line, "%*s %*s %31s %*s %4095s", dev, point) != 2)
			continue;
		if (strcmp(dev, number))
			continue;
		*yes = true;
		(void)snprintf(where, size, "%s", point);
	}
	free(line);
	if (fclose(f))
		return mun_fail_sys(e, errno, "read '/proc/self/mountinfo'");
	return 0;
}

static int refuse_mounted(const char *path, const char *part,
			  const char *number, struct mun_err *e)
{
	char where[PATH_MAX];
	bool yes;
	int rc = mounted(number, &yes, where, sizeof(where), e);

	if (rc || !yes)
		return rc;
	if (part)
		return mun_fail(e, MUN_EBUSY,
				"partition '%s' of '%s' is mounted on '%s'; "
				"unmount it first",
				part, path, where);
	return mun_fail(e, MUN_EBUSY,
			"'%s' is mounted on '%s'; unmount it first", path,
			where);
}

/* Holders are device-mapper, RAID and the like on top of the device. */
static int refuse_held(const char *path, const char *dir, struct mun_err *e)
{
	char holders[PATH_MAX + 16];
	struct dirent *d;
	int rc = 0;
	DIR *h;

	(void)snprintf(holders, sizeof(holders), "%s/holders", dir);
	h = opendir(holders);
	if (!h)
		return 0;
	while (!rc && (d = readdir(h))) {
		if (d->d_name[0] != '.')
			rc = mun_fail(e, MUN_EBUSY,
				      "'%s' is held by '%s'; release it first",
				      path, d->d_name);
	}
	(void)closedir(h);
	return rc;
}

static int refuse_partition(const char *path, const char *dir, const char *name,
			    struct mun_err *e)
{
	char part[PATH_MAX];
	char probe[PATH_MAX + 16];
	char number[32];
	int rc;

	if ((size_t)snprintf(part, sizeof(part), "%s/%s", dir, name) >=
	    sizeof(part))
		return 0;
	(void)snprintf(probe, sizeof(probe), "%s/partition", part);
	if (access(probe, F_OK))
		return 0;
	attribute(part, "dev", number, sizeof(number));
	rc = refuse_mounted(path, name, number, e);
	return rc ? rc : refuse_held(path, part, e);
}

int mun_sysfs_refuse_in_use(const char *path, unsigned int major,
			    unsigned int minor, struct mun_err *e)
{
	char number[32];
	char link[64];
	char dir[PATH_MAX];
	struct dirent *d;
	DIR *entries;
	int rc;

	(void)snprintf(number, sizeof(number), "%u:%u", major, minor);
	rc = refuse_mounted(path, NULL, number, e);
	if (rc)
		return rc;
	(void)snprintf(link, sizeof(link), "/sys/dev/block/%s", number);
	if (!realpath(link, dir))
		return 0; /* no sysfs: O_EXCL at open still guards */
	rc = refuse_held(path, dir, e);
	entries = rc ? NULL : opendir(dir);
	if (!entries)
		return rc;
	while (!rc && (d = readdir(entries))) {
		if (d->d_name[0] != '.')
			rc = refuse_partition(path, dir, d->d_name, e);
	}
	(void)closedir(entries);
	return rc;
}
