/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_device.c - what a drive is, what it hides, what is in it */
#include "medium/device.h"

#include "core/bytes.h"
#include "core/check.h"
#include "tests/medium/device_world.h"
#include "tests/support/support.h"

#include <errno.h>
#include <linux/cdrom.h>
#include <stdio.h>

#define BYTES ((uint64_t)65536)

/* ---- a drive that takes commands ---- */

static struct {
	uint8_t inquiry[36];
	uint8_t vpd80[32], vpd83[32];
	bool has_pages;
	uint32_t blocks; /* READ CAPACITY */
	uint32_t format_blocks; /* READ FORMAT CAPACITIES; 0: refused */
	bool reads_on; /* READ (10) past the end succeeds */
	bool mode6_refused;
	uint8_t mode; /* device-specific byte */
	uint8_t identify[512], dco[512];
	int ata_errno; /* of SG_IO with ATA PASS-THROUGH */
	bool no_ata16; /* ATA PASS-THROUGH (16): no such command */
	bool no_ata; /* neither */
	bool no_registers;
	uint64_t native; /* last address; UINT64_MAX: aborted */
	uint8_t ready_key, ready_asc; /* TEST UNIT READY */
	unsigned int attentions; /* to tell first */
	unsigned int ejects, unlocks, past_end, ata, vpd, commands;
	bool eject_refused;
} scsi;

static int check(struct sg_io_hdr *h, uint8_t key, uint8_t asc)
{
	h->status = 2;
	h->driver_status = 8;
	h->sb_len_wr = 18;
	memset(h->sbp, 0, 18);
	h->sbp[0] = 0x70;
	h->sbp[2] = key;
	h->sbp[7] = 10;
	h->sbp[12] = asc;
	return 0;
}

static int give(struct sg_io_hdr *h, const void *data, size_t len)
{
	size_t n = MUN_MIN(len, (size_t)h->dxfer_len);

	memcpy(h->dxferp, data, n);
	h->resid = (int)(h->dxfer_len - n);
	return 0;
}

static int inquiry(struct sg_io_hdr *h)
{
	const uint8_t list[] = { 0, 0, 0, 3, 0, 0x80, 0x83 };

	if (!(h->cmdp[1] & 1))
		return give(h, scsi.inquiry, sizeof(scsi.inquiry));
	scsi.vpd++;
	if (!scsi.has_pages)
		return check(h, 5, 0x24);
	if (h->cmdp[2] == 0x80)
		return give(h, scsi.vpd80, sizeof(scsi.vpd80));
	if (h->cmdp[2] == 0x83)
		return give(h, scsi.vpd83, sizeof(scsi.vpd83));
	return give(h, list, sizeof(list));
}

static int capacity(struct sg_io_hdr *h)
{
	uint8_t p[8];

	mun_put_be32(p, scsi.blocks - 1);
	mun_put_be32(p + 4, 512);
	return give(h, p, sizeof(p));
}

static int format(struct sg_io_hdr *h)
{
	uint8_t p[12] = { 0, 0, 0, 8, [8] = 2, 0, 2, 0 };

	if (!scsi.format_blocks)
		return check(h, 5, 0x20);
	mun_put_be32(p + 4, scsi.format_blocks);
	return give(h, p, sizeof(p));
}

static int mode_sense(struct sg_io_hdr *h)
{
	const uint8_t six[4] = { 3, 0, scsi.mode, 0 };
	const uint8_t ten[8] = { 0, 6, 0, scsi.mode };

	if (h->cmdp[0] == 0x5a)
		return give(h, ten, sizeof(ten));
	return scsi.mode6_refused ? check(h, 5, 0x20)
				  : give(h, six, sizeof(six));
}

static int registers(struct sg_io_hdr *h)
{
	uint64_t lba = scsi.native;
	uint8_t *p = h->sbp;

	if (scsi.no_registers)
		return 0;
	(void)check(h, 1, 0);
	memset(p, 0, 22);
	p[0] = 0x72;
	p[1] = 1;
	p[3] = 0x1d;
	p[7] = 14;
	p[8] = 9;
	p[9] = 12;
	p[21] = lba == UINT64_MAX ? 0x51 : 0x50;
	p[15] = (uint8_t)lba;
	p[17] = (uint8_t)(lba >> 8);
	p[19] = (uint8_t)(lba >> 16);
	p[14] = (uint8_t)(lba >> 24);
	h->sb_len_wr = 22;
	return 0;
}

static int ata(struct sg_io_hdr *h)
{
	uint8_t command = h->cmdp[h->cmdp[0] == 0x85 ? 14 : 9];

	scsi.ata++;
	if (scsi.ata_errno) {
		errno = scsi.ata_errno;
		return -1;
	}
	if (scsi.no_ata || (scsi.no_ata16 && h->cmdp[0] == 0x85))
		return check(h, 5, 0x20);
	if (command == 0xec)
		return give(h, scsi.identify, 512);
	if (command == 0xb1)
		return give(h, scsi.dco, 512);
	return registers(h);
}

