/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_floppy_drive.c - formats of floppies, found and read */
#include "medium/floppy_device.h"

#include "core/log.h"
#include "tests/support/soft_floppy.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>

static const struct mun_floppy_geometry *
probe(struct soft_floppy *f, char note[static MUN_FLOPPY_NOTE])
{
	const struct mun_floppy_geometry *g = NULL;
	struct mun_err e = { 0 };
	int rc;

	note[0] = '\0';
	rc = mun_floppy_probe(&f->base, &g, note, &e);
	if (rc)
		print_error("%s\n", e.lines[0].text);
	assert_int_equal(rc, 0);
	assert_non_null(g);
	assert_ptr_equal(f->selected, g);
	assert_int_equal(f->spans, 0);
	return g;
}

static void is_found(struct soft_floppy *f, const char *name)
{
	char note[MUN_FLOPPY_NOTE];

	assert_string_equal(probe(f, note)->name, name);
}

static bool is_this(struct soft_floppy *f, const char *name,
		    char note[static MUN_FLOPPY_NOTE])
{
	const struct mun_floppy_geometry *g = probe(f, note);

	if (strcmp(g->name, name) != 0)
		print_error("%s taken for %s: %s\n", name, g->name, note);
	return !strcmp(g->name, name);
}

static void families_stand_together_and_names_are_unique(void **state)
{
	const struct mun_floppy_geometry *g = mun_floppy_geometries;

	(void)state;
	for (; g->name; g++) {
		const struct mun_floppy_geometry *o = g + 1;

		assert_true(g->cylinders && g->heads && g->sectors);
		assert_true(g->cylinders <= MUN_FLOPPY_CYLINDERS_MAX);
		assert_true(g->sectors <= g->type_sectors);
		assert_true(g->heads <= g->type_heads);
		assert_true(g->type_sectors <= MUN_FLOPPY_SECTORS_MAX);
		assert_true(g->minor_type < MUN_FLOPPY_TYPES);
		for (; o->name; o++) {
			assert_string_not_equal(o->name, g->name);
			if (o->family == g->family)
				assert_int_equal(o[-1].family, g->family);
		}
	}
}

/* Figures: drivers/block/floppy.c of Linux, floppy_type[], "Size". */
static void types_have_the_sizes_of_the_kernel(void **state)
{
	static const unsigned int sectors[MUN_FLOPPY_TYPES] = {
		0,    720,  2400, 720,  1440, 720,  1440, 2880,
		5760, 6240, 2880, 3360, 820,  1640, 2952, 3444,
		840,  1660, 2988, 3486, 1760, 2080, 2240, 3200,
		3520, 3840, 6400, 7040, 7680, 3680, 1600, 3200,
	};

	(void)state;
	assert_null(mun_floppy_of_type(0));
	assert_null(mun_floppy_of_type(10)); /* an alias of 7 */
	for (unsigned int t = 1; t < MUN_FLOPPY_TYPES; t++) {
		const struct mun_floppy_geometry *g = mun_floppy_of_type(t);

		if (t == 10)
			continue;
		assert_non_null(g);
		assert_int_equal(mun_floppy_bytes(g), sectors[t] * 512);
	}
}

static void a_floppy_at_usb_is_known_by_its_size(void **state)
{
	(void)state;
	assert_string_equal(mun_floppy_of_usb(1474560)->name, "1440K");
	assert_string_equal(mun_floppy_of_usb(737280)->name, "720K");
	assert_string_equal(mun_floppy_of_usb(1228800)->name, "1200K");
	assert_null(mun_floppy_of_usb(0));
	assert_null(mun_floppy_of_usb(368640)); /* no drive at USB reads it */
	assert_null(mun_floppy_of_usb(1474560 + 512));
}

