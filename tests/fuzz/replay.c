// SPDX-License-Identifier: Apache-2.0
/*
 * tests/fuzz/replay.c - the main() of a fuzz target that is not being fuzzed
 *
 * Gives every file of the named files and folders to the target once, so that
 * the corpus, and with it each crash that was ever found, is an ordinary test
 * in every build and with every compiler.
 *
 * The file system is reached through plain libc: what is under test is the
 * target, not us, and a file that cannot be read fails the run.
 */
#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A corpus is made of small files; a big one is there by mistake. */
#define MAX_INPUT ((size_t)16 << 20)

/*
 * The buffer is exactly as long as the file, so that a sanitizer or valgrind
 * sees the first byte that is read past its end.
 */
static int replay(const char *path, size_t size)
{
	uint8_t *data = NULL;
	FILE *f = fopen(path, "rb");
	int ret = -1;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	if (size > MAX_INPUT) {
		fprintf(stderr, "%s: too long for a corpus\n", path);
		goto out;
	}
	data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, f) != size) {
		fprintf(stderr, "%s: cannot be read whole\n", path);
		goto out;
	}
	/* Told before the run: after a crash this line names the input. */
	fprintf(stderr, "replay: %s (%zu bytes)\n", path, size);
	LLVMFuzzerTestOneInput(data, size);
	ret = 0;
out:
	free(data);
	fclose(f);
	return ret;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

int main(int argc, char **argv)
{
	unsigned int done = 0;
	int failed = 0;
	FTS *tree;
	FTSENT *ent;

	if (argc < 2) {
		fprintf(stderr, "usage: %s CORPUS...\n", argv[0]);
		return 64;
	}
	tree = fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	if (!tree) {
		perror("fts_open");
		return 2;
	}
	while ((ent = fts_read(tree))) {
		switch (ent->fts_info) {
		case FTS_F:
			if (replay(ent->fts_path,
				   (size_t)ent->fts_statp->st_size))
				failed = 1;
			else
				done++;
			break;
		case FTS_ERR:
		case FTS_DNR:
		case FTS_NS:
			fprintf(stderr, "%s: %s\n", ent->fts_path,
				strerror(ent->fts_errno));
			failed = 1;
			break;
		default:
			break;
		}
	}
	fts_close(tree);
	printf("replayed %u inputs\n", done);
	/* An empty corpus tests nothing, so it is a failure and not a pass. */
	return failed || done == 0;
}
