/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_archive_walk.c - zips and tars, as the sandboxed child reads them */
#include "emulate-export/verify_wire.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "emulate-export/verify_box.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_source *src;
	uint64_t entries;
	uint64_t bytes;
	struct mun_err e;

	if (mun_source_from_memory(data, size, &src, &e))
		return 0;
	for (int zip = 0; zip < 2; zip++) {
		int rc = mun_archive_read_all(src, zip, &entries, &bytes, &e);

		/* What is told to be whole has no more than it may have. */
		if (!rc && entries > MUN_BOX_ENTRIES)
			abort();
	}
	mun_source_close(src);
	return 0;
}
