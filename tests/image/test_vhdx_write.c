/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_vhdx_write.c - VHDX written and read back */
#include "core/check.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

#define MIB ((size_t)1 << 20)

static void what_is_written_is_read_back(void **state)
{
	static const size_t sizes[] = { 512, 1474560, 2 * MIB + 512, 5 * MIB };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *p = calloc(1, sizes[i]);

		vdisk_round_trip(p, sizes[i], "vhdx", NULL);
		mun_test_pattern(p + sizes[i] - 512, 512, i);
		vdisk_round_trip(p, sizes[i], "vhdx", "block-size=1M");
		mun_test_pattern(p, 512, i + 100);
		vdisk_round_trip(p, sizes[i], "vhdx", "block-size=4M");
		vdisk_round_trip(p, sizes[i], "vhdx", NULL);
		free(p);
	}
}

static void half_a_sector_is_filled_and_told(void **state)
{
	uint8_t p[1];
	uint8_t padded[512] = { 0xc7 };
	struct mun_loss loss = { 0 };
	struct vdisk v;
	uint8_t *made;
	size_t len;

	(void)state;
	p[0] = padded[0];
	made = vdisk_write(p, 1, "vhdx", NULL, 1, &loss, &len);
	v = vdisk_open(made, len, NULL, NULL);
	vdisk_is(v.img, padded, sizeof(padded));
	assert_int_equal(loss.nrows, 1);
	assert_string_equal(loss.rows[0].what, "size");
	mun_loss_clear(&loss);
	vdisk_close(&v);
	free(made);
}

static void what_cannot_be_written_is_refused(void **state)
{
	char text[1024];

	(void)state;
	assert_int_equal(
		vdisk_plan_fails(((uint64_t)64 << 40) + 1, "vhdx", "", text),
		MUN_EUNSUPPORTED);
	assert_int_equal(vdisk_plan_fails(512, "vhdx", "block-size=3M", text),
			 MUN_EINVAL);
	assert_non_null(strstr(text, "not a power of 2"));
	assert_int_equal(vdisk_plan_fails((uint64_t)17 << 40, "vhdx",
					  "block-size=1M", text),
			 MUN_EINVAL);
	assert_non_null(strstr(text, "too small for a disk"));
	assert_int_equal(vdisk_plan_fails(512, "vhdx", "block-size=512M", text),
			 MUN_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(half_a_sector_is_filled_and_told),
		cmocka_unit_test(what_cannot_be_written_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
