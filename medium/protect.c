/* SPDX-License-Identifier: Apache-2.0 */
/* medium/protect.c - the kernel's read-only flags of a disk */
#include "medium/protect.h"

#include "core/sys.h"
#include "medium/in_use.h"
#include "medium/kernel.h"
#include "medium/sysfs.h"

#include <linux/fs.h>
#include <string.h>
#include <sys/sysmacros.h>

static bool is_readonly(int fd)
{
	int flag = 0;

	return !mun_kernel.ioctl(fd, BLKROGET, &flag) && flag;
}

/* Ask the kernel to refuse writes, and believe only what it then says. */
static bool set(int fd)
{
	int one = 1;

	if (!is_readonly(fd))
		(void)mun_kernel.ioctl(fd, BLKROSET, &one);
	return is_readonly(fd);
}

/* The node in /dev, if it is the right one; -1. */
static int open_node(const struct mun_sysfs_node *n)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", mun_kernel.dev, n->name);
	/* "cciss!c0d0" of sysfs is "cciss/c0d0" there. */
	for (char *p = path; (p = strchr(p, '!'));)
		*p = '/';
	if (mun_kernel.stat(path, &st) || !S_ISBLK(st.st_mode) ||
	    st.st_rdev != makedev(n->major, n->minor))
		return -1;
	fd = mun_sys.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	/* It may have become another since. */
	if (fd >= 0 && (mun_sys.fstat(fd, &st) || !S_ISBLK(st.st_mode) ||
			st.st_rdev != makedev(n->major, n->minor))) {
		mun_closep(&fd);
		fd = -1;
	}
	return fd;
}

static bool protect_node(const struct mun_sysfs_node *n, bool may_set)
{
	mun_autoclose int fd = open_node(n);

	if (fd < 0)
		return false;
	return may_set ? set(fd) : is_readonly(fd);
}

/* Of a partition: may its disk and what is beside it be protected too? */
static bool may_protect_all(const struct mun_sysfs_nodes *nodes)
{
	const struct mun_sysfs_node *disk = &nodes->of[0];
	struct mun_err ignored;

	return !nodes->self || !mun_in_use_refuse(disk->name, disk->major,
						  disk->minor, &ignored);
}

void mun_protect(int fd, struct mun_device_facts *f)
{
	struct mun_sysfs_nodes nodes;
	struct mun_err ignored;
	bool all;

	f->was_readonly = is_readonly(fd);
	f->is_readonly = set(fd);
	f->disk_readonly = f->is_readonly;
	f->partitions = 0;
	f->partitions_readonly = 0;
	if (mun_sysfs_nodes(major(f->dev), minor(f->dev), &nodes, &ignored))
		return;
	all = may_protect_all(&nodes);
	f->partitions = (unsigned int)(nodes.n - 1);
	for (size_t i = 0; i < nodes.n; i++) {
		bool now = i == nodes.self ? f->is_readonly
					   : protect_node(&nodes.of[i], all);

		if (!i)
			f->disk_readonly = now;
		else if (now)
			f->partitions_readonly++;
	}
	mun_sysfs_nodes_clear(&nodes);
}
