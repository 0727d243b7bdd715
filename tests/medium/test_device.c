/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_device.c - what a drive is, what it hides, what is in it */
#include "medium/device.h"

#include "core/bytes.h"
#include "core/check.h"
#include "tests/medium/device_world.h"
#include "tests/medium/scsi_says.h"
#include "tests/support/support.h"

#include <errno.h>
#include <linux/cdrom.h>
#include <stdio.h>

#define BYTES ((uint64_t)65536)

/* ---- the world ---- */

static int make(void **state)
{
	(void)state;
	world_make();
	scsi_reset(BYTES / 512);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mun_device_provide(NULL);
	world_end();
	return 0;
}

static void text(const struct fake_device *d, const char *name,
		 const char *value)
{
	world_attribute(d, name, value, strlen(value));
}

static void facts_of(const struct fake_device *d, struct mun_device_facts *f)
{
	struct mun_device m = { .fd = -1 };
	struct mun_err e = { 0 };
	char line[1024];

	if (mun_device_open(d->path, &m, &e))
		fail_msg("%s", mun_err_text(&e, line, sizeof(line), 1));
	*f = m.facts;
	mun_device_close(&m);
}

static void refused(const struct fake_device *d, int rc, const char *says)
{
	struct mun_device m = { .fd = -1 };
	struct mun_err e = { 0 };
	char line[1024];

	assert_int_equal(mun_device_open(d->path, &m, &e), rc);
	if (!strstr(mun_err_text(&e, line, sizeof(line), 0), says))
		fail_msg("'%s' does not say '%s'", line, says);
}

/* ---- from sysfs ---- */

static void each_bus_is_told_by_the_way_to_the_disk(void **state)
{
	static const struct {
		const char *name, *way, *bus;
	} cases[] = {
		{ "sda", "pci0000:00/0000:00:1f.2/ata3/host2/2:0:0:0", "ata" },
		{ "sdb", "pci0000:00/usb1/1-2/1-2:1.0/host6/6:0:0:0", "usb" },
		{ "sdc", "pci0000:00/fw1/fw1.0/host7/7:0:0:0", "ieee1394" },
		{ "nvme0n1", "pci0000:00/nvme/nvme0", "nvme" },
		{ "mmcblk0", "platform/mmc_host/mmc0/mmc0:0001", "mmc" },
		{ "vda", "pci0000:00/virtio2", "virtio" },
		{ "loop0", "virtual", "loop" },
		{ "nbd0", "virtual", "nbd" },
		{ "xyz", "platform/nothing", "" },
	};
	unsigned int minor = 0;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct fake_device *d = world_disk(cases[i].name, cases[i].way,
						   240, minor++, 4096);
		struct mun_device_facts f;

		facts_of(d, &f);
		assert_string_equal(f.name, cases[i].name);
		assert_string_equal(f.bus, cases[i].bus);
		assert_int_equal(f.kind, MUN_DEVICE_DISK);
		assert_false(f.removable);
	}
}

static void a_usb_stick_has_the_serial_number_of_its_usb_device(void **state)
{
	struct fake_device *d = world_disk(
		"sdb", "pci/usb1/1-2/1-2:1.0/host6/6:0:0:0", 8, 16, BYTES);
	struct mun_device_facts f;

	(void)state;
	text(d, "device/vendor", "SanDisk \n");
	text(d, "device/model", "Cruzer Blade    \n");
	text(d, "device/rev", "1.27\n");
	text(d, "removable", "1\n");
	world_text("sys/devices/pci/usb1/1-2/idVendor", "0781\n");
	world_text("sys/devices/pci/usb1/1-2/serial", "4C530001\n");
	world_text("sys/devices/pci/usb1/serial", "0000:00:14.0\n");
	facts_of(d, &f);
	assert_string_equal(f.vendor, "SanDisk");
	assert_string_equal(f.model, "Cruzer Blade");
	assert_string_equal(f.revision, "1.27");
	assert_string_equal(f.serial, "4C530001");
	assert_true(f.removable);
	assert_int_equal(f.disk_seq, 7);
	assert_int_equal(f.physical_bytes, 4096);
	assert_string_equal(f.unasked, "");
}

