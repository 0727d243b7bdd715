/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_target_machines.c - 86Box and virtual machines */
#include "core/check.h"
#include "emulate-export/target_86box.h"
#include "emulate-export/target_hyperv.h"
#include "emulate-export/target_qemu_ppc.h"
#include "emulate-export/target_virtualbox.h"
#include "emulate-export/target_vmware.h"
#include "tests/emulate-export/target_case.h"

#define YES MUN_BOOTS_YES
#define NO MUN_BOOTS_NO

static const struct mun_case_item hd_floppy =
	MUN_CASE_FLOPPY(1440, 80, 2, 18, YES);
static const struct mun_case_item dd_floppy =
	MUN_CASE_FLOPPY(360, 40, 2, 9, YES);
static const struct mun_case_item disc = MUN_CASE_DISC;
static const struct mun_case_item mixed = MUN_CASE_MIXED;
static const struct mun_case_item disk = MUN_CASE_DISK(520, "fat16", YES);

static struct mun_case_item on(struct mun_case_item i, enum mun_platform p)
{
	i.platform = p;
	return i;
}

static void has(const struct mun_case *c, const char *path, const char *text)
{
	if (!strstr(mun_case_text(c, path), text))
		fail_msg("no '%s' in %s: %s", text, path,
			 mun_case_text(c, path));
}

static void an_86box_is_of_the_period(void **state)
{
	const struct {
		struct mun_case_item item;
		const char *machine;
		const char *drive;
	} cases[] = {
		{ dd_floppy, "machine = ibmxt86\n", "fdd_01_type = 525_2dd\n" },
		{ hd_floppy, "machine = 486sp3c\n", "fdd_01_type = 35_2hd\n" },
		{ on(hd_floppy, MUN_PLATFORM_PC_WIN9X), "machine = p55t2p4\n",
		  "fdd_01_type = 35_2hd\n" },
		{ MUN_CASE_FLOPPY(1200, 80, 2, 15, NO), "machine = 486sp3c\n",
		  "fdd_01_type = 525_2hd\n" },
		{ MUN_CASE_FLOPPY(720, 80, 2, 9, NO), "machine = 486sp3c\n",
		  "fdd_01_type = 35_2dd\n" },
		{ MUN_CASE_FLOPPY(2880, 80, 2, 36, NO), "machine = 486sp3c\n",
		  "fdd_01_type = 35_2ed\n" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_case *c = mun_case_new(&cases[i].item, 1);

		assert_int_equal(mun_case_make(c, &mun_target_86box), 0);
		has(c, "config/86box.cfg", cases[i].machine);
		has(c, "config/86box.cfg", cases[i].drive);
		has(c, "config/86box.cfg",
		    "fdd_01_fn = media/floppy.img\n"
		    "fdd_01_writeprot = 1\n");
		assert_non_null(strstr(c->plan.needs, "ROM"));
		mun_case_free(c);
	}
}

static void an_86box_has_disks_by_geometry(void **state)
{
	const struct mun_case_item set[] = { disk, disk, disc, mixed };
	struct mun_case *c = mun_case_new(set, 4);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_86box), 0);
	has(c, "config/86box.cfg",
	    "hdd_01_parameters = 63, 16, 520, 0, ide\n"
	    "hdd_01_ide_channel = 0:0\n"
	    "hdd_01_fn = media/disk1.img\n"
	    "hdd_02_parameters = 63, 16, 520, 0, ide\n"
	    "hdd_02_ide_channel = 0:1\n");
	has(c, "config/86box.cfg",
	    "cdrom_01_ide_channel = 1:0\n"
	    "cdrom_01_image_path = media/disc1.iso\n");
	has(c, "config/86box.cfg", "cdrom_02_image_path = media/disc2.cue\n");
	has(c, "run",
	    "for file in config/86box.cfg media/disk1.img "
	    "media/disk2.img; do");
	mun_case_free(c);
}

/* Bit cells are given as they are kept. */
static void an_86box_reads_bit_cells(void **state)
{
	const struct mun_case_item item = { .medium = MUN_MEDIUM_FLOPPY,
					    .bytes = 2188980,
					    .format = "86f",
					    .kept = true,
					    .platform = MUN_PLATFORM_PC };
	struct mun_case *c = mun_case_new(&item, 1);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_86box), 0);
	assert_string_equal(c->plan.media[0].formats, "86f");
	assert_int_equal(mun_case_make(c, &mun_target_vmware),
			 MUN_EUNSUPPORTED);
	mun_case_free(c);
}

