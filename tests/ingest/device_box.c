/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/device_box.c - a failing drive, and what its image has to be */
#include "tests/ingest/device_box.h"

#include <unistd.h>

#include "fixity/hashpass.h"
#include "ingest/checkpoint.h"

struct device_box device_box;

int device_box_open(void **state)
{
	(void)state;
	mun_checkpoint_ms = 5000;
	device_box.dir = mun_test_dir();
	device_box.image = mun_test_path(device_box.dir, "disk.img");
	device_box.drive = mun_failing_drive_new(SECTORS, SECTOR);
	memset(device_box.want, '+', SECTORS);
	return 0;
}

int device_box_close(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_cancel_reset();
	mun_reader_close(&device_box.drive->reader);
	free(device_box.image);
	mun_test_dir_remove(device_box.dir);
	return 0;
}

void device_box_bad(size_t first, size_t n)
{
	mun_failing_set(device_box.drive, first, n, MUN_FAILING_BAD, 0);
	memset(device_box.want + first, '-', n);
}

/* Scattered, a scratch, the first and the last sector. */
void device_box_damage(void)
{
	device_box_bad(0, 1);
	device_box_bad(700, 3);
	for (size_t i = 2040; i < 2400; i += 40)
		device_box_bad(i, 2);
	device_box_bad(3000, 140);
	device_box_bad(SECTORS - 1, 1);
}

/* What the image has to be. */
void device_box_truth(void)
{
	mun_failing_bytes(device_box.drive, 0, device_box.truth, BYTES);
	for (size_t i = 0; i < SECTORS; i++)
		if (device_box.want[i] != '+' && device_box.want[i] != '!')
			memset(device_box.truth + i * SECTOR, 0, SECTOR);
}

struct mun_device device_box_device(struct mun_reader *reader)
{
	return (struct mun_device){
		.facts = { .is_device = true,
			   .kind = MUN_DEVICE_DISK,
			   .bytes = BYTES,
			   .sector_bytes = SECTOR,
			   .name = "sdz",
			   .model = "Model" },
		.reader = reader,
		.fd = -1,
	};
}

int device_box_acquire(struct mun_acquire *a, struct mun_rescue_policy policy,
		       struct mun_err *e)
{
	static struct mun_device medium;

	medium = device_box_device(&device_box.drive->reader);
	memset(e, 0, sizeof(*e));
	*a = (struct mun_acquire){
		.medium = &medium,
		.image_path = device_box.image,
		.session_dir = device_box.dir,
		.algs = ALGS,
		.policy = policy,
	};
	return mun_acquire_run(a, e);
}

void device_box_must(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

void device_box_assert_map(const struct mun_readmap *m)
{
	assert_int_equal(m->size, BYTES);
	for (size_t i = 0; i < SECTORS; i++) {
		char has = (char)mun_readmap_at(m, i * SECTOR);

		if (has != device_box.want[i])
			fail_msg("sector %zu: %c, not %c", i, has,
				 device_box.want[i]);
	}
}

void device_box_assert_image(void)
{
	size_t len;
	char *have = mun_test_read(device_box.image, &len);

	assert_non_null(have);
	assert_int_equal(len, BYTES);
	for (size_t i = 0; i < SECTORS; i++)
		if (memcmp(have + i * SECTOR, device_box.truth + i * SECTOR,
			   SECTOR))
			fail_msg("sector %zu of the image is another", i);
	free(have);
}

/* Digests and tree are those of the truth, computed the other way. */
void device_box_assert_digests(const struct mun_acquire *a)
{
	struct mun_source *src;
	struct mun_digests d;
	struct mun_tree tree;
	struct mun_err e;

	device_box_must(
		mun_source_from_memory(device_box.truth, BYTES, &src, &e), &e);
	device_box_must(mun_hash_source(src, ALGS, &d, &tree, "", NULL, &e),
			&e);
	assert_true(mun_digest_equal(&d.of[MUN_SHA256],
				     &a->digests.of[MUN_SHA256]));
	assert_true(mun_digest_equal(&d.of[MUN_SHA512],
				     &a->digests.of[MUN_SHA512]));
	assert_int_equal(a->tree.npieces, tree.npieces);
	assert_int_equal(a->tree.bytes, BYTES);
	assert_memory_equal(a->tree.pieces, tree.pieces,
			    tree.npieces * MUN_TREE_HASH);
	assert_memory_equal(a->tree.root, tree.root, MUN_TREE_HASH);
	mun_tree_clear(&tree);
	mun_source_close(src);
}

void device_box_assert_all(const struct mun_acquire *a)
{
	device_box_truth();
	device_box_assert_map(&a->map);
	device_box_assert_image();
	device_box_assert_digests(a);
	assert_int_equal(device_box.drive->outside, 0);
}

void device_box_forget(void)
{
	for (size_t i = 0; i < SECTORS; i++)
		device_box.drive->sectors[i].reads =
			device_box.drive->sectors[i].alone = 0;
}

/* The map of the checkpoint that lies there; false: none. */
bool device_box_checkpoint(struct mun_readmap *out)
{
	char *path = mun_test_path(device_box.dir, "progress.map");
	size_t len;
	char *text = mun_test_read(path, &len);
	struct mun_err e;

	free(path);
	if (!text)
		return false;
	device_box_must(mun_readmap_parse(text, len, out, &e), &e);
	free(text);
	return true;
}

void device_box_again(void)
{
	static const char *const names[] = { "disk.img", "progress.map",
					     "progress.pieces",
					     "attempts.json" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = mun_test_path(device_box.dir, names[i]);

		(void)unlink(path);
		free(path);
	}
}

/* Sectors of the checkpoint that were read again.  A single one here and there
 * may be, to see whether the drive is alive. */
static size_t read_again(const struct mun_readmap *vouched)
{
	size_t probes = 0;
	size_t n = 0;

	for (size_t i = 0; i < SECTORS; i++) {
		const struct mun_failing_sector *s =
			&device_box.drive->sectors[i];

		if (mun_readmap_at(vouched, i * SECTOR) != MUN_READ_GOOD)
			continue;
		n += (size_t)s->reads - s->alone;
		probes += s->alone;
	}
	return n + (probes > 8 ? probes : 0);
}

void device_box_resume(int n)
{
	struct mun_readmap vouched = { 0 };
	struct mun_acquire a;
	struct mun_err e;

	assert_true(device_box_checkpoint(&vouched));
	device_box_forget();
	device_box_must(
		device_box_acquire(
			&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		&e);
	if (read_again(&vouched))
		fail_msg("ended at read %d: %zu finished sectors read again", n,
			 read_again(&vouched));
	assert_int_equal(a.resumed_bytes,
			 mun_readmap_bytes(&vouched, MUN_READ_GOOD));
	device_box_assert_all(&a);
	mun_readmap_clear(&vouched);
	mun_acquire_clear(&a);
}