static void pages_that_the_kernel_has_need_no_command(void **state)
{
	const uint8_t pg80[] = { 0, 0x80, 0, 6, 'Z', '1', 'A', 'B', ' ', ' ' };
	const uint8_t pg83[] = { 0,    0x83, 0,    12, 1, 3, 0, 8,
				 0x50, 0,    0xc5, 0,  1, 2, 3, 4 };
	struct fake_device *d =
		world_disk("sda", "pci/host0/0:0:0:0", 8, 0, BYTES);
	struct mun_device_facts f;

	(void)state;
	text(d, "device/type", "0\n");
	world_attribute(d, "device/vpd_pg80", pg80, sizeof(pg80));
	world_attribute(d, "device/vpd_pg83", pg83, sizeof(pg83));
	d->scsi = scsi_drive;
	scsi_say_inquiry(0, false, "SEAGATE ST336607LW      0007");
	facts_of(d, &f);
	assert_string_equal(f.bus, "scsi");
	assert_string_equal(f.serial, "Z1AB");
	assert_string_equal(f.wwid, "naa.5000c50001020304");
	/* What the kernel has not is what the drive says. */
	assert_string_equal(f.vendor, "SEAGATE");
	assert_string_equal(f.revision, "0007");
	assert_int_equal(scsi.vpd, 0);
	/* A SCSI disk is no ATA disk. */
	assert_int_equal(scsi.ata, 0);
}

static void nvme_and_cards_tell_it_in_their_own_files(void **state)
{
	struct fake_device *n =
		world_disk("nvme0n1", "pci/nvme/nvme0", 259, 0, BYTES);
	struct fake_device *c =
		world_disk("mmcblk0", "platform/mmc0/mmc0:1", 179, 0, BYTES);
	struct mun_device_facts f;

	(void)state;
	text(n, "device/model", "Samsung SSD 980\n");
	text(n, "device/firmware_rev", "1B4QFXO7\n");
	text(n, "device/serial", "S64D\n");
	text(n, "device/vendor", "0x144d\n");
	text(n, "wwid", "eui.002538d5\n");
	facts_of(n, &f);
	assert_string_equal(f.model, "Samsung SSD 980");
	assert_string_equal(f.revision, "1B4QFXO7");
	assert_string_equal(f.serial, "S64D");
	assert_string_equal(f.wwid, "eui.002538d5");
	assert_string_equal(f.vendor, "");
	text(c, "device/name", "SD16G\n");
	text(c, "device/serial", "0x1c6a9b2f\n");
	facts_of(c, &f);
	assert_string_equal(f.model, "SD16G");
	assert_string_equal(f.serial, "0x1c6a9b2f");
}

static void what_a_drive_calls_itself_is_escaped(void **state)
{
	struct fake_device *d =
		world_disk("sdb", "pci/usb1/1-2/host6", 8, 16, BYTES);
	struct mun_device_facts f;

	(void)state;
	text(d, "device/model", "Evil\033[31m\xff\n");
	facts_of(d, &f);
	assert_string_equal(f.model, "Evil\\x1b[31m\\xff");
}

/* ---- by commands ---- */

static struct fake_device *ata_disk(const char *way)
{
	struct fake_device *d = world_disk("sda", way, 8, 0, BYTES);

	text(d, "device/type", "0\n");
	text(d, "device/vendor", "ATA     \n");
	text(d, "device/model", "WDC WD1200JB-00C\n");
	d->scsi = scsi_drive;
	scsi_say_ata();
	return d;
}

static void an_ata_disk_tells_itself_and_what_it_hides(void **state)
{
	struct fake_device *d = ata_disk("pci/ata1/host0/0:0:0:0");
	struct mun_device_facts f;

	(void)state;
	facts_of(d, &f);
	assert_string_equal(f.model, "WDC WD1200JB");
	assert_string_equal(f.serial, "WD-INSIDE");
	assert_string_equal(f.revision, "13.03G13");
	assert_string_equal(f.bridge, "");
	assert_int_equal(f.native_sectors, 200);
	assert_int_equal(f.real_sectors, 256);
	assert_int_equal(mun_device_hidden_bytes(&f), 128 * 512);
	assert_int_equal(f.tab, MUN_TAB_WRITABLE);
	assert_string_equal(f.unasked, "");
}

