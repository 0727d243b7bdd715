/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_device_disc.c - a drive of discs, by its node and SG_IO */
#include "core/check.h"
#include "medium/device.h"
#include "medium/optical.h"
#include "medium/view.h"
#include "tests/medium/device_world.h"
#include "tests/medium/optical_box.h"
#include "tests/support/support.h"

#include <errno.h>
#include <linux/cdrom.h>

static struct mun_soft_drive *soft;
static struct fake_device *node;
static bool vanished;

/* What the kernel does: the command to the drive, its answer into the head. */
static int carry(struct fake_device *d, struct sg_io_hdr *h)
{
	struct mun_scsi_cmd cmd = {
		.cdb_len = h->cmd_len,
		.data = h->dxferp,
		.data_len = h->dxfer_len,
		.timeout_ms = h->timeout,
	};
	struct mun_err e;

	(void)d;
	if (vanished) {
		errno = ENODEV;
		return -1;
	}
	memcpy(cmd.cdb, h->cmdp, h->cmd_len);
	assert_int_equal(soft->transport.ops->run(&soft->transport, &cmd, &e),
			 0);
	h->status = cmd.end == MUN_SCSI_CHECK ? 2 : 0;
	h->host_status = cmd.end == MUN_SCSI_TIMEOUT ? 3
			 : cmd.end == MUN_SCSI_GONE  ? 1
						     : 0;
	h->sb_len_wr = cmd.sense_len;
	memcpy(h->sbp, cmd.sense, cmd.sense_len);
	h->resid = (int)(h->dxfer_len - cmd.got);
	return 0;
}

static int make(void **state)
{
	(void)state;
	world_make();
	vanished = false;
	node = world_disk("sr0", "pci/ata2/host1/1:0:0:0", 11, 0, 4096);
	world_attribute(node, "removable", "1\n", 2);
	world_attribute(node, "device/type", "5\n", 2);
	world_attribute(node, "device/model", "DVDRAM GH24NSD1 \n", 17);
	node->logical = 2048;
	node->tray = CDS_DISC_OK;
	node->scsi = carry;
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (soft)
		mun_transport_close(&soft->transport);
	soft = NULL;
	world_end();
	return 0;
}

static void data_discs_have_sectors_of_2048_bytes(void **state)
{
	uint8_t want[2048];
	uint8_t got[2048];
	struct mun_device m;
	struct mun_err e;

	(void)state;
	soft = mun_soft_drive_new(box_data(400));
	/* What the kernel thinks of the size does not matter. */
	node->bytes = 0;
	assert_int_equal(mun_device_open(node->path, &m, &e), 0);
	assert_int_equal(m.facts.kind, MUN_DEVICE_OPTICAL);
	assert_string_equal(m.facts.bus, "ata");
	assert_string_equal(m.facts.model, "DVDRAM GH24NSD1");
	assert_true(m.facts.removable);
	assert_true(m.facts.is_readonly);
	assert_int_equal(m.facts.sector_bytes, 2048);
	assert_int_equal(m.facts.bytes, m.reader->bytes);
	assert_non_null(m.optical);
	assert_int_equal(m.optical->form, MUN_OPTICAL_AS_ISO);
	assert_true(mun_device_is_served(&m));
	memcpy(want, box_sector(soft, 16) + 16, sizeof(want));
	assert_int_equal(mun_source_pread(m.source, got, 2048, 16 * 2048, &e),
			 0);
	assert_memory_equal(got, want, 2048);
	mun_device_close(&m);
}

static void
an_audio_disc_of_which_the_kernel_shows_nothing_is_opened(void **state)
{
	struct mun_device_facts then;
	struct mun_device m;
	struct mun_err e;

	(void)state;
	soft = mun_soft_drive_new(box_audio());
	node->size_error = EIO;
	assert_int_equal(mun_device_open(node->path, &m, &e), 0);
	assert_int_equal(m.facts.sector_bytes, 2352);
	assert_int_equal(m.optical->ntracks, 3);
	then = m.facts;
	assert_int_equal(mun_device_same(&m, &then, &e), 0);
	node->disk_seq++;
	assert_int_equal(mun_device_same(&m, &then, &e), MUN_EINVAL);
	mun_device_close(&m);
}

static void an_empty_drive_says_so(void **state)
{
	struct mun_device m;
	struct mun_err e = { 0 };
	char text[1024];

	(void)state;
	soft = mun_soft_drive_new(NULL);
	assert_int_equal(mun_device_open(node->path, &m, &e), MUN_EINVAL);
	assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0), "sr0"));
}

static void a_drive_without_commands_is_read_as_a_disk(void **state)
{
	struct mun_device m;
	struct mun_err e;

	(void)state;
	node->scsi = NULL;
	assert_int_equal(mun_device_open(node->path, &m, &e), 0);
	assert_int_equal(m.facts.kind, MUN_DEVICE_OPTICAL);
	assert_null(m.optical);
	assert_int_equal(m.facts.sector_bytes, 2048);
	assert_int_equal(m.facts.bytes, 4096);
	assert_non_null(strstr(m.facts.unasked, "sessions and tracks"));
	mun_device_close(&m);
}

static void a_drive_that_vanishes_is_gone(void **state)
{
	struct mun_read_reply reply = { 0 };
	struct mun_device m;
	struct mun_err e;
	uint8_t *buf = NULL;

	(void)state;
	soft = mun_soft_drive_new(box_data(400));
	assert_int_equal(mun_device_open(node->path, &m, &e), 0);
	assert_int_equal(posix_memalign((void **)&buf, 4096, 2048), 0);
	vanished = true;
	assert_int_equal(
		m.reader->ops->read(m.reader, buf, 2048, 0, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_GONE);
	free(buf);
	mun_device_close(&m);
}

static void the_tray_is_opened_by_the_kernel_or_by_command(void **state)
{
	struct mun_device m;
	struct mun_err e;

	(void)state;
	soft = mun_soft_drive_new(box_data(400));
	assert_int_equal(mun_device_open(node->path, &m, &e), 0);
	assert_int_equal(mun_device_eject(&m, &e), 0);
	assert_int_equal(node->ejected, 1);
	assert_int_equal(soft->ejects, 0);
	node->eject_error = EBUSY;
	assert_int_equal(mun_device_eject(&m, &e), 0);
	assert_int_equal(soft->ejects, 1);
	mun_device_close(&m);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(data_discs_have_sectors_of_2048_bytes),
		T(an_audio_disc_of_which_the_kernel_shows_nothing_is_opened),
		T(an_empty_drive_says_so),
		T(a_drive_without_commands_is_read_as_a_disk),
		T(a_drive_that_vanishes_is_gone),
		T(the_tray_is_opened_by_the_kernel_or_by_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
