/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_block_reader.c - reads that fail, and drives that come back */
#include "medium/block_reader.h"

#include "core/check.h"
#include "tests/medium/device_world.h"
#include "tests/medium/scsi_says.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>

#define BYTES ((uint64_t)1 << 20)
#define SERIAL "WD-WCC4E1234567\n"

static struct {
	struct fake_device *disk;
	struct mun_device m;
	uint8_t *buf;
	struct mun_read_reply reply;
	struct mun_err e;
} t;

static int open_disk(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	world_make();
	t.disk = world_disk("sdb", "pci/ata1/host0/target0:0:0/0:0:0:0", 8, 16,
			    BYTES);
	world_attribute(t.disk, "device/serial", SERIAL, strlen(SERIAL));
	assert_int_equal(posix_memalign((void **)&t.buf, 4096, BYTES), 0);
	assert_int_equal(mun_device_open(t.disk->path, &t.m, &t.e), 0);
	assert_non_null(t.m.reader);
	return 0;
}

static int close_disk(void **state)
{
	(void)state;
	mun_device_close(&t.m);
	free(t.buf);
	world_end();
	return 0;
}

static int read_at(uint64_t off, size_t len)
{
	return t.m.reader->ops->read(t.m.reader, t.buf, len, off, &t.reply,
				     &t.e);
}

static int reopen(void)
{
	return t.m.reader->ops->reopen(t.m.reader, &t.e);
}

static bool is_pattern(uint64_t off, size_t len)
{
	uint8_t *want = malloc(BYTES);
	bool same;

	mun_test_pattern(want, BYTES, 16);
	same = !memcmp(want + off, t.buf, len);
	free(want);
	return same;
}

static void a_read_is_one_request_and_all_of_it(void **state)
{
	unsigned int before = t.disk->reads;

	(void)state;
	assert_int_equal(t.m.reader->bytes, BYTES);
	assert_int_equal(t.m.reader->sector_bytes, 512);
	assert_int_equal(t.m.reader->max_bytes, 1 << 20);
	assert_int_equal(read_at(4096, 65536), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_ALL);
	assert_int_equal(t.reply.sys, 0);
	assert_true(is_pattern(4096, 65536));
	assert_int_equal(t.disk->reads - before, 1);
}

static void errors_of_the_medium_are_failed_and_all_else_is_not(void **state)
{
	static const struct {
		int err;
		int rc;
		enum mun_reply_end end;
	} cases[] = {
		{ EIO, 0, MUN_REPLY_FAILED },
		{ ENODATA, 0, MUN_REPLY_FAILED },
		{ EILSEQ, 0, MUN_REPLY_FAILED },
		{ EREMOTEIO, 0, MUN_REPLY_FAILED },
		{ ETIMEDOUT, 0, MUN_REPLY_FAILED },
		{ ENODEV, 0, MUN_REPLY_GONE },
		{ ENXIO, 0, MUN_REPLY_GONE },
		{ ENOMEDIUM, 0, MUN_REPLY_GONE },
		{ ENOLINK, 0, MUN_REPLY_GONE },
		{ ENOMEM, MUN_ENOMEM, 0 },
		{ EINVAL, MUN_EIO, 0 },
		{ EBADE, MUN_EIO, 0 },
	};

	(void)state;
	t.disk->bad_off = 8192;
	t.disk->bad_bytes = 512;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		t.disk->bad_errno = cases[i].err;
		assert_int_equal(read_at(4096, 8192), cases[i].rc);
		if (cases[i].rc)
			continue;
		assert_int_equal(t.reply.end, cases[i].end);
		assert_int_equal(t.reply.sys, cases[i].err);
		assert_false(t.reply.has_bad_off);
	}
	/* Beside it all is well. */
	assert_int_equal(read_at(4096, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_ALL);
}