static void a_box_around_the_disk_is_a_bridge(void **state)
{
	struct fake_device *d = ata_disk("pci/usb1/1-2/host0/0:0:0:0");
	struct mun_device_facts f;

	(void)state;
	scsi_say_inquiry(0, false, "JMicron Generic         0508");
	scsi.no_ata16 = true; /* the shorter form does */
	scsi.no_registers = true;
	facts_of(d, &f);
	assert_string_equal(f.bridge, "JMicron Generic 0508");
	assert_string_equal(f.model, "WDC WD1200JB");
	assert_string_equal(f.vendor, "");
	assert_string_equal(f.serial, "WD-INSIDE");
	assert_int_equal(f.native_sectors, 0);
	assert_int_equal(f.real_sectors, 256);
	assert_non_null(strstr(f.unasked, "READ NATIVE MAX ADDRESS"));
	/* Pages are not asked of USB. */
	assert_int_equal(scsi.vpd, 0);
}

static void a_bridge_that_shows_larger_sectors_does_not_hide_any(void **state)
{
	struct fake_device *d = ata_disk("pci/usb1/1-2/host0/0:0:0:0");
	struct mun_device_facts f;

	(void)state;
	d->logical = 4096;
	mun_put_le16(scsi.identify + 166, 0x4000); /* no DCO */
	scsi_sum(scsi.identify);
	scsi.native = 127;
	facts_of(d, &f);
	assert_int_equal(f.native_sectors, 16);
	assert_int_equal(mun_device_hidden_bytes(&f), 0);
}

static void what_is_not_answered_is_noted_and_nothing_else(void **state)
{
	struct fake_device *d = ata_disk("pci/ata1/host0/0:0:0:0");
	struct mun_device_facts f;

	(void)state;
	scsi.ata_errno = EPERM;
	facts_of(d, &f);
	assert_string_equal(f.unasked, "ATA pass-through: needs CAP_SYS_RAWIO");
	assert_string_equal(f.model, "WDC WD1200JB-00C");
	scsi.ata_errno = 0;
	scsi.no_ata = true;
	facts_of(d, &f);
	assert_string_equal(f.unasked, "ATA pass-through: illegal request, no "
				       "such command (5/20/00)");
	scsi.no_ata = false;
	scsi.native = UINT64_MAX;
	scsi.dco[20] ^= 1;
	facts_of(d, &f);
	assert_int_equal(f.native_sectors, 0);
	assert_int_equal(f.real_sectors, 0);
	assert_int_equal(mun_device_hidden_bytes(&f), 0);
	assert_non_null(strstr(f.unasked, "refused by the drive"));
	assert_non_null(strstr(f.unasked, "checksum"));
	/* An identity that is damaged is none. */
	scsi.identify[60] ^= 1;
	facts_of(d, &f);
	assert_string_equal(f.serial, "");
	/* Fewer sectors than it shows: no answer. */
	scsi_say_ata();
	scsi.native = 99;
	facts_of(d, &f);
	assert_int_equal(f.native_sectors, 0);
	assert_non_null(strstr(f.unasked, "no sense in it"));
}

static void of_a_partition_hidden_sectors_are_not_asked(void **state)
{
	struct fake_device *d = ata_disk("pci/ata1/host0/0:0:0:0");
	struct fake_device *p = world_partition(d, 1, BYTES / 2);
	struct mun_device_facts f;

	(void)state;
	p->scsi = scsi_drive;
	facts_of(p, &f);
	assert_int_equal(f.native_sectors, 0);
	assert_int_equal(mun_device_hidden_bytes(&f), 0);
	assert_non_null(strstr(f.unasked, "partition"));
	assert_int_equal(f.bytes, BYTES / 2);
	assert_int_equal(scsi.ata, 0);
}

static void pages_are_asked_where_the_kernel_has_none(void **state)
{
	struct fake_device *d =
		world_disk("sda", "pci/host0/0:0:0:0", 8, 0, BYTES);
	struct mun_device_facts f;

	(void)state;
	text(d, "device/type", "0\n");
	d->scsi = scsi_drive;
	scsi_say_inquiry(0, false, "SEAGATE ST336607LW      0007");
	scsi.has_pages = true;
	memcpy(scsi.vpd80, "\0\x80\0\4ABCD", 8);
	memcpy(scsi.vpd83, "\0\x83\0\14\1\3\0\10\x50\0\xc5\0\1\2\3\4", 16);
	facts_of(d, &f);
	assert_string_equal(f.serial, "ABCD");
	assert_string_equal(f.wwid, "naa.5000c50001020304");
}

