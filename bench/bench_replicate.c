/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/bench_replicate.c - what copying a large object to another place costs
 *
 *	bench_replicate prepare FILE DIR	main, with FILE as an object
 *	bench_replicate copy DIR		a copy of it in DIR/copies
 *
 * Whole processes are timed: bench/bench_replicate.py runs it beside its peer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "core/source.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/hashpass.h"
#include "store/replicate.h"
#include "store/stage.h"

#define ID "urn:uuid:0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
#define STORE "0190a1b2-c3d4-7e5f-8a9b-00000000c0b1"
#define REPOSITORY "0190a1b2-c3d4-7e5f-8a9b-00000000aaaa"
#define MASTER "image/disk.img"
#define MAX_TREE ((size_t)1 << 30)

static const struct mun_version_info info = {
	.created = "2026-11-22T17:22:01Z",
};

/* The file itself, not a byte of it changed: a plain copy. */
static int copy_file(const char *from, const char *to, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	static char buf[1 << 20];
	int fd = mun_sys.open(to, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	int rc = fd < 0 ? mun_fail_sys(e, errno, "%s", to) : 0;

	if (!rc)
		rc = mun_source_open_file(from, &src, e);
	for (uint64_t off = 0; !rc && off < src->size; off += sizeof(buf)) {
		size_t n = src->size - off < sizeof(buf)
				   ? (size_t)(src->size - off)
				   : sizeof(buf);

		rc = mun_source_pread(src, buf, n, off, e);
		if (!rc)
			rc = mun_write_all(fd, buf, n, e);
	}
	if (fd >= 0 && mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "%s", to);
	return rc;
}

static int digests_of(const char *path, const char *dir, struct mun_digests *d,
		      struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_tree t = { .bytes = 0 };
	int rc = mun_source_open_file(path, &src, e);

	if (!rc)
		rc = mun_hash_source(src, MUN_DIGEST_BIT(MUN_SHA512), d, &t,
				     "hashing", NULL, e);
	if (!rc)
		rc = mun_file_write_new(dir, "pieces", t.pieces,
					(size_t)t.npieces * MUN_TREE_HASH, e);
	mun_tree_clear(&t);
	return rc;
}

static int make_main(const char *dir, const char *main_path, struct mun_err *e)
{
	mun_autofree char *root = NULL;
	mun_autofree char *copies = NULL;
	int rc;

	rc = mun_fmt(&root, e, "%s/ocfl", main_path);
	if (!rc)
		rc = mun_fmt(&copies, e, "%s/copies", dir);
	if (!rc)
		rc = mun_store_init(root, e);
	if (!rc)
		rc = mun_file_write_new(main_path, "muniment.conf", "", 0, e);
	return rc ? rc : mun_place_init(copies, STORE, REPOSITORY, "copies", e);
}

static int fill_main(const char *file, const char *dir, struct mun_place *p,
		     struct mun_err *e)
{
	mun_auto(stage) *st = NULL;
	mun_autofree char *stage = NULL;
	mun_autofree char *path = NULL;
	struct mun_digests d = { 0 };
	int rc;

	rc = mun_fmt(&stage, e, "%s/stage", p->path);
	if (!rc)
		rc = mun_stage_open(stage, ID, &st, e);
	if (!rc)
		rc = mun_stage_path(st, MASTER, &path, e);
	if (!rc)
		rc = copy_file(file, path, e);
	if (!rc)
		rc = digests_of(path, dir, &d, e);
	if (!rc)
		rc = mun_stage_add(st, MASTER, &d, e);
	return rc ? rc : mun_stage_commit(st, p->store, &info, e);
}

static int prepare(const char *file, const char *dir, const char *main_path,
		   struct mun_err *e)
{
	mun_auto(place) *p = NULL;
	int rc = make_main(dir, main_path, e);

	if (!rc)
		rc = mun_place_open_main(main_path, &p, e);
	return rc ? rc : fill_main(file, dir, p, e);
}

static int replicate(const struct mun_place *from, const struct mun_place *to,
		     char *pieces, size_t len, struct mun_err *e)
{
	struct mun_tree t = {
		.npieces = len / MUN_TREE_HASH,
		.pieces = (uint8_t(*)[MUN_TREE_HASH])pieces,
	};
	const struct mun_replica_file f = { MASTER, &t };
	mun_auto(source) *src = NULL;
	struct mun_replica_result r;
	int rc;

	rc = mun_store_open_file(from->store, ID, MASTER, MUN_READ_ONCE, &src,
				 e);
	if (rc)
		return rc;
	t.bytes = src->size;
	rc = mun_replicate(from, to, ID, &f, 1, NULL, &r, e);
	if (!rc)
		printf("%ju bytes, %ju files\n", (uintmax_t)r.bytes,
		       (uintmax_t)r.files);
	return rc;
}

static int copy(const char *dir, const char *main_path, struct mun_err *e)
{
	mun_auto(place) *from = NULL;
	mun_auto(place) *to = NULL;
	mun_autofree char *copies = NULL;
	mun_autofree char *path = NULL;
	mun_autofree char *pieces = NULL;
	size_t len = 0;
	int rc;

	rc = mun_fmt(&copies, e, "%s/copies", dir);
	if (!rc)
		rc = mun_fmt(&path, e, "%s/pieces", dir);
	if (!rc)
		rc = mun_file_read(path, MAX_TREE, &pieces, &len, e);
	if (!rc)
		rc = mun_place_open_main(main_path, &from, e);
	if (!rc)
		rc = mun_place_open(copies, STORE, REPOSITORY, "copies", &to,
				    e);
	return rc ? rc : replicate(from, to, pieces, len, e);
}

int main(int argc, char **argv)
{
	mun_autofree char *main_path = NULL;
	struct mun_err e;
	char text[1024];
	int rc;

	if (argc == 4 && !strcmp(argv[1], "prepare")) {
		rc = mun_fmt(&main_path, &e, "%s/main", argv[3]);
		if (!rc)
			rc = prepare(argv[2], argv[3], main_path, &e);
	} else if (argc == 3 && !strcmp(argv[1], "copy")) {
		rc = mun_fmt(&main_path, &e, "%s/main", argv[2]);
		if (!rc)
			rc = copy(argv[2], main_path, &e);
	} else {
		(void)fprintf(stderr, "bench_replicate prepare FILE DIR | copy "
				      "DIR\n");
		return 64;
	}
	if (rc)
		(void)fprintf(stderr, "%s\n",
			      mun_err_text(&e, text, sizeof(text), 1));
	return rc ? 2 : 0;
}
