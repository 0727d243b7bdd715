/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_write_clustered.c - QCOW2 and VMDK as they are written
 *
 * Read back by our readers, and looked at by rules that are written down here
 * once more: what is referenced, how often, and by whom.
 */
#include "core/bytes.h"
#include "core/check.h"
#include "image/fmt_qcow2_overlay.h"
#include "image/writer.h"
#include "tests/image/beside.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

#include <pthread.h>
#include <stdio.h>

#define MIB ((size_t)1 << 20)

/* Noise, text, zeros and holes, by turns of 4 KiB to 200 KiB. */
static uint8_t *make_disk(size_t len)
{
	uint8_t *disk = calloc(1, len ? len : 1);
	uint64_t r = 0x9e3779b97f4a7c15u;
	size_t at = 0;

	assert_non_null(disk);
	while (at < len) {
		size_t n, end;
		unsigned int kind;

		r = r * 6364136223846793005u + 1442695040888963407u;
		kind = r >> 60 & 3;
		n = 4096 * (1 + (size_t)(r >> 32) % 50);
		end = MUN_MIN(at + n, len);
		for (; at < end && kind; at++) {
			r = r * 6364136223846793005u + 1442695040888963407u;
			disk[at] = kind == 1
					   ? (uint8_t)(r >> 33)
					   : (uint8_t)("seven or so"[r >> 61]);
		}
		at = end;
	}
	return disk;
}

static const size_t sizes[] = { 512, 65024, 66048, 3 * MIB + 512 };

/* Large enough for several tables, with something at both ends. */
#define WIDE (34 * MIB)

static uint8_t *make_wide_disk(void)
{
	uint8_t *disk = calloc(1, WIDE);
	uint8_t *some = make_disk(MIB);

	assert_non_null(disk);
	memcpy(disk, some, MIB);
	memcpy(disk + WIDE - MIB, some, MIB);
	free(some);
	return disk;
}

static const char *const qcow2_options[] = {
	NULL,
	"compression=zlib",
	"compression=zstd",
	"compression=zlib cluster=4K",
	"compression=zstd cluster=2M",
	"cluster=4K",
};

static const char *const vmdk_options[] = {
	NULL,
	"subformat=streamOptimized",
	"adapter=lsilogic",
};

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	for (size_t s = 0; s < MUN_COUNT(sizes); s++) {
		uint8_t *disk = make_disk(sizes[s]);

		for (size_t i = 0; i < MUN_COUNT(qcow2_options); i++)
			vdisk_round_trip(disk, sizes[s], "qcow2",
					 qcow2_options[i]);
		for (size_t i = 0; i < MUN_COUNT(vmdk_options); i++)
			vdisk_round_trip(disk, sizes[s], "vmdk",
					 vmdk_options[i]);
		free(disk);
	}
}

static void an_empty_disk_is_small(void **state)
{
	uint8_t *disk = calloc(1, WIDE);
	uint8_t *made;
	size_t len;

	(void)state;
	assert_non_null(disk);
	vdisk_round_trip(disk, WIDE, "qcow2", "compression=zlib");
	vdisk_round_trip(disk, WIDE, "vmdk", NULL);
	vdisk_round_trip(disk, WIDE, "vmdk", "subformat=streamOptimized");
	made = vdisk_write(disk, WIDE, "qcow2", NULL, 0, NULL, &len);
	/* Header, L1, refcount block and table: no L2. */
	assert_int_equal(len, 4 * 65536);
	free(made);
	free(disk);
}

struct reading {
	struct mun_image *img;
	const uint8_t *want;
	size_t len;
	size_t portion;
	int wrong;
};

static void *read_all(void *arg)
{
	struct reading *r = arg;
	uint8_t *buf = malloc(r->portion);
	struct mun_err e;

	r->wrong = !buf;
	for (size_t off = 0; buf && off < r->len; off += r->portion) {
		size_t n = MUN_MIN(r->portion, r->len - off);

		if (mun_image_pread(r->img, MUN_VIEW_CONTENT, buf, n, off,
				    &e) ||
		    memcmp(buf, r->want + off, n) != 0)
			r->wrong++;
	}
	free(buf);
	return NULL;
}

