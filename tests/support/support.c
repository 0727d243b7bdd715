/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/support.c - scratch folders, files and data for tests */
#include "tests/support/support.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"

static void must(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

char *mun_test_dir(void)
{
	const char *base = getenv("TMPDIR");
	struct mun_err e;
	char *dir;

	must(mun_fmt(&dir, &e, "%s/muniment-test-XXXXXX",
		     base && *base ? base : "/tmp"),
	     &e);
	if (!mkdtemp(dir))
		fail_msg("no folder '%s': %s", dir, strerror(errno));
	return dir;
}

void mun_test_dir_remove(char *dir)
{
	struct mun_err e;

	must(mun_tree_remove(dir, &e), &e);
	free(dir);
}

char *mun_test_path(const char *dir, const char *name)
{
	struct mun_err e;
	char *path;

	must(mun_path_join(dir, name, &path, &e), &e);
	return path;
}

void mun_test_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	if (!f || (len && fwrite(data, 1, len, f) != len) || fclose(f))
		fail_msg("cannot write '%s': %s", path, strerror(errno));
}

char *mun_test_read(const char *path, size_t *len_out)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	char *data;
	size_t len;

	if (!f && errno == ENOENT)
		return NULL;
	if (!f || fstat(fileno(f), &st))
		fail_msg("cannot open '%s': %s", path, strerror(errno));
	len = (size_t)st.st_size;
	data = malloc(len + 1);
	if (!data || fread(data, 1, len, f) != len)
		fail_msg("cannot read '%s'", path);
	data[len] = '\0';
	(void)fclose(f);
	if (len_out)
		*len_out = len;
	return data;
}

bool mun_test_has_text(const char *path, const char *want)
{
	size_t len = 0;
	char *is = mun_test_read(path, &len);
	bool same = is && len == strlen(want) && !memcmp(is, want, len);

	free(is);
	return same;
}

unsigned int mun_test_count_entries(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;
	struct dirent *entry;

	if (!d)
		fail_msg("cannot list '%s': %s", dir, strerror(errno));
	while ((entry = readdir(d)))
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	(void)closedir(d);
	return n;
}

void mun_test_pattern(void *buf, size_t len, uint64_t seed)
{
	uint8_t *p = buf;

	while (len) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
		size_t n = MUN_MIN(len, (size_t)8);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		for (size_t i = 0; i < n; i++)
			*p++ = (uint8_t)(z >> 8 * i);
		len -= n;
	}
}

const char *mun_test_source_dir(void)
{
	return MUN_SOURCE_DIR;
}

static const char *folder(const char *variable, const char *fallback)
{
	const char *dir = getenv(variable);
	struct stat st;

	if (!dir || !*dir)
		dir = fallback;
	return stat(dir, &st) || !S_ISDIR(st.st_mode) ? NULL : dir;
}

const char *mun_test_corpus(void)
{
	return folder("MUNIMENT_CORPUS", MUN_SOURCE_DIR "/../shared/corpus");
}

const char *mun_test_standards(void)
{
	return folder("MUNIMENT_STANDARDS",
		      MUN_SOURCE_DIR "/../shared/standards");
}

bool mun_test_long(void)
{
	const char *at_length = getenv("MUNIMENT_LONG");

	return at_length && *at_length && strcmp(at_length, "0") != 0;
}

int mun_test_step(int n)
{
	return mun_test_long() ? 1 : n;
}
