/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_in_use.c - what is in use is refused, what is not is read */
#include "medium/in_use.h"

#include "core/check.h"
#include "medium/device.h"
#include "medium/protect.h"
#include "tests/medium/device_world.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define BYTES ((uint64_t)65536)

static struct fake_device *disk;
static struct fake_device *part1;
static struct fake_device *part2;

static int make(void **state)
{
	(void)state;
	world_make();
	disk = world_disk("sdb", "pci/usb1/1-2/host6/6:0:0:0", 8, 16, BYTES);
	part1 = world_partition(disk, 1, BYTES / 4);
	part2 = world_partition(disk, 2, BYTES / 2);
	return 0;
}

static int end(void **state)
{
	(void)state;
	world_end();
	return 0;
}

/* Opening @d ends with @rc, and the line for people has @says in it. */
static void opens(const struct fake_device *d, int rc, const char *says)
{
	struct mun_device m = { .fd = -1 };
	struct mun_err e = { 0 };
	char text[1024];

	assert_int_equal(mun_device_open(d->path, &m, &e), rc);
	if (!rc) {
		mun_device_close(&m);
		return;
	}
	(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, says))
		fail_msg("'%s' does not say '%s'", text, says);
}

static void mount_of(const struct fake_device *d, const char *where)
{
	char line[512];

	(void)snprintf(
		line, sizeof(line),
		"22 1 0:21 / /proc rw - proc proc rw\n"
		"36 22 %u:%u / %s rw,noatime shared:4 - vfat /dev/x rw\n",
		d->major, d->minor, where);
	world_text("proc/self/mountinfo", line);
}

static void what_nobody_uses_is_opened(void **state)
{
	(void)state;
	opens(disk, 0, NULL);
	opens(part1, 0, NULL);
	/* And protected, all of it. */
	assert_int_equal(disk->readonly, 1);
	assert_int_equal(part1->readonly, 1);
	assert_int_equal(part2->readonly, 1);
}

static void a_mounted_disk_is_refused_and_so_are_its_partitions(void **state)
{
	(void)state;
	mount_of(disk, "/mnt/super\\040floppy");
	opens(disk, MUN_EBUSY, "is mounted on '/mnt/super floppy'");
	opens(part1, MUN_EBUSY, "the disk of");
	assert_int_equal(disk->opened + part1->opened, 0);
	assert_int_equal(disk->readonly + part1->readonly, 0);
}

static void a_disk_with_a_mounted_partition_is_refused(void **state)
{
	(void)state;
	mount_of(part2, "/media/USB");
	opens(disk, MUN_EBUSY, "partition 'sdb2' of");
	opens(part2, MUN_EBUSY, "is mounted on '/media/USB'");
	assert_int_equal(disk->opened + part2->opened, 0);
	assert_int_equal(disk->readonly + part2->readonly, 0);
}

/* The machine may be running from the partition beside it. */
static void beside_a_mounted_partition_only_the_one_is_protected(void **state)
{
	struct mun_device m = { .fd = -1 };
	struct mun_err e;

	(void)state;
	mount_of(part2, "/");
	assert_int_equal(mun_device_open(part1->path, &m, &e), 0);
	assert_true(m.facts.is_readonly);
	assert_false(m.facts.was_readonly);
	assert_false(m.facts.disk_readonly);
	assert_int_equal(m.facts.partitions, 2);
	assert_int_equal(m.facts.partitions_readonly, 1);
	mun_device_close(&m);
	assert_int_equal(part1->readonly, 1);
	assert_int_equal(part2->readonly, 0);
	assert_int_equal(disk->readonly, 0);
}

/* Of btrfs and of FUSE the number is not that of a device. */
static void a_mount_is_known_by_its_source_too(void **state)
{
	char line[512];

	(void)state;
	(void)snprintf(line, sizeof(line),
		       "40 22 0:55 / /pool rw - btrfs %s rw,space_cache\n",
		       part2->path);
	world_text("proc/self/mountinfo", line);
	opens(disk, MUN_EBUSY, "is mounted on '/pool'");
	/* What only looks like a path of a device is not looked at. */
	world_text("proc/self/mountinfo",
		   "40 22 0:55 / /pool rw - fuse.x /nowhere/sdb2 rw\n"
		   "41 22 0:56 / /net rw - nfs4 host:/sdb rw\n");
	opens(disk, 0, NULL);
}