/* In portions that cut clusters, so that they share what was unpacked. */
static void many_threads_read_one_image(void **state)
{
	static const char *const made_as[][2] = {
		{ "qcow2", "compression=zlib" },
		{ "qcow2", "compression=zstd" },
		{ "vmdk", "subformat=streamOptimized" },
	};
	uint8_t *disk = make_disk(3 * MIB);

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(made_as); i++) {
		struct reading readings[6];
		pthread_t threads[6];
		size_t len;
		uint8_t *made = vdisk_write(disk, 3 * MIB, made_as[i][0],
					    made_as[i][1], 2, NULL, &len);
		struct vdisk v = vdisk_open(made, len, NULL, NULL);

		for (size_t t = 0; t < MUN_COUNT(threads); t++) {
			readings[t] = (struct reading){ v.img, disk, 3 * MIB,
							30011 * (t + 1), 0 };
			assert_int_equal(pthread_create(&threads[t], NULL,
							read_all, &readings[t]),
					 0);
		}
		for (size_t t = 0; t < MUN_COUNT(threads); t++) {
			assert_int_equal(pthread_join(threads[t], NULL), 0);
			assert_int_equal(readings[t].wrong, 0);
		}
		vdisk_close(&v);
		free(made);
	}
	free(disk);
}

/* ---- QCOW2: who refers to what ---- */

struct checked {
	const uint8_t *p;
	size_t len;
	uint64_t cluster;
	unsigned int bits;
	uint16_t *uses; /* of each cluster of the file, as we count them */
	size_t clusters;
	size_t packed;
};

static void use(struct checked *c, uint64_t from, uint64_t bytes)
{
	assert_true(from + bytes <= c->clusters * c->cluster);
	for (uint64_t i = from / c->cluster;
	     i <= (from + bytes - 1) / c->cluster; i++)
		c->uses[i]++;
}

static void use_l2(struct checked *c, uint64_t at)
{
	for (uint64_t i = 0; i < c->cluster / 8; i++) {
		uint64_t word = mun_be64(c->p + at + i * 8);
		unsigned int x = 62 - (c->bits - 8);
		uint64_t from = word & ((UINT64_C(1) << x) - 1);
		uint64_t sectors = (word & ((UINT64_C(1) << 62) - 1)) >> x;

		if (word >> 62 == 1) {
			c->packed++;
			use(c, from / 512 * 512, (sectors + 1) * 512);
		} else if (word) {
			assert_int_equal(word >> 56, 0x80);
			assert_int_equal((word & 0xffffff) % c->cluster, 0);
			use(c, word << 1 >> 1, c->cluster);
		}
	}
}

static void check_counts(struct checked *c)
{
	uint64_t table = mun_be64(c->p + 48);
	uint64_t blocks = mun_be32(c->p + 56) * c->cluster / 8;
	size_t n = 0;

	use(c, table, mun_be32(c->p + 56) * c->cluster);
	for (uint64_t b = 0; b < blocks; b++)
		if (mun_be64(c->p + table + b * 8))
			use(c, mun_be64(c->p + table + b * 8), c->cluster);
	for (uint64_t b = 0; b < blocks; b++) {
		uint64_t at = mun_be64(c->p + table + b * 8);

		for (uint64_t i = 0; at && i < c->cluster / 2; i++, n++)
			assert_int_equal(mun_be16(c->p + at + i * 2),
					 n < c->clusters ? c->uses[n] : 0);
	}
	assert_true(n >= c->clusters);
}