/* Base minor numbers of fd(4). */
static void minors_are_those_of_fd_4(void **state)
{
	static const struct {
		unsigned int drive, type, minor;
	} of[] = {
		{ 0, 0, 0 },    { 0, 7, 28 },   { 0, 11, 44 }, { 0, 1, 4 },
		{ 1, 7, 29 },   { 3, 31, 127 }, { 4, 0, 128 }, { 5, 7, 157 },
		{ 0, 31, 124 }, { 0, 13, 52 },  { 0, 19, 76 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		unsigned int drive;
		unsigned int type;

		assert_int_equal(mun_floppy_minor(of[i].drive, of[i].type),
				 of[i].minor);
		mun_floppy_of_minor(of[i].minor, &drive, &type);
		assert_int_equal(drive, of[i].drive);
		assert_int_equal(type, of[i].type);
	}
}

static void places_are_counted_as_people_do(void **state)
{
	const struct mun_floppy_geometry *g = soft_floppy_named("1440K");
	struct mun_floppy_place p = mun_floppy_place(g, 0);

	(void)state;
	assert_true(p.cylinder == 0 && p.head == 0 && p.sector == 1);
	p = mun_floppy_place(g, 17 * 512 + 511);
	assert_true(p.cylinder == 0 && p.head == 0 && p.sector == 18);
	p = mun_floppy_place(g, 18 * 512);
	assert_true(p.cylinder == 0 && p.head == 1 && p.sector == 1);
	p = mun_floppy_place(g, 2879 * 512);
	assert_true(p.cylinder == 79 && p.head == 1 && p.sector == 18);
	assert_int_equal(mun_floppy_node_off(g, 1234 * 512), 1234 * 512);
	/* 8 sectors on one side, in a node of two sides with 9: cylinder 2
	 * begins at sector 36. */
	g = soft_floppy_named("160K");
	assert_int_equal(mun_floppy_node_off(g, 16 * 512), 36 * 512);
	assert_int_equal(mun_floppy_node_off(g, 23 * 512 + 3), 43 * 512 + 3);
}

/* Every format, in each drive that can read it, from the disk alone. */
static void every_format_is_found_in_every_drive(void **state)
{
	static const char *const types[] = { "d360",  "h1200", "D720",
					     "H1440", "E2880", "" };
	const struct mun_floppy_geometry *g;
	unsigned int tried = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (g = mun_floppy_geometries; g->name; g++) {
			struct soft_floppy *f;

			if (!mun_floppy_drive_can(types[i], g))
				continue;
			f = soft_floppy_new(types[i]);
			soft_floppy_format(f, g, 1);
			is_found(f, g->name);
			soft_floppy_free(f);
			tried++;
		}
	assert_true(tried > 100);
}

/* Ordinary disks cost few failing reads, which are slow. */
static void an_ordinary_disk_is_found_with_few_failing_reads(void **state)
{
	static const struct {
		const char *name;
		unsigned int most;
	} of[] = { { "1440K", 26 }, { "720K", 30 }, { "1680K (DMF)", 18 } };

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct soft_floppy *f = soft_floppy_new("H1440");

		soft_floppy_format(f, soft_floppy_named(of[i].name), 1);
		is_found(f, of[i].name);
		print_message("%s: %u reads, %u failed\n", of[i].name, f->reads,
			      f->failed);
		assert_in_range(f->failed, 0, of[i].most);
		soft_floppy_free(f);
	}
}

/* One sector in @of is bad, and the first track of each side is lost. */
static void damage(struct soft_floppy *f, unsigned int of, uint64_t seed)
{
	for (unsigned int c = 0; c < MUN_FLOPPY_CYLINDERS_MAX; c++)
		for (unsigned int h = 0; h < MUN_FLOPPY_HEADS_MAX; h++)
			for (unsigned int s = 1; s <= MUN_FLOPPY_SECTORS_MAX;
			     s++) {
				seed = seed * 6364136223846793005u + 1;
				if (!c || !((seed >> 33) % of))
					soft_floppy_bad(f, c, h, s);
			}
}

static void a_damaged_disk_has_the_format_that_it_had(void **state)
{
	static const char *const names[] = { "1440K", "1680K (DMF)",
					     "720K",  "360K, 48 tpi",
					     "1200K", "2880K",
					     "1743K" };
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (uint64_t seed = 1; seed <= 40; seed++) {
			struct soft_floppy *f = soft_floppy_new("");
			char note[MUN_FLOPPY_NOTE];

			soft_floppy_format(f, soft_floppy_named(names[i]), 1);
			damage(f, 12, seed);
			wrong += !is_this(f, names[i], note);
			soft_floppy_free(f);
		}
	assert_int_equal(wrong, 0);
}

/* The boot sector tells what damage hides: even with half of all gone. */
static void a_ruined_disk_has_the_format_that_its_boot_sector_says(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct soft_floppy *f = soft_floppy_new("H1440");
		char note[MUN_FLOPPY_NOTE];

		soft_floppy_format(f, soft_floppy_named("1440K"), 1);
		soft_floppy_bpb(f, 18, 2, 2880);
		damage(f, 2, seed);
		f->tracks[0][0].bad[1] = false;
		wrong += !is_this(f, "1440K", note);
		soft_floppy_free(f);
	}
	assert_int_equal(wrong, 0);
}

