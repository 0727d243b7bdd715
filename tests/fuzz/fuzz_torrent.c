/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_torrent.c - v2 torrents */
#include "core/file.h"
#include "fixity/torrent.h"

/* What is accepted is safe, and can be written; what is written is read, and
 * written once more it is the same bytes. */
static void write_again(const struct mun_torrent *t)
{
	struct mun_str once = { 0 };
	struct mun_str twice = { 0 };
	struct mun_torrent again;
	struct mun_err e;

	for (size_t i = 0; i < t->nfiles; i++) {
		if (!mun_path_is_safe(t->files[i].path))
			abort();
	}
	if (t->nfiles) {
		if (mun_torrent_write(t->name, t->files, t->nfiles, &once, &e))
			abort();
		if (mun_torrent_read(once.text, once.len, &again, &e))
			abort();
		if (mun_torrent_write(again.name, again.files, again.nfiles,
				      &twice, &e))
			abort();
		if (once.len != twice.len ||
		    memcmp(once.text, twice.text, once.len) != 0)
			abort();
		mun_torrent_clear(&again);
	}
	mun_str_free(&once);
	mun_str_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mun_torrent t;
	struct mun_err e;

	if (!mun_torrent_read(data, size, &t, &e)) {
		write_again(&t);
		mun_torrent_clear(&t);
	}
	return 0;
}
