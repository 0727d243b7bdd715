/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_fs_retro.c - any bytes, as a disk of each machine
 *
 * Input as of fuzz_image.c: the disk, or a sparse one.  Every finder of
 * image/fs_retro.h looks at it, as a floppy and as a disk.
 */
#include "image/fs_retro.h"
#include "tests/fuzz/sparse_input.h"

#include "core/check.h"
#include "core/str.h"

#define READS_MAX 100000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mun_fs_finder *const finders[] = {
	&mun_fs_hfs,       &mun_fs_mfs,       &mun_fs_apfs,
	&mun_fs_amiga,     &mun_fs_amiga_pfs, &mun_fs_amiga_sfs,
	&mun_fs_cbm,       &mun_fs_apple_dos, &mun_fs_prodos,
	&mun_fs_pascal,    &mun_fs_trdos,     &mun_fs_mgt,
	&mun_fs_acorn_dfs, &mun_fs_adfs,      &mun_fs_atari_dos,
	&mun_fs_dec,       &mun_fs_japan,     &mun_fs_cpm,
};

/* Counts what is asked for: no disk is worth more. */
struct counted {
	struct mun_source base;
	struct mun_source *src;
	unsigned int reads;
};

static int counted_pread(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	struct counted *c = (struct counted *)s;

	sparse_check(++c->reads < READS_MAX);
	return mun_source_pread(c->src, buf, len, off, e);
}

static const struct mun_source_ops counted_ops = { .pread = counted_pread };

static void check_marks(const struct mun_mark *m, size_t n)
{
	sparse_check(n <= MUN_CONTENTS_MARKS);
	for (size_t i = 0; i < n; i++) {
		sparse_check(m[i].word[0] != '\0');
		sparse_check(mun_text_is_clean(m[i].word, ""));
		sparse_check(mun_text_is_clean(m[i].text, ""));
	}
}

static void check_volume(const struct mun_contents *c,
			 const struct mun_contents_volume *v)
{
	sparse_check(v->fs[0] && v->title[0]);
	sparse_check(mun_text_is_clean(v->label, ""));
	sparse_check(mun_text_is_clean(v->serial, ""));
	sparse_check(mun_text_is_clean(v->boot_text, ""));
	sparse_check(v->boots <= MUN_BOOTS_YES);
	sparse_check(c->nvolumes <= MUN_CONTENTS_VOLUMES);
	check_marks(v->marks, v->nmarks);
}

static void look(struct mun_source *src, enum mun_medium medium)
{
	static const struct mun_geometry none;
	static struct mun_contents c;
	struct counted counted = {
		.base = { .ops = &counted_ops, .size = src->size },
		.src = src,
	};
	const struct mun_fs_place p = {
		.src = &counted.base,
		.medium = medium,
		.geometry = &none,
	};

	for (size_t i = 0; i < MUN_COUNT(finders); i++) {
		struct mun_err e;

		memset(&c, 0, sizeof(c));
		counted.reads = 0;
		sparse_check(finders[i]->find(&p, &c, &e) == 0);
		check_marks(c.marks, c.nmarks);
		for (size_t k = 0; k < c.nvolumes; k++)
			check_volume(&c, &c.volumes[k]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sparse_input sparse;
	struct mun_source *src = sparse_open(&sparse, data, size);

	look(src, MUN_MEDIUM_FLOPPY);
	look(src, MUN_MEDIUM_DISK);
	mun_source_close(src);
	return 0;
}
