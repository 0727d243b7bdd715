/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/capture/failing_shim.c - one file reads like a drive that is failing
 *
 * Preloaded (LD_PRELOAD), it stands before read() and pread() of any program,
 * so that ddrescue and ours meet the same drive:
 *
 *	FAILING_FILE    the file that is the drive
 *	FAILING_MAP     its bad sectors, a mapfile ("0xPOS 0xSIZE -")
 *	FAILING_BUDGET  failing reads until it is dead; 0 or none: never
 *	FAILING_COUNT   where to write "reads failed bytes" at the end
 *
 * A dead drive fails every read but those at or past its end, which return 0:
 * who looks for the end by reading would look for ever.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct extent {
	uint64_t off;
	uint64_t end;
};

static struct extent *bad;
static size_t nbad;
static struct stat drive;
static uint64_t budget;
static uint64_t reads;
static uint64_t failed;
static uint64_t bytes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ssize_t (*real_read)(int fd, void *buf, size_t len);
static ssize_t (*real_pread)(int fd, void *buf, size_t len, off_t off);

static void *symbol(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (!p)
		abort();
	return p;
}

static void load_map(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[256];

	if (!f)
		abort();
	while (fgets(line, sizeof(line), f)) {
		unsigned long long off;
		unsigned long long len;
		char state;

		if (sscanf(line, "%lli %lli %c", (long long *)&off,
			   (long long *)&len, &state) != 3 ||
		    state != '-')
			continue;
		bad = realloc(bad, (nbad + 1) * sizeof(*bad));
		if (!bad)
			abort();
		bad[nbad++] = (struct extent){ off, off + len };
	}
	(void)fclose(f);
}

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("FAILING_FILE");
	const char *map = getenv("FAILING_MAP");
	const char *text = getenv("FAILING_BUDGET");

	*(void **)&real_read = symbol("read");
	*(void **)&real_pread = symbol("pread64");
	if (file && stat(file, &drive))
		abort();
	if (map)
		load_map(map);
	budget = text ? strtoull(text, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAILING_COUNT");
	FILE *f = path && reads ? fopen(path, "w") : NULL;

	if (!f)
		return;
	(void)fprintf(f, "%llu %llu %llu\n", (unsigned long long)reads,
		      (unsigned long long)failed, (unsigned long long)bytes);
	(void)fclose(f);
}

static bool is_drive(int fd)
{
	struct stat st;

	return drive.st_ino && !fstat(fd, &st) && st.st_ino == drive.st_ino &&
	       st.st_dev == drive.st_dev;
}

static bool meets_bad(uint64_t off, uint64_t len)
{
	size_t lo = 0;
	size_t hi = nbad;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (bad[mid].end <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < nbad && bad[lo].off < off + len;
}

/* Does this read of the drive fail? */
static bool fails(uint64_t off, size_t len)
{
	bool yes;

	if (off >= (uint64_t)drive.st_size)
		return false;
	(void)pthread_mutex_lock(&lock);
	yes = (budget && failed >= budget) || meets_bad(off, len);
	reads++;
	failed += yes;
	bytes += yes ? 0 : len;
	(void)pthread_mutex_unlock(&lock);
	if (yes)
		errno = EIO;
	return yes;
}

ssize_t read(int fd, void *buf, size_t len)
{
	if (is_drive(fd)) {
		off_t at = lseek(fd, 0, SEEK_CUR);

		if (at >= 0 && fails((uint64_t)at, len))
			return -1;
	}
	return real_read(fd, buf, len);
}

ssize_t pread64(int fd, void *buf, size_t len, off_t off)
{
	if (is_drive(fd) && fails((uint64_t)off, len))
		return -1;
	return real_pread(fd, buf, len, off);
}

ssize_t pread(int fd, void *buf, size_t len, off_t off)
	__attribute__((alias("pread64")));
