/* SPDX-License-Identifier: Apache-2.0 */
/* medium/in_use.c - is a block device mounted, or held by the kernel? */
#include "medium/in_use.h"

#include "core/check.h"
#include "medium/kernel.h"
#include "medium/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

/* One of the devices that nobody may be using. */
struct guarded {
	const char *path; /* that the user gave */
	const char *part; /* of it: "sdb1", or NULL: the device itself */
	bool is_disk; /* the whole disk of the partition that he gave */
	const struct mun_sysfs_node *node;
};

/* "'/dev/sdb'", "partition 'sdb1' of '/dev/sdb'", "the disk of '/dev/sdb1'" */
static const char *name_of(const struct guarded *g, char out[static 256])
{
	if (g->part)
		(void)snprintf(out, 256, "partition '%s' of '%.150s'", g->part,
			       g->path);
	else
		(void)snprintf(out, 256, "%s'%.150s'",
			       g->is_disk ? "the disk of " : "", g->path);
	return out;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* proc(5): blanks, newlines and backslashes in a path are \ooo there. */
static void decode(char *text)
{
	char *to = text;

	for (const char *p = text; *p; to++) {
		if (p[0] == '\\' && is_octal(p[1]) && is_octal(p[2]) &&
		    is_octal(p[3])) {
			*to = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 |
				     (p[3] - '0'));
			p += 4;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
}

/* Is @path, which the kernel has in a list, the node of this device?  Only what
 * lies in /dev is looked at: a path of a network could make us wait. */
static bool is_node_of(const char *path, const struct mun_sysfs_node *n)
{
	size_t len = strlen(mun_kernel.dev);
	struct stat st;

	return !strncmp(path, mun_kernel.dev, len) && path[len] == '/' &&
	       !mun_kernel.stat(path, &st) && S_ISBLK(st.st_mode) &&
	       major(st.st_rdev) == n->major && minor(st.st_rdev) == n->minor;
}

static int fail_busy(const struct guarded *g, const char *how,
		     const char *where, const char *what_to_do,
		     struct mun_err *e)
{
	char name[256];

	return mun_fail(e, MUN_EBUSY, "%s is %s '%s'; %s it first",
			name_of(g, name), how, where, what_to_do);
}

/*
 * mountinfo: 36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw
 * Of a file system on several devices (btrfs) the number is its own and the
 * source one of them.
 */
static bool mount_line(char *line, const struct mun_sysfs_node *n, char *where)
{
	char *rest = strstr(line, " - ");
	char source[PATH_MAX];
	char number[32];
	char own[32];

	if (sscanf(line, "%*s %*s %31s %*s %4095s", number, where) != 2)
		return false;
	decode(where);
	(void)snprintf(own, sizeof(own), "%u:%u", n->major, n->minor);
	if (!strcmp(number, own))
		return true;
	if (!rest || sscanf(rest + 3, "%*s %4095s", source) != 1)
		return false;
	decode(source);
	return is_node_of(source, n);
}

/* swaps: /dev/sda2 partition 8388604 0 -2, below a line of titles */
static bool swap_line(char *line, const struct mun_sysfs_node *n, char *where)
{
	if (sscanf(line, "%4095s", where) != 1)
		return false;
	decode(where);
	return is_node_of(where, n);
}

typedef bool line_fn(char *line, const struct mun_sysfs_node *n, char *where);

/* Each line of a list of the kernel, until @fits; then *@yes and @where. */
static int look_in(const char *name, line_fn *fits,
		   const struct mun_sysfs_node *n, bool *yes,
		   char where[PATH_MAX], struct mun_err *e)
{
	char path[PATH_MAX];
	char *line = NULL;
	size_t room = 0;
	FILE *f;

	*yes = false;
	(void)snprintf(path, sizeof(path), "%s/%s", mun_kernel.proc, name);
	f = fopen(path, "re");
	/* A kernel without swap has no list of it. */
	if (!f && errno == ENOENT && fits == swap_line)
		return 0;
	/* Not known is not free; and not "no such device" either. */
	if (!f)
		return mun_fail(e, MUN_EIO,
				"'%s' cannot be opened, so it is not known who "
				"uses the device",
				path);
	while (!*yes && getline(&line, &room, f) > 0)
		*yes = fits(line, n, where);
	free(line);
	if (ferror(f) || fclose(f))
		return mun_fail_sys(e, errno, "read '%s'", path);
	return 0;
}

static int refuse_mounted(const struct guarded *g, struct mun_err *e)
{
	char where[PATH_MAX];
	bool yes = false;
	int rc = look_in("self/mountinfo", mount_line, g->node, &yes, where, e);

	return rc || !yes ? rc
			  : fail_busy(g, "mounted on", where, "unmount", e);
}

static int refuse_swap(const struct guarded *g, struct mun_err *e)
{
	char where[PATH_MAX];
	char name[256];
	bool yes = false;
	int rc = look_in("swaps", swap_line, g->node, &yes, where, e);

	if (rc || !yes)
		return rc;
	return mun_fail(e, MUN_EBUSY, "%s is swap space; swapoff '%s' first",
			name_of(g, name), where);
}

/* Calls @fn for each name in a folder of sysfs; none is no error. */
static int each(const char *dir, const struct guarded *g,
		int (*fn)(const char *dir, const char *name,
			  const struct guarded *g, struct mun_err *e),
		struct mun_err *e)
{
	struct dirent *d;
	DIR *h = opendir(dir);
	int rc = 0;

	if (!h && errno == ENOENT)
		return 0;
	if (!h)
		return mun_fail_sys(e, errno, "look into '%s'", dir);
	while (!rc && (d = readdir(h)))
		if (d->d_name[0] != '.')
			rc = fn(dir, d->d_name, g, e);
	(void)closedir(h);
	return rc;
}

/* What sort of holder, and its own name: "LVM, vg0-root". */
static void describe_holder(const char *name, char *out, size_t size)
{
	static const struct {
		const char *in_uuid;
		const char *word;
	} kinds[] = {
		{ "LVM-", "LVM" },
		{ "CRYPT-", "dm-crypt" },
		{ "DMRAID-", "RAID" },
		{ "mpath-", "multipath" },
	};
	const char *word = !strncmp(name, "md", 2)       ? "RAID"
			   : !strncmp(name, "bcache", 6) ? "bcache"
							 : "device-mapper";
	char dir[PATH_MAX];
	char uuid[160];
	char own[128];

	(void)snprintf(dir, sizeof(dir), "%s/block/%s", mun_kernel.sys, name);
	mun_sysfs_text(dir, "dm/uuid", uuid, sizeof(uuid));
	mun_sysfs_text(dir, "dm/name", own, sizeof(own));
	for (size_t i = 0; i < MUN_COUNT(kinds); i++)
		if (!strncmp(uuid, kinds[i].in_uuid, strlen(kinds[i].in_uuid)))
			word = kinds[i].word;
	(void)snprintf(out, size, "%s%s%s", word, own[0] ? ", " : "", own);
}

static int refuse_holder(const char *dir, const char *name,
			 const struct guarded *g, struct mun_err *e)
{
	char what[320];
	char whose[256];

	(void)dir;
	describe_holder(name, what, sizeof(what));
	return mun_fail(e, MUN_EBUSY,
			"%s is held by '%s' (%s); release it first",
			name_of(g, whose), name, what);
}

static int refuse_held(const struct guarded *g, struct mun_err *e)
{
	char dir[PATH_MAX + 16];

	(void)snprintf(dir, sizeof(dir), "%s/holders", g->node->dir);
	return each(dir, g, refuse_holder, e);
}

/* @dir is /sys/fs/btrfs; devices/ has the members of what is mounted. */
static int refuse_member(const char *dir, const char *name,
			 const struct guarded *g, struct mun_err *e)
{
	char member[PATH_MAX];
	int n = snprintf(member, sizeof(member), "%s/%s/devices/%s", dir, name,
			 g->node->name);

	if (n < 0 || (size_t)n >= sizeof(member) || access(member, F_OK))
		return 0;
	return fail_busy(g, "part of the mounted btrfs", name, "unmount", e);
}

static int refuse_btrfs(const struct guarded *g, struct mun_err *e)
{
	char dir[PATH_MAX];

	(void)snprintf(dir, sizeof(dir), "%s/fs/btrfs", mun_kernel.sys);
	return each(dir, g, refuse_member, e);
}

static int refuse_loop(const char *dir, const char *name,
		       const struct guarded *g, struct mun_err *e)
{
	char loop[PATH_MAX];
	char file[PATH_MAX];
	size_t n;

	if (strncmp(name, "loop", 4))
		return 0;
	(void)snprintf(loop, sizeof(loop), "%s/%s", dir, name);
	n = mun_sysfs_bytes(loop, "loop/backing_file", file, sizeof(file) - 1);
	file[n] = '\0';
	file[strcspn(file, "\n")] = '\0';
	return is_node_of(file, g->node) ? fail_busy(g, "below the loop device",
						     name, "detach", e)
					 : 0;
}

static int refuse_loops(const struct guarded *g, struct mun_err *e)
{
	char dir[PATH_MAX];

	(void)snprintf(dir, sizeof(dir), "%s/block", mun_kernel.sys);
	return each(dir, g, refuse_loop, e);
}

static int refuse(const struct guarded *g, struct mun_err *e)
{
	int rc = refuse_mounted(g, e);

	if (!rc)
		rc = refuse_swap(g, e);
	if (!rc)
		rc = refuse_held(g, e);
	if (!rc)
		rc = refuse_btrfs(g, e);
	return rc ? rc : refuse_loops(g, e);
}

/* No sysfs: the lists of /proc are there, and O_EXCL at open. */
static int refuse_alone(const char *path, unsigned int major,
			unsigned int minor, struct mun_err *e)
{
	const struct mun_sysfs_node node = { .major = major, .minor = minor };
	const struct guarded g = { .path = path, .node = &node };
	int rc = refuse_mounted(&g, e);

	return rc ? rc : refuse_swap(&g, e);
}

int mun_in_use_refuse(const char *path, unsigned int major, unsigned int minor,
		      struct mun_err *e)
{
	struct mun_sysfs_nodes nodes;
	int rc = mun_sysfs_nodes(major, minor, &nodes, e);

	if (rc == MUN_ENOENT)
		return refuse_alone(path, major, minor, e);
	for (size_t i = 0; !rc && i < nodes.n; i++) {
		const struct guarded g = {
			.path = path,
			.part = i && !nodes.self ? nodes.of[i].name : NULL,
			.is_disk = !i && nodes.self,
			.node = &nodes.of[i],
		};

		/* What is on the partition beside it is not its matter. */
		if (!nodes.self || !i || i == nodes.self)
			rc = refuse(&g, e);
	}
	mun_sysfs_nodes_clear(&nodes);
	return rc;
}