static void a_dead_head_does_not_make_a_disk_one_sided(void **state)
{
	static const struct {
		const char *name;
		unsigned int sectors, total;
	} of[] = { { "1440K", 0, 0 },
		   { "1440K", 18, 2880 },
		   { "720K", 9, 1440 },
		   { "1680K (DMF)", 21, 3360 } };

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct soft_floppy *f = soft_floppy_new("H1440");
		char note[MUN_FLOPPY_NOTE];

		soft_floppy_format(f, soft_floppy_named(of[i].name), 1);
		if (of[i].sectors)
			soft_floppy_bpb(f, of[i].sectors, 2, of[i].total);
		for (unsigned int c = 0; c < 80; c++)
			f->tracks[c][1].sectors = 0;
		assert_string_equal(probe(f, note)->name, of[i].name);
		assert_string_not_equal(note, "");
		soft_floppy_free(f);
	}
}

/* What is left of an earlier life is not in the image, and noted. */
static void the_boot_sector_decides_on_sides_and_cylinders(void **state)
{
	struct soft_floppy *f = soft_floppy_new("H1440");
	char note[MUN_FLOPPY_NOTE];

	(void)state;
	soft_floppy_format(f, soft_floppy_named("1743K"), 1);
	soft_floppy_bpb(f, 21, 2, 3360);
	assert_string_equal(probe(f, note)->name, "1680K (DMF)");
	assert_non_null(strstr(note, "more can be read"));
	soft_floppy_format(f, soft_floppy_named("720K"), 1);
	soft_floppy_bpb(f, 9, 1, 720);
	assert_string_equal(probe(f, note)->name, "360K, one side");
	assert_non_null(strstr(note, "more can be read"));
	soft_floppy_format(f, soft_floppy_named("720K"), 1);
	is_found(f, "720K");
	soft_floppy_free(f);
}

static void a_boot_sector_that_lies_about_tracks_is_noted(void **state)
{
	struct soft_floppy *f = soft_floppy_new("H1440");
	char note[MUN_FLOPPY_NOTE];

	(void)state;
	soft_floppy_format(f, soft_floppy_named("1440K"), 1);
	soft_floppy_bpb(f, 21, 2, 3360);
	assert_string_equal(probe(f, note)->name, "1440K");
	assert_string_equal(note, "boot sector says 80 cylinders, 2 heads, 21 "
				  "sectors, which does not fit");
	soft_floppy_bpb(f, 9, 2, 1440);
	assert_string_equal(probe(f, note)->name, "1440K");
	assert_non_null(strstr(note, "9 sectors"));
	/* Not sane at all: as if there were none. */
	soft_floppy_bpb(f, 18, 3, 2880);
	assert_string_equal(probe(f, note)->name, "1440K");
	assert_string_equal(note, "");
	soft_floppy_bad(f, 0, 0, 1);
	assert_string_equal(probe(f, note)->name, "1440K");
	assert_string_equal(note, "boot sector unreadable");
	soft_floppy_free(f);
}