static int drive(struct fake_device *d, struct sg_io_hdr *h)
{
	(void)d;
	scsi.commands++;
	assert_true(h->dxfer_direction == SG_DXFER_NONE ||
		    h->dxfer_direction == SG_DXFER_FROM_DEV);
	if (scsi.attentions && h->cmdp[0] != 0x12) {
		scsi.attentions--;
		return check(h, 6, 0x28);
	}
	switch (h->cmdp[0]) {
	case 0x00:
		return scsi.ready_key ? check(h, scsi.ready_key, scsi.ready_asc)
				      : 0;
	case 0x12:
		return inquiry(h);
	case 0x1a:
	case 0x5a:
		return mode_sense(h);
	case 0x1b:
		scsi.ejects++;
		return scsi.eject_refused ? check(h, 5, 0x24) : 0;
	case 0x1e:
		scsi.unlocks++;
		return 0;
	case 0x23:
		return format(h);
	case 0x25:
		return capacity(h);
	case 0x28:
		scsi.past_end++;
		return scsi.reads_on ? 0 : check(h, 5, 0x21);
	case 0x85:
	case 0xa1:
		return ata(h);
	default:
		return check(h, 5, 0x20);
	}
}

static void say_inquiry(uint8_t type, bool removable, const char *texts)
{
	memset(scsi.inquiry, 0, sizeof(scsi.inquiry));
	scsi.inquiry[0] = type;
	scsi.inquiry[1] = removable ? 0x80 : 0;
	scsi.inquiry[2] = 5;
	scsi.inquiry[4] = 31;
	memcpy(scsi.inquiry + 8, texts, 28);
}

static void put_text(uint8_t *p, size_t words, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < 2 * words; i++)
		p[i ^ 1] = (uint8_t)(i < len ? text[i] : ' ');
}

static void sum(uint8_t *p)
{
	uint8_t s = 0xa5;

	for (size_t i = 0; i < 510; i++)
		s = (uint8_t)(s + p[i]);
	p[510] = 0xa5;
	p[511] = (uint8_t)(0 - s);
}

/* 128 sectors are shown, 200 are there, 256 were made. */
static void say_ata(void)
{
	uint8_t *p = scsi.identify;

	memset(p, 0, 512);
	put_text(p + 20, 10, "WD-INSIDE");
	put_text(p + 46, 4, "13.03G13");
	put_text(p + 54, 20, "WDC WD1200JB");
	mun_put_le32(p + 120, 128);
	mun_put_le16(p + 164, 0x0400);
	mun_put_le16(p + 166, 0x4800);
	sum(p);
	scsi.native = 199;
	memset(scsi.dco, 0, 512);
	mun_put_le64(scsi.dco + 6, 255);
	sum(scsi.dco);
}

/* ---- the world ---- */

static int make(void **state)
{
	(void)state;
	memset(&scsi, 0, sizeof(scsi));
	world_make();
	scsi.blocks = BYTES / 512;
	say_inquiry(0, false, "ATA     WDC WD1200JB-00C13.0");
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
	d->scsi = drive;
	say_inquiry(0, false, "SEAGATE ST336607LW      0007");
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
	d->scsi = drive;
	say_ata();
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
	say_inquiry(0, false, "JMicron Generic         0508");
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
	sum(scsi.identify);
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
	say_ata();
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
	p->scsi = drive;
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
	d->scsi = drive;
	say_inquiry(0, false, "SEAGATE ST336607LW      0007");
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
	d->scsi = drive;
	say_inquiry(0, true, "Generic USB SD Reader   1.00");
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
	d->scsi = drive;
	say_inquiry(0, true, "TEAC    FD-05PUB        3000");
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
	d->scsi = drive;
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
	say_inquiry(0, false, "TEAC    FD-05PUB        3000");
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
	struct mun_err e;
	int opened = 0;
	int n = 0;

	(void)state;
	for (;; n++) {
		struct mun_device m = { .fd = -1 };
		int rc;

		d->readonly = 0;
		world_fault(n);
		rc = mun_device_open(d->path, &m, &e);
		if (!world_fault_fired())
			break;
		world_fault(-1);
		if (rc)
			continue;
		opened++;
		assert_int_equal(m.facts.bytes, BYTES);
		assert_int_equal(m.reader->bytes, BYTES);
		/* What the flag is said to be it is. */
		assert_true(d->readonly || !m.facts.is_readonly);
		mun_device_close(&m);
	}
	assert_true(opened > 0 && opened < n);
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