static void every_member_of_a_mounted_btrfs_is_refused(void **state)
{
	(void)state;
	world_text("sys/fs/btrfs/features/raid56", "1\n");
	world_text("sys/fs/btrfs/2b1c/devices/sdb2", "");
	opens(disk, MUN_EBUSY, "part of the mounted btrfs '2b1c'");
	opens(part2, MUN_EBUSY, "btrfs");
	opens(part1, 0, NULL);
}

static void swap_is_refused(void **state)
{
	char text[512];

	(void)state;
	(void)snprintf(text, sizeof(text),
		       "Filename\tType\tSize\tUsed\tPriority\n"
		       "/swapfile file 1000 0 -2\n"
		       "%s partition\t32764\t0\t-3\n",
		       part1->path);
	world_text("proc/swaps", text);
	opens(disk, MUN_EBUSY, "is swap space");
	opens(part1, MUN_EBUSY, "swapoff");
	opens(part2, 0, NULL);
}

static void each_kind_of_holder_is_named(void **state)
{
	static const struct {
		const char *holder, *uuid, *name, *says;
	} cases[] = {
		{ "md0", NULL, NULL, "held by 'md0' (RAID)" },
		{ "bcache0", NULL, NULL, "held by 'bcache0' (bcache)" },
		{ "dm-0", "LVM-abc\n", "vg0-root\n",
		  "held by 'dm-0' (LVM, vg0-root)" },
		{ "dm-1", "CRYPT-LUKS2-abc\n", "secret\n",
		  "held by 'dm-1' (dm-crypt, secret)" },
		{ "dm-2", "mpath-3600\n", "mpatha\n",
		  "held by 'dm-2' (multipath, mpatha)" },
		{ "dm-3", NULL, NULL, "held by 'dm-3' (device-mapper)" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		char name[64];
		char *path;

		(void)snprintf(name, sizeof(name), "holders/%s",
			       cases[i].holder);
		world_attribute(part2, name, "", 0);
		(void)snprintf(name, sizeof(name), "sys/block/%s/dm/uuid",
			       cases[i].holder);
		if (cases[i].uuid)
			world_text(name, cases[i].uuid);
		(void)snprintf(name, sizeof(name), "sys/block/%s/dm/name",
			       cases[i].holder);
		if (cases[i].name)
			world_text(name, cases[i].name);
		opens(disk, MUN_EBUSY, cases[i].says);
		opens(part2, MUN_EBUSY, cases[i].says);
		(void)snprintf(name, sizeof(name), "holders/%s",
			       cases[i].holder);
		path = mun_test_path(part2->dir, name);
		assert_int_equal(unlink(path), 0);
		free(path);
	}
	opens(disk, 0, NULL);
}

static void what_lies_below_a_loop_device_is_refused(void **state)
{
	char text[512];

	(void)state;
	(void)snprintf(text, sizeof(text), "%s\n", part1->path);
	world_text("sys/block/loop4/loop/backing_file", text);
	opens(disk, MUN_EBUSY, "below the loop device 'loop4'");
	opens(part2, 0, NULL);
	/* A file in a file system, and a file that is gone. */
	world_text("sys/block/loop4/loop/backing_file",
		   "/srv/image (deleted)\n");
	opens(disk, 0, NULL);
}

static void what_another_program_claimed_is_refused(void **state)
{
	(void)state;
	disk->held = true;
	opens(disk, MUN_EBUSY, "in use by another program");
	disk->held = false;
	disk->open_error = ENOMEDIUM;
	opens(disk, MUN_EINVAL, "no medium in");
	disk->open_error = EACCES;
	opens(disk, MUN_EIO, "Permission denied");
}

/* Not known is not free. */
static void lists_that_cannot_be_read_end_it(void **state)
{
	struct mun_err e;

	(void)state;
	world_remove("proc/self/mountinfo");
	assert_int_equal(mun_in_use_refuse(disk->path, 8, 16, &e), MUN_EIO);
	opens(disk, MUN_EIO, "mountinfo");
	assert_int_equal(disk->opened, 0);
	/* A kernel without swap has no list of it. */
	world_text("proc/self/mountinfo", "");
	world_remove("proc/swaps");
	opens(disk, 0, NULL);
}

/* Without sysfs the lists of /proc are there, and the claim at open. */
static void a_device_that_sysfs_does_not_know_is_looked_up_in_proc(void **state)
{
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_in_use_refuse("/dev/x", 200, 1, &e), 0);
	world_text("proc/self/mountinfo",
		   "36 22 200:1 / /mnt/x rw - ext4 /dev/x rw\n");
	assert_int_equal(mun_in_use_refuse("/dev/x", 200, 1, &e), MUN_EBUSY);
}