/* The same errno, but the device shrank or has another medium in it. */
static void an_error_of_a_device_that_changed_is_about_the_drive(void **state)
{
	(void)state;
	t.disk->bad_off = 0;
	t.disk->bad_bytes = BYTES;
	t.disk->bad_errno = EIO;
	t.disk->disk_seq = 8;
	assert_int_equal(read_at(0, 512), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
	t.disk->disk_seq = 7;
	assert_int_equal(read_at(0, 512), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_FAILED);
	t.disk->bytes = 0;
	assert_int_equal(read_at(0, 512), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
}

static void a_short_read_is_gone_on_with(void **state)
{
	unsigned int before = t.disk->reads;

	(void)state;
	/* Not even whole sectors. */
	t.disk->short_read = 5 * 512 + 100;
	assert_int_equal(read_at(0, 16384), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_ALL);
	assert_true(is_pattern(0, 16384));
	assert_int_equal(t.disk->reads - before, 7);
}

static void after_a_short_read_the_first_missing_sector_is_named(void **state)
{
	(void)state;
	t.disk->short_read = 4096;
	t.disk->bad_off = 8192;
	t.disk->bad_bytes = 512;
	t.disk->bad_errno = EIO;
	assert_int_equal(read_at(4096, 16384), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_FAILED);
	/* Where the file that stands for the device has no O_DIRECT, it is not
	 * known. */
	assert_int_equal(t.reply.has_bad_off,
			 (fcntl(t.m.fd, F_GETFL) & O_DIRECT) != 0);
	assert_int_equal(t.reply.bad_off, 8192);
}

/* Never bytes that are none: a device that ends early gives nothing. */
static void the_end_of_a_device_that_shrank_is_no_data(void **state)
{
	(void)state;
	assert_int_equal(truncate(t.disk->path, 8192), 0);
	t.disk->bytes = 8192;
	assert_int_equal(read_at(4096, 8192), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
	/* Also where the kernel still says the old size. */
	t.disk->bytes = BYTES;
	assert_int_equal(read_at(4096, 8192), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_FAILED);
}

static void interrupted_reads_are_made_again(void **state)
{
	(void)state;
	t.disk->bad_off = 0;
	t.disk->bad_bytes = BYTES;
	t.disk->bad_errno = EINTR;
	t.disk->bad_times = 3;
	assert_int_equal(read_at(0, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_ALL);
}

static void read_ahead_is_off_while_scraping_and_then_as_before(void **state)
{
	const struct mun_reader_ops *ops = t.m.reader->ops;

	(void)state;
	t.disk->read_ahead = 384;
	ops->gently(t.m.reader, true);
	ops->gently(t.m.reader, true);
	assert_int_equal(t.disk->read_ahead, 0);
	ops->gently(t.m.reader, false);
	assert_int_equal(t.disk->read_ahead, 384);
	ops->gently(t.m.reader, false);
	assert_int_equal(t.disk->read_ahead_sets, 2);
	ops->gently(t.m.reader, true);
	assert_int_equal(t.disk->read_ahead, 0);
	/* And when nobody puts it back. */
	mun_device_close(&t.m);
	assert_int_equal(t.disk->read_ahead, 384);
}

static void go_away(void)
{
	t.disk->gone = true;
	assert_int_equal(read_at(0, 512), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
	assert_int_equal(reopen(), MUN_EIO);
	assert_int_equal(reopen(), MUN_EIO);
	/* Until it is back there is nothing to be had. */
	t.disk->gone = false;
	assert_int_equal(read_at(0, 512), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
}

static void a_drive_that_comes_back_is_read_on(void **state)
{
	struct mun_device_facts then = t.m.facts;

	(void)state;
	assert_int_equal(read_at(0, 65536), 0);
	t.m.reader->ops->gently(t.m.reader, true);
	go_away();
	/* As a new device of the kernel: flags are lost, numbers are new. */
	t.disk->readonly = 0;
	t.disk->disk_seq = 9;
	t.disk->read_ahead = 256;
	assert_int_equal(reopen(), 0);
	assert_int_equal(t.disk->readonly, 1);
	assert_int_equal(t.disk->read_ahead, 0);
	assert_int_equal(read_at(65536, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_ALL);
	assert_true(is_pattern(65536, 4096));
	/* What was opened is what is there now, and others see it as well. */
	assert_int_equal(mun_device_same(&t.m, &then, &t.e), 0);
	assert_int_equal(mun_source_pread(t.m.source, t.buf, 100, 7, &t.e), 0);
	assert_true(is_pattern(7, 100));
	/* But not a third one. */
	t.disk->disk_seq = 10;
	assert_int_equal(mun_device_same(&t.m, &then, &t.e), MUN_EINVAL);
}

static void a_drive_is_claimed_anew_when_it_never_was_away(void **state)
{
	(void)state;
	assert_int_equal(t.disk->opened, 1);
	assert_int_equal(reopen(), 0);
	assert_int_equal(t.disk->opened, 2);
	assert_int_equal(read_at(0, 512), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_ALL);
}

static void a_drive_that_comes_back_with_another_name_is_found(void **state)
{
	(void)state;
	assert_int_equal(read_at(0, 65536), 0);
	go_away();
	world_rename(t.disk, "sdc", 32);
	t.disk->disk_seq = 9;
	assert_int_equal(reopen(), 0);
	assert_int_equal(read_at(65536, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_ALL);
	assert_true(is_pattern(65536, 4096));
}

static void another_drive_under_the_old_name_is_not_read(void **state)
{
	struct fake_device *other;

	(void)state;
	assert_int_equal(read_at(0, 65536), 0);
	go_away();
	world_rename(t.disk, "sdc", 32);
	t.disk->gone = true;
	other = world_disk("sdb", "pci/usb2/host3/target3:0:0/3:0:0:0", 8, 16,
			   BYTES);
	world_attribute(other, "device/serial", "OTHER\n", 6);
	assert_int_equal(reopen(), MUN_EIO); /* ours is seen, but not there */
	assert_int_equal(other->reads, 0);
	assert_int_equal(other->readonly, 0);
	/* Ours is back beside it. */
	t.disk->gone = false;
	t.disk->disk_seq = 9;
	assert_int_equal(reopen(), 0);
	assert_int_equal(read_at(65536, 4096), 0);
	assert_true(is_pattern(65536, 4096));
	assert_int_equal(other->reads, 0);
}

static void another_medium_of_the_same_size_is_noticed(void **state)
{
	uint8_t byte;

	(void)state;
	assert_int_equal(read_at(0, 65536), 0);
	byte = (uint8_t)(t.buf[0] ^ 1);
	go_away();
	t.disk->disk_seq = 9;
	world_poke(t.disk, 0, &byte, 1);
	assert_int_equal(reopen(), MUN_EINVAL);
	assert_int_equal(read_at(0, 512), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
}

static void another_size_or_serial_number_is_another_medium(void **state)
{
	(void)state;
	assert_int_equal(read_at(0, 512), 0);
	go_away();
	t.disk->bytes = BYTES / 2;
	assert_int_equal(reopen(), MUN_EINVAL);
	t.disk->bytes = BYTES;
	world_attribute(t.disk, "device/serial", "WD-OTHER\n", 9);
	assert_int_equal(reopen(), MUN_EINVAL);
	world_attribute(t.disk, "device/serial", SERIAL, strlen(SERIAL));
	assert_int_equal(reopen(), 0);
}

static void a_medium_that_cannot_be_known_again_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(read_at(0, 4096), 0);
	go_away();
	t.disk->disk_seq = 9;
	t.disk->bad_off = 0;
	t.disk->bad_bytes = 4096;
	t.disk->bad_errno = EIO;
	assert_int_equal(reopen(), MUN_EIO);
	t.disk->bad_errno = 0;
	assert_int_equal(reopen(), 0);
}

/* Blank sectors are the same on many media: the others are remembered. */
static void blank_sectors_are_weak_witnesses(void **state)
{
	const uint8_t zeros[65536] = { 0 };

	(void)state;
	world_poke(t.disk, 0, zeros, sizeof(zeros));
	for (uint64_t off = 0; off < 65536; off += 4096)
		assert_int_equal(read_at(off, 4096), 0);
	assert_int_equal(read_at(131072, 4096), 0);
	for (uint64_t off = 0; off < 65536; off += 4096)
		assert_int_equal(read_at(off, 4096), 0);
	go_away();
	t.disk->disk_seq = 9;
	world_poke(t.disk, 131072, zeros, 512);
	assert_int_equal(reopen(), MUN_EINVAL);
}

static void what_was_mounted_meanwhile_is_left_alone(void **state)
{
	(void)state;
	go_away();
	world_text("proc/self/mountinfo",
		   "36 22 8:16 / /media/STICK rw - vfat /dev/sdb rw\n");
	assert_int_equal(reopen(), MUN_EIO);
	assert_non_null(strstr(t.e.lines[0].text, "/media/STICK"));
	world_text("proc/self/mountinfo", "");
	assert_int_equal(reopen(), 0);
}

static void a_partition_is_found_again_as_one(void **state)
{
	struct fake_device *part = world_partition(t.disk, 2, BYTES / 2);

	(void)state;
	mun_device_close(&t.m);
	assert_int_equal(mun_device_open(part->path, &t.m, &t.e), 0);
	assert_int_equal(read_at(0, 4096), 0);
	t.disk->gone = part->gone = true;
	assert_int_equal(reopen(), MUN_EIO);
	t.disk->gone = part->gone = false;
	assert_int_equal(reopen(), 0);
	assert_int_equal(t.m.reader->bytes, BYTES / 2);
}

/* Each call that reopening makes fails once: it is away for longer, and never
 * half open. */
static void every_fault_of_reopening_is_only_a_delay(void **state)
{
	int n = 0;

	(void)state;
	assert_int_equal(read_at(0, 4096), 0);
	for (;; n++) {
		int rc;

		t.disk->disk_seq++;
		world_fault(n);
		rc = reopen();
		if (!world_fault_fired())
			break;
		world_fault(-1);
		if (rc) {
			assert_int_equal(rc, MUN_EIO);
			/* The first: the old one was not let go. */
			assert_int_equal(read_at(0, 512), 0);
			assert_int_equal(t.reply.end,
					 n ? MUN_REPLY_GONE : MUN_REPLY_ALL);
		}
		assert_int_equal(reopen(), 0);
		assert_int_equal(read_at(0, 512), 0);
		assert_int_equal(t.reply.end, MUN_REPLY_ALL);
	}
	/* stat, open, fstat, ioctl, pread: each of them several times */
	assert_true(n >= 8);
}

/* A stick that was pulled out of its reader: the kernel has its size still. */
static void a_drive_that_is_not_ready_has_no_bad_sectors(void **state)
{
	const uint8_t other = 0x5a;

	(void)state;
	mun_device_close(&t.m);
	world_attribute(t.disk, "removable", "1\n", 2);
	scsi_reset(BYTES / 512);
	t.disk->scsi = scsi_drive;
	scsi.format_blocks = BYTES / 512;
	assert_int_equal(mun_device_open(t.disk->path, &t.m, &t.e), 0);
	assert_int_equal(read_at(0, 4096), 0);
	t.disk->bad_off = 0;
	t.disk->bad_bytes = BYTES;
	t.disk->bad_errno = EIO;
	assert_int_equal(read_at(0, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_FAILED);
	scsi.ready_key = 2;
	scsi.ready_asc = 0x3a;
	assert_int_equal(read_at(0, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
	/* Another one is in, and the drive has told us, not the kernel. */
	scsi.ready_key = 0;
	scsi.attentions = 1;
	assert_int_equal(read_at(0, 4096), 0);
	assert_int_equal(t.reply.end, MUN_REPLY_GONE);
	t.disk->bad_errno = 0;
	world_poke(t.disk, 0, &other, 1);
	assert_int_equal(reopen(), MUN_EINVAL);
}

#define DISK_TEST(f) cmocka_unit_test_setup_teardown(f, open_disk, close_disk)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DISK_TEST(a_read_is_one_request_and_all_of_it),
		DISK_TEST(errors_of_the_medium_are_failed_and_all_else_is_not),
		DISK_TEST(an_error_of_a_device_that_changed_is_about_the_drive),
		DISK_TEST(a_short_read_is_gone_on_with),
		DISK_TEST(after_a_short_read_the_first_missing_sector_is_named),
		DISK_TEST(the_end_of_a_device_that_shrank_is_no_data),
		DISK_TEST(interrupted_reads_are_made_again),
		DISK_TEST(read_ahead_is_off_while_scraping_and_then_as_before),
		DISK_TEST(a_drive_that_comes_back_is_read_on),
		DISK_TEST(a_drive_is_claimed_anew_when_it_never_was_away),
		DISK_TEST(a_drive_that_comes_back_with_another_name_is_found),
		DISK_TEST(another_drive_under_the_old_name_is_not_read),
		DISK_TEST(another_medium_of_the_same_size_is_noticed),
		DISK_TEST(another_size_or_serial_number_is_another_medium),
		DISK_TEST(a_medium_that_cannot_be_known_again_is_waited_for),
		DISK_TEST(blank_sectors_are_weak_witnesses),
		DISK_TEST(what_was_mounted_meanwhile_is_left_alone),
		DISK_TEST(a_partition_is_found_again_as_one),
		DISK_TEST(a_drive_that_is_not_ready_has_no_bad_sectors),
		DISK_TEST(every_fault_of_reopening_is_only_a_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