/* Every cluster of the file is counted as often as it is used, and used. */
static void check_qcow2(const uint8_t *p, size_t len, size_t *packed)
{
	struct checked c = { .p = p, .len = len, .bits = mun_be32(p + 20) };
	uint64_t l1 = mun_be64(p + 40);
	uint32_t entries = mun_be32(p + 36);

	c.cluster = UINT64_C(1) << c.bits;
	assert_int_equal(len % c.cluster, 0);
	c.clusters = (size_t)(len / c.cluster);
	c.uses = calloc(c.clusters, sizeof(*c.uses));
	assert_non_null(c.uses);
	use(&c, 0, c.cluster);
	use(&c, l1, MUN_MAX((uint64_t)entries * 8, (uint64_t)8));
	for (uint32_t i = 0; i < entries; i++) {
		uint64_t word = mun_be64(p + l1 + (uint64_t)i * 8);

		if (!word)
			continue;
		assert_int_equal(word >> 56, 0x80);
		use(&c, word << 1 >> 1, c.cluster);
		use_l2(&c, word << 1 >> 1);
	}
	check_counts(&c);
	for (size_t i = 0; i < c.clusters; i++)
		assert_true(c.uses[i] > 0);
	*packed = c.packed;
	free(c.uses);
}

static void every_cluster_is_counted_as_often_as_it_is_used(void **state)
{
	uint8_t *disk = make_wide_disk();

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(qcow2_options); i++) {
		const char *options = qcow2_options[i];
		size_t packed = 0;
		size_t len = 0;
		uint8_t *made = vdisk_write(disk, WIDE, "qcow2", options, 2,
					    NULL, &len);

		check_qcow2(made, len, &packed);
		assert_int_equal(packed > 0,
				 options && strstr(options, "compression"));
		free(made);
	}
	free(disk);
}

static void what_does_not_shrink_is_stored_as_it_is(void **state)
{
	uint8_t *noise = malloc(MIB);
	uint64_t r = 1;
	size_t packed;
	size_t len;

	(void)state;
	assert_non_null(noise);
	for (size_t i = 0; i < MIB; i++) {
		r = r * 6364136223846793005u + 1442695040888963407u;
		noise[i] = (uint8_t)(r >> 33);
	}
	for (int i = 0; i < 2; i++) {
		const char *how = i ? "compression=zstd" : "compression=zlib";
		uint8_t *made =
			vdisk_write(noise, MIB, "qcow2", how, 2, NULL, &len);

		check_qcow2(made, len, &packed);
		assert_int_equal(packed, 0);
		vdisk_round_trip(noise, MIB, "qcow2", how);
		free(made);
	}
	vdisk_round_trip(noise, MIB, "vmdk", "subformat=streamOptimized");
	free(noise);
}

/* ---- overlays ---- */

static void an_overlay_shows_the_master_below_it(void **state)
{
	uint8_t *master = make_disk(MIB + 512);
	struct beside b = { .files = { { "m.img", master, MIB + 512 } } };
	struct opened o;
	uint8_t *made;
	char *extents;
	size_t packed;
	size_t len;

	(void)state;
	made = vdisk_write(master, MIB + 512, "qcow2", "backing=m.img", 1, NULL,
			   &len);
	check_qcow2(made, len, &packed);
	o = beside_open(made, len, NULL, &b, NULL);
	assert_string_equal(o.text, "");
	vdisk_is(o.img, master, MIB + 512);
	assert_string_equal(vdisk_fact(o.img, MUN_FACT_PARENT, "name"),
			    "m.img");
	assert_string_equal(o.img->note, "");
	extents = vdisk_extents(o.img);
	assert_string_equal(extents, "data 0+1049088");
	free(extents);
	beside_close(&o);
	free(made);
	free(master);
}

static void an_overlay_lies_above_a_raw_image_only(void **state)
{
	uint8_t *disk = make_disk(MIB);
	struct mun_write_option list[] = { { "backing", "m.img" } };
	const struct mun_write_options options = { list, 1 };
	const struct mun_writer *w;
	struct mun_loss loss = { 0 };
	struct mun_err e;
	struct vdisk v;
	uint8_t *made;
	size_t len;

	(void)state;
	made = vdisk_write(disk, MIB, "vmdk", NULL, 1, NULL, &len);
	v = vdisk_open(made, len, NULL, NULL);
	assert_int_equal(mun_writer_for("qcow2", "x", &w, &e), 0);
	assert_int_equal(w->plan(v.img, &options, &loss, &e), MUN_EUNSUPPORTED);
	mun_loss_clear(&loss);
	vdisk_close(&v);
	free(made);
	free(disk);
}