static void a_write_protect_switch_is_seen(void **state)
{
	struct fake_device *d =
		world_disk("sdb", "pci/usb1/1-2/host6", 8, 16, BYTES);
	struct mun_device_facts f;

	(void)state;
	text(d, "removable", "1\n");
	d->scsi = scsi_drive;
	scsi_say_inquiry(0, true, "Generic USB SD Reader   1.00");
	scsi.mode = 0x80;
	scsi.attentions = 2;
	facts_of(d, &f);
	assert_int_equal(f.tab, MUN_TAB_PROTECTED);
	scsi.mode6_refused = true;
	scsi.mode = 0;
	facts_of(d, &f);
	assert_int_equal(f.tab, MUN_TAB_WRITABLE);
	/* A card reader is not asked for ATA. */
	assert_int_equal(scsi.ata, 0);
	d->scsi = NULL;
	facts_of(d, &f);
	assert_int_equal(f.tab, MUN_TAB_UNKNOWN);
}

/* ---- capacity ---- */

static struct fake_device *usb_floppy(uint32_t sectors)
{
	struct fake_device *d = world_disk("sdb", "pci/usb1/1-2/host6", 8, 16,
					   (uint64_t)sectors * 512);

	text(d, "removable", "1\n");
	d->scsi = scsi_drive;
	scsi_say_inquiry(0, true, "TEAC    FD-05PUB        3000");
	scsi.blocks = sectors;
	scsi.format_blocks = sectors;
	return d;
}

static void a_floppy_whose_sizes_agree_is_opened(void **state)
{
	struct fake_device *d = usb_floppy(2880);
	struct mun_device_facts f;

	(void)state;
	facts_of(d, &f);
	assert_int_equal(f.bytes, 1474560);
	assert_int_equal(scsi.past_end, 1);
}

/* A blocker that remembers a 720K floppy, and a 1.44M one in the drive. */
static void a_capacity_of_the_medium_before_is_refused(void **state)
{
	struct fake_device *d = usb_floppy(1440);

	(void)state;
	scsi.reads_on = true;
	refused(d, MUN_EINVAL, "has more than the 737280 bytes");
	scsi.reads_on = false;
	scsi.format_blocks = 2880;
	refused(d, MUN_EINVAL, "its format as 1474560");
	assert_int_equal(d->reads, 0);
}

static struct fake_device *stale;

/* The kernel looks again when the device is opened anew. */
static void look_again(struct fake_device *d)
{
	if (d->opened == 1)
		d->bytes = 1474560;
}

static void a_kernel_that_remembers_is_made_to_look_again(void **state)
{
	struct mun_device_facts f;

	(void)state;
	stale = usb_floppy(2880);
	stale->bytes = 737280;
	stale->on_open = look_again;
	facts_of(stale, &f);
	assert_int_equal(f.bytes, 1474560);
	assert_int_equal(stale->opened, 2);
}

static void a_kernel_and_a_drive_that_disagree_are_refused(void **state)
{
	struct fake_device *d = usb_floppy(2880);

	(void)state;
	d->bytes = 737280;
	refused(d, MUN_EINVAL, "the system takes the medium for 737280");
	d->bytes = 2949120;
	refused(d, MUN_EINVAL, "the drive says 1474560");
}

static void an_empty_drive_is_said_to_be_empty(void **state)
{
	struct fake_device *d = usb_floppy(2880);

	(void)state;
	d->bytes = 0;
	refused(d, MUN_EINVAL, "no medium in");
}

static void sizes_that_cannot_be_are_refused(void **state)
{
	struct fake_device *d = world_disk("sdb", "pci/usb1/1-2", 8, 16, BYTES);

	(void)state;
	d->size_error = EIO;
	refused(d, MUN_EIO, "size of");
	d->size_error = 0;
	d->bytes = BYTES + 100;
	refused(d, MUN_EIO, "no whole sectors");
	d->bytes = BYTES;
	d->logical = 0;
	refused(d, MUN_EIO, "sector size");
	d->logical = 512;
	d->bytes = 0;
	refused(d, MUN_EINVAL, "is empty");
}

/* ---- what is in it, and out with it ---- */

