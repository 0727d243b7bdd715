/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_disc.c - sessions of a disc: sheet, sectors, what was mended */
#include "ingest/disc_master.h"

#include <errno.h>
#include <stdio.h>

#include "core/check.h"
#include "core/sys.h"
#include "ingest/mended.h"
#include "medium/device.h"
#include "medium/reader_source.h"
#include "tests/ingest/box.h"
#include "tests/support/soft_drive.h"
#include "tests/support/support.h"

#define DATA 40
#define END 140
#define BYTES ((size_t)END * 2352)

static struct test_box box;
static char *place; /* where the drive is: a file stands there for it */
static uint8_t truth[BYTES];

/* 40 sectors of Mode 1, then audio with CD-TEXT; three kinds of damage. */
static struct mun_soft_drive *new_drive(void)
{
	struct mun_soft_disc *disc = mun_soft_disc_new();
	struct mun_soft_drive *d;

	(void)mun_soft_track(disc, 1, 4, 0);
	mun_soft_fill(disc, MUN_SOFT_MODE1, 0, DATA, 1);
	(void)mun_soft_track(disc, 1, 0, DATA);
	mun_soft_fill(disc, MUN_SOFT_AUDIO, DATA, END - DATA, 2);
	disc->leadout[0] = END;
	disc->cdtext_bytes = 18;
	disc->cdtext = calloc(1, 18);
	assert_non_null(disc->cdtext);
	/* A pack whose checksum fits: 80 01 00 00 "A" and zeros. */
	memcpy(disc->cdtext, "\x80\1\0\0A\0\0\0\0\0\0\0\0\0\0\0", 16);
	disc->cdtext[16] = 0x87;
	disc->cdtext[17] = 0x47;
	d = mun_soft_drive_new(disc);
	mun_soft_fault(d, MUN_SOFT_FLIP, 7, 7)->at = 100;
	mun_soft_fault(d, MUN_SOFT_FLIP, 9, 9)->at = 200;
	mun_soft_fault(d, MUN_SOFT_BAD, 60, 61);
	return d;
}

static int provide(const char *path, struct mun_device *out, struct mun_err *e)
{
	struct mun_soft_drive *d;
	int rc;

	if (strcmp(path, place) != 0)
		return mun_fail(e, MUN_ENOENT, "not ours");
	d = new_drive();
	out->transport = &d->transport;
	rc = mun_optical_open(out->transport, &out->optical, e);
	if (!rc)
		rc = mun_optical_reader(out->transport, out->optical,
					&out->reader, e);
	if (!rc)
		rc = mun_reader_source(out->reader, &out->source, e);
	if (rc)
		return rc;
	out->facts.is_device = true;
	out->facts.kind = MUN_DEVICE_OPTICAL;
	out->facts.bytes = out->reader->bytes;
	out->facts.sector_bytes = out->reader->sector_bytes;
	out->facts.removable = true;
	(void)snprintf(out->facts.name, sizeof(out->facts.name), "sr0");
	return 0;
}

static int setup(void **state)
{
	struct mun_soft_drive *d = new_drive();

	(void)state;
	for (size_t i = 0; i < END; i++)
		memcpy(truth + i * 2352, d->disc->sectors[i]->raw, 2352);
	memset(truth + (size_t)60 * 2352, 0, (size_t)2 * 2352);
	mun_transport_close(&d->transport);
	test_box_open(&box);
	place = test_box_file(&box, "sr0", "a node", 6);
	mun_device_provide(provide);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_device_provide(NULL);
	test_box_close(&box);
	free(place);
	return 0;
}

static int ingest(struct mun_ingest_result *out, struct mun_err *e)
{
	const struct mun_ingest_request req = { .source = place };

	memset(e, 0, sizeof(*e));
	return mun_ingest(&box.env, &req, out, e);
}

static int note_id(void *ctx, const struct mun_catalog_row *row,
		   struct mun_err *e)
{
	(void)e;
	memcpy(ctx, row->id, MUN_UUID_LEN);
	return 0;
}

static void has_part(const struct mun_record *r, const char *path,
		     const void *data, size_t len)
{
	mun_autofree char *on_disk = NULL;
	mun_autofree char *bytes = NULL;
	char urn[MUN_URN_LEN];
	struct mun_err e;
	size_t have;

	assert_non_null(mun_record_file(r, path));
	mun_object_urn(r->id, urn);
	test_must(mun_store_file_path(box.store, urn, path, &on_disk, &e), &e);
	bytes = mun_test_read(on_disk, &have);
	assert_non_null(bytes);
	assert_int_equal(have, len);
	assert_memory_equal(bytes, data, len);
}

/* One object, whole, and it says what happened. */
static void assert_disc(void)
{
	static const char sheet[] = "CDTEXTFILE \"disc.cdt\"\n"
				    "FILE \"disc.bin\" BINARY\n"
				    "  TRACK 01 MODE1/2352\n"
				    "    TITLE \"A\"\n"
				    "    INDEX 01 00:00:00\n"
				    "  TRACK 02 AUDIO\n"
				    "    INDEX 01 00:00:40\n";
	const struct mun_rec_file *f;
	struct mun_record *r = NULL;
	char id[MUN_UUID_LEN] = "";
	struct mun_err e;

	assert_int_equal(test_box_catalogued(&box), 1);
	assert_int_equal(test_box_stored(&box), 1);
	test_must(mun_catalog_list(box.catalog, NULL, NULL, note_id, id, &e),
		  &e);
	test_box_assert_master(&box, id, sheet, strlen(sheet));
	test_must(mun_catalog_get(box.catalog, id, false, &r, &e), &e);
	has_part(r, MUN_PATH_DISC_BIN, truth, sizeof(truth));
	f = mun_record_file(r, MUN_PATH_DISC_CDT);
	assert_non_null(f);
	assert_int_equal(f->bytes, 18);
	assert_string_equal(r->format, "cue");
	assert_string_equal(r->outcome, "partial");
	assert_int_equal(r->unreadable_bytes, 2 * 2352);
	assert_int_equal(r->nunreadable, 1);
	assert_int_equal(r->unreadable[0].off, 60 * 2352);
	assert_string_equal(mun_record_property(r, MUN_PROPERTY_MENDED),
			    "2 sectors, by their own parity, proved by their "
			    "EDC: LBA 7, 9");
	assert_null(mun_record_property(r, MUN_PROPERTY_DOUBTFUL));
	/* The digest of the content is that of the sectors. */
	f = mun_record_file(r, MUN_PATH_DISC_BIN);
	assert_true(mun_digest_equal(&r->content.of[MUN_SHA512],
				     &f->digests.of[MUN_SHA512]));
	mun_record_free(r);
	test_box_assert_clean(&box);
	assert_int_equal(mun_test_count_entries(box.spool), 0);
}