static void an_overlay_that_cannot_be_is_refused(void **state)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	char name[1100];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(mun_qcow2_empty_overlay(511, "a", &s, &e), MUN_EINVAL);
	assert_int_equal(mun_qcow2_empty_overlay(512, "", &s, &e), MUN_EINVAL);
	assert_int_equal(mun_qcow2_empty_overlay(512, "nbd:x", &s, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_qcow2_empty_overlay(512, name, &s, &e),
			 MUN_EINVAL);
	assert_int_equal(
		mun_qcow2_empty_overlay(UINT64_C(1) << 47, "a", &s, &e),
		MUN_EUNSUPPORTED);
	assert_int_equal(s.len, 0);
}

/* ---- VMDK ---- */

/* From the markers alone, as one reads a stream from a pipe. */
static void a_stream_can_be_read_from_front_to_back(void **state)
{
	uint8_t *disk = make_wide_disk();
	size_t grains = 0, tables = 0, directories = 0, footers = 0;
	uint64_t last = 0;
	uint8_t *made;
	size_t at = (size_t)128 * 512;
	size_t len;

	(void)state;
	made = vdisk_write(disk, WIDE, "vmdk", "subformat=streamOptimized", 2,
			   NULL, &len);
	assert_int_equal(mun_le64(made + 56), UINT64_MAX);
	for (;;) {
		uint32_t size = mun_le32(made + at + 8);
		uint32_t type = mun_le32(made + at + 12);

		assert_true(at + 512 <= len);
		if (size) {
			assert_true(grains == 0 || mun_le64(made + at) > last);
			last = mun_le64(made + at);
			assert_int_equal(last % 128, 0);
			at += (12 + (size_t)size + 511) / 512 * 512;
			grains++;
			continue;
		}
		at += 512 + (size_t)mun_le64(made + at) * 512;
		if (type == 0)
			break;
		tables += type == 1;
		directories += type == 2;
		footers += type == 3;
	}
	assert_int_equal(at, len);
	assert_true(grains > 10);
	assert_int_equal(tables, 2);
	assert_int_equal(directories, 1);
	assert_int_equal(footers, 1);
	assert_int_equal(mun_le64(made + len - 1024 + 12), WIDE / 512);
	free(made);
	free(disk);
}

static void parts_of_2_gb_make_one_disk(void **state)
{
	/* Only what is at the ends of the parts is no zero. */
	uint64_t bytes = ((uint64_t)2047 << 20) * 2 + 3 * 512;
	char *dir = mun_test_dir();
	char *raw = mun_test_path(dir, "in.img");
	char *path = mun_test_path(dir, "my disk.vmdk");
	const uint64_t marks[] = { 0, ((uint64_t)2047 << 20) - 1,
				   (uint64_t)2047 << 20, bytes - 1 };
	struct mun_write_option list[] = { { "subformat",
					     "twoGbMaxExtentSparse" } };
	struct mun_convert c = { .path = path, .options = { list, 1 } };
	struct mun_companions *beside;
	struct mun_source *src;
	struct mun_err e;
	FILE *f = fopen(raw, "wb");

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < MUN_COUNT(marks); i++) {
		assert_int_equal(fseeko(f, (off_t)marks[i], SEEK_SET), 0);
		assert_int_equal(fputc('A' + (int)i, f), 'A' + (int)i);
	}
	assert_int_equal(fclose(f), 0);
	assert_int_equal(mun_source_open_file(raw, &src, &e), 0);
	assert_int_equal(mun_image_open(src, NULL, "raw", &c.img, &e), 0);
	assert_int_equal(mun_writer_for("vmdk", path, &c.writer, &e), 0);
	assert_int_equal(mun_convert_run(&c, &e), 0);
	assert_int_equal(c.loss.nrows, 0);
	mun_image_free(c.img);
	mun_source_close(src);
	assert_int_equal(mun_source_open_file(path, &src, &e), 0);
	assert_int_equal(mun_companions_folder(path, &beside, &e), 0);
	{
		struct mun_image_request q = { .src = src,
					       .companions = beside };
		struct mun_image *img;

		assert_int_equal(mun_image_open_with(&q, &img, &e), 0);
		assert_int_equal(img->bytes, bytes);
		assert_string_equal(
			vdisk_fact(img, MUN_FACT_PART, "my disk-s003.vmdk"),
			"extent 3, 3 sectors");
		for (size_t i = 0; i < MUN_COUNT(marks); i++) {
			uint8_t got;

			assert_int_equal(mun_image_pread(img, MUN_VIEW_CONTENT,
							 &got, 1, marks[i], &e),
					 0);
			assert_int_equal(got, 'A' + i);
		}
		mun_image_free(img);
	}
	mun_companions_close(beside);
	mun_source_close(src);
	free(raw);
	free(path);
	mun_test_dir_remove(dir);
}