static enum mun_drive_state poll_of(const char *path)
{
	enum mun_drive_state state = MUN_DRIVE_BUSY;
	struct mun_err e;

	assert_int_equal(mun_device_poll(path, &state, &e), 0);
	return state;
}

static void a_disc_drive_says_what_its_tray_is(void **state)
{
	struct fake_device *d =
		world_disk("sr0", "pci/ata2/host1/1:0:0:0", 11, 0, 4096);

	(void)state;
	d->tray = CDS_NO_DISC;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_EMPTY);
	d->tray = CDS_TRAY_OPEN;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_EMPTY);
	d->tray = CDS_DRIVE_NOT_READY;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_BUSY);
	d->tray = CDS_DISC_OK;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_READY);
	/* One that does not know is asked by a command. */
	d->tray = 0;
	d->scsi = scsi_drive;
	scsi.ready_key = 2;
	scsi.ready_asc = 0x3a;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_EMPTY);
}

static void a_removable_disk_says_whether_it_is_ready(void **state)
{
	struct fake_device *d = usb_floppy(2880);

	(void)state;
	scsi.attentions = 2;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_READY);
	scsi.ready_key = 2;
	scsi.ready_asc = 0x04;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_BUSY);
	scsi.ready_asc = 0x3a;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_EMPTY);
	/* Without commands: by its size, or by what opening it says. */
	d->scsi = NULL;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_READY);
	d->bytes = 0;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_EMPTY);
	d->open_error = ENOMEDIUM;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_EMPTY);
	assert_int_equal(d->opened, 0);
}

static void a_floppy_drive_is_empty_when_it_cannot_be_opened(void **state)
{
	struct fake_device *d =
		world_disk("fd0", "platform/floppy.0", 2, 0, 4096);

	(void)state;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_READY);
	d->open_error = ENXIO;
	assert_int_equal(poll_of(d->path), MUN_DRIVE_EMPTY);
}

static void a_drive_that_is_not_there_is_no_empty_drive(void **state)
{
	enum mun_drive_state what;
	struct fake_device *d = usb_floppy(2880);
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_device_poll("/dev/there/is/none", &what, &e),
			 MUN_ENOENT);
	d->open_error = EBUSY;
	assert_int_equal(mun_device_poll(d->path, &what, &e), MUN_EBUSY);
	d->open_error = EACCES;
	assert_int_equal(mun_device_poll(d->path, &what, &e), MUN_EIO);
	assert_int_equal(mun_device_poll("/", &what, &e), MUN_EINVAL);
}

static void a_medium_is_let_out_where_the_drive_can(void **state)
{
	struct fake_device *d = usb_floppy(2880);
	struct mun_device m;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_device_open(d->path, &m, &e), 0);
	assert_int_equal(mun_device_eject(&m, &e), 0);
	assert_int_equal(scsi.ejects, 1);
	assert_int_equal(scsi.unlocks, 1);
	scsi.eject_refused = true;
	assert_int_equal(mun_device_eject(&m, &e), MUN_EUNSUPPORTED);
	mun_device_close(&m);
	/* A disk that does not come out. */
	text(d, "removable", "0\n");
	scsi_say_inquiry(0, false, "TEAC    FD-05PUB        3000");
	assert_int_equal(mun_device_open(d->path, &m, &e), 0);
	assert_int_equal(mun_device_eject(&m, &e), MUN_EUNSUPPORTED);
	assert_int_equal(scsi.ejects, 2);
	mun_device_close(&m);
}

/* ---- others ---- */

static int provided_rc;

static int provide(const char *path, struct mun_device *out, struct mun_err *e)
{
	if (strcmp(path, "test:drive"))
		return MUN_ENOENT;
	if (provided_rc)
		return mun_fail(e, provided_rc, "as the test wants it");
	out->facts.is_device = true;
	out->facts.bytes = 4096;
	return 0;
}