static void a_disc_becomes_sheet_and_sectors(void **state)
{
	struct mun_ingest_result out;
	struct mun_err e;

	(void)state;
	test_must(ingest(&out, &e), &e);
	assert_string_equal(out.outcome, "partial");
	assert_string_equal(out.format, "cue");
	assert_disc();
}

/* One call in seven: those that a disc shares with any device are all made to
 * fail in test_ingest_device.c. */
#define STRIDE 7

static void every_fault_leaves_a_session_that_goes_on(void **state)
{
	struct mun_ingest_result out;
	struct mun_err e;
	int failed = 0;
	int n;

	(void)state;
	for (n = 0;; n += STRIDE) {
		int rc;
		bool fired;

		mun_fault_install(MUN_CALL_MUTATING, EIO);
		mun_fault_arm(n);
		rc = ingest(&out, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		if (rc) {
			failed++;
			if (!test_box_resume(&box))
				test_must(ingest(&out, &e), &e);
		}
		assert_disc();
		test_box_empty(&box);
		free(place);
		place = test_box_file(&box, "sr0", "a node", 6);
		if (!fired)
			break;
	}
	/* None is swallowed that has to do with the object. */
	assert_in_range(n, 80, 600);
	assert_true(failed > n / STRIDE * 8 / 10);
}

/* ---- the list of what was mended ---- */

static void mended_sectors_are_listed_once_and_in_order(void **state)
{
	static const uint8_t states[] = { MUN_SECTOR_GOOD, MUN_SECTOR_CORRECTED,
					  MUN_SECTOR_BAD, MUN_SECTOR_CORRECTED,
					  MUN_SECTOR_DOUBTFUL };
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "mended.list");
	uint64_t *offs = NULL;
	struct mun_err e;
	size_t n = 7;

	(void)state;
	assert_int_equal(mun_mended_load(dir, &offs, &n, &e), 0);
	assert_int_equal(n, 0);
	assert_null(offs);
	assert_int_equal(mun_mended_note(dir, NULL, 5, 0, 10, &e), 0);
	assert_int_equal(mun_mended_note(dir, states, 1, 0, 10, &e), 0);
	assert_null(mun_test_read(path, NULL));
	assert_int_equal(mun_mended_note(dir, states, 5, 100, 10, &e), 0);
	assert_int_equal(mun_mended_note(dir, states, 5, 0, 10, &e), 0);
	assert_int_equal(mun_mended_note(dir, states, 2, 100, 10, &e), 0);
	assert_true(mun_test_has_text(path, "110\n130\n10\n30\n110\n"));
	assert_int_equal(mun_mended_load(dir, &offs, &n, &e), 0);
	assert_int_equal(n, 4);
	assert_int_equal(offs[0], 10);
	assert_int_equal(offs[1], 30);
	assert_int_equal(offs[2], 110);
	assert_int_equal(offs[3], 130);
	free(offs);
	/* The power went while a line was written. */
	mun_test_write(path, "20\n4", 4);
	assert_int_equal(mun_mended_load(dir, &offs, &n, &e), 0);
	assert_int_equal(n, 1);
	free(offs);
	mun_test_write(path, "20\nx\n", 5);
	assert_int_equal(mun_mended_load(dir, &offs, &n, &e), MUN_ECORRUPT);
	assert_null(offs);
	free(path);
	mun_test_dir_remove(dir);
}

static void a_list_that_cannot_be_written_is_an_error(void **state)
{
	static const uint8_t states[] = { MUN_SECTOR_CORRECTED };
	unsigned int calls = MUN_CALL_MUTATING;
	char *dir = mun_test_dir();
	struct mun_err e;
	int n;

	(void)state;
	calls |= MUN_CALL_BIT(MUN_CALL_FDATASYNC);
	calls |= MUN_CALL_BIT(MUN_CALL_FSTAT);
	mun_fault_install(calls, ENOSPC);
	for (n = 0;; n++) {
		char *path = mun_test_path(dir, "mended.list");
		int rc;

		mun_fault_arm(n);
		rc = mun_mended_note(dir, states, 1, 0, 2048, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			free(path);
			break;
		}
		assert_int_equal(rc, MUN_EIO);
		(void)remove(path);
		free(path);
	}
	mun_fault_restore();
	/* open, fstat, write, fdatasync, close; open and fsync of the folder */
	assert_in_range(n, 7, 9);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_disc_becomes_sheet_and_sectors, setup, teardown),
		cmocka_unit_test_setup_teardown(
			every_fault_leaves_a_session_that_goes_on, setup,
			teardown),
		cmocka_unit_test(mended_sectors_are_listed_once_and_in_order),
		cmocka_unit_test(a_list_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