static void a_virtualbox_has_immutable_disks(void **state)
{
	const struct mun_case_item set[] = { disk, disk,      disk,
					     disc, hd_floppy, dd_floppy };
	struct mun_case *c = mun_case_new(set, 6);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_virtualbox), 0);
	assert_string_equal(c->plan.media[0].formats, "vdi vmdk vhd");
	has(c, "run",
	    "--port 0 --device 0 --type hdd --medium "
	    "\"$here/media/disk1.vdi\" --mtype immutable\n");
	has(c, "run",
	    "--port 1 --device 1 --type hdd --medium "
	    "\"$here/media/disk3.vdi\" --mtype immutable\n");
	has(c, "run",
	    "--port 1 --device 0 --type dvddrive --medium "
	    "\"$here/media/disc.iso\"\n");
	has(c, "run",
	    "--port 0 --device 1 --type fdd --medium "
	    "\"$session/media/floppy2.img\"\n");
	has(c, "run", "createvm --name \"$name\" --ostype DOS ");
	has(c, "run", "--memory 16 --boot1 disk --boot2 none");
	has(c, "run.bat", "\"%here%\\media\\disk1.vdi\" --mtype immutable\r\n");
	/* It would delete the disks of the package with the machine. */
	assert_null(strstr(mun_case_text(c, "run"), "--delete"));
	assert_null(strstr(mun_case_text(c, "run.bat"), "--delete"));
	mun_case_free(c);
}

static void a_vmware_has_nonpersistent_disks(void **state)
{
	const struct mun_case_item set[] = { disc, disk, hd_floppy };
	struct mun_case *c = mun_case_new(set, 3);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_vmware), 0);
	assert_string_equal(c->plan.media[1].options,
			    "subformat=monolithicSparse adapter=ide");
	has(c, "config/machine.vmx",
	    "ide0:0.present = \"TRUE\"\n"
	    "ide0:0.fileName = \"media/disk.vmdk\"\n"
	    "ide0:0.mode = \"independent-nonpersistent\"\n");
	has(c, "config/machine.vmx", "ide1:0.deviceType = \"cdrom-image\"\n");
	has(c, "config/machine.vmx", "bios.bootOrder = \"cdrom,hdd,floppy\"\n");
	has(c, "config/machine.vmx", "ethernet0.present = \"FALSE\"\n");
	has(c, "config/machine.vmx",
	    "floppy0.fileName = \"media/floppy.flp\"\n");
	has(c, "run", "for file in config/machine.vmx media/floppy.flp; do");
	mun_case_free(c);
}

static void a_hyperv_has_layers(void **state)
{
	const struct mun_case_item set[] = { disk, disc, hd_floppy };
	struct mun_case *c = mun_case_new(set, 3);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_hyperv), 0);
	assert_string_equal(c->plan.media[0].options, "type=dynamic");
	assert_string_equal(c->plan.media[2].name, "floppy.vfd");
	has(c, "config/hyperv.ps1",
	    "-Generation 1 -NoVHD "
	    "-MemoryStartupBytes 32MB");
	has(c, "config/hyperv.ps1", "-Path (New-Layer 'disk.vhd')\n");
	has(c, "config/hyperv.ps1",
	    "Set-VMFloppyDiskDrive -VM $vm -Path (Copy-Floppy "
	    "'floppy.vfd')\n");
	has(c, "run", "Hyper-V");
	mun_case_free(c);
}

