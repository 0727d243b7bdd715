/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/tree_tool.c - roots, layers and torrents for tree_libtorrent.py
 *
 * usage: tree_tool [--openssl] tree FILE...	one line: root and layer, in hex
 *        tree_tool [--openssl] torrent NAME OUT FILE...
 */
#include <stdio.h>

#include "core/file.h"
#include "core/str.h"
#include "fixity/hashpass.h"
#include "fixity/sha256_lanes.h"
#include "fixity/torrent.h"

static int tree_of(const char *path, struct mun_tree *out, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_digests none;
	int rc;

	rc = mun_source_open_file(path, &src, e);
	return rc ? rc : mun_hash_source(src, 0, &none, out, "", NULL, e);
}

static void print_hex(const uint8_t *hash)
{
	char hex[2 * MUN_TREE_HASH + 1];

	mun_hex(hash, MUN_TREE_HASH, hex);
	(void)fputs(hex, stdout);
}

static int print_trees(char **paths, int n, struct mun_err *e)
{
	struct mun_tree t;
	int rc = 0;

	for (int i = 0; !rc && i < n; i++) {
		rc = tree_of(paths[i], &t, e);
		if (rc)
			break;
		print_hex(t.root);
		(void)putchar(' ');
		for (uint64_t p = 0; p < t.npieces; p++)
			print_hex(t.pieces[p]);
		(void)putchar('\n');
		mun_tree_clear(&t);
	}
	return rc;
}

/* @paths are relative to the current folder, as in the torrent. */
static int write_torrent(const char *name, const char *to, char **paths, int n,
			 struct mun_err *e)
{
	struct mun_torrent_file *files;
	struct mun_str out = { 0 };
	int rc = 0;

	files = calloc((size_t)n + 1, sizeof(*files));
	if (!files)
		return mun_fail_nomem(e, "files");
	for (int i = 0; !rc && i < n; i++) {
		files[i].path = paths[i];
		rc = tree_of(paths[i], &files[i].tree, e);
	}
	if (!rc)
		rc = mun_torrent_write(name, files, (size_t)n, &out, e);
	if (!rc)
		rc = mun_file_write_new(".", to, out.text, out.len, e);
	for (int i = 0; i < n; i++)
		mun_tree_clear(&files[i].tree);
	free(files);
	mun_str_free(&out);
	return rc;
}

int main(int argc, char **argv)
{
	struct mun_err e;
	char text[1024];
	int rc;

	if (argc > 1 && !strcmp(argv[1], "--openssl")) {
		(void)mun_sha256_lanes_force("openssl");
		argv++;
		argc--;
	}
	if (argc > 2 && !strcmp(argv[1], "tree")) {
		rc = print_trees(argv + 2, argc - 2, &e);
	} else if (argc > 4 && !strcmp(argv[1], "torrent")) {
		rc = write_torrent(argv[2], argv[3], argv + 4, argc - 4, &e);
	} else {
		(void)fputs("usage: tree_tool [--openssl] tree FILE...\n"
			    "       tree_tool [--openssl] torrent NAME OUT "
			    "FILE...\n",
			    stderr);
		return 64;
	}
	if (rc)
		(void)fprintf(stderr, "%s\n",
			      mun_err_text(&e, text, sizeof(text), 1));
	return rc || fflush(stdout) ? 2 : 0;
}