static void a_test_puts_a_drive_of_its_own_in_the_place_of_a_path(void **state)
{
	struct fake_device *d = usb_floppy(2880);
	struct mun_device_facts then;
	struct mun_device m;
	struct mun_err e;

	(void)state;
	mun_device_provide(provide);
	provided_rc = 0;
	assert_int_equal(mun_device_open("test:drive", &m, &e), 0);
	then = m.facts;
	assert_int_equal(mun_device_same(&m, &then, &e), 0);
	assert_true(mun_device_is_bad_sector(&m, EIO));
	assert_false(mun_device_is_bad_sector(&m, ENODEV));
	then.bytes = 8192;
	assert_int_equal(mun_device_same(&m, &then, &e), MUN_EINVAL);
	mun_device_close(&m);
	assert_int_equal(poll_of("test:drive"), MUN_DRIVE_READY);
	provided_rc = MUN_EINVAL;
	assert_int_equal(poll_of("test:drive"), MUN_DRIVE_EMPTY);
	provided_rc = MUN_EBUSY;
	assert_int_equal(poll_of("test:drive"), MUN_DRIVE_BUSY);
	/* All other paths are those of the system. */
	assert_int_equal(mun_device_open(d->path, &m, &e), 0);
	mun_device_close(&m);
}

static void another_medium_in_the_drive_is_noticed(void **state)
{
	struct fake_device *d = usb_floppy(2880);
	struct mun_device_facts then;
	struct mun_device m;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_device_open(d->path, &m, &e), 0);
	then = m.facts;
	assert_int_equal(mun_device_same(&m, &then, &e), 0);
	d->disk_seq++;
	assert_int_equal(mun_device_same(&m, &then, &e), MUN_EINVAL);
	d->disk_seq--;
	d->bytes = 737280;
	assert_int_equal(mun_device_same(&m, &then, &e), MUN_EINVAL);
	d->bytes = 0;
	assert_int_equal(mun_device_same(&m, &then, &e), MUN_EIO);
	mun_device_close(&m);
}

/* Each call that opening makes fails once: it is an error or a note, and never
 * a device of another size. */
static void every_fault_of_opening_is_told_or_noted(void **state)
{
	struct fake_device *d = ata_disk("pci/ata1/host0/0:0:0:0");
	bool fired = true;
	int opened = 0;
	int n = 0;

	(void)state;
	for (; fired; n++) {
		struct mun_device m = { .fd = -1 };
		struct mun_err e;
		int rc;

		d->readonly = 0;
		world_fault(n);
		rc = mun_device_open(d->path, &m, &e);
		fired = world_fault_fired();
		world_fault(-1);
		if (rc) {
			assert_true(fired);
			continue;
		}
		opened++;
		assert_int_equal(m.facts.bytes, BYTES);
		assert_int_equal(m.reader->bytes, BYTES);
		/* What the flag is said to be it is. */
		assert_true(d->readonly || !m.facts.is_readonly);
		mun_device_close(&m);
	}
	/* Some faults end it, some are notes, and the last run had none. */
	assert_true(opened > 1 && opened < n);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_bus_is_told_by_the_way_to_the_disk),
		T(a_usb_stick_has_the_serial_number_of_its_usb_device),
		T(pages_that_the_kernel_has_need_no_command),
		T(nvme_and_cards_tell_it_in_their_own_files),
		T(what_a_drive_calls_itself_is_escaped),
		T(an_ata_disk_tells_itself_and_what_it_hides),
		T(a_box_around_the_disk_is_a_bridge),
		T(a_bridge_that_shows_larger_sectors_does_not_hide_any),
		T(what_is_not_answered_is_noted_and_nothing_else),
		T(of_a_partition_hidden_sectors_are_not_asked),
		T(pages_are_asked_where_the_kernel_has_none),
		T(a_write_protect_switch_is_seen),
		T(a_floppy_whose_sizes_agree_is_opened),
		T(a_capacity_of_the_medium_before_is_refused),
		T(a_kernel_that_remembers_is_made_to_look_again),
		T(a_kernel_and_a_drive_that_disagree_are_refused),
		T(an_empty_drive_is_said_to_be_empty),
		T(sizes_that_cannot_be_are_refused),
		T(a_disc_drive_says_what_its_tray_is),
		T(a_removable_disk_says_whether_it_is_ready),
		T(a_floppy_drive_is_empty_when_it_cannot_be_opened),
		T(a_drive_that_is_not_there_is_no_empty_drive),
		T(a_medium_is_let_out_where_the_drive_can),
		T(a_test_puts_a_drive_of_its_own_in_the_place_of_a_path),
		T(another_medium_in_the_drive_is_noticed),
		T(every_fault_of_opening_is_told_or_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