static void lines_that_are_none_are_passed_over(void **state)
{
	(void)state;
	world_text("proc/self/mountinfo",
		   "\n36\n36 22 x:y / /mnt rw - ext4 /dev/sdb rw\n"
		   "36 22 8:17\n - - -\n36 22 9:1 / /m\\04 rw - ext4\n");
	world_text("proc/swaps", "\n\n \n");
	opens(disk, 0, NULL);
}

/* ---- flags ---- */

static void facts(const struct fake_device *d, struct mun_device_facts *f)
{
	struct mun_device m = { .fd = -1 };
	struct mun_err e;

	assert_int_equal(mun_device_open(d->path, &m, &e), 0);
	*f = m.facts;
	mun_device_close(&m);
}

static void before_and_after_are_recorded(void **state)
{
	struct mun_device_facts f;

	(void)state;
	facts(disk, &f);
	assert_false(f.was_readonly);
	assert_true(f.is_readonly);
	assert_true(f.disk_readonly);
	assert_int_equal(f.partitions, 2);
	assert_int_equal(f.partitions_readonly, 2);
	facts(disk, &f);
	assert_true(f.was_readonly);
	assert_true(f.is_readonly);
}

static void a_flag_that_may_not_be_set_is_no_protection(void **state)
{
	struct mun_device_facts f;

	(void)state;
	disk->deny_readonly = part2->deny_readonly = true;
	facts(disk, &f);
	assert_false(f.was_readonly);
	assert_false(f.is_readonly);
	assert_false(f.disk_readonly);
	assert_int_equal(f.partitions_readonly, 1);
}

static void what_the_kernel_says_counts_and_not_what_was_asked(void **state)
{
	struct mun_device_facts f;

	(void)state;
	disk->ignore_readonly = part1->ignore_readonly = true;
	facts(disk, &f);
	assert_false(f.is_readonly);
	assert_int_equal(f.partitions_readonly, 1);
}

static void a_node_that_is_another_device_is_not_touched(void **state)
{
	struct mun_device_facts f;

	(void)state;
	/* /dev/sdb2 is a leftover with another number. */
	part2->minor = 99;
	facts(disk, &f);
	assert_int_equal(f.partitions, 2);
	assert_int_equal(f.partitions_readonly, 1);
	assert_int_equal(part2->readonly, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_nobody_uses_is_opened),
		T(a_mounted_disk_is_refused_and_so_are_its_partitions),
		T(a_disk_with_a_mounted_partition_is_refused),
		T(beside_a_mounted_partition_only_the_one_is_protected),
		T(a_mount_is_known_by_its_source_too),
		T(every_member_of_a_mounted_btrfs_is_refused),
		T(swap_is_refused),
		T(each_kind_of_holder_is_named),
		T(what_lies_below_a_loop_device_is_refused),
		T(what_another_program_claimed_is_refused),
		T(lists_that_cannot_be_read_end_it),
		T(a_device_that_sysfs_does_not_know_is_looked_up_in_proc),
		T(lines_that_are_none_are_passed_over),
		T(before_and_after_are_recorded),
		T(a_flag_that_may_not_be_set_is_no_protection),
		T(what_the_kernel_says_counts_and_not_what_was_asked),
		T(a_node_that_is_another_device_is_not_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