static void a_power_macintosh_takes_its_own_disks(void **state)
{
	struct mun_case_item mac = { .medium = MUN_MEDIUM_DISK,
				     .bytes = 104857600,
				     .sector_bytes = 512,
				     .tracks = 1,
				     .table = "apm",
				     .fs = "hfs",
				     .platform = MUN_PLATFORM_MAC_PPC,
				     .boots = YES };
	struct mun_case *c = mun_case_new(&mac, 1);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_qemu_ppc), 0);
	has(c, "run", "-M mac99,via=pmu -m 512 -nic none -boot c ");
	has(c, "run",
	    "media=disk,snapshot=on,format=qcow2,"
	    "file=media/disk.qcow2");
	assert_true(c->plan.boots);
	mun_case_free(c);
	mac.table = "mbr";
	c = mun_case_new(&mac, 1);
	assert_int_equal(mun_case_make(c, &mun_target_qemu_ppc),
			 MUN_EUNSUPPORTED);
	mun_case_free(c);
	mac.table = NULL;
	c = mun_case_new(&mac, 1);
	assert_int_equal(mun_case_make(c, &mun_target_qemu_ppc),
			 MUN_EUNSUPPORTED);
	mun_case_free(c);
}

static void a_virtual_machine_is_too_fast_for_dos(void **state)
{
	const struct mun_case_item nt = on(disk, MUN_PLATFORM_PC_NT);
	struct mun_case *c = mun_case_new(&disk, 1);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_virtualbox), 0);
	assert_int_equal(c->plan.suit, MUN_SUIT_FAIR);
	mun_case_free(c);
	c = mun_case_new(&nt, 1);
	assert_int_equal(mun_case_make(c, &mun_target_vmware), 0);
	assert_int_equal(c->plan.suit, MUN_SUIT_GOOD);
	mun_case_free(c);
}

/* A disk that is not whole sectors has no place in a virtual disk. */
static void virtual_disks_have_whole_sectors(void **state)
{
	struct mun_case_item odd = disk;
	struct mun_case *c;

	(void)state;
	odd.bytes++;
	c = mun_case_new(&odd, 1);
	assert_int_equal(mun_case_make(c, &mun_target_virtualbox),
			 MUN_EUNSUPPORTED);
	assert_int_equal(mun_case_make(c, &mun_target_vmware),
			 MUN_EUNSUPPORTED);
	assert_int_equal(mun_case_make(c, &mun_target_hyperv),
			 MUN_EUNSUPPORTED);
	mun_case_free(c);
}

/* What the user puts in is written to: a copy, and where it is is told. */
static void floppies_that_wait_are_copies(void **state)
{
	const struct mun_case_item set[] = { hd_floppy, hd_floppy, hd_floppy };
	struct mun_case *c = mun_case_new(set, 3);

	(void)state;
	assert_int_equal(mun_case_make(c, &mun_target_hyperv), 0);
	has(c, "config/hyperv.ps1",
	    "(Copy-Floppy 'floppy1.vfd')\n"
	    "    Copy-Floppy 'floppy2.vfd' | Out-Null\n"
	    "    Copy-Floppy 'floppy3.vfd' | Out-Null\n"
	    "    Write-Host \"The other floppies: $session\"\n");
	assert_non_null(strstr(c->plan.notes[1], "copies"));
	assert_int_equal(mun_case_make(c, &mun_target_virtualbox), 0);
	has(c, "run", "\"$session/media\" >&2\n\"$program\" startvm");
	has(c, "run.bat", "set session\r\n\"%program%\" startvm");
	assert_int_equal(mun_case_make(c, &mun_target_vmware), 0);
	has(c, "run", "\"$session/media\" >&2\n\"$program\" machine.vmx");
	has(c, "run.bat", "set session\r\n\"%program%\" \"%session%\\");
	assert_int_equal(mun_case_make(c, &mun_target_86box), 0);
	has(c, "run", "for file in config/86box.cfg media/floppy3.img; do\n");
	mun_case_free(c);
	c = mun_case_new(set, 2);
	assert_int_equal(mun_case_make(c, &mun_target_virtualbox), 0);
	assert_null(strstr(mun_case_text(c, "run"), "other floppies"));
	mun_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floppies_that_wait_are_copies),
		cmocka_unit_test(an_86box_is_of_the_period),
		cmocka_unit_test(an_86box_has_disks_by_geometry),
		cmocka_unit_test(an_86box_reads_bit_cells),
		cmocka_unit_test(a_virtualbox_has_immutable_disks),
		cmocka_unit_test(a_vmware_has_nonpersistent_disks),
		cmocka_unit_test(a_hyperv_has_layers),
		cmocka_unit_test(a_power_macintosh_takes_its_own_disks),
		cmocka_unit_test(a_virtual_machine_is_too_fast_for_dos),
		cmocka_unit_test(virtual_disks_have_whole_sectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