/* ---- what cannot be ---- */

static void options_and_sizes_that_cannot_be_are_refused(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *name;
		const char *options;
		int code;
		const char *text;
	} wrong[] = {
		{ 512, "qcow2", "compression=lzma", MUN_EINVAL, "one of" },
		{ 512, "qcow2", "cluster=5K", MUN_EINVAL, "power of two" },
		{ 512, "qcow2", "cluster=2K", MUN_EINVAL, "not between" },
		{ 512, "qcow2", "cluster=4M", MUN_EINVAL, "not between" },
		{ 512, "qcow2", "backing=a compression=zlib", MUN_EINVAL,
		  "stands alone" },
		{ UINT64_C(1) << 42, "qcow2", "", MUN_EUNSUPPORTED,
		  "choose larger" },
		{ UINT64_C(1) << 41, "vmdk", "", MUN_EUNSUPPORTED,
		  "at most 2 TiB" },
		{ UINT64_C(1) << 43, "vmdk", "subformat=twoGbMaxExtentSparse",
		  MUN_EUNSUPPORTED, "4096 parts" },
		{ 512, "vmdk", "subformat=monolithicFlat", MUN_EINVAL,
		  "one of" },
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(wrong); i++) {
		assert_int_equal(vdisk_plan_fails(wrong[i].bytes, wrong[i].name,
						  wrong[i].options, text),
				 wrong[i].code);
		if (!strstr(text, wrong[i].text))
			fail_msg("%s, instead of: %s", text, wrong[i].text);
	}
}

static void bytes_that_are_no_whole_sector_are_told(void **state)
{
	static const char *const names[] = { "qcow2", "vmdk" };
	uint8_t disk[1000];

	(void)state;
	memset(disk, 'x', sizeof(disk));
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		struct mun_loss loss = { 0 };
		size_t len;
		uint8_t *made = vdisk_write(disk, sizeof(disk), names[i], NULL,
					    1, &loss, &len);
		struct vdisk v = vdisk_open(made, len, NULL, NULL);
		uint8_t want[1024] = { 0 };

		assert_int_equal(loss.nrows, 1);
		assert_string_equal(loss.rows[0].what, "size");
		assert_non_null(strstr(loss.rows[0].why, "24 zeros"));
		memcpy(want, disk, sizeof(disk));
		vdisk_is(v.img, want, sizeof(want));
		mun_loss_clear(&loss);
		vdisk_close(&v);
		free(made);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(an_empty_disk_is_small),
		cmocka_unit_test(many_threads_read_one_image),
		cmocka_unit_test(
			every_cluster_is_counted_as_often_as_it_is_used),
		cmocka_unit_test(what_does_not_shrink_is_stored_as_it_is),
		cmocka_unit_test(an_overlay_shows_the_master_below_it),
		cmocka_unit_test(an_overlay_lies_above_a_raw_image_only),
		cmocka_unit_test(an_overlay_that_cannot_be_is_refused),
		cmocka_unit_test(a_stream_can_be_read_from_front_to_back),
		cmocka_unit_test(parts_of_2_gb_make_one_disk),
		cmocka_unit_test(options_and_sizes_that_cannot_be_are_refused),
		cmocka_unit_test(bytes_that_are_no_whole_sector_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