static void
the_media_byte_decides_where_there_is_no_parameter_block(void **state)
{
	static const struct {
		uint8_t byte;
		const char *disk, *is;
	} of[] = {
		{ 0xfe, "320K, 48 tpi", "160K, 48 tpi" },
		{ 0xfc, "360K, 48 tpi", "180K, 48 tpi" },
		{ 0xff, "320K, 48 tpi", "320K, 48 tpi" },
		{ 0xfd, "360K, 48 tpi", "360K, 48 tpi" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct soft_floppy *f = soft_floppy_new("h1200");
		const uint8_t fat[] = { of[i].byte, 0xff, 0xff };

		soft_floppy_format(f, soft_floppy_named(of[i].disk), 1);
		memcpy(soft_floppy_at(f, 0, 0, 2), fat, sizeof(fat));
		is_found(f, of[i].is);
		soft_floppy_free(f);
	}
}

static void fails(struct soft_floppy *f, int code, const char *text)
{
	const struct mun_floppy_geometry *g = NULL;
	char note[MUN_FLOPPY_NOTE] = "";
	struct mun_err e = { 0 };

	assert_int_equal(mun_floppy_probe(&f->base, &g, note, &e), code);
	assert_non_null(strstr(e.lines[0].text, text));
	assert_null(g);
}

static void what_no_format_fits_is_refused(void **state)
{
	struct soft_floppy *f = soft_floppy_new("H1440");

	(void)state;
	fails(f, MUN_EINVAL, "no floppy");
	soft_floppy_format(f, soft_floppy_named("2880K"), 1);
	fails(f, MUN_EINVAL, "no format");
	memset(f->tracks, 0, sizeof(f->tracks));
	fails(f, MUN_EINVAL, "not formatted");
	f->refused = UINT32_MAX;
	fails(f, MUN_EUNSUPPORTED, "not with this drive");
	f->refused = 0;
	soft_floppy_format(f, soft_floppy_named("720K"), 1);
	f->gone_after = f->reads + 7;
	fails(f, MUN_EIO, "taken out");
	soft_floppy_format(f, soft_floppy_named("720K"), 1);
	f->gone_after = 0;
	mun_cancel();
	fails(f, MUN_ECANCELLED, "");
	mun_cancel_reset();
	soft_floppy_free(f);
}

static void a_format_that_the_kernel_lacks_leaves_the_others(void **state)
{
	struct soft_floppy *f = soft_floppy_new("H1440");

	(void)state;
	f->refused = 1u << 11 | 1u << 15 | 1u << 19 | 1u << 31;
	soft_floppy_format(f, soft_floppy_named("1440K"), 1);
	is_found(f, "1440K");
	soft_floppy_free(f);
}

static void a_device_is_made_of_a_drive(void **state)
{
	struct soft_floppy *f = soft_floppy_new("h1200");
	struct mun_device m = { .fd = -1 };
	uint8_t buf[9 * 512];
	struct mun_err e;

	(void)state;
	soft_floppy_format(f, soft_floppy_named("160K, 48 tpi"), 3);
	f->protected_ = 1;
	assert_int_equal(mun_floppy_device(&f->base, 1, 0, &m, &e), 0);
	assert_string_equal(m.facts.name, "fd1");
	assert_string_equal(m.facts.model, "floppy drive h1200");
	assert_string_equal(m.facts.bus, "fdc");
	assert_int_equal(m.facts.kind, MUN_DEVICE_FLOPPY);
	assert_int_equal(m.facts.bytes, 163840);
	assert_int_equal(m.facts.sector_bytes, 512);
	assert_int_equal(m.facts.tab, MUN_TAB_PROTECTED);
	assert_true(m.facts.is_device && m.facts.removable);
	assert_int_equal(m.reader->max_bytes, 4096);
	assert_int_equal(m.source->size, 163840);
	/* Any range of it: the last byte of a track and the next ones. */
	assert_int_equal(mun_source_pread(m.source, buf, 700, 4095, &e), 0);
	assert_int_equal(buf[0], soft_floppy_at(f, 0, 0, 8)[511]);
	assert_memory_equal(buf + 1, soft_floppy_at(f, 1, 0, 1), 512);
	assert_memory_equal(buf + 513, soft_floppy_at(f, 1, 0, 2), 187);
	soft_floppy_bad(f, 1, 0, 2);
	assert_int_equal(mun_source_pread(m.source, buf, 700, 4095, &e),
			 MUN_EIO);
	assert_int_equal(e.sys, EIO);
	f->empty = true;
	assert_int_equal(mun_source_pread(m.source, buf, 1, 0, &e), MUN_EIO);
	assert_int_equal(e.sys, ENXIO);
	mun_device_close(&m);
	assert_int_equal(f->closed, 1);
	soft_floppy_free(f);
}

static void the_reader_reads_all_and_says_what_failed(void **state)
{
	struct soft_floppy *f = soft_floppy_new("H1440");
	const struct mun_floppy_geometry *g = soft_floppy_named("1680K (DMF)");
	uint8_t *buf = malloc(21 * 512);
	struct mun_read_reply reply = { 0 };
	struct mun_reader *r;
	struct mun_err e;

	(void)state;
	assert_non_null(buf);
	soft_floppy_format(f, g, 9);
	is_found(f, g->name);
	assert_int_equal(mun_floppy_reader(&f->base, g, &r, &e), 0);
	assert_int_equal(r->bytes, 1720320);
	assert_int_equal(r->max_bytes, 21 * 512);
	for (uint64_t t = 0; t < 160; t++) {
		assert_int_equal(r->ops->read(r, buf, 21 * 512, t * 21 * 512,
					      &reply, &e),
				 0);
		assert_int_equal(reply.end, MUN_REPLY_ALL);
		assert_memory_equal(buf,
				    soft_floppy_at(f, (unsigned int)t / 2,
						   (unsigned int)t % 2, 1),
				    21 * 512);
	}
	soft_floppy_bad(f, 5, 1, 3);
	/* A read over the end of a track is one of each. */
	assert_int_equal(
		r->ops->read(r, buf, 21 * 512, 10 * 21 * 512 + 512, &reply, &e),
		0);
	assert_int_equal(reply.end, MUN_REPLY_ALL);
	assert_int_equal(f->spans, 0);
	assert_int_equal(
		r->ops->read(r, buf, 21 * 512, 11 * 21 * 512, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_FAILED);
	assert_int_equal(reply.sys, EIO);
	assert_false(reply.has_bad_off);
	mun_reader_close(r);
	assert_int_equal(f->closed, 1);
	free(buf);
	soft_floppy_free(f);
}

static void only_the_same_floppy_is_gone_on_with(void **state)
{
	struct soft_floppy *f = soft_floppy_new("H1440");
	const struct mun_floppy_geometry *g = soft_floppy_named("720K");
	struct mun_read_reply reply = { 0 };
	struct mun_reader *r;
	uint8_t buf[512];
	struct mun_err e;

	(void)state;
	soft_floppy_format(f, g, 9);
	is_found(f, g->name);
	assert_int_equal(mun_floppy_reader(&f->base, g, &r, &e), 0);
	assert_int_equal(r->ops->read(r, buf, 512, 512 * 99, &reply, &e), 0);
	f->empty = true;
	assert_int_equal(r->ops->read(r, buf, 512, 0, &reply, &e), 0);
	assert_int_equal(reply.end, MUN_REPLY_GONE);
	assert_int_equal(r->ops->reopen(r, &e), MUN_EIO);
	f->empty = false;
	assert_int_equal(r->ops->reopen(r, &e), 0);
	soft_floppy_format(f, g, 10);
	assert_int_equal(r->ops->reopen(r, &e), MUN_EINVAL);
	soft_floppy_format(f, g, 9);
	soft_floppy_bad(f, 5, 1, 1); /* LBA 99 */
	assert_int_equal(r->ops->reopen(r, &e), MUN_EIO);
	mun_reader_close(r);
	soft_floppy_free(f);
}

static void a_node_that_was_named_chooses_the_format(void **state)
{
	struct soft_floppy *f = soft_floppy_new("H1440");
	struct mun_device m = { .fd = -1 };
	struct mun_err e;

	(void)state;
	soft_floppy_format(f, soft_floppy_named("1743K"), 3);
	assert_int_equal(mun_floppy_device(&f->base, 0, 11, &m, &e), 0);
	assert_int_equal(m.facts.bytes, 1720320);
	assert_string_equal(m.floppy->name, "1680K (DMF)");
	assert_string_equal(m.facts.unasked, "format chosen by device node");
	assert_int_equal(f->reads, 0);
	mun_device_close(&m);
	assert_int_equal(mun_floppy_device(&f->base, 0, 10, &m, &e),
			 MUN_EUNSUPPORTED);
	assert_int_equal(f->closed, 2);
	soft_floppy_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(families_stand_together_and_names_are_unique),
		cmocka_unit_test(types_have_the_sizes_of_the_kernel),
		cmocka_unit_test(a_floppy_at_usb_is_known_by_its_size),
		cmocka_unit_test(minors_are_those_of_fd_4),
		cmocka_unit_test(places_are_counted_as_people_do),
		cmocka_unit_test(every_format_is_found_in_every_drive),
		cmocka_unit_test(
			an_ordinary_disk_is_found_with_few_failing_reads),
		cmocka_unit_test(a_damaged_disk_has_the_format_that_it_had),
		cmocka_unit_test(
			a_ruined_disk_has_the_format_that_its_boot_sector_says),
		cmocka_unit_test(a_dead_head_does_not_make_a_disk_one_sided),
		cmocka_unit_test(
			the_boot_sector_decides_on_sides_and_cylinders),
		cmocka_unit_test(a_boot_sector_that_lies_about_tracks_is_noted),
		cmocka_unit_test(
			the_media_byte_decides_where_there_is_no_parameter_block),
		cmocka_unit_test(what_no_format_fits_is_refused),
		cmocka_unit_test(
			a_format_that_the_kernel_lacks_leaves_the_others),
		cmocka_unit_test(a_device_is_made_of_a_drive),
		cmocka_unit_test(the_reader_reads_all_and_says_what_failed),
		cmocka_unit_test(only_the_same_floppy_is_gone_on_with),
		cmocka_unit_test(a_node_that_was_named_chooses_the_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
